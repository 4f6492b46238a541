/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of `bonnet lab`: where scenarios are, how a run is told, and what is left of it in the
 * end.
 *
 * A run is a stream of events (lab/event.h). Two readers exist, one for people (lab_timeline.c) and
 * one for programs (lab_json.c); both see every event, and neither changes what is played.
 */
#ifndef TOOLS_LAB_H
#define TOOLS_LAB_H

#include "text.h"

#include "lab/event.h"
#include "lab/play.h"

#include <stdio.h>

/* What may be said of one scenario in words. */
#define SHOW_TEXT_MAX ((size_t)1 << 20)

/* ---- lab_find.c ---- */

#define SHOW_PATH_MAX 4096

/* The file of a scenario: name itself if it has a '/' or ends in ".lab", else NAME.lab where
 * scenarios are kept. false: out is too short for it. */
bool show_find(const char *name, char out[SHOW_PATH_MAX]);

/* The directory where scenarios are kept. */
const char *show_directory(void);

/* The names of all scenarios, sorted. Their number, or -errno. Freed with show_names_free(). */
int show_names(char ***out);
void show_names_free(char **names, int n);

/* Opens the file of a scenario, whose path is left in path. NULL after a complaint by who. */
FILE *show_open(const char *who, const char *name, char path[SHOW_PATH_MAX]);

/* Reads the scenario of that name or file. NULL after a complaint by who. */
struct scenario *show_read(const char *who, const char *name);

/* ---- lab_page.c: lines, columns, colours ---- */

enum show_ink {
    SHOW_INK_PLAIN,
    SHOW_INK_DIM,
    SHOW_INK_BOLD,
    SHOW_INK_PACKET,
    SHOW_INK_STATE,
    SHOW_INK_GAUGE,
    SHOW_INK_REASON,
    SHOW_INK_GOOD,
    SHOW_INK_BAD,
    SHOW_INKS,
};

/* A sheet of 100 columns: the time, then a column for each of two hosts; for one host or for more
 * than two, one column for all, and the host's name in front of what it does. */
struct show_page {
    FILE *out;
    bool color;
    const struct scenario *scenario;
    size_t name_width;    /* of the longest host */
    bonnet_time shown_at; /* the time that stands in the line above; BONNET_NEVER: none */
    bool is_gap;          /* the line above is empty */
};

/* Who is where: a line of names and addresses. */
void show_page_head(struct show_page *p);

/* What belongs to host, in its column; to LAB_HOSTS_MAX: to nobody, in the first one. Long texts
 * are broken at blanks. at: BONNET_NEVER for no time. */
struct show_note {
    bonnet_time at;
    unsigned host;
    enum show_ink ink;
    const char *text;
};
void show_page_note(struct show_page *p, const struct show_note *note);

/* A packet: an arrow from one host's column to the other's, with the packet's words in it. */
struct show_arrow {
    bonnet_time at;
    unsigned from, to; /* to: LAB_HOSTS_MAX if it is nobody here */
    const char *text;
    const char *fate; /* "lost", or NULL: it arrives as it was sent */
    bool arrives;
    enum show_ink ink;
    const char *why; /* what is not ordinary about it, beneath; NULL: nothing */
};
void show_page_arrow(struct show_page *p, const struct show_arrow *arrow);

/* An empty line, but never two. */
void show_page_gap(struct show_page *p);

/* A line across, as it is. */
void show_page_line(struct show_page *p, enum show_ink ink, const char *text, size_t len);

/* Lines as they are, indented. */
void show_page_block(struct show_page *p, const char *text);

/* ---- lab_words.c, lab_packet.c: events in words ---- */

/* The line of the scenario that step belongs to, or NULL; the line with that number, or NULL. */
const struct lab_line *show_line_of_step(const struct scenario *s, const struct lab_step *step);
const struct lab_line *show_line_at(const struct scenario *s, unsigned line);

/* "12.5 ms", "1 s"; "1.4 MB", "500 bytes". */
void show_add_duration(struct text *t, bonnet_time ns);
void show_add_bytes(struct text *t, uint64_t bytes);

/* A measure: four digits, or all of them if there are more before the point. Returns buf. */
#define SHOW_VALUE_MAX 32
const char *show_value(double value, char buf[SHOW_VALUE_MAX]);

/* "ECONNREFUSED", or the number. */
void show_add_error(struct text *t, int error);

/* s in quotes, as strace has it, cut after some bytes. */
void show_add_quoted(struct text *t, const char *s, size_t len);

/* A socket's name in the scenario; without one, whose connection it is. */
void show_add_subject(struct text *t, const struct lab_event *e);

/* The call of CALL and BLOCKED as strace shows it; the change of STATE; the queues of GAUGES; the
 * reason of DROP and REASON. */
void show_add_call(struct text *t, const struct lab_event *e);
void show_add_state(struct text *t, const struct lab_event *e);
void show_add_gauges(struct text *t, const struct lab_event *e);
void show_add_reason(struct text *t, const struct lab_event *e);

/* A packet as tcpdump has it, with relative numbers and the names of hosts. ports: of TCP, too. */
void show_add_packet(struct text *t, const struct lab_event *e, bool ports, bool options);
/* Does more than one connection, or a datagram, run between hosts, so that ports tell them apart?
 */
bool show_needs_ports(const struct scenario *s);
const char *show_fate_name(enum lab_fate fate);
/* Is why a packet was sent worth a word? */
bool show_reason_is_ordinary(int reason);

/* ---- lab_thin.c: a transfer of thousands of segments on one screen ---- */

/* What an event is to its reader. */
enum show_weight {
    SHOW_WEIGHT_STORY,   /* the scenario moves on: always told, and what follows is
                            new again */
    SHOW_WEIGHT_NOTABLE, /* reasons, losses, state changes, SYN, FIN, RST */
    SHOW_WEIGHT_TRAFFIC, /* text and its acknowledgments, the calls of a `repeat`
                          */
    SHOW_WEIGHT_GAUGE,
    SHOW_WEIGHTS,
};

/* What was left out of one host. */
struct show_omitted {
    uint64_t packets, bytes, calls, notes;
    int flags;  /* of all of the packets; -1: they differ, or are not of TCP */
    int reason; /* of all of the notes; 0: they differ, or have none */
};

/* How many events of a kind were told. */
struct show_alike {
    uint64_t kind;
    unsigned told;
};
#define SHOW_KINDS_MAX 32

struct show_thin {
    bool off; /* everything is told */
    /* Since the story moved on: */
    unsigned told[SHOW_WEIGHTS];
    struct show_alike alike[SHOW_KINDS_MAX];
    unsigned alike_n;
    struct show_omitted omitted[LAB_HOSTS_MAX + 1];
    bonnet_time last_at; /* of what was left out */
};

enum show_weight show_weigh(const struct lab_event *e);

/* Shall an event of this weight be told? If not, it has been counted. */
bool show_thin_admits(struct show_thin *t, const struct lab_event *e, enum show_weight weight);

/* Shall queues be told, while segments come and go? */
bool show_thin_has_gauge(struct show_thin *t);

/* Has something been left out? Writes the words about host, and forgets it. */
bool show_thin_rest(struct show_thin *t, unsigned host, struct text *out);

/* ---- lab_gauges.c: queues that have changed, until there is room to tell ---- */

#define SHOW_GAUGES_MAX 64 /* sockets whose queues are watched; further ones are not */

struct show_gauge {
    lab_name program, socket; /* "": none known */
    unsigned host;
    bool seen, pending;
    struct bonnet_row row;      /* as it is */
    struct bonnet_row told_row; /* as it was told */
};

struct show_gauges {
    struct show_gauge kept[SHOW_GAUGES_MAX];
    unsigned n;
    bonnet_time at; /* of the last change */
};

/* Remembers a GAUGES event. false: the queues are as they were, only windows have changed. */
bool show_gauges_take(struct show_gauges *g, const struct lab_event *e);
/* The next change to tell, as a GAUGES event of s in *out; false: all is told. */
bool show_gauges_next(struct show_gauges *g, const struct scenario *s, struct lab_event *out);

/* ---- lab_timeline.c, lab_json.c ---- */

/* What a call did to its connection is heard of before the call itself, and told after it. */
struct show_hold {
    FILE *out; /* of the page, meanwhile; NULL: nothing is held */
    char *text;
    size_t len;
    bonnet_time at, shown_at;
    unsigned host;
};

struct show_timeline {
    struct show_page page;
    bool verbose; /* everything is told, with TCP's options */
    bool ports;
    bool brief, first_run; /* this is one of the runs of a sweep; the first of them */
    bool dropped;          /* the line above tells why a packet was refused */
    bool is_over;          /* all runs are: what follows is about them, and has no time */
    unsigned segments;     /* of TCP, in this run */
    bonnet_time ended_at;  /* the last run */
    struct show_thin thin;
    struct show_gauges gauges;
    struct text text;
    struct text run;    /* of a sweep: its values, until they are told */
    struct text remark; /* what was said and is not told yet, since more may follow */
    bonnet_time remark_at;
    struct show_hold hold;
};

void show_timeline_init(struct show_timeline *t, FILE *out);
void show_timeline_fini(struct show_timeline *t);
/* A lab_sink; ctx is a struct show_timeline. */
void show_timeline_sink(void *ctx, const struct lab_event *e);
/* Writes the answer and how it ended, after the last event. */
void show_timeline_end(struct show_timeline *t, const struct play_result *result);

/* Writes o as a line, and frees it. */
struct json_object;
void show_json_line(FILE *out, struct json_object *o);

/* A lab_sink; ctx is a FILE: one object per event and line. */
void show_json_sink(void *ctx, const struct lab_event *e);

/* ---- lab_snapshot.c ---- */

/* What ss or netstat prints on a host with these rows, its prompt in front. */
void show_add_snapshot(struct text *t, const struct lab_event *e);

/* ---- lab_table.c, lab_chart.c ---- */

/* A measure with its unit, if that says more: "throughput [Mbit/s]". Returns buf. */
#define SHOW_MEASURE_MAX 64
const char *show_measure_name(const struct lab_table *table, unsigned measure,
                              char buf[SHOW_MEASURE_MAX]);
/* The measures of a sweep, a line for each run. */
void show_add_table(struct text *t, const struct lab_table *table);
/* How many runs a scenario has, and the value of sweep in run number point. */
unsigned show_table_points(const struct scenario *s);
int64_t show_table_point(const struct scenario *s, unsigned point, unsigned sweep);
/* A measure over the last sweep as a picture in SVG, a line for each value of the first. */
void show_add_chart(struct text *t, const struct lab_table *table, unsigned measure);
/* One file per measure in directory: NAME.svg, or NAME-MEASURE.svg if there are several. 0, -errno.
 */
int show_chart_write(const struct lab_table *table, const char *directory);

/* ---- lab_run.c ---- */

/* `bonnet lab run`: argv[0] is who complains. Returns the exit status. */
int show_run(int argc, char **argv);

#endif
