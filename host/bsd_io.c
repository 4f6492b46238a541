/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * send(2) and recv(2), blocking.
 *
 * send blocks until all bytes are in the SendQ. recv blocks until there is a byte, until there are
 * as many as SO_RCVLOWAT says, or with MSG_WAITALL until the buffer is full. A timeout, a signal,
 * the end of the stream or an error that comes when some bytes have moved ends the call with their
 * number; the error stays pending for the next one. MSG_PEEK looks at what is there and waits for
 * the first byte only, also together with MSG_WAITALL.
 */
#define _GNU_SOURCE
#include "bsd.h"

#include <errno.h>

/* One call: what it was asked for, and until when it may wait, which is found out when it has to.
 */
struct transfer {
    struct bonnet_bsd *b;
    int s;
    int flags;
    size_t len;                   /* bytes */
    struct bonnet_endpoint *peer; /* NULL: not given, not wanted */
    int timeout;                  /* BONNET_SO_RCVTIMEO or _SNDTIMEO */
    bsd_ready_fn ready;
    bool until_known;
    bonnet_time until;
};

static int await(struct transfer *t)
{
    if (!t->until_known) t->until = bsd_patience(t->b, t->s, t->timeout, t->flags);
    t->until_known = true;
    return bsd_wait(t->b, t->s, t->ready, t->until);
}

static bool has_error(struct bonnet *bn, int s)
{
    int bits = bonnet_poll(bn, s);
    return bits < 0 || (bits & BONNET_POLLERR);
}

/* An error after some bytes is left for the next call: asking the core again would use it up. */
static int64_t send_all(struct transfer *t, const char *bytes)
{
    size_t sent = 0;
    for (;;) {
        int64_t r = bonnet_sendto(t->b->bn, t->s, bytes + sent, t->len - sent, t->flags, t->peer);
        if (r >= 0) sent += (size_t)r;
        if (r >= 0 && sent == t->len) return (int64_t)sent;
        int err = r >= 0 || r == -EAGAIN ? await(t) : (int)r;
        if (sent && (err || has_error(t->b->bn, t->s))) return (int64_t)sent;
        if (err) return err;
    }
}

ssize_t bonnet_bsd_sendto(struct bonnet_bsd *b, int s, const void *p, size_t n, int flags,
                          const struct sockaddr *a, socklen_t an)
{
    struct bonnet_endpoint to;
    int family = a ? bonnet_sockaddr_read(a, an, &to) : AF_UNSPEC;
    if (family < 0) return bsd_result(family);
    struct transfer t = {
        .b = b,
        .s = s,
        .flags = flags,
        .len = n,
        .peer = a ? &to : NULL,
        .timeout = BONNET_SO_SNDTIMEO,
        .ready = bsd_is_writable,
    };
    int64_t sent = send_all(&t, p);
    bsd_push(b);
    return bsd_result(sent);
}

ssize_t bonnet_bsd_send(struct bonnet_bsd *b, int s, const void *p, size_t n, int flags)
{
    return bonnet_bsd_sendto(b, s, p, n, flags, NULL, 0);
}

/* One byte is enough to go on with, however high SO_RCVLOWAT is; and so is the end. */
static bool has_more(struct bonnet *bn, int s)
{
    int ends = BONNET_POLLERR | BONNET_POLLHUP | BONNET_POLLRDHUP;
    int bits = bonnet_poll(bn, s);
    return bits < 0 || (bits & ends) || bonnet_inq(bn, s) > 0;
}

static int int_option(const struct transfer *t, int option)
{
    int value = 0;
    size_t len = sizeof value;
    return bonnet_getsockopt(t->b->bn, t->s, option, &value, &len) < 0 ? 0 : value;
}

/* How many bytes make a call complete. A datagram is complete whatever it has. */
static size_t bytes_wanted(const struct transfer *t)
{
    if ((t->flags & MSG_PEEK) || int_option(t, BONNET_SO_TYPE) != BONNET_SOCK_STREAM) return 0;
    if (t->flags & MSG_WAITALL) return t->len;
    int low = int_option(t, BONNET_SO_RCVLOWAT);
    return low > 0 ? (size_t)low : 1;
}

/* A datagram may be reported longer than the buffer (MSG_TRUNC). */
static int64_t receive(struct transfer *t, char *bytes)
{
    struct bonnet *bn = t->b->bn;
    int flags = t->flags & ~MSG_WAITALL;
    size_t got = 0;
    for (;;) {
        int64_t r = bonnet_recvfrom(bn, t->s, bytes + got, t->len - got, flags, t->peer);
        if (r > 0) got += (size_t)r;
        if (r == 0 || (r > 0 && (got >= t->len || got >= bytes_wanted(t)))) return (int64_t)got;
        int err = r > 0 || r == -EAGAIN ? await(t) : (int)r;
        if (got && (err || bonnet_inq(bn, t->s) <= 0)) return (int64_t)got;
        if (err) return err;
    }
}

ssize_t bonnet_bsd_recvfrom(struct bonnet_bsd *b, int s, void *p, size_t n, int flags,
                            struct sockaddr *a, socklen_t *an)
{
    if (a && !an) return bsd_result(-EFAULT);
    struct bonnet_endpoint from;
    struct transfer t = {
        .b = b,
        .s = s,
        .flags = flags,
        .len = n,
        .peer = a ? &from : NULL,
        .timeout = BONNET_SO_RCVTIMEO,
        .ready = has_more,
    };
    int64_t got = receive(&t, p);
    if (got >= 0 && a) bonnet_sockaddr_write(&from, bsd_domain(b, s), a, an);
    bsd_push(b);
    return bsd_result(got);
}

ssize_t bonnet_bsd_recv(struct bonnet_bsd *b, int s, void *p, size_t n, int flags)
{
    return bonnet_bsd_recvfrom(b, s, p, n, flags, NULL, NULL);
}
