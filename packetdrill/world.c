/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack, its time, and how a call waits.
 *
 * The stack is made with the first socket: only then have the script's sysctls been set. Its clock
 * moves with usleep() and with the wait for a packet, by a microsecond with each look at it, since
 * packetdrill spins on it, and from timer to timer: whatever is due on the way happens at its own
 * instant.
 *
 * A call that waits sleeps on a condition, which is what packetdrill looks at to tell that it
 * waits. If it is made in the thread that moves time, nobody else would: it moves time itself. The
 * other thread does so, too, when the first has made no call for a while: it waits for the end of
 * the call then.
 */
#include "world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE_NS 400000000L /* packetdrill gives up after a second */
#define IDLE_TURNS  10000      /* timers that may fire at one instant */

static _Thread_local bonnet_time instant;

bonnet_time world_take_instant(void)
{
    bonnet_time at = instant;
    instant = 0;
    return at;
}

/* ---- flags: local=192.168.0.1/16,mtu=1500,quickack=1 ---- */

static bool read_local(struct world *w, const char *value)
{
    char text[BONNET_ADDR_TEXT];
    const char *slash = strchr(value, '/');
    size_t len = slash ? (size_t)(slash - value) : strlen(value);
    if (len >= sizeof text) return false;
    memcpy(text, value, len);
    text[len] = 0;
    w->bits = slash ? (unsigned)strtoul(slash + 1, NULL, 10) : 32;
    return bonnet_addr_parse(text, &w->addr) == 0 && w->bits <= 32;
}

static bool read_flag(struct world *w, const char *flag)
{
    unsigned long number = strtoul(strchrnul(flag, '=') + (strchr(flag, '=') != NULL), NULL, 10);
    if (strncmp(flag, "local=", 6) == 0) return read_local(w, flag + 6);
    if (strncmp(flag, "mtu=", 4) == 0) {
        w->mtu = (uint16_t)number;
        return number >= 68 && number <= UINT16_MAX;
    }
    if (strncmp(flag, "quickack=", 9) == 0) {
        w->no_quickack = number == 0;
        return number <= 1;
    }
    return false;
}

static bool read_flags(struct world *w, const char *flags)
{
    char text[256], *rest = text;
    if (!flags) return true;
    if (strlen(flags) >= sizeof text) return false;
    strcpy(text, flags);
    for (char *flag; (flag = strsep(&rest, ",")) != NULL;) {
        if (*flag == 0 || read_flag(w, flag)) continue;
        fprintf(stderr, "bonnet: not a flag: %s\n", flag);
        return false;
    }
    return true;
}

struct world *world_new(const char *flags)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    w->main = pthread_self();
    w->addr = bonnet_ip4(192, 168, 0, 1);
    w->bits = 16;
    w->mtu = 1500;
    w->now = WORLD_BEGIN;
    w->last = &w->first;
    if (read_flags(w, flags)) return w;
    world_free(w);
    return NULL;
}

void world_free(struct world *w)
{
    for (int fd = 0; fd < FILES_MAX; fd++)
        if (w->files[fd].kind == FILE_EPOLL) poll_free(&w->files[fd]);
    while (w->first)
        frames_drop(w);
    bonnet_free(w->bn);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void world_enter(struct world *w)
{
    pthread_mutex_lock(&w->lock);
    if (pthread_equal(pthread_self(), w->main)) w->turns++;
}

void world_leave(struct world *w)
{
    pthread_mutex_unlock(&w->lock);
}

/* ---- the stack ---- */

static int add_interface(struct world *w)
{
    struct bonnet_if_config config = {
        .size = sizeof config,
        .kind = BONNET_IF_IP,
        .mtu = w->mtu,
        .offload = BONNET_OFFLOAD_TX_GSO | BONNET_OFFLOAD_TX_CHECKSUM,
    };
    w->ifx = bonnet_if_add(w->bn, &config);
    if (w->ifx < 0) return w->ifx;
    int err = bonnet_if_addr_add(w->bn, w->ifx, w->addr, w->bits);
    struct bonnet_addr any = bonnet_ip4(0, 0, 0, 0);
    return err ? err : bonnet_route_add(w->bn, any, 0, any, w->ifx);
}

int world_begin(struct world *w)
{
    if (w->bn) return 0;
    struct bonnet_config config;
    bonnet_config_init(&config);
    memset(config.seed, 0x5e, sizeof config.seed); /* every run is like every other */
    config.alloc = bonnet_host_alloc();
    sysctl_configure(&config);
    int err = bonnet_new(&config, &w->bn);
    if (err) return err;
    bonnet_tick(w->bn, w->now);
    return add_interface(w);
}

/* ---- time ---- */

static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "bonnet: %s\n", why);
    fflush(NULL);
    _exit(1);
}

static void pump(struct world *w)
{
    struct bonnet_tx tx;
    while (bonnet_output(w->bn, w->ifx, &tx) == 1)
        frames_keep(w, &tx);
    poll_take_news(w);
}

static void retry(struct world *w)
{
    struct attempt *a = w->waits;
    if (!a) return;
    int64_t result = a->go(w, a);
    if (result == -EAGAIN && w->now < a->until) return;
    a->result = result == -EAGAIN ? a->late : result;
    a->is_done = true;
    a->done_at = w->now;
    w->waits = NULL;
    pthread_cond_broadcast(&w->changed);
    pump(w);
}

void world_settle(struct world *w)
{
    if (!w->bn) return;
    pump(w);
    retry(w);
}

static bonnet_time next_instant(const struct world *w)
{
    bonnet_time at = w->bn ? bonnet_deadline(w->bn) : BONNET_NEVER;
    return w->waits && w->waits->until < at ? w->waits->until : at;
}

static void go_to(struct world *w, bonnet_time at)
{
    if (at > w->now) w->now = at;
    if (!w->bn) return;
    bonnet_tick(w->bn, w->now);
    world_settle(w);
}

bool world_step(struct world *w, bonnet_time until)
{
    bonnet_time at = next_instant(w);
    bool happens = at <= until && at != BONNET_NEVER;
    if (!happens) at = until;
    if (at != BONNET_NEVER) go_to(w, at);
    return happens;
}

void world_advance(struct world *w, bonnet_time until)
{
    unsigned idle = 0;
    bonnet_time before = w->now;
    while (world_step(w, until)) {
        idle = w->now > before ? 0 : idle + 1;
        before = w->now;
        if (idle > IDLE_TURNS) give_up("a deadline that has passed and stays");
    }
}

/* ---- waiting ---- */

static void wait_here(struct world *w, const struct attempt *a)
{
    while (!a->is_done)
        if (!world_step(w, BONNET_NEVER)) give_up("a call waits for what will never happen");
}

/* Until it is done, or the other thread has made no call for a while. */
static void wait_there(struct world *w, const struct attempt *a)
{
    while (!a->is_done) {
        unsigned turns = w->turns;
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += PATIENCE_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        int err = pthread_cond_timedwait(&w->changed, &w->lock, &until);
        if (err == ETIMEDOUT && !a->is_done && w->turns == turns) world_step(w, BONNET_NEVER);
    }
    instant = a->done_at;
}

int64_t world_try(struct world *w, struct attempt *a)
{
    a->result = a->go(w, a);
    a->is_done = a->result != -EAGAIN || a->until <= w->now;
    if (a->is_done && a->result == -EAGAIN) a->result = a->late;
    world_settle(w);
    if (a->is_done) return a->result;
    if (w->waits) give_up("two calls wait at the same time");
    w->waits = a;
    if (pthread_equal(pthread_self(), w->main))
        wait_here(w, a);
    else
        wait_there(w, a);
    return a->result;
}
