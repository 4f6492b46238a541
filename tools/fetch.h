/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An HTTP transfer as a client sees it: connect, ask, take the answer, write it down.
 *
 * Like the server it never waits: fetch_turn() does what can be done now. The body goes from the
 * RecvQ straight to the file.
 */
#ifndef TOOLS_FETCH_H
#define TOOLS_FETCH_H

#include "http.h"
#include "progress.h"
#include "response.h"

#include <bonnet/bonnet.h>
#include <bonnet/socket.h>

enum fetch_state { FETCH_CONNECTING, FETCH_ASKING, FETCH_TAKING, FETCH_DONE, FETCH_FAILED };

struct fetch {
    struct bonnet *bn;
    const struct http_url *url;
    int s; /* -1: none */
    enum fetch_state state;
    char request[HTTP_TARGET_MAX + 256];
    size_t request_len, request_sent;
    struct response response;
    const char *path; /* of the file; "-": standard output */
    int fd;           /* of the file; -1: not open yet */
    uint64_t moved;   /* bytes that came in, of any kind: a sign of life */
    char wrong[1200]; /* FETCH_FAILED: why */
};

/* Begins. The answer's body goes to path, which is made only when there is a good answer. */
void fetch_begin(struct fetch *f, struct bonnet *bn, const struct http_url *url, const char *path);

/* Goes on as far as it can. */
void fetch_turn(struct fetch *f);

/* Ends it with a reason of the owner's. */
__attribute__((format(printf, 2, 3))) void fetch_fail(struct fetch *f, const char *format, ...);

/* Closes socket and file; may turn FETCH_DONE into FETCH_FAILED, if the file could not be written.
 */
void fetch_end(struct fetch *f);

/* Tells how it is coming along, if it is time to; and, after fetch_end(), how it ended: who
 * complains if it failed. */
void fetch_tell(const struct fetch *f, struct progress *p, bonnet_time now);
void fetch_report(const struct fetch *f, struct progress *p, bonnet_time now, const char *who);

#endif
