/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SipHash against published values: the key is 00 01 .. 0f and message n is 00 01 .. n-1. Those of
 * 2-4 are the paper's and its reference code's; those of 1-3 are CPython's hash of bytes (key
 * zero), which is the same function.
 */
#include "base/siphash.h"

#include "libbase.h"

static const struct siphash_key counting = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
static const struct siphash_key zero = {{0, 0}};

static const uint64_t sip24[] = {
    0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
    0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
    0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
    0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
};

static void message(uint8_t *m, size_t n)
{
    for (size_t i = 0; i < n; i++)
        m[i] = (uint8_t)i;
}

static void sip24_equals_the_published_values(void **state)
{
    (void)state;
    uint8_t m[16];
    message(m, sizeof(m));
    for (size_t n = 0; n < sizeof(sip24) / sizeof(sip24[0]); n++)
        assert_int_equal(siphash24(&counting, m, n), sip24[n]);
}

static void sip13_equals_the_published_values(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        uint64_t hash;
    } rows[] = {
        {1, 0x68a914128e01e473},
        {5, 0x5abe2169dff36275},
        {8, 0xead411e67ebe2eea},
        {15, 0xf30eb725bb91c9ea},
    };
    uint8_t m[16];
    message(m, sizeof(m));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(siphash13(&zero, m, rows[i].n), rows[i].hash);
}

static void store_le(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static void words_hash_as_their_bytes(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int round = 0; round < 100; round++) {
        struct siphash_key key = {{draw(&seed), draw(&seed)}};
        uint64_t w[5];
        uint8_t m[40];
        for (int i = 0; i < 5; i++) {
            w[i] = draw(&seed);
            store_le(m + 8 * i, w[i]);
        }
        assert_int_equal(siphash13_2(&key, w[0], w[1]), siphash13(&key, m, 16));
        assert_int_equal(siphash13_5(&key, w), siphash13(&key, m, 40));
    }
}

static void alignment_does_not_matter(void **state)
{
    (void)state;
    uint8_t m[40];
    for (size_t shift = 0; shift < 8; shift++) {
        message(m + shift, 15);
        assert_int_equal(siphash24(&counting, m + shift, 15), sip24[15]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sip24_equals_the_published_values),
        cmocka_unit_test(sip13_equals_the_published_values),
        cmocka_unit_test(words_hash_as_their_bytes),
        cmocka_unit_test(alignment_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
