/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071), summed over 16-bit words in native memory order, so that a
 * result is stored with memcpy and no byte is swapped. Partial sums are 32 bits wide and not
 * negated; the sum of a part that begins at an odd offset goes through checksum_swap before it is
 * added.
 */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Sum of len bytes at p; an odd last byte counts as if a zero byte followed it. Folded to 32 bits
 * or fewer. This is the portable bonnet_checksum_fn. */
uint32_t checksum_sum(const void *p, size_t len);

/* a + b with end-around carry. */
static inline uint32_t checksum_add(uint32_t a, uint32_t b)
{
    uint64_t s = (uint64_t)a + b;
    return (uint32_t)s + (uint32_t)(s >> 32);
}

static inline uint16_t checksum_fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* The value to store: complement of the folded sum. */
static inline uint16_t checksum_finish(uint32_t sum)
{
    return (uint16_t)~checksum_fold(sum);
}

/* The sum of a part as seen from an odd offset: the bytes change places. */
static inline uint32_t checksum_swap(uint32_t sum)
{
    uint16_t f = checksum_fold(sum);
    return (uint32_t)((f << 8 | f >> 8) & 0xffff);
}

#endif
