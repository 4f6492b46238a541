/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP for IPv4 over Ethernet (RFC 826): 28 bytes <-> a value. */
#ifndef WIRE_ARP_H
#define WIRE_ARP_H

#include "wire/eth.h"

#define ARP_LENGTH 28

enum arp_op { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp_packet {
    uint16_t op; /* enum arp_op, or another number */
    struct eth_mac sender_mac;
    struct bonnet_addr sender;
    struct eth_mac target_mac;
    struct bonnet_addr target;
};

/* R_NONE, or ARP_MALFORMED: short, or not Ethernet and IPv4. */
enum bonnet_reason arp_parse(struct arp_packet *a, const uint8_t *p, uint32_t len);
void arp_emit(const struct arp_packet *a, uint8_t p[ARP_LENGTH]);

#endif
