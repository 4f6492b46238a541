/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TUN or TAP device of the test's own, 10.99.0.1 at the kernel's end, and packets made by hand.
 */
#ifndef BONNET_TESTS_HOST_LIBTUN_H
#define BONNET_TESTS_HOST_LIBTUN_H

#include <bonnet/host.h>

#define TUN_DEVICE "bonnet-test0"
#define TUN_MTU    1400

/* Enters a network namespace of its own. False: none is to be had, or no device in it. */
bool tun_is_to_be_had(void);

/* Opens the device, up, with MTU TUN_MTU. */
struct bonnet_driver *tun_open(bool tap, bool plain);

/* The next frame from the kernel with this Ethernet type (TUN: any IPv4 packet), within a second.
 */
struct bonnet_rx tun_next(struct bonnet_driver *d, uint16_t ether_type);

/* RFC 1071's sum over big-endian words, folded, on top of sum. */
uint16_t tun_sum(const uint8_t *p, size_t len, uint32_t sum);

void tun_put16(uint8_t *p, unsigned value);
void tun_put32(uint8_t *p, uint32_t value);
uint32_t tun_get32(const uint8_t *p);

/* Writes an IPv4 header without options from 10.99.0.2 to 10.99.0.1 before len bytes of payload,
 * and returns the sum of the pseudo-header. */
uint16_t tun_ip_header(uint8_t *p, uint8_t protocol, size_t len);

#endif
