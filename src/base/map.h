/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An intrusive hash table of chains that grows and shrinks a few chains at a time.
 *
 * The caller hashes (with a key: see siphash.h) and compares; a node costs 16 bytes and a slot 8.
 * While the table is being resized, two arrays exist and each insertion or removal moves a few
 * chains: no call does unbounded work, and when memory is refused the table goes on, fuller. An
 * empty map holds no memory.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdint.h>

struct env;

struct map_node {
    struct map_node *next;
    uint32_t hash;
    uint32_t tag; /* the owner's; the table does not look at it */
};

struct map {
    struct map_node **slot[2]; /* [1]: while a resize is under way, the array being left */
    uint32_t mask[2];          /* slots - 1 */
    uint32_t moved;            /* chains of slot[1] that have moved to slot[0] */
    uint32_t n;                /* nodes */
};

void map_init(struct map *m);

/* Gives the arrays back. The nodes stay the caller's. */
void map_fini(struct map *m, struct env *e);

/* Adds node under hash. 0, or -ENOMEM: only when the first array could not be had. */
int map_add(struct map *m, struct env *e, struct map_node *node, uint32_t hash);

/* Removes a node that is in the map. Frees the arrays with the last one. */
void map_remove(struct map *m, struct env *e, struct map_node *node);

/* Puts node, which is in no map, in the place of old, under its hash. */
void map_replace(struct map *m, struct map_node *old, struct map_node *node);

/* The first node whose hash is hash, and the next one after node; NULL at the end. */
struct map_node *map_first(const struct map *m, uint32_t hash);
struct map_node *map_next(const struct map_node *node);

/* Walks all nodes: *cursor begins at 0 and is opaque; NULL at the end. Exact while nothing changes,
 * and safe whatever changes between calls. */
struct map_node *map_walk(const struct map *m, uint64_t *cursor);

#endif
