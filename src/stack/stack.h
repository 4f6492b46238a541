/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conductor: walks each frame through the rooms, and asks each talker for the next one. Rooms
 * never call each other; what they say to each other passes through here as values.
 */
#ifndef STACK_STACK_H
#define STACK_STACK_H

#include "sock/sock.h"

/* ---- rx.c, rx_tcp.c, rx_icmp.c: the way in. Each gives the reason where it refuses, and returns
 * it. ---- */
enum bonnet_reason rx_tcp(struct bonnet *bn, const struct netif *n, const struct ip_in *in,
                          const struct bonnet_rx *frame);
enum bonnet_reason rx_udp(struct bonnet *bn, const struct netif *n, const struct ip_in *in,
                          const struct bonnet_rx *frame);
enum bonnet_reason rx_icmp(struct bonnet *bn, const struct netif *n, const struct ip_in *in);
/* An ICMP error about a packet that came in: sent if the rules and the rate allow it. */
void rx_send_icmp_error(struct bonnet *bn, int ifx, const struct ip_in *about, uint8_t type,
                        uint8_t code);

/* Gives a reason, if it is one. */
static inline enum bonnet_reason rx_refuse(struct bonnet *bn, enum bonnet_reason why)
{
    return why ? env_reason(&bn->env, why) : why;
}

/* ---- frame.c: headers around a transport segment ---- */
struct tx_packet {
    struct netif *netif;
    const struct eth_mac *to;
    struct bonnet_addr src, dst;
    uint8_t protocol;
    uint16_t id;      /* 0, or what tells its pieces from others' if it is cut (RFC 6864 4.1) */
    uint8_t tos, ttl; /* ttl 0: the default */
    bool dont_fragment;
    enum bonnet_reason reason;
};
/* Begins a frame for a packet whose transport header of header_len bytes the caller writes at the
 * place returned; text_len bytes follow in slices. */
uint8_t *frame_begin(struct bonnet *bn, struct bonnet_tx *tx, const struct tx_packet *p,
                     uint32_t header_len, uint32_t text_len);
/* Completes a TCP segment: its checksum, by us or by the driver, and its super-segment hints. The
 * slices after the first hold the text. */
void frame_finish_tcp(struct bonnet *bn, struct bonnet_tx *tx, const struct tx_packet *p,
                      const struct tcp_seg *s, uint8_t *header);

/* ---- pieces.c: a datagram larger than the MTU ---- */
/* A datagram whose transport header is eight bytes: UDP and ICMP. */
struct whole {
    const uint8_t *text;
    uint32_t len; /* bytes of text */
    uint16_t mtu;
    struct pieces *pieces;
};
/* The next frame of it: all of it, or a piece. Returns the place of the eight header bytes, to be
 * written by the caller, or NULL in a later piece; pieces->at is 0 again when it was the last. */
uint8_t *pieces_next(struct bonnet *bn, struct bonnet_tx *tx, struct tx_packet *p,
                     const struct whole *w);

/* ---- tx.c, tx_dgram.c: the way out. True: *tx is a frame. ---- */
bool tx_dgram(struct bonnet *bn, struct netif *n, struct dgram *d, struct bonnet_tx *tx);
bool tx_half_open(struct bonnet *bn, struct netif *n, struct half_open *h, struct bonnet_tx *tx);
bool tx_reply(struct bonnet *bn, struct netif *n, struct reply *r, struct bonnet_tx *tx);
bool tx_stream(struct bonnet *bn, struct netif *n, struct stream *s, struct bonnet_tx *tx);
/* Where a packet to dst goes: LINK_READY with *mac; the talker is parked, or refused. */
enum link_way tx_resolve(struct bonnet *bn, struct netif *n, struct talker *t, struct eth_mac *mac);

/* What the frame given last borrowed is not needed any more. */
void tx_release(struct bonnet *bn);

/* ---- tick.c ---- */
/* A half-open connection's SYN-ACK shall go (again). */
void half_open_talk(struct bonnet *bn, struct half_open *h);
/* The neighbour of these talkers does not answer. */
void tick_failed_neighbours(struct bonnet *bn);

#endif
