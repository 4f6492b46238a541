/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints ICMP messages as tcpdump -n does. An error says what it is about in the address and port
 * that the quoted packet was sent to; the packet itself is left out.
 */
#include "wire/icmp.h"
#include "wire/packet_lines.h"

static void print_message(struct line *l, const struct bonnet_packet *k);
static void print_echo(struct line *l, const struct bonnet_packet *k, const char *what);
static void print_unreachable(struct line *l, const struct bonnet_packet *k);
static void print_port(struct line *l, const struct bonnet_packet *k);
static void print_need_to_fragment(struct line *l, const struct bonnet_packet *k);
static void print_redirect(struct line *l, const struct bonnet_packet *k);
static void print_exceeded(struct line *l, const struct bonnet_packet *k);
static void print_parameter(struct line *l, const struct bonnet_packet *k);

void packet_print_icmp(struct line *l, const struct bonnet_packet *k)
{
    if (k->flaw == BONNET_FLAW_CUT) {
        line_string(l, " [|icmp]");
        return;
    }
    line_string(l, "ICMP ");
    print_message(l, k);
    line_number(l, ", length ", k->payload_len, "");
}

static void print_message(struct line *l, const struct bonnet_packet *k)
{
    switch (k->icmp_type) {
    case ICMP_ECHO_REPLY: print_echo(l, k, "echo reply"); return;
    case ICMP_ECHO: print_echo(l, k, "echo request"); return;
    case ICMP_UNREACHABLE: print_unreachable(l, k); return;
    case ICMP_SOURCE_QUENCH: line_string(l, "source quench"); return;
    case ICMP_REDIRECT: print_redirect(l, k); return;
    case ICMP_TIME_EXCEEDED: print_exceeded(l, k); return;
    case ICMP_PARAMETER_PROBLEM: print_parameter(l, k); return;
    default: line_number(l, "type-#", k->icmp_type, ""); return;
    }
}

static void print_echo(struct line *l, const struct bonnet_packet *k, const char *what)
{
    line_string(l, what);
    line_number(l, ", id ", k->icmp_rest >> 16, "");
    line_number(l, ", seq ", k->icmp_rest & 0xffff, "");
}

/* The address stands between a word in front, if any, and what became of it. */
static void print_unreachable(struct line *l, const struct bonnet_packet *k)
{
    static const struct {
        const char *before, *after;
    } codes[] = {
        [ICMP_NET_UNREACHABLE] = {"net ", " unreachable"},
        [ICMP_HOST_UNREACHABLE] = {"host ", " unreachable"},
        [ICMP_SOURCE_ROUTE_FAILED] = {"", " unreachable - source route failed"},
        [6] = {"net ", " unreachable - unknown"},
        [7] = {"host ", " unreachable - unknown"},
        [8] = {"", " unreachable - source host isolated"},
        [9] = {"net ", " unreachable - admin prohibited"},
        [10] = {"host ", " unreachable - admin prohibited"},
        [11] = {"net ", " unreachable - tos prohibited"},
        [12] = {"host ", " unreachable - tos prohibited"},
        [ICMP_ADMIN_PROHIBITED] = {"host ", " unreachable - admin prohibited filter"},
        [14] = {"host ", " unreachable - host precedence violation"},
        [15] = {"host ", " unreachable - precedence cutoff"},
    };
    bool listed = k->icmp_code < sizeof(codes) / sizeof(codes[0]) && codes[k->icmp_code].after;
    if (listed) line_string(l, codes[k->icmp_code].before);
    line_addr(l, k->quoted.to.addr);
    if (listed)
        line_string(l, codes[k->icmp_code].after);
    else if (k->icmp_code == ICMP_PROTOCOL_UNREACHABLE)
        line_number(l, " protocol ", k->quoted.protocol, " unreachable");
    else if (k->icmp_code == ICMP_PORT_UNREACHABLE)
        print_port(l, k);
    else if (k->icmp_code == ICMP_FRAGMENTATION_NEEDED)
        print_need_to_fragment(l, k);
    else
        line_number(l, " unreachable - #", k->icmp_code, "");
}

static void print_port(struct line *l, const struct bonnet_packet *k)
{
    if (k->quoted.protocol == IP_TCP)
        line_string(l, " tcp");
    else if (k->quoted.protocol == IP_UDP)
        line_string(l, " udp");
    else
        line_number(l, " protocol ", k->quoted.protocol, "");
    line_number(l, " port ", k->quoted.to.port, " unreachable");
}

/* RFC 1191: routers of before do not tell the MTU. */
static void print_need_to_fragment(struct line *l, const struct bonnet_packet *k)
{
    uint32_t mtu = k->icmp_rest & 0xffff;
    line_string(l, " unreachable - need to frag");
    if (mtu != 0) line_number(l, " (mtu ", mtu, ")");
}

static void print_redirect(struct line *l, const struct bonnet_packet *k)
{
    const uint32_t gateway = k->icmp_rest;
    bool listed = k->icmp_code < 4;
    line_string(l, k->icmp_code == 2 || k->icmp_code == 3 ? "redirect-tos " : "redirect");
    if (k->icmp_code < 2) line_string(l, " ");
    if (!listed) line_number(l, "-#", k->icmp_code, " ");
    line_addr(l, k->quoted.to.addr);
    line_string(l, listed ? (k->icmp_code & 1) != 0 ? " to host " : " to net " : " to ");
    line_addr(l, bonnet_ip4((uint8_t)(gateway >> 24), (uint8_t)(gateway >> 16),
                            (uint8_t)(gateway >> 8), (uint8_t)gateway));
}

static void print_exceeded(struct line *l, const struct bonnet_packet *k)
{
    if (k->icmp_code == 0)
        line_string(l, "time exceeded in-transit");
    else if (k->icmp_code == 1)
        line_string(l, "ip reassembly time exceeded");
    else
        line_number(l, "time exceeded-#", k->icmp_code, "");
}

static void print_parameter(struct line *l, const struct bonnet_packet *k)
{
    if (k->icmp_code != 0)
        line_number(l, "parameter problem - code ", k->icmp_code, "");
    else
        line_number(l, "parameter problem - octet ", k->icmp_rest >> 24, "");
}
