/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time from left to right. A story waits for seconds between bursts of milliseconds; drawn to one
 * scale nothing would be seen of either. So long silences are cut out of the axis, which shows
 * where: the spans between them have one scale. Where there would be more breaks than spans are
 * worth it, what happens is regular, and the axis is whole.
 */
#include "lab_svg.h"

#include <stdlib.h>

#define PATIENCE    (300 * BONNET_MS)
#define FLIGHTS     10 /* times a flight that are never cut out */
#define GAP_MAX     24.0
#define GAPS_PART   0.4 /* of the width, for all breaks together */
#define TICK_WANTED 90.0
#define LABEL_ROOM  62.0
#define MARK        4 /* of a break on the axis */

/* Spans are cut where nothing is for so long. false: there are too many. */
static bool cut(struct svg_clock *c, const bonnet_time *at, size_t n, bonnet_time patience)
{
    c->spans_n = 1;
    c->spans[0].from = c->spans[0].to = at[0];
    for (size_t i = 1; i < n; i++) {
        unsigned last = c->spans_n - 1;
        bool silent = at[i] - c->spans[last].to > patience;
        if (silent && c->spans_n == SVG_SPANS_MAX) return false;
        if (silent) {
            c->spans[++last].from = at[i];
            c->spans_n++;
        }
        c->spans[last].to = at[i];
    }
    return true;
}

/* at ascends. */
static void cut_or_not(struct svg_clock *c, const bonnet_time *at, size_t n, bonnet_time patience)
{
    *c = (struct svg_clock){.spans_n = 0};
    if (cut(c, at, n, patience)) return;
    c->spans_n = 1;
    c->spans[0].from = at[0];
    c->spans[0].to = at[n - 1];
}

static bonnet_time patience_of(const struct svg_story *s)
{
    bonnet_time sum = 0;
    bonnet_time n = 0;
    for (size_t i = 0; i < s->packets_n; i++) {
        if (s->packets[i].arrived_at == BONNET_NEVER) continue;
        sum += s->packets[i].arrived_at - s->packets[i].sent_at;
        n++;
    }
    bonnet_time flights = n ? FLIGHTS * (sum / n) : 0;
    return flights > PATIENCE ? flights : PATIENCE;
}

static int compare_times(const void *a, const void *b)
{
    bonnet_time x = *(const bonnet_time *)a;
    bonnet_time y = *(const bonnet_time *)b;
    return x < y ? -1 : x > y;
}

bonnet_time svg_seen_at(const struct svg_packet *p, size_t flow, size_t back)
{
    if (p->flow == flow) return p->sent_at;
    return back != SVG_NONE && p->flow == back ? p->arrived_at : BONNET_NEVER;
}

bool svg_clock_of(struct svg_clock *c, const struct svg_story *s, size_t flow)
{
    size_t back = svg_flow_back(s, flow);
    bonnet_time *at = malloc((s->packets_n + 1) * sizeof(*at));
    size_t n = 0;
    if (!at) return false;
    for (size_t i = 0; i < s->packets_n; i++) {
        bonnet_time seen = svg_seen_at(&s->packets[i], flow, back);
        if (seen != BONNET_NEVER) at[n++] = seen;
    }
    qsort(at, n, sizeof(*at), compare_times);
    if (n) cut_or_not(c, at, n, patience_of(s));
    free(at);
    return n > 0;
}

void svg_clock_place(struct svg_clock *c, double start, double width)
{
    double shown = 0;
    unsigned gaps = c->spans_n - 1;
    for (unsigned i = 0; i < c->spans_n; i++)
        shown += (double)(c->spans[i].to - c->spans[i].from);
    c->start = start;
    c->width = width;
    c->gap = gaps ? GAPS_PART * width / gaps : 0;
    if (c->gap > GAP_MAX) c->gap = GAP_MAX;
    c->scale = shown > 0 ? (width - gaps * c->gap) / shown : 0;
    for (unsigned i = 0; i < c->spans_n; i++) {
        c->spans[i].x = start;
        start += c->gap + c->scale * (double)(c->spans[i].to - c->spans[i].from);
    }
}

double svg_clock_x(const struct svg_clock *c, bonnet_time at)
{
    unsigned i = 0;
    while (i + 1 < c->spans_n && at >= c->spans[i + 1].from)
        i++;
    if (at <= c->spans[i].from) return c->spans[i].x;
    bonnet_time to = at < c->spans[i].to ? at : c->spans[i].to;
    return c->spans[i].x + c->scale * (double)(to - c->spans[i].from);
}

/* A round number of ns, so that ticks are not too close. */
static bonnet_time step_of(const struct svg_clock *c)
{
    static const bonnet_time factors[] = {2, 5, 10};
    bonnet_time step = 1000;
    bonnet_time base = 1000;
    for (unsigned i = 0; c->scale * (double)step < TICK_WANTED && base < BONNET_NEVER / 100; i++) {
        step = base * factors[i % 3];
        if (i % 3 == 2) base = step;
    }
    return step;
}

/* What is a tick's share in an axis of several spans: four digits or so of when it was. */
static bonnet_time fine_step(bonnet_time at)
{
    if (at >= 100 * BONNET_S) return BONNET_S;
    return at >= 10 * BONNET_S ? BONNET_S / 10 : BONNET_MS;
}

/* "1.25 s" or "30 ms", with the digits that the step needs. */
static void add_time(struct text *t, double x, double y, bonnet_time at, bonnet_time step)
{
    const struct svg_label label = {x, y, "text-anchor=\"middle\"", NULL};
    unsigned digits = 0;
    for (bonnet_time unit = BONNET_S; unit > step && digits < 6; unit /= 10)
        digits++;
    if (at < BONNET_S && step < BONNET_S)
        svg_addf(t, &label, "%.*f ms", digits > 3 ? (int)digits - 3 : 0,
                 (double)at / (double)BONNET_MS);
    else
        svg_addf(t, &label, "%.*f s", (int)digits, (double)at / (double)BONNET_S);
}

static void add_break(struct text *t, double x, double top, double bottom)
{
    text_addf(t,
              "<path d=\"M%.1f %.1fV%.1f\" stroke=\"#c4c4c4\" stroke-dasharray=\"2 4\"/>\n"
              "<path d=\"M%.1f %.1fl%d %dm3 0l%d %d\" stroke=\"%s\" fill=\"none\"/>\n",
              x, top, bottom, x - 3, bottom + MARK, MARK, -2 * MARK, -MARK, 2 * MARK, SVG_TEXT);
}

/* The ticks of a span; last: where the last number stands. */
static void add_ticks(struct text *t, const struct svg_clock *c, unsigned span, double bottom,
                      double *last)
{
    bonnet_time step = step_of(c);
    bonnet_time at = c->spans[span].from;
    for (unsigned n = 0; n < SVG_SPANS_MAX && at <= c->spans[span].to; n++) {
        double x = svg_clock_x(c, at);
        text_addf(t, "<path d=\"M%.1f %.1fv5\" stroke=\"%s\"/>\n", x, bottom, SVG_TEXT);
        if (!last) {
            at = (at / step + 1) * step;
            continue;
        }
        if (x - *last >= LABEL_ROOM) {
            bool fine = c->spans_n > 1 && step > BONNET_MS; /* a span begins anywhere */
            add_time(t, x, bottom + 20, at, fine ? fine_step(at) : step);
            *last = x;
        }
        at = (at / step + 1) * step;
    }
}

void svg_clock_draw(struct text *t, const struct svg_clock *c, double top, double bottom,
                    bool numbers)
{
    double last = c->start - LABEL_ROOM;
    text_addf(t, "<path d=\"M%.1f %.1fh%.1f\" stroke=\"%s\"/>\n", c->start, bottom, c->width,
              SVG_TEXT);
    for (unsigned i = 0; i < c->spans_n; i++) {
        if (i > 0) add_break(t, c->spans[i].x - c->gap / 2, top, bottom);
        add_ticks(t, c, i, bottom, numbers ? &last : NULL);
    }
}
