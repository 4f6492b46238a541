/* SPDX-License-Identifier: BSD-2-Clause */
/* Reassembly as input and tick see it. */
#ifndef IP_REASS_H
#define IP_REASS_H

#include "ip/ip.h"

/* A fragment arrives: *in is what ip_input knows of it. R_NONE: it was the missing one, *in is now
 * the whole datagram, which lives until reass_release. FRAGMENT_HELD, or the reason to drop it. */
enum bonnet_reason reass_input(struct ip *ip, struct env *e, struct ip_in *in);

/* Frees what was handed up last. */
void reass_release(struct ip *ip, struct env *e);

/* See ip_tick(). */
bool reass_tick(struct ip *ip, struct env *e, struct ip_in *about);

void reass_fini(struct ip *ip, struct env *e);

#endif
