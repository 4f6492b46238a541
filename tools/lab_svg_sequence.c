/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequence numbers over time, as tcptrace drew them: a panel for each direction that carries text,
 * seen by its sender. A segment is a bar from its first number to its last when it is sent; below
 * them the line of what has been acknowledged, above them the line up to which the receiver allows
 * to send, both at the instant at which the acknowledgment has come to the sender.
 *
 * Thousands of segments become lines: bars that stand behind each other and touch are one. Arrows
 * at their ends are drawn while there are few.
 */
#include "lab_svg.h"

#include "lab_axis.h"

enum { WIDTH = 1120, PLOT_X = 84, PLOT_W = 1000, PLOT_H = 330, PANEL_H = 440, PANELS_MAX = 4 };

#define ARROWS_MAX   160 /* segments of a panel that have arrows at their ends */
#define ARROW_ROOM   6   /* pixels of a bar that has a head; smaller ones have a line there */
#define WINDOWS_SEEN 2.5 /* times the text, beyond which the window line is left out */

struct panel {
    const struct svg_story *story;
    size_t flow, back; /* back: SVG_NONE */
    struct svg_clock clock;
    struct axis y;
    double top;
    bool arrows;
    bool has_again, has_lost, has_sacks, has_window;
};

static bonnet_time seen_at(const struct panel *p, const struct svg_packet *packet)
{
    return svg_seen_at(packet, p->flow, p->back);
}

static bool is_lost(const struct svg_packet *packet)
{
    return packet->fate == LAB_FATE_LOST || packet->fate == LAB_FATE_CUT ||
           packet->fate == LAB_FATE_DROPPED || packet->fate == LAB_FATE_CORRUPTED;
}

static double end_of(const struct svg_packet *packet)
{
    bool takes = packet->flags & (BONNET_SYN | BONNET_FIN);
    return (double)packet->seq + packet->len + (takes ? 1 : 0);
}

/* How high the panel reaches, and what is in it. */
static void survey(struct panel *p)
{
    const struct svg_story *s = p->story;
    double top = s->flows[p->flow].next - 2.0; /* SYN and FIN make no tick more */
    double window = 0;
    unsigned bars = 0;
    for (size_t i = 0; i < s->packets_n; i++) {
        const struct svg_packet *packet = &s->packets[i];
        bonnet_time seen = seen_at(p, packet);
        if (seen == BONNET_NEVER) continue;
        bool own = packet->flow == p->flow;
        double edge = own ? 0 : (double)packet->ack + packet->window - 2;
        if (edge > window && packet->flags & BONNET_ACK) window = edge;
        bars += own && packet->len > 0;
        p->has_again |= own && packet->again;
        p->has_lost |= own && is_lost(packet);
        p->has_sacks |= !own && packet->sacks_n > 0;
    }
    p->arrows = bars <= ARROWS_MAX;
    p->has_window = window > 0 && window <= WINDOWS_SEEN * top;
    axis_from_zero(&p->y, p->has_window && window > top ? window : top);
    p->y.start = p->top + PLOT_H;
    p->y.span = -PLOT_H;
}

static double y_of(const struct panel *p, double number)
{
    return axis_place(&p->y, number);
}

/* ---- lines ---- */

static void add_line(struct text *t, const struct panel *p, bool window)
{
    const struct svg_story *s = p->story;
    struct svg_stairs stairs = {.begun = false};
    double highest = 0;
    text_addf(t, "<path class=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" d=\"",
              window ? "window" : "ack", window ? SVG_ORANGE : SVG_GREEN);
    for (size_t i = 0; i < s->packets_n; i++) {
        const struct svg_packet *packet = &s->packets[i];
        bonnet_time seen = seen_at(p, packet);
        bool tells =
            packet->flow == p->back && packet->flags & BONNET_ACK && !(packet->flags & BONNET_RST);
        if (seen == BONNET_NEVER || !tells || packet->ack < highest) continue;
        highest = packet->ack;
        svg_stairs_add(t, &stairs, svg_clock_x(&p->clock, seen),
                       y_of(p, highest + (window ? packet->window : 0)));
    }
    if (stairs.begun) svg_stairs_add(t, &stairs, PLOT_X + PLOT_W, stairs.y);
    text_add(t, "\"/>\n");
}

/* ---- bars ---- */

struct bars {
    bool again, sacks;
    bool arrows;
    double x, low, high; /* what is not drawn yet */
    bool pending;
};

static void draw_bar(struct text *t, struct bars *b)
{
    if (!b->pending) return;
    b->pending = false;
    double low = b->low - b->high < 1 ? b->high + 1 : b->low;
    text_addf(t, "M%.1f %.1fV%.1f", b->x, low, b->high);
    if (b->arrows && low - b->high >= ARROW_ROOM)
        text_add(t, "m-3 4l3 -4l3 4");
    else if (b->arrows)
        text_add(t, "m-3 0h6");
}

/* From the number at y low (further down) to that at high. */
static void add_bar(struct text *t, struct bars *b, double x, double low, double high)
{
    bool touches = b->pending && x - b->x < 0.6 && high <= b->low + 1 && low >= b->high - 1;
    if (touches && !b->arrows) {
        if (low > b->low) b->low = low;
        if (high < b->high) b->high = high;
        return;
    }
    draw_bar(t, b);
    b->x = x;
    b->low = low;
    b->high = high;
    b->pending = true;
}

static void add_bars_of(struct text *t, const struct panel *p, struct bars *b,
                        const struct svg_packet *packet)
{
    double x = svg_clock_x(&p->clock, seen_at(p, packet));
    bool own = packet->flow == p->flow && !b->sacks;
    if (own && packet->len > 0 && packet->again == b->again)
        add_bar(t, b, x, y_of(p, packet->seq), y_of(p, (double)packet->seq + packet->len));
    if (packet->flow == p->flow || !b->sacks) return;
    for (unsigned i = 0; i < packet->sacks_n; i++)
        add_bar(t, b, x, y_of(p, packet->sacks[i][0]), y_of(p, packet->sacks[i][1]));
}

static void add_bars(struct text *t, const struct panel *p, struct bars b)
{
    const char *color = b.sacks ? SVG_PURPLE : b.again ? SVG_RED : SVG_BLUE;
    const char *name = b.sacks ? "sack" : b.again ? "again" : "segment";
    text_addf(t, "<path class=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" d=\"M0 0",
              name, color, b.again ? "2.2" : "1.4");
    for (size_t i = 0; i < p->story->packets_n; i++)
        if (seen_at(p, &p->story->packets[i]) != BONNET_NEVER)
            add_bars_of(t, p, &b, &p->story->packets[i]);
    draw_bar(t, &b);
    text_add(t, "\"/>\n");
}

/* Crosses on what did not arrive; two at one place are one. */
static void add_losses(struct text *t, const struct panel *p)
{
    double last_x = 0;
    double last_y = 0;
    text_addf(t, "<path class=\"lost\" stroke=\"%s\" stroke-width=\"2\" d=\"M0 0", SVG_TEXT);
    for (size_t i = 0; i < p->story->packets_n; i++) {
        const struct svg_packet *packet = &p->story->packets[i];
        if (packet->flow != p->flow || !is_lost(packet)) continue;
        double x = svg_clock_x(&p->clock, packet->sent_at);
        double y = y_of(p, (double)packet->seq + packet->len / 2.0);
        if (x - last_x < 1 && y - last_y < 1 && last_y - y < 1) continue;
        text_addf(t, "M%.1f %.1fl8 8m0 -8l-8 8", x - 4, y - 4);
        last_x = x;
        last_y = y;
    }
    text_add(t, "\"/>\n");
}

/* ---- SYN, FIN, RST ---- */

static void add_letter(struct text *t, const struct panel *p, const struct svg_packet *packet)
{
    bool own = packet->flow == p->flow;
    double x = svg_clock_x(&p->clock, seen_at(p, packet));
    double y = y_of(p, own ? end_of(packet) : (double)packet->ack);
    const char *attributes = "text-anchor=\"middle\" font-size=\"11\" font-weight=\"bold\" "
                             "stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\"";
    const char *name = "SYN";
    if (packet->flags & BONNET_FIN) name = "FIN";
    if (packet->flags & BONNET_RST) name = own ? "RST" : "RST from peer";
    text_addf(t, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x, y,
              packet->flags & BONNET_RST ? SVG_RED : SVG_TEXT);
    svg_add_label(t, &(struct svg_label){x, y - 8, attributes, name});
}

static void add_letters(struct text *t, const struct panel *p)
{
    const uint8_t turning = BONNET_SYN | BONNET_FIN | BONNET_RST;
    double last = -WIDTH;
    for (size_t i = 0; i < p->story->packets_n; i++) {
        const struct svg_packet *packet = &p->story->packets[i];
        bonnet_time seen = seen_at(p, packet);
        bool is_ours = packet->flow == p->flow || packet->flags & BONNET_RST;
        if (seen == BONNET_NEVER || !(packet->flags & turning) || !is_ours) continue;
        double x = svg_clock_x(&p->clock, seen);
        if (x - last < 26) continue; /* no room for another word */
        add_letter(t, p, packet);
        last = x;
    }
}

/* ---- the panel ---- */

static void add_y_axis(struct text *t, const struct panel *p)
{
    char label[AXIS_LABEL_ROOM];
    for (unsigned i = 0; i < p->y.ticks_n; i++) {
        double y = y_of(p, p->y.ticks[i]);
        text_addf(t, "<path d=\"M%d %.1fh%d\" stroke=\"%s\"/>\n", PLOT_X, y, PLOT_W, SVG_GRID);
        svg_add_label(t, &(struct svg_label){PLOT_X - 8, y + 4, "text-anchor=\"end\"",
                                             axis_label(p->y.ticks[i], label)});
    }
}

static void add_panel_title(struct text *t, const struct panel *p)
{
    struct text title;
    const struct svg_flow *f = &p->story->flows[p->flow];
    text_init(&title, SHOW_TEXT_MAX);
    svg_add_flow(&title, p->story, p->flow);
    text_addf(&title, ": ");
    show_add_bytes(&title, f->sent);
    text_addf(&title, " in %u packets", f->packets);
    svg_add_label(t, &(struct svg_label){PLOT_X - 64, p->top - 34,
                                         "font-size=\"14\" font-weight=\"bold\"",
                                         title.p ? title.p : ""});
    text_fini(&title);
}

static void add_entries(struct text *t, const struct panel *p)
{
    struct svg_entry entries[6] = {{SVG_BLUE, "segment", false},
                                   {SVG_GREEN, "acknowledged", false}};
    unsigned n = 2;
    if (p->has_window) entries[n++] = (struct svg_entry){SVG_ORANGE, "window's end", false};
    if (p->has_again) entries[n++] = (struct svg_entry){SVG_RED, "sent again", false};
    if (p->has_sacks) entries[n++] = (struct svg_entry){SVG_PURPLE, "SACK", false};
    if (p->has_lost) entries[n++] = (struct svg_entry){SVG_TEXT, "x  lost", false};
    svg_add_legend(t, PLOT_X, p->top - 12, entries, n);
    if (!p->has_window)
        svg_add_label(t, &(struct svg_label){PLOT_X + PLOT_W, p->top - 12,
                                             "text-anchor=\"end\" fill=\"" SVG_DIM "\"",
                                             "the window ends above the picture"});
}

static void add_panel(struct text *t, struct panel *p)
{
    survey(p);
    if (!svg_clock_of(&p->clock, p->story, p->flow)) {
        t->failed = true;
        return;
    }
    svg_clock_place(&p->clock, PLOT_X + 10, PLOT_W - 20);
    add_panel_title(t, p);
    add_entries(t, p);
    add_y_axis(t, p);
    svg_clock_draw(t, &p->clock, p->top, p->top + PLOT_H, true);
    if (p->has_window) add_line(t, p, true);
    add_line(t, p, false);
    add_bars(t, p, (struct bars){.sacks = true});
    add_bars(t, p, (struct bars){.arrows = p->arrows});
    add_bars(t, p, (struct bars){.again = true, .arrows = p->arrows});
    add_losses(t, p);
    add_letters(t, p);
}

/* The directions that carry most, in the order of their beginning. */
static unsigned choose(const struct svg_story *s, size_t chosen[PANELS_MAX])
{
    unsigned n = 0;
    for (size_t i = 0; i < s->flows_n; i++) {
        size_t more = 0;
        for (size_t k = 0; k < s->flows_n; k++)
            more += s->flows[k].sent > s->flows[i].sent ||
                    (s->flows[k].sent == s->flows[i].sent && k < i);
        if (s->flows[i].sent > 0 && more < PANELS_MAX) chosen[n++] = i;
    }
    return n;
}

bool svg_sequence(struct text *t, const struct svg_story *s)
{
    size_t chosen[PANELS_MAX];
    unsigned n = choose(s, chosen);
    if (!n) return false;
    svg_begin(t, s, WIDTH, SVG_HEAD_MAX + n * PANEL_H, "sequence numbers over time");
    for (unsigned i = 0; i < n; i++) {
        struct panel p = {.story = s, .flow = chosen[i], .top = SVG_HEAD_MAX + 52 + i * PANEL_H};
        p.back = svg_flow_back(s, p.flow);
        add_panel(t, &p);
    }
    svg_end(t);
    return true;
}
