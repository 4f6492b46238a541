/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A street: two kernels, each a network namespace with a TUN device, joined by an emulated link
 * that this program carries packets over in real time. A stack of bonnet may live at the sender's
 * end.
 */
#ifndef BENCH_PATHS_STREET_H
#define BENCH_PATHS_STREET_H

#include <bonnet/host.h>

/* One end of the link and who lives there. */
struct side {
    struct bonnet_driver *tun, *end;
    int socket; /* a TCP socket of this namespace, not bound yet */
    int second; /* and another */
};

struct street {
    struct side sides[2];
    struct bonnet *bn; /* beside sides[0]'s kernel; NULL: nobody */
    int ifx;
};

#define STREET_SENDER   "10.9.0.1"
#define STREET_RECEIVER "10.9.0.2"

/* Address of the stack. */
struct bonnet_addr street_addr(unsigned number);

/* Both sides new, nothing of earlier streets remembered. words: of the link. 0 or -errno. */
int street_open(struct street *s, const char *words, bool with_bonnet);
void street_close(struct street *s);

/* Carries packets until then. turn is called now and then; NULL: nothing else to do. */
void street_carry(struct street *s, bonnet_time until, void (*turn)(void *ctx), void *ctx);

#endif
