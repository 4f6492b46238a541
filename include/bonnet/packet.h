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
    BONNET_PACKET_OTHER, /* not spoken here, or broken before it could be told */
    BONNET_PACKET_ARP,
    BONNET_PACKET_TCP,
    BONNET_PACKET_UDP,
    BONNET_PACKET_ICMP,
    BONNET_PACKET_FRAGMENT, /* an IPv4 fragment but the first */
};

/* The first thing that is wrong with a packet; what comes after it was not read. */
enum bonnet_packet_flaw {
    BONNET_FLAW_NONE,
    BONNET_FLAW_CUT,        /* the frame ends before the headers do */
    BONNET_FLAW_VERSION,    /* no IPv4 header where there should be one */
    BONNET_FLAW_IP_HEADER,  /* an IP header of less than 20 bytes */
    BONNET_FLAW_IP_LENGTH,  /* an IP length less than that of its header */
    BONNET_FLAW_TCP_HEADER, /* a TCP header of less than 20 bytes, or longer than the packet */
    BONNET_FLAW_UDP_LENGTH, /* no room for a UDP header, or a UDP length less than that */
    BONNET_FLAW_ARP,        /* not of IPv4 over Ethernet */
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

#define BONNET_PACKET_SACKS_MAX   4
#define BONNET_PACKET_OPTIONS_MAX 40

struct bonnet_packet {
    enum bonnet_packet_kind kind;
    enum bonnet_packet_flaw flaw;
    struct bonnet_endpoint from, to; /* ports 0 where the protocol has none */
    uint16_t ether_type;             /* 0: the interface is not Ethernet */
    uint8_t version, ip_header_len;  /* of IP; bytes, as the header says */
    uint8_t ttl, tos, protocol;
    uint16_t id;          /* of IPv4 */
    uint16_t fragment_at; /* bytes */
    bool more_fragments;
    bool is_cut;          /* what is at hand of the frame ends before the packet does */
    uint32_t missing;     /* bytes by which the whole frame is shorter than the packet */
    uint32_t ip_len;      /* IP header and payload, bytes, as the header says */
    uint32_t payload_len; /* bytes behind the IP header, or the Ethernet header if it is not IP */
    const void *text;     /* payload of TCP or UDP, in the frame; NULL: not reached */
    uint32_t text_len;    /* bytes that the headers claim; all of them lie at text if not is_cut */
    uint32_t text_there;  /* bytes that lie there in any case */
    /* TCP */
    uint8_t header_len; /* bytes, as the header says */
    uint8_t flags;      /* enum bonnet_packet_flag */
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
    uint8_t options_n; /* bytes of options there are in the frame */
    uint8_t options[BONNET_PACKET_OPTIONS_MAX];
    /* UDP */
    uint16_t udp_len; /* bytes, as the header says */
    /* ICMP */
    uint8_t icmp_type, icmp_code;
    uint32_t icmp_rest; /* the second word: id and sequence, gateway, or next-hop MTU */
    struct {            /* the packet that an error is about; protocol 0: none */
        struct bonnet_endpoint from, to;
        uint8_t protocol;
    } quoted;
    /* ARP */
    uint16_t arp_operation; /* 1 request, 2 reply */
    uint8_t arp_from_mac[6], arp_to_mac[6];
};

/* Reads a frame of an interface of that kind. Never fails: what cannot be told is OTHER. */
BONNET_API void bonnet_packet_parse(enum bonnet_if_kind kind, const void *data, uint32_t len,
                                    struct bonnet_packet *out);

/* The same for a frame of whole bytes of which only the first len are at hand. */
BONNET_API void bonnet_packet_parse_front(enum bonnet_if_kind kind, const void *data, uint32_t len,
                                          uint32_t whole, struct bonnet_packet *out);

/* How a packet is printed. All zero: absolute numbers, addresses as numbers. */
struct bonnet_packet_style {
    bool relative;               /* subtract seq_base and ack_base from sequence numbers */
    uint32_t seq_base, ack_base; /* initial sequence numbers of the sender and the receiver */
    bool no_options;             /* leave out "options [...]" */
    bool no_addresses;           /* leave out "IP a.b.c.d.port > a.b.c.d.port: " */
    const char *from, *to;       /* names in place of addresses (the port is added); NULL: none */
};

/* Writes one line, as tcpdump -n does, without time and newline: "IP 10.0.0.1.40000 > 10.0.0.2.80:
 * Flags [P.], seq 1:101, ack 1, win 502, options [...], length 100". What tcpdump adds of the text
 * of protocols above TCP and UDP is left out. A SYN's own number is absolute, as with tcpdump, or 0
 * if style->relative and seq_base say so. buf is always terminated if max > 0. Returns the length
 * that the whole line has (as snprintf). */
BONNET_API size_t bonnet_packet_print(const struct bonnet_packet *p,
                                      const struct bonnet_packet_style *style, char *buf,
                                      size_t max);

/* Flags as tcpdump has them: "S.", "F.", ".", "none". buf of at least 10 bytes; returns it. */
BONNET_API char *bonnet_packet_flags(uint8_t flags, char *buf);

#endif
