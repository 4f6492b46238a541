/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row of inspection: what a socket, or a connection that no program holds, looks like now.
 * Nothing is kept for the sake of a row: everything is read off the objects.
 */
#include "link/neighbour.h"
#include "sock/calls.h"

static struct bonnet_row begin(enum bonnet_row_kind kind)
{
    return (struct bonnet_row){.size = sizeof(struct bonnet_row), .kind = kind, .socket = -1};
}

static void fill_ends(struct bonnet_row *row, const struct flow *f)
{
    row->local = (struct bonnet_endpoint){.addr = f->laddr, .port = f->lport};
    row->remote = (struct bonnet_endpoint){.addr = f->raddr, .port = f->rport};
}

static bonnet_time left_until(const struct env *e, bonnet_time at)
{
    return at > e->now ? at - e->now : 0;
}

/* ---- connections ---- */

static void fill_timers(const struct tcp_conn *c, const struct env *e, struct bonnet_row *row)
{
    row->timer = tcp_timer(c);
    row->retransmits = c->snd.retransmits;
    if (c->rtx_at != BONNET_NEVER) row->stalled = (env_ms(e) - c->waits_ms) * BONNET_MS;
    if (c->rtx_at != BONNET_NEVER)
        row->timers_armed |= 1u << (c->persisting ? BONNET_TIMER_PERSIST : BONNET_TIMER_RETRANSMIT);
    if (c->ack_at != BONNET_NEVER) row->timers_armed |= 1u << BONNET_TIMER_DELACK;
    bool lonely = c->orphan && c->state == BONNET_FIN_WAIT_2;
    if (c->keep_at != BONNET_NEVER)
        row->timers_armed |= 1u << (lonely ? BONNET_TIMER_TIMEWAIT : BONNET_TIMER_KEEPALIVE);
    switch (row->timer) {
    case BONNET_TIMER_RETRANSMIT:
    case BONNET_TIMER_PERSIST: row->timer_left = left_until(e, c->rtx_at); break;
    case BONNET_TIMER_DELACK: row->timer_left = left_until(e, c->ack_at); break;
    case BONNET_TIMER_KEEPALIVE:
        row->retransmits = c->keep_probes;
        row->timer_left = left_until(e, c->keep_at);
        break;
    case BONNET_TIMER_TIMEWAIT: row->timer_left = left_until(e, c->keep_at); break;
    case BONNET_TIMER_NONE:
    case BONNET_TIMERS_END: break;
    }
}

static void fill_queues(const struct tcp_conn *c, struct bonnet_row *row)
{
    row->recv_q = c->in.len;
    row->send_q = c->out.len;
    row->unsent = tcp_unsent_bytes(c);
    row->in_flight = c->syn_acked ? c->out.len - row->unsent : 0;
    row->out_of_order = c->ooo.bytes;
    row->delivered = c->bytes_received - c->in.len;
    row->written = c->bytes_acked + c->out.len;
    row->recv_q_max = c->set.rcvbuf;
    row->send_q_max = c->set.sndbuf;
    row->memory = (uint32_t)sizeof(struct stream) + ring_memory(&c->out) + ring_memory(&c->in) +
                  c->ooo.room * (uint32_t)sizeof(struct range) +
                  c->sent.room * (uint32_t)sizeof(struct sent_record);
}

/* RFC 9293 3.3.1. */
static void fill_variables(const struct tcp_conn *c, struct bonnet_row *row)
{
    row->iss = c->snd.iss.v;
    row->snd_una = c->snd.una.v;
    row->snd_nxt = row->snd_max = c->snd.nxt.v;
    row->snd_wnd = c->snd.wnd;
    row->max_snd_wnd = c->snd.max_wnd;
    row->irs = c->rcv.irs.v;
    row->rcv_nxt = c->rcv.nxt.v;
    row->rcv_wnd = tcp_receive_window(c);
    row->cwnd = c->cc.cwnd;
    row->ssthresh = c->cc.ssthresh;
    row->congestion = cc_ops(c->set.cc)->name;
}

/* Is the link address of its next hop being asked for? */
static bool awaits_neighbour(const struct bonnet *bn, const struct flow *f)
{
    struct path path;
    struct netif *n = link_if(&bn->link, flow_ifx(f));
    if (!n || n->kind == BONNET_IF_IP) return false;
    if (ip_route(&bn->ip, &bn->env, &f->raddr, n->number, &path) < 0) return false;
    const struct neighbour *nb =
        neighbour_find(&bn->link, &bn->env, &(struct link_hop){n, &path.next_hop});
    return nb && nb->state == NEIGHBOUR_INCOMPLETE;
}

static enum bonnet_why why_of(const struct bonnet *bn, const struct stream *s)
{
    const struct tcp_plan p = tcp_plan(&s->tcp, &bn->env, 0);
    if (p.what == TCP_SEND_NOTHING) return p.why;
    return awaits_neighbour(bn, &s->timed.talker.flow) ? BONNET_WHY_NEIGHBOUR : BONNET_WHY_SENDING;
}

static void fill_stream(const struct bonnet *bn, const struct stream *s, struct bonnet_row *row)
{
    const struct tcp_conn *c = &s->tcp;
    bool fresh = s->sock.phase == SOCK_UNCONNECTED && !c->orphan;
    bool unbound = c->state == BONNET_CLOSED && s->sock.handle >= 0 && fresh;
    *row = begin(unbound ? BONNET_ROW_UNBOUND : BONNET_ROW_CONNECTION);
    row->state = (enum bonnet_tcp_state)c->state;
    row->socket = s->sock.handle;
    row->user = s->sock.user;
    row->orphan = c->orphan;
    row->keepalive = c->set.keepalive;
    fill_ends(row, &s->timed.talker.flow);
    fill_queues(c, row);
    if (unbound) return;
    fill_variables(c, row);
    fill_timers(c, &bn->env, row);
    if (c->state != BONNET_CLOSED && c->state != BONNET_TIME_WAIT) row->why = why_of(bn, s);
    tcp_info(c, &bn->env, &row->info);
}

static void fill_half_open(const struct bonnet *bn, const struct half_open *h,
                           struct bonnet_row *row)
{
    *row = begin(BONNET_ROW_HALF_OPEN);
    row->state = BONNET_SYN_RECEIVED;
    fill_ends(row, &h->timed.talker.flow);
    row->timer = BONNET_TIMER_RETRANSMIT;
    row->timers_armed = 1u << BONNET_TIMER_RETRANSMIT;
    row->timer_left = left_until(&bn->env, h->timed.timer.at);
    row->retransmits = h->tcp.retries;
    row->memory = sizeof(*h);
    row->why = BONNET_WHY_HANDSHAKE;
    row->iss = row->snd_una = h->tcp.iss.v;
    row->snd_nxt = row->snd_max = h->tcp.iss.v + 1;
    row->snd_wnd = row->max_snd_wnd = h->tcp.wnd;
    row->irs = h->tcp.irs.v;
    row->rcv_nxt = h->tcp.irs.v + 1;
}

static void fill_time_wait(const struct bonnet *bn, const struct time_wait *w,
                           struct bonnet_row *row)
{
    uint32_t now = env_ms(&bn->env);
    int32_t left = (int32_t)(w->flow.own - now);
    *row = begin(BONNET_ROW_TIME_WAIT);
    row->state = BONNET_TIME_WAIT;
    fill_ends(row, &w->flow);
    row->timer = BONNET_TIMER_TIMEWAIT;
    row->timers_armed = 1u << BONNET_TIMER_TIMEWAIT;
    row->timer_left = left > 0 ? (bonnet_time)left * BONNET_MS : 0;
    row->memory = sizeof(*w);
    row->why = BONNET_WHY_NOTHING_LEFT;
    row->snd_una = row->snd_nxt = row->snd_max = w->tcp.snd_nxt.v;
    row->rcv_nxt = w->tcp.rcv_nxt.v;
    row->rcv_wnd = w->tcp.wnd;
}

/* ---- listeners and datagram sockets ---- */

static void fill_listener(const struct bonnet *bn, const struct listener *l, struct bonnet_row *row)
{
    *row = begin(BONNET_ROW_LISTENER);
    row->state = BONNET_LISTEN;
    row->socket = l->sock.handle;
    row->user = l->sock.user;
    row->local = (struct bonnet_endpoint){.addr = l->laddr, .port = l->lport};
    row->remote.addr = addr_any4();
    row->recv_q = l->accept_n;
    row->send_q = l->backlog;
    row->syn_q = l->syn_n;
    row->syn_q_max = bn->env.limits.syn_backlog_max;
    row->recv_q_max = l->set.rcvbuf;
    row->send_q_max = l->set.sndbuf;
    row->keepalive = l->set.keepalive;
    row->memory = sizeof(*l);
}

static void fill_dgram(const struct dgram *d, struct bonnet_row *row)
{
    *row = begin(BONNET_ROW_DATAGRAM);
    row->state = d->talker.flow.rport ? BONNET_ESTABLISHED : BONNET_CLOSED; /* as ss shows it */
    row->socket = d->sock.handle;
    row->user = d->sock.user;
    fill_ends(row, &d->talker.flow);
    row->recv_q = d->udp.in.bytes;
    row->send_q = row->unsent = d->udp.out.bytes;
    row->recv_q_max = d->udp.rcvbuf;
    row->send_q_max = d->udp.sndbuf;
    row->drops = d->udp.drops;
    row->memory = (uint32_t)sizeof(*d) + d->udp.in.bytes + d->udp.out.bytes;
}

/* ---- by kind ---- */

void row_of_sock(const struct bonnet *bn, const struct sock *s, struct bonnet_row *row)
{
    switch ((enum sock_kind)s->kind) {
    case SOCK_STREAM_KIND: fill_stream(bn, sock_entry(s, const struct stream), row); break;
    case SOCK_LISTENER_KIND: fill_listener(bn, sock_entry(s, const struct listener), row); break;
    case SOCK_DGRAM_KIND: fill_dgram(sock_entry(s, const struct dgram), row); break;
    }
}

void row_of_flow(const struct bonnet *bn, const struct flow *f, struct bonnet_row *row)
{
    switch (flow_kind(f)) {
    case FLOW_STREAM: fill_stream(bn, (const struct stream *)f, row); break;
    case FLOW_HALF_OPEN: fill_half_open(bn, (const struct half_open *)f, row); break;
    case FLOW_TIME_WAIT: fill_time_wait(bn, (const struct time_wait *)f, row); break;
    case FLOW_DGRAM: fill_dgram((const struct dgram *)f, row); break;
    case FLOW_REPLY: break;
    }
}
