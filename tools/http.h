/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of HTTP that both sides need, as pure functions of text: targets, ranges, dates, types.
 *
 * Nothing here touches a socket or a file. RFC 9110 (semantics), RFC 9112 (HTTP/1.1), RFC 3986
 * (URI).
 */
#ifndef TOOLS_HTTP_H
#define TOOLS_HTTP_H

#include <bonnet/types.h>
#include <time.h>

#define HTTP_TARGET_MAX 4096  /* bytes of a request target; longer: 414 */
#define HTTP_HEAD_MAX   16384 /* bytes of a request's head; longer: 431 */
#define HTTP_DATE_TEXT  30    /* bytes of a date with its zero */

/* ---- http_target.c ---- */

/* The file that a request target means, relative to the served directory: percent-decoded, without
 * query, "." and ".." resolved, "." for the directory itself; a '/' at its end is kept. path has
 * room for max bytes. Returns 0, or the status to answer with: 400 (not a target, a bad escape, a
 * zero byte), 403 (climbs out of the directory), 404 (an escaped '/': no name can hold one), 414.
 */
int http_target_path(const char *target, char *path, size_t max);

/* Undoes percent-encoding of len bytes at s into out, of at least len + 1 bytes. The decoded
 * length; -1: an escape is broken or means a zero byte. */
int http_decode(const char *s, size_t len, char *out);

/* http://a.b.c.d[:port][/path][?query] taken apart. path points into text and may be empty;
 * fragment and what follows are not part of it. Returns NULL, or what is wrong, in a few words. */
struct http_url {
    struct bonnet_endpoint host;
    char host_text[64]; /* as it goes into the Host field */
    const char *path;
    size_t path_len;
};

const char *http_url_parse(const char *text, struct http_url *out);

/* A file name for what url points at: the last segment of its path, decoded; "index.html" if that
 * is empty. 0; -1 if the segment is no name that a file of ours should get. */
int http_url_file_name(const struct http_url *url, char *name, size_t max);

/* ---- http_range.c ---- */

enum http_range_verdict {
    HTTP_RANGE_WHOLE,         /* none, several, or not understood: the whole is the answer */
    HTTP_RANGE_PART,          /* one range */
    HTTP_RANGE_UNSATISFIABLE, /* 416 */
};

struct http_range {
    uint64_t from, bytes;
};

/* A Range field for a representation of size bytes (RFC 9110 14.1.2). */
enum http_range_verdict http_range_parse(const char *value, uint64_t size, struct http_range *out);

/* ---- http_date.c ---- */

/* "Sun, 06 Nov 1994 08:49:37 GMT" into out of HTTP_DATE_TEXT bytes. Returns out. */
char *http_date_print(time_t t, char *out);

/* Any of RFC 9110 5.6.7's three forms. false: none of them. */
bool http_date_parse(const char *text, time_t *out);

/* ---- http_type.c ---- */

/* The media type that a file's name suggests. */
const char *http_type_of(const char *name);

#endif
