/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stream's bytes: one table, filled once from a small generator, read at position mod the
 * period.
 */
#include "pattern.h"

#include <string.h>

#define PERIOD 65521 /* the largest prime below 2^16: coprime to every segment size */
#define EDGE   8

static unsigned char table[PERIOD + PATTERN_CHUNK_MAX];

/* xorshift64*: any sequence without a short period serves. */
void pattern_init(void)
{
    uint64_t x = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < PERIOD; i++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        table[i] = (unsigned char)((x * 0x2545f4914f6cdd1du) >> 56);
    }
    for (size_t i = PERIOD; i < sizeof table; i++)
        table[i] = table[i - PERIOD];
}

const unsigned char *pattern_at(uint64_t position)
{
    return table + position % PERIOD;
}

bool pattern_is(uint64_t position, const void *bytes, size_t n)
{
    return n <= PATTERN_CHUNK_MAX && memcmp(pattern_at(position), bytes, n) == 0;
}

bool pattern_has_edges(uint64_t position, const void *bytes, size_t n)
{
    if (n <= 2 * EDGE) return pattern_is(position, bytes, n);
    const unsigned char *last = (const unsigned char *)bytes + n - EDGE;
    return pattern_is(position, bytes, EDGE) && pattern_is(position + n - EDGE, last, EDGE);
}
