/* SPDX-License-Identifier: BSD-2-Clause */
/* Who agrees on explicit congestion notification, and who does not (RFC 3168 6.1.1). */
#include "libtcp.h"

#define OFFERED_SEQ 9000u

static const struct tcp_offer offer = {.window = 10000, .mss = 1460, .wscale = 7};

static const struct tcp_tuple tuple = {
    .laddr = {{[10] = 0xff, 0xff, 10, 0, 0, 1}},
    .raddr = {{[10] = 0xff, 0xff, 10, 0, 0, 2}},
    .lport = 80,
    .rport = 40000,
};

static uint8_t info_options(const struct t *t)
{
    struct bonnet_tcp_info i;
    tcp_info(&t->c, &t->e, &i);
    return i.tcpi_options & 8;
}

/* @req ECN-2 ECN-1: only ECE without CWR grants what was asked for. */
static void answer_to_the_syn_decides(void **state)
{
    static const struct {
        uint16_t flags;
        bool agrees;
    } rows[] = {{0, false}, {CWR, false}, {SETUP, false}, {ECE, true}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct t t;
        syn_sent_with(&t, (struct opts){.ecn = true});
        rx(&t, (uint16_t)(SYN | ACK | rows[i].flags), .ack = 1, .has = TCP_OPT_MSS, .mss = 1460);
        tx(&t, ACK, .seq = 1, .ack = 1);
        assert_int_equal(info_options(&t), rows[i].agrees ? 8 : 0);
        user_send(&t, 100);
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .ecn = rows[i].agrees ? IP_ECT_0 : IP_NOT_ECT);
        t_end(&t);
    }
}

/* @req ECN-2: who did not ask is not talked into it. */
static void unasked_grant_is_ignored(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, SYN | ACK | ECE, .ack = 1, .has = TCP_OPT_MSS, .mss = 1460);
    tx(&t, ACK, .seq = 1, .ack = 1);
    assert_int_equal(info_options(&t), 0);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .ecn = IP_CE);
    tx(&t, ACK, .seq = 1, .ack = 101);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 101, .len = 100);
    t_end(&t);
}

static struct tcp_seg syn_with(uint16_t flags, uint8_t mark)
{
    return (struct tcp_seg){.seq = seq(OFFERED_SEQ),
                            .flags = (uint16_t)(SYN | flags),
                            .wnd = 4321,
                            .has = TCP_OPT_MSS | TCP_OPT_TIMESTAMPS,
                            .mss = 1460,
                            .ts_val = 500,
                            .ecn = mark};
}

/* @req ECN-2: a SYN asks with both bits and no mark of its own; the stack's setting answers. */
static void listener_grants_to_who_asks(void **state)
{
    static const struct {
        enum bonnet_ecn setting;
        uint16_t flags;
        uint8_t mark;
        uint16_t answer;
    } rows[] = {
        {BONNET_ECN_ACCEPT, 0, IP_NOT_ECT, 0},
        {BONNET_ECN_ACCEPT, ECE, IP_NOT_ECT, 0},
        {BONNET_ECN_ACCEPT, CWR, IP_NOT_ECT, 0},
        {BONNET_ECN_ACCEPT, SETUP, IP_NOT_ECT, ECE},
        {BONNET_ECN_ACCEPT, SETUP | TCP_AE, IP_NOT_ECT, ECE},
        {BONNET_ECN_ACCEPT, SETUP, IP_ECT_0, 0},
        {BONNET_ECN_ACCEPT, SETUP, IP_CE, 0},
        {BONNET_ECN_ASK, SETUP, IP_NOT_ECT, ECE},
        {BONNET_ECN_OFF, SETUP, IP_NOT_ECT, 0},
    };
    (void)state;
    struct t t;
    closed(&t, (struct opts){0});
    assert_int_equal(t.e.tcp_ecn, BONNET_ECN_ACCEPT); /* the default */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct tcp_seg syn = syn_with(rows[i].flags, rows[i].mark);
        struct tcp_half_open h;
        struct tcp_seg reply;
        t.e.tcp_ecn = (uint8_t)rows[i].setting;
        tcp_half_open_from_syn(&h, &t.e, &tuple, &syn);
        tcp_half_open_reply(&h, &t.e, &tuple, &offer, &reply);
        assert_int_equal(reply.flags, SYN | ACK | rows[i].answer);
        assert_int_equal(reply.ecn, IP_NOT_ECT);
    }
    t_end(&t);
}

/* The peer has given up asking: so do we. */
static void second_syn_without_takes_it_back(void **state)
{
    (void)state;
    const struct tcp_seg first = syn_with(SETUP, 0), second = syn_with(0, 0);
    struct tcp_half_open h;
    struct tcp_seg reply;
    struct t t;
    closed(&t, (struct opts){0});
    tcp_half_open_from_syn(&h, &t.e, &tuple, &first);
    tcp_half_open_on_syn_again(&h, &first);
    tcp_half_open_reply(&h, &t.e, &tuple, &offer, &reply);
    assert_int_equal(reply.flags, SYN | ACK | ECE);
    tcp_half_open_on_syn_again(&h, &second);
    tcp_half_open_reply(&h, &t.e, &tuple, &offer, &reply);
    assert_int_equal(reply.flags, SYN | ACK);
    t_end(&t);
}

/* @req SYNF-3: a cookie remembers it, if there are timestamps to put it in. */
static void cookie_remembers(void **state)
{
    (void)state;
    struct t t;
    closed(&t, (struct opts){0});
    for (int asks = 0; asks < 2; asks++) {
        const struct tcp_seg syn = syn_with(asks ? SETUP : 0, 0);
        struct tcp_seg reply;
        struct tcp_half_open h;
        tcp_cookie_make(&t.e, &tuple, &syn, &offer, &reply);
        assert_int_equal(reply.flags, asks ? SYN | ACK | ECE : SYN | ACK);
        const struct tcp_seg ack = {.seq = reply.ack,
                                    .ack = seq_add(reply.seq, 1),
                                    .flags = ACK,
                                    .has = TCP_OPT_TIMESTAMPS,
                                    .ts_ecr = reply.ts_val};
        assert_true(tcp_cookie_check(&t.e, &tuple, &ack, &h));
        assert_int_equal(h.agreed & TCP_AGREED_ECN, asks ? TCP_AGREED_ECN : 0);
    }
    struct tcp_seg plain = syn_with(SETUP, 0), reply;
    plain.has = TCP_OPT_MSS;
    tcp_cookie_make(&t.e, &tuple, &plain, &offer, &reply);
    assert_int_equal(reply.flags, SYN | ACK);
    t_end(&t);
}

/* A half-open connection that agreed becomes a connection that does. */
static void passive_connection_agrees(void **state)
{
    (void)state;
    const struct tcp_seg syn = syn_with(SETUP, 0);
    const struct tcp_world w = {.tuple = tuple, .mtu = 1500};
    struct tcp_half_open h;
    struct t t;
    closed(&t, (struct opts){0});
    const struct tcp_settings set = t.c.set;
    tcp_half_open_from_syn(&h, &t.e, &tuple, &syn);
    tcp_open_passive(&t.c, &t.e, &set, &w, &h);
    t.iss = h.iss.v;
    t.irs = OFFERED_SEQ;
    assert_int_equal(info_options(&t), 8);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .ecn = IP_ECT_0);
    t_end(&t);
}

/* @req ECN-8: no answer. An answer to the first SYN that comes after all allows no marks on what we
 * send, but those on what we get are echoed (6.1.1). */
static void silence_makes_it_ask_without(void **state)
{
    (void)state;
    struct t t;
    syn_sent_with(&t, (struct opts){.ecn = true});
    wait_ms(&t, 1000);
    tx(&t, SYN, .seq = 0, .reason = BONNET_R_SEND_RTO);
    rx(&t, SYN | ACK | ECE, .ack = 1, .has = TCP_OPT_MSS, .mss = 1460);
    tx(&t, ACK, .seq = 1, .ack = 1);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    rx(&t, ACK, .seq = 1, .ack = 101, .len = 10, .ecn = IP_CE);
    tx(&t, ACK | ECE, .seq = 101, .ack = 11);
    t_end(&t);
}

/* @req ECN-8: a reset, once. */
static void reset_makes_it_ask_without(void **state)
{
    (void)state;
    struct t t;
    syn_sent_with(&t, (struct opts){.ecn = true});
    rx(&t, RST | ACK, .ack = 1);
    reason_is(&t, BONNET_R_SYN_SENT_RST_ECN);
    tx(&t, SYN, .seq = 0, .reason = BONNET_R_SEND_SYN_NO_ECN);
    quiet(&t);
    rx(&t, RST | ACK, .ack = 1);
    reason_is(&t, BONNET_R_CONNECTION_REFUSED);
    assert_int_equal(t.c.error, ECONNREFUSED);
    t_end(&t);
}

/* Two SYNs cross: both ask, both answer. */
static void simultaneous_open_agrees(void **state)
{
    (void)state;
    struct t t;
    syn_sent_with(&t, (struct opts){.ecn = true});
    rx(&t, SYN | SETUP, .has = TCP_OPT_MSS, .mss = 1460);
    tx(&t, SYN | ACK | ECE, .seq = 0, .ack = 1);
    rx(&t, SYN | ACK | ECE, .seq = 0, .ack = 1, .has = TCP_OPT_MSS, .mss = 1460);
    state_is(&t, BONNET_ESTABLISHED);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100,
       .ecn = IP_ECT_0); /* and no CWR: ECE was the grant */
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_to_the_syn_decides),
        cmocka_unit_test(unasked_grant_is_ignored),
        cmocka_unit_test(listener_grants_to_who_asks),
        cmocka_unit_test(second_syn_without_takes_it_back),
        cmocka_unit_test(cookie_remembers),
        cmocka_unit_test(passive_connection_agrees),
        cmocka_unit_test(silence_makes_it_ask_without),
        cmocka_unit_test(reset_makes_it_ask_without),
        cmocka_unit_test(simultaneous_open_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
