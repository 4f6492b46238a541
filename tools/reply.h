/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer to one request: decided wholly before its first byte is sent.
 *
 * It is a text (head, and a body that is not a file's) followed by a stretch of a file. Who sends
 * it needs no more of HTTP.
 */
#ifndef TOOLS_REPLY_H
#define TOOLS_REPLY_H

#include "request.h"
#include "text.h"

struct reply {
    int status;
    bool keep_alive;     /* the connection may go on afterwards */
    struct text text;    /* what is sent first */
    size_t text_sent;    /* bytes of it already sent */
    int fd;              /* then this file; -1: none */
    uint64_t file_at;    /* next byte of it */
    uint64_t file_left;  /* bytes of it still to be sent */
    uint64_t body_bytes; /* length of the body, for the log */
};

/* Decides the answer to q from the files beneath the directory root, at the time now. Always makes
 * one: what goes wrong has a status, too. Only without memory for the head it is false. */
bool reply_make(struct reply *reply, const struct request *q, int root, time_t now);

/* Closes and frees what the reply holds. */
void reply_fini(struct reply *reply);

#endif
