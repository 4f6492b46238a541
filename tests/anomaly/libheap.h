/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An allocator that counts, checks what comes back, and says no when it is told to.
 */
#ifndef BONNET_TESTS_ANOMALY_LIBHEAP_H
#define BONNET_TESTS_ANOMALY_LIBHEAP_H

#include <bonnet/bonnet.h>

struct heap {
    uint64_t asked;     /* allocations so far, refused ones included */
    uint64_t fail_from; /* the first one that is refused, from 1; 0: none */
    uint64_t fail_n;    /* how many are refused from there; UINT64_MAX: all */
    uint64_t refused;
    uint64_t bytes, blocks; /* held now */
    bool is_wrong;          /* something came back with another size */
};

struct bonnet_alloc heap_alloc(struct heap *h);

/* A configuration on this heap, with a seed of its own. */
struct bonnet_config heap_config(struct heap *h, uint8_t seed);

/* Has all been given back as it was taken? */
bool heap_is_clean(const struct heap *h);

#endif
