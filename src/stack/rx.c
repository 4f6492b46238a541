/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame arrives: link, IP, and the door of its transport - one screen. What each room understood
 * comes back as a value or as the reason to drop.
 */
#include <errno.h>

#include "stack/stack.h"

static enum bonnet_reason rx_arp(struct bonnet *bn, struct netif *n, const struct arp_packet *p)
{
    struct arp_packet reply;
    const struct link_arp arp = {
        .netif = n,
        .packet = p,
        .target_is_ours = ip_is_ours(&bn->ip, &p->target),
        .sender_is_ours = ip_is_ours(&bn->ip, &p->sender),
        .sender_is_near = ip_is_near(&bn->ip, n->number, &p->sender),
    };
    enum bonnet_reason r = link_arp_input(&bn->link, &bn->env, &arp, &reply);
    if (r) return rx_refuse(bn, r);
    if (reply.op) reply_arp(bn, n->number, &reply, &reply.target_mac);
    return BONNET_R_NONE;
}

/* RFC 1122 3.2.2.1: protocol unreachable. */
static enum bonnet_reason rx_unknown(struct bonnet *bn, const struct netif *n,
                                     const struct ip_in *in)
{
    rx_send_icmp_error(bn, n->number, in, ICMP_UNREACHABLE, ICMP_PROTOCOL_UNREACHABLE);
    return rx_refuse(bn, BONNET_R_IP_PROTOCOL);
}

static enum bonnet_reason rx_ip(struct bonnet *bn, const struct netif *n, const struct link_in *l,
                                const struct bonnet_rx *frame)
{
    struct ip_in in;
    const struct ip_arrival a = {n->number, l->packet, l->len, l->group};
    enum bonnet_reason r = ip_input(&bn->ip, &bn->env, &a, &in);
    if (r) return rx_refuse(bn, r);
    switch (in.h.protocol) {
    case IP_TCP: return rx_tcp(bn, n, &in, frame);
    case IP_UDP: return rx_udp(bn, n, &in, frame);
    case IP_ICMP: return rx_icmp(bn, n, &in);
    default: return rx_unknown(bn, n, &in);
    }
}

static enum bonnet_reason rx_frame(struct bonnet *bn, struct netif *n,
                                   const struct bonnet_rx *frame)
{
    struct link_in l;
    enum bonnet_reason r = link_input(n, frame, &l);
    if (r) return rx_refuse(bn, r);
    return l.what == LINK_IN_ARP ? rx_arp(bn, n, &l.arp) : rx_ip(bn, n, &l, frame);
}

int bonnet_input(struct bonnet *bn, int ifx, const struct bonnet_rx *frame)
{
    struct netif *n = link_if(&bn->link, ifx);
    if (!n) return -EINVAL;
    tx_release(bn);
    bn->frames_in++;
    bn->env.subject = (struct env_subject){.socket = -1};
    enum bonnet_reason r = rx_frame(bn, n, frame);
    if (!r || bonnet_reason_kind((int)r) == BONNET_KIND_NOTE) return 0;
    if (bonnet_reason_kind((int)r) == BONNET_KIND_DROP) bn->frames_dropped++;
    return (int)r;
}
