/* SPDX-License-Identifier: BSD-2-Clause */
/* The honest connection: see libstream.h. */
#include "libstream.h"

#include <errno.h>

#define PIECE 4096u /* bytes of one call */

static uint8_t byte_at(int from, uint32_t offset)
{
    return (uint8_t)(offset * 31 + (offset >> 8) * 7 + (uint32_t)from * 101 + 1);
}

static int new_socket(struct bonnet *bn, int rcvbuf)
{
    int s = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    check(s >= 0);
    if (rcvbuf) check(bonnet_setsockopt(bn, s, BONNET_SO_RCVBUF, &rcvbuf, sizeof(rcvbuf)) == 0);
    return s;
}

void stream_open(struct stream *t, struct world *w, const uint32_t bytes[2], int rcvbuf)
{
    struct bonnet *server = w->host[0].bn, *client = w->host[1].bn;
    struct bonnet_endpoint at = {w->host[0].addr, STREAM_PORT, 0};
    *t = (struct stream){.w = w, .exact = true};
    int listener = new_socket(server, rcvbuf);
    check(bonnet_bind(server, listener, &at) == 0);
    check(bonnet_listen(server, listener, 1) == 0);
    t->end[1].s = new_socket(client, rcvbuf);
    check(bonnet_connect(client, t->end[1].s, &at) == -EINPROGRESS);
    world_run(w, w->now + BONNET_S);
    t->end[0].s = bonnet_accept(server, listener, NULL);
    check(t->end[0].s >= 0);
    check(bonnet_close(server, listener) == 0);
    for (int i = 0; i < 2; i++) {
        t->end[i].to_send = bytes[i];
        t->end[i].to_get = bytes[1 - i];
    }
}

/* What a call on the connection may say; the connection itself lives unless it says something else.
 */
static bool is_patience(int64_t n)
{
    return n == -EAGAIN || n == -ENOBUFS;
}

static void fail(struct stream_end *e, int64_t n)
{
    check(n == -ECONNRESET || n == -ETIMEDOUT || n == -EPIPE || n == -EHOSTUNREACH ||
          n == -ENETUNREACH || n == -ECONNREFUSED || n == -EPROTO || n == -ENOMEM ||
          n == -ENOBUFS || n == -ENOTCONN || n == -EMSGSIZE || n == -ENOPROTOOPT);
    if (e->error == 0) e->error = (int)-n;
}

static void write_some(struct stream *t, int i)
{
    struct stream_end *e = &t->end[i];
    struct bonnet *bn = t->w->host[i].bn;
    uint8_t piece[PIECE];
    while (e->error == 0 && e->sent < e->to_send) {
        uint32_t n = e->to_send - e->sent < PIECE ? e->to_send - e->sent : PIECE;
        for (uint32_t k = 0; k < n; k++)
            piece[k] = byte_at(i, e->sent + k);
        int64_t taken = bonnet_send(bn, e->s, piece, n, 0);
        if (is_patience(taken)) return;
        if (taken < 0) {
            fail(e, taken);
            return;
        }
        check(taken > 0 && taken <= n);
        e->sent += (uint32_t)taken;
    }
}

static void shut_down(struct stream *t, int i)
{
    struct stream_end *e = &t->end[i];
    if (!t->ending || e->shut || e->error != 0 || e->sent < e->to_send) return;
    int r = bonnet_shutdown(t->w->host[i].bn, e->s, BONNET_SHUT_WR);
    check(r == 0 || (r == -ENOTCONN && !t->exact));
    e->shut = true;
}

static void is_exact(const struct stream_end *e, int from, const uint8_t *piece, uint32_t n)
{
    uint8_t want[PIECE];
    for (uint32_t k = 0; k < n; k++)
        want[k] = byte_at(from, e->got + k);
    check(memcmp(piece, want, n) == 0);
    check(e->got + n <= e->to_get);
    check(n > 0 || e->got == e->to_get);
}

static void read_some(struct stream *t, int i)
{
    struct stream_end *e = &t->end[i];
    uint8_t piece[PIECE];
    while (e->error == 0 && !e->eof && !e->paused) {
        int64_t n = bonnet_recv(t->w->host[i].bn, e->s, piece, PIECE, 0);
        if (is_patience(n)) return;
        if (n < 0) {
            fail(e, n);
            return;
        }
        check(n <= PIECE);
        if (t->exact) is_exact(e, 1 - i, piece, (uint32_t)n);
        e->got += (uint32_t)n;
        e->eof = n == 0;
    }
}

void stream_work(struct stream *t)
{
    for (int i = 0; i < 2; i++) {
        write_some(t, i);
        shut_down(t, i);
        read_some(t, i);
    }
}

bool stream_is_complete(const struct stream *t)
{
    return t->end[0].eof && t->end[1].eof;
}

bool stream_is_broken(const struct stream *t)
{
    return t->end[0].error != 0 || t->end[1].error != 0;
}
