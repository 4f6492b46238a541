/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets that no honest host would send, made by hand but for the checksums, which are right. */
#ifndef FUZZ_LIBCRAFT_H
#define FUZZ_LIBCRAFT_H

#include "libworld.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

struct craft {
    uint32_t len;
    uint8_t b[WORLD_FRAME_MAX];
};

/* Bytes that go into a packet: options or text. */
struct craft_bytes {
    const uint8_t *p;
    uint32_t len;
};

/* h says all but header_len and total_len. */
void craft_ip4(struct craft *c, struct ip4_header h, struct craft_bytes payload);

/* What s says of options is not looked at; options, of up to 40 bytes, are filled up with ends of
 * list. */
void craft_tcp(struct craft *c, struct ip4_header h, const struct tcp_seg *s,
               struct craft_bytes options);

void craft_udp(struct craft *c, struct ip4_header h, const struct udp_datagram *d);

void craft_icmp(struct craft *c, struct ip4_header h, const struct icmp_message *m);

/* Puts an Ethernet header in front. */
void craft_frame(struct craft *c, const uint8_t dst[6], const uint8_t src[6], uint16_t type);

#endif
