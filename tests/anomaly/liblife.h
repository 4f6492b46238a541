/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A complete life of two stacks on a wire between them: they are made, a connection is opened,
 * 200,000 octets go each way past a gap, datagrams go in fragments, both ends close, TIME-WAIT
 * ends, all is given back. What goes wrong on the way is the allocators' doing, and the gap.
 */
#ifndef BONNET_TESTS_ANOMALY_LIBLIFE_H
#define BONNET_TESTS_ANOMALY_LIBLIFE_H

#include "libheap.h"
#include "libtalk.h"

enum { LIFE_CLIENT, LIFE_SERVER, LIFE_ENDS };

struct life {
    struct heap heap[LIFE_ENDS]; /* what each allocator shall refuse is set by the caller */
    bool tries_again;            /* a call that had no memory is made once more */
    struct bonnet *bn[LIFE_ENDS];
    int ifx[LIFE_ENDS];
    int listener, datagrams[LIFE_ENDS];
    struct talk talk[LIFE_ENDS];
    unsigned datagrams_sent[LIFE_ENDS], datagrams_received[LIFE_ENDS];
    uint64_t frames[LIFE_ENDS];       /* sent by each */
    uint64_t out_of_order[LIFE_ENDS]; /* segments that came to each before their turn */
    bonnet_time now;
    bool is_closed;   /* the programs are gone */
    bool was_made;    /* every call of the beginning worked, at least the second time */
    bool is_complete; /* the stream is exact both ways, and both ends were closed */
    int error;        /* otherwise: what one of the programs was told, or 0 */
    char wrong[128];  /* what must not happen, and did; empty: nothing */
};

#define LIFE_BYTES     200000u
#define LIFE_DATAGRAMS 3u

void life_run(struct life *l);

#endif
