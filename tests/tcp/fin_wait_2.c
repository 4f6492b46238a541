/* SPDX-License-Identifier: BSD-2-Clause */
/* FIN-WAIT-2 (RFC 9293 3.10.7.4): we have said all; the peer may talk on. */
#include "libstate.h"

static struct begun here = {.begin = fin_wait_2, .una = 2, .nxt = 2, .rcv = 1};

static void text_is_taken_until_the_fin(void **state)
{
    (void)state;
    struct t t;
    fin_wait_2(&t);
    rx(&t, ACK, .seq = 1, .ack = 2, .len = 100);
    tx(&t, ACK, .seq = 2, .ack = 101);
    rx(&t, FIN | ACK, .seq = 101, .ack = 2, .len = 50);
    state_is(&t, BONNET_TIME_WAIT);
    user_read(&t, 150);
    user_reads_eof(&t);
    tcp_on_time_wait(&t.c, &t.e);
    t_end(&t);
}

/* Held by a program that has only shut down writing, it has no end of its own. */
static void half_closed_connection_waits_for_ever(void **state)
{
    (void)state;
    struct t t;
    fin_wait_2(&t);
    wait_ms(&t, 24 * 3600 * 1000);
    quiet(&t);
    state_is(&t, BONNET_FIN_WAIT_2);
    t_end(&t);
}

/* TC-ORPHAN: closed, it goes after a minute, or after TCP_LINGER2. */
static void orphan_goes_after_a_while(void **state)
{
    static const struct {
        int16_t linger2;
        uint32_t s;
    } rows[] = {{60, 60}, {0, 60}, {5, 5}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct t t;
        fin_wait_2(&t);
        t.c.set.linger2_s = rows[i].linger2;
        user_close(&t);
        no_reply(&t);
        bonnet_time begin = t.e.now;
        assert_int_equal(tcp_deadline(&t.c), begin + rows[i].s * BONNET_S);
        wait_ms(&t, 70000);
        reason_is(&t, BONNET_R_ABORT_ORPHAN);
        state_is(&t, BONNET_CLOSED);
        no_reply(&t);
        quiet(&t);
        t_end(&t);
    }
}

static void orphan_without_linger_goes_at_once(void **state)
{
    (void)state;
    struct t t;
    fin_wait_2(&t);
    t.c.set.linger2_s = -1;
    user_close(&t);
    reason_is(&t, BONNET_R_ABORT_ORPHAN);
    state_is(&t, BONNET_CLOSED);
    t_end(&t);
    fin_wait_1(&t);
    t.c.set.linger2_s = -1;
    user_close(&t);
    state_is(&t, BONNET_FIN_WAIT_1);
    rx(&t, ACK, .seq = 1, .ack = 2);
    state_is(&t, BONNET_CLOSED);
    assert_true(t.o.events & TCP_EV_ENDED);
    t_end(&t);
}

/* @req KTP-16 9293-SHLD-3: text for a program that is gone is lost; the peer learns it. */
static void text_for_an_orphan_resets(void **state)
{
    (void)state;
    struct t t;
    fin_wait_2(&t);
    user_close(&t);
    rx(&t, ACK, .seq = 1, .ack = 2, .len = 1);
    reason_is(&t, BONNET_R_ORPHAN_TEXT);
    reply_is(&t, RST | ACK, .seq = 2, .ack = 1);
    state_is(&t, BONNET_CLOSED);
    t_end(&t);
}

static void fin_for_an_orphan_leads_to_time_wait(void **state)
{
    (void)state;
    struct t t;
    fin_wait_2(&t);
    user_close(&t);
    rx(&t, FIN | ACK, .seq = 1, .ack = 2);
    state_is(&t, BONNET_TIME_WAIT);
    tcp_on_time_wait(&t.c, &t.e);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
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
        cmocka_unit_test(text_is_taken_until_the_fin),
        cmocka_unit_test(half_closed_connection_waits_for_ever),
        cmocka_unit_test(orphan_goes_after_a_while),
        cmocka_unit_test(orphan_without_linger_goes_at_once),
        cmocka_unit_test(text_for_an_orphan_resets),
        cmocka_unit_test(fin_for_an_orphan_leads_to_time_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
