/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sorted set of disjoint, non-touching ranges of stream offsets, bounded in number.
 *
 * It remembers which bytes beyond the gap are here (receiver) and, later, which are SACKed
 * (sender). The array is allocated when the first range comes and freed with the last: an empty set
 * costs 16 bytes. Search is binary; insertion moves at most ranges_max entries.
 */
#ifndef BASE_RANGES_H
#define BASE_RANGES_H

#include <stdbool.h>
#include <stdint.h>

struct env;

struct range {
    uint32_t from; /* first offset; on the circle, relative to the set's user */
    uint32_t to;   /* offset after the last */
};

struct ranges {
    struct range *r; /* NULL when empty */
    uint16_t n;
    uint16_t room;  /* entries allocated */
    uint32_t bytes; /* sum of lengths */
};

void ranges_init(struct ranges *s);
void ranges_clear(struct ranges *s, struct env *e);

/* Adds [from, to), merging what it touches. Offsets are circular: all of a set, and from and to,
 * lie within 2^31 of each other. 0; -ENOSPC: it would be range number max + 1; -ENOMEM. *added (may
 * be NULL) gets the number of bytes that were not in the set before. */
int ranges_add(struct ranges *s, struct env *e, struct range x, uint16_t max, uint32_t *added);

/* Removes everything before offset. */
void ranges_cut(struct ranges *s, struct env *e, uint32_t offset);

/* The range that holds or begins at offset, or NULL. */
const struct range *ranges_at(const struct ranges *s, uint32_t offset);

/* Is any byte / every byte of [from, to) in the set? */
bool ranges_meets(const struct ranges *s, struct range x);
bool ranges_covers(const struct ranges *s, struct range x);

#endif
