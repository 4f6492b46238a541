/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Playing scenarios: the door of the lab for tools and tests.
 */
#ifndef LAB_PLAY_H
#define LAB_PLAY_H

#include "event.h"

struct play_config {
    enum lab_stacks stack; /* LAB_ON_BONNET or LAB_ON_KERNEL */
    uint64_t seed;
    const char *pcapng; /* directory; NULL: no captures */
    lab_sink sink;
    void *sink_ctx;
};

struct play_result {
    unsigned held, failed; /* expectations */
    unsigned skipped;      /* lines that were for the other stack */
    char why[512];         /* the first failure: "NAME.lab:12: expected ..., got ..."; "" if none */
};

/* Plays a scenario, all runs of its sweeps included. 0: all expectations held; 1: one failed, or a
 * line could not be done (result->why); -errno: there was no world to play it in (result->why). */
int scenario_play(const struct scenario *s, const struct play_config *config,
                  struct play_result *result);

#endif
