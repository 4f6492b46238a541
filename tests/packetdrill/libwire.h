/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packetdrill's part, played by a test: the object is loaded as packetdrill loads it, and called
 * through the table only. The peer is 192.0.2.1:40000, the stack 192.168.0.1:8080.
 */
#ifndef BONNET_TESTS_PACKETDRILL_LIBWIRE_H
#define BONNET_TESTS_PACKETDRILL_LIBWIRE_H

#include "interface.h"

#include <bonnet/packet.h>

#define PEER_ISN 5000u

/* Loads the object, and fills in the table anew. */
void wire_begin(struct interface *i);
/* A function that the object exports. */
void *wire_symbol(const char *name);

/* A segment from the peer; seq counts from its SYN. */
void wire_send(struct interface *i, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len);
/* The next segment from the stack, and its instant in us. */
struct bonnet_packet wire_receive(struct interface *i, long long *at_us);

/* The table's clock, us. */
long long wire_now(struct interface *i);

/* A listening socket, and a connection of it: *isn is the stack's. */
int wire_listener(struct interface *i);
int wire_connection(struct interface *i, uint32_t *isn);

#endif
