/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop: many stacks and their drivers under one clock, in the thread of the caller.
 *
 * This file decides what a turn is: move what can be moved; if that brought nothing that a program
 * might be waiting for, sleep until something does; move again; call the watchers. What was only
 * sent is no reason to stay awake, for nobody waits for it. How frames move is in move.c, how one
 * sleeps in wait.c.
 *
 * All interfaces of a stack belong into one loop: a frame that nobody fetches keeps its stack's
 * deadline at "now".
 */
#include "loop.h"
#include "inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int bonnet_loop_new(enum bonnet_clock clock, struct bonnet_loop **out)
{
    if (clock != BONNET_CLOCK_REAL && clock != BONNET_CLOCK_VIRTUAL) return -EINVAL;
    struct bonnet_loop *loop = calloc(1, sizeof *loop);
    if (!loop) return -ENOMEM;
    loop->clock = clock;
    int err = loop_wait_init(loop);
    if (err) {
        bonnet_loop_free(loop);
        return err;
    }
    loop->now = loop_clock(loop);
    *out = loop;
    return 0;
}

void bonnet_loop_free(struct bonnet_loop *loop)
{
    if (!loop) return;
    for (size_t i = 0; i < loop->ports_n; i++) {
        bonnet_driver_free(loop->ports[i]->driver);
        free(loop->ports[i]->held_bytes);
        free(loop->ports[i]);
    }
    loop_wait_fini(loop);
    free(loop->ports);
    free(loop->stacks);
    free(loop);
}

/* Room for one more port and one more stack. */
static int make_room(struct bonnet_loop *loop)
{
    void *ports = realloc(loop->ports, (loop->ports_n + 1) * sizeof(struct loop_port *));
    if (!ports) return -ENOMEM;
    loop->ports = ports;
    void *stacks = realloc(loop->stacks, (loop->stacks_n + 1) * sizeof(struct bonnet *));
    if (!stacks) return -ENOMEM;
    loop->stacks = stacks;
    return 0;
}

static int add_interface(struct bonnet *bn, const struct bonnet_driver *d, struct bonnet_addr addr,
                         unsigned bits)
{
    struct bonnet_if_config config = {
        .size = sizeof config,
        .kind = d->kind,
        .mtu = d->mtu,
        .offload = d->offload,
    };
    memcpy(config.name, d->name, sizeof config.name);
    memcpy(config.mac, d->mac, sizeof config.mac);
    int ifx = bonnet_if_add(bn, &config);
    if (ifx < 0) return ifx;
    int err = bonnet_if_addr_add(bn, ifx, addr, bits);
    return err < 0 ? err : ifx;
}

/* The interface comes last: a stack cannot take it back. */
static int fill_port(struct bonnet_loop *loop, struct loop_port *p, struct bonnet_addr addr,
                     unsigned bits)
{
    int err = make_room(loop);
    if (err) return err;
    loop->ports[loop->ports_n] = p;
    err = loop_wait_add(loop, loop->ports_n);
    return err ? err : add_interface(p->bn, p->driver, addr, bits);
}

static bool knows(const struct bonnet_loop *loop, const struct bonnet *bn)
{
    for (size_t i = 0; i < loop->stacks_n; i++)
        if (loop->stacks[i] == bn) return true;
    return false;
}

int bonnet_loop_attach(struct bonnet_loop *loop, struct bonnet *bn, struct bonnet_driver *driver,
                       struct bonnet_addr addr, unsigned bits)
{
    struct loop_port *p = calloc(1, sizeof *p);
    int ifx = -ENOMEM;
    if (p) {
        *p = (struct loop_port){.bn = bn, .driver = driver, .fd = inner_fd(driver)};
        ifx = fill_port(loop, p, addr, bits);
    }
    if (ifx < 0) {
        bonnet_driver_free(driver); /* closes its descriptor, which the wait forgets with it */
        free(p);
        return ifx;
    }
    p->ifx = ifx;
    p->readable = true;
    loop->ports_n++;
    loop->fds_n += p->fd >= 0;
    if (!knows(loop, bn)) loop->stacks[loop->stacks_n++] = bn;
    bonnet_tick(bn, loop->now);
    return ifx;
}

bonnet_time bonnet_loop_now(const struct bonnet_loop *loop)
{
    return loop_clock(loop);
}

/* Takes note of what ended a sleep, and calls the watchers. A watcher may watch, forget, and move
 * frames. */
static bool serve_events(struct bonnet_loop *loop)
{
    bool happened = loop->woken;
    loop->was_woken = loop->woken;
    loop->woken = false;
    for (unsigned i = 0; i < LOOP_WATCHES_MAX; i++) {
        struct loop_watch *w = &loop->watches[i];
        if (!w->ready) continue;
        w->ready = false;
        w->fn(w->ctx, w->fd);
        happened = true;
    }
    return happened;
}

static bool has_news(const struct bonnet_loop *loop, const struct loop_moved *moved)
{
    return moved->arrived || moved->err || loop_is_called(loop);
}

static bonnet_time later(bonnet_time from, bonnet_time by)
{
    return by < BONNET_NEVER - from ? from + by : BONNET_NEVER;
}

/* Sleeps once and moves what came. Returns 1 if another sleep is in order: the timer stood at an
 * earlier instant, or a driver kept for itself what it got. */
static int sleep_and_move(struct bonnet_loop *loop, bonnet_time limit, struct loop_moved *moved)
{
    bonnet_time until = loop_deadline(loop);
    if (until > limit) until = limit;
    bool due = until <= loop->now;
    bool endless = loop->clock == BONNET_CLOCK_VIRTUAL && until == BONNET_NEVER;
    int err = loop_wait(loop, has_news(loop, moved) ? 0 : until);
    if (err) return err;
    loop_move(loop, moved);
    return !due && !endless && !has_news(loop, moved) && loop_clock(loop) < limit;
}

int bonnet_loop_step(struct bonnet_loop *loop, bonnet_time max_wait)
{
    bonnet_time limit = later(loop_clock(loop), max_wait);
    struct loop_moved moved = {0};
    loop_move(loop, &moved);
    int again;
    do {
        again = sleep_and_move(loop, limit, &moved);
    } while (again > 0);
    bool served = serve_events(loop);
    if (moved.err) return moved.err;
    if (again < 0) return again;
    return served || moved.arrived || moved.sent;
}

/* Devices are not asked whether they have something: reading tells, for the price of asking. */
int bonnet_loop_flush(struct bonnet_loop *loop)
{
    for (size_t i = 0; i < loop->ports_n; i++)
        loop->ports[i]->readable = true;
    struct loop_moved moved = {0};
    loop_move(loop, &moved);
    return moved.err ? moved.err : moved.arrived || moved.sent;
}
