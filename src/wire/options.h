/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A walk over the options of a TCP header, as they are written. tcp.c has a walk of its own: it is
 * on the way of every segment, and judges.
 */
#ifndef WIRE_OPTIONS_H
#define WIRE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum tcp_option_kind {
    TCP_KIND_END = 0,
    TCP_KIND_NOP = 1,
    TCP_KIND_MSS = 2,
    TCP_KIND_WSCALE = 3,
    TCP_KIND_SACK_PERMITTED = 4,
    TCP_KIND_SACK = 5,
    TCP_KIND_TIMESTAMPS = 8,
    TCP_KIND_USER_TIMEOUT = 28,
    TCP_KIND_FASTOPEN = 34,
};

/* One option; begins as {0}. */
struct tcp_option {
    unsigned next; /* where the one after it begins */
    uint8_t kind;
    uint8_t value_n;      /* bytes of value */
    const uint8_t *value; /* behind kind and length */
};

/* The next option of n bytes at p. False: there is none, or it is not whole. */
static inline bool tcp_option_next(const uint8_t *p, unsigned n, struct tcp_option *o)
{
    while (o->next < n && p[o->next] == TCP_KIND_NOP)
        o->next++;
    if (n - o->next < 2 || p[o->next] == TCP_KIND_END) return false;
    unsigned len = p[o->next + 1];
    if (len < 2 || len > n - o->next) return false;
    o->kind = p[o->next];
    o->value = p + o->next + 2;
    o->value_n = (uint8_t)(len - 2);
    o->next += len;
    return true;
}

#endif
