/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chance from a seed: SplitMix64 (Steele, Lea, Flood, 2014).
 */
#ifndef LAB_CHANCE_H
#define LAB_CHANCE_H

#include <stdint.h>

/* A number in which each bit depends on all of x. */
static inline uint64_t lab_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* The next one of a sequence. */
static inline uint64_t lab_random(uint64_t *state)
{
    return lab_mix(*state += 0x9e3779b97f4a7c15u);
}

#endif
