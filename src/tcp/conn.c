/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of the object itself: how it begins, changes state and ends, and the check of its
 * invariants.
 */
#include "tcp/conn.h"

#include "base/assert.h"
#include "tcp/machine.h"
#include "tcp/rtt.h"

#define MSS_DEFAULT 536u /* RFC 9293 3.7.1, MUST-15 */

static bool counts_as_established(enum bonnet_tcp_state s)
{
    return s == BONNET_ESTABLISHED || s == BONNET_CLOSE_WAIT;
}

/* RFC 4022: tcpCurrEstab, tcpEstabResets, tcpAttemptFails. */
static void count_transition(struct env *e, enum bonnet_tcp_state from, enum bonnet_tcp_state to)
{
    if (counts_as_established(to) && !counts_as_established(from))
        e->mib[BONNET_MIB_TcpCurrEstab]++;
    if (!counts_as_established(to) && counts_as_established(from))
        e->mib[BONNET_MIB_TcpCurrEstab]--;
    if (to != BONNET_CLOSED) return;
    if (counts_as_established(from)) env_count(e, BONNET_MIB_TcpEstabResets);
    if (from == BONNET_SYN_SENT || from == BONNET_SYN_RECEIVED)
        env_count(e, BONNET_MIB_TcpAttemptFails);
}

void tcp_set_state(struct tcp_conn *c, struct env *e, enum bonnet_tcp_state to)
{
    enum bonnet_tcp_state from = (enum bonnet_tcp_state)c->state;
    if (from == to) return;
    c->state = (uint8_t)to;
    if (to == BONNET_TIME_WAIT) timers_stop(c); /* its clock is not the connection's */
    count_transition(e, from, to);
    if (!env_is_traced(e)) return;
    const struct bonnet_trace event = {
        .kind = BONNET_TRACE_STATE,
        .at = e->now,
        .socket = e->subject.socket,
        .local = e->subject.local,
        .remote = e->subject.remote,
        .from = from,
        .to = to,
    };
    env_trace(e, &event);
}

/* What a connection no longer needs once nothing is sent or awaited. */
static void free_sending(struct tcp_conn *c, struct env *e)
{
    ring_clear(&c->out, e);
    sent_clear(&c->sent, e);
    ranges_clear(&c->ooo, e);
}

void conn_end(struct tcp_conn *c, struct env *e, enum bonnet_reason why, int error)
{
    c->ended = (uint8_t)why;
    if (error) {
        c->error = (int16_t)error;
        c->soft_error = 0; /* one failure is told once */
    }
    c->owe = 0;
    c->probe_due = c->keep_due = false;
    free_sending(c, e);
    timers_stop(c);
    tcp_set_state(c, e, BONNET_CLOSED);
}

void tcp_fini(struct tcp_conn *c, struct env *e)
{
    free_sending(c, e);
    ring_clear(&c->in, e);
}

void tcp_on_time_wait(struct tcp_conn *c, struct env *e)
{
    c->owe = 0;
    free_sending(c, e);
    timers_stop(c);
}

void tcp_icmp(struct tcp_conn *c, struct env *e, const struct tcp_icmp_error *x,
              struct tcp_outcome *o)
{
    *o = (struct tcp_outcome){.reason = BONNET_R_ICMP_NO_SOCKET};
    if (!tcp_in_flight(c, x->about)) return; /* RFC 5927 4.1 */
    o->reason = BONNET_R_ICMP_SOFT;
    c->soft_error = (int16_t)x->error;
    if (!x->hard || c->state != BONNET_SYN_SENT) return;
    conn_end(c, e, BONNET_R_ICMP_HARD, x->error);
    o->reason = BONNET_R_ICMP_HARD;
    o->events = TCP_EV_ENDED;
}

void conn_update_mss(struct tcp_conn *c)
{
    uint32_t mss = c->snd.peer_mss ? c->snd.peer_mss : MSS_DEFAULT;
    mss = larger(smaller(mss, tcp_path_mss(&c->set, c->path_mtu)), TCP_MSS_FLOOR);
    if (c->agreed & TCP_AGREED_TIMESTAMPS) mss -= TCP_TIMESTAMPS_SPACE;
    c->snd.mss = (uint16_t)mss;
    if (c->cc.cwnd && c->cc.cwnd < mss) c->cc.cwnd = mss; /* or nothing could go at all */
}

void tcp_path_mtu(struct tcp_conn *c, struct env *e, uint16_t mtu)
{
    if (mtu == c->path_mtu) return;
    bool shrinks = mtu < c->path_mtu;
    uint16_t before = c->snd.mss;
    c->path_mtu = mtu;
    conn_update_mss(c);
    if (!shrinks || c->state == BONNET_SYN_SENT || c->state == BONNET_SYN_RECEIVED) return;
    c->cc.cwnd = (uint32_t)((uint64_t)c->cc.cwnd * c->snd.mss / before); /* RFC 5681 3.1 */
    for (uint32_t i = 0; i < c->sent.n; i++)
        if (sent_record_len(sent_at(&c->sent, i)) > c->snd.mss)
            sent_mark_lost(&c->sent, sent_at(&c->sent, i), BONNET_R_SEND_FAST_RETRANSMIT);
    (void)e;
}

bool tcp_in_flight(const struct tcp_conn *c, tcp_seq q)
{
    return seq_le(c->snd.una, q) && seq_lt(q, c->snd.nxt);
}

uint32_t tcp_in_flight_bytes(const struct tcp_conn *c)
{
    return seq_span(c->snd.nxt, c->snd.una);
}

uint32_t tcp_receive_window(const struct tcp_conn *c)
{
    return seq_span(c->rcv.edge, c->rcv.nxt);
}

/* Do the records cover SND.UNA .. SND.NXT, and the text what is not acknowledged? */
static bool sending_is_sound(const struct tcp_conn *c)
{
    if (!sent_check(&c->sent) || seq_lt(c->snd.nxt, c->snd.una)) return false;
    if (c->sent.n == 0) return seq_eq(c->snd.una, c->snd.nxt);
    return seq_eq(sent_at(&c->sent, 0)->from, c->snd.una) &&
           seq_eq(sent_at(&c->sent, c->sent.n - 1u)->to, c->snd.nxt) &&
           seq_le(c->snd.nxt, seq_add(conn_text_end(c), 1));
}

static bool receiving_is_sound(const struct tcp_conn *c)
{
    if (seq_lt(c->rcv.edge, c->rcv.nxt)) return false;
    if (c->ooo.n == 0) return true;
    return seq_gt(seq(c->ooo.r[0].from), c->rcv.nxt) &&
           seq_le(seq(c->ooo.r[c->ooo.n - 1].to), c->rcv.edge);
}

/* Whatever must still happen without the peer has its timer. */
static bool timers_are_sound(const struct tcp_conn *c)
{
    if (c->sent.n > 0 && c->rtx_at == BONNET_NEVER) return false;
    return c->rtx_at == BONNET_NEVER || c->sent.n > 0 || c->persisting;
}

bool tcp_conn_check(const struct tcp_conn *c)
{
    if (c->state == BONNET_CLOSED || c->state == BONNET_TIME_WAIT)
        return c->out.len == 0 && c->sent.n == 0 && tcp_deadline(c) == BONNET_NEVER;
    return sending_is_sound(c) && receiving_is_sound(c) && timers_are_sound(c);
}
