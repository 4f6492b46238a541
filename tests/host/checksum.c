/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each variant of the checksum against a loop over 16-bit words, at every short length and
 * alignment, at the lengths around its vectors, on random bytes and on those that carry most. The
 * variants are the file's own business, so the file is included here, with its door under another
 * name than that of the library.
 */
#define bonnet_host_checksum chosen_checksum
#include "../../host/checksum.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BIG 70000

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* The contract, word by word. */
static uint16_t plain(const unsigned char *p, size_t len)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < len; i += 2) {
        unsigned char two[2] = {p[i], i + 1 < len ? p[i + 1] : 0};
        uint16_t word;
        memcpy(&word, two, 2);
        sum += word;
    }
    return fold(sum);
}

struct variant {
    const char *name;
    bonnet_checksum_fn sum;
    bool here; /* this processor has it */
};

static size_t variants(struct variant *v)
{
    size_t n = 0;
    v[n++] = (struct variant){"portable", checksum_portable, true};
#if CHECKSUM_X86
    __builtin_cpu_init();
    v[n++] = (struct variant){"sse2", checksum_sse2, __builtin_cpu_supports("sse2")};
    v[n++] = (struct variant){"avx2", checksum_avx2, __builtin_cpu_supports("avx2")};
    v[n++] = (struct variant){"avx512", checksum_avx512, __builtin_cpu_supports("avx512bw")};
#endif
    v[n++] = (struct variant){"chosen", bonnet_host_checksum(), true};
    return n;
}

/* The bytes end where the allocation ends, so that a sanitizer sees a load beyond them. */
static void compare(const unsigned char *bytes, size_t align, size_t len)
{
    struct variant v[8];
    size_t n = variants(v);
    unsigned char *block = malloc(align + len + 1);
    assert_non_null(block);
    unsigned char *exact = realloc(block, align + len ? align + len : 1);
    assert_non_null(exact);
    memcpy(exact + align, bytes, len);
    uint16_t want = plain(exact + align, len);
    for (size_t i = 0; i < n; i++) {
        if (!v[i].here) continue;
        uint16_t got = fold(v[i].sum(exact + align, len));
        if (got != want)
            fail_msg("%s: %zu bytes at %zu: %04x, not %04x", v[i].name, len, align, got, want);
    }
    free(exact);
}

static unsigned char *random_bytes(size_t len)
{
    unsigned char *p = malloc(len);
    assert_non_null(p);
    uint64_t x = 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < len; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        p[i] = (unsigned char)(x >> 56);
    }
    return p;
}

static void every_short_length_at_every_alignment(void **state)
{
    (void)state;
    unsigned char *bytes = random_bytes(BIG);
    for (size_t len = 0; len <= 300; len++)
        for (size_t align = 0; align < 64; align++)
            compare(bytes + align, align, len);
    free(bytes);
}

static void big_ones(void **state)
{
    (void)state;
    unsigned char *bytes = random_bytes(BIG);
    static const size_t around[] = {1448, 1460, 1500, 4096, 8948, 9000, 65535, 65536, BIG - 8};
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++)
        for (size_t d = 0; d < 8; d++)
            compare(bytes, d, around[i] + d);
    free(bytes);
}

/* Words of 0xffff carry out of every lane; the sum is "minus zero" and must not become zero. */
static void all_ones_carry_and_stay_apart_from_zero(void **state)
{
    (void)state;
    unsigned char *bytes = malloc(BIG);
    assert_non_null(bytes);
    struct variant v[8];
    size_t n = variants(v);
    for (size_t len = 2; len < BIG; len = len * 2 + 2) {
        memset(bytes, 0xff, BIG);
        compare(bytes, 1, len);
        for (size_t i = 0; i < n; i++)
            if (v[i].here) assert_int_equal(fold(v[i].sum(bytes, len)), 0xffff);
        memset(bytes, 0, BIG);
        for (size_t i = 0; i < n; i++)
            if (v[i].here) assert_int_equal(v[i].sum(bytes, len), 0);
    }
    free(bytes);
}

/* RFC 1071 section 3: 0001 f203 f4f5 f6f7 sums to ddf2. */
static void example_of_the_rfc(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    static const unsigned char sum[] = {0xdd, 0xf2};
    uint16_t got = fold(bonnet_host_checksum()(bytes, sizeof bytes));
    assert_memory_equal(&got, sum, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_short_length_at_every_alignment),
        cmocka_unit_test(big_ones),
        cmocka_unit_test(all_ones_carry_and_stay_apart_from_zero),
        cmocka_unit_test(example_of_the_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
