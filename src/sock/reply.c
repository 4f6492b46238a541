/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers that belong to no connection: resets, TIME-WAIT's acknowledgments, SYN cookies, ICMP,
 * ARP. They are values in a bounded queue - the interface's list of talkers - and forgotten when
 * there are too many: whoever needs one asks again. Resets that answer a segment have a rate of
 * their own; one by which we end a connection is always said.
 */
#include <string.h>

#include "sock/sock.h"

static struct reply *reply_new(struct bonnet *bn, enum reply_kind kind, int ifx)
{
    if (bn->socks.replies_n >= bn->env.limits.replies_max || !link_if(&bn->link, ifx)) {
        env_reason(&bn->env, BONNET_R_REPLY_LIMIT);
        return NULL;
    }
    struct reply *r = pool_take(&bn->socks.reply_pool, &bn->env);
    if (!r) {
        env_reason(&bn->env, BONNET_R_MEMORY);
        return NULL;
    }
    r->talker.flow.map = (struct map_node){.tag = FLOW_REPLY};
    flow_set_ifx(&r->talker.flow, ifx);
    r->talker.node.next = NULL;
    r->kind = kind;
    r->tos = 0;
    r->pieces = (struct pieces){0};
    bn->socks.replies_n++;
    return r;
}

void reply_free(struct bonnet *bn, struct reply *r)
{
    list_remove(&r->talker.node);
    if (r->kind == REPLY_ICMP) env_free(&bn->env, r->icmp.body, r->icmp.len);
    bn->socks.replies_n--;
    pool_give(&bn->socks.reply_pool, &bn->env, r);
}

static void talk(struct bonnet *bn, struct reply *r)
{
    struct netif *n = link_if(&bn->link, flow_ifx(&r->talker.flow));
    list_add_tail(&n->talkers, &r->talker.node);
}

/* The interface towards dst, or the one given if there is no route. */
static int way_out(const struct bonnet *bn, const struct bonnet_addr *dst, int ifx)
{
    struct path path;
    if (ip_route(&bn->ip, &bn->env, dst, 0, &path) < 0) return ifx;
    return path.ifx;
}

/* Anybody can make us say these. */
static bool may_reset_stranger(struct bonnet *bn)
{
    struct env *e = &bn->env;
    return rate_take(&bn->socks.rsts, e->now, &e->rng, e->limits.rsts_per_s);
}

void reply_tcp(struct bonnet *bn, const struct tcp_tuple *t, int ifx, const struct tcp_seg *seg,
               enum bonnet_reason why)
{
    bool asked_for = why == BONNET_R_SEND_RST_NO_SOCKET || why == BONNET_R_SEND_RST_BAD_ACK;
    if (asked_for && !may_reset_stranger(bn)) {
        env_reason(&bn->env, BONNET_R_TCP_RST_LIMIT);
        return;
    }
    struct reply *r = reply_new(bn, REPLY_TCP, way_out(bn, &t->raddr, ifx));
    if (!r) return;
    r->talker.flow.laddr = t->laddr;
    r->talker.flow.raddr = t->raddr;
    r->tcp = *seg;
    r->tcp.sport = t->lport;
    r->tcp.dport = t->rport;
    r->reason = why;
    if (seg->flags & TCP_RST) env_count(&bn->env, BONNET_MIB_TcpOutRsts);
    talk(bn, r);
}

void reply_icmp(struct bonnet *bn, const struct reply_icmp *a)
{
    struct reply *r = reply_new(bn, REPLY_ICMP, way_out(bn, a->to, a->ifx));
    if (!r) return;
    r->talker.flow.laddr = *a->from;
    r->talker.flow.raddr = *a->to;
    r->icmp.type = a->m->type;
    r->icmp.code = a->m->code;
    r->icmp.rest = a->m->rest;
    r->icmp.len = a->m->body_len;
    r->icmp.body = a->m->body_len ? env_alloc(&bn->env, a->m->body_len) : NULL;
    r->reason = a->why;
    if (a->m->body_len && !r->icmp.body) {
        env_reason(&bn->env, BONNET_R_MEMORY);
        r->icmp.len = 0;
        reply_free(bn, r);
        return;
    }
    if (a->m->body_len) memcpy(r->icmp.body, a->m->body, a->m->body_len);
    talk(bn, r);
}

void reply_arp(struct bonnet *bn, int ifx, const struct arp_packet *p, const struct eth_mac *to)
{
    struct reply *r = reply_new(bn, REPLY_ARP, ifx);
    if (!r) return;
    r->arp.packet = *p;
    r->arp.to = *to;
    r->reason = BONNET_R_SEND_ARP_REPLY;
    talk(bn, r);
}
