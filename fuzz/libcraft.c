/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets made by hand: see libcraft.h. */
#include "libcraft.h"
#include "base/bytes.h"
#include "base/checksum.h"

#define TEXT_MAX 1024u

static struct craft_bytes cut(struct craft_bytes bytes, uint32_t max)
{
    if (bytes.len > max) bytes.len = max;
    return bytes;
}

void craft_ip4(struct craft *c, struct ip4_header h, struct craft_bytes payload)
{
    payload = cut(payload, TEXT_MAX + TCP_HEADER_MAX);
    h.total_len = (uint16_t)(IP4_HEADER + payload.len);
    ip4_emit(&h, c->b);
    if (payload.len) memcpy(c->b + IP4_HEADER, payload.p, payload.len);
    c->len = h.total_len;
}

void craft_tcp(struct craft *c, struct ip4_header h, const struct tcp_seg *s,
               struct craft_bytes options)
{
    uint8_t p[TCP_HEADER_MAX + TEXT_MAX] = {0};
    struct tcp_seg plain = *s;
    struct craft_bytes text = cut((struct craft_bytes){s->text, s->len}, TEXT_MAX);
    options = cut(options, TCP_HEADER_MAX - TCP_HEADER);
    plain.has = 0;
    tcp_emit(&plain, p);
    if (options.len) memcpy(p + TCP_HEADER, options.p, options.len);
    uint32_t header_len = TCP_HEADER + (options.len + 3) / 4 * 4;
    p[12] = (uint8_t)(header_len << 2 | (p[12] & 1));
    if (text.len) memcpy(p + header_len, text.p, text.len);
    uint32_t len = header_len + text.len;
    uint32_t pseudo = ip_pseudo_sum(&h.src, &h.dst, IP_TCP, len);
    put_raw16(p + TCP_CHECKSUM_AT, checksum_finish(checksum_add(pseudo, checksum_sum(p, len))));
    h.protocol = IP_TCP;
    craft_ip4(c, h, (struct craft_bytes){p, len});
}

void craft_udp(struct craft *c, struct ip4_header h, const struct udp_datagram *d)
{
    uint8_t p[UDP_HEADER + TEXT_MAX];
    struct craft_bytes text = cut((struct craft_bytes){d->text, d->len}, TEXT_MAX);
    struct udp_datagram shorter = {d->sport, d->dport, text.p, text.len};
    struct udp_from_to ft = {&h.src, &h.dst, false};
    udp_emit(&shorter, &ft, p);
    if (text.len) memcpy(p + UDP_HEADER, text.p, text.len);
    h.protocol = IP_UDP;
    craft_ip4(c, h, (struct craft_bytes){p, UDP_HEADER + text.len});
}

void craft_icmp(struct craft *c, struct ip4_header h, const struct icmp_message *m)
{
    uint8_t p[ICMP_HEADER + TEXT_MAX];
    struct craft_bytes body = cut((struct craft_bytes){m->body, m->body_len}, TEXT_MAX);
    struct icmp_message shorter = *m;
    shorter.body_len = body.len;
    icmp_emit(&shorter, p);
    if (body.len) memcpy(p + ICMP_HEADER, body.p, body.len);
    h.protocol = IP_ICMP;
    craft_ip4(c, h, (struct craft_bytes){p, ICMP_HEADER + body.len});
}

void craft_frame(struct craft *c, const uint8_t dst[6], const uint8_t src[6], uint16_t type)
{
    if (c->len > sizeof(c->b) - 14) c->len = sizeof(c->b) - 14;
    memmove(c->b + 14, c->b, c->len);
    memcpy(c->b, dst, 6);
    memcpy(c->b + 6, src, 6);
    put_u16(c->b + 12, type);
    c->len += 14;
}
