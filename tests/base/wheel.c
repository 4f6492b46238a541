/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wheel against a list that is searched from end to end.
 *
 * The model knows instants and the order of arming, nothing of slots; times are drawn at every
 * scale, so that every level, every cascade and every boundary of a digit is met.
 */
#include "base/wheel.h"

#include <string.h>

#include "libbase.h"

#define NODES 400

struct timer {
    struct wheel_node node;
    bonnet_time at;
    uint64_t armed; /* when, as a number that grows; 0: not armed */
};

struct bench {
    struct wheel wheel;
    struct timer timer[NODES];
    bonnet_time now;
    uint64_t arms, seed;
};

static void begin(struct bench *b, bonnet_time now, uint64_t seed)
{
    memset(b, 0, sizeof(*b));
    b->now = now;
    b->seed = seed;
    wheel_init(&b->wheel, now);
}

static void arm(struct bench *b, unsigned i, bonnet_time at)
{
    wheel_arm(&b->wheel, &b->timer[i].node, at);
    b->timer[i].at = at;
    b->timer[i].armed = ++b->arms;
}

static void cancel(struct bench *b, unsigned i)
{
    wheel_cancel(&b->wheel, &b->timer[i].node);
    b->timer[i].armed = 0;
}

/* The timer that the model says is next, or NULL. */
static struct timer *first(struct bench *b)
{
    struct timer *best = NULL;
    for (unsigned i = 0; i < NODES; i++) {
        struct timer *t = &b->timer[i];
        if (!t->armed) continue;
        if (!best || t->at < best->at || (t->at == best->at && t->armed < best->armed)) best = t;
    }
    return best;
}

static void check_deadline(struct bench *b)
{
    const struct timer *next = first(b);
    bonnet_time deadline = wheel_deadline(&b->wheel);
    assert_true(next ? deadline <= next->at : deadline == BONNET_NEVER);
}

static void check_books(const struct bench *b)
{
    uint32_t armed = 0;
    for (unsigned i = 0; i < NODES; i++) {
        assert_int_equal(wheel_is_armed(&b->timer[i].node), b->timer[i].armed != 0);
        armed += b->timer[i].armed != 0;
    }
    assert_int_equal(b->wheel.armed_n, armed);
    assert_int_equal(b->wheel.armed, b->arms);
    assert_int_equal(b->wheel.armed, b->wheel.fired + b->wheel.cancelled + armed);
}

/* Takes the next due node; it must be the model's. false: none. */
static bool fire(struct bench *b)
{
    struct wheel_node *n = wheel_next(&b->wheel, b->now);
    struct timer *expected = first(b);
    if (expected && expected->at > b->now) expected = NULL;
    assert_ptr_equal(n, expected ? &expected->node : NULL);
    if (!expected) return false;
    assert_false(wheel_is_armed(n));
    assert_int_equal(n->at, expected->at);
    expected->armed = 0;
    return true;
}

/* A duration at a random scale: 0 to 2^bits ns. */
static bonnet_time duration(struct bench *b, uint32_t bits)
{
    return draw(&b->seed) >> (63 - draw_below(&b->seed, bits));
}

/* An instant near now, at a boundary of a digit, or in the past. */
static bonnet_time instant(struct bench *b, uint32_t bits)
{
    bonnet_time at = b->now + duration(b, bits);
    switch (draw_below(&b->seed, 8)) {
    case 0: return at & ~(bonnet_time)0xffff;
    case 1: return at | 0xffff;
    case 2: return at & ~(bonnet_time)0x3fffff;
    case 3: return b->now - duration(b, 20);
    case 4: return b->now;
    default: return at;
    }
}

static void act(struct bench *b, uint32_t bits)
{
    unsigned i = draw_below(&b->seed, NODES);
    if (draw_below(&b->seed, 4) == 0) {
        cancel(b, i);
    } else {
        arm(b, i, instant(b, bits));
    }
}

/* Time goes on: by a random step, to the deadline, or not at all. */
static void move_time(struct bench *b, uint32_t bits)
{
    bonnet_time deadline = wheel_deadline(&b->wheel);
    switch (draw_below(&b->seed, 4)) {
    case 0: b->now += duration(b, bits); break;
    case 1: break;
    default:
        if (deadline != BONNET_NEVER && deadline > b->now) b->now = deadline;
    }
}

static void run(struct bench *b, uint32_t bits, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        for (uint32_t i = draw_below(&b->seed, 20); i > 0; i--)
            act(b, bits);
        check_deadline(b);
        move_time(b, bits);
        while (fire(b))
            if (draw_below(&b->seed, 4) == 0) act(b, bits);
        check_deadline(b);
        check_books(b);
    }
}

static void equals_the_model_at_every_scale(void **state)
{
    (void)state;
    static struct bench b;
    for (uint32_t bits = 8; bits <= 56; bits += 4) {
        begin(&b, duration(&(struct bench){.seed = bits}, 60), bits);
        run(&b, bits, 1500);
    }
}

static void equals_the_model_while_time_comes_to_its_end(void **state)
{
    (void)state;
    static struct bench b;
    begin(&b, UINT64_MAX - ((bonnet_time)1 << 50), 11);
    run(&b, 30, 400);
}

static void jumps_of_years_fire_everything_in_order(void **state)
{
    (void)state;
    static struct bench b;
    begin(&b, 0, 12);
    for (int jump = 0; jump < 20; jump++) {
        for (unsigned i = 0; i < NODES; i++)
            arm(&b, i, b.now + duration(&b, 58));
        b.now += (bonnet_time)1 << 58;
        unsigned fired = 0;
        while (fire(&b))
            fired++;
        assert_int_equal(fired, NODES);
        check_books(&b);
    }
}

static void equal_instants_fire_in_order_of_arming(void **state)
{
    (void)state;
    static const bonnet_time at[] = {5, 0x10000, 0x3fffff, 0x400000, 0x123456789, 1ull << 40};
    static struct bench b;
    for (size_t row = 0; row < sizeof(at) / sizeof(at[0]); row++) {
        begin(&b, 0, 1);
        for (unsigned i = 0; i < 50; i++)
            arm(&b, (i * 7) % 50, at[row]);
        /* Half of the way: what is armed now stands behind, whatever level it was armed from. */
        b.now = at[row] / 2;
        assert_false(fire(&b));
        for (unsigned i = 50; i < 100; i++)
            arm(&b, i, at[row]);
        b.now = at[row];
        for (unsigned i = 0; i < 100; i++)
            assert_true(fire(&b));
        assert_false(fire(&b));
    }
}

static void not_a_nanosecond_early(void **state)
{
    (void)state;
    static struct bench b;
    uint64_t seed = 99;
    for (int i = 0; i < 2000; i++) {
        begin(&b, draw(&seed) >> 8, 1);
        bonnet_time at = b.now + 1 + (draw(&seed) >> (8 + draw_below(&seed, 56)));
        arm(&b, 0, at);
        b.now = at - 1;
        assert_false(fire(&b));
        assert_true(wheel_deadline(&b.wheel) <= at);
        b.now = at;
        assert_true(fire(&b));
        assert_int_equal(wheel_deadline(&b.wheel), BONNET_NEVER);
    }
}

static void deadline_of_a_lonely_timer_is_exact(void **state)
{
    (void)state;
    static const bonnet_time at[] = {0, 1, 0xffff, 0x10000, 200 * BONNET_MS, 7200 * BONNET_S};
    static struct bench b;
    for (size_t row = 0; row < sizeof(at) / sizeof(at[0]); row++) {
        begin(&b, 0, 1);
        arm(&b, 0, at[row]);
        assert_int_equal(wheel_deadline(&b.wheel), at[row]);
    }
}

/* However many share its slot, following the deadlines reaches a timer in a few steps. */
static void deadlines_lead_to_a_timer_in_few_steps(void **state)
{
    (void)state;
    static struct bench b;
    begin(&b, 0, 1);
    for (unsigned i = 0; i < NODES; i++)
        arm(&b, i, 7200 * BONNET_S + i);
    assert_true(wheel_deadline(&b.wheel) < 7200 * BONNET_S);
    int steps = 0;
    while (!fire(&b)) {
        assert_true(wheel_deadline(&b.wheel) > b.now);
        b.now = wheel_deadline(&b.wheel);
        steps++;
    }
    assert_int_equal(b.now, 7200 * BONNET_S);
    assert_in_range(steps, 1, WHEEL_LEVELS);
}

static void overdue_fires_first_and_time_does_not_go_back(void **state)
{
    (void)state;
    static struct bench b;
    begin(&b, 1000000, 1);
    arm(&b, 0, 1000000);
    arm(&b, 1, 5);
    arm(&b, 2, 7);
    arm(&b, 3, 5);
    assert_int_equal(wheel_deadline(&b.wheel), 5);
    assert_ptr_equal(wheel_next(&b.wheel, 3), &b.timer[1].node);
    assert_ptr_equal(wheel_next(&b.wheel, 3), &b.timer[3].node);
    assert_ptr_equal(wheel_next(&b.wheel, 3), &b.timer[2].node);
    assert_ptr_equal(wheel_next(&b.wheel, 3), &b.timer[0].node);
    assert_null(wheel_next(&b.wheel, 3));
}

static void armed_again_and_again_within_one_turn(void **state)
{
    (void)state;
    static struct bench b;
    begin(&b, 0, 1);
    arm(&b, 0, 10);
    b.now = 10 * BONNET_MS;
    for (bonnet_time at = 10; at <= b.now; at += 10007) {
        assert_true(fire(&b));
        arm(&b, 0, at + 10007);
    }
    assert_false(fire(&b));
    assert_true(wheel_deadline(&b.wheel) > b.now);
}

static void never_is_an_instant_like_others(void **state)
{
    (void)state;
    static struct bench b;
    begin(&b, 5, 1);
    arm(&b, 0, BONNET_NEVER);
    assert_true(wheel_is_armed(&b.timer[0].node));
    b.now = 1ull << 62;
    assert_false(fire(&b));
    cancel(&b, 0);
    cancel(&b, 0);
    check_books(&b);
    assert_int_equal(wheel_deadline(&b.wheel), BONNET_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_model_at_every_scale),
        cmocka_unit_test(equals_the_model_while_time_comes_to_its_end),
        cmocka_unit_test(jumps_of_years_fire_everything_in_order),
        cmocka_unit_test(equal_instants_fire_in_order_of_arming),
        cmocka_unit_test(not_a_nanosecond_early),
        cmocka_unit_test(deadline_of_a_lonely_timer_is_exact),
        cmocka_unit_test(deadlines_lead_to_a_timer_in_few_steps),
        cmocka_unit_test(overdue_fires_first_and_time_does_not_go_back),
        cmocka_unit_test(armed_again_and_again_within_one_turn),
        cmocka_unit_test(never_is_an_instant_like_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
