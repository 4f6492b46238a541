/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's sockets as rows of a snapshot, and the changes of their states.
 *
 * The kernel does not say when a state changes. So all states of a host are looked at after each
 * call that may change one and after each packet that the host got, and compared with what they
 * were before: since calls and packets run the host's stack to its end, nothing is missed but a
 * state that one packet both enters and leaves. What has changed otherwise, a timer has done.
 */
#include "kernel_world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TCP 6
#define UDP 17

static struct kernel_world *world_of(struct world *w)
{
    return (struct kernel_world *)(void *)w;
}

/* ---- rows ---- */

/* Rows on their way into an array. */
struct collection {
    struct kernel_world *k;
    unsigned host;
    struct bonnet_row *rows;
    size_t n, room;
    int error;
};

/* The handle of an open socket; -1: no program holds it. */
static int handle_of(const struct kernel_world *k, unsigned host, uint64_t inode)
{
    if (inode == 0) return -1;
    for (size_t i = 0; i < k->sockets_n; i++) {
        const struct kernel_socket *s = &k->sockets[i];
        if (s->fd >= 0 && s->host == host && s->inode == inode) return (int)i;
    }
    return -1;
}

static void add_row(struct collection *c, const struct bonnet_row *row)
{
    void *rows = c->rows;
    if (c->error == 0) c->error = kernel_grow(&rows, c->n, &c->room, sizeof *c->rows);
    c->rows = rows;
    if (c->error == 0) c->rows[c->n++] = *row;
}

static void collect(void *ctx, const struct kernel_diag *d)
{
    struct collection *c = ctx;
    struct bonnet_row row = d->row;
    row.socket = handle_of(c->k, c->host, d->inode);
    add_row(c, &row);
}

static bool has_row(const struct collection *c, int s)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->rows[i].socket == s) return true;
    return false;
}

static void add_unbound(struct collection *c, int s)
{
    struct world *w = &c->k->world;
    int type = BONNET_SOCK_STREAM;
    struct world_option option = {BONNET_SO_TYPE, &type, sizeof type};
    struct bonnet_row row = {
        .size = sizeof row, .kind = BONNET_ROW_UNBOUND, .socket = s, .state = BONNET_CLOSED};
    if (kernel_getsockopt(w, c->host, s, &option) < 0) return;
    if (type == BONNET_SOCK_DGRAM) row.kind = BONNET_ROW_DATAGRAM;
    if (kernel_getsockname(w, c->host, s, &row.local) < 0) return;
    row.remote.addr = bonnet_ip4(0, 0, 0, 0);
    add_row(c, &row);
}

/* Sockets that the kernel has in none of its tables: not yet bound, or not connected any more. */
static void collect_rest(struct collection *c)
{
    for (size_t i = 0; i < c->k->sockets_n; i++) {
        const struct kernel_socket *s = &c->k->sockets[i];
        if (s->fd >= 0 && s->host == c->host && !has_row(c, (int)i)) add_unbound(c, (int)i);
    }
}

/* The kernel keeps half-open connections as sockets of their own: a listener's are counted. */
static void count_half_open(struct collection *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct bonnet_row *l = &c->rows[i];
        if (l->kind != BONNET_ROW_LISTENER) continue;
        l->syn_q_max = l->send_q;
        for (size_t j = 0; j < c->n; j++) {
            const struct bonnet_row *h = &c->rows[j];
            bool here = bonnet_addr_is_any(l->local.addr) ||
                        bonnet_addr_equal(l->local.addr, h->local.addr);
            l->syn_q += h->kind == BONNET_ROW_HALF_OPEN && here && h->local.port == l->local.port;
        }
    }
}

static int collect_all(struct collection *c)
{
    int diag = c->k->hosts[c->host].diag;
    int r = kernel_diag_each(diag, TCP, true, collect, c);
    if (r == 0) r = kernel_diag_each(diag, UDP, true, collect, c);
    if (r == 0) collect_rest(c);
    if (r == 0) r = c->error;
    if (r == 0) count_half_open(c);
    return r;
}

int kernel_rows(struct world *w, unsigned host, void (*fn)(void *ctx, const struct bonnet_row *row),
                void *ctx)
{
    struct collection c = {.k = world_of(w), .host = host};
    int r = collect_all(&c);
    for (size_t i = 0; r == 0 && i < c.n; i++)
        fn(ctx, &c.rows[i]);
    free(c.rows);
    return r;
}

int kernel_row(struct world *w, unsigned host, int s, struct bonnet_row *out)
{
    struct collection c = {.k = world_of(w), .host = host};
    if (!kernel_socket_find(c.k, host, s)) return -EBADF;
    int r = collect_all(&c);
    if (r == 0) r = -EBADF;
    for (size_t i = 0; i < c.n; i++) {
        if (c.rows[i].socket != s) continue;
        *out = c.rows[i];
        r = 0;
    }
    free(c.rows);
    return r;
}

/* ---- timers ---- */

static void look_for_timer(void *ctx, const struct kernel_diag *d)
{
    bool *any = ctx;
    *any |= d->row.timer == BONNET_TIMER_RETRANSMIT;
}

bool kernel_has_timers(struct world *w)
{
    struct kernel_world *k = world_of(w);
    bool any = false;
    for (unsigned i = 0; i < k->config.scenario->hosts_n; i++)
        (void)kernel_diag_each(k->hosts[i].diag, TCP, false, look_for_timer, &any);
    return any;
}

/* ---- changes of state ---- */

struct look {
    struct kernel_world *k;
    unsigned host;
    enum lab_trigger trigger;
    const char *by;
    int changes, error;
};

static void tell_change(struct look *l, const struct kernel_watched *x, enum bonnet_tcp_state to)
{
    const struct lab_event e = {
        .kind = LAB_EVENT_STATE,
        .at = kernel_now(&l->k->world),
        .host = l->host,
        .scenario = l->k->config.scenario,
        .subject = {.local = x->local, .remote = x->remote},
        .state = {.from = x->state, .to = to, .trigger = l->trigger, .by = l->by},
    };
    l->changes++;
    if (l->k->config.sink) l->k->config.sink(l->k->config.sink_ctx, &e);
}

static struct kernel_watched *watched_find(struct kernel_host *h, uint64_t cookie)
{
    for (size_t i = 0; i < h->watched_n; i++)
        if (h->watched[i].cookie == cookie) return &h->watched[i];
    return NULL;
}

/* Where a connection comes from that is seen for the first time (RFC 9293 3.3.2). */
static enum bonnet_tcp_state origin_of(enum bonnet_tcp_state state)
{
    return state == BONNET_SYN_SENT || state == BONNET_LISTEN ? BONNET_CLOSED : BONNET_LISTEN;
}

static struct kernel_watched *watched_add(struct look *l, const struct kernel_diag *d)
{
    struct kernel_host *h = &l->k->hosts[l->host];
    void *all = h->watched;
    l->error = kernel_grow(&all, h->watched_n, &h->watched_room, sizeof *h->watched);
    h->watched = all;
    if (l->error < 0) return NULL;
    struct kernel_watched *x = &h->watched[h->watched_n++];
    *x = (struct kernel_watched){.cookie = d->cookie,
                                 .local = d->row.local,
                                 .remote = d->row.remote,
                                 .state = origin_of(d->row.state)};
    return x;
}

static void see(void *ctx, const struct kernel_diag *d)
{
    struct look *l = ctx;
    if (d->row.state == BONNET_CLOSED || l->error < 0) return;
    struct kernel_watched *x = watched_find(&l->k->hosts[l->host], d->cookie);
    if (!x) x = watched_add(l, d);
    if (!x) return;
    if (x->state != d->row.state) tell_change(l, x, d->row.state);
    x->state = d->row.state;
    x->is_seen = true;
}

/* Those that are in no table any more are gone. */
static void sweep(struct look *l)
{
    struct kernel_host *h = &l->k->hosts[l->host];
    size_t kept = 0;
    for (size_t i = 0; i < h->watched_n; i++) {
        struct kernel_watched x = h->watched[i];
        if (!x.is_seen) tell_change(l, &x, BONNET_CLOSED);
        if (!x.is_seen) continue;
        x.is_seen = false;
        h->watched[kept++] = x;
    }
    h->watched_n = kept;
}

int kernel_watch(struct kernel_world *k, unsigned host, enum lab_trigger trigger, const char *by)
{
    struct look l = {.k = k, .host = host, .trigger = trigger, .by = by};
    int r = kernel_diag_each(k->hosts[host].diag, TCP, false, see, &l);
    if (r == 0) r = l.error;
    if (r < 0) return r;
    sweep(&l);
    return l.changes > 0;
}
