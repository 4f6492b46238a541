/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges are kept sorted by their place on the circle, with at least one missing byte between any
 * two.
 *
 * Offsets have an order because all of a set lie within half of the circle (the caller's promise),
 * and because ranges do not touch, from and to are in the same order: one binary search serves
 * both.
 */
#include "base/ranges.h"

#include <errno.h>
#include <string.h>

#include "base/env.h"

#define ROOM_MIN 4u

static inline bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static inline uint32_t length(struct range x)
{
    return x.to - x.from;
}

void ranges_init(struct ranges *s)
{
    memset(s, 0, sizeof(*s));
}

void ranges_clear(struct ranges *s, struct env *e)
{
    env_free(e, s->r, s->room * sizeof(struct range));
    ranges_init(s);
}

/* The first range that ends at offset or later; n if there is none. */
static uint16_t first_ending(const struct ranges *s, uint32_t offset)
{
    unsigned low = 0, high = s->n;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (before(s->r[middle].to, offset)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (uint16_t)low;
}

/* Makes room for one more range: doubles, up to max. */
static int grow(struct ranges *s, struct env *e, uint16_t max)
{
    if (s->n < s->room) return 0;
    unsigned room = s->room ? 2u * s->room : ROOM_MIN;
    if (room > max) room = max;
    struct range *r = env_alloc(e, room * sizeof(*r));
    if (!r) return -ENOMEM;
    if (s->n) memcpy(r, s->r, s->n * sizeof(*r));
    env_free(e, s->r, s->room * sizeof(*r));
    s->r = r;
    s->room = (uint16_t)room;
    return 0;
}

static int insert(struct ranges *s, struct env *e, uint16_t i, struct range x, uint16_t max)
{
    if (s->n >= max) return -ENOSPC;
    int error = grow(s, e, max);
    if (error) return error;
    memmove(s->r + i + 1, s->r + i, (size_t)(s->n - i) * sizeof(x));
    s->r[i] = x;
    s->n++;
    s->bytes += length(x);
    return 0;
}

/* Removes n ranges from number i on. */
static void erase(struct ranges *s, uint16_t i, uint16_t n)
{
    s->n = (uint16_t)(s->n - n);
    if (n) memmove(s->r + i, s->r + i + n, (size_t)(s->n - i) * sizeof(struct range));
}

/* Makes x and the ranges that it touches, those from number i on, into one. Returns the bytes
 * gained. */
static uint32_t merge(struct ranges *s, uint16_t i, struct range x)
{
    uint32_t had = 0;
    uint16_t end = i;
    for (; end < s->n && !before(x.to, s->r[end].from); end++)
        had += length(s->r[end]);
    if (before(s->r[i].from, x.from)) x.from = s->r[i].from;
    if (before(x.to, s->r[end - 1].to)) x.to = s->r[end - 1].to;
    s->r[i] = x;
    erase(s, (uint16_t)(i + 1), (uint16_t)(end - i - 1));
    s->bytes += length(x) - had;
    return length(x) - had;
}

int ranges_add(struct ranges *s, struct env *e, struct range x, uint16_t max, uint32_t *added)
{
    uint32_t gained = 0;
    int error = 0;
    if (before(x.from, x.to)) {
        uint16_t i = first_ending(s, x.from);
        if (i < s->n && !before(x.to, s->r[i].from)) {
            gained = merge(s, i, x);
        } else {
            error = insert(s, e, i, x, max);
            gained = error ? 0 : length(x);
        }
    }
    if (added) *added = gained;
    return error;
}

void ranges_cut(struct ranges *s, struct env *e, uint32_t offset)
{
    uint16_t gone = 0;
    for (; gone < s->n && !before(offset, s->r[gone].to); gone++)
        s->bytes -= length(s->r[gone]);
    if (gone == s->n) {
        ranges_clear(s, e);
        return;
    }
    erase(s, 0, gone);
    if (before(s->r[0].from, offset)) {
        s->bytes -= offset - s->r[0].from;
        s->r[0].from = offset;
    }
}

const struct range *ranges_at(const struct ranges *s, uint32_t offset)
{
    uint16_t i = first_ending(s, offset + 1);
    return i < s->n && !before(offset, s->r[i].from) ? &s->r[i] : NULL;
}

bool ranges_meets(const struct ranges *s, struct range x)
{
    uint16_t i = first_ending(s, x.from + 1);
    return before(x.from, x.to) && i < s->n && before(s->r[i].from, x.to);
}

bool ranges_covers(const struct ranges *s, struct range x)
{
    const struct range *r = ranges_at(s, x.from);
    return !before(x.from, x.to) || (r && !before(r->to, x.to));
}
