/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses: classes and comparisons, IPv4 inside the common type (see bonnet/types.h). */
#ifndef WIRE_ADDR_H
#define WIRE_ADDR_H

#include "base/bytes.h"
#include "bonnet/netif.h"
#include <string.h>

static inline bool addr_is_ip4(const struct bonnet_addr *a)
{
    uint64_t front;
    memcpy(&front, a->b, 8);
    return front == 0 && get_u32(a->b + 8) == 0xffff;
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
    return get_u32(a->b + 12);
}

/* In two halves, as comparisons and hashes read it again. */
static inline struct bonnet_addr addr_from_ip4(uint32_t v)
{
    struct bonnet_addr a;
    put_u64(a.b, 0);
    put_u64(a.b + 8, (uint64_t)0xffff << 32 | v);
    return a;
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
