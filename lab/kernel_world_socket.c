/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of the sockets API on the kernel's sockets of a host.
 *
 * A handle is a number that is given once and never again, because a story may well use a socket
 * after its close(), and a descriptor would be another socket's by then. Sockets are non-blocking;
 * waiting is the player's affair. The exception is a close() that lingers: the kernel waits in it
 * whatever the socket's mode, while this process is the wire that the last bytes shall travel. Such
 * a close is called in a thread of its own.
 */
#define _GNU_SOURCE
#include "kernel_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define IOV_N_MAX 1024

static struct kernel_world *world_of(struct world *w)
{
    return (struct kernel_world *)(void *)w;
}

struct kernel_socket *kernel_socket_find(struct kernel_world *k, unsigned host, int s)
{
    if (s < 0 || (size_t)s >= k->sockets_n) return NULL;
    struct kernel_socket *sock = &k->sockets[s];
    return sock->fd >= 0 && sock->host == host ? sock : NULL;
}

/* ---- addresses ---- */

static int to_sockaddr(const struct bonnet_endpoint *e, struct sockaddr_in *out)
{
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(e->port)};
    if (bonnet_addr_is_any(e->addr)) return 0;
    if (!bonnet_addr_is_ip4(e->addr)) return -EAFNOSUPPORT;
    memcpy(&out->sin_addr, e->addr.b + 12, sizeof out->sin_addr);
    return 0;
}

static void from_sockaddr(const struct sockaddr_in *in, struct bonnet_endpoint *out)
{
    *out = (struct bonnet_endpoint){.addr = bonnet_ip4(0, 0, 0, 0), .port = ntohs(in->sin_port)};
    memcpy(out->addr.b + 12, &in->sin_addr, sizeof in->sin_addr);
}

/* ---- making and ending ---- */

/* Gives a descriptor its handle. Takes fd over, also when it fails. */
static int adopt(struct kernel_world *k, unsigned host, int fd)
{
    void *all = k->sockets;
    struct stat st;
    struct epoll_event wanted = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | (uint32_t)EPOLLET,
        .data.u32 = KERNEL_EVENT_NEWS,
    };
    int r = fstat(fd, &st) < 0 ? -errno : 0;
    if (r == 0) r = kernel_grow(&all, k->sockets_n, &k->sockets_room, sizeof *k->sockets);
    k->sockets = all;
    if (r == 0 && epoll_ctl(k->epoll, EPOLL_CTL_ADD, fd, &wanted) < 0) r = -errno;
    if (r < 0) {
        close(fd);
        return r;
    }
    k->sockets[k->sockets_n] = (struct kernel_socket){.fd = fd, .host = host, .inode = st.st_ino};
    return (int)k->sockets_n++;
}

int kernel_socket(struct world *w, unsigned host, enum bonnet_type type)
{
    struct kernel_world *k = world_of(w);
    int r = kernel_host_enter(k, host);
    if (r < 0) return r;
    int kind = type == BONNET_SOCK_DGRAM ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(AF_INET, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    r = -errno;
    kernel_host_leave(k);
    return fd < 0 ? r : adopt(k, host, fd);
}

static void linger_drop(struct kernel_linger *l)
{
    if (atomic_fetch_sub(&l->holders, 1) > 1) return;
    close(l->wake);
    free(l);
}

static void *linger_main(void *ctx)
{
    struct kernel_linger *l = ctx;
    l->result = close(l->fd) < 0 ? -errno : 0;
    atomic_store(&l->has_ended, true);
    (void)eventfd_write(l->wake, 1);
    linger_drop(l);
    return NULL;
}

/* A thread that no signal interrupts: close() would not wait to the end. */
static int start_thread(struct kernel_linger *l)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = -pthread_create(&thread, NULL, linger_main, l);
    if (r == 0) pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}

static int linger_start(struct kernel_world *k, int fd, struct kernel_linger **out)
{
    struct kernel_linger *l = calloc(1, sizeof *l);
    if (!l) return -ENOMEM;
    atomic_init(&l->holders, 2);
    l->fd = fd;
    l->wake = dup(k->wake);
    int r = l->wake < 0 ? -errno : start_thread(l);
    if (r < 0) {
        if (l->wake >= 0) close(l->wake);
        free(l);
        return r;
    }
    *out = l;
    return 0;
}

/* Only streams linger, and a time of 0 is no waiting but a reset. */
static bool lingers(int fd)
{
    struct linger linger = {0, 0};
    int type = 0;
    socklen_t n = sizeof linger, m = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &n) < 0) return false;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &m) < 0) return false;
    return type == SOCK_STREAM && linger.l_onoff && linger.l_linger > 0;
}

int kernel_close(struct world *w, unsigned host, int s)
{
    struct kernel_world *k = world_of(w);
    struct kernel_socket *sock = kernel_socket_find(k, host, s);
    if (!sock) return -EBADF;
    kernel_socket_learn(k, s);
    int fd = sock->fd, r;
    sock->fd = -1;
    if (lingers(fd)) {
        r = linger_start(k, fd, &sock->linger);
        if (r == 0) r = -EINPROGRESS;
    } else {
        r = close(fd) < 0 ? -errno : 0;
    }
    kernel_on_called(k, host);
    return r;
}

int kernel_close_end(struct world *w, unsigned host, int s, bonnet_time waited)
{
    struct kernel_world *k = world_of(w);
    (void)waited;
    if (s < 0 || (size_t)s >= k->sockets_n || k->sockets[s].host != host) return -EBADF;
    struct kernel_linger *l = k->sockets[s].linger;
    if (!l) return -EBADF;
    if (!atomic_load(&l->has_ended)) return -EAGAIN;
    int r = l->result;
    k->sockets[s].linger = NULL;
    linger_drop(l);
    kernel_on_called(k, host);
    return r;
}

/* Nobody will answer: nothing shall wait for that. */
static void drop(struct kernel_socket *s)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (s->linger) linger_drop(s->linger);
    s->linger = NULL;
    if (s->fd < 0) return;
    (void)setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(s->fd);
    s->fd = -1;
}

void kernel_sockets_drop(struct kernel_world *k, unsigned host)
{
    for (size_t i = 0; i < k->sockets_n; i++)
        if (k->sockets[i].host == host) drop(&k->sockets[i]);
}

void kernel_sockets_fini(struct kernel_world *k)
{
    for (size_t i = 0; i < k->sockets_n; i++)
        drop(&k->sockets[i]);
    free(k->sockets);
}

/* ---- the calls ---- */

int kernel_bind(struct world *w, unsigned host, int s, const struct bonnet_endpoint *at)
{
    const struct kernel_socket *sock = kernel_socket_find(world_of(w), host, s);
    struct sockaddr_in a;
    if (!sock) return -EBADF;
    int r = to_sockaddr(at, &a);
    if (r < 0) return r;
    return bind(sock->fd, (const struct sockaddr *)&a, sizeof a) < 0 ? -errno : 0;
}

int kernel_listen(struct world *w, unsigned host, int s, int backlog)
{
    const struct kernel_socket *sock = kernel_socket_find(world_of(w), host, s);
    if (!sock) return -EBADF;
    int r = listen(sock->fd, backlog) < 0 ? -errno : 0;
    kernel_on_called(world_of(w), host);
    return r;
}

int kernel_accept(struct world *w, unsigned host, int s, struct bonnet_endpoint *peer)
{
    struct kernel_world *k = world_of(w);
    const struct kernel_socket *sock = kernel_socket_find(k, host, s);
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    if (!sock) return -EBADF;
    int fd = accept4(sock->fd, (struct sockaddr *)&a, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    if (peer) from_sockaddr(&a, peer);
    return adopt(k, host, fd);
}

int kernel_connect(struct world *w, unsigned host, int s, const struct bonnet_endpoint *to)
{
    const struct kernel_socket *sock = kernel_socket_find(world_of(w), host, s);
    struct sockaddr_in a;
    int type = SOCK_STREAM;
    socklen_t n = sizeof type;
    if (!sock) return -EBADF;
    int r = to_sockaddr(to, &a);
    if (r < 0) return r;
    (void)getsockopt(sock->fd, SOL_SOCKET, SO_TYPE, &type, &n);
    /* What dissolves the association of a datagram socket has a family of its own here. */
    if (type == SOCK_DGRAM && bonnet_addr_is_any(to->addr)) a.sin_family = AF_UNSPEC;
    r = connect(sock->fd, (const struct sockaddr *)&a, sizeof a) < 0 ? -errno : 0;
    if (r == -EALREADY) return r; /* asked again while it waits: nothing has happened */
    kernel_on_called(world_of(w), host);
    return r;
}

/* The message in the system's words. -EOPNOTSUPP: a local address is asked for. */
static int to_msghdr(const struct bonnet_msghdr *m, struct iovec *iov, struct msghdr *out)
{
    if (m->local) return -EOPNOTSUPP;
    if (m->iov_n > IOV_N_MAX) return -EINVAL;
    for (size_t i = 0; i < m->iov_n; i++)
        iov[i] = (struct iovec){m->iov[i].base, m->iov[i].len};
    *out = (struct msghdr){.msg_iov = iov, .msg_iovlen = m->iov_n};
    return 0;
}

int64_t kernel_sendmsg(struct world *w, unsigned host, int s, const struct bonnet_msghdr *m,
                       int flags)
{
    const struct kernel_socket *sock = kernel_socket_find(world_of(w), host, s);
    struct iovec iov[IOV_N_MAX];
    struct sockaddr_in to;
    struct msghdr out;
    if (!sock) return -EBADF;
    int r = to_msghdr(m, iov, &out);
    if (r == 0 && m->name) r = to_sockaddr(m->name, &to);
    if (r < 0) return r;
    if (m->name) {
        out.msg_name = &to;
        out.msg_namelen = sizeof to;
    }
    ssize_t n = sendmsg(sock->fd, &out, flags | MSG_NOSIGNAL);
    if (n < 0) return -errno;
    kernel_on_called(world_of(w), host);
    return n;
}

int64_t kernel_recvmsg(struct world *w, unsigned host, int s, struct bonnet_msghdr *m, int flags)
{
    const struct kernel_socket *sock = kernel_socket_find(world_of(w), host, s);
    struct iovec iov[IOV_N_MAX];
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct msghdr in;
    if (!sock) return -EBADF;
    int r = to_msghdr(m, iov, &in);
    if (r < 0) return r;
    in.msg_name = &from;
    in.msg_namelen = sizeof from;
    ssize_t n = recvmsg(sock->fd, &in, flags);
    if (n < 0) return -errno; /* tried again and again while it blocks: nothing has happened */
    if (m->name) from_sockaddr(&from, m->name);
    m->flags = in.msg_flags & BONNET_MSG_TRUNC;
    kernel_on_called(world_of(w), host); /* the window may open */
    return n;
}

int kernel_shutdown(struct world *w, unsigned host, int s, enum bonnet_how how)
{
    const struct kernel_socket *sock = kernel_socket_find(world_of(w), host, s);
    if (!sock) return -EBADF;
    int r = shutdown(sock->fd, (int)how) < 0 ? -errno : 0;
    kernel_on_called(world_of(w), host);
    return r;
}

typedef int (*name_fn)(int fd, struct sockaddr *restrict a, socklen_t *restrict n);

static int name_of(struct world *w, unsigned host, int s, name_fn ask, struct bonnet_endpoint *out)
{
    const struct kernel_socket *sock = kernel_socket_find(world_of(w), host, s);
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;
    if (!sock) return -EBADF;
    if (ask(sock->fd, (struct sockaddr *)&a, &n) < 0) return -errno;
    from_sockaddr(&a, out);
    return 0;
}

static int ask_local(int fd, struct sockaddr *restrict a, socklen_t *restrict n)
{
    return getsockname(fd, a, n);
}

static int ask_remote(int fd, struct sockaddr *restrict a, socklen_t *restrict n)
{
    return getpeername(fd, a, n);
}

int kernel_getsockname(struct world *w, unsigned host, int s, struct bonnet_endpoint *out)
{
    return name_of(w, host, s, ask_local, out);
}

int kernel_getpeername(struct world *w, unsigned host, int s, struct bonnet_endpoint *out)
{
    return name_of(w, host, s, ask_remote, out);
}

void kernel_socket_learn(struct kernel_world *k, int s)
{
    struct kernel_socket *sock = &k->sockets[s];
    struct bonnet_endpoint remote;
    if (kernel_getpeername(&k->world, sock->host, s, &remote) < 0) return;
    sock->remote = remote;
    (void)kernel_getsockname(&k->world, sock->host, s, &sock->local);
}

int kernel_poll(struct world *w, unsigned host, int s)
{
    const struct kernel_socket *sock = kernel_socket_find(world_of(w), host, s);
    if (!sock) return -EBADF;
    struct pollfd p = {.fd = sock->fd, .events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP};
    if (poll(&p, 1, 0) < 0) return -errno;
    return p.revents;
}
