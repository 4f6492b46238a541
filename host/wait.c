/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a loop waits: epoll for the world, a timerfd for time, an eventfd for other threads.
 *
 * The timeout of epoll_wait(2) is in milliseconds and subject to the thread's timer slack; a
 * timerfd is neither. It is set again only for an instant earlier than the one it stands at:
 * protocol timers move away with every segment, and now and then a turn for nothing costs less than
 * a system call for each of them.
 *
 * Virtual time does not sleep: it jumps. Descriptors are still looked at, where there are any.
 *
 * bonnet_loop_wake() may be called from a signal handler: it touches one lock-free flag and
 * write(2). The flag spares the system call while an earlier one has not been seen.
 */
#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* What an epoll event is about: its data. */
enum source {
    SOURCE_WAKE,
    SOURCE_TIMER,
    SOURCE_WATCH,                                  /* and the index of the watch */
    SOURCE_PORT = SOURCE_WATCH + LOOP_WATCHES_MAX, /* and the index of the port */
};

#define EVENTS_MAX 64

bonnet_time loop_clock(const struct bonnet_loop *loop)
{
    return loop->clock == BONNET_CLOCK_VIRTUAL ? loop->now : bonnet_host_now();
}

static int listen_to(struct bonnet_loop *loop, int op, int fd, uint32_t events, uint64_t source)
{
    struct epoll_event e = {.events = events, .data.u64 = source};
    return epoll_ctl(loop->epoll, op, fd, &e) < 0 ? -errno : 0;
}

int loop_wait_init(struct bonnet_loop *loop)
{
    loop->timer_at = BONNET_NEVER;
    atomic_init(&loop->wake_asked, false);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (loop->epoll < 0 || loop->event < 0 || loop->timer < 0) return -errno;
    int err = listen_to(loop, EPOLL_CTL_ADD, loop->event, EPOLLIN, SOURCE_WAKE);
    return err ? err : listen_to(loop, EPOLL_CTL_ADD, loop->timer, EPOLLIN, SOURCE_TIMER);
}

void loop_wait_fini(struct bonnet_loop *loop)
{
    if (loop->timer >= 0) close(loop->timer);
    if (loop->event >= 0) close(loop->event);
    if (loop->epoll >= 0) close(loop->epoll);
}

int loop_wait_add(struct bonnet_loop *loop, size_t i)
{
    int fd = loop->ports[i]->fd;
    if (fd < 0) return 0;
    int err = listen_to(loop, EPOLL_CTL_ADD, fd, EPOLLIN, SOURCE_PORT + i);
    if (!err) loop->fds_n++;
    return err;
}

/* Listens for space only while a frame waits for it: a device is writable nearly always. */
static int listen_for_space(struct bonnet_loop *loop)
{
    for (size_t i = 0; i < loop->ports_n; i++) {
        struct loop_port *p = loop->ports[i];
        if (p->fd < 0 || p->wants_write == p->blocked) continue;
        uint32_t events = EPOLLIN | (p->blocked ? (uint32_t)EPOLLOUT : 0);
        int err = listen_to(loop, EPOLL_CTL_MOD, p->fd, events, SOURCE_PORT + i);
        if (err) return err;
        p->wants_write = p->blocked;
    }
    return 0;
}

static void drain(int fd)
{
    uint64_t count;
    while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
}

/* The descriptor first, then the flag: the other way round, a wake between the two would be drained
 * with the flag left set, and no later one would write. */
static void mark_woken(struct bonnet_loop *loop)
{
    drain(loop->event);
    atomic_exchange(&loop->wake_asked, false);
    loop->woken = true;
}

static void mark(struct bonnet_loop *loop, const struct epoll_event *e)
{
    uint64_t source = e->data.u64;
    if (source == SOURCE_WAKE) {
        mark_woken(loop);
    } else if (source == SOURCE_TIMER) {
        drain(loop->timer);
        loop->timer_at = BONNET_NEVER;
    } else if (source < SOURCE_PORT) {
        struct loop_watch *w = &loop->watches[source - SOURCE_WATCH];
        w->ready = w->fn != NULL;
    } else if (e->events & ~(uint32_t)EPOLLOUT) {
        loop->ports[source - SOURCE_PORT]->readable = true;
    }
}

static int collect(struct bonnet_loop *loop, int timeout)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(loop->epoll, events, EVENTS_MAX, timeout);
    if (n < 0) return -errno;
    for (int i = 0; i < n; i++)
        mark(loop, &events[i]);
    return 0;
}

static int arm_timer(struct bonnet_loop *loop, bonnet_time at)
{
    if (at >= loop->timer_at) return 0;
    struct itimerspec t = {
        .it_value = {.tv_sec = (time_t)(at / BONNET_S), .tv_nsec = (long)(at % BONNET_S)},
    };
    if (timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &t, NULL) < 0) return -errno;
    loop->timer_at = at;
    return 0;
}

static int sleep_until(struct bonnet_loop *loop, bonnet_time until)
{
    int err = listen_for_space(loop);
    if (err) return err;
    if (until <= bonnet_host_now()) return collect(loop, 0);
    err = arm_timer(loop, until);
    return err ? err : collect(loop, -1);
}

bool loop_is_called(const struct bonnet_loop *loop)
{
    bool called = loop->woken;
    for (unsigned i = 0; i < LOOP_WATCHES_MAX; i++)
        called |= loop->watches[i].ready;
    return called;
}

static bool has_readable_fd(const struct bonnet_loop *loop)
{
    for (size_t i = 0; i < loop->ports_n; i++)
        if (loop->ports[i]->fd >= 0 && loop->ports[i]->readable) return true;
    return false;
}

static int jump_to(struct bonnet_loop *loop, bonnet_time until)
{
    if (loop->fds_n || atomic_load(&loop->wake_asked)) {
        int err = collect(loop, 0);
        if (err || loop_is_called(loop) || has_readable_fd(loop)) return err;
    }
    if (until > loop->now && until != BONNET_NEVER) loop->now = until;
    return 0;
}

int loop_wait(struct bonnet_loop *loop, bonnet_time until)
{
    return loop->clock == BONNET_CLOCK_VIRTUAL ? jump_to(loop, until) : sleep_until(loop, until);
}

void bonnet_loop_wake(struct bonnet_loop *loop)
{
    int saved = errno;
    uint64_t one = 1;
    if (!atomic_exchange(&loop->wake_asked, true))
        while (write(loop->event, &one, sizeof one) < 0 && errno == EINTR)
            ;
    errno = saved;
}

/* The watch of fd, or a free place when fd is -1. NULL: there is none. */
static struct loop_watch *find_watch(struct bonnet_loop *loop, int fd)
{
    for (unsigned i = 0; i < LOOP_WATCHES_MAX; i++) {
        struct loop_watch *w = &loop->watches[i];
        if (fd < 0 ? !w->fn : w->fn && w->fd == fd) return w;
    }
    return NULL;
}

static int forget(struct bonnet_loop *loop, struct loop_watch *w)
{
    if (!w) return -EINVAL;
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    *w = (struct loop_watch){0};
    loop->fds_n--;
    return 0;
}

int bonnet_loop_watch(struct bonnet_loop *loop, int fd, void (*fn)(void *ctx, int fd), void *ctx)
{
    if (fd < 0) return -EINVAL;
    struct loop_watch *w = find_watch(loop, fd);
    if (!fn) return forget(loop, w);
    if (w) forget(loop, w); /* its number may stand for another file by now */
    w = find_watch(loop, -1);
    if (!w) return -ENOSPC;
    uint64_t source = SOURCE_WATCH + (uint64_t)(w - loop->watches);
    if (listen_to(loop, EPOLL_CTL_ADD, fd, EPOLLIN, source) < 0) return -EINVAL;
    *w = (struct loop_watch){.fn = fn, .ctx = ctx, .fd = fd};
    loop->fds_n++;
    return 0;
}
