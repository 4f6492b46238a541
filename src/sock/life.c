/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the tables of a stack begin, and how everything in them ends with it: without a word to any
 * peer, and without a look at what the objects were doing.
 *
 * Every object is found: what has a handle through its slot, connections and TIME-WAITs without one
 * through the table of flows, accept queues through their listeners, and what only waits to be sent
 * through the lists of talkers.
 */
#include "sock/calls.h"
#include "sock/ports.h"

#define REPLIES_STOCK_MAX 64

int sock_init(struct socks *s, struct env *e)
{
    map_init(&s->flows);
    map_init(&s->ports);
    map_init(&s->dgrams);
    map_init(&s->timeouts);
    list_init(&s->ready);
    list_init(&s->time_waits);
    pool_init(&s->reply_pool, sizeof(struct reply), REPLIES_STOCK_MAX);
    s->port_hint = rng_u32(&e->rng);
    return handles_init(s, e);
}

static void end_stream(struct bonnet *bn, struct stream *s)
{
    struct talker *t = &s->timed.talker;
    port_bind_free(bn, s->bind);
    handle_free(bn, &s->sock);
    list_remove(&t->node);
    wheel_cancel(&bn->env.wheel, &s->timed.timer);
    flow_leave(bn, &t->flow, IP_TCP);
    tcp_fini(&s->tcp, &bn->env);
    env_free(&bn->env, s, sizeof(*s));
}

static void end_half_open(struct bonnet *bn, struct half_open *h)
{
    list_remove(&h->timed.talker.node);
    wheel_cancel(&bn->env.wheel, &h->timed.timer);
    flow_leave(bn, &h->timed.talker.flow, IP_TCP);
    env_free(&bn->env, h, sizeof(*h));
}

static void end_listener(struct bonnet *bn, struct listener *l)
{
    for (struct stream *s; (s = l->accept_first);) {
        l->accept_first = s->accept_next;
        end_stream(bn, s);
    }
    port_bind_free(bn, l->bind);
    handle_free(bn, &l->sock);
    env_free(&bn->env, l, sizeof(*l));
}

static void end_dgram(struct bonnet *bn, struct dgram *d)
{
    struct udp_entry *last;
    while ((last = udp_take(&d->udp.out)))
        udp_entry_free(&bn->env, last);
    dgram_close(bn, d);
}

static void end_sock(struct bonnet *bn, struct sock *s)
{
    switch ((enum sock_kind)s->kind) {
    case SOCK_STREAM_KIND: end_stream(bn, sock_entry(s, struct stream)); break;
    case SOCK_LISTENER_KIND: end_listener(bn, sock_entry(s, struct listener)); break;
    case SOCK_DGRAM_KIND: end_dgram(bn, sock_entry(s, struct dgram)); break;
    }
}

static void end_flow(struct bonnet *bn, struct flow *f)
{
    if (flow_kind(f) == FLOW_STREAM)
        end_stream(bn, (struct stream *)f);
    else if (flow_kind(f) == FLOW_HALF_OPEN)
        end_half_open(bn, (struct half_open *)f);
    else
        time_wait_free(bn, (struct time_wait *)f);
}

/* Replies, and closed datagram sockets with something left to send. */
static void end_talkers(struct bonnet *bn, struct list_node *talkers)
{
    for (struct list_node *node = list_first(talkers), *next; node; node = next) {
        struct talker *t = list_entry(node, struct talker, node);
        next = list_after(talkers, node);
        if (flow_kind(&t->flow) == FLOW_REPLY) reply_free(bn, (struct reply *)t);
        if (flow_kind(&t->flow) == FLOW_DGRAM) end_dgram(bn, (struct dgram *)t);
    }
}

static void end_all_talkers(struct bonnet *bn)
{
    uint64_t cursor = 0;
    for (struct map_node *n; (n = map_walk(&bn->link.neighbours, &cursor));)
        end_talkers(bn, &((struct neighbour *)n)->parked);
    for (int i = 1; i <= (int)bn->link.netifs_n; i++)
        end_talkers(bn, &link_if(&bn->link, i)->talkers);
    end_talkers(bn, &bn->link.failed);
}

void sock_fini(struct bonnet *bn)
{
    struct socks *s = &bn->socks;
    if (!s->handles) return;
    uint32_t slots = s->handles_fresh;
    for (uint32_t i = 0; i < slots && s->handles_n > 0; i++)
        if (handle_at(bn, i)) end_sock(bn, handle_at(bn, i));
    while (s->flows.n > 0) { /* a walk misses some while it takes others away */
        uint64_t cursor = 0;
        for (struct map_node *n; (n = map_walk(&s->flows, &cursor));)
            end_flow(bn, (struct flow *)n);
    }
    end_all_talkers(bn);
    ports_trim(bn);
    handles_fini(s, &bn->env);
}
