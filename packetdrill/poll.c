/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll and epoll over the stack's sockets.
 *
 * Level-triggered is the state at the moment of the call. Edge-triggered is news: what the stack
 * has reported as changed since the epoll reported it, and once when it is added or modified.
 */
#include "world.h"

#include <errno.h>
#include <stdlib.h>

#define NEWS_MAX 64

static bonnet_time until_ms(const struct world *w, int timeout_ms)
{
    if (timeout_ms < 0) return BONNET_NEVER;
    return timeout_ms ? w->now + (bonnet_time)timeout_ms * BONNET_MS : 0;
}

/* ---- poll ---- */

struct poll_attempt {
    struct attempt attempt;
    struct pollfd *fds;
    nfds_t n;
};

static short bits_of(struct world *w, const struct pollfd *p)
{
    int handle = handle_of(w, p->fd);
    int bits = handle < 0 ? POLLNVAL : bonnet_poll(w->bn, handle);
    return (short)(bits & (p->events | POLLERR | POLLHUP | POLLNVAL));
}

static int64_t go_poll(struct world *w, struct attempt *attempt)
{
    struct poll_attempt *a = (struct poll_attempt *)attempt;
    int64_t found = 0;
    for (nfds_t i = 0; i < a->n; i++) {
        a->fds[i].revents = bits_of(w, &a->fds[i]);
        found += a->fds[i].revents != 0;
    }
    return found ? found : -EAGAIN;
}

int slot_poll(void *world, struct pollfd *fds, nfds_t n, int timeout_ms)
{
    struct world *w = world;
    world_enter(w);
    struct poll_attempt a = {.attempt = {.go = go_poll, .fd = -1}, .fds = fds, .n = n};
    a.attempt.until = until_ms(w, timeout_ms);
    int64_t found = world_try(w, &a.attempt);
    world_leave(w);
    return (int)give(found);
}

/* ---- what an epoll watches ---- */

static struct interest **find(struct file *epoll, int fd)
{
    struct interest **at = &epoll->interests;
    while (*at && (*at)->fd != fd)
        at = &(*at)->next;
    return at;
}

static void drop(struct interest **at)
{
    struct interest *i = *at;
    *at = i->next;
    free(i);
}

void poll_free(struct file *epoll)
{
    while (epoll->interests)
        drop(&epoll->interests);
}

void poll_forget(struct world *w, int fd)
{
    for (int e = 0; e < FILES_MAX; e++) {
        if (w->files[e].kind != FILE_EPOLL) continue;
        struct interest **at = find(&w->files[e], fd);
        if (*at) drop(at);
    }
}

static void tell(struct world *w, int handle)
{
    for (int e = 0; e < FILES_MAX; e++) {
        if (w->files[e].kind != FILE_EPOLL) continue;
        for (struct interest *i = w->files[e].interests; i; i = i->next)
            if (handle_of(w, i->fd) == handle) i->has_news = true;
    }
}

void poll_take_news(struct world *w)
{
    struct bonnet_event events[NEWS_MAX];
    int n;
    while ((n = bonnet_ready(w->bn, events, NEWS_MAX)) > 0)
        for (int i = 0; i < n; i++)
            tell(w, events[i].socket);
}

/* ---- epoll ---- */

int slot_epoll_create(void *world, int size)
{
    struct world *w = world;
    if (size <= 0) return (int)give(-EINVAL);
    world_enter(w);
    int fd = file_new(w, FILE_EPOLL, -1);
    world_leave(w);
    return (int)give(fd);
}

static int control(struct file *epoll, int op, int fd, const struct epoll_event *event)
{
    struct interest **at = find(epoll, fd);
    if (op == EPOLL_CTL_ADD && *at) return -EEXIST;
    if (op != EPOLL_CTL_ADD && !*at) return -ENOENT;
    if (op == EPOLL_CTL_DEL) {
        drop(at);
        return 0;
    }
    if (!*at) *at = calloc(1, sizeof **at);
    if (!*at) return -ENOMEM;
    (*at)->fd = fd;
    (*at)->event = *event;
    (*at)->has_news = true;
    return 0;
}

int slot_epoll_ctl(void *world, int epfd, int op, int fd, struct epoll_event *event)
{
    struct world *w = world;
    world_enter(w);
    struct file *epoll = file_of(w, epfd);
    int err = epoll && epoll->kind == FILE_EPOLL && handle_of(w, fd) >= 0 ? 0 : -EBADF;
    if (!err && op != EPOLL_CTL_DEL && !event) err = -EFAULT;
    if (!err) err = control(epoll, op, fd, event);
    world_settle(w);
    world_leave(w);
    return (int)give(err);
}

struct epoll_attempt {
    struct attempt attempt;
    struct epoll_event *events;
    int max;
};

#define EPOLL_BITS 0x3fffu /* the rest are EPOLLET and its like */

/* What there is to report of one; 0: nothing. */
static uint32_t report(struct world *w, struct interest *i)
{
    uint32_t wanted = i->event.events & EPOLL_BITS;
    if (!wanted || ((i->event.events & EPOLLET) && !i->has_news)) return 0;
    uint32_t always = EPOLLERR | EPOLLHUP;
    uint32_t bits = (uint32_t)bonnet_poll(w->bn, handle_of(w, i->fd)) & (wanted | always);
    if (!bits) return 0;
    i->has_news = false;
    if (i->event.events & EPOLLONESHOT) i->event.events &= ~EPOLL_BITS;
    return bits;
}

static int64_t go_epoll(struct world *w, struct attempt *attempt)
{
    struct epoll_attempt *a = (struct epoll_attempt *)attempt;
    const struct file *epoll = file_of(w, attempt->fd);
    int n = 0;
    for (struct interest *i = epoll->interests; i && n < a->max; i = i->next) {
        uint32_t bits = report(w, i);
        if (bits) a->events[n++] = (struct epoll_event){.events = bits, .data = i->event.data};
    }
    return n ? n : -EAGAIN;
}

int slot_epoll_wait(void *world, int epfd, struct epoll_event *events, int max, int timeout_ms)
{
    struct world *w = world;
    world_enter(w);
    const struct file *epoll = file_of(w, epfd);
    int64_t n = epoll && epoll->kind == FILE_EPOLL ? 0 : -EBADF;
    struct epoll_attempt a = {.attempt = {.go = go_epoll, .fd = epfd}, .events = events};
    a.max = max;
    a.attempt.until = until_ms(w, timeout_ms);
    if (!n) n = max > 0 ? world_try(w, &a.attempt) : -EINVAL;
    world_leave(w);
    return (int)give(n);
}
