/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * send, recv and their relatives: six shapes of one call, and the counters of the queues
 * (FIONREAD, SIOCOUTQ, SIOCOUTQNSD).
 */
#include <errno.h>

#include "sock/calls.h"

int64_t iov_len(const struct bonnet_msghdr *msg)
{
    uint64_t len = 0;
    if (msg->iov_n > IOV_N_MAX) return -EINVAL;
    for (size_t i = 0; i < msg->iov_n; i++) {
        if (msg->iov[i].len > (uint64_t)INT64_MAX - len) return -EINVAL;
        len += msg->iov[i].len;
    }
    return (int64_t)len;
}

/* ---- send ---- */

int64_t bonnet_sendmsg(struct bonnet *bn, int s, const struct bonnet_msghdr *msg, int flags)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (sock_stream(sock)) return stream_send(bn, sock_stream(sock), msg, flags);
    if (sock_listener(sock)) return -ENOTCONN;
    if (flags & ~(BONNET_MSG_DONTWAIT | BONNET_MSG_NOSIGNAL)) return -EOPNOTSUPP;
    return dgram_send(bn, sock_dgram(sock), msg);
}

int64_t bonnet_sendto(struct bonnet *bn, int s, const void *buf, size_t len, int flags,
                      const struct bonnet_endpoint *to)
{
    struct bonnet_endpoint name;
    struct bonnet_iov iov = {(void *)(uintptr_t)buf, len};
    struct bonnet_msghdr msg = {.iov = &iov, .iov_n = 1};
    if (to) {
        name = *to;
        msg.name = &name;
    }
    return bonnet_sendmsg(bn, s, &msg, flags);
}

int64_t bonnet_send(struct bonnet *bn, int s, const void *buf, size_t len, int flags)
{
    return bonnet_sendto(bn, s, buf, len, flags, NULL);
}

/* ---- recv ---- */

static int64_t recv_stream(struct bonnet *bn, struct stream *s, struct bonnet_msghdr *msg,
                           int flags)
{
    int64_t n = stream_recv(bn, s, msg, flags);
    const struct flow *f = stream_flow(s);
    msg->flags = 0;
    if (n >= 0 && msg->name)
        *msg->name = (struct bonnet_endpoint){.addr = f->raddr, .port = f->rport};
    if (n >= 0 && msg->local) *msg->local = f->laddr;
    return n;
}

int64_t bonnet_recvmsg(struct bonnet *bn, int s, struct bonnet_msghdr *msg, int flags)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (sock_stream(sock)) return recv_stream(bn, sock_stream(sock), msg, flags);
    if (sock_listener(sock)) return -ENOTCONN;
    return dgram_recv(bn, sock_dgram(sock), msg, flags);
}

int64_t bonnet_recvfrom(struct bonnet *bn, int s, void *buf, size_t len, int flags,
                        struct bonnet_endpoint *from)
{
    struct bonnet_iov iov = {buf, len};
    struct bonnet_msghdr msg = {.name = from, .iov = &iov, .iov_n = 1};
    return bonnet_recvmsg(bn, s, &msg, flags);
}

int64_t bonnet_recv(struct bonnet *bn, int s, void *buf, size_t len, int flags)
{
    return bonnet_recvfrom(bn, s, buf, len, flags, NULL);
}

/* ---- how much there is ---- */

int64_t bonnet_inq(struct bonnet *bn, int s)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (sock_listener(sock)) return -EINVAL;
    struct stream *stream = sock_stream(sock);
    if (!stream) {
        const struct udp_entry *first = udp_peek(&sock_dgram(sock)->udp.in);
        return first ? (int64_t)first->len : 0;
    }
    struct tcp_conn *c = &stream->tcp;
    return c->in.len ? tcp_recv(c, &bn->env, NULL, SIZE_MAX, true) : 0;
}

int64_t bonnet_outq(struct bonnet *bn, int s)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (sock_listener(sock)) return -EINVAL;
    struct stream *stream = sock_stream(sock);
    return stream ? stream->tcp.out.len : sock_dgram(sock)->udp.out.bytes;
}

int64_t bonnet_outq_unsent(struct bonnet *bn, int s)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (sock_listener(sock)) return -EINVAL;
    struct stream *stream = sock_stream(sock);
    return stream ? tcp_unsent_bytes(&stream->tcp) : sock_dgram(sock)->udp.out.bytes;
}

int bonnet_at_mark(struct bonnet *bn, int s)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    struct stream *stream = sock_stream(sock);
    return stream ? tcp_at_mark(&stream->tcp) : -EINVAL;
}
