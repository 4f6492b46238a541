/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time, and when a line is done.
 *
 * At one instant programs go on until none can: each tries its call, or begins the next one of its
 * loop, and what that sends goes out before the next one moves. Only then does the world step to
 * the next instant. So two runs with one seed are the same.
 *
 * Virtual time costs nothing, and patience is long; in real time all waits are cut to a twentieth.
 * But packets travel no faster for that, and timers of a second take a second: as long as something
 * is under way or waits to be sent again, a wait of up to five seconds is not cut.
 */
#include "player.h"

#include <string.h>

#define CUT          20u             /* of waits in real time */
#define LEAST        (5 * BONNET_MS) /* that a wait is cut to */
#define UNCUT        (5 * BONNET_S)  /* of a wait while something is going on */
#define PATIENCE     (7200 * BONNET_S)
#define PATIENCE_CUT (20 * BONNET_S)

static bool is_real(const struct player *p)
{
    return p->world->ops->stack == LAB_ON_KERNEL;
}

bonnet_time play_scaled(const struct player *p, bonnet_time duration)
{
    if (!is_real(p) || duration == BONNET_NEVER) return duration;
    bonnet_time cut = duration / CUT;
    return cut > LEAST ? cut : duration < LEAST ? duration : LEAST;
}

bonnet_time play_patience(const struct player *p)
{
    return is_real(p) ? PATIENCE_CUT : PATIENCE;
}

bonnet_time play_now(const struct player *p)
{
    return p->world->ops->now(p->world);
}

/* ---- one instant ---- */

static void flush(struct player *p)
{
    int r = p->is_over || p->is_together ? 0 : p->world->ops->flush(p->world);
    if (r < 0) play_stop(p, p->line, "the world is broken: %s", play_error_name(-r));
}

static bool move_once(struct player *p)
{
    bool moved = false;
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        while (play_go_on(p, &p->programs[i])) {
            moved = true;
            flush(p);
        }
    }
    return moved;
}

void play_move(struct player *p)
{
    flush(p);
    while (move_once(p))
        flush(p);
    for (unsigned i = 0; i < p->scenario->programs_n && !p->is_over; i++)
        play_note_blocked(p, &p->programs[i]);
    if (!p->is_over) play_tell_gauges(p);
}

/* ---- from instant to instant ---- */

/* When a program wakes by itself. */
static bonnet_time next_waking(const struct player *p)
{
    bonnet_time now = play_now(p), at = BONNET_NEVER;
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        const struct play_call *call = &p->programs[i].call;
        if (call->step && call->until > now && call->until < at) at = call->until;
    }
    return at;
}

void play_step(struct player *p, bonnet_time until)
{
    bonnet_time waking = next_waking(p);
    if (p->is_over) return;
    int r = p->world->ops->step(p->world, waking < until ? waking : until);
    if (r < 0) play_stop(p, p->line, "the world is broken: %s", play_error_name(-r));
}

bool play_calm_down(struct player *p, bonnet_time patience)
{
    bonnet_time until = play_now(p) + patience;
    p->is_unsettled = false;
    for (;;) {
        play_move(p);
        if (p->is_over || p->world->ops->is_silent(p->world)) return true;
        if (play_now(p) >= until) return false;
        play_step(p, until);
    }
}

void play_settle(struct player *p)
{
    if (play_calm_down(p, play_patience(p))) return;
    struct play_words patience = {.n = 0};
    play_print_time(&patience, play_patience(p));
    play_stop(p, p->line, "packets have gone to and fro for %s, and the line waits for silence",
              patience.text);
}

static bonnet_time earlier(bonnet_time a, bonnet_time b)
{
    return a < b ? a : b;
}

static bonnet_time later(bonnet_time a, bonnet_time b)
{
    return a > b ? a : b;
}

/* Nothing is under way, and nothing will be sent again. */
static bool is_calm(const struct player *p)
{
    return p->world->ops->is_silent(p->world) && !p->world->ops->has_timers(p->world);
}

void play_pass(struct player *p, bonnet_time duration)
{
    bonnet_time began = play_now(p), least = began + play_scaled(p, duration);
    bonnet_time most = is_real(p) ? later(least, began + earlier(duration, UNCUT)) : least;
    play_move(p);
    while (!p->is_over && play_now(p) < most) {
        bool is_enough = play_now(p) >= least;
        if (is_enough && is_calm(p)) return;
        play_step(p, is_enough ? most : least);
        play_move(p);
    }
}

/* ---- until a program is free ---- */

static void stop_waiting(struct player *p, const struct play_program *of, bonnet_time waiting)
{
    struct play_words waited = {.n = 0}, since = {.n = 0};
    play_print_time(&waited, waiting);
    play_print_time(&since, of->call.began);
    play_stop(p, p->line, "%s is still in %s, since %s, and the line has waited for %s",
              of->what->name, of->call.step->source, since.text, waited.text);
}

void play_await(struct player *p, const struct play_program *of, bonnet_time limit)
{
    bonnet_time patience = limit == BONNET_NEVER ? play_patience(p) : limit;
    bonnet_time began = play_now(p), until = began + patience;
    play_move(p);
    while (!p->is_over && !play_is_free(of)) {
        bonnet_time own = of->call.until; /* a call that has said for how long it waits */
        if (limit == BONNET_NEVER && own != BONNET_NEVER && own > until) until = own;
        if (play_now(p) >= until) {
            stop_waiting(p, of, play_now(p) - began);
            return;
        }
        play_step(p, until);
        play_move(p);
    }
}
