/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading of responses; the contract is in response.h. */
#include "response.h"

#include <string.h>
#include <strings.h>

static struct response *response_of(http_parser *p)
{
    return p->data;
}

static int on_field(http_parser *p, const char *at, size_t len)
{
    struct response *r = response_of(p);
    if (r->in_value) r->name_len = 0;
    r->in_value = false;
    if (len >= sizeof(r->name) - r->name_len) len = sizeof(r->name) - 1 - r->name_len;
    memcpy(r->name + r->name_len, at, len);
    r->name_len += len;
    r->name[r->name_len] = '\0';
    return 0;
}

static int on_value(http_parser *p, const char *at, size_t len)
{
    struct response *r = response_of(p);
    r->in_value = true;
    if (strcasecmp(r->name, "location") != 0) return 0;
    if (len >= sizeof(r->location) - r->location_len)
        len = sizeof(r->location) - 1 - r->location_len;
    memcpy(r->location + r->location_len, at, len);
    r->location_len += len;
    r->location[r->location_len] = '\0';
    return 0;
}

static bool is_interim(const http_parser *p)
{
    return p->status_code < 200;
}

static int on_headers_complete(http_parser *p)
{
    struct response *r = response_of(p);
    if (is_interim(p)) return 0;
    r->status = (int)p->status_code;
    r->has_length = (p->flags & F_CONTENTLENGTH) && !(p->flags & F_CHUNKED);
    r->length = r->has_length ? p->content_length : 0;
    r->stopped = !r->on_head(r->ctx, r);
    return r->stopped ? -1 : 0;
}

static int on_body(http_parser *p, const char *at, size_t len)
{
    struct response *r = response_of(p);
    r->got += len;
    r->stopped = !r->on_body(r->ctx, at, len);
    return r->stopped ? -1 : 0;
}

static int on_message_complete(http_parser *p)
{
    if (is_interim(p)) return 0;
    response_of(p)->complete = true;
    http_parser_pause(p, 1);
    return 0;
}

static const http_parser_settings settings = {
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void response_init(struct response *r)
{
    http_parser_init(&r->parser, HTTP_RESPONSE);
    r->parser.data = r;
}

const char *response_read(struct response *r, const char *data, size_t len)
{
    if (r->complete || len == 0) return NULL;
    size_t n = http_parser_execute(&r->parser, &settings, data, len);
    enum http_errno error = HTTP_PARSER_ERRNO(&r->parser);
    if (r->status == 0) r->head_bytes += n;
    if (r->stopped || r->complete) return NULL;
    if (r->head_bytes > RESPONSE_HEAD_MAX) return "the head of the answer is too long";
    return error == HPE_OK ? NULL : http_errno_description(error);
}

const char *response_end(struct response *r)
{
    if (r->complete) return NULL;
    http_parser_execute(&r->parser, &settings, NULL, 0); /* how the parser is told of the end */
    if (r->complete) return NULL;
    return r->status ? "the body is not complete" : "no answer";
}
