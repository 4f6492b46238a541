/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams: which addresses are ours, where packets go, what comes in, what is in pieces.
 *
 * ip/ knows addresses, routes, reassembly, path MTUs and the rules of ICMP errors; interfaces are
 * numbers to it. It writes no frame and holds no socket. RFC 791, 1122 3.2-3.3, 1191, 6864, 5927.
 */
#ifndef IP_IP_H
#define IP_IP_H

#include "base/env.h"
#include "base/list.h"
#include "base/map.h"
#include "wire/addr.h"
#include "wire/icmp.h"
#include "wire/ip4.h"

#define IP_ADDRS_PER_IF 4

struct ip_addr_entry {
    struct bonnet_addr addr;
    uint32_t number; /* addr as a number, and the bits of its host part: what packets are compared
                        with */
    uint32_t hosts;
    uint8_t bits;
    int ifx;
};

struct ip_route {
    struct bonnet_addr prefix;
    struct bonnet_addr gateway; /* any: the destination itself is the next hop */
    uint8_t bits;
    int ifx;
    bool connected;           /* made by an address; removed with it */
    bonnet_time silent_until; /* another gateway is asked until then; 0: it has not failed */
};

/* Path MTUs learned from ICMP, one per destination, bounded; forgotten after ten minutes (RFC
 * 1191 6.3). */
#define IP_PMTU_MAX 256

struct reassembly; /* one datagram in pieces: see reass.c */

struct ip {
    struct ip_addr_entry *addrs; /* array, small */
    uint32_t addrs_n, addrs_room;
    struct ip_route *routes; /* array, longest prefix first */
    uint32_t routes_n, routes_room;
    struct map reassemblies;              /* by source, destination, protocol and identification */
    struct list_node reassemblies_by_age; /* oldest first */
    uint64_t reassembly_bytes;            /* memory of what waits; without done */
    struct reassembly *done;       /* what was handed up last: freed at the next input or tick */
    struct map pmtus;              /* by destination */
    struct list_node pmtus_by_age; /* oldest first */
    uint64_t ids;                  /* counter under the keyed permutation of fragment ids */
    bonnet_time icmp_refill_at;    /* rate limit of errors sent: when the tokens are dealt anew */
    uint32_t icmp_tokens;
};

void ip_init(struct ip *ip);
void ip_fini(struct ip *ip, struct env *e);

/* As bonnet_if_addr_add / _del and bonnet_route_add / _del, without the check of ifx. */
int ip_addr_add(struct ip *ip, struct env *e, int ifx, const struct bonnet_addr *addr,
                unsigned bits);
int ip_addr_del(struct ip *ip, int ifx, const struct bonnet_addr *addr);
int ip_route_add(struct ip *ip, struct env *e, const struct ip_route *route);
/* Routes that an address made leave with it: here they are -ENOENT. */
int ip_route_del(struct ip *ip, const struct bonnet_addr *prefix, unsigned bits);

/* The next hop to dst did not answer. If it is a gateway, routes through others come first for a
 * while (RFC 1122 3.3.1.4). True: there is one that has not. */
bool ip_on_silent_hop(struct ip *ip, const struct env *e, const struct bonnet_addr *dst, int ifx);

/* Is it an address of ours (on any interface)? Weak end system model (RFC 1122 3.3.4.2), as Linux.
 */
bool ip_is_ours(const struct ip *ip, const struct bonnet_addr *a);
/* Is it a broadcast address: 255.255.255.255, or the last address of a prefix on ifx? */
bool ip_is_broadcast(const struct ip *ip, int ifx, const struct bonnet_addr *a);
/* May a station on interface ifx have it: is it inside a prefix that is reached directly there (but
 * not the network or broadcast address), or a gateway? */
bool ip_is_near(const struct ip *ip, int ifx, const struct bonnet_addr *a);
/* Our address on ifx to speak to `to` with: of the prefix that holds it, or the first. any: none.
 */
struct bonnet_addr ip_source_for(const struct ip *ip, int ifx, const struct bonnet_addr *to);

/* The way to a destination, as a value. */
struct path {
    int ifx;
    struct bonnet_addr src; /* the address to use when the program has given none */
    struct bonnet_addr next_hop;
    uint16_t mtu;   /* what the path is known to take; 0: the interface's own MTU */
    bool broadcast; /* destination is a broadcast address; next_hop is then 255.255.255.255 */
};

/* Finds the way to dst; ifx 0: any interface. 0, or -ENETUNREACH: no route, no address of ours to
 * speak from, or a destination that no packet may have on a link (0/8, 127/8, 240/4, our own).
 * src is any only for a broadcast out of a given interface without address (RFC 2131). */
int ip_route(const struct ip *ip, const struct env *e, const struct bonnet_addr *dst, int ifx,
             struct path *out);

/* What an IPv4 packet turned out to be. */
struct ip_in {
    struct ip4_header h;
    const uint8_t *packet; /* the packet from its header on, for ICMP errors about it; borrowed */
    uint32_t packet_len;
    const uint8_t *text; /* transport header and text, whole; borrowed */
    uint32_t len;
    bool broadcast; /* to a broadcast or multicast address, or by link-layer group */
    bool reassembled;
};

/* A packet as link/ hands it up. */
struct ip_arrival {
    int ifx;
    const uint8_t *packet;
    uint32_t len; /* bytes there are: the link's padding may follow the packet */
    bool group;   /* sent to a link-layer group or broadcast address */
};

/* An IPv4 packet arrives. R_NONE: *in is a whole datagram for us, of any protocol. FRAGMENT_HELD: a
 * piece, kept. Otherwise the reason to drop it. Counts the Ip MIB, IpInDelivers and
 * IpInUnknownProtos included; datagrams in reassembly that give way to this packet are counted as
 * FRAGMENT_LIMIT. */
enum bonnet_reason ip_input(struct ip *ip, struct env *e, const struct ip_arrival *a,
                            struct ip_in *in);

/* An ICMP error that arrived, for the transport it is about. */
struct icmp_error {
    struct bonnet_addr local, remote; /* ours and the peer's, of the packet that caused it */
    struct bonnet_addr from;          /* who says so */
    uint8_t protocol;
    uint16_t lport, rport;
    uint32_t seq; /* TCP */
    uint8_t type, code;
    uint16_t sent_len; /* total length of that packet, as quoted */
    uint16_t mtu;      /* FRAGMENTATION_NEEDED: the next hop's MTU as claimed, 0 by old routers */
    int error;         /* positive errno as Linux maps it: ECONNREFUSED, EHOSTUNREACH, ... */
    bool hard; /* Linux calls it fatal: to a connection being opened and to a datagram socket; to
                  an established connection none is (RFC 5927 5.2) */
};

/* What an ICMP message turned out to be. */
struct icmp_in {
    enum { ICMP_IN_ECHO, ICMP_IN_ERROR } what;
    struct icmp_message m;   /* both; ECHO: the request, its data borrowed from the packet */
    struct icmp_error error; /* ERROR, FRAGMENTATION_NEEDED included */
};

/* An ICMP message arrives: R_NONE with *out filled in, or the reason to drop it. The checksum is
 * always verified. Counts the Icmp MIB. */
enum bonnet_reason icmp_input(const struct ip *ip, struct env *e, const struct ip_in *in,
                              struct icmp_in *out);

/* May an ICMP error be sent about this packet now? R_NONE, ICMP_FORBIDDEN, or ICMP_RATE
 * (randomised, so that it cannot be used as a side channel: SAD DNS). */
enum bonnet_reason icmp_may_send_error(struct ip *ip, struct env *e, const struct ip_in *about);

/* Path MTU: a credible report (the transport has checked that it belongs to a packet in flight). */
struct ip_pmtu_report {
    struct bonnet_addr dst;
    uint16_t claimed;  /* by the router; 0 by old ones: guessed by the table of RFC 1191 7.1 */
    uint16_t sent_len; /* bytes of the IP packet that was too big; 0: not known */
    uint16_t if_mtu;   /* of the interface it went out of */
};

/* Returns the new path MTU, or 0 if the report changes nothing: not below what was sent and what
 * the path is known to take, or below 68. Without memory the value is returned, yet not remembered.
 */
uint16_t ip_pmtu_update(struct ip *ip, struct env *e, const struct ip_pmtu_report *report);

/* An identification for a datagram that may be fragmented (RFC 6864, RFC 7739). */
uint16_t ip_next_id(struct ip *ip, struct env *e);

/* One piece of a datagram of text bytes over mtu, beginning at offset at of the text: *h gets the
 * offset, flags and length (other fields are the caller's). Returns the bytes of text in this
 * piece: all of it, unfragmented, if it fits. */
uint32_t ip_fragment(struct ip4_header *h, uint32_t text, uint32_t at, uint16_t mtu);

/* Time arrives: datagrams not complete in time are freed and counted (FRAGMENT_TIMEOUT). True with
 * *about filled in, once for each whose first fragment came, for an ICMP Time Exceeded (about is
 * borrowed until the next call); false when no more is due. */
bool ip_tick(struct ip *ip, struct env *e, struct ip_in *about);
bonnet_time ip_deadline(const struct ip *ip);

#endif
