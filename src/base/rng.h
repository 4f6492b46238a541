/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All randomness of a stack, drawn from its seed. SipHash-2-4 in counter mode under a key made from
 * the 32 bytes of the seed: unpredictable without the seed, repeatable with it.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include "base/siphash.h"
#include <stdint.h>

struct rng {
    struct siphash_key key;
    uint64_t counter;
};

/* Seeds from 32 bytes. */
void rng_init(struct rng *r, const uint8_t seed[32]);

uint64_t rng_u64(struct rng *r);
uint32_t rng_u32(struct rng *r);

/* Uniform in 0 .. n-1; n > 0. */
uint32_t rng_below(struct rng *r, uint32_t n);

/* A key of its own, for a use that shares nothing with others. */
void rng_key(struct rng *r, struct siphash_key *out);

#endif
