/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The allocator of libheap.h. Each block has its size and a tag before it and a tag behind it; what
 * is given back is overwritten, so that a use after the end shows as a wrong byte somewhere.
 */
#include "libheap.h"

#include <stdlib.h>
#include <string.h>

#define TAG_ALIVE 0x616c697665616c69u
#define TAG_FREED 0x6672656564667265u

struct block {
    _Alignas(16) uint64_t tag;
    uint64_t size;
};

static void complain(struct heap *h, const char *what)
{
    if (!h->wrong) h->wrong = what;
}

static void *take(void *ctx, size_t size)
{
    struct heap *h = ctx;
    const uint64_t end = TAG_ALIVE;
    if (h->refuses && random_below(&h->random, 1000) < h->refuses) return NULL;
    struct block *b = malloc(sizeof *b + size + sizeof end);
    if (!b) return NULL;
    b->tag = TAG_ALIVE;
    b->size = size;
    memset(b + 1, 0xaa, size);
    memcpy((uint8_t *)(b + 1) + size, &end, sizeof end);
    h->bytes += size;
    h->blocks++;
    return b + 1;
}

static void give(void *ctx, void *p, size_t size)
{
    struct heap *h = ctx;
    uint64_t end;
    if (!p) return;
    struct block *b = (struct block *)p - 1;
    if (b->tag != TAG_ALIVE) {
        complain(h, b->tag == TAG_FREED ? "freed twice" : "freed what was never allocated");
        return;
    }
    if (b->size != size) complain(h, "freed with another size");
    memcpy(&end, (uint8_t *)p + b->size, sizeof end);
    if (end != TAG_ALIVE) complain(h, "written beyond the end");
    memset(p, 0xdd, b->size);
    h->bytes -= b->size;
    h->blocks--;
    b->tag = TAG_FREED;
    free(b);
}

struct bonnet_alloc heap_alloc(struct heap *h)
{
    return (struct bonnet_alloc){.alloc = take, .free = give, .ctx = h};
}
