/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection among the others: its flow in the table, its node in the wheel, its turn to talk,
 * its program - and the one place that acts on what the machine says happened to it.
 */
#include <errno.h>

#include "base/assert.h"
#include "sock/sock.h"

/* The subject is for the trace; without one nobody asks. */
void tuple_subject(struct bonnet *bn, const struct tcp_tuple *t)
{
    if (!env_is_traced(&bn->env)) return;
    bn->env.subject = (struct env_subject){
        .socket = -1,
        .local = {.addr = t->laddr, .port = t->lport},
        .remote = {.addr = t->raddr, .port = t->rport},
    };
}

void stream_subject(struct bonnet *bn, const struct stream *s)
{
    const struct flow *f = &s->timed.talker.flow;
    if (!env_is_traced(&bn->env)) return;
    bn->env.subject = (struct env_subject){
        .socket = s->sock.handle,
        .local = {.addr = f->laddr, .port = f->lport},
        .remote = {.addr = f->raddr, .port = f->rport},
    };
}

void flow_trace(struct bonnet *bn, const struct flow *f, enum bonnet_tcp_state from,
                enum bonnet_tcp_state to)
{
    if (!env_is_traced(&bn->env)) return;
    const struct bonnet_trace event = {
        .kind = BONNET_TRACE_STATE,
        .at = bn->env.now,
        .socket = -1,
        .local = {.addr = f->laddr, .port = f->lport},
        .remote = {.addr = f->raddr, .port = f->rport},
        .from = from,
        .to = to,
    };
    env_trace(&bn->env, &event);
}

struct stream *stream_new(struct bonnet *bn)
{
    if (conns_are_full(bn)) return NULL;
    struct stream *s = env_alloc_zero(&bn->env, sizeof(*s));
    if (!s) return NULL;
    struct tcp_settings set;
    settings_default(&set, &bn->env);
    tcp_init(&s->tcp, &set);
    s->timed.talker.flow.map.tag = FLOW_STREAM;
    s->sock.kind = SOCK_STREAM_KIND;
    s->sock.handle = -1;
    s->sock.linger_s = -1;
    s->sock.rcvlowat = 1;
    s->sock.pmtudisc = BONNET_PMTUDISC_WANT;
    bn->socks.streams_n++;
    return s;
}

static bool is_over(const struct stream *s)
{
    return s->tcp.state == BONNET_CLOSED || s->tcp.state == BONNET_TIME_WAIT;
}

void stream_release(struct bonnet *bn, struct stream *s)
{
    bool awaits_accept = s->sock.handle < 0 && s->listener;
    if (s->sock.handle >= 0 || awaits_accept || !is_over(s)) return;
    list_remove(&s->timed.talker.node);
    list_remove(&s->sock.ready);
    wheel_cancel(&bn->env.wheel, &s->timed.timer);
    flow_leave(bn, &s->timed.talker.flow, IP_TCP);
    tcp_fini(&s->tcp, &bn->env);
    if (s->tcp.orphan) bn->socks.orphans_n--;
    bn->socks.streams_n--;
    env_free(&bn->env, s, sizeof(*s));
}

/* Nothing is sent or awaited any more: it leaves the tables. */
static void leave(struct bonnet *bn, struct stream *s)
{
    list_remove(&s->timed.talker.node);
    wheel_cancel(&bn->env.wheel, &s->timed.timer);
    flow_leave(bn, &s->timed.talker.flow, IP_TCP);
}

void stream_talk(struct bonnet *bn, struct stream *s)
{
    struct talker *t = &s->timed.talker;
    if (list_holds(&t->node) || is_over(s)) return;
    struct netif *n = link_if(&bn->link, flow_ifx(&t->flow));
    if (n) list_add_tail(&n->talkers, &t->node);
}

void stream_arm(struct bonnet *bn, struct stream *s)
{
    bonnet_time at = tcp_deadline(&s->tcp);
    struct wheel_node *timer = &s->timed.timer;
    if (at == BONNET_NEVER)
        wheel_cancel(&bn->env.wheel, timer);
    else if (!wheel_is_armed(timer) || at < timer->at)
        wheel_arm(&bn->env.wheel, timer, at);
}

/* The next hop carried our data there and its answer back: it is alive. Or nothing came back. */
static void judge_next_hop(struct bonnet *bn, const struct stream *s, bool is_alive)
{
    const struct flow *f = &s->timed.talker.flow;
    struct netif *n = link_if(&bn->link, flow_ifx(f));
    struct path path;
    if (!n || n->kind == BONNET_IF_IP) return;
    if (ip_route(&bn->ip, &bn->env, &f->raddr, flow_ifx(f), &path) < 0) return;
    (is_alive ? link_confirm : link_doubt)(&bn->link, &bn->env,
                                           &(struct link_hop){n, &path.next_hop});
}

static void send_answer(struct bonnet *bn, const struct stream *s, const struct tcp_outcome *o)
{
    const struct flow *f = &s->timed.talker.flow;
    bool ours =
        bonnet_reason_kind((int)o->reason) == BONNET_KIND_RESET || o->reason == BONNET_R_NONE;
    const struct tcp_tuple t = flow_tuple(f);
    reply_tcp(bn, &t, flow_ifx(f), &o->reply,
              ours ? BONNET_R_SEND_RST_ABORT : BONNET_R_SEND_RST_BAD_ACK);
}

void stream_apply(struct bonnet *bn, struct stream *s, const struct tcp_outcome *o)
{
    if (o->reason) env_reason(&bn->env, o->reason);
    if (o->answer) send_answer(bn, s, o);
    if (o->events & TCP_EV_PROGRESS)
        s->timed.talker.flow.own = 0; /* pages reserved at the tail may have left with the text */
    if (o->events & TCP_EV_TIME_WAIT) time_wait_enter(bn, s);
    if (o->events & (TCP_EV_TIME_WAIT | TCP_EV_ENDED)) leave(bn, s);
    if (o->events & ~(unsigned)(TCP_EV_PROGRESS | TCP_EV_DOUBT)) sock_wake(bn, &s->sock);
    if (is_over(s)) {
        stream_release(bn, s);
        return;
    }
    if (o->events & TCP_EV_PROGRESS && s->tcp.sent.n == 0) judge_next_hop(bn, s, true);
    if (o->events & TCP_EV_DOUBT) judge_next_hop(bn, s, false);
    stream_arm(bn, s);
    if (!tcp_is_silent(&s->tcp)) stream_talk(bn, s);
}

void stream_abort(struct bonnet *bn, struct stream *s, enum bonnet_reason why, int error)
{
    struct tcp_outcome o = {.reason = BONNET_R_NONE};
    stream_subject(bn, s);
    if (is_over(s)) {
        stream_release(bn, s);
        return;
    }
    tcp_abort(&s->tcp, &bn->env, why, error, &o);
    stream_apply(bn, s, &o);
}

uint16_t stream_path_mtu(struct bonnet *bn, const struct flow *f, struct path *path)
{
    if (ip_route(&bn->ip, &bn->env, &f->raddr, flow_ifx(f), path) < 0) return 0;
    const struct netif *n = link_if(&bn->link, path->ifx);
    if (!n) return 0;
    return path->mtu && path->mtu < n->mtu ? path->mtu : n->mtu;
}

/* Linux tcp_poll(). What has ended is shut both ways, until connect() has said how; what has never
 * begun is not. */
int stream_poll(const struct stream *s)
{
    const struct tcp_conn *c = &s->tcp;
    bool connecting = c->state == BONNET_SYN_SENT || c->state == BONNET_SYN_RECEIVED;
    bool ended = is_over(s) && s->sock.phase != SOCK_UNCONNECTED;
    bool no_more_in = c->fin_received || c->shut_rd || ended;
    bool no_more_out = c->fin_wanted || is_over(s);
    int bits = 0;
    if (c->error) bits |= BONNET_POLLERR;
    if (is_over(s) || (no_more_in && no_more_out)) bits |= BONNET_POLLHUP;
    if (connecting) return bits;
    if (no_more_in) bits |= BONNET_POLLIN | BONNET_POLLRDHUP;
    if (c->in.len >= s->sock.rcvlowat && c->in.len > 0) bits |= BONNET_POLLIN;
    if (no_more_out || tcp_send_room(c) >= c->set.sndbuf / 3) bits |= BONNET_POLLOUT;
    if (c->urgent) bits |= BONNET_POLLPRI;
    return bits;
}
