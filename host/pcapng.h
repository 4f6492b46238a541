/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door between the writer of captures (pcapng.c) and the tee that feeds it (pcapng_tee.c).
 */
#ifndef BONNET_HOST_PCAPNG_H
#define BONNET_HOST_PCAPNG_H

#include "cause.h"

/* Tells the file of the interface that driver is; numbers and errors as
 * bonnet_pcapng_interface(). */
int pcapng_driver_add(struct bonnet_pcapng *p, const struct bonnet_driver *d);

/* What the stack of this capture said about its frames. */
struct cause *pcapng_cause(struct bonnet_pcapng *p);

/* A failure is remembered until the file is closed, and ends the writing. */
void pcapng_fail(struct bonnet_pcapng *p, int error);

/* A file lives as long as somebody holds it; after bonnet_pcapng_close() it takes nothing any more.
 */
void pcapng_hold(struct bonnet_pcapng *p);
void pcapng_release(struct bonnet_pcapng *p);

#endif
