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

/* What all who take part in an answer need. */
struct job {
    struct reply *r;
    const struct request *q;
    int root;
    time_t now;
};

static void write_head(const struct job *j, const struct body *body)
{
    char date[HTTP_DATE_TEXT];
    struct text *t = &j->r->text;
    text_addf(t, "HTTP/1.1 %d %s\r\n", j->r->status,
              http_status_str((enum http_status)j->r->status));
    text_addf(t, "Date: %s\r\nServer: bonnet/%s\r\n", http_date_print(j->now, date),
              bonnet_version());
    if (body->type) {
        text_addf(t, "Content-Type: %s\r\n", body->type);
        text_addf(t, "Content-Length: %llu\r\n", (unsigned long long)body->bytes);
    }
    if (body->modified)
        text_addf(t, "Last-Modified: %s\r\n", http_date_print(body->modified, date));
    if (body->ranges) text_add(t, "Accept-Ranges: bytes\r\n");
    text_add(t, body->field);
    if (!j->r->keep_alive)
        text_add(t, "Connection: close\r\n");
    else if (!j->q->http11)
        text_add(t, "Connection: keep-alive\r\n");
    text_add(t, "\r\n");
    j->r->body_bytes = j->q->head || !body->type ? 0 : body->bytes;
}

/* An answer that explains itself in a line; field as in struct body. */
static void answer_line(const struct job *j, const char *field)
{
    char line[80];
    int n = snprintf(line, sizeof(line), "%d %s\n", j->r->status,
                     http_status_str((enum http_status)j->r->status));
    struct body body = {"text/plain; charset=utf-8", (uint64_t)n, 0, field, false};
    write_head(j, &body);
    if (!j->q->head) text_add(&j->r->text, line);
}

static void answer_status(const struct job *j, int status)
{
    j->r->status = status;
    answer_line(j, status == 405 ? "Allow: GET, HEAD\r\n" : "");
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

static void answer_redirect(const struct job *j, const char *path)
{
    struct text field;
    text_init(&field, (size_t)4 * HTTP_TARGET_MAX);
    text_add(&field, "Location: /");
    text_add_url(&field, path);
    text_add(&field, "/\r\n");
    j->r->status = field.failed ? 500 : 301;
    answer_line(j, field.failed ? "" : field.p);
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

static void answer_part(const struct job *j, const struct body *whole,
                        const struct http_range *range)
{
    char field[80];
    unsigned long long from = range->from;
    unsigned long long bytes = range->bytes;
    snprintf(field, sizeof(field), "Content-Range: bytes %llu-%llu/%llu\r\n", from,
             from + bytes - 1, (unsigned long long)whole->bytes);
    struct body part = *whole;
    part.bytes = range->bytes;
    part.field = field;
    j->r->status = 206;
    write_head(j, &part);
    j->r->file_at = range->from;
    j->r->file_left = range->bytes;
}

static void answer_unsatisfiable(const struct job *j, uint64_t size)
{
    char field[80];
    snprintf(field, sizeof(field), "Content-Range: bytes */%llu\r\n", (unsigned long long)size);
    j->r->status = 416;
    answer_line(j, field);
}

/* Takes fd over. */
static void answer_file(const struct job *j, int fd, const struct stat *st, const char *path)
{
    struct http_range range;
    struct body body = {http_type_of(path), (uint64_t)st->st_size, st->st_mtime, "", true};
    j->r->fd = fd;
    if (is_unmodified(j->q, st->st_mtime)) {
        j->r->status = 304;
        body.type = NULL;
        write_head(j, &body);
        return;
    }
    switch (range_of(j->q, st, &range)) {
    case HTTP_RANGE_WHOLE:
        j->r->status = 200;
        write_head(j, &body);
        j->r->file_left = j->q->head ? 0 : body.bytes;
        break;
    case HTTP_RANGE_PART: answer_part(j, &body, &range); break;
    case HTTP_RANGE_UNSATISFIABLE: answer_unsatisfiable(j, body.bytes); break;
    }
}

/* A directory: its index.html if it has one, otherwise the list of its names. Takes fd over. */
static void answer_directory(const struct job *j, int fd, const char *path)
{
    struct stat st;
    struct text html;
    char index[HTTP_TARGET_MAX + 16];
    snprintf(index, sizeof(index), "%sindex.html", path);
    int file = files_open(j->root, index, &st);
    if (file >= 0 && S_ISREG(st.st_mode)) {
        close(fd);
        answer_file(j, file, &st, index);
        return;
    }
    if (file >= 0) close(file);
    snprintf(index, sizeof(index), "/%s", strcmp(path, "./") == 0 ? "" : path);
    text_init(&html, REPLY_TEXT_MAX / 2);
    int error = files_list(fd, index, &html);
    if (error) {
        answer_status(j, status_of_errno(-error));
    } else {
        struct body body = {"text/html; charset=utf-8", html.len, 0, "", false};
        j->r->status = 200;
        write_head(j, &body);
        if (!j->q->head) text_add_bytes(&j->r->text, html.p, html.len);
    }
    text_fini(&html);
}

static void answer_path(const struct job *j, const char *path)
{
    struct stat st;
    int fd = files_open(j->root, path, &st);
    bool slash = path[strlen(path) - 1] == '/';
    if (fd < 0) {
        answer_status(j, status_of_errno(-fd));
    } else if (S_ISREG(st.st_mode)) {
        answer_file(j, fd, &st, path);
    } else if (S_ISDIR(st.st_mode) && slash) {
        answer_directory(j, fd, path);
    } else {
        close(fd);
        if (S_ISDIR(st.st_mode))
            answer_redirect(j, path);
        else
            answer_status(j, 403);
    }
}

bool reply_make(struct reply *reply, const struct request *q, int root, time_t now)
{
    char path[HTTP_TARGET_MAX + 2];
    *reply = (struct reply){.fd = -1, .keep_alive = q->keep_alive};
    text_init(&reply->text, REPLY_TEXT_MAX);
    const struct job job = {reply, q, root, now};
    int status = q->status;
    if (!status) status = http_target_path(q->target, path, sizeof(path));
    if (status)
        answer_status(&job, status);
    else
        answer_path(&job, path);
    return !reply->text.failed;
}
