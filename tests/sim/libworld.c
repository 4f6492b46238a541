/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a world out of a number and lets it live until everything in it is over.
 *
 * Two to four stacks, the first one joined to each of the others by a cable of its own; cables with
 * any mixture of faults, kinds and sizes; a listener on each stack; programs that come and go. A
 * step is one frame in, one frame out, one act of a program, or a move of the clock to the next
 * instant at which anything wants to happen; after each of them the checkers look. The order in
 * which things happen at one instant is chance's, too.
 *
 * At some instant the faults end: the cables are replaced by perfect ones, and what was on them is
 * lost. From then on everything must come to its end in bounded time (I15), and 2 MSL later every
 * stack must be empty (I13) and give back all its memory (I14).
 */
#include "libworld.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STEPS_MAX 4000000

/* After the faults: R2 of 15 retries at a ceiling of 120 s is 924 s with Linux' floor of 200 ms.
 * Then the patience of the other end. */
#define END_MAX (924 * BONNET_S + 2 * PATIENCE)

/* How often time may be told again at one instant, while nothing moves. */
#define TICKS_MAX 8

/* 2 MSL is 60 s here, an orphan's FIN-WAIT-2 another 60 s, a lost last FIN a little more. Where
 * resets are limited, orphans have to give up. */
#define EMPTY_MAX (150 * BONNET_S)

void world_say(const struct world *w, const char *format, ...)
{
    if (!w->is_loud) return;
    va_list args;
    va_start(args, format);
    printf("%12.6f ", (double)w->now / 1e9);
    vprintf(format, args);
    printf("\n");
    va_end(args);
}

void world_fail(struct world *w, const char *invariant, const char *format, ...)
{
    char what[400];
    if (w->is_failed) return;
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    w->is_failed = true;
    snprintf(w->complaint, sizeof w->complaint, "seed %llu, step %llu, %.6f s: %s: %s",
             (unsigned long long)w->seed, (unsigned long long)w->step, (double)w->now / 1e9,
             invariant, what);
}

/* ---- one step ---- */

void world_stepped(struct world *w, struct host *h)
{
    w->step++;
    h->looks++;
    watch_host(w, h);
}

static struct listener *listener_of(struct world *w, unsigned host, int socket)
{
    for (unsigned i = 0; i < w->listeners_n; i++)
        if (w->listeners[i].host == host && w->listeners[i].socket == socket)
            return &w->listeners[i];
    return NULL;
}

static struct talker *talker_of(struct world *w, unsigned host, int socket)
{
    for (unsigned i = 0; i < w->talkers_n; i++)
        if (w->talkers[i].host == host && w->talkers[i].socket == socket) return &w->talkers[i];
    return NULL;
}

static struct side *side_of(struct world *w, unsigned host, int socket)
{
    for (unsigned i = 0; i < w->sides_n; i++)
        if (w->sides[i].is_open && w->sides[i].host == host && w->sides[i].socket == socket)
            return &w->sides[i];
    return NULL;
}

static void deliver_event(struct world *w, unsigned host, const struct bonnet_event *e)
{
    struct listener *l = listener_of(w, host, e->socket);
    struct talker *t = talker_of(w, host, e->socket);
    struct side *s = side_of(w, host, e->socket);
    if (l && l->is_open) {
        stream_accept(w, l);
    } else if (t && t->is_open) {
        datagram_act(w, t);
    } else if (s) {
        s->woken = w->sabotage != SABOTAGE_WAKE;
    } else {
        world_fail(w, "I17", "event for socket %#x, which is closed", (unsigned)e->socket);
    }
}

static bool deliver_events(struct world *w, unsigned host)
{
    struct bonnet_event events[8];
    int n = bonnet_ready(w->hosts[host].bn, events, (int)random_between(&w->random, 1, 8));
    for (int i = 0; i < n; i++)
        deliver_event(w, host, &events[i]);
    if (n > 0) world_stepped(w, &w->hosts[host]);
    return n > 0;
}

static bool act_side(struct world *w, struct side *s)
{
    if (w->sabotage == SABOTAGE_STUCK) return false;
    bool due = s->woken || (s->waits_for == 0 && s->at <= w->now);
    if (!s->is_open || !due) return false;
    stream_act(w, s);
    if (w->sabotage == SABOTAGE_CLOSED) s->is_open = false;
    world_stepped(w, &w->hosts[s->host]);
    return true;
}

static bool act_talker(struct world *w, struct talker *t)
{
    if (!t->is_open || t->sent == t->to_send || t->at > w->now) return false;
    datagram_act(w, t);
    world_stepped(w, &w->hosts[t->host]);
    return true;
}

static bool act_listener(struct world *w, struct listener *l)
{
    if (!l->is_behind || l->at > w->now) return false;
    stream_accept(w, l);
    world_stepped(w, &w->hosts[l->host]);
    return true;
}

/* A server is stopped and started again; what waited to be accepted is reset. */
static bool turn_listener(struct world *w, struct listener *l)
{
    if (l->turns_at > w->now) return false;
    l->turns_at = BONNET_NEVER;
    if (l->is_open) {
        l->is_open = l->is_behind = false;
        bonnet_close(w->hosts[l->host].bn, l->socket);
        l->turns_at = w->now + random_size(&w->random, 5 * BONNET_S);
    } else if (make_listening(w, l) < 0) {
        l->turns_at = w->now + BONNET_S;
    }
    world_stepped(w, &w->hosts[l->host]);
    return true;
}

static bool act_arrivals(struct world *w)
{
    if (w->clients_to_come == 0 || w->next_client_at > w->now) return false;
    w->clients_to_come--;
    w->next_client_at = w->now + random_size(&w->random, 5 * BONNET_S);
    stream_client_new(w);
    return true;
}

/* ---- an instant ---- */

static bool move_frames(struct world *w, bool (*move)(struct world *, struct cable *, unsigned))
{
    bool moved = false;
    unsigned begin = (unsigned)random_below(&w->random, 2 * w->cables_n);
    for (unsigned i = 0; i < 2 * w->cables_n; i++) {
        unsigned k = (begin + i) % (2 * w->cables_n);
        unsigned burst = (unsigned)random_between(&w->random, 1, 8);
        while (burst-- > 0 && !w->is_failed && move(w, &w->cables[k / 2], k % 2))
            moved = true;
    }
    return moved;
}

static bool move_programs(struct world *w)
{
    bool moved = act_arrivals(w);
    moved |= stranger_act(w);
    for (unsigned i = 0; i < w->hosts_n; i++)
        while (!w->is_failed && deliver_events(w, i))
            moved = true;
    for (unsigned i = 0; i < w->listeners_n && !w->is_failed; i++)
        moved |= turn_listener(w, &w->listeners[i]) | act_listener(w, &w->listeners[i]);
    for (unsigned i = 0; i < w->sides_n && !w->is_failed; i++)
        moved |= act_side(w, &w->sides[i]);
    for (unsigned i = 0; i < w->talkers_n && !w->is_failed; i++)
        moved |= act_talker(w, &w->talkers[i]);
    return moved;
}

/* A stack may want time to be told again at the instant that it knows. */
static bool tick_again(struct world *w)
{
    bool wanted = false;
    for (unsigned i = 0; i < w->hosts_n; i++) {
        if (bonnet_deadline(w->hosts[i].bn) > w->now) continue;
        bonnet_tick(w->hosts[i].bn, w->now);
        world_stepped(w, &w->hosts[i]);
        wanted = true;
    }
    return wanted;
}

/* Until nothing moves at this instant. A pause of no length keeps an instant going: steps bound it.
 */
static void live_instant(struct world *w)
{
    bool moved = true;
    for (unsigned ticks = 0; moved && !w->is_failed && w->step < STEPS_MAX;) {
        moved = move_frames(w, wire_in);
        moved |= move_programs(w);
        moved |= move_frames(w, wire_out);
        if (!moved && ticks++ < TICKS_MAX) moved = tick_again(w);
    }
    if (w->is_failed) return;
    stream_check_waits(w);
    for (unsigned i = 0; i < w->hosts_n; i++)
        watch_host_at_rest(w, &w->hosts[i]);
}

static bonnet_time earlier(bonnet_time a, bonnet_time b)
{
    return a < b ? a : b;
}

static bonnet_time programs_deadline(const struct world *w)
{
    bonnet_time at = w->clients_to_come ? w->next_client_at : BONNET_NEVER;
    for (unsigned i = 0; i < w->listeners_n; i++)
        at = earlier(at, w->listeners[i].is_behind
                             ? earlier(w->listeners[i].turns_at, w->listeners[i].at)
                             : w->listeners[i].turns_at);
    for (unsigned i = 0; i < w->sides_n; i++)
        if (w->sides[i].is_open && w->sides[i].waits_for == 0) at = earlier(at, w->sides[i].at);
    for (unsigned i = 0; i < w->talkers_n; i++)
        if (w->talkers[i].is_open && w->talkers[i].sent < w->talkers[i].to_send)
            at = earlier(at, w->talkers[i].at);
    return at;
}

static bonnet_time next_instant(struct world *w)
{
    bonnet_time at = programs_deadline(w);
    if (w->has_faults) at = earlier(at, w->faults_end);
    if (w->has_faults && w->has_stranger) at = earlier(at, w->stranger_at);
    at = earlier(at, w->patience_ends);
    for (unsigned i = 0; i < 2 * w->cables_n; i++) {
        const struct bonnet_driver *d = w->cables[i / 2].end[i % 2];
        at = earlier(at, d->ops->deadline(d));
    }
    for (unsigned i = 0; i < w->hosts_n; i++) {
        bonnet_time due = bonnet_deadline(w->hosts[i].bn);
        if (due <= w->now)
            world_fail(w, "deadline", "host %u wants to be called at once and has nothing to send",
                       i);
        at = earlier(at, due);
    }
    return at;
}

/* Time passes, now and then in two bits: before its deadline a stack has nothing to say. */
static void pass_time(struct world *w, bonnet_time to)
{
    if (to > w->now + 1 && random_chance(&w->random, 5)) {
        w->now = random_between(&w->random, w->now + 1, to - 1);
        for (unsigned i = 0; i < w->hosts_n; i++)
            bonnet_tick(w->hosts[i].bn, w->now);
        for (unsigned i = 0; i < 2 * w->cables_n; i++)
            if (wire_out(w, &w->cables[i / 2], i % 2))
                world_fail(w, "deadline", "a frame %llu ns before the deadline",
                           (unsigned long long)(to - w->now));
    }
    w->now = to;
    for (unsigned i = 0; i < w->hosts_n; i++) {
        bonnet_tick(w->hosts[i].bn, to);
        world_stepped(w, &w->hosts[i]);
    }
    for (unsigned i = 0; i < w->cables_n; i++)
        w->cables[i].end[0]->ops->tick(w->cables[i].end[0], to);
}

static void end_faults(struct world *w)
{
    world_say(w, "the faults end");
    w->has_faults = false;
    for (unsigned i = 0; i < w->hosts_n; i++)
        w->hosts[i].heap.refuses = 0;
    for (unsigned i = 0; i < w->cables_n; i++) {
        struct cable *c = &w->cables[i];
        wire_unplug(c);
        bonnet_link_config_init(&c->config.link);
        c->config.link.delay = BONNET_MS;
        make_plug(w, c);
    }
}

/* Programs whose peer is gone without a word are closed, and so are those that this leaves alone.
 */
static void give_up(struct world *w)
{
    w->patience_ends += PATIENCE;
    stream_give_up(w);
}

/* ---- a life ---- */

static bool talkers_done(const struct world *w)
{
    for (unsigned i = 0; i < w->talkers_n; i++)
        if (w->talkers[i].is_open && w->talkers[i].sent < w->talkers[i].to_send) return false;
    return true;
}

/* Until all programs have ended, or cannot any more. */
static void live(struct world *w)
{
    while (!w->is_failed) {
        live_instant(w);
        if (w->is_failed || (!w->has_faults && stream_all_done(w) && talkers_done(w))) return;
        bonnet_time at = next_instant(w);
        bool stuck = !w->has_faults && at > w->faults_end + END_MAX;
        if (stuck || w->step >= STEPS_MAX) {
            world_fail(w, "I15", "some program never ends");
            return;
        }
        pass_time(w, at);
        if (w->has_faults && w->now >= w->faults_end) end_faults(w);
        if (w->now >= w->patience_ends) give_up(w);
    }
}

static void close_rest(struct world *w)
{
    for (unsigned i = 0; i < w->listeners_n; i++) {
        bool was_open = w->listeners[i].is_open;
        w->listeners[i].is_open = w->listeners[i].is_behind = false;
        w->listeners[i].turns_at = BONNET_NEVER;
        if (w->sabotage == SABOTAGE_LEFT || !was_open) continue;
        bonnet_close(w->hosts[w->listeners[i].host].bn, w->listeners[i].socket);
    }
    for (unsigned i = 0; i < w->talkers_n; i++) {
        w->talkers[i].is_open = false;
        bonnet_close(w->hosts[w->talkers[i].host].bn, w->talkers[i].socket);
    }
}

/* Closing what is left, and the quiet time after it. */
static void die(struct world *w)
{
    char left[400];
    close_rest(w);
    w->patience_ends = BONNET_NEVER;
    bonnet_time end = w->now + (w->is_tight ? END_MAX : EMPTY_MAX);
    while (!w->is_failed) {
        live_instant(w);
        bonnet_time at = next_instant(w);
        if (at > end) break;
        pass_time(w, at);
    }
    if (!w->is_failed) pass_time(w, end);
    for (unsigned i = 0; i < w->hosts_n && !w->is_failed; i++)
        if (!watch_host_is_empty(&w->hosts[i], left, sizeof left))
            world_fail(w, "I13", "host %u still has %s", i, left);
}

static void bury(struct world *w)
{
    for (unsigned i = 0; i < w->cables_n; i++)
        wire_unplug(&w->cables[i]);
    for (unsigned i = 0; i < w->hosts_n; i++) {
        struct host *h = &w->hosts[i];
        const struct bonnet_alloc heap = heap_alloc(&h->heap);
        void *leak = w->sabotage == SABOTAGE_LEAK ? heap.alloc(heap.ctx, 1) : NULL;
        cover_host(h);
        bonnet_free(h->bn);
        if (h->heap.blocks || h->heap.bytes || h->heap.wrong)
            world_fail(w, "I14", "host %u: %llu bytes in %llu blocks not given back; %s", i,
                       (unsigned long long)h->heap.bytes, (unsigned long long)h->heap.blocks,
                       h->heap.wrong ? h->heap.wrong : "");
        heap.free(heap.ctx, leak, 1);
    }
}

int world_run(struct world *w, uint64_t seed, enum sabotage sabotage, bool is_loud)
{
    static uint64_t lies;
    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->sabotage = sabotage;
    w->is_loud = is_loud;
    w->random.state = random_mix(seed);
    w->hash = 0xcbf29ce484222325u + (sabotage == SABOTAGE_CHANCE ? lies++ : 0);
    make_world(w);
    live(w);
    if (!w->is_failed) die(w);
    bury(w);
    if (!w->is_failed) twins_run(w);
    return w->is_failed ? -1 : 0;
}
