/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets begin: socket, bind, listen, accept, connect. What a stream is to its program is its
 * phase (Linux' socket->state): an attempt to connect is over for the program only when connect()
 * has said so, once. listen() turns the stream into a listener, which takes over its handle,
 * settings and binding.
 */
#include <errno.h>

#include "sock/calls.h"
#include "sock/ports.h"

/* ---- socket ---- */

static struct sock *new_sock(struct bonnet *bn, int type)
{
    if (type == BONNET_SOCK_STREAM) {
        struct stream *s = stream_new(bn);
        return s ? &s->sock : NULL;
    }
    struct dgram *d = dgram_new(bn);
    return d ? &d->sock : NULL;
}

static void discard(struct bonnet *bn, struct sock *s)
{
    struct stream *stream = sock_stream(s);
    if (stream)
        stream_release(bn, stream);
    else
        dgram_close(bn, sock_dgram(s));
}

static bool protocol_fits(int type, int protocol)
{
    if (type == BONNET_SOCK_STREAM) return protocol == 0 || protocol == IP_TCP;
    return type == BONNET_SOCK_DGRAM && (protocol == 0 || protocol == IP_UDP);
}

int bonnet_socket(struct bonnet *bn, int domain, int type, int protocol)
{
    if (domain != BONNET_AF_INET) return -EAFNOSUPPORT;
    if (!protocol_fits(type, protocol)) return -EPROTONOSUPPORT;
    if (type == BONNET_SOCK_STREAM && conns_are_full(bn)) return -ENFILE;
    struct sock *s = new_sock(bn, type);
    if (!s) return -ENOMEM;
    int handle = handle_new(bn, s);
    if (handle < 0) discard(bn, s);
    return handle;
}

/* ---- bind ---- */

static int stream_bind(struct bonnet *bn, struct stream *s, const struct bonnet_endpoint *at)
{
    int error = 0;
    if (s->bind || s->tcp.state != BONNET_CLOSED) return -EINVAL;
    if (!addr_is_any(&at->addr) && !ip_is_ours(&bn->ip, &at->addr)) return -EADDRNOTAVAIL;
    s->bind = port_bind_new(bn, &s->sock, IP_TCP, at, &error);
    if (!s->bind) return error;
    stream_flow(s)->laddr = at->addr;
    stream_flow(s)->lport = s->bind->port->number;
    return 0;
}

int bonnet_bind(struct bonnet *bn, int s, const struct bonnet_endpoint *at)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (family_check(sock, &at->addr) < 0) return -EAFNOSUPPORT;
    struct bonnet_endpoint where = *at;
    if (addr_is_any(&at->addr)) where.addr = addr_any4();
    if (sock_stream(sock)) return stream_bind(bn, sock_stream(sock), &where);
    if (sock_dgram(sock)) return dgram_bind(bn, sock_dgram(sock), &where);
    return -EINVAL;
}

/* ---- listen ---- */

/* The listener that the stream becomes: handle, settings and binding move over. */
static struct listener *become_listener(struct bonnet *bn, struct stream *s)
{
    struct listener *l = env_alloc_zero(&bn->env, sizeof(*l));
    if (!l) return NULL;
    l->sock = s->sock;
    l->sock.kind = SOCK_LISTENER_KIND;
    l->sock.ready = (struct list_node){NULL, NULL};
    l->bind = s->bind;
    l->bind->sock = &l->sock;
    l->laddr = l->bind->laddr;
    l->lport = l->bind->port->number;
    l->set = s->tcp.set;
    l->accept_last = &l->accept_first;
    bn->socks.listeners_n++;
    handle_move(bn, &s->sock, &l->sock);
    s->bind = NULL;
    stream_release(bn, s);
    return l;
}

static int stream_listen(struct bonnet *bn, struct stream *s, struct listener **out)
{
    int r = 0;
    const struct bonnet_endpoint anywhere = {.addr = addr_any4()};
    if (s->sock.phase != SOCK_UNCONNECTED) return -EINVAL;
    if (!s->bind) r = stream_bind(bn, s, &anywhere);
    if (r == 0) r = port_bind_listen(bn, s->bind);
    if (r < 0) return r;
    struct port_bind *b = s->bind;
    *out = become_listener(bn, s);
    if (*out) return 0;
    b->listening = false;
    return -ENOMEM;
}

int bonnet_listen(struct bonnet *bn, int s, int backlog)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (sock_dgram(sock)) return -EOPNOTSUPP;
    struct listener *l = sock_listener(sock);
    int r = l ? 0 : stream_listen(bn, sock_stream(sock), &l);
    if (r < 0) return r;
    uint32_t most = bn->env.limits.somaxconn;
    l->backlog = backlog < 0 || (uint32_t)backlog > most ? most : (uint32_t)backlog;
    return 0;
}

int listener_poll(const struct listener *l)
{
    return l->accept_first ? BONNET_POLLIN : 0;
}

/* ---- accept ---- */

static struct stream *pop(struct listener *l)
{
    struct stream *s = l->accept_first;
    l->accept_first = s->accept_next;
    if (!l->accept_first) l->accept_last = &l->accept_first;
    l->accept_n--;
    s->accept_next = NULL;
    s->listener = NULL;
    return s;
}

static void push_back(struct listener *l, struct stream *s)
{
    s->listener = l;
    s->accept_next = l->accept_first;
    if (!l->accept_first) l->accept_last = &s->accept_next;
    l->accept_first = s;
    l->accept_n++;
}

/* A handle, with what the listener's has. */
static int give_handle(struct bonnet *bn, const struct listener *l, struct stream *s)
{
    int handle = handle_new(bn, &s->sock);
    if (handle < 0) return handle;
    const struct timeouts t = timeouts_get(bn, &l->sock);
    int r = timeouts_set(bn, &s->sock, t.recv_ms, t.send_ms);
    if (r == 0) return handle;
    handle_free(bn, &s->sock);
    return r;
}

int bonnet_accept(struct bonnet *bn, int s, struct bonnet_endpoint *peer)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (sock_dgram(sock)) return -EOPNOTSUPP;
    struct listener *l = sock_listener(sock);
    if (!l) return -EINVAL;
    if (!l->accept_first) return -EAGAIN;
    struct stream *taken = pop(l);
    int handle = give_handle(bn, l, taken);
    if (handle < 0) {
        push_back(l, taken);
        return handle;
    }
    const struct flow *f = stream_flow(taken);
    if (peer) *peer = (struct bonnet_endpoint){.addr = f->raddr, .port = f->rport};
    taken->sock.phase = SOCK_CONNECTED;
    sock_wake(bn, &taken->sock);
    return handle;
}

/* ---- connect ---- */

/* An attempt was made before: it goes on, or how it ended is said, once; then it is forgotten. */
static int tell_end(struct bonnet *bn, struct stream *s)
{
    struct tcp_conn *c = &s->tcp;
    int error = c->error;
    if (c->state == BONNET_SYN_SENT || c->state == BONNET_SYN_RECEIVED) return -EALREADY;
    if (c->state != BONNET_CLOSED && c->state != BONNET_TIME_WAIT) {
        s->sock.phase = SOCK_CONNECTED;
        return 0;
    }
    tcp_fini(c, &bn->env);
    c->error = 0;
    c->shut_rd = c->fin_wanted = c->fin_received = false;
    s->sock.phase = SOCK_UNCONNECTED;
    return error ? -error : -ECONNABORTED;
}

/* The local end as it is before connect(). */
static void forget_ends(struct stream *s)
{
    struct flow *f = stream_flow(s);
    f->laddr = s->bind ? s->bind->laddr : addr_any4();
    f->lport = s->bind ? s->bind->port->number : 0;
    f->rport = 0;
}

/* Local address and port, interface and MTU of a connection to `to`. */
static int find_way(struct bonnet *bn, struct stream *s, const struct bonnet_endpoint *to,
                    uint16_t *mtu)
{
    struct path path;
    struct flow *f = stream_flow(s);
    if (to->port == 0) return -EADDRNOTAVAIL;
    forget_ends(s);
    f->raddr = to->addr;
    f->rport = to->port;
    flow_set_ifx(f, s->sock.device);
    *mtu = stream_path_mtu(bn, f, &path);
    if (*mtu == 0 || path.broadcast || addr_is_multicast(&to->addr)) return -ENETUNREACH;
    if (addr_is_any(&f->laddr)) f->laddr = path.src;
    flow_set_ifx(f, path.ifx);
    port_flow_reuse(bn, f, &s->sock);
    return f->lport ? 0 : port_choose(bn, f);
}

static int stream_connect(struct bonnet *bn, struct stream *s, const struct bonnet_endpoint *to)
{
    uint16_t mtu = 0;
    if (s->sock.phase == SOCK_CONNECTED) return -EISCONN;
    if (s->sock.phase == SOCK_CONNECTING) return tell_end(bn, s);
    int r = find_way(bn, s, to, &mtu);
    if (r == 0) r = flow_enter(bn, stream_flow(s), IP_TCP);
    if (r < 0) {
        forget_ends(s);
        return r;
    }
    const struct tcp_settings set = s->tcp.set;
    const struct tcp_world w = {flow_tuple(stream_flow(s)), mtu};
    tcp_fini(&s->tcp, &bn->env); /* what an earlier attempt has left */
    stream_subject(bn, s);
    tcp_open_active(&s->tcp, &bn->env, &set, &w);
    s->sock.phase = SOCK_CONNECTING;
    stream_talk(bn, s);
    return -EINPROGRESS;
}

int bonnet_connect(struct bonnet *bn, int s, const struct bonnet_endpoint *to)
{
    struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    if (family_check(sock, &to->addr) < 0) return -EAFNOSUPPORT;
    if (sock_dgram(sock)) return dgram_connect(bn, sock_dgram(sock), to);
    if (sock_listener(sock)) return -EINVAL;
    return stream_connect(bn, sock_stream(sock), to);
}
