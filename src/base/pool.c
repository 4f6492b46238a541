/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stock is a chain through the first word of each block that nobody has: it needs no memory of
 * its own, and the block given back last, which is still in the cache, is the first to go out
 * again.
 */
#include "base/pool.h"

#include <string.h>

#include "base/assert.h"
#include "base/env.h"

void pool_init(struct pool *p, size_t block, uint32_t stock_max)
{
    bonnet_assert(block >= sizeof(void *) && block <= UINT32_MAX);
    *p = (struct pool){.block = (uint32_t)block, .stock_max = stock_max};
}

/* Takes the first block of the stock, which is not empty. */
static void *stock_take(struct pool *p)
{
    void *block = p->free;
    memcpy(&p->free, block, sizeof(p->free));
    p->stock_n--;
    return block;
}

void *pool_take(struct pool *p, struct env *e)
{
    void *block = p->free ? stock_take(p) : env_alloc(e, p->block);
    if (block) p->used_n++;
    return block;
}

void pool_give(struct pool *p, struct env *e, void *block)
{
    if (!block) return;
    bonnet_assert(p->used_n > 0);
    p->used_n--;
    if (p->stock_n >= p->stock_max) {
        env_free(e, block, p->block);
        return;
    }
    memcpy(block, &p->free, sizeof(p->free));
    p->free = block;
    p->stock_n++;
}

void pool_trim(struct pool *p, struct env *e)
{
    while (p->free)
        env_free(e, stock_take(p), p->block);
}
