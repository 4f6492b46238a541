/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The story of two hosts as a diagram: a life line for each, slanted arrows for packets, beside the
 * lines what programs call and what becomes of their sockets, and the queues as bars when they have
 * changed. Where things stand is decided in lab_svg_place.c.
 */
#include "lab_svg.h"

#include <string.h>

enum { WIDTH = 1240, BAR_W = 220, HEAD = SVG_HEAD_MAX + 46 };

#define AIR            12
#define DELIVERED_SEEN 4 /* times the longest queue; longer bars are cut */

struct diagram {
    const struct svg_story *story;
    struct svg_layout layout;
    double unit; /* pixels per byte of queues */
    bool has_queues;
};

static double line_of(unsigned side)
{
    return side ? SVG_LINE_RIGHT : SVG_LINE_LEFT;
}

/* ---- notes ---- */

static void add_note(struct text *t, unsigned side, double y, const char *text, const char *color)
{
    char attributes[96];
    snprintf(attributes, sizeof(attributes), "text-anchor=\"%s\" fill=\"%s\"",
             side ? "start" : "end", color);
    double x = line_of(side) + (side ? AIR : -AIR);
    svg_add_lines(t, &(struct svg_label){x, y + 11, attributes, text}, SVG_NOTE_COLUMNS, SVG_LINE);
}

static void add_band(struct text *t, const struct svg_place *p, const struct svg_item *item)
{
    bool acts = item->kind == SVG_ACT;
    text_addf(t, "<rect x=\"20\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" rx=\"4\" fill=\"%s\"/>\n",
              p->y, WIDTH - 40, p->height, acts ? "#fbeee4" : "#f3f5f6");
    svg_add_lines(t,
                  &(struct svg_label){WIDTH / 2.0, p->y + 16, "text-anchor=\"middle\"",
                                      item->text ? item->text : ""},
                  SVG_BAND_COLUMNS, SVG_LINE);
}

/* ---- queues ---- */

struct bar {
    const char *color;
    uint64_t bytes;
};

/* Two boxes side by side, from the life line outwards. */
static void add_bars(struct text *t, const struct diagram *d, unsigned side, double y,
                     const struct bar bars[2])
{
    double x = line_of(side) + (side ? AIR : -AIR);
    for (int i = 0; i < 2; i++) {
        double width = d->unit * (double)bars[i].bytes;
        bool is_cut = width > BAR_W;
        if (!bars[i].bytes) continue;
        if (width < 2) width = 2;
        if (is_cut) width = BAR_W;
        text_addf(t,
                  "<rect class=\"queue\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"9\" "
                  "fill=\"%s\"/>\n",
                  side ? x : x - width, y, width, bars[i].color);
        x += side ? width : -width;
        if (is_cut)
            text_addf(t, "<path d=\"M%.1f %.1fl4 -11\" stroke=\"#fff\" stroke-width=\"3\"/>\n",
                      side ? x - 16 : x + 12, y + 10);
    }
    if (bars[0].bytes + bars[1].bytes == 0)
        text_addf(t, "<path d=\"M%.1f %.1fv9\" stroke=\"%s\"/>\n", x, y, SVG_DIM);
}

static void add_queue_note(struct text *t, unsigned side, double y, const char *words)
{
    const char *attributes = side ? "font-size=\"11\"" : "font-size=\"11\" text-anchor=\"end\"";
    double x = line_of(side) + (side ? AIR : -AIR);
    svg_add_label(t, &(struct svg_label){x, y + 11, attributes, words});
}

static void add_queues(struct text *t, const struct diagram *d, unsigned side, double y,
                       const struct svg_item *item)
{
    const struct svg_gauge *g = &item->queues;
    char words[160];
    if (item->sends) {
        int n = snprintf(words, sizeof(words), "%s: SendQ %u", item->text ? item->text : "",
                         (unsigned)g->send_q);
        if (g->in_flight)
            snprintf(words + n, sizeof(words) - (size_t)n, " (%u in flight)",
                     (unsigned)g->in_flight);
        add_queue_note(t, side, y, words);
        uint32_t rest = g->send_q > g->in_flight ? g->send_q - g->in_flight : 0;
        add_bars(t, d, side, y + SVG_LINE,
                 (struct bar[]){{SVG_ORANGE, g->in_flight}, {SVG_LIGHT, rest}});
        y += 2 * SVG_LINE;
    }
    if (!item->receives) return;
    int n = snprintf(words, sizeof(words), "%s: RecvQ %u", item->text ? item->text : "",
                     (unsigned)g->recv_q);
    if (g->out_of_order)
        n += snprintf(words + n, sizeof(words) - (size_t)n, " (+%u beyond a gap)",
                      (unsigned)g->out_of_order);
    snprintf(words + n, sizeof(words) - (size_t)n, "  Delivered %llu",
             (unsigned long long)g->delivered);
    add_queue_note(t, side, y, words);
    add_bars(t, d, side, y + SVG_LINE,
             (struct bar[]){{SVG_BLUE, g->recv_q}, {SVG_LIGHT_BLUE, g->delivered}});
}

/* What was delivered grows for ever: it may make the queues small, but not vanish. */
static void measure_queues(struct diagram *d)
{
    double most = 0;
    double delivered = 0;
    for (size_t i = 0; i < d->story->items_n; i++) {
        const struct svg_item *item = &d->story->items[i];
        const struct svg_gauge *g = &item->queues;
        if (item->kind != SVG_QUEUES || !d->layout.places[i].shown) continue;
        double sends = g->send_q > g->in_flight ? g->send_q : g->in_flight;
        double all = (double)g->recv_q + (double)g->delivered;
        d->has_queues = true;
        if (sends > most) most = sends;
        if (g->recv_q > most) most = g->recv_q;
        if (all > delivered) delivered = all;
    }
    if (delivered > DELIVERED_SEEN * most) delivered = DELIVERED_SEEN * most;
    if (delivered > most) most = delivered;
    d->unit = most > 0 ? BAR_W / most : 0;
}

/* ---- the picture ---- */

static void add_lines(struct text *t, const struct diagram *d)
{
    const struct svg_layout *l = &d->layout;
    for (unsigned side = 0; side < 2; side++) {
        const char *name =
            l->hosts[side] < LAB_HOSTS_MAX ? d->story->scenario->hosts[l->hosts[side]].name : "";
        text_addf(t, "<path d=\"M%.1f %dV%.1f\" stroke=\"#9a9a9a\" stroke-width=\"2\"/>\n",
                  line_of(side), HEAD - 20, l->bottom + 12);
        svg_add_label(t, &(struct svg_label){line_of(side), HEAD - 27,
                                             "text-anchor=\"middle\" font-size=\"15\" "
                                             "font-weight=\"bold\"",
                                             name});
    }
}

static void add_breaks(struct text *t, const struct diagram *d)
{
    for (unsigned i = 0; i < d->layout.breaks_n; i++) {
        const struct svg_break *b = &d->layout.breaks[i];
        struct text words;
        for (unsigned side = 0; side < 2; side++)
            text_addf(t,
                      "<path d=\"M%.1f %.1fv14\" stroke=\"#fff\" stroke-width=\"4\"/>\n"
                      "<path d=\"M%.1f %.1fl16 -6m-16 14l16 -6\" stroke=\"#9a9a9a\" "
                      "stroke-width=\"1.5\"/>\n",
                      line_of(side), b->y - 7, line_of(side) - 8, b->y - 1);
        text_init(&words, SHOW_TEXT_MAX);
        show_add_duration(&words, b->left_out);
        svg_add_label(t, &(struct svg_label){(SVG_LINE_LEFT + SVG_LINE_RIGHT) / 2.0, b->y + 4,
                                             "class=\"break\" text-anchor=\"middle\" "
                                             "font-style=\"italic\" fill=\"" SVG_DIM "\"",
                                             words.p ? words.p : ""});
        text_fini(&words);
    }
}

/* The time at the edge of a side, when it is another than above. */
static void add_times(struct text *t, const struct diagram *d)
{
    bonnet_time last[2] = {BONNET_NEVER, BONNET_NEVER};
    for (size_t i = 0; i < d->story->items_n; i++) {
        const struct svg_item *item = &d->story->items[i];
        unsigned side = svg_layout_side(&d->layout, item->host);
        bool has_time = item->kind != SVG_ARRIVED && item->kind != SVG_SAY && item->kind != SVG_ACT;
        if (!d->layout.places[i].shown || side > 1 || !has_time) continue;
        if (item->at == last[side]) continue;
        last[side] = item->at;
        struct text words;
        text_init(&words, SHOW_TEXT_MAX);
        if (item->at)
            show_add_duration(&words, item->at);
        else
            text_add(&words, "0");
        svg_add_label(t, &(struct svg_label){side ? WIDTH - 16 : 16, d->layout.places[i].y + 11,
                                             side ? "text-anchor=\"end\" fill=\"" SVG_DIM "\""
                                                  : "fill=\"" SVG_DIM "\"",
                                             words.p ? words.p : ""});
        text_fini(&words);
    }
}

/* From where a call has blocked to where it returns. */
static void add_waits(struct text *t, const struct diagram *d)
{
    const struct svg_story *s = d->story;
    for (size_t i = 0; i < s->items_n; i++) {
        const struct svg_item *from = &s->items[i];
        unsigned side = svg_layout_side(&d->layout, from->host);
        if (from->kind != SVG_BLOCKED || !d->layout.places[i].shown || side > 1) continue;
        double to = d->layout.bottom + 12;
        for (size_t k = i + 1; k < s->items_n; k++) {
            const struct svg_item *until = &s->items[k];
            bool is_end = until->kind == SVG_CALL && until->returned && until->program &&
                          from->program && strcmp(until->program, from->program) == 0;
            if (!is_end) continue;
            if (d->layout.places[k].shown) to = d->layout.places[k].y + 9;
            break;
        }
        double y = d->layout.places[i].y + 4;
        text_addf(t, "<rect x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"%.1f\" fill=\"#d9cfe0\"/>\n",
                  line_of(side) - 3.5, y, to - y);
    }
}

static void add_item(struct text *t, const struct diagram *d, size_t i)
{
    const struct svg_item *item = &d->story->items[i];
    const struct svg_place *p = &d->layout.places[i];
    const char *text = item->text ? item->text : "";
    unsigned side = svg_layout_side(&d->layout, item->host);
    switch (item->kind) {
    case SVG_ARRIVED: break;
    case SVG_CALL:
    case SVG_BLOCKED: add_note(t, side, p->y, text, SVG_TEXT); break;
    case SVG_STATE: add_note(t, side, p->y, text, "#00734f"); break;
    case SVG_SENT: /* why, if that is not ordinary */
    case SVG_REASON: add_note(t, side, p->y, text, SVG_RED); break;
    case SVG_QUEUES: add_queues(t, d, side, p->y, item); break;
    case SVG_QUEUES_TOLD: add_note(t, side, p->y, text, SVG_PURPLE); break;
    case SVG_OMITTED: add_note(t, side, p->y, text, SVG_DIM); break;
    case SVG_SAY:
    case SVG_ACT: add_band(t, p, item); break;
    }
}

static void add_key(struct text *t, const struct diagram *d)
{
    static const struct svg_entry entries[] = {
        {SVG_ORANGE, "in flight", true},
        {SVG_LIGHT, "the rest of the SendQ", true},
        {SVG_BLUE, "RecvQ", true},
        {SVG_LIGHT_BLUE, "Delivered", true},
        {"#d9cfe0", "blocked in a call", true},
    };
    if (d->has_queues)
        svg_add_legend(t, 20, SVG_HEAD_MAX - 4, entries, 5);
    else
        svg_add_legend(t, 20, SVG_HEAD_MAX - 4, entries + 4, 1);
}

bool svg_diagram(struct text *t, const struct svg_story *s)
{
    struct diagram d = {.story = s};
    if (!s->packets_n) return false;
    if (svg_layout_init(&d.layout, s, HEAD) < 0) {
        t->failed = true;
        return true;
    }
    measure_queues(&d);
    svg_begin(t, s, WIDTH, d.layout.bottom + 44, "who does what, and who hears of it when");
    add_key(t, &d);
    add_lines(t, &d);
    add_waits(t, &d);
    add_breaks(t, &d);
    svg_add_arrows(t, s, &d.layout);
    add_times(t, &d);
    for (size_t i = 0; i < s->items_n; i++)
        if (d.layout.places[i].shown) add_item(t, &d, i);
    svg_add_arrow_labels(t, s, &d.layout);
    if (d.layout.is_cut)
        svg_addf(t,
                 &(struct svg_label){WIDTH / 2.0, d.layout.bottom + 30,
                                     "text-anchor=\"middle\" font-style=\"italic\"", NULL},
                 "The story goes on: bonnet lab run %s tells the rest.", s->scenario->name);
    svg_end(t);
    svg_layout_fini(&d.layout);
    return true;
}
