/* SPDX-License-Identifier: BSD-2-Clause */
/* What all synchronized states have in common: the steps before the state matters (RFC
 * 9293 3.10.7.4, first to fifth). */
#ifndef TESTS_LIBSTATE_H
#define TESTS_LIBSTATE_H

#include "libtcp.h"

/* A state: how it begins, and its numbers then, relative. */
struct begun {
    void (*begin)(struct t *t);
    uint32_t una, nxt; /* SND */
    uint32_t rcv;      /* RCV.NXT */
};

/* One test each, to be called by the file of the state. */
void resets_count_only_at_rcv_nxt(const struct begun *b);
void syns_are_challenged_wherever_they_lie(const struct begun *b);
void acks_out_of_range_are_challenged(const struct begun *b);
void segments_out_of_window_are_answered(const struct begun *b);
void timestamps_are_checked_first(const struct begun *b);
void all_flags_out_of_window_change_nothing(const struct begun *b);
/* After the peer's FIN: CLOSE-WAIT, CLOSING, LAST-ACK. */
void text_and_fin_after_the_fin_are_ignored(const struct begun *b);

#endif
