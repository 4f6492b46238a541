/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCP segment as a line of a script has it, and as bytes on the wire.
 */
#ifndef BONNET_TESTS_EXCHANGE_LIBPACKET_H
#define BONNET_TESTS_EXCHANGE_LIBPACKET_H

#include "libcursor.h"

enum packet_flag {
    PACKET_FIN = 1,
    PACKET_SYN = 2,
    PACKET_RST = 4,
    PACKET_PSH = 8,
    PACKET_ACK = 16,
    PACKET_URG = 32,
    PACKET_ECE = 64,
    PACKET_CWR = 128,
};

#define PACKET_OPTIONS_MAX 40
#define PACKET_FRAME_MAX   1500
#define PACKET_TEXT_MAX    240
#define PACKET_OPTION_TS   8
#define PACKET_OPTION_SACK 5

struct packet {
    uint16_t from, to; /* ports; 0: those of the connection under test */
    uint8_t flags;     /* enum packet_flag */
    uint8_t options_n; /* bytes */
    bool has_win, has_ecn;
    uint8_t ecn;      /* of the IP header: 0 noecn, 1 ect1, 2 ect0, 3 ce */
    bool any_options; /* `<...>`: whatever they are */
    uint16_t win, urg;
    uint32_t seq, ack, len;
    uint8_t options[PACKET_OPTIONS_MAX]; /* as on the wire */
};

/* Reads `P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 100 ecr 0>`; `[ce]` and `5001>8080` may
 * precede, in this order. */
bool packet_parse(struct cursor *c, struct packet *out);

/* The same notation, into text of PACKET_TEXT_MAX bytes. Returns text. */
char *packet_print(const struct packet *p, char *text);

/* The option of this kind in p: its first byte, or NULL. */
uint8_t *packet_option(struct packet *p, uint8_t kind);

/* 32 bits in network byte order. */
uint32_t packet_get32(const uint8_t *at);
void packet_put32(uint8_t *at, uint32_t value);

/* Addresses of the stack and of its peer, host byte order. */
#define PACKET_LOCAL_ADDR  0xc0a80001u /* 192.168.0.1 */
#define PACKET_REMOTE_ADDR 0xc0000201u /* 192.0.2.1 */

/* Writes p from the peer to the stack, with p->len bytes of text; all ports are given. Returns the
 * length of the frame; 0: it would be longer than PACKET_FRAME_MAX. */
uint32_t packet_encode(const struct packet *p, const uint8_t *text, uint8_t *frame);

/* Reads a frame from the stack to the peer; *text points into it. NULL, or what is wrong with it.
 */
const char *packet_decode(const uint8_t *frame, uint32_t len, struct packet *out,
                          const uint8_t **text);

#endif
