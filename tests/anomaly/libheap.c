/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The allocator of libheap.h: each block has its size before it. What is new is full of rubbish,
 * and what is freed becomes rubbish.
 */
#include "libheap.h"

#include <stdlib.h>
#include <string.h>

struct block {
    _Alignas(16) size_t size;
};

static bool is_refused(struct heap *h)
{
    uint64_t k = ++h->asked;
    return h->fail_from && k >= h->fail_from && k - h->fail_from < h->fail_n;
}

static void *take(void *ctx, size_t size)
{
    struct heap *h = ctx;
    if (is_refused(h)) {
        h->refused++;
        return NULL;
    }
    struct block *b = malloc(sizeof *b + size);
    if (!b) abort();
    b->size = size;
    memset(b + 1, 0xa5, size);
    h->bytes += size;
    h->blocks++;
    return b + 1;
}

static void give(void *ctx, void *p, size_t size)
{
    struct heap *h = ctx;
    struct block *b = (struct block *)p - 1;
    h->is_wrong |= b->size != size;
    memset(p, 0x5a, b->size);
    h->bytes -= b->size;
    h->blocks--;
    free(b);
}

struct bonnet_alloc heap_alloc(struct heap *h)
{
    return (struct bonnet_alloc){.alloc = take, .free = give, .ctx = h};
}

struct bonnet_config heap_config(struct heap *h, uint8_t seed)
{
    struct bonnet_config config;
    bonnet_config_init(&config);
    memset(config.seed, seed, sizeof config.seed);
    config.alloc = heap_alloc(h);
    return config;
}

bool heap_is_clean(const struct heap *h)
{
    return h->bytes == 0 && h->blocks == 0 && !h->is_wrong;
}
