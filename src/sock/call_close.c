/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets end: shutdown, close, and the wait of SO_LINGER. A program that lets go of a connection
 * leaves an orphan, which ends by itself; of orphans there may be only so many, as on Linux.
 */
#include <errno.h>

#include "sock/calls.h"
#include "sock/ports.h"

/* ---- shutdown ---- */

/* Linux tcp_disconnect(): the attempt is given up, which is an error to be told. */
static int give_up(struct bonnet *bn, struct stream *s)
{
    struct tcp_outcome o;
    tcp_close(&s->tcp, &bn->env, false, &o);
    s->tcp.error = ECONNRESET;
    s->sock.phase = SOCK_UNCONNECTED;
    stream_apply(bn, s, &o);
    return 0;
}

/* Linux: what is not connected is shut as well, and the call fails all the same. */
static int shut_unconnected(struct bonnet *bn, struct stream *s, int how)
{
    if (how != BONNET_SHUT_WR) s->tcp.shut_rd = true;
    if (how != BONNET_SHUT_RD) s->tcp.fin_wanted = true;
    sock_wake(bn, &s->sock);
    return -ENOTCONN;
}

static int stream_shutdown(struct bonnet *bn, struct stream *s, int how)
{
    struct tcp_conn *c = &s->tcp;
    if (c->state == BONNET_CLOSED || c->state == BONNET_TIME_WAIT)
        return shut_unconnected(bn, s, how);
    stream_subject(bn, s);
    if (c->state == BONNET_SYN_SENT) return give_up(bn, s);
    if (how != BONNET_SHUT_WR) tcp_shutdown_read(c, &bn->env);
    if (how != BONNET_SHUT_RD) tcp_shutdown_write(c, &bn->env);
    stream_talk(bn, s);
    sock_wake(bn, &s->sock);
    return 0;
}

/* Linux: to read no more is to listen no more. The socket keeps its handle and its binding. */
static int listener_shutdown(struct bonnet *bn, struct listener *l, int how)
{
    if (how == BONNET_SHUT_WR) return 0;
    struct stream *s = stream_new(bn);
    if (!s) return -ENOMEM;
    listener_clear(bn, l);
    s->sock = l->sock;
    s->sock.kind = SOCK_STREAM_KIND;
    s->sock.ready = (struct list_node){NULL, NULL};
    s->tcp.set = l->set;
    s->bind = l->bind;
    s->bind->sock = &s->sock;
    s->bind->listening = false;
    stream_flow(s)->laddr = l->laddr;
    stream_flow(s)->lport = l->lport;
    port_flow_reuse(bn, stream_flow(s), &s->sock);
    l->bind = NULL;
    handle_move(bn, &l->sock, &s->sock);
    listener_close(bn, l);
    sock_wake(bn, &s->sock);
    return 0;
}

int bonnet_shutdown(struct bonnet *bn, int s, int how)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (how < BONNET_SHUT_RD || how > BONNET_SHUT_RDWR) return -EINVAL;
    if (sock_stream(sock)) return stream_shutdown(bn, sock_stream(sock), how);
    if (sock_dgram(sock)) return dgram_shutdown(bn, sock_dgram(sock), how);
    return listener_shutdown(bn, sock_listener(sock), how);
}

/* ---- close ---- */

/* Does the peer still have to acknowledge something? */
static bool is_unfinished(const struct tcp_conn *c)
{
    switch ((enum bonnet_tcp_state)c->state) {
    case BONNET_FIN_WAIT_1:
    case BONNET_CLOSING:
    case BONNET_LAST_ACK:
    case BONNET_SYN_RECEIVED: return true;
    case BONNET_ESTABLISHED:
    case BONNET_SYN_SENT:
    case BONNET_FIN_WAIT_2:
    case BONNET_TIME_WAIT:
    case BONNET_CLOSED:
    case BONNET_CLOSE_WAIT:
    case BONNET_LISTEN:
    case BONNET_STATES_END: break;
    }
    return false;
}

/* No program holds it any more. It may be gone afterwards. */
static void let_go(struct bonnet *bn, struct stream *s)
{
    port_bind_free(bn, s->bind);
    s->bind = NULL;
    handle_free(bn, &s->sock);
    stream_release(bn, s);
}

static void count_orphan(struct bonnet *bn, struct stream *s)
{
    if (++bn->socks.orphans_n <= bn->env.limits.orphans_max) return;
    env_count(&bn->env, BONNET_MIB_TcpExtTCPAbortOnMemory);
    stream_abort(bn, s, BONNET_R_ABORT_ORPHANS_MAX, 0);
}

static int stream_close(struct bonnet *bn, struct stream *s)
{
    struct tcp_outcome o;
    stream_subject(bn, s);
    tcp_close(&s->tcp, &bn->env, s->sock.linger_s == 0, &o);
    bool waits = s->sock.linger_s > 0 && is_unfinished(&s->tcp);
    bool orphan = s->tcp.orphan;
    stream_apply(bn, s, &o); /* it has its handle: it stays */
    if (orphan) count_orphan(bn, s);
    s->sock.lingering = waits;
    if (waits) return -EINPROGRESS;
    let_go(bn, s);
    return 0;
}

int bonnet_close(struct bonnet *bn, int s)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock || sock->lingering) return -EBADF;
    if (sock_stream(sock)) return stream_close(bn, sock_stream(sock));
    if (sock_dgram(sock))
        dgram_close(bn, sock_dgram(sock));
    else
        listener_close(bn, sock_listener(sock));
    return 0;
}

int bonnet_linger_end(struct bonnet *bn, int s)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    struct stream *stream = sock_stream(sock);
    if (!stream || !sock->lingering) return -EINVAL;
    int error = stream->tcp.error;
    int r = is_unfinished(&stream->tcp) ? -EWOULDBLOCK : -error;
    sock->lingering = false;
    let_go(bn, stream);
    return r;
}
