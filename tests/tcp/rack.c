/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loss told by time (RFC 8985), tail loss probes, what may go out during recovery (RFC 9937), and
 * reductions taken back (RFC 3522, RFC 2883).
 */
#include "libtcp.h"

#define MSS OUR_MSS
#define RTT (20 * BONNET_MS)

static uint32_t at(uint32_t k)
{
    return 1 + k * MSS;
}

/* A round trip of RTT is known, and n segments are in flight, one each ms. */
static void in_flight(struct t *t, uint32_t n, uint32_t more)
{
    established(t);
    for (int i = 0; i < 20; i++)
        rtt_on_sample(&t->c, &t->e, RTT);
    t->c.rtt.min_us = RTT / BONNET_US;
    user_send(t, (n + more) * MSS);
    for (uint32_t i = 0; i < n; i++) {
        tx(t, ACK, .seq = at(i), .ack = 1, .len = MSS);
        t->e.now += BONNET_MS;
    }
    t->e.now += RTT - n * BONNET_MS;
}

static void sack(struct t *t, uint32_t una, uint32_t from, uint32_t to)
{
    rx(t, ACK, .seq = 1, .ack = at(una), .sack = {at(from), at(to)}, .sack_n = 1);
}

/* @req RACK-5: one segment overtook another. A quarter of the least round trip is waited. */
static void overdue_segment_is_given_a_little_time(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 4, 0);
    sack(&t, 0, 1, 2);
    quiet(&t);
    bonnet_time then = t.e.now;
    wait_ns(&t, RTT);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    assert_in_range(t.e.now - then, RTT / 4 - 2 * BONNET_MS, RTT / 4);
    assert_true(t.c.recovering);
    quiet(&t);
    t_end(&t);
}

static void overtaken_segment_is_not_lost(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 4, 0);
    sack(&t, 0, 1, 4);
    assert_true(t.c.recovering); /* three beyond it, and nobody knew that the path reorders */
    t_end(&t);
    in_flight(&t, 5, 0);
    sack(&t, 0, 1, 2);
    rx(&t, ACK, .seq = 1, .ack = at(2));
    assert_true(t.c.reordering_seen);
    sack(&t, 2, 3, 5);
    quiet(&t); /* now it is known: the time decides, however many there are */
    rx(&t, ACK, .seq = 1, .ack = at(5));
    quiet(&t);
    assert_int_equal(t.c.retrans_segs, 0);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* What counting cannot see: the retransmission was lost, too. */
static void lost_retransmission_goes_again(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 5);
    sack(&t, 0, 1, 4);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    t.e.now += BONNET_MS;
    sack(&t, 0, 1, 8);
    tx(&t, ACK, .seq = at(10), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_DATA);
    while (tcp_plan(&t.c, &t.e, 0).what != TCP_SEND_NOTHING)
        tx(&t, ACK, .seq = t.c.snd.nxt.v - t.iss, .ack = 1, .len = MSS);
    t.e.now += RTT;
    sack(&t, 0, 1, 11); /* what was sent after the retransmission arrived */
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    assert_int_equal(sent_at(&t.c.sent, 0)->times, 3);
    t_end(&t);
}

/* @req PRR-5 PRR-6: two round trips without a word: the last segment again. Its SACK shows the
 * hole, and what is in flight is below the threshold. */
static void lost_tail_is_found_by_a_probe(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 4, 0);
    bonnet_time last = sent_at(&t.c.sent, 3)->sent_at;
    wait_ns(&t, 10 * RTT);
    tx(&t, ACK | PSH, .seq = at(3), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_TAIL_PROBE);
    assert_in_range(t.e.now - last, 2 * RTT - 2 * BONNET_MS, 2 * RTT + 3 * BONNET_MS);
    quiet(&t);
    t.e.now += RTT;
    sack(&t, 0, 3, 4);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t); /* one for one, as long as nothing is acknowledged */
    rx(&t, ACK, .seq = 1, .ack = at(1), .sack = {at(3), at(4)}, .sack_n = 1);
    for (uint32_t i = 1; i < 3; i++)
        tx(&t, ACK, .seq = at(i), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    assert_int_equal(t.e.mib[BONNET_MIB_TcpExtTCPTimeouts], 0);
    t_end(&t);
}

/* @req RACK-9: one probe, then the timeout. */
static void probe_is_new_text_where_there_is_some(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 2); /* the congestion window holds ten */
    quiet(&t);
    wait_ns(&t, 10 * RTT);
    tx(&t, ACK, .seq = at(10), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_TAIL_PROBE);
    quiet(&t);
    wait_ns(&t, 100 * RTT); /* one probe, then the timeout */
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_RTO);
    t_end(&t);
}

/* @req RACK-10, RFC 8985 7.4.2: the probe repaired a loss, which nobody else saw; or it was a
 * duplicate. */
static void repaired_loss_reduces_the_window(void **state)
{
    (void)state;
    for (int duplicate = 0; duplicate < 2; duplicate++) {
        struct t t;
        in_flight(&t, 10, 0);
        rx(&t, ACK, .seq = 1, .ack = at(9));
        uint32_t cwnd = t.c.cc.cwnd, first = conn_ts_now(&t.c, &t.e);
        wait_ns(&t, 20 * RTT);
        tx(&t, ACK | PSH, .seq = at(9), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_TAIL_PROBE);
        user_send(&t, MSS);
        tx(&t, ACK | PSH, .seq = at(10), .ack = 1, .len = MSS);
        t.e.now += RTT;
        if (duplicate) rx(&t, ACK, .seq = 1, .ack = at(10), .ts_ecr = first);
        if (duplicate) rx(&t, ACK, .seq = 1, .ack = at(10), .sack = {at(9), at(10)}, .sack_n = 1);
        rx(&t, ACK, .seq = 1, .ack = at(11));
        assert_int_equal(t.e.mib[BONNET_MIB_TcpExtTCPLossProbeRecovery], !duplicate);
        if (duplicate) assert_true(t.c.cc.cwnd >= cwnd);
        if (!duplicate) assert_int_equal(t.c.cc.ssthresh, cwnd / 2); /* Reno's half, of all of it */
        quiet(&t);
        t_end(&t);
    }
}

/* @req RACK-4: each round trip with a D-SACK makes the path look more disorderly, until sixteen
 * recoveries went without one. */
static void duplicates_widen_the_reordering_window(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    sack(&t, 0, 1, 4);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    rx(&t, ACK, .seq = 1, .ack = at(4));
    rx(&t, ACK, .seq = 1, .ack = at(4), .sack = {at(0), at(1)}, .sack_n = 1);
    assert_int_equal(t.c.reorder_mult, 1);
    rx(&t, ACK, .seq = 1, .ack = at(4), .sack = {at(0), at(1)}, .sack_n = 1);
    assert_int_equal(t.c.reorder_mult, 1); /* once in a round trip */
    for (int i = 0; i < 16; i++) {
        assert_int_equal(t.c.reorder_mult, 1);
        rack_on_recovery_ended(&t.c);
    }
    assert_int_equal(t.c.reorder_mult, 0);
    t_end(&t);
}

/* All that was sent again had arrived before: the window is as it was. */
static void duplicates_take_the_reduction_back(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    uint32_t cwnd = t.c.cc.cwnd, ssthresh = t.c.cc.ssthresh;
    sack(&t, 0, 1, 4);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    assert_true(t.c.cc.ssthresh < ssthresh);
    rx(&t, ACK, .seq = 1, .ack = at(8), .sack = {at(0), at(1)}, .sack_n = 1);
    assert_false(t.c.recovering);
    assert_int_equal(t.c.cc.ssthresh, ssthresh);
    assert_true(t.c.cc.cwnd >= cwnd);
    assert_int_equal(t.e.mib[BONNET_MIB_TcpExtTCPFullUndo], 1);
    t_end(&t);
}

/* Acknowledgments come in bursts: before anything is sent again the doubt may be over. */
static void doubt_that_ends_at_once_costs_nothing(void **state)
{
    (void)state;
    for (uint32_t arrived = 4; arrived <= 5; arrived++) {
        struct t t;
        in_flight(&t, 5, 0);
        uint32_t cwnd = t.c.cc.cwnd;
        sack(&t, 0, 1, 4);
        assert_true(t.c.recovering);
        rx(&t, ACK, .seq = 1, .ack = at(arrived));
        assert_false(t.c.recovering);
        assert_int_equal(t.c.cc.ssthresh, CC_WINDOW_MAX);
        assert_in_range(t.c.cc.cwnd, cwnd, cwnd + arrived * MSS);
        quiet(&t);
        assert_int_equal(t.c.retrans_segs, 0);
        t_end(&t);
    }
}

/* RFC 3522: the acknowledgment after a timeout answers the first transmission. Nothing goes again
 * needlessly. */
static void late_acknowledgment_takes_a_timeout_back(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct t t;
        in_flight(&t, 10, 0);
        uint32_t first = t.c.ts.offset + (uint32_t)(t.e.now / BONNET_MS) - 20;
        uint32_t cwnd = t.c.cc.cwnd;
        wait_ns(&t, 2 * BONNET_S);
        tx(&t, ACK | PSH, .seq = at(9), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_TAIL_PROBE);
        wait_ns(&t, 2 * BONNET_S);
        uint32_t again = t.c.ts.offset + (uint32_t)(t.e.now / BONNET_MS);
        tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_RTO);
        quiet(&t);
        rx(&t, ACK, .seq = 1, .ack = at(2), .ts_ecr = late ? first : again);
        assert_int_equal(t.e.mib[BONNET_MIB_TcpExtTCPSpuriousRTOs], late);
        assert_int_equal(t.c.rto_recovering, !late);
        if (late) {
            quiet(&t);
            assert_true(t.c.cc.cwnd >= cwnd);
        } else {
            tx(&t, ACK, .seq = at(2), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_RTO);
        }
        t_end(&t);
    }
}

/* @req PRR-2 PRR-4 PRR-8: from twenty to ten in one round trip, a segment out for each two that
 * came in. */
static void window_is_reduced_in_proportion(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rtt_on_sample(&t.c, &t.e, RTT);
    t.c.rtt.min_us = RTT / BONNET_US;
    t.c.cc.cwnd = 20 * MSS;
    user_send(&t, 40 * MSS);
    for (uint32_t i = 0; i < 20; i++)
        tx(&t, ACK, .seq = at(i), .ack = 1, .len = MSS);
    t.e.now += RTT;
    sack(&t, 0, 1, 4);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    uint32_t out = 0;
    for (uint32_t i = 5; i <= 20; i++) {
        sack(&t, 0, 1, i);
        while (tcp_plan(&t.c, &t.e, 0).what != TCP_SEND_NOTHING) {
            tx(&t, ACK, .seq = t.c.snd.nxt.v - t.iss, .ack = 1, .len = MSS);
            out++;
        }
        assert_true(out <= (i - 1) / 2 + 1);
    }
    assert_in_range(out, 8, 10);
    assert_int_equal(loss_in_flight(&t.c), t.c.cc.ssthresh);
    rx(&t, ACK, .seq = 1, .ack = at(20));
    assert_int_equal(t.c.cc.cwnd, t.c.cc.ssthresh);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overdue_segment_is_given_a_little_time),
        cmocka_unit_test(overtaken_segment_is_not_lost),
        cmocka_unit_test(lost_retransmission_goes_again),
        cmocka_unit_test(lost_tail_is_found_by_a_probe),
        cmocka_unit_test(probe_is_new_text_where_there_is_some),
        cmocka_unit_test(repaired_loss_reduces_the_window),
        cmocka_unit_test(duplicates_widen_the_reordering_window),
        cmocka_unit_test(duplicates_take_the_reduction_back),
        cmocka_unit_test(doubt_that_ends_at_once_costs_nothing),
        cmocka_unit_test(late_acknowledgment_takes_a_timeout_back),
        cmocka_unit_test(window_is_reduced_in_proportion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
