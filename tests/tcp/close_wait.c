/* SPDX-License-Identifier: BSD-2-Clause */
/* CLOSE-WAIT (RFC 9293 3.10.7.4): the peer has said all; we may talk on. */
#include "libstate.h"

static struct begun here = {.begin = close_wait, .una = 1, .nxt = 1, .rcv = 2};

static void text_goes_out_until_the_close(void **state)
{
    (void)state;
    struct t t;
    close_wait(&t);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 2, .len = 100);
    rx(&t, ACK, .seq = 2, .ack = 101);
    quiet(&t);
    user_send(&t, 50);
    user_close(&t);
    state_is(&t, BONNET_LAST_ACK);
    tx(&t, FIN | ACK, .seq = 101, .ack = 2, .len = 50);
    rx(&t, ACK, .seq = 2, .ack = 152);
    state_is(&t, BONNET_CLOSED);
    assert_true(t.o.events & TCP_EV_ENDED);
    assert_int_equal(t.c.error, 0);
    quiet(&t);
    t_end(&t);
}

/* As on Linux: who writes to a peer that has closed and reset gets EPIPE. */
static void reset_means_a_broken_pipe(void **state)
{
    (void)state;
    struct t t;
    close_wait(&t);
    rx(&t, RST, .seq = 2);
    state_is(&t, BONNET_CLOSED);
    assert_int_equal(t.c.error, EPIPE);
    t_end(&t);
}

/* It waits for its program, however long: nothing is due. */
static void nothing_is_due(void **state)
{
    (void)state;
    struct t t;
    close_wait(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    wait_ms(&t, 24 * 3600 * 1000);
    quiet(&t);
    state_is(&t, BONNET_CLOSE_WAIT);
    user_reads_eof(&t);
    user_reads_eof(&t);
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
        cmocka_unit_test_prestate(text_and_fin_after_the_fin_are_ignored, &here),
        cmocka_unit_test(text_goes_out_until_the_close),
        cmocka_unit_test(reset_means_a_broken_pipe),
        cmocka_unit_test(nothing_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
