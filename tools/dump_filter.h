/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of dump: that part of pcap-filter(7) which concerns hosts, ports and flags of TCP, and
 * words for what the stack thought of a packet.
 *
 *   expression = factor { ("and" | "&&" | "or" | "||") factor }
 *   factor     = ("not" | "!") factor | "(" expression ")" | condition
 *   condition  = [ PROTOCOL ] [ "src" | "dst" ] ( "host" ADDRESS | "port" NUMBER )
 *              | ("src" | "dst") ADDRESS | PROTOCOL | ADDRESS | NUMBER
 *              | "tcp[tcpflags]" [ "&" flags ] ("=" | "==" | "!=") flags
 *              | "in" | "inbound" | "out" | "outbound" | "dropped" | "reset" | "retransmitted"
 *   PROTOCOL   = "tcp" | "udp" | "icmp" | "arp" | "ip"
 *   flags      = flag { "|" flag } | "(" flags ")"
 *   flag       = "tcp-fin" | "tcp-syn" | ... | NUMBER
 *
 * An ADDRESS or NUMBER alone is asked for as the one before it was: "port 80 or 443". "and" and
 * "or" are taken from left to right, as pcap does: neither binds closer.
 */
#ifndef TOOLS_DUMP_FILTER_H
#define TOOLS_DUMP_FILTER_H

#include "dump.h"
#include "tokens.h"

#define DUMP_FILTER_MAX 128 /* conditions, "not", "and" and "or" together */

enum dump_op {
    DUMP_AND,
    DUMP_OR,
    DUMP_NOT,
    DUMP_HOST,
    DUMP_PORT,
    DUMP_PROTOCOL,
    DUMP_FLAGS,
    DUMP_IS_IN,
    DUMP_IS_OUT,
    DUMP_IS_DROPPED,
    DUMP_IS_RESET,
    DUMP_IS_RETRANSMITTED,
};

enum dump_protocol { DUMP_TCP, DUMP_UDP, DUMP_ICMP, DUMP_ARP, DUMP_IP };

struct dump_node {
    enum dump_op op;
    unsigned left, right;        /* AND, OR: both; NOT: left */
    bool src, dst;               /* HOST, PORT: which ends may be it */
    struct bonnet_addr addr;     /* HOST */
    uint16_t port;               /* PORT */
    enum dump_protocol protocol; /* PROTOCOL */
    uint8_t mask, value;         /* FLAGS */
    bool differs;                /* FLAGS: they are to differ from value */
};

struct dump_filter {
    struct dump_node nodes[DUMP_FILTER_MAX];
    unsigned n; /* the last one is the root; 0: everything passes */
};

/* Reads words. false: *error says why. */
bool dump_filter_parse(int words_n, char **words, struct dump_filter *out,
                       struct filter_error *error);

bool dump_filter_passes(const struct dump_filter *f, const struct dump_packet *p);

#endif
