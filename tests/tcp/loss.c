/* SPDX-License-Identifier: BSD-2-Clause */
/* Loss and recovery without SACK: NewReno, timeouts, and how little may be in flight (RFC 5681, RFC
 * 6582). With SACK: scoreboard.c. */
#include "libtcp.h"

#define MSS 1460u

/* Number of octet k * MSS, relative. */
static uint32_t at(uint32_t k)
{
    return 1 + k * MSS;
}

/* n segments are in flight, nothing agreed. */
static void in_flight(struct t *t, uint32_t n, uint32_t more)
{
    established_with(t, (struct opts){.plain = true});
    user_send(t, (n + more) * MSS);
    for (uint32_t i = 0; i < n; i++)
        tx(t, ACK, .seq = at(i), .ack = 1, .len = MSS);
}

static void duplicates(struct t *t, uint32_t seq, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        rx(t, ACK, .seq = 1, .ack = seq);
}

/* @req KTP-1 KTP-3 5681-1 5681-2: ten segments, as RFC 6928. */
static void first_flight_is_the_initial_window(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 10);
    quiet(&t);
    assert_int_equal(t.c.cc.cwnd, 10 * MSS);
    t_end(&t);
}

/* @req 5681-4 CC-ACKDIV: an acknowledgment in a hundred pieces counts no more than its bytes. */
static void window_grows_by_bytes(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 10);
    for (uint32_t i = 1; i <= 100; i++)
        rx(&t, ACK, .seq = 1, .ack = 1 + i * (MSS / 100));
    assert_in_range(t.c.cc.cwnd, 10 * MSS, 11 * MSS);
    t_end(&t);
}

/* @req 5681-8: each of the first two duplicates lets one new segment out; the window stays. */
static void two_duplicates_let_two_segments_out(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 10);
    for (uint32_t i = 0; i < 2; i++) {
        quiet(&t);
        duplicates(&t, 1, 1);
        tx(&t, ACK, .seq = at(10 + i), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_DATA);
        quiet(&t);
    }
    assert_int_equal(t.c.cc.cwnd, 10 * MSS);
    t_end(&t);
}

/* @req 5681-9 5681-10 5681-13 KTP-8 6582-1: segments 0 and 4 of ten are lost. */
static void partial_ack_retransmits_the_next_hole(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    duplicates(&t, at(0), 8); /* 1, 2, 3 and 5 to 9 arrive */
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    assert_int_equal(t.c.cc.ssthresh, 5 * MSS);
    assert_int_equal(t.c.cc.cwnd, 5 * MSS);
    assert_int_equal(loss_in_flight(&t.c), 2 * MSS);
    rx(&t, ACK, .seq = 1, .ack = at(4));
    assert_true(t.c.recovering);
    assert_int_equal(t.c.cc.cwnd, 5 * MSS); /* it does not grow before the end */
    tx(&t, ACK, .seq = at(4), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    assert_int_equal(loss_in_flight(&t.c), MSS); /* five duplicates stand for what follows */
    rx(&t, ACK, .seq = 1, .ack = at(10));
    assert_false(t.c.recovering);
    assert_int_equal(t.c.cc.cwnd, 5 * MSS);
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* New text goes out during recovery, as duplicates come: half of the window stays in flight. */
static void recovery_keeps_half_in_flight(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 10);
    duplicates(&t, at(0), 3);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS);
    quiet(&t);
    duplicates(&t, at(0), 2); /* in flight: 10 - 5 = 5, the retransmission among them */
    quiet(&t);
    duplicates(&t, at(0), 1);
    tx(&t, ACK, .seq = at(10), .ack = 1, .len = MSS);
    quiet(&t);
    duplicates(&t, at(0), 1);
    tx(&t, ACK, .seq = at(11), .ack = 1, .len = MSS);
    quiet(&t);
    t_end(&t);
}

/* RFC 5681 2: none of these is a duplicate. */
static void what_is_no_duplicate(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 5, 0);
    duplicates(&t, at(0), 2);
    for (uint32_t i = 0; i < 5; i++)
        rx(&t, ACK, .seq = 1, .ack = at(0), .wnd = 60000 + i); /* window updates */
    for (uint32_t i = 0; i < 5; i++)
        rx(&t, ACK, .seq = 1 + i, .ack = at(0), .wnd = 60004, .len = 1); /* text */
    assert_int_equal(t.c.sent.flight->dupacks, 2);
    assert_false(t.c.recovering);
    tx(&t, ACK, .seq = at(5), .ack = 6);
    user_read(&t, 5);
    t_end(&t);
}

/* @req 5681-6 5681-13 KTP-2 6298-10 9293-MUST-19: one segment after a timeout, then slow start. */
static void timeout_begins_with_one_segment(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    wait_ms(&t, 300);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_RTO);
    quiet(&t);
    assert_int_equal(t.c.cc.cwnd, MSS);
    assert_int_equal(t.c.cc.ssthresh, 5 * MSS);
    wait_ms(&t, 500); /* once more: the threshold stays */
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_RTO);
    assert_int_equal(t.c.cc.ssthresh, 5 * MSS);
    rx(&t, ACK, .seq = 1, .ack = at(1));
    tx(&t, ACK, .seq = at(1), .ack = 1, .len = MSS);
    tx(&t, ACK, .seq = at(2), .ack = 1, .len = MSS);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = at(10));
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* RFC 6582 3.2: duplicates of what was sent before the timeout begin no recovery. */
static void duplicates_after_a_timeout_begin_no_recovery(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    wait_ms(&t, 300);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS);
    rx(&t, ACK, .seq = 1, .ack = at(3));
    tx(&t, ACK, .seq = at(3), .ack = 1, .len = MSS);
    tx(&t, ACK, .seq = at(4), .ack = 1, .len = MSS);
    duplicates(&t, at(3), 4);
    assert_false(t.c.recovering);
    assert_true(t.c.cc.ssthresh == 5 * MSS);
    t_end(&t);
}

/* Once what was out at the timeout is acknowledged, duplicates mean loss again. */
static void recovery_is_possible_again_after_a_timeout(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 10);
    wait_ms(&t, 300);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS);
    t.c.cc.cwnd = 10 * MSS;
    rx(&t, ACK, .seq = 1, .ack = at(10));
    for (uint32_t i = 10; i < 20; i++)
        tx(&t, ACK, .seq = at(i), .ack = 1, .len = MSS);
    duplicates(&t, at(10), 3);
    tx(&t, ACK, .seq = at(10), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    t_end(&t);
}

/* @req KTP-4 KTP-14 I4: what goes again is what went before (tx() compares the text), in one piece.
 */
static void small_segments_go_again_as_they_were(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.plain = true});
    t.c.set.nodelay = true;
    for (uint32_t i = 0; i < 5; i++) {
        user_send(&t, 100 + i);
        tx(&t, ACK, .seq = t.c.snd.nxt.v - t.iss, .ack = 1, .len = 100 + i);
    }
    duplicates(&t, 1, 3);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    t_end(&t);
}

/* @req 5681-11: after an idle RTO the window is no larger than the initial one. */
static void window_begins_anew_after_idleness(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 40);
    t.c.cc.cwnd = 30 * MSS;
    rx(&t, ACK, .seq = 1, .ack = at(10));
    for (uint32_t i = 10; i < 40; i++)
        tx(&t, ACK, .seq = at(i), .ack = 1, .len = MSS);
    rx(&t, ACK, .seq = 1, .ack = at(40));
    for (uint32_t i = 40; i < 50; i++)
        tx(&t, ACK, .seq = at(i), .ack = 1, .len = MSS);
    rx(&t, ACK, .seq = 1, .ack = at(50));
    assert_true(t.c.cc.cwnd > 20 * MSS);
    quiet(&t);
    wait_ms(&t, 5000);
    user_send(&t, 40 * MSS);
    for (uint32_t i = 50; i < 60; i++)
        tx(&t, ACK, .seq = at(i), .ack = 1, .len = MSS);
    quiet(&t);
    t_end(&t);
}

/* @req 5681-5 KTP-6: past the threshold, one segment per window acknowledged. */
static void avoidance_adds_one_segment_per_window(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 100);
    t.c.cc.ssthresh = 5 * MSS;
    for (uint32_t i = 0; i < 10; i++) {
        rx(&t, ACK, .seq = 1, .ack = at(i + 1));
        while (tcp_plan(&t.c, &t.e, 0).what != TCP_SEND_NOTHING)
            tx(&t, ACK, .seq = t.c.snd.nxt.v - t.iss, .ack = 1, .len = MSS);
    }
    assert_int_equal(t.c.cc.cwnd, 11 * MSS);
    t_end(&t);
}

/* @req 5681-14 BI-MTU: a smaller path: what is too large goes again in smaller segments. */
static void smaller_path_cuts_what_is_in_flight(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    tcp_path_mtu(&t.c, &t.e, 770);
    assert_int_equal(t.c.snd.mss, 730);
    assert_int_equal(t.c.cc.cwnd, 10 * 730);
    for (uint32_t i = 0; i < 10; i++)
        tx(&t, ACK, .seq = 1 + i * 730, .ack = 1, .len = 730);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = at(10));
    quiet(&t);
    t_end(&t);
}

/* A larger path: the window still takes a segment. */
static void larger_path_does_not_stall(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.plain = true, .peer_mss = 9000});
    tcp_path_mtu(&t.c, &t.e, 576);
    t.c.cc.cwnd = t.c.snd.mss; /* as after a timeout */
    tcp_path_mtu(&t.c, &t.e, 9000);
    user_send(&t, 20000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 8960);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_flight_is_the_initial_window),
        cmocka_unit_test(window_grows_by_bytes),
        cmocka_unit_test(two_duplicates_let_two_segments_out),
        cmocka_unit_test(partial_ack_retransmits_the_next_hole),
        cmocka_unit_test(recovery_keeps_half_in_flight),
        cmocka_unit_test(what_is_no_duplicate),
        cmocka_unit_test(timeout_begins_with_one_segment),
        cmocka_unit_test(duplicates_after_a_timeout_begin_no_recovery),
        cmocka_unit_test(recovery_is_possible_again_after_a_timeout),
        cmocka_unit_test(small_segments_go_again_as_they_were),
        cmocka_unit_test(window_begins_anew_after_idleness),
        cmocka_unit_test(avoidance_adds_one_segment_per_window),
        cmocka_unit_test(smaller_path_cuts_what_is_in_flight),
        cmocka_unit_test(larger_path_does_not_stall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
