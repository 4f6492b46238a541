/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's connections as a crowd: accepting, readiness, patience, the end.
 *
 * The stack stands still while the server works. So a turn ends when enough has been read from
 * files; whoever else is ready then waits in the stack for the next turn, which is due at once.
 * Otherwise two hundred clients that come at the same time would keep it from its acknowledgments
 * until its retransmission timers expire.
 *
 * Patience: a client that sends no complete request, or takes next to nothing of an answer, is
 * closed after a while. Both are found at the head of a list that time has put in order.
 */
#include "server.h"

#include <errno.h>
#include <stdlib.h>

#define CONNS_MAX      65536 /* at 300 bytes each, 20 MB; more wait in the accept queue */
#define BACKLOG        4096  /* as Linux' somaxconn */
#define DRAIN_PATIENCE (5 * BONNET_S)
#define EVENTS_MAX     4          /* of one question: each may fill a SendQ */
#define TURN_BYTES     (4u << 20) /* of files read in one turn: some milliseconds */

int server_open(struct server *v, struct bonnet *bn, uint16_t port, int root, bonnet_time patience)
{
    struct bonnet_endpoint at = {bonnet_ip4(0, 0, 0, 0), port, 0};
    *v = (struct server){.bn = bn, .root = root};
    v->clients.patience = patience;
    v->draining.patience = DRAIN_PATIENCE;
    v->listener = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    if (v->listener < 0) return v->listener;
    int error = bonnet_bind(bn, v->listener, &at);
    if (!error) error = bonnet_listen(bn, v->listener, BACKLOG);
    return error;
}

/* The word of the listener is 0; connections have their address. */
static struct conn *conn_of(uint64_t user)
{
    return (struct conn *)(uintptr_t)user;
}

static void forget(struct server *v, struct conn *c)
{
    *(c->prev ? &c->prev->next : &c->list->first) = c->next;
    *(c->next ? &c->next->prev : &c->list->last) = c->prev;
    free(c);
    v->conns_n--;
}

static void finish(struct server *v, struct conn *c, const char *why)
{
    conn_drop_exchange(v, c, why);
    bonnet_close(v->bn, c->s);
    forget(v, c);
}

static void reset(struct server *v, struct conn *c, const char *why)
{
    const struct bonnet_linger none = {1, 0};
    bonnet_setsockopt(v->bn, c->s, BONNET_SO_LINGER, &none, sizeof(none));
    finish(v, c, why);
}

static void advance(struct server *v, struct conn *c)
{
    switch (conn_advance(v, c)) {
    case CONN_WAITS: break;
    case CONN_FINISHED: finish(v, c, NULL); break;
    case CONN_BROKEN: reset(v, c, NULL); break;
    }
}

/* Takes the connection at the front of the accept queue. false: there is none, or no room for it.
 */
static bool accept_one(struct server *v)
{
    static const int on = 1;
    v->accept_later = v->conns_n >= CONNS_MAX;
    if (v->accept_later) return false;
    struct conn *c = calloc(1, sizeof(*c));
    if (!c) {
        v->accept_later = true;
        return false;
    }
    c->s = bonnet_accept(v->bn, v->listener, &c->peer);
    if (c->s < 0) {
        v->accept_later = c->s == -ENFILE || c->s == -ENOMEM;
        free(c);
        return false;
    }
    /* An answer goes out whole; what Nagle would save are the ends of answers. */
    bonnet_setsockopt(v->bn, c->s, BONNET_TCP_NODELAY, &on, sizeof(on));
    bonnet_set_user(v->bn, c->s, (uintptr_t)c);
    v->conns_n++;
    conn_wait_in(v, c, &v->clients);
    advance(v, c);
    return true;
}

static bool turn_is_full(const struct server *v)
{
    return v->turn_bytes >= TURN_BYTES;
}

static void accept_all(struct server *v)
{
    while (v->listener >= 0 && !turn_is_full(v) && accept_one(v)) {
    }
    if (turn_is_full(v)) v->accept_later = true;
}

static void serve_ready(struct server *v)
{
    struct bonnet_event events[EVENTS_MAX];
    int n;
    while (!turn_is_full(v) && (n = bonnet_ready(v->bn, events, EVENTS_MAX)) > 0) {
        for (int i = 0; i < n; i++) {
            struct conn *c = conn_of(events[i].user);
            if (c)
                advance(v, c);
            else
                accept_all(v);
        }
    }
}

static void expire_clients(struct server *v)
{
    while (v->clients.first && v->clients.first->until <= v->now) {
        struct conn *c = v->clients.first;
        if (conn_made_progress(v, c)) continue;
        if (c->state == CONN_WRITING)
            reset(v, c, "the client takes nothing");
        else
            conn_say_goodbye(v, c);
    }
}

static void expire_draining(struct server *v)
{
    while (v->draining.first && v->draining.first->until <= v->now) {
        struct conn *c = v->draining.first;
        if (!conn_made_progress(v, c)) finish(v, c, NULL);
    }
}

void server_turn(struct server *v, bonnet_time now)
{
    v->now = now;
    v->turn_bytes = 0;
    serve_ready(v);
    if (v->accept_later) accept_all(v);
    expire_clients(v);
    expire_draining(v);
}

bonnet_time server_deadline(const struct server *v)
{
    bonnet_time at = BONNET_NEVER;
    if (turn_is_full(v)) return v->now;
    if (v->clients.first) at = v->clients.first->until;
    if (v->draining.first && v->draining.first->until < at) at = v->draining.first->until;
    return at;
}

void server_stop(struct server *v)
{
    while (v->listener >= 0 && accept_one(v)) {
    }
    if (v->listener >= 0) bonnet_close(v->bn, v->listener);
    v->listener = -1;
    v->closing = true;
    struct conn *next;
    for (struct conn *c = v->clients.first; c; c = next) {
        next = c->next;
        if (c->state == CONN_READING) conn_say_goodbye(v, c);
    }
}

void server_abort(struct server *v)
{
    while (v->clients.first)
        reset(v, v->clients.first, "the server ends");
    while (v->draining.first)
        reset(v, v->draining.first, NULL);
}
