/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A measure over a sweep as a picture: SVG that needs nothing else, neither scripts nor fonts.
 *
 * The last sweep runs along the horizontal axis; each value of the one before is a line of its own,
 * and has a place in the legend. Colours are told apart by those who see fewer of them, too.
 */
#include "lab.h"

#include "lab_axis.h"

#include <errno.h>
#include <string.h>

enum {
    WIDTH = 820,
    HEIGHT = 460,
    PLOT_X = 76,
    PLOT_Y = 72,
    PLOT_W = 580,
    PLOT_H = 310,
    LEGEND_X = PLOT_X + PLOT_W + 28,
    TITLE_LARGE_MAX = 80, /* bytes */
};

#define TEXT_COLOR "#333"
#define GRID_COLOR "#e4e4e4"
#define CHART_MAX  ((size_t)1 << 20)

static const char *const colors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                     "#e69f00", "#56b4e9", "#7a5195", "#000000"};
#define COLORS_N (sizeof(colors) / sizeof(colors[0]))

/* What is drawn. */
struct chart {
    const struct lab_table *table;
    unsigned measure;
    const struct lab_sweep *along;  /* the sweep of the horizontal axis */
    const struct lab_sweep *series; /* NULL: one line */
    struct axis x, y;
};

static double value_of(const struct chart *c, unsigned series, unsigned point)
{
    return c->table->values[c->measure][series * c->along->points_n + point];
}

static unsigned series_n(const struct chart *c)
{
    return c->series ? c->series->points_n : 1;
}

static void chart_init(struct chart *c, const struct lab_table *table, unsigned measure)
{
    const struct scenario *s = table->scenario;
    double max = 0;
    *c = (struct chart){.table = table, .measure = measure};
    c->along = &s->sweeps[s->sweeps_n - 1];
    c->series = s->sweeps_n > 1 ? &s->sweeps[0] : NULL;
    for (unsigned i = 0; i < series_n(c) * c->along->points_n; i++)
        if (table->values[measure][i] > max) max = table->values[measure][i];
    axis_over(&c->x, c->along->points, c->along->points_n);
    axis_from_zero(&c->y, max);
    c->x.start = PLOT_X;
    c->x.span = PLOT_W;
    c->y.start = PLOT_Y + PLOT_H;
    c->y.span = -PLOT_H;
}

struct label {
    double x, y;
    const char *attributes, *text;
};

static void add_label(struct text *t, const struct label *l)
{
    text_addf(t, "<text x=\"%.1f\" y=\"%.1f\" %s>", l->x, l->y, l->attributes);
    text_add_html(t, l->text);
    text_add(t, "</text>\n");
}

static void add_y_axis(struct text *t, const struct chart *c)
{
    char label[AXIS_LABEL_ROOM];
    for (unsigned i = 0; i < c->y.ticks_n; i++) {
        double y = axis_place(&c->y, c->y.ticks[i]);
        text_addf(t, "<path d=\"M%d %.1fh%d\" stroke=\"%s\"/>\n", PLOT_X, y, PLOT_W,
                  i ? GRID_COLOR : TEXT_COLOR);
        add_label(t, &(struct label){PLOT_X - 10, y + 4, "text-anchor=\"end\"",
                                     axis_label(c->y.ticks[i], label)});
    }
    char name[SHOW_MEASURE_MAX];
    add_label(t, &(struct label){PLOT_X - 60, PLOT_Y - 16, "font-weight=\"bold\"",
                                 show_measure_name(c->table, c->measure, name)});
}

static void add_x_axis(struct text *t, const struct chart *c)
{
    const int bottom = PLOT_Y + PLOT_H;
    char label[AXIS_LABEL_ROOM];
    double last = -WIDTH;
    for (unsigned i = 0; i < c->x.ticks_n; i++) {
        double x = axis_place(&c->x, c->x.ticks[i]);
        text_addf(t, "<path d=\"M%.1f %dv5\" stroke=\"%s\"/>\n", x, bottom, TEXT_COLOR);
        if (x - last < 44) continue; /* no room for another number */
        add_label(t, &(struct label){x, bottom + 22, "text-anchor=\"middle\"",
                                     axis_label(c->x.ticks[i], label)});
        last = x;
    }
    struct text name;
    text_init(&name, CHART_MAX);
    text_addf(&name, "%s%s", c->along->name, c->x.logarithmic ? " (logarithmic)" : "");
    add_label(t,
              &(struct label){PLOT_X + PLOT_W / 2.0, bottom + 48,
                              "text-anchor=\"middle\" font-weight=\"bold\"", name.p ? name.p : ""});
    text_fini(&name);
}

static void add_series(struct text *t, const struct chart *c, unsigned series)
{
    const char *color = colors[series % COLORS_N];
    text_addf(t,
              "<g stroke=\"%s\" fill=\"%s\">\n<path fill=\"none\" stroke-width=\"2.5\" "
              "stroke-linejoin=\"round\" d=\"",
              color, color);
    for (unsigned i = 0; i < c->along->points_n; i++)
        text_addf(t, "%s%.1f %.1f", i ? "L" : "M", axis_place(&c->x, (double)c->along->points[i]),
                  axis_place(&c->y, value_of(c, series, i)));
    text_add(t, "\"/>\n");
    for (unsigned i = 0; i < c->along->points_n; i++) {
        char x[AXIS_LABEL_ROOM];
        char y[AXIS_LABEL_ROOM];
        text_addf(t,
                  "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" "
                  "stroke=\"#fff\"><title>%s: %s",
                  axis_place(&c->x, (double)c->along->points[i]),
                  axis_place(&c->y, value_of(c, series, i)),
                  axis_label((double)c->along->points[i], x),
                  axis_label(value_of(c, series, i), y));
        text_add(t, "</title></circle>\n");
    }
    text_add(t, "</g>\n");
}

static void add_legend(struct text *t, const struct chart *c)
{
    if (!c->series) return;
    add_label(t, &(struct label){LEGEND_X, PLOT_Y + 4, "font-weight=\"bold\"", c->series->name});
    for (unsigned i = 0; i < series_n(c); i++) {
        char label[AXIS_LABEL_ROOM];
        double y = PLOT_Y + 28 + 22.0 * i;
        text_addf(t, "<path d=\"M%d %.1fh20\" stroke=\"%s\" stroke-width=\"2.5\"/>\n", LEGEND_X,
                  y - 4, colors[i % COLORS_N]);
        add_label(t, &(struct label){LEGEND_X + 28, y, "",
                                     axis_label((double)c->series->points[i], label)});
    }
}

/* The first line of the question is what the picture answers. */
static void add_title(struct text *t, const struct chart *c)
{
    const struct scenario *s = c->table->scenario;
    const char *question = s->question ? s->question : s->name;
    struct text line;
    text_init(&line, CHART_MAX);
    text_add_bytes(&line, question, strcspn(question, "\n"));
    const char *size = line.len > TITLE_LARGE_MAX ? "font-size=\"14\" font-weight=\"bold\""
                                                  : "font-size=\"17\" font-weight=\"bold\"";
    add_label(t, &(struct label){PLOT_X - 60, 30, size, line.p ? line.p : ""});
    text_fini(&line);
}

void show_add_chart(struct text *t, const struct lab_table *table, unsigned measure)
{
    struct chart c;
    chart_init(&c, table, measure);
    text_addf(t,
              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
              "viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\" "
              "font-size=\"13\" "
              "fill=\"%s\">\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
              WIDTH, HEIGHT, WIDTH, HEIGHT, TEXT_COLOR, WIDTH, HEIGHT);
    add_title(t, &c);
    add_y_axis(t, &c);
    add_x_axis(t, &c);
    for (unsigned i = 0; i < series_n(&c); i++)
        add_series(t, &c, i);
    add_legend(t, &c);
    text_add(t, "</svg>\n");
}

static int write_file(const char *path, const struct text *t)
{
    FILE *f = fopen(path, "w");
    if (!f) return -errno;
    size_t written = fwrite(t->p, 1, t->len, f);
    int error = written == t->len ? 0 : errno;
    if (fclose(f) && !error) error = errno;
    return -error;
}

int show_chart_write(const struct lab_table *table, const char *directory)
{
    int error = 0;
    for (unsigned i = 0; i < table->measures_n && !error; i++) {
        struct text path;
        struct text chart;
        text_init(&path, SHOW_PATH_MAX);
        text_init(&chart, CHART_MAX);
        text_addf(&path, "%s/%s%s%s.svg", directory, table->scenario->name,
                  table->measures_n > 1 ? "-" : "", table->measures_n > 1 ? table->names[i] : "");
        show_add_chart(&chart, table, i);
        if (path.failed || chart.failed)
            error = path.failed ? -ENAMETOOLONG : -ENOMEM;
        else
            error = write_file(path.p, &chart);
        text_fini(&chart);
        text_fini(&path);
    }
    return error;
}
