/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A world of one lane. Frames are numbered; the world sends them, advances time to each deadline,
 * and notes who arrived when.
 */
#ifndef TESTS_HOST_LIBLANE_H
#define TESTS_HOST_LIBLANE_H

#include <lane.h>

#define FRAMES_MAX 200000

struct world {
    struct lane lane;
    struct bonnet_link_config config;
    unsigned arrived_n;
    uint32_t *number; /* of each frame that arrived, in order of arrival */
    bonnet_time *at;  /* when */
    unsigned *bits;   /* how many of its bits were wrong */
};

struct world world_of(const char *words);
void world_end(struct world *w);

void sends(struct world *w, uint32_t number, uint32_t len);
void receives(struct world *w);
void runs_until(struct world *w, bonnet_time until);

/* n frames of len bytes, one every interval, then until the link is empty. */
void transfers(struct world *w, uint32_t n, uint32_t len, bonnet_time interval);

/* How many bits of a frame are not as they were sent; its number, the first four bytes, aside. */
unsigned wrong_bits(const struct lane_frame *f, uint32_t number);

/* No frame is unaccounted for. */
void balanced(const struct world *w);

/* Five standard deviations, squared so that no square root is needed. */
void near(double got, double expected, double variance);

#endif
