/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams leave: whole, or in pieces (RFC 791 2.3) that keep the socket at the head of its queue
 * until the last one is gone. The first piece carries the UDP header with the checksum over all of
 * it.
 */
#include "base/bytes.h"
#include "base/checksum.h"
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
    d->fragment_at = 0;
    if (d->udp.out.head) return;
    list_remove(&d->talker.node);
    dgram_release(bn, d);
}

/* Header bytes and slices of one piece: text [at, at + n) of the UDP header and the datagram's
 * text. */
static void fill_piece(struct bonnet *bn, struct bonnet_tx *tx, const struct tx_packet *p,
                       const struct udp_entry *u, const struct ip4_header *piece)
{
    uint32_t n = piece->total_len - (uint32_t)IP4_HEADER;
    uint32_t header = piece->fragment_at == 0 ? UDP_HEADER : 0;
    uint32_t at = piece->fragment_at == 0 ? 0 : piece->fragment_at - (uint32_t)UDP_HEADER;
    uint8_t *place = frame_begin(bn, tx, p, header, n - header);
    ip4_emit(piece, place - IP4_HEADER);
    if (n > header) {
        tx->slices[1] = (struct bonnet_slice){u->text + at, n - header};
        tx->slices_n = 2;
    }
}

static void send_piece(struct bonnet *bn, struct netif *n, struct dgram *d, const struct way *way,
                       struct bonnet_tx *tx)
{
    const struct udp_entry *u = udp_peek(&d->udp.out);
    struct tx_packet p = {n,
                          &way->mac,
                          source_of(bn, n, d, u),
                          u->remote.addr,
                          IP_UDP,
                          u->tos,
                          u->ttl,
                          d->sock.pmtudisc != BONNET_PMTUDISC_DONT,
                          BONNET_R_SEND_DATAGRAM};
    uint32_t whole = u->len + UDP_HEADER;
    bool pieces = whole + IP4_HEADER > way->mtu;
    if (pieces && d->fragment_at == 0) d->fragment_id = ip_next_id(&bn->ip, &bn->env);
    if (pieces) {
        p.dont_fragment = false;
        p.reason = BONNET_R_SEND_FRAGMENT;
        env_count(&bn->env, BONNET_MIB_IpFragCreates);
    }
    struct ip4_header h = {.src = p.src, .dst = p.dst, .tos = p.tos, .protocol = IP_UDP};
    h.ttl = p.ttl ? p.ttl : 64;
    h.dont_fragment = p.dont_fragment;
    h.id = pieces ? d->fragment_id : 0;
    uint32_t n_text = ip_fragment(&h, whole, d->fragment_at, way->mtu);
    fill_piece(bn, tx, &p, u, &h);
    if (d->fragment_at == 0) {
        const struct udp_datagram head = {d->talker.flow.lport, u->remote.port, u->text, u->len};
        const struct udp_from_to ft = {&p.src, &p.dst, false};
        udp_emit(&head, &ft, bn->headers + link_header_len(n) + IP4_HEADER);
    }
    d->fragment_at += n_text;
    if (d->fragment_at < whole) return;
    if (pieces) env_count(&bn->env, BONNET_MIB_IpFragOKs);
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
    send_piece(bn, n, d, &way, tx);
    return true;
}
