/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explicit congestion notification (RFC 3168) between two who have agreed: what may be marked, what
 * is said of a mark, and what it is worth. ecn_setup.c has how they agree.
 */
#include "libtcp.h"

static void ecn(struct t *t)
{
    established_with(t, (struct opts){.ecn = true});
}

static uint8_t info_options(const struct t *t)
{
    struct bonnet_tcp_info i;
    tcp_info(&t->c, &t->e, &i);
    return i.tcpi_options & (8 | 16);
}

/* Sends n full segments from relative number *at on; more waits behind them. */
static void tx_segments(struct t *t, uint32_t *at, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++, *at += OUR_MSS)
        tx(t, ACK, .seq = *at, .ack = 1, .len = OUR_MSS, .ecn = IP_ECT_0);
}

/* Ten segments in flight, the whole window; more to send. */
static uint32_t ten_in_flight(struct t *t)
{
    uint32_t at = 1;
    ecn(t);
    user_send(t, 60 * OUR_MSS);
    tx_segments(t, &at, 10);
    quiet(t);
    return at;
}

/* ---- what may be marked ---- */

/* @req ECN-1: new text, and nothing else. */
static void only_new_text_is_markable(void **state)
{
    (void)state;
    struct t t;
    ecn(&t);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .ecn = IP_ECT_0);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 50, .ecn = IP_ECT_0);
    tx(&t, ACK, .seq = 101, .ack = 51);
    wait_ms(&t, 10000);
    tx(&t, ACK, .seq = 1, .ack = 51, .len = 100, .reason = BONNET_R_SEND_TAIL_PROBE);
    wait_ms(&t, 10000);
    tx(&t, ACK, .seq = 1, .ack = 51, .len = 100, .reason = BONNET_R_SEND_RTO);
    rx(&t, ACK, .seq = 51, .ack = 101, .wnd = WND_ZERO);
    user_send(&t, 100);
    quiet(&t);
    wait_ms(&t, 60000);
    tx(&t, ACK, .seq = 101, .ack = 51, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    rx(&t, ACK, .seq = 51, .ack = 102);
    tx(&t, ACK | CWR, .seq = 102, .ack = 51, .len = 99, .ecn = IP_ECT_0); /* for the timeout */
    rx(&t, ACK, .seq = 51, .ack = 201);
    user_shutdown(&t);
    tx(&t, FIN | ACK, .seq = 201, .ack = 51);
    t_end(&t);
}

/* ---- the receiver ---- */

/* @req ECN-4 9293-SHLD-8 */
static void marks_are_echoed_until_cwr(void **state)
{
    (void)state;
    struct t t;
    ecn(&t);
    assert_int_equal(info_options(&t), 8);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ecn = IP_CE);
    tx(&t, ACK | ECE, .seq = 1, .ack = 11);
    assert_int_equal(info_options(&t), 8 | 16);
    rx(&t, ACK, .seq = 11, .ack = 1, .len = 10, .ecn = IP_ECT_0);
    tx(&t, ACK | ECE, .seq = 1, .ack = 21);
    user_send(&t, 100); /* text says it as well */
    tx(&t, ACK | ECE, .seq = 1, .ack = 21, .len = 100, .ecn = IP_ECT_0);
    wait_ms(&t, 10000);
    tx(&t, ACK | ECE, .seq = 1, .ack = 21, .len = 100);
    rx(&t, ACK | CWR, .seq = 21, .ack = 101, .len = 10, .ecn = IP_ECT_0);
    tx(&t, ACK, .seq = 101, .ack = 31);
    rx(&t, ACK | CWR, .seq = 31, .ack = 101, .len = 10, .ecn = IP_CE); /* a new mark */
    tx(&t, ACK | ECE, .seq = 101, .ack = 41);
    rx(&t, ACK | CWR, .seq = 41, .ack = 101, .len = 10, .ecn = IP_CE);
    tx(&t, ACK | ECE, .seq = 101, .ack = 51);
    t_end(&t);
}

/* A delayed acknowledgment does not delay the news of a mark. */
static void mark_is_told_at_once(void **state)
{
    (void)state;
    struct t t;
    ecn(&t);
    t.c.rcv.quick = 0;
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ecn = IP_ECT_0);
    quiet(&t);
    rx(&t, ACK, .seq = 11, .ack = 1, .len = 10, .ecn = IP_CE);
    tx(&t, ACK | ECE, .seq = 1, .ack = 21);
    rx(&t, ACK, .seq = 21, .ack = 1, .len = 10, .ecn = IP_CE); /* that is known */
    quiet(&t);
    t_end(&t);
}

/* @req ECN-6: what is not taken is not read; nor is the mark of a lone acknowledgment (6.1.4). */
static void marks_outside_of_the_window_are_ignored(void **state)
{
    (void)state;
    struct t t;
    ecn(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ecn = IP_ECT_0);
    tx(&t, ACK, .seq = 1, .ack = 11);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ecn = IP_CE);
    tx(&t, ACK, .seq = 1, .ack = 11);
    rx(&t, ACK, .seq = 100000, .ack = 1, .len = 10, .ecn = IP_CE);
    tx(&t, ACK, .seq = 1, .ack = 11);
    rx(&t, ACK, .seq = 11, .ack = 1, .ecn = IP_CE);
    quiet(&t);
    assert_false(t.c.ecn_echo);
    rx(&t, ACK, .seq = 21, .ack = 1, .len = 10, .ecn = IP_CE); /* out of order, but taken */
    tx(&t, ACK | ECE, .seq = 1, .ack = 11);
    rx(&t, ACK | CWR, .seq = 1, .ack = 1, .len = 10); /* an old CWR ends nothing */
    tx(&t, ACK | ECE, .seq = 1, .ack = 11);
    t_end(&t);
}

/* ---- the sender ---- */

/* @req ECN-3 CUB-5: one reduction per window, told by CWR on the first new text. */
static void echo_reduces_once_per_window(void **state)
{
    (void)state;
    struct t t;
    uint32_t at = ten_in_flight(&t), i;
    rx(&t, ACK | ECE, .ack = 1 + OUR_MSS, .seq = 1);
    assert_int_equal(t.c.cc.ssthresh, 5 * OUR_MSS);
    for (i = 2; i < 10 && t.c.sent.n > 0; i++) {
        rx(&t, ACK | ECE, .ack = 1 + i * OUR_MSS, .seq = 1);
        assert_int_equal(t.c.cc.ssthresh, 5 * OUR_MSS);
        if (tcp_plan(&t.c, &t.e, 0).what == TCP_SEND_NOTHING) continue;
        bool first = at == 1 + 10 * OUR_MSS;
        tx(&t, first ? ACK | CWR : ACK, .seq = at, .ack = 1, .len = OUR_MSS, .ecn = IP_ECT_0);
        at += OUR_MSS;
    }
    assert_true(at > 1 + 12 * OUR_MSS && at < 1 + 16 * OUR_MSS); /* about every second one */
    rx(&t, ACK | ECE, .ack = 1 + 10 * OUR_MSS, .seq = 1);
    assert_int_equal(t.c.cc.ssthresh, 5 * OUR_MSS);
    while (tcp_plan(&t.c, &t.e, 0).what != TCP_SEND_NOTHING)
        tx_segments(&t, &at, 1);
    rx(&t, ACK, .ack = 1 + 11 * OUR_MSS, .seq = 1); /* CWR was heard */
    assert_int_equal(t.c.cc.cwnd, 5 * OUR_MSS);
    rx(&t, ACK | ECE, .ack = 1 + 12 * OUR_MSS, .seq = 1); /* a new mark */
    assert_true(t.c.cc.ssthresh < 4 * OUR_MSS);
    t_end(&t);
}

/* @req ECN-3: an acknowledgment with ECE lets nothing grow, in slow start neither. */
static void echo_lets_nothing_grow(void **state)
{
    (void)state;
    struct t t;
    (void)ten_in_flight(&t);
    rx(&t, ACK | ECE, .seq = 1, .ack = 1 + OUR_MSS);
    for (uint32_t i = 2; i <= 10; i++) {
        uint32_t before = t.c.cc.cwnd;
        rx(&t, ACK | ECE, .seq = 1, .ack = 1 + i * OUR_MSS);
        assert_true(t.c.cc.cwnd <= before);
    }
    assert_int_equal(t.c.cc.cwnd, 5 * OUR_MSS);
    t_end(&t);
}

/* All of it was marked and is here: the window is the half, not what is left in flight. */
static void echo_of_the_last_octet_leaves_half_a_window(void **state)
{
    (void)state;
    struct t t;
    ecn(&t);
    user_send(&t, 10 * OUR_MSS);
    uint32_t at = 1;
    tx_segments(&t, &at, 10);
    rx(&t, ACK | ECE, .seq = 1, .ack = at);
    quiet(&t);
    assert_int_equal(t.c.cc.cwnd, 5 * OUR_MSS);
    struct bonnet_tcp_info info;
    tcp_info(&t.c, &t.e, &info);
    assert_int_equal(info.tcpi_delivered_ce, 10);
    rx(&t, ACK | ECE, .seq = 1, .ack = at); /* CWR has not gone yet: no news */
    user_send(&t, 100);
    tx(&t, ACK | CWR, .seq = at, .ack = 1, .len = 100, .ecn = IP_ECT_0);
    assert_int_equal(t.c.cc.cwnd, 5 * OUR_MSS);
    t_end(&t);
}

/* The echo comes when the tail only is out: it is about the window. */
static void echo_on_the_tail_is_about_the_window(void **state)
{
    (void)state;
    struct t t;
    uint32_t at = 1;
    ecn(&t);
    user_send(&t, 10 * OUR_MSS);
    tx_segments(&t, &at, 10);
    rx(&t, ACK, .seq = 1, .ack = at - OUR_MSS);
    uint32_t window = t.c.cc.cwnd;
    rx(&t, ACK | ECE, .seq = 1, .ack = at);
    assert_int_equal(t.c.cc.ssthresh, window / 2);
    assert_int_equal(t.c.cc.cwnd, window / 2);
    t_end(&t);
}

/* The reduction ends with what was in flight, though no more follows. */
static void reduction_ends_with_the_flight(void **state)
{
    (void)state;
    struct t t;
    uint32_t at = 1;
    ecn(&t);
    user_send(&t, 10 * OUR_MSS);
    tx_segments(&t, &at, 10);
    rx(&t, ACK, .seq = 1, .ack = at - 2 * OUR_MSS);
    uint32_t window = t.c.cc.cwnd;
    rx(&t, ACK | ECE, .seq = 1, .ack = at - OUR_MSS);
    assert_true(t.c.cc.cwnd < window / 2); /* in proportion to what was delivered */
    rx(&t, ACK | ECE, .seq = 1, .ack = at);
    assert_int_equal(t.c.cc.cwnd, window / 2);
    t_end(&t);
}

/* Two segments are the least, and an echo never enlarges. */
static void smallest_window_stays(void **state)
{
    (void)state;
    struct t t;
    ecn(&t);
    t.c.cc.cwnd = OUR_MSS;
    user_send(&t, 4 * OUR_MSS);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = OUR_MSS, .ecn = IP_ECT_0);
    quiet(&t);
    rx(&t, ACK | ECE, .seq = 1, .ack = 1 + OUR_MSS);
    assert_int_equal(t.c.cc.cwnd, OUR_MSS);
    tx(&t, ACK | CWR, .seq = 1 + OUR_MSS, .ack = 1, .len = OUR_MSS, .ecn = IP_ECT_0);
    quiet(&t);
    t_end(&t);
}

/* @req ECN-3: whatever made the window smaller, the peer is told; not by a retransmission. */
static void loss_is_told_as_well(void **state)
{
    (void)state;
    struct t t;
    uint32_t at = ten_in_flight(&t);
    t.e.now += 20 * BONNET_MS;
    rx(&t, ACK, .seq = 1, .ack = 1, .sack = {1 + OUR_MSS, at}, .sack_n = 1);
    wait_ms(&t, 20);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = OUR_MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    tx(&t, ACK | CWR, .seq = at, .ack = 1, .len = OUR_MSS, .ecn = IP_ECT_0);
    uint32_t ssthresh = t.c.cc.ssthresh;
    rx(&t, ACK | ECE, .seq = 1, .ack = at); /* marks of the same window */
    assert_int_equal(t.c.cc.ssthresh, ssthresh);
    t_end(&t);
}

/* A loss found while the window comes down for a mark repairs, and reduces no further. */
static void loss_after_a_mark_does_not_count_twice(void **state)
{
    (void)state;
    struct t t;
    uint32_t at = ten_in_flight(&t);
    t.e.now += 20 * BONNET_MS;
    rx(&t, ACK | ECE, .seq = 1, .ack = 1 + OUR_MSS);
    uint32_t ssthresh = t.c.cc.ssthresh;
    rx(&t, ACK | ECE, .seq = 1, .ack = 1 + OUR_MSS, .sack = {1 + 2 * OUR_MSS, at}, .sack_n = 1);
    wait_ms(&t, 20);
    tx(&t, ACK, .seq = 1 + OUR_MSS, .ack = 1, .len = OUR_MSS,
       .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    assert_true(t.c.recovering);
    assert_int_equal(t.c.cc.ssthresh, ssthresh);
    rx(&t, ACK | ECE, .seq = 1, .ack = at, .ts_ecr = 1); /* Eifel: it had not been lost */
    assert_int_equal(t.c.cc.ssthresh, ssthresh);         /* but the mark stands */
    t_end(&t);
}

/* The recovery was needless, but a mark came meanwhile: the window stays as it deserves. */
static void mark_in_recovery_is_not_taken_back(void **state)
{
    (void)state;
    for (uint16_t echo = 0; echo <= ECE; echo += ECE) {
        struct t t;
        uint32_t at = ten_in_flight(&t);
        uint32_t before = conn_ts_now(&t.c, &t.e);
        t.e.now += 20 * BONNET_MS;
        rx(&t, ACK, .seq = 1, .ack = 1, .ts_ecr = before, .sack = {1 + OUR_MSS, at}, .sack_n = 1);
        wait_ms(&t, 20);
        tx(&t, ACK, .seq = 1, .ack = 1, .len = OUR_MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
        rx(&t, ACK | echo, .seq = 1, .ack = 1, .ts_ecr = before, .sack = {1 + OUR_MSS, at},
           .sack_n = 1);
        rx(&t, ACK, .seq = 1, .ack = at, .ts_ecr = before); /* Eifel: from before it went again */
        assert_int_equal(t.c.cc.ssthresh, echo ? 5 * OUR_MSS : CC_WINDOW_MAX);
        t_end(&t);
    }
}

/* @req CC-ECNLIE: echoes of nothing that could be marked. */
static void echo_is_ignored_without_agreement(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 20 * OUR_MSS);
    for (uint32_t i = 0; i < 10; i++)
        tx(&t, ACK, .seq = 1 + i * OUR_MSS, .ack = 1, .len = OUR_MSS);
    rx(&t, ACK | ECE, .seq = 1, .ack = 1 + OUR_MSS);
    assert_int_equal(t.c.cc.ssthresh, CC_WINDOW_MAX);
    tx(&t, ACK, .seq = 1 + 10 * OUR_MSS, .ack = 1, .len = OUR_MSS);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_new_text_is_markable),
        cmocka_unit_test(marks_are_echoed_until_cwr),
        cmocka_unit_test(mark_is_told_at_once),
        cmocka_unit_test(marks_outside_of_the_window_are_ignored),
        cmocka_unit_test(echo_reduces_once_per_window),
        cmocka_unit_test(echo_lets_nothing_grow),
        cmocka_unit_test(echo_of_the_last_octet_leaves_half_a_window),
        cmocka_unit_test(echo_on_the_tail_is_about_the_window),
        cmocka_unit_test(reduction_ends_with_the_flight),
        cmocka_unit_test(smallest_window_stays),
        cmocka_unit_test(loss_is_told_as_well),
        cmocka_unit_test(loss_after_a_mark_does_not_count_twice),
        cmocka_unit_test(mark_in_recovery_is_not_taken_back),
        cmocka_unit_test(echo_is_ignored_without_agreement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
