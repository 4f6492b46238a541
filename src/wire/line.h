/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line that is written piece by piece into a buffer of any size, and counted beyond it: what does
 * not fit is left out, as with snprintf. Where the longest text is known, text.h is simpler.
 */
#ifndef WIRE_LINE_H
#define WIRE_LINE_H

#include "bonnet/netif.h"
#include "wire/text.h"

struct line {
    char *buf;
    size_t max;  /* bytes of buf, the NUL included */
    size_t used; /* length that the whole line has */
};

static inline void line_char(struct line *l, char c)
{
    if (l->used + 1 < l->max) {
        l->buf[l->used] = c;
        l->buf[l->used + 1] = '\0';
    }
    l->used++;
}

static inline void line_string(struct line *l, const char *s)
{
    while (*s)
        line_char(l, *s++);
}

/* before, v as a decimal number, after */
static inline void line_number(struct line *l, const char *before, uint32_t v, const char *after)
{
    char digits[11];
    text_number(digits, v, 10);
    line_string(l, before);
    line_string(l, digits);
    line_string(l, after);
}

/* Two digits for each byte. */
static inline void line_hex(struct line *l, const uint8_t *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        line_char(l, "0123456789abcdef"[p[i] >> 4]);
        line_char(l, "0123456789abcdef"[p[i] & 0xf]);
    }
}

static inline void line_addr(struct line *l, struct bonnet_addr addr)
{
    char text[BONNET_ADDR_TEXT];
    line_string(l, bonnet_addr_print(addr, text));
}

#endif
