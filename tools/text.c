/* SPDX-License-Identifier: BSD-2-Clause */
/* Growing and escaping of texts; the contract is in text.h. */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(struct text *t, size_t max)
{
    *t = (struct text){.max = max};
}

void text_fini(struct text *t)
{
    free(t->p);
    text_init(t, t->max);
}

void text_clear(struct text *t)
{
    t->len = 0;
    t->failed = false;
    if (t->p) t->p[0] = '\0';
}

/* Makes room for len more bytes and the terminating zero. */
static bool reserve(struct text *t, size_t len)
{
    if (t->failed || len >= t->max - t->len) {
        t->failed = true;
        return false;
    }
    size_t need = t->len + len + 1;
    if (need <= t->room) return true;
    size_t room = t->room ? t->room : 256;
    while (room < need)
        room *= 2;
    if (room > t->max) room = t->max;
    char *p = realloc(t->p, room);
    if (!p) {
        t->failed = true;
        return false;
    }
    t->p = p;
    t->room = room;
    return true;
}

void text_add_bytes(struct text *t, const char *s, size_t len)
{
    if (!reserve(t, len)) return;
    memcpy(t->p + t->len, s, len);
    t->len += len;
    t->p[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_add_bytes(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || !reserve(t, (size_t)len)) {
        t->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(t->p + t->len, (size_t)len + 1, format, args);
    va_end(args);
    t->len += (size_t)len;
}

static const char *html_reference(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void text_add_html(struct text *t, const char *s)
{
    for (; *s; s++) {
        const char *reference = html_reference(*s);
        if (reference)
            text_add(t, reference);
        else
            text_add_bytes(t, s, 1);
    }
}

static bool is_between(char c, char first, char last)
{
    return c >= first && c <= last;
}

static bool is_url_plain(char c)
{
    return is_between(c, 'a', 'z') || is_between(c, 'A', 'Z') || is_between(c, '0', '9') ||
           strchr("-._~/", c) != NULL;
}

void text_add_url(struct text *t, const char *s)
{
    for (; *s; s++) {
        if (is_url_plain(*s))
            text_add_bytes(t, s, 1);
        else
            text_addf(t, "%%%02X", (unsigned)(uint8_t)*s);
    }
}

void text_add_visible(struct text *t, const char *s)
{
    for (; *s; s++) {
        if (is_between(*s, ' ', '~') && *s != '"' && *s != '\\')
            text_add_bytes(t, s, 1);
        else
            text_addf(t, "\\x%02x", (unsigned)(uint8_t)*s);
    }
}
