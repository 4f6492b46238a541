/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fifth, check the ACK field: what the peer has, how much more it takes, and how long it took to
 * say so.
 *
 * One record per acknowledgment, struct tcp_ack_report, goes from here through rtt.c and loss.c to
 * congestion control. RFC 9293 3.10.7.4, RFC 5961 5, RFC 6298 3 (Karn), RFC 7323 4.
 */
#include "base/assert.h"
#include "tcp/machine.h"
#include "tcp/rtt.h"

/* RFC 5961 5: no older than the largest window, no newer than what was sent. */
static enum tcp_verdict check_range(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                                    struct tcp_outcome *o)
{
    if (seq_gt(s->ack, c->snd.nxt)) {
        recv_owe_challenge(c, e, BONNET_R_SEND_CHALLENGE_ACK);
        return tcp_drop(o, BONNET_R_ACK_FUTURE);
    }
    if (seq_lt(s->ack, seq_sub(c->snd.una, c->snd.max_wnd))) {
        recv_owe_challenge(c, e, BONNET_R_SEND_CHALLENGE_ACK);
        return tcp_drop(o, BONNET_R_ACK_ANCIENT);
    }
    return TCP_NEXT;
}

/* The peer's window opened while we probed it: what the probes carried goes out properly. */
static void leave_persist(struct tcp_conn *c, const struct env *e)
{
    c->persisting = false;
    c->probe_due = false;
    rtt_forget_backoff(c, e);
    sent_mark_all_lost(&c->sent, BONNET_R_SEND_WINDOW_PROBE);
    c->rtx_at = BONNET_NEVER;
    if (c->sent.n > 0) timers_on_sent(c, e, false);
}

/* Never scaled in a SYN (RFC 7323 2.2). */
static uint32_t window_of(const struct tcp_conn *c, const struct tcp_seg *s)
{
    return s->flags & TCP_SYN ? s->wnd : (uint32_t)s->wnd << c->snd.wscale;
}

static void update_window(struct tcp_conn *c, const struct env *e, const struct tcp_seg *s)
{
    bool newer =
        seq_lt(c->snd.wl1, s->seq) || (seq_eq(c->snd.wl1, s->seq) && seq_le(c->snd.wl2, s->ack));
    if (!newer) return;
    uint32_t before = c->snd.wnd;
    c->snd.wnd = window_of(c, s);
    c->snd.wl1 = s->seq;
    c->snd.wl2 = s->ack;
    if (c->snd.wnd > c->snd.max_wnd) c->snd.max_wnd = c->snd.wnd;
    if (!c->persisting) return;
    c->snd.retransmits = 0; /* RFC 9293 MUST-37: the peer answers */
    if (c->snd.wnd > before) leave_persist(c, e);
}

/* RFC 5681 2: what makes an acknowledgment a duplicate. */
static bool is_duplicate(const struct tcp_conn *c, const struct tcp_seg *s, uint32_t old_wnd)
{
    return c->sent.n > 0 && !c->persisting && tcp_seg_span(s) == 0 && seq_eq(s->ack, c->snd.una) &&
           c->snd.wnd == old_wnd;
}

/* Moves SND.UNA: text leaves the SendQ, the SYN and the FIN count one each. */
static void advance(struct tcp_conn *c, struct env *e, tcp_seq ack, struct tcp_outcome *o)
{
    tcp_seq begin = conn_text_begin(c), end = conn_text_end(c);
    uint32_t text = 0;
    if (seq_gt(ack, begin)) text = seq_span(seq_min(ack, end), begin);
    ring_drop(&c->out, e, text);
    c->bytes_acked += text;
    if (!c->syn_acked) c->syn_acked = true;
    c->snd.una = ack;
    o->events |= TCP_EV_PROGRESS;
    if (text > 0 && c->wants_room && tcp_send_room(c) >= c->set.sndbuf / 3) {
        c->wants_room = false;
        o->events |= TCP_EV_WRITABLE;
    }
}

/* A sample by when it was sent, or, after a retransmission, by what the peer echoes. */
static void sample_rtt(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                       const struct sent_acked *acked, struct tcp_ack_report *a)
{
    if (!acked->retransmitted && acked->newest_sent != BONNET_NEVER) {
        a->rtt = e->now - acked->newest_sent;
    } else if ((c->agreed & TCP_AGREED_TIMESTAMPS) && s->ts_ecr != 0) {
        uint32_t ms = conn_ts_now(c, e) - s->ts_ecr;
        if (ms > 0 && ms < 60000) a->rtt = ms * BONNET_MS;
    }
    if (a->rtt != BONNET_NEVER)
        rtt_on_sample(c, e, a->rtt);
    else if (c->agreed & TCP_AGREED_TIMESTAMPS)
        rtt_forget_backoff(c, e);
}

static bool is_cwnd_limited(const struct tcp_conn *c, uint32_t in_flight)
{
    if (in_flight + c->snd.mss > c->cc.cwnd) return true;
    return c->cc.cwnd < c->cc.ssthresh && in_flight > c->cc.cwnd / 2;
}

static struct rack_ack rack_ack_of(const struct tcp_conn *c, const struct env *e,
                                   const struct tcp_seg *s)
{
    bool has_ts = (c->agreed & TCP_AGREED_TIMESTAMPS) && (s->has & TCP_OPT_TIMESTAMPS);
    return (struct rack_ack){.now = e->now, .ecr = s->ts_ecr, .has_ecr = has_ts && s->ts_ecr != 0};
}

/* In a SYN the bit means something else. */
static bool is_echo(const struct tcp_conn *c, const struct tcp_seg *s)
{
    return (s->flags & (TCP_ECE | TCP_SYN)) == TCP_ECE && c->agreed & TCP_AGREED_ECT;
}

static void take_acknowledgment(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                                struct tcp_outcome *o)
{
    struct tcp_ack_report a = {.now = e->now, .rtt = BONNET_NEVER};
    struct sent_acked acked = {.newest_sent = BONNET_NEVER};
    struct rack_ack ra = rack_ack_of(c, e, s);
    uint32_t old_wnd = c->snd.wnd;
    a.outstanding = seq_span(c->snd.nxt, c->snd.una);
    a.in_flight_before = loss_in_flight(c);
    a.cwnd_limited = is_cwnd_limited(c, a.in_flight_before);
    update_window(c, e, s);
    a.duplicate = is_duplicate(c, s, old_wnd);
    if (s->has & TCP_OPT_SACK) a.sacked = loss_take_sacks(c, e, s, &ra);
    bool is_news = seq_gt(s->ack, c->snd.una);
    if (is_news) {
        if (rack_is_awake(c)) rack_take_acked(c, &ra, s->ack);
        sent_ack(&c->sent, s->ack, &acked);
        sample_rtt(c, e, s, &acked, &a);
        advance(c, e, s->ack, o);
        c->snd.retransmits = 0;
        c->soft_error = 0;
    }
    a.acked = acked.bytes;
    a.acked_in_all = (uint32_t)c->bytes_acked;
    a.dsack = ra.is_dsack;
    a.delivered = acked.bytes - acked.sacked_before + a.sacked;
    a.spans_retransmit = acked.retransmitted;
    a.ece = is_echo(c, s);
    if (a.ece) ecn_count_echo(c, e, a.delivered);
    if (c->sent.flight == NULL) return;
    if (!a.acked && !a.duplicate && !a.sacked && !ra.is_dsack && !a.ece) return;
    bonnet_time doubt = loss_on_ack(c, e, &ra, &a);
    if (is_news) timers_on_acked(c, e);
    timers_on_doubt(c, e, doubt);
    if (c->out.len == 0) sent_settle(&c->sent, e); /* what follows belongs to the same flight */
}

/* Our FIN is acknowledged: RFC 9293 3.10.7.4, fifth, per state. */
static void on_fin_acked(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    if (c->state == BONNET_FIN_WAIT_1) {
        tcp_set_state(c, e, BONNET_FIN_WAIT_2);
        if (c->orphan && !timers_on_orphan_fin_wait_2(c, e)) {
            conn_end(c, e, BONNET_R_ABORT_ORPHAN, 0);
            o->events |= TCP_EV_ENDED;
        }
    } else if (c->state == BONNET_CLOSING) {
        tcp_set_state(c, e, BONNET_TIME_WAIT);
        o->events |= TCP_EV_TIME_WAIT;
    } else if (c->state == BONNET_LAST_ACK) {
        conn_end(c, e, BONNET_R_NONE, 0);
        o->events |= TCP_EV_ENDED;
    }
}

/* SYN-RECEIVED here is only that of a simultaneous open; a passive one is listen.c's. */
static enum tcp_verdict check_ack_syn_received(struct tcp_conn *c, struct env *e,
                                               const struct tcp_seg *s, struct tcp_outcome *o)
{
    if (seq_le(s->ack, c->snd.una) || seq_gt(s->ack, c->snd.nxt)) {
        o->answer = tcp_refuse(s, &o->reply);
        o->reply.has = 0;
        return tcp_drop(o, BONNET_R_SYN_SENT_BAD_ACK);
    }
    c->snd.wnd = window_of(c, s);
    c->snd.wl1 = s->seq;
    c->snd.wl2 = s->ack;
    open_on_established(c, e, o);
    return TCP_NEXT;
}

/* RFC 7323 4.3: from the segment that begins at or before the last octet we acknowledged. Only when
 * its ACK is credible too: whoever guesses no more than a sequence number shall not make the peer's
 * timestamps look old. One that is smaller has come this far because TS.Recent is too old to count
 * (5.5). */
static void take_timestamp(struct tcp_conn *c, const struct tcp_seg *s)
{
    if (!(c->agreed & TCP_AGREED_TIMESTAMPS) || !(s->has & TCP_OPT_TIMESTAMPS)) return;
    if (seq_le(s->seq, c->rcv.acked)) c->ts.recent = s->ts_val;
}

enum tcp_verdict check_ack(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                           struct tcp_outcome *o)
{
    if (!(s->flags & TCP_ACK)) return tcp_drop(o, BONNET_R_ACK_MISSING);
    if (c->state == BONNET_SYN_RECEIVED && check_ack_syn_received(c, e, s, o) != TCP_NEXT)
        return TCP_DONE;
    if (check_range(c, e, s, o) != TCP_NEXT) return TCP_DONE;
    take_timestamp(c, s);
    c->ack_in_ms = env_ms(e);
    c->keep_probes = 0;
    if (seq_lt(s->ack, c->snd.una)) return TCP_NEXT; /* old: only its text counts */
    take_acknowledgment(c, e, s, o);
    if (c->fin_sent && c->sent.n == 0) on_fin_acked(c, e, o);
    bool over = c->state == BONNET_CLOSED || c->state == BONNET_TIME_WAIT;
    return over ? TCP_DONE : TCP_NEXT;
}
