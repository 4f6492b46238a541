/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of ip/ share: a host 10.7.0.2/24 on interface 1 with a neighbour 10.7.0.1, and
 * packets to it that are written by naming what is unusual about them.
 */
#ifndef TESTS_IP_LIBIP_H
#define TESTS_IP_LIBIP_H

#include "base/libbase.h"
#include "ip/ip.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct host {
    struct world w;
    struct ip ip;
    struct ip_in in; /* of the last packet */
};

/* A packet; a field that is left zero is the usual one. */
struct packet {
    struct bonnet_addr src, dst; /* of the peer, and ours */
    uint8_t protocol;            /* UDP */
    uint8_t tos, ttl;            /* 0, 64 */
    uint16_t id, at;
    bool df, more;
    const void *options;
    uint32_t options_len;
    const void *text;
    uint32_t len;
    int ifx;           /* 1 */
    bool group;        /* came to a link-layer group */
    uint32_t padding;  /* bytes of the link behind it */
    uint32_t misalign; /* bytes by which it lies off a word */
};

struct bonnet_addr a4(uint32_t v); /* 0x0a070001 is 10.7.0.1 */

void host_begin(struct host *h);

/* Ends it and checks that all memory came back. */
void host_end(struct host *h);

/* Writes the packet to p; returns its length without padding. */
uint32_t write_packet(const struct packet *p, uint8_t *to);

/* Makes the header checksum right after a change. */
void seal_header(uint8_t *p);

/* The bytes arrive, in memory that ends where they end. */
enum bonnet_reason arrive_bytes(struct host *h, const uint8_t *p, uint32_t len);
enum bonnet_reason arrive_packet(struct host *h, const struct packet *p);
#define arrive(h, ...) arrive_packet(h, &(struct packet){__VA_ARGS__})

/* Text whose byte at offset i depends on i, bytes at .. at + len of 70000 that there are. */
const uint8_t *pattern(uint32_t at);

/* A fragment of the pattern. */
#define piece(h, Id, At, Len, More) \
    arrive(h, .id = (Id), .at = (At), .text = pattern(At), .len = (Len), .more = (More))

/* Is the last packet's text the first len bytes of the pattern, and its header true of it? */
void is_whole(const struct host *h, uint32_t len);

void pass(struct host *h, bonnet_time ns);

#endif
