/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "liblane.h"

struct world world_of(const char *words)
{
    struct world w = {0};
    assert_int_equal(bonnet_link_parse(words, &w.config, NULL), 0);
    lane_init(&w.lane, &w.config, BONNET_IF_IP, 0);
    w.number = calloc(2 * FRAMES_MAX, sizeof *w.number);
    w.at = calloc(2 * FRAMES_MAX, sizeof *w.at);
    w.bits = calloc(2 * FRAMES_MAX, sizeof *w.bits);
    return w;
}

void world_end(struct world *w)
{
    lane_fini(&w->lane);
    free(w->number);
    free(w->at);
    free(w->bits);
}

static uint8_t filler(uint32_t number, uint32_t i)
{
    return (uint8_t)(number * 7 + i * 13);
}

void sends(struct world *w, uint32_t number, uint32_t len)
{
    struct lane_frame *f = lane_reserve(&w->lane, len);
    assert_non_null(f);
    memcpy(f->data, &number, sizeof number);
    for (uint32_t i = sizeof number; i < len; i++)
        f->data[i] = filler(number, i);
    lane_input(&w->lane, f);
}

unsigned wrong_bits(const struct lane_frame *f, uint32_t number)
{
    unsigned n = 0;
    for (uint32_t i = sizeof number; i < f->len; i++)
        n += (unsigned)__builtin_popcount((unsigned)(f->data[i] ^ filler(number, i)));
    return n;
}

void receives(struct world *w)
{
    const struct lane_frame *f;
    while ((f = lane_output(&w->lane))) {
        unsigned i = w->arrived_n++;
        assert_in_range(i, 0, 2 * FRAMES_MAX - 1);
        memcpy(&w->number[i], f->data, sizeof w->number[i]);
        w->bits[i] = wrong_bits(f, w->number[i]);
        w->at[i] = w->lane.now;
    }
}

void runs_until(struct world *w, bonnet_time until)
{
    bonnet_time at;
    while ((at = lane_deadline(&w->lane)) <= until && at != BONNET_NEVER) {
        lane_tick(&w->lane, at);
        receives(w);
    }
    if (until != BONNET_NEVER) lane_tick(&w->lane, until);
}

/* n frames of len bytes, one every interval, then until the link is empty. */
void transfers(struct world *w, uint32_t n, uint32_t len, bonnet_time interval)
{
    for (uint32_t i = 0; i < n; i++) {
        sends(w, i, len);
        runs_until(w, (i + 1) * interval);
    }
    runs_until(w, BONNET_NEVER);
}

void balanced(const struct world *w)
{
    const struct bonnet_link_stats *s = &w->lane.stats;
    assert_int_equal(s->frames + s->duplicated,
                     s->delivered + s->lost + s->overflowed + w->lane.queued);
    assert_int_equal(s->delivered, w->arrived_n);
}

/* Five standard deviations, squared so that no square root is needed. */
void near(double got, double expected, double variance)
{
    if ((got - expected) * (got - expected) > 25 * variance)
        fail_msg("%g is too far from %g for a variance of %g", got, expected, variance);
}
