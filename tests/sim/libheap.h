/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An allocator that counts, for one stack: what was taken, what came back, and whether it was the
 * same. It can be made to refuse now and then.
 */
#ifndef BONNET_TESTS_SIM_LIBHEAP_H
#define BONNET_TESTS_SIM_LIBHEAP_H

#include "librandom.h"

#include <bonnet/bonnet.h>

struct heap {
    uint64_t bytes, blocks; /* held now */
    struct random random;
    unsigned refuses;  /* so many of a thousand requests */
    const char *wrong; /* what was wrong first; NULL: nothing */
};

struct bonnet_alloc heap_alloc(struct heap *h);

#endif
