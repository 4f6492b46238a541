/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the wire has seen of each direction of a connection: where its numbers began, for the
 * timeline, and where they are, for those who forge its next segment.
 */
#ifndef LAB_FLOW_H
#define LAB_FLOW_H

#include <bonnet/packet.h>

/* One direction of a connection. */
struct flow {
    struct bonnet_endpoint from, to;
    bool is_used;
    uint32_t iss;
    uint32_t nxt; /* the next number, if everything so far was sent once at least */
    /* As in the last segment. */
    uint16_t window;
    bool has_ts;
    uint32_t ts_val, ts_ecr;
};

struct flows {
    struct flow *table;
    uint32_t n, room; /* room: a power of two, or 0 */
};

void flows_fini(struct flows *f);

/* A packet goes onto the wire. 0 or -ENOMEM. */
int flows_note(struct flows *f, const struct bonnet_packet *p);

/* NULL: its beginning was not seen. */
const struct flow *flows_find(const struct flows *f, const struct bonnet_endpoint *from,
                              const struct bonnet_endpoint *to);

#endif
