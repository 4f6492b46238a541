/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in both directions, acknowledgments, and the first transitions. */
#include "libtcp.h"

/* @req 9293-MUST-61: PSH is set on the last buffered segment. */
static void text_goes_out_in_full_segments(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 3000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448);
    assert_false(t.last.flags & PSH);
    tx(&t, ACK, .seq = 1449, .ack = 1, .len = 1448);
    tx(&t, ACK, .seq = 2897, .ack = 1, .len = 104);
    assert_true(t.last.flags & PSH);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 3001);
    assert_int_equal(t.c.out.len, 0);
    quiet(&t);
    t_end(&t);
}

/* The initial window is ten segments: half of it at most is one super-frame. */
static void super_segment_takes_many_at_once(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.burst = 60000;
    user_send(&t, 20000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 7240);
    assert_int_equal(t.last.gso_size, 1448);
    assert_true(t.last.flags & TCP_PSH);
    tx(&t, ACK, .seq = 7241, .ack = 1, .len = 7240);
    assert_true(t.last.flags & TCP_PSH);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 14481);
    tx(&t, ACK, .seq = 14481, .ack = 1, .len = 5520);
    quiet(&t);
    struct bonnet_tcp_info info; /* counts the segments that the interface makes of them */
    tcp_info(&t.c, &t.e, &info);
    assert_int_equal(info.tcpi_data_segs_out, 14);
    assert_int_equal(info.tcpi_delivered, 10);
    t_end(&t);
}

/* On a long path two segments at once are enough, and only they are pushed. */
static void super_segment_is_a_millisecond_long(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    wait_ms(&t, 50);
    rx(&t, SYN | ACK, .seq = 0, .ack = 1);
    tx(&t, ACK, .seq = 1, .ack = 1);
    uint32_t mss = t.c.snd.mss;
    t.burst = 60000;
    user_send(&t, 3 * mss + 100);
    t.c.more = true; /* the last is not the end */
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 2 * mss);
    assert_true(t.last.flags & TCP_PSH);
    tx(&t, ACK, .seq = 1 + 2 * mss, .ack = 1, .len = mss);
    assert_false(t.last.flags & TCP_PSH);
    t_end(&t);
}

static void first_segments_are_acknowledged_at_once(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 101);
    user_read(&t, 100);
    quiet(&t);
    t_end(&t);
}

/* RFC 5681 4.2, RFC 2883: a gap is told at once, and filled in order. */
static void gap_is_sacked_and_filled(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1001, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {1001, 2001}, .sack_n = 1);
    rx(&t, ACK, .seq = 3001, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {3001, 4001, 1001, 2001}, .sack_n = 2);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 2001, .sack = {3001, 4001}, .sack_n = 1);
    rx(&t, ACK, .seq = 2001, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 4001);
    assert_int_equal(t.last.sack_n, 0);
    user_read(&t, 4000);
    t_end(&t);
}

/* @req 5681-9 RFC 6298 5: three duplicates, or a timeout, and the oldest goes again. */
static void third_duplicate_retransmits(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.plain = true});
    user_send(&t, 1460 * 6);
    for (uint32_t i = 0; i < 6; i++)
        tx(&t, ACK, .seq = 1 + i * 1460, .ack = 1, .len = 1460);
    for (int i = 0; i < 3; i++) {
        quiet(&t);
        rx(&t, ACK, .seq = 1, .ack = 1);
    }
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1460, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1 + 6 * 1460);
    quiet(&t);
    t_end(&t);
}

static void timeout_retransmits_and_backs_off(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    bonnet_time sent = t.e.now;
    wait_ms(&t, 5000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .reason = BONNET_R_SEND_TAIL_PROBE);
    bonnet_time first = t.e.now - sent;
    assert_in_range(first, 200 * BONNET_MS, 210 * BONNET_MS);
    for (bonnet_time n = 2; n <= 4; n *= 2) {
        wait_ms(&t, 5000);
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .reason = BONNET_R_SEND_RTO);
        assert_int_equal(t.e.now - sent, n * first);
    }
    rx(&t, ACK, .seq = 1, .ack = 101);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* @req 9293-MUST-35 9293-MUST-36: the closed window is probed with one octet, at growing intervals.
 */
static void closed_window_is_probed(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 10);
    quiet(&t);
    wait_ms(&t, 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    quiet(&t);
    wait_ms(&t, 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    rx(&t, ACK, .seq = 1, .ack = 2, .wnd = 1000);
    tx(&t, ACK, .seq = 2, .ack = 1, .len = 9);
    rx(&t, ACK, .seq = 1, .ack = 11);
    quiet(&t);
    t_end(&t);
}

static void window_closes_when_nobody_reads_and_opens_again(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.rcvbuf = 4000});
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 2000);
    tx(&t, ACK, .seq = 1, .ack = 2001, .wnd = 2000);
    rx(&t, ACK, .seq = 2001, .ack = 1, .len = 2000);
    tx(&t, ACK, .seq = 1, .ack = 4001, .wnd = WND_ZERO);
    rx(&t, ACK, .seq = 4001, .ack = 1, .len = 1); /* a probe */
    reason_is(&t, BONNET_R_SEQ_ZERO_WINDOW);
    tx(&t, ACK, .seq = 1, .ack = 4001, .wnd = WND_ZERO);
    user_read(&t, 100);
    quiet(&t);
    user_read(&t, 3900);
    tx(&t, ACK, .seq = 1, .ack = 4001, .wnd = 4000, .reason = BONNET_R_SEND_WINDOW_UPDATE);
    quiet(&t);
    t_end(&t);
}

/* RFC 9293 3.6: each side closes on its own. */
static void passive_close_goes_through_close_wait(void **state)
{
    (void)state;
    struct t t;
    close_wait(&t);
    user_reads_eof(&t);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1, .ack = 2, .len = 10);
    rx(&t, ACK, .seq = 2, .ack = 11);
    user_close(&t);
    tx(&t, FIN | ACK, .seq = 11, .ack = 2);
    state_is(&t, BONNET_LAST_ACK);
    rx(&t, ACK, .seq = 2, .ack = 12);
    state_is(&t, BONNET_CLOSED);
    quiet(&t);
    t_end(&t);
}

static void active_close_ends_in_time_wait(void **state)
{
    (void)state;
    struct t t;
    fin_wait_2(&t);
    rx(&t, FIN | ACK, .seq = 1, .ack = 2);
    state_is(&t, BONNET_TIME_WAIT);
    assert_true(t.o.events & TCP_EV_TIME_WAIT);
    assert_int_equal(t.c.owe, BONNET_R_SEND_ACK_NOW);
    tcp_on_time_wait(&t.c, &t.e);
    quiet(&t);
    t_end(&t);
}

/* RFC 9293 3.10.7.4: FIN in FIN-WAIT-1 that does not ack our FIN leads to CLOSING. */
static void fin_before_ack_of_fin_closes_simultaneously(void **state)
{
    (void)state;
    struct t t;
    closing(&t);
    rx(&t, ACK, .seq = 2, .ack = 2);
    state_is(&t, BONNET_TIME_WAIT);
    tcp_on_time_wait(&t.c, &t.e);
    t_end(&t);
}

/* RFC 9293 3.5, figure 8: simultaneous open. */
static void crossing_syns_open_a_connection(void **state)
{
    (void)state;
    struct t t;
    syn_received(&t);
    rx(&t, ACK, .seq = 1, .ack = 1);
    state_is(&t, BONNET_ESTABLISHED);
    quiet(&t);
    t_end(&t);
}

/* RFC 2525 2.17. */
static void close_with_unread_text_resets(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    tx(&t, ACK, .seq = 1, .ack = 11);
    user_close(&t);
    reason_is(&t, BONNET_R_ABORT_ON_CLOSE);
    reply_is(&t, RST | ACK, .seq = 1, .ack = 11);
    state_is(&t, BONNET_CLOSED);
    quiet(&t);
    t_end(&t);
}

/* RFC 5961 3.2: a reset behind the octet that probed a closed window would be ignored. */
static void reset_stays_within_the_peers_window(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 10);
    quiet(&t);
    wait_ms(&t, 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    tcp_close(&t.c, &t.e, true, &t.o);
    reason_is(&t, BONNET_R_ABORT_LINGER);
    reply_is(&t, RST | ACK, .seq = 1, .ack = 1);
    state_is(&t, BONNET_CLOSED);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_goes_out_in_full_segments),
        cmocka_unit_test(super_segment_takes_many_at_once),
        cmocka_unit_test(super_segment_is_a_millisecond_long),
        cmocka_unit_test(first_segments_are_acknowledged_at_once),
        cmocka_unit_test(gap_is_sacked_and_filled),
        cmocka_unit_test(third_duplicate_retransmits),
        cmocka_unit_test(timeout_retransmits_and_backs_off),
        cmocka_unit_test(closed_window_is_probed),
        cmocka_unit_test(window_closes_when_nobody_reads_and_opens_again),
        cmocka_unit_test(passive_close_goes_through_close_wait),
        cmocka_unit_test(active_close_ends_in_time_wait),
        cmocka_unit_test(fin_before_ack_of_fin_closes_simultaneously),
        cmocka_unit_test(crossing_syns_open_a_connection),
        cmocka_unit_test(close_with_unread_text_resets),
        cmocka_unit_test(reset_stays_within_the_peers_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
