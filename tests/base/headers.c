/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lives in headers: numbers in packets, points on the circle, lists.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/list.h"
#include "base/seq.h"
#include "libbase.h"

static void numbers_are_big_endian_at_any_alignment(void **state)
{
    (void)state;
    uint8_t bytes[8] = {0};
    put_u32(bytes + 1, 0x81828384);
    put_u16(bytes + 5, 0x9192);
    assert_memory_equal(bytes, "\x00\x81\x82\x83\x84\x91\x92\x00", 8);
    assert_int_equal(get_u32(bytes + 1), 0x81828384);
    assert_int_equal(get_u16(bytes + 5), 0x9192);
}

static void order_goes_round_the_circle(void **state)
{
    (void)state;
    static const struct {
        uint32_t a, b;
        int32_t diff;
    } rows[] = {
        {5, 5, 0}, {6, 5, 1}, {0, 0xffffffff, 1}, {0xfffffffe, 3, -5}, {0x7fffffff, 0, INT32_MAX},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tcp_seq a = seq(rows[i].a), b = seq(rows[i].b);
        assert_int_equal(seq_diff(a, b), rows[i].diff);
        assert_int_equal(seq_diff(b, a), -rows[i].diff);
        assert_int_equal(seq_span(a, b), (uint32_t)rows[i].diff);
        assert_int_equal(seq_lt(a, b), rows[i].diff < 0);
        assert_int_equal(seq_le(a, b), rows[i].diff <= 0);
        assert_int_equal(seq_gt(a, b), rows[i].diff > 0);
        assert_int_equal(seq_ge(a, b), rows[i].diff >= 0);
        assert_int_equal(seq_eq(a, b), rows[i].diff == 0);
        assert_true(seq_eq(seq_max(a, b), rows[i].diff >= 0 ? a : b));
        assert_true(seq_eq(seq_min(a, b), rows[i].diff >= 0 ? b : a));
        assert_true(seq_eq(seq_sub(seq_add(a, 77), 77), a));
    }
}

struct item {
    int number;
    struct list_node node;
};

static void list_is(const struct list_node *list, const char *numbers)
{
    size_t i = 0;
    for (struct list_node *n = list_first(list); n; n = list_after(list, n), i++)
        assert_int_equal(list_entry(n, struct item, node)->number, numbers[i] - '0');
    assert_int_equal(i, strlen(numbers));
    assert_int_equal(list_is_empty(list), i == 0);
}

static void list_keeps_order_and_forgives_a_second_removal(void **state)
{
    (void)state;
    struct list_node list;
    struct item items[4] = {{.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}};
    list_init(&list);
    list_is(&list, "");
    for (int i = 0; i < 4; i++)
        list_add_tail(&list, &items[i].node);
    list_is(&list, "0123");
    list_remove(&items[1].node);
    list_remove(&items[1].node);
    assert_false(list_holds(&items[1].node));
    assert_true(list_holds(&items[2].node));
    list_is(&list, "023");
    list_remove(&items[0].node);
    list_remove(&items[3].node);
    list_is(&list, "2");
    list_remove(&items[2].node);
    list_is(&list, "");
}

static void all_nodes_move_behind_those_of_another_list(void **state)
{
    (void)state;
    struct list_node a, b;
    struct item items[4] = {{.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}};
    list_init(&a);
    list_init(&b);
    list_move_all(&a, &b);
    list_is(&a, "");
    list_add_tail(&a, &items[0].node);
    list_add_tail(&b, &items[1].node);
    list_add_tail(&b, &items[2].node);
    list_move_all(&a, &b);
    list_is(&a, "012");
    list_is(&b, "");
    list_move_all(&b, &a);
    list_is(&a, "");
    list_is(&b, "012");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_big_endian_at_any_alignment),
        cmocka_unit_test(order_goes_round_the_circle),
        cmocka_unit_test(list_keeps_order_and_forgives_a_second_removal),
        cmocka_unit_test(all_nodes_move_behind_those_of_another_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
