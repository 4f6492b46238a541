/* SPDX-License-Identifier: BSD-2-Clause */
/* Path MTUs as routing sees them. */
#ifndef IP_PMTU_H
#define IP_PMTU_H

#include "ip/ip.h"

/* What the path to dst is known to take, or 0. */
uint16_t pmtu_find(const struct ip *ip, const struct env *e, const struct bonnet_addr *dst);

/* Forgets what is too old. */
void pmtu_tick(struct ip *ip, struct env *e);

void pmtu_fini(struct ip *ip, struct env *e);

#endif
