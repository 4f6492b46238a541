/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The k-th allocation fails, for every k of a complete life, at each of the two ends: alone, with
 * the fifteen that follow, and with all that follow.
 *
 * Nothing may crash, nothing may be lost of the memory, and calls return what they are documented
 * to return. When memory comes back, so must the streams: exact, or with an error that was told.
 */
#include "liblife.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct life life;

static void live_with(int end, uint64_t fail_from, uint64_t fail_n)
{
    memset(&life, 0, sizeof life);
    life.heap[end].fail_from = fail_from;
    life.heap[end].fail_n = fail_n;
    life.tries_again = fail_n == 1;
    life_run(&life);
    if (life.wrong[0])
        fail_msg("end %d, allocation %lu and %lu more: %s", end, (unsigned long)fail_from,
                 (unsigned long)fail_n - 1, life.wrong);
}

static void without_failures_all_arrives(void **state)
{
    (void)state;
    live_with(LIFE_CLIENT, 0, 0);
    assert_true(life.was_made);
    assert_true(life.is_complete);
    for (int end = 0; end < LIFE_ENDS; end++) {
        assert_int_equal(life.datagrams_received[end], LIFE_DATAGRAMS);
        assert_true(life.out_of_order[end] > 0);
        assert_true(life.heap[end].asked > 50);
    }
}

/* How many allocations an end makes when all goes well. */
static uint64_t count(int end)
{
    live_with(end, 0, 0);
    return life.heap[end].asked;
}

static void one_refusal_is_overcome(void **state)
{
    (void)state;
    for (int end = 0; end < LIFE_ENDS; end++) {
        uint64_t n = count(end);
        for (uint64_t k = 1; k <= n; k++) {
            live_with(end, k, 1);
            assert_int_equal(life.heap[end].refused, 1);
            if (!life.is_complete && !life.error)
                fail_msg("end %d, allocation %lu: the stream does not end", end, (unsigned long)k);
        }
    }
}

static void some_refusals_are_overcome(void **state)
{
    (void)state;
    for (int end = 0; end < LIFE_ENDS; end++) {
        uint64_t n = count(end);
        for (uint64_t k = 1; k <= n; k++) {
            live_with(end, k, 16);
            if (life.was_made && !life.is_complete && !life.error)
                fail_msg("end %d, allocation %lu: the stream does not end", end, (unsigned long)k);
        }
    }
}

static void no_more_memory_is_survived(void **state)
{
    (void)state;
    for (int end = 0; end < LIFE_ENDS; end++) {
        uint64_t n = count(end);
        for (uint64_t k = 1; k <= n; k++)
            live_with(end, k, UINT64_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_failures_all_arrives),
        cmocka_unit_test(one_refusal_is_overcome),
        cmocka_unit_test(some_refusals_are_overcome),
        cmocka_unit_test(no_more_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
