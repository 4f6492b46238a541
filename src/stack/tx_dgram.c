/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The datagrams of a socket leave, one frame a turn, each to its own destination and by its own
 * way.
 */
#include "stack/stack.h"
#include "wire/udp.h"

static struct bonnet_addr source_of(const struct bonnet *bn, const struct netif *n,
                                    const struct dgram *d, const struct udp_entry *u)
{
    if (!addr_is_any(&u->local)) return u->local;
    if (!addr_is_any(&d->talker.flow.laddr)) return d->talker.flow.laddr;
    return ip_source_for(&bn->ip, n->number, &u->remote.addr);
}

/* Where the next datagram goes: station, and what the path takes. */
struct way {
    struct eth_mac mac;
    uint16_t mtu;
};

/* The next hop of this datagram, which for an unconnected socket is not the flow's. */
static enum link_way resolve(struct bonnet *bn, struct netif *n, struct dgram *d, struct way *way)
{
    struct path path;
    const struct bonnet_addr *to = &udp_peek(&d->udp.out)->remote.addr;
    if (ip_route(&bn->ip, &bn->env, to, n->number, &path) < 0) {
        env_count(&bn->env, BONNET_MIB_IpOutNoRoutes);
        env_reason(&bn->env, BONNET_R_IP_NO_ROUTE);
        return LINK_REFUSED;
    }
    way->mtu = path.mtu && path.mtu < n->mtu ? path.mtu : n->mtu;
    const struct link_hop hop = {n, &path.next_hop};
    enum link_way r = link_resolve(&bn->link, &bn->env, &hop, &d->talker.node, &way->mac);
    if (r == LINK_REFUSED) env_reason(&bn->env, BONNET_R_NEIGHBOUR_FULL);
    return r;
}

/* It was the last of its queue: nothing to say, and nobody left to hear of it if it was closed. */
static void pop(struct bonnet *bn, struct dgram *d)
{
    bn->leaving_udp = udp_take(&d->udp.out);
    d->pieces.at = 0;
    if (d->udp.out.head) return;
    list_remove(&d->talker.node);
    dgram_release(bn, d);
}

static void send_next(struct bonnet *bn, struct netif *n, struct dgram *d, const struct way *way,
                      struct bonnet_tx *tx)
{
    const struct udp_entry *u = udp_peek(&d->udp.out);
    const struct whole w = {u->text, u->len, way->mtu, &d->pieces};
    struct tx_packet p = {
        .netif = n,
        .to = &way->mac,
        .src = source_of(bn, n, d, u),
        .dst = u->remote.addr,
        .protocol = IP_UDP,
        .tos = u->tos,
        .ttl = u->ttl,
        .dont_fragment = d->sock.pmtudisc != BONNET_PMTUDISC_DONT,
        .reason = BONNET_R_SEND_DATAGRAM,
    };
    uint8_t *header = pieces_next(bn, tx, &p, &w);
    if (header) {
        const struct udp_datagram head = {d->talker.flow.lport, u->remote.port, u->text, u->len};
        const struct udp_from_to ft = {&p.src, &p.dst, false};
        udp_emit(&head, &ft, header);
    }
    if (d->pieces.at > 0) return;
    env_count(&bn->env, BONNET_MIB_UdpOutDatagrams);
    pop(bn, d);
}

bool tx_dgram(struct bonnet *bn, struct netif *n, struct dgram *d, struct bonnet_tx *tx)
{
    if (!d->udp.out.head) {
        list_remove(&d->talker.node);
        return false;
    }
    struct way way;
    switch (resolve(bn, n, d, &way)) {
    case LINK_PARKED: return false;
    case LINK_REFUSED:
        pop(bn, d);
        tx_release(bn);
        return false;
    case LINK_READY: break;
    }
    send_next(bn, n, d, &way, tx);
    return true;
}
