/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link headers: Ethernet II, or none on interfaces that carry bare IP packets.
 *
 * Decides whose frame it is and which of the protocols spoken here it carries. Frames to groups are
 * taken, and said to be such: which groups matter is ip/'s knowledge, and what may come to a group
 * is decided there (RFC 1122 3.3.6). The sender's station address is not looked at: ARP alone
 * teaches addresses.
 */
#include "link/link.h"

static enum bonnet_reason ethernet_input(const struct netif *n, const struct bonnet_rx *frame,
                                         struct link_in *in);

enum bonnet_reason link_input(const struct netif *n, const struct bonnet_rx *frame,
                              struct link_in *in)
{
    if (n->kind == BONNET_IF_ETHERNET) return ethernet_input(n, frame, in);
    in->what = LINK_IN_IP4;
    in->packet = frame->data;
    in->len = frame->len;
    in->group = false;
    return BONNET_R_NONE;
}

static enum bonnet_reason ethernet_input(const struct netif *n, const struct bonnet_rx *frame,
                                         struct link_in *in)
{
    struct eth_header h;
    enum bonnet_reason r = eth_parse(&h, frame->data, frame->len);
    if (r != BONNET_R_NONE) return r;
    in->packet = (const uint8_t *)frame->data + ETH_HEADER;
    in->len = frame->len - ETH_HEADER;
    in->group = eth_mac_is_group(h.dst);
    if (!in->group && !eth_mac_equal(h.dst, n->mac)) return BONNET_R_FRAME_NOT_OURS;
    in->what = h.type == ETH_TYPE_ARP ? LINK_IN_ARP : LINK_IN_IP4;
    if (h.type == ETH_TYPE_ARP) return arp_parse(&in->arp, in->packet, in->len);
    return h.type == ETH_TYPE_IP4 ? BONNET_R_NONE : BONNET_R_FRAME_TYPE;
}

uint32_t link_header_len(const struct netif *n)
{
    return n->kind == BONNET_IF_ETHERNET ? ETH_HEADER : 0;
}

void link_emit(const struct netif *n, const struct eth_mac *to, uint16_t type, uint8_t *p)
{
    if (n->kind != BONNET_IF_ETHERNET) return;
    const struct eth_header h = {.dst = *to, .src = n->mac, .type = type};
    eth_emit(&h, p);
}
