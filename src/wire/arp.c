/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and writes ARP for IPv4 over Ethernet (RFC 826). The five fields that say so are checked
 * here and have one value each; whom to believe, link/ decides.
 */
#include "wire/arp.h"
#include "base/bytes.h"
#include "wire/addr.h"

#define HARDWARE_ETHERNET 1

enum bonnet_reason arp_parse(struct arp_packet *a, const uint8_t *p, uint32_t len)
{
    if (len < ARP_LENGTH) return BONNET_R_ARP_MALFORMED;
    if (get_u16(p) != HARDWARE_ETHERNET || get_u16(p + 2) != ETH_TYPE_IP4)
        return BONNET_R_ARP_MALFORMED;
    if (p[4] != 6 || p[5] != 4) return BONNET_R_ARP_MALFORMED;
    a->op = get_u16(p + 6);
    memcpy(a->sender_mac.b, p + 8, 6);
    a->sender = addr_from_ip4(get_u32(p + 14));
    memcpy(a->target_mac.b, p + 18, 6);
    a->target = addr_from_ip4(get_u32(p + 24));
    return BONNET_R_NONE;
}

void arp_emit(const struct arp_packet *a, uint8_t p[ARP_LENGTH])
{
    put_u16(p, HARDWARE_ETHERNET);
    put_u16(p + 2, ETH_TYPE_IP4);
    p[4] = 6;
    p[5] = 4;
    put_u16(p + 6, a->op);
    memcpy(p + 8, a->sender_mac.b, 6);
    put_u32(p + 14, addr_ip4(&a->sender));
    memcpy(p + 18, a->target_mac.b, 6);
    put_u32(p + 24, addr_ip4(&a->target));
}
