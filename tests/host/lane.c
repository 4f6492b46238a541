/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of an emulated link: delay, rate, its queue, and that the same seed tells the same
 * story. What happens by chance is tried in lane_chance.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "liblane.h"

static void perfect_link_changes_nothing(void **state)
{
    (void)state;
    struct world w = world_of("");
    transfers(&w, 1000, 60, 0);
    assert_int_equal(w.arrived_n, 1000);
    for (unsigned i = 0; i < w.arrived_n; i++) {
        assert_int_equal(w.number[i], i);
        assert_int_equal(w.bits[i], 0);
        assert_int_equal(w.at[i], 0);
    }
    balanced(&w);
    world_end(&w);
}

static void delay_is_exact(void **state)
{
    (void)state;
    struct world w = world_of("delay 20ms");
    transfers(&w, 100, 60, BONNET_MS);
    assert_int_equal(w.arrived_n, 100);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(w.at[i], i * BONNET_MS + 20 * BONNET_MS);
    world_end(&w);
}

/* 1514 bytes at 100 Mbit/s take 121,120 ns; the second rate does not divide a second.
 */
static void rate_is_exact(void **state)
{
    (void)state;
    struct world w = world_of("rate 100mbit limit 65536");
    transfers(&w, 10000, 1514, 0);
    for (unsigned i = 0; i < 10000; i++)
        assert_int_equal(w.at[i], (i + 1) * 121120ull);
    world_end(&w);

    w = world_of("rate 428571429bit limit 65536");
    transfers(&w, 50000, 61, 0);
    assert_int_equal(w.at[49999], 50000ull * 61 * 8 * BONNET_S / 428571429);
    world_end(&w);
}

static void idle_transmitter_starts_afresh(void **state)
{
    (void)state;
    struct world w = world_of("rate 8kbit");
    transfers(&w, 3, 100, BONNET_S);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(w.at[i], i * BONNET_S + 100 * BONNET_MS);
    world_end(&w);
}

static void full_queue_drops(void **state)
{
    (void)state;
    struct world w = world_of("delay 1ms limit 10");
    for (uint32_t i = 0; i < 15; i++)
        sends(&w, i, 60);
    assert_int_equal(w.lane.stats.overflowed, 5);
    balanced(&w);
    runs_until(&w, BONNET_NEVER);
    assert_int_equal(w.arrived_n, 10);
    assert_int_equal(w.number[9], 9);
    sends(&w, 15, 60);
    runs_until(&w, BONNET_NEVER);
    assert_int_equal(w.number[10], 15);
    balanced(&w);
    world_end(&w);
}

static const char everything[] =
    "delay 5ms 3ms loss 3% burst 2 rate 20mbit limit 100 duplicate 2% corrupt 2% reorder 3% "
    "2ms";

/* A number for the whole story: who arrived when, with which damage. */
static uint64_t story(const char *words, uint64_t seed, unsigned direction)
{
    struct world w = world_of(words);
    w.config.seed = seed;
    lane_init(&w.lane, &w.config, BONNET_IF_IP, direction);
    for (uint32_t i = 0; i < 5000; i++) {
        sends(&w, i, 60 + i % 1400);
        runs_until(&w, (i + 1) * 290 * BONNET_US);
    }
    runs_until(&w, BONNET_NEVER);
    balanced(&w);
    uint64_t hash = 0xcbf29ce484222325u;
    for (unsigned i = 0; i < w.arrived_n; i++)
        hash = (hash ^ w.number[i] ^ (w.at[i] << 20) ^ w.bits[i]) * 0x100000001b3u;
    world_end(&w);
    return hash;
}

static void same_seed_same_story(void **state)
{
    (void)state;
    assert_true(story(everything, 1, 0) == story(everything, 1, 0));
    assert_true(story(everything, 1, 0) != story(everything, 2, 0));
    assert_true(story(everything, 1, 0) != story(everything, 1, 1));
    assert_true(story(everything, 0, 0) != story(everything, UINT64_MAX, 0));
}

static void notes_losses(const char *words, bool *lost, uint32_t n)
{
    struct world w = world_of(words);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t before = w.lane.stats.lost;
        sends(&w, i, 60);
        lost[i] = w.lane.stats.lost > before;
        runs_until(&w, (i + 1) * BONNET_MS);
    }
    world_end(&w);
}

/* What the essay of lane_fate.c promises of experiments. */
static void one_fault_does_not_move_another(void **state)
{
    (void)state;
    enum { N = 5000 };
    static bool alone[N], in_company[N];
    notes_losses("loss 5% seed 3", alone, N);
    notes_losses("loss 5% seed 3 delay 5ms 1ms duplicate 10% corrupt 10% reorder 10% rate 10mbit",
                 in_company, N);
    assert_memory_equal(alone, in_company, sizeof alone);
}

static void buffers_are_used_again(void **state)
{
    (void)state;
    struct world w = world_of("");
    struct lane_frame *f = lane_reserve(&w.lane, 1500);
    const uint8_t *buffer = f->data;
    for (int i = 0; i < 10; i++) {
        lane_input(&w.lane, f);
        assert_ptr_equal(lane_output(&w.lane)->data, buffer);
        assert_null(lane_output(&w.lane));
        f = lane_reserve(&w.lane, 1000);
        assert_ptr_equal(f->data, buffer);
    }
    lane_input(&w.lane, f);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perfect_link_changes_nothing),
        cmocka_unit_test(delay_is_exact),
        cmocka_unit_test(rate_is_exact),
        cmocka_unit_test(idle_transmitter_starts_afresh),
        cmocka_unit_test(full_queue_drops),
        cmocka_unit_test(same_seed_same_story),
        cmocka_unit_test(one_fault_does_not_move_another),
        cmocka_unit_test(buffers_are_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
