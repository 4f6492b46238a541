/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stack, b of a pair, and a third party that the test plays by hand: it speaks from a's
 * address, and a hears nothing of what b answers.
 */
#ifndef TESTS_STACK_LIBALONE_H
#define TESTS_STACK_LIBALONE_H

#include "libpair.h"

#define ALONE_PORT 80 /* of b: where the third party's segments go */

/* What b has said since alone_begin(). */
struct alone {
    uint64_t by_reason[BONNET_REASONS_END]; /* frames */
    uint64_t bytes;                         /* of all frames */
    struct tcp_seg last;                    /* the last segment; its text is gone */
};
extern struct alone alone;

/* A pair with these limits where they are not 0, and the hook. limits may be NULL. */
void alone_begin(struct pair *p, const struct bonnet_limits *limits);

/* The hook: keeps what b says from a, and notes it. */
bool alone_keep(struct pair *p, struct pair_frame *f);

/* A segment without text from this port; b answers. Numbers are absolute. */
void alone_inject(struct pair *p, uint16_t sport, uint16_t flags, uint32_t seq_at, uint32_t ack_at);

/* A handshake from this port, beginning with number 1000. Returns b's ISN. */
uint32_t alone_shake(struct pair *p, uint16_t sport);

/* All that was put in by hand reaches b before b may say a word. */
void alone_deliver_at_once(struct pair *p);

/* How often b gave this reason, and its totals. */
uint64_t alone_given(const struct pair *p, enum bonnet_reason reason);
struct bonnet_totals alone_totals(const struct pair *p);

#endif
