/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that move bytes. A write goes on until all bytes are taken, as blocking sockets do, in as
 * few calls of the stack as the queues allow; if the connection ends on the way it returns what was
 * taken, and the error is the next call's. A read gives what is there, and is compared with what
 * the peer wrote.
 */
#include "player.h"

#include <errno.h>
#include <stdlib.h>

#define IOV_MAX_N   64u
#define AT_ONCE_MAX (16u << 20) /* bytes that one read can give */

/* ---- writing ---- */

/* Where in a call's pieces a number of its bytes ends. */
struct place {
    unsigned piece;
    uint64_t into;
};

static uint64_t all_bytes(const struct play_call *call)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < call->step->pieces_n; i++)
        n += call->pieces[i];
    return n;
}

static struct place place_of(const struct play_call *call, uint64_t bytes)
{
    struct place at = {0, bytes};
    while (at.piece < call->step->pieces_n && at.into >= call->pieces[at.piece])
        at.into -= call->pieces[at.piece++];
    return at;
}

/* The bytes that come next: of a text, or of the pattern at that place of the stream. */
static struct bonnet_iov next_bytes(const struct player *p, const struct play_call *call,
                                    const struct place *at, uint64_t stream_at)
{
    const struct lab_piece *piece = &call->step->pieces[at->piece];
    uint64_t left = call->pieces[at->piece] - at->into;
    if (piece->text) return (struct bonnet_iov){piece->text + at->into, (size_t)left};
    const uint8_t *bytes = p->pattern + stream_at % PLAY_PATTERN;
    return (struct bonnet_iov){(void *)(uintptr_t)bytes,
                               left < PLAY_PATTERN ? (size_t)left : PLAY_PATTERN};
}

/* All that is left of a call, as far as iov reaches. A datagram begins the pattern anew. */
static size_t gather(const struct player *p, const struct play_call *call, struct bonnet_iov *iov)
{
    uint64_t at = call->socket->type == BONNET_SOCK_STREAM ? call->socket->written : 0;
    struct place place = place_of(call, call->done);
    size_t n = 0;
    for (uint64_t taken = call->done; n < IOV_MAX_N && place.piece < call->step->pieces_n; n++) {
        iov[n] = next_bytes(p, call, &place, at);
        at += iov[n].len;
        taken += iov[n].len;
        place = place_of(call, taken);
    }
    return n;
}

/* n more bytes were taken: remembers the texts among them. */
static int note_written(const struct player *p, struct play_call *call, uint64_t n)
{
    struct play_socket *s = call->socket;
    while (n > 0) {
        struct place at = place_of(call, call->done);
        struct bonnet_iov bytes = next_bytes(p, call, &at, s->written);
        if (bytes.len > n) bytes.len = (size_t)n;
        bool has_text = call->step->pieces[at.piece].text;
        if (has_text && play_stream_wrote(s, bytes.base, bytes.len) < 0) return -ENOMEM;
        call->done += bytes.len;
        s->written += bytes.len;
        n -= bytes.len;
    }
    return 0;
}

/* Bytes were taken, and then the connection has ended: the error waits for the next call. */
static bool has_ended(struct player *p, const struct play_call *call)
{
    const struct play_socket *s = call->socket;
    if (call->done == 0) return false;
    int bits = p->world->ops->poll(p->world, s->host, s->handle);
    return bits < 0 || bits & (BONNET_POLLERR | BONNET_POLLHUP);
}

static int64_t send_rest(struct player *p, struct play_program *of)
{
    const struct play_call *call = &of->call;
    const struct play_socket *s = call->socket;
    struct bonnet_iov iov[IOV_MAX_N];
    struct bonnet_endpoint to = {.port = 0};
    struct bonnet_msghdr m = {.iov = iov};
    m.iov_n = gather(p, call, iov);
    if (call->step->call == LAB_SENDTO) {
        to = play_endpoint(p, of, &call->step->to);
        m.name = &to;
    }
    if (p->is_over) return -EINVAL;
    return p->world->ops->sendmsg(p->world, s->host, s->handle, &m, call->step->flags);
}

int64_t play_write(struct player *p, struct play_program *of)
{
    struct play_call *call = &of->call;
    uint64_t all = all_bytes(call);
    if (has_ended(p, call)) return (int64_t)call->done;
    do {
        int64_t r = send_rest(p, of);
        if (r == -EAGAIN) {
            int64_t end = play_not_yet(p, call, -EAGAIN);
            return end == PLAY_PENDING || call->done == 0 ? end : (int64_t)call->done;
        }
        if (r < 0) return call->done ? (int64_t)call->done : r;
        if (note_written(p, call, (uint64_t)r) < 0) return -ENOMEM;
    } while (call->done < all);
    return (int64_t)call->done;
}

/* ---- reading ---- */

static int make_room(struct player *p, size_t n)
{
    return play_grow(&p->buffer, n, 1, &p->buffer_room);
}

static bool is_text(const char *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)data[i];
        bool is_blank = c == '\n' || c == '\r' || c == '\t';
        if ((c < ' ' || c > '~') && !is_blank) return false;
    }
    return n > 0;
}

static void compare(struct player *p, const struct play_program *of, size_t n)
{
    struct play_socket *s = of->call.socket;
    play_stream_join(p, s);
    size_t wrong = play_stream_wrong(p, s, p->buffer, n);
    if (wrong == n) return;
    play_stop(p, of->call.step->line,
              "%s: %s gave bytes that the peer has not written: number %llu of the stream is wrong",
              of->what->name, of->call.step->source, (unsigned long long)(s->delivered + wrong));
}

/* n bytes have come. MSG_TRUNC gives none of a stream, MSG_PEEK leaves them where they are. */
static void take(struct player *p, struct play_program *of, size_t n)
{
    struct play_call *call = &of->call;
    struct play_socket *s = call->socket;
    bool is_stream = s->type == BONNET_SOCK_STREAM;
    bool has_bytes = !(call->step->flags & BONNET_MSG_TRUNC);
    if (is_stream && has_bytes) compare(p, of, n);
    if (has_bytes) {
        call->data = (char *)p->buffer;
        call->data_len = n;
        call->is_text = is_text(call->data, n);
    }
    if (call->step->flags & BONNET_MSG_PEEK) return;
    s->delivered += n;
    if (n > 0) s->read_at = play_now(p);
}

int64_t play_read(struct player *p, struct play_program *of)
{
    struct play_call *call = &of->call;
    const struct play_socket *s = call->socket;
    int64_t wanted = play_amount(p, of, &call->step->amount);
    if (wanted < 0) wanted = 0;
    size_t n = wanted < AT_ONCE_MAX ? (size_t)wanted : AT_ONCE_MAX;
    if (p->is_over || make_room(p, n + 1) < 0) return -ENOMEM;
    struct bonnet_iov iov = {p->buffer, n};
    struct bonnet_msghdr m = {.iov = &iov, .iov_n = 1};
    if (call->step->call == LAB_RECVFROM) m.name = &call->endpoint;
    int64_t r = p->world->ops->recvmsg(p->world, s->host, s->handle, &m, call->step->flags);
    if (r == -EAGAIN) return play_not_yet(p, call, -EAGAIN);
    if (r < 0) return r;
    take(p, of, (size_t)r < n ? (size_t)r : n);
    return r;
}
