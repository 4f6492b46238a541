/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct virtio_net_hdr_v1 from and to bonnet's frames.
 *
 * The device speaks the machine's byte order unless it is asked otherwise (TUNSETVNETLE), so the
 * fields are plain integers. num_buffers says something only where buffers are merged, which a
 * TUN device never does.
 */
#include "vnet.h"

#include <assert.h>
#include <linux/virtio_net.h>
#include <string.h>

static_assert(sizeof(struct virtio_net_hdr_v1) == VNET_BYTES, "the header of virtio 1.0");

static const uint8_t gso_types[] = {
    [BONNET_GSO_NONE] = VIRTIO_NET_HDR_GSO_NONE,
    [BONNET_GSO_TCP4] = VIRTIO_NET_HDR_GSO_TCPV4,
    [BONNET_GSO_TCP6] = VIRTIO_NET_HDR_GSO_TCPV6,
};

/* A frame that is to be cut needs its checksums made, whether it says so or not. */
void vnet_emit(const struct bonnet_tx *frame, unsigned char header[VNET_BYTES])
{
    struct virtio_net_hdr_v1 h = {.gso_type = gso_types[frame->gso]};
    if (frame->gso != BONNET_GSO_NONE) {
        h.gso_size = frame->gso_size;
        h.hdr_len = frame->header_len;
    }
    if (frame->needs_checksum || frame->gso != BONNET_GSO_NONE) {
        h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
        h.csum_start = frame->csum_start;
        h.csum_offset = frame->csum_offset;
    }
    memcpy(header, &h, VNET_BYTES);
}

/* NEEDS_CSUM: the frame was made on this machine and its checksum is left half done. No wire was in
 * between that could have changed a byte, so the frame is as good as one that was verified. */
void vnet_parse(const unsigned char header[VNET_BYTES], struct bonnet_rx *frame)
{
    struct virtio_net_hdr_v1 h;
    memcpy(&h, header, VNET_BYTES);
    uint8_t type = h.gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
    bool tcp = type == VIRTIO_NET_HDR_GSO_TCPV4 || type == VIRTIO_NET_HDR_GSO_TCPV6;
    frame->gso_size = tcp ? h.gso_size : 0;
    frame->checksum_good = h.flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID);
}
