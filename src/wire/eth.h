/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet II frames (RFC 894): fourteen bytes <-> a value. */
#ifndef WIRE_ETH_H
#define WIRE_ETH_H

#include "bonnet/inspect.h"

#define ETH_HEADER   14
#define ETH_TYPE_IP4 0x0800
#define ETH_TYPE_ARP 0x0806
#define ETH_TYPE_IP6 0x86dd

struct eth_mac {
    uint8_t b[6];
};

struct eth_header {
    struct eth_mac dst;
    struct eth_mac src;
    uint16_t type;
};

/* R_NONE, or FRAME_SHORT. */
enum bonnet_reason eth_parse(struct eth_header *h, const uint8_t *p, uint32_t len);
void eth_emit(const struct eth_header *h, uint8_t p[ETH_HEADER]);

static inline bool eth_mac_is_group(struct eth_mac m)
{
    return (m.b[0] & 1) != 0;
}

bool eth_mac_is_broadcast(struct eth_mac m);
bool eth_mac_is_zero(struct eth_mac m);
bool eth_mac_equal(struct eth_mac a, struct eth_mac b);

#endif
