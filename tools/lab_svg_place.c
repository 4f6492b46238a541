/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where things stand in the diagram: time goes down, but only as fast as there is something to see.
 *
 * Each of the two sides has its own order, and a packet arrives below where it was sent, as far as
 * its flight was long; that is all that must hold while packets are under way, and it keeps bursts
 * of parallel arrows narrow. Whenever none is, both sides come level again. What takes long then is
 * a break, and so no picture is longer than what happens in it. A picture that would be longer than
 * anybody reads ends, and says so.
 */
#include "lab_svg.h"

#include <errno.h>
#include <stdlib.h>

#define FLIGHT_HEIGHT 36.0 /* pixels of an ordinary flight */
#define STEP_MAX      64.0 /* of what is not a break */
#define STEP_MIN      5.0
#define BREAK_HEIGHT  40.0
#define BREAK_FLIGHTS 4 /* flights without anything that are one */
#define HEIGHT_MAX    4600.0
#define BAND_AIR      16.0

struct side {
    double y, free; /* of the last item, and below it */
    bonnet_time at;
};

struct cursor {
    struct svg_layout *layout;
    const struct svg_story *story;
    struct side sides[2];
    bonnet_time flight; /* an ordinary one */
    unsigned under_way;
    size_t remark;  /* a band that waits for packets to arrive; SVG_NONE: none does */
    double *sent_y; /* of packets; < 0: not shown */
};

unsigned svg_layout_side(const struct svg_layout *l, unsigned host)
{
    if (host == l->hosts[0]) return 0;
    return host == l->hosts[1] ? 1 : 2;
}

static double higher(double a, double b)
{
    return a > b ? a : b;
}

static double height_for(const struct cursor *c, bonnet_time passed)
{
    if (!passed) return 0;
    double step = FLIGHT_HEIGHT * (double)passed / (double)c->flight;
    if (step < STEP_MIN) step = STEP_MIN;
    return step < STEP_MAX ? step : STEP_MAX;
}

static double height_of(const struct svg_item *item)
{
    double lines = item->text ? svg_count_lines(item->text, SVG_NOTE_COLUMNS) : 1;
    switch (item->kind) {
    case SVG_SENT: return lines * SVG_LINE + 1;
    case SVG_ARRIVED: return SVG_LINE - 5;
    case SVG_QUEUES: return (item->sends ? 2 * SVG_LINE : 0) + (item->receives ? 2 * SVG_LINE : 0);
    case SVG_SAY:
    case SVG_ACT:
        return SVG_LINE * svg_count_lines(item->text ? item->text : "", SVG_BAND_COLUMNS) + 10;
    case SVG_CALL:
    case SVG_BLOCKED:
    case SVG_STATE:
    case SVG_REASON:
    case SVG_QUEUES_TOLD:
    case SVG_OMITTED: break;
    }
    return lines * SVG_LINE;
}

static double lowest(const struct cursor *c)
{
    return higher(c->sides[0].free, c->sides[1].free);
}

/* The picture is level again at y. */
static void level(struct cursor *c, double y, bonnet_time at)
{
    for (int i = 0; i < 2; i++)
        c->sides[i] = (struct side){y, y, at};
}

static void put_break(struct cursor *c, bonnet_time from, bonnet_time to)
{
    struct svg_layout *l = c->layout;
    double y = lowest(c);
    if (l->breaks_n < SVG_BREAKS_MAX)
        l->breaks[l->breaks_n++] = (struct svg_break){y + BREAK_HEIGHT / 2, to - from};
    level(c, y + BREAK_HEIGHT, to);
}

/* Nothing is under way: who comes next stands below all that was before. */
static double level_for(struct cursor *c, bonnet_time at)
{
    struct side *a = &c->sides[0];
    struct side *b = &c->sides[1];
    bonnet_time last = a->at > b->at ? a->at : b->at;
    if (at > last && at - last > BREAK_FLIGHTS * c->flight) put_break(c, last, at);
    last = a->at > b->at ? a->at : b->at;
    return higher(a->y, b->y) + (at > last ? height_for(c, at - last) : 0);
}

static void place_band(struct cursor *c, struct svg_place *p, const struct svg_item *item)
{
    if (!c->under_way && item->at >= c->sides[0].at && item->at >= c->sides[1].at)
        (void)level_for(c, item->at);
    p->y = lowest(c) + BAND_AIR / 2;
    p->height = height_of(item);
    p->shown = true;
    bonnet_time at = c->sides[0].at > c->sides[1].at ? c->sides[0].at : c->sides[1].at;
    level(c, p->y + p->height + BAND_AIR / 2, at > item->at ? at : item->at);
}

static void place_note(struct cursor *c, struct svg_place *p, const struct svg_item *item,
                       struct side *side)
{
    const struct svg_packet *packets = c->story->packets;
    bool arrives = item->kind == SVG_ARRIVED;
    double y = side->free;
    if (item->at > side->at) y = higher(y, side->y + height_for(c, item->at - side->at));
    if (!c->under_way) y = higher(y, level_for(c, item->at));
    y = higher(y, side->free); /* a break may have moved it */
    if (arrives && c->sent_y[item->packet] >= 0) {
        const struct svg_packet *packet = &packets[item->packet];
        bonnet_time flight = packet->arrived_at - packet->sent_at;
        y = higher(y, c->sent_y[item->packet] + height_for(c, flight));
        c->under_way--;
    }
    if (item->kind == SVG_SENT) {
        bool will_arrive = packets[item->packet].arrived_at != BONNET_NEVER &&
                           svg_layout_side(c->layout, packets[item->packet].to) < 2;
        c->sent_y[item->packet] = will_arrive ? y : -1;
        c->under_way += will_arrive;
    }
    *p = (struct svg_place){y, height_of(item), true};
    *side = (struct side){y, y + p->height, item->at};
}

static void place_remark(struct cursor *c)
{
    size_t i = c->remark;
    c->remark = SVG_NONE;
    if (i != SVG_NONE) place_band(c, &c->layout->places[i], &c->story->items[i]);
}

/* Does a program begin something, or the story? What was remarked before stands above it. */
static bool moves_on(const struct svg_item *item)
{
    return item->kind == SVG_BLOCKED || item->kind == SVG_SAY || item->kind == SVG_ACT ||
           (item->kind == SVG_CALL && !item->returned);
}

static void place_one(struct cursor *c, size_t i)
{
    const struct svg_item *item = &c->story->items[i];
    unsigned side = svg_layout_side(c->layout, item->host);
    if (!c->under_way || moves_on(item)) place_remark(c);
    if (item->kind == SVG_SAY && c->under_way)
        c->remark = i;
    else if (item->kind == SVG_SAY || item->kind == SVG_ACT)
        place_band(c, &c->layout->places[i], item);
    else if (side < 2)
        place_note(c, &c->layout->places[i], item, &c->sides[side]);
}

static void place_all(struct cursor *c)
{
    struct svg_layout *l = c->layout;
    for (size_t i = 0; i < c->story->items_n && !l->is_cut; i++) {
        place_one(c, i);
        l->is_cut = lowest(c) > HEIGHT_MAX && !c->under_way;
    }
    place_remark(c);
    l->bottom = lowest(c);
}

/* Of an ordinary packet: half of them are not faster. */
static bonnet_time ordinary_flight(const struct svg_story *s)
{
    bonnet_time least = BONNET_NEVER;
    for (size_t i = 0; i < s->packets_n; i++) {
        const struct svg_packet *p = &s->packets[i];
        if (p->arrived_at != BONNET_NEVER && p->arrived_at - p->sent_at < least)
            least = p->arrived_at - p->sent_at;
    }
    return least == BONNET_NEVER || least < BONNET_MS / 10 ? BONNET_MS / 10 : least;
}

/* The two hosts that send each other most. */
static void choose_hosts(struct svg_layout *l, const struct svg_story *s)
{
    size_t counts[LAB_HOSTS_MAX][LAB_HOSTS_MAX] = {{0}};
    size_t most = 0;
    l->hosts[1] = s->scenario->hosts_n > 1 ? 1 : LAB_HOSTS_MAX;
    for (size_t i = 0; i < s->packets_n; i++) {
        unsigned a = s->packets[i].from;
        unsigned b = s->packets[i].to;
        if (a >= LAB_HOSTS_MAX || b >= LAB_HOSTS_MAX || a == b) continue;
        unsigned first = a < b ? a : b;
        unsigned second = a < b ? b : a;
        if (++counts[first][second] <= most) continue;
        most = counts[first][second];
        l->hosts[0] = first;
        l->hosts[1] = second;
    }
}

int svg_layout_init(struct svg_layout *l, const struct svg_story *s, double top)
{
    *l = (struct svg_layout){.breaks_n = 0};
    struct cursor c = {.layout = l, .story = s, .flight = ordinary_flight(s), .remark = SVG_NONE};
    choose_hosts(l, s);
    l->places = calloc(s->items_n + 1, sizeof(*l->places));
    c.sent_y = calloc(s->packets_n + 1, sizeof(*c.sent_y));
    if (!l->places || !c.sent_y) {
        free(c.sent_y);
        svg_layout_fini(l);
        return -ENOMEM;
    }
    for (size_t i = 0; i < s->packets_n; i++)
        c.sent_y[i] = -1;
    level(&c, top, 0);
    place_all(&c);
    free(c.sent_y);
    return 0;
}

void svg_layout_fini(struct svg_layout *l)
{
    free(l->places);
    l->places = NULL;
}
