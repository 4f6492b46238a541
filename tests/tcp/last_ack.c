/* SPDX-License-Identifier: BSD-2-Clause */
/* LAST-ACK (RFC 9293 3.10.7.4): only the acknowledgment of our FIN is missing. */
#include "libstate.h"

static const struct begun here = {.begin = last_ack, .una = 1, .nxt = 2, .rcv = 2};

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

/* TF-ACKONLY */
static void only_the_ack_of_the_fin_closes(void **state)
{
    (void)state;
    struct t t;
    close_wait(&t);
    user_send(&t, 10);
    user_close(&t);
    tx(&t, FIN | ACK, .seq = 1, .ack = 2, .len = 10);
    state_is(&t, BONNET_LAST_ACK);
    rx(&t, ACK, .seq = 2, .ack = 1);
    state_is(&t, BONNET_LAST_ACK);
    rx(&t, ACK, .seq = 2, .ack = 11);
    state_is(&t, BONNET_LAST_ACK);
    rx(&t, ACK, .seq = 2, .ack = 12);
    state_is(&t, BONNET_CLOSED);
    assert_true(t.o.events & TCP_EV_ENDED);
    quiet(&t);
    t_end(&t);
}

static void lost_fin_goes_again(void **state)
{
    (void)state;
    struct t t;
    last_ack(&t);
    wait_ms(&t, 300);
    tx(&t, FIN | ACK, .seq = 1, .ack = 2, .reason = BONNET_R_SEND_RTO);
    rx(&t, ACK, .seq = 2, .ack = 2);
    state_is(&t, BONNET_CLOSED);
    t_end(&t);
}

/* I15: an orphan does not stay for ever (Linux: eight retransmissions). */
static void orphan_whose_peer_is_gone_ends(void **state)
{
    (void)state;
    struct t t;
    close_wait(&t);
    user_close(&t);
    tx(&t, FIN | ACK, .seq = 1, .ack = 2);
    for (int i = 0; i < 8; i++) {
        wait_ms(&t, 130000);
        tx(&t, FIN | ACK, .seq = 1, .ack = 2);
    }
    wait_ms(&t, 130000);
    reason_is(&t, BONNET_R_ABORT_RETRIES);
    state_is(&t, BONNET_CLOSED);
    quiet(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_resets),        cmocka_unit_test(steps_syns),
        cmocka_unit_test(steps_acks),          cmocka_unit_test(steps_window),
        cmocka_unit_test(steps_timestamps),    cmocka_unit_test(steps_flags),
        cmocka_unit_test(steps_after_fin),     cmocka_unit_test(only_the_ack_of_the_fin_closes),
        cmocka_unit_test(lost_fin_goes_again), cmocka_unit_test(orphan_whose_peer_is_gone_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
