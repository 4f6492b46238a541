/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTP response, read from bytes as they come (RFC 9112, by http_parser).
 *
 * The body goes where the owner wants it as it comes, in pieces that point into the bytes handed
 * in. Interim responses (1xx) are skipped. The end of a body is known from its chunks, its
 * Content-Length, or the end of the connection; response_end() tells a short body from a whole one.
 */
#ifndef TOOLS_RESPONSE_H
#define TOOLS_RESPONSE_H

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESPONSE_HEAD_MAX 65536 /* bytes of a head; longer is refused */

struct response {
    http_parser parser;
    int status;      /* 0: the head is not complete */
    bool has_length; /* length is known */
    bool complete;   /* the last byte is here */
    bool stopped;    /* a callback of the owner's said no */
    uint64_t length; /* bytes of the body, as the head tells */
    uint64_t got;    /* bytes of the body so far */
    size_t head_bytes;
    char location[1024]; /* of a redirection; "" for none */
    size_t location_len;
    char name[16]; /* of the field being read */
    size_t name_len;
    bool in_value;
    /* The owner's: false stops the reading. */
    bool (*on_head)(void *ctx, const struct response *r);
    bool (*on_body)(void *ctx, const char *data, size_t len);
    void *ctx;
};

/* Before: zero but for on_head, on_body and ctx. */
void response_init(struct response *r);

/* Reads len bytes. NULL, or what is wrong with them. Bytes behind the end are left alone. */
const char *response_read(struct response *r, const char *data, size_t len);

/* The connection has ended. NULL if the response is whole, or what is wrong. */
const char *response_end(struct response *r);

#endif
