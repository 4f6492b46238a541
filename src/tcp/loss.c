/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was lost, and how recovery goes: SACK and duplicate acknowledgments in, marks on the records
 * and a window out.
 *
 * With SACK, rack.c tells what is lost and proportional rate reduction (RFC 9937) how much goes out
 * for what comes in. Without it each duplicate acknowledgment stands for one full segment, the
 * third begins recovery, and partial acknowledgments name the next hole (RFC 5681 3.2, RFC 6582).
 * The window is never inflated: a segment that has left the network no longer counts as in flight.
 */
#include "base/minmax.h"
#include "tcp/machine.h"

#define DUPLICATES 3u

/* Without SACK: what duplicate acknowledgments say has arrived. No more than was in flight when
 * recovery began, or a peer that lies could draw out all it wants (RFC 9937 6.2). */
static uint32_t arrived_by_duplicates(const struct tcp_conn *c)
{
    if ((c->agreed & TCP_AGREED_SACK) || c->sent.n == 0) return 0;
    const struct flight *f = c->sent.flight;
    uint32_t arrived = (uint32_t)f->dupacks * c->snd.mss;
    return c->recovering || c->rto_recovering ? smaller(arrived, f->prr.flight) : arrived;
}

uint32_t loss_in_flight(const struct tcp_conn *c)
{
    uint32_t all = seq_span(c->snd.nxt, c->snd.una);
    uint32_t gone = c->sent.lost + c->sent.sacked + arrived_by_duplicates(c);
    return all > gone ? all - gone : 0;
}

/* Marks [from, to) as SACKed, cutting records at its ends. Bytes newly marked. */
static uint32_t sack_range(struct tcp_conn *c, struct env *e, const struct rack_ack *ra,
                           const struct tcp_sack_block *b)
{
    uint32_t before = c->sent.sacked;
    uint32_t i = sent_find(&c->sent, b->from);
    if (i < c->sent.n && seq_lt(sent_at(&c->sent, i)->from, b->from)) {
        if (sent_split(&c->sent, e, i, b->from) < 0) return 0;
        i++;
    }
    for (; i < c->sent.n && seq_lt(sent_at(&c->sent, i)->from, b->to); i++) {
        if (sent_at(&c->sent, i)->flags & SENT_SACKED) continue;
        if (seq_gt(sent_at(&c->sent, i)->to, b->to) && sent_split(&c->sent, e, i, b->to) < 0) break;
        struct sent_record *r = sent_at(&c->sent, i);
        rack_on_delivered(c, ra, r, r->to);
        sent_mark_sacked(&c->sent, r);
    }
    return c->sent.sacked - before;
}

/* Lies the block within what is in flight (RFC 2018; anything else is a lie or a D-SACK)? */
static bool block_is_valid(const struct tcp_conn *c, const struct tcp_sack_block *b)
{
    return seq_lt(b->from, b->to) && seq_ge(b->from, c->snd.una) && seq_le(b->to, c->snd.nxt);
}

/* RFC 2883 4: the first block is a duplicate if it is acknowledged, or lies inside the second. */
static bool is_dsack(const struct tcp_seg *s)
{
    const struct tcp_sack_block *b = s->sack;
    if (seq_ge(b[0].from, b[0].to)) return false;
    if (seq_le(b[0].to, s->ack)) return true;
    return s->sack_n > 1 && seq_ge(b[0].from, b[1].from) && seq_le(b[0].to, b[1].to);
}

uint32_t loss_take_sacks(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                         struct rack_ack *ra)
{
    uint32_t sacked = 0;
    if (!(c->agreed & TCP_AGREED_SACK)) return 0;
    ra->is_dsack = is_dsack(s);
    if (ra->is_dsack) {
        ra->dsack_bytes = seq_span(s->sack[0].to, s->sack[0].from);
        env_count(e, BONNET_MIB_TcpExtTCPDSACKRecv);
    }
    for (uint32_t i = ra->is_dsack; i < s->sack_n; i++) {
        if (block_is_valid(c, &s->sack[i]))
            sacked += sack_range(c, e, ra, &s->sack[i]);
        else
            env_count(e, BONNET_MIB_TcpExtTCPSACKDiscard);
    }
    return sacked;
}

/* The oldest segment is lost: one segment's worth of the oldest record. */
static void mark_head_lost(struct tcp_conn *c, struct env *e)
{
    if (c->sent.n == 0) return;
    struct sent_record *head = sent_at(&c->sent, 0);
    if (sent_record_len(head) > c->snd.mss)
        (void)sent_split(&c->sent, e, 0, seq_add(head->from, c->snd.mss)); /* else: more again */
    sent_mark_lost(&c->sent, sent_at(&c->sent, 0), BONNET_R_SEND_FAST_RETRANSMIT);
}

static void reduce(struct tcp_conn *c, const struct tcp_ack_report *a)
{
    struct flight *f = c->sent.flight;
    f->prr.delivered = f->prr.out = 0;
    f->prr.flight = a->outstanding;
    cc_ops(c->set.cc)->on_loss(&c->cc, &f->cc, a, c->snd.mss);
    ecn_on_reduced(c);
}

/* A loss in a window that is being reduced for marks is no reason to reduce it again. */
static void begin_recovery(struct tcp_conn *c, struct env *e, const struct tcp_ack_report *a)
{
    struct flight *f = c->sent.flight;
    if (!f->reducing) {
        undo_begin(c);
        reduce(c, a);
    }
    f->reducing = false;
    f->recover = c->snd.nxt;
    c->recovering = true;
    env_count(e, BONNET_MIB_TcpExtTCPFastRetrans);
}

/* What is outstanding when the news comes late may be the tail of the window that it is about. */
static struct tcp_ack_report of_whole_window(const struct tcp_conn *c,
                                             const struct tcp_ack_report *a)
{
    struct tcp_ack_report whole = *a;
    whole.outstanding = larger(a->outstanding, c->cc.cwnd);
    return whole;
}

/* RFC 3168 6.1.2: as for a loss, but for the repair, and what was deserved is not taken back. */
static void take_echo(struct tcp_conn *c, const struct tcp_ack_report *a)
{
    struct flight *f = c->sent.flight;
    const struct tcp_ack_report whole = of_whole_window(c, a);
    uint32_t before = c->cc.cwnd;
    f->undo.is_set = f->undo.has_sent = false;
    if (!ecn_is_news(c)) return;
    reduce(c, &whole);
    c->cc.cwnd = smaller(c->cc.cwnd, before);
    f->recover = c->snd.nxt;
    f->reducing = c->sent.n > 0;
}

/* What was in flight at the mark is acknowledged, and the segment with CWR; or nothing is left. */
static void end_reduction(struct tcp_conn *c, struct tcp_ack_report *a)
{
    struct flight *f = c->sent.flight;
    if (c->sent.n > 0 && seq_le(c->snd.una, f->recover)) return;
    f->reducing = false;
    a->recovery_ended = true;
}

static void count_duplicate(struct tcp_conn *c, struct env *e, const struct tcp_ack_report *a)
{
    struct flight *f = c->sent.flight;
    if (f->dupacks < UINT16_MAX) f->dupacks++;
    if (c->recovering || c->rto_recovering || f->dupacks < DUPLICATES) return;
    mark_head_lost(c, e);
    begin_recovery(c, e, a);
}

/* Without SACK: what an acknowledgment covers had been counted as arrived, but for the segment that
 * was retransmitted. */
static void count_partial(struct tcp_conn *c, struct env *e, const struct tcp_ack_report *a)
{
    struct flight *f = c->sent.flight;
    uint32_t segments = a->acked > c->snd.mss ? a->acked / c->snd.mss - 1 : 0;
    f->dupacks -= (uint16_t)smaller(segments, f->dupacks);
    mark_head_lost(c, e);
}

/* New data was acknowledged: recovery ends, or goes on with the next hole (RFC 6582 3.2 step 3). */
static void count_new(struct tcp_conn *c, struct env *e, struct tcp_ack_report *a)
{
    if (!c->recovering && !c->rto_recovering) {
        c->sent.flight->dupacks = 0;
        if (c->sent.flight->reducing) end_reduction(c, a);
        return;
    }
    bool partial = c->recovering && seq_lt(c->snd.una, c->sent.flight->recover);
    bool sack = c->agreed & TCP_AGREED_SACK;
    if (partial && !sack) count_partial(c, e, a);
    if (!partial) c->sent.flight->dupacks = 0;
    a->recovery_ended = c->recovering && !partial;
    c->recovering = partial;
    if (seq_ge(c->snd.una, c->sent.flight->recover)) c->rto_recovering = false;
    if (sack && !c->recovering && !c->rto_recovering) rack_on_recovery_ended(c);
}

/* Marks by RACK, and recovery if there are any. When to look again. */
static bonnet_time judge_by_time(struct tcp_conn *c, struct env *e, const struct tcp_ack_report *a)
{
    if (!rack_is_awake(c)) return BONNET_NEVER;
    uint32_t before = c->sent.lost;
    bonnet_time doubt = rack_detect(c, e->now);
    bool found = c->sent.lost > before;
    if (found && !c->recovering && !c->rto_recovering) begin_recovery(c, e, a);
    return doubt;
}

/* A tail loss probe has repaired a loss that nobody else saw (RFC 8985 7.4.2). It is the window
 * that lost something, though only its tail is out by now. */
static void count_repaired(struct tcp_conn *c, struct env *e, const struct tcp_ack_report *a)
{
    env_count(e, BONNET_MIB_TcpExtTCPLossProbeRecovery);
    if (c->recovering || c->rto_recovering || c->sent.flight->reducing) return;
    const struct tcp_ack_report whole = of_whole_window(c, a);
    cc_ops(c->set.cc)->on_loss(&c->cc, &c->sent.flight->cc, &whole, c->snd.mss);
    ecn_on_reduced(c);
}

/* RFC 9937: what may go out for what was delivered, in proportion while more is in flight than the
 * threshold, and one for one, or a little more, below it. */
static void reduce_proportionally(struct tcp_conn *c, const struct tcp_ack_report *a)
{
    struct flight *f = c->sent.flight;
    uint32_t threshold = c->cc.ssthresh, pipe = a->in_flight, n;
    bool safe = a->acked > 0 && a->lost == 0;
    f->prr.delivered += a->delivered;
    if (pipe > threshold) {
        uint64_t due = (uint64_t)f->prr.delivered * threshold + f->prr.flight - 1;
        uint64_t all = due / (f->prr.flight ? f->prr.flight : 1);
        n = all > f->prr.out ? (uint32_t)all - f->prr.out : 0;
    } else {
        uint32_t owed = f->prr.delivered > f->prr.out ? f->prr.delivered - f->prr.out : 0;
        n = larger(owed, a->delivered) + (safe ? c->snd.mss : 0);
        n = smaller(n, threshold - pipe);
    }
    if (c->recovering && f->prr.out == 0)
        n = larger(n, c->snd.mss); /* the fast retransmit goes at once */
    c->cc.cwnd = larger(pipe + n, c->snd.mss);
}

bonnet_time loss_on_ack(struct tcp_conn *c, struct env *e, const struct rack_ack *ra,
                        struct tcp_ack_report *a)
{
    uint32_t lost_before = c->sent.lost;
    bonnet_time doubt = BONNET_NEVER;
    bool sack = c->agreed & TCP_AGREED_SACK;
    if (a->acked > 0) count_new(c, e, a);
    if (undo_on_ack(c, e, ra, a->acked > 0)) a->recovery_ended = false; /* there was none */
    if (sack) {
        if (ra->is_dsack) rack_on_dsack(c);
        bool probed = c->sent.flight->tlp.is_out;
        if (probed && rack_probe_repaired(c, ra, c->snd.una, a->acked > 0)) count_repaired(c, e, a);
        doubt = judge_by_time(c, e, a);
    } else if (a->acked == 0 && a->duplicate) {
        count_duplicate(c, e, a);
    }
    if (c->sent.lost > lost_before) a->lost = c->sent.lost - lost_before;
    a->in_flight = loss_in_flight(c);
    if (a->ece) take_echo(c, a);
    bool reducing = c->sent.flight->reducing;
    a->in_recovery = c->recovering || reducing || a->ece;
    cc_ops(c->set.cc)->on_ack(&c->cc, &c->sent.flight->cc, a, c->snd.mss);
    if ((sack && c->recovering) || reducing) reduce_proportionally(c, a);
    return doubt;
}

bonnet_time loss_on_reorder_timer(struct tcp_conn *c, struct env *e)
{
    const struct tcp_ack_report a = {
        .now = e->now,
        .rtt = BONNET_NEVER,
        .outstanding = seq_span(c->snd.nxt, c->snd.una),
    };
    bonnet_time doubt = judge_by_time(c, e, &a);
    if (c->recovering) c->cc.cwnd = larger(c->cc.cwnd, loss_in_flight(c) + c->snd.mss);
    return doubt;
}

void loss_on_sent(struct tcp_conn *c, uint32_t bytes)
{
    if (c->recovering || c->sent.flight->reducing) c->sent.flight->prr.out += bytes;
}

/* RFC 2018 8: a peer that SACKed the oldest octet, and does not acknowledge it, has reneged:
 * nothing that it SACKed is trusted. */
static void distrust_sacks(struct tcp_conn *c)
{
    if (!(sent_at(&c->sent, 0)->flags & SENT_SACKED)) return;
    for (uint32_t i = 0; i < c->sent.n; i++)
        sent_forget_sacked(&c->sent, sent_at(&c->sent, i));
}

void loss_on_timeout(struct tcp_conn *c, struct env *e)
{
    bool first = c->snd.retransmits == 1 && !c->rto_recovering;
    const struct cc_timeout t = {
        .flight = seq_span(c->snd.nxt, c->snd.una),
        .mss = c->snd.mss,
        .is_first = first,
    };
    undo_begin(c);
    cc_ops(c->set.cc)->on_timeout(&c->cc, &c->sent.flight->cc, &t);
    ecn_on_reduced(c);
    distrust_sacks(c);
    if (c->agreed & TCP_AGREED_SACK)
        rack_mark_lost_on_timeout(c, e->now);
    else
        sent_mark_all_lost(&c->sent, BONNET_R_SEND_RTO);
    c->sent.flight->dupacks = 0;
    c->sent.flight->prr.flight = t.flight;
    c->sent.flight->tlp.is_out = c->sent.flight->reducing = false;
    c->sent.flight->recover = c->snd.nxt;
    c->recovering = false;
    c->rto_recovering = true;
    env_count(e, BONNET_MIB_TcpExtTCPTimeouts);
}
