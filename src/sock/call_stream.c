/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes of a stream: gathered into the SendQ, scattered out of the RecvQ, or written and read in
 * place. Which error comes when is the machine's (tcp/user.c); that a socket was never connected is
 * known here.
 */
#include <errno.h>

#include "sock/calls.h"

#define SEND_FLAGS (BONNET_MSG_DONTWAIT | BONNET_MSG_NOSIGNAL | BONNET_MSG_MORE)
#define RECV_FLAGS (BONNET_MSG_DONTWAIT | BONNET_MSG_NOSIGNAL | BONNET_MSG_PEEK | BONNET_MSG_TRUNC)

/* The program's first try may come before connect() has told it of the end. */
static int may_talk(const struct stream *s)
{
    return s->sock.phase == SOCK_UNCONNECTED ? -ENOTCONN : 0;
}

/* The program has taken bytes: the peer may have to know. */
static void on_read(struct bonnet *bn, struct stream *s)
{
    if (tcp_wants_update(&s->tcp)) stream_talk(bn, s);
}

static void on_written(struct bonnet *bn, struct stream *s)
{
    stream_flow(s)->own = 0; /* what was reserved before is not at the tail any more */
    stream_talk(bn, s);
}

/* ---- send ---- */

int64_t stream_send(struct bonnet *bn, struct stream *s, const struct bonnet_msghdr *msg, int flags)
{
    int64_t whole = iov_len(msg), sent = 0;
    if (flags & ~SEND_FLAGS) return -EOPNOTSUPP;
    if (whole < 0) return whole;
    int64_t r = may_talk(s);
    if (r == 0) r = tcp_send(&s->tcp, &bn->env, NULL, 0, false); /* is there an error to tell? */
    for (size_t i = 0; r >= 0 && i < msg->iov_n; i++) {
        if (msg->iov[i].len == 0) continue;
        r = tcp_send(&s->tcp, &bn->env, msg->iov[i].base, msg->iov[i].len, true);
        if (r > 0) sent += r;
        if (r < (int64_t)msg->iov[i].len) break;
    }
    if (sent == 0) return r < 0 ? r : 0;
    s->tcp.more = sent == whole && flags & BONNET_MSG_MORE;
    on_written(bn, s);
    return sent;
}

int64_t bonnet_send_reserve(struct bonnet *bn, int s, struct bonnet_iov *iov, int n, size_t len)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    struct stream *stream = sock_stream(sock);
    if (!stream) return sock_dgram(sock) ? -EOPNOTSUPP : -ENOTCONN;
    struct tcp_conn *c = &stream->tcp;
    stream_flow(stream)->own = 0;
    int64_t r = may_talk(stream);
    if (r == 0) r = tcp_send(c, &bn->env, NULL, 0, c->more);
    if (r < 0) return r;
    uint32_t want = tcp_send_room(c), got = 0;
    if (len <= want) want = (uint32_t)len;
    if (want == 0) {
        c->wants_room = len > 0;
        return len ? -EAGAIN : 0;
    }
    for (int i = 0; i < n && got < want; i++) {
        uint8_t *p;
        uint32_t room = ring_reserve(&c->out, &bn->env, c->out.len + got, &p);
        if (room == 0) break;
        if (room > want - got) room = want - got;
        iov[i] = (struct bonnet_iov){p, room};
        got += room;
    }
    stream_flow(stream)->own = got;
    return got || n <= 0 ? (int64_t)got : -ENOBUFS;
}

int bonnet_send_commit(struct bonnet *bn, int s, size_t len)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    struct stream *stream = sock_stream(sock);
    if (!stream) return sock_dgram(sock) ? -EOPNOTSUPP : -ENOTCONN;
    if (len > stream_flow(stream)->own) return -EINVAL;
    int64_t r = tcp_send(&stream->tcp, &bn->env, NULL, 0, false);
    if (r < 0) return (int)r;
    tcp_send_commit(&stream->tcp, &bn->env, (uint32_t)len);
    on_written(bn, stream);
    return 0;
}

/* ---- recv ---- */

/* Bytes that can be read at once, at most max; or why there are none. Nothing is taken. */
static int64_t readable(struct bonnet *bn, struct stream *s, size_t max)
{
    struct tcp_conn *c = &s->tcp;
    if (s->sock.phase == SOCK_UNCONNECTED && c->in.len == 0) return -ENOTCONN;
    return tcp_recv(c, &bn->env, NULL, max, true);
}

static void scatter(const struct stream *s, const struct bonnet_msghdr *msg, uint32_t n)
{
    uint32_t at = 0;
    for (size_t i = 0; i < msg->iov_n && at < n; i++) {
        size_t piece = msg->iov[i].len < n - at ? msg->iov[i].len : n - at;
        ring_copy(&s->tcp.in, at, msg->iov[i].base, (uint32_t)piece);
        at += (uint32_t)piece;
    }
}

int64_t stream_recv(struct bonnet *bn, struct stream *s, const struct bonnet_msghdr *msg, int flags)
{
    int64_t whole = iov_len(msg);
    if (flags & ~RECV_FLAGS) return -EOPNOTSUPP;
    if (whole < 0) return whole;
    int64_t n = readable(bn, s, (size_t)whole);
    if (n <= 0) return n;
    if (!(flags & BONNET_MSG_TRUNC)) scatter(s, msg, (uint32_t)n); /* Linux: TRUNC discards */
    if (flags & BONNET_MSG_PEEK) return n;
    tcp_recv_consume(&s->tcp, &bn->env, (uint32_t)n);
    on_read(bn, s);
    return n;
}

int64_t bonnet_recv_peek(struct bonnet *bn, int s, struct bonnet_iov *iov, int n)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    struct stream *stream = sock_stream(sock);
    if (!stream) return sock_dgram(sock) ? -EOPNOTSUPP : -ENOTCONN;
    int64_t len = readable(bn, stream, SIZE_MAX);
    if (len <= 0) return len;
    const struct ring *in = &stream->tcp.in;
    uint32_t at = 0;
    for (int i = 0; i < n && at < len; i++) {
        struct bonnet_slice slice;
        uint32_t piece = RING_PAGE - (in->skip + at) % RING_PAGE;
        if (piece > len - at) piece = (uint32_t)len - at;
        (void)ring_slices(in, at, piece, &slice, 1);
        iov[i] = (struct bonnet_iov){(void *)(uintptr_t)slice.data, piece};
        at += piece;
    }
    return at;
}

int bonnet_recv_consume(struct bonnet *bn, int s, size_t len)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    struct stream *stream = sock_stream(sock);
    if (!stream) return sock_dgram(sock) ? -EOPNOTSUPP : -ENOTCONN;
    if (len > stream->tcp.in.len) return -EINVAL;
    tcp_recv_consume(&stream->tcp, &bn->env, (uint32_t)len);
    on_read(bn, stream);
    return 0;
}
