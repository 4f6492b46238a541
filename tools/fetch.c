/* SPDX-License-Identifier: BSD-2-Clause */
/* A transfer, step by step; the contract is in fetch.h. */
#define _GNU_SOURCE
#include "fetch.h"

#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLICES 16

void fetch_fail(struct fetch *f, const char *format, ...)
{
    va_list args;
    if (f->state == FETCH_FAILED) return; /* the first reason stays */
    va_start(args, format);
    vsnprintf(f->wrong, sizeof(f->wrong), format, args);
    va_end(args);
    f->state = FETCH_FAILED;
}

/* ---- the answer ---- */

static bool open_file(struct fetch *f)
{
    if (strcmp(f->path, "-") == 0)
        f->fd = STDOUT_FILENO;
    else
        f->fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (f->fd < 0) fetch_fail(f, "%s: %s", f->path, strerror(errno));
    return f->fd >= 0;
}

static bool on_head(void *ctx, const struct response *r)
{
    struct fetch *f = ctx;
    const char *text = http_status_str((enum http_status)r->status);
    if (r->status == 200) return open_file(f);
    if (r->status >= 300 && r->status < 400 && r->location[0])
        fetch_fail(f, "the answer is %d %s, to %s (redirections are not followed)", r->status, text,
                   r->location);
    else
        fetch_fail(f, "the answer is %d %s", r->status, text);
    return false;
}

static bool on_body(void *ctx, const char *data, size_t len)
{
    struct fetch *f = ctx;
    while (len > 0) {
        ssize_t n = write(f->fd, data, len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            fetch_fail(f, "%s: %s", f->path, strerror(errno));
            return false;
        }
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static void finish(struct fetch *f)
{
    const struct response *r = &f->response;
    const char *wrong = response_end(&f->response);
    if (!wrong)
        f->state = FETCH_DONE;
    else if (r->has_length)
        fetch_fail(f, "the connection ended after %llu of %llu bytes", (unsigned long long)r->got,
                   (unsigned long long)r->length);
    else
        fetch_fail(f, "the connection ended: %s", wrong);
}

/* Takes what lies in the RecvQ. Returns its bytes; 0 if there is nothing more to be had now. */
static size_t take_some(struct fetch *f)
{
    struct bonnet_iov iov[SLICES];
    int64_t n = bonnet_recv_peek(f->bn, f->s, iov, SLICES);
    if (n == 0)
        finish(f);
    else if (n < 0 && n != -EAGAIN)
        fetch_fail(f, "the connection broke after %llu bytes: %s",
                   (unsigned long long)f->response.got, strerror((int)-n));
    if (n <= 0) return 0;
    size_t left = (size_t)n;
    for (int i = 0; left > 0; i++) {
        size_t len = iov[i].len < left ? iov[i].len : left;
        const char *wrong = response_read(&f->response, iov[i].base, len);
        if (wrong) fetch_fail(f, "the answer is not HTTP: %s", wrong);
        left -= len;
    }
    bonnet_recv_consume(f->bn, f->s, (size_t)n);
    f->moved += (uint64_t)n;
    if (f->state == FETCH_TAKING && f->response.complete) f->state = FETCH_DONE;
    return (size_t)n;
}

/* ---- the question ---- */

static void write_request(struct fetch *f)
{
    const struct http_url *u = f->url;
    const char *slash = u->path_len == 0 ? "/" : "";
    int n = snprintf(f->request, sizeof(f->request),
                     "GET %s%.*s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bonnet/%s\r\n"
                     "Accept: */*\r\nConnection: close\r\n\r\n",
                     slash, (int)u->path_len, u->path, u->host_text, bonnet_version());
    f->request_len = (size_t)n;
}

static void ask(struct fetch *f)
{
    while (f->request_sent < f->request_len) {
        int64_t n = bonnet_send(f->bn, f->s, f->request + f->request_sent,
                                f->request_len - f->request_sent, 0);
        if (n == -EAGAIN) return;
        if (n < 0) {
            fetch_fail(f, "the connection broke: %s", strerror((int)-n));
            return;
        }
        f->request_sent += (size_t)n;
    }
    f->state = FETCH_TAKING;
}

static void await_connection(struct fetch *f)
{
    int error = 0;
    size_t len = sizeof(error);
    int bits = bonnet_poll(f->bn, f->s);
    if (bits < 0 || !(bits & (BONNET_POLLOUT | BONNET_POLLERR | BONNET_POLLHUP))) return;
    bonnet_getsockopt(f->bn, f->s, BONNET_SO_ERROR, &error, &len);
    if (error)
        fetch_fail(f, "cannot connect to %s: %s", f->url->host_text, strerror(error));
    else
        f->state = FETCH_ASKING;
}

/* ---- as a whole ---- */

void fetch_begin(struct fetch *f, struct bonnet *bn, const struct http_url *url, const char *path)
{
    *f = (struct fetch){.bn = bn, .url = url, .path = path, .fd = -1};
    f->response = (struct response){.on_head = on_head, .on_body = on_body, .ctx = f};
    response_init(&f->response);
    write_request(f);
    f->s = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    int error = f->s < 0 ? f->s : bonnet_connect(bn, f->s, &url->host);
    if (error < 0 && error != -EINPROGRESS)
        fetch_fail(f, "cannot connect to %s: %s", url->host_text, strerror(-error));
}

void fetch_turn(struct fetch *f)
{
    if (f->state == FETCH_CONNECTING) await_connection(f);
    if (f->state == FETCH_ASKING) ask(f);
    while (f->state == FETCH_TAKING && take_some(f) > 0) {
    }
}

void fetch_end(struct fetch *f)
{
    if (f->s >= 0) bonnet_close(f->bn, f->s);
    f->s = -1;
    if (f->fd >= 0 && f->fd != STDOUT_FILENO && close(f->fd))
        fetch_fail(f, "%s: %s", f->path, strerror(errno));
    f->fd = -1;
}

/* ---- for people ---- */

void fetch_tell(const struct fetch *f, struct progress *p, bonnet_time now)
{
    struct bonnet_tcp_info info = {0};
    size_t len = sizeof(info);
    if (f->state != FETCH_TAKING || f->response.status == 0) return;
    bonnet_getsockopt(f->bn, f->s, BONNET_TCP_INFO, &info, &len);
    struct progress_news news = {f->response.got, f->response.length, &info};
    progress_tell(p, &news, now);
}

void fetch_report(const struct fetch *f, struct progress *p, bonnet_time now, const char *who)
{
    char rate[PROGRESS_TEXT];
    bonnet_time took = now - p->began;
    progress_clear(p);
    if (f->state == FETCH_FAILED) {
        cmd_complain(who, "%s", f->wrong);
    } else if (!p->quiet) {
        fprintf(stderr, "%s: %llu bytes in %.3f s, %s\n",
                strcmp(f->path, "-") == 0 ? "standard output" : f->path,
                (unsigned long long)f->response.got, (double)took / 1e9,
                progress_rate(f->response.got, took, rate));
    }
}
