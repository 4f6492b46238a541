/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Socket options: one flat space on bonnet's side, levels and numbers on Linux's.
 *
 * Values are passed on as they are: the kernel doubles buffer sizes, and has least ones, and a
 * scenario that cares says so. Only those that are time have another form there.
 */
#define _GNU_SOURCE
#include "kernel_world.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

struct option {
    enum bonnet_option option;
    int level, name;
};

static const struct option options[] = {
    {BONNET_SO_REUSEADDR, SOL_SOCKET, SO_REUSEADDR},
    {BONNET_SO_REUSEPORT, SOL_SOCKET, SO_REUSEPORT},
    {BONNET_SO_LINGER, SOL_SOCKET, SO_LINGER},
    {BONNET_SO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE},
    {BONNET_SO_RCVBUF, SOL_SOCKET, SO_RCVBUF},
    {BONNET_SO_SNDBUF, SOL_SOCKET, SO_SNDBUF},
    {BONNET_SO_RCVTIMEO, SOL_SOCKET, SO_RCVTIMEO},
    {BONNET_SO_SNDTIMEO, SOL_SOCKET, SO_SNDTIMEO},
    {BONNET_SO_RCVLOWAT, SOL_SOCKET, SO_RCVLOWAT},
    {BONNET_SO_ERROR, SOL_SOCKET, SO_ERROR},
    {BONNET_SO_TYPE, SOL_SOCKET, SO_TYPE},
    {BONNET_SO_DOMAIN, SOL_SOCKET, SO_DOMAIN},
    {BONNET_SO_PROTOCOL, SOL_SOCKET, SO_PROTOCOL},
    {BONNET_SO_ACCEPTCONN, SOL_SOCKET, SO_ACCEPTCONN},
    {BONNET_SO_BROADCAST, SOL_SOCKET, SO_BROADCAST},
    {BONNET_SO_OOBINLINE, SOL_SOCKET, SO_OOBINLINE},
    {BONNET_TCP_NODELAY, IPPROTO_TCP, TCP_NODELAY},
    {BONNET_TCP_CORK, IPPROTO_TCP, TCP_CORK},
    {BONNET_TCP_MAXSEG, IPPROTO_TCP, TCP_MAXSEG},
    {BONNET_TCP_KEEPIDLE, IPPROTO_TCP, TCP_KEEPIDLE},
    {BONNET_TCP_KEEPINTVL, IPPROTO_TCP, TCP_KEEPINTVL},
    {BONNET_TCP_KEEPCNT, IPPROTO_TCP, TCP_KEEPCNT},
    {BONNET_TCP_SYNCNT, IPPROTO_TCP, TCP_SYNCNT},
    {BONNET_TCP_LINGER2, IPPROTO_TCP, TCP_LINGER2},
    {BONNET_TCP_WINDOW_CLAMP, IPPROTO_TCP, TCP_WINDOW_CLAMP},
    {BONNET_TCP_INFO, IPPROTO_TCP, TCP_INFO},
    {BONNET_TCP_QUICKACK, IPPROTO_TCP, TCP_QUICKACK},
    {BONNET_TCP_CONGESTION, IPPROTO_TCP, TCP_CONGESTION},
    {BONNET_TCP_USER_TIMEOUT, IPPROTO_TCP, TCP_USER_TIMEOUT},
    {BONNET_TCP_NOTSENT_LOWAT, IPPROTO_TCP, TCP_NOTSENT_LOWAT},
    {BONNET_IP_TTL, IPPROTO_IP, IP_TTL},
    {BONNET_IP_TOS, IPPROTO_IP, IP_TOS},
    {BONNET_IP_MTU, IPPROTO_IP, IP_MTU},
    {BONNET_IP_MTU_DISCOVER, IPPROTO_IP, IP_MTU_DISCOVER},
    {BONNET_IP_RECVERR, IPPROTO_IP, IP_RECVERR},
};

static const struct option *option_find(enum bonnet_option option)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].option == option) return &options[i];
    return NULL;
}

static bool is_time(enum bonnet_option option)
{
    return option == BONNET_SO_RCVTIMEO || option == BONNET_SO_SNDTIMEO;
}

static int set_time(int fd, const struct option *o, const void *value, size_t len)
{
    bonnet_time t;
    if (len != sizeof t) return -EINVAL;
    memcpy(&t, value, sizeof t);
    const struct timeval tv = {.tv_sec = (time_t)(t / BONNET_S),
                               .tv_usec = (suseconds_t)(t % BONNET_S / BONNET_US)};
    return setsockopt(fd, o->level, o->name, &tv, sizeof tv) < 0 ? -errno : 0;
}

static int get_time(int fd, const struct option *o, void *value, size_t *len)
{
    struct timeval tv = {0, 0};
    socklen_t n = sizeof tv;
    if (*len < sizeof(bonnet_time)) return -EINVAL;
    if (getsockopt(fd, o->level, o->name, &tv, &n) < 0) return -errno;
    bonnet_time t = (bonnet_time)tv.tv_sec * BONNET_S + (bonnet_time)tv.tv_usec * BONNET_US;
    memcpy(value, &t, sizeof t);
    *len = sizeof t;
    return 0;
}

int kernel_setsockopt(struct world *w, unsigned host, int s, const struct world_option *o)
{
    struct kernel_world *k = (struct kernel_world *)(void *)w;
    const struct kernel_socket *sock = kernel_socket_find(k, host, s);
    const struct option *option = option_find(o->name);
    if (!sock) return -EBADF;
    if (!option) return -ENOPROTOOPT;
    int r = 0;
    if (is_time(o->name))
        r = set_time(sock->fd, option, o->data, o->len);
    else if (setsockopt(sock->fd, option->level, option->name, o->data, (socklen_t)o->len) < 0)
        r = -errno;
    kernel_on_called(k, host); /* TCP_NODELAY and TCP_CORK let waiting text go */
    return r;
}

int kernel_getsockopt(struct world *w, unsigned host, int s, struct world_option *o)
{
    struct kernel_world *k = (struct kernel_world *)(void *)w;
    const struct kernel_socket *sock = kernel_socket_find(k, host, s);
    const struct option *option = option_find(o->name);
    if (!sock) return -EBADF;
    if (!option) return -ENOPROTOOPT;
    if (is_time(o->name)) return get_time(sock->fd, option, o->data, &o->len);
    socklen_t len = (socklen_t)o->len;
    if (getsockopt(sock->fd, option->level, option->name, o->data, &len) < 0) return -errno;
    o->len = len;
    return 0;
}
