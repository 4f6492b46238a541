/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measures of a sweep as text, numbers leaning right under their heads.
 *
 * Of one sweep: a line for each value, a column for each measure. Of two: for each measure a table
 * of its own, the values of the first sweep side by side, those of the second one beneath each
 * other, as they run.
 */
#include "lab.h"

#include <string.h>

enum { CELL_MAX = SHOW_MEASURE_MAX };
_Static_assert((int)CELL_MAX >= SHOW_VALUE_MAX, "a value fits into a cell");

unsigned show_table_points(const struct scenario *s)
{
    unsigned n = 1;
    for (unsigned i = 0; i < s->sweeps_n; i++)
        n *= s->sweeps[i].points_n;
    return n;
}

/* The last sweep runs fastest. */
int64_t show_table_point(const struct scenario *s, unsigned point, unsigned sweep)
{
    for (unsigned i = s->sweeps_n - 1; i > sweep; i--)
        point /= s->sweeps[i].points_n;
    return s->sweeps[sweep].points[point % s->sweeps[sweep].points_n];
}

const char *show_measure_name(const struct lab_table *t, unsigned measure,
                              char buf[SHOW_MEASURE_MAX])
{
    bool is_unit = strcmp(t->names[measure], t->units[measure]) == 0;
    if (is_unit)
        snprintf(buf, SHOW_MEASURE_MAX, "%s", t->names[measure]);
    else
        snprintf(buf, SHOW_MEASURE_MAX, "%s [%s]", t->names[measure], t->units[measure]);
    return buf;
}

/* A table that is asked for its cells: row 0 is the head, column 0 the value of a sweep. */
struct grid {
    const struct lab_table *table;
    const struct lab_sweep *down;   /* the last sweep */
    const struct lab_sweep *across; /* the first of two; NULL: the measures stand there */
    unsigned measure;               /* of across */
};

static unsigned columns_of(const struct grid *g)
{
    return 1 + (g->across ? g->across->points_n : g->table->measures_n);
}

static double value_of(const struct grid *g, unsigned row, unsigned column)
{
    return g->across ? g->table->values[g->measure][(column - 1) * g->down->points_n + row - 1]
                     : g->table->values[column - 1][row - 1];
}

static void write_head(const struct grid *g, unsigned column, char cell[CELL_MAX])
{
    if (column == 0)
        snprintf(cell, CELL_MAX, "%s", g->down->name);
    else if (g->across)
        snprintf(cell, CELL_MAX, "%s %lld", g->across->name,
                 (long long)g->across->points[column - 1]);
    else
        show_measure_name(g->table, column - 1, cell);
}

static void write_cell(const struct grid *g, unsigned row, unsigned column, char cell[CELL_MAX])
{
    if (row == 0)
        write_head(g, column, cell);
    else if (column == 0)
        snprintf(cell, CELL_MAX, "%lld", (long long)g->down->points[row - 1]);
    else
        show_value(value_of(g, row, column), cell);
}

static size_t width_of(const struct grid *g, unsigned column)
{
    size_t width = 0;
    for (unsigned row = 0; row <= g->down->points_n; row++) {
        char cell[CELL_MAX];
        write_cell(g, row, column, cell);
        if (strlen(cell) > width) width = strlen(cell);
    }
    return width;
}

static void add_grid(struct text *out, const struct grid *g)
{
    size_t widths[1 + LAB_POINTS_MAX + LAB_MEASURES_MAX] = {0};
    for (unsigned column = 0; column < columns_of(g); column++)
        widths[column] = width_of(g, column);
    for (unsigned row = 0; row <= g->down->points_n; row++) {
        for (unsigned column = 0; column < columns_of(g); column++) {
            char cell[CELL_MAX];
            write_cell(g, row, column, cell);
            text_addf(out, "%s%*s", column ? "  " : "", (int)widths[column], cell);
        }
        text_add(out, "\n");
    }
}

void show_add_table(struct text *out, const struct lab_table *table)
{
    const struct scenario *s = table->scenario;
    struct grid g = {.table = table, .down = &s->sweeps[s->sweeps_n - 1]};
    if (s->sweeps_n == 1) {
        add_grid(out, &g);
        return;
    }
    g.across = &s->sweeps[0];
    for (; g.measure < table->measures_n; g.measure++) {
        char name[SHOW_MEASURE_MAX];
        text_addf(out, "%s%s\n", g.measure ? "\n" : "", show_measure_name(table, g.measure, name));
        add_grid(out, &g);
    }
}
