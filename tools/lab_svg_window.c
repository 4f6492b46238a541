/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much may be under way, how much is, how long a round trip takes, and what comes of it: panels
 * one below the other over the same time, for the direction that carries most.
 *
 * Windows, flight and round trip are what the sender's own rows say whenever its queues change. The
 * rate is what has been acknowledged, in bins that are no shorter than a hundredth of the time
 * shown. A slow-start threshold that was never set is not drawn.
 */
#include "lab_svg.h"

#include "lab_axis.h"

enum { WIDTH = 1120, PLOT_X = 84, PLOT_W = 1000, PANELS = 3, SPACE = 58 };

#define BINS       100
#define GAUGES_MIN 4 /* fewer changes make no picture */

static const double heights[PANELS] = {230, 120, 120};

enum value { VALUE_CWND, VALUE_SSTHRESH, VALUE_FLIGHT, VALUE_RTT };

struct view {
    const struct svg_story *story;
    size_t flow, back;
    struct svg_clock clock;
    struct axis y[PANELS];
    double tops[PANELS];
    double cwnd_max;
    bonnet_time bin;
    bool has_ssthresh;
};

static bool is_shown(const struct view *v, const struct svg_gauge *g)
{
    return g->flow == v->flow;
}

static double value_of(const struct svg_gauge *g, enum value value)
{
    switch (value) {
    case VALUE_CWND: return g->cwnd;
    case VALUE_SSTHRESH: return g->ssthresh;
    case VALUE_FLIGHT: return g->in_flight;
    case VALUE_RTT: return g->rtt_us / 1e3;
    }
    return 0;
}

static double most(const struct view *v, enum value value)
{
    double max = 0;
    for (size_t i = 0; i < v->story->gauges_n; i++) {
        const struct svg_gauge *g = &v->story->gauges[i];
        if (is_shown(v, g) && value_of(g, value) > max) max = value_of(g, value);
    }
    return max;
}

static size_t busiest(const struct svg_story *s)
{
    size_t best = SVG_NONE;
    for (size_t i = 0; i < s->flows_n; i++)
        if (s->flows[i].sent > 0 && (best == SVG_NONE || s->flows[i].sent > s->flows[best].sent))
            best = i;
    return best;
}

/* false: there is too little for a picture, or no memory. */
static bool make_clock(struct view *v)
{
    unsigned n = 0;
    for (size_t i = 0; i < v->story->gauges_n; i++)
        n += is_shown(v, &v->story->gauges[i]);
    if (n < GAUGES_MIN || !svg_clock_of(&v->clock, v->story, v->flow)) return false;
    svg_clock_place(&v->clock, PLOT_X, PLOT_W);
    return v->clock.scale > 0;
}

/* ---- the rate ---- */

static bool is_ack(const struct view *v, const struct svg_packet *p, uint32_t highest)
{
    return p->flow == v->back && p->flags & BONNET_ACK && p->arrived_at != BONNET_NEVER &&
           p->ack > highest;
}

struct bin {
    bonnet_time from, to;
    uint64_t bytes;
};

/* Calls fn with each bin in which something was acknowledged. */
static void each_bin(const struct view *v, void (*fn)(void *ctx, const struct bin *bin), void *ctx)
{
    const struct svg_story *s = v->story;
    bonnet_time start = v->clock.spans[0].from;
    uint32_t highest = 1; /* the SYN's own number is no byte */
    struct bin bin = {start, start + v->bin, 0};
    for (size_t i = 0; i < s->packets_n; i++) {
        const struct svg_packet *p = &s->packets[i];
        if (!is_ack(v, p, highest)) continue;
        if (p->arrived_at >= bin.to) {
            if (bin.bytes) fn(ctx, &bin);
            bin.from = start + (p->arrived_at - start) / v->bin * v->bin;
            bin.to = bin.from + v->bin;
            bin.bytes = 0;
        }
        bin.bytes += p->ack - highest;
        highest = p->ack;
    }
    if (bin.bytes) fn(ctx, &bin);
}

static double rate_of(const struct bin *bin)
{
    return (double)bin->bytes * 8e3 / (double)(bin->to - bin->from); /* Mbit/s */
}

static void note_rate(void *ctx, const struct bin *bin)
{
    double *max = ctx;
    if (rate_of(bin) > *max) *max = rate_of(bin);
}

struct pen {
    const struct view *view;
    struct text *t;
};

static void draw_bin(void *ctx, const struct bin *bin)
{
    struct pen *pen = ctx;
    const struct view *v = pen->view;
    double x = svg_clock_x(&v->clock, bin->from);
    double width = svg_clock_x(&v->clock, bin->to) - x;
    double y = axis_place(&v->y[2], rate_of(bin));
    text_addf(pen->t, "M%.1f %.1fV%.1fh%.1fV%.1fz", x, v->y[2].start, y, width < 1 ? 1 : width,
              v->y[2].start);
}

/* ---- panels ---- */

static void set_axes(struct view *v)
{
    double ssthresh = 0;
    double rate = 0;
    v->cwnd_max = most(v, VALUE_CWND);
    double flight = most(v, VALUE_FLIGHT);
    double high = flight > v->cwnd_max ? flight : v->cwnd_max;
    for (size_t i = 0; i < v->story->gauges_n; i++) {
        const struct svg_gauge *g = &v->story->gauges[i];
        bool set = is_shown(v, g) && g->ssthresh && g->ssthresh <= 2 * high;
        if (set && g->ssthresh > ssthresh) ssthresh = g->ssthresh;
    }
    v->has_ssthresh = ssthresh > 0;
    axis_from_zero(&v->y[0], ssthresh > high ? ssthresh : high);
    axis_from_zero(&v->y[1], most(v, VALUE_RTT));
    v->bin = (bonnet_time)((double)PLOT_W / BINS / v->clock.scale) + 1;
    each_bin(v, note_rate, &rate);
    axis_from_zero(&v->y[2], rate);
    double top = SVG_HEAD_MAX + 40;
    for (int i = 0; i < PANELS; i++) {
        v->tops[i] = top;
        v->y[i].start = top + heights[i];
        v->y[i].span = -heights[i];
        top += heights[i] + SPACE;
    }
}

static void add_line(struct text *t, const struct view *v, enum value value, const char *color)
{
    const struct axis *y = &v->y[value == VALUE_RTT ? 1 : 0];
    struct svg_stairs stairs = {.begun = false};
    bool is_area = value == VALUE_FLIGHT;
    text_addf(t, "<path fill=\"%s\" fill-opacity=\"0.4\" stroke=\"%s\" stroke-width=\"1.8\" d=\"",
              is_area ? color : "none", is_area ? "none" : color);
    if (is_area) svg_stairs_add(t, &stairs, PLOT_X, y->start);
    for (size_t i = 0; i < v->story->gauges_n; i++) {
        const struct svg_gauge *g = &v->story->gauges[i];
        double n = value_of(g, value);
        if (!is_shown(v, g)) continue;
        if (n <= 0 && value != VALUE_FLIGHT) continue;
        if (n > y->to)
            stairs.begun = false; /* never set: beyond the picture */
        else
            svg_stairs_add(t, &stairs, svg_clock_x(&v->clock, g->at), axis_place(y, n));
    }
    if (stairs.begun) svg_stairs_add(t, &stairs, PLOT_X + PLOT_W + 1, stairs.y);
    if (is_area) text_addf(t, "V%.1fz", y->start);
    text_add(t, "\"/>\n");
}

static void add_y_axis(struct text *t, const struct axis *y)
{
    char label[AXIS_LABEL_ROOM];
    unsigned every = y->span > -150 && y->ticks_n > 4 ? 2 : 1;
    for (unsigned i = 0; i < y->ticks_n; i += every) {
        double at = axis_place(y, y->ticks[i]);
        text_addf(t, "<path d=\"M%d %.1fh%d\" stroke=\"%s\"/>\n", PLOT_X, at, PLOT_W, SVG_GRID);
        svg_add_label(t, &(struct svg_label){PLOT_X - 8, at + 4, "text-anchor=\"end\"",
                                             axis_label(y->ticks[i], label)});
    }
}

static void add_heads(struct text *t, const struct view *v)
{
    static const char *const names[] = {"bytes", "round trip [ms]", "acknowledged [Mbit/s]"};
    static const struct svg_entry entries[] = {
        {SVG_BLUE, "congestion window (cwnd)", false},
        {"#bbe1f4", "in flight", true},
        {SVG_PURPLE, "slow-start threshold (ssthresh)", false},
    };
    for (int i = 0; i < PANELS; i++) {
        svg_add_label(
            t, &(struct svg_label){PLOT_X - 64, v->tops[i] - 14, "font-weight=\"bold\"", names[i]});
        add_y_axis(t, &v->y[i]);
        svg_clock_draw(t, &v->clock, v->tops[i], v->y[i].start, i == PANELS - 1);
    }
    svg_add_legend(t, PLOT_X + 40, v->tops[0] - 14, entries, v->has_ssthresh ? 3 : 2);
}

static void add_rate(struct text *t, const struct view *v)
{
    struct pen pen = {v, t};
    text_addf(t, "<path fill=\"%s\" fill-opacity=\"0.75\" d=\"M0 0", SVG_GREEN);
    each_bin(v, draw_bin, &pen);
    text_add(t, "\"/>\n");
}

bool svg_window(struct text *t, const struct svg_story *s)
{
    struct view v = {.story = s, .flow = busiest(s)};
    struct text what;
    if (v.flow == SVG_NONE) return false;
    v.back = svg_flow_back(s, v.flow);
    if (v.back == SVG_NONE || !make_clock(&v) || most(&v, VALUE_CWND) <= 0) return false;
    set_axes(&v);
    text_init(&what, SHOW_TEXT_MAX);
    text_add(&what, "windows, round trip and rate of ");
    svg_add_flow(&what, s, v.flow);
    svg_begin(t, s, WIDTH, v.y[PANELS - 1].start + SPACE - 16, what.p ? what.p : "");
    text_fini(&what);
    add_heads(t, &v);
    add_line(t, &v, VALUE_FLIGHT, SVG_SKY);
    if (v.has_ssthresh) add_line(t, &v, VALUE_SSTHRESH, SVG_PURPLE);
    add_line(t, &v, VALUE_CWND, SVG_BLUE);
    add_line(t, &v, VALUE_RTT, SVG_RED);
    add_rate(t, &v);
    svg_end(t);
    return true;
}
