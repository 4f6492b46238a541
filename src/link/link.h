/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames and neighbours: what an interface is, and which station an IP next hop lives at.
 *
 * link/ strips and writes link headers, and keeps one neighbour table for all interfaces (ARP now,
 * ND later). It does not know whose packets it carries: talkers are list nodes that it parks with a
 * neighbour whose address is being asked for, and puts back into the interface's list of talkers
 * when the answer comes, or into `failed` when none comes. Which IP addresses are ours is ip/'s
 * knowledge and arrives as an argument. Timeouts are fixed per kind, so that each kind is a list in
 * the order of time: tick and deadline need no wheel.
 *
 * RFC 826, RFC 1122 2.3.2 (ARP cache validation, flood prevention, packet queue), Linux' defaults:
 * three requests one second apart, then failed; an entry is asked for again 30 s after it was last
 * confirmed.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "base/env.h"
#include "base/list.h"
#include "base/map.h"
#include "bonnet/netif.h"
#include "wire/addr.h"
#include "wire/arp.h"
#include "wire/eth.h"

/* One interface. */
struct netif {
    int number;
    enum bonnet_if_kind kind;
    struct eth_mac mac;
    uint16_t mtu;             /* bytes of an IP packet */
    uint32_t offload;         /* enum bonnet_if_offload */
    uint32_t gso_bytes_max;   /* IP bytes of a super-packet; 0 without TX_GSO */
    struct list_node talkers; /* who has something to send out of here, in turn */
    struct list_node asking;  /* neighbours whose ARP request is due now (struct neighbour.due) */
    char name[BONNET_IF_NAME_MAX];
};

enum neighbour_state {
    NEIGHBOUR_INCOMPLETE, /* asked, no answer yet; talkers are parked */
    NEIGHBOUR_REACHABLE,
    NEIGHBOUR_STALE, /* usable; the next use asks again */
    NEIGHBOUR_PROBE, /* usable and being asked by unicast; three silences make it incomplete */
    NEIGHBOUR_STATES_END,
};

struct neighbour {
    struct map_node map;     /* by address and interface */
    struct list_node age;    /* in the list of its state, oldest first */
    struct list_node due;    /* in netif.asking */
    struct list_node parked; /* talkers that wait for the answer */
    uint32_t parked_n; /* talkers parked, or more: those that were forgotten are not subtracted */
    struct bonnet_addr addr;
    struct netif *netif;
    struct eth_mac mac;
    uint8_t state;  /* enum neighbour_state */
    uint8_t asked;  /* requests made without an answer */
    bonnet_time at; /* when it changes by itself: next request, or staleness. STALE: never */
};

struct link {
    struct netif **netifs; /* [1 .. interfaces_max]; NULL: none. Index is the number */
    uint32_t netifs_n;     /* interfaces added: numbers 1 to netifs_n */
    struct map neighbours;
    struct list_node by_state[NEIGHBOUR_STATES_END]; /* neighbours, oldest first */
    uint32_t incomplete_n;
    struct list_node failed; /* talkers whose neighbour does not answer, or gave way to another: the
                                conductor empties it */
};

/* -ENOMEM. */
int link_init(struct link *l, struct env *e);
void link_fini(struct link *l, struct env *e);

/* Adds an interface from a configuration. Its number, -EINVAL, -ENOSPC, -ENOMEM. */
int link_if_add(struct link *l, struct env *e, const struct bonnet_if_config *config);

/* NULL: no such interface. Interfaces are never removed while the stack lives. */
static inline struct netif *link_if(const struct link *l, int number)
{
    return number >= 1 && (uint32_t)number <= l->netifs_n ? l->netifs[number] : NULL;
}

/* What a frame turned out to be. */
struct link_in {
    enum { LINK_IN_IP4, LINK_IN_ARP } what;
    const uint8_t *packet; /* IP4: borrowed from the frame */
    uint32_t len;
    bool group;            /* sent to a link-layer group or broadcast address */
    struct arp_packet arp; /* ARP */
};

/* A frame arrives. R_NONE with *in filled in, or the reason to drop it. */
enum bonnet_reason link_input(const struct netif *n, const struct bonnet_rx *frame,
                              struct link_in *in);

/* ARP arrives, with what ip/ knows of it. */
struct link_arp {
    struct netif *netif; /* where */
    const struct arp_packet *packet;
    bool target_is_ours;
    bool sender_is_ours; /* an address of ours: somebody else claims it */
    bool sender_is_near; /* inside a prefix of the interface */
};

/* Learns what may be learned: answers to our questions, and updates of entries that exist, when the
 * sender is a possible neighbour. R_NONE: taken; reply->op is 0, or *reply shall be sent back to
 * reply->target_mac. Otherwise the reason to drop; *reply is not set. */
enum bonnet_reason link_arp_input(struct link *l, struct env *e, const struct link_arp *arp,
                                  struct arp_packet *reply);

/* A next hop on an interface. */
struct link_hop {
    struct netif *netif;
    const struct bonnet_addr *addr; /* struct path.next_hop; broadcast: 255.255.255.255 */
};

/* Where a packet for a next hop goes. LINK_READY: *mac is set. LINK_PARKED: talker was moved from
 * where it was into the neighbour's waiting room, and an ARP request is due. LINK_REFUSED: waiting
 * room full, or no memory: the caller drops, reason NEIGHBOUR_FULL. Raw IP interfaces and
 * broadcast or multicast next hops are always ready. talker may be NULL: then nobody is parked, and
 * LINK_PARKED only means that the request is under way. */
enum link_way { LINK_READY, LINK_PARKED, LINK_REFUSED };
enum link_way link_resolve(struct link *l, struct env *e, const struct link_hop *hop,
                           struct list_node *talker, struct eth_mac *mac);

/* A talker leaves for good, out of whatever list it is in; harmless if it is in none. */
static inline void link_forget(struct list_node *talker)
{
    list_remove(talker);
}

/* TCP saw an ACK of new data from this next hop: it is alive (RFC 1122 2.3.2.1, RFC 4861 7.3.1). */
void link_confirm(struct link *l, struct env *e, const struct link_hop *hop);

/* TCP hears nothing by way of this next hop: the next use asks it (RFC 1122 3.3.1.4). */
void link_doubt(struct link *l, struct env *e, const struct link_hop *hop);

/* Does the interface want to send an ARP request? True with *arp and the destination *to filled in,
 * but for arp->sender, which is ip/'s knowledge: ip_source_for() arp->target. */
bool link_output(struct netif *n, struct arp_packet *arp, struct eth_mac *to);

/* Time arrives: requests become due, entries age, and talkers whose neighbour does not answer move
 * to l->failed. */
void link_tick(struct link *l, struct env *e);

/* BONNET_NEVER if nothing ages; now while an interface has a request to send, or talkers that
 * failed have not been told. */
bonnet_time link_deadline(const struct link *l, const struct env *e);

/* Length of the link header of this interface, and writing it: type is an ETH_TYPE. */
uint32_t link_header_len(const struct netif *n);
void link_emit(const struct netif *n, const struct eth_mac *to, uint16_t type, uint8_t *p);

#endif
