/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door between the writer of captures (pcapng.c) and the tee that feeds it (pcapng_tee.c).
 */
#ifndef BONNET_HOST_PCAPNG_H
#define BONNET_HOST_PCAPNG_H

#include <bonnet/host.h>

enum pcapng_direction { PCAPNG_IN = 1, PCAPNG_OUT = 2 }; /* the values of epb_flags */

struct pcapng_packet {
    uint32_t interface;
    enum pcapng_direction direction;
    uint64_t at; /* ns since 1970, or since the beginning of a virtual clock */
    const void *data;
    uint32_t len;
    const char *comment; /* NULL: none */
};

/* Tells the file of an interface. Its number is *out. -errno if the file is broken or closed. */
int pcapng_interface_add(struct bonnet_pcapng *p, const struct bonnet_driver *d, uint32_t *out);

/* A failure is remembered until the file is closed, and ends the writing. */
void pcapng_packet_write(struct bonnet_pcapng *p, const struct pcapng_packet *packet);
void pcapng_fail(struct bonnet_pcapng *p, int error);

/* A file lives as long as somebody holds it; after bonnet_pcapng_close() it takes nothing any more.
 */
void pcapng_hold(struct bonnet_pcapng *p);
void pcapng_release(struct bonnet_pcapng *p);

#endif
