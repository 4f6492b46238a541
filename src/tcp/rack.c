/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RACK-TLP (RFC 8985): loss told by time instead of by counting.
 *
 * RACK: a segment is lost if one sent later has arrived and the time that reordering may take has
 * passed since. TLP: when the tail of a flight goes unanswered for two round trips, one segment is
 * sent to draw an answer out, so that RACK has something to judge by before the timeout does. Both
 * need a peer that sends SACKs; for others loss.c counts duplicates.
 *
 * Decides which records are lost, when to look again, and when to probe. Leaves to loss.c what is
 * done about it, to timers.c the timer, to plan.c the probe itself.
 */
#include "base/minmax.h"
#include "tcp/machine.h"

#define DUPLICATES      3u
#define PERSIST         16 /* recoveries that a wider window outlives its last D-SACK */
#define MULT_MAX        64u
#define DELAYED_ACK     (200 * BONNET_MS) /* the peer may hold a single segment's ACK so long */
#define TIMEOUT_UNKNOWN (1 * BONNET_S)

static bool is_after(bonnet_time a_at, tcp_seq a_end, bonnet_time b_at, tcp_seq b_end)
{
    return a_at > b_at || (a_at == b_at && seq_gt(a_end, b_end));
}

/* May it be the first transmission that was delivered, and not the last (RFC 8985 6.2 step 2)? */
static bool is_ambiguous(const struct tcp_conn *c, const struct rack_ack *a,
                         const struct sent_record *r)
{
    if (!(r->flags & SENT_RETRANSMITTED)) return false;
    uint32_t ts = (uint32_t)(r->sent_at / BONNET_MS) + c->ts.offset;
    if (a->has_ecr && (int32_t)(a->ecr - ts) < 0) return true;
    return a->now - r->sent_at < c->rtt.min_us * BONNET_US;
}

void rack_on_delivered(struct tcp_conn *c, const struct rack_ack *a, const struct sent_record *r,
                       tcp_seq to)
{
    struct flight *f = c->sent.flight;
    if (!f->rack.is_set || seq_gt(to, f->rack.fack))
        f->rack.fack = to;
    else if (!(r->flags & SENT_RETRANSMITTED))
        c->reordering_seen = true; /* step 3 */
    if (is_ambiguous(c, a, r)) return;
    if (f->rack.is_set && !is_after(r->sent_at, to, f->rack.xmit_ts, f->rack.end_seq)) return;
    f->rack.is_set = true;
    f->rack.xmit_ts = r->sent_at;
    f->rack.end_seq = to;
    f->rack.rtt_us = (uint32_t)((a->now - r->sent_at) / BONNET_US);
}

/* Before the records are forgotten: what an acknowledgment delivered that no SACK had. */
void rack_take_acked(struct tcp_conn *c, const struct rack_ack *a, tcp_seq ack)
{
    for (uint32_t i = 0; i < c->sent.n; i++) {
        const struct sent_record *r = sent_at(&c->sent, i);
        if (seq_ge(r->from, ack)) return;
        if (!(r->flags & SENT_SACKED)) rack_on_delivered(c, a, r, seq_min(r->to, ack));
    }
}

void rack_on_dsack(struct tcp_conn *c)
{
    struct flight *f = c->sent.flight;
    if (f->rack.in_dsack_round && seq_lt(c->snd.una, f->rack.dsack_round)) return;
    f->rack.in_dsack_round = true;
    f->rack.dsack_round = c->snd.nxt;
    c->reorder_persist = PERSIST;
    if (c->reorder_mult < MULT_MAX) c->reorder_mult++;
}

void rack_on_recovery_ended(struct tcp_conn *c)
{
    if (c->reorder_persist > 0 && --c->reorder_persist == 0) c->reorder_mult = 0;
}

/* So many segments SACKed that waiting for reordering makes no sense any more? */
static bool duplicates_suffice(const struct tcp_conn *c)
{
    uint32_t segments = 0, mss = c->snd.mss;
    if (c->sent.sacked >= DUPLICATES * mss) return true;
    for (uint32_t i = 0; i < c->sent.n && segments < DUPLICATES; i++) {
        const struct sent_record *r = sent_at(&c->sent, i);
        if (r->flags & SENT_SACKED) segments += (sent_record_len(r) + mss - 1) / mss;
    }
    return segments >= DUPLICATES;
}

/* RFC 8985 6.2 step 4, us. */
static uint32_t reordering_window(const struct tcp_conn *c)
{
    bool hurry = c->recovering || c->rto_recovering || duplicates_suffice(c);
    if (!c->reordering_seen && hurry) return 0;
    uint32_t window = (c->reorder_mult + 1u) * (c->rtt.min_us / 4);
    return smaller(window, c->rtt.srtt8_us / 8);
}

/* Step 5. When the last of those that are overdue but not given up yet will be; BONNET_NEVER: there
 * is none. */
static bonnet_time mark_lost(struct tcp_conn *c, bonnet_time now, bonnet_time patience)
{
    const struct flight *f = c->sent.flight;
    bonnet_time later = BONNET_NEVER;
    for (uint32_t i = 0; i < c->sent.n; i++) {
        struct sent_record *r = sent_at(&c->sent, i);
        if (r->flags & (SENT_SACKED | SENT_LOST)) continue;
        if (!is_after(f->rack.xmit_ts, f->rack.end_seq, r->sent_at, r->to)) continue;
        bonnet_time due = r->sent_at + patience;
        if (due <= now)
            sent_mark_lost(&c->sent, r, BONNET_R_SEND_FAST_RETRANSMIT);
        else if (later == BONNET_NEVER || due > later)
            later = due;
    }
    return later;
}

bonnet_time rack_detect(struct tcp_conn *c, bonnet_time now)
{
    const struct flight *f = c->sent.flight;
    if (c->sent.n == 0 || !f->rack.is_set) return BONNET_NEVER;
    return mark_lost(c, now, (f->rack.rtt_us + reordering_window(c)) * BONNET_US);
}

/* RFC 8985 6.3: after a timeout, the first segment, and whatever is out for longer than a round
 * trip and the reordering window. */
void rack_mark_lost_on_timeout(struct tcp_conn *c, bonnet_time now)
{
    const struct flight *f = c->sent.flight;
    uint32_t rtt = f->rack.is_set ? f->rack.rtt_us : c->rtt.srtt8_us / 8;
    bonnet_time patience = (rtt + reordering_window(c)) * BONNET_US;
    for (uint32_t i = 0; i < c->sent.n; i++) {
        struct sent_record *r = sent_at(&c->sent, i);
        if (i == 0 || r->sent_at + patience <= now) sent_mark_lost(&c->sent, r, BONNET_R_SEND_RTO);
    }
}

/* ---- TLP ---- */

bool rack_may_probe(const struct tcp_conn *c)
{
    if (!(c->agreed & TCP_AGREED_SACK) || c->sent.n == 0 || c->sent.sacked > 0) return false;
    if (c->recovering || c->rto_recovering || c->persisting || c->sent.lost > 0) return false;
    if (c->probe_unproved) return false; /* RFC 8985 7.3: what tells that probes are needless? */
    return c->syn_acked && !c->sent.flight->tlp.is_out;
}

bonnet_time rack_probe_patience(const struct tcp_conn *c)
{
    if (c->rtt.srtt8_us == 0) return TIMEOUT_UNKNOWN;
    bonnet_time patience = c->rtt.srtt8_us / 4 * BONNET_US;
    bool alone = seq_span(c->snd.nxt, c->snd.una) <= c->snd.mss;
    return patience + (alone ? DELAYED_ACK : 2 * BONNET_MS);
}

void rack_on_probe_sent(struct tcp_conn *c, const struct env *e, bool is_retrans)
{
    struct flight *f = c->sent.flight;
    f->tlp.is_out = true;
    c->probe_unproved = true;
    f->tlp.is_retrans = is_retrans;
    f->tlp.end_seq = c->snd.nxt;
    f->tlp.ts = conn_ts_now(c, e);
}

/* RFC 8985 7.4.2. An acknowledgment of just the tail does not say which copy it is for, unless its
 * timestamp does. */
bool rack_probe_repaired(struct tcp_conn *c, const struct rack_ack *a, tcp_seq ack, bool is_news)
{
    struct flight *f = c->sent.flight;
    if (seq_lt(ack, f->tlp.end_seq)) return false;
    bool of_the_probe = a->has_ecr && (int32_t)(a->ecr - f->tlp.ts) >= 0;
    bool repaired = f->tlp.is_retrans && !a->is_dsack && is_news &&
                    (of_the_probe || seq_gt(ack, f->tlp.end_seq));
    bool undecided = f->tlp.is_retrans && !a->is_dsack && is_news && !repaired;
    if (!undecided) f->tlp.is_out = false;
    return repaired;
}
