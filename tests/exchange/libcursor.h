/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A place in a text that is read from left to right. What could not be read is remembered, once:
 * after a failure every call says no, so that a reader may read a whole line and look at the end.
 */
#ifndef BONNET_TESTS_EXCHANGE_LIBCURSOR_H
#define BONNET_TESTS_EXCHANGE_LIBCURSOR_H

#include <bonnet/types.h>

struct cursor {
    const char *p;
    const char *error; /* what was expected at p; NULL: nothing is wrong */
};

/* Takes the token, after blanks. False: it is not there, which is no failure. */
bool cursor_take(struct cursor *c, const char *token);
/* It must be there. */
bool cursor_need(struct cursor *c, const char *token);
/* Is the token there? Nothing is taken. */
bool cursor_sees(const struct cursor *c, const char *token);
/* A number, decimal or 0x; a minus may precede it. */
bool cursor_number(struct cursor *c, int64_t *out);
/* Seconds with up to nine decimals, `.02`, `3`, `1.5`, in ns. */
bool cursor_seconds(struct cursor *c, bonnet_time *out);
/* Letters, digits and _, at most max - 1. */
bool cursor_word(struct cursor *c, char *out, size_t max);
/* Nothing but blanks or a comment is left. */
bool cursor_is_at_end(struct cursor *c);
void cursor_fail(struct cursor *c, const char *expected);

#endif
