/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071), portable and quick.
 *
 * 2^16 is 1 modulo 0xffff, so is 2^32: words of any multiple of 16 bits may be summed instead of
 * 16-bit ones, in any order, and folded at the end. Here 64-bit lanes take 32-bit halves, which
 * cannot overflow below 2^32 rounds; lanes are GCC's vectors, which become SSE2, NEON or plain
 * words. A sum that is not zero never folds to zero: carries come round the end and are not lost.
 */
#include "base/checksum.h"

#include <string.h>

typedef uint64_t lanes __attribute__((vector_size(16)));

#define LANES_BYTES sizeof(lanes)

static inline lanes load_lanes(const uint8_t *p)
{
    lanes v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* Both 32-bit halves of each lane. */
static inline lanes halves(lanes v)
{
    return (v & 0xffffffffu) + (v >> 32);
}

/* The bytes that fill no lane, n < LANES_BYTES: zeros behind the last do not count. */
static inline uint32_t sum_rest(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (; n >= 4; n -= 4, p += 4) {
        uint32_t v;
        memcpy(&v, p, sizeof(v));
        sum = checksum_add(sum, v);
    }
    uint8_t last[4] = {0};
    for (size_t i = 0; i < n; i++)
        last[i] = p[i];
    uint32_t v;
    memcpy(&v, last, sizeof(v));
    return checksum_add(sum, v);
}

static inline uint32_t fold32(uint64_t sum)
{
    sum = (sum & 0xffffffffu) + (sum >> 32);
    return (uint32_t)sum + (uint32_t)(sum >> 32);
}

uint32_t checksum_sum(const void *p, size_t len)
{
    const uint8_t *at = p;
    lanes even = {0, 0}, odd = {0, 0};
    for (; len >= 4 * LANES_BYTES; len -= 4 * LANES_BYTES, at += 4 * LANES_BYTES) {
        even += halves(load_lanes(at)) + halves(load_lanes(at + 2 * LANES_BYTES));
        odd += halves(load_lanes(at + LANES_BYTES)) + halves(load_lanes(at + 3 * LANES_BYTES));
    }
    for (; len >= LANES_BYTES; len -= LANES_BYTES, at += LANES_BYTES)
        even += halves(load_lanes(at));
    even += odd;
    return checksum_add(checksum_add(fold32(even[0]), fold32(even[1])), sum_rest(at, len));
}
