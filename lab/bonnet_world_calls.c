/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Socket calls on the stacks of a world, and the table of all that a world can do.
 *
 * A program's handle is an index into its host's list, which only grows, and not the stack's own:
 * after a power cut a new stack would give the same numbers again, and a program that did not
 * notice would write into somebody else's connection. The stack keeps the index in the socket's
 * user word, so that rows can be told under the program's handle.
 *
 * Calls do not look at what they are given: the stack does.
 */
#include "bonnet_world.h"

#include <errno.h>
#include <stdlib.h>

/* ---- handles ---- */

int bw_handle(const struct bw_host *h, int s)
{
    bool known = h->bn && s >= 0 && (unsigned)s < h->sockets_n;
    return known ? h->sockets[s].handle : -1;
}

void bw_sockets_forget(struct bw_host *h)
{
    for (unsigned i = 0; i < h->sockets_n; i++)
        h->sockets[i].handle = -1;
}

void bw_sockets_fini(struct bw_host *h)
{
    free(h->sockets);
    h->sockets = NULL;
    h->sockets_n = h->sockets_room = 0;
}

/* The program's handle for one of the stack's, which may be an error instead. */
static int adopt(struct bw_host *h, int handle)
{
    if (handle < 0) return handle;
    if (h->sockets_n == h->sockets_room) {
        unsigned room = h->sockets_room ? 2 * h->sockets_room : 16;
        struct bw_socket *sockets = realloc(h->sockets, room * sizeof *sockets);
        if (!sockets) {
            bonnet_close(h->bn, handle);
            return -ENOMEM;
        }
        h->sockets = sockets;
        h->sockets_room = room;
    }
    h->sockets[h->sockets_n] = (struct bw_socket){.handle = handle};
    bonnet_set_user(h->bn, handle, h->sockets_n);
    return (int)h->sockets_n++;
}

/* A host, and bonnet's handle of a socket of it: what each call begins with. */
struct callee {
    struct bw_host *host;
    struct bonnet *bn;
    int s; /* -1: bn may be NULL, and the call returns -EBADF */
};

static struct callee callee_of(struct world *w, unsigned host, int s)
{
    struct bw_host *h = &bw_of(w)->hosts[host];
    return (struct callee){.host = h, .bn = h->bn, .s = bw_handle(h, s)};
}

static bool is_listener(const struct callee *c)
{
    int listens = 0;
    size_t len = sizeof listens;
    int r = bonnet_getsockopt(c->bn, c->s, BONNET_SO_ACCEPTCONN, &listens, &len);
    return r == 0 && listens;
}

/* ---- opening ---- */

static int call_socket(struct world *w, unsigned host, enum bonnet_type type)
{
    struct bw_host *h = &bw_of(w)->hosts[host];
    if (!h->bn) return -ENETDOWN;
    return adopt(h, bonnet_socket(h->bn, BONNET_AF_INET, (int)type, 0));
}

static int call_bind(struct world *w, unsigned host, int s, const struct bonnet_endpoint *at)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : bonnet_bind(c.bn, c.s, at);
}

static int call_listen(struct world *w, unsigned host, int s, int backlog)
{
    const struct callee c = callee_of(w, host, s);
    struct bonnet_endpoint local;
    if (c.s < 0) return -EBADF;
    bool again = is_listener(&c);
    int r = bonnet_listen(c.bn, c.s, backlog);
    if (r == 0 && !again && bonnet_getsockname(c.bn, c.s, &local) == 0)
        bw_tell_listener(c.host, &local, true);
    return r;
}

static int call_accept(struct world *w, unsigned host, int s, struct bonnet_endpoint *peer)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : adopt(c.host, bonnet_accept(c.bn, c.s, peer));
}

static int call_connect(struct world *w, unsigned host, int s, const struct bonnet_endpoint *to)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : bonnet_connect(c.bn, c.s, to);
}

/* ---- data ---- */

static int64_t call_sendmsg(struct world *w, unsigned host, int s, const struct bonnet_msghdr *m,
                            int flags)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : bonnet_sendmsg(c.bn, c.s, m, flags);
}

static int64_t call_recvmsg(struct world *w, unsigned host, int s, struct bonnet_msghdr *m,
                            int flags)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : bonnet_recvmsg(c.bn, c.s, m, flags);
}

static int call_poll(struct world *w, unsigned host, int s)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : bonnet_poll(c.bn, c.s);
}

/* ---- closing ---- */

/* A listener that reads no more listens no more. */
static int call_shutdown(struct world *w, unsigned host, int s, enum bonnet_how how)
{
    const struct callee c = callee_of(w, host, s);
    struct bonnet_endpoint local;
    if (c.s < 0) return -EBADF;
    bool listened = is_listener(&c) && bonnet_getsockname(c.bn, c.s, &local) == 0;
    int r = bonnet_shutdown(c.bn, c.s, (int)how);
    if (listened && !is_listener(&c)) bw_tell_listener(c.host, &local, false);
    return r;
}

/* The connection may outlive its socket: its names are kept. */
static int call_close(struct world *w, unsigned host, int s)
{
    const struct callee c = callee_of(w, host, s);
    if (c.s < 0) return -EBADF;
    struct bw_socket *socket = &c.host->sockets[s];
    bool listened = is_listener(&c);
    struct bonnet_endpoint local = socket->local;
    if (bonnet_getsockname(c.bn, c.s, &local) == 0) socket->local = local;
    if (bonnet_getpeername(c.bn, c.s, &local) == 0) socket->remote = local;
    int r = bonnet_close(c.bn, c.s);
    if (r == 0 && listened) bw_tell_listener(c.host, &socket->local, false);
    return r;
}

/* Has the peer acknowledged the FIN, or is there no connection any more? */
static bool is_finished(enum bonnet_tcp_state state)
{
    switch (state) {
    case BONNET_SYN_SENT:
    case BONNET_SYN_RECEIVED:
    case BONNET_ESTABLISHED:
    case BONNET_CLOSE_WAIT:
    case BONNET_FIN_WAIT_1:
    case BONNET_CLOSING:
    case BONNET_LAST_ACK: return false;
    case BONNET_FIN_WAIT_2:
    case BONNET_TIME_WAIT:
    case BONNET_LISTEN:
    case BONNET_CLOSED:
    case BONNET_STATES_END: break;
    }
    return true;
}

/* close(2) says 0 however the wait ended; what is left goes on as an orphan. */
static int call_close_end(struct world *w, unsigned host, int s, bonnet_time waited)
{
    const struct callee c = callee_of(w, host, s);
    struct bonnet_row row = {.size = sizeof row};
    struct bonnet_linger linger = {0};
    size_t len = sizeof linger;
    if (c.s < 0 || bonnet_inspect_socket(c.bn, c.s, &row) < 0) return -EBADF;
    int r = bonnet_getsockopt(c.bn, c.s, BONNET_SO_LINGER, &linger, &len);
    if (r < 0) return r;
    bool is_over = waited >= (bonnet_time)linger.linger * BONNET_S;
    if (!is_over && !is_finished(row.state)) return -EAGAIN;
    bonnet_linger_end(c.bn, c.s);
    return 0;
}

/* ---- options and names ---- */

static int call_setsockopt(struct world *w, unsigned host, int s, const struct world_option *o)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : bonnet_setsockopt(c.bn, c.s, (int)o->name, o->data, o->len);
}

static int call_getsockopt(struct world *w, unsigned host, int s, struct world_option *o)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : bonnet_getsockopt(c.bn, c.s, (int)o->name, o->data, &o->len);
}

static int call_getsockname(struct world *w, unsigned host, int s, struct bonnet_endpoint *out)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : bonnet_getsockname(c.bn, c.s, out);
}

static int call_getpeername(struct world *w, unsigned host, int s, struct bonnet_endpoint *out)
{
    const struct callee c = callee_of(w, host, s);
    return c.s < 0 ? -EBADF : bonnet_getpeername(c.bn, c.s, out);
}

const struct world_ops bw_ops = {
    .name = "bonnet",
    .stack = LAB_ON_BONNET,
    .free = bw_free,
    .now = bw_now,
    .step = bw_step,
    .flush = bw_flush,
    .is_silent = bw_is_silent,
    .has_timers = bw_has_timers,
    .socket = call_socket,
    .bind = call_bind,
    .listen = call_listen,
    .accept = call_accept,
    .connect = call_connect,
    .sendmsg = call_sendmsg,
    .recvmsg = call_recvmsg,
    .shutdown = call_shutdown,
    .close = call_close,
    .close_end = call_close_end,
    .setsockopt = call_setsockopt,
    .getsockopt = call_getsockopt,
    .getsockname = call_getsockname,
    .getpeername = call_getpeername,
    .poll = call_poll,
    .rows = bw_rows,
    .row = bw_row,
    .counter = bw_counter,
    .memory = bw_memory,
    .cause = bw_cause,
    .fault = bw_fault,
    .forge = bw_forge,
    .replay = bw_replay,
    .cut = bw_cut,
    .power = bw_power,
};
