/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A datagram leaves in as many frames as the path's MTU makes of it (RFC 791 2.3): a frame a call,
 * while its owner stays at the head of the queue. Each piece borrows its part of the text; the
 * first one carries the eight bytes of the transport header, whose checksum is over all of it.
 */
#include "stack/stack.h"

#define TRANSPORT_HEADER 8u
#define TTL_DEFAULT      64

static struct ip4_header header_of(const struct tx_packet *p, const struct pieces *pieces)
{
    return (struct ip4_header){
        .src = p->src,
        .dst = p->dst,
        .id = pieces->id,
        .tos = p->tos,
        .ttl = p->ttl ? p->ttl : TTL_DEFAULT,
        .protocol = p->protocol,
        .dont_fragment = p->dont_fragment,
    };
}

uint8_t *pieces_next(struct bonnet *bn, struct bonnet_tx *tx, struct tx_packet *p,
                     const struct whole *w)
{
    struct pieces *d = w->pieces;
    uint32_t whole = TRANSPORT_HEADER + w->len, at = d->at;
    bool cut = whole + IP4_HEADER > w->mtu;
    bool on_its_way = !cut && !p->dont_fragment; /* it may be cut: RFC 6864 4.1 */
    if (at == 0) d->id = cut || on_its_way ? ip_next_id(&bn->ip, &bn->env) : 0;
    if (cut) {
        p->dont_fragment = false;
        p->reason = BONNET_R_SEND_FRAGMENT;
        env_count(&bn->env, BONNET_MIB_IpFragCreates);
    }
    struct ip4_header h = header_of(p, d);
    uint32_t n = ip_fragment(&h, whole, at, w->mtu);
    uint32_t header = at == 0 ? TRANSPORT_HEADER : 0;
    uint8_t *place = frame_begin(bn, tx, p, header, n - header);
    ip4_emit(&h, place - IP4_HEADER);
    if (n > header) {
        tx->slices[1] = (struct bonnet_slice){w->text + at + header - TRANSPORT_HEADER, n - header};
        tx->slices_n = 2;
    }
    d->at = at + n < whole ? at + n : 0;
    if (cut && d->at == 0) env_count(&bn->env, BONNET_MIB_IpFragOKs);
    return at == 0 ? place : NULL;
}
