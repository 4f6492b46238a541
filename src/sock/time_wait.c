/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TIME-WAITs of a stack: all last equally long, so that they are a list in the order of their
 * ends, and the oldest gives way when there are too many. Ends are kept in ms of the stack's clock,
 * wrapping.
 */
#include "sock/sock.h"

#define LIFE_MS ((uint32_t)(TCP_TIMEWAIT_NS / BONNET_MS))

static struct time_wait *oldest(const struct bonnet *bn)
{
    struct list_node *n = list_first(&bn->socks.time_waits);
    return n ? list_entry(n, struct time_wait, age) : NULL;
}

/* Ends the connection's own life: the TIME-WAIT goes on with its flow. */
static void take_flow(struct bonnet *bn, struct time_wait *w, struct stream *s)
{
    struct flow *f = &s->timed.talker.flow;
    w->flow = *f;
    w->flow.map = (struct map_node){.tag = FLOW_TIME_WAIT};
    w->flow.map.tag |= f->map.tag & (FLOW_REUSEADDR | FLOW_REUSEPORT);
    flow_set_ifx(&w->flow, flow_ifx(f));
    w->flow.own = env_ms(&bn->env) + LIFE_MS;
    w->age.next = NULL;
    tcp_timewait_from(&w->tcp, &s->tcp);
    flow_pass(bn, f, &w->flow);
}

/* The ACK of the peer's FIN, which the connection owed when it ended. */
static void send_last_ack(struct bonnet *bn, const struct stream *s)
{
    struct tcp_seg ack;
    struct tcp_timewait w;
    if (!s->tcp.owe) return;
    const struct flow *f = &s->timed.talker.flow;
    const struct tcp_tuple t = flow_tuple(f);
    tcp_timewait_from(&w, &s->tcp);
    tcp_timewait_answer(&w, &bn->env, &t, &ack);
    reply_tcp(bn, &t, flow_ifx(f), &ack, (enum bonnet_reason)s->tcp.owe);
}

static void add(struct bonnet *bn, struct time_wait *w, struct stream *s)
{
    take_flow(bn, w, s);
    list_add_tail(&bn->socks.time_waits, &w->age);
    bn->socks.time_waits_n++;
    env_count(&bn->env, BONNET_MIB_TcpExtTW);
}

bool time_wait_enter(struct bonnet *bn, struct stream *s)
{
    struct socks *all = &bn->socks;
    if (all->time_waits_n >= bn->env.limits.timewait_max) {
        env_count(&bn->env, BONNET_MIB_TcpExtTCPTimeWaitOverflow);
        env_reason(&bn->env, BONNET_R_TIMEWAIT_LIMIT);
        if (oldest(bn)) time_wait_free(bn, oldest(bn));
    }
    struct time_wait *w = NULL;
    if (all->time_waits_n < bn->env.limits.timewait_max) w = env_alloc(&bn->env, sizeof(*w));
    send_last_ack(bn, s);
    if (w) add(bn, w, s);
    tcp_on_time_wait(&s->tcp, &bn->env);
    return w != NULL;
}

void time_wait_restart(struct bonnet *bn, struct time_wait *w)
{
    list_remove(&w->age);
    list_add_tail(&bn->socks.time_waits, &w->age);
    w->flow.own = env_ms(&bn->env) + LIFE_MS;
}

void time_wait_free(struct bonnet *bn, struct time_wait *w)
{
    list_remove(&w->age);
    bn->socks.time_waits_n--;
    flow_leave(bn, &w->flow, IP_TCP);
    env_free(&bn->env, w, sizeof(*w));
}

void time_wait_tick(struct bonnet *bn)
{
    for (struct time_wait *w; (w = oldest(bn));) {
        if ((int32_t)(w->flow.own - env_ms(&bn->env)) > 0) return;
        flow_trace(bn, &w->flow, BONNET_TIME_WAIT, BONNET_CLOSED);
        time_wait_free(bn, w);
    }
}

bonnet_time time_wait_deadline(const struct bonnet *bn)
{
    const struct time_wait *w = oldest(bn);
    if (!w) return BONNET_NEVER;
    int32_t left = (int32_t)(w->flow.own - env_ms(&bn->env));
    if (left <= 0) return bn->env.now;
    return (bn->env.now / BONNET_MS + (uint32_t)left) * BONNET_MS;
}
