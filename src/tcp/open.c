/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a connection begins: the active open with SYN-SENT (RFC 9293 3.10.7.3), the simultaneous
 * open, and the connection that a half-open one becomes. What the two SYNs agree on is settled here
 * and never changes: window scale, timestamps, SACK (RFC 7323 2.2, 3.2; RFC 2018 2).
 */
#include <errno.h>

#include "tcp/machine.h"
#include "tcp/rtt.h"

#define QUICK_ACKS          16u
#define WINDOW_UNSCALED_MAX 65535u

/* The shift by which the largest receive buffer fits into sixteen bits. */
uint8_t tcp_window_shift(const struct env *e, const struct tcp_settings *set)
{
    uint32_t largest = set->rcvbuf;
    if (!set->rcvbuf_locked && e->limits.rcvbuf_max > largest) largest = e->limits.rcvbuf_max;
    largest = tcp_clamp_window(set, largest);
    uint8_t shift = 0;
    while (shift < TCP_WSCALE_MAX && largest >> shift > WINDOW_UNSCALED_MAX)
        shift++;
    return shift;
}

void tcp_init(struct tcp_conn *c, const struct tcp_settings *set)
{
    *c = (struct tcp_conn){.set = *set, .state = BONNET_CLOSED};
    ring_init(&c->out);
    ring_init(&c->in);
    ranges_init(&c->ooo);
    sent_init(&c->sent);
    rtt_init(c);
    c->rtx_at = c->ack_at = c->keep_at = BONNET_NEVER;
}

static void init(struct tcp_conn *c, const struct env *e, const struct tcp_settings *set,
                 const struct tcp_world *w)
{
    tcp_init(c, set);
    c->path_mtu = w->mtu;
    c->ts.offset = tcp_ts_offset(e, &w->tuple);
    c->rcv.mss = 536;
    c->rcv.quick = QUICK_ACKS;
    c->sent_ms = c->data_in_ms = c->ack_in_ms = env_ms(e);
}

static void begin_numbers(struct tcp_conn *c, tcp_seq iss)
{
    c->snd.iss = c->snd.una = c->snd.nxt = iss;
}

static uint8_t offered(const struct env *e)
{
    uint8_t o = 0;
    if (env_has(e, BONNET_FEATURE_TIMESTAMPS)) o |= TCP_AGREED_TIMESTAMPS;
    if (env_has(e, BONNET_FEATURE_SACK)) o |= TCP_AGREED_SACK;
    if (env_has(e, BONNET_FEATURE_WINDOW_SCALING)) o |= TCP_AGREED_WSCALE;
    if (e->tcp_ecn == BONNET_ECN_ASK) o |= TCP_AGREED_ECN | TCP_AGREED_ECT;
    return o;
}

void tcp_open_active(struct tcp_conn *c, struct env *e, const struct tcp_settings *set,
                     const struct tcp_world *w)
{
    init(c, e, set, w);
    begin_numbers(c, tcp_isn(e, &w->tuple));
    conn_update_mss(c);
    c->rcv.wscale = tcp_window_shift(e, set);
    c->agreed = offered(e);
    tcp_set_state(c, e, BONNET_SYN_SENT);
    env_count(e, BONNET_MIB_TcpActiveOpens);
}

/* The peer's window, SYNs behind us: congestion control begins. */
static void begin_sending(struct tcp_conn *c, const struct tcp_seg *s)
{
    conn_update_mss(c);
    c->snd.wl1 = s->seq;
    c->snd.wl2 = s->ack;
    if (c->snd.wnd > c->snd.max_wnd) c->snd.max_wnd = c->snd.wnd;
    cc_ops(c->set.cc)->init(&c->cc, c->snd.mss);
}

/* What the peer's SYN says, and what of our offer it takes up. */
static void take_syn(struct tcp_conn *c, struct env *e, const struct tcp_seg *s)
{
    c->rcv.irs = s->seq;
    c->rcv.nxt = c->rcv.acked = c->rcv.tune_seq = seq_add(s->seq, 1);
    c->rcv.edge = seq_add(c->rcv.nxt, tcp_syn_window(&c->set));
    c->rcv.tune_at_ms = env_ms(e);
    if (!(s->has & TCP_OPT_TIMESTAMPS)) c->agreed &= (uint8_t)~TCP_AGREED_TIMESTAMPS;
    if (!(s->has & TCP_OPT_SACK_PERMITTED)) c->agreed &= (uint8_t)~TCP_AGREED_SACK;
    if (!(s->has & TCP_OPT_WSCALE)) c->agreed &= (uint8_t)~TCP_AGREED_WSCALE;
    ecn_take_syn(c, s);
    c->snd.wscale = c->agreed & TCP_AGREED_WSCALE ? s->wscale : 0;
    if (!(c->agreed & TCP_AGREED_WSCALE)) c->rcv.wscale = 0;
    c->ts.recent = s->has & TCP_OPT_TIMESTAMPS ? s->ts_val : 0;
    c->snd.peer_mss = s->has & TCP_OPT_MSS ? s->mss : 0;
    c->snd.wnd = s->wnd; /* never scaled in a SYN (RFC 7323 2.2) */
    c->ack_in_ms = env_ms(e);
    begin_sending(c, s);
}

void open_on_established(struct tcp_conn *c, struct env *e, struct tcp_outcome *o)
{
    tcp_set_state(c, e, c->fin_wanted ? BONNET_FIN_WAIT_1 : BONNET_ESTABLISHED);
    c->snd.retransmits = 0;
    c->soft_error = 0;
    timers_on_established(c, e);
    o->events |= TCP_EV_CONNECTED | TCP_EV_WRITABLE;
}

/* First, the ACK bit: does it acknowledge our SYN? */
static enum tcp_verdict check_ack_syn_sent(const struct tcp_conn *c, const struct tcp_seg *s,
                                           struct tcp_outcome *o)
{
    if (!(s->flags & TCP_ACK)) return TCP_NEXT;
    if (seq_gt(s->ack, c->snd.iss) && seq_le(s->ack, c->snd.nxt)) return TCP_NEXT;
    o->answer = tcp_refuse(s, &o->reply);
    return tcp_drop(o, BONNET_R_SYN_SENT_BAD_ACK);
}

/* Second, the RST bit (RFC 5961 3.2: only with an acceptable ACK). Some refuse what they do not
 * know (RFC 3360): those who asked for ECN ask again without. */
static enum tcp_verdict check_rst_syn_sent(struct tcp_conn *c, struct env *e,
                                           const struct tcp_seg *s, struct tcp_outcome *o)
{
    if (!(s->flags & TCP_RST)) return TCP_NEXT;
    if (!(s->flags & TCP_ACK)) return tcp_drop(o, BONNET_R_SYN_SENT_RST_NO_ACK);
    if (ecn_give_up_asking(c)) {
        sent_mark_all_lost(&c->sent, BONNET_R_SEND_SYN_NO_ECN);
        return tcp_drop(o, BONNET_R_SYN_SENT_RST_ECN);
    }
    conn_end(c, e, BONNET_R_CONNECTION_REFUSED, ECONNREFUSED);
    o->events |= TCP_EV_ENDED;
    return tcp_drop(o, BONNET_R_CONNECTION_REFUSED);
}

/* Our SYN is acknowledged: what is left of its record and of the handshake's timer goes. */
static void take_syn_acknowledgment(struct tcp_conn *c, struct env *e, const struct tcp_seg *s)
{
    struct sent_acked acked;
    bool resent = c->snd.retransmits > 0;
    sent_ack(&c->sent, s->ack, &acked);
    sent_settle(&c->sent, e);
    c->snd.una = s->ack;
    c->syn_acked = true;
    if (acked.newest_sent != BONNET_NEVER)
        rtt_on_sample(c, e, e->now - acked.newest_sent);
    else
        c->rtt.rto_us = 3 * RTO_INITIAL_US; /* RFC 6298 5.7 */
    if (resent) c->cc.cwnd = c->snd.mss;    /* RFC 5681 3.1 */
    timers_on_acked(c, e);
}

/* Our offer stands in the SYN we sent; simultaneous: the peer's SYN came before its ACK of ours. */
static void simultaneous(struct tcp_conn *c, struct env *e)
{
    tcp_set_state(c, e, BONNET_SYN_RECEIVED);
    sent_mark_all_lost(&c->sent, BONNET_R_SEND_SYN_ACK); /* our SYN goes again, with an ACK */
}

void open_input_syn_sent(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                         struct tcp_outcome *o)
{
    if (check_ack_syn_sent(c, s, o) != TCP_NEXT) return;
    if (check_rst_syn_sent(c, e, s, o) != TCP_NEXT) return;
    if (!(s->flags & TCP_SYN)) { /* fifth */
        o->reason = BONNET_R_SYN_SENT_NO_SYN;
        return;
    }
    take_syn(c, e, s); /* fourth */
    if (!(s->flags & TCP_ACK)) {
        simultaneous(c, e);
        return;
    }
    take_syn_acknowledgment(c, e, s);
    open_on_established(c, e, o);
    recv_owe_ack(c, BONNET_R_SEND_ACK_NOW);
    if (s->len == 0 && !(s->flags & TCP_FIN)) return;
    const struct tcp_seg rest = tcp_after_syn(s); /* sixth to eighth: text with the SYN-ACK */
    if (take_text(c, e, &rest, o) == TCP_NEXT) (void)take_fin(c, e, &rest, o);
}

/* The SYN that h was made of, as a segment again: for take_syn(). */
static struct tcp_seg syn_of(const struct tcp_half_open *h)
{
    struct tcp_seg s = {.seq = h->irs, .wnd = h->wnd, .mss = h->mss, .wscale = h->wscale};
    s.ack = seq_add(h->iss, 1);
    s.ts_val = h->ts_recent;
    s.has = TCP_OPT_MSS;
    s.flags = TCP_SYN;
    if (h->agreed & TCP_AGREED_ECN) s.flags |= TCP_ECE | TCP_CWR;
    if (h->agreed & TCP_AGREED_TIMESTAMPS) s.has |= TCP_OPT_TIMESTAMPS;
    if (h->agreed & TCP_AGREED_SACK) s.has |= TCP_OPT_SACK_PERMITTED;
    if (h->agreed & TCP_AGREED_WSCALE) s.has |= TCP_OPT_WSCALE;
    return s;
}

void tcp_open_passive(struct tcp_conn *c, struct env *e, const struct tcp_settings *set,
                      const struct tcp_world *w, const struct tcp_half_open *h)
{
    init(c, e, set, w);
    begin_numbers(c, h->iss);
    c->rcv.wscale = tcp_window_shift(e, set);
    c->agreed = TCP_AGREED_TIMESTAMPS | TCP_AGREED_SACK | TCP_AGREED_WSCALE;
    c->agreed |= TCP_AGREED_ECN | TCP_AGREED_ECT;
    const struct tcp_seg syn = syn_of(h);
    take_syn(c, e, &syn);
    c->snd.una = c->snd.nxt = syn.ack;
    c->syn_acked = true;
    c->passive = true;
    if (h->sent > 1) { /* RFC 5681 3.1, RFC 6298 5.7: the handshake lost something */
        c->cc.cwnd = c->snd.mss;
        c->rtt.rto_us = 3 * RTO_INITIAL_US;
    } else if (h->sent == 1) { /* a cookie keeps no time */
        rtt_on_sample(c, e, ((uint32_t)(e->now / BONNET_US) - h->sent_us) * BONNET_US);
    }
    struct tcp_outcome o = {.reason = BONNET_R_NONE};
    c->state = BONNET_SYN_RECEIVED; /* as it was when half-open: no change to tell of */
    open_on_established(c, e, &o);
    env_count(e, BONNET_MIB_TcpPassiveOpens);
}
