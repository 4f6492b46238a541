/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tables of addresses and routes share: growing arrays, and prefixes as numbers.
 */
#ifndef IP_TABLES_H
#define IP_TABLES_H

#include "ip/ip.h"

/* Room for one more item in an array of n items of item_bytes each: the array itself, or a larger
 * one that replaces it, with *room adapted. NULL without memory: the old one stays. */
void *ip_array_grow(struct env *e, void *array, uint32_t n, uint32_t *room, size_t item_bytes);

/* The bits of an IPv4 address that tell the hosts of a prefix apart; bits is 0 to 32. */
static inline uint32_t ip_host_mask(unsigned bits)
{
    return (uint32_t)((uint64_t)UINT32_MAX >> bits);
}

/* Same prefix, interface and gateway? */
bool ip_route_is_same(const struct ip_route *a, const struct ip_route *b);

/* Removes the route that an address made. */
void ip_route_del_connected(struct ip *ip, const struct ip_route *route);

#endif
