/* SPDX-License-Identifier: BSD-2-Clause */
/* The instance: how one is made, what interfaces, addresses and routes it has, and how it ends. */
#include "bonnet/bonnet.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "bonnet/netif.h"
#include "stack/stack.h"

int bonnet_new(const struct bonnet_config *config, struct bonnet **out)
{
    int r = limits_check(config);
    if (r < 0) return r;
    struct bonnet *bn = config->alloc.alloc(config->alloc.ctx, sizeof(*bn));
    if (!bn) return -ENOMEM;
    memset(bn, 0, sizeof(*bn));
    env_init(&bn->env, config);
    env_adopt(&bn->env, sizeof(*bn));
    ip_init(&bn->ip);
    r = link_init(&bn->link, &bn->env);
    if (r == 0) r = sock_init(&bn->socks, &bn->env);
    if (r < 0) {
        bonnet_free(bn);
        return r;
    }
    *out = bn;
    return 0;
}

void bonnet_free(struct bonnet *bn)
{
    if (!bn) return;
    struct bonnet_alloc alloc = bn->env.alloc;
    tx_release(bn);
    sock_fini(bn);
    ip_fini(&bn->ip, &bn->env);
    link_fini(&bn->link, &bn->env);
    bonnet_memory_trim(bn);
    alloc.free(alloc.ctx, bn, sizeof(*bn));
}

void bonnet_memory_trim(struct bonnet *bn)
{
    pool_trim(&bn->env.pages, &bn->env);
    pool_trim(&bn->env.records, &bn->env);
    pool_trim(&bn->socks.reply_pool, &bn->env);
    ports_trim(bn);
}

uint64_t bonnet_memory_bytes(const struct bonnet *bn)
{
    return bn->env.memory_bytes;
}

uint64_t bonnet_memory_blocks(const struct bonnet *bn)
{
    return bn->env.memory_blocks;
}

/* ---- interfaces, addresses, routes ---- */

int bonnet_if_add(struct bonnet *bn, const struct bonnet_if_config *config)
{
    return link_if_add(&bn->link, &bn->env, config);
}

int bonnet_if_addr_add(struct bonnet *bn, int ifx, struct bonnet_addr addr, unsigned prefix_bits)
{
    if (!link_if(&bn->link, ifx)) return -EINVAL;
    return ip_addr_add(&bn->ip, &bn->env, ifx, &addr, prefix_bits);
}

int bonnet_if_addr_del(struct bonnet *bn, int ifx, struct bonnet_addr addr)
{
    return ip_addr_del(&bn->ip, ifx, &addr);
}

int bonnet_if_set_mtu(struct bonnet *bn, int ifx, unsigned mtu)
{
    struct netif *n = link_if(&bn->link, ifx);
    if (!n || mtu < 68 || mtu > UINT16_MAX) return -EINVAL;
    n->mtu = (uint16_t)mtu;
    return 0;
}

int bonnet_route_add(struct bonnet *bn, struct bonnet_addr prefix, unsigned bits,
                     struct bonnet_addr gateway, int ifx)
{
    if (!link_if(&bn->link, ifx) || bits > 32) return -EINVAL;
    const struct ip_route route = {
        .prefix = prefix, .gateway = gateway, .bits = (uint8_t)bits, .ifx = ifx};
    return ip_route_add(&bn->ip, &bn->env, &route);
}

int bonnet_route_del(struct bonnet *bn, struct bonnet_addr prefix, unsigned bits)
{
    return ip_route_del(&bn->ip, &prefix, bits);
}
