/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two queues of a listener: half-open connections (SYN queue) and finished ones that no program
 * has taken yet (accept queue), with Linux' arithmetic: the accept queue is full when it holds more
 * than the backlog, so that listen(2) holds three; the last ACK of a handshake that finds it full
 * is dropped, and the half-open connection stays to try again.
 */
#include "sock/ports.h"

bool listener_accept_is_full(const struct listener *l)
{
    return l->accept_n > l->backlog;
}

bool listener_syn_is_full(const struct bonnet *bn, const struct listener *l)
{
    uint32_t max = bn->env.limits.syn_backlog_max;
    return l->syn_n >= max || l->syn_n > l->backlog ||
           bn->socks.half_open_n >= bn->env.limits.half_open_max;
}

struct tcp_offer listener_window(const struct bonnet *bn, const struct listener *l)
{
    return (struct tcp_offer){
        .window = tcp_clamp_window(&l->set, l->set.rcvbuf),
        .wscale = tcp_window_shift(&bn->env, &l->set),
    };
}

struct tcp_offer listener_offer(struct bonnet *bn, const struct listener *l, const struct flow *f)
{
    struct path path;
    struct tcp_offer offer = listener_window(bn, l);
    offer.mss = (uint16_t)tcp_path_mss(&l->set, stream_path_mtu(bn, f, &path));
    return offer;
}

static void flow_init(struct flow *f, enum flow_kind kind, const struct tcp_tuple *t, int ifx)
{
    f->map.tag = (uint32_t)kind;
    f->laddr = t->laddr;
    f->raddr = t->raddr;
    f->lport = t->lport;
    f->rport = t->rport;
    flow_set_ifx(f, ifx);
}

struct half_open *half_open_new(struct bonnet *bn, struct listener *l, const struct tcp_tuple *t,
                                int ifx)
{
    struct half_open *h = env_alloc_zero(&bn->env, sizeof(*h));
    if (!h) return NULL;
    struct flow *f = &h->timed.talker.flow;
    flow_init(f, FLOW_HALF_OPEN, t, ifx);
    port_flow_reuse(bn, f, &l->sock);
    f->own = (uint32_t)l->sock.handle;
    if (flow_enter(bn, f, IP_TCP) < 0) {
        env_free(&bn->env, h, sizeof(*h));
        return NULL;
    }
    l->syn_n++;
    bn->socks.half_open_n++;
    flow_trace(bn, f, BONNET_LISTEN, BONNET_SYN_RECEIVED);
    return h;
}

struct listener *half_open_listener(const struct bonnet *bn, const struct half_open *h)
{
    struct sock *s = handle_get(bn, (int)h->timed.talker.flow.own);
    if (!s || s->kind != SOCK_LISTENER_KIND) return NULL;
    return (struct listener *)(void *)((char *)s - offsetof(struct listener, sock));
}

static void release_half_open(struct bonnet *bn, struct half_open *h)
{
    struct listener *l = half_open_listener(bn, h);
    if (l) l->syn_n--;
    bn->socks.half_open_n--;
    list_remove(&h->timed.talker.node);
    wheel_cancel(&bn->env.wheel, &h->timed.timer);
    flow_leave(bn, &h->timed.talker.flow, IP_TCP);
    env_free(&bn->env, h, sizeof(*h));
}

void half_open_free(struct bonnet *bn, struct half_open *h)
{
    flow_trace(bn, &h->timed.talker.flow, BONNET_SYN_RECEIVED, BONNET_CLOSED);
    release_half_open(bn, h);
}

static void push(struct listener *l, struct stream *s)
{
    s->listener = l;
    s->accept_next = NULL;
    *l->accept_last = s;
    l->accept_last = &s->accept_next;
    l->accept_n++;
}

/* The stream takes over from the half-open connection, if there is one. 0, -ENOMEM,
 * -EADDRNOTAVAIL. */
static int take_place(struct bonnet *bn, struct flow *f, struct half_open *old)
{
    if (!old) return flow_enter(bn, f, IP_TCP);
    flow_pass(bn, &old->timed.talker.flow, f);
    release_half_open(bn, old);
    return 0;
}

/* A stream with the listener's settings, under the tuple of the handshake. */
static struct stream *make_stream(struct bonnet *bn, const struct listener *l,
                                  const struct handshake *h)
{
    struct stream *s = stream_new(bn);
    if (!s) return NULL;
    struct flow *f = &s->timed.talker.flow;
    flow_init(f, FLOW_STREAM, &h->tuple, h->ifx);
    port_flow_reuse(bn, f, &l->sock);
    s->sock.ttl = l->sock.ttl;
    s->sock.tos = l->sock.tos;
    s->sock.linger_s = l->sock.linger_s;
    s->sock.rcvlowat = l->sock.rcvlowat;
    s->sock.ip6 = l->sock.ip6;
    s->sock.reuseaddr = l->sock.reuseaddr;
    s->sock.reuseport = l->sock.reuseport;
    s->sock.pmtudisc = l->sock.pmtudisc;
    if (take_place(bn, f, h->old) == 0) return s;
    stream_release(bn, s);
    return NULL;
}

struct stream *listener_complete(struct bonnet *bn, struct listener *l, const struct handshake *h,
                                 enum bonnet_reason *reason)
{
    if (listener_accept_is_full(l)) {
        env_count(&bn->env, BONNET_MIB_TcpExtListenOverflows);
        env_count(&bn->env, BONNET_MIB_TcpExtListenDrops);
        *reason = BONNET_R_LISTEN_OVERFLOW;
        return NULL;
    }
    struct stream *s = make_stream(bn, l, h);
    if (!s) {
        env_count(&bn->env, BONNET_MIB_TcpExtListenDrops);
        *reason = conns_are_full(bn) ? BONNET_R_CONNECTION_LIMIT : BONNET_R_MEMORY;
        return NULL;
    }
    struct path path;
    const struct tcp_world w = {.tuple = h->tuple,
                                .mtu = stream_path_mtu(bn, &s->timed.talker.flow, &path)};
    tcp_open_passive(&s->tcp, &bn->env, &l->set, &w, &h->tcp);
    push(l, s);
    sock_wake(bn, &l->sock);
    return s;
}

static void drop_some_half_open(struct bonnet *bn, const struct listener *l)
{
    uint64_t cursor = 0;
    for (struct map_node *n; l->syn_n > 0 && (n = map_walk(&bn->socks.flows, &cursor));) {
        struct flow *f = (struct flow *)n;
        if (flow_kind(f) == FLOW_HALF_OPEN && f->own == (uint32_t)l->sock.handle)
            half_open_free(bn, (struct half_open *)f);
    }
}

/* Those in the SYN queue just end: the next segment of each peer is answered with a reset. None may
 * be left: the handle may become a listener's again. A walk misses some while it takes others
 * away. */
static void drop_half_open(struct bonnet *bn, const struct listener *l)
{
    while (l->syn_n > 0)
        drop_some_half_open(bn, l);
}

/* Those in the accept queue are reset: their peers believe in them. */
static void reset_accept_queue(struct bonnet *bn, struct listener *l)
{
    while (l->accept_first) {
        struct stream *s = l->accept_first;
        l->accept_first = s->accept_next;
        s->listener = NULL;
        stream_abort(bn, s, BONNET_R_LISTENER_CLOSED, 0);
    }
}

void listener_clear(struct bonnet *bn, struct listener *l)
{
    drop_half_open(bn, l);
    reset_accept_queue(bn, l);
}

void listener_close(struct bonnet *bn, struct listener *l)
{
    listener_clear(bn, l);
    if (l->bind) port_bind_free(bn, l->bind);
    list_remove(&l->sock.ready);
    if (l->sock.handle >= 0) handle_free(bn, &l->sock);
    bn->socks.listeners_n--;
    env_free(&bn->env, l, sizeof(*l));
}
