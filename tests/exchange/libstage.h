/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stack with one raw-IP interface, under a clock that moves when it is told to. What the stack
 * sends is kept, with its instant, until somebody takes it.
 */
#ifndef BONNET_TESTS_EXCHANGE_LIBSTAGE_H
#define BONNET_TESTS_EXCHANGE_LIBSTAGE_H

#include "libpacket.h"

#include <bonnet/host.h>

struct frame {
    bonnet_time at;
    uint32_t len;
    uint8_t bytes[PACKET_FRAME_MAX];
};

#define STAGE_FRAMES_MAX 128

struct stage {
    struct bonnet *bn;
    int ifx;
    bonnet_time now;
    unsigned idle_steps; /* since the clock last moved */
    unsigned first, frames_n;
    const char *broken;                    /* what the stack must not do; NULL: nothing was wrong */
    struct frame frames[STAGE_FRAMES_MAX]; /* a ring */
};

/* The instant at which every script begins. */
#define STAGE_BEGIN (100 * BONNET_S)

/* 0 or -errno. */
int stage_new(struct stage *s, struct bonnet_config *config);
void stage_free(struct stage *s);

/* Keeps what the stack wants to send now: to be called after each command. */
void stage_pump(struct stage *s);
/* A frame arrives. */
void stage_input(struct stage *s, const uint8_t *frame, uint32_t len);
/* The next timer fires, no later than until. False: there was none, and it is until. */
bool stage_step(struct stage *s, bonnet_time until);

/* The oldest frame, or NULL; and away with it. */
const struct frame *stage_frame(const struct stage *s);
void stage_drop(struct stage *s);

#endif
