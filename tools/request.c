/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests: http_parser finds the pieces, this file keeps the ones that matter and judges.
 *
 * What is refused here: 400 what the parser does not understand, a body (GET and HEAD have none,
 * and one that is there would be a way to smuggle a request past somebody), a missing or doubled
 * Host; 405 other methods; 414 and 431 what is too long; 505 other versions. The first verdict
 * stays.
 */
#include "request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static struct request_reader *reader_of(http_parser *p)
{
    return p->data;
}

static void refuse(struct request_reader *r, int status)
{
    if (!r->request->status) r->request->status = status;
}

static int on_url(http_parser *p, const char *at, size_t len)
{
    struct request_reader *r = reader_of(p);
    if (len > HTTP_TARGET_MAX - r->target_len) {
        refuse(r, 414);
        return 1;
    }
    memcpy(r->request->target + r->target_len, at, len);
    r->target_len += len;
    r->request->target[r->target_len] = '\0';
    return 0;
}

static int on_field(http_parser *p, const char *at, size_t len)
{
    struct request_reader *r = reader_of(p);
    if (r->in_value) r->name_len = 0;
    r->in_value = false;
    if (len >= sizeof(r->name) - r->name_len) len = sizeof(r->name) - 1 - r->name_len;
    memcpy(r->name + r->name_len, at, len);
    r->name_len += len;
    r->name[r->name_len] = '\0';
    return 0;
}

/* The name is complete: where does its value go? A field may come once only. */
static void open_value(struct request_reader *r)
{
    struct request *q = r->request;
    const struct {
        const char *name;
        char *value;
        size_t max;
    } fields[] = {
        {"host", q->host, sizeof(q->host)},
        {"range", q->range, sizeof(q->range)},
        {"if-range", q->if_range, sizeof(q->if_range)},
        {"if-modified-since", q->if_modified_since, sizeof(q->if_modified_since)},
    };
    r->in_value = true;
    r->value = NULL;
    r->value_len = 0;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcasecmp(r->name, fields[i].name) != 0) continue;
        if (fields[i].value[0]) refuse(r, 400);
        r->value = fields[i].value;
        r->value_max = fields[i].max;
    }
}

static int on_value(http_parser *p, const char *at, size_t len)
{
    struct request_reader *r = reader_of(p);
    if (!r->in_value) open_value(r);
    if (!r->value) return 0;
    if (len >= r->value_max - r->value_len) {
        r->value[0] = '\0';
        r->value = NULL;
        return 0;
    }
    memcpy(r->value + r->value_len, at, len);
    r->value_len += len;
    r->value[r->value_len] = '\0';
    return 0;
}

/* RFC 9112 5.1: blanks behind a value are none of its own; the parser leaves them. */
static void trim(char *value)
{
    size_t len = strlen(value);
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        value[--len] = '\0';
}

static bool has_body(const http_parser *p)
{
    if (p->flags & F_CHUNKED) return true;
    return (p->flags & F_CONTENTLENGTH) && p->content_length > 0;
}

static int on_headers_complete(http_parser *p)
{
    struct request_reader *r = reader_of(p);
    struct request *q = r->request;
    q->method = http_method_str((enum http_method)p->method);
    q->head = p->method == HTTP_HEAD;
    q->http11 = p->http_minor >= 1;
    q->keep_alive = http_should_keep_alive(p) != 0;
    trim(q->host);
    trim(q->range);
    trim(q->if_range);
    trim(q->if_modified_since);
    if (p->http_major != 1)
        refuse(r, 505);
    else if (p->method != HTTP_GET && p->method != HTTP_HEAD)
        refuse(r, 405);
    else if (has_body(p) || (q->http11 && !q->host[0]))
        refuse(r, 400);
    return 0;
}

static int on_message_complete(http_parser *p)
{
    reader_of(p)->done = true;
    http_parser_pause(p, 1);
    return 0;
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
    .on_message_complete = on_message_complete,
};

void request_reader_init(struct request_reader *r, struct request *request)
{
    *r = (struct request_reader){.request = request};
    *request = (struct request){.method = "-"};
    http_parser_init(&r->parser, HTTP_REQUEST);
    r->parser.data = r;
}

/* What the parser gave up on. */
static int status_of_error(const http_parser *p)
{
    switch ((int)p->http_errno) {
    case HPE_INVALID_VERSION: return 505;
    case HPE_HEADER_OVERFLOW: return 431;
    default: return 400;
    }
}

size_t request_read(struct request_reader *r, const char *data, size_t len)
{
    size_t max = HTTP_HEAD_MAX - r->taken;
    size_t n = http_parser_execute(&r->parser, &settings, data, len < max ? len : max);
    enum http_errno error = HTTP_PARSER_ERRNO(&r->parser);
    r->taken += n;
    if (error != HPE_OK && error != HPE_PAUSED) refuse(r, status_of_error(&r->parser));
    if (!r->done && r->taken >= HTTP_HEAD_MAX) refuse(r, 431);
    if (r->request->status) {
        r->request->keep_alive = false;
        r->done = true;
    }
    return n;
}
