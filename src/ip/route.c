/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where packets go: the longest prefix wins, then the route added first whose gateway has not
 * fallen silent of late.
 *
 * The table is an array in that order, so that the first match is mostly the answer; adding and
 * removing keep the order. There is no loopback interface: a destination of our own has no way out,
 * and neither has one that may not be seen on a link (RFC 1122 3.2.1.3). A broadcast has the
 * limited broadcast address for its next hop, since link/ does not know prefixes; a group goes to
 * itself, through no gateway.
 *
 * RFC 1122 3.3.1 (routing outbound datagrams), 3.3.4.2 (weak end systems: the source address may be
 * one of another interface when the one that is used has none).
 */
#include "ip/ip.h"

#include <errno.h>
#include <string.h>

#include "ip/pmtu.h"
#include "ip/tables.h"

#define GATEWAY_SILENT_FOR (60 * BONNET_S)

static int check_route(const struct ip_route *r);
static const struct ip_route *lookup(const struct ip *ip, const struct env *e,
                                     const struct bonnet_addr *dst, int ifx);
static int limited_broadcast(const struct ip *ip, int ifx, struct path *out);
static bool may_be_sent_to(const struct ip *ip, const struct bonnet_addr *dst);
static int choose_hop(const struct ip *ip, const struct env *e, const struct bonnet_addr *dst,
                      struct path *out);

bool ip_route_is_same(const struct ip_route *a, const struct ip_route *b)
{
    return a->ifx == b->ifx && a->bits == b->bits && addr_eq(&a->prefix, &b->prefix) &&
           addr_is_any(&a->gateway) == addr_is_any(&b->gateway) &&
           (addr_is_any(&a->gateway) || addr_eq(&a->gateway, &b->gateway));
}

int ip_route_add(struct ip *ip, struct env *e, const struct ip_route *route)
{
    int error = check_route(route);
    if (error != 0) return error;
    uint32_t at = 0;
    for (uint32_t i = 0; i < ip->routes_n; i++) {
        if (ip_route_is_same(&ip->routes[i], route)) return -EEXIST;
        if (ip->routes[i].bits >= route->bits) at = i + 1;
    }
    if (ip->routes_n >= e->limits.routes_max) return -ENOSPC;
    struct ip_route *routes =
        ip_array_grow(e, ip->routes, ip->routes_n, &ip->routes_room, sizeof(*routes));
    if (!routes) return -ENOMEM;
    ip->routes = routes;
    memmove(routes + at + 1, routes + at, (ip->routes_n - at) * sizeof(*routes));
    routes[at] = *route;
    ip->routes_n++;
    return 0;
}

static int check_route(const struct ip_route *r)
{
    if (!addr_is_ip4(&r->prefix)) return -EAFNOSUPPORT;
    if (r->bits > 32 || (addr_ip4(&r->prefix) & ip_host_mask(r->bits)) != 0) return -EINVAL;
    if (addr_is_any(&r->gateway)) return 0;
    if (!addr_is_ip4(&r->gateway)) return -EAFNOSUPPORT;
    return addr_may_be_source(&r->gateway) ? 0 : -EINVAL;
}

static void remove_at(struct ip *ip, uint32_t at)
{
    ip->routes_n--;
    memmove(ip->routes + at, ip->routes + at + 1, (ip->routes_n - at) * sizeof(*ip->routes));
}

int ip_route_del(struct ip *ip, const struct bonnet_addr *prefix, unsigned bits)
{
    for (uint32_t i = 0; i < ip->routes_n; i++) {
        const struct ip_route *r = &ip->routes[i];
        if (r->connected || r->bits != bits || !addr_eq(&r->prefix, prefix)) continue;
        remove_at(ip, i);
        return 0;
    }
    return -ENOENT;
}

void ip_route_del_connected(struct ip *ip, const struct ip_route *route)
{
    for (uint32_t i = 0; i < ip->routes_n; i++) {
        if (!ip->routes[i].connected || !ip_route_is_same(&ip->routes[i], route)) continue;
        remove_at(ip, i);
        return;
    }
}

int ip_route(const struct ip *ip, const struct env *e, const struct bonnet_addr *dst, int ifx,
             struct path *out)
{
    memset(out, 0, sizeof(*out));
    out->ifx = ifx;
    if (addr_is_limited_broadcast(dst)) return limited_broadcast(ip, ifx, out);
    if (!may_be_sent_to(ip, dst) || choose_hop(ip, e, dst, out) != 0) return -ENETUNREACH;
    out->src = ip_source_for(ip, out->ifx, &out->next_hop);
    if (addr_is_any(&out->src) && ip->addrs_n > 0) out->src = ip->addrs[0].addr;
    if (addr_is_any(&out->src)) return -ENETUNREACH;
    out->mtu = pmtu_find(ip, e, dst);
    if (!ip_is_broadcast(ip, out->ifx, dst)) return 0;
    out->broadcast = true;
    out->next_hop = bonnet_ip4(255, 255, 255, 255);
    return 0;
}

static int limited_broadcast(const struct ip *ip, int ifx, struct path *out)
{
    if (ifx == 0 && ip->addrs_n == 0) return -ENETUNREACH;
    out->ifx = ifx != 0 ? ifx : ip->addrs[0].ifx;
    out->next_hop = bonnet_ip4(255, 255, 255, 255);
    out->src = ip_source_for(ip, out->ifx, &out->next_hop);
    out->broadcast = true;
    return 0;
}

static bool may_be_sent_to(const struct ip *ip, const struct bonnet_addr *dst)
{
    return (addr_may_be_source(dst) || addr_is_multicast(dst)) && !ip_is_ours(ip, dst);
}

/* out->ifx: the interface that is wanted, or 0. */
static int choose_hop(const struct ip *ip, const struct env *e, const struct bonnet_addr *dst,
                      struct path *out)
{
    const struct ip_route *r = lookup(ip, e, dst, out->ifx);
    bool group = addr_is_multicast(dst);
    if (!r && !(group && out->ifx != 0)) return -ENETUNREACH;
    if (r) out->ifx = r->ifx;
    out->next_hop = group || addr_is_any(&r->gateway) ? *dst : r->gateway;
    return 0;
}

/* The first one that matches, unless its gateway is silent and one for the same prefix is not. */
static const struct ip_route *lookup(const struct ip *ip, const struct env *e,
                                     const struct bonnet_addr *dst, int ifx)
{
    const struct ip_route *first = NULL;
    for (uint32_t i = 0; i < ip->routes_n; i++) {
        const struct ip_route *r = &ip->routes[i];
        if (first && r->bits != first->bits) break;
        if ((ifx != 0 && r->ifx != ifx) || !addr_in_prefix(dst, &r->prefix, r->bits)) continue;
        if (r->silent_until <= e->now) return r;
        if (!first) first = r;
    }
    return first;
}

/* Marks all routes through the gateway, unless one to dst was marked at this very instant: whoever
 * waited for that gateway fails with it, one after the other. */
static void mark_silent(struct ip *ip, const struct env *e, const struct bonnet_addr *dst,
                        const struct bonnet_addr *gateway)
{
    bonnet_time until = e->now + GATEWAY_SILENT_FOR;
    for (uint32_t i = 0; i < ip->routes_n; i++) {
        const struct ip_route *r = &ip->routes[i];
        if (r->silent_until == until && addr_in_prefix(dst, &r->prefix, r->bits)) return;
    }
    for (uint32_t i = 0; i < ip->routes_n; i++)
        if (addr_eq(&ip->routes[i].gateway, gateway)) ip->routes[i].silent_until = until;
}

bool ip_on_silent_hop(struct ip *ip, const struct env *e, const struct bonnet_addr *dst, int ifx)
{
    const struct ip_route *r = lookup(ip, e, dst, ifx);
    if (!r || addr_is_any(&r->gateway)) return false;
    const struct bonnet_addr gateway = r->gateway;
    mark_silent(ip, e, dst, &gateway);
    return lookup(ip, e, dst, ifx)->silent_until <= e->now;
}
