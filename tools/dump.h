/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of `bonnet dump`: a packet as the door tells of it, what is printed of it, and what is
 * written into a capture.
 */
#ifndef TOOLS_DUMP_H
#define TOOLS_DUMP_H

#include "glass.h"
#include "text.h"

#include <bonnet/host.h>
#include <bonnet/packet.h>

/* A frame is told up to so many bytes: see host/door_packets.c. */
#define DUMP_FRAME_MAX 8192

/* ---- dump_read.c ---- */

/* One packet that passed. Texts lie in the line's object and are "" where there is none. */
struct dump_packet {
    struct json_object *object; /* owner of the texts */
    bonnet_time at;             /* of the stack's clock */
    const char *interface;
    enum bonnet_if_kind link;
    bool is_out;
    const char *reason, *kind, *text; /* kind: "send", "drop", "note", "reset" */
    const char *cause, *cause_text;   /* of a reset that is sent */
    uint32_t len, whole_len;          /* bytes of frame, and of all of it */
    uint8_t frame[DUMP_FRAME_MAX];
    struct bonnet_packet packet; /* what is written in frame */
};

/* Takes a line of the stream apart. object belongs to the caller and stays. false: it tells of no
 * packet. */
bool dump_read(struct json_object *object, struct dump_packet *out);

/* Is it a retransmission, a reset (sent, obeyed or refused), a packet that was dropped? */
bool dump_is_retransmission(const struct dump_packet *p);
bool dump_is_reset(const struct dump_packet *p);
bool dump_is_dropped(const struct dump_packet *p);

/* ---- dump_flow.c ---- */

/* Where numbers of connections begin, as tcpdump remembers it. */
struct dump_flows;

struct dump_flows *dump_flows_new(void); /* NULL: no memory */
void dump_flows_free(struct dump_flows *f);

/* How the numbers of this segment are to be shown; remembers new connections. */
struct bonnet_packet_style dump_flow(struct dump_flows *f, const struct bonnet_packet *p);

/* ---- dump_line.c ---- */

struct dump_style {
    bool no_time, verbose;
};

/* "tap0  Out IP 10.0.0.1.80 > ...  # retransmission: ...", time in front and newline behind.
 * numbers: of dump_flow(); time_of_day: ns since 1970. */
void dump_add_line(struct text *t, const struct dump_packet *p, const struct dump_style *style,
                   const struct bonnet_packet_style *numbers, int64_t time_of_day);

/* ---- dump_file.c ---- */

/* A capture of what was heard; its interfaces are those of stacks. */
struct dump_file;

/* 0 or -errno. */
int dump_file_open(const char *path, struct dump_file **out);
int dump_file_close(struct dump_file *f); /* NULL is fine */

/* stack: its name; time_of_day: ns since 1970. 0 or -errno. */
int dump_file_add(struct dump_file *f, const char *stack, const struct dump_packet *p,
                  int64_t time_of_day);

#endif
