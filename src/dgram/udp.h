/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A UDP socket's two queues of datagrams (RFC 768). It knows no socket handle and no IP: datagrams
 * come and go as values with their endpoints.
 *
 * Receive: bounded by bytes of real memory (struct and text), so that tiny datagrams cannot bloat
 * us; a full queue drops the newcomer. Send: datagrams wait only while the interface is busy or the
 * neighbour is being asked for; bounded likewise, the caller gets -EAGAIN.
 */
#ifndef DGRAM_UDP_H
#define DGRAM_UDP_H

#include "base/env.h"
#include "base/list.h"
#include "wire/addr.h"

struct udp_entry {
    struct udp_entry *next;
    struct bonnet_endpoint remote;
    struct bonnet_addr local; /* received: the address it was sent to; to send: source, or any */
    uint32_t len;             /* bytes of text, which follow the struct */
    uint8_t tos, ttl;         /* to send */
    bool broadcast;           /* received */
    uint8_t text[];
};

struct udp_queue {
    struct udp_entry *head;
    struct udp_entry **tail;
    uint32_t bytes; /* memory charged */
    uint32_t n;
};

/* Stays where it was initialised: the queues point into it. */
struct udp_conn {
    struct udp_queue in;
    struct udp_queue out;
    uint32_t rcvbuf, sndbuf; /* bytes of memory */
    uint32_t drops;          /* datagrams refused: queue full */
};

void udp_init(struct udp_conn *u, const struct env *e);
void udp_fini(struct udp_conn *u, struct env *e);

/* A datagram arrives: its fields are head's, its text lies at text. R_NONE, UDP_RCVBUF_FULL, or
 * MEMORY. An empty queue takes any datagram, however small rcvbuf is. */
enum bonnet_reason udp_deliver(struct udp_conn *u, struct env *e, const struct udp_entry *head,
                               const uint8_t *text);

/* Takes the oldest datagram: the caller frees it with udp_entry_free. NULL: none. */
struct udp_entry *udp_take(struct udp_queue *q);
const struct udp_entry *udp_peek(const struct udp_queue *q);

/* d may be NULL. */
void udp_entry_free(struct env *e, struct udp_entry *d);

/* A datagram to be sent: its fields are head's (but for len), its text is gathered from iov. 0;
 * -EAGAIN: the queue is full (an empty one takes any datagram); -ENOBUFS: no memory; -EMSGSIZE:
 * more than 65507 bytes. */
int udp_queue_send(struct udp_conn *u, struct env *e, const struct udp_entry *head,
                   const struct bonnet_slice *iov, size_t iov_n);

#endif
