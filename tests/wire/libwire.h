/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of wire/ share: random numbers of a fixed seed, copies of bytes that end where
 * their allocation ends, so that a sanitizer sees the first byte read beyond them, and sealed
 * segments.
 */
#ifndef TESTS_WIRE_LIBWIRE_H
#define TESTS_WIRE_LIBWIRE_H

#include "base/bytes.h"
#include "base/checksum.h"
#include "bonnet/inspect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static inline uint32_t any_u32(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 16);
}

static inline uint16_t any_u16(uint64_t *state)
{
    return (uint16_t)any_u32(state);
}

static inline uint8_t any_u8(uint64_t *state)
{
    return (uint8_t)any_u32(state);
}

static inline bool any_bool(uint64_t *state)
{
    return any_u32(state) & 1;
}

static inline void any_bytes(uint64_t *state, uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        p[i] = any_u8(state);
}

/* A copy of len bytes with nothing behind it. The caller frees it. */
static inline uint8_t *exactly(const void *p, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    if (len) memcpy(copy, p, len);
    return len ? copy : copy + 1; /* of no bytes not even the first may be read */
}

static inline void give_back(uint8_t *copy, size_t len)
{
    free(len ? copy : copy - 1);
}

/* Makes the checksum at p + at right, for bytes p .. p + len and what is in sum already. */
static inline void seal(uint8_t *p, size_t len, size_t at, uint32_t sum)
{
    put_u16(p + at, 0);
    put_raw16(p + at, checksum_finish(checksum_add(sum, checksum_sum(p, len))));
}

#endif
