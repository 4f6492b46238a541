/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and writes the fourteen bytes in front of a frame (RFC 894). Whose frame it is and which
 * protocols are spoken, link/ decides. VLAN tags and IEEE 802.3 lengths are types like others that
 * nobody speaks.
 */
#include "wire/eth.h"
#include "base/bytes.h"

enum bonnet_reason eth_parse(struct eth_header *h, const uint8_t *p, uint32_t len)
{
    if (len < ETH_HEADER) return BONNET_R_FRAME_SHORT;
    memcpy(h->dst.b, p, 6);
    memcpy(h->src.b, p + 6, 6);
    h->type = get_u16(p + 12);
    return BONNET_R_NONE;
}

void eth_emit(const struct eth_header *h, uint8_t p[ETH_HEADER])
{
    memcpy(p, h->dst.b, 6);
    memcpy(p + 6, h->src.b, 6);
    put_u16(p + 12, h->type);
}

bool eth_mac_is_broadcast(struct eth_mac m)
{
    return (m.b[0] & m.b[1] & m.b[2] & m.b[3] & m.b[4] & m.b[5]) == 0xff;
}

bool eth_mac_is_zero(struct eth_mac m)
{
    return (m.b[0] | m.b[1] | m.b[2] | m.b[3] | m.b[4] | m.b[5]) == 0;
}

bool eth_mac_equal(struct eth_mac a, struct eth_mac b)
{
    return memcmp(a.b, b.b, 6) == 0;
}
