/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table against a flag per node, while it grows, shrinks, and is refused memory.
 */
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libbase.h"

#define NODES 3000

struct bench {
    struct world w;
    struct map map;
    struct map_node node[NODES];
    bool in[NODES];
    bool walked[NODES];
    uint32_t n;
    uint64_t seed;
};

static struct bench *begin(void)
{
    static struct bench b;
    memset(&b, 0, sizeof(b));
    world_begin(&b.w);
    map_init(&b.map);
    b.seed = 21;
    return &b;
}

/* Hashes that spread, with a few that are shared, and some that differ in high bits only. */
static uint32_t hash_of(uint32_t i)
{
    if (i % 10 == 0) return 0xabcd0000u + i / 100;
    if (i % 10 == 1) return i << 20;
    return i * 2654435761u;
}

static void add(struct bench *b, uint32_t i)
{
    assert_int_equal(map_add(&b->map, &b->w.env, &b->node[i], hash_of(i)), 0);
    b->in[i] = true;
    b->n++;
}

static void remove_node(struct bench *b, uint32_t i)
{
    map_remove(&b->map, &b->w.env, &b->node[i]);
    b->in[i] = false;
    b->n--;
}

static bool found(const struct bench *b, uint32_t i)
{
    struct map_node *n = map_first(&b->map, hash_of(i));
    for (; n && n != &b->node[i]; n = map_next(n))
        assert_int_equal(n->hash, hash_of(i));
    return n != NULL;
}

static void check(struct bench *b)
{
    uint64_t cursor = 0;
    uint32_t walked = 0;
    memset(b->walked, 0, sizeof(b->walked));
    for (struct map_node *n; (n = map_walk(&b->map, &cursor)); walked++) {
        ptrdiff_t i = n - b->node;
        assert_true(b->in[i] && !b->walked[i]);
        b->walked[i] = true;
    }
    assert_null(map_walk(&b->map, &cursor));
    assert_int_equal(walked, b->n);
    assert_int_equal(b->map.n, b->n);
    for (uint32_t i = 0; i < NODES; i++)
        assert_int_equal(found(b, i), b->in[i]);
    world_check(&b->w);
}

static void end(struct bench *b)
{
    for (uint32_t i = 0; i < NODES; i++)
        if (b->in[i]) remove_node(b, i);
    world_end(&b->w);
}

static void empty_map_holds_nothing(void **state)
{
    (void)state;
    struct bench *b = begin();
    check(b);
    assert_int_equal(b->w.blocks, 0);
    add(b, 3);
    check(b);
    assert_int_equal(b->w.blocks, 1);
    remove_node(b, 3);
    assert_int_equal(b->w.blocks, 0);
    end(b);
}

static void every_size_up_and_down_is_whole(void **state)
{
    (void)state;
    struct bench *b = begin();
    for (uint32_t i = 0; i < 600; i++) {
        add(b, i);
        check(b);
    }
    for (uint32_t i = 0; i < 600; i++) {
        remove_node(b, (i * 7) % 600);
        check(b);
    }
    end(b);
}

/* Grows and shrinks by turns, so that either resize is met by additions and removals. */
static void equals_the_model(void **state)
{
    (void)state;
    struct bench *b = begin();
    for (int round = 0; round < 60; round++) {
        uint32_t adds = round % 2 ? 30 : 80; /* in a hundred */
        for (int step = 0; step < 2000; step++) {
            uint32_t i = draw_below(&b->seed, NODES);
            bool want = draw_below(&b->seed, 100) < adds;
            if (want && !b->in[i]) add(b, i);
            if (!want && b->in[i]) remove_node(b, i);
        }
        check(b);
    }
    end(b);
}

/* Slots stay between a half of n and 4 n, but for the least table and the resize under way. */
static void size_follows_the_number_of_nodes(void **state)
{
    (void)state;
    struct bench *b = begin();
    for (uint32_t i = 0; i < NODES; i++) {
        add(b, i);
        assert_true(2 * (b->map.mask[0] + 1) >= b->n);
        assert_true(b->map.mask[0] + 1 <= 8 || b->map.mask[0] + 1 < 4 * b->n);
    }
    while (b->n > 1) {
        remove_node(b, b->n - 1);
        assert_true(b->map.mask[0] + 1 <= 16 || b->map.mask[0] + 1 <= 4 * b->n);
    }
    assert_int_equal(b->map.mask[0] + 1, 8);
    end(b);
}

static void first_array_refused(void **state)
{
    (void)state;
    struct bench *b = begin();
    b->w.refuse_all = true;
    assert_int_equal(map_add(&b->map, &b->w.env, &b->node[0], 1), -ENOMEM);
    check(b);
    b->w.refuse_all = false;
    add(b, 0);
    check(b);
    end(b);
}

static void later_arrays_refused_leave_a_fuller_table(void **state)
{
    (void)state;
    struct bench *b = begin();
    add(b, 0);
    b->w.refuse_all = true;
    for (uint32_t i = 1; i < 500; i++)
        add(b, i);
    check(b);
    assert_int_equal(b->map.mask[0] + 1, 8);
    b->w.refuse_all = false;
    for (uint32_t i = 500; i < NODES; i++)
        add(b, i);
    check(b);
    assert_true(b->map.mask[0] + 1 >= NODES / 2);
    b->w.refuse_all = true;
    for (uint32_t i = 1; i < NODES; i++)
        remove_node(b, i);
    check(b);
    end(b);
}

static void every_kth_allocation_refused(void **state)
{
    (void)state;
    for (uint64_t k = 2; k < 20; k++) {
        struct bench *b = begin();
        b->w.refuse_at = k;
        for (uint32_t i = 0; i < 1000; i++)
            add(b, i);
        check(b);
        for (uint32_t i = 0; i < 990; i++)
            remove_node(b, i);
        check(b);
        end(b);
    }
}

static void fini_in_the_middle_of_a_resize_gives_all_back(void **state)
{
    (void)state;
    struct bench *b = begin();
    uint32_t i = 0;
    while (!b->map.slot[1] || b->n < 200)
        add(b, i++);
    map_fini(&b->map, &b->w.env);
    world_end(&b->w);
}

static void walk_survives_any_change(void **state)
{
    (void)state;
    struct bench *b = begin();
    uint64_t cursor = 0;
    for (uint32_t i = 0; i < NODES; i++)
        add(b, i);
    for (uint32_t i = 0; i + 4 < NODES; i++) {
        struct map_node *n = map_walk(&b->map, &cursor);
        assert_true(!n || b->in[n - b->node]);
        remove_node(b, i);
    }
    end(b);
}

/* At any stage of a resize: the node that takes the place is found, the other one is not. */
static void a_node_takes_the_place_of_another(void **state)
{
    (void)state;
    struct bench *b = begin();
    for (uint32_t i = 0; i < 1000; i++) {
        add(b, i);
        struct map_node heir = {.tag = 7};
        map_replace(&b->map, &b->node[i], &heir);
        assert_int_equal(heir.hash, hash_of(i));
        assert_int_equal(heir.tag, 7);
        assert_int_equal(b->map.n, b->n);
        assert_false(found(b, i));
        map_replace(&b->map, &heir, &b->node[i]);
        assert_true(found(b, i));
    }
    check(b);
    end(b);
}

static void removal_of_a_stranger_is_asserted(void **state)
{
    (void)state;
    struct bench *b = begin();
    expect_assert_failure(map_remove(&b->map, &b->w.env, &b->node[0]));
    add(b, 0);
    b->node[1].hash = hash_of(0);
    expect_assert_failure(map_remove(&b->map, &b->w.env, &b->node[1]));
    check(b);
    end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_map_holds_nothing),
        cmocka_unit_test(every_size_up_and_down_is_whole),
        cmocka_unit_test(equals_the_model),
        cmocka_unit_test(size_follows_the_number_of_nodes),
        cmocka_unit_test(first_array_refused),
        cmocka_unit_test(later_arrays_refused_leave_a_fuller_table),
        cmocka_unit_test(every_kth_allocation_refused),
        cmocka_unit_test(fini_in_the_middle_of_a_resize_gives_all_back),
        cmocka_unit_test(walk_survives_any_change),
        cmocka_unit_test(a_node_takes_the_place_of_another),
        cmocka_unit_test(removal_of_a_stranger_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
