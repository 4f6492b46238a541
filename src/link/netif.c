/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interfaces: which configurations are sound, and where an interface lives. Numbers are given in
 * order from 1 and never twice; an interface stays until the stack ends, so that a pointer to it
 * does, too.
 */
#include "link/link.h"

#include <errno.h>
#include <string.h>

#include "base/env.h"
#include "link/neighbour.h"

#define MTU_LEAST  68 /* RFC 791 3.2: what every module must be able to forward */
#define MTU_USUAL  1500
#define PACKET_MAX 65535
#define OFFLOADS   ((uint32_t)BONNET_OFFLOAD_TX_CHECKSUM | (uint32_t)BONNET_OFFLOAD_TX_GSO)

static bool config_is_valid(const struct bonnet_if_config *config);
static void configure(struct netif *n, const struct bonnet_if_config *config);

static size_t table_bytes(const struct env *e)
{
    return ((size_t)e->limits.interfaces_max + 1) * sizeof(struct netif *);
}

int link_init(struct link *l, struct env *e)
{
    memset(l, 0, sizeof(*l));
    map_init(&l->neighbours);
    for (unsigned i = 0; i < NEIGHBOUR_STATES_END; i++)
        list_init(&l->by_state[i]);
    list_init(&l->failed);
    l->netifs = env_alloc_zero(e, table_bytes(e));
    return l->netifs ? 0 : -ENOMEM;
}

void link_fini(struct link *l, struct env *e)
{
    neighbours_free(l, e);
    for (uint32_t i = 1; i <= l->netifs_n; i++)
        env_free(e, l->netifs[i], sizeof(struct netif));
    env_free(e, l->netifs, table_bytes(e));
    l->netifs = NULL;
    l->netifs_n = 0;
}

int link_if_add(struct link *l, struct env *e, const struct bonnet_if_config *config)
{
    if (!config_is_valid(config)) return -EINVAL;
    if (l->netifs_n == e->limits.interfaces_max) return -ENOSPC;
    struct netif *n = env_alloc_zero(e, sizeof(*n));
    if (!n) return -ENOMEM;
    configure(n, config);
    n->number = (int)++l->netifs_n;
    l->netifs[n->number] = n;
    return n->number;
}

static bool mac_is_valid(const struct bonnet_if_config *config)
{
    struct eth_mac mac;
    memcpy(mac.b, config->mac, sizeof(mac.b));
    return !eth_mac_is_group(mac) && !eth_mac_is_zero(mac);
}

static bool config_is_valid(const struct bonnet_if_config *config)
{
    if (config->size != sizeof(*config)) return false;
    if (config->kind != BONNET_IF_ETHERNET && config->kind != BONNET_IF_IP) return false;
    if (config->kind == BONNET_IF_ETHERNET && !mac_is_valid(config)) return false;
    if (config->mtu != 0 && config->mtu < MTU_LEAST) return false;
    return (config->offload & ~OFFLOADS) == 0 && config->gso_bytes_max <= PACKET_MAX;
}

static void configure(struct netif *n, const struct bonnet_if_config *config)
{
    n->kind = config->kind;
    n->mtu = config->mtu ? config->mtu : MTU_USUAL;
    if (config->kind == BONNET_IF_ETHERNET) memcpy(n->mac.b, config->mac, sizeof(n->mac.b));
    memcpy(n->name, config->name, sizeof(n->name) - 1);
    n->offload = config->offload;
    if (config->offload & BONNET_OFFLOAD_TX_GSO) {
        n->offload |= BONNET_OFFLOAD_TX_CHECKSUM;
        n->gso_bytes_max = config->gso_bytes_max ? config->gso_bytes_max : PACKET_MAX;
    }
    list_init(&n->talkers);
    list_init(&n->asking);
}
