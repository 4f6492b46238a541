/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a filter, one by one: what `ss` and `dump` read their filters with.
 *
 * Words may come in one argument or in many, and symbols need no blanks around them. The first
 * mistake is kept with the token it was found at; what follows it changes nothing.
 */
#ifndef TOOLS_TOKENS_H
#define TOOLS_TOKENS_H

#include <stdbool.h>

#define TOKENS_TEXT_MAX 4096 /* of all words together, bytes */
#define TOKEN_MAX       256

/* What is wrong with the words. */
struct filter_error {
    char word[128]; /* "" at the end */
    const char *expected;
};

struct tokens {
    char text[TOKENS_TEXT_MAX]; /* all words */
    const char *at;             /* behind token */
    char token[TOKEN_MAX];      /* the present one; "" at the end */
    const char *symbols;        /* each a token of its own, if need be with a second one */
    struct filter_error *error;
    bool failed;
};

/* Begins with the first of n words. false: they are too long, and *error says so. */
bool tokens_begin(struct tokens *t, int n, char **words, struct filter_error *error);

void tokens_next(struct tokens *t);
bool tokens_is(const struct tokens *t, const char *word);

/* Is the token this word? Then the next one is. */
bool tokens_take(struct tokens *t, const char *word);

/* The token is none of what was expected. Returns 0, the number of a node that does not count. */
unsigned tokens_fail(struct tokens *t, const char *expected);

#endif
