/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a node is follows from its hash, also in the middle of a resize: in slot[1] if the chain it
 * has there has not moved yet, otherwise in slot[0]. Nodes of one hash are thus always in one
 * chain.
 *
 * The table doubles when there are two nodes per slot and halves when there is less than one in
 * two, so that a node's part of it is four to sixteen bytes. Each call then moves MOVE_N chains, in
 * the order of their numbers: a resize is over long before the next can be wanted, which waits for
 * it anyway. A slot of the new array is written for the first time when the chain with its number
 * moves, so that an array need not be cleared at once: there is no pause, however large the table.
 */
#include "base/map.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/env.h"

#define SLOTS_MIN 8u
#define SLOTS_MAX (1u << 28)
#define MOVE_N    8u

/* A cursor of map_walk: 40 bits of slot, 24 of place in the chain. */
#define PLACE_BITS 24

static struct map_node **new_slots(struct env *e, uint64_t n)
{
    return env_alloc(e, (size_t)n * sizeof(struct map_node *));
}

static void free_slots(struct map *m, struct env *e, unsigned which)
{
    if (!m->slot[which]) return;
    env_free(e, m->slot[which], ((size_t)m->mask[which] + 1) * sizeof(struct map_node *));
    m->slot[which] = NULL;
    m->mask[which] = 0;
}

void map_init(struct map *m)
{
    memset(m, 0, sizeof(*m));
}

void map_fini(struct map *m, struct env *e)
{
    free_slots(m, e, 0);
    free_slots(m, e, 1);
    map_init(m);
}

/* The chain of a hash; the map has an array. */
static inline struct map_node **chain_of(const struct map *m, uint32_t hash)
{
    if (m->slot[1] && (hash & m->mask[1]) >= m->moved) return &m->slot[1][hash & m->mask[1]];
    return &m->slot[0][hash & m->mask[0]];
}

/* Moves chain number m->moved out of the old array. */
static void move_chain(struct map *m)
{
    uint32_t number = m->moved;
    struct map_node *node = m->slot[1][number];

    /* The first writing of the slots it goes to: one and its twin when growing; when shrinking the
     * upper half of the old chains joins what the lower half has begun. */
    if (number <= m->mask[0]) m->slot[0][number] = NULL;
    if (m->mask[0] > m->mask[1]) m->slot[0][number + m->mask[1] + 1] = NULL;

    m->moved++;
    while (node) {
        struct map_node *next = node->next;
        struct map_node **to = &m->slot[0][node->hash & m->mask[0]];
        node->next = *to;
        *to = node;
        node = next;
    }
}

static void move_some(struct map *m, struct env *e)
{
    for (unsigned i = 0; i < MOVE_N && m->slot[1]; i++) {
        move_chain(m);
        if (m->moved > m->mask[1]) free_slots(m, e, 1);
    }
}

/* Begins a resize to n slots, if there is memory for it. */
static void resize(struct map *m, struct env *e, uint32_t n)
{
    struct map_node **slots = new_slots(e, n);
    if (!slots) return;
    m->slot[1] = m->slot[0];
    m->mask[1] = m->mask[0];
    m->slot[0] = slots;
    m->mask[0] = n - 1;
    m->moved = 0;
}

int map_add(struct map *m, struct env *e, struct map_node *node, uint32_t hash)
{
    if (!m->slot[0]) {
        m->slot[0] = new_slots(e, SLOTS_MIN);
        if (!m->slot[0]) return -ENOMEM;
        memset(m->slot[0], 0, SLOTS_MIN * sizeof(struct map_node *));
        m->mask[0] = SLOTS_MIN - 1;
    }
    struct map_node **chain = chain_of(m, hash);
    node->hash = hash;
    node->next = *chain;
    *chain = node;
    m->n++;

    if (!m->slot[1] && m->n / 2 > m->mask[0] && m->mask[0] + 1 < SLOTS_MAX)
        resize(m, e, 2 * (m->mask[0] + 1));
    move_some(m, e);
    return 0;
}

/* The pointer that points to a node of the map. */
static inline struct map_node **link_of(const struct map *m, const struct map_node *node)
{
    bonnet_assert(m->n > 0);
    struct map_node **link = chain_of(m, node->hash);
    while (*link && *link != node)
        link = &(*link)->next;
    bonnet_assert(*link == node);
    return link;
}

void map_replace(struct map *m, struct map_node *old, struct map_node *node)
{
    struct map_node **link = link_of(m, old);
    node->hash = old->hash;
    node->next = old->next;
    *link = node;
    old->next = NULL;
}

void map_remove(struct map *m, struct env *e, struct map_node *node)
{
    struct map_node **link = link_of(m, node);
    *link = node->next;
    node->next = NULL;
    m->n--;

    if (m->n == 0) {
        map_fini(m, e);
        return;
    }
    if (!m->slot[1] && m->n < (m->mask[0] + 1) / 2 && m->mask[0] + 1 > SLOTS_MIN)
        resize(m, e, (m->mask[0] + 1) / 2);
    move_some(m, e);
}

static struct map_node *with_hash(struct map_node *node, uint32_t hash)
{
    while (node && node->hash != hash)
        node = node->next;
    return node;
}

struct map_node *map_first(const struct map *m, uint32_t hash)
{
    return m->slot[0] ? with_hash(*chain_of(m, hash), hash) : NULL;
}

struct map_node *map_next(const struct map_node *node)
{
    return with_hash(node->next, node->hash);
}

/* The chain with this number, counted over both arrays; a slot that has no meaning now is empty. */
static struct map_node *chain_at(const struct map *m, uint64_t number)
{
    if (number <= m->mask[0]) {
        bool written = !m->slot[1] || (number & m->mask[1]) < m->moved;
        return written ? m->slot[0][number] : NULL;
    }
    number -= (uint64_t)m->mask[0] + 1;
    return number >= m->moved ? m->slot[1][number] : NULL;
}

static uint64_t chains_n(const struct map *m)
{
    uint64_t n = m->slot[0] ? (uint64_t)m->mask[0] + 1 : 0;
    return m->slot[1] ? n + m->mask[1] + 1 : n;
}

struct map_node *map_walk(const struct map *m, uint64_t *cursor)
{
    uint64_t number = *cursor >> PLACE_BITS;
    uint64_t place = *cursor & ((1u << PLACE_BITS) - 1);
    for (; number < chains_n(m); number++, place = 0) {
        struct map_node *node = chain_at(m, number);
        for (uint64_t i = 0; node && i < place; i++)
            node = node->next;
        if (!node) continue;
        *cursor = number << PLACE_BITS | (place + 1);
        return node;
    }
    *cursor = number << PLACE_BITS;
    return NULL;
}
