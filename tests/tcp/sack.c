/* SPDX-License-Identifier: BSD-2-Clause */
/* What the receiver tells about text out of order, and what it may cost (RFC 2018, RFC 2883). */
#include "libtcp.h"

#include <string.h>

#define HELD(t) ((t)->c.ooo.n)

/* @req SACK-2 SACK-3 5681-7 9293-MAY-13: the newest first, as many as fit beside timestamps. */
static void blocks_begin_with_the_newest(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    for (uint32_t i = 1; i <= 5; i++)
        rx(&t, ACK, .seq = 1 + i * 200, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {1001, 1101, 801, 901, 601, 701}, .sack_n = 3);
    rx(&t, ACK, .seq = 301, .ack = 1, .len = 100); /* joins two */
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {201, 501, 1001, 1101, 801, 901}, .sack_n = 3);
    quiet(&t);
    t_end(&t);
}

static void four_blocks_fit_without_timestamps(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.agreed = TCP_AGREED_SACK});
    for (uint32_t i = 1; i <= 5; i++)
        rx(&t, ACK, .seq = 1 + i * 200, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {1001, 1101, 801, 901, 601, 701, 401, 501},
       .sack_n = 4);
    t_end(&t);
}

/* Each block names text that is here, beyond the acknowledgment; the first may be a duplicate. */
static void check_blocks(const struct tcp_seg *s, const bool here[60], uint32_t irs)
{
    for (uint32_t b = 0; b < s->sack_n; b++) {
        uint32_t from = s->sack[b].from.v - irs, to = s->sack[b].to.v - irs;
        assert_true(from < to && (b == 0 || seq_gt(s->sack[b].from, s->ack)));
        for (uint32_t q = from; q < to && q < 6001; q += 100)
            assert_true(here[(q - 1) / 100]);
    }
}

/* @req SACK-4 I6: text in any order, read at any time. */
static void blocks_name_what_is_held(void **state)
{
    (void)state;
    for (uint32_t world = 0; world < 100; world++) {
        struct t t;
        bool here[60 + 3] = {false};
        uint32_t seed = world;
        established(&t);
        for (int step = 0; step < 80; step++) {
            struct tcp_seg s = {.sack_n = 0};
            seed = seed * 1664525 + 1013904223;
            uint32_t at = (seed >> 8) % 60, n = 1 + (seed >> 20) % 3;
            rx(&t, ACK, .seq = 1 + at * 100, .ack = 1, .len = n * 100);
            memset(here + at, true, n);
            struct tcp_plan p = tcp_plan(&t.c, &t.e, 0);
            if (p.what != TCP_SEND_NOTHING) assert_int_equal(tcp_output(&t.c, &t.e, &p, &s), 0);
            check_blocks(&s, here, t.irs);
            if (step % 7 == 0 && t.c.in.len > 0) user_read(&t, t.c.in.len);
        }
        t_end(&t);
    }
}

/* @req SACK-1 */
static void no_block_without_agreement(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.agreed = TCP_AGREED_TIMESTAMPS});
    rx(&t, ACK, .seq = 201, .ack = 1, .len = 100);
    rx(&t, ACK, .seq = 201, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 1);
    assert_int_equal(t.last.sack_n, 0);
    user_send(&t, 3000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = OUR_MSS); /* and no room is kept for one */
    t_end(&t);
}

/* @req SACK-7 RFC 2883 4: each duplicate is told once, first, and with what holds it. */
static void duplicates_are_told_once(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 101);
    rx(&t, ACK, .seq = 51, .ack = 1, .len = 50); /* all of it old */
    reason_is(&t, BONNET_R_SEQ_OLD);
    tx(&t, ACK, .seq = 1, .ack = 101, .sack = {51, 101}, .sack_n = 1);
    rx(&t, ACK, .seq = 91, .ack = 1, .len = 20); /* half of it */
    tx(&t, ACK, .seq = 1, .ack = 111, .sack = {91, 101}, .sack_n = 1);
    rx(&t, ACK, .seq = 201, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 111, .sack = {201, 301}, .sack_n = 1);
    rx(&t, ACK, .seq = 221, .ack = 1, .len = 50); /* inside of what is held */
    reason_is(&t, BONNET_R_SEQ_OLD);
    tx(&t, ACK, .seq = 1, .ack = 111, .sack = {221, 271, 201, 301}, .sack_n = 2);
    rx(&t, ACK, .seq = 281, .ack = 1, .len = 40); /* over its end */
    tx(&t, ACK, .seq = 1, .ack = 111, .sack = {281, 301, 201, 321}, .sack_n = 2);
    rx(&t, ACK, .seq = 181, .ack = 1, .len = 30); /* over its beginning */
    tx(&t, ACK, .seq = 1, .ack = 111, .sack = {201, 211, 181, 321}, .sack_n = 2);
    rx(&t, ACK, .seq = 101, .ack = 1,
       .len = 90); /* fills the gap, and more: the first one counts */
    tx(&t, ACK, .seq = 1, .ack = 321, .sack = {101, 111}, .sack_n = 1);
    user_read(&t, 320);
    quiet(&t);
    t_end(&t);
}

static void duplicate_of_a_later_range_is_found(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 101, .ack = 1, .len = 100);
    rx(&t, ACK, .seq = 301, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {301, 401, 101, 201}, .sack_n = 2);
    rx(&t, ACK, .seq = 351, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {351, 401, 301, 451, 101, 201}, .sack_n = 3);
    t_end(&t);
}

static void filling_segment_that_overlaps_tells_its_duplicate(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 101, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {101, 201}, .sack_n = 1);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 150);
    tx(&t, ACK, .seq = 1, .ack = 201, .sack = {101, 151}, .sack_n = 1);
    user_read(&t, 200);
    t_end(&t);
}

/* OQ-SMACK SACK-4: holes have a limit; what was told is kept, and the stream goes on. */
static void holes_are_limited(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    uint32_t max = t.e.limits.ooo_ranges_max;
    for (uint32_t i = 1; i <= max; i++) {
        rx(&t, ACK, .seq = 1 + 2 * i, .ack = 1, .len = 1);
        reason_is(&t, BONNET_R_NONE);
    }
    for (uint32_t i = max + 1; i <= max + 1000; i++) {
        rx(&t, ACK, .seq = 1 + 2 * i, .ack = 1, .len = 1);
        reason_is(&t, BONNET_R_TEXT_REFUSED_MEMORY);
        assert_int_equal(HELD(&t), max);
    }
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 2); /* in order: no new hole */
    assert_int_equal(HELD(&t), max - 1);
    tx(&t, ACK, .seq = 1, .ack = 4);
    rx(&t, ACK, .seq = 4, .ack = 1, .len = 2 * max);
    tx(&t, ACK, .seq = 1, .ack = 4 + 2 * max);
    user_read(&t, 3 + 2 * max);
    t_end(&t);
}

/* Nothing in the way: a segment that begins in order is taken even when all holes are in use. */
static void text_in_order_needs_no_hole(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    uint32_t max = t.e.limits.ooo_ranges_max;
    for (uint32_t i = 1; i <= max; i++)
        rx(&t, ACK, .seq = 101 + 2 * i, .ack = 1, .len = 1);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    reason_is(&t, BONNET_R_NONE);
    assert_int_equal(HELD(&t), max);
    user_read(&t, 10);
    t_end(&t);
}

/* OQ-TRIM: what lies beyond the right edge is not here. */
static void text_beyond_the_window_is_cut(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.rcvbuf = 1000});
    rx(&t, FIN | ACK, .seq = 501, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {501, 1001}, .sack_n = 1);
    assert_false(t.c.ooo_fin);
    rx(&t, ACK, .seq = 1001, .ack = 1, .len = 10);
    reason_is(&t, BONNET_R_SEQ_WINDOW);
    tx(&t, ACK, .seq = 1, .ack = 1, .sack = {501, 1001}, .sack_n = 1);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 1001, .wnd = WND_ZERO);
    user_read(&t, 1000);
    t_end(&t);
}

/* OQ-LEAK: t_end() compares the allocator's books. */
static void full_queue_is_freed(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        struct t t;
        established(&t);
        for (uint32_t i = 1; i < 60; i++)
            rx(&t, ACK, .seq = 1 + i * 1000, .ack = 1, .len = 500);
        if (how == 0) rx(&t, RST, .seq = 1);
        if (how == 1) user_close(&t);
        if (how == 2) tcp_close(&t.c, &t.e, true, &t.o);
        t_end(&t);
    }
}

/* Our own blocks take their room from a segment that was full when it went out first. */
static void blocks_leave_less_room_for_a_retransmission(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 5 * OUR_MSS);
    for (uint32_t i = 0; i < 5; i++)
        tx(&t, i == 4 ? PSH | ACK : ACK, .seq = 1 + i * OUR_MSS, .ack = 1, .len = OUR_MSS);
    rx(&t, ACK, .seq = 1001, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1 + 5 * OUR_MSS, .ack = 1, .sack = {1001, 1101}, .sack_n = 1);
    rx(&t, ACK, .seq = 1, .ack = 1, .sack = {1 + OUR_MSS, 1 + 4 * OUR_MSS}, .sack_n = 1);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = OUR_MSS - 12, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    tx(&t, ACK, .seq = 1 + OUR_MSS - 12, .ack = 1, .len = 12);
    t_end(&t);
}

/* AM-OOM, in order and beyond a gap: refused, asked for again, taken later. */
static void text_without_memory_is_refused(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    memory_is(&t, false);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    reason_is(&t, BONNET_R_MEMORY);
    tx(&t, ACK, .seq = 1, .ack = 1);
    rx(&t, ACK, .seq = 101, .ack = 1, .len = 100);
    reason_is(&t, BONNET_R_TEXT_REFUSED_MEMORY);
    tx(&t, ACK, .seq = 1, .ack = 1);
    memory_is(&t, true);
    rx(&t, ACK, .seq = 101, .ack = 1, .len = 100);
    rx(&t, FIN | ACK, .seq = 1, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 201);
    state_is(&t, BONNET_ESTABLISHED); /* the FIN at 101 was before text that is here */
    user_read(&t, 200);
    t_end(&t);
}

/* OQ-WNDOVF: to take more than came is an error of the program. */
static void consuming_too_much_is_asserted(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    expect_assert_failure(tcp_recv_consume(&t.c, &t.e, 11));
    user_read(&t, 10);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_begin_with_the_newest),
        cmocka_unit_test(four_blocks_fit_without_timestamps),
        cmocka_unit_test(blocks_name_what_is_held),
        cmocka_unit_test(no_block_without_agreement),
        cmocka_unit_test(duplicates_are_told_once),
        cmocka_unit_test(duplicate_of_a_later_range_is_found),
        cmocka_unit_test(filling_segment_that_overlaps_tells_its_duplicate),
        cmocka_unit_test(holes_are_limited),
        cmocka_unit_test(text_in_order_needs_no_hole),
        cmocka_unit_test(text_beyond_the_window_is_cut),
        cmocka_unit_test(full_queue_is_freed),
        cmocka_unit_test(blocks_leave_less_room_for_a_retransmission),
        cmocka_unit_test(text_without_memory_is_refused),
        cmocka_unit_test(consuming_too_much_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
