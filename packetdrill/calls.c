/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How sockets begin and end: socket, bind, listen, accept, connect, shutdown, close.
 */
#include "world.h"

#include <errno.h>

/* When a call that waits on a socket gives up, by its timeout option. */
static bonnet_time patience(struct world *w, int fd, int option)
{
    const struct file *f = file_of(w, fd);
    uint64_t ns = 0;
    size_t len = sizeof ns;
    if (!f || f->is_nonblocking) return 0;
    if (bonnet_getsockopt(w->bn, f->handle, option, &ns, &len) < 0 || ns == 0) return BONNET_NEVER;
    return ns < BONNET_NEVER - w->now ? w->now + ns : BONNET_NEVER;
}

static int domain_of(struct world *w, int handle)
{
    int domain = AF_INET;
    size_t len = sizeof domain;
    bonnet_getsockopt(w->bn, handle, BONNET_SO_DOMAIN, &domain, &len);
    return domain;
}

/* A descriptor for a socket of the stack's, which is closed if there is none to be had. */
static int64_t adopt(struct world *w, int handle)
{
    int fd = file_new(w, FILE_SOCKET, handle);
    int off = 0;
    if (fd < 0) bonnet_close(w->bn, handle);
    if (fd >= 0 && w->no_quickack)
        bonnet_setsockopt(w->bn, handle, BONNET_TCP_QUICKACK, &off, sizeof off);
    return fd;
}

static int64_t make_socket(struct world *w, int domain, int type, int protocol)
{
    int err = world_begin(w);
    if (err) return err;
    int handle = bonnet_socket(w->bn, domain, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol);
    if (handle < 0) return handle;
    sysctl_apply(w->bn, handle);
    int64_t fd = adopt(w, handle);
    if (fd >= 0) w->files[fd].is_nonblocking = type & SOCK_NONBLOCK;
    return fd;
}

int slot_socket(void *world, int domain, int type, int protocol)
{
    struct world *w = world;
    world_enter(w);
    int64_t fd = make_socket(w, domain, type, protocol);
    world_leave(w);
    return (int)give(fd);
}

int slot_bind(void *world, int fd, const struct sockaddr *a, socklen_t n)
{
    struct world *w = world;
    struct bonnet_endpoint at;
    int family = bonnet_sockaddr_read(a, n, &at);
    if (family == AF_UNSPEC) family = -EAFNOSUPPORT;
    if (family < 0) return (int)give(family);
    world_enter(w);
    int err = bonnet_bind(w->bn, handle_of(w, fd), &at);
    world_leave(w);
    return (int)give(err);
}

int slot_listen(void *world, int fd, int backlog)
{
    struct world *w = world;
    world_enter(w);
    int err = bonnet_listen(w->bn, handle_of(w, fd), backlog);
    world_settle(w);
    world_leave(w);
    return (int)give(err);
}

/* ---- accept ---- */

struct accept_attempt {
    struct attempt attempt;
    struct bonnet_endpoint peer;
};

static int64_t go_accept(struct world *w, struct attempt *attempt)
{
    struct accept_attempt *a = (struct accept_attempt *)attempt;
    int handle = bonnet_accept(w->bn, handle_of(w, attempt->fd), &a->peer);
    return handle < 0 ? handle : adopt(w, handle);
}

int slot_accept(void *world, int fd, struct sockaddr *addr, socklen_t *n)
{
    struct world *w = world;
    world_enter(w);
    struct accept_attempt a = {.attempt = {.go = go_accept, .fd = fd, .late = -EAGAIN}};
    a.attempt.until = patience(w, fd, BONNET_SO_RCVTIMEO);
    int64_t made = world_try(w, &a.attempt);
    if (made >= 0 && addr && n)
        bonnet_sockaddr_write(&a.peer, domain_of(w, handle_of(w, (int)made)), addr, n);
    world_leave(w);
    return (int)give(made);
}

/* ---- connect ---- */

struct connect_attempt {
    struct attempt attempt;
    struct bonnet_endpoint to;
    bool has_begun;
};

/* SO_SNDTIMEO ends the wait, not the attempt (socket(7)). */
static int64_t go_connect(struct world *w, struct attempt *attempt)
{
    struct connect_attempt *a = (struct connect_attempt *)attempt;
    int err = bonnet_connect(w->bn, handle_of(w, attempt->fd), &a->to);
    bool goes_on = err == -EINPROGRESS || err == -EALREADY;
    if (!a->has_begun) attempt->late = goes_on ? err : -EINPROGRESS;
    a->has_begun = true;
    return goes_on ? -EAGAIN : err;
}

int slot_connect(void *world, int fd, const struct sockaddr *addr, socklen_t n)
{
    struct world *w = world;
    struct connect_attempt a = {.attempt = {.go = go_connect, .fd = fd}};
    int family = bonnet_sockaddr_read(addr, n, &a.to);
    if (family < 0) return (int)give(family);
    world_enter(w);
    a.attempt.until = patience(w, fd, BONNET_SO_SNDTIMEO);
    int64_t err = world_try(w, &a.attempt);
    world_leave(w);
    return (int)give(err);
}

/* ---- the end ---- */

int slot_shutdown(void *world, int fd, int how)
{
    struct world *w = world;
    world_enter(w);
    int err = bonnet_shutdown(w->bn, handle_of(w, fd), how);
    world_settle(w);
    world_leave(w);
    return (int)give(err);
}

struct close_attempt {
    struct attempt attempt;
    int handle;
};

/* Has the peer acknowledged the FIN, or is there no connection any more? */
static int64_t go_linger(struct world *w, struct attempt *attempt)
{
    int handle = ((struct close_attempt *)attempt)->handle;
    struct bonnet_row row = {.size = sizeof row};
    if (bonnet_inspect_socket(w->bn, handle, &row) < 0) return 0;
    bool ends = row.state == BONNET_FIN_WAIT_2 || row.state == BONNET_TIME_WAIT ||
                row.state == BONNET_CLOSED;
    return ends ? 0 : -EAGAIN;
}

/* SO_LINGER {1, n} waits, on a non-blocking socket too, and the call succeeds however that ends. */
static int64_t close_socket(struct world *w, int handle)
{
    struct bonnet_linger linger = {0};
    size_t len = sizeof linger;
    bonnet_getsockopt(w->bn, handle, BONNET_SO_LINGER, &linger, &len);
    int err = bonnet_close(w->bn, handle);
    if (err != -EINPROGRESS) return err;
    struct close_attempt a = {.attempt = {.go = go_linger, .fd = -1}, .handle = handle};
    a.attempt.until = w->now + (bonnet_time)linger.linger * BONNET_S;
    world_try(w, &a.attempt);
    bonnet_linger_end(w->bn, handle);
    return 0;
}

static int64_t close_file(struct world *w, int fd)
{
    struct file *f = file_of(w, fd);
    if (!f) return close(fd) < 0 ? -errno : 0;
    int64_t err = f->kind == FILE_SOCKET ? close_socket(w, f->handle) : 0;
    file_free(w, fd);
    world_settle(w);
    return err;
}

int slot_close(void *world, int fd)
{
    struct world *w = world;
    world_enter(w);
    int64_t err = close_file(w, fd);
    world_leave(w);
    return (int)give(err);
}
