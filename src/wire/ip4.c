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

#define DONT_FRAGMENT   0x4000u
#define MORE_FRAGMENTS  0x2000u
#define FRAGMENT_OFFSET 0x1fffu

static enum bonnet_reason read_front(struct ip4_header *h, const uint8_t *p, uint32_t len);
static bool checksum_is_good(const uint8_t *p, unsigned header_len);
static uint64_t sum5(const uint32_t w[5]);
static uint32_t fold_to_32(uint64_t sum);
static enum bonnet_reason walk_options(struct ip4_header *h, const uint8_t *p, unsigned len);
static bool take_source_route(struct ip4_header *h, const uint8_t *option, unsigned len);

enum bonnet_reason ip4_parse(struct ip4_header *h, const uint8_t *p, uint32_t len)
{
    enum bonnet_reason r = read_front(h, p, len);
    if (r != BONNET_R_NONE) return r;
    if (h->total_len < h->header_len || h->total_len > len) return BONNET_R_IP_TOTAL_LENGTH;
    if (!checksum_is_good(p, h->header_len)) return BONNET_R_IP_CHECKSUM;
    if (h->header_len == IP4_HEADER) return BONNET_R_NONE;
    return walk_options(h, p + IP4_HEADER, h->header_len - IP4_HEADER);
}

enum bonnet_reason ip4_parse_quoted(struct ip4_header *h, const uint8_t *p, uint32_t len)
{
    return read_front(h, p, len);
}

/* The sum is taken of the five words as numbers: reading them back as bytes would wait for the
 * stores. Ones' complement sums are the same in either byte order, with the bytes of the result
 * swapped. */
void ip4_emit(const struct ip4_header *h, uint8_t p[IP4_HEADER])
{
    uint32_t flags =
        (h->dont_fragment ? DONT_FRAGMENT : 0u) | (h->more_fragments ? MORE_FRAGMENTS : 0u);
    uint32_t word[5] = {
        (uint32_t)0x45 << 24 | (uint32_t)h->tos << 16 | h->total_len,
        (uint32_t)h->id << 16 | flags | h->fragment_at / 8u,
        (uint32_t)h->ttl << 24 | (uint32_t)h->protocol << 16,
        addr_ip4(&h->src),
        addr_ip4(&h->dst),
    };
    word[2] |= checksum_finish(fold_to_32(sum5(word)));
    for (unsigned i = 0; i < 5; i++)
        put_u32(p + 4 * i, word[i]);
}

/* The twelve bytes in front of a mapped IPv4 address add up to 0xffff, which is zero in this
 * arithmetic: all sixteen are summed, and both families take the same way. */
uint32_t ip_pseudo_sum(const struct bonnet_addr *src, const struct bonnet_addr *dst,
                       uint8_t protocol, uint32_t len)
{
    uint32_t a[4], b[4];
    uint8_t rest[2];
    memcpy(a, src->b, 16);
    memcpy(b, dst->b, 16);
    put_u16(rest, checksum_fold(protocol + (len >> 16) + (len & 0xffff)));
    uint64_t sum = (uint64_t)a[0] + a[1] + a[2] + a[3];
    sum += (uint64_t)b[0] + b[1] + b[2] + b[3];
    return fold_to_32(sum + get_raw16(rest));
}

static inline enum bonnet_reason read_front(struct ip4_header *h, const uint8_t *p, uint32_t len)
{
    if (len < IP4_HEADER) return BONNET_R_IP_SHORT;
    if (p[0] >> 4 != 4) return BONNET_R_IP_VERSION;
    h->header_len = (uint16_t)((p[0] & 0xf) * 4);
    if (h->header_len < IP4_HEADER || h->header_len > len) return BONNET_R_IP_HEADER_LENGTH;
    uint16_t fragment = get_u16(p + 6);
    h->tos = p[1];
    h->total_len = get_u16(p + 2);
    h->id = get_u16(p + 4);
    h->dont_fragment = (fragment & DONT_FRAGMENT) != 0;
    h->more_fragments = (fragment & MORE_FRAGMENTS) != 0;
    h->fragment_at = (uint16_t)((fragment & FRAGMENT_OFFSET) * 8);
    h->ttl = p[8];
    h->protocol = p[9];
    h->src = addr_from_ip4(get_u32(p + 12));
    h->dst = addr_from_ip4(get_u32(p + 16));
    h->source_routed = false;
    return BONNET_R_NONE;
}

static inline bool checksum_is_good(const uint8_t *p, unsigned header_len)
{
    uint32_t word[5];
    memcpy(word, p, IP4_HEADER);
    uint32_t sum = fold_to_32(sum5(word));
    if (header_len > IP4_HEADER)
        sum = checksum_add(sum, checksum_sum(p + IP4_HEADER, header_len - IP4_HEADER));
    return checksum_finish(sum) == 0;
}

static inline uint64_t sum5(const uint32_t w[5])
{
    return (uint64_t)w[0] + w[1] + w[2] + w[3] + w[4];
}

static inline uint32_t fold_to_32(uint64_t sum)
{
    return checksum_add((uint32_t)sum, (uint32_t)(sum >> 32));
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
