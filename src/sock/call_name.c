/* SPDX-License-Identifier: BSD-2-Clause */
/* The two ends of a socket: getsockname and getpeername. */
#include <errno.h>

#include "sock/calls.h"

static struct flow *flow_of(struct sock *s)
{
    if (sock_stream(s)) return stream_flow(sock_stream(s));
    return sock_dgram(s) ? &sock_dgram(s)->talker.flow : NULL;
}

int bonnet_getsockname(struct bonnet *bn, int s, struct bonnet_endpoint *out)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    const struct flow *f = flow_of(sock);
    const struct listener *l = sock_listener(sock);
    *out =
        (struct bonnet_endpoint){.addr = f ? f->laddr : l->laddr, .port = f ? f->lport : l->lport};
    return 0;
}

/* Linux: a connection that is being opened, or has ended, has no peer. */
int bonnet_getpeername(struct bonnet *bn, int s, struct bonnet_endpoint *out)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    const struct flow *f = flow_of(sock);
    if (!f || f->rport == 0) return -ENOTCONN;
    if (sock_stream(sock)) {
        uint8_t state = sock_stream(sock)->tcp.state;
        bool over = state == BONNET_CLOSED || state == BONNET_TIME_WAIT;
        if (over || state == BONNET_SYN_SENT) return -ENOTCONN;
    }
    *out = (struct bonnet_endpoint){.addr = f->raddr, .port = f->rport};
    return 0;
}
