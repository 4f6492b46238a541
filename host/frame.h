/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an emulated device does to a frame because a real one does: completing checksums that the
 * stack left to it, and cutting super-frames into those that a wire carries.
 */
#ifndef BONNET_HOST_FRAME_H
#define BONNET_HOST_FRAME_H

#include <bonnet/host.h>

/* Copies a frame's slices into buf, which has room for frame->len bytes, and completes its checksum
 * if it asks for that. */
void frame_gather(const struct bonnet_tx *frame, uint8_t *buf);

/* Copies as it is. */
void frame_gather_raw(const struct bonnet_tx *frame, uint8_t *buf);

/* Where the parts of a TCP or UDP packet are, in bytes from the start of the frame. */
struct frame_view {
    uint32_t ip, transport, text, end;
    uint8_t protocol; /* 6 or 17 */
    bool ip6;
};

/* False: it is not a whole TCP or UDP packet over IPv4 or plain IPv6. */
bool frame_look(const struct bonnet_rx *frame, enum bonnet_if_kind kind, struct frame_view *v);

/* Stores the transport checksum that belongs to data. */
void frame_checksum(uint8_t *data, const struct frame_view *v);

/* Writes the piece of a TCP super-frame whose text begins at offset into out, which has room for
 * the whole one, with all its checksums. Returns its length in bytes. */
uint32_t frame_cut(const struct bonnet_rx *super, const struct frame_view *v, uint32_t offset,
                   uint8_t *out);

#endif
