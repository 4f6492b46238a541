/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagram sockets: how one begins, gets its ends, and goes. Every one that sends or is connected
 * holds a binding; a connected one is in the table of tuples besides, by which it is found first.
 *
 * A closed socket that has datagrams left to send stays until they have gone, without handle, port
 * and peer; what it may hold is bounded by its send buffer.
 */
#include "sock/calls.h"

struct dgram *dgram_new(struct bonnet *bn)
{
    struct dgram *d = env_alloc_zero(&bn->env, sizeof(*d));
    if (!d) return NULL;
    d->talker.flow.map.tag = FLOW_DGRAM;
    d->talker.flow.laddr = d->talker.flow.raddr = addr_any4();
    d->sock.kind = SOCK_DGRAM_KIND;
    d->sock.handle = -1;
    d->sock.linger_s = -1;
    d->sock.rcvlowat = 1;
    d->sock.pmtudisc = BONNET_PMTUDISC_WANT;
    udp_init(&d->udp, &bn->env);
    bn->socks.dgrams_n++;
    return d;
}

/* ---- the local end ---- */

/* Broadcast and group addresses may be bound: only what is sent there is received. */
static bool may_be_bound(const struct bonnet *bn, const struct bonnet_addr *a)
{
    if (addr_is_any(a) || addr_is_multicast(a) || ip_is_ours(&bn->ip, a)) return true;
    for (int i = 1; i <= (int)bn->link.netifs_n; i++)
        if (ip_is_broadcast(&bn->ip, i, a)) return true;
    return addr_is_limited_broadcast(a);
}

int dgram_bind(struct bonnet *bn, struct dgram *d, const struct bonnet_endpoint *at)
{
    int error = 0;
    if (d->bind) return -EINVAL;
    if (!may_be_bound(bn, &at->addr)) return -EADDRNOTAVAIL;
    d->bind = port_bind_new(bn, &d->sock, IP_UDP, at, &error);
    if (!d->bind) return error;
    d->talker.flow.laddr = at->addr;
    d->talker.flow.lport = d->bind->port->number;
    return 0;
}

/* ---- the peer ---- */

static void disconnect(struct bonnet *bn, struct dgram *d)
{
    struct flow *f = &d->talker.flow;
    flow_leave(bn, f, IP_UDP);
    f->raddr = addr_any4();
    f->rport = 0;
    f->laddr = d->bind ? d->bind->laddr : addr_any4();
}

int dgram_route(const struct bonnet *bn, const struct dgram *d, const struct bonnet_addr *to,
                struct path *path)
{
    int r = ip_route(&bn->ip, &bn->env, to, d->sock.device, path);
    if (r < 0) return r;
    return path->broadcast && !d->sock.broadcast ? -EACCES : 0;
}

int dgram_connect(struct bonnet *bn, struct dgram *d, const struct bonnet_endpoint *to)
{
    struct path path;
    struct flow *f = &d->talker.flow;
    const struct bonnet_endpoint anywhere = {.addr = addr_any4()};
    if (addr_is_any(&to->addr)) {
        disconnect(bn, d);
        return 0;
    }
    if (to->port == 0) return -EINVAL;
    int r = dgram_route(bn, d, &to->addr, &path);
    if (r == 0 && !d->bind) r = dgram_bind(bn, d, &anywhere);
    if (r < 0) return r;
    disconnect(bn, d);
    if (addr_is_any(&f->laddr)) f->laddr = path.src;
    f->raddr = to->addr;
    f->rport = to->port;
    r = flow_enter(bn, f, IP_UDP);
    if (r < 0) disconnect(bn, d);
    return r;
}

/* ---- the end ---- */

/* Linux: the directions are shut even if there is no peer; the call fails all the same. */
int dgram_shutdown(struct bonnet *bn, struct dgram *d, int how)
{
    if (how != BONNET_SHUT_WR) d->shut_rd = true;
    if (how != BONNET_SHUT_RD) d->shut_wr = true;
    sock_wake(bn, &d->sock);
    return d->talker.flow.rport ? 0 : -ENOTCONN;
}

void dgram_close(struct bonnet *bn, struct dgram *d)
{
    flow_leave(bn, &d->talker.flow, IP_UDP);
    port_bind_free(bn, d->bind);
    d->bind = NULL;
    handle_free(bn, &d->sock);
    dgram_release(bn, d);
}

void dgram_release(struct bonnet *bn, struct dgram *d)
{
    if (d->udp.out.head) return;
    if (d->sock.handle >= 0) {
        if (d->wants_room) sock_wake(bn, &d->sock);
        d->wants_room = false;
        return;
    }
    list_remove(&d->talker.node);
    udp_fini(&d->udp, &bn->env);
    bn->socks.dgrams_n--;
    env_free(&bn->env, d, sizeof(*d));
}

/* Linux datagram_poll(), sock_writeable(). */
int dgram_poll(const struct dgram *d)
{
    int bits = 0;
    if (d->error) bits |= BONNET_POLLERR;
    if (d->udp.in.head || d->shut_rd) bits |= BONNET_POLLIN;
    if (d->shut_rd) bits |= BONNET_POLLRDHUP;
    if (d->shut_rd && d->shut_wr) bits |= BONNET_POLLHUP;
    if (!d->udp.out.head || d->udp.out.bytes < d->udp.sndbuf / 2) bits |= BONNET_POLLOUT;
    return bits;
}
