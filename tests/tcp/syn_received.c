/* SPDX-License-Identifier: BSD-2-Clause */
/* SYN-RECEIVED of a simultaneous open (RFC 9293 3.5, figure 8). A passive one is in listen.c. */
#include "libtcp.h"

static const uint8_t all_options = TCP_OPT_MSS | TCP_OPT_WSCALE | TCP_OPT_SACK_PERMITTED;

/* @req 9293-MUST-10 9293-MUST-11: each side answers the SYN of the other with its own, and an ACK.
 */
static void crossing_syns_agree_on_options(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, SYN, .has = all_options, .mss = 1300, .wscale = 2, .wnd = 500);
    state_is(&t, BONNET_SYN_RECEIVED);
    tx(&t, SYN | ACK, .seq = 0, .ack = 1);
    assert_int_equal(t.last.has, all_options | TCP_OPT_TIMESTAMPS);
    quiet(&t);
    rx(&t, SYN | ACK, .seq = 0, .ack = 1, .wnd = 600);
    state_is(&t, BONNET_ESTABLISHED);
    assert_true(t.o.events & TCP_EV_CONNECTED);
    assert_int_equal(t.c.snd.wnd, 600); /* 7323-2: the SYN-ACK's is not scaled either */
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = 600);
    assert_int_equal(t.c.snd.wnd, 2400);
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

static void plain_syn_gets_a_plain_syn_ack(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, SYN, .no_ts = true);
    tx(&t, SYN | ACK, .seq = 0, .ack = 1);
    assert_int_equal(t.last.has, TCP_OPT_MSS);
    t_end(&t);
}

/* TS-DATA: text of the SYN-ACK stands one octet after its SYN; and so does its FIN. */
static void text_and_fin_of_the_syn_ack_are_taken(void **state)
{
    (void)state;
    struct t t;
    syn_received(&t);
    rx(&t, SYN | ACK, .seq = 0, .ack = 1, .len = 5, .text = (const uint8_t *)"hello");
    state_is(&t, BONNET_ESTABLISHED);
    tx(&t, ACK, .seq = 1, .ack = 6);
    char text[5];
    assert_int_equal(tcp_recv(&t.c, &t.e, text, sizeof(text), false), 5);
    assert_memory_equal(text, "hello", 5);
    t_end(&t);
    syn_received(&t);
    rx(&t, SYN | FIN | ACK, .seq = 0, .ack = 1);
    state_is(&t, BONNET_CLOSE_WAIT);
    tx(&t, ACK, .seq = 1, .ack = 2);
    t_end(&t);
}

/* TS-DATA: text of the first SYN is not acknowledged, so that it comes again. */
static void text_of_the_syn_is_asked_for_again(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, SYN, .len = 5);
    state_is(&t, BONNET_SYN_RECEIVED);
    tx(&t, SYN | ACK, .seq = 0, .ack = 1);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 5);
    state_is(&t, BONNET_ESTABLISHED);
    tx(&t, ACK, .seq = 1, .ack = 6);
    user_read(&t, 5);
    t_end(&t);
}

/* @req 9293-U10 TA-SYNRCVD TA-FUTURE */
static void wrong_ack_is_reset(void **state)
{
    static const uint32_t acks[] = {0, 2, 0x7fffffff, 0x80000001, 0xffffffff};
    (void)state;
    struct t t;
    syn_received(&t);
    for (size_t i = 0; i < sizeof(acks) / sizeof(acks[0]); i++) {
        rx(&t, ACK, .seq = 1, .ack = acks[i]);
        reason_is(&t, BONNET_R_SYN_SENT_BAD_ACK);
        reply_is(&t, RST, .seq = acks[i]);
        state_is(&t, BONNET_SYN_RECEIVED);
        quiet(&t);
    }
    t_end(&t);
}

/* The peer's SYN again: it has not seen our SYN-ACK. */
static void syn_again_gets_the_syn_ack_again(void **state)
{
    (void)state;
    struct t t;
    syn_received(&t);
    rx(&t, SYN, .seq = 0);
    reason_is(&t, BONNET_R_SYN_DUPLICATE);
    tx(&t, SYN | ACK, .seq = 0, .ack = 1);
    quiet(&t);
    rx(&t, SYN, .seq = 99); /* TS-RETRY: another ISN */
    reason_is(&t, BONNET_R_SYN_CHALLENGED);
    tx(&t, ACK, .seq = 1, .ack = 1);
    state_is(&t, BONNET_SYN_RECEIVED);
    t_end(&t);
}

static void reset_ends_it(void **state)
{
    (void)state;
    struct t t;
    syn_received(&t);
    rx(&t, RST, .seq = 100);
    reason_is(&t, BONNET_R_RST_CHALLENGED);
    tx(&t, ACK, .seq = 1, .ack = 1);
    rx(&t, RST, .seq = 1, .no_ts = true); /* TR-TS: no timestamp is asked of a reset */
    reason_is(&t, BONNET_R_RST_OBEYED);
    state_is(&t, BONNET_CLOSED);
    assert_int_equal(t.c.error, ECONNREFUSED);
    quiet(&t);
    t_end(&t);
}

static void segment_without_ack_is_dropped(void **state)
{
    (void)state;
    struct t t;
    syn_received(&t);
    rx(&t, FIN, .seq = 1);
    reason_is(&t, BONNET_R_ACK_MISSING);
    state_is(&t, BONNET_SYN_RECEIVED);
    quiet(&t);
    rx(&t, FIN | ACK, .seq = 1, .ack = 1);
    state_is(&t, BONNET_CLOSE_WAIT);
    tx(&t, ACK, .seq = 1, .ack = 2);
    t_end(&t);
}

/* RFC 9293 3.10.4: a CLOSE before the handshake is over sends its FIN after it. */
static void close_is_remembered_until_established(void **state)
{
    (void)state;
    struct t t;
    syn_received(&t);
    user_close(&t);
    no_reply(&t);
    state_is(&t, BONNET_SYN_RECEIVED);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1);
    state_is(&t, BONNET_FIN_WAIT_1);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1);
    quiet(&t);
    t_end(&t);
}

/* @req 9293-MUST-22 */
static void syn_ack_goes_again_with_backoff(void **state)
{
    (void)state;
    struct t t;
    syn_received(&t);
    bonnet_time sent = t.e.now;
    wait_ms(&t, 10000);
    tx(&t, SYN | ACK, .seq = 0, .ack = 1);
    assert_int_equal(t.e.now - sent, BONNET_S);
    wait_ms(&t, 10000);
    tx(&t, SYN | ACK, .seq = 0, .ack = 1);
    assert_int_equal(t.e.now - sent, 3 * BONNET_S);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crossing_syns_agree_on_options),
        cmocka_unit_test(plain_syn_gets_a_plain_syn_ack),
        cmocka_unit_test(text_and_fin_of_the_syn_ack_are_taken),
        cmocka_unit_test(text_of_the_syn_is_asked_for_again),
        cmocka_unit_test(wrong_ack_is_reset),
        cmocka_unit_test(syn_again_gets_the_syn_ack_again),
        cmocka_unit_test(reset_ends_it),
        cmocka_unit_test(segment_without_ack_is_dropped),
        cmocka_unit_test(close_is_remembered_until_established),
        cmocka_unit_test(syn_ack_goes_again_with_backoff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
