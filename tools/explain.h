/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of `bonnet explain`: what a socket is doing, what it waits for, since when, what
 * usually causes that, and what to do about it.
 */
#ifndef TOOLS_EXPLAIN_H
#define TOOLS_EXPLAIN_H

#include "nstat.h"
#include "ss.h"
#include "ss_filter.h"

/* Sentences; a part that has nothing to say stays empty. */
struct explanation {
    struct text now;   /* what it is doing */
    struct text waits; /* what ends that */
    struct text since;
    struct text cause;
    struct text advice;
};

void explanation_init(struct explanation *e);
void explanation_fini(struct explanation *e);

/* What is known of the socket to be explained. */
struct explain_about {
    const struct ss_row *row;
    const char *stack;                 /* name */
    const struct ss_process *process;  /* whose stack it is */
    const struct nstat_list *counters; /* of the stack */
};

/* Fills in an explanation that was just initialised. */
void explain(const struct explain_about *about, struct explanation *e);

/* A heading and the parts that are not empty, in lines of 80 columns. */
void explain_print(const struct explain_about *about, const struct explanation *e,
                   struct text *out);

/* ---- the kinds of sockets, one file each ---- */

void explain_connection(const struct explain_about *about, struct explanation *e);
void explain_listener(const struct explain_about *about, struct explanation *e);
void explain_half_open(const struct explain_about *about, struct explanation *e);
void explain_time_wait(const struct explain_about *about, struct explanation *e);
void explain_datagram(const struct explain_about *about, struct explanation *e);

/* Of a connection: what it sends and does not get rid of, and what it has received and nobody
 * reads. false: nothing of the kind. */
bool explain_sending(const struct explain_about *about, struct explanation *e);
bool explain_receiving(const struct explain_about *about, struct explanation *e);

/* Nothing can be sent before the next hop's link address is known. */
void explain_no_neighbour(struct explanation *e);

/* ---- words ---- */

/* Adds a sentence to a part. */
__attribute__((format(printf, 2, 3))) void explain_say(struct text *part, const char *format, ...);

/* "650 ms", "1.5 s", "59 s", "5 min", "2 h"; in a buffer of its own, eight of which take turns. */
const char *explain_time(bonnet_time ns);
const char *explain_ms(uint32_t ms);

/* "1 byte", "4096 bytes"; "1 segment"; likewise. */
const char *explain_count(uint64_t n, const char *word);

/* ---- which socket ---- */

/* SOCKET of the command line: a handle, or one or both ends. */
struct explain_target {
    int socket; /* handle, -1: by its ends */
    unsigned ends_n;
    struct ss_filter_node ends[2];
};

/* false: words are no SOCKET. */
bool explain_target_parse(int words_n, char **words, struct explain_target *out);

/* Is it this one? One end is our own or, if by_peer, the other's. */
bool explain_target_is(const struct explain_target *t, const struct bonnet_row *row, bool by_peer);

#endif
