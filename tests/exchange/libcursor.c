/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading tokens; see libcursor.h.
 */
#include "libcursor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void skip_blanks(struct cursor *c)
{
    while (*c->p && isspace((unsigned char)*c->p))
        c->p++;
}

void cursor_fail(struct cursor *c, const char *expected)
{
    if (!c->error) c->error = expected;
}

bool cursor_take(struct cursor *c, const char *token)
{
    if (c->error || !cursor_sees(c, token)) return false;
    skip_blanks(c);
    c->p += strlen(token);
    return true;
}

bool cursor_need(struct cursor *c, const char *token)
{
    if (cursor_take(c, token)) return true;
    cursor_fail(c, token);
    return false;
}

bool cursor_sees(const struct cursor *c, const char *token)
{
    struct cursor ahead = *c;
    skip_blanks(&ahead);
    return strncmp(ahead.p, token, strlen(token)) == 0;
}

bool cursor_number(struct cursor *c, int64_t *out)
{
    skip_blanks(c);
    const char *digits = *c->p == '-' ? c->p + 1 : c->p;
    if (c->error || !isdigit((unsigned char)*digits)) {
        cursor_fail(c, "a number");
        return false;
    }
    bool hex = digits[0] == '0' && digits[1] == 'x';
    char *end;
    *out = strtoll(c->p, &end, hex ? 16 : 10);
    c->p = end;
    return true;
}

bool cursor_seconds(struct cursor *c, bonnet_time *out)
{
    bool has_digits = false;
    bonnet_time ns = 0;
    skip_blanks(c);
    for (; isdigit((unsigned char)*c->p); c->p++, has_digits = true)
        ns = ns * 10 + (bonnet_time)(*c->p - '0') * BONNET_S;
    if (c->p[0] == '.' && isdigit((unsigned char)c->p[1])) {
        c->p++;
        for (bonnet_time unit = BONNET_S / 10; isdigit((unsigned char)*c->p); c->p++, unit /= 10)
            ns += (bonnet_time)(*c->p - '0') * unit;
        has_digits = true;
    }
    if (c->error || !has_digits) {
        cursor_fail(c, "seconds");
        return false;
    }
    *out = ns;
    return true;
}

bool cursor_word(struct cursor *c, char *out, size_t max)
{
    size_t n = 0;
    skip_blanks(c);
    while (isalnum((unsigned char)c->p[n]) || c->p[n] == '_')
        n++;
    if (c->error || n == 0 || n >= max) {
        cursor_fail(c, "a word");
        return false;
    }
    memcpy(out, c->p, n);
    out[n] = '\0';
    c->p += n;
    return true;
}

bool cursor_is_at_end(struct cursor *c)
{
    skip_blanks(c);
    return *c->p == '\0' || strncmp(c->p, "//", 2) == 0;
}
