/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams between a program and its socket's queues. What is sent is decided here - route, source
 * address, size - and then waits for its interface; a socket has datagrams for one interface at a
 * time.
 */
#include "sock/calls.h"
#include "wire/udp.h"

#define DATAGRAM_MAX 65507 /* 65535 - 20 (IPv4) - 8 (UDP) */
#define HEADERS      (IP4_HEADER + UDP_HEADER)
#define SLICES_FEW   16u

static int take_error(struct dgram *d)
{
    int error = d->error;
    d->error = 0;
    return -error;
}

/* ---- send ---- */

/* Where to: the peer named, or the one it is connected to. */
static int find_peer(const struct dgram *d, const struct bonnet_endpoint *name,
                     struct bonnet_endpoint *to)
{
    const struct flow *f = &d->talker.flow;
    if (!name && f->rport == 0) return -EDESTADDRREQ;
    *to = name ? *name : (struct bonnet_endpoint){.addr = f->raddr, .port = f->rport};
    if (to->port == 0) return -EINVAL;
    return family_check(&d->sock, &to->addr);
}

/* From where: as the message says, as the socket is bound, or as the route says. */
static int find_source(const struct bonnet *bn, const struct dgram *d,
                       const struct bonnet_addr *wanted, const struct path *path,
                       struct bonnet_addr *from)
{
    const struct flow *f = &d->talker.flow;
    *from = ip_is_ours(&bn->ip, &f->laddr) ? f->laddr : path->src;
    if (!wanted || addr_is_any(wanted)) return 0;
    *from = *wanted;
    return ip_is_ours(&bn->ip, wanted) ? 0 : -EINVAL;
}

static bool fits_path(const struct bonnet *bn, const struct path *path, int64_t len)
{
    const struct netif *n = link_if(&bn->link, path->ifx);
    return len + HEADERS <= (path->mtu && path->mtu < n->mtu ? path->mtu : n->mtu);
}

static int queue(struct bonnet *bn, struct dgram *d, const struct udp_entry *head,
                 const struct bonnet_msghdr *msg)
{
    struct bonnet_slice few[SLICES_FEW], *slices = few;
    size_t bytes = msg->iov_n * sizeof(*slices);
    if (msg->iov_n > SLICES_FEW) slices = env_alloc(&bn->env, bytes);
    if (!slices) return -ENOBUFS;
    for (size_t i = 0; i < msg->iov_n; i++)
        slices[i] = (struct bonnet_slice){msg->iov[i].base, (uint32_t)msg->iov[i].len};
    int r = udp_queue_send(&d->udp, &bn->env, head, slices, msg->iov_n);
    if (slices != few) env_free(&bn->env, slices, bytes);
    return r;
}

/* It waits for its interface now. -EAGAIN: those before it wait for another one. */
static int talk(struct bonnet *bn, struct dgram *d, int ifx)
{
    struct talker *t = &d->talker;
    if (list_holds(&t->node)) return flow_ifx(&t->flow) == ifx ? 0 : -EAGAIN;
    flow_set_ifx(&t->flow, ifx);
    list_add_tail(&link_if(&bn->link, ifx)->talkers, &t->node);
    return 0;
}

/* Everything about the datagram but its text. */
static int address(struct bonnet *bn, struct dgram *d, const struct bonnet_msghdr *msg,
                   struct udp_entry *head, struct path *path)
{
    const struct bonnet_endpoint anywhere = {.addr = addr_any4()};
    if (d->error) return take_error(d);
    if (d->shut_wr) return -EPIPE;
    int r = find_peer(d, msg->name, &head->remote);
    if (r == 0) r = dgram_route(bn, d, &head->remote.addr, path);
    if (r == 0) r = find_source(bn, d, msg->local, path, &head->local);
    if (r == 0 && !d->bind) r = dgram_bind(bn, d, &anywhere);
    head->tos = d->sock.tos;
    head->ttl = d->sock.ttl;
    return r;
}

int64_t dgram_send(struct bonnet *bn, struct dgram *d, const struct bonnet_msghdr *msg)
{
    struct udp_entry head = {.next = NULL};
    struct path path;
    int64_t len = iov_len(msg);
    if (len < 0) return len;
    if (len > DATAGRAM_MAX) return -EMSGSIZE;
    int r = address(bn, d, msg, &head, &path);
    if (r < 0) return r;
    if (d->sock.pmtudisc == BONNET_PMTUDISC_DO && !fits_path(bn, &path, len)) return -EMSGSIZE;
    bool idle = !list_holds(&d->talker.node);
    r = talk(bn, d, path.ifx);
    if (r == 0) r = queue(bn, d, &head, msg);
    if (r < 0 && idle) list_remove(&d->talker.node);
    if (r == -EAGAIN) d->wants_room = true;
    return r < 0 ? r : len;
}

/* ---- recv ---- */

static int64_t scatter(const struct bonnet_msghdr *msg, const struct udp_entry *u)
{
    uint32_t at = 0;
    for (size_t i = 0; i < msg->iov_n && at < u->len; i++) {
        size_t piece = msg->iov[i].len < u->len - at ? msg->iov[i].len : u->len - at;
        if (piece) memcpy(msg->iov[i].base, u->text + at, piece);
        at += (uint32_t)piece;
    }
    return at;
}

int64_t dgram_recv(struct bonnet *bn, struct dgram *d, struct bonnet_msghdr *msg, int flags)
{
    const int known =
        BONNET_MSG_DONTWAIT | BONNET_MSG_NOSIGNAL | BONNET_MSG_PEEK | BONNET_MSG_TRUNC;
    int64_t room = iov_len(msg);
    if (flags & ~known) return -EOPNOTSUPP;
    if (room < 0) return room;
    if (d->error) return take_error(d);
    const struct udp_entry *u = udp_peek(&d->udp.in);
    msg->flags = 0;
    if (!u) return d->shut_rd ? 0 : -EAGAIN;
    int64_t n = scatter(msg, u);
    if (n < u->len) msg->flags = BONNET_MSG_TRUNC;
    if (flags & BONNET_MSG_TRUNC) n = u->len;
    if (msg->name) *msg->name = u->remote;
    if (msg->local) *msg->local = u->local;
    if (!(flags & BONNET_MSG_PEEK)) udp_entry_free(&bn->env, udp_take(&d->udp.in));
    return n;
}
