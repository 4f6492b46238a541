/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header that stands before each frame of a TUN or TAP device with IFF_VNET_HDR: what a
 * super-frame is to be cut into, and which checksum is not made yet (Virtual I/O
 * Device 1.2, 5.1.6).
 */
#ifndef BONNET_HOST_VNET_H
#define BONNET_HOST_VNET_H

#include <bonnet/types.h>

#define VNET_BYTES 12

/* Writes the header of a frame that goes to the device. */
void vnet_emit(const struct bonnet_tx *frame, unsigned char header[VNET_BYTES]);

/* Tells *frame what the header of a frame from the device says; data and len are the caller's. */
void vnet_parse(const unsigned char header[VNET_BYTES], struct bonnet_rx *frame);

#endif
