/* SPDX-License-Identifier: BSD-2-Clause */
/* FIN-WAIT-1 (RFC 9293 3.10.7.4): our FIN is out, or waits behind text. */
#include "libstate.h"

static struct begun here = {.begin = fin_wait_1, .una = 1, .nxt = 2, .rcv = 1};

static void ack_of_the_fin_leads_to_fin_wait_2(void **state)
{
    (void)state;
    struct t t;
    fin_wait_1(&t);
    rx(&t, ACK, .seq = 1, .ack = 1);
    state_is(&t, BONNET_FIN_WAIT_1);
    rx(&t, ACK, .seq = 1, .ack = 2);
    state_is(&t, BONNET_FIN_WAIT_2);
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* @req 9293-U12 */
static void fin_with_the_ack_of_ours_leads_to_time_wait(void **state)
{
    (void)state;
    struct t t;
    fin_wait_1(&t);
    rx(&t, FIN | ACK, .seq = 1, .ack = 2);
    state_is(&t, BONNET_TIME_WAIT);
    assert_true(t.o.events & TCP_EV_TIME_WAIT);
    tcp_on_time_wait(&t.c, &t.e);
    user_reads_eof(&t);
    t_end(&t);
}

static void fin_before_the_ack_leads_to_closing(void **state)
{
    (void)state;
    struct t t;
    fin_wait_1(&t);
    rx(&t, FIN | ACK, .seq = 1, .ack = 1, .len = 10);
    state_is(&t, BONNET_CLOSING);
    tx(&t, ACK, .seq = 2, .ack = 12);
    user_read(&t, 10);
    user_reads_eof(&t);
    quiet(&t);
    t_end(&t);
}

static void text_is_still_taken(void **state)
{
    (void)state;
    struct t t;
    fin_wait_1(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 2, .ack = 101);
    state_is(&t, BONNET_FIN_WAIT_1);
    user_read(&t, 100);
    uint8_t b = 0;
    assert_int_equal(tcp_send(&t.c, &t.e, &b, 1, false), -EPIPE);
    t_end(&t);
}

/* Only the text is acknowledged: the FIN is not. */
static void ack_of_the_text_alone_changes_nothing(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 100);
    user_shutdown(&t);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1, .len = 100);
    rx(&t, ACK, .seq = 1, .ack = 101);
    state_is(&t, BONNET_FIN_WAIT_1);
    quiet(&t);
    wait_ms(&t, 300);
    tx(&t, FIN | ACK, .seq = 101, .ack = 1, .reason = BONNET_R_SEND_TAIL_PROBE);
    rx(&t, ACK, .seq = 1, .ack = 102);
    state_is(&t, BONNET_FIN_WAIT_2);
    t_end(&t);
}

static void lost_fin_goes_again_with_its_text(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 100);
    user_shutdown(&t);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1, .len = 100);
    wait_ms(&t, 300);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1, .len = 100, .reason = BONNET_R_SEND_TAIL_PROBE);
    wait_ms(&t, 500);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1, .len = 100, .reason = BONNET_R_SEND_RTO);
    quiet(&t);
    rx(&t, FIN | ACK, .seq = 1, .ack = 102);
    state_is(&t, BONNET_TIME_WAIT);
    tcp_on_time_wait(&t.c, &t.e);
    t_end(&t);
}

/* A FIN waits behind text that the window holds back. */
static void fin_waits_for_its_text(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = 1448);
    user_send(&t, 2000);
    user_shutdown(&t);
    state_is(&t, BONNET_FIN_WAIT_1);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1449, .wnd = 1448);
    tx(&t, FIN | ACK, .seq = 1449, .ack = 1, .len = 552);
    rx(&t, ACK, .seq = 1, .ack = 2001);
    state_is(&t, BONNET_FIN_WAIT_1);
    rx(&t, ACK, .seq = 1, .ack = 2002);
    state_is(&t, BONNET_FIN_WAIT_2);
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
        cmocka_unit_test(ack_of_the_fin_leads_to_fin_wait_2),
        cmocka_unit_test(fin_with_the_ack_of_ours_leads_to_time_wait),
        cmocka_unit_test(fin_before_the_ack_leads_to_closing),
        cmocka_unit_test(text_is_still_taken),
        cmocka_unit_test(ack_of_the_text_alone_changes_nothing),
        cmocka_unit_test(lost_fin_goes_again_with_its_text),
        cmocka_unit_test(fin_waits_for_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
