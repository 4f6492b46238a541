/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames between stacks and drivers, both ways.
 *
 * A round gives every stack a burst of its drivers' frames and then asks for what it wants to send,
 * so that acknowledgments are decided once for each burst. Rounds follow each other while anything
 * moves; their number is bounded, because a fast peer never lets it be quiet and the program
 * wants its turn.
 *
 * Back-pressure: a frame that bonnet_output() gave counts as sent, so one that a driver refuses is
 * copied and offered again, and until it is taken its interface is not asked for more. One frame
 * waits for each driver, never a queue: queues belong to the stack, where they can be seen.
 *
 * While a frame waits like this its stack may say "at once" for as long as it does, and what it
 * says of its timers is hidden behind that. Then they are looked at each millisecond, instead of
 * never or without a pause.
 */
#include "inner.h"
#include "loop.h"

#include <errno.h>
#include <stdlib.h>

/* Frames one way before it is the other way's turn, and rounds before it is the program's. */
#define BURST_MAX  64
#define ROUNDS_MAX 16

#define LOOK_AT_BLOCKED (1 * BONNET_MS)

/* Frames that wait in a driver came while nobody looked, most of them before the timers that are
 * due by now: a stack hears of them an instant before its first timer fires. Otherwise a program
 * that was away for a moment would find its window collapsed, though the acknowledgments lie there.
 * "Something to send at once" is the instant of the last tick and no timer: only what lies after it
 * was waited for. */
static bool tick_stack(struct bonnet *bn, bonnet_time last, bonnet_time now)
{
    bonnet_time due = bonnet_deadline(bn);
    bool fires = due > last && due <= now;
    bonnet_tick(bn, fires ? due - 1 : now);
    return fires;
}

static void tick_driver(struct loop_port *p, bonnet_time now)
{
    if (inner_deadline(p->driver) <= now) p->readable = true;
    inner_tick(p->driver, now);
}

/* True: some stack has a timer to fire, after its frames. */
static bool move_time(struct bonnet_loop *loop)
{
    bool fires = false;
    bonnet_time last = loop->now;
    loop->now = loop_clock(loop);
    for (size_t i = 0; i < loop->ports_n; i++)
        tick_driver(loop->ports[i], loop->now);
    for (size_t i = 0; i < loop->stacks_n; i++)
        fires |= tick_stack(loop->stacks[i], last, loop->now);
    return fires;
}

static void note_failure(struct loop_moved *moved, int err)
{
    if (err < 0 && !moved->err) moved->err = err;
}

static int give(const struct bonnet_loop *loop, struct loop_port *p, const struct bonnet_rx *frame)
{
    if (loop->taps) loop_tap_begin(loop);
    int verdict = bonnet_input(p->bn, p->ifx, frame);
    if (loop->taps) loop_tap_in(loop, p, frame, verdict);
    return verdict;
}

static void move_in(const struct bonnet_loop *loop, struct loop_port *p, struct loop_moved *moved)
{
    struct bonnet_driver *d = p->driver;
    for (unsigned n = 0; n < BURST_MAX && p->readable; n++) {
        struct bonnet_rx frame;
        int r = d->ops->output(d, &frame);
        if (r <= 0) {
            note_failure(moved, r);
            p->readable = p->fd < 0;
            return;
        }
        inner_verdict(d, &frame, give(loop, p, &frame));
        moved->arrived = true;
    }
}

static void fire_timers(struct bonnet_loop *loop)
{
    for (size_t i = 0; i < loop->stacks_n; i++)
        bonnet_tick(loop->stacks[i], loop->now);
}

/* Without memory for the copy the frame is lost, as on a wire that is too slow. */
static void hold(struct loop_port *p, const struct bonnet_tx *frame)
{
    if (frame->len > p->held_max) {
        void *bytes = realloc(p->held_bytes, frame->len);
        if (!bytes) return;
        p->held_bytes = bytes;
        p->held_max = frame->len;
    }
    if (bonnet_tx_copy(frame, p->held_bytes, p->held_max) < 0) return;
    p->held = *frame;
    p->held.slices_n = 1;
    p->held.slices[0] = (struct bonnet_slice){.data = p->held_bytes, .len = frame->len};
    p->blocked = true;
}

static int offer(const struct bonnet_loop *loop, struct loop_port *p, const struct bonnet_tx *frame,
                 struct loop_moved *moved)
{
    int r = p->driver->ops->input(p->driver, frame);
    if (r == -EAGAIN) return r;
    if (loop->taps) loop_tap_out(loop, p, frame);
    note_failure(moved, r);
    moved->sent = true;
    return 0;
}

static void move_out(const struct bonnet_loop *loop, struct loop_port *p, struct loop_moved *moved)
{
    if (p->blocked && offer(loop, p, &p->held, moved) == -EAGAIN) return;
    p->blocked = false;
    struct bonnet_tx frame;
    for (unsigned n = 0; n < BURST_MAX && bonnet_output(p->bn, p->ifx, &frame) == 1; n++) {
        if (offer(loop, p, &frame, moved) == 0) continue;
        hold(p, &frame);
        return;
    }
}

void loop_move(struct bonnet_loop *loop, struct loop_moved *moved)
{
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        bool fires = move_time(loop);
        struct loop_moved now = {.arrived = fires};
        for (size_t i = 0; i < loop->ports_n; i++)
            move_in(loop, loop->ports[i], &now);
        if (fires) fire_timers(loop);
        for (size_t i = 0; i < loop->ports_n; i++)
            move_out(loop, loop->ports[i], &now);
        moved->arrived |= now.arrived;
        moved->sent |= now.sent;
        note_failure(moved, now.err);
        if (now.err || (!now.arrived && !now.sent)) return;
    }
}

static bool has_blocked_port(const struct bonnet_loop *loop, const struct bonnet *bn)
{
    for (size_t i = 0; i < loop->ports_n; i++)
        if (loop->ports[i]->bn == bn && loop->ports[i]->blocked) return true;
    return false;
}

static bonnet_time earlier(bonnet_time a, bonnet_time b)
{
    return a < b ? a : b;
}

bonnet_time loop_deadline(const struct bonnet_loop *loop)
{
    bonnet_time at = BONNET_NEVER;
    for (size_t i = 0; i < loop->stacks_n; i++) {
        bonnet_time due = bonnet_deadline(loop->stacks[i]);
        if (due <= loop->now && has_blocked_port(loop, loop->stacks[i]))
            due = loop->now + LOOK_AT_BLOCKED;
        at = earlier(at, due);
    }
    for (size_t i = 0; i < loop->ports_n; i++)
        at = earlier(at, inner_deadline(loop->ports[i]->driver));
    return at;
}
