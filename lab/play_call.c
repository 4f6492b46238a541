/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of the sockets API, made blocking: each function is one attempt, which says what the
 * call returns, or that it has to be tried again when the world has gone on.
 *
 * A world's calls never wait; what waiting means is decided here. connect() is said
 * again until it tells how the attempt ended. close() waits only if the world asks for it
 * (SO_LINGER). A socket that is set to SOCK_NONBLOCK, or a call with MSG_DONTWAIT, says
 * what the world says; and so does one whose SO_RCVTIMEO or SO_SNDTIMEO is over.
 */
#include "player.h"

#include <errno.h>

int64_t play_not_yet(const struct player *p, const struct play_call *call, int error)
{
    bool shall_wait = !call->socket->nonblocking && !(call->step->flags & BONNET_MSG_DONTWAIT);
    return shall_wait && play_now(p) < call->until ? PLAY_PENDING : error;
}

/* ---- opening ---- */

static int64_t try_socket(struct player *p, struct play_program *of)
{
    struct play_call *call = &of->call;
    int handle = p->world->ops->socket(p->world, of->what->host, call->step->type);
    if (handle < 0) return handle;
    struct play_socket *s = play_socket_new(p, of, handle, call->step->type);
    if (!s) return -ENOMEM;
    s->nonblocking = call->step->nonblocking;
    call->socket = s;
    return 0;
}

static int64_t try_bind(struct player *p, struct play_program *of)
{
    struct play_socket *s = of->call.socket;
    struct bonnet_endpoint at = play_endpoint(p, of, &of->call.step->to);
    int r = p->world->ops->bind(p->world, s->host, s->handle, &at);
    play_socket_learn(p, s);
    return r;
}

static int64_t try_listen(struct player *p, struct play_program *of)
{
    struct play_socket *s = of->call.socket;
    int backlog = (int)play_amount(p, of, &of->call.step->amount);
    int r = p->world->ops->listen(p->world, s->host, s->handle, backlog);
    play_socket_learn(p, s);
    return r;
}

/* Accepted sockets have their listener's timeouts, as its other options. */
static int64_t try_accept(struct player *p, struct play_program *of)
{
    struct play_call *call = &of->call;
    const struct play_socket *l = call->socket;
    int handle = p->world->ops->accept(p->world, l->host, l->handle, &call->endpoint);
    if (handle == -EAGAIN) return play_not_yet(p, call, -EAGAIN);
    if (handle < 0) return handle;
    struct play_socket *s = play_socket_new(p, of, handle, BONNET_SOCK_STREAM);
    if (!s) return -ENOMEM;
    s->receive_timeout = l->receive_timeout;
    s->send_timeout = l->send_timeout;
    s->began_at = play_now(p);
    s->remote = call->endpoint;
    p->world->ops->getsockname(p->world, s->host, s->handle, &s->local);
    play_stream_join(p, s);
    call->socket = s;
    return 0;
}

/* Said again, connect() tells how the attempt goes: that is what waiting in it comes to. */
static int64_t try_connect(struct player *p, struct play_program *of)
{
    struct play_call *call = &of->call;
    struct play_socket *s = call->socket;
    struct bonnet_endpoint to = play_endpoint(p, of, &call->step->to);
    int r = p->world->ops->connect(p->world, s->host, s->handle, &to);
    if (!call->is_begun) play_socket_learn(p, s);
    call->is_begun = true;
    if (r == -EINPROGRESS || r == -EALREADY)
        return play_not_yet(p, call, s->nonblocking ? r : -EINPROGRESS);
    if (r < 0) return r;
    s->began_at = play_now(p);
    play_socket_learn(p, s);
    play_stream_join(p, s);
    return 0;
}

/* ---- closing ---- */

static int64_t try_shutdown(struct player *p, struct play_program *of)
{
    const struct play_socket *s = of->call.socket;
    return p->world->ops->shutdown(p->world, s->host, s->handle, of->call.step->how);
}

/* Before a close: the bytes in the RecvQ are thrown away. Those in the SendQ are returned. */
static uint32_t note_queues(struct player *p, const struct play_socket *s, struct play_call *call)
{
    struct bonnet_row row = {.size = sizeof row};
    if (p->world->ops->row(p->world, s->host, s->handle, &row) < 0) return 0;
    if (row.kind != BONNET_ROW_CONNECTION) return 0;
    call->unread += row.recv_q;
    return row.send_q;
}

/* After it: what has become of those that were in the SendQ? */
static void note_rest(struct player *p, struct play_socket *s, struct play_call *call,
                      uint32_t send_q)
{
    struct bonnet_row row;
    if (send_q == 0) return;
    if (play_socket_row(p, s, &row))
        call->unsent += row.send_q;
    else
        call->lost += send_q;
}

/* When SO_LINGER gives up waiting. */
static bonnet_time linger_until(struct player *p, const struct play_socket *s)
{
    struct bonnet_linger linger = {0};
    struct world_option option = {BONNET_SO_LINGER, &linger, sizeof linger};
    int r = p->world->ops->getsockopt(p->world, s->host, s->handle, &option);
    if (r < 0 || !linger.onoff || linger.linger <= 0) return BONNET_NEVER;
    return play_now(p) + (bonnet_time)linger.linger * BONNET_S;
}

/* -EAGAIN: SO_LINGER waits. */
static int close_or_wait(struct player *p, struct play_socket *s, struct play_call *call)
{
    const struct world_ops *ops = p->world->ops;
    if (!call->is_begun) {
        int r = ops->close(p->world, s->host, s->handle);
        s->is_open = false;
        call->is_begun = true;
        if (r != -EINPROGRESS) return r;
    }
    return ops->close_end(p->world, s->host, s->handle, play_now(p) - call->began);
}

static int64_t try_close(struct player *p, struct play_program *of)
{
    struct play_call *call = &of->call;
    struct play_socket *s = call->socket;
    if (!call->is_begun) {
        play_socket_learn(p, s);
        call->send_q = note_queues(p, s, call);
        call->until = linger_until(p, s);
    }
    int r = close_or_wait(p, s, call);
    if (r == -EAGAIN) return PLAY_PENDING;
    note_rest(p, s, call, call->send_q);
    return r;
}

/* The system does not wait when it closes what a program has left. */
static void close_now(struct player *p, struct play_socket *s, struct play_call *call)
{
    play_socket_learn(p, s);
    uint32_t send_q = note_queues(p, s, call);
    int r = p->world->ops->close(p->world, s->host, s->handle);
    s->is_open = false;
    if (r == -EINPROGRESS) p->world->ops->close_end(p->world, s->host, s->handle, BONNET_NEVER);
    note_rest(p, s, call, send_q);
}

static struct play_socket *reversed(struct play_socket *list)
{
    struct play_socket *out = NULL;
    while (list) {
        struct play_socket *next = list->next;
        list->next = out;
        out = list;
        list = next;
    }
    return out;
}

void play_close_all(struct player *p, struct play_program *of)
{
    struct play_socket *oldest_first = reversed(of->sockets);
    for (struct play_socket *s = oldest_first; s; s = s->next) {
        if (s->is_open) close_now(p, s, &of->call);
    }
    of->sockets = reversed(oldest_first);
}

static int64_t try_exit(struct player *p, struct play_program *of)
{
    play_close_all(p, of);
    return 0;
}

/* ---- asking, waiting ---- */

static int64_t try_getsockname(struct player *p, struct play_program *of)
{
    struct play_call *call = &of->call;
    const struct play_socket *s = call->socket;
    int r = p->world->ops->getsockname(p->world, s->host, s->handle, &call->endpoint);
    return r < 0 ? r : call->endpoint.port;
}

static int64_t try_getpeername(struct player *p, struct play_program *of)
{
    struct play_call *call = &of->call;
    const struct play_socket *s = call->socket;
    int r = p->world->ops->getpeername(p->world, s->host, s->handle, &call->endpoint);
    return r < 0 ? r : call->endpoint.port;
}

static int64_t try_poll(struct player *p, struct play_program *of)
{
    const struct play_call *call = &of->call;
    const struct play_socket *s = call->socket;
    int bits = p->world->ops->poll(p->world, s->host, s->handle);
    if (bits < 0) return bits;
    bits &= call->step->flags | BONNET_POLLERR | BONNET_POLLHUP;
    return bits || play_now(p) >= call->until ? bits : PLAY_PENDING;
}

static int64_t try_sleep(struct player *p, struct play_program *of)
{
    return play_now(p) >= of->call.until ? 0 : PLAY_PENDING;
}

int64_t play_try(struct player *p, struct play_program *of)
{
    static const play_attempt attempts[LAB_CALLS] = {
        [LAB_SOCKET] = try_socket,
        [LAB_BIND] = try_bind,
        [LAB_LISTEN] = try_listen,
        [LAB_ACCEPT] = try_accept,
        [LAB_CONNECT] = try_connect,
        [LAB_READ] = play_read,
        [LAB_WRITE] = play_write,
        [LAB_WRITEV] = play_write,
        [LAB_SENDTO] = play_write,
        [LAB_RECVFROM] = play_read,
        [LAB_SHUTDOWN] = try_shutdown,
        [LAB_CLOSE] = try_close,
        [LAB_SETSOCKOPT] = play_setsockopt,
        [LAB_GETSOCKOPT] = play_getsockopt,
        [LAB_GETSOCKNAME] = try_getsockname,
        [LAB_GETPEERNAME] = try_getpeername,
        [LAB_POLL] = try_poll,
        [LAB_SLEEP] = try_sleep,
        [LAB_EXIT] = try_exit,
    };
    return attempts[of->call.step->call](p, of);
}
