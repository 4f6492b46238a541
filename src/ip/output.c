/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a datagram that leaves in pieces needs: an identification, and the cut.
 *
 * Identifications (RFC 6864, RFC 7739): a counter under a keyed permutation of all 16-bit numbers.
 * Nobody without the key can predict the next one, and none comes twice within 65,536, whatever the
 * destination; each time around the permutation is another one. Datagrams that travel whole need
 * none.
 */
#include "ip/ip.h"

#define ROUNDS 4

static uint16_t permute(const struct env *e, uint64_t epoch, uint16_t v);

uint16_t ip_next_id(struct ip *ip, struct env *e)
{
    uint64_t n = ip->ids++;
    return permute(e, n >> 16, (uint16_t)n);
}

/* A Feistel network over two bytes: a permutation for any round function (Luby, Rackoff 1988). */
static uint16_t permute(const struct env *e, uint64_t epoch, uint16_t v)
{
    uint8_t left = (uint8_t)(v >> 8);
    uint8_t right = (uint8_t)v;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const uint64_t w[2] = {epoch, (uint64_t)round << 8 | right};
        uint8_t next = left ^ (uint8_t)siphash24(&e->keys.ip_id, w, sizeof(w));
        left = right;
        right = next;
    }
    return (uint16_t)(left << 8 | right);
}

uint32_t ip_fragment(struct ip4_header *h, uint32_t text, uint32_t at, uint16_t mtu)
{
    uint32_t room = mtu - (uint32_t)IP4_HEADER;
    uint32_t left = text - at;
    uint32_t n = left <= room ? left : room & ~7u;
    h->fragment_at = (uint16_t)at;
    h->more_fragments = n < left;
    h->total_len = (uint16_t)(IP4_HEADER + n);
    return n;
}
