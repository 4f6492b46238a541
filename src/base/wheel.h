/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hierarchical timing wheel (Varghese, Lauck 1987): arm, cancel and fire in O(1), however many
 * timers.
 *
 * Exact to the nanosecond: a node keeps its instant, and within the present slot of the lowest
 * level only nodes that are due fire, in the order of their instants (and of arming, when equal).
 * Slots of the lowest level are 2^16 ns (66 us) wide, each level has 64 slots and is 64 times as
 * coarse; eight levels are all 64 bits of an instant. wheel_deadline() is exact when the next node
 * is in the present slot of level 0 or shares its slot with few others; otherwise it may be the
 * beginning of the slot that holds it: never later than the node.
 */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include "bonnet/types.h"

#define WHEEL_LEVELS 8
#define WHEEL_SLOTS  64

struct wheel_node {
    struct wheel_node *next;
    struct wheel_node **at_prev; /* the pointer that points here; NULL: not armed */
    bonnet_time at;              /* ns; meaningful while armed */
};

struct wheel {
    bonnet_time now;             /* how far it has turned */
    uint64_t used[WHEEL_LEVELS]; /* bit per slot that holds a node */
    struct wheel_node *slot[WHEEL_LEVELS][WHEEL_SLOTS];
    struct wheel_node **tail; /* the NULL that ends the present slot of level 0 */
    uint32_t armed_n;
    uint64_t armed, fired, cancelled; /* totals: armed = fired + cancelled + armed_n */
};

void wheel_init(struct wheel *w, bonnet_time now);

static inline bool wheel_is_armed(const struct wheel_node *n)
{
    return n->at_prev != NULL;
}

/* Arms n for the instant at (one that has passed fires at the next wheel_next). Re-arms if armed.
 */
void wheel_arm(struct wheel *w, struct wheel_node *n, bonnet_time at);

/* Disarms; harmless if not armed. */
void wheel_cancel(struct wheel *w, struct wheel_node *n);

/* Takes the earliest node that is due at or before now off the wheel, or returns NULL when none is
 * left and the wheel's time is now. The caller loops, and may arm and cancel between calls; nodes
 * armed for instants <= now while it loops are returned too. */
struct wheel_node *wheel_next(struct wheel *w, bonnet_time now);

/* BONNET_NEVER if nothing is armed. */
bonnet_time wheel_deadline(const struct wheel *w);

#endif
