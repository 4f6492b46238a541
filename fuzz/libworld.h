/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two stacks and the wire between them, in virtual time, for the targets that fuzz a whole stack.
 *
 * A frame that a stack sends waits in the queue of the other one until it is delivered; between the
 * two a target may do to it what it likes. Frames for a third address go to the target. Memory is
 * counted, every free is compared with its allocation, and nothing may be left when the world ends.
 */
#ifndef FUZZ_LIBWORLD_H
#define FUZZ_LIBWORLD_H

#include "libfuzz.h"
#include <bonnet/bonnet.h>
#include <bonnet/inspect.h>
#include <bonnet/netif.h>
#include <bonnet/socket.h>

#define WORLD_FRAME_MAX 2048 /* bytes; the MTU is 1500 */
#define WORLD_QUEUE_MAX 128  /* frames on the way to a host: more are lost, as on any wire */
#define WORLD_BURST_MAX                                                       \
    2048 /* frames a host may have to say at one instant: a bound on its work \
          */

struct world_memory {
    uint64_t bytes, blocks, bytes_max;
    uint32_t refuse_in; /* the how many-th allocation from now is refused; 0: none */
};

struct world_frame {
    uint32_t len;
    uint8_t *data;
};

struct world_host {
    struct bonnet *bn;
    int ifx;
    struct bonnet_addr addr;
    uint8_t mac[6];
    struct world_memory memory;
    struct world_frame queue[WORLD_QUEUE_MAX];
    uint32_t queued;
};

struct world {
    struct world_host host[2]; /* 10.0.0.1 and 10.0.0.2 in 10.0.0.0/24 */
    enum bonnet_if_kind kind;
    bonnet_time now;
    /* Sees each frame that is sent, before it is queued; false: it does not go to the other host.
     */
    bool (*filter)(void *ctx, int from, const uint8_t *frame, uint32_t len);
    void *ctx;
};

/* The stacks with their addresses; memory_max: the cap of each, bytes. */
void world_init(struct world *w, enum bonnet_if_kind kind, uint64_t memory_max);

/* Ends both. Checks that all memory came back. */
void world_fini(struct world *w);

/* A frame goes into host h at once. Returns the stack's verdict. */
int world_inject(struct world *w, int h, const uint8_t *frame, uint32_t len);

/* Adds a copy of a frame to what is on the way to host h. */
void world_enqueue(struct world *w, int h, const uint8_t *frame, uint32_t len);

/* Takes frame i of the queue to host h off the wire. */
void world_drop(struct world *w, int h, uint32_t i);

/* All that both want to say goes onto the wire, a millisecond passes, and what was on the wire
 * arrives. Returns how many frames moved. */
uint32_t world_round(struct world *w);

/* Time passes for both. */
void world_advance(struct world *w, bonnet_time ns);

/* The earlier deadline of both: BONNET_NEVER when nothing is to happen. */
bonnet_time world_deadline(const struct world *w);

/* Rounds until nothing is said any more and nothing is to happen before `until`. */
void world_run(struct world *w, bonnet_time until);

/* Checks that host h has no socket and nothing that a socket leaves behind. */
void world_is_clean(const struct world *w, int h);

#endif
