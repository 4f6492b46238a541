/* SPDX-License-Identifier: BSD-2-Clause */
/* Keepalives: ours, and the answers to the peer's (RFC 9293 3.8.4). */
#include "libtcp.h"

/* @req 9293-MUST-24 9293-MUST-25 9293-MAY-5: off unless asked for. */
static void silence_is_no_reason_to_speak(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    wait_ms(&t, 48 * 3600 * 1000);
    quiet(&t);
    state_is(&t, BONNET_ESTABLISHED);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* @req 9293-MUST-26 9293-MUST-28 9293-MUST-29 9293-SHLD-12 9293-MAY-6 KTP-9 KTP-11:
 * 7200 s, 75 s, nine times, and no octet of garbage. */
static void dead_peer_is_found_after_nine_probes(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.keepalive = true});
    bonnet_time begin = t.e.now;
    assert_int_equal(tcp_timer(&t.c), BONNET_TIMER_KEEPALIVE);
    for (uint32_t i = 0; i < 9; i++) {
        wait_ms(&t, 7200 * 1000);
        tx(&t, ACK, .seq = 0, .ack = 1, .reason = BONNET_R_SEND_KEEPALIVE);
        assert_int_equal(t.e.now - begin, (7200 + i * 75) * BONNET_S);
        quiet(&t);
    }
    wait_ms(&t, 75000);
    reason_is(&t, BONNET_R_ABORT_KEEPALIVE);
    reply_is(&t, RST | ACK, .seq = 1, .ack = 1);
    state_is(&t, BONNET_CLOSED);
    assert_int_equal(t.c.error, ETIMEDOUT);
    t_end(&t);
}

/* One answer and it begins anew. */
static void answer_begins_it_anew(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.keepalive = true});
    for (int day = 0; day < 100; day++) {
        bonnet_time begin = t.e.now;
        wait_ms(&t, 7200 * 1000);
        tx(&t, ACK, .seq = 0, .ack = 1, .reason = BONNET_R_SEND_KEEPALIVE);
        assert_int_equal(t.e.now - begin, 7200 * BONNET_S);
        rx(&t, ACK, .seq = 1, .ack = 1);
        quiet(&t);
    }
    state_is(&t, BONNET_ESTABLISHED);
    t_end(&t);
}

/* @req 9293-MUST-26: not while something is outstanding, and counted from the last segment. */
static void busy_connection_is_not_probed(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.keepalive = true});
    wait_ms(&t, 7000 * 1000);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 1);
    tx(&t, ACK, .seq = 1, .ack = 2);
    bonnet_time heard = t.e.now;
    wait_ms(&t, 7200 * 1000);
    tx(&t, ACK, .seq = 0, .ack = 2, .reason = BONNET_R_SEND_KEEPALIVE);
    assert_int_equal(t.e.now - heard, 7200 * BONNET_S);
    rx(&t, ACK, .seq = 2, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 10); /* waits for the window: its probes are enough */
    quiet(&t);
    wait_ms(&t, 300);
    for (int i = 0; i < 100; i++) {
        tx(&t, ACK, .seq = 1, .ack = 2, .len = 1, .reason = BONNET_R_SEND_WINDOW_PROBE);
        rx(&t, ACK, .seq = 2, .ack = 1, .wnd = WND_ZERO);
        wait_ms(&t, 130000);
    }
    user_read(&t, 1);
    t_end(&t);
}

/* @req 9293-MUST-27 UTO-5: intervals and count are the program's; a user timeout replaces the
 * count. */
static void program_sets_the_pace(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.user_timeout_ms = 0});
    t.c.set.keepalive = true;
    t.c.set.keep_idle_s = 10;
    t.c.set.keep_interval_s = 2;
    t.c.set.keep_count = 3;
    tcp_settings_changed(&t.c, &t.e);
    bonnet_time begin = t.e.now;
    while (t.c.state == BONNET_ESTABLISHED) {
        wait_ms(&t, 20000);
        if (t.c.keep_due) tx(&t, ACK, .seq = 0, .ack = 1);
    }
    assert_int_equal(t.e.now - begin, 16 * BONNET_S);
    t_end(&t);
    established_with(&t, (struct opts){.user_timeout_ms = 15000});
    t.c.set.keepalive = true;
    t.c.set.keep_idle_s = 10;
    t.c.set.keep_interval_s = 2;
    tcp_settings_changed(&t.c, &t.e);
    begin = t.e.now;
    while (t.c.state == BONNET_ESTABLISHED) {
        wait_ms(&t, 20000);
        if (t.c.keep_due) tx(&t, ACK, .seq = 0, .ack = 1);
    }
    assert_int_equal(t.e.now - begin, 16 * BONNET_S); /* the first look after 15 s */
    t_end(&t);
}

static void keepalive_switched_off_is_off(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.keepalive = true});
    t.c.set.keepalive = false;
    tcp_settings_changed(&t.c, &t.e);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* TC-KEEPCLEAN: a setting changed after the end starts nothing. */
static void setting_changed_after_the_end_is_harmless(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, RST, .seq = 1);
    t.c.set.keepalive = true;
    tcp_settings_changed(&t.c, &t.e);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* TK-KEEP: the peer's are answered, in either form, and not too often. */
static void peer_is_told_that_we_live(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    tx(&t, ACK, .seq = 1, .ack = 11);
    for (int i = 0; i < 3; i++) {
        rx(&t, ACK, .seq = 10, .ack = 1);
        tx(&t, ACK, .seq = 1, .ack = 11, .reason = BONNET_R_SEND_ACK_DUP);
        rx(&t, ACK, .seq = 10, .ack = 1);
        quiet(&t);
        rx(&t, ACK, .seq = 10, .ack = 1, .len = 1);
        tx(&t, ACK, .seq = 1, .ack = 11);
        wait_ms(&t, 75000);
    }
    user_read(&t, 10);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_no_reason_to_speak),
        cmocka_unit_test(dead_peer_is_found_after_nine_probes),
        cmocka_unit_test(answer_begins_it_anew),
        cmocka_unit_test(busy_connection_is_not_probed),
        cmocka_unit_test(program_sets_the_pace),
        cmocka_unit_test(keepalive_switched_off_is_off),
        cmocka_unit_test(setting_changed_after_the_end_is_harmless),
        cmocka_unit_test(peer_is_told_that_we_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
