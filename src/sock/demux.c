/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose is it: a tuple finds its flow by one keyed hash, which nobody can flood; what has no flow
 * is looked for among those bound to the port, where the fewest wildcards win, as on Linux: a
 * specific address before the wildcard, a bound device before none, and among SO_REUSEPORT equals
 * the one that the tuple's hash chooses, so that a peer's segments always meet the same socket.
 */
#include <errno.h>

#include "sock/ports.h"

uint32_t flow_hash(const struct env *e, const struct bonnet_addr *laddr, uint16_t lport,
                   const struct bonnet_addr *raddr, uint16_t rport)
{
    uint64_t ports = (uint64_t)lport << 16 | rport;
    if (addr_is_ip4(laddr) && addr_is_ip4(raddr)) {
        uint64_t addrs = (uint64_t)addr_ip4(laddr) << 32 | addr_ip4(raddr);
        return (uint32_t)siphash13_2(&e->keys.demux, addrs, ports);
    }
    uint64_t w[5];
    memcpy(w, laddr->b, 16);
    memcpy(w + 2, raddr->b, 16);
    w[4] = ports;
    return (uint32_t)siphash13_5(&e->keys.demux, w);
}

static uint32_t hash_of(const struct env *e, const struct tcp_tuple *t)
{
    return flow_hash(e, &t->laddr, t->lport, &t->raddr, t->rport);
}

static bool flow_is(const struct flow *f, const struct tcp_tuple *t)
{
    return f->rport == t->rport && f->lport == t->lport && addr_eq(&f->raddr, &t->raddr) &&
           addr_eq(&f->laddr, &t->laddr);
}

static struct flow *find(const struct map *m, uint32_t hash, const struct tcp_tuple *t)
{
    struct map_node *n = map_first(m, hash);
    while (n && !flow_is((struct flow *)n, t))
        n = map_next(n);
    return (struct flow *)n;
}

struct flow *demux_flow(const struct bonnet *bn, const struct tcp_tuple *t)
{
    return find(&bn->socks.flows, hash_of(&bn->env, t), t);
}

/* ---- who is bound to the port ---- */

/* How well a binding fits: 0 not at all. ifx 0: not known. */
static unsigned fit(const struct port_bind *b, const struct bonnet_addr *laddr, int ifx)
{
    bool wildcard = addr_is_any(&b->laddr);
    if (!wildcard && !addr_eq(&b->laddr, laddr)) return 0;
    if (b->device && ifx && b->device != ifx) return 0;
    return 1u + (b->device ? 1u : 0u) + (wildcard ? 0u : 2u);
}

static bool may_receive(const struct port_bind *b)
{
    if (b->sock->kind == SOCK_LISTENER_KIND) return b->listening;
    if (b->sock->kind != SOCK_DGRAM_KIND) return false;
    return sock_entry(b->sock, struct dgram)->talker.flow.rport == 0;
}

/* The number-th of those that share the port by SO_REUSEPORT and fit equally well. */
static struct sock *nth_equal(const struct port *p, const struct tcp_tuple *t, int ifx,
                              unsigned best, uint32_t number)
{
    for (struct list_node *n = list_first(&p->binds); n; n = list_after(&p->binds, n)) {
        const struct port_bind *b = list_entry(n, struct port_bind, node);
        if (!may_receive(b) || !b->sock->reuseport || fit(b, &t->laddr, ifx) != best) continue;
        if (number-- == 0) return b->sock;
    }
    return NULL;
}

/* Of several that fit equally without SO_REUSEPORT, the newest: datagrams with SO_REUSEADDR. */
static struct sock *demux_bound(const struct bonnet *bn, uint8_t protocol,
                                const struct tcp_tuple *t, int ifx)
{
    const struct port *p = port_find(bn, protocol, t->lport);
    if (!p) return NULL;
    struct sock *found = NULL;
    unsigned best = 0;
    uint32_t equals = 0;
    for (struct list_node *n = list_first(&p->binds); n; n = list_after(&p->binds, n)) {
        const struct port_bind *b = list_entry(n, struct port_bind, node);
        unsigned score = may_receive(b) ? fit(b, &t->laddr, ifx) : 0;
        if (score == 0 || score < best) continue;
        if (score > best) equals = 0;
        equals += b->sock->reuseport;
        best = score;
        found = b->sock;
    }
    if (!found || !found->reuseport || equals < 2) return found;
    uint32_t number = (uint32_t)((uint64_t)hash_of(&bn->env, t) * equals >> 32);
    return nth_equal(p, t, ifx, best, number);
}

struct listener *demux_listener(const struct bonnet *bn, const struct tcp_tuple *t, int ifx)
{
    struct sock *s = demux_bound(bn, IP_TCP, t, ifx);
    return s ? sock_entry(s, struct listener) : NULL;
}

struct dgram *demux_dgram(const struct bonnet *bn, const struct tcp_tuple *t, int ifx)
{
    struct flow *f = find(&bn->socks.dgrams, hash_of(&bn->env, t), t);
    if (f) return (struct dgram *)f;
    struct sock *s = demux_bound(bn, IP_UDP, t, ifx);
    return s ? sock_entry(s, struct dgram) : NULL;
}

/* ---- the tables of tuples ---- */

static struct map *table_of(struct bonnet *bn, uint8_t protocol)
{
    return protocol == IP_TCP ? &bn->socks.flows : &bn->socks.dgrams;
}

/* Datagram sockets that share a port may have the same peer: the newest gets what it says. */
int flow_enter(struct bonnet *bn, struct flow *f, uint8_t protocol)
{
    const struct tcp_tuple t = flow_tuple(f);
    struct map *m = table_of(bn, protocol);
    uint32_t hash = hash_of(&bn->env, &t);
    if (protocol == IP_TCP) {
        if (find(m, hash, &t)) return -EADDRNOTAVAIL;
        if (port_flow_add(bn, f) < 0) return -ENOMEM;
    }
    if (map_add(m, &bn->env, &f->map, hash) < 0) {
        if (protocol == IP_TCP) port_flow_remove(bn, f);
        return -ENOMEM;
    }
    f->map.tag |= FLOW_IN_MAP;
    return 0;
}

void flow_pass(struct bonnet *bn, struct flow *from, struct flow *to)
{
    map_replace(&bn->socks.flows, &from->map, &to->map);
    from->map.tag &= ~FLOW_IN_MAP;
    to->map.tag |= FLOW_IN_MAP;
    port_flow_note(bn, to);
}

void flow_leave(struct bonnet *bn, struct flow *f, uint8_t protocol)
{
    if (!(f->map.tag & FLOW_IN_MAP)) return;
    map_remove(table_of(bn, protocol), &bn->env, &f->map);
    if (protocol == IP_TCP) port_flow_remove(bn, f);
    f->map.tag &= ~FLOW_IN_MAP;
}
