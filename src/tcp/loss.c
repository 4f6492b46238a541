/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was lost: SACK and duplicate acknowledgments in, marks on the records and recovery out.
 *
 * The window is never inflated: a segment that has left the network no longer counts as in flight.
 * With SACK the records say so; without it each duplicate acknowledgment stands for one full
 * segment (RFC 5681 3.2, RFC 6582). A record is lost when three segments' worth beyond it have been
 * SACKed (RFC 6675 IsLost), or at the third duplicate. RFC 6582 3.2: partial acknowledgments in
 * NewReno.
 */
#include "tcp/machine.h"

#define DUPLICATES 3u

/* Without SACK: what duplicate acknowledgments say has arrived. */
static uint32_t arrived_by_duplicates(const struct tcp_conn *c)
{
    if (c->agreed & TCP_AGREED_SACK) return 0;
    return (uint32_t)c->snd.dupacks * c->snd.mss;
}

uint32_t loss_in_flight(const struct tcp_conn *c)
{
    uint32_t all = seq_span(c->snd.nxt, c->snd.una);
    uint32_t gone = c->sent.lost + c->sent.sacked + arrived_by_duplicates(c);
    return all > gone ? all - gone : 0;
}

/* Marks [from, to) as SACKed, cutting records at its ends. */
static uint32_t sack_range(struct tcp_conn *c, struct env *e, tcp_seq from, tcp_seq to)
{
    uint32_t before = c->sent.sacked;
    uint32_t i = sent_find(&c->sent, from);
    if (i < c->sent.n && seq_lt(sent_at(&c->sent, i)->from, from)) {
        if (sent_split(&c->sent, e, i, from) < 0) return 0;
        i++;
    }
    for (; i < c->sent.n && seq_lt(sent_at(&c->sent, i)->from, to); i++) {
        if (seq_gt(sent_at(&c->sent, i)->to, to) && sent_split(&c->sent, e, i, to) < 0) break;
        sent_mark_sacked(&c->sent, sent_at(&c->sent, i));
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

void loss_take_sacks(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                     struct ack_sacks *out)
{
    if (!(c->agreed & TCP_AGREED_SACK)) return;
    out->dsack = is_dsack(s);
    if (out->dsack) env_count(e, BONNET_MIB_TcpExtTCPDSACKRecv);
    for (uint32_t i = out->dsack; i < s->sack_n; i++) {
        if (block_is_valid(c, &s->sack[i]))
            out->sacked += sack_range(c, e, s->sack[i].from, s->sack[i].to);
        else
            env_count(e, BONNET_MIB_TcpExtTCPSACKDiscard);
    }
}

/* RFC 6675 IsLost: enough has been SACKed beyond it. A record sent again is not judged by this. */
static void mark_lost_below_sacked(struct tcp_conn *c)
{
    uint32_t beyond = 0;
    for (uint32_t i = c->sent.n; i-- > 0;) {
        struct sent_record *r = sent_at(&c->sent, i);
        if (r->flags & SENT_SACKED)
            beyond += sent_record_len(r);
        else if (beyond >= DUPLICATES * c->snd.mss && !(r->flags & SENT_RETRANSMITTED))
            sent_mark_lost(&c->sent, r, BONNET_R_SEND_FAST_RETRANSMIT);
    }
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

static void begin_recovery(struct tcp_conn *c, struct env *e, const struct tcp_ack_report *a)
{
    c->recovering = true;
    c->snd.recover = c->snd.nxt;
    mark_head_lost(c, e);
    cc_ops(c->set.cc)->on_loss(&c->cc, a, c->snd.mss);
    env_count(e, BONNET_MIB_TcpExtTCPFastRetrans);
}

static void count_duplicate(struct tcp_conn *c, struct env *e, const struct tcp_ack_report *a)
{
    if (c->snd.dupacks < UINT16_MAX) c->snd.dupacks++;
    if (c->recovering || c->rto_recovering) return;
    bool by_sacks = c->sent.sacked >= DUPLICATES * c->snd.mss;
    if (c->snd.dupacks >= DUPLICATES || by_sacks) begin_recovery(c, e, a);
}

/* New data was acknowledged: recovery ends, or goes on with the next hole (RFC 6582 3.2 step 3). */
static void count_new(struct tcp_conn *c, struct env *e, struct tcp_ack_report *a)
{
    uint32_t segments = a->acked > c->snd.mss ? a->acked / c->snd.mss - 1 : 0;
    bool partial = c->recovering && seq_lt(c->snd.una, c->snd.recover);
    if (!partial)
        c->snd.dupacks = 0;
    else /* what it acknowledges had been counted as arrived, but for the one retransmitted */
        c->snd.dupacks -= (uint16_t)(segments < c->snd.dupacks ? segments : c->snd.dupacks);
    if (partial && !(c->agreed & TCP_AGREED_SACK)) mark_head_lost(c, e);
    a->recovery_ended = c->recovering && !partial;
    c->recovering = partial;
    if (seq_ge(c->snd.una, c->snd.recover)) c->rto_recovering = false;
}

void loss_on_ack(struct tcp_conn *c, struct env *e, struct tcp_ack_report *a)
{
    uint32_t lost_before = c->sent.lost;
    if (a->acked > 0) count_new(c, e, a);
    /* RFC 6675 2: with SACK, only news from the peer's queue make a duplicate. */
    bool duplicate = c->agreed & TCP_AGREED_SACK ? a->sacked > 0 : a->duplicate;
    if (a->acked == 0 && duplicate) count_duplicate(c, e, a);
    if (c->recovering && c->sent.sacked) mark_lost_below_sacked(c);
    if (c->sent.lost > lost_before) a->lost = c->sent.lost - lost_before;
    a->in_flight = loss_in_flight(c);
    a->in_recovery = c->recovering;
    cc_ops(c->set.cc)->on_ack(&c->cc, a, c->snd.mss);
}

void loss_on_timeout(struct tcp_conn *c, struct env *e)
{
    bool first = c->snd.retransmits == 1 && !c->rto_recovering;
    uint32_t flight = seq_span(c->snd.nxt, c->snd.una);
    cc_ops(c->set.cc)->on_timeout(&c->cc, flight, c->snd.mss, first);
    /* RFC 2018 8: the peer may have reneged; nothing it SACKed is trusted after a timeout. */
    for (uint32_t i = 0; i < c->sent.n; i++)
        sent_forget_sacked(&c->sent, sent_at(&c->sent, i));
    sent_mark_all_lost(&c->sent, BONNET_R_SEND_RTO);
    c->snd.dupacks = 0;
    c->recovering = false;
    c->rto_recovering = true;
    c->snd.recover = c->snd.nxt;
    env_count(e, BONNET_MIB_TcpExtTCPTimeouts);
}
