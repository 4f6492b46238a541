/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets for people: a frame read into a value, and printed as tcpdump(8) prints it.
 *
 * Pure and freestanding: nothing is kept, nothing allocated. What a stack thinks of a packet is not
 * looked at here, only what is written in it; a frame that is broken is read as far as it goes.
 */
#ifndef BONNET_PACKET_H
#define BONNET_PACKET_H

#include <bonnet/netif.h>
#include <bonnet/types.h>

enum bonnet_packet_kind {
    BONNET_PACKET_OTHER, /* of a protocol that is not spoken here, or broken before it could be told
                          */
    BONNET_PACKET_ARP,
    BONNET_PACKET_TCP,
    BONNET_PACKET_UDP,
    BONNET_PACKET_ICMP,
    BONNET_PACKET_FRAGMENT, /* an IPv4 fragment but the first */
};

/* Flags of a TCP segment, as in its header. */
enum bonnet_packet_flag {
    BONNET_FIN = 0x01,
    BONNET_SYN = 0x02,
    BONNET_RST = 0x04,
    BONNET_PSH = 0x08,
    BONNET_ACK = 0x10,
    BONNET_URG = 0x20,
    BONNET_ECE = 0x40,
    BONNET_CWR = 0x80,
};

#define BONNET_PACKET_SACKS_MAX 4

struct bonnet_packet {
    enum bonnet_packet_kind kind;
    struct bonnet_endpoint from, to; /* ports 0 where the protocol has none */
    uint8_t ttl, tos, protocol;
    uint16_t id;      /* of IPv4 */
    bool is_cut;      /* the frame ended before the headers did */
    uint32_t ip_len;  /* IP header and payload, bytes */
    const void *text; /* payload of TCP or UDP, in the frame */
    uint32_t
        text_len; /* bytes that the headers claim; at most that many lie at text if not is_cut */
    /* TCP */
    uint8_t flags; /* enum bonnet_packet_flag */
    uint32_t seq, ack;
    uint16_t window; /* as in the header: not scaled */
    uint16_t urgent;
    uint16_t mss;  /* 0: no option */
    int8_t wscale; /* -1: no option */
    bool sack_ok, has_ts;
    uint32_t ts_val, ts_ecr;
    uint8_t sacks_n;
    struct {
        uint32_t from, to;
    } sacks[BONNET_PACKET_SACKS_MAX];
    /* ICMP */
    uint8_t icmp_type, icmp_code;
    /* ARP */
    uint16_t arp_operation; /* 1 request, 2 reply */
};

/* Reads a frame of an interface of that kind. Never fails: what cannot be told is OTHER. */
BONNET_API void bonnet_packet_parse(enum bonnet_if_kind kind, const void *data, uint32_t len,
                                    struct bonnet_packet *out);

/* How a packet is printed. All zero: absolute numbers, addresses as numbers. */
struct bonnet_packet_style {
    bool relative;               /* subtract seq_base and ack_base from sequence numbers */
    uint32_t seq_base, ack_base; /* initial sequence numbers of the sender and the receiver */
    bool no_options;             /* leave out "options [...]" */
    bool no_addresses;           /* leave out "IP a.b.c.d.port > a.b.c.d.port: " */
    const char *from, *to;       /* names in place of addresses (the port is added); NULL: none */
};

/* Writes one line, as tcpdump -n does, without time and newline:
 * "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], seq 1:101, ack 1, win 502, options [...], length
 * 100". A SYN's own number is never relative, as with tcpdump, unless style->relative, where it is
 * 0. buf is always terminated. Returns the length that the whole line has (as snprintf). */
BONNET_API size_t bonnet_packet_print(const struct bonnet_packet *p,
                                      const struct bonnet_packet_style *style, char *buf,
                                      size_t max);

/* Flags as tcpdump has them: "S.", "F.", ".", "none". buf of at least 10 bytes; returns it. */
BONNET_API char *bonnet_packet_flags(uint8_t flags, char *buf);

#endif
