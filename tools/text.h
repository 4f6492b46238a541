/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text that grows up to a limit: heads of responses, directory listings, one line of a table.
 *
 * Adding never fails at the call: a text that met its limit or had no memory stays as it was and
 * says so in failed, which its owner looks at once, at the end. p is always terminated, or NULL if
 * empty.
 */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
    char *p;
    size_t len;  /* bytes, without the terminating zero */
    size_t room; /* bytes allocated */
    size_t max;  /* bytes that room may grow to */
    bool failed; /* something did not fit */
};

void text_init(struct text *t, size_t max);
void text_fini(struct text *t);
void text_clear(struct text *t); /* empty again; the memory stays */

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t len);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *t, const char *format, ...);

/* s as text of HTML: & < > " ' become references. */
void text_add_html(struct text *t, const char *s);
/* s as a part of a URL path: all but RFC 3986's unreserved characters and '/' is percent-encoded.
 */
void text_add_url(struct text *t, const char *s);
/* s for a log: control characters, quotes, backslashes and bytes above ASCII become \xHH, so that a
 * client cannot write lines of its own into it, or move the cursor of the one who reads it. */
void text_add_visible(struct text *t, const char *s);

#endif
