/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to a frame on an emulated link, by chance.
 *
 * Decides: whether frame n of a direction is lost, doubled, damaged, early, and how much later or
 * earlier than the mean it arrives. Leaves to lane.c: doing it.
 *
 * Chance is a function and not a stream that is used up: SplitMix64 (Steele, Lea, Flood: Fast
 * Splittable Pseudorandom Number Generators, 2014) is a counter and a mixer, so that its n-th
 * number can be had without the ones before. Every question has a sequence of its own and is
 * answered for frame n by the n-th number of it. Hence the invariant that makes experiments
 * comparable: switching a fault on or off, or losing a frame, changes nothing about the other
 * faults of the same seed.
 *
 * Losses that come in bursts are a Markov chain of two states (Gilbert: Capacity of a Burst-Noise
 * Channel, 1960): in the good one nothing is lost, in the bad one everything. Bursts end with
 * probability r = 1/burst, so that their mean length is as asked for; they begin with
 * p = loss * r / (1 - loss), so that the share of the bad state is loss. Where that p would exceed
 * 1, it is 1, and r gives way: the share of losses is kept, the bursts are longer.
 */
#include "lane.h"

#define GOLDEN_GAMMA 0x9e3779b97f4a7c15u

/* SplitMix64's mixer: Stafford's variant 13. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void lane_chances_init(struct lane_chances *c, uint64_t seed, unsigned direction)
{
    uint64_t own = mix(mix(seed + GOLDEN_GAMMA) + (direction + 1) * GOLDEN_GAMMA);
    for (unsigned i = 0; i < LANE_CHANCES; i++)
        c->base[i] = mix(own + (i + 1) * GOLDEN_GAMMA);
    c->frame = 0;
    c->in_burst = false;
}

static uint64_t number(const struct lane_chances *c, enum lane_chance what)
{
    return mix(c->base[what] + (c->frame + 1) * GOLDEN_GAMMA);
}

/* Uniform in [0, 1), with the 53 bits that a double holds. */
static double fraction(const struct lane_chances *c, enum lane_chance what)
{
    return (double)(number(c, what) >> 11) * 0x1p-53;
}

static bool happens(const struct lane_chances *c, enum lane_chance what, double probability)
{
    return probability > 0 && fraction(c, what) < probability;
}

static bool is_lost(struct lane_chances *c, double loss, double burst)
{
    if (loss <= 0) return false;
    if (burst <= 1 || loss >= 1) return happens(c, LANE_LOSS, loss);
    if (c->frame == 0) {
        c->in_burst = happens(c, LANE_LOSS_START, loss);
        return c->in_burst;
    }
    double ends = 1 / burst, begins = loss * ends / (1 - loss);
    if (begins > 1) {
        begins = 1;
        ends = (1 - loss) / loss;
    }
    c->in_burst = c->in_burst ? !happens(c, LANE_LOSS, ends) : happens(c, LANE_LOSS, begins);
    return c->in_burst;
}

struct lane_fate lane_chances_next(struct lane_chances *c, const struct bonnet_link_config *config)
{
    struct lane_fate fate = {
        .lost = is_lost(c, config->loss, config->loss_burst),
        .duplicated = happens(c, LANE_DUPLICATE, config->duplicate),
        .corrupted = happens(c, LANE_CORRUPT, config->corrupt),
        .overtakes = happens(c, LANE_REORDER, config->reorder),
        .bit = config->corrupt > 0 ? number(c, LANE_CORRUPT_BIT) : 0,
        .jitter = config->jitter > 0 ? 2 * fraction(c, LANE_JITTER) - 1 : 0,
        .early = config->reorder_by > 0 ? fraction(c, LANE_EARLY) : 0,
    };
    c->frame++;
    return fate;
}
