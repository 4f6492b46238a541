/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A circular array, because records come at one end and leave at the other; cutting one in two
 * moves the shorter side by one. The first array comes from a pool, together with what recovery
 * remembers: a connection that has a segment or two in flight at a time does not trouble the
 * allocator.
 */
#include "tcp/sent.h"

#include <errno.h>

#include "base/assert.h"

#define ROOM_MIN 8u

_Static_assert((ROOM_MIN & (ROOM_MIN - 1)) == 0, "the array is indexed by masking");

struct block {
    struct flight flight; /* first: sent.flight is the block */
    struct sent_record first[ROOM_MIN];
};

_Static_assert(sizeof(struct block) <= ENV_RECORDS, "it is taken from the pool");

void sent_init(struct sent *s)
{
    *s = (struct sent){0};
}

static void free_array(struct sent *s, struct env *e)
{
    if (s->room > ROOM_MIN) env_free(e, s->r, s->room * sizeof(*s->r));
}

void sent_clear(struct sent *s, struct env *e)
{
    free_array(s, e);
    pool_give(&e->records, e, s->flight);
    sent_init(s);
}

void sent_settle(struct sent *s, struct env *e)
{
    if (s->n == 0 && s->flight) sent_clear(s, e);
}

/* Nothing is known yet. What hangs on a flag that is not set need not be cleared: with a request
 * and an answer at a time there is a new flight for each segment. */
static void flight_init(struct flight *f)
{
    f->rack.is_set = f->rack.in_dsack_round = false;
    f->tlp.is_out = false;
    f->undo.is_set = f->undo.has_sent = false;
    f->cc.reno.acked = 0;
    f->cc.cubic.in_epoch = false;
    f->cc.hystart.has_round = f->cc.hystart.is_careful = false;
    f->dupacks = 0;
    f->cwr.is_out = f->reducing = false;
    f->timer = FLIGHT_RTO;
}

static int begin(struct sent *s, struct env *e)
{
    struct block *b = pool_take(&e->records, e);
    if (!b) return -ENOMEM;
    flight_init(&b->flight);
    s->flight = &b->flight;
    s->r = b->first;
    s->room = ROOM_MIN;
    s->head = 0;
    return 0;
}

int sent_reserve(struct sent *s, struct env *e)
{
    if (s->n < s->room) return 0;
    if (s->n >= e->limits.sent_records_max) return -ENOBUFS;
    if (!s->flight) return begin(s, e);
    uint32_t room = s->room * 2u;
    if (room > UINT16_MAX) return -ENOBUFS;
    struct sent_record *r = env_alloc(e, room * sizeof(*r));
    if (!r) return -ENOMEM;
    for (uint32_t i = 0; i < s->n; i++)
        r[i] = *sent_at(s, i);
    free_array(s, e);
    s->r = r;
    s->room = (uint16_t)room;
    s->head = 0;
    return 0;
}

struct sent_record *sent_add(struct sent *s)
{
    bonnet_assert(s->n < s->room);
    s->n++;
    return sent_at(s, s->n - 1u);
}

uint32_t sent_find(const struct sent *s, tcp_seq q)
{
    uint32_t low = 0, high = s->n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (seq_le(sent_at(s, middle)->to, q))
            low = middle + 1;
        else
            high = middle;
    }
    if (low < s->n && seq_lt(q, sent_at(s, low)->from)) return s->n;
    return low;
}

/* Opens a gap for a record at index i. */
static void open_gap(struct sent *s, uint32_t i)
{
    if (i < s->n / 2u) {
        s->head = (uint16_t)((s->head - 1u) & (s->room - 1u));
        s->n++;
        for (uint32_t k = 0; k < i; k++)
            *sent_at(s, k) = *sent_at(s, k + 1);
        return;
    }
    s->n++;
    for (uint32_t k = s->n - 1u; k > i; k--)
        *sent_at(s, k) = *sent_at(s, k - 1);
}

int sent_split(struct sent *s, struct env *e, uint32_t i, tcp_seq q)
{
    int r = sent_reserve(s, e);
    if (r < 0) return r;
    bonnet_assert(i < s->n && seq_gt(q, sent_at(s, i)->from) && seq_lt(q, sent_at(s, i)->to));
    open_gap(s, i + 1);
    *sent_at(s, i + 1) = *sent_at(s, i);
    sent_at(s, i)->to = q;
    sent_at(s, i + 1)->from = q;
    return 0;
}

void sent_mark_lost(struct sent *s, struct sent_record *r, enum bonnet_reason why)
{
    if (r->flags & (SENT_LOST | SENT_SACKED)) return;
    r->flags |= SENT_LOST;
    r->reason = (uint16_t)why;
    s->lost += sent_record_len(r);
}

void sent_mark_sacked(struct sent *s, struct sent_record *r)
{
    if (r->flags & SENT_SACKED) return;
    if (r->flags & SENT_LOST) s->lost -= sent_record_len(r);
    r->flags &= (uint8_t)~SENT_LOST;
    r->flags |= SENT_SACKED;
    s->sacked += sent_record_len(r);
}

void sent_forget_sacked(struct sent *s, struct sent_record *r)
{
    if (!(r->flags & SENT_SACKED)) return;
    r->flags &= (uint8_t)~SENT_SACKED;
    s->sacked -= sent_record_len(r);
}

void sent_on_retransmitted(struct sent *s, struct sent_record *r, bonnet_time now)
{
    if (r->flags & SENT_LOST) s->lost -= sent_record_len(r);
    r->flags &= (uint8_t)~SENT_LOST;
    r->flags |= SENT_RETRANSMITTED;
    r->sent_at = now;
    if (r->times < UINT8_MAX) r->times++;
}

void sent_mark_all_lost(struct sent *s, enum bonnet_reason why)
{
    for (uint32_t i = 0; i < s->n; i++)
        sent_mark_lost(s, sent_at(s, i), why);
}

void sent_unmark_lost(struct sent *s)
{
    for (uint32_t i = 0; i < s->n && s->lost > 0; i++) {
        struct sent_record *r = sent_at(s, i);
        if (!(r->flags & SENT_LOST)) continue;
        r->flags &= (uint8_t)~SENT_LOST;
        s->lost -= sent_record_len(r);
    }
}

/* Notes that the first len bytes of r are acknowledged. */
static void take_acked(struct sent *s, const struct sent_record *r, uint32_t len,
                       struct sent_acked *out)
{
    out->bytes += len;
    if (r->flags & SENT_SACKED) {
        out->sacked_before += len;
        s->sacked -= len;
    }
    if (r->flags & SENT_LOST) s->lost -= len;
    if (r->flags & SENT_RETRANSMITTED)
        out->retransmitted = true;
    else if (!(r->flags & SENT_SACKED))
        out->newest_sent = r->sent_at;
}

void sent_ack(struct sent *s, tcp_seq una, struct sent_acked *out)
{
    *out = (struct sent_acked){.newest_sent = BONNET_NEVER};
    while (s->n > 0) {
        struct sent_record *r = sent_at(s, 0);
        if (seq_le(una, r->from)) return;
        if (seq_lt(una, r->to)) {
            take_acked(s, r, seq_span(una, r->from), out);
            r->from = una;
            return;
        }
        take_acked(s, r, sent_record_len(r), out);
        s->head = (uint16_t)((s->head + 1u) & (s->room - 1u));
        s->n--;
    }
}

struct sent_record *sent_first_lost(const struct sent *s)
{
    if (s->lost == 0) return NULL;
    for (uint32_t i = 0; i < s->n; i++)
        if (sent_at(s, i)->flags & SENT_LOST) return sent_at(s, i);
    return NULL;
}

bool sent_check(const struct sent *s)
{
    uint32_t lost = 0, sacked = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        const struct sent_record *r = sent_at(s, i);
        if (!seq_lt(r->from, r->to)) return false;
        if (i > 0 && !seq_eq(sent_at(s, i - 1)->to, r->from)) return false;
        if (r->flags & SENT_LOST) lost += sent_record_len(r);
        if (r->flags & SENT_SACKED) sacked += sent_record_len(r);
    }
    return lost == s->lost && sacked == s->sacked;
}
