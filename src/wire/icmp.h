/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP for IPv4 (RFC 792, 1122 3.2.2, 1191): the eight bytes at the front <-> a value. */
#ifndef WIRE_ICMP_H
#define WIRE_ICMP_H

#include "wire/ip4.h"

#define ICMP_HEADER 8

enum icmp_type {
    ICMP_ECHO_REPLY = 0,
    ICMP_UNREACHABLE = 3,
    ICMP_SOURCE_QUENCH = 4,
    ICMP_REDIRECT = 5,
    ICMP_ECHO = 8,
    ICMP_TIME_EXCEEDED = 11,
    ICMP_PARAMETER_PROBLEM = 12,
};

enum icmp_unreachable_code {
    ICMP_NET_UNREACHABLE = 0,
    ICMP_HOST_UNREACHABLE = 1,
    ICMP_PROTOCOL_UNREACHABLE = 2,
    ICMP_PORT_UNREACHABLE = 3,
    ICMP_FRAGMENTATION_NEEDED = 4,
    ICMP_SOURCE_ROUTE_FAILED = 5,
    ICMP_ADMIN_PROHIBITED = 13,
};

struct icmp_message {
    uint8_t type;
    uint8_t code;
    uint32_t rest;       /* second word: id and sequence, pointer, or (low 16 bits) next-hop MTU */
    const uint8_t *body; /* after the eight bytes; borrowed */
    uint32_t body_len;
};

/* R_NONE, ICMP_SHORT, ICMP_CHECKSUM. */
enum bonnet_reason icmp_parse(struct icmp_message *m, const uint8_t *p, uint32_t len);

/* Writes the eight bytes with the checksum over them and the body. */
void icmp_emit(const struct icmp_message *m, uint8_t p[ICMP_HEADER]);

/* The packet inside an ICMP error: the header and at least eight bytes of what we sent. */
struct icmp_embedded {
    struct ip4_header ip;  /* lengths are as the router saw them, checksum not verified */
    uint16_t sport, dport; /* TCP and UDP */
    uint32_t seq;          /* TCP */
};

/* Reads the embedded packet of an error. R_NONE, or ICMP_EMBEDDED: truncated, malformed, a fragment
 * other than the first. */
enum bonnet_reason icmp_parse_embedded(struct icmp_embedded *e, const struct icmp_message *m);

#endif
