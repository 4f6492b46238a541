/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 headers (RFC 791, 1122 3.2.1, 6864): bytes <-> a value. */
#ifndef WIRE_IP4_H
#define WIRE_IP4_H

#include "bonnet/inspect.h"
#include "bonnet/types.h"

#define IP4_HEADER     20
#define IP4_HEADER_MAX 60

enum ip_protocol { IP_ICMP = 1, IP_IGMP = 2, IP_TCP = 6, IP_UDP = 17 };

/* The ECN field: the low two bits of the TOS octet (RFC 3168 5). */
enum ip_ecn { IP_NOT_ECT, IP_ECT_1, IP_ECT_0, IP_CE };
#define IP_ECN_MASK 3u

struct ip4_header {
    struct bonnet_addr src;
    struct bonnet_addr dst;
    uint16_t header_len; /* bytes, options included: 20 to 60 */
    uint16_t total_len;  /* bytes */
    uint16_t id;
    uint16_t fragment_at; /* bytes, a multiple of 8 */
    uint8_t tos;
    uint8_t ttl;
    uint8_t protocol;
    bool dont_fragment;
    bool more_fragments;
    bool source_routed; /* carries a loose or strict source route option */
};

/* Reads and checks a header: version, lengths, checksum, option lengths. len: bytes there are,
 * which may exceed the total length (padding of the link). R_NONE, IP_SHORT, IP_VERSION,
 * IP_HEADER_LENGTH, IP_TOTAL_LENGTH, IP_CHECKSUM, or IP_OPTIONS (malformed, or more than one source
 * route). */
enum bonnet_reason ip4_parse(struct ip4_header *h, const uint8_t *p, uint32_t len);

/* The same for a header that a router quotes in an ICMP error, where total length, checksum and
 * options may have changed on the way: R_NONE, IP_SHORT, IP_VERSION, IP_HEADER_LENGTH. */
enum bonnet_reason ip4_parse_quoted(struct ip4_header *h, const uint8_t *p, uint32_t len);

/* Writes 20 bytes without options; header_len is not looked at. Computes the checksum. */
void ip4_emit(const struct ip4_header *h, uint8_t p[IP4_HEADER]);

/* Sum of the pseudo-header of a transport segment of len bytes (RFC 9293 3.1). */
uint32_t ip_pseudo_sum(const struct bonnet_addr *src, const struct bonnet_addr *dst,
                       uint8_t protocol, uint32_t len);

#endif
