/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What moves bytes: read, write and their families, pipe and splice.
 *
 * All of them are one transfer of a socket: pieces of memory, flags, an address. write waits until
 * everything is in the SendQ, read until there is a byte, or as many as SO_RCVLOWAT and MSG_WAITALL
 * say. Pipes are the system's.
 */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define SPLICE_MAX 65536u

struct transfer {
    struct attempt attempt;
    const struct bonnet_iov *iov;
    size_t iov_n;
    int flags;
    struct bonnet_endpoint *peer; /* NULL: not given, not wanted */
    size_t done;                  /* bytes */
    size_t len;                   /* bytes of all pieces */
    int flags_out;
};

static bonnet_time patience(struct world *w, const struct transfer *t, int option)
{
    const struct file *f = file_of(w, t->attempt.fd);
    uint64_t ns = 0;
    size_t len = sizeof ns;
    if (!f || f->is_nonblocking || (t->flags & MSG_DONTWAIT)) return 0;
    if (bonnet_getsockopt(w->bn, f->handle, option, &ns, &len) < 0 || ns == 0) return BONNET_NEVER;
    return ns < BONNET_NEVER - w->now ? w->now + ns : BONNET_NEVER;
}

/* What is left of the pieces once the first done bytes are away. At most max of them. */
static size_t rest_of(const struct transfer *t, struct bonnet_iov *rest, size_t max)
{
    size_t skip = t->done, n = 0;
    for (size_t i = 0; i < t->iov_n && n < max; i++) {
        struct bonnet_iov v = t->iov[i];
        size_t cut = skip < v.len ? skip : v.len;
        skip -= cut;
        if (v.len == cut) continue;
        rest[n++] = (struct bonnet_iov){(char *)v.base + cut, v.len - cut};
    }
    return n;
}

static bool has_hole(const struct transfer *t)
{
    for (size_t i = 0; i < t->iov_n; i++)
        if (!t->iov[i].base && t->iov[i].len > 0) return true;
    return false;
}

/* What has been moved counts more than what ended it. */
static int64_t ended(struct transfer *t, int64_t result)
{
    t->attempt.late = t->done ? (int64_t)t->done : -EAGAIN;
    if (result == -EAGAIN) return -EAGAIN;
    return t->done && result < 0 ? (int64_t)t->done : result;
}

static bool has_error(struct bonnet *bn, int handle)
{
    int bits = bonnet_poll(bn, handle);
    return bits < 0 || (bits & BONNET_POLLERR);
}

static int64_t go_send(struct world *w, struct attempt *attempt)
{
    struct transfer *t = (struct transfer *)attempt;
    int handle = handle_of(w, attempt->fd);
    struct bonnet_iov rest[64];
    if (has_hole(t)) return ended(t, -EFAULT);
    if (t->done && has_error(w->bn, handle)) return (int64_t)t->done; /* left for the next call */
    struct bonnet_msghdr msg = {.name = t->peer, .iov = rest};
    msg.iov_n = rest_of(t, rest, sizeof rest / sizeof rest[0]);
    int64_t r = bonnet_sendmsg(w->bn, handle, &msg, t->flags);
    if (r > 0) t->done += (size_t)r;
    if (r < 0) return ended(t, r);
    return t->done < t->len ? ended(t, -EAGAIN) : (int64_t)t->done;
}

static size_t bytes_wanted(struct world *w, const struct transfer *t)
{
    int low = 1;
    size_t len = sizeof low;
    if (t->flags & MSG_PEEK) return 1;
    if (t->flags & MSG_WAITALL) return t->len;
    bonnet_getsockopt(w->bn, handle_of(w, t->attempt.fd), BONNET_SO_RCVLOWAT, &low, &len);
    return low > 0 && (size_t)low < t->len ? (size_t)low : 1;
}

static int64_t go_recv(struct world *w, struct attempt *attempt)
{
    struct transfer *t = (struct transfer *)attempt;
    int handle = handle_of(w, attempt->fd);
    struct bonnet_iov rest[64];
    if (has_hole(t) && bonnet_inq(w->bn, handle) > 0) return ended(t, -EFAULT);
    if (t->done && has_error(w->bn, handle)) return (int64_t)t->done;
    struct bonnet_msghdr msg = {.name = t->peer, .iov = rest};
    msg.iov_n = rest_of(t, rest, sizeof rest / sizeof rest[0]);
    int64_t r = bonnet_recvmsg(w->bn, handle, &msg, t->flags & ~MSG_WAITALL);
    t->flags_out = msg.flags;
    if (r > 0) t->done += (size_t)r;
    if (r < 0) return ended(t, r);
    bool enough = r == 0 || t->done >= t->len || t->done >= bytes_wanted(w, t);
    return enough ? (int64_t)t->done : ended(t, -EAGAIN);
}

static int64_t run(struct world *w, struct transfer *t)
{
    bool sends = t->attempt.go == go_send;
    for (size_t i = 0; i < t->iov_n; i++)
        t->len += t->iov[i].len;
    world_enter(w);
    t->attempt.late = -EAGAIN;
    t->attempt.until = patience(w, t, sends ? BONNET_SO_SNDTIMEO : BONNET_SO_RCVTIMEO);
    int64_t result = world_try(w, &t->attempt);
    world_leave(w);
    return result;
}

/* ---- out ---- */

ssize_t slot_sendto(void *world, int fd, const void *p, size_t n, int flags,
                    const struct sockaddr *a, socklen_t an)
{
    struct bonnet_endpoint to;
    struct bonnet_iov iov = {(void *)(uintptr_t)p, n};
    struct transfer t = {.attempt = {.go = go_send, .fd = fd}, .iov = &iov, .iov_n = 1};
    int family = a ? bonnet_sockaddr_read(a, an, &to) : AF_UNSPEC;
    if (family < 0) return give(family);
    t.flags = flags;
    t.peer = family == AF_UNSPEC ? NULL : &to;
    return give(run(world, &t));
}

ssize_t slot_send(void *world, int fd, const void *p, size_t n, int flags)
{
    return slot_sendto(world, fd, p, n, flags, NULL, 0);
}

ssize_t slot_write(void *world, int fd, const void *p, size_t n)
{
    struct world *w = world;
    return handle_of(w, fd) < 0 ? write(fd, p, n) : slot_send(world, fd, p, n, 0);
}

/* The system's pieces of memory, as bonnet has them: NULL and errno if there are too many. */
static struct bonnet_iov *pieces(const struct iovec *iov, size_t n)
{
    struct bonnet_iov *own = n <= 1024 ? calloc(n + 1, sizeof *own) : NULL;
    for (size_t i = 0; own && i < n; i++)
        own[i] = (struct bonnet_iov){iov[i].iov_base, iov[i].iov_len};
    if (!own) errno = EMSGSIZE;
    return own;
}

ssize_t slot_sendmsg(void *world, int fd, const struct msghdr *msg, int flags)
{
    struct bonnet_iov *iov = pieces(msg->msg_iov, msg->msg_iovlen);
    if (!iov) return -1;
    struct transfer t = {.attempt = {.go = go_send, .fd = fd}, .iov = iov, .flags = flags};
    t.iov_n = msg->msg_iovlen;
    int64_t result = run(world, &t);
    free(iov);
    return give(result);
}

ssize_t slot_writev(void *world, int fd, const struct iovec *iov, int iov_n)
{
    struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)iov_n};
    if (iov_n < 0) return give(-EINVAL);
    return slot_sendmsg(world, fd, &msg, 0);
}

/* ---- in ---- */

ssize_t slot_recvfrom(void *world, int fd, void *p, size_t n, int flags, struct sockaddr *a,
                      socklen_t *an)
{
    struct bonnet_endpoint from = {.port = 0};
    struct bonnet_iov iov = {p, n};
    struct transfer t = {.attempt = {.go = go_recv, .fd = fd}, .iov = &iov, .iov_n = 1};
    t.flags = flags;
    t.peer = a ? &from : NULL;
    int64_t got = run(world, &t);
    if (got >= 0 && a && an) bonnet_sockaddr_write(&from, AF_INET, a, an);
    return give(got);
}

ssize_t slot_recv(void *world, int fd, void *p, size_t n, int flags)
{
    return slot_recvfrom(world, fd, p, n, flags, NULL, NULL);
}

ssize_t slot_read(void *world, int fd, void *p, size_t n)
{
    struct world *w = world;
    return handle_of(w, fd) < 0 ? read(fd, p, n) : slot_recv(world, fd, p, n, 0);
}

ssize_t slot_recvmsg(void *world, int fd, struct msghdr *msg, int flags)
{
    struct bonnet_iov *iov = pieces(msg->msg_iov, msg->msg_iovlen);
    if (!iov) return -1;
    struct transfer t = {.attempt = {.go = go_recv, .fd = fd}, .iov = iov, .flags = flags};
    t.iov_n = msg->msg_iovlen;
    int64_t result = run(world, &t);
    msg->msg_flags = t.flags_out;
    msg->msg_controllen = 0;
    free(iov);
    return give(result);
}

ssize_t slot_readv(void *world, int fd, const struct iovec *iov, int iov_n)
{
    struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)iov_n};
    if (iov_n < 0) return give(-EINVAL);
    return slot_recvmsg(world, fd, &msg, 0);
}

/* ---- between a socket and a pipe ---- */

int slot_pipe(void *world, int fds[2])
{
    (void)world;
    return pipe(fds);
}

static ssize_t out_of_socket(struct world *w, int fd, int pipe_fd, size_t len)
{
    char bytes[SPLICE_MAX];
    ssize_t got = slot_recv(w, fd, bytes, len < sizeof bytes ? len : sizeof bytes, 0);
    return got > 0 ? write(pipe_fd, bytes, (size_t)got) : got;
}

static ssize_t into_socket(struct world *w, int pipe_fd, int fd, size_t len, int flags)
{
    char bytes[SPLICE_MAX];
    ssize_t got = read(pipe_fd, bytes, len < sizeof bytes ? len : sizeof bytes);
    return got > 0 ? slot_send(w, fd, bytes, (size_t)got, flags) : got;
}

int slot_splice(void *world, int fd_in, loff_t *off_in, int fd_out, loff_t *off_out, size_t len,
                unsigned flags)
{
    struct world *w = world;
    (void)off_in; /* a script always gives them, and a pipe and a socket have none */
    (void)off_out;
    if (handle_of(w, fd_in) >= 0) return (int)out_of_socket(w, fd_in, fd_out, len);
    if (handle_of(w, fd_out) < 0) return (int)give(-EINVAL);
    int more = flags & SPLICE_F_MORE ? MSG_MORE : 0;
    return (int)into_socket(w, fd_in, fd_out, len, more);
}
