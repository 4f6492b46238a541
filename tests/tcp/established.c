/* SPDX-License-Identifier: BSD-2-Clause */
/* ESTABLISHED (RFC 9293 3.10.7.4): text both ways, the peer's FIN and reset, and how little a
 * stranger can do. */
#include "libstate.h"

static struct begun here = {.begin = established, .una = 1, .nxt = 1, .rcv = 1};

/* @req 9293-MUST-12: the peer has closed; what it wrote before is read first. */
static void fin_leads_to_close_wait(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, FIN | ACK, .seq = 1, .ack = 1, .len = 100);
    state_is(&t, BONNET_CLOSE_WAIT);
    assert_true(t.o.events & TCP_EV_READABLE);
    tx(&t, ACK, .seq = 1, .ack = 102);
    user_read(&t, 100);
    user_reads_eof(&t);
    quiet(&t);
    t_end(&t);
}

/* @req 9293-MUST-12 AP-RST I18: what has arrived is read, then the error once, then the end. */
static void reset_is_told_once_after_the_text(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    rx(&t, RST, .seq = 101);
    state_is(&t, BONNET_CLOSED);
    user_read(&t, 100);
    uint8_t b = 0;
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 1, false), -ECONNRESET);
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 1, false), 0);
    assert_int_equal(tcp_send(&t.c, &t.e, &b, 1, false), -EPIPE);
    t_end(&t);
}

static void shutdown_leads_to_fin_wait_1(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 2000);
    user_shutdown(&t);
    state_is(&t, BONNET_FIN_WAIT_1);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448);
    tx(&t, FIN | ACK, .seq = 1449, .ack = 1, .len = 552); /* @req KTP-15: at once, with the text */
    quiet(&t);
    user_shutdown(&t);
    quiet(&t);
    t_end(&t);
}

/* @req 5961-6 5961-7: one challenge in 500 ms; the others are counted. */
static void challenges_are_limited(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, SYN, .seq = 1);
    tx(&t, ACK, .seq = 1, .ack = 1, .reason = BONNET_R_SEND_CHALLENGE_ACK);
    for (int i = 0; i < 100; i++) {
        rx(&t, SYN, .seq = 1);
        reason_is(&t, BONNET_R_SYN_CHALLENGED);
        quiet(&t);
    }
    assert_int_equal(t.e.reasons[BONNET_R_CHALLENGE_LIMIT], 100);
    wait_ms(&t, 501);
    rx(&t, RST, .seq = 2);
    tx(&t, ACK, .seq = 1, .ack = 1, .reason = BONNET_R_SEND_CHALLENGE_ACK);
    t_end(&t);
}

/* @req 9293-MUST-58 9293-MUST-59 5681-12: what came in a burst is acknowledged once. */
static void burst_is_acknowledged_once(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    for (uint32_t i = 0; i < 10; i++)
        rx(&t, ACK, .seq = 1 + i * 1000, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 10001);
    quiet(&t);
    user_read(&t, 10000);
    t_end(&t);
}

/* @req ICMPTCP-1 ICMPTCP-2 9293-MUST-54 9293-MUST-56 9293-MUST-47 BI-HARD BI-ERRSEQ */
static void icmp_errors_are_soft(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    const uint32_t not_in_flight[] = {0, 101, 102, 1u << 30};
    for (size_t i = 0; i < 4; i++) {
        const struct tcp_icmp_error x = {seq(t.iss + not_in_flight[i]), ECONNREFUSED, true};
        tcp_icmp(&t.c, &t.e, &x, &t.o);
        reason_is(&t, BONNET_R_ICMP_NO_SOCKET);
        assert_int_equal(t.c.soft_error, 0);
    }
    const struct tcp_icmp_error x = {seq(t.iss + 1), EHOSTUNREACH, true};
    tcp_icmp(&t.c, &t.e, &x, &t.o);
    reason_is(&t, BONNET_R_ICMP_SOFT);
    state_is(&t, BONNET_ESTABLISHED);
    assert_int_equal(t.c.soft_error, EHOSTUNREACH);
    rx(&t, ACK, .seq = 1, .ack = 101);
    assert_int_equal(t.c.soft_error, 0); /* what was unreachable has answered */
    quiet(&t);
    t_end(&t);
}

/* @req 9293-U9: an older acknowledgment takes nothing back; its text counts. */
static void old_ack_takes_nothing_back(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 200);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 200);
    rx(&t, ACK, .seq = 1, .ack = 201);
    rx(&t, ACK, .seq = 1, .ack = 101, .len = 10);
    assert_int_equal(t.c.snd.una.v - t.iss, 201);
    tx(&t, ACK, .seq = 201, .ack = 11);
    quiet(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(resets_count_only_at_rcv_nxt, &here),
        cmocka_unit_test_prestate(syns_are_challenged_wherever_they_lie, &here),
        cmocka_unit_test_prestate(acks_out_of_range_are_challenged, &here),
        cmocka_unit_test_prestate(segments_out_of_window_are_answered, &here),
        cmocka_unit_test_prestate(timestamps_are_checked_first, &here),
        cmocka_unit_test_prestate(all_flags_out_of_window_change_nothing, &here),
        cmocka_unit_test(fin_leads_to_close_wait),
        cmocka_unit_test(reset_is_told_once_after_the_text),
        cmocka_unit_test(shutdown_leads_to_fin_wait_1),
        cmocka_unit_test(challenges_are_limited),
        cmocka_unit_test(burst_is_acknowledged_once),
        cmocka_unit_test(icmp_errors_are_soft),
        cmocka_unit_test(old_ack_takes_nothing_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
