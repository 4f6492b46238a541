/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A script being played: the stage, the program's sockets, the peer's connections.
 *
 *   librun.c    one event after another, and their times
 *   libpeer.c   the script's sequence numbers and timestamps against the real ones
 *   libsocket.c the program's calls
 */
#ifndef BONNET_TESTS_EXCHANGE_LIBRUN_H
#define BONNET_TESTS_EXCHANGE_LIBRUN_H

#include "libscript.h"
#include "libstage.h"

#define PEERS_MAX   16
#define SOCKETS_MAX 32
#define STAMPS_MAX  64

/* One connection as the peer sees it. */
struct peer {
    uint16_t port, stack_port; /* 0: not known yet */
    bool has_stack_isn, has_isn;
    bool has_answer;         /* the stack has acknowledged the peer's SYN */
    uint32_t stack_isn, isn; /* real; the peer's is what the script says */
    uint32_t shift;          /* from the script's sequence numbers to the stack's */
    struct {
        uint32_t script, real;
    } stamps[STAMPS_MAX]; /* of timestamps that the stack sent, the newest last */
    unsigned stamps_n;
};

struct file {
    int script_fd, handle;
    bool is_nonblocking;
    uint64_t read_bytes, written_bytes;
};

/* A call that waits. */
struct waiting {
    const struct event *event; /* NULL: none */
    bonnet_time from, to;      /* when it began, when it shall return */
    bonnet_time patience;      /* when it returns anyhow: close() that lingers */
    int64_t done;              /* bytes so far */
};

struct run {
    const struct script *script;
    struct stage stage;
    struct peer peers[PEERS_MAX];
    unsigned peers_n;
    struct peer *peer; /* under test; NULL: the next one that comes */
    struct file files[SOCKETS_MAX];
    unsigned files_n;
    struct waiting waiting;
    const struct event *event; /* now */
    bool is_failed;
    char *complaint; /* COMPLAINT_MAX bytes */
};

/* Plays a script. False with a complaint. */
bool run_script(struct run *r, const struct script *s, char *complaint);

/* The first thing that went wrong is what counts. Returns false. */
bool run_fail(struct run *r, const struct event *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- libpeer.c ---- */

/* The connection that a line of the script is about; NULL: there are too many. */
struct peer *peer_of(struct run *r, const struct packet *p);
/* Turns the script's segment into what goes to the stack, with its text. */
void peer_prepare(struct peer *peer, struct packet *p, uint8_t *text);
/* Turns a segment from the stack into the script's numbers, as far as `want` tells what they are.
 */
void peer_translate(struct peer *peer, const struct packet *want, struct packet *got);
/* Is the text what the program wrote? */
bool peer_text_is_right(const struct peer *peer, const struct packet *got, const uint8_t *text);
/* What differs, or NULL. */
const char *peer_difference(const struct packet *want, const struct packet *got);

/* The octet of a stream at this place. */
uint8_t octet_at(uint64_t place);

/* ---- libsocket.c ---- */

/* Makes the call of event e. False if it went wrong; a call that waits is not wrong. */
bool socket_call(struct run *r, const struct event *e, bonnet_time from, bonnet_time to);
/* Something happened: may the call that waits return? */
void socket_retry(struct run *r);
/* Is the time that an event happened at the one it should have? before: what preceded it. */
bool run_is_in_time(const struct when *w, bonnet_time before, bonnet_time at, bonnet_time to);

#endif
