/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 headers: lengths that were found sound lie within the packet, and a header written from the
 * value is read as the same value. Inputs go in twice, as they are and with the checksum made
 * right.
 */
#include "wire/ip4.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "libfuzz.h"
#include "wire/addr.h"

static void same(const struct ip4_header *a, const struct ip4_header *b)
{
    check(addr_eq(&a->src, &b->src) && addr_eq(&a->dst, &b->dst));
    check(a->total_len == b->total_len && a->id == b->id && a->fragment_at == b->fragment_at);
    check(a->tos == b->tos && a->ttl == b->ttl && a->protocol == b->protocol);
    check(a->dont_fragment == b->dont_fragment && a->more_fragments == b->more_fragments);
}

static void round_trip(const struct ip4_header *h)
{
    struct ip4_header back;
    uint8_t *p = calloc(1, h->total_len);
    check(p != NULL);
    ip4_emit(h, p);
    check(ip4_parse(&back, p, h->total_len) == BONNET_R_NONE);
    check(back.header_len == IP4_HEADER && !back.source_routed);
    same(h, &back);
    free(p);
}

static void parse(const uint8_t *p, uint32_t len)
{
    struct ip4_header h, quoted;
    if (ip4_parse(&h, p, len) != BONNET_R_NONE) return;
    check(h.header_len >= IP4_HEADER && h.header_len <= IP4_HEADER_MAX && h.header_len % 4 == 0);
    check(h.total_len >= h.header_len && h.total_len <= len);
    check(addr_is_ip4(&h.src) && addr_is_ip4(&h.dst));
    check(ip4_parse_quoted(&quoted, p, len) == BONNET_R_NONE);
    same(&h, &quoted);
    round_trip(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse(data, (uint32_t)size);
    size_t header_len = size > 0 ? (size_t)(data[0] & 0xf) * 4 : 0;
    if (header_len < IP4_HEADER || header_len > size) return 0;
    uint8_t *p = malloc(size);
    check(p != NULL);
    memcpy(p, data, size);
    put_u16(p + 10, 0);
    put_raw16(p + 10, checksum_finish(checksum_sum(p, header_len)));
    parse(p, (uint32_t)size);
    free(p);
    return 0;
}
