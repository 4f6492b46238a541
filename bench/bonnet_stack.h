/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One bonnet stack for the rows: the host's seed and checksum, an allocator that counts.
 */
#ifndef BENCH_BONNET_STACK_H
#define BENCH_BONNET_STACK_H

#include "bench.h"

#include <bonnet/host.h>

struct bonnet_stack {
    struct bonnet *bn;
    uint64_t held; /* bytes asked of the allocator and not given back */
};

/* Makes a stack with limits that allow conns_n connections, and half-open ones, at once; *s must
 * stay where it is. time_waits_max 0: the default. 0, or negative with job->why. */
int bonnet_stack_init(struct bonnet_stack *s, unsigned conns_n, unsigned time_waits_max,
                      struct bench_job *job);

/* Ends it. All memory must have come back: if not, 1 is returned. */
int bonnet_stack_fini(struct bonnet_stack *s);

/* A listener at every address, or -errno. */
int bonnet_stack_listen(struct bonnet_stack *s, uint16_t port);

void bonnet_stack_nodelay(struct bonnet_stack *s, int socket);

#endif
