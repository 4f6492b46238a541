/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments that no stack sent: what they look like, as values and as frames.
 *
 * Pure: who has the wire puts them there.
 */
#ifndef LAB_FORGE_H
#define LAB_FORGE_H

#include "flow.h"
#include "scenario.h"

#define FORGE_FRAME_MAX 1500u
#define FORGE_TEXT_MAX  (FORGE_FRAME_MAX - 80u) /* IP, TCP and their options */

struct forgery {
    struct bonnet_endpoint from, to;
    uint32_t seq, ack, text_len;
    uint8_t flags;
    uint16_t window, mss; /* mss 0: no option */
    bool has_ts;
    uint32_t ts_val, ts_ecr;
};

/* The n-th segment of strangers. random: the state of lab_random(). */
struct forgery forge_of_stranger(const struct lab_forgery *what, unsigned n, uint64_t *random);

/* What the sender of a flow would send next, moved by what the scenario says. base has the ends,
 * and the next numbers of both as seq and ack; flow: NULL, or what the wire has seen of it. */
struct forgery forge_in_flow(const struct lab_forgery *what, const struct forgery *base,
                             const struct flow *flow);

/* Writes the frame (raw IP) into FORGE_FRAME_MAX bytes and returns its length. */
uint32_t forge_build(const struct forgery *f, uint8_t *frame);

#endif
