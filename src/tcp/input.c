/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SEGMENT ARRIVES (RFC 9293 3.10.7), for a connection that exists: the RFC's steps under the RFC's
 * numbers, each a function with a verdict. Security and precedence (third) are not used on the
 * Internet.
 *
 * Blind attacks are met as RFC 5961 says: a reset counts only at RCV.NXT exactly, a SYN never, and
 * what is merely near gets a challenge ACK. Timestamps are checked before all else (RFC 7323 5.3).
 */
#include <errno.h>

#include "tcp/machine.h"

#define TS_RECENT_LIFE_MS (24u * 24 * 3600 * 1000) /* RFC 7323 5.5 */

/* RFC 7323 5.3 R1: older than what was seen, and what was seen is not itself too old. */
static bool is_old_by_timestamp(const struct tcp_conn *c, const struct env *e,
                                const struct tcp_seg *s)
{
    if ((int32_t)(s->ts_val - c->ts.recent) >= 0) return false;
    return env_ms(e) - c->ack_in_ms < TS_RECENT_LIFE_MS;
}

/* An answer to what cannot be used: at once for text, seldom for what might be an answer to ours.
 */
static enum tcp_verdict refuse(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                               struct tcp_outcome *o, enum bonnet_reason why)
{
    if (s->len > 0 || s->flags & TCP_FIN)
        recv_owe_ack(c, BONNET_R_SEND_ACK_DUP);
    else
        recv_owe_challenge(c, e, BONNET_R_SEND_ACK_DUP); /* limited as a challenge is */
    return tcp_drop(o, why);
}

/* A reset and a SYN have rules of their own, which one who has lost all memory of us can follow. */
static enum tcp_verdict check_timestamp(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                                        struct tcp_outcome *o)
{
    if (!(c->agreed & TCP_AGREED_TIMESTAMPS) || s->flags & (TCP_RST | TCP_SYN)) return TCP_NEXT;
    if (!(s->has & TCP_OPT_TIMESTAMPS)) return tcp_drop(o, BONNET_R_TIMESTAMP_MISSING);
    if (!is_old_by_timestamp(c, e, s)) return TCP_NEXT;
    env_count(e, BONNET_MIB_TcpExtPAWSEstab);
    return refuse(c, e, s, o, BONNET_R_PAWS);
}

static bool is_in_window(const struct tcp_conn *c, tcp_seq q)
{
    return seq_ge(q, c->rcv.nxt) && seq_lt(q, c->rcv.edge);
}

/* RFC 9293 3.10.7.4, the table of four cases, for the window as the widest that was ever offered.
 */
static bool is_acceptable(const struct tcp_conn *c, const struct tcp_seg *s)
{
    uint32_t span = tcp_seg_span(s);
    if (span == 0 && seq_eq(s->seq, c->rcv.nxt)) return true;
    return is_in_window(c, s->seq) || (span > 0 && is_in_window(c, seq_add(s->seq, span - 1)));
}

/* Text at RCV.NXT for a closed window: refused, but its ACK, URG and RST count (RFC 9293 3.4). */
static bool probes_closed_window(const struct tcp_conn *c, const struct tcp_seg *s)
{
    return seq_eq(c->rcv.edge, c->rcv.nxt) && seq_eq(s->seq, c->rcv.nxt);
}

/* First, check sequence number. */
static enum tcp_verdict check_sequence(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                                       struct tcp_outcome *o)
{
    if (check_timestamp(c, e, s, o) != TCP_NEXT) return TCP_DONE;
    if (s->flags & TCP_RST) return TCP_NEXT; /* its own rule follows */
    if (s->flags & TCP_SYN) return TCP_NEXT; /* challenged wherever it lies */
    if (is_acceptable(c, s) || probes_closed_window(c, s)) return TCP_NEXT;
    if (seq_lt(s->seq, c->rcv.nxt) && s->len > 0 && c->agreed & TCP_AGREED_SACK) {
        c->rcv.dsack_from = s->seq; /* RFC 2883 4: all of it came before */
        c->rcv.dsack_to = seq_min(seq_add(s->seq, s->len), c->rcv.nxt);
    }
    bool old = seq_le(seq_add(s->seq, tcp_seg_span(s)), c->rcv.nxt);
    return refuse(c, e, s, o, old ? BONNET_R_SEQ_OLD : BONNET_R_SEQ_WINDOW);
}

/* What a reset means to the program, by state (RFC 9293 3.10.7.4, second; Linux tcp_reset). */
static int reset_error(const struct tcp_conn *c)
{
    if (c->state == BONNET_SYN_RECEIVED) return ECONNREFUSED;
    if (c->state == BONNET_CLOSE_WAIT) return EPIPE;
    return c->orphan ? 0 : ECONNRESET;
}

/* Second, check the RST bit (RFC 5961 3.2). */
static enum tcp_verdict check_rst(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                                  struct tcp_outcome *o)
{
    if (!(s->flags & TCP_RST)) return TCP_NEXT;
    if (seq_eq(s->seq, c->rcv.nxt)) {
        conn_end(c, e, BONNET_R_RST_OBEYED, reset_error(c));
        o->events |= TCP_EV_ENDED;
        return tcp_drop(o, BONNET_R_RST_OBEYED);
    }
    if (seq_lt(s->seq, c->rcv.nxt) || seq_ge(s->seq, c->rcv.edge))
        return tcp_drop(o, BONNET_R_RST_OUTSIDE);
    recv_owe_challenge(c, e, BONNET_R_SEND_CHALLENGE_ACK);
    return tcp_drop(o, BONNET_R_RST_CHALLENGED);
}

/* Fourth, check the SYN bit (RFC 5961 4.2). The peer's SYN again, in a simultaneous open, means
 * that it has not seen our SYN-ACK: that goes again. */
static enum tcp_verdict check_syn(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                                  struct tcp_outcome *o)
{
    if (!(s->flags & TCP_SYN)) return TCP_NEXT;
    if (c->state == BONNET_SYN_RECEIVED && seq_eq(s->seq, c->rcv.irs)) {
        if (s->flags & TCP_ACK) return TCP_NEXT;
        sent_mark_all_lost(&c->sent, BONNET_R_SEND_SYN_ACK);
        return tcp_drop(o, BONNET_R_SYN_DUPLICATE);
    }
    env_count(e, BONNET_MIB_TcpExtTCPSYNChallenge);
    recv_owe_challenge(c, e, BONNET_R_SEND_CHALLENGE_ACK);
    return tcp_drop(o, BONNET_R_SYN_CHALLENGED);
}

static void input_synchronized(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                               struct tcp_outcome *o)
{
    struct tcp_seg rest;
    enum tcp_verdict v = check_sequence(c, e, s, o); /* first */
    if (v == TCP_NEXT) v = check_rst(c, e, s, o);    /* second */
    if (v == TCP_NEXT) v = check_syn(c, e, s, o);    /* fourth */
    if (v == TCP_NEXT) v = check_ack(c, e, s, o);    /* fifth */
    if (s->flags & TCP_SYN) {                        /* a simultaneous open's SYN-ACK */
        rest = tcp_after_syn(s);
        s = &rest;
    }
    if (v == TCP_NEXT) take_urgent(c, s, o);       /* sixth */
    if (v == TCP_NEXT) v = take_text(c, e, s, o);  /* seventh */
    if (v == TCP_NEXT) (void)take_fin(c, e, s, o); /* eighth */
}

void tcp_input(struct tcp_conn *c, struct env *e, const struct tcp_seg *s, struct tcp_outcome *o)
{
    o->reason = BONNET_R_NONE;
    o->events = 0;
    o->answer = false;
    c->segs_in += tcp_segments_in(s);
    if (c->state == BONNET_SYN_SENT)
        open_input_syn_sent(c, e, s, o);
    else
        input_synchronized(c, e, s, o);
}

/* CLOSED (RFC 9293 3.10.7.1). */
bool tcp_refuse(const struct tcp_seg *s, struct tcp_seg *reply)
{
    if (s->flags & TCP_RST) return false;
    *reply = (struct tcp_seg){.sport = s->dport, .dport = s->sport, .flags = TCP_RST};
    if (s->flags & TCP_ACK) {
        reply->seq = s->ack;
    } else {
        reply->flags = TCP_RST | TCP_ACK;
        reply->ack = seq_add(s->seq, tcp_seg_span(s));
    }
    return true;
}
