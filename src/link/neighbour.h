/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The neighbour table as the files of this room see it: what may happen to an entry, named by
 * facts.
 */
#ifndef LINK_NEIGHBOUR_H
#define LINK_NEIGHBOUR_H

#include "link/link.h"

/* The entry of an address on an interface, or NULL. */
struct neighbour *neighbour_find(const struct link *l, const struct env *e,
                                 const struct link_hop *hop);

/* It answered a question of ours, or proved to be alive at the address we have: mac is right. */
void neighbour_on_confirmed(struct link *l, struct env *e, struct neighbour *nb,
                            struct eth_mac mac);

/* It said unasked that it lives at mac: worth trying, not proved. */
void neighbour_on_announced(struct link *l, struct env *e, struct neighbour *nb,
                            struct eth_mac mac);

/* Is a question to it unanswered? */
static inline bool neighbour_is_asked(const struct neighbour *nb)
{
    return nb->state == NEIGHBOUR_INCOMPLETE || nb->state == NEIGHBOUR_PROBE;
}

/* The stack ends: entries go, talkers are left as they are. */
void neighbours_free(struct link *l, struct env *e);

#endif
