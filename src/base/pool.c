/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stock is a chain through the first word of each block that nobody has: it needs no memory of
 * its own, and the block given back last, which is still in the cache, is the first to go out
 * again.
 */
#include "base/pool.h"

#include "base/assert.h"
#include "base/env.h"

void pool_init(struct pool *p, size_t block, uint32_t stock_max)
{
    bonnet_assert(block >= sizeof(void *) && block <= UINT32_MAX);
    *p = (struct pool){.block = (uint32_t)block, .stock_max = stock_max};
}

void *pool_take_new(struct pool *p, struct env *e)
{
    void *block = env_alloc_kept(e, p->block);
    if (block) p->used_n++;
    return block;
}

void pool_give_back(struct pool *p, struct env *e, void *block)
{
    if (!block) return;
    bonnet_assert(p->used_n > 0);
    p->used_n--;
    env_free(e, block, p->block);
}

void pool_trim(struct pool *p, struct env *e)
{
    for (void *block; (block = pool_take_stock(p));)
        env_free(e, block, p->block);
}
