/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An attacker on the wire of a world, driven by a program of bytes: an operation a byte, its
 * operands behind it, zeros when they run out.
 *
 * Three modes. BLIND: the attacker injects what an outsider could send; it is told ports and
 * sequence numbers, but says nothing with them that the peer itself could say (peer_could_say() in
 * libinject.c draws the line). LOSSY: it may also drop, double, swap and replay what the honest
 * hosts send. FORGING: anything.
 */
#ifndef FUZZ_LIBATTACK_H
#define FUZZ_LIBATTACK_H

#include "libcraft.h"
#include "libstream.h"

enum attack_mode { ATTACK_BLIND, ATTACK_LOSSY, ATTACK_FORGING };

#define ATTACK_LISTEN_PORT 81
#define ATTACK_UDP_PORT    53
#define ATTACK_HISTORY     16              /* frames kept for replay */
#define ATTACK_PORTS       16              /* of the attacker */
#define ATTACK_SPENT_MAX   (30 * BONNET_S) /* what its pauses may add up to */

struct attack {
    struct world w;
    struct stream stream; /* the honest connection */
    enum attack_mode mode;
    int listener, udp; /* sockets of host 0 that anybody may talk to */
    const uint8_t *program;
    size_t left;
    bonnet_time spent;
    struct world_frame history[ATTACK_HISTORY]; /* frames of the honest hosts, to either */
    uint32_t history_n;
    uint32_t clock[2]; /* timestamps the honest hosts sent last */
    struct {
        tcp_seq next, ack; /* what host 0 would take for the next of this port */
    } port[ATTACK_PORTS];
};

struct attack_setting {
    enum attack_mode mode;
    enum bonnet_if_kind kind;
    uint32_t bytes[2]; /* of the streams, by host that sends */
    int rcvbuf;        /* SO_RCVBUF of both, 0 as it is */
};

/* The world, its honest connection, and the sockets. */
void attack_init(struct attack *a, const struct attack_setting *set);
void attack_fini(struct attack *a);

/* Carries out the program. */
void attack_run(struct attack *a, const uint8_t *program, size_t size);

/* Operands. */
uint8_t attack_u8(struct attack *a);
uint16_t attack_u16(struct attack *a);
uint32_t attack_u32(struct attack *a);
struct craft_bytes attack_bytes(struct attack *a, size_t max);

/* The operations that put something on the wire: libinject.c. */
void inject_raw(struct attack *a);
void inject_ip(struct attack *a);
void inject_as_peer(struct attack *a);
void inject_as_stranger(struct attack *a);
void inject_udp(struct attack *a);
void inject_icmp(struct attack *a);
void inject_fragment(struct attack *a);
void inject_arp(struct attack *a);

#endif
