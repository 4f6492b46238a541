/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generator: number i is SipHash-2-4 of i.
 *
 * The 32 bytes of the seed are two halves: one keys the hash of the other, twice, and the two
 * results are the generator's key. So each bit of the seed counts, and no key that is handed out
 * tells another.
 */
#include "base/rng.h"

#include <string.h>

#include "base/assert.h"

static uint64_t hash_half(const struct siphash_key *key, const uint8_t *half, uint8_t which)
{
    uint8_t message[17];
    memcpy(message, half, 16);
    message[16] = which;
    return siphash24(key, message, sizeof(message));
}

static uint64_t load_le64(const uint8_t *p)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

void rng_init(struct rng *r, const uint8_t seed[32])
{
    const struct siphash_key first = {{load_le64(seed), load_le64(seed + 8)}};
    r->key.k[0] = hash_half(&first, seed + 16, 0);
    r->key.k[1] = hash_half(&first, seed + 16, 1);
    r->counter = 0;
}

uint64_t rng_u64(struct rng *r)
{
    uint8_t message[8];
    for (unsigned i = 0; i < 8; i++)
        message[i] = (uint8_t)(r->counter >> (8 * i));
    r->counter++;
    return siphash24(&r->key, message, sizeof(message));
}

uint32_t rng_u32(struct rng *r)
{
    return (uint32_t)(rng_u64(r) >> 32);
}

/* The high half of a 32 x 32 product is uniform once the few low halves that would favour some
 * results are drawn again (Lemire, "Fast random integer generation in an interval", 2019). */
uint32_t rng_below(struct rng *r, uint32_t n)
{
    bonnet_assert(n > 0);
    const uint32_t unfair = (0u - n) % n;
    uint64_t product;
    do {
        product = (uint64_t)rng_u32(r) * n;
    } while ((uint32_t)product < unfair);
    return (uint32_t)(product >> 32);
}

void rng_key(struct rng *r, struct siphash_key *out)
{
    out->k[0] = rng_u64(r);
    out->k[1] = rng_u64(r);
}
