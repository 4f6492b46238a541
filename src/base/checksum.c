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

/* The bytes that fill no lane, n < LANES_BYTES: zeros behind them do not count. */
static inline lanes load_rest(const uint8_t *p, size_t n)
{
    lanes v = {0, 0};
    memcpy(&v, p, n);
    return v;
}

static inline uint32_t fold32(uint64_t sum)
{
    sum = (sum & 0xffffffffu) + (sum >> 32);
    return (uint32_t)sum + (uint32_t)(sum >> 32);
}

uint32_t checksum_sum(const void *data, size_t len)
{
    const uint8_t *p = data;
    lanes even = {0, 0}, odd = {0, 0};
    for (; len >= 4 * LANES_BYTES; len -= 4 * LANES_BYTES, p += 4 * LANES_BYTES) {
        even += halves(load_lanes(p)) + halves(load_lanes(p + 2 * LANES_BYTES));
        odd += halves(load_lanes(p + LANES_BYTES)) + halves(load_lanes(p + 3 * LANES_BYTES));
    }
    for (; len >= LANES_BYTES; len -= LANES_BYTES, p += LANES_BYTES)
        even += halves(load_lanes(p));
    if (len > 0) odd += halves(load_rest(p, len));
    even += odd;
    return checksum_add(fold32(even[0]), fold32(even[1]));
}
