/* SPDX-License-Identifier: BSD-2-Clause */
/* CLOSING (RFC 9293 3.10.7.4): both FINs are out, ours is not acknowledged. */
#include "libstate.h"

static struct begun here = {.begin = closing, .una = 1, .nxt = 2, .rcv = 2};

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
    tx(&t, FIN | ACK, .seq = 1, .ack = 2, .reason = BONNET_R_SEND_TAIL_PROBE);
    wait_ms(&t, 500);
    tx(&t, FIN | ACK, .seq = 1, .ack = 2, .reason = BONNET_R_SEND_RTO);
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
        cmocka_unit_test_prestate(text_and_fin_after_the_fin_are_ignored, &here),
        cmocka_unit_test(ack_of_the_fin_leads_to_time_wait),
        cmocka_unit_test(fin_again_is_answered),
        cmocka_unit_test(lost_fin_goes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
