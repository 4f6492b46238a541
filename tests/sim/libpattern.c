/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pattern of libpattern.h: byte i is byte i mod 8 of a mix of the key and i / 8.
 */
#include "libpattern.h"
#include "librandom.h"

#include <string.h>

static uint64_t add_endpoint(uint64_t key, const struct bonnet_endpoint *e)
{
    uint64_t half;
    memcpy(&half, e->addr.b + 8, sizeof half);
    return random_mix(random_mix(key + half) + e->port);
}

uint64_t pattern_key(const struct bonnet_endpoint *from, const struct bonnet_endpoint *to)
{
    return add_endpoint(add_endpoint(1, from), to);
}

static uint8_t byte_at(uint64_t word, uint64_t i)
{
    return (uint8_t)(word >> (8 * (i % 8)));
}

void pattern_fill(uint64_t key, uint64_t offset, void *buf, size_t len)
{
    uint8_t *p = buf;
    uint64_t word = random_mix(key + offset / 8);
    for (size_t i = 0; i < len; i++, offset++) {
        if (offset % 8 == 0) word = random_mix(key + offset / 8);
        p[i] = byte_at(word, offset);
    }
}

size_t pattern_matches(uint64_t key, uint64_t offset, const void *buf, size_t len)
{
    const uint8_t *p = buf;
    uint64_t word = random_mix(key + offset / 8);
    for (size_t i = 0; i < len; i++, offset++) {
        if (offset % 8 == 0) word = random_mix(key + offset / 8);
        if (p[i] != byte_at(word, offset)) return i;
    }
    return len;
}
