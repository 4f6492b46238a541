/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What would be sent next, or why nothing is: decided by looking only. Output, deadlines,
 * inspection and tests ask the same function.
 *
 * The order: the handshake, what was lost, new text (with the FIN, when it is the last), a window
 * probe, a keepalive, an acknowledgment that is owed; an ACK rides on whatever goes first. New text
 * is held back by the peer's window, by the congestion window, by silly-window avoidance (RFC
 * 9293 3.8.6.2.1) and by Nagle's algorithm in Minshall's form, as on Linux: a part segment waits
 * only for another part segment.
 */
#include "base/minmax.h"
#include "tcp/machine.h"

uint32_t plan_segment_text(const struct tcp_conn *c)
{
    return c->snd.mss - recv_sack_space(c);
}

/* Bytes of the peer's window beyond SND.NXT. */
static uint32_t window_room(const struct tcp_conn *c)
{
    int32_t room = seq_diff(seq_add(c->snd.una, c->snd.wnd), c->snd.nxt);
    return room > 0 ? (uint32_t)room : 0;
}

/* What has arrived out of order, by SACK or by duplicates, is not in flight: that lets a new
 * segment out for each of the first two duplicates, too (limited transmit, RFC 5681 3.2, RFC 6675
 * 5). */
static uint32_t congestion_room(const struct tcp_conn *c)
{
    uint32_t flight = loss_in_flight(c);
    return c->cc.cwnd > flight ? c->cc.cwnd - flight : 0;
}

/* Full segments out of n bytes, but all of them if n is less than one. */
static uint32_t whole_segments(uint32_t n, uint32_t mss)
{
    return n > mss ? n - n % mss : n;
}

static bool plan_handshake(const struct tcp_conn *c, struct tcp_plan *p)
{
    p->why = BONNET_WHY_HANDSHAKE;
    bool again = c->sent.lost > 0;
    if (c->sent.n > 0 && !again) return false;
    p->what = TCP_SEND_SYN;
    p->seq = c->snd.iss;
    p->record = again ? sent_at(&c->sent, 0) : NULL;
    p->flags = TCP_SYN;
    p->reason = BONNET_R_SEND_SYN;
    if (c->state == BONNET_SYN_RECEIVED) {
        p->flags = TCP_SYN | TCP_ACK;
        p->reason = BONNET_R_SEND_SYN_ACK;
    } else if (again) {
        p->reason = (enum bonnet_reason)p->record->reason;
    }
    return true;
}

/* Flags of text that ends at octet `to`: PSH with the last of what is written (RFC 9293 MUST-61),
 * and, as on Linux, at the end of each super-frame, so that what puts segments together at the peer
 * hands it up. */
static uint16_t flags_until(const struct tcp_conn *c, tcp_seq to, uint32_t len)
{
    bool last = seq_eq(to, conn_text_end(c)) && !c->more;
    bool push = len > 0 && (last || len > plan_segment_text(c));
    return (uint16_t)(TCP_ACK | (push ? TCP_PSH : 0));
}

/* How large a super-frame may be: what goes within a millisecond at twice the present rate, but two
 * segments at least; more on a path that is shorter than a few milliseconds, whose ACKs are soon
 * back. Half of the window at most, so that one part of it clocks the other. Linux has the same
 * measures. */
static uint32_t burst_of(const struct tcp_conn *c, uint32_t most)
{
    uint32_t mss = plan_segment_text(c), srtt = c->rtt.srtt8_us / 8, half = c->cc.cwnd / 2;
    uint32_t shorter = c->rtt.min_us >> 9;
    uint64_t n = most;
    if (most <= 2 * mss) return most < mss ? mss : most;
    if (srtt > 0) n = (uint64_t)c->cc.cwnd * 2000 / srtt + (shorter < 32 ? most >> shorter : 0);
    if (n < 2 * mss) n = 2 * mss;
    if (n > half) n = half;
    if (n < mss) n = mss;
    return n < most ? (uint32_t)n : most;
}

/* Text and FIN of a record: how much of it is text. */
static uint32_t record_text(const struct tcp_conn *c, const struct sent_record *r)
{
    tcp_seq end = conn_text_end(c);
    return seq_span(seq_min(r->to, end), seq_min(r->from, end));
}

static bool plan_retransmit(const struct tcp_conn *c, uint32_t burst, struct tcp_plan *p)
{
    struct sent_record *r = sent_first_lost(&c->sent);
    if (!r) return false;
    if (c->snd.wnd == 0) {
        p->why = BONNET_WHY_WINDOW;
        return false;
    }
    uint32_t room = congestion_room(c), mss = plan_segment_text(c), text = record_text(c, r);
    bool oldest = seq_eq(r->from, c->snd.una); /* goes whatever the window says: RFC 5681 3.2 */
    if (!oldest && room < smaller(text, mss)) {
        p->why = BONNET_WHY_CWND;
        return false;
    }
    if (room < mss) room = mss;
    p->what = TCP_SEND_RETRANSMIT;
    p->record = r;
    p->seq = r->from;
    p->len = text;
    if (text > mss) p->len = whole_segments(smaller(text, smaller(burst, room)), mss);
    tcp_seq to = seq_add(p->seq, p->len);
    bool fin = p->len == text && seq_gt(r->to, to);
    p->flags = flags_until(c, to, p->len) | (fin ? TCP_FIN : 0);
    p->reason = (enum bonnet_reason)r->reason;
    return true;
}

/* May a part segment go now? */
static bool part_may_go(const struct tcp_conn *c)
{
    if (c->nagle_off_once || c->fin_wanted) return true;
    if (c->set.cork || c->more) return false;
    bool part_in_flight = c->sent.n > 0 && seq_gt(c->sent.flight->small, c->snd.una);
    return c->set.nodelay || !part_in_flight;
}

/* How much of the unsent text goes now: n bytes, or 0 with the reason. */
static uint32_t choose_length(const struct tcp_conn *c, uint32_t unsent, uint32_t burst,
                              enum bonnet_why *why)
{
    uint32_t mss = plan_segment_text(c);
    uint32_t wnd = window_room(c), cwnd = congestion_room(c);
    uint32_t n = smaller(unsent, wnd);
    *why = n < unsent ? BONNET_WHY_WINDOW : BONNET_WHY_APP;
    if (n == 0) return 0;
    if (cwnd < smaller(n, mss)) {
        *why = BONNET_WHY_CWND;
        return 0;
    }
    if (n < unsent && n < mss && n < c->snd.max_wnd / 2) {
        *why = BONNET_WHY_SWS;
        return 0;
    }
    bool to_the_end = n == unsent;
    n = smaller(n, cwnd);
    n = smaller(n, burst);
    if (to_the_end && n == unsent && part_may_go(c)) return n;
    if (n < mss) {
        bool window_bound = !to_the_end;
        if (window_bound) return n;
        *why = n < unsent ? BONNET_WHY_CWND : BONNET_WHY_NAGLE;
        return 0;
    }
    if (n == unsent && n % mss) *why = BONNET_WHY_NAGLE;
    return whole_segments(n, mss);
}

static bool plan_text(const struct tcp_conn *c, uint32_t burst, struct tcp_plan *p)
{
    if (c->fin_sent) {
        p->why = BONNET_WHY_NOTHING_LEFT;
        return false;
    }
    uint32_t unsent = seq_span(conn_text_end(c), c->snd.nxt);
    uint32_t n = unsent ? choose_length(c, unsent, burst, &p->why) : 0;
    bool fin = c->fin_wanted && n == unsent;
    if (fin && window_room(c) <= n) { /* the FIN has a sequence number, too */
        fin = false;
        p->why = BONNET_WHY_WINDOW;
    }
    if (n == 0 && !fin) return false;
    p->what = TCP_SEND_TEXT;
    p->seq = c->snd.nxt;
    p->len = n;
    p->flags = flags_until(c, seq_add(p->seq, n), n) | (fin ? TCP_FIN : 0);
    p->reason = n > 0 ? BONNET_R_SEND_DATA : BONNET_R_SEND_FIN;
    return true;
}

/* RFC 8985 7.3: one segment of new text, whatever the congestion window says, or else the last one
 * again. */
static bool plan_tail_probe(const struct tcp_conn *c, struct tcp_plan *p)
{
    if (!c->tail_probe_due || !rack_may_probe(c) || c->snd.wnd == 0) return false;
    uint32_t mss = plan_segment_text(c);
    uint32_t unsent = c->fin_sent ? 0 : seq_span(conn_text_end(c), c->snd.nxt);
    uint32_t n = smaller(smaller(unsent, mss), window_room(c));
    struct sent_record *r = sent_at(&c->sent, c->sent.n - 1u);
    bool fin = n == 0 && seq_gt(r->to, conn_text_end(c));
    uint32_t len = n > 0 ? n : smaller(record_text(c, r), mss);
    tcp_seq from = n > 0 ? c->snd.nxt : seq_sub(fin ? seq_sub(r->to, 1) : r->to, len);
    bool in_window = seq_lt(from, seq_add(c->snd.una, c->snd.wnd)) || seq_eq(from, c->snd.una);
    if (!in_window) return false;
    p->what = n > 0 ? TCP_SEND_TEXT : TCP_SEND_RETRANSMIT;
    p->reason = BONNET_R_SEND_TAIL_PROBE;
    p->record = n > 0 ? NULL : r;
    p->seq = from;
    p->len = len;
    p->flags = flags_until(c, seq_add(p->seq, p->len), p->len) | (fin ? TCP_FIN : 0);
    return true;
}

/* One octet at SND.UNA, or what little window there is (the override of RFC 9293 3.8.6.2.1). */
static bool plan_probe(const struct tcp_conn *c, struct tcp_plan *p)
{
    uint32_t text = c->out.len;
    bool bare_fin = text == 0 && c->fin_wanted;
    if (!c->probe_due || (text == 0 && !bare_fin)) return false;
    uint32_t n = smaller(text, smaller(c->snd.wnd, plan_segment_text(c)));
    if (n == 0 && text > 0) n = 1;
    p->what = TCP_SEND_PROBE;
    p->seq = conn_text_begin(c);
    p->len = n;
    p->flags = flags_until(c, seq_add(p->seq, n), n);
    if (c->fin_wanted && n == text) p->flags |= TCP_FIN;
    p->reason = c->snd.wnd == 0 ? BONNET_R_SEND_WINDOW_PROBE : BONNET_R_SEND_SWS_OVERRIDE;
    return true;
}

static bool plan_keepalive(const struct tcp_conn *c, struct tcp_plan *p)
{
    if (!c->keep_due) return false;
    p->what = TCP_SEND_KEEPALIVE;
    p->seq = seq_sub(c->snd.una, 1);
    p->flags = TCP_ACK;
    p->reason = BONNET_R_SEND_KEEPALIVE;
    return true;
}

/* SND.NXT, unless an octet that probes a closed window stands before it: the peer does not receive
 * that one, and would not look at an ACK that is numbered behind it. Two that have closed their
 * windows to each other could never say that they have opened them. */
static tcp_seq ack_seq(const struct tcp_conn *c)
{
    if (!c->persisting) return c->snd.nxt;
    return seq_min(c->snd.nxt, seq_add(c->snd.una, c->snd.wnd));
}

static bool plan_ack(const struct tcp_conn *c, struct tcp_plan *p)
{
    if (!c->owe) return false;
    p->what = TCP_SEND_ACK;
    p->seq = ack_seq(c);
    p->flags = TCP_ACK;
    p->reason = (enum bonnet_reason)c->owe;
    return true;
}

struct tcp_plan tcp_plan(const struct tcp_conn *c, const struct env *e, uint32_t burst)
{
    struct tcp_plan p = {.what = TCP_SEND_NOTHING, .why = BONNET_WHY_NOTHING_LEFT};
    (void)e; /* pacing will want the time */
    if (c->state == BONNET_CLOSED || c->state == BONNET_TIME_WAIT || c->state == BONNET_LISTEN)
        return p;
    if (c->state == BONNET_SYN_SENT || c->state == BONNET_SYN_RECEIVED) {
        if (plan_handshake(c, &p)) return p;
        if (c->state == BONNET_SYN_RECEIVED) (void)plan_ack(c, &p);
        return p;
    }
    p.why = BONNET_WHY_APP;
    burst = burst_of(c, burst);
    if (c->sent.lost > 0 && plan_retransmit(c, burst, &p)) return p;
    if (c->sent.lost == 0 && plan_text(c, burst, &p)) return p;
    if (plan_tail_probe(c, &p)) return p;
    if (plan_probe(c, &p) || plan_keepalive(c, &p)) return p;
    (void)plan_ack(c, &p);
    return p;
}
