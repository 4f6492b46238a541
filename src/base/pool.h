/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stock of equal blocks: what is given back is kept for the next taker, up to a limit.
 *
 * The stock is cached memory: it is charged to the stack, and pool_trim() gives it back. Blocks
 * come from env_alloc_kept one by one, so that a pool never holds a page hostage.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"

struct env;

struct pool {
    void *free;       /* chain through the first word of each block */
    uint32_t block;   /* bytes */
    uint32_t stock_n; /* blocks in the chain */
    uint32_t stock_max;
    uint32_t used_n; /* blocks that somebody has */
};

void pool_init(struct pool *p, size_t block, uint32_t stock_max);

/* A block that is not in the stock; and one for which the stock has no room. */
void *pool_take_new(struct pool *p, struct env *e);
void pool_give_back(struct pool *p, struct env *e, void *block);

/* Takes the first block of the stock; NULL if it is empty. */
static inline void *pool_take_stock(struct pool *p)
{
    void *block = p->free;
    if (!block) return NULL;
    memcpy(&p->free, block, sizeof(p->free));
    p->stock_n--;
    return block;
}

/* A block, not cleared; NULL without memory. */
static inline void *pool_take(struct pool *p, struct env *e)
{
    void *block = pool_take_stock(p);
    if (!block) return pool_take_new(p, e);
    p->used_n++;
    return block;
}

/* block may be NULL. */
static inline void pool_give(struct pool *p, struct env *e, void *block)
{
    if (!block || p->stock_n >= p->stock_max) {
        pool_give_back(p, e, block);
        return;
    }
    bonnet_assert(p->used_n > 0);
    p->used_n--;
    memcpy(block, &p->free, sizeof(p->free));
    p->free = block;
    p->stock_n++;
}

/* Gives the stock back to the allocator. */
void pool_trim(struct pool *p, struct env *e);

#endif
