/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequence numbers (RFC 9293 3.4): points on a circle of 2^32, which have no order of their own.
 *
 * A struct, so that `<` and `-` do not compile: the circle is left only through these functions.
 * Comparison is meaningful for points less than 2^31 apart.
 */
#ifndef BASE_SEQ_H
#define BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t v;
} tcp_seq;

static inline tcp_seq seq(uint32_t v)
{
    return (tcp_seq){v};
}

static inline tcp_seq seq_add(tcp_seq a, uint32_t n)
{
    return (tcp_seq){a.v + n};
}

static inline tcp_seq seq_sub(tcp_seq a, uint32_t n)
{
    return (tcp_seq){a.v - n};
}

/* Steps from b forward to a: negative if a lies before b. */
static inline int32_t seq_diff(tcp_seq a, tcp_seq b)
{
    return (int32_t)(a.v - b.v);
}

/* Steps from b forward to a, where a is known not to lie before b. */
static inline uint32_t seq_span(tcp_seq a, tcp_seq b)
{
    return a.v - b.v;
}

static inline bool seq_eq(tcp_seq a, tcp_seq b)
{
    return a.v == b.v;
}

static inline bool seq_lt(tcp_seq a, tcp_seq b)
{
    return seq_diff(a, b) < 0;
}

static inline bool seq_le(tcp_seq a, tcp_seq b)
{
    return seq_diff(a, b) <= 0;
}

static inline bool seq_gt(tcp_seq a, tcp_seq b)
{
    return seq_diff(a, b) > 0;
}

static inline bool seq_ge(tcp_seq a, tcp_seq b)
{
    return seq_diff(a, b) >= 0;
}

static inline tcp_seq seq_max(tcp_seq a, tcp_seq b)
{
    return seq_lt(a, b) ? b : a;
}

static inline tcp_seq seq_min(tcp_seq a, tcp_seq b)
{
    return seq_lt(a, b) ? a : b;
}

#endif
