/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a printed packet that have a file of their own: see packet_print.c. */
#ifndef WIRE_PACKET_LINES_H
#define WIRE_PACKET_LINES_H

#include "bonnet/packet.h"
#include "wire/line.h"

/* What follows the addresses, "Flags [S], seq 1, ..." or "ICMP echo request, ...". */
void packet_print_tcp(struct line *l, const struct bonnet_packet *k,
                      const struct bonnet_packet_style *style);
void packet_print_icmp(struct line *l, const struct bonnet_packet *k);

#endif
