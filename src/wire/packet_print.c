/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints packets as tcpdump -n does, so that nobody has to learn another notation and a script that
 * reads the one reads the other. Decides what a line says of frames, IP, ARP and UDP;
 * packet_tcp.c and packet_icmp.c say the rest.
 *
 * Word for word holds for what bonnet speaks: ARP, IPv4 and its fragments, TCP, UDP, ICMP, whole,
 * cut and broken. Of other protocols, IPv6 among them, and of those above TCP and UDP, only the
 * length is told.
 */
#include "wire/arp.h"
#include "wire/ip4.h"
#include "wire/packet_lines.h"
#include <string.h>

static void print_ip(struct line *l, const struct bonnet_packet *k,
                     const struct bonnet_packet_style *style);
static void print_version(struct line *l, const struct bonnet_packet *k);
static void print_ip6(struct line *l, const struct bonnet_packet *k,
                      const struct bonnet_packet_style *style);
static void print_other(struct line *l, const struct bonnet_packet *k,
                        const struct bonnet_packet_style *style);
static void print_from_to(struct line *l, const struct bonnet_packet *k,
                          const struct bonnet_packet_style *style, bool ports);
static void print_end(struct line *l, const struct bonnet_endpoint *e, const char *name,
                      bool ports);
static void print_payload(struct line *l, const struct bonnet_packet *k,
                          const struct bonnet_packet_style *style);
static void print_udp(struct line *l, const struct bonnet_packet *k);
static void print_arp(struct line *l, const struct bonnet_packet *k);
static void print_mac(struct line *l, const uint8_t mac[6]);
static void print_other_frame(struct line *l, const struct bonnet_packet *k);

size_t bonnet_packet_print(const struct bonnet_packet *p, const struct bonnet_packet_style *style,
                           char *buf, size_t max)
{
    static const struct bonnet_packet_style plain = {0};
    struct line l = {.buf = buf, .max = max};
    if (max > 0) buf[0] = '\0';
    if (!style) style = &plain;
    bool ip = p->ether_type == 0 || p->ether_type == ETH_TYPE_IP4;
    if (p->kind == BONNET_PACKET_ARP)
        print_arp(&l, p);
    else if (p->version == 6 && p->flaw != BONNET_FLAW_VERSION)
        print_ip6(&l, p, style);
    else if (ip)
        print_ip(&l, p, style);
    else
        print_other_frame(&l, p);
    return l.used;
}

static void print_ip(struct line *l, const struct bonnet_packet *k,
                     const struct bonnet_packet_style *style)
{
    bool front = !style->no_addresses;
    if (k->flaw == BONNET_FLAW_VERSION) {
        print_version(l, k);
        return;
    }
    if (k->flaw == BONNET_FLAW_CUT && k->version == 0) {
        line_string(l, k->ether_type == 0 ? " [|ether]" : " [|ip]");
        return;
    }
    if (front) line_string(l, "IP ");
    if (k->ip_header_len == 0) {
        line_string(l, " [|ip]");
        return;
    }
    if (k->flaw == BONNET_FLAW_IP_HEADER) {
        line_number(l, "bad-hlen ", k->ip_header_len, "");
        return;
    }
    if (k->missing > 0) line_number(l, "truncated-ip - ", k->missing, " bytes missing! ");
    if (k->flaw == BONNET_FLAW_IP_LENGTH) {
        line_number(l, "bad-len ", k->ip_len, "");
        return;
    }
    print_payload(l, k, style);
}

static void print_version(struct line *l, const struct bonnet_packet *k)
{
    if (k->ether_type == ETH_TYPE_IP4 && k->version == 6)
        line_string(l, "IP6, wrong link-layer encapsulation (invalid)");
    else if (k->ether_type == ETH_TYPE_IP4)
        line_number(l, "IP", k->version, " (invalid)");
    else
        line_number(l, "unknown ip ", k->version, "");
}

static void print_ip6(struct line *l, const struct bonnet_packet *k,
                      const struct bonnet_packet_style *style)
{
    if (k->ip_header_len == 0) {
        line_string(l, " [|ip6]");
        return;
    }
    if (!style->no_addresses) line_string(l, "IP6 ");
    if (k->missing > 0) line_number(l, "truncated-ip6 - ", k->missing, " bytes missing!");
    print_other(l, k, style);
}

/* Of a protocol that nobody here speaks, over IP. */
static void print_other(struct line *l, const struct bonnet_packet *k,
                        const struct bonnet_packet_style *style)
{
    print_from_to(l, k, style, false);
    line_number(l, " ip-proto-", k->protocol, " ");
    line_number(l, "", k->payload_len, "");
}

/* "a.1 > b.2: " */
static void print_from_to(struct line *l, const struct bonnet_packet *k,
                          const struct bonnet_packet_style *style, bool ports)
{
    if (style->no_addresses) return;
    print_end(l, &k->from, style->from, ports);
    line_string(l, " > ");
    print_end(l, &k->to, style->to, ports);
    line_string(l, ": ");
}

static void print_end(struct line *l, const struct bonnet_endpoint *e, const char *name, bool ports)
{
    if (name)
        line_string(l, name);
    else
        line_addr(l, e->addr);
    if (ports) line_number(l, ".", e->port, "");
}

static void print_payload(struct line *l, const struct bonnet_packet *k,
                          const struct bonnet_packet_style *style)
{
    bool ports = k->from.port != 0 || k->to.port != 0 || k->flaw != BONNET_FLAW_CUT;
    switch (k->kind) {
    case BONNET_PACKET_TCP:
        print_from_to(l, k, style, ports);
        packet_print_tcp(l, k, style);
        return;
    case BONNET_PACKET_UDP:
        print_from_to(l, k, style, ports);
        print_udp(l, k);
        return;
    case BONNET_PACKET_ICMP:
        print_from_to(l, k, style, false);
        packet_print_icmp(l, k);
        return;
    case BONNET_PACKET_FRAGMENT:
        print_from_to(l, k, style, false);
        line_number(l, "ip-proto-", k->protocol, "");
        return;
    case BONNET_PACKET_OTHER:
    case BONNET_PACKET_ARP: print_other(l, k, style); return;
    }
}

/* The length of a first fragment is that of the whole, and no flaw. */
static void print_udp(struct line *l, const struct bonnet_packet *k)
{
    uint32_t claimed = (uint32_t)k->udp_len - 8, there = k->payload_len - 8;
    if (k->flaw == BONNET_FLAW_CUT)
        line_string(l, " [|udp]");
    else if (k->payload_len < 8)
        line_number(l, "truncated-udp ", k->payload_len, "");
    else if (k->udp_len < 8)
        line_number(l, "truncated-udplength ", k->udp_len, "");
    else if (claimed > there && !k->more_fragments) {
        line_number(l, "UDP, bad length ", claimed, " > ");
        line_number(l, "", there, "");
    } else
        line_number(l, "UDP, length ", claimed, "");
}

static void print_arp(struct line *l, const struct bonnet_packet *k)
{
    static const uint8_t unknown[6];
    if (k->flaw == BONNET_FLAW_CUT) {
        line_string(l, " [|arp]");
        return;
    }
    line_string(l, "ARP, ");
    if (k->flaw == BONNET_FLAW_ARP) {
        line_string(l, "not of IPv4 over Ethernet");
    } else if (k->arp_operation == ARP_REQUEST) {
        line_string(l, "Request who-has ");
        line_addr(l, k->to.addr);
        if (memcmp(k->arp_to_mac, unknown, 6) != 0) {
            line_string(l, " (");
            print_mac(l, k->arp_to_mac);
            line_string(l, ")");
        }
        line_string(l, " tell ");
        line_addr(l, k->from.addr);
    } else if (k->arp_operation == ARP_REPLY) {
        line_string(l, "Reply ");
        line_addr(l, k->from.addr);
        line_string(l, " is-at ");
        print_mac(l, k->arp_from_mac);
    } else {
        line_number(l, "Unknown (", k->arp_operation, ")");
    }
    line_number(l, ", length ", k->payload_len, "");
}

static void print_mac(struct line *l, const uint8_t mac[6])
{
    for (unsigned i = 0; i < 6; i++) {
        if (i > 0) line_string(l, ":");
        line_hex(l, mac + i, 1);
    }
}

static void print_other_frame(struct line *l, const struct bonnet_packet *k)
{
    const uint8_t type[2] = {(uint8_t)(k->ether_type >> 8), (uint8_t)k->ether_type};
    line_string(l, "ethertype 0x");
    line_hex(l, type, 2);
    line_number(l, ", length ", k->payload_len, "");
}
