/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is believed of ARP (RFC 826), where anybody on the link may say anything.
 *
 * An answer to a question of ours is believed, the first one only. A request for our address, and
 * an announcement (sender and target the same), update an entry that exists - a station may get a
 * new card, and a standby takes over an address that way - but as a rumour: the entry is STALE, so
 * that the next use asks the new station itself. Nothing that others say adds an entry: RFC 826
 * would add the asker to the table, and so would let anybody fill it; here the reply goes to the
 * station that asked, and we ask in turn if we ever have something for it.
 *
 * Refused by name: senders that are groups, that use our own station address, that speak from
 * outside of the interface's prefixes, and those that claim an address of ours (RFC 5227 2.4:
 * counted as a conflict; we keep the address and do not answer). A sender of 0.0.0.0 asks whether
 * an address is free (RFC 5227 2.1.1): it is told if it is ours, and nothing is learned. Reverse
 * ARP and other operations are malformed.
 */
#include "link/neighbour.h"

#include <string.h>

static enum bonnet_reason check_sender(const struct link_arp *arp);
static enum bonnet_reason take_request(struct link *l, struct env *e, const struct link_arp *arp,
                                       struct arp_packet *reply);
static enum bonnet_reason take_reply(struct link *l, struct env *e, const struct link_arp *arp);
static enum bonnet_reason take_announcement(struct link *l, struct env *e,
                                            const struct link_arp *arp);

enum bonnet_reason link_arp_input(struct link *l, struct env *e, const struct link_arp *arp,
                                  struct arp_packet *reply)
{
    const struct arp_packet *p = arp->packet;
    memset(reply, 0, sizeof(*reply));
    if (p->op != ARP_REQUEST && p->op != ARP_REPLY) return BONNET_R_ARP_MALFORMED;
    enum bonnet_reason r = check_sender(arp);
    if (r != BONNET_R_NONE) return r;
    if (addr_eq(&p->sender, &p->target)) return take_announcement(l, e, arp);
    if (p->op == ARP_REQUEST) return take_request(l, e, arp, reply);
    return take_reply(l, e, arp);
}

/* RFC 5227 1.1: a probe asks from no address. */
static bool is_probe(const struct arp_packet *p)
{
    return p->op == ARP_REQUEST && addr_is_any(&p->sender);
}

static enum bonnet_reason check_sender(const struct link_arp *arp)
{
    const struct arp_packet *p = arp->packet;
    if (eth_mac_is_group(p->sender_mac) || eth_mac_is_zero(p->sender_mac))
        return BONNET_R_ARP_SENDER;
    if (eth_mac_equal(p->sender_mac, arp->netif->mac)) return BONNET_R_ARP_SENDER;
    if (arp->sender_is_ours) return BONNET_R_ARP_CONFLICT;
    return arp->sender_is_near || is_probe(p) ? BONNET_R_NONE : BONNET_R_ARP_SENDER;
}

static struct neighbour *entry_of_sender(const struct link *l, const struct env *e,
                                         const struct link_arp *arp)
{
    return neighbour_find(l, e, &(struct link_hop){arp->netif, &arp->packet->sender});
}

static enum bonnet_reason take_request(struct link *l, struct env *e, const struct link_arp *arp,
                                       struct arp_packet *reply)
{
    const struct arp_packet *p = arp->packet;
    if (!arp->target_is_ours) return BONNET_R_ARP_NOT_FOR_US;
    struct neighbour *nb = entry_of_sender(l, e, arp);
    if (nb) neighbour_on_announced(l, e, nb, p->sender_mac);
    *reply = (struct arp_packet){
        .op = ARP_REPLY,
        .sender_mac = arp->netif->mac,
        .sender = p->target,
        .target_mac = p->sender_mac,
        .target = p->sender,
    };
    return BONNET_R_NONE;
}

static enum bonnet_reason take_reply(struct link *l, struct env *e, const struct link_arp *arp)
{
    if (!arp->target_is_ours) return BONNET_R_ARP_NOT_FOR_US;
    struct neighbour *nb = entry_of_sender(l, e, arp);
    if (!nb || !neighbour_is_asked(nb)) return BONNET_R_ARP_UNSOLICITED;
    neighbour_on_confirmed(l, e, nb, arp->packet->sender_mac);
    return BONNET_R_NONE;
}

static enum bonnet_reason take_announcement(struct link *l, struct env *e,
                                            const struct link_arp *arp)
{
    struct neighbour *nb = entry_of_sender(l, e, arp);
    if (!nb)
        return arp->packet->op == ARP_REPLY ? BONNET_R_ARP_UNSOLICITED : BONNET_R_ARP_NOT_FOR_US;
    neighbour_on_announced(l, e, nb, arp->packet->sender_mac);
    return BONNET_R_NONE;
}
