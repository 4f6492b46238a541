/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LISTEN, the half-open connection and its SYN-ACK: pure functions, a row per segment (RFC 9293
 * 3.10.7.2, 3.10.7.4).
 */
#include <string.h>

#include "libtcp.h"

#define ISS 5000u
#define IRS 9000u

static const struct tcp_offer offer = {.window = 10000, .mss = 1460, .wscale = 7};

static struct tcp_tuple tuple(void)
{
    return (struct tcp_tuple){bonnet_ip4(10, 0, 0, 1), bonnet_ip4(10, 0, 0, 2), 80, 40000};
}

/* @req 9293-U2: RST ignored, ACK refused or a cookie's, SYN taken, anything else dropped. */
static void listener_sorts_by_flags(void **state)
{
    static const struct {
        uint16_t flags;
        enum tcp_listen verdict;
        enum bonnet_reason reason;
    } rows[] = {
        {SYN, TCP_LISTEN_SYN, BONNET_R_NONE},
        {SYN | PSH | URG, TCP_LISTEN_SYN, BONNET_R_NONE},
        {SYN | TCP_ECE | TCP_CWR, TCP_LISTEN_SYN, BONNET_R_NONE},
        {RST, TCP_LISTEN_DROP, BONNET_R_LISTEN_RST},             /* TR-LISTEN */
        {RST | ACK, TCP_LISTEN_DROP, BONNET_R_LISTEN_RST},       /* TR-LISTEN */
        {RST | SYN | ACK, TCP_LISTEN_DROP, BONNET_R_LISTEN_RST}, /* RST is looked at first */
        {ACK, TCP_LISTEN_ACK, BONNET_R_COOKIE_BAD},
        {FIN | ACK, TCP_LISTEN_ACK, BONNET_R_COOKIE_BAD},
        {SYN | ACK, TCP_LISTEN_RESET, BONNET_R_COOKIE_BAD},
        {SYN | FIN, TCP_LISTEN_DROP, BONNET_R_LISTEN_BAD_SYN},
        {FIN, TCP_LISTEN_DROP, BONNET_R_LISTEN_NO_SYN},
        {FIN | PSH | URG, TCP_LISTEN_DROP, BONNET_R_LISTEN_NO_SYN}, /* xmas */
        {0, TCP_LISTEN_DROP, BONNET_R_LISTEN_NO_SYN},               /* null */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct tcp_seg s = {.seq = seq(IRS), .ack = seq(1), .flags = rows[i].flags};
        enum bonnet_reason why;
        assert_int_equal(tcp_listen_input(&s, &why), rows[i].verdict);
        assert_int_equal(why, rows[i].reason);
    }
}

/* TH-FLAGS: whatever the flags, there is a verdict and, if it refuses, a reason. */
static void listener_survives_all_flags(void **state)
{
    (void)state;
    for (uint16_t flags = 0; flags < 512; flags++) {
        const struct tcp_seg s = {.seq = seq(IRS), .flags = flags};
        enum bonnet_reason why = BONNET_R_PAWS;
        bool taken = tcp_listen_input(&s, &why) == TCP_LISTEN_SYN;
        assert_int_equal(taken, (flags & (SYN | ACK | RST | FIN)) == SYN);
        assert_int_equal(why == BONNET_R_NONE, taken);
    }
}

static struct tcp_half_open from_syn(struct t *t, uint8_t has)
{
    const struct tcp_seg syn = {.seq = seq(IRS),
                                .flags = SYN,
                                .wnd = 4321,
                                .has = has,
                                .mss = 1200,
                                .wscale = 5,
                                .ts_val = 777};
    const struct tcp_tuple w = tuple();
    struct tcp_half_open h;
    closed(t, (struct opts){0});
    tcp_half_open_from_syn(&h, &t->e, &w, &syn);
    return h;
}

static const uint8_t all_options =
    TCP_OPT_MSS | TCP_OPT_WSCALE | TCP_OPT_SACK_PERMITTED | TCP_OPT_TIMESTAMPS;

/* @req 9293-MUST-14 7323-1 7323-2 7323-7 SACK-1: what is offered is answered, unscaled window. */
static void syn_ack_answers_the_options_of_the_syn(void **state)
{
    (void)state;
    struct t t;
    struct tcp_half_open h = from_syn(&t, all_options);
    const struct tcp_tuple w = tuple();
    struct tcp_seg s;
    tcp_half_open_reply(&h, &t.e, &w, &offer, &s);
    assert_int_equal(s.flags, SYN | ACK);
    assert_int_equal(s.seq.v, tcp_isn(&t.e, &w).v);
    assert_int_equal(s.ack.v, IRS + 1);
    assert_int_equal(s.has, all_options);
    assert_int_equal(s.mss, 1460);
    assert_int_equal(s.wscale, 7);
    assert_int_equal(s.wnd, 10000);
    assert_int_equal(s.ts_ecr, 777);
    assert_int_equal(s.ts_val, env_ms(&t.e) + tcp_ts_offset(&t.e, &w));
    assert_int_equal(h.wnd, 4321);
}

/* @req 9293-MUST-15: without an MSS option 536. No option comes back that was not offered. */
static void syn_ack_to_a_plain_syn_is_plain(void **state)
{
    (void)state;
    struct t t;
    struct tcp_half_open h = from_syn(&t, 0);
    const struct tcp_tuple w = tuple();
    struct tcp_seg s;
    tcp_half_open_reply(&h, &t.e, &w, &offer, &s);
    assert_int_equal(h.mss, 536);
    assert_int_equal(s.has, TCP_OPT_MSS);
}

static void window_of_a_syn_ack_fits_sixteen_bits(void **state)
{
    (void)state;
    struct t t;
    struct tcp_half_open h = from_syn(&t, all_options);
    const struct tcp_offer large = {.window = 6u << 20, .mss = 1460, .wscale = 7};
    const struct tcp_tuple w = tuple();
    struct tcp_seg s;
    tcp_half_open_reply(&h, &t.e, &w, &large, &s);
    assert_int_equal(s.wnd, 65535);
    tcp_half_open_ack(&h, &t.e, &w, &large, &s);
    assert_int_equal(s.wnd, 512); /* its ACK is scaled: the same edge */
    assert_int_equal(s.flags, ACK);
    assert_int_equal(s.seq.v, h.iss.v + 1);
    assert_int_equal(s.ack.v, IRS + 1);
    assert_int_equal(s.ts_ecr, 777);
}

struct half_row {
    uint16_t flags;
    uint32_t seq, ack; /* relative to IRS and ISS */
    enum tcp_half_verdict verdict;
    enum bonnet_reason reason;
    bool no_ts;
    uint32_t ts_val; /* 0: 800, newer than the SYN's 777 */
};

static void check_half_rows(const struct tcp_half_open *h, const struct half_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct half_row *r = &rows[i];
        struct tcp_seg s = {.seq = seq(IRS + r->seq), .ack = seq(h->iss.v + r->ack)};
        s.flags = r->flags;
        if (h->agreed & TCP_AGREED_TIMESTAMPS && !r->no_ts) s.has = TCP_OPT_TIMESTAMPS;
        s.ts_val = r->ts_val ? r->ts_val : 800;
        enum bonnet_reason why = BONNET_R_NONE;
        if (tcp_half_open_input(h, &offer, &s, &why) == r->verdict && why == r->reason) continue;
        fail_msg("row %zu: reason %s", i, bonnet_reason_name((int)why));
    }
}

/* RFC 9293 3.10.7.4 in SYN-RECEIVED, RFC 5961. @req 9293-U4 9293-U10 5961-1 */
static void half_open_takes_the_steps_in_order(void **state)
{
    static const struct half_row rows[] = {
        {ACK, 1, 1, TCP_HALF_COMPLETE, BONNET_R_NONE, 0, 0},
        {ACK | PSH, 1, 1, TCP_HALF_COMPLETE, BONNET_R_NONE, 0, 0},
        {FIN | ACK, 1, 1, TCP_HALF_COMPLETE, BONNET_R_NONE, 0, 0},
        {ACK, 10000, 1, TCP_HALF_COMPLETE, BONNET_R_NONE, 0, 0}, /* the last octet inside */
        {ACK, 10001, 1, TCP_HALF_ACK, BONNET_R_HALF_OPEN_SEQUENCE, 0, 0},
        {ACK, 0, 1, TCP_HALF_ACK, BONNET_R_HALF_OPEN_SEQUENCE, 0, 0},
        {RST, 1, 0, TCP_HALF_RESET_IT, BONNET_R_HALF_OPEN_RST, 0, 0},
        {RST | ACK, 1, 1, TCP_HALF_RESET_IT, BONNET_R_HALF_OPEN_RST, 0, 0},
        {RST, 2, 0, TCP_HALF_ACK, BONNET_R_RST_CHALLENGED, 0, 0}, /* TR-INWIN */
        {RST, 10001, 0, TCP_HALF_DROP, BONNET_R_RST_OUTSIDE, 0, 0},
        {RST, 0, 0, TCP_HALF_DROP, BONNET_R_RST_OUTSIDE, 0, 0},
        {SYN, 0, 0, TCP_HALF_SYN_ACK, BONNET_R_SYN_DUPLICATE, 0, 0}, /* TS-RETRY */
        {SYN, 77, 0, TCP_HALF_ACK, BONNET_R_SYN_CHALLENGED, 0, 0},   /* TS-RETRY */
        {SYN | ACK, 0, 1, TCP_HALF_ACK, BONNET_R_SYN_CHALLENGED, 0, 0},
        {0, 1, 0, TCP_HALF_DROP, BONNET_R_HALF_OPEN_NO_ACK, 0, 0},
        {FIN, 1, 0, TCP_HALF_DROP, BONNET_R_HALF_OPEN_NO_ACK, 0, 0},
        {ACK, 1, 0, TCP_HALF_REFUSE, BONNET_R_SYN_SENT_BAD_ACK, 0, 0}, /* TA-SYNRCVD */
        {ACK, 1, 2, TCP_HALF_REFUSE, BONNET_R_SYN_SENT_BAD_ACK, 0, 0}, /* TA-FUTURE */
    };
    (void)state;
    struct t t;
    struct tcp_half_open h = from_syn(&t, all_options);
    check_half_rows(&h, rows, sizeof(rows) / sizeof(rows[0]));
    h = from_syn(&t, TCP_OPT_MSS);
    check_half_rows(&h, rows, sizeof(rows) / sizeof(rows[0]));
}

/* TO-TS-MIX, TR-TS. @req 7323-8 7323-12 7323-13: timestamps, agreed upon, are asked for. */
static void half_open_checks_timestamps(void **state)
{
    static const struct half_row rows[] = {
        {ACK, 1, 1, TCP_HALF_DROP, BONNET_R_TIMESTAMP_MISSING, true, 0},
        {ACK, 1, 1, TCP_HALF_ACK, BONNET_R_HALF_OPEN_SEQUENCE, false, 776},
        {ACK, 1, 1, TCP_HALF_COMPLETE, BONNET_R_NONE, false, 777},
        {RST, 1, 0, TCP_HALF_RESET_IT, BONNET_R_HALF_OPEN_RST, false, 1},
        {RST, 1, 0, TCP_HALF_RESET_IT, BONNET_R_HALF_OPEN_RST, true, 0},
    };
    (void)state;
    struct t t;
    struct tcp_half_open h = from_syn(&t, all_options);
    check_half_rows(&h, rows, sizeof(rows) / sizeof(rows[0]));
}

/* A closed window still takes what is exactly next. */
static void half_open_with_no_window_completes(void **state)
{
    (void)state;
    struct t t;
    struct tcp_half_open h = from_syn(&t, 0);
    const struct tcp_offer none = {.window = 0, .mss = 1460};
    struct tcp_seg s = {.seq = seq(IRS + 1), .ack = seq(h.iss.v + 1), .flags = ACK};
    enum bonnet_reason why;
    assert_int_equal(tcp_half_open_input(&h, &none, &s, &why), TCP_HALF_COMPLETE);
    s.seq = seq(IRS + 2);
    assert_int_equal(tcp_half_open_input(&h, &none, &s, &why), TCP_HALF_ACK);
}

/* TH-FLAGS: without the exact numbers no combination completes or resets it. */
static void half_open_survives_all_flags(void **state)
{
    (void)state;
    struct t t;
    struct tcp_half_open h = from_syn(&t, 0);
    for (uint16_t flags = 0; flags < 512; flags++) {
        const struct tcp_seg s = {
            .seq = seq(IRS + 5), .ack = seq(h.iss.v + 3), .flags = flags, .len = 1};
        enum bonnet_reason why = BONNET_R_NONE;
        enum tcp_half_verdict v = tcp_half_open_input(&h, &offer, &s, &why);
        assert_true(v != TCP_HALF_COMPLETE && v != TCP_HALF_RESET_IT);
        assert_int_not_equal(why, BONNET_R_NONE);
    }
}

/* SYN-ACKs go again after 1, 2, 4 ... s. @req 9293-MUST-22 */
static void syn_ack_timeouts_double(void **state)
{
    (void)state;
    struct tcp_half_open h = {0};
    for (unsigned i = 0; i <= TCP_SYN_ACK_RETRIES; i++, h.retries++)
        assert_int_equal(tcp_half_open_timeout(&h), (1u << i) * BONNET_S);
    h.retries = 15;
    assert_int_equal(tcp_half_open_timeout(&h), 120 * BONNET_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listener_sorts_by_flags),
        cmocka_unit_test(listener_survives_all_flags),
        cmocka_unit_test(syn_ack_answers_the_options_of_the_syn),
        cmocka_unit_test(syn_ack_to_a_plain_syn_is_plain),
        cmocka_unit_test(window_of_a_syn_ack_fits_sixteen_bits),
        cmocka_unit_test(half_open_takes_the_steps_in_order),
        cmocka_unit_test(half_open_checks_timestamps),
        cmocka_unit_test(half_open_with_no_window_completes),
        cmocka_unit_test(half_open_survives_all_flags),
        cmocka_unit_test(syn_ack_timeouts_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
