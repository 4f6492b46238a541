/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers in network byte order at any alignment. No struct is ever laid over bytes of a packet.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdint.h>
#include <string.h>

/* One load or store and one swap: written as single bytes, several numbers in a row tempt compilers
 * into gathering those bytes one by one. */
static inline uint16_t swap_u16(uint16_t v)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap16(v) : v;
}

static inline uint32_t swap_u32(uint32_t v)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap32(v) : v;
}

static inline uint64_t swap_u64(uint64_t v)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(v) : v;
}

static inline uint16_t get_u16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof(v));
    return swap_u16(v);
}

static inline uint32_t get_u32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return swap_u32(v);
}

static inline void put_u16(uint8_t *p, uint16_t v)
{
    v = swap_u16(v);
    memcpy(p, &v, sizeof(v));
}

static inline void put_u32(uint8_t *p, uint32_t v)
{
    v = swap_u32(v);
    memcpy(p, &v, sizeof(v));
}

static inline void put_u64(uint8_t *p, uint64_t v)
{
    v = swap_u64(v);
    memcpy(p, &v, sizeof(v));
}

/* A 16-bit checksum lies in memory as it was summed: no swap (see checksum.h). */
static inline uint16_t get_raw16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static inline void put_raw16(uint8_t *p, uint16_t v)
{
    memcpy(p, &v, sizeof(v));
}

#endif
