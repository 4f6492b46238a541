/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection of the server: read a request, send its answer, and again.
 *
 * Requests are parsed in place in the RecvQ, and only up to their last byte: what a client sent
 * ahead stays there, and its window closes when it is too much. Files are read straight into the
 * SendQ.
 *
 * Who closes first has to be careful: a close() with unread bytes is a RST, and that would destroy
 * what the peer has not read yet (RFC 2525 2.17). So the server sends its FIN, reads what still
 * comes, and closes when the peer's FIN is here.
 */
#define _GNU_SOURCE
#include "server.h"

#include <bonnet/netif.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#define SLICES     16         /* pieces of a ring looked at in one go */
#define FILE_CHUNK (1u << 18) /* bytes of a file read in one go */

/* A client that takes less than this in the time of its patience is as good as gone. */
#define PROGRESS_BYTES 16384

enum step {
    STEP_AGAIN, /* the state may have changed: look again */
    STEP_WAIT,
    STEP_FINISH,
    STEP_BREAK,
};

/* ---- log ---- */

static void log_exchange(struct server *v, const struct conn *c, const char *why)
{
    const struct exchange *x = c->x;
    char peer[BONNET_ADDR_TEXT];
    char clock[16];
    struct text line;
    struct tm tm;
    time_t now = time(NULL);
    if (!v->log) return;
    text_init(&line, (size_t)4 * HTTP_TARGET_MAX + 512);
    localtime_r(&now, &tm);
    strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
    text_addf(&line, "%s %s:%u \"%s ", clock, bonnet_addr_print(c->peer.addr, peer),
              (unsigned)c->peer.port, x->request.method);
    text_add_visible(&line, x->request.target);
    text_addf(&line, "\" %d %llu", x->reply.status, (unsigned long long)x->sent);
    if (why) text_addf(&line, " of %llu", (unsigned long long)x->reply.body_bytes);
    text_addf(&line, " bytes %.3f s", (double)(v->now - x->began) / 1e9);
    if (why) text_addf(&line, ", broken off: %s", why);
    if (line.p) fprintf(v->log, "%s\n", line.p);
    text_fini(&line);
}

/* ---- lists ---- */

void conn_wait_in(struct server *v, struct conn *c, struct conn_list *list)
{
    if (c->list) {
        *(c->prev ? &c->prev->next : &c->list->first) = c->next;
        *(c->next ? &c->next->prev : &c->list->last) = c->prev;
    }
    c->list = list;
    c->until = v->now + list->patience;
    c->next = NULL;
    c->prev = list->last;
    *(list->last ? &list->last->next : &list->first) = c;
    list->last = c;
}

static uint64_t acked_bytes(const struct server *v, const struct conn *c)
{
    int64_t queued = bonnet_outq(v->bn, c->s);
    return queued < 0 || (uint64_t)queued > c->written ? 0 : c->written - (uint64_t)queued;
}

static void renew_patience(struct server *v, struct conn *c)
{
    c->acked_mark = acked_bytes(v, c);
    conn_wait_in(v, c, c->list);
}

bool conn_made_progress(struct server *v, struct conn *c)
{
    uint64_t acked = acked_bytes(v, c);
    if (c->state == CONN_READING || acked < c->acked_mark + PROGRESS_BYTES) return false;
    renew_patience(v, c);
    return true;
}

/* ---- reading ---- */

static bool begin_exchange(struct server *v, struct conn *c)
{
    if (c->x) return true;
    c->x = malloc(sizeof(*c->x));
    if (!c->x) return false;
    c->x->replying = false;
    c->x->sent = 0;
    c->x->began = v->now;
    request_reader_init(&c->x->reader, &c->x->request);
    return true;
}

static void end_exchange(struct conn *c)
{
    if (c->x && c->x->replying) reply_fini(&c->x->reply);
    free(c->x);
    c->x = NULL;
}

void conn_drop_exchange(struct server *v, struct conn *c, const char *why)
{
    if (c->x && c->x->replying) log_exchange(v, c, why);
    end_exchange(c);
}

/* Feeds the slices to the reader. Returns the bytes that belong to this request. */
static size_t feed(struct request_reader *r, const struct bonnet_iov *iov, size_t len)
{
    size_t taken = 0;
    for (; len > 0 && !r->done; iov++) {
        size_t piece = iov->len < len ? iov->len : len;
        size_t n = request_read(r, iov->base, piece);
        taken += n;
        len -= piece;
    }
    return taken;
}

static enum step read_request(struct server *v, struct conn *c)
{
    struct bonnet_iov iov[SLICES];
    int64_t n = bonnet_recv_peek(v->bn, c->s, iov, SLICES);
    if (n == -EAGAIN) return STEP_WAIT;
    if (n < 0) return STEP_BREAK;
    if (n == 0) return STEP_FINISH;
    if (!begin_exchange(v, c)) return STEP_BREAK;
    struct exchange *x = c->x;
    size_t taken = feed(&x->reader, iov, (size_t)n);
    if (bonnet_recv_consume(v->bn, c->s, taken)) return STEP_BREAK;
    if (!x->reader.done) return STEP_AGAIN;
    v->requests_n++;
    x->replying = reply_make(&x->reply, &x->request, v->root, time(NULL));
    if (!x->replying) {
        reply_fini(&x->reply);
        return STEP_BREAK;
    }
    c->state = CONN_WRITING;
    renew_patience(v, c);
    return STEP_AGAIN;
}

/* ---- writing ---- */

static enum step step_of_error(struct server *v, struct conn *c, int64_t error)
{
    if (error == -EAGAIN) return STEP_WAIT;
    conn_drop_exchange(v, c, strerror((int)-error));
    return STEP_BREAK;
}

/* The text of the answer. AGAIN: all of it is sent. */
static enum step write_text(struct server *v, struct conn *c)
{
    struct reply *r = &c->x->reply;
    int flags = r->file_left ? BONNET_MSG_MORE : 0;
    while (r->text_sent < r->text.len) {
        int64_t n =
            bonnet_send(v->bn, c->s, r->text.p + r->text_sent, r->text.len - r->text_sent, flags);
        if (n < 0) return step_of_error(v, c, n);
        r->text_sent += (size_t)n;
        c->written += (uint64_t)n;
    }
    return STEP_AGAIN;
}

/* Reads up to len bytes of the file into the slices of the SendQ. 0: the file has become shorter.
 */
static ssize_t read_file(const struct reply *r, const struct bonnet_iov *from, int64_t len)
{
    struct iovec iov[SLICES];
    int n = 0;
    for (; len > 0 && n < SLICES; n++) {
        size_t piece = from[n].len < (size_t)len ? from[n].len : (size_t)len;
        iov[n] = (struct iovec){from[n].base, piece};
        len -= (int64_t)piece;
    }
    ssize_t got;
    do
        got = preadv(r->fd, iov, n, (off_t)r->file_at);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

/* The file of the answer. AGAIN: all of it is sent. */
static enum step write_file(struct server *v, struct conn *c)
{
    struct reply *r = &c->x->reply;
    while (r->file_left > 0) {
        struct bonnet_iov iov[SLICES];
        size_t want = r->file_left < FILE_CHUNK ? (size_t)r->file_left : FILE_CHUNK;
        int64_t room = bonnet_send_reserve(v->bn, c->s, iov, SLICES, want);
        if (room == 0) return STEP_WAIT;
        if (room < 0) return step_of_error(v, c, room);
        ssize_t got = read_file(r, iov, room);
        if (got <= 0) {
            conn_drop_exchange(v, c, got ? strerror((int)-got) : "the file has become shorter");
            return STEP_BREAK;
        }
        int error = bonnet_send_commit(v->bn, c->s, (size_t)got);
        if (error < 0) return step_of_error(v, c, error);
        r->file_at += (uint64_t)got;
        r->file_left -= (uint64_t)got;
        c->x->sent += (uint64_t)got;
        c->written += (uint64_t)got;
        v->turn_bytes += (uint64_t)got;
    }
    return STEP_AGAIN;
}

static enum step write_reply(struct server *v, struct conn *c)
{
    enum step step = write_text(v, c);
    if (step == STEP_AGAIN) step = write_file(v, c);
    if (step != STEP_AGAIN) return step;
    bool keep_alive = c->x->reply.keep_alive && !v->closing;
    c->x->sent = c->x->reply.body_bytes;
    log_exchange(v, c, NULL);
    end_exchange(c);
    if (keep_alive) {
        c->state = CONN_READING;
        renew_patience(v, c);
    } else {
        conn_say_goodbye(v, c);
    }
    return STEP_AGAIN;
}

/* ---- the end ---- */

void conn_say_goodbye(struct server *v, struct conn *c)
{
    bonnet_shutdown(v->bn, c->s, BONNET_SHUT_WR);
    c->state = CONN_DRAINING;
    conn_wait_in(v, c, &v->draining);
}

static enum step drain(struct server *v, struct conn *c)
{
    struct bonnet_iov iov[SLICES];
    int64_t n = bonnet_recv_peek(v->bn, c->s, iov, SLICES);
    if (n == -EAGAIN) return STEP_WAIT;
    if (n <= 0) return STEP_FINISH;
    return bonnet_recv_consume(v->bn, c->s, (size_t)n) ? STEP_BREAK : STEP_AGAIN;
}

enum conn_verdict conn_advance(struct server *v, struct conn *c)
{
    for (;;) {
        enum step step = STEP_WAIT;
        switch (c->state) {
        case CONN_READING: step = read_request(v, c); break;
        case CONN_WRITING: step = write_reply(v, c); break;
        case CONN_DRAINING: step = drain(v, c); break;
        }
        switch (step) {
        case STEP_AGAIN: break;
        case STEP_WAIT: return CONN_WAITS;
        case STEP_FINISH: return CONN_FINISHED;
        case STEP_BREAK: return CONN_BROKEN;
        }
    }
}
