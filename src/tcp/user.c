/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's side: bytes in, bytes out, settings (RFC 9293 3.10.2 to 3.10.4, 3.9.1). Error
 * numbers and their order are Linux': what has arrived is read first, then the error once, then the
 * end of stream.
 */
#include <errno.h>

#include "base/assert.h"
#include "tcp/machine.h"

static int take_error(struct tcp_conn *c)
{
    int error = c->error;
    c->error = 0;
    return -error;
}

static bool is_open(const struct tcp_conn *c)
{
    return c->state != BONNET_CLOSED && c->state != BONNET_TIME_WAIT;
}

uint32_t tcp_send_room(const struct tcp_conn *c)
{
    uint32_t room = c->out.len < c->set.sndbuf ? c->set.sndbuf - c->out.len : 0;
    uint32_t unsent = c->out.len ? seq_span(conn_text_end(c), c->snd.nxt) : 0;
    if (unsent >= c->set.notsent_lowat) return 0;
    return room;
}

/* 0, or why nothing can be written. */
static int may_send(struct tcp_conn *c)
{
    if (c->error) return take_error(c);
    if (c->state == BONNET_SYN_SENT || c->state == BONNET_SYN_RECEIVED) {
        c->wants_room = true;
        return -EAGAIN;
    }
    if (c->fin_wanted || !is_open(c)) return -EPIPE;
    return 0;
}

int64_t tcp_send(struct tcp_conn *c, struct env *e, const void *p, size_t len, bool more)
{
    int r = may_send(c);
    if (r < 0) return r;
    uint32_t room = tcp_send_room(c);
    uint32_t n = len < room ? (uint32_t)len : room;
    if (n < len) c->wants_room = true;
    if (n == 0) return len ? -EAGAIN : 0;
    n = ring_append(&c->out, e, p, n);
    if (n == 0) return -ENOBUFS;
    if (c->more != more) c->more = more;
    return n;
}

void tcp_send_commit(struct tcp_conn *c, struct env *e, uint32_t len)
{
    (void)e;
    ring_extend(&c->out, len);
    c->more = false;
}

/* Octets before the urgent mark, which a read does not cross (Linux; the mark is the last urgent
 * octet). */
static uint32_t until_mark(const struct tcp_conn *c, uint32_t n)
{
    if (!c->urgent) return n;
    tcp_seq head = seq_sub(c->rcv.nxt, c->in.len + (uint32_t)c->fin_received);
    int32_t ahead = seq_diff(seq_sub(c->rcv.up, 1), head);
    return ahead > 0 && (uint32_t)ahead < n ? (uint32_t)ahead : n;
}

int tcp_at_mark(const struct tcp_conn *c)
{
    tcp_seq head = seq_sub(c->rcv.nxt, c->in.len + (uint32_t)c->fin_received);
    return c->urgent && seq_eq(seq_sub(c->rcv.up, 1), head);
}

void tcp_recv_consume(struct tcp_conn *c, struct env *e, uint32_t n)
{
    ring_drop(&c->in, e, n);
    tcp_seq head = seq_sub(c->rcv.nxt, c->in.len + (uint32_t)c->fin_received);
    if (c->urgent && seq_ge(head, c->rcv.up)) c->urgent = false;
    if (is_open(c)) recv_on_read(c, e);
}

/* Nothing to read: why, in Linux' order. The end of the stream stays what it is, whatever comes
 * after it: an error then is the writer's. */
static int64_t nothing_to_read(struct tcp_conn *c)
{
    if (c->fin_received) return 0;
    if (c->error) return take_error(c);
    if (c->shut_rd || !is_open(c)) return 0;
    return -EAGAIN;
}

int64_t tcp_recv(struct tcp_conn *c, struct env *e, void *p, size_t len, bool peek)
{
    if (c->in.len == 0) return nothing_to_read(c);
    uint32_t n = len < c->in.len ? (uint32_t)len : c->in.len;
    n = until_mark(c, n);
    if (n == 0) return 0;
    if (p) ring_copy(&c->in, 0, p, n);
    if (!peek) tcp_recv_consume(c, e, n);
    return n;
}

void tcp_settings_changed(struct tcp_conn *c, struct env *e)
{
    if (!is_open(c)) return;
    if (!c->set.cork) c->nagle_off_once = c->out.len > 0;
    timers_on_keepalive_changed(c, e);
    if (c->state != BONNET_SYN_SENT) conn_update_mss(c);
}
