/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pictures of one run: what is remembered of it (lab_svg_story.c, lab_svg_flow.c), and the three
 * that are drawn when it is over.
 *
 *   lab_svg.c           the door: hears events, writes files
 *   lab_svg_paper.c     what all pictures have: head, colours, text
 *   lab_svg_clock.c     time along an axis that is broken where nothing happens for long
 *   lab_svg_sequence.c  sequence numbers over time, in tcptrace's manner
 *   lab_svg_window.c    windows, round trips and rate over time
 *   lab_svg_place.c     where things stand in the diagram
 *   lab_svg_diagram.c   hosts as life lines, and what stands beside them
 *   lab_svg_arrow.c     its packets
 */
#ifndef TOOLS_LAB_SVG_H
#define TOOLS_LAB_SVG_H

#include "lab.h"

#define SVG_NONE ((size_t)-1)

/* One direction of a connection. */
struct svg_flow {
    struct bonnet_endpoint from, to;
    unsigned host; /* who sends */
    int wscale;    /* what its SYN said; -1: nothing */
    bool opens;    /* its SYN was the first */
    uint32_t next; /* beyond the highest number that was sent, relative */
    uint32_t sent; /* bytes of text without those sent again */
    unsigned packets;
    size_t first_open; /* no packet before this one is on its way */
};

struct svg_packet {
    enum bonnet_packet_kind kind;
    unsigned from, to; /* hosts; from: LAB_HOSTS_MAX, nobody here */
    size_t flow;       /* SVG_NONE: not of TCP, or of one flow too many */
    bonnet_time sent_at;
    bonnet_time arrived_at; /* BONNET_NEVER: it did not */
    enum lab_fate fate;
    int reason;  /* why it was sent */
    int refused; /* why its receiver dropped it; 0: it did not */
    uint8_t flags, sacks_n;
    bool again;                                 /* some of it was sent before */
    bool drawn;                                 /* in the diagram */
    uint32_t seq, ack, len;                     /* relative */
    uint32_t window;                            /* bytes: scaled */
    uint32_t key[3];                            /* seq, ack and timestamp, as on the wire */
    uint32_t sacks[BONNET_PACKET_SACKS_MAX][2]; /* relative */
};

/* The queues and windows of a connection at an instant. */
struct svg_gauge {
    bonnet_time at;
    unsigned host;
    size_t flow;
    uint32_t send_q, in_flight, recv_q, out_of_order;
    uint64_t delivered;
    uint32_t cwnd, ssthresh, rtt_us;
};

enum svg_item_kind {
    SVG_SENT,
    SVG_ARRIVED,
    SVG_CALL,
    SVG_BLOCKED, /* a call has */
    SVG_STATE,
    SVG_REASON,
    SVG_QUEUES,
    SVG_QUEUES_TOLD, /* in words: of a listener, of datagrams */
    SVG_SAY,
    SVG_ACT,
    SVG_OMITTED,
};

/* Something that has a place in the diagram. */
struct svg_item {
    enum svg_item_kind kind;
    bonnet_time at;
    unsigned host;              /* LAB_HOSTS_MAX: nobody's */
    uint16_t port, remote_port; /* of the socket: SENT, STATE, REASON; 0: not known */
    size_t packet;              /* SENT, ARRIVED */
    bool sends, receives;       /* QUEUES: which of them have changed */
    bool returned;              /* CALL: it had blocked */
    bool by_call;               /* STATE */
    struct svg_gauge queues;
    const char *program; /* CALL, BLOCKED */
    char *text;          /* NULL: none */
};

struct svg_story {
    const struct scenario *scenario;
    const char *stack;
    uint64_t seed;
    struct text values; /* of the sweeps, in the run that is drawn */
    unsigned runs;      /* begun so far; the last one is drawn */
    bool failed;        /* there was no memory */
    struct svg_flow *flows;
    struct svg_packet *packets;
    struct svg_gauge *gauges;
    struct svg_item *items;
    size_t flows_n, packets_n, gauges_n, items_n;
    size_t flows_room, packets_room, gauges_room, items_room;
    size_t first_open; /* as of a flow, of packets that are of none */
    size_t arrived;    /* the packet that came last; SVG_NONE: none */
    bool ports;        /* tell connections apart */
    struct show_thin thin;
    struct show_gauges queues;
    struct svg_gauge told[SHOW_GAUGES_MAX]; /* as the diagram has shown them */
    unsigned told_n;
};

/* ---- lab_svg_story.c ---- */

void svg_story_init(struct svg_story *s);
void svg_story_fini(struct svg_story *s);
/* A lab_sink; ctx is a struct svg_story. */
void svg_story_sink(void *ctx, const struct lab_event *e);
/* Room for one more element of that size behind n of them; array: the address of the pointer to
 * them. false: there is no memory. */
bool svg_story_grow(struct svg_story *s, void *array, size_t n, size_t *room, size_t size);

/* ---- lab_svg_flow.c ---- */

/* The direction from one end to the other, a new one if need be; SVG_NONE: there are too many, or
 * no memory. */
size_t svg_flow_of(struct svg_story *s, const struct bonnet_endpoint *from,
                   const struct bonnet_endpoint *to, unsigned host);
/* The other direction, or SVG_NONE. */
size_t svg_flow_back(const struct svg_story *s, size_t flow);
/* Remembers a packet that was sent; its index, or SVG_NONE. */
size_t svg_packet_take(struct svg_story *s, const struct lab_event *e);
/* The packet that e tells has come to its receiver; SVG_NONE: it is not known. */
size_t svg_packet_find(struct svg_story *s, const struct lab_event *e);
/* "client:40000 > server:80", with ports only if they tell something apart. */
void svg_add_flow(struct text *t, const struct svg_story *s, size_t flow);

/* ---- lab_svg_paper.c ---- */

#define SVG_MAX        ((size_t)16 << 20) /* bytes of a picture */
#define SVG_TEXT       "#333"
#define SVG_DIM        "#767676"
#define SVG_GRID       "#e4e4e4"
#define SVG_BLUE       "#0072b2"
#define SVG_LIGHT_BLUE "#a6cfe8"
#define SVG_SKY        "#56b4e9"
#define SVG_ORANGE     "#e69f00"
#define SVG_LIGHT      "#f6dfa6"
#define SVG_RED        "#d55e00"
#define SVG_GREEN      "#009e73"
#define SVG_PURPLE     "#8e5a9b"

/* Where a text stands, and how; attributes may be "". */
struct svg_label {
    double x, y;
    const char *attributes, *text;
};

void svg_add_label(struct text *t, const struct svg_label *label);
/* The same with words put together as by printf, in place of its text. */
__attribute__((format(printf, 3, 4))) void svg_addf(struct text *t, const struct svg_label *at,
                                                    const char *format, ...);
/* Lines of text of at most columns bytes, line pixels apart. How many there were. */
unsigned svg_add_lines(struct text *t, const struct svg_label *first, size_t columns, double line);
/* How many lines that would be. */
unsigned svg_count_lines(const char *text, size_t columns);

#define SVG_HEAD_MAX 86 /* pixels that a head takes at most */
/* Opens a picture, with the question as its title and what about beneath it. */
void svg_begin(struct text *t, const struct svg_story *s, int width, double height,
               const char *what);
void svg_end(struct text *t);
/* A line for each entry of a legend, beginning at x, side by side. */
struct svg_entry {
    const char *color, *text;
    bool is_bar; /* a filled box; else a line */
};
void svg_add_legend(struct text *t, double x, double y, const struct svg_entry *entries,
                    unsigned n);

/* A line that holds its value until the next one; steps of less than a pixel are left out. */
struct svg_stairs {
    double x, y;      /* the last that was drawn */
    double low, high; /* what was left out since */
    bool begun;
};
void svg_stairs_add(struct text *t, struct svg_stairs *s, double x, double y);

/* ---- lab_svg_clock.c ---- */

#define SVG_SPANS_MAX 48

/* Time from left to right, in spans with breaks between them. */
struct svg_clock {
    double start, width; /* pixels */
    double scale;        /* pixels per ns */
    double gap;          /* pixels of a break */
    unsigned spans_n;
    struct {
        bonnet_time from, to;
        double x;
    } spans[SVG_SPANS_MAX];
};

/* When the sender of flow sees a packet of it or of its way back: its own ones when it sends them.
 * BONNET_NEVER: it does not. */
bonnet_time svg_seen_at(const struct svg_packet *p, size_t flow, size_t back);
/* A clock over what the sender of flow sees. false: nothing, or there is no memory. */
bool svg_clock_of(struct svg_clock *c, const struct svg_story *s, size_t flow);
/* From start on, so wide. */
void svg_clock_place(struct svg_clock *c, double start, double width);
double svg_clock_x(const struct svg_clock *c, bonnet_time at);
/* Ticks, numbers and breaks along an axis from top to bottom. */
void svg_clock_draw(struct text *t, const struct svg_clock *c, double top, double bottom,
                    bool numbers);

/* ---- pictures; false: there is nothing to show ---- */

bool svg_sequence(struct text *t, const struct svg_story *s);
bool svg_window(struct text *t, const struct svg_story *s);
bool svg_diagram(struct text *t, const struct svg_story *s);

/* ---- lab_svg_place.c ---- */

/* Where an item stands. */
struct svg_place {
    double y, height;
    bool shown;
};

struct svg_break { /* nothing happens for long */
    double y;
    bonnet_time left_out;
};
#define SVG_BREAKS_MAX 256

struct svg_layout {
    unsigned hosts[2];        /* on the left and on the right */
    struct svg_place *places; /* of items */
    struct svg_break breaks[SVG_BREAKS_MAX];
    unsigned breaks_n;
    double bottom;
    bool is_cut; /* there was more than a picture holds */
};

/* 0, -ENOMEM. Freed with svg_layout_fini(). */
int svg_layout_init(struct svg_layout *l, const struct svg_story *s, double top);
void svg_layout_fini(struct svg_layout *l);
/* The column of a host: 0 or 1; 2: neither. */
unsigned svg_layout_side(const struct svg_layout *l, unsigned host);
#define SVG_NOTE_COLUMNS 49
#define SVG_BAND_COLUMNS 150
#define SVG_LINE         15

#define SVG_LINE_LEFT  416 /* life lines */
#define SVG_LINE_RIGHT 824

/* ---- lab_svg_arrow.c ---- */

/* All arrows, or all that is written along them. */
void svg_add_arrows(struct text *t, const struct svg_story *s, const struct svg_layout *l);
void svg_add_arrow_labels(struct text *t, const struct svg_story *s, const struct svg_layout *l);

/* ---- lab_svg.c ---- */

/* Writes the pictures of a story into directory. 0, -errno. */
int svg_write(const struct svg_story *s, const char *directory);

#endif
