/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the calls share: objects behind handles, by kind.
 */
#ifndef SOCK_CALLS_H
#define SOCK_CALLS_H

#include <errno.h>

#include "bonnet/socket.h"
#include "sock/sock.h"

#define IOV_N_MAX 1024u /* Linux' UIO_MAXIOV */

static inline struct stream *sock_stream(struct sock *s)
{
    return s->kind == SOCK_STREAM_KIND ? sock_entry(s, struct stream) : NULL;
}

static inline struct listener *sock_listener(struct sock *s)
{
    return s->kind == SOCK_LISTENER_KIND ? sock_entry(s, struct listener) : NULL;
}

static inline struct dgram *sock_dgram(struct sock *s)
{
    return s->kind == SOCK_DGRAM_KIND ? sock_entry(s, struct dgram) : NULL;
}

static inline struct flow *stream_flow(struct stream *s)
{
    return &s->timed.talker.flow;
}

/* 0.0.0.0 */
static inline struct bonnet_addr addr_any4(void)
{
    return addr_from_ip4(0);
}

/* May this socket have to do with this address? 0, -EAFNOSUPPORT. `any` of either family may. */
static inline int family_check(const struct sock *s, const struct bonnet_addr *a)
{
    return s->ip6 || addr_is_ip4(a) || addr_is_any(a) ? 0 : -EAFNOSUPPORT;
}

/* The sum of the lengths. -EINVAL: more than 1024 pieces, or more bytes than can be returned. */
int64_t iov_len(const struct bonnet_msghdr *msg);

/* A stream's send and receive, gathered and scattered (call_stream.c). */
int64_t stream_send(struct bonnet *bn, struct stream *s, const struct bonnet_msghdr *msg,
                    int flags);
int64_t stream_recv(struct bonnet *bn, struct stream *s, const struct bonnet_msghdr *msg,
                    int flags);

/* Datagram sockets (dgram.c, dgram_io.c). dgram_new: without handle; NULL: no memory. */
struct dgram *dgram_new(struct bonnet *bn);
int dgram_bind(struct bonnet *bn, struct dgram *d, const struct bonnet_endpoint *at);
int dgram_connect(struct bonnet *bn, struct dgram *d, const struct bonnet_endpoint *to);
int dgram_shutdown(struct bonnet *bn, struct dgram *d, int how);
void dgram_close(struct bonnet *bn, struct dgram *d);
/* The way to `to`, by its device. 0, -ENETUNREACH, -EACCES: a broadcast without SO_BROADCAST. */
int dgram_route(const struct bonnet *bn, const struct dgram *d, const struct bonnet_addr *to,
                struct path *path);
int64_t dgram_send(struct bonnet *bn, struct dgram *d, const struct bonnet_msghdr *msg);
int64_t dgram_recv(struct bonnet *bn, struct dgram *d, struct bonnet_msghdr *msg, int flags);

#endif
