/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receiver: text goes to its place in the ring, in order or beyond a gap, and acknowledgments
 * are owed for it - at once, or a little later.
 *
 * It never takes back what it offered: RCV.EDGE only grows (RFC 9293 SHLD-14), and what was SACKed
 * is never dropped. The window is offered in steps worth having (RFC 9293 3.8.6.2.2). ACKs are
 * decided when a burst has been taken in, not per segment: what is owed is a note that plan.c reads
 * (RFC 9293 MUST-59). RFC 5681 4.2, RFC 2018, RFC 2883, RFC 6093.
 */
#include "base/env.h"
#include "tcp/machine.h"

#define DELAYED_ACK           (40 * BONNET_MS)
#define CHALLENGE_INTERVAL_MS 500

void recv_owe_ack(struct tcp_conn *c, enum bonnet_reason why)
{
    if (!c->owe) c->owe = (uint8_t)why;
}

void recv_owe_challenge(struct tcp_conn *c, struct env *e, enum bonnet_reason why)
{
    uint16_t now = (uint16_t)(env_ms(e) | 1); /* 0 means never */
    bool first = c->challenge_ms == 0;
    bool recent = !first && (uint16_t)(now - c->challenge_ms) < CHALLENGE_INTERVAL_MS;
    if (recent || !env_may_challenge(e)) {
        env_count(e, BONNET_MIB_TcpExtTCPACKSkippedChallenge);
        env_reason(e, BONNET_R_CHALLENGE_LIMIT);
        return;
    }
    c->challenge_ms = now;
    if (why == BONNET_R_SEND_CHALLENGE_ACK) env_count(e, BONNET_MIB_TcpExtTCPChallengeACK);
    recv_owe_ack(c, why);
}

/* In line (RFC 6093): the mark is remembered, the text stays where it is. The pointer only moves
 * on. */
void take_urgent(struct tcp_conn *c, const struct tcp_seg *s, struct tcp_outcome *o)
{
    if (!(s->flags & TCP_URG) || s->urg == 0 || c->fin_received) return;
    tcp_seq up = seq_add(s->seq, s->urg);
    if (seq_le(up, c->rcv.nxt) || (c->urgent && seq_le(up, c->rcv.up))) return;
    c->rcv.up = up;
    c->urgent = true;
    o->events |= TCP_EV_READABLE;
}

static void note_duplicate(struct tcp_conn *c, tcp_seq from, tcp_seq to)
{
    if (!(c->agreed & TCP_AGREED_SACK) || seq_ge(from, to)) return;
    c->rcv.dsack_from = from;
    c->rcv.dsack_to = to;
}

/* What "full-sized" means follows the largest segment seen. */
static void learn_segment_size(struct tcp_conn *c, const struct tcp_seg *s)
{
    uint32_t len = s->gso_size ? s->gso_size : s->len;
    if (len > c->rcv.mss) c->rcv.mss = (uint16_t)(len < c->path_mtu ? len : c->path_mtu);
}

/* RFC 5681 4.2: at least every second full segment, the first ones of a connection each. */
static bool is_quick(const struct tcp_conn *c)
{
    return c->quickack || (c->rcv.quick > 0 && !c->interactive);
}

static void acknowledge_in_order(struct tcp_conn *c, const struct env *e)
{
    uint32_t waiting = seq_span(c->rcv.nxt, c->rcv.acked);
    bool quick = is_quick(c);
    if (c->rcv.quick > 0) c->rcv.quick--;
    if (waiting >= 2u * c->rcv.mss || quick)
        recv_owe_ack(c, BONNET_R_SEND_ACK_NOW);
    else if (c->ack_at == BONNET_NEVER)
        c->ack_at = e->now + DELAYED_ACK;
}

/* RCV.NXT has reached text that came early: it is in order now. */
static void join_out_of_order(struct tcp_conn *c, struct env *e)
{
    const struct range *r = ranges_at(&c->ooo, c->rcv.nxt.v);
    if (r) {
        uint32_t n = r->to - c->rcv.nxt.v;
        ring_extend(&c->in, n);
        c->rcv.nxt = seq_add(c->rcv.nxt, n);
        c->bytes_received += n;
        env_count(e, BONNET_MIB_TcpExtTCPOFOMerge);
    }
    ranges_cut(&c->ooo, e, c->rcv.nxt.v);
}

/* The first overlap of [from, to) with what came before it was due, for D-SACK. */
static void note_known(struct tcp_conn *c, tcp_seq from, tcp_seq to)
{
    bool old_part_is_told = !seq_eq(c->rcv.dsack_from, from) && seq_eq(c->rcv.dsack_to, from);
    for (uint32_t i = 0; i < c->ooo.n && !old_part_is_told; i++) {
        tcp_seq first = seq(c->ooo.r[i].from), end = seq(c->ooo.r[i].to);
        if (seq_le(end, from) || seq_ge(first, to)) continue;
        note_duplicate(c, seq_max(first, from), seq_min(end, to));
        return;
    }
}

/* Writes the pieces of s that are not here yet: the first copy of a byte stays. */
static int write_missing(struct tcp_conn *c, struct env *e, const struct tcp_seg *s)
{
    tcp_seq at = s->seq, end = seq_add(s->seq, s->len);
    for (uint32_t i = 0; i <= c->ooo.n && seq_lt(at, end); i++) {
        bool last = i == c->ooo.n;
        tcp_seq stop = last ? end : seq_min(end, seq(c->ooo.r[i].from));
        if (seq_lt(at, stop)) {
            uint32_t place = c->in.len + seq_span(at, c->rcv.nxt);
            const uint8_t *text = s->text + seq_span(at, s->seq);
            if (ring_write_at(&c->in, e, place, text, seq_span(stop, at)) < 0) return -1;
        }
        if (!last) at = seq_max(at, seq(c->ooo.r[i].to));
    }
    return 0;
}

/* Bytes taken. What came before it was due is not written over. */
static uint32_t put_in_order(struct tcp_conn *c, struct env *e, const struct tcp_seg *s)
{
    if (c->ooo.n == 0) return ring_append(&c->in, e, s->text, s->len);
    note_known(c, s->seq, seq_add(s->seq, s->len));
    if (write_missing(c, e, s) < 0) return 0;
    ring_extend(&c->in, s->len);
    return s->len;
}

static enum tcp_verdict take_in_order(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                                      struct tcp_outcome *o)
{
    uint32_t n = put_in_order(c, e, s);
    if (n < s->len) {
        env_count(e, BONNET_MIB_TcpExtTCPRcvCollapsed);
        recv_owe_ack(c, BONNET_R_SEND_ACK_NOW);
    }
    if (n == 0) return tcp_drop(o, BONNET_R_MEMORY);
    c->rcv.nxt = seq_add(c->rcv.nxt, n);
    c->bytes_received += n;
    o->events |= TCP_EV_READABLE;
    if (c->ooo.n > 0) {
        join_out_of_order(c, e);
        recv_owe_ack(c, BONNET_R_SEND_ACK_NOW);
    }
    if (n < s->len) return tcp_drop(o, BONNET_R_MEMORY);
    acknowledge_in_order(c, e);
    return TCP_NEXT;
}

static enum tcp_verdict take_out_of_order(struct tcp_conn *c, struct env *e,
                                          const struct tcp_seg *s, struct tcp_outcome *o)
{
    const struct range x = {s->seq.v, s->seq.v + s->len};
    recv_owe_ack(c, BONNET_R_SEND_ACK_DUP);
    note_known(c, s->seq, seq(x.to));
    c->rcv.sack_recent = s->seq;
    if (ranges_covers(&c->ooo, x))
        return s->flags & TCP_FIN ? TCP_NEXT : tcp_drop(o, BONNET_R_SEQ_OLD);
    if (write_missing(c, e, s) < 0 ||
        ranges_add(&c->ooo, e, x, (uint16_t)e->limits.ooo_ranges_max, NULL) < 0) {
        env_count(e, BONNET_MIB_TcpExtTCPOFODrop);
        return tcp_drop(o, BONNET_R_TEXT_REFUSED_MEMORY);
    }
    env_count(e, BONNET_MIB_TcpExtTCPOFOQueue);
    return TCP_NEXT;
}

/* Where text must end: at the FIN, if that is here, or at the window's edge. */
static tcp_seq text_limit(const struct tcp_conn *c)
{
    return c->ooo_fin ? c->ooo_fin_at : c->rcv.edge;
}

/* Is all of it new, and welcome? */
static bool fits(const struct tcp_conn *c, const struct tcp_seg *s)
{
    return seq_ge(s->seq, c->rcv.nxt) && seq_le(seq_add(s->seq, s->len), text_limit(c));
}

/* The part of a segment that is new and fits the window, and lies before the FIN, if that is here;
 * its FIN goes with its last byte. */
static struct tcp_seg trim(struct tcp_conn *c, const struct tcp_seg *s)
{
    struct tcp_seg t = *s;
    if (seq_lt(t.seq, c->rcv.nxt)) {
        uint32_t old = seq_span(c->rcv.nxt, t.seq);
        if (old > t.len) old = t.len;
        note_duplicate(c, t.seq, seq_add(t.seq, old));
        t.seq = seq_add(t.seq, old);
        t.text += old;
        t.len -= old;
    }
    int32_t room = seq_diff(text_limit(c), t.seq);
    if (room < 0) room = 0;
    if (t.len > (uint32_t)room) {
        t.len = (uint32_t)room;
        t.flags &= (uint16_t)~TCP_FIN;
    }
    return t;
}

static bool may_take_text(const struct tcp_conn *c)
{
    return c->state == BONNET_ESTABLISHED || c->state == BONNET_FIN_WAIT_1 ||
           c->state == BONNET_FIN_WAIT_2;
}

/* No text of it is left; its FIN may be news. */
static enum tcp_verdict take_nothing(struct tcp_conn *c, const struct tcp_seg *s,
                                     struct tcp_outcome *o)
{
    recv_owe_ack(c, BONNET_R_SEND_ACK_DUP);
    if (c->ooo_fin && seq_ge(s->seq, c->ooo_fin_at)) return tcp_drop(o, BONNET_R_TEXT_AFTER_FIN);
    if (seq_ge(s->seq, c->rcv.nxt)) return tcp_drop(o, BONNET_R_SEQ_ZERO_WINDOW);
    return s->flags & TCP_FIN ? TCP_NEXT : tcp_drop(o, BONNET_R_SEQ_OLD);
}

/* Seventh, process the segment text. */
enum tcp_verdict take_text(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                           struct tcp_outcome *o)
{
    if (s->len == 0) return TCP_NEXT;
    if (!may_take_text(c)) { /* RFC 9293 3.10.7.4: after the peer's FIN there is no text */
        recv_owe_ack(c, BONNET_R_SEND_ACK_DUP);
        return tcp_drop(o, BONNET_R_TEXT_AFTER_FIN);
    }
    c->data_segs_in += tcp_segments_in(s);
    c->data_in_ms = env_ms(e);
    struct tcp_seg part;
    const struct tcp_seg *t = s;
    if (!fits(c, s)) {
        part = trim(c, s);
        t = &part;
    }
    if (t->len == 0) return take_nothing(c, s, o);
    if (c->orphan) {
        env_count(e, BONNET_MIB_TcpExtTCPAbortOnData);
        tcp_abort(c, e, BONNET_R_ORPHAN_TEXT, 0, o);
        return TCP_DONE;
    }
    learn_segment_size(c, s);
    if (c->agreed & TCP_AGREED_ECN) ecn_on_text(c, s);
    if (seq_eq(t->seq, c->rcv.nxt)) return take_in_order(c, e, t, o);
    return take_out_of_order(c, e, t, o);
}

/* A program that has been served closes soon, and its FIN carries the acknowledgment: as on Linux,
 * that may wait for it where text came before, but not at the beginning, when all is acknowledged
 * at once, nor if more than a segment waits already. */
static void acknowledge_fin(struct tcp_conn *c, const struct env *e)
{
    bool may_wait = c->state == BONNET_ESTABLISHED && c->bytes_received > 0 && !is_quick(c) &&
                    seq_span(c->rcv.nxt, c->rcv.acked) <= c->rcv.mss;
    if (!may_wait)
        recv_owe_ack(c, BONNET_R_SEND_ACK_NOW);
    else if (c->ack_at == BONNET_NEVER)
        c->ack_at = e->now + DELAYED_ACK;
}

/* The peer will send no more; text beyond its FIN contradicts itself and is forgotten, as on Linux,
 * and what came twice is of no interest any more. */
static void on_fin(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    c->rcv.nxt = seq_add(c->rcv.nxt, 1);
    c->rcv.edge = seq_max(c->rcv.edge, c->rcv.nxt);
    c->fin_received = true;
    c->ooo_fin = false;
    ranges_clear(&c->ooo, e);
    c->rcv.dsack_to = c->rcv.dsack_from;
    acknowledge_fin(c, e);
    o->events |= TCP_EV_READABLE;
    if (c->state == BONNET_ESTABLISHED) {
        tcp_set_state(c, e, BONNET_CLOSE_WAIT);
    } else if (c->state == BONNET_FIN_WAIT_1) { /* our FIN is not acknowledged: ack.c came first */
        tcp_set_state(c, e, BONNET_CLOSING);
    } else if (c->state == BONNET_FIN_WAIT_2) {
        tcp_set_state(c, e, BONNET_TIME_WAIT);
        o->events |= TCP_EV_TIME_WAIT;
    }
}

/* May a FIN at this place, beyond a gap, wait there? Not inside of text that is here. */
static bool may_wait(const struct tcp_conn *c, tcp_seq at)
{
    bool inside = c->ooo.n > 0 && seq_gt(seq(c->ooo.r[c->ooo.n - 1].to), at);
    return seq_gt(at, c->rcv.nxt) && seq_lt(at, c->rcv.edge) && !c->ooo_fin && !inside;
}

/* Eighth, check the FIN bit. */
enum tcp_verdict take_fin(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                          struct tcp_outcome *o)
{
    tcp_seq at = seq_add(s->seq, s->len);
    if (s->flags & TCP_FIN) {
        if (c->fin_received) { /* again: our ACK was lost */
            recv_owe_ack(c, BONNET_R_SEND_ACK_DUP);
            return TCP_NEXT;
        }
        if (may_wait(c, at)) {
            c->ooo_fin = true;
            c->ooo_fin_at = at;
            recv_owe_ack(c, BONNET_R_SEND_ACK_DUP);
        }
        if (seq_eq(at, c->rcv.nxt)) on_fin(c, e, o);
    }
    if (c->ooo_fin && seq_eq(c->ooo_fin_at, c->rcv.nxt)) on_fin(c, e, o);
    return TCP_NEXT;
}
