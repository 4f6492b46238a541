/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets of a diagram: slanted arrows between two life lines, and what is written along them.
 *
 * An arrow is named as tcpdump names its packet, in short: the numbers of text, what is
 * acknowledged otherwise, a window when it is small or has just changed. What does not arrive ends
 * in a cross on its way, what its receiver refuses in one at its end; what comes from or
 * goes to somebody who has no life line is dashed, and begins or ends in the middle.
 */
#include "lab_svg.h"

#define SMALL_WINDOW 3000 /* bytes: about two segments */
#define LOST_PART    0.62 /* of the way */
#define LABEL_AIR    24   /* beyond the heads of arrows that end there */
#define SLOPE_MAX    0.12 /* of a label */

struct view {
    const struct svg_story *story;
    const struct svg_layout *layout;
};

static double line_of(unsigned side)
{
    return side ? SVG_LINE_RIGHT : SVG_LINE_LEFT;
}

struct arrow {
    const struct svg_packet *packet;
    double x0, y0, x1, y1; /* to the line of its receiver, even if it does not arrive there */
    bool arrives;
    bool is_stranger;
};

/* sent: the place it began at; NULL: it comes from nobody here. */
static struct arrow arrow_of(const struct view *v, const struct svg_packet *packet,
                             const struct svg_place *sent, const struct svg_place *arrived)
{
    unsigned to = svg_layout_side(v->layout, packet->to);
    const double middle = (SVG_LINE_LEFT + SVG_LINE_RIGHT) / 2.0;
    bool elsewhere = to > 1 && packet->arrived_at != BONNET_NEVER;
    struct arrow a = {
        .packet = packet, .arrives = arrived || elsewhere, .is_stranger = !sent || elsewhere};
    if (to > 1) to = !svg_layout_side(v->layout, packet->from);
    a.x0 = sent ? line_of(!to) : middle;
    a.x1 = elsewhere ? middle : line_of(to);
    a.y0 = (sent ? sent->y : arrived->y) + 7;
    a.y1 = arrived ? arrived->y + 7 : a.y0 + 34;
    return a;
}

static const char *color_of(const struct svg_packet *p)
{
    if (p->again || p->flags & BONNET_RST || p->fate == LAB_FATE_FORGED) return SVG_RED;
    if (p->len > 0) return SVG_BLUE;
    return p->flags & (BONNET_SYN | BONNET_FIN) ? SVG_TEXT : SVG_DIM;
}

static void add_cross(struct text *t, double x, double y)
{
    text_addf(t,
              "<path class=\"lost\" d=\"M%.1f %.1fl10 10m0 -10l-10 10\" stroke=\"%s\" "
              "stroke-width=\"2.5\"/>\n",
              x - 5, y - 5, SVG_RED);
}

static void add_arrow(struct text *t, const struct arrow *a)
{
    const struct svg_packet *p = a->packet;
    double part = a->arrives ? 1 : LOST_PART;
    double x = a->x0 + part * (a->x1 - a->x0);
    double y = a->y0 + part * (a->y1 - a->y0);
    double way = a->x1 > a->x0 ? 1 : -1;
    double slope = (a->y1 - a->y0) / (a->x1 - a->x0) * way;
    text_addf(t,
              "<path class=\"packet\" d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\" "
              "stroke-width=\"1.5\"%s/>\n",
              a->x0, a->y0, x, y, color_of(p), a->is_stranger ? " stroke-dasharray=\"5 4\"" : "");
    if (!a->arrives) {
        add_cross(t, x, y);
        return;
    }
    text_addf(t, "<path d=\"M%.1f %.1fL%.1f %.1fv8z\" fill=\"%s\"/>\n", x, y, x - way * 10,
              y - slope * 10 - 4, color_of(p));
    if (p->refused) add_cross(t, x - way * 5, y - slope * 5);
}

/* ---- labels ---- */

/* Does a window say something here? */
static bool has_window_news(const struct svg_story *s, const struct svg_packet *p)
{
    if (p->len > 0 || p->flags & (BONNET_SYN | BONNET_FIN | BONNET_RST)) return false;
    if (p->window < SMALL_WINDOW) return true;
    for (const struct svg_packet *q = p; q-- > s->packets;)
        if (q->flow == p->flow) return q->ack == p->ack && q->window != p->window;
    return false;
}

static void add_tcp_words(struct text *t, const struct svg_story *s, const struct svg_packet *p)
{
    char flags[10];
    text_addf(t, "[%s]", bonnet_packet_flags(p->flags, flags));
    if (p->len > 0)
        text_addf(t, " %u:%u", (unsigned)p->seq, (unsigned)(p->seq + p->len));
    else if (p->flags & (BONNET_FIN | BONNET_RST))
        text_addf(t, " seq %u", (unsigned)p->seq);
    if (p->flags & BONNET_ACK && (p->len == 0 || p->flags & BONNET_FIN) && !(p->flags & BONNET_RST))
        text_addf(t, " ack %u", (unsigned)p->ack);
    if (has_window_news(s, p)) text_addf(t, " win %u", (unsigned)p->window);
    for (unsigned i = 0; i < p->sacks_n && i < 2; i++)
        text_addf(t, "%s%u:%u", i ? " " : " sack ", (unsigned)p->sacks[i][0],
                  (unsigned)p->sacks[i][1]);
    if (p->sacks_n > 2) text_add(t, " ...");
}

static const char *kind_name(enum bonnet_packet_kind kind)
{
    switch (kind) {
    case BONNET_PACKET_UDP: return "UDP";
    case BONNET_PACKET_ICMP: return "ICMP";
    case BONNET_PACKET_ARP: return "ARP";
    case BONNET_PACKET_FRAGMENT: return "fragment";
    case BONNET_PACKET_TCP:
    case BONNET_PACKET_OTHER: break;
    }
    return "packet";
}

static void add_words(struct text *t, const struct view *v, const struct svg_packet *p)
{
    const struct svg_story *s = v->story;
    if (s->ports && p->flow != SVG_NONE) {
        const struct svg_flow *f = &s->flows[p->flow];
        text_addf(t, "%u: ", (unsigned)(f->opens ? f->from : f->to).port); /* not the server's */
    }
    if (p->kind == BONNET_PACKET_TCP) {
        add_tcp_words(t, s, p);
    } else {
        text_add(t, kind_name(p->kind));
        if (p->len > 0) text_addf(t, " %u bytes", (unsigned)p->len);
    }
    if (p->fate != LAB_FATE_PASSES) text_addf(t, ", %s", show_fate_name(p->fate));
}

/* Along the arrow, near its sender: sheared, which is as good as turned while it is flat. Of a
 * steep one the words are as flat as those of its neighbours, and stay clear of them. */
static void add_label(struct text *t, const struct view *v, const struct arrow *a)
{
    bool right = a->x1 > a->x0;
    double slope = (a->y1 - a->y0) / (a->x1 - a->x0);
    double x = a->x0 + (right ? LABEL_AIR : -LABEL_AIR);
    if (slope > SLOPE_MAX) slope = SLOPE_MAX;
    if (slope < -SLOPE_MAX) slope = -SLOPE_MAX;
    struct text words;
    text_init(&words, SHOW_TEXT_MAX);
    add_words(&words, v, a->packet);
    text_addf(t,
              "<text transform=\"matrix(1 %.4f 0 1 %.1f %.1f)\" font-size=\"11\" "
              "text-anchor=\"%s\" fill=\"%s\" stroke=\"#fff\" stroke-width=\"3\" "
              "paint-order=\"stroke\">",
              slope, x, a->y0 + slope * (x - a->x0) - 4, right ? "start" : "end",
              color_of(a->packet));
    text_add_html(t, words.p ? words.p : "");
    text_add(t, "</text>\n");
    text_fini(&words);
}

static const struct svg_place *arrival_of(const struct view *v, size_t from, size_t packet)
{
    for (size_t i = from; i < v->story->items_n; i++) {
        const struct svg_item *item = &v->story->items[i];
        if (item->kind == SVG_ARRIVED && item->packet == packet)
            return v->layout->places[i].shown ? &v->layout->places[i] : NULL;
    }
    return NULL;
}

static bool is_from_nobody(const struct view *v, const struct svg_item *item)
{
    if (item->kind != SVG_ARRIVED) return false;
    return svg_layout_side(v->layout, v->story->packets[item->packet].from) > 1;
}

static void add_packets(struct text *t, const struct view *v,
                        void (*add)(struct text *, const struct view *, const struct arrow *))
{
    for (size_t i = 0; i < v->story->items_n; i++) {
        const struct svg_item *item = &v->story->items[i];
        const struct svg_place *place = &v->layout->places[i];
        if (!place->shown) continue;
        if (item->kind == SVG_SENT) {
            const struct svg_place *arrived = arrival_of(v, i, item->packet);
            struct arrow a = arrow_of(v, &v->story->packets[item->packet], place, arrived);
            add(t, v, &a);
        } else if (is_from_nobody(v, item)) {
            struct arrow a = arrow_of(v, &v->story->packets[item->packet], NULL, place);
            add(t, v, &a);
        }
    }
}

static void draw_arrow(struct text *t, const struct view *v, const struct arrow *a)
{
    (void)v;
    add_arrow(t, a);
}

void svg_add_arrows(struct text *t, const struct svg_story *s, const struct svg_layout *l)
{
    add_packets(t, &(struct view){s, l}, draw_arrow);
}

void svg_add_arrow_labels(struct text *t, const struct svg_story *s, const struct svg_layout *l)
{
    add_packets(t, &(struct view){s, l}, add_label);
}
