/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text piece by piece, without allocation: each function writes at p and returns where it stopped,
 * with a NUL there. The caller knows the longest text that can come and offers that much room.
 */
#ifndef WIRE_TEXT_H
#define WIRE_TEXT_H

#include <stdint.h>

static inline char *text_string(char *p, const char *s)
{
    while (*s)
        *p++ = *s++;
    *p = '\0';
    return p;
}

/* v with the digits of base, 10 or 16, and no zeros in front. */
static inline char *text_number(char *p, uint32_t v, uint32_t base)
{
    char reversed[10];
    unsigned n = 0;
    do {
        reversed[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0);
    while (n > 0)
        *p++ = reversed[--n];
    *p = '\0';
    return p;
}

#endif
