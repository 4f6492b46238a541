/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generator: repeatable from its seed, different from any other, even where it is cut down.
 */
#include "base/rng.h"

#include "libbase.h"

static void same_seed_same_numbers(void **state)
{
    (void)state;
    const uint8_t seed[32] = {1, 2, 3};
    struct rng a, b;
    rng_init(&a, seed);
    rng_init(&b, seed);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(rng_u64(&a), rng_u64(&b));
}

/* Reproducible runs are kept as files: the first numbers of a seed are part of the format. */
static void numbers_stay_what_they_were(void **state)
{
    (void)state;
    uint8_t seed[32];
    for (unsigned i = 0; i < sizeof(seed); i++)
        seed[i] = (uint8_t)i;
    struct rng r;
    rng_init(&r, seed);
    assert_int_equal(rng_u64(&r), 0xeb5a4c831bff091d);
    assert_int_equal(rng_u64(&r), 0x15adb1e514b4ed0c);
}

static void every_bit_of_the_seed_counts(void **state)
{
    (void)state;
    uint8_t seed[32] = {0};
    struct rng r;
    rng_init(&r, seed);
    const uint64_t plain = rng_u64(&r);
    for (unsigned bit = 0; bit < 256; bit++) {
        seed[bit / 8] = (uint8_t)(1u << bit % 8);
        rng_init(&r, seed);
        assert_int_not_equal(rng_u64(&r), plain);
        seed[bit / 8] = 0;
    }
}

static void below_is_fair(void **state)
{
    (void)state;
    const uint8_t seed[32] = {9};
    struct rng r;
    rng_init(&r, seed);
    uint32_t seen[6] = {0};
    for (int i = 0; i < 60000; i++)
        seen[rng_below(&r, 6)]++;
    for (int i = 0; i < 6; i++)
        assert_in_range(seen[i], 9600, 10400);
}

/* Three quarters of 2^32: without drawing again, every second of the low results would come twice
 * as often as the others. */
static void below_is_fair_for_large_numbers(void **state)
{
    (void)state;
    const uint8_t seed[32] = {9};
    struct rng r;
    rng_init(&r, seed);
    uint32_t thirds[3] = {0};
    for (int i = 0; i < 30000; i++)
        thirds[rng_below(&r, 3u << 30) % 3]++;
    for (int i = 0; i < 3; i++)
        assert_in_range(thirds[i], 9700, 10300);
}

static void below_one_is_zero(void **state)
{
    (void)state;
    const uint8_t seed[32] = {9};
    struct rng r;
    rng_init(&r, seed);
    assert_int_equal(rng_below(&r, 1), 0);
}

static void keys_differ(void **state)
{
    (void)state;
    const uint8_t seed[32] = {9};
    struct rng r;
    struct siphash_key a, b;
    rng_init(&r, seed);
    rng_key(&r, &a);
    rng_key(&r, &b);
    assert_memory_not_equal(&a, &b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_numbers),
        cmocka_unit_test(numbers_stay_what_they_were),
        cmocka_unit_test(every_bit_of_the_seed_counts),
        cmocka_unit_test(below_is_fair),
        cmocka_unit_test(below_is_fair_for_large_numbers),
        cmocka_unit_test(below_one_is_zero),
        cmocka_unit_test(keys_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
