/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The portable checksum against a loop over 16-bit words: every short length at every alignment,
 * around the width of its vectors, and on the bytes that carry most.
 */
#include "base/checksum.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "libbase.h"

static uint16_t naive(const uint8_t *p, size_t len)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < len; i += 2) {
        const uint8_t two[2] = {p[i], i + 1 < len ? p[i + 1] : 0};
        sum += get_raw16(two);
    }
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* The bytes end where the allocation ends, so that a sanitizer sees a load beyond them. */
static void compare(const uint8_t *bytes, size_t shift, size_t len)
{
    uint8_t *copy = malloc(shift + len + !(shift + len));
    assert_non_null(copy);
    memcpy(copy + shift, bytes, len);
    assert_int_equal(checksum_fold(checksum_sum(copy + shift, len)), naive(bytes, len));
    free(copy);
}

static void equals_the_definition(void **state)
{
    (void)state;
    static uint8_t bytes[70000];
    uint64_t seed = 3;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(draw(&seed) >> 56);
    for (size_t len = 0; len < 300; len++)
        for (size_t shift = 0; shift < 16; shift++)
            compare(bytes + len, shift, len);
    for (size_t len = 1440; len < 1530; len++)
        compare(bytes, len % 8, len);
    compare(bytes, 1, 65535);
    compare(bytes, 2, sizeof(bytes));
}

static void carries_come_round(void **state)
{
    (void)state;
    static uint8_t ones[70000];
    memset(ones, 0xff, sizeof(ones));
    for (size_t len = 0; len < 200; len++)
        compare(ones, len % 4, len);
    compare(ones, 0, sizeof(ones));
}

/* RFC 1071, 3: 00 01 f2 03 f4 f5 f6 f7 sums to ddf2. */
static void rfc_1071_example(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    uint8_t stored[2];
    put_raw16(stored, checksum_fold(checksum_sum(bytes, sizeof(bytes))));
    assert_int_equal(get_u16(stored), 0xddf2);
    put_raw16(stored, checksum_finish(checksum_sum(bytes, sizeof(bytes))));
    assert_int_equal(get_u16(stored), 0x220d);
}

static void only_zeros_sum_to_zero(void **state)
{
    (void)state;
    uint8_t bytes[80] = {0};
    assert_int_equal(checksum_fold(checksum_sum(bytes, sizeof(bytes))), 0);
    memset(bytes, 0xff, 2);
    assert_int_equal(checksum_fold(checksum_sum(bytes, sizeof(bytes))), 0xffff);
}

static void parts_add_up_at_any_cut(void **state)
{
    (void)state;
    uint8_t bytes[101];
    uint64_t seed = 5;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)draw(&seed);
    for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
        uint32_t head = checksum_sum(bytes, cut);
        uint32_t tail = checksum_sum(bytes + cut, sizeof(bytes) - cut);
        if (cut % 2) tail = checksum_swap(tail);
        assert_int_equal(checksum_fold(checksum_add(head, tail)), naive(bytes, sizeof(bytes)));
    }
}

static void add_keeps_the_carry(void **state)
{
    (void)state;
    assert_int_equal(checksum_fold(checksum_add(0xffffffff, 0xffffffff)), 0xffff);
    assert_int_equal(checksum_add(0xffffffff, 2), 2);
    assert_int_equal(checksum_fold(0xffffffff), 0xffff);
    assert_int_equal(checksum_fold(0x0001ffff), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_definition),   cmocka_unit_test(carries_come_round),
        cmocka_unit_test(rfc_1071_example),        cmocka_unit_test(only_zeros_sum_to_zero),
        cmocka_unit_test(parts_add_up_at_any_cut), cmocka_unit_test(add_keeps_the_carry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
