/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The set against a flag per offset, on a window of the circle that lies across its zero.
 */
#include "base/ranges.h"

#include <errno.h>
#include <string.h>

#include "libbase.h"

#define WINDOW 600
#define MAX    12

struct bench {
    struct world w;
    struct ranges set;
    bool in[WINDOW];
    uint32_t base; /* the offset that the first flag stands for */
    uint32_t cut;  /* flags before this one are gone for good */
    uint64_t seed;
};

static struct bench *begin(uint32_t base)
{
    static struct bench b;
    memset(&b, 0, sizeof(b));
    world_begin(&b.w);
    ranges_init(&b.set);
    b.base = base;
    b.seed = base + 1;
    return &b;
}

static void end(struct bench *b)
{
    ranges_clear(&b->set, &b->w.env);
    world_end(&b->w);
}

static bool flag(const struct bench *b, uint32_t i)
{
    return i < WINDOW && b->in[i];
}

/* Ranges that the flags make, and how many are set. */
static uint32_t count(const struct bench *b, uint32_t *bytes)
{
    uint32_t n = 0;
    *bytes = 0;
    for (uint32_t i = 0; i < WINDOW; i++) {
        *bytes += b->in[i];
        n += b->in[i] && !flag(b, i + 1);
    }
    return n;
}

static void check(const struct bench *b)
{
    uint32_t bytes;
    assert_int_equal(b->set.n, count(b, &bytes));
    assert_int_equal(b->set.bytes, bytes);
    assert_true(b->set.n <= b->set.room && b->set.room <= MAX);
    assert_int_equal(b->set.r == NULL, b->set.n == 0);
    for (uint32_t i = 0; i < WINDOW; i++) {
        const struct range *r = ranges_at(&b->set, b->base + i);
        assert_int_equal(r != NULL, b->in[i]);
        if (!r) continue;
        assert_true(flag(b, r->from - b->base) && !flag(b, r->from - b->base - 1));
        assert_true(flag(b, r->to - b->base - 1) && !flag(b, r->to - b->base));
    }
    world_check(&b->w);
}

static bool touches(const struct bench *b, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i <= to; i++)
        if (flag(b, i) || flag(b, i - 1)) return true;
    return false;
}

static int add(struct bench *b, uint32_t from, uint32_t to)
{
    uint32_t added = 77, expected = 0, bytes;
    const struct range x = {b->base + from, b->base + to};
    const bool fits = from == to || touches(b, from, to) || count(b, &bytes) < MAX;
    int error = ranges_add(&b->set, &b->w.env, x, MAX, &added);
    assert_true(error == -ENOMEM || error == (fits ? 0 : -ENOSPC));
    for (uint32_t i = from; i < to && !error; i++) {
        expected += !b->in[i];
        b->in[i] = true;
    }
    assert_int_equal(added, expected);
    return error;
}

static void cut(struct bench *b, uint32_t to)
{
    ranges_cut(&b->set, &b->w.env, b->base + to);
    memset(b->in, 0, to);
    b->cut = to;
}

static void ask(const struct bench *b, uint32_t from, uint32_t to)
{
    const struct range x = {b->base + from, b->base + to};
    uint32_t set = 0;
    for (uint32_t i = from; i < to; i++)
        set += b->in[i];
    assert_int_equal(ranges_meets(&b->set, x), set > 0);
    assert_int_equal(ranges_covers(&b->set, x), set == to - from);
}

static void draw_range(struct bench *b, uint32_t *from, uint32_t *to)
{
    *from = b->cut + draw_below(&b->seed, WINDOW - b->cut);
    uint32_t most = draw_below(&b->seed, 4) ? 12 : WINDOW;
    if (most > WINDOW - *from) most = WINDOW - *from;
    *to = *from + draw_below(&b->seed, most + 1);
}

static void run(struct bench *b, int steps)
{
    for (int step = 0; step < steps; step++) {
        uint32_t from, to;
        draw_range(b, &from, &to);
        add(b, from, to);
        draw_range(b, &from, &to);
        ask(b, from, to);
        if (draw_below(&b->seed, 8) == 0 && b->cut < WINDOW - 20)
            cut(b, b->cut + draw_below(&b->seed, 20));
        check(b);
    }
}

static void equals_the_model_anywhere_on_the_circle(void **state)
{
    (void)state;
    static const uint32_t base[] = {0, 1000, 0u - WINDOW / 2, 0u - WINDOW, 0x80000000u - 300};
    for (size_t i = 0; i < sizeof(base) / sizeof(base[0]); i++)
        for (uint32_t round = 0; round < 40; round++) {
            struct bench *b = begin(base[i]);
            b->seed += round;
            run(b, 100);
            end(b);
        }
}

static void what_touches_becomes_one(void **state)
{
    (void)state;
    struct bench *b = begin(0u - 20);
    assert_int_equal(add(b, 10, 20), 0);
    assert_int_equal(add(b, 30, 40), 0);
    assert_int_equal(add(b, 21, 29), 0);
    assert_int_equal(b->set.n, 3);
    assert_int_equal(add(b, 20, 21), 0);
    assert_int_equal(b->set.n, 2);
    assert_int_equal(add(b, 29, 30), 0);
    assert_int_equal(b->set.n, 1);
    check(b);
    end(b);
}

static void full_set_still_merges(void **state)
{
    (void)state;
    struct bench *b = begin(0);
    for (uint32_t i = 0; i < MAX; i++)
        assert_int_equal(add(b, i * 10, i * 10 + 5), 0);
    assert_int_equal(b->set.n, MAX);
    assert_int_equal(add(b, 200, 201), -ENOSPC);
    assert_int_equal(add(b, 6, 9), -ENOSPC);
    check(b);
    assert_int_equal(add(b, 5, 7), 0);
    assert_int_equal(add(b, 0, 600), 0);
    assert_int_equal(b->set.n, 1);
    check(b);
    end(b);
}

static void nothing_is_added_by_nothing(void **state)
{
    (void)state;
    struct bench *b = begin(0);
    assert_int_equal(add(b, 5, 5), 0);
    assert_int_equal(b->w.asked, 0);
    assert_int_equal(ranges_add(&b->set, &b->w.env, (struct range){1, 2}, MAX, NULL), 0);
    assert_int_equal(b->set.bytes, 1);
    end(b);
}

static void no_memory_leaves_it_unchanged(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= 3; k++) {
        struct bench *b = begin(0);
        int refused = 0;
        b->w.refuse_at = k;
        for (uint32_t i = 0; i < MAX; i++) {
            if (add(b, i * 10, i * 10 + 5) == -ENOMEM) refused++;
            check(b);
        }
        assert_int_equal(refused, 1);
        end(b);
    }
}

static void empty_again_holds_nothing(void **state)
{
    (void)state;
    struct bench *b = begin(0);
    add(b, 3, 9);
    add(b, 20, 30);
    cut(b, 25);
    check(b);
    cut(b, 30);
    check(b);
    assert_int_equal(b->w.blocks, 0);
    cut(b, 40);
    end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_model_anywhere_on_the_circle),
        cmocka_unit_test(what_touches_becomes_one),
        cmocka_unit_test(full_set_still_merges),
        cmocka_unit_test(nothing_is_added_by_nothing),
        cmocka_unit_test(no_memory_leaves_it_unchanged),
        cmocka_unit_test(empty_again_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
