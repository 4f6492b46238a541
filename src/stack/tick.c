/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time arrives, and when it is wanted again. Connections and half-open ones are in the wheel;
 * TIME-WAITs, neighbours and reassembly keep lists in the order of time.
 */
#include <errno.h>

#include "stack/stack.h"

static void tick_stream(struct bonnet *bn, struct stream *s)
{
    struct tcp_outcome o;
    stream_subject(bn, s);
    tcp_tick(&s->tcp, &bn->env, &o);
    stream_apply(bn, s, &o);
}

static void tick_half_open(struct bonnet *bn, struct half_open *h)
{
    const struct tcp_tuple t = flow_tuple(&h->timed.talker.flow);
    tuple_subject(bn, &t);
    if (h->tcp.retries >= TCP_SYN_ACK_RETRIES) {
        env_reason(&bn->env, BONNET_R_HALF_OPEN_TIMEOUT);
        env_count(&bn->env, BONNET_MIB_TcpAttemptFails);
        half_open_free(bn, h);
        return;
    }
    h->tcp.retries++;
    env_count(&bn->env, BONNET_MIB_TcpRetransSegs);
    half_open_talk(bn, h);
}

static void tick_wheel(struct bonnet *bn)
{
    for (struct wheel_node *n; (n = wheel_next(&bn->env.wheel, bn->env.now));) {
        struct timed *t = list_entry(n, struct timed, timer);
        if (flow_kind(&t->talker.flow) == FLOW_STREAM)
            tick_stream(bn, (struct stream *)t);
        else
            tick_half_open(bn, (struct half_open *)t);
    }
}

/* The first hop does not answer: an attempt to connect fails, a connection goes on trying. */
static void fail_stream(struct bonnet *bn, struct stream *s)
{
    stream_subject(bn, s);
    s->tcp.soft_error = EHOSTUNREACH;
    if (s->tcp.state == BONNET_SYN_SENT) {
        stream_abort(bn, s, BONNET_R_ABORT_UNREACHABLE, EHOSTUNREACH);
        return;
    }
    env_reason(&bn->env, BONNET_R_NEIGHBOUR_FAILED);
    const struct tcp_plan p = {.what = TCP_SEND_NOTHING, .why = BONNET_WHY_WINDOW};
    tcp_rest(&s->tcp, &bn->env, &p);
    stream_arm(bn, s);
}

/* What waits for the same host is lost with the first; what comes after it has its turn. As for
 * ICMP errors, who is not connected hears only of what it asked to hear. */
static void fail_dgram(struct bonnet *bn, struct dgram *d)
{
    const struct udp_entry *u = udp_peek(&d->udp.out);
    const struct bonnet_addr host = u->remote.addr;
    for (; u && addr_eq(&u->remote.addr, &host); u = udp_peek(&d->udp.out)) {
        env_reason(&bn->env, BONNET_R_NEIGHBOUR_FAILED);
        udp_entry_free(&bn->env, udp_take(&d->udp.out));
    }
    d->pieces.at = 0;
    if (u) list_add_tail(&link_if(&bn->link, flow_ifx(&d->talker.flow))->talkers, &d->talker.node);
    if (d->sock.recverr || d->talker.flow.rport) {
        d->error = EHOSTUNREACH;
        sock_wake(bn, &d->sock);
    }
    dgram_release(bn, d);
}

/* Is there a gateway in the place of the one that does not answer? */
static bool has_another_way(struct bonnet *bn, const struct talker *t)
{
    const struct bonnet_addr *to = &t->flow.raddr;
    if (flow_kind(&t->flow) == FLOW_DGRAM) {
        const struct udp_entry *u = udp_peek(&((const struct dgram *)t)->udp.out);
        if (!u) return false;
        to = &u->remote.addr;
    }
    return ip_on_silent_hop(&bn->ip, &bn->env, to, flow_ifx(&t->flow));
}

static void fail_talker(struct bonnet *bn, struct talker *t)
{
    const struct tcp_tuple tuple = flow_tuple(&t->flow);
    tuple_subject(bn, &tuple);
    if (has_another_way(bn, t)) {
        list_add_tail(&link_if(&bn->link, flow_ifx(&t->flow))->talkers, &t->node);
        return;
    }
    switch (flow_kind(&t->flow)) {
    case FLOW_STREAM: fail_stream(bn, (struct stream *)t); break;
    case FLOW_DGRAM: fail_dgram(bn, (struct dgram *)t); break;
    case FLOW_REPLY:
        env_reason(&bn->env, BONNET_R_NEIGHBOUR_FAILED);
        reply_free(bn, (struct reply *)t);
        break;
    case FLOW_HALF_OPEN: /* its timer sends the SYN-ACK again */
        env_reason(&bn->env, BONNET_R_NEIGHBOUR_FAILED);
        break;
    case FLOW_TIME_WAIT: break;
    }
}

void tick_failed_neighbours(struct bonnet *bn)
{
    for (struct list_node *n; (n = list_first(&bn->link.failed));) {
        list_remove(n);
        fail_talker(bn, list_entry(n, struct talker, node));
    }
}

static void tick_reassembly(struct bonnet *bn)
{
    struct ip_in about;
    while (ip_tick(&bn->ip, &bn->env, &about))
        rx_send_icmp_error(bn, 0, &about, ICMP_TIME_EXCEEDED, 1);
}

void bonnet_tick(struct bonnet *bn, bonnet_time now)
{
    tx_release(bn);
    if (now > bn->env.now) bn->env.now = now;
    tick_wheel(bn);
    time_wait_tick(bn);
    link_tick(&bn->link, &bn->env);
    tick_failed_neighbours(bn);
    tick_reassembly(bn);
}

static bool has_talkers(const struct bonnet *bn)
{
    for (uint32_t i = 1; i <= bn->link.netifs_n; i++) {
        const struct netif *n = link_if(&bn->link, (int)i);
        if (n && !list_is_empty(&n->talkers)) return true;
    }
    return false;
}

static bonnet_time earlier(bonnet_time a, bonnet_time b)
{
    return a < b ? a : b;
}

bonnet_time bonnet_deadline(const struct bonnet *bn)
{
    if (has_talkers(bn)) return bn->env.now;
    bonnet_time at = wheel_deadline(&bn->env.wheel);
    at = earlier(at, time_wait_deadline(bn));
    at = earlier(at, link_deadline(&bn->link, &bn->env));
    return earlier(at, ip_deadline(&bn->ip));
}
