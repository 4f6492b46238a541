/* SPDX-License-Identifier: BSD-2-Clause */
#include "libstate.h"

/* One ACK with the present numbers, nothing more, and the state it was. */
static void answers_ack(struct t *t, const struct begun *b, enum bonnet_tcp_state was)
{
    tx(t, ACK, .seq = b->nxt, .ack = b->rcv);
    quiet(t);
    state_is(t, was);
}

static void stays_silent(struct t *t, enum bonnet_tcp_state was)
{
    no_reply(t);
    quiet(t);
    state_is(t, was);
}

/* @req 9293-U6 5961-1 7323-13 9293-SHLD-2 TR-INWIN */
void resets_count_only_at_rcv_nxt(void **state)
{
    const struct begun *b = *state;
    struct t t;
    b->begin(&t);
    const enum bonnet_tcp_state was = (enum bonnet_tcp_state)t.c.state;
    uint32_t edge = t.c.rcv.edge.v - t.irs;
    const uint32_t outside[] = {b->rcv - 1, edge, edge + 1, b->rcv + (1u << 31)};
    for (size_t i = 0; i < 4; i++) {
        rx(&t, RST, .seq = outside[i]);
        reason_is(&t, BONNET_R_RST_OUTSIDE);
        stays_silent(&t, was);
    }
    const uint32_t inside[] = {b->rcv + 1, b->rcv + 1000, edge - 1};
    for (size_t i = 0; i < 3; i++) {
        rx(&t, RST | ACK, .seq = inside[i], .ack = b->nxt);
        reason_is(&t, BONNET_R_RST_CHALLENGED);
        answers_ack(&t, b, was);
        t.c.challenge_ms = 0; /* the limit is tested elsewhere */
    }
    rx(&t, RST, .seq = b->rcv, .no_ts = true, .len = 5);
    reason_is(&t, BONNET_R_RST_OBEYED);
    assert_true(t.o.events & TCP_EV_ENDED);
    stays_silent(&t, BONNET_CLOSED);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* @req 9293-U7 5961-3 5961-4 TS-EST: and the peer's reset, at our ACK's number, ends it. */
void syns_are_challenged_wherever_they_lie(void **state)
{
    const struct begun *b = *state;
    struct t t;
    b->begin(&t);
    const enum bonnet_tcp_state was = (enum bonnet_tcp_state)t.c.state;
    const uint32_t at[] = {b->rcv, b->rcv - 1, 0, b->rcv + 9, 1u << 20, 1u << 31, UINT32_MAX};
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        rx(&t, SYN, .seq = at[i], .no_ts = i % 2 == 0, .len = i % 3 == 0 ? 10 : 0);
        reason_is(&t, BONNET_R_SYN_CHALLENGED);
        answers_ack(&t, b, was);
        t.c.challenge_ms = 0;
        rx(&t, SYN | ACK | FIN, .seq = at[i], .ack = b->nxt, .ts_val = 1);
        reason_is(&t, BONNET_R_SYN_CHALLENGED);
        answers_ack(&t, b, was);
        t.c.challenge_ms = 0;
    }
    rx(&t, RST, .seq = t.last.ack.v - t.irs);
    state_is(&t, BONNET_CLOSED);
    t_end(&t);
}

/* @req 9293-U8 9293-U9 9293-MAY-12 5961-5 TA-FUTURE TA-OLD SC-ACKGHOST: with text or without. */
void acks_out_of_range_are_challenged(void **state)
{
    const struct begun *b = *state;
    struct t t;
    b->begin(&t);
    const enum bonnet_tcp_state was = (enum bonnet_tcp_state)t.c.state;
    uint32_t ancient = b->una - t.c.snd.max_wnd - 1;
    const struct {
        uint32_t ack;
        enum bonnet_reason why;
    } rows[] = {
        {b->nxt + 1, BONNET_R_ACK_FUTURE},
        {b->nxt + 1000000, BONNET_R_ACK_FUTURE},
        {b->nxt + (1u << 31) - 1, BONNET_R_ACK_FUTURE},
        {ancient, BONNET_R_ACK_ANCIENT},
        {b->una - (1u << 31) + 2, BONNET_R_ACK_ANCIENT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rx(&t, ACK, .seq = b->rcv, .ack = rows[i].ack, .len = i % 2 ? 10 : 0);
        reason_is(&t, rows[i].why);
        answers_ack(&t, b, was);
        t.c.challenge_ms = 0;
    }
    rx(&t, PSH, .seq = b->rcv, .len = 10);
    reason_is(&t, BONNET_R_ACK_MISSING);
    stays_silent(&t, was);
    rx(&t, ACK, .seq = b->rcv, .ack = ancient + 1);
    reason_is(&t, BONNET_R_NONE);
    stays_silent(&t, was);
    assert_int_equal(t.c.in.len, 0);
    t_end(&t);
}

/* @req 9293-U5 TK-KEEP */
void segments_out_of_window_are_answered(void **state)
{
    const struct begun *b = *state;
    struct t t;
    b->begin(&t);
    const enum bonnet_tcp_state was = (enum bonnet_tcp_state)t.c.state;
    uint32_t edge = t.c.rcv.edge.v - t.irs;
    const struct {
        uint32_t seq, len;
        enum bonnet_reason why;
    } rows[] = {
        {b->rcv - 1, 0, BONNET_R_SEQ_OLD}, /* a keepalive, as most send it */
        {b->rcv - 1, 1, BONNET_R_SEQ_OLD}, /* with an octet of rubbish */
        {edge, 0, BONNET_R_SEQ_WINDOW},     {edge, 10, BONNET_R_SEQ_WINDOW},
        {edge + 9, 1, BONNET_R_SEQ_WINDOW},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rx(&t, ACK, .seq = rows[i].seq, .ack = b->una, .len = rows[i].len);
        reason_is(&t, rows[i].why);
        answers_ack(&t, b, was);
        t.c.challenge_ms = 0;
    }
    t_end(&t);
}

/* @req 7323-8 7323-12 7323-13 */
void timestamps_are_checked_first(void **state)
{
    const struct begun *b = *state;
    struct t t;
    b->begin(&t);
    const enum bonnet_tcp_state was = (enum bonnet_tcp_state)t.c.state;
    rx(&t, FIN | ACK, .seq = b->rcv, .ack = b->nxt, .len = 5, .ts_val = t.c.ts.recent - 1);
    reason_is(&t, BONNET_R_PAWS);
    answers_ack(&t, b, was);
    rx(&t, FIN | ACK, .seq = b->rcv, .ack = b->nxt, .len = 5, .no_ts = true);
    reason_is(&t, BONNET_R_TIMESTAMP_MISSING);
    stays_silent(&t, was);
    rx(&t, RST, .seq = b->rcv, .ts_val = t.c.ts.recent - 1);
    state_is(&t, BONNET_CLOSED);
    t_end(&t);
}

/* TH-FLAGS */
void all_flags_out_of_window_change_nothing(void **state)
{
    const struct begun *b = *state;
    struct t t;
    b->begin(&t);
    const enum bonnet_tcp_state was = (enum bonnet_tcp_state)t.c.state;
    const struct tcp_plan resting = tcp_plan(&t.c, &t.e, 0);
    assert_int_equal(resting.what, TCP_SEND_NOTHING);
    for (uint16_t flags = 0; flags < 512; flags++) {
        uint32_t edge = t.c.rcv.edge.v - t.irs;
        rx(&t, flags, .seq = edge + 5, .ack = b->nxt, .len = flags % 3, .urg = 7);
        assert_int_not_equal(t.o.reason, BONNET_R_NONE);
        no_reply(&t);
        if (tcp_plan(&t.c, &t.e, 0).what != TCP_SEND_NOTHING) answers_ack(&t, b, was);
        stays_silent(&t, was);
    }
    t_end(&t);
}

/* @req 9293-U11 9293-U12 TF-AFTER TF-TWICE */
void text_and_fin_after_the_fin_are_ignored(void **state)
{
    const struct begun *b = *state;
    struct t t;
    b->begin(&t);
    const enum bonnet_tcp_state was = (enum bonnet_tcp_state)t.c.state;
    rx(&t, ACK, .seq = b->rcv, .ack = b->una, .len = 10);
    reason_is(&t, BONNET_R_TEXT_AFTER_FIN);
    answers_ack(&t, b, was);
    rx(&t, FIN | ACK, .seq = b->rcv, .ack = b->una);
    answers_ack(&t, b, was);
    rx(&t, FIN | ACK, .seq = b->rcv - 1, .ack = b->una); /* as it was */
    reason_is(&t, BONNET_R_SEQ_OLD);
    answers_ack(&t, b, was);
    rx(&t, ACK, .seq = b->rcv - 1, .ack = b->una, .len = 3); /* text where the FIN was */
    tx(&t, ACK, .seq = b->nxt, .ack = b->rcv);
    rx(&t, ACK | URG, .seq = b->rcv, .ack = b->una, .urg = 5);
    assert_false(t.c.urgent);
    quiet(&t);
    user_reads_eof(&t);
    t_end(&t);
}
