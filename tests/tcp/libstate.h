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

/* One test each: *state is the struct begun (cmocka_unit_test_prestate). */
void resets_count_only_at_rcv_nxt(void **state);
void syns_are_challenged_wherever_they_lie(void **state);
void acks_out_of_range_are_challenged(void **state);
void segments_out_of_window_are_answered(void **state);
void timestamps_are_checked_first(void **state);
void all_flags_out_of_window_change_nothing(void **state);
/* After the peer's FIN: CLOSE-WAIT, CLOSING, LAST-ACK. */
void text_and_fin_after_the_fin_are_ignored(void **state);

#endif
