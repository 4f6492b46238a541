/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables and charts of sweeps: axes, what stands in which cell, and where a point is drawn. */
#include "liblab.h"

#include "lab_axis.h"

#include <string.h>

static void an_axis_from_zero_has_round_ticks(void **state)
{
    static const struct {
        double max, step;
        unsigned ticks_n;
    } rows[] = {
        {9.4, 2, 6}, {10, 2, 6}, {0.9, 0.2, 6}, {7245, 2000, 5}, {1, 0.2, 6}, {0, 0.2, 6},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct axis a;
        axis_from_zero(&a, rows[i].max);
        assert_false(a.logarithmic);
        assert_true(a.ticks[0] == 0 && a.to >= rows[i].max);
        assert_float_equal(a.ticks[1], rows[i].step, 1e-9);
        assert_int_equal(a.ticks_n, rows[i].ticks_n);
    }
}

static void points_that_multiply_have_a_logarithmic_axis(void **state)
{
    static const int64_t geometric[] = {500, 1000, 2000, 4000};
    static const int64_t decades[] = {1, 2, 5, 10, 20};
    static const int64_t linear[] = {1, 2, 3, 4, 5};
    struct axis a;
    (void)state;
    axis_over(&a, geometric, 4);
    assert_true(a.logarithmic);
    assert_int_equal(a.ticks_n, 4);
    a.start = 100;
    a.span = 300;
    assert_float_equal(axis_place(&a, 500), 100, 0.01);
    assert_float_equal(axis_place(&a, 1000), 200, 0.01);
    assert_float_equal(axis_place(&a, 4000), 400, 0.01);
    axis_over(&a, decades, 5);
    assert_true(a.logarithmic);
    axis_over(&a, linear, 5);
    assert_false(a.logarithmic);
    a.start = 0;
    a.span = 100;
    assert_float_equal(axis_place(&a, 5), 100, 0.01);
}

static void labels_are_short(void **state)
{
    char buf[AXIS_LABEL_ROOM];
    (void)state;
    assert_string_equal(axis_label(500, buf), "500");
    assert_string_equal(axis_label(2000, buf), "2000");
    assert_string_equal(axis_label(64000, buf), "64k");
    assert_string_equal(axis_label(1500000, buf), "1.5M");
    assert_string_equal(axis_label(0.2, buf), "0.2");
}

static const char one_sweep[] = "host a 10.0.0.1\nhost b 10.0.0.2\nsweep size 10 200\n";
static const char two_sweeps[] = "question Is a < b & \"c\"?\nhost a 10.0.0.1\nhost b 10.0.0.2\n"
                                 "sweep size 1 2\nsweep buffer 100 200 400\n";

static struct lab_table *table_of(const struct told *t)
{
    static struct lab_table table;
    table = (struct lab_table){.scenario = t->scenario, .measures_n = 1};
    strcpy(table.names[0], "throughput");
    table.units[0] = "Mbit/s";
    for (unsigned i = 0; i < show_table_points(t->scenario); i++)
        table.values[0][i] = i + 0.5;
    return &table;
}

static void one_sweep_has_a_column_for_each_measure(void **state)
{
    struct told *t = told_new(one_sweep);
    struct lab_table *table = table_of(t);
    struct text out;
    (void)state;
    strcpy(table->names[1], "segments");
    table->units[1] = "segments";
    table->measures_n = 2;
    table->values[1][1] = 123456;
    text_init(&out, 1 << 16);
    show_add_table(&out, table);
    assert_string_equal(out.p, "size  throughput [Mbit/s]  segments\n"
                               "  10                  0.5         0\n"
                               " 200                  1.5    123456\n");
    text_fini(&out);
    told_free(t);
}

static void two_sweeps_are_a_grid(void **state)
{
    struct told *t = told_new(two_sweeps);
    struct text out;
    (void)state;
    text_init(&out, 1 << 16);
    show_add_table(&out, table_of(t));
    assert_string_equal(out.p, "throughput [Mbit/s]\n"
                               "buffer  size 1  size 2\n"
                               "   100     0.5     3.5\n"
                               "   200     1.5     4.5\n"
                               "   400     2.5     5.5\n");
    assert_int_equal(show_table_point(t->scenario, 4, 0), 2);
    assert_int_equal(show_table_point(t->scenario, 4, 1), 200);
    text_fini(&out);
    told_free(t);
}

static void a_chart_has_a_line_for_each_value_of_the_first_sweep(void **state)
{
    struct told *t = told_new(two_sweeps);
    struct text out;
    unsigned lines = 0, points = 0;
    (void)state;
    text_init(&out, 1 << 20);
    show_add_chart(&out, table_of(t), 0);
    for (const char *at = out.p; (at = strstr(at, "<g stroke")) != NULL; at++)
        lines++;
    for (const char *at = out.p; (at = strstr(at, "<circle")) != NULL; at++)
        points++;
    assert_int_equal(lines, 2);
    assert_int_equal(points, 6);
    assert_non_null(strstr(out.p, ">Is a &lt; b &amp; &quot;c&quot;?</text>"));
    assert_non_null(strstr(out.p, ">throughput [Mbit/s]</text>"));
    assert_non_null(strstr(out.p, ">buffer (logarithmic)</text>"));
    assert_null(strstr(out.p, "<script"));
    text_fini(&out);
    told_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_axis_from_zero_has_round_ticks),
        cmocka_unit_test(points_that_multiply_have_a_logarithmic_axis),
        cmocka_unit_test(labels_are_short),
        cmocka_unit_test(one_sweep_has_a_column_for_each_measure),
        cmocka_unit_test(two_sweeps_are_a_grid),
        cmocka_unit_test(a_chart_has_a_line_for_each_value_of_the_first_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
