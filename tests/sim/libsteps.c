/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I12: the work for one call is bounded: so much for the call, so much for each byte of the frame,
 * so much for each thing that the one connection has queued or in flight, however many others there
 * are and whatever the frame says.
 *
 * A step is a basic block of the core: it is compiled to tell when one is entered.
 */
#include "libworld.h"

#define STEPS_PER_CALL   3000
#define STEPS_PER_BYTE   2
#define STEPS_PER_OBJECT 250

static uint64_t steps, begun, worst;

void __sanitizer_cov_trace_pc(void); /* gcc and clang call it so */

void __sanitizer_cov_trace_pc(void)
{
    steps++;
}

void steps_begin(void)
{
    begun = steps;
}

void steps_end(struct world *w, const char *what, const struct work *work)
{
    uint64_t done = steps - begun;
    uint64_t bound =
        STEPS_PER_CALL + work->bytes * STEPS_PER_BYTE + work->objects * STEPS_PER_OBJECT;
    if (w->sabotage == SABOTAGE_STEPS)
        done *= 100;
    else if (done * 100 / bound > worst)
        worst = done * 100 / bound;
    if (done > bound)
        world_fail(w, "I12", "%llu steps for %s of %llu bytes, %llu objects",
                   (unsigned long long)done, what, (unsigned long long)work->bytes,
                   (unsigned long long)work->objects);
}

unsigned steps_worst_percent(void)
{
    return (unsigned)worst;
}
