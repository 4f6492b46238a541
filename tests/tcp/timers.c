/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens when nobody answers, and when: retransmission, user timeout, delayed ACK. Keepalives
 * are in keepalive.c. */
#include "libtcp.h"

/* 100 bytes are out and not acknowledged; the round trip took 1 ms: the timeout is 201 ms. */
static void unanswered(struct t *t, uint32_t user_timeout_ms)
{
    established_with(t, (struct opts){.user_timeout_ms = user_timeout_ms});
    user_send(t, 100);
    tx(t, ACK, .seq = 1, .ack = 1, .len = 100);
}

/* @req 9293-MUST-20 9293-MUST-18 9293-SHLD-10 9293-SHLD-11 6298-5 6298-10 RTOG-3 RTOG-4 KTP-10
 * 9293-U13: doubled each time, two minutes at most; fifteen times (Linux tcp_retries2), a quarter
 * of an hour. */
static void retransmissions_back_off_and_end(void **state)
{
    (void)state;
    struct t t;
    unanswered(&t, 0);
    bonnet_time sent = t.e.now, gap = 201 * BONNET_MS;
    wait_ms(&t, 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .reason = BONNET_R_SEND_TAIL_PROBE);
    assert_int_equal(t.e.now - sent, gap);
    for (int i = 0; i < 15; i++) {
        bonnet_time last = t.e.now;
        assert_int_equal(tcp_timer(&t.c), BONNET_TIMER_RETRANSMIT);
        wait_ms(&t, 130000);
        assert_int_equal(t.o.events, i == 2 ? TCP_EV_DOUBT : 0); /* R1 */
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .reason = BONNET_R_SEND_RTO);
        assert_int_equal(t.e.now - last, gap);
        gap = 2 * gap < 120 * BONNET_S ? 2 * gap : 120 * BONNET_S;
    }
    wait_ms(&t, 130000);
    reason_is(&t, BONNET_R_ABORT_RETRIES);
    reply_is(&t, RST | ACK, .seq = 101, .ack = 1);
    state_is(&t, BONNET_CLOSED);
    assert_in_range(t.e.now - sent, 900 * BONNET_S, 930 * BONNET_S);
    uint8_t b;
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 1, false), -ETIMEDOUT);
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 1, false), 0);
    quiet(&t);
    t_end(&t);
}

/* @req 9293-SHLD-25: what ICMP said is told when it fails. */
static void soft_error_is_told_at_the_end(void **state)
{
    (void)state;
    struct t t;
    unanswered(&t, 1000);
    const struct tcp_icmp_error x = {seq(t.iss + 1), EHOSTUNREACH, false};
    tcp_icmp(&t.c, &t.e, &x, &t.o);
    while (t.c.state == BONNET_ESTABLISHED) {
        wait_ms(&t, 1000);
        if (t.c.sent.lost) tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    }
    assert_int_equal(t.c.error, EHOSTUNREACH);
    t_end(&t);
}

/* @req 9293-MUST-21 UTO-2: TCP_USER_TIMEOUT counts from the text, not from the last word of the
 * peer.
 */
static void user_timeout_counts_from_what_waits(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.user_timeout_ms = 5000});
    wait_ms(&t, 3600 * 1000);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    bonnet_time sent = t.e.now;
    int times = 0;
    while (t.c.state == BONNET_ESTABLISHED) {
        wait_ms(&t, 10000);
        if (tcp_plan(&t.c, &t.e, 0).what == TCP_SEND_NOTHING) continue;
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
        times++;
    }
    reason_is(&t, BONNET_R_ABORT_USER_TIMEOUT);
    assert_int_equal(t.e.now - sent, 5000 * BONNET_MS);
    assert_int_equal(times, 5); /* after 201 (the probe), 402, 804, 1608, 3216 ms */
    assert_int_equal(t.c.error, ETIMEDOUT);
    t_end(&t);
}

static void progress_begins_the_user_timeout_anew(void **state)
{
    (void)state;
    struct t t;
    unanswered(&t, 5000);
    user_send(&t, 100);
    for (int i = 0; i < 4; i++)
        wait_ms(&t, 150);
    rx(&t, ACK, .seq = 1, .ack = 51);
    bonnet_time progress = t.e.now;
    while (t.c.state == BONNET_ESTABLISHED) {
        wait_ms(&t, 10000);
        for (struct tcp_plan p; (p = tcp_plan(&t.c, &t.e, 0)).what != TCP_SEND_NOTHING;)
            tx(&t, ACK, .seq = p.seq.v - t.iss, .ack = 1, .len = p.len);
    }
    reason_is(&t, BONNET_R_ABORT_USER_TIMEOUT);
    assert_in_range(t.e.now - progress, 4999 * BONNET_MS, 5001 * BONNET_MS);
    t_end(&t);
}

/* tcp(7): "or buffered data may remain untransmitted (due to zero window size)". */
static void user_timeout_ends_a_closed_window(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.user_timeout_ms = 5000});
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 100);
    quiet(&t);
    bonnet_time begin = t.e.now;
    while (t.c.state == BONNET_ESTABLISHED) {
        wait_ms(&t, 10000);
        if (t.c.state != BONNET_ESTABLISHED) break;
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 1);
        rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    }
    reason_is(&t, BONNET_R_ABORT_USER_TIMEOUT);
    assert_int_equal(t.e.now - begin, 5000 * BONNET_MS);
    t_end(&t);
}

/* @req 9293-MUST-22 6298-1 RTOG-1 KTP-7: 1, 2, 4 ... s; given up after 127 s, as on Linux. */
static void syn_is_retried_for_two_minutes(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    bonnet_time sent = t.e.now;
    for (uint32_t i = 0; i < 6; i++) {
        wait_ms(&t, 130000);
        assert_int_equal(t.o.events, i == 2 ? TCP_EV_DOUBT : 0);
        tx(&t, SYN, .seq = 0, .reason = BONNET_R_SEND_RTO);
        assert_int_equal(t.e.now - sent, ((2u << i) - 1) * BONNET_S);
    }
    wait_ms(&t, 130000);
    reason_is(&t, BONNET_R_CONNECT_TIMEOUT);
    assert_int_equal(t.e.now - sent, 127 * BONNET_S);
    state_is(&t, BONNET_CLOSED);
    assert_int_equal(t.c.error, ETIMEDOUT);
    no_reply(&t);
    quiet(&t);
    t_end(&t);
}

static void user_timeout_ends_a_connection_attempt(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    t.c.set.user_timeout_ms = 10000;
    bonnet_time sent = t.e.now;
    while (t.c.state == BONNET_SYN_SENT) {
        wait_ms(&t, 130000);
        if (t.c.sent.lost) tx(&t, SYN, .seq = 0);
    }
    assert_int_equal(t.e.now - sent, 10 * BONNET_S);
    reason_is(&t, BONNET_R_CONNECT_TIMEOUT);
    t_end(&t);
}

/* @req 6298-9: stopped when all is acknowledged, restarted by what is new, not by what is not. */
static void timer_follows_the_oldest_octet(void **state)
{
    (void)state;
    struct t t;
    unanswered(&t, 0);
    bonnet_time first = tcp_deadline(&t.c);
    t.c.set.nodelay = true;
    t.e.now += 50 * BONNET_MS;
    user_send(&t, 100);
    tx(&t, ACK, .seq = 101, .ack = 1, .len = 100);
    assert_int_equal(tcp_deadline(&t.c), first);
    rx(&t, ACK, .seq = 1, .ack = 1);
    assert_int_equal(tcp_deadline(&t.c), first);
    rx(&t, ACK, .seq = 1, .ack = 101);
    assert_int_equal(tcp_deadline(&t.c), t.e.now + rtt_rto(&t.c));
    rx(&t, ACK, .seq = 1, .ack = 201);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    assert_int_equal(tcp_timer(&t.c), BONNET_TIMER_NONE);
    t_end(&t);
}

/* The first sixteen segments of a stranger are acknowledged at once; then this begins. */
static void past_quick_acks(struct t *t)
{
    established(t);
    for (uint32_t i = 0; i < 16; i++) {
        rx(t, ACK, .seq = 1 + i * 1000, .ack = 1, .len = 1000);
        tx(t, ACK, .seq = 1, .ack = 1001 + i * 1000, .reason = BONNET_R_SEND_ACK_NOW);
    }
    user_read(t, 16000);
    quiet(t);
}

/* @req 9293-MUST-40 9293-SHLD-18 5681-12: 40 ms. */
static void lone_segment_is_acknowledged_after_a_while(void **state)
{
    (void)state;
    struct t t;
    past_quick_acks(&t);
    rx(&t, ACK, .seq = 16001, .ack = 1, .len = 1000);
    quiet(&t);
    assert_int_equal(tcp_timer(&t.c), BONNET_TIMER_DELACK);
    bonnet_time came = t.e.now;
    wait_ms(&t, 500);
    tx(&t, ACK, .seq = 1, .ack = 17001, .reason = BONNET_R_SEND_ACK_DELAYED);
    assert_int_equal(t.e.now - came, 40 * BONNET_MS);
    quiet(&t);
    t_end(&t);
}

/* @req 9293-SHLD-19 KTP-13 */
static void second_full_segment_is_acknowledged_at_once(void **state)
{
    (void)state;
    struct t t;
    past_quick_acks(&t);
    for (uint32_t i = 0; i < 10; i++) {
        rx(&t, ACK, .seq = 16001 + i * 1000, .ack = 1, .len = 1000);
        if (i % 2 == 0) quiet(&t);
        if (i % 2) tx(&t, ACK, .seq = 1, .ack = 17001 + i * 1000, .reason = BONNET_R_SEND_ACK_NOW);
    }
    quiet(&t);
    user_read(&t, 10000);
    t_end(&t);
}

/* @req 5681-7: not with a gap, nor when one is filled. */
static void gaps_are_never_waited_for(void **state)
{
    (void)state;
    struct t t;
    past_quick_acks(&t);
    rx(&t, ACK, .seq = 16101, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 16001, .reason = BONNET_R_SEND_ACK_DUP);
    rx(&t, ACK, .seq = 16001, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 16201, .reason = BONNET_R_SEND_ACK_NOW);
    user_read(&t, 200);
    t_end(&t);
}

/* An acknowledgment rides on text, and is owed no more. */
static void text_carries_the_acknowledgment(void **state)
{
    (void)state;
    struct t t;
    past_quick_acks(&t);
    rx(&t, ACK, .seq = 16001, .ack = 1, .len = 100);
    quiet(&t);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1, .ack = 16101, .len = 10);
    rx(&t, ACK, .seq = 16101, .ack = 11);
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    user_read(&t, 100);
    t_end(&t);
}

/* TC-TIMER: all timers are due in the tick in which it ends. */
static void timers_end_with_the_connection(void **state)
{
    (void)state;
    struct t t;
    unanswered(&t, 0);
    t.c.snd.retransmits = 15;
    t.c.sent.flight->timer = FLIGHT_RTO;
    t.c.ack_at = t.c.keep_at = t.c.rtx_at;
    t.e.now = t.c.rtx_at;
    tcp_tick(&t.c, &t.e, &t.o);
    state_is(&t, BONNET_CLOSED);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    quiet(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retransmissions_back_off_and_end),
        cmocka_unit_test(soft_error_is_told_at_the_end),
        cmocka_unit_test(user_timeout_counts_from_what_waits),
        cmocka_unit_test(progress_begins_the_user_timeout_anew),
        cmocka_unit_test(user_timeout_ends_a_closed_window),
        cmocka_unit_test(syn_is_retried_for_two_minutes),
        cmocka_unit_test(user_timeout_ends_a_connection_attempt),
        cmocka_unit_test(timer_follows_the_oldest_octet),
        cmocka_unit_test(lone_segment_is_acknowledged_after_a_while),
        cmocka_unit_test(second_full_segment_is_acknowledged_at_once),
        cmocka_unit_test(gaps_are_never_waited_for),
        cmocka_unit_test(text_carries_the_acknowledgment),
        cmocka_unit_test(timers_end_with_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
