/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of what is in flight against a model that knows each octet: random lives, over both
 * seams of the circle. */
#include <string.h>

#include "libtcp.h"

#define OCTETS 2048u

struct model {
    uint32_t base;         /* sequence number of octet 0 */
    uint32_t una, nxt;     /* octets */
    uint8_t flags[OCTETS]; /* enum sent_flag */
};

static uint32_t draw(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return n ? (*seed >> 8) % n : 0;
}

static void compare(const struct sent *s, const struct model *m)
{
    uint32_t lost = 0, sacked = 0;
    assert_true(sent_check(s));
    for (uint32_t i = m->una; i < m->nxt; i++) {
        uint32_t k = sent_find(s, seq(m->base + i));
        assert_true(k < s->n);
        assert_int_equal(sent_at(s, k)->flags, m->flags[i]);
        if (m->flags[i] & SENT_LOST) lost++;
        if (m->flags[i] & SENT_SACKED) sacked++;
    }
    assert_int_equal(s->lost, lost);
    assert_int_equal(s->sacked, sacked);
    assert_int_equal(sent_find(s, seq(m->base + m->nxt)), s->n);
    assert_int_equal(sent_find(s, seq(m->base + m->una - 1)), s->n);
    const struct sent_record *first = sent_first_lost(s);
    assert_int_equal(first != NULL, lost > 0);
}

static void add(struct t *t, struct sent *s, struct model *m, uint32_t len)
{
    if (len == 0 || m->nxt + len > OCTETS || sent_reserve(s, &t->e) < 0) return;
    *sent_add(s) = (struct sent_record){.from = seq(m->base + m->nxt),
                                        .to = seq(m->base + m->nxt + len),
                                        .sent_at = t->e.now,
                                        .times = 1};
    m->nxt += len;
}

static void acknowledge(struct t *t, struct sent *s, struct model *m, uint32_t len)
{
    struct sent_acked a;
    uint32_t sacked = 0;
    bool again = false;
    for (uint32_t i = m->una; i < m->una + len; i++) {
        sacked += (m->flags[i] & SENT_SACKED) != 0;
        again |= (m->flags[i] & SENT_RETRANSMITTED) != 0;
    }
    m->una += len;
    sent_ack(s, seq(m->base + m->una), &a);
    sent_settle(s, &t->e);
    assert_int_equal(a.bytes, len);
    assert_int_equal(a.sacked_before, sacked);
    assert_int_equal(a.retransmitted, again);
    if (len == 0 || sacked == len) assert_int_equal(a.newest_sent, BONNET_NEVER);
}

/* The record with octet i, cut at i if it begins before. Its number. */
static uint32_t cut(struct t *t, struct sent *s, struct model *m, uint32_t i)
{
    tcp_seq q = seq(m->base + i);
    uint32_t k = sent_find(s, q);
    assert_true(k < s->n);
    if (seq_eq(sent_at(s, k)->from, q)) return k;
    return sent_split(s, &t->e, k, q) < 0 ? k : k + 1;
}

static void set_flags(struct model *m, const struct sent_record *r, uint8_t clear, uint8_t set)
{
    for (uint32_t i = r->from.v - m->base; i < r->to.v - m->base; i++)
        m->flags[i] = (uint8_t)((m->flags[i] & ~clear) | set);
}

static void mark(struct t *t, struct sent *s, struct model *m, uint32_t *seed)
{
    if (s->n == 0) return;
    uint32_t k = cut(t, s, m, m->una + draw(seed, m->nxt - m->una));
    struct sent_record *r = sent_at(s, k);
    switch (draw(seed, 4)) {
    case 0:
        if (!(r->flags & SENT_SACKED)) set_flags(m, r, 0, SENT_LOST);
        sent_mark_lost(s, r, BONNET_R_SEND_RTO);
        break;
    case 1:
        set_flags(m, r, SENT_LOST, SENT_SACKED);
        sent_mark_sacked(s, r);
        break;
    case 2:
        set_flags(m, r, SENT_SACKED, 0);
        sent_forget_sacked(s, r);
        break;
    default: set_flags(m, r, SENT_LOST, SENT_RETRANSMITTED); sent_on_retransmitted(s, r, t->e.now);
    }
}

static void live(uint32_t base, uint32_t run)
{
    struct t t;
    struct sent s;
    static struct model m;
    uint32_t seed = run * 7919 + 1;
    closed(&t, (struct opts){0});
    t.e.limits.sent_records_max = 16u << run % 4;
    memset(&m, 0, sizeof(m));
    m.base = base;
    sent_init(&s);
    for (int step = 0; step < 300; step++) {
        uint32_t what = draw(&seed, 8);
        if (what < 3) add(&t, &s, &m, draw(&seed, 40));
        if (what >= 3 && what < 7) mark(&t, &s, &m, &seed);
        if (what == 7) acknowledge(&t, &s, &m, draw(&seed, m.nxt - m.una + 1));
        if (step % 10 == 0) compare(&s, &m);
        assert_true(s.n <= t.e.limits.sent_records_max);
    }
    acknowledge(&t, &s, &m, m.nxt - m.una);
    assert_int_equal(s.room, 0); /* an empty one holds no memory */
    t_end(&t);
}

/* I4 I7 TA-WRAP */
static void records_agree_with_a_simple_model(void **state)
{
    static const uint32_t bases[] = {1, UINT32_MAX - OCTETS / 2, (1u << 31) - OCTETS / 2};
    (void)state;
    for (uint32_t run = 0; run < 150; run++)
        live(bases[run % 3], run);
}

/* RTO: all that the peer does not hold is lost, whatever it was before. */
static void everything_not_held_is_lost(void **state)
{
    (void)state;
    struct t t;
    struct sent s;
    static struct model m;
    closed(&t, (struct opts){0});
    memset(&m, 0, sizeof(m));
    sent_init(&s);
    for (int i = 0; i < 5; i++)
        add(&t, &s, &m, 100);
    sent_mark_sacked(&s, sent_at(&s, 2));
    sent_on_retransmitted(&s, sent_at(&s, 1), 7);
    sent_mark_all_lost(&s, BONNET_R_SEND_RTO);
    assert_int_equal(s.lost, 400);
    assert_int_equal(s.sacked, 100);
    assert_int_equal(sent_at(&s, 1)->times, 2);
    assert_int_equal(sent_at(&s, 1)->sent_at, 7);
    assert_ptr_equal(sent_first_lost(&s), sent_at(&s, 0));
    sent_clear(&s, &t.e);
    t_end(&t);
}

/* AM-OOM: no memory for one more: nothing changes. */
static void record_without_memory_changes_nothing(void **state)
{
    (void)state;
    struct t t;
    struct sent s;
    static struct model m;
    closed(&t, (struct opts){0});
    memset(&m, 0, sizeof(m));
    sent_init(&s);
    memory_is(&t, false);
    assert_int_equal(sent_reserve(&s, &t.e), -ENOMEM);
    memory_is(&t, true);
    for (int i = 0; i < 8; i++)
        add(&t, &s, &m, 10);
    memory_is(&t, false);
    assert_int_equal(sent_split(&s, &t.e, 3, seq(35)), -ENOMEM);
    compare(&s, &m);
    assert_int_equal(s.n, 8);
    sent_clear(&s, &t.e);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_agree_with_a_simple_model),
        cmocka_unit_test(everything_not_held_is_lost),
        cmocka_unit_test(record_without_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
