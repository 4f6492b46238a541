/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads, checks and writes IPv4 headers (RFC 791, 1122 3.2.1). Decides whether a header is sound:
 * version, lengths, checksum, the walk over the options. What a sound header means (ours, a
 * martian, a fragment, source-routed) ip/ decides.
 *
 * Of options only their lengths and source routes matter: none is acted upon, none is ever sent or
 * reflected. Bytes after an End of Option List are padding, whatever they hold.
 */
#include "wire/ip4.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "wire/addr.h"

enum ip4_option { IP4_OPT_END = 0, IP4_OPT_NOP = 1, IP4_OPT_LSRR = 131, IP4_OPT_SSRR = 137 };

#define RESERVED_AND_FLAGS 0xe000
#define DONT_FRAGMENT      0x4000
#define MORE_FRAGMENTS     0x2000

static void read_fields(struct ip4_header *h, const uint8_t *p);
static uint16_t header_checksum(const uint8_t *p, unsigned header_len);
static enum bonnet_reason walk_options(struct ip4_header *h, const uint8_t *p, unsigned len);
static bool take_source_route(struct ip4_header *h, const uint8_t *option, unsigned len);

enum bonnet_reason ip4_parse(struct ip4_header *h, const uint8_t *p, uint32_t len)
{
    enum bonnet_reason r = ip4_parse_quoted(h, p, len);
    if (r != BONNET_R_NONE) return r;
    if (h->total_len < h->header_len || h->total_len > len) return BONNET_R_IP_TOTAL_LENGTH;
    if (header_checksum(p, h->header_len) != 0) return BONNET_R_IP_CHECKSUM;
    if (h->header_len == IP4_HEADER) return BONNET_R_NONE;
    return walk_options(h, p + IP4_HEADER, h->header_len - IP4_HEADER);
}

enum bonnet_reason ip4_parse_quoted(struct ip4_header *h, const uint8_t *p, uint32_t len)
{
    if (len < IP4_HEADER) return BONNET_R_IP_SHORT;
    if (p[0] >> 4 != 4) return BONNET_R_IP_VERSION;
    h->header_len = (uint16_t)((p[0] & 0xf) * 4);
    if (h->header_len < IP4_HEADER || h->header_len > len) return BONNET_R_IP_HEADER_LENGTH;
    read_fields(h, p);
    return BONNET_R_NONE;
}

void ip4_emit(const struct ip4_header *h, uint8_t p[IP4_HEADER])
{
    unsigned flags =
        (h->dont_fragment ? DONT_FRAGMENT : 0u) | (h->more_fragments ? MORE_FRAGMENTS : 0u);
    p[0] = 0x45;
    p[1] = h->tos;
    put_u16(p + 2, h->total_len);
    put_u16(p + 4, h->id);
    put_u16(p + 6, (uint16_t)(flags | h->fragment_at / 8));
    p[8] = h->ttl;
    p[9] = h->protocol;
    put_u16(p + 10, 0);
    memcpy(p + 12, h->src.b + 12, 4);
    memcpy(p + 16, h->dst.b + 12, 4);
    put_raw16(p + 10, header_checksum(p, IP4_HEADER));
}

/* The twelve bytes in front of a mapped IPv4 address add up to 0xffff, which is zero in this
 * arithmetic: all sixteen are summed, and both families take the same way. */
uint32_t ip_pseudo_sum(const struct bonnet_addr *src, const struct bonnet_addr *dst,
                       uint8_t protocol, uint32_t len)
{
    uint32_t word[8];
    memcpy(word, src->b, 16);
    memcpy(word + 4, dst->b, 16);
    uint64_t sum = 0;
    for (unsigned i = 0; i < 8; i++)
        sum += word[i];
    uint8_t rest[8] = {0, 0, 0, protocol};
    put_u32(rest + 4, len);
    memcpy(word, rest, 8);
    sum += (uint64_t)word[0] + word[1];
    return checksum_add((uint32_t)sum, (uint32_t)(sum >> 32));
}

static void read_fields(struct ip4_header *h, const uint8_t *p)
{
    uint16_t fragment = get_u16(p + 6);
    h->tos = p[1];
    h->total_len = get_u16(p + 2);
    h->id = get_u16(p + 4);
    h->dont_fragment = (fragment & DONT_FRAGMENT) != 0;
    h->more_fragments = (fragment & MORE_FRAGMENTS) != 0;
    h->fragment_at = (uint16_t)((fragment & (uint16_t)~RESERVED_AND_FLAGS) * 8);
    h->ttl = p[8];
    h->protocol = p[9];
    h->src = addr_from_ip4(get_u32(p + 12));
    h->dst = addr_from_ip4(get_u32(p + 16));
    h->source_routed = false;
}

/* Over a header whose checksum field is zero: the value to store. Over a received one: 0 if it is
 * good. */
static uint16_t header_checksum(const uint8_t *p, unsigned header_len)
{
    uint32_t word[5];
    memcpy(word, p, IP4_HEADER);
    uint64_t sum = (uint64_t)word[0] + word[1] + word[2] + word[3] + word[4];
    for (unsigned at = IP4_HEADER; at < header_len; at += 4) {
        memcpy(word, p + at, 4);
        sum += word[0];
    }
    return checksum_finish(checksum_add((uint32_t)sum, (uint32_t)(sum >> 32)));
}

static enum bonnet_reason walk_options(struct ip4_header *h, const uint8_t *p, unsigned len)
{
    unsigned at = 0;
    while (at < len && p[at] != IP4_OPT_END) {
        if (p[at] == IP4_OPT_NOP) {
            at++;
            continue;
        }
        if (len - at < 2 || p[at + 1] < 2 || p[at + 1] > len - at) return BONNET_R_IP_OPTIONS;
        unsigned option_len = p[at + 1];
        if ((p[at] == IP4_OPT_LSRR || p[at] == IP4_OPT_SSRR) &&
            !take_source_route(h, p + at, option_len))
            return BONNET_R_IP_OPTIONS;
        at += option_len;
    }
    return BONNET_R_NONE;
}

/* RFC 1122 3.2.1.8: at most one. RFC 791: the pointer counts from 1, and the route begins at 4. */
static bool take_source_route(struct ip4_header *h, const uint8_t *option, unsigned len)
{
    if (h->source_routed || len < 3 || option[2] < 4) return false;
    h->source_routed = true;
    return true;
}
