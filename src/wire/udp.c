/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads, checks and writes UDP datagrams (RFC 768, 1122 4.1.3). Bytes of the IP packet beyond the
 * UDP length are not text and go nowhere. A source port of 0 is legal and means that no answer is
 * wanted.
 */
#include "wire/udp.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "wire/addr.h"

#define CHECKSUM_AT 6

static bool checksum_is_good(const uint8_t *p, uint32_t len, const struct udp_from_to *ft);

enum bonnet_reason udp_parse(struct udp_datagram *d, const uint8_t *p, uint32_t len,
                             const struct udp_from_to *ft)
{
    if (len < UDP_HEADER) return BONNET_R_UDP_SHORT;
    uint32_t udp_len = get_u16(p + 4);
    if (udp_len < UDP_HEADER || udp_len > len) return BONNET_R_UDP_SHORT;
    if (!ft->checksum_good && !checksum_is_good(p, udp_len, ft)) return BONNET_R_UDP_CHECKSUM;
    d->sport = get_u16(p);
    d->dport = get_u16(p + 2);
    d->text = p + UDP_HEADER;
    d->len = udp_len - UDP_HEADER;
    return d->dport == 0 ? BONNET_R_UDP_PORT_ZERO : BONNET_R_NONE;
}

void udp_emit(const struct udp_datagram *d, const struct udp_from_to *ft, uint8_t p[UDP_HEADER])
{
    uint32_t udp_len = d->len + UDP_HEADER;
    put_u16(p, d->sport);
    put_u16(p + 2, d->dport);
    put_u16(p + 4, (uint16_t)udp_len);
    put_u16(p + CHECKSUM_AT, 0);
    uint32_t sum =
        checksum_add(ip_pseudo_sum(ft->src, ft->dst, IP_UDP, udp_len), checksum_sum(p, UDP_HEADER));
    if (d->len > 0) sum = checksum_add(sum, checksum_sum(d->text, d->len));
    uint16_t finished = checksum_finish(sum);
    put_raw16(p + CHECKSUM_AT, finished == 0 ? 0xffff : finished);
}

/* RFC 768: over IPv4 a checksum of 0 means that there is none. RFC 8200 8.1: over IPv6 it is an
 * error. */
static bool checksum_is_good(const uint8_t *p, uint32_t len, const struct udp_from_to *ft)
{
    if (get_raw16(p + CHECKSUM_AT) == 0) return addr_is_ip4(ft->src);
    uint32_t pseudo = ip_pseudo_sum(ft->src, ft->dst, IP_UDP, len);
    return checksum_finish(checksum_add(pseudo, checksum_sum(p, len))) == 0;
}
