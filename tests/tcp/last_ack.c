/* SPDX-License-Identifier: BSD-2-Clause */
/* LAST-ACK (RFC 9293 3.10.7.4): only the acknowledgment of our FIN is missing. */
#include "libstate.h"

static struct begun here = {.begin = last_ack, .una = 1, .nxt = 2, .rcv = 2};

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
    tx(&t, FIN | ACK, .seq = 1, .ack = 2, .reason = BONNET_R_SEND_TAIL_PROBE);
    rx(&t, ACK, .seq = 2, .ack = 2);
    state_is(&t, BONNET_CLOSED);
    t_end(&t);
}

/* I15: an orphan does not stay for ever (Linux: a probe and eight retransmissions). */
static void orphan_whose_peer_is_gone_ends(void **state)
{
    (void)state;
    struct t t;
    close_wait(&t);
    user_close(&t);
    tx(&t, FIN | ACK, .seq = 1, .ack = 2);
    for (int i = 0; i < 9; i++) {
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
        cmocka_unit_test_prestate(resets_count_only_at_rcv_nxt, &here),
        cmocka_unit_test_prestate(syns_are_challenged_wherever_they_lie, &here),
        cmocka_unit_test_prestate(acks_out_of_range_are_challenged, &here),
        cmocka_unit_test_prestate(segments_out_of_window_are_answered, &here),
        cmocka_unit_test_prestate(timestamps_are_checked_first, &here),
        cmocka_unit_test_prestate(all_flags_out_of_window_change_nothing, &here),
        cmocka_unit_test_prestate(text_and_fin_after_the_fin_are_ignored, &here),
        cmocka_unit_test(only_the_ack_of_the_fin_closes),
        cmocka_unit_test(lost_fin_goes_again),
        cmocka_unit_test(orphan_whose_peer_is_gone_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
