/* SPDX-License-Identifier: BSD-2-Clause */
/* Timestamps after the handshake: what is echoed, and what is too old (RFC 7323 3 to 5). */
#include "libtcp.h"

/* @req 7323-7: in every segment but a reset. */
static void every_segment_carries_one(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    assert_int_equal(t.last.has, TCP_OPT_TIMESTAMPS);
    assert_int_equal(t.last.ts_val, conn_ts_now(&t.c, &t.e));
    rx(&t, ACK, .seq = 101, .ack = 1, .len = 10);
    tx(&t, ACK, .seq = 11, .ack = 1, .sack = {101, 111}, .sack_n = 1);
    assert_int_equal(t.last.has, TCP_OPT_TIMESTAMPS | TCP_OPT_SACK);
    user_shutdown(&t);
    tx(&t, FIN | ACK, .seq = 11, .ack = 1);
    assert_true(t.last.has & TCP_OPT_TIMESTAMPS);
    t_end(&t);
}

/* @req 7323-14: a tick each millisecond, over 2^32 as well. */
static void clock_ticks_each_millisecond(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.ts.offset = UINT32_MAX - (uint32_t)(t.e.now / BONNET_MS) - 3;
    user_send(&t, 1);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1);
    uint32_t last = t.last.ts_val;
    for (uint32_t i = 1; i < 2000; i++) {
        t.e.now += i % 2 ? 999 * BONNET_US : 1001 * BONNET_US;
        rx(&t, ACK, .seq = 1, .ack = 1 + i);
        user_send(&t, 1);
        tx(&t, ACK, .seq = 1 + i, .ack = 1, .len = 1);
        assert_in_range(t.last.ts_val - last, 0, 2);
        assert_int_equal(i % 2 ? 0 : t.last.ts_val, i % 2 ? 0 : UINT32_MAX - 3 + i);
        last = t.last.ts_val;
    }
    t_end(&t);
}

/* @req 7323-9 TO-TS-MIX: not agreed upon, it is not there. */
static void timestamp_without_agreement_is_ignored(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.plain = true});
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .has = TCP_OPT_TIMESTAMPS, .ts_val = 99999);
    rx(&t, ACK, .seq = 11, .ack = 1, .len = 10, .has = TCP_OPT_TIMESTAMPS, .ts_val = 1);
    tx(&t, ACK, .seq = 1, .ack = 21);
    assert_int_equal(t.last.has, 0);
    user_read(&t, 20);
    t_end(&t);
}

/* @req 7323-11: an acknowledgment for several echoes the first; RFC 7323 4.3 (A). */
static void delayed_ack_echoes_the_earliest(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ts_val = 1000);
    rx(&t, ACK, .seq = 11, .ack = 1, .len = 10, .ts_val = 1010);
    tx(&t, ACK, .seq = 1, .ack = 21);
    assert_int_equal(t.last.ts_ecr, 1000);
    rx(&t, ACK, .seq = 21, .ack = 1, .len = 10, .ts_val = 1020);
    tx(&t, ACK, .seq = 1, .ack = 31);
    assert_int_equal(t.last.ts_ecr, 1020);
    user_read(&t, 30);
    t_end(&t);
}

/* @req 7323-11: beyond a gap the echo stays; who fills it is echoed (B, C). */
static void gap_keeps_the_echo_and_its_filler_is_echoed(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ts_val = 1000);
    tx(&t, ACK, .seq = 1, .ack = 11);
    rx(&t, ACK, .seq = 21, .ack = 1, .len = 10, .ts_val = 1010);
    tx(&t, ACK, .seq = 1, .ack = 11);
    assert_int_equal(t.last.ts_ecr, 1000);
    rx(&t, ACK, .seq = 11, .ack = 1, .len = 10, .ts_val = 1005);
    tx(&t, ACK, .seq = 1, .ack = 31);
    assert_int_equal(t.last.ts_ecr, 1005);
    user_read(&t, 30);
    t_end(&t);
}

/* @req 7323-12: an old one is refused with an ACK; equal is not old; the circle has two halves. */
static void older_timestamp_is_refused(void **state)
{
    static const struct {
        uint32_t recent, val;
        bool old;
    } rows[] = {
        {1000, 1000, false},
        {1000, 999, true},
        {1000, 1001, false},
        {5, UINT32_MAX, true},
        {UINT32_MAX, 5, false},
        {1u << 31, (1u << 31) - 1, true},
        {1000, 1000 + 0x7fffffffu, false},
        {1000, 1000 + 0x80000001, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct t t;
        established(&t);
        t.c.ts.recent = rows[i].recent;
        rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ts_val = rows[i].val);
        reason_is(&t, rows[i].old ? BONNET_R_PAWS : BONNET_R_NONE);
        tx(&t, ACK, .seq = 1, .ack = rows[i].old ? 1 : 11);
        assert_int_equal(t.c.ts.recent, rows[i].old ? rows[i].recent : rows[i].val);
        assert_int_equal(t.e.mib[BONNET_MIB_TcpExtPAWSEstab], rows[i].old);
        t_end(&t);
    }
}

/* @req 7323-12: text that was in time when it came is not judged again when its gap is filled. */
static void held_text_is_not_judged_again(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 11, .ack = 1, .len = 10, .ts_val = 1000);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ts_val = 5000);
    tx(&t, ACK, .seq = 1, .ack = 21);
    user_read(&t, 20);
    t_end(&t);
}

/* @req 7323-15: after 24 days of silence TS.Recent means nothing, and is replaced. */
static void timestamp_of_last_month_gives_way(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.ts.recent = 1000000;
    t.e.now += 23ull * 24 * 3600 * BONNET_S;
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ts_val = 10);
    reason_is(&t, BONNET_R_PAWS);
    t.e.now += 25ull * 24 * 3600 * BONNET_S;
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .ts_val = 20);
    reason_is(&t, BONNET_R_NONE);
    tx(&t, ACK, .seq = 1, .ack = 11);
    assert_int_equal(t.last.ts_ecr, 20);
    rx(&t, ACK, .seq = 11, .ack = 1, .len = 10, .ts_val = 21);
    reason_is(&t, BONNET_R_NONE);
    rx(&t, ACK, .seq = 21, .ack = 1, .len = 10, .ts_val = 19);
    reason_is(&t, BONNET_R_PAWS);
    user_read(&t, 20);
    t_end(&t);
}

/* TO-TS-ZERO: 0 is a value like any other. */
static void zero_is_a_timestamp(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    rx(&t, SYN | ACK, .seq = 0, .ack = 1, .no_ts = true, .has = TCP_OPT_TIMESTAMPS);
    tx(&t, ACK, .seq = 1, .ack = 1);
    assert_true(t.last.has & TCP_OPT_TIMESTAMPS);
    assert_int_equal(t.last.ts_ecr, 0);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10, .no_ts = true, .has = TCP_OPT_TIMESTAMPS);
    reason_is(&t, BONNET_R_NONE);
    tx(&t, ACK, .seq = 1, .ack = 11);
    user_read(&t, 10);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_segment_carries_one),
        cmocka_unit_test(clock_ticks_each_millisecond),
        cmocka_unit_test(timestamp_without_agreement_is_ignored),
        cmocka_unit_test(delayed_ack_echoes_the_earliest),
        cmocka_unit_test(gap_keeps_the_echo_and_its_filler_is_echoed),
        cmocka_unit_test(older_timestamp_is_refused),
        cmocka_unit_test(held_text_is_not_judged_again),
        cmocka_unit_test(timestamp_of_last_month_gives_way),
        cmocka_unit_test(zero_is_a_timestamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
