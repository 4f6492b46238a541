/* SPDX-License-Identifier: BSD-2-Clause */
/* CLOSING (RFC 9293 3.10.7.4): both FINs are out, ours is not acknowledged. */
#include "libstate.h"

static const struct begun here = {.begin = closing, .una = 1, .nxt = 2, .rcv = 2};

static void steps_resets(void **state)
{
    (void)state;
    resets_count_only_at_rcv_nxt(&here);
}

static void steps_syns(void **state)
{
    (void)state;
    syns_are_challenged_wherever_they_lie(&here);
}

static void steps_acks(void **state)
{
    (void)state;
    acks_out_of_range_are_challenged(&here);
}

static void steps_window(void **state)
{
    (void)state;
    segments_out_of_window_are_answered(&here);
}

static void steps_timestamps(void **state)
{
    (void)state;
    timestamps_are_checked_first(&here);
}

static void steps_flags(void **state)
{
    (void)state;
    all_flags_out_of_window_change_nothing(&here);
}

static void steps_after_fin(void **state)
{
    (void)state;
    text_and_fin_after_the_fin_are_ignored(&here);
}

static void ack_of_the_fin_leads_to_time_wait(void **state)
{
    (void)state;
    struct t t;
    closing(&t);
    rx(&t, ACK, .seq = 2, .ack = 1);
    state_is(&t, BONNET_CLOSING);
    rx(&t, ACK, .seq = 2, .ack = 2);
    state_is(&t, BONNET_TIME_WAIT);
    assert_true(t.o.events & TCP_EV_TIME_WAIT);
    tcp_on_time_wait(&t.c, &t.e);
    quiet(&t);
    t_end(&t);
}

/* The peer's FIN again: it has not seen our acknowledgment. */
static void fin_again_is_answered(void **state)
{
    (void)state;
    struct t t;
    closing(&t);
    rx(&t, FIN | ACK, .seq = 1, .ack = 1);
    tx(&t, ACK, .seq = 2, .ack = 2);
    state_is(&t, BONNET_CLOSING);
    t_end(&t);
}

static void lost_fin_goes_again(void **state)
{
    (void)state;
    struct t t;
    closing(&t);
    wait_ms(&t, 300);
    tx(&t, FIN | ACK, .seq = 1, .ack = 2, .reason = BONNET_R_SEND_RTO);
    wait_ms(&t, 500);
    tx(&t, FIN | ACK, .seq = 1, .ack = 2, .reason = BONNET_R_SEND_RTO);
    quiet(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_resets),
        cmocka_unit_test(steps_syns),
        cmocka_unit_test(steps_acks),
        cmocka_unit_test(steps_window),
        cmocka_unit_test(steps_timestamps),
        cmocka_unit_test(steps_flags),
        cmocka_unit_test(steps_after_fin),
        cmocka_unit_test(ack_of_the_fin_leads_to_time_wait),
        cmocka_unit_test(fin_again_is_answered),
        cmocka_unit_test(lost_fin_goes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
