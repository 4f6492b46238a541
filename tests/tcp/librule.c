/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the RFCs leave a choice, or bonnet deviates, the line says CHOICE.
 */
#include "librule.h"

static struct rule_outcome stays(const struct rule_conn *c, enum rule_reply reply)
{
    return (struct rule_outcome){.reply = reply, .state = c->state, .una = c->una, .rcv = c->rcv};
}

static struct rule_outcome becomes(const struct rule_conn *c, enum bonnet_tcp_state state)
{
    struct rule_outcome r = stays(c, RULE_NOTHING);
    r.state = state;
    return r;
}

static int64_t length(const struct rule_seg *s)
{
    return s->len + s->syn + s->fin;
}

/* <SEQ=SEG.ACK><CTL=RST>, or <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. */
static struct rule_outcome reset(const struct rule_conn *c, const struct rule_seg *s)
{
    struct rule_outcome r = stays(c, s->ack ? RULE_RST : RULE_RST_ACK);
    if (s->ack)
        r.reply_seq = s->ackno;
    else
        r.reply_ack = s->seq + length(s);
    return r;
}

/* 3.10.7.1 */
static struct rule_outcome in_closed(const struct rule_conn *c, const struct rule_seg *s)
{
    return s->rst ? stays(c, RULE_NOTHING) : reset(c, s);
}

/* 3.10.7.2 */
static struct rule_outcome in_listen(const struct rule_conn *c, const struct rule_seg *s)
{
    if (s->rst) return stays(c, RULE_NOTHING);
    if (s->ack) return reset(c, s);
    if (!s->syn) return stays(c, RULE_NOTHING);
    if (s->fin) return stays(c, RULE_NOTHING); /* CHOICE: no connection begins with its end */
    struct rule_outcome r = becomes(c, BONNET_SYN_RECEIVED);
    r.reply = RULE_SYN_ACK;
    return r;
}

/* Sixth to eighth: text and FIN that follow number `from`, in a state that may take text. */
static void take(struct rule_outcome *r, const struct rule_conn *c, const struct rule_seg *s,
                 int64_t from)
{
    int64_t end = from + s->len;
    if (length(s) == s->syn) return;
    r->reply = RULE_ACK;
    if (from > r->rcv) return; /* held for later */
    if (end > r->rcv) r->rcv = end < c->edge ? end : c->edge;
    if (!s->fin || end != r->rcv) return;
    r->rcv++;
    if (r->state == BONNET_ESTABLISHED)
        r->state = BONNET_CLOSE_WAIT;
    else if (r->state == BONNET_FIN_WAIT_1)
        r->state = BONNET_CLOSING;
    else if (r->state == BONNET_FIN_WAIT_2)
        r->state = BONNET_TIME_WAIT;
}

/* 3.10.7.3. CHOICE: text and FIN of a SYN without ACK are left to be sent again. */
static struct rule_outcome in_syn_sent(const struct rule_conn *c, const struct rule_seg *s)
{
    bool acceptable = s->ackno > c->una && s->ackno <= c->nxt;
    if (s->ack && !acceptable) return s->rst ? stays(c, RULE_NOTHING) : reset(c, s);
    if (s->rst) return s->ack ? becomes(c, BONNET_CLOSED) : stays(c, RULE_NOTHING);
    if (!s->syn) return stays(c, RULE_NOTHING);
    struct rule_outcome r = becomes(c, s->ack ? BONNET_ESTABLISHED : BONNET_SYN_RECEIVED);
    r.rcv = s->seq + 1;
    r.reply = s->ack ? RULE_ACK : RULE_SYN_ACK;
    if (!s->ack) return r;
    r.una = s->ackno;
    const struct rule_conn open = {.edge = r.rcv + (c->edge - c->rcv)};
    take(&r, &open, s, r.rcv);
    return r;
}

static bool in_window(const struct rule_conn *c, int64_t number)
{
    return number >= c->rcv && number < c->edge;
}

/* 3.10.7.4, first: the four cases. CHOICE: what stands at RCV.NXT goes on to the other steps though
 * the window is closed: "special allowance should be made to accept valid ACKs, URGs, and RSTs". */
static bool is_acceptable(const struct rule_conn *c, const struct rule_seg *s)
{
    int64_t n = length(s);
    if (c->edge == c->rcv || n == 0) {
        if (s->seq == c->rcv) return true;
    }
    return in_window(c, s->seq) || (n > 0 && in_window(c, s->seq + n - 1));
}

/* Second: RFC 5961 3.2. */
static struct rule_outcome on_reset(const struct rule_conn *c, const struct rule_seg *s)
{
    if (c->state == BONNET_TIME_WAIT) return stays(c, RULE_NOTHING); /* CHOICE: RFC 1337 */
    if (s->seq == c->rcv) {
        bool back = c->state == BONNET_SYN_RECEIVED && c->passive;
        return becomes(c, back ? BONNET_LISTEN : BONNET_CLOSED);
    }
    return stays(c, in_window(c, s->seq) ? RULE_ACK : RULE_NOTHING);
}

/* Fourth: RFC 5961 4.2; RFC 6191 for TIME-WAIT, without timestamps. CHOICE: in SYN-RECEIVED the
 * SYN that it came from is no other SYN. */
static struct rule_outcome on_syn(const struct rule_conn *c, const struct rule_seg *s)
{
    if (c->state == BONNET_TIME_WAIT && !s->ack && s->seq >= c->rcv)
        return becomes(c, BONNET_LISTEN);
    bool again = c->state == BONNET_SYN_RECEIVED && s->seq == c->irs && !s->ack;
    return stays(c, again ? RULE_SYN_ACK : RULE_ACK);
}

/* Fifth, for our FIN, the last number before SND.NXT. */
static void on_fin_acked(struct rule_outcome *r)
{
    if (r->state == BONNET_FIN_WAIT_1)
        r->state = BONNET_FIN_WAIT_2;
    else if (r->state == BONNET_CLOSING)
        r->state = BONNET_TIME_WAIT;
    else if (r->state == BONNET_LAST_ACK)
        r->state = BONNET_CLOSED;
}

static bool may_take_text(enum bonnet_tcp_state state)
{
    return state == BONNET_ESTABLISHED || state == BONNET_FIN_WAIT_1 || state == BONNET_FIN_WAIT_2;
}

/* Fifth to eighth. CHOICE: text and FIN after the peer's FIN are ignored, and answered. */
static struct rule_outcome on_ack(const struct rule_conn *c, const struct rule_seg *s)
{
    struct rule_outcome r = stays(c, RULE_NOTHING);
    if (c->state == BONNET_SYN_RECEIVED) {
        if (s->ackno <= c->una || s->ackno > c->nxt) return reset(c, s);
        r.state = BONNET_ESTABLISHED;
    }
    if (s->ackno > c->nxt || s->ackno < c->una - c->max_wnd) return stays(c, RULE_ACK);
    if (s->ackno > r.una) r.una = s->ackno;
    if (s->ackno == c->nxt) on_fin_acked(&r);
    if (r.state == BONNET_CLOSED) return r;
    if (r.state == BONNET_TIME_WAIT && c->state != BONNET_TIME_WAIT)
        return r; /* CHOICE: as above */
    if (may_take_text(r.state))
        take(&r, c, s, s->seq + s->syn);
    else if (length(s) > 0)
        r.reply = RULE_ACK;
    return r;
}

/* 3.10.7.4. CHOICE: TIME-WAIT leaves unanswered what takes no number and is not old, so that two of
 * them are silent, and what has no ACK. */
static struct rule_outcome in_others(const struct rule_conn *c, const struct rule_seg *s)
{
    if (s->rst) return on_reset(c, s);
    bool crossing = c->state == BONNET_SYN_RECEIVED && !c->passive && s->seq == c->irs && s->ack;
    if (s->syn && !crossing) return on_syn(c, s);
    bool idle = length(s) == 0 && s->seq >= c->rcv;
    if (c->state == BONNET_TIME_WAIT && (idle || !s->ack)) return stays(c, RULE_NOTHING);
    if (!s->syn && !is_acceptable(c, s)) return stays(c, RULE_ACK);
    return s->ack ? on_ack(c, s) : stays(c, RULE_NOTHING);
}

struct rule_outcome rule_segment_arrives(const struct rule_conn *c, const struct rule_seg *s)
{
    if (c->state == BONNET_CLOSED) return in_closed(c, s);
    if (c->state == BONNET_LISTEN) return in_listen(c, s);
    if (c->state == BONNET_SYN_SENT) return in_syn_sent(c, s);
    return in_others(c, s);
}
