/* SPDX-License-Identifier: BSD-2-Clause */
/* SYN-SENT (RFC 9293 3.10.7.3), and what the answer to our SYN agrees on. */
#include "libtcp.h"

static const uint8_t all_options = TCP_OPT_MSS | TCP_OPT_WSCALE | TCP_OPT_SACK_PERMITTED;

/* @req 9293-MUST-67 9293-MAY-3 7323-2 SACK-1 */
static void syn_offers_everything(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    assert_int_equal(t.last.has, all_options | TCP_OPT_TIMESTAMPS);
    assert_int_equal(t.last.mss, 1460);
    assert_int_equal(t.last.wnd, 65535);
    assert_int_equal(t.last.ts_ecr, 0); /* @req 7323-10 */
    quiet(&t);
    t_end(&t);
}

/* @req 9293-U3 TA-SYNSENT TA-FUTURE: an ACK of anything but our SYN is refused, state unchanged. */
static void wrong_ack_is_reset(void **state)
{
    static const uint32_t acks[] = {0, 2, 3, 0x40000000, 0x80000000, 0xffffffff};
    (void)state;
    struct t t;
    syn_sent(&t);
    for (size_t i = 0; i < sizeof(acks) / sizeof(acks[0]); i++) {
        rx(&t, SYN | ACK, .ack = acks[i]);
        reason_is(&t, BONNET_R_SYN_SENT_BAD_ACK);
        reply_is(&t, RST, .seq = acks[i]);
        rx(&t, ACK, .ack = acks[i], .len = 10);
        reply_is(&t, RST, .seq = acks[i]);
        rx(&t, RST | ACK, .ack = acks[i]); /* TR-SYNSENT */
        reason_is(&t, BONNET_R_SYN_SENT_BAD_ACK);
        no_reply(&t);
        state_is(&t, BONNET_SYN_SENT);
        quiet(&t);
    }
    t_end(&t);
}

/* @req 5961-2 TR-SYNSENT: a reset counts only when it acknowledges the SYN. */
static void reset_that_acknowledges_the_syn_refuses(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, RST, .seq = 0);
    reason_is(&t, BONNET_R_SYN_SENT_RST_NO_ACK);
    state_is(&t, BONNET_SYN_SENT);
    rx(&t, RST | ACK, .ack = 1);
    reason_is(&t, BONNET_R_CONNECTION_REFUSED);
    state_is(&t, BONNET_CLOSED);
    assert_true(t.o.events & TCP_EV_ENDED);
    no_reply(&t);
    uint8_t b;
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 1, false), -ECONNREFUSED);
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 1, false), 0);
    quiet(&t);
    t_end(&t);
}

/* @req 9293-U12 TF-SYNSENT: without SYN or RST nothing is believed. */
static void segment_without_syn_is_dropped(void **state)
{
    static const uint16_t flags[] = {0, ACK, FIN, FIN | ACK, FIN | PSH | URG, PSH | ACK, URG | ACK};
    (void)state;
    struct t t;
    syn_sent(&t);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        rx(&t, flags[i], .ack = 1, .len = 3, .urg = 1);
        reason_is(&t, BONNET_R_SYN_SENT_NO_SYN);
        no_reply(&t);
        state_is(&t, BONNET_SYN_SENT);
        quiet(&t);
    }
    t_end(&t);
}

static void syn_ack_is_acknowledged(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, SYN | ACK, .ack = 1);
    assert_true(t.o.events & TCP_EV_CONNECTED);
    state_is(&t, BONNET_ESTABLISHED);
    tx(&t, ACK, .seq = 1, .ack = 1, .wnd = 65535);
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* @req 7323-1 7323-2 TO-WS-SYN: both scale or none does, and no SYN's window is scaled. */
static void options_are_agreed_by_both_syns(void **state)
{
    static const uint8_t ts = TCP_OPT_TIMESTAMPS, ws = TCP_OPT_WSCALE;
    static const uint8_t sack = TCP_OPT_SACK_PERMITTED;
    static const uint8_t rows[] = {0, ts, ws, sack, ts | ws, ts | sack, ws | sack, ts | ws | sack};
    (void)state;
    for (size_t i = 0; i < sizeof(rows); i++) {
        struct t t;
        syn_sent(&t);
        rx(&t, SYN | ACK, .ack = 1, .wnd = 1000, .has = rows[i], .wscale = 3, .no_ts = true,
           .ts_val = 9);
        bool scales = (rows[i] & ws) != 0;
        assert_int_equal(t.c.snd.wnd, 1000);
        assert_int_equal(t.c.snd.wscale, scales ? 3 : 0);
        tx(&t, ACK, .seq = 1, .ack = 1);
        assert_int_equal(t.last.has, rows[i] & ts);
        rx(&t, ACK, .seq = 1, .ack = 1, .wnd = 1000);
        assert_int_equal(t.c.snd.wnd, scales ? 8000 : 1000); /* 7323-4 */
        t_end(&t);
    }
}

/* @req 9293-MUST-15 9293-MUST-16 KTP-3 KTP-18 TO-MSS0 TO-MSS-TINY TO-MSS-HUGE
 * TO-MSS-ABSENT SK-MSS8 */
static void segment_size_is_the_least_of_what_is_known(void **state)
{
    static const struct {
        uint16_t option; /* 0: none */
        bool given, ts;
        uint32_t mss;
    } rows[] = {
        {1460, true, true, 1448}, {1460, true, false, 1460}, {0, false, false, 536},
        {0, false, true, 524},    {65535, true, true, 1448}, {1200, true, true, 1188},
        {88, true, false, 88},    {48, true, false, 64},     {1, true, true, 52},
        {0, true, false, 536},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct t t;
        syn_sent(&t);
        rx(&t, SYN | ACK, .ack = 1, .no_ts = !rows[i].ts, .mss = rows[i].option,
           .has = rows[i].given ? TCP_OPT_MSS : 0);
        tx(&t, ACK, .seq = 1, .ack = 1);
        user_send(&t, 3000);
        tx(&t, ACK, .seq = 1, .ack = 1, .len = rows[i].mss);
        t_end(&t);
    }
}

/* @req 9293-SHLD-2 TS-DATA: text and FIN of a SYN-ACK are taken. */
static void text_of_a_syn_ack_is_kept(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, SYN | ACK, .ack = 1, .len = 11, .text = (const uint8_t *)"hello world");
    state_is(&t, BONNET_ESTABLISHED);
    tx(&t, ACK, .seq = 1, .ack = 12);
    char text[11];
    assert_int_equal(tcp_recv(&t.c, &t.e, text, sizeof(text), false), 11);
    assert_memory_equal(text, "hello world", 11);
    quiet(&t);
    t_end(&t);
}

static void fin_of_a_syn_ack_ends_the_stream(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, SYN | FIN | ACK, .ack = 1, .len = 5, .text = (const uint8_t *)"short");
    state_is(&t, BONNET_CLOSE_WAIT);
    tx(&t, ACK, .seq = 1, .ack = 7);
    char text[5];
    assert_int_equal(tcp_recv(&t.c, &t.e, text, sizeof(text), false), 5);
    user_reads_eof(&t);
    t_end(&t);
    syn_sent(&t);
    rx(&t, SYN | FIN | ACK, .ack = 1);
    state_is(&t, BONNET_CLOSE_WAIT);
    tx(&t, ACK, .seq = 1, .ack = 2);
    t_end(&t);
}

/* TU-SYN: no urgent data in a SYN. */
static void urgent_syn_ack_has_no_mark(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, SYN | ACK | URG, .ack = 1, .urg = 100);
    state_is(&t, BONNET_ESTABLISHED);
    assert_false(t.c.urgent);
    t_end(&t);
}

/* Text written before the handshake is over waits for it. */
static void writer_waits_for_the_handshake(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    uint8_t b = 1;
    assert_int_equal(tcp_send(&t.c, &t.e, &b, 1, false), -EAGAIN);
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 1, false), -EAGAIN);
    rx(&t, SYN | ACK, .ack = 1);
    assert_true(t.o.events & TCP_EV_WRITABLE);
    t_end(&t);
}

/* RFC 9293 3.10.4: CLOSE in SYN-SENT deletes it; nobody is told. */
static void close_forgets_it(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    user_close(&t);
    no_reply(&t);
    state_is(&t, BONNET_CLOSED);
    quiet(&t);
    t_end(&t);
}

/* @req ICMPTCP-1 ICMPTCP-3 9293-MUST-56 9293-SHLD-26: a hard error about our SYN ends the attempt,
 * a soft one is told when it fails. */
static void icmp_about_the_syn(void **state)
{
    (void)state;
    struct t t;
    struct tcp_icmp_error x = {.error = ECONNREFUSED, .hard = true};
    syn_sent(&t);
    x.about = seq(t.iss + 1);
    tcp_icmp(&t.c, &t.e, &x, &t.o);
    reason_is(&t, BONNET_R_ICMP_NO_SOCKET);
    x = (struct tcp_icmp_error){seq(t.iss), EHOSTUNREACH, false};
    tcp_icmp(&t.c, &t.e, &x, &t.o);
    reason_is(&t, BONNET_R_ICMP_SOFT);
    state_is(&t, BONNET_SYN_SENT);
    x = (struct tcp_icmp_error){seq(t.iss), ECONNREFUSED, true};
    tcp_icmp(&t.c, &t.e, &x, &t.o);
    reason_is(&t, BONNET_R_ICMP_HARD);
    state_is(&t, BONNET_CLOSED);
    assert_int_equal(t.c.error, ECONNREFUSED);
    t_end(&t);
}

/* TH-FLAGS: with numbers that are not ours, no combination opens or ends it but a plain SYN. */
static void all_flags_are_survived(void **state)
{
    (void)state;
    for (uint16_t flags = 0; flags < 512; flags++) {
        struct t t;
        syn_sent(&t);
        rx(&t, flags, .seq = 77, .ack = 1000, .len = 3, .urg = 2);
        bool opens = (flags & (SYN | RST | ACK)) == SYN;
        state_is(&t, opens ? BONNET_SYN_RECEIVED : BONNET_SYN_SENT);
        t_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syn_offers_everything),
        cmocka_unit_test(wrong_ack_is_reset),
        cmocka_unit_test(reset_that_acknowledges_the_syn_refuses),
        cmocka_unit_test(segment_without_syn_is_dropped),
        cmocka_unit_test(syn_ack_is_acknowledged),
        cmocka_unit_test(options_are_agreed_by_both_syns),
        cmocka_unit_test(segment_size_is_the_least_of_what_is_known),
        cmocka_unit_test(text_of_a_syn_ack_is_kept),
        cmocka_unit_test(fin_of_a_syn_ack_ends_the_stream),
        cmocka_unit_test(urgent_syn_ack_has_no_mark),
        cmocka_unit_test(writer_waits_for_the_handshake),
        cmocka_unit_test(close_forgets_it),
        cmocka_unit_test(icmp_about_the_syn),
        cmocka_unit_test(all_flags_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
