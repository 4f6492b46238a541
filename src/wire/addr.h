/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses: classes and comparisons, IPv4 inside the common type (see bonnet/types.h). */
#ifndef WIRE_ADDR_H
#define WIRE_ADDR_H

#include "bonnet/netif.h"
#include <string.h>

static inline bool addr_is_ip4(const struct bonnet_addr *a)
{
    uint64_t hi;
    uint32_t mid;
    memcpy(&hi, a->b, 8);
    memcpy(&mid, a->b + 8, 4);
    const uint8_t mapped[4] = {0, 0, 0xff, 0xff};
    uint32_t want;
    memcpy(&want, mapped, 4);
    return hi == 0 && mid == want;
}

static inline bool addr_eq(const struct bonnet_addr *a, const struct bonnet_addr *b)
{
    uint64_t x[2], y[2];
    memcpy(x, a->b, 16);
    memcpy(y, b->b, 16);
    return x[0] == y[0] && x[1] == y[1];
}

/* The IPv4 address as a number in host order; only for IPv4 addresses. */
static inline uint32_t addr_ip4(const struct bonnet_addr *a)
{
    return (uint32_t)a->b[12] << 24 | (uint32_t)a->b[13] << 16 | (uint32_t)a->b[14] << 8 | a->b[15];
}

static inline struct bonnet_addr addr_from_ip4(uint32_t v)
{
    return bonnet_ip4((uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v);
}

bool addr_is_any(const struct bonnet_addr *a);               /* :: or 0.0.0.0 */
bool addr_is_multicast(const struct bonnet_addr *a);         /* 224/4 */
bool addr_is_loopback(const struct bonnet_addr *a);          /* 127/8 */
bool addr_is_limited_broadcast(const struct bonnet_addr *a); /* 255.255.255.255 */

/* May a packet come from this address over a real link? Not 0/8, 127/8, multicast, 240/4 (RFC 1122
 * 3.2.1.3). Subnet broadcasts are known only to ip/. */
bool addr_may_be_source(const struct bonnet_addr *a);

/* Do the first bits of a and b agree? bits counts from the family's own start: 0..32 for IPv4.
 * Addresses of different families never match. */
bool addr_in_prefix(const struct bonnet_addr *a, const struct bonnet_addr *prefix, unsigned bits);

#endif
