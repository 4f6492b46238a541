/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP (RFC 768, 1122 4.1.3): eight bytes <-> a value. */
#ifndef WIRE_UDP_H
#define WIRE_UDP_H

#include "wire/ip4.h"

#define UDP_HEADER 8

struct udp_datagram {
    uint16_t sport;
    uint16_t dport;
    const uint8_t *text; /* borrowed */
    uint32_t len;        /* bytes of text, without what lies beyond the UDP length */
};

/* Who sends to whom, for the pseudo-header, and whether the checksum is known to be good. */
struct udp_from_to {
    const struct bonnet_addr *src;
    const struct bonnet_addr *dst;
    bool checksum_good;
};

/* R_NONE, UDP_SHORT, UDP_CHECKSUM, UDP_PORT_ZERO (destination). */
enum bonnet_reason udp_parse(struct udp_datagram *d, const uint8_t *p, uint32_t len,
                             const struct udp_from_to *ft);

/* Writes the header, checksum included (a sum of 0 goes out as 0xffff). */
void udp_emit(const struct udp_datagram *d, const struct udp_from_to *ft, uint8_t p[UDP_HEADER]);

#endif
