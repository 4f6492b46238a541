/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does an interface want to send? Its talkers are asked in turn, one frame each, so that a
 * busy connection does not keep the others waiting. A talker with nothing to say leaves the list;
 * one whose next hop is being asked for waits with the neighbour.
 */
#include <errno.h>
#include <string.h>

#include "stack/stack.h"

#define HEADERS_OF_TEXT (IP4_HEADER + TCP_HEADER_MAX)

void tx_release(struct bonnet *bn)
{
    if (bn->leaving) reply_free(bn, bn->leaving);
    if (bn->leaving_udp) udp_entry_free(&bn->env, bn->leaving_udp);
    bn->leaving = NULL;
    bn->leaving_udp = NULL;
}

enum link_way tx_resolve(struct bonnet *bn, struct netif *n, struct talker *t, struct eth_mac *mac)
{
    struct path path;
    if (n->kind == BONNET_IF_IP) return LINK_READY;
    if (ip_route(&bn->ip, &bn->env, &t->flow.raddr, n->number, &path) < 0) {
        env_count(&bn->env, BONNET_MIB_IpOutNoRoutes);
        env_reason(&bn->env, BONNET_R_IP_NO_ROUTE);
        return LINK_REFUSED;
    }
    enum link_way way =
        link_resolve(&bn->link, &bn->env, &(struct link_hop){n, &path.next_hop}, &t->node, mac);
    if (way == LINK_REFUSED) env_reason(&bn->env, BONNET_R_NEIGHBOUR_FULL);
    return way;
}

/* ---- streams ---- */

static uint32_t burst_of(const struct netif *n)
{
    if (!(n->offload & BONNET_OFFLOAD_TX_GSO)) return 0;
    uint32_t max = n->gso_bytes_max < UINT16_MAX ? n->gso_bytes_max : UINT16_MAX;
    return max > HEADERS_OF_TEXT ? max - HEADERS_OF_TEXT : 0;
}

/* It has nothing to say now. */
static void rest(struct bonnet *bn, struct stream *s, const struct tcp_plan *p)
{
    list_remove(&s->timed.talker.node);
    tcp_rest(&s->tcp, &bn->env, p);
    stream_arm(bn, s);
}

/* The text of the segment, gathered from the SendQ. */
static void gather(struct bonnet_tx *tx, const struct stream *s, const struct tcp_seg *seg)
{
    if (seg->len == 0) return;
    int n = ring_slices(&s->tcp.out, seg->text_at, seg->len, tx->slices + 1, BONNET_SLICES_MAX - 1);
    tx->slices_n = (uint16_t)(1 + n);
}

static void emit(struct bonnet *bn, struct bonnet_tx *tx, const struct tx_packet *p,
                 struct stream *s, struct tcp_seg *seg)
{
    const struct flow *f = &s->timed.talker.flow;
    seg->sport = f->lport;
    seg->dport = f->rport;
    uint8_t *header = frame_begin(bn, tx, p, tcp_header_len(seg), seg->len);
    (void)tcp_emit(seg, header);
    gather(tx, s, seg);
    frame_finish_tcp(bn, tx, p, seg, header);
}

bool tx_stream(struct bonnet *bn, struct netif *n, struct stream *s, struct bonnet_tx *tx)
{
    struct eth_mac mac;
    struct tcp_plan plan = tcp_plan(&s->tcp, &bn->env, burst_of(n));
    if (plan.what == TCP_SEND_NOTHING) {
        rest(bn, s, &plan);
        return false;
    }
    enum link_way way = tx_resolve(bn, n, &s->timed.talker, &mac);
    if (way == LINK_PARKED) return false;
    struct tcp_seg seg;
    if (tcp_output(&s->tcp, &bn->env, &plan, &seg) < 0) {
        env_reason(&bn->env, BONNET_R_MEMORY);
        if (plan.what != TCP_SEND_SYN) plan.why = BONNET_WHY_WINDOW; /* probed for, as one */
        rest(bn, s, &plan);
        return false;
    }
    stream_arm(bn, s);
    if (way == LINK_REFUSED) return false; /* as if lost on the way: its timers know */
    const struct flow *f = &s->timed.talker.flow;
    bool whole = s->sock.pmtudisc != BONNET_PMTUDISC_DONT;
    const struct tx_packet p = {
        .netif = n,
        .to = &mac,
        .src = f->laddr,
        .dst = f->raddr,
        .protocol = IP_TCP,
        .id = whole ? 0 : ip_next_id(&bn->ip, &bn->env),
        .tos = s->sock.tos | seg.ecn,
        .ttl = s->sock.ttl,
        .dont_fragment = whole,
        .reason = plan.reason,
    };
    emit(bn, tx, &p, s, &seg);
    if (tcp_is_silent(&s->tcp)) list_remove(&s->timed.talker.node);
    return true;
}

/* ---- half-open connections ---- */

void half_open_talk(struct bonnet *bn, struct half_open *h)
{
    struct talker *t = &h->timed.talker;
    struct netif *n = link_if(&bn->link, flow_ifx(&t->flow));
    wheel_arm(&bn->env.wheel, &h->timed.timer, bn->env.now + tcp_half_open_timeout(&h->tcp));
    if (n && !list_holds(&t->node)) list_add_tail(&n->talkers, &t->node);
}

/* A header without text: the whole segment. */
static void emit_bare(struct bonnet *bn, struct bonnet_tx *tx, const struct tx_packet *p,
                      const struct tcp_seg *seg)
{
    uint8_t *header = frame_begin(bn, tx, p, tcp_header_len(seg), 0);
    (void)tcp_emit(seg, header);
    frame_finish_tcp(bn, tx, p, seg, header);
    env_count(&bn->env, BONNET_MIB_TcpOutSegs);
}

bool tx_half_open(struct bonnet *bn, struct netif *n, struct half_open *h, struct bonnet_tx *tx)
{
    struct eth_mac mac;
    struct flow *f = &h->timed.talker.flow;
    const struct listener *l = half_open_listener(bn, h);
    enum link_way way = l ? tx_resolve(bn, n, &h->timed.talker, &mac) : LINK_REFUSED;
    if (way == LINK_PARKED) return false;
    list_remove(&h->timed.talker.node);
    if (way == LINK_REFUSED) return false;
    const struct tcp_offer offer = listener_offer(bn, l, f);
    const struct tcp_tuple t = flow_tuple(f);
    struct tcp_seg seg;
    tcp_half_open_reply(&h->tcp, &bn->env, &t, &offer, &seg);
    seg.sport = t.lport;
    seg.dport = t.rport;
    enum bonnet_reason why = h->tcp.sent > 0 ? BONNET_R_SEND_SYN_ACK_AGAIN : BONNET_R_SEND_SYN_ACK;
    if (h->tcp.sent < TCP_SYN_ACKS_COUNTED) h->tcp.sent++;
    h->tcp.sent_us = (uint32_t)(bn->env.now / BONNET_US);
    const struct tx_packet p = {n, &mac,        t.laddr,     t.raddr, IP_TCP,
                                0, l->sock.tos, l->sock.ttl, true,    why};
    emit_bare(bn, tx, &p, &seg);
    return true;
}

/* ---- answers ---- */

static void emit_icmp(struct bonnet *bn, struct bonnet_tx *tx, struct tx_packet *p, struct reply *r)
{
    const struct icmp_message m = {r->icmp.type, r->icmp.code, r->icmp.rest, r->icmp.body,
                                   r->icmp.len};
    const struct whole w = {m.body, m.body_len, p->netif->mtu, &r->pieces};
    uint8_t *header = pieces_next(bn, tx, p, &w);
    if (header) icmp_emit(&m, header);
}

static void emit_arp(struct bonnet *bn, struct bonnet_tx *tx, const struct netif *n,
                     const struct arp_packet *a, const struct eth_mac *to)
{
    link_emit(n, to, ETH_TYPE_ARP, bn->headers);
    arp_emit(a, bn->headers + link_header_len(n));
    tx->gso = BONNET_GSO_NONE;
    tx->needs_checksum = false;
    tx->reason = a->op == ARP_REPLY ? BONNET_R_SEND_ARP_REPLY : BONNET_R_SEND_ARP_REQUEST;
    tx->len = link_header_len(n) + ARP_LENGTH;
    tx->slices_n = 1;
    tx->slices[0] = (struct bonnet_slice){bn->headers, tx->len};
}

/* The reply's last frame is on its way: it is freed when that has been taken. */
static void leave(struct bonnet *bn, struct reply *r)
{
    list_remove(&r->talker.node);
    bn->leaving = r;
}

static void emit_reply(struct bonnet *bn, struct netif *n, const struct eth_mac *mac,
                       struct reply *r, struct bonnet_tx *tx)
{
    const struct flow *f = &r->talker.flow;
    struct tx_packet p = {n, mac, f->laddr, f->raddr, IP_TCP, 0, r->tos, 0, true, r->reason};
    switch (r->kind) {
    case REPLY_TCP: emit_bare(bn, tx, &p, &r->tcp); break;
    case REPLY_ICMP:
        p.protocol = IP_ICMP;
        p.dont_fragment = false;
        emit_icmp(bn, tx, &p, r);
        break;
    case REPLY_ARP: emit_arp(bn, tx, n, &r->arp.packet, &r->arp.to); break;
    }
}

bool tx_reply(struct bonnet *bn, struct netif *n, struct reply *r, struct bonnet_tx *tx)
{
    struct eth_mac mac;
    bool arp = r->kind == REPLY_ARP;
    switch (arp ? LINK_READY : tx_resolve(bn, n, &r->talker, &mac)) {
    case LINK_PARKED: return false;
    case LINK_REFUSED: reply_free(bn, r); return false;
    case LINK_READY: break;
    }
    emit_reply(bn, n, &mac, r, tx);
    if (r->pieces.at == 0) leave(bn, r);
    return true;
}

/* ---- whose turn is it? ---- */

static bool tx_talker(struct bonnet *bn, struct netif *n, struct talker *t, struct bonnet_tx *tx)
{
    switch (flow_kind(&t->flow)) {
    case FLOW_STREAM: return tx_stream(bn, n, (struct stream *)t, tx);
    case FLOW_HALF_OPEN: return tx_half_open(bn, n, (struct half_open *)t, tx);
    case FLOW_DGRAM: return tx_dgram(bn, n, (struct dgram *)t, tx);
    case FLOW_REPLY: return tx_reply(bn, n, (struct reply *)t, tx);
    case FLOW_TIME_WAIT: break;
    }
    return false;
}

static inline bool arp_is_due(const struct netif *n)
{
    return !list_is_empty(&n->asking);
}

static bool tx_arp_request(struct bonnet *bn, struct netif *n, struct bonnet_tx *tx)
{
    struct arp_packet arp;
    struct eth_mac to;
    if (!link_output(n, &arp, &to)) return false;
    arp.sender = ip_source_for(&bn->ip, n->number, &arp.target);
    emit_arp(bn, tx, n, &arp, &to);
    return true;
}

int bonnet_output(struct bonnet *bn, int ifx, struct bonnet_tx *frame)
{
    struct netif *n = link_if(&bn->link, ifx);
    if (!n) return -EINVAL;
    tx_release(bn);
    bool sent = arp_is_due(n) && tx_arp_request(bn, n, frame);
    for (struct list_node *node; !sent && (node = list_rotate(&n->talkers));) {
        struct talker *t = list_entry(node, struct talker, node);
        const struct tcp_tuple tuple = flow_tuple(&t->flow);
        tuple_subject(bn, &tuple);
        sent = tx_talker(bn, n, t, frame);
    }
    if (!sent && arp_is_due(n)) sent = tx_arp_request(bn, n, frame); /* one has just asked */
    if (!sent) return 0;
    bn->frames_out++;
    bn->env.reasons[frame->reason]++;
    return 1;
}

int bonnet_tx_copy(const struct bonnet_tx *frame, void *buf, size_t max)
{
    if (frame->len > max) return -EMSGSIZE;
    uint8_t *p = buf;
    for (uint32_t i = 0; i < frame->slices_n; i++) {
        memcpy(p, frame->slices[i].data, frame->slices[i].len);
        p += frame->slices[i].len;
    }
    return (int)frame->len;
}
