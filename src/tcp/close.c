/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a connection ends by our side: shutdown, close and abort (RFC 9293 3.10.4, 3.10.5; RFC
 * 2525 2.17).
 *
 * A close says three things at once: no more writing (FIN), no more reading, and nobody is there
 * any more. Bytes that arrived and were never read are lost; then the peer gets a reset instead of
 * a FIN, so that it cannot believe they were processed.
 */
#include "tcp/machine.h"

/* A peer obeys a reset at its RCV.NXT, asks back about one within its window, and ignores the rest
 * (RFC 5961 3.2). An octet that probed a closed window is not received, so that one numbered behind
 * it would be ignored for ever: the reset stays within the window that the peer offered. */
static tcp_seq reset_seq(const struct tcp_conn *c)
{
    if (c->state == BONNET_SYN_RECEIVED) return c->snd.nxt;
    return seq_min(c->snd.nxt, seq_add(c->snd.una, c->snd.wnd));
}

void close_fill_reset(const struct tcp_conn *c, const struct env *e, struct tcp_outcome *o)
{
    if (c->state == BONNET_SYN_SENT || c->state == BONNET_CLOSED || c->state == BONNET_TIME_WAIT)
        return;
    o->answer = true;
    o->reply = (struct tcp_seg){.flags = TCP_RST | TCP_ACK, .seq = reset_seq(c), .ack = c->rcv.nxt};
    if (c->agreed & TCP_AGREED_TIMESTAMPS) {
        o->reply.has = TCP_OPT_TIMESTAMPS;
        o->reply.ts_val = conn_ts_now(c, e);
        o->reply.ts_ecr = c->ts.recent;
    }
}

void tcp_abort(struct tcp_conn *c, struct env *e, enum bonnet_reason why, int error,
               struct tcp_outcome *o)
{
    close_fill_reset(c, e, o);
    conn_end(c, e, why, error);
    o->reason = why;
    o->events |= TCP_EV_ENDED;
}

/* RFC 9293 3.10.4, CLOSE, per state. The FIN goes after the text that is in the SendQ. */
void tcp_shutdown_write(struct tcp_conn *c, struct env *e)
{
    if (c->fin_wanted) return;
    c->fin_wanted = true;
    c->more = false;
    if (c->state == BONNET_ESTABLISHED)
        tcp_set_state(c, e, BONNET_FIN_WAIT_1);
    else if (c->state == BONNET_CLOSE_WAIT)
        tcp_set_state(c, e, BONNET_LAST_ACK);
}

void tcp_shutdown_read(struct tcp_conn *c, struct env *e)
{
    (void)e;
    c->shut_rd = true;
}

static void become_orphan(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    c->orphan = true;
    c->shut_rd = true;
    if (c->state != BONNET_FIN_WAIT_2 || timers_on_orphan_fin_wait_2(c, e)) return;
    conn_end(c, e, BONNET_R_ABORT_ORPHAN, 0);
    o->reason = BONNET_R_ABORT_ORPHAN;
    o->events |= TCP_EV_ENDED;
}

/* RFC 9293 3.10.5, ABORT, CLOSING and LAST-ACK: both sides have said all, and no reset is due. */
static bool both_have_finished(const struct tcp_conn *c)
{
    return c->fin_sent && (c->state == BONNET_CLOSING || c->state == BONNET_LAST_ACK);
}

void tcp_close(struct tcp_conn *c, struct env *e, bool abort, struct tcp_outcome *o)
{
    *o = (struct tcp_outcome){.reason = BONNET_R_NONE};
    bool unread = c->in.len > 0, finished = both_have_finished(c);
    ring_clear(&c->in, e);
    if (c->state == BONNET_CLOSED || c->state == BONNET_TIME_WAIT) return;
    if (c->state == BONNET_SYN_SENT) {
        conn_end(c, e, BONNET_R_NONE, 0);
        o->events |= TCP_EV_ENDED;
    } else if (unread) {
        env_count(e, BONNET_MIB_TcpExtTCPAbortOnClose);
        tcp_abort(c, e, BONNET_R_ABORT_ON_CLOSE, 0, o);
    } else if (abort) {
        env_count(e, BONNET_MIB_TcpExtTCPAbortOnLinger);
        tcp_abort(c, e, BONNET_R_ABORT_LINGER, 0, o);
        if (finished) o->answer = false;
    } else {
        ranges_clear(&c->ooo, e);
        c->ooo_fin = false;
        tcp_shutdown_write(c, e);
        become_orphan(c, e, o);
    }
}
