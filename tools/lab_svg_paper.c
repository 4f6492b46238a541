/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all pictures of a run have: SVG that needs nothing else, a light ground, a title, text.
 *
 * Nobody measures text here: a picture is drawn by another program, with fonts of its own. Texts
 * are broken at a number of characters that fits with the widest of the usual fonts.
 */
#include "lab_svg.h"

#include <string.h>

#define MARGIN       20
#define TITLE_CHARS  11.5 /* pixels of a character, at most */
#define LEGEND_CHARS 7.2
#define LEGEND_MARK  26
#define TITLE_LINE   23

void svg_add_label(struct text *t, const struct svg_label *l)
{
    text_addf(t, "<text x=\"%.1f\" y=\"%.1f\" %s>", l->x, l->y, l->attributes);
    text_add_html(t, l->text);
    text_add(t, "</text>\n");
}

void svg_addf(struct text *t, const struct svg_label *at, const char *format, ...)
{
    char buf[512];
    struct svg_label label = *at;
    va_list args;
    va_start(args, format);
    vsnprintf(buf, sizeof(buf), format, args);
    va_end(args);
    label.text = buf;
    svg_add_label(t, &label);
}

/* The bytes of text that go into a line: up to the last blank, if there is one. */
static size_t line_of(const char *text, size_t columns)
{
    size_t len = strcspn(text, "\n");
    if (len <= columns) return len;
    size_t at = columns;
    while (at > 0 && text[at] != ' ')
        at--;
    return at ? at : columns;
}

static const char *behind(const char *text, size_t len)
{
    text += len;
    return *text == ' ' || *text == '\n' ? text + 1 : text;
}

unsigned svg_count_lines(const char *text, size_t columns)
{
    unsigned n = 0;
    for (; *text; n++)
        text = behind(text, line_of(text, columns));
    return n;
}

unsigned svg_add_lines(struct text *t, const struct svg_label *first, size_t columns, double line)
{
    struct svg_label at = *first;
    const char *text = first->text;
    unsigned n = 0;
    for (; *text; n++) {
        struct text part;
        size_t len = line_of(text, columns);
        text_init(&part, SHOW_TEXT_MAX);
        text_add_bytes(&part, text, len);
        at.text = part.p ? part.p : "";
        svg_add_label(t, &at);
        text_fini(&part);
        at.y += line;
        text = behind(text, len);
    }
    return n;
}

/* The first line of the question is what the picture answers. */
static void add_title(struct text *t, const struct svg_story *s, int width)
{
    const char *question = s->scenario->question ? s->scenario->question : s->scenario->name;
    struct text line;
    text_init(&line, SHOW_TEXT_MAX);
    text_add_bytes(&line, question, strcspn(question, "\n"));
    const struct svg_label label = {MARGIN, 34, "font-size=\"18\" font-weight=\"bold\"",
                                    line.p ? line.p : ""};
    svg_add_lines(t, &label, (size_t)((width - 2 * MARGIN) / TITLE_CHARS), TITLE_LINE);
    text_fini(&line);
}

static double title_bottom(const struct svg_story *s, int width)
{
    const char *question = s->scenario->question ? s->scenario->question : s->scenario->name;
    size_t len = strcspn(question, "\n");
    bool is_long = len > (size_t)((width - 2 * MARGIN) / TITLE_CHARS);
    return is_long ? 34 + TITLE_LINE : 34;
}

void svg_begin(struct text *t, const struct svg_story *s, int width, double height,
               const char *what)
{
    struct text line;
    text_addf(t,
              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
              "viewBox=\"0 0 %d %.0f\" font-family=\"Helvetica, Arial, sans-serif\" "
              "font-size=\"12\" fill=\"%s\">\n<rect width=\"%d\" height=\"%.0f\" "
              "fill=\"#fff\"/>\n",
              width, height, width, height, SVG_TEXT, width, height);
    add_title(t, s, width);
    text_init(&line, SHOW_TEXT_MAX);
    text_addf(&line, "%s, on %s, seed %llu", s->scenario->name, s->stack,
              (unsigned long long)s->seed);
    if (s->values.len) text_addf(&line, ", %s", s->values.p);
    text_addf(&line, ": %s", what);
    svg_add_label(t, &(struct svg_label){MARGIN, title_bottom(s, width) + 22,
                                         "font-size=\"13\" fill=\"" SVG_DIM "\"",
                                         line.p ? line.p : ""});
    text_fini(&line);
}

void svg_end(struct text *t)
{
    text_add(t, "</svg>\n");
}

void svg_add_legend(struct text *t, double x, double y, const struct svg_entry *entries, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const struct svg_entry *e = &entries[i];
        if (e->is_bar)
            text_addf(t, "<rect x=\"%.1f\" y=\"%.1f\" width=\"18\" height=\"10\" fill=\"%s\"/>\n",
                      x, y - 9, e->color);
        else
            text_addf(t, "<path d=\"M%.1f %.1fh18\" stroke=\"%s\" stroke-width=\"2.5\"/>\n", x,
                      y - 4, e->color);
        svg_add_label(t, &(struct svg_label){x + LEGEND_MARK, y, "", e->text});
        x += 2 * LEGEND_MARK + LEGEND_CHARS * (double)strlen(e->text);
    }
}

/* ---- stairs ---- */

#define STEP_MIN 0.6 /* pixels: nobody sees less */

static void draw_left_out(struct text *t, struct svg_stairs *s)
{
    if (s->high - s->low >= STEP_MIN) text_addf(t, "V%.1fV%.1f", s->low, s->high);
}

void svg_stairs_add(struct text *t, struct svg_stairs *s, double x, double y)
{
    if (!s->begun) {
        text_addf(t, "M%.1f %.1f", x, y);
        *s = (struct svg_stairs){x, y, y, y, true};
        return;
    }
    if (x - s->x < STEP_MIN) {
        if (y < s->low) s->low = y;
        if (y > s->high) s->high = y;
        s->y = y;
        return;
    }
    draw_left_out(t, s);
    text_addf(t, "V%.1fH%.1f", s->y, x);
    *s = (struct svg_stairs){x, y, y, y, true};
}
