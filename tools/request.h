/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTP request, read from bytes as they come (RFC 9112, by http_parser) and judged.
 *
 * The reader stops behind the request's last byte, so what a client pipelined stays in the RecvQ
 * until its turn. It keeps the few fields the server obeys and drops the rest; its memory has a
 * fixed size. A request that is refused ends with its status in status, and nothing behind it can
 * be trusted: the connection has to be closed.
 */
#ifndef TOOLS_REQUEST_H
#define TOOLS_REQUEST_H

#include "http.h"

#include <http_parser.h>

struct request {
    int status;         /* 0: well-formed; otherwise the status to refuse it with */
    bool head;          /* HEAD; otherwise GET */
    bool keep_alive;    /* the client wants to go on with this connection */
    bool http11;        /* HTTP/1.1 and later; otherwise 1.0 */
    const char *method; /* for the log */
    char target[HTTP_TARGET_MAX + 1];
    /* Fields, "" if absent or longer than any sensible value. */
    char host[256];
    char range[256];
    char if_range[64];
    char if_modified_since[64];
};

struct request_reader {
    http_parser parser;
    struct request *request; /* where it goes; the caller's */
    size_t taken;            /* bytes of this request so far */
    size_t target_len;
    char name[24]; /* of the field being read; longer ones are none of ours */
    size_t name_len;
    char *value; /* where its value goes; NULL: nowhere */
    size_t value_len, value_max;
    bool in_value;
    bool done;
};

/* Begins a new request in *request. */
void request_reader_init(struct request_reader *r, struct request *request);

/* Reads from len bytes at data. Returns how many belong to this request; r->done tells whether it
 * is complete, or refused. */
size_t request_read(struct request_reader *r, const char *data, size_t len);

#endif
