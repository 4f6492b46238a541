/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One notation for segments, packetdrill's: "S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0>".
 * Used by tests, traces and tools; never allocates.
 */
#ifndef WIRE_PRINT_H
#define WIRE_PRINT_H

#include "wire/tcp.h"

#define WIRE_PRINT_MAX 256

/* Numbers relative to seq_base (of the sender) and ack_base (of the receiver). buf of
 * WIRE_PRINT_MAX. Returns buf. */
char *tcp_print(const struct tcp_seg *s, tcp_seq seq_base, tcp_seq ack_base, char *buf);

/* "10.0.0.1:80", buf of WIRE_PRINT_MAX. Returns buf. */
char *endpoint_print(const struct bonnet_endpoint *e, char *buf);

#endif
