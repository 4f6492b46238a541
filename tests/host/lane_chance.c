/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of an emulated link against what theory says of chance.
 *
 * Bounds are five standard deviations of the named distribution: with fixed seeds a test either
 * always passes or never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "liblane.h"

/* Frames far apart: nothing but the drawn time decides. Uniform on [15, 25] ms: the mean's standard
 * deviation is 10 ms / sqrt(12 n). */
static void jitter_is_uniform(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct world w = world_of("delay 20ms 5ms");
    transfers(&w, N, 60, 100 * BONNET_MS);
    double sum = 0;
    unsigned quarters[4] = {0};
    for (unsigned i = 0; i < N; i++) {
        double ms = (double)(w.at[i] - i * 100 * BONNET_MS) / 1e6;
        assert_true(ms >= 15 && ms <= 25);
        sum += ms;
        quarters[ms < 17.5 ? 0 : ms < 20 ? 1 : ms < 22.5 ? 2 : 3]++;
    }
    near(sum / N, 20, 100 / (12.0 * N));
    for (unsigned q = 0; q < 4; q++)
        near(quarters[q], N / 4.0, N * 0.25 * 0.75);
    world_end(&w);
}

static void jitter_keeps_the_order(void **state)
{
    (void)state;
    struct world w = world_of("delay 20ms 20ms limit 65536");
    transfers(&w, 20000, 60, 100 * BONNET_US);
    assert_int_equal(w.arrived_n, 20000);
    for (unsigned i = 0; i < w.arrived_n; i++)
        assert_int_equal(w.number[i], i);
    assert_int_equal(w.lane.stats.reordered, 0);
    world_end(&w);
}

/* A frame is out of order if one with a higher number came before it. With 200 frames on the way,
 * an overtaking one passes all of them. */
static void reordering_is_as_asked(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct world w = world_of("delay 20ms reorder 5% limit 65536");
    transfers(&w, N, 60, 100 * BONNET_US);
    assert_int_equal(w.arrived_n, N);
    unsigned early = 0;
    for (unsigned i = 0; i < N; i++)
        early += w.at[i] == w.number[i] * 100 * BONNET_US;
    near(early, N * 0.05, N * 0.05 * 0.95);
    assert_in_range(w.lane.stats.reordered, early - 20, early);
    balanced(&w);
    world_end(&w);
}

/* With a bound, the chosen frames are early by a uniform share of it, all others are on time, and
 * two chosen ones may overtake each other. */
static void reordering_has_a_reach(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct world w = world_of("delay 20ms reorder 5% 3ms limit 65536");
    transfers(&w, N, 60, 100 * BONNET_US);
    assert_int_equal(w.arrived_n, N);
    double sum = 0;
    unsigned early = 0, crossed = 0;
    uint32_t last_early = 0;
    for (unsigned i = 0; i < N; i++) {
        bonnet_time due = w.number[i] * 100 * BONNET_US + 20 * BONNET_MS;
        assert_in_range(due - w.at[i], 0, 3 * BONNET_MS - 1);
        if (i > 0) assert_true(w.at[i] >= w.at[i - 1]);
        if (w.at[i] == due) continue;
        crossed += w.number[i] < last_early;
        last_early = w.number[i];
        sum += (double)(due - w.at[i]) / 1e6;
        early++;
    }
    near(early, N * 0.05, N * 0.05 * 0.95);
    near(sum / early, 1.5, 9 / (12.0 * early));
    assert_in_range(crossed, 100, early);
    balanced(&w);
    world_end(&w);
}

/* A frame cannot come before it has left the transmitter. */
static void reordering_reaches_no_further_than_the_delay(void **state)
{
    (void)state;
    struct world w = world_of("delay 1ms reorder 100% 1s");
    transfers(&w, 1000, 60, 10 * BONNET_MS);
    unsigned at_once = 0;
    for (unsigned i = 0; i < 1000; i++)
        at_once += w.at[i] == w.number[i] * 10 * BONNET_MS;
    near(at_once, 999, 1);
    world_end(&w);
}

static void duplication_is_as_asked(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct world w = world_of("duplicate 2%");
    for (uint32_t i = 0; i < N; i++) {
        sends(&w, i, 60);
        receives(&w);
    }
    unsigned twice = 0;
    for (unsigned i = 1; i < w.arrived_n; i++)
        twice += w.number[i] == w.number[i - 1];
    assert_int_equal(twice, w.lane.stats.duplicated);
    assert_int_equal(w.arrived_n, N + twice);
    near(twice, N * 0.02, N * 0.02 * 0.98);
    balanced(&w);
    world_end(&w);
}

/* The first four bytes number the frame in this test: what was flipped there shows as a number that
 * was never sent. */
static void corruption_flips_exactly_one_bit(void **state)
{
    (void)state;
    enum { N = 50000 };
    struct world w = world_of("corrupt 10%");
    unsigned damaged = 0;
    for (uint32_t i = 0; i < N; i++) {
        sends(&w, i, 64);
        const struct lane_frame *f = lane_output(&w.lane);
        uint32_t number;
        memcpy(&number, f->data, sizeof number);
        unsigned bits = wrong_bits(f, i) + (unsigned)__builtin_popcount(number ^ i);
        assert_in_range(bits, 0, 1);
        damaged += bits;
    }
    assert_int_equal(damaged, w.lane.stats.corrupted);
    near(damaged, N * 0.1, N * 0.1 * 0.9);
    world_end(&w);
}

struct loss_row {
    const char *words;
    double loss, burst; /* expected share, expected mean length of a run of losses */
};

/* Independent losses run for 1 / (1 - loss) frames in the mean; that is the mean of a geometric
 * distribution, as the length of Gilbert's bursts is, with variance b (b - 1). The
 * number of losses in bursts varies at most 2 b - 1 times as much as that of independent ones.
 * Where bursts as short as asked for cannot make up the share, they are longer (the last row). */
static const struct loss_row losses[] = {
    {"loss 0.1%", 0.001, 1 / 0.999},     {"loss 1%", 0.01, 1 / 0.99},
    {"loss 30% seed 9", 0.3, 1 / 0.7},   {"loss 1% burst 4", 0.01, 4},
    {"loss 10% burst 10", 0.1, 10},      {"loss 5% burst 1.5", 0.05, 1.5},
    {"loss 30% burst 3 seed 2", 0.3, 3}, {"loss 90% burst 2", 0.9, 9},
};

static void loss_is_as_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        const struct loss_row *row = &losses[i];
        const double n = FRAMES_MAX;
        struct world w = world_of(row->words);
        unsigned lost = 0, bursts = 0;
        bool before = false;
        for (uint32_t k = 0; k < FRAMES_MAX; k++) {
            sends(&w, k, 8);
            bool now = !lane_output(&w.lane);
            lost += now;
            bursts += now && !before;
            before = now;
        }
        double spread = row->loss * (1 - row->loss) * (2 * row->burst - 1);
        near(lost, n * row->loss, n * spread);
        near((double)lost / bursts, row->burst, row->burst * (row->burst - 1) / bursts);
        assert_int_equal(lost, w.lane.stats.lost);
        world_end(&w);
    }
}

static void loss_of_all_is_loss_of_all(void **state)
{
    (void)state;
    struct world w = world_of("loss 100% burst 3");
    transfers(&w, 1000, 60, 0);
    assert_int_equal(w.arrived_n, 0);
    assert_int_equal(w.lane.stats.lost, 1000);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jitter_is_uniform),
        cmocka_unit_test(jitter_keeps_the_order),
        cmocka_unit_test(reordering_is_as_asked),
        cmocka_unit_test(reordering_has_a_reach),
        cmocka_unit_test(reordering_reaches_no_further_than_the_delay),
        cmocka_unit_test(duplication_is_as_asked),
        cmocka_unit_test(corruption_flips_exactly_one_bit),
        cmocka_unit_test(loss_is_as_asked),
        cmocka_unit_test(loss_of_all_is_loss_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
