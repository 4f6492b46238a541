/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expectations about all runs of a sweep: does a measure grow with it, does it level off?
 *
 * With two sweeps the question is asked for each value of the other one. Growing is that each point
 * has more than the one before it; level is that all points lie within a tenth of the largest.
 */
#include "player.h"

#include <string.h>

/* A line through the table: the points of one sweep, the other one standing still. */
struct series {
    const struct lab_sweep *sweep;
    const double *values;
    unsigned first, stride;
};

static double value_at(const struct series *s, unsigned point)
{
    return s->values[s->first + point * s->stride];
}

static void print_point(const struct series *s, const char *between, unsigned point,
                        struct play_words *got)
{
    play_print(got, "%s%.6g with %s = %lld", between, value_at(s, point), s->sweep->name,
               (long long)s->sweep->points[point]);
}

static bool grows_until(const struct series *s, int64_t last, struct play_words *got)
{
    unsigned before = UINT32_MAX;
    for (unsigned i = 0; i < s->sweep->points_n; i++) {
        if (s->sweep->points[i] > last) continue;
        if (before != UINT32_MAX && value_at(s, i) <= value_at(s, before)) {
            print_point(s, "", before, got);
            print_point(s, " and ", i, got);
            return false;
        }
        before = i;
    }
    return true;
}

static bool is_level_from(const struct series *s, int64_t from, struct play_words *got)
{
    unsigned least = UINT32_MAX, most = UINT32_MAX;
    for (unsigned i = 0; i < s->sweep->points_n; i++) {
        if (s->sweep->points[i] < from) continue;
        if (least == UINT32_MAX || value_at(s, i) < value_at(s, least)) least = i;
        if (most == UINT32_MAX || value_at(s, i) > value_at(s, most)) most = i;
    }
    if (least == UINT32_MAX || value_at(s, least) >= value_at(s, most) * 9 / 10) return true;
    print_point(s, "", least, got);
    print_point(s, " and ", most, got);
    return false;
}

static const double *values_of(const struct lab_table *table, const char *name)
{
    for (unsigned i = 0; i < table->measures_n; i++) {
        if (strcmp(table->names[i], name) == 0) return table->values[i];
    }
    return NULL;
}

static unsigned sweep_index(const struct scenario *s, const char *name)
{
    unsigned i = 0;
    while (i < s->sweeps_n && strcmp(s->sweeps[i].name, name) != 0)
        i++;
    return i;
}

/* Looks at every series of a sweep: at a table of two, there are as many as the other has points.
 */
static bool look(struct player *p, const struct lab_expect *e, const double *values,
                 struct play_words *got)
{
    const struct scenario *s = p->scenario;
    unsigned index = sweep_index(s, e->sweep);
    const struct lab_sweep *fastest = &s->sweeps[s->sweeps_n - 1];
    bool is_fastest = index + 1 == s->sweeps_n;
    unsigned others = s->sweeps_n < 2 ? 1 : s->sweeps[1 - index].points_n;
    int64_t bound = play_amount(p, NULL, &e->condition.than);
    for (unsigned i = 0; i < others; i++) {
        struct series series = {&s->sweeps[index], values, is_fastest ? i * fastest->points_n : i,
                                is_fastest ? 1 : fastest->points_n};
        bool held = e->kind == LAB_EXPECT_GROWS ? grows_until(&series, bound, got)
                                                : is_level_from(&series, bound, got);
        if (held) continue;
        if (s->sweeps_n == 2)
            play_print(got, ", where %s = %lld", s->sweeps[1 - index].name,
                       (long long)s->sweeps[1 - index].points[i]);
        return false;
    }
    return true;
}

bool expect_is_of_sweep(const struct lab_line *line)
{
    return line->expect.kind == LAB_EXPECT_GROWS || line->expect.kind == LAB_EXPECT_LEVELS;
}

void expect_sweep(struct player *p, const struct lab_line *line)
{
    const struct lab_expect *e = &line->expect;
    struct play_words got = {.n = 0};
    const double *values = values_of(p->table, e->name);
    if (!values || sweep_index(p->scenario, e->sweep) == p->scenario->sweeps_n) {
        play_stop(p, line->line, "%s: '%s' was not measured, or '%s' is no sweep",
                  play_source(line), e->name, e->sweep);
        return;
    }
    bool held = look(p, e, values, &got);
    play_judge(p, line->line, play_source(line), held ? NULL : got.text, NULL);
}
