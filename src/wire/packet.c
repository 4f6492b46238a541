/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads packets for people. The other parsers of this room refuse what is not sound, since a stack
 * must; this one never refuses, and reads as far as there are bytes. It notes the first flaw and
 * stops there, looks at no checksum, and takes of TCP's options what is written, wherever it
 * stands: the first of a kind, if its length is that of its kind.
 *
 * Invariant: nothing beyond the frame is read, whatever its headers claim.
 *
 * RFC 791, 792, 826, 768, 9293 3.1.
 */
#include "bonnet/packet.h"
#include "base/bytes.h"
#include "wire/addr.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/options.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define MORE_FRAGMENTS  0x2000u
#define FRAGMENT_OFFSET 0x1fffu
#define IP6_HEADER      40
#define ICMP_QUOTED     (ICMP_HEADER + IP4_HEADER) /* bytes up to the quoted packet's payload */

static void parse_ip(struct bonnet_packet *k, const uint8_t *p, uint32_t len);
static void parse_ip6(struct bonnet_packet *k, const uint8_t *p, uint32_t len);
static void parse_payload(struct bonnet_packet *k, const uint8_t *p, uint32_t len);
static void parse_tcp(struct bonnet_packet *k, const uint8_t *p, uint32_t len);
static void take_options(struct bonnet_packet *k);
static void take_option(struct bonnet_packet *k, const struct tcp_option *o);
static void take_sacks(struct bonnet_packet *k, const struct tcp_option *o);
static void parse_udp(struct bonnet_packet *k, const uint8_t *p, uint32_t len);
static void parse_icmp(struct bonnet_packet *k, const uint8_t *p, uint32_t len);
static void parse_quoted(struct bonnet_packet *k, const uint8_t *p, uint32_t len);
static void parse_arp(struct bonnet_packet *k, const uint8_t *p, uint32_t len);
static bool reaches(struct bonnet_packet *k, uint32_t len, uint32_t needed);

void bonnet_packet_parse(enum bonnet_if_kind kind, const void *data, uint32_t len,
                         struct bonnet_packet *out)
{
    bonnet_packet_parse_front(kind, data, len, len, out);
}

void bonnet_packet_parse_front(enum bonnet_if_kind kind, const void *data, uint32_t len,
                               uint32_t whole, struct bonnet_packet *out)
{
    const uint8_t *p = data;
    *out = (struct bonnet_packet){.wscale = -1, .payload_len = whole};
    if (kind == BONNET_IF_IP) {
        parse_ip(out, p, len);
        return;
    }
    if (!reaches(out, len, ETH_HEADER)) return;
    out->ether_type = get_u16(p + 12);
    out->payload_len = whole - ETH_HEADER;
    p += ETH_HEADER;
    len -= ETH_HEADER;
    if (out->ether_type == ETH_TYPE_ARP) parse_arp(out, p, len);
    if (out->ether_type == ETH_TYPE_IP4) parse_ip(out, p, len);
    if (out->ether_type == ETH_TYPE_IP6) parse_ip6(out, p, len);
}

static void parse_ip(struct bonnet_packet *k, const uint8_t *p, uint32_t len)
{
    if (!reaches(k, len, 1)) return;
    k->version = p[0] >> 4;
    if (k->version == 6 && k->ether_type == 0) {
        parse_ip6(k, p, len);
        return;
    }
    if (k->version != 4) {
        k->flaw = BONNET_FLAW_VERSION;
        return;
    }
    if (!reaches(k, len, IP4_HEADER)) return;
    uint16_t fragment = get_u16(p + 6);
    k->ip_header_len = (uint8_t)((p[0] & 0xf) * 4);
    k->ip_len = get_u16(p + 2);
    k->tos = p[1];
    k->id = get_u16(p + 4);
    k->fragment_at = (uint16_t)((fragment & FRAGMENT_OFFSET) * 8);
    k->more_fragments = (fragment & MORE_FRAGMENTS) != 0;
    k->ttl = p[8];
    k->protocol = p[9];
    k->from.addr = addr_from_ip4(get_u32(p + 12));
    k->to.addr = addr_from_ip4(get_u32(p + 16));
    k->missing = k->ip_len > k->payload_len ? k->ip_len - k->payload_len : 0;
    k->is_cut = k->ip_len > len;
    if (k->ip_header_len < IP4_HEADER)
        k->flaw = BONNET_FLAW_IP_HEADER;
    else if (k->ip_len < k->ip_header_len)
        k->flaw = BONNET_FLAW_IP_LENGTH;
    else if (reaches(k, len, k->ip_header_len))
        parse_payload(k, p + k->ip_header_len, len - k->ip_header_len);
}

/* Only who speaks to whom: IPv6 is not spoken here. */
static void parse_ip6(struct bonnet_packet *k, const uint8_t *p, uint32_t len)
{
    k->version = 6;
    if (!reaches(k, len, IP6_HEADER)) return;
    k->ip_header_len = IP6_HEADER;
    k->protocol = p[6];
    memcpy(k->from.addr.b, p + 8, 16);
    memcpy(k->to.addr.b, p + 24, 16);
    uint32_t whole = k->payload_len;
    k->payload_len = get_u16(p + 4);
    k->ip_len = k->payload_len + IP6_HEADER;
    k->missing = k->ip_len > whole ? k->ip_len - whole : 0;
    k->is_cut = k->ip_len > len;
}

/* len: bytes there are, which may be more than the packet has (padding of the link). */
static void parse_payload(struct bonnet_packet *k, const uint8_t *p, uint32_t len)
{
    k->payload_len = k->ip_len - k->ip_header_len;
    if (len > k->payload_len) len = k->payload_len;
    if (k->fragment_at > 0) {
        k->kind = BONNET_PACKET_FRAGMENT;
    } else if (k->protocol == IP_TCP) {
        k->kind = BONNET_PACKET_TCP;
        parse_tcp(k, p, len);
    } else if (k->protocol == IP_UDP) {
        k->kind = BONNET_PACKET_UDP;
        parse_udp(k, p, len);
    } else if (k->protocol == IP_ICMP) {
        k->kind = BONNET_PACKET_ICMP;
        parse_icmp(k, p, len);
    }
}

static void parse_tcp(struct bonnet_packet *k, const uint8_t *p, uint32_t len)
{
    if (!reaches(k, len, 4)) return;
    k->from.port = get_u16(p);
    k->to.port = get_u16(p + 2);
    if (!reaches(k, len, TCP_HEADER)) return;
    k->seq = get_u32(p + 4);
    k->ack = get_u32(p + 8);
    k->header_len = (uint8_t)((p[12] >> 4) * 4);
    k->flags = p[13];
    k->window = get_u16(p + 14);
    k->urgent = get_u16(p + 18);
    if (k->header_len < TCP_HEADER || k->header_len > k->payload_len) {
        k->flaw = BONNET_FLAW_TCP_HEADER;
        return;
    }
    k->text_len = k->payload_len - k->header_len;
    uint32_t there = len < k->header_len ? len : k->header_len;
    k->options_n = (uint8_t)(there - TCP_HEADER);
    memcpy(k->options, p + TCP_HEADER, k->options_n);
    take_options(k);
    if (!reaches(k, len, k->header_len)) return;
    k->text = p + k->header_len;
    k->text_there = len - k->header_len;
}

static void take_options(struct bonnet_packet *k)
{
    struct tcp_option o = {0};
    while (tcp_option_next(k->options, k->options_n, &o))
        take_option(k, &o);
}

static void take_option(struct bonnet_packet *k, const struct tcp_option *o)
{
    if (o->kind == TCP_KIND_MSS && o->value_n == 2 && k->mss == 0) k->mss = get_u16(o->value);
    if (o->kind == TCP_KIND_WSCALE && o->value_n == 1 && k->wscale < 0)
        k->wscale = (int8_t)(o->value[0] > INT8_MAX ? INT8_MAX : o->value[0]);
    if (o->kind == TCP_KIND_SACK_PERMITTED && o->value_n == 0) k->sack_ok = true;
    if (o->kind == TCP_KIND_SACK && o->value_n % 8 == 0 && k->sacks_n == 0) take_sacks(k, o);
    if (o->kind == TCP_KIND_TIMESTAMPS && o->value_n == 8 && !k->has_ts) {
        k->has_ts = true;
        k->ts_val = get_u32(o->value);
        k->ts_ecr = get_u32(o->value + 4);
    }
}

static void take_sacks(struct bonnet_packet *k, const struct tcp_option *o)
{
    for (unsigned at = 0; at < o->value_n && k->sacks_n < BONNET_PACKET_SACKS_MAX; at += 8) {
        k->sacks[k->sacks_n].from = get_u32(o->value + at);
        k->sacks[k->sacks_n].to = get_u32(o->value + at + 4);
        k->sacks_n++;
    }
}

static void parse_udp(struct bonnet_packet *k, const uint8_t *p, uint32_t len)
{
    if (!reaches(k, len, 4)) return;
    k->from.port = get_u16(p);
    k->to.port = get_u16(p + 2);
    k->udp_len = UDP_HEADER;
    if (k->payload_len < UDP_HEADER) {
        k->flaw = BONNET_FLAW_UDP_LENGTH;
        return;
    }
    if (!reaches(k, len, 6)) return;
    k->udp_len = get_u16(p + 4);
    if (k->udp_len < UDP_HEADER) {
        k->flaw = BONNET_FLAW_UDP_LENGTH;
        return;
    }
    if (!reaches(k, len, UDP_HEADER)) return;
    uint32_t all = k->udp_len < k->payload_len ? k->udp_len : k->payload_len;
    k->text = p + UDP_HEADER;
    k->text_len = all - UDP_HEADER;
    k->text_there = (all < len ? all : len) - UDP_HEADER;
}

static void parse_icmp(struct bonnet_packet *k, const uint8_t *p, uint32_t len)
{
    if (!reaches(k, len, ICMP_HEADER)) return;
    k->icmp_type = p[0];
    k->icmp_code = p[1];
    k->icmp_rest = get_u32(p + 4);
    switch (k->icmp_type) {
    case ICMP_UNREACHABLE:
    case ICMP_REDIRECT:
    case ICMP_TIME_EXCEEDED:
        if (reaches(k, len, ICMP_QUOTED)) parse_quoted(k, p, len);
        return;
    case ICMP_SOURCE_QUENCH:
    case ICMP_PARAMETER_PROBLEM:
        if (len >= ICMP_QUOTED) parse_quoted(k, p, len);
        return;
    default: return;
    }
}

/* Only where a port is what the error is about, the message is cut if it does not quote it. */
static void parse_quoted(struct bonnet_packet *k, const uint8_t *p, uint32_t len)
{
    const uint8_t *ip = p + ICMP_HEADER;
    uint32_t ports_at = ICMP_HEADER + (uint32_t)(ip[0] & 0xf) * 4;
    k->quoted.protocol = ip[9];
    k->quoted.from.addr = addr_from_ip4(get_u32(ip + 12));
    k->quoted.to.addr = addr_from_ip4(get_u32(ip + 16));
    bool port = k->icmp_type == ICMP_UNREACHABLE && k->icmp_code == ICMP_PORT_UNREACHABLE;
    bool has_ports = k->quoted.protocol == IP_TCP || k->quoted.protocol == IP_UDP;
    if (port && !reaches(k, len, ports_at + 4)) return;
    if ((!port && !has_ports) || len < ports_at + 4) return;
    k->quoted.from.port = get_u16(p + ports_at);
    k->quoted.to.port = get_u16(p + ports_at + 2);
}

static void parse_arp(struct bonnet_packet *k, const uint8_t *p, uint32_t len)
{
    struct arp_packet a;
    k->kind = BONNET_PACKET_ARP;
    if (!reaches(k, len, ARP_LENGTH)) return;
    if (arp_parse(&a, p, len) != BONNET_R_NONE) {
        k->flaw = BONNET_FLAW_ARP;
        return;
    }
    k->arp_operation = a.op;
    k->from.addr = a.sender;
    k->to.addr = a.target;
    memcpy(k->arp_from_mac, a.sender_mac.b, 6);
    memcpy(k->arp_to_mac, a.target_mac.b, 6);
}

/* Are there as many bytes? Otherwise the packet is cut here. */
static bool reaches(struct bonnet_packet *k, uint32_t len, uint32_t needed)
{
    if (len >= needed) return true;
    k->flaw = BONNET_FLAW_CUT;
    k->is_cut = true;
    return false;
}
