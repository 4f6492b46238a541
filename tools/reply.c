/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a request to its answer: find the file, look at conditions and ranges, write the head.
 *
 * Order of RFC 9110 13.2.2: the target first, then If-Modified-Since, then If-Range and Range.
 * There are no entity tags, so an If-Range that holds one never matches and the whole is sent.
 */
#include "reply.h"

#include "files.h"

#include <bonnet/bonnet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPLY_TEXT_MAX (4u << 20) /* bytes: a listing is the longest text */

/* What the head tells of a body. */
struct body {
    const char *type; /* media type; NULL: no body, not even an empty one (304) */
    uint64_t bytes;
    time_t modified;   /* 0: not known */
    const char *field; /* one more field, complete with CRLF; "" for none */
    bool ranges;       /* tell that ranges can be asked for */
};

void reply_fini(struct reply *reply)
{
    text_fini(&reply->text);
    if (reply->fd >= 0) close(reply->fd);
    reply->fd = -1;
}

static void write_head(struct reply *r, const struct request *q, const struct body *body,
                       time_t now)
{
    char date[HTTP_DATE_TEXT];
    struct text *t = &r->text;
    text_addf(t, "HTTP/1.1 %d %s\r\n", r->status, http_status_str((enum http_status)r->status));
    text_addf(t, "Date: %s\r\nServer: bonnet/%s\r\n", http_date_print(now, date), bonnet_version());
    if (body->type) {
        text_addf(t, "Content-Type: %s\r\n", body->type);
        text_addf(t, "Content-Length: %llu\r\n", (unsigned long long)body->bytes);
    }
    if (body->modified)
        text_addf(t, "Last-Modified: %s\r\n", http_date_print(body->modified, date));
    if (body->ranges) text_add(t, "Accept-Ranges: bytes\r\n");
    text_add(t, body->field);
    if (!r->keep_alive)
        text_add(t, "Connection: close\r\n");
    else if (!q->http11)
        text_add(t, "Connection: keep-alive\r\n");
    text_add(t, "\r\n");
    r->body_bytes = q->head || !body->type ? 0 : body->bytes;
}

/* An answer that explains itself in a line; field as in struct body. */
static void answer_line(struct reply *r, const struct request *q, const char *field, time_t now)
{
    char line[80];
    int n = snprintf(line, sizeof(line), "%d %s\n", r->status,
                     http_status_str((enum http_status)r->status));
    struct body body = {"text/plain; charset=utf-8", (uint64_t)n, 0, field, false};
    write_head(r, q, &body, now);
    if (!q->head) text_add(&r->text, line);
}

static void answer_status(struct reply *r, const struct request *q, int status, time_t now)
{
    r->status = status;
    answer_line(r, q, status == 405 ? "Allow: GET, HEAD\r\n" : "", now);
}

static int status_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG: return 404;
    case EXDEV:
    case ELOOP:
    case EACCES:
    case EPERM:
    case ENXIO: return 403;
    case EMFILE:
    case ENFILE:
    case ENOMEM: return 503;
    default: return 500;
    }
}

static void answer_redirect(struct reply *r, const struct request *q, const char *path, time_t now)
{
    struct text field;
    text_init(&field, 4 * HTTP_TARGET_MAX);
    text_add(&field, "Location: /");
    text_add_url(&field, path);
    text_add(&field, "/\r\n");
    r->status = field.failed ? 500 : 301;
    answer_line(r, q, field.failed ? "" : field.p, now);
    text_fini(&field);
}

static bool is_unmodified(const struct request *q, time_t modified)
{
    time_t since;
    return q->if_modified_since[0] && http_date_parse(q->if_modified_since, &since) &&
           modified <= since;
}

/* RFC 9110 14.2: ranges are for GET, and 13.1.5: only if If-Range names the very same time. */
static enum http_range_verdict range_of(const struct request *q, const struct stat *st,
                                        struct http_range *range)
{
    time_t same;
    if (q->head || !q->range[0]) return HTTP_RANGE_WHOLE;
    if (q->if_range[0] && (!http_date_parse(q->if_range, &same) || same != st->st_mtime))
        return HTTP_RANGE_WHOLE;
    return http_range_parse(q->range, (uint64_t)st->st_size, range);
}

static void answer_part(struct reply *r, const struct request *q, struct body *body,
                        const struct http_range *range, time_t now)
{
    char field[80];
    unsigned long long from = range->from;
    unsigned long long bytes = range->bytes;
    snprintf(field, sizeof(field), "Content-Range: bytes %llu-%llu/%llu\r\n", from,
             from + bytes - 1, (unsigned long long)body->bytes);
    r->status = 206;
    body->bytes = range->bytes;
    body->field = field;
    write_head(r, q, body, now);
    r->file_at = range->from;
    r->file_left = range->bytes;
}

static void answer_unsatisfiable(struct reply *r, const struct request *q, uint64_t size,
                                 time_t now)
{
    char field[80];
    snprintf(field, sizeof(field), "Content-Range: bytes */%llu\r\n", (unsigned long long)size);
    r->status = 416;
    answer_line(r, q, field, now);
}

/* Takes fd over. */
static void answer_file(struct reply *r, const struct request *q, int fd, const struct stat *st,
                        const char *path, time_t now)
{
    struct http_range range;
    struct body body = {http_type_of(path), (uint64_t)st->st_size, st->st_mtime, "", true};
    r->fd = fd;
    if (is_unmodified(q, st->st_mtime)) {
        r->status = 304;
        body.type = NULL;
        write_head(r, q, &body, now);
        return;
    }
    switch (range_of(q, st, &range)) {
    case HTTP_RANGE_WHOLE:
        r->status = 200;
        write_head(r, q, &body, now);
        r->file_left = q->head ? 0 : body.bytes;
        break;
    case HTTP_RANGE_PART: answer_part(r, q, &body, &range, now); break;
    case HTTP_RANGE_UNSATISFIABLE: answer_unsatisfiable(r, q, body.bytes, now); break;
    }
}

/* A directory: its index.html if it has one, otherwise the list of its names. Takes fd over. */
static void answer_directory(struct reply *r, const struct request *q, int fd, const char *path,
                             int root, time_t now)
{
    struct stat st;
    struct text html;
    char index[HTTP_TARGET_MAX + 16];
    snprintf(index, sizeof(index), "%sindex.html", path);
    int file = files_open(root, index, &st);
    if (file >= 0 && S_ISREG(st.st_mode)) {
        close(fd);
        answer_file(r, q, file, &st, index, now);
        return;
    }
    if (file >= 0) close(file);
    snprintf(index, sizeof(index), "/%s", strcmp(path, "./") == 0 ? "" : path);
    text_init(&html, REPLY_TEXT_MAX / 2);
    int error = files_list(fd, index, &html);
    if (error) {
        answer_status(r, q, status_of_errno(-error), now);
    } else {
        struct body body = {"text/html; charset=utf-8", html.len, 0, "", false};
        r->status = 200;
        write_head(r, q, &body, now);
        if (!q->head) text_add_bytes(&r->text, html.p, html.len);
    }
    text_fini(&html);
}

static void answer_path(struct reply *r, const struct request *q, const char *path, int root,
                        time_t now)
{
    struct stat st;
    int fd = files_open(root, path, &st);
    bool slash = path[strlen(path) - 1] == '/';
    if (fd < 0) {
        answer_status(r, q, status_of_errno(-fd), now);
    } else if (S_ISREG(st.st_mode)) {
        answer_file(r, q, fd, &st, path, now);
    } else if (S_ISDIR(st.st_mode) && slash) {
        answer_directory(r, q, fd, path, root, now);
    } else {
        close(fd);
        if (S_ISDIR(st.st_mode))
            answer_redirect(r, q, path, now);
        else
            answer_status(r, q, 403, now);
    }
}

bool reply_make(struct reply *reply, const struct request *q, int root, time_t now)
{
    char path[HTTP_TARGET_MAX + 2];
    *reply = (struct reply){.fd = -1, .keep_alive = q->keep_alive};
    text_init(&reply->text, REPLY_TEXT_MAX);
    int status = q->status;
    if (!status) status = http_target_path(q->target, path, sizeof(path));
    if (status)
        answer_status(reply, q, status, now);
    else
        answer_path(reply, q, path, root, now);
    return !reply->text.failed;
}
