/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket(2) and its family with errno, on a stack that runs in the caller's thread.
 *
 * A call that would block runs the loop until it no longer would. There is no other thread: while
 * the program computes, nothing is received and no timer fires, and what that delays is made up for
 * in the next call. Each call lets out at once what it caused.
 *
 * Signals: a call whose sleep a signal interrupts before anything was done fails with EINTR,
 * whatever SA_RESTART says. A signal that comes while the loop is at work, or just before the
 * call, interrupts no sleep; a handler that wants to end the call for certain calls
 * bonnet_loop_wake(), which does the same and is not lost. SIGPIPE is never raised: EPIPE says it.
 *
 * O_NONBLOCK is kept in the socket's user word, which the face has for itself.
 */
#define _GNU_SOURCE
#include "bsd.h"
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bits of the user word. */
#define USER_NONBLOCK 1u

ssize_t bsd_result(int64_t result)
{
    if (result >= 0) return (ssize_t)result;
    errno = (int)-result;
    return -1;
}

static int result(int value)
{
    return (int)bsd_result(value);
}

static int make(struct bonnet_bsd *b)
{
    struct bonnet_config config;
    int err = bonnet_host_config(&config);
    if (!err) err = bonnet_new(&config, &b->bn);
    return err ? err : bonnet_loop_new(BONNET_CLOCK_REAL, &b->loop);
}

/* The one interface, and what lies beyond the gateway. */
static int connect_to_world(struct bonnet_bsd *b, struct bonnet_driver *driver,
                            struct bonnet_addr addr, unsigned bits, struct bonnet_addr gateway)
{
    memcpy(b->name, driver->name, sizeof b->name);
    b->ifx = bonnet_loop_attach(b->loop, b->bn, driver, addr, bits);
    if (b->ifx < 0 || bonnet_addr_is_any(gateway)) return b->ifx;
    return bonnet_route_add(b->bn, bonnet_ip4(0, 0, 0, 0), 0, gateway, b->ifx);
}

static void release(struct bonnet_bsd *b)
{
    bonnet_loop_free(b->loop);
    bonnet_free(b->bn);
    free(b);
}

int bonnet_bsd_new(struct bonnet_driver *driver, struct bonnet_addr addr, unsigned bits,
                   struct bonnet_addr gateway, struct bonnet_bsd **out)
{
    struct bonnet_bsd *b = calloc(1, sizeof *b);
    int err = b ? make(b) : -ENOMEM;
    if (err)
        bonnet_driver_free(driver);
    else
        err = connect_to_world(b, driver, addr, bits, gateway);
    if (err < 0) {
        if (b) release(b);
        return result(err);
    }
    *out = b;
    return 0;
}

void bonnet_bsd_free(struct bonnet_bsd *b, bonnet_time patience)
{
    if (!b) return;
    bonnet_time now = bonnet_loop_now(b->loop);
    bsd_close_all(b, patience < BONNET_NEVER - now ? now + patience : BONNET_NEVER);
    release(b);
}

struct bonnet *bonnet_bsd_stack(struct bonnet_bsd *b)
{
    return b->bn;
}

struct bonnet_loop *bonnet_bsd_loop(struct bonnet_bsd *b)
{
    return b->loop;
}

static bool polls_any(struct bonnet *bn, int s, int bits)
{
    int now = bonnet_poll(bn, s);
    return now < 0 || (now & bits);
}

bool bsd_is_readable(struct bonnet *bn, int s)
{
    return polls_any(bn, s, BONNET_POLLIN | BONNET_POLLERR | BONNET_POLLHUP);
}

bool bsd_is_writable(struct bonnet *bn, int s)
{
    return polls_any(bn, s, BONNET_POLLOUT | BONNET_POLLERR | BONNET_POLLHUP);
}

static bool is_nonblocking(struct bonnet_bsd *b, int s)
{
    struct bonnet_row row = {.size = sizeof row};
    return bonnet_inspect_socket(b->bn, s, &row) == 0 && (row.user & USER_NONBLOCK);
}

bonnet_time bsd_patience(struct bonnet_bsd *b, int s, int timeout, int flags)
{
    if ((flags & MSG_DONTWAIT) || is_nonblocking(b, s)) return 0;
    uint64_t ns = 0;
    size_t len = sizeof ns;
    if (bonnet_getsockopt(b->bn, s, timeout, &ns, &len) < 0 || ns == 0) return BONNET_NEVER;
    bonnet_time now = bonnet_loop_now(b->loop);
    return ns < BONNET_NEVER - now ? now + ns : BONNET_NEVER;
}

/* A call that must not wait looks once what has come. */
int bsd_wait(struct bonnet_bsd *b, int s, bsd_ready_fn ready, bonnet_time until)
{
    int err = until ? 0 : bonnet_loop_flush(b->loop);
    while (err >= 0 && !ready(b->bn, s)) {
        bonnet_time now = bonnet_loop_now(b->loop);
        if (now >= until) return -EAGAIN;
        err = bonnet_loop_step(b->loop, until - now);
        if (err > 0 && b->loop->was_woken && !ready(b->bn, s)) return -EINTR;
    }
    return err < 0 ? err : 0;
}

/* A failing device is told by the next call that waits; what this one did is done. */
void bsd_push(struct bonnet_bsd *b)
{
    if (bonnet_deadline(b->bn) <= bonnet_loop_now(b->loop)) bonnet_loop_flush(b->loop);
}

int bsd_domain(struct bonnet_bsd *b, int s)
{
    int domain = AF_INET;
    size_t len = sizeof domain;
    bonnet_getsockopt(b->bn, s, BONNET_SO_DOMAIN, &domain, &len);
    return domain;
}

int bonnet_bsd_socket(struct bonnet_bsd *b, int domain, int type, int protocol)
{
    int s = bonnet_socket(b->bn, domain, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol);
    if (s >= 0 && (type & SOCK_NONBLOCK)) bonnet_set_user(b->bn, s, USER_NONBLOCK);
    return result(s);
}

int bonnet_bsd_bind(struct bonnet_bsd *b, int s, const struct sockaddr *a, socklen_t n)
{
    struct bonnet_endpoint at;
    int family = bonnet_sockaddr_read(a, n, &at);
    if (family < 0) return result(family);
    if (family == AF_UNSPEC) return result(-EAFNOSUPPORT);
    return result(bonnet_bind(b->bn, s, &at));
}

int bonnet_bsd_listen(struct bonnet_bsd *b, int s, int backlog)
{
    return result(bonnet_listen(b->bn, s, backlog));
}

int bonnet_bsd_accept(struct bonnet_bsd *b, int s, struct sockaddr *a, socklen_t *n)
{
    if (a && !n) return result(-EFAULT);
    struct bonnet_endpoint peer;
    bonnet_time until = 0;
    bool asked = false;
    int made;
    while ((made = bonnet_accept(b->bn, s, &peer)) == -EAGAIN) {
        if (!asked) until = bsd_patience(b, s, BONNET_SO_RCVTIMEO, 0);
        asked = true;
        int err = bsd_wait(b, s, bsd_is_readable, until);
        if (err) return result(err);
    }
    if (made >= 0 && a) bonnet_sockaddr_write(&peer, bsd_domain(b, made), a, n);
    return result(made);
}

/* An attempt that is under way, ours or an earlier call's. SO_SNDTIMEO ends the wait, not the
 * attempt (socket(7)). */
static int await_connection(struct bonnet_bsd *b, int s, int err)
{
    bonnet_time until = bsd_patience(b, s, BONNET_SO_SNDTIMEO, 0);
    bsd_push(b);
    if (!until) return err;
    err = bsd_wait(b, s, bsd_is_writable, until);
    if (err) return err == -EAGAIN ? -EINPROGRESS : err;
    int ended = 0;
    size_t len = sizeof ended;
    err = bonnet_getsockopt(b->bn, s, BONNET_SO_ERROR, &ended, &len);
    return err < 0 ? err : -ended;
}

int bonnet_bsd_connect(struct bonnet_bsd *b, int s, const struct sockaddr *a, socklen_t n)
{
    struct bonnet_endpoint to;
    int family = bonnet_sockaddr_read(a, n, &to);
    if (family < 0) return result(family);
    int err = bonnet_connect(b->bn, s, &to);
    if (err == -EINPROGRESS || err == -EALREADY) err = await_connection(b, s, err);
    return result(err);
}

int bonnet_bsd_shutdown(struct bonnet_bsd *b, int s, int how)
{
    int err = bonnet_shutdown(b->bn, s, how);
    bsd_push(b);
    return result(err);
}

typedef int (*name_fn)(struct bonnet *bn, int s, struct bonnet_endpoint *out);

static int tell_name(struct bonnet_bsd *b, int s, name_fn name, struct sockaddr *a, socklen_t *n)
{
    struct bonnet_endpoint e;
    int err = name(b->bn, s, &e);
    if (err < 0) return result(err);
    if (!a || !n) return result(-EFAULT);
    bonnet_sockaddr_write(&e, bsd_domain(b, s), a, n);
    return 0;
}

int bonnet_bsd_getsockname(struct bonnet_bsd *b, int s, struct sockaddr *a, socklen_t *n)
{
    return tell_name(b, s, bonnet_getsockname, a, n);
}

int bonnet_bsd_getpeername(struct bonnet_bsd *b, int s, struct sockaddr *a, socklen_t *n)
{
    return tell_name(b, s, bonnet_getpeername, a, n);
}
