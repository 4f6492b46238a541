/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which addresses are ours, and what the others of their prefixes are: neighbours, broadcasts.
 *
 * The table is small and looked through from its start, in the order in which addresses were added:
 * the first one of an interface is its principal one. A prefix of 31 or 32 bits has neither network
 * nor broadcast address (RFC 3021). Each address brings the route to its prefix; two addresses of
 * one prefix share it.
 *
 * RFC 1122 3.2.1.3 (classes of addresses), 3.3.4.3 (choice of a source address).
 */
#include "ip/ip.h"

#include <errno.h>
#include <string.h>

#include "ip/pmtu.h"
#include "ip/reass.h"
#include "ip/tables.h"

#define ARRAY_LEAST 4
#define EDGES_BELOW 31 /* prefixes of fewer bits have a network and a broadcast address */

static int check_addr(const struct bonnet_addr *addr, unsigned bits);
static struct ip_addr_entry *find(const struct ip *ip, int ifx, const struct bonnet_addr *addr);
static struct ip_route route_of(const struct ip_addr_entry *a);
static bool is_edge(const struct ip *ip, int ifx, const struct bonnet_addr *a);

void ip_init(struct ip *ip)
{
    memset(ip, 0, sizeof(*ip));
    map_init(&ip->reassemblies);
    list_init(&ip->reassemblies_by_age);
    map_init(&ip->pmtus);
    list_init(&ip->pmtus_by_age);
}

void ip_fini(struct ip *ip, struct env *e)
{
    reass_fini(ip, e);
    pmtu_fini(ip, e);
    env_free(e, ip->addrs, ip->addrs_room * sizeof(*ip->addrs));
    env_free(e, ip->routes, ip->routes_room * sizeof(*ip->routes));
    ip_init(ip);
}

void *ip_array_grow(struct env *e, void *array, uint32_t n, uint32_t *room, size_t item_bytes)
{
    if (n < *room) return array;
    uint32_t larger = n > 0 ? 2 * n : ARRAY_LEAST;
    void *p = env_alloc(e, larger * item_bytes);
    if (!p) return NULL;
    if (n > 0) memcpy(p, array, n * item_bytes);
    env_free(e, array, *room * item_bytes);
    *room = larger;
    return p;
}

int ip_addr_add(struct ip *ip, struct env *e, int ifx, const struct bonnet_addr *addr,
                unsigned bits)
{
    int error = check_addr(addr, bits);
    if (error != 0) return error;
    if (find(ip, ifx, addr)) return -EEXIST;
    uint32_t n = 0;
    for (uint32_t i = 0; i < ip->addrs_n; i++)
        n += ip->addrs[i].ifx == ifx;
    if (n >= IP_ADDRS_PER_IF) return -ENOSPC;

    struct ip_addr_entry *addrs =
        ip_array_grow(e, ip->addrs, ip->addrs_n, &ip->addrs_room, sizeof(*addrs));
    if (!addrs) return -ENOMEM;
    ip->addrs = addrs;
    const struct ip_addr_entry entry = {
        .addr = *addr,
        .number = addr_ip4(addr),
        .hosts = ip_host_mask(bits),
        .bits = (uint8_t)bits,
        .ifx = ifx,
    };
    const struct ip_route route = route_of(&entry);
    error = ip_route_add(ip, e, &route);
    if (error != 0 && error != -EEXIST) return error;
    ip->addrs[ip->addrs_n++] = entry;
    return 0;
}

int ip_addr_del(struct ip *ip, int ifx, const struct bonnet_addr *addr)
{
    struct ip_addr_entry *a = find(ip, ifx, addr);
    if (!a) return -ENOENT;
    const struct ip_route route = route_of(a);
    const struct ip_addr_entry *end = ip->addrs + ip->addrs_n--;
    memmove(a, a + 1, (size_t)(end - (a + 1)) * sizeof(*a));
    for (uint32_t i = 0; i < ip->addrs_n; i++) {
        const struct ip_route other = route_of(&ip->addrs[i]);
        if (ip_route_is_same(&other, &route)) return 0;
    }
    ip_route_del_connected(ip, &route);
    return 0;
}

static int check_addr(const struct bonnet_addr *addr, unsigned bits)
{
    if (!addr_is_ip4(addr)) return -EAFNOSUPPORT;
    if (bits > 32 || !addr_may_be_source(addr)) return -EINVAL;
    uint32_t hosts = ip_host_mask(bits);
    bool broadcast = bits < EDGES_BELOW && (addr_ip4(addr) & hosts) == hosts;
    return broadcast ? -EINVAL : 0;
}

static struct ip_addr_entry *find(const struct ip *ip, int ifx, const struct bonnet_addr *addr)
{
    for (uint32_t i = 0; i < ip->addrs_n; i++) {
        struct ip_addr_entry *a = &ip->addrs[i];
        if (a->ifx == ifx && addr_eq(&a->addr, addr)) return a;
    }
    return NULL;
}

static struct ip_route route_of(const struct ip_addr_entry *a)
{
    return (struct ip_route){
        .prefix = addr_from_ip4(addr_ip4(&a->addr) & ~ip_host_mask(a->bits)),
        .gateway = bonnet_ip4(0, 0, 0, 0),
        .bits = a->bits,
        .ifx = a->ifx,
        .connected = true,
    };
}

bool ip_is_ours(const struct ip *ip, const struct bonnet_addr *a)
{
    for (uint32_t i = 0; i < ip->addrs_n; i++) {
        if (addr_eq(&ip->addrs[i].addr, a)) return true;
    }
    return false;
}

/* Is a the address of the prefix of entry whose host part is host: all zeros, or all ones? */
static inline bool is_host(const struct ip_addr_entry *entry, uint32_t a, uint32_t host)
{
    if (entry->bits >= EDGES_BELOW) return false;
    return a == ((entry->number & ~entry->hosts) | (host & entry->hosts));
}

bool ip_is_broadcast(const struct ip *ip, int ifx, const struct bonnet_addr *a)
{
    if (!addr_is_ip4(a)) return false;
    uint32_t number = addr_ip4(a);
    if (number == UINT32_MAX) return true;
    for (uint32_t i = 0; i < ip->addrs_n; i++) {
        if (ip->addrs[i].ifx == ifx && is_host(&ip->addrs[i], number, UINT32_MAX)) return true;
    }
    return false;
}

bool ip_is_near(const struct ip *ip, int ifx, const struct bonnet_addr *a)
{
    if (!addr_may_be_source(a) || is_edge(ip, ifx, a)) return false;
    for (uint32_t i = 0; i < ip->routes_n; i++) {
        const struct ip_route *r = &ip->routes[i];
        if (r->ifx != ifx) continue;
        if (addr_is_any(&r->gateway) ? addr_in_prefix(a, &r->prefix, r->bits)
                                     : addr_eq(&r->gateway, a))
            return true;
    }
    return false;
}

/* The network or broadcast address of a prefix on ifx. */
static bool is_edge(const struct ip *ip, int ifx, const struct bonnet_addr *a)
{
    if (!addr_is_ip4(a)) return false;
    uint32_t number = addr_ip4(a);
    for (uint32_t i = 0; i < ip->addrs_n; i++) {
        const struct ip_addr_entry *entry = &ip->addrs[i];
        if (entry->ifx == ifx && (is_host(entry, number, 0) || is_host(entry, number, UINT32_MAX)))
            return true;
    }
    return false;
}

struct bonnet_addr ip_source_for(const struct ip *ip, int ifx, const struct bonnet_addr *to)
{
    const struct ip_addr_entry *first = NULL;
    for (uint32_t i = 0; i < ip->addrs_n; i++) {
        const struct ip_addr_entry *a = &ip->addrs[i];
        if (a->ifx != ifx) continue;
        if (addr_in_prefix(to, &a->addr, a->bits)) return a->addr;
        if (!first) first = a;
    }
    return first ? first->addr : bonnet_ip4(0, 0, 0, 0);
}
