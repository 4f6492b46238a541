/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The honest connection: a stream each way between the two hosts of a world, of bytes that depend
 * on their place, so that a byte lost, doubled, moved or changed is seen when it is read.
 */
#ifndef FUZZ_LIBSTREAM_H
#define FUZZ_LIBSTREAM_H

#include "libworld.h"

#define STREAM_PORT 80

struct stream_end {
    int s;
    uint32_t sent, to_send; /* bytes */
    uint32_t got, to_get;
    bool shut; /* its program has said that it writes no more */
    bool eof;
    bool paused; /* its program does not read */
    int error;   /* of the call that failed first, positive errno */
};

struct stream {
    struct world *w;
    struct stream_end end[2]; /* as the hosts: [0] accepted, [1] connected */
    bool exact;               /* check each byte that is read */
    bool ending;              /* who has written everything, shuts its side down */
};

/* Connects host 1 to port 80 of host 0, with nobody else on the wire. bytes[i] go from host i;
 * rcvbuf: SO_RCVBUF of both, 0 as it is. */
void stream_open(struct stream *t, struct world *w, const uint32_t bytes[2], int rcvbuf);

/* Both programs write what the SendQ takes and read what there is; what was written last, ends it.
 */
void stream_work(struct stream *t);

/* Have both got everything, and the end? */
bool stream_is_complete(const struct stream *t);

/* Has a program been told of an error? */
bool stream_is_broken(const struct stream *t);

#endif
