/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios played from a string on stacks of bonnet, and what was told meanwhile, one line of text
 * for each event of the player:
 *
 *   "0.020 client: connect(s, server:80) = 0 blocked 0.020"   a call has returned
 *   "0.000 server: accept(l) blocks"
 *   "0.030 server c ESTABLISHED > FIN-WAIT-1 by close()"      named as the scenario does
 *   "0.020 server c: SendQ 0 in flight 0 RecvQ 5 Delivered 0"
 *   "0.040 client [F.]"                                       a segment
 *   "0.050 ok server c is FIN-WAIT-2", "0.050 failed ..."     an expectation
 *
 * and others by their kind: "say ...", "act ...", "wait ...", "skip ...", "begin", "end", ...
 */
#ifndef TESTS_LAB_LIBPLAY_H
#define TESTS_LAB_LIBPLAY_H

#include "lab/player.h"

struct played {
    int status; /* of scenario_play() */
    struct play_result result;
    uint64_t hash; /* of everything in every event */
    struct lab_table table;
    unsigned kinds[LAB_EVENT_END + 1]; /* events of each kind */
    size_t len;
    char log[1u << 18];
};

/* Two hosts, a delay of 10 ms, and a listener l of the server; a connection, s and c, on top. */
#define HEAD                  \
    "host client 10.0.0.1\n"  \
    "host server 10.0.0.2\n"  \
    "server: l = socket()\n"  \
    "server: bind(l, *:80)\n" \
    "server: listen(l, 5)\n"
#define JOINED                             \
    HEAD "client: s = socket()\n"          \
         "client: connect(s, server:80)\n" \
         "server: c = accept(l)\n"

/* Plays a story, on a world of make, or on bonnet's with this seed. Valid until the next one. */
const struct played *play_seed(const char *story, uint64_t seed);
const struct played *play_on(const char *story, play_maker make);
/* All expectations held. */
const struct played *play_holds_all(const char *story);
/* One failed, and the result says so with these words. */
const struct played *play_fails(const char *story, const char *why);
/* These words are in the log; these are there in this order; these are not. */
void told(const char *words);
void told_in_order(const char *first, const char *second);
void not_told(const char *words);
/* The line that a text would have behind a story. */
unsigned line_after(const char *story);

#endif
