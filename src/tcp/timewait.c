/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is left of a connection that closed first. It answers what asks for an answer - the peer's
 * FIN again, text, a keepalive, a SYN that cannot be told from an old one - and nothing else: a
 * lone ACK gets one only if it is numbered before RCV.NXT, which the answers of another one of
 * these never are, so that two of them cannot talk to each other for ever. A reset does not end it
 * (RFC 1337).
 */
#include "tcp/timewait.h"

#include "tcp/conn.h"
#include "tcp/tcp.h"

void tcp_timewait_from(struct tcp_timewait *w, const struct tcp_conn *c)
{
    w->snd_nxt = c->snd.nxt;
    w->rcv_nxt = c->rcv.nxt;
    w->ts_recent = c->ts.recent;
    w->timestamps = (c->agreed & TCP_AGREED_TIMESTAMPS) != 0;
    uint32_t wnd = tcp_receive_window(c) >> c->rcv.wscale;
    w->wnd = (uint16_t)(wnd < 0xffff ? wnd : 0xffff);
}

void tcp_timewait_answer(const struct tcp_timewait *w, const struct env *e,
                         const struct tcp_tuple *t, struct tcp_seg *reply)
{
    *reply = (struct tcp_seg){.flags = TCP_ACK, .seq = w->snd_nxt, .ack = w->rcv_nxt};
    reply->wnd = w->wnd;
    if (!w->timestamps) return;
    reply->has = TCP_OPT_TIMESTAMPS;
    reply->ts_val = env_ms(e) + tcp_ts_offset(e, t);
    reply->ts_ecr = w->ts_recent;
}

/* RFC 6191 2: is this SYN newer than everything the old connection sent? Its last number was the
 * FIN's, the one before RCV.NXT. */
static bool is_new_syn(const struct tcp_timewait *w, const struct tcp_seg *s)
{
    if (s->has & TCP_OPT_TIMESTAMPS) {
        if (!w->timestamps) return true;
        if (s->ts_val != w->ts_recent) return (int32_t)(s->ts_val - w->ts_recent) > 0;
    }
    return seq_ge(s->seq, w->rcv_nxt);
}

static bool is_old_by_timestamp(const struct tcp_timewait *w, const struct tcp_seg *s)
{
    return w->timestamps && s->has & TCP_OPT_TIMESTAMPS && (int32_t)(s->ts_val - w->ts_recent) < 0;
}

enum tcp_timewait_verdict tcp_timewait_input(const struct tcp_timewait *w, const struct tcp_seg *s,
                                             enum bonnet_reason *reason)
{
    *reason = BONNET_R_TIMEWAIT_RST;
    if (s->flags & TCP_RST) return TCP_TW_DROP;
    if (s->flags & TCP_SYN) {
        bool reopens = !(s->flags & TCP_ACK) && is_new_syn(w, s);
        *reason = reopens ? BONNET_R_TIMEWAIT_REUSED : BONNET_R_TIMEWAIT_SYN_OLD;
        return reopens ? TCP_TW_REOPEN : TCP_TW_ACK;
    }
    *reason = BONNET_R_TIMEWAIT_OLD;
    if (s->len == 0 && !(s->flags & TCP_FIN)) {
        if (seq_eq(s->seq, w->rcv_nxt)) *reason = BONNET_R_NONE;
        return s->flags & TCP_ACK && seq_lt(s->seq, w->rcv_nxt) ? TCP_TW_ACK : TCP_TW_DROP;
    }
    if (!(s->flags & TCP_ACK)) { /* nobody in a connection sends this */
        *reason = BONNET_R_ACK_MISSING;
        return TCP_TW_DROP;
    }
    if (is_old_by_timestamp(w, s) || seq_gt(s->ack, w->snd_nxt)) return TCP_TW_ACK;
    bool fin_again = s->flags & TCP_FIN && seq_eq(seq_add(s->seq, tcp_seg_span(s)), w->rcv_nxt);
    return fin_again ? TCP_TW_RESTART : TCP_TW_ACK;
}
