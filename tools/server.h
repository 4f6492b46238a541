/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An HTTP server on a stack: a listener, its connections, and the time they may take.
 *
 * It never waits and owns no loop: its owner calls server_turn() whenever the stack may have news,
 * and asks server_deadline() when to come back at the latest. Memory is bounded: an idle connection
 * costs one struct conn, a request under way one struct exchange, and beyond CONNS_MAX none is
 * accepted.
 */
#ifndef TOOLS_SERVER_H
#define TOOLS_SERVER_H

#include "reply.h"
#include "request.h"

#include <bonnet/bonnet.h>
#include <bonnet/socket.h>
#include <stdio.h>

/* One request and its answer. */
struct exchange {
    struct request_reader reader;
    struct request request;
    struct reply reply;
    bool replying;     /* reply has been made */
    bonnet_time began; /* when its first byte was read */
    uint64_t sent;     /* bytes of the body taken by the stack */
};

enum conn_state {
    CONN_READING,  /* waits for a request, or for the rest of one */
    CONN_WRITING,  /* sends an answer */
    CONN_DRAINING, /* has sent its FIN and reads until the peer's, so that no RST eats the answer */
};

struct conn {
    struct conn *prev, *next; /* in list */
    struct conn_list *list;   /* of connections with the same patience */
    bonnet_time until;        /* when that ends */
    int s;
    enum conn_state state;
    struct bonnet_endpoint peer;
    struct exchange *x;  /* NULL: idle */
    uint64_t written;    /* bytes taken by the stack since the beginning */
    uint64_t acked_mark; /* bytes acknowledged when patience was last renewed */
};

/* In order of their until: each comes to the end with the same patience. */
struct conn_list {
    struct conn *first, *last;
    bonnet_time patience;
};

struct server {
    struct bonnet *bn;
    int root;          /* the served directory */
    int listener;      /* -1: closed */
    bool closing;      /* no more requests; answers under way are finished */
    bool accept_later; /* the accept queue may hold connections, for which there was no room */
    bonnet_time now;
    uint64_t turn_bytes;      /* of files, read in this turn */
    FILE *log;                /* a line per request; NULL: none */
    struct conn_list clients; /* reading or writing */
    struct conn_list draining;
    uint32_t conns_n;
    uint64_t requests_n;
};

/* Listens on port of every address of bn. root stays the caller's. 0 or -errno. */
int server_open(struct server *v, struct bonnet *bn, uint16_t port, int root, bonnet_time patience);

/* Does what can be done now. */
void server_turn(struct server *v, bonnet_time now);

/* When server_turn() wants to be called at the latest. */
bonnet_time server_deadline(const struct server *v);

/* Takes no more connections or requests; says goodbye to idle clients at once and to others when
 * their answer is complete. conns_n tells how many are still here. */
void server_stop(struct server *v);

/* Resets all connections that are left. */
void server_abort(struct server *v);

/* ---- conn.c: the life of one connection ---- */

/* What conn_advance() leaves behind. */
enum conn_verdict {
    CONN_WAITS,    /* for the stack's next event */
    CONN_FINISHED, /* its socket may be closed */
    CONN_BROKEN,   /* reset it, if it still is there */
};

/* Moves c on as far as it goes now. */
enum conn_verdict conn_advance(struct server *v, struct conn *c);

/* Sends the FIN, and waits for the peer's. */
void conn_say_goodbye(struct server *v, struct conn *c);

/* Has the peer acknowledged enough since the last time to deserve more patience? */
bool conn_made_progress(struct server *v, struct conn *c);

/* Gives up the request under way; why is for the log. */
void conn_drop_exchange(struct server *v, struct conn *c, const char *why);

/* Moves c to the end of list, with its patience from now on. */
void conn_wait_in(struct server *v, struct conn *c, struct conn_list *list);

#endif
