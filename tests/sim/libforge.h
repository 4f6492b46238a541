/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets made by hand: IPv4 with TCP, UDP, ICMP or anything else in it, with right checksums.
 */
#ifndef BONNET_TESTS_SIM_LIBFORGE_H
#define BONNET_TESTS_SIM_LIBFORGE_H

#include <bonnet/types.h>

#define FORGED_BODY_MAX 400
#define FORGED_MAX      (20 + FORGED_BODY_MAX)

struct forged {
    struct bonnet_addr from, to;
    uint8_t protocol;
    uint8_t body[FORGED_BODY_MAX]; /* from the transport header on */
    uint32_t len;                  /* of it, bytes */
    uint16_t id, fragment;         /* fragment: flags and offset, as in the header */
};

void forge_put16(uint8_t *p, uint32_t v);
void forge_put32(uint8_t *p, uint32_t v);
/* The checksum of len bytes at p, and of what else has been summed, into two bytes at to. */
void forge_put_sum(uint8_t *to, const uint8_t *p, uint32_t len, uint32_t others);

/* A TCP header without options; sequence number, acknowledgment and window are 0. */
void forge_tcp(struct forged *f, uint16_t sport, uint16_t dport, uint8_t flags);

/* Completes the checksums and writes the packet. Its length. */
uint32_t forge_packet(struct forged *f, uint8_t out[FORGED_MAX]);

#endif
