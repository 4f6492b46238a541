/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of the scenario language that stand for values: one table for each kind of word.
 *
 * Tables end with a NULL text. Where two words mean the same (read and recv), the first is the one
 * that is printed.
 */
#ifndef LAB_WORDS_H
#define LAB_WORDS_H

#include "scenario.h"

struct word {
    const char *text;
    int value;
};

extern const struct word words_calls[];   /* enum lab_call */
extern const struct word words_gauges[];  /* enum lab_gauge */
extern const struct word words_states[];  /* enum bonnet_tcp_state */
extern const struct word words_options[]; /* enum bonnet_option */
extern const struct word words_flags[];   /* of send and recv: enum bonnet_msg */
extern const struct word words_polls[];   /* enum bonnet_poll_bits */
extern const struct word words_errors[];  /* errno */
extern const struct word words_hows[];    /* enum bonnet_how */
extern const struct word words_units[];   /* index into words_unit_ns[] */
extern const struct word words_limits[];  /* what `set` sets; the value says nothing */

extern const bonnet_time words_unit_ns[];

/* What a socket option's value is written as. */
enum word_option_kind {
    WORD_OPTION_NUMBER,
    WORD_OPTION_LINGER,  /* {1, 5s} */
    WORD_OPTION_TIME,    /* a duration */
    WORD_OPTION_SECONDS, /* a number of them, or a duration */
    WORD_OPTION_MS,      /* likewise */
    WORD_OPTION_NAME,    /* "reno" */
    WORD_OPTION_STRUCT,  /* not one value: TCP_INFO */
};

enum word_option_kind word_option_kind(enum bonnet_option option);
bool word_option_is_get_only(enum bonnet_option option);

/* The entry of the table that is the n bytes at p; NULL: none. alike: case, '-' and '_' are not
 * looked at. */
const struct word *word_find(const struct word *table, const char *p, size_t n);
const struct word *word_find_alike(const struct word *table, const char *p, size_t n);

/* How many letters, in any case, must be changed, added, left out or swapped with their neighbour
 * to make text of the n bytes at p; UINT_MAX if one of them is longer than any word of the
 * language. */
unsigned word_distance(const char *p, size_t n, const char *text);

#endif
