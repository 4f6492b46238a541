/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which packets a filter lets through; the words are in dump_filter.h.
 *
 * As pcap has it: a host of ARP is who asks or is asked for, the ports of a fragment but the first
 * are not known, and what an ICMP error is about does not count.
 */
#include "dump_filter.h"

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

static bool is_ip(const struct bonnet_packet *p)
{
    return p->kind != BONNET_PACKET_ARP && p->version == 4;
}

static bool is_protocol(const struct bonnet_packet *p, enum dump_protocol protocol)
{
    switch (protocol) {
    case DUMP_TCP: return is_ip(p) && p->protocol == PROTOCOL_TCP;
    case DUMP_UDP: return is_ip(p) && p->protocol == PROTOCOL_UDP;
    case DUMP_ICMP: return is_ip(p) && p->protocol == PROTOCOL_ICMP;
    case DUMP_ARP: return p->kind == BONNET_PACKET_ARP;
    case DUMP_IP: return is_ip(p);
    }
    return false;
}

static bool is_host(const struct bonnet_packet *p, const struct dump_node *node)
{
    if (!is_ip(p) && p->kind != BONNET_PACKET_ARP) return false;
    return (node->src && bonnet_addr_equal(p->from.addr, node->addr)) ||
           (node->dst && bonnet_addr_equal(p->to.addr, node->addr));
}

static bool is_port(const struct bonnet_packet *p, const struct dump_node *node)
{
    if (p->kind != BONNET_PACKET_TCP && p->kind != BONNET_PACKET_UDP) return false;
    return (node->src && p->from.port == node->port) || (node->dst && p->to.port == node->port);
}

static bool has_flags(const struct bonnet_packet *p, const struct dump_node *node)
{
    if (p->kind != BONNET_PACKET_TCP || p->header_len == 0) return false;
    return ((p->flags & node->mask) == node->value) != node->differs;
}

static bool passes(const struct dump_filter *f, unsigned at, const struct dump_packet *p)
{
    const struct dump_node *node = &f->nodes[at];
    switch (node->op) {
    case DUMP_AND: return passes(f, node->left, p) && passes(f, node->right, p);
    case DUMP_OR: return passes(f, node->left, p) || passes(f, node->right, p);
    case DUMP_NOT: return !passes(f, node->left, p);
    case DUMP_HOST: return is_host(&p->packet, node);
    case DUMP_PORT: return is_port(&p->packet, node);
    case DUMP_PROTOCOL: return is_protocol(&p->packet, node->protocol);
    case DUMP_FLAGS: return has_flags(&p->packet, node);
    case DUMP_IS_IN: return !p->is_out;
    case DUMP_IS_OUT: return p->is_out;
    case DUMP_IS_DROPPED: return dump_is_dropped(p);
    case DUMP_IS_RESET: return dump_is_reset(p);
    case DUMP_IS_RETRANSMITTED: return dump_is_retransmission(p);
    }
    return false;
}

bool dump_filter_passes(const struct dump_filter *f, const struct dump_packet *p)
{
    return f->n == 0 || passes(f, f->n - 1, p);
}
