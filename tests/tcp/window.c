/* SPDX-License-Identifier: BSD-2-Clause */
/* The peer's window: respected, probed, shrunk (RFC 9293 3.8.6); ours is in offer.c. */
#include "libtcp.h"

/* @req 9293-MUST-1 9293-REC-1: the field has no sign. */
static void window_field_is_unsigned(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    for (uint32_t wnd = 0x7ffe; wnd < 0x10000; wnd += 0x1001) {
        rx(&t, ACK, .seq = 1, .ack = 1, .wnd = wnd);
        assert_int_equal(t.c.snd.wnd, wnd);
    }
    t_end(&t);
}

/* @req 9293-U9: WL1 and WL2 keep an older segment from taking the window back. */
static void older_segment_does_not_move_the_window(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    rx(&t, ACK, .seq = 101, .ack = 11, .wnd = 5000, .len = 10); /* later text, out of order */
    assert_int_equal(t.c.snd.wnd, 5000);
    rx(&t, ACK, .seq = 1, .ack = 11, .wnd = 1);
    assert_int_equal(t.c.snd.wnd, 5000);
    rx(&t, ACK, .seq = 101, .ack = 1, .wnd = 2, .len = 10);
    assert_int_equal(t.c.snd.wnd, 5000);
    rx(&t, ACK, .seq = 101, .ack = 11, .wnd = 3, .len = 10);
    assert_int_equal(t.c.snd.wnd, 3);
    t_end(&t);
}

/* @req 9293-MUST-36 9293-MUST-37 9293-SHLD-29 9293-SHLD-30 9293-MAY-8 TW-ZERO: for a day. */
static void probes_go_on_as_long_as_they_are_answered(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 10);
    quiet(&t);
    bonnet_time begin = t.e.now, last = begin, gap = 0;
    while (t.e.now - begin < 24 * 3600 * BONNET_S) {
        wait_ms(&t, 130000);
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
        bonnet_time now_gap = t.e.now - last;
        assert_true(gap == 0 || now_gap == 2 * gap || now_gap == RTO_MAX_US * BONNET_US);
        if (gap == 0) assert_in_range(now_gap, 200 * BONNET_MS, 210 * BONNET_MS);
        gap = now_gap;
        last = t.e.now;
        rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
        quiet(&t);
        state_is(&t, BONNET_ESTABLISHED);
    }
    assert_int_equal(t.c.sent.flight->dupacks, 0); /* answers to probes are no duplicates */
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1);
    rx(&t, ACK, .seq = 1, .ack = 2, .wnd = 1000);
    tx(&t, ACK, .seq = 2, .ack = 1, .len = 9);
    t_end(&t);
}

static void probes_without_an_answer_end_it(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 10);
    quiet(&t);
    for (int i = 0; i < 15; i++) {
        wait_ms(&t, 130000);
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 1);
    }
    wait_ms(&t, 130000);
    reason_is(&t, BONNET_R_ABORT_RETRIES);
    state_is(&t, BONNET_CLOSED);
    assert_int_equal(t.c.error, ETIMEDOUT);
    t_end(&t);
}

/* TW-LOSTUPD TW-PROBEDATA: the update was lost; the octet of the probe is new to the peer. */
static void probe_finds_the_window_open(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 3000);
    quiet(&t);
    wait_ms(&t, 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    rx(&t, ACK, .seq = 1, .ack = 2);
    tx(&t, ACK, .seq = 2, .ack = 1, .len = 1448);
    tx(&t, ACK, .seq = 1450, .ack = 1, .len = 1448);
    tx(&t, ACK, .seq = 2898, .ack = 1, .len = 103);
    rx(&t, ACK, .seq = 1, .ack = 3001);
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* TW-SUBMSS @req 9293-MUST-38: a little window for ever; the override timer keeps text flowing. */
static void small_window_does_not_stall(void **state)
{
    static const uint32_t windows[] = {1, 100, 1447};
    (void)state;
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        struct t t;
        uint32_t wnd = windows[i], all = wnd * 10 + 5, at = 0;
        established(&t);
        rx(&t, ACK, .seq = 1, .ack = 1, .wnd = wnd);
        user_send(&t, all);
        while (at < all) {
            uint32_t n = all - at < wnd ? all - at : wnd;
            if (n == wnd && all - at > wnd) {
                quiet(&t); /* it is not worth a segment yet */
                wait_ms(&t, 300);
            }
            tx(&t, ACK, .seq = 1 + at, .ack = 1, .len = n);
            at += n;
            rx(&t, ACK, .seq = 1, .ack = 1 + at, .wnd = wnd);
        }
        quiet(&t);
        assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
        t_end(&t);
    }
}

/* TW-SUBMSS: what the peer sends meanwhile does not put the override off. */
static void chatter_does_not_starve_the_override(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = 100);
    user_send(&t, 1000);
    quiet(&t);
    bonnet_time at = tcp_deadline(&t.c);
    for (int i = 0; i < 10; i++) {
        t.e.now += 10 * BONNET_MS;
        rx(&t, ACK, .seq = 1, .ack = 1, .wnd = 100);
        quiet(&t);
        assert_int_equal(tcp_deadline(&t.c), at);
    }
    wait_ms(&t, 200);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100, .reason = BONNET_R_SEND_SWS_OVERRIDE);
    t_end(&t);
}

/* TW-SUBMSS with a cork: the cork lets go, then the override sends. */
static void cork_does_not_hold_the_override(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.set.cork = true;
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = 100);
    user_send(&t, 1000);
    quiet(&t);
    wait_ms(&t, 250);
    quiet(&t);
    wait_ms(&t, 250);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    t_end(&t);
}

/* TW-SHRINK @req 9293-MUST-34 9293-SHLD-15 9293-SHLD-16 9293-MAY-7: no new text; the old one goes
 * again. */
static void shrunk_window_sends_nothing_new(void **state)
{
    static const uint32_t windows[] = {1, 100, 1448, 2000, 2896, 4343};
    (void)state;
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        struct t t;
        established(&t);
        user_send(&t, 10000);
        for (uint32_t k = 0; k < 3; k++)
            tx(&t, ACK, .seq = 1 + k * 1448, .ack = 1, .len = 1448);
        rx(&t, ACK, .seq = 1, .ack = 1, .wnd = windows[i]);
        quiet(&t);
        wait_ms(&t, 300);
        if (windows[i] > 2896) { /* its beginning fits */
            tx(&t, ACK, .seq = 2897, .ack = 1, .len = 1448, .reason = BONNET_R_SEND_TAIL_PROBE);
            wait_ms(&t, 300);
        }
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448, .reason = BONNET_R_SEND_RTO);
        quiet(&t);
        rx(&t, ACK, .seq = 1, .ack = 4345);
        tx(&t, ACK, .seq = 4345, .ack = 1, .len = 1448);
        t_end(&t);
    }
}

/* @req 9293-MUST-35: shrunk to nothing with text in flight: probed. */
static void window_shrunk_to_zero_is_probed(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 10000);
    for (uint32_t k = 0; k < 3; k++)
        tx(&t, ACK, .seq = 1 + k * 1448, .ack = 1, .len = 1448);
    rx(&t, ACK, .seq = 1, .ack = 1449, .wnd = WND_ZERO);
    quiet(&t);
    wait_ms(&t, 300);
    tx(&t, ACK, .seq = 1449, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 4345);
    tx(&t, ACK, .seq = 4345, .ack = 1, .len = 1448);
    t_end(&t);
}

/* @req 9293-SHLD-17 9293-MUST-37: what lies beyond the edge is asked about for weeks, and as long
 * as that is answered it is no reason to end. */
static void text_beyond_the_edge_ends_nothing(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 10000);
    for (uint32_t k = 0; k < 3; k++)
        tx(&t, ACK, .seq = 1 + k * 1448, .ack = 1, .len = 1448);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    for (int i = 0; i < 1000; i++) {
        wait_ms(&t, 1000 * 1000);
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
        rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    }
    state_is(&t, BONNET_ESTABLISHED);
    rx(&t, ACK, .seq = 1, .ack = 4345);
    tx(&t, ACK, .seq = 4345, .ack = 1, .len = 1448);
    t_end(&t);
}

/* TW-PROBEDEAD @req KTP-12: the peer's octet finds our buffer full; its ACK counts all the same. */
static void ack_of_a_refused_probe_counts(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.rcvbuf = 1000});
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 1000);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1, .ack = 1001, .len = 10, .wnd = WND_ZERO);
    rx(&t, ACK, .seq = 1001, .ack = 11, .len = 1);
    reason_is(&t, BONNET_R_SEQ_ZERO_WINDOW);
    assert_int_equal(t.c.out.len, 0);
    tx(&t, ACK, .seq = 11, .ack = 1001, .wnd = WND_ZERO);
    rx(&t, RST, .seq = 1001); /* @req 9293-MUST-66 */
    state_is(&t, BONNET_CLOSED);
    t_end(&t);
}

/* RFC 9293 3.10.7.4: a segment whose ends lie on both sides of the window is not acceptable, and
 * neither is its ACK: a blind attacker needs no more than to be near. */
static void ack_of_a_segment_around_the_window_does_not_count(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.rcvbuf = 1000});
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 1000);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1, .ack = 1001, .len = 10, .wnd = WND_ZERO);
    rx(&t, ACK, .seq = 1000, .ack = 11, .len = 10);
    reason_is(&t, BONNET_R_SEQ_WINDOW);
    assert_int_equal(t.c.out.len, 10);
    tx(&t, ACK, .seq = 11, .ack = 1001, .wnd = WND_ZERO);
    t_end(&t);
}

/* An ACK numbered behind the octet that probes would lie outside of the window: Linux'
 * tcp_acceptable_seq(), and "special allowance for valid ACKs" is made at RCV.NXT only. */
static void ack_stays_within_the_closed_window(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 10);
    quiet(&t);
    wait_ms(&t, 300);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO, .len = 100);
    wait_ms(&t, 50);
    tx(&t, ACK, .seq = 1, .ack = 101);
    rx(&t, ACK, .seq = 101, .ack = 1, .wnd = 1000);
    tx(&t, ACK, .seq = 1, .ack = 101, .len = 1);
    rx(&t, ACK, .seq = 101, .ack = 2, .wnd = 1000);
    tx(&t, ACK, .seq = 2, .ack = 101, .len = 9);
    t_end(&t);
}

/* TW-ZFIN: the FIN waits for the window, is probed with, and goes. */
static void fin_behind_a_closed_window_goes_out(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_shutdown(&t);
    quiet(&t);
    wait_ms(&t, 300);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    wait_ms(&t, 500);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    rx(&t, ACK, .seq = 1, .ack = 2, .wnd = WND_ZERO);
    state_is(&t, BONNET_FIN_WAIT_2);
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

static void text_and_fin_behind_a_closed_window_go_out(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 100);
    user_close(&t);
    quiet(&t);
    wait_ms(&t, 300);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    rx(&t, ACK, .seq = 1, .ack = 2, .wnd = 99);
    tx(&t, ACK, .seq = 2, .ack = 1, .len = 99);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 101, .wnd = 1);
    tx(&t, FIN | ACK, .seq = 101, .ack = 1);
    rx(&t, ACK, .seq = 1, .ack = 102, .wnd = WND_ZERO);
    state_is(&t, BONNET_FIN_WAIT_2);
    t_end(&t);
}

/* The FIN came after the probe: the probe goes on as it was, the FIN follows. */
static void fin_after_the_probe_follows_it(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 1);
    quiet(&t);
    wait_ms(&t, 300);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1);
    user_shutdown(&t);
    quiet(&t);
    wait_ms(&t, 500);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
    rx(&t, ACK, .seq = 1, .ack = 2, .wnd = 10);
    tx(&t, FIN | ACK, .seq = 2, .ack = 1);
    rx(&t, ACK, .seq = 1, .ack = 3);
    state_is(&t, BONNET_FIN_WAIT_2);
    t_end(&t);
}

/* TC-FINNOMEM: no room for the FIN's record: tried again by the timer. */
static void fin_without_memory_is_tried_again(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    memory_is(&t, false);
    user_shutdown(&t);
    struct tcp_plan p = tcp_plan(&t.c, &t.e, 0);
    assert_int_equal(tcp_output(&t.c, &t.e, &p, &t.last), -ENOBUFS);
    p.why = BONNET_WHY_WINDOW; /* as the conductor does */
    tcp_rest(&t.c, &t.e, &p);
    assert_int_not_equal(tcp_deadline(&t.c), BONNET_NEVER);
    memory_is(&t, true);
    wait_ms(&t, 300);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1);
    rx(&t, ACK, .seq = 1, .ack = 2);
    state_is(&t, BONNET_FIN_WAIT_2);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_field_is_unsigned),
        cmocka_unit_test(older_segment_does_not_move_the_window),
        cmocka_unit_test(probes_go_on_as_long_as_they_are_answered),
        cmocka_unit_test(probes_without_an_answer_end_it),
        cmocka_unit_test(probe_finds_the_window_open),
        cmocka_unit_test(small_window_does_not_stall),
        cmocka_unit_test(chatter_does_not_starve_the_override),
        cmocka_unit_test(cork_does_not_hold_the_override),
        cmocka_unit_test(shrunk_window_sends_nothing_new),
        cmocka_unit_test(window_shrunk_to_zero_is_probed),
        cmocka_unit_test(text_beyond_the_edge_ends_nothing),
        cmocka_unit_test(ack_of_a_refused_probe_counts),
        cmocka_unit_test(ack_stays_within_the_closed_window),
        cmocka_unit_test(fin_behind_a_closed_window_goes_out),
        cmocka_unit_test(text_and_fin_behind_a_closed_window_go_out),
        cmocka_unit_test(fin_after_the_probe_follows_it),
        cmocka_unit_test(ack_of_a_segment_around_the_window_does_not_count),
        cmocka_unit_test(fin_without_memory_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
