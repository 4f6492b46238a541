/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network namespace of the benchmark's own: its loopback and its TAP devices are nobody else's,
 * and nothing of them is left when the program ends.
 */
#ifndef BENCH_NETNS_H
#define BENCH_NETNS_H

#include <stdbool.h>

/* Moves the calling thread, and those it makes later, into a new namespace with loopback up.
 * Without the right to, it stays where it is: the rows that need TAP devices then say so. */
void netns_enter(void);

/* Is this a namespace of our own? */
bool netns_is_ours(void);

/* Gives the kernel's end of an interface its address (/24) and MTU, and brings it up. 0 or -errno.
 */
int netns_configure(const char *name, const unsigned char address[4], unsigned mtu);

/* A TAP device's descriptor, non-blocking. virtio_net: frames carry a struct virtio_net_hdr (10
 * bytes) and the kernel may hand over and take super-frames. Returns it or -errno. */
int netns_tap(const char *name, bool virtio_net);

#endif
