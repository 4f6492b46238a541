/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux as a world: the same scenario on the kernel's own sockets, in real time.
 *
 * Hosts are network namespaces, links are pairs of TUN devices with this process in between (see
 * kernel_world.h for who does what). One thread does all of it: it calls for the programs, carries
 * the packets, and sleeps until a device, a socket or an instant wants it.
 *
 * Decides when the world is silent. The kernel does not say whether it is about to send, but what
 * it does about a packet or a call it does at once; only its timers act later, and silence is not
 * about them. So a pause of 10 ms is silence, even while an acknowledgment is being delayed.
 *
 * What the kernel has and does not give: reasons, dropped packets, its memory. What is not to be
 * had here: hours.
 */
#define _GNU_SOURCE
#include "kernel_world.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* A pause that is silence. */
#define QUIET (10 * BONNET_MS)

/* States that only timers change are looked at this often. */
#define LOOK_EVERY (50 * BONNET_MS)

#define EVENTS_MAX 64

static struct kernel_world *world_of(struct world *w)
{
    return (struct kernel_world *)(void *)w;
}

int kernel_grow(void **array, size_t n, size_t *room, size_t element)
{
    if (n < *room) return 0;
    size_t more = *room ? 2 * *room : 16;
    void *grown = realloc(*array, more * element);
    if (!grown) return -ENOMEM;
    *array = grown;
    *room = more;
    return 0;
}

bonnet_time kernel_now(const struct world *w)
{
    return bonnet_host_now() - ((const struct kernel_world *)(const void *)w)->began;
}

void kernel_on_called(struct kernel_world *k, unsigned host)
{
    k->has_news = true;
    (void)kernel_watch(k, host, k->by[0] ? LAB_BY_CALL : LAB_BY_UNKNOWN, k->by);
}

static void cause(struct world *w, unsigned host, const char *by)
{
    struct kernel_world *k = world_of(w);
    (void)host; /* calls are made one after the other */
    (void)snprintf(k->by, sizeof k->by, "%s", by ? by : "");
}

/* ---- silence ---- */

static bool is_silent(const struct world *w)
{
    const struct kernel_world *k = (const struct kernel_world *)(const void *)w;
    return !k->has_news && kernel_now(w) >= k->active_at + QUIET &&
           kernel_wire_deadline(k) == BONNET_NEVER;
}

/* ---- time passes ---- */

/* What timers have done. 1: something. */
static int watch_all(struct kernel_world *k)
{
    int any = 0;
    for (unsigned i = 0; i < k->config.scenario->hosts_n; i++) {
        int r = kernel_watch(k, i, LAB_BY_TIMER, "timer");
        if (r < 0) return r;
        any |= r;
    }
    return any;
}

/* Forgets edges that have been seen. 1: a socket or a lingering close had one. */
static int drain_events(struct kernel_world *k)
{
    struct epoll_event events[EVENTS_MAX];
    eventfd_t told;
    int any = 0, n;
    do {
        n = epoll_wait(k->epoll, events, EVENTS_MAX, 0);
        if (n < 0) return errno == EINTR ? any : -errno;
        for (int i = 0; i < n; i++)
            any |= events[i].data.u32 == KERNEL_EVENT_NEWS;
    } while (n == EVENTS_MAX);
    (void)eventfd_read(k->wake, &told);
    return any;
}

/* All that can happen at this instant. 1: something that a program may notice has. */
static int turn(struct kernel_world *k)
{
    int moved = kernel_wire_turn(k);
    if (moved < 0) return moved;
    int news = drain_events(k);
    return news < 0 ? news : moved | news;
}

static bonnet_time min_time(bonnet_time a, bonnet_time b)
{
    return a < b ? a : b;
}

/* Until a device or a socket has something, or the instant has come, but not for long. */
static int sleep_until(struct kernel_world *k, bonnet_time at)
{
    bonnet_time now = kernel_now(&k->world);
    bonnet_time left = at > now ? min_time(at - now, LOOK_EVERY) : 0;
    const struct timespec ts = {.tv_sec = (time_t)(left / BONNET_S),
                                .tv_nsec = (long)(left % BONNET_S)};
    struct pollfd p = {.fd = k->epoll, .events = POLLIN};
    return ppoll(&p, 1, &ts, NULL) < 0 && errno != EINTR ? -errno : 0;
}

static int step(struct world *w, bonnet_time until)
{
    struct kernel_world *k = world_of(w);
    bool was_silent = is_silent(w);
    for (;;) {
        int r = turn(k);
        if (r != 0) return r;
        bonnet_time next = min_time(until, kernel_wire_deadline(k)), now = kernel_now(w);
        if (now >= until) return 0;
        if (is_silent(w)) {
            if (!was_silent) return 1;
            if (until == BONNET_NEVER && !kernel_has_timers(w)) return 0;
        }
        bonnet_time silence = k->active_at + QUIET;
        r = sleep_until(k, silence > now ? min_time(next, silence) : next);
        if (r == 0) r = watch_all(k);
        if (r != 0) return r;
    }
}

static int flush(struct world *w)
{
    int r = turn(world_of(w));
    return r < 0 ? r : 0;
}

/* ---- the world ---- */

static int64_t memory(struct world *w, unsigned host)
{
    (void)w;
    (void)host;
    return -ENOTSUP;
}

static void world_free(struct world *w)
{
    struct kernel_world *k = world_of(w);
    const struct scenario *s = k->config.scenario;
    kernel_sockets_fini(k);
    for (unsigned i = 0; i < s->links_n; i++)
        kernel_link_fini(&k->links[i]);
    for (unsigned i = 0; i < s->hosts_n; i++)
        kernel_host_fini(&k->hosts[i]);
    const int fds[] = {k->home, k->epoll, k->wake};
    for (unsigned i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0) close(fds[i]);
    kernel_faults_fini(k);
    flows_fini(&k->flows);
    free(k);
}

static const struct world_ops kernel_ops = {
    .name = "kernel",
    .stack = LAB_ON_KERNEL,
    .free = world_free,
    .now = kernel_now,
    .step = step,
    .flush = flush,
    .is_silent = is_silent,
    .has_timers = kernel_has_timers,
    .socket = kernel_socket,
    .bind = kernel_bind,
    .listen = kernel_listen,
    .accept = kernel_accept,
    .connect = kernel_connect,
    .sendmsg = kernel_sendmsg,
    .recvmsg = kernel_recvmsg,
    .shutdown = kernel_shutdown,
    .close = kernel_close,
    .close_end = kernel_close_end,
    .setsockopt = kernel_setsockopt,
    .getsockopt = kernel_getsockopt,
    .getsockname = kernel_getsockname,
    .getpeername = kernel_getpeername,
    .poll = kernel_poll,
    .rows = kernel_rows,
    .row = kernel_row,
    .counter = kernel_counter,
    .memory = memory,
    .cause = cause,
    .fault = kernel_fault,
    .forge = kernel_forge,
    .replay = kernel_replay,
    .cut = kernel_cut,
    .power = kernel_power,
};

static struct kernel_world *world_alloc(const struct world_config *config)
{
    struct kernel_world *k = calloc(1, sizeof *k);
    if (!k) return NULL;
    k->world.ops = &kernel_ops;
    k->config = *config;
    k->random = config->seed;
    k->home = k->epoll = k->wake = -1;
    for (unsigned i = 0; i < LAB_HOSTS_MAX; i++) {
        struct kernel_host *h = &k->hosts[i];
        h->ns = h->diag = h->mibs[0] = h->mibs[1] = -1;
    }
    return k;
}

/* What step() sleeps on. */
static int make_descriptors(struct kernel_world *k, char *why, size_t max)
{
    struct epoll_event news = {.events = EPOLLIN, .data.u32 = KERNEL_EVENT_NEWS};
    k->epoll = epoll_create1(EPOLL_CLOEXEC);
    k->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    bool failed = k->epoll < 0 || k->wake < 0;
    if (!failed && epoll_ctl(k->epoll, EPOLL_CTL_ADD, k->wake, &news) == 0) return 0;
    int r = -errno;
    (void)snprintf(why, max, "epoll: %s", strerror(-r));
    return r;
}

static int make_hosts(struct kernel_world *k, char *why, size_t max)
{
    const struct scenario *s = k->config.scenario;
    int r = kernel_home_init(k, why, max);
    for (unsigned i = 0; r == 0 && i < s->hosts_n; i++)
        r = kernel_host_init(k, i, why, max);
    for (unsigned i = 0; r == 0 && i < s->hosts_n; i++)
        r = kernel_capture_init(k, i, why, max);
    if (k->home >= 0) kernel_host_leave(k);
    return r;
}

int kernel_world_new(const struct world_config *config, struct world **out, char *why, size_t max)
{
    struct kernel_world *k = world_alloc(config);
    if (!k) return -ENOMEM;
    int r = make_descriptors(k, why, max);
    if (r == 0) r = make_hosts(k, why, max);
    if (r < 0) {
        world_free(&k->world);
        return r;
    }
    for (unsigned i = 0; r == 0 && i < config->scenario->links_n; i++)
        r = kernel_link_init(k, i);
    if (r < 0) {
        (void)snprintf(why, max, "links of the scenario: %s", strerror(-r));
        world_free(&k->world);
        return r;
    }
    k->began = bonnet_host_now();
    *out = &k->world;
    return 0;
}
