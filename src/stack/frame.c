/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outside of a frame: link and IP header before a transport header, its checksum, and what the
 * driver is told about super-segments. The bytes lie in the instance's one header buffer until the
 * next call.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "stack/stack.h"

#define TTL_DEFAULT 64

uint8_t *frame_begin(struct bonnet *bn, struct bonnet_tx *tx, const struct tx_packet *p,
                     uint32_t header_len, uint32_t text_len)
{
    uint32_t at = link_header_len(p->netif);
    const struct ip4_header h = {
        .src = p->src,
        .dst = p->dst,
        .id = p->id,
        .total_len = (uint16_t)(IP4_HEADER + header_len + text_len),
        .tos = p->tos,
        .ttl = p->ttl ? p->ttl : TTL_DEFAULT,
        .protocol = p->protocol,
        .dont_fragment = p->dont_fragment,
    };
    link_emit(p->netif, p->to, ETH_TYPE_IP4, bn->headers);
    ip4_emit(&h, bn->headers + at);
    tx->gso = BONNET_GSO_NONE;
    tx->needs_checksum = false;
    tx->reason = (uint16_t)p->reason;
    tx->len = at + IP4_HEADER + header_len + text_len;
    tx->slices_n = 1;
    tx->slices[0] = (struct bonnet_slice){bn->headers, at + IP4_HEADER + header_len};
    env_count(&bn->env, BONNET_MIB_IpOutRequests);
    return bn->headers + at + IP4_HEADER;
}

/* Sum of the text, whose slices may begin at odd offsets. */
static uint32_t sum_text(const struct env *e, const struct bonnet_tx *tx)
{
    uint32_t sum = 0;
    bool odd = false;
    for (uint32_t i = 1; i < tx->slices_n; i++) {
        uint32_t part = e->checksum(tx->slices[i].data, tx->slices[i].len);
        sum = checksum_add(sum, odd ? checksum_swap(part) : part);
        odd ^= tx->slices[i].len & 1;
    }
    return sum;
}

static void leave_to_driver(struct bonnet_tx *tx, const struct tcp_seg *s, uint32_t header_at,
                            uint32_t header_len)
{
    tx->needs_checksum = true;
    tx->csum_start = (uint16_t)header_at;
    tx->csum_offset = TCP_CHECKSUM_AT;
    tx->gso = s->gso_size ? BONNET_GSO_TCP4 : BONNET_GSO_NONE;
    tx->gso_size = s->gso_size;
    tx->header_len = (uint16_t)(header_at + header_len);
}

void frame_finish_tcp(struct bonnet *bn, struct bonnet_tx *tx, const struct tx_packet *p,
                      const struct tcp_seg *s, uint8_t *header)
{
    uint32_t header_at = (uint32_t)(header - bn->headers);
    uint32_t header_len = tx->slices[0].len - header_at;
    uint32_t sum = ip_pseudo_sum(&p->src, &p->dst, IP_TCP, header_len + s->len);
    if (p->netif->offload & (BONNET_OFFLOAD_TX_CHECKSUM | BONNET_OFFLOAD_TX_GSO)) {
        put_raw16(header + TCP_CHECKSUM_AT, checksum_fold(sum));
        leave_to_driver(tx, s, header_at, header_len);
        return;
    }
    sum = checksum_add(sum, checksum_sum(header, header_len));
    if (s->len > 0) sum = checksum_add(sum, sum_text(&bn->env, tx));
    put_raw16(header + TCP_CHECKSUM_AT, checksum_finish(sum));
}
