/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time passes in a world of stacks: from one instant at which something is due to the next.
 *
 * The order of things at one instant is always the same, so that a run can be repeated:
 *
 * 1. Frames that arrive now, link by link, each followed by what its receiver answers at once.
 *    On a real wire no two frames arrive at the same time; a stack that was given a burst would
 *    acknowledge it once, and people who count segments would wonder.
 * 2. Frames that were held until now, and forged ones, enter their wires.
 * 3. The stacks' timers that are due now.
 * 4. Whatever follows from that without delay, until all is quiet.
 *
 * So a frame that comes at the very instant at which a timer is due comes in time: an
 * acknowledgment after exactly one retransmission timeout prevents the retransmission. A stack acts
 * at the instant that it was last ticked with, and its timers fire when it is ticked; a stack with
 * a timer due now therefore takes its frames one nanosecond earlier. Nobody else sees that
 * nanosecond: what is told has the world's time.
 *
 * A step ends with the first instant at which something moved: the player looks at everything
 * after it. A stack that wants to be called at once and then has nothing to say is broken, and so
 * is the world.
 */
#include "bonnet_world.h"

#include <errno.h>

/* How often a stack may ask to be called again at one instant without saying anything. */
#define TICKS_MAX 8

static bonnet_time earlier(bonnet_time a, bonnet_time b)
{
    return a < b ? a : b;
}

bonnet_time bw_now(const struct world *w)
{
    return ((const struct bw_world *)w)->now;
}

/* ---- frames ---- */

/* What an interface that leads nowhere sends is forgotten. */
static void drain_nowhere(struct bw_host *h)
{
    struct bonnet_tx tx;
    while (bonnet_output(h->bn, 1, &tx) == 1)
        h->world->moved = true;
}

static bool has_link(const struct bw_host *h)
{
    const struct bw_world *w = h->world;
    for (unsigned i = 0; i < 2 * w->links_n; i++)
        if (w->links[i / 2].host[i % 2] == h->index) return true;
    return false;
}

static void drain_end(struct bw_host *h, struct bw_link *l, unsigned side)
{
    struct bonnet_driver *end = l->end[side];
    struct bonnet_tx tx;
    while (bonnet_output(h->bn, l->ifx[side], &tx) == 1) {
        int r = end->ops->input(end, &tx);
        if (r < 0 && !h->world->error) h->world->error = r;
    }
}

/* Everything that a host wants to send. */
static void drain(struct bw_host *h)
{
    struct bw_world *w = h->world;
    if (!h->bn) return;
    if (!has_link(h)) drain_nowhere(h);
    for (unsigned i = 0; i < 2 * w->links_n; i++)
        if (w->links[i / 2].host[i % 2] == h->index) drain_end(h, &w->links[i / 2], i % 2);
}

/* A timer that is due now waits until the frames of this instant are in. */
static void tick_for_input(struct bw_host *h)
{
    bonnet_time now = h->world->now;
    bonnet_tick(h->bn, bonnet_deadline(h->bn) <= now && now > 0 ? now - 1 : now);
}

static void tell_verdict(struct bw_host *h, struct bonnet_driver *end, const struct bonnet_rx *rx,
                         int reason)
{
    if (end->ops->verdict) end->ops->verdict(end, rx, reason);
    bw_end_input(h, reason);
}

static void deliver(struct bw_world *w, struct bw_link *l, unsigned side, struct bonnet_rx *rx)
{
    struct bw_host *h = &w->hosts[l->host[side]];
    struct bw_sighting s = {
        .host = h->index, .to = h->index, .frame = {.data = rx->data, .len = rx->len}};
    struct bonnet_packet packet;
    bonnet_packet_parse(BONNET_IF_IP, rx->data, rx->len, &packet);
    if (l->is_cut || !h->bn) {
        s.fate = LAB_FATE_CUT;
        bw_tell_dropped(w, &packet, &s);
        return;
    }
    bw_tell_arrived(w, &packet, &s);
    tick_for_input(h);
    bw_begin_input(h, &packet);
    s.reason = bonnet_input(h->bn, l->ifx[side], rx);
    if (s.reason > 0 && bonnet_reason_kind(s.reason) == BONNET_KIND_DROP)
        bw_tell_dropped(w, &packet, &s);
    tell_verdict(h, l->end[side], rx, s.reason);
    drain(h);
}

static void arrive_at(struct bw_world *w, struct bw_link *l, unsigned side)
{
    struct bonnet_driver *end = l->end[side];
    struct bonnet_rx rx = {0};
    while (end->ops->output(end, &rx) == 1) {
        w->moved = true;
        deliver(w, l, side, &rx);
    }
}

static void arrive(struct bw_world *w)
{
    for (unsigned i = 0; i < 2 * w->links_n; i++)
        arrive_at(w, &w->links[i / 2], i % 2);
}

/* ---- one instant ---- */

static void tick_links(struct bw_world *w)
{
    for (unsigned i = 0; i < 2 * w->links_n; i++) {
        struct bonnet_driver *end = w->links[i / 2].end[i % 2];
        end->ops->tick(end, w->now);
    }
}

static void tick_stacks(struct bw_world *w)
{
    for (unsigned i = 0; i < w->hosts_n; i++) {
        struct bw_host *h = &w->hosts[i];
        if (!h->bn) continue;
        if (bonnet_deadline(h->bn) <= w->now) bw_begin_timers(h);
        bonnet_tick(h->bn, w->now);
        drain(h);
    }
}

static bool tick_again(struct bw_world *w)
{
    bool wanted = false;
    for (unsigned i = 0; i < w->hosts_n; i++) {
        struct bw_host *h = &w->hosts[i];
        if (!h->bn || bonnet_deadline(h->bn) > w->now) continue;
        bw_begin_timers(h);
        bonnet_tick(h->bn, w->now);
        drain(h);
        wanted = true;
    }
    return wanted;
}

/* One round of what is due at this instant. */
static bool move(struct bw_world *w)
{
    bool before = w->moved;
    w->moved = false;
    for (unsigned i = 0; i < w->hosts_n; i++)
        drain(&w->hosts[i]);
    arrive(w);
    bool moved = w->moved;
    w->moved |= before;
    return moved;
}

/* Until nothing moves at this instant any more. 0 or -errno. */
static int settle(struct bw_world *w)
{
    for (unsigned ticks = 0; !w->error;) {
        if (move(w)) continue;
        if (!tick_again(w)) break;
        if (++ticks > TICKS_MAX) w->error = -EIO;
    }
    return w->error;
}

static void live_instant(struct bw_world *w, bonnet_time at)
{
    w->now = at;
    tick_links(w);
    arrive(w);
    bw_held_release(w);
    bw_floods_release(w);
    tick_stacks(w);
}

/* ---- from instant to instant ---- */

static bonnet_time wires_deadline(const struct bw_world *w)
{
    bonnet_time at = earlier(bw_held_deadline(w), bw_floods_deadline(w));
    for (unsigned i = 0; i < 2 * w->links_n; i++) {
        const struct bonnet_driver *end = w->links[i / 2].end[i % 2];
        at = earlier(at, end->ops->deadline(end));
    }
    return at;
}

static bonnet_time next_instant(const struct bw_world *w)
{
    bonnet_time at = wires_deadline(w);
    for (unsigned i = 0; i < w->hosts_n; i++)
        if (w->hosts[i].bn) at = earlier(at, bonnet_deadline(w->hosts[i].bn));
    return at;
}

bool bw_is_silent(const struct world *w)
{
    return wires_deadline((const struct bw_world *)w) == BONNET_NEVER;
}

int bw_flush(struct world *world)
{
    struct bw_world *w = bw_of(world);
    bw_held_release(w);
    bw_floods_release(w);
    return settle(w);
}

/* Nothing is due before. */
static void jump(struct bw_world *w, bonnet_time to)
{
    if (to == BONNET_NEVER || to <= w->now) return;
    w->now = to;
    tick_links(w);
    for (unsigned i = 0; i < w->hosts_n; i++)
        if (w->hosts[i].bn) bonnet_tick(w->hosts[i].bn, to);
}

int bw_step(struct world *world, bonnet_time until)
{
    struct bw_world *w = bw_of(world);
    w->moved = false;
    int r = bw_flush(world);
    while (r == 0 && !w->moved) {
        bonnet_time at = next_instant(w);
        if (at == BONNET_NEVER || at > until) {
            jump(w, until);
            return 0;
        }
        live_instant(w, at);
        r = settle(w);
    }
    return r < 0 ? r : 1;
}
