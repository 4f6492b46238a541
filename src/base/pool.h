/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stock of equal blocks: what is given back is kept for the next taker, up to a limit.
 *
 * The stock is cached memory: it is charged to the stack, and pool_trim() gives it back. Blocks
 * come from env_alloc one by one, so that a pool never holds a page hostage.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct env;

struct pool {
    void *free;       /* chain through the first word of each block */
    uint32_t block;   /* bytes */
    uint32_t stock_n; /* blocks in the chain */
    uint32_t stock_max;
    uint32_t used_n; /* blocks that somebody has */
};

void pool_init(struct pool *p, size_t block, uint32_t stock_max);

/* A block, not cleared; NULL without memory. */
void *pool_take(struct pool *p, struct env *e);

/* block may be NULL. */
void pool_give(struct pool *p, struct env *e, void *block);

/* Gives the stock back to the allocator. */
void pool_trim(struct pool *p, struct env *e);

#endif
