/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often something may be done that a stranger can make us do: a bucket for a second, filled
 * when the second is over, never with more than the rate and never with less than half of it.
 *
 * The size of each bucket is random, so that counting what comes out of one tells nothing about
 * what others have taken out of it (CVE-2016-5696, RFC 5961 7).
 */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include "base/rng.h"
#include "bonnet/types.h"

/* All zero: full at the first question. */
struct rate {
    uint32_t left;         /* of the present bucket */
    bonnet_time refill_at; /* when the next one is dealt */
};

/* May it be done once more? per_s 0: never. */
static inline bool rate_take(struct rate *r, bonnet_time now, struct rng *rng, uint32_t per_s)
{
    if (now >= r->refill_at) {
        r->refill_at = now + BONNET_S;
        r->left = per_s - rng_below(rng, per_s / 2 + 1);
    }
    if (r->left == 0) return false;
    r->left--;
    return true;
}

#endif
