/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local ports: who may be bound to one beside whom, and which one a connection gets that asks for
 * none.
 *
 * Conflicts are Linux' (inet_csk_bind_conflict): two bindings conflict if their addresses and
 * devices can meet, unless both have SO_REUSEADDR and the one that was there first does not listen,
 * or both have SO_REUSEPORT (whose sockets are here: there are no users to tell apart). Connections
 * count as well, also those that no program holds any more and TIME-WAITs: a server that starts
 * again without SO_REUSEADDR waits for their end.
 *
 * Bindings lie in a struct port each. Of connections only their number per port is kept, in chunks
 * of counters that exist while they count something, with a bit that remembers whether one without
 * SO_REUSEADDR was among them: only when that leaves a question open are the connections themselves
 * walked.
 *
 * RFC 6056: ports are taken from the whole range 1024 to 65535, from where a keyed hash of the
 * destination and a counter that grows by small random steps point to (algorithms 3 and 5). A port
 * that somebody is bound to is left alone; otherwise it only matters that the 4-tuple is free. The
 * search goes through the range once at most.
 */
#include "sock/ports.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"

#define PORT_FIRST 1024u
#define PORTS_N    (65536u - PORT_FIRST)
#define STEP_MAX   8u /* of the counter: small enough to go round slowly */

#define CHUNK_PORTS 256u
#define NO_REUSE    0x80000000u /* a flow without SO_REUSEADDR has had it since it was idle */

/* ---- the table of ports somebody is bound to ---- */

/* Without a key: only programs make entries, and two numbers never have the same hash. */
static uint32_t hash_of(uint8_t protocol, uint16_t number)
{
    uint32_t h = ((uint32_t)protocol << 16 | number) * 0x9e3779b1u;
    return h ^ h >> 16;
}

struct port *port_find(const struct bonnet *bn, uint8_t protocol, uint16_t number)
{
    struct map_node *n = map_first(&bn->socks.ports, hash_of(protocol, number));
    for (; n; n = map_next(n)) {
        struct port *p = (struct port *)n;
        if (p->number == number && p->protocol == protocol) return p;
    }
    return NULL;
}

static struct port *port_add(struct bonnet *bn, uint8_t protocol, uint16_t number)
{
    struct port *p = env_alloc_zero(&bn->env, sizeof(*p));
    if (!p) return NULL;
    p->number = number;
    p->protocol = protocol;
    list_init(&p->binds);
    if (map_add(&bn->socks.ports, &bn->env, &p->map, hash_of(protocol, number)) == 0) return p;
    env_free(&bn->env, p, sizeof(*p));
    return NULL;
}

static void port_release(struct bonnet *bn, struct port *p)
{
    if (!list_is_empty(&p->binds)) return;
    map_remove(&bn->socks.ports, &bn->env, &p->map);
    env_free(&bn->env, p, sizeof(*p));
}

/* ---- the connections that have a port ---- */

struct port_counters {
    uint32_t flows[CHUNK_PORTS]; /* number, and NO_REUSE */
    uint32_t sum;                /* of the numbers */
};

static void note_reuse(uint32_t *counter, const struct flow *f)
{
    if (!(f->map.tag & FLOW_REUSEADDR)) *counter |= NO_REUSE;
}

static uint32_t flows_on(const struct bonnet *bn, uint16_t number)
{
    const struct port_counters *c = bn->socks.port_flows[number / CHUNK_PORTS];
    return c ? c->flows[number % CHUNK_PORTS] : 0;
}

/* A server whose connections come one at a time would make and free its chunk with each: the last
 * one that ran empty - all zeros again - is kept. */
static struct port_counters *counters_new(struct bonnet *bn)
{
    struct port_counters *c = bn->socks.port_flows_spare;
    bn->socks.port_flows_spare = NULL;
    return c ? c : env_alloc_zero(&bn->env, sizeof(*c));
}

static void counters_free(struct bonnet *bn, struct port_counters *c)
{
    if (bn->socks.port_flows_spare)
        env_free(&bn->env, c, sizeof(*c));
    else
        bn->socks.port_flows_spare = c;
}

void ports_trim(struct bonnet *bn)
{
    env_free(&bn->env, bn->socks.port_flows_spare, sizeof(struct port_counters));
    bn->socks.port_flows_spare = NULL;
}

int port_flow_add(struct bonnet *bn, const struct flow *f)
{
    struct port_counters **c = &bn->socks.port_flows[f->lport / CHUNK_PORTS];
    if (!*c) *c = counters_new(bn);
    if (!*c) return -ENOMEM;
    (*c)->flows[f->lport % CHUNK_PORTS]++;
    (*c)->sum++;
    note_reuse(&(*c)->flows[f->lport % CHUNK_PORTS], f);
    return 0;
}

void port_flow_remove(struct bonnet *bn, const struct flow *f)
{
    struct port_counters **c = &bn->socks.port_flows[f->lport / CHUNK_PORTS];
    uint32_t *counter = &(*c)->flows[f->lport % CHUNK_PORTS];
    bonnet_assert((*counter & ~NO_REUSE) > 0);
    if ((--*counter & ~NO_REUSE) == 0) *counter = 0;
    if (--(*c)->sum > 0) return;
    counters_free(bn, *c);
    *c = NULL;
}

void port_flow_note(struct bonnet *bn, const struct flow *f)
{
    struct port_counters *c = bn->socks.port_flows[f->lport / CHUNK_PORTS];
    note_reuse(&c->flows[f->lport % CHUNK_PORTS], f);
}

void port_flow_reuse(struct bonnet *bn, struct flow *f, const struct sock *s)
{
    f->map.tag &= ~(FLOW_REUSEADDR | FLOW_REUSEPORT);
    if (s->reuseaddr) f->map.tag |= FLOW_REUSEADDR;
    if (s->reuseport) f->map.tag |= FLOW_REUSEPORT;
    if (f->map.tag & FLOW_IN_MAP) port_flow_note(bn, f);
}

/* ---- conflicts ---- */

/* Who wants which binding. */
struct wish {
    const struct sock *sock;
    struct bonnet_addr laddr; /* any: wildcard */
    uint8_t protocol;
    uint16_t number;
};

static bool addrs_meet(const struct bonnet_addr *a, const struct bonnet_addr *b)
{
    return addr_is_any(a) || addr_is_any(b) || addr_eq(a, b);
}

static bool meets(const struct wish *w, const struct port_bind *b)
{
    if (b->sock == w->sock) return false;
    bool devices = !w->sock->device || !b->device || w->sock->device == b->device;
    return devices && addrs_meet(&w->laddr, &b->laddr);
}

static bool may_share(const struct wish *w, const struct port_bind *b)
{
    if (w->sock->reuseport && b->sock->reuseport) return true;
    return w->sock->reuseaddr && b->sock->reuseaddr && !b->listening;
}

/* any: a binding that meets is a conflict, whatever the two would allow. */
static bool conflicts_with_binds(const struct bonnet *bn, const struct wish *w, bool any)
{
    const struct port *p = port_find(bn, w->protocol, w->number);
    if (!p) return false;
    for (struct list_node *n = list_first(&p->binds); n; n = list_after(&p->binds, n)) {
        const struct port_bind *b = list_entry(n, struct port_bind, node);
        if (meets(w, b) && (any || !may_share(w, b))) return true;
    }
    return false;
}

static bool conflicts_with_flow(const struct wish *w, const struct flow *f)
{
    if (f->lport != w->number || !addrs_meet(&w->laddr, &f->laddr)) return false;
    if (w->sock->reuseport && f->map.tag & FLOW_REUSEPORT) return false;
    return !(w->sock->reuseaddr && f->map.tag & FLOW_REUSEADDR);
}

static bool conflicts_with_flows(const struct bonnet *bn, const struct wish *w)
{
    uint32_t counter = w->protocol == IP_TCP ? flows_on(bn, w->number) : 0;
    if (counter == 0 || (w->sock->reuseaddr && !(counter & NO_REUSE))) return false;
    if (!w->sock->reuseaddr && !w->sock->reuseport && addr_is_any(&w->laddr)) return true;
    uint64_t cursor = 0;
    for (struct map_node *n; (n = map_walk(&bn->socks.flows, &cursor));)
        if (conflicts_with_flow(w, (struct flow *)n)) return true;
    return false;
}

/* ---- bindings ---- */

/* A random port that nobody has at this address, or 0. */
static uint16_t free_port(struct bonnet *bn, struct wish *w)
{
    uint32_t start = rng_below(&bn->env.rng, PORTS_N);
    for (uint32_t i = 0; i < PORTS_N; i++) {
        w->number = (uint16_t)(PORT_FIRST + (start + i) % PORTS_N);
        bool has_flows = w->protocol == IP_TCP && flows_on(bn, w->number) > 0;
        if (!has_flows && !conflicts_with_binds(bn, w, true)) return w->number;
    }
    return 0;
}

static struct port_bind *bind_add(struct bonnet *bn, struct sock *s, const struct wish *w)
{
    struct port *p = port_find(bn, w->protocol, w->number);
    if (!p) p = port_add(bn, w->protocol, w->number);
    if (!p) return NULL;
    struct port_bind *b = env_alloc_zero(&bn->env, sizeof(*b));
    if (!b) {
        port_release(bn, p);
        return NULL;
    }
    b->port = p;
    b->sock = s;
    b->laddr = w->laddr;
    b->device = s->device;
    list_add_tail(&p->binds, &b->node);
    s->bound = true;
    return b;
}

struct port_bind *port_bind_new(struct bonnet *bn, struct sock *s, uint8_t protocol,
                                const struct bonnet_endpoint *at, int *error)
{
    struct wish w = {.sock = s, .laddr = at->addr, .protocol = protocol, .number = at->port};
    bool taken = at->port == 0
                     ? free_port(bn, &w) == 0
                     : conflicts_with_binds(bn, &w, false) || conflicts_with_flows(bn, &w);
    struct port_bind *b = taken ? NULL : bind_add(bn, s, &w);
    if (!b) *error = taken ? -EADDRINUSE : -ENOMEM;
    return b;
}

void port_bind_free(struct bonnet *bn, struct port_bind *b)
{
    if (!b) return;
    b->sock->bound = false;
    list_remove(&b->node);
    port_release(bn, b->port);
    env_free(&bn->env, b, sizeof(*b));
}

int port_bind_listen(struct bonnet *bn, struct port_bind *b)
{
    const struct wish w = {b->sock, b->laddr, IP_TCP, b->port->number};
    if (conflicts_with_binds(bn, &w, false) || conflicts_with_flows(bn, &w)) return -EADDRINUSE;
    b->listening = true;
    return 0;
}

/* ---- ports of connections ---- */

/* RFC 6056 3.3.3: where the search begins, per destination. */
static uint32_t offset_of(const struct env *e, const struct flow *f)
{
    uint8_t b[34];
    if (addr_is_ip4(&f->laddr) && addr_is_ip4(&f->raddr)) {
        uint64_t addrs = (uint64_t)addr_ip4(&f->laddr) << 32 | addr_ip4(&f->raddr);
        return (uint32_t)siphash24_2(&e->keys.port, addrs, f->rport);
    }
    memcpy(b, f->laddr.b, 16);
    memcpy(b + 16, f->raddr.b, 16);
    put_u16(b + 32, f->rport);
    return (uint32_t)siphash24(&e->keys.port, b, sizeof(b));
}

int port_choose(struct bonnet *bn, struct flow *f)
{
    struct tcp_tuple t = flow_tuple(f);
    uint32_t start = (offset_of(&bn->env, f) + bn->socks.port_hint) % PORTS_N;
    for (uint32_t i = 0; i < PORTS_N; i++) {
        t.lport = (uint16_t)(PORT_FIRST + (start + i) % PORTS_N);
        if (port_find(bn, IP_TCP, t.lport) || demux_flow(bn, &t)) continue;
        bn->socks.port_hint += i + 1 + rng_below(&bn->env.rng, STEP_MAX);
        f->lport = t.lport;
        return 0;
    }
    return -EADDRNOTAVAIL;
}
