/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one source of chance of a simulated world: SplitMix64.
 */
#ifndef BONNET_TESTS_SIM_LIBRANDOM_H
#define BONNET_TESTS_SIM_LIBRANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline uint64_t random_next(struct random *r)
{
    return random_mix(r->state += 0x9e3779b97f4a7c15u);
}

/* From 0 to n - 1; n is not 0. */
static inline uint64_t random_below(struct random *r, uint64_t n)
{
    return random_next(r) % n;
}

/* From min to max, both included. */
static inline uint64_t random_between(struct random *r, uint64_t min, uint64_t max)
{
    return min + random_below(r, max - min + 1);
}

static inline bool random_chance(struct random *r, unsigned percent)
{
    return random_below(r, 100) < percent;
}

/* A size of any order of magnitude up to max, small ones as often as large ones. */
static inline uint64_t random_size(struct random *r, uint64_t max)
{
    unsigned bits = 0;
    while (max >> bits)
        bits++;
    uint64_t ceiling = (uint64_t)1 << random_below(r, bits + 1);
    return random_below(r, (ceiling < max ? ceiling : max) + 1);
}

#endif
