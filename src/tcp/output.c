/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carries a plan out: the segment, its record, SND.NXT, and what the sending of an ACK settles.
 * What to send was decided by plan.c; nothing is decided twice.
 */
#include <errno.h>

#include "base/assert.h"
#include "tcp/machine.h"
#include "tcp/rtt.h"

static void fill_timestamps(const struct tcp_conn *c, const struct env *e, struct tcp_seg *s)
{
    if (!(c->agreed & TCP_AGREED_TIMESTAMPS)) return;
    s->has |= TCP_OPT_TIMESTAMPS;
    s->ts_val = conn_ts_now(c, e);
    s->ts_ecr = s->flags & TCP_ACK ? c->ts.recent : 0;
}

static void fill_syn(const struct tcp_conn *c, struct tcp_seg *s)
{
    s->has |= TCP_OPT_MSS;
    s->mss = (uint16_t)tcp_path_mss(&c->set, c->path_mtu);
    s->wnd = tcp_syn_window(&c->set);
    if (c->agreed & TCP_AGREED_SACK) s->has |= TCP_OPT_SACK_PERMITTED;
    if (c->agreed & TCP_AGREED_WSCALE) s->has |= TCP_OPT_WSCALE;
    s->wscale = c->rcv.wscale;
    s->flags |= ecn_syn_flags(c, s->flags);
}

static uint32_t span_of(const struct tcp_plan *p)
{
    return p->len + ((p->flags & TCP_SYN) != 0) + ((p->flags & TCP_FIN) != 0);
}

static void count_retransmission(struct tcp_conn *c, struct env *e, const struct tcp_plan *p)
{
    c->retrans_segs++;
    env_count(e, BONNET_MIB_TcpRetransSegs);
    if (p->flags & TCP_SYN) env_count(e, BONNET_MIB_TcpExtTCPSynRetrans);
    if (c->rto_recovering) env_count(e, BONNET_MIB_TcpExtTCPSlowStartRetrans);
}

static void note_tail_probe(struct tcp_conn *c, struct env *e, const struct tcp_plan *p)
{
    if (p->reason != BONNET_R_SEND_TAIL_PROBE) return;
    rack_on_probe_sent(c, e, p->what == TCP_SEND_RETRANSMIT);
    timers_on_tail_probe_sent(c, e);
    env_count(e, BONNET_MIB_TcpExtTCPLossProbes);
}

/* The record goes again, cut to what is planned. */
static int record_again(struct tcp_conn *c, struct env *e, const struct tcp_plan *p)
{
    uint32_t i = sent_find(&c->sent, p->seq);
    tcp_seq to = seq_add(p->seq, span_of(p));
    int r = 0;
    bonnet_assert(i < c->sent.n);
    if (seq_lt(sent_at(&c->sent, i)->from, p->seq)) r = sent_split(&c->sent, e, i++, p->seq);
    if (r == 0 && seq_lt(to, sent_at(&c->sent, i)->to)) r = sent_split(&c->sent, e, i, to);
    if (r < 0) return r;
    sent_on_retransmitted(&c->sent, sent_at(&c->sent, i), e->now);
    count_retransmission(c, e, p);
    undo_on_retransmitted(c, e, p->len);
    loss_on_sent(c, p->len);
    timers_on_sent(c, e, i == 0);
    note_tail_probe(c, e, p);
    return 0;
}

static void note_new(struct tcp_conn *c, struct env *e, const struct tcp_plan *p)
{
    tcp_seq to = seq_add(p->seq, span_of(p));
    *sent_add(&c->sent) = (struct sent_record){
        .from = p->seq,
        .to = to,
        .sent_at = e->now,
        .delivered = (uint32_t)c->bytes_acked + c->sent.sacked,
        .flags = p->why == BONNET_WHY_APP ? SENT_APP_LIMITED : 0,
        .times = 1,
    };
    struct flight *f = c->sent.flight;
    if (c->sent.n == 1) f->small = f->recover = p->seq;
    c->snd.nxt = to;
    if (p->len % plan_segment_text(c)) f->small = to;
    if (p->flags & TCP_FIN) c->fin_sent = true;
    if (p->len > 0) env_count(e, BONNET_MIB_TcpExtTCPOrigDataSent);
}

/* RFC 5681 4.1: after an idle RTO the window begins anew. */
static void restart_after_idle(struct tcp_conn *c, const struct env *e)
{
    if (!env_has(e, BONNET_FEATURE_SLOW_START_IDLE)) return;
    if (c->sent.n > 0 || c->data_segs_out == 0) return;
    if (env_ms(e) - c->sent_ms > c->rtt.rto_us / 1000)
        cc_ops(c->set.cc)->on_idle(&c->cc, c->snd.mss);
}

static int record_new(struct tcp_conn *c, struct env *e, const struct tcp_plan *p)
{
    if (sent_reserve(&c->sent, e) < 0) return -ENOBUFS;
    if (p->what == TCP_SEND_TEXT) restart_after_idle(c, e);
    note_new(c, e, p);
    if (c->probe_due) c->probe_due = false;
    loss_on_sent(c, p->len);
    timers_on_sent(c, e, false);
    note_tail_probe(c, e, p);
    return 0;
}

/* A probe is new text the first time; later ones repeat it, outside of loss recovery. */
static int record_probe(struct tcp_conn *c, struct env *e, struct tcp_plan *p)
{
    if (c->sent.n == 0 && sent_reserve(&c->sent, e) < 0) return -ENOBUFS;
    c->probe_due = false;
    env_count(e, BONNET_MIB_TcpExtTCPWinProbe);
    if (c->sent.n == 0) {
        note_new(c, e, p);
        return 0;
    }
    struct sent_record *r = sent_at(&c->sent, 0);
    uint32_t span = sent_record_len(r);
    if (p->len + ((p->flags & TCP_FIN) != 0) > span) { /* not beyond what was recorded */
        p->flags &= (uint16_t)~TCP_FIN;
        if (p->len > span) p->len = span;
    }
    r->flags |= SENT_RETRANSMITTED;
    count_retransmission(c, e, p);
    return 0;
}

static int record(struct tcp_conn *c, struct env *e, struct tcp_plan *p)
{
    switch (p->what) {
    case TCP_SEND_SYN:
    case TCP_SEND_RETRANSMIT:
        if (p->record) return record_again(c, e, p);
        return record_new(c, e, p);
    case TCP_SEND_TEXT: return record_new(c, e, p);
    case TCP_SEND_PROBE: return record_probe(c, e, p);
    case TCP_SEND_KEEPALIVE: c->keep_due = false; return 0;
    case TCP_SEND_ACK:
    case TCP_SEND_NOTHING: return 0;
    }
    return 0;
}

/* As Linux counts: a super-frame is the segments that it will be cut into. */
static void count_sent(struct tcp_conn *c, struct env *e, const struct tcp_seg *s)
{
    uint32_t n = s->gso_size ? (s->len + s->gso_size - 1) / s->gso_size : 1;
    c->segs_out += n;
    e->mib[BONNET_MIB_TcpOutSegs] += n;
    if (s->len == 0) return;
    c->data_segs_out += n;
    c->sent_ms = env_ms(e);
}

int tcp_output(struct tcp_conn *c, struct env *e, struct tcp_plan *p, struct tcp_seg *s)
{
    int r = record(c, e, p);
    if (r < 0) return r;
    s->seq = p->seq;
    s->flags = p->flags;
    s->len = p->len;
    s->has = 0;
    s->sack_n = 0;
    s->ecn = IP_NOT_ECT;
    s->urg = 0;
    s->ack = p->flags & TCP_ACK ? c->rcv.nxt : seq(0);
    s->gso_size = p->len > plan_segment_text(c) ? (uint16_t)plan_segment_text(c) : 0;
    fill_timestamps(c, e, s);
    if (p->flags & TCP_SYN) {
        fill_syn(c, s);
    } else {
        s->wnd = recv_offer_window(c, e);
        recv_fill_sacks(c, e, s);
        if (c->agreed & TCP_AGREED_ECN) ecn_fill(c, p, s);
    }
    s->text_at = p->len ? seq_span(p->seq, conn_text_begin(c)) : 0;
    if (p->flags & TCP_ACK) recv_on_ack_sent(c, p->len > 0);
    if (c->nagle_off_once && p->len > 0 && seq_eq(c->snd.nxt, conn_text_end(c)))
        c->nagle_off_once = false;
    count_sent(c, e, s);
    return 0;
}

void tcp_rest(struct tcp_conn *c, const struct env *e, const struct tcp_plan *p)
{
    bool waits = c->out.len > 0 || (c->fin_wanted && !c->fin_sent);
    if (waits || p->why == BONNET_WHY_HANDSHAKE) timers_on_blocked(c, e, p->why);
}
