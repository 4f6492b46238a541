/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few types that every part of bonnet speaks: instants, addresses, endpoints, frames.
 *
 * Nothing here allocates, calls the system or depends on more than freestanding C, so that the
 * header serves firmware as well as a server. IPv4 and IPv6 share one address type: an IPv4 address
 * is held as its IPv4-mapped form (::ffff:a.b.c.d, RFC 4291 2.5.5.2). Ports are in host order.
 */
#ifndef BONNET_TYPES_H
#define BONNET_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define BONNET_API __attribute__((visibility("default")))
#else
#define BONNET_API
#endif

/* One stack. Many may live in a process; they share nothing. Not thread safe: one caller at
 * a time. */
struct bonnet;

/* An instant in nanoseconds since an origin of the host's choice, or a duration in nanoseconds. */
typedef uint64_t bonnet_time;

#define BONNET_NEVER UINT64_MAX /* an instant that does not come */
#define BONNET_US    ((bonnet_time)1000)
#define BONNET_MS    ((bonnet_time)1000000)
#define BONNET_S     ((bonnet_time)1000000000)

/* An address in network byte order; IPv4 as ::ffff:a.b.c.d. "Any" of IPv4 is ::ffff:0.0.0.0. */
struct bonnet_addr {
    _Alignas(8) uint8_t b[16];
};

/* The IPv4 address a.b.c.d. */
static inline struct bonnet_addr bonnet_ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    struct bonnet_addr r = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}};
    return r;
}

/* Address, port (host order) and, for link-local addresses only, the interface (0: none given). */
struct bonnet_endpoint {
    struct bonnet_addr addr;
    uint16_t port;
    uint16_t scope;
};

/* One piece of a frame that lies in several places. */
struct bonnet_slice {
    const void *data;
    uint32_t len; /* bytes */
};

/* Header, 64 KiB of text in pages of 4 KiB at any alignment, and one to spare. */
#define BONNET_SLICES_MAX 20

enum bonnet_gso { BONNET_GSO_NONE, BONNET_GSO_TCP4, BONNET_GSO_TCP6 };

/* A frame that goes out of a stack: gathered slices, valid until the next call into the stack. */
struct bonnet_tx {
    uint32_t len;        /* bytes of all slices together */
    uint16_t slices_n;   /* used entries of slices; the first holds all headers */
    uint16_t reason;     /* enum bonnet_reason: why this frame is sent */
    uint8_t gso;         /* enum bonnet_gso: the driver cuts the frame into segments of gso_size */
    bool needs_checksum; /* the driver stores a 16-bit sum at csum_start + csum_offset */
    uint16_t gso_size;   /* bytes of text in each segment, when gso is set */
    uint16_t header_len; /* bytes of link, network and transport header together, when gso is set */
    uint16_t csum_start; /* where summing begins, bytes from the start of the frame */
    uint16_t csum_offset; /* where the sum is stored, bytes from csum_start */
    struct bonnet_slice slices[BONNET_SLICES_MAX];
};

/* A frame that comes in: contiguous, borrowed for the length of the call. */
struct bonnet_rx {
    const void *data;
    uint32_t len;      /* bytes */
    uint16_t gso_size; /* not 0: a coalesced frame, made of segments with this many bytes of text */
    bool checksum_good; /* the driver vouches for the transport checksum */
};

#endif
