/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LISTEN STATE (RFC 9293 3.10.7.2), and SYN-RECEIVED of a passive open by the steps of 3.10.7.4 as
 * far as a half-open connection can take them: it has no text, no FIN and one octet, its SYN, to be
 * acknowledged. RFC 5961 applies as to any connection.
 */
#include "tcp/listen.h"

#include "tcp/conn.h"
#include "tcp/machine.h"

#define MSS_DEFAULT     536
#define SYN_ACK_TIMEOUT BONNET_S
#define TIMEOUT_MAX     (120 * BONNET_S)
#define CHALLENGE_MS    512

enum tcp_listen tcp_listen_input(const struct tcp_seg *s, enum bonnet_reason *reason)
{
    if (s->flags & TCP_RST) {
        *reason = BONNET_R_LISTEN_RST;
        return TCP_LISTEN_DROP;
    }
    if (s->flags & TCP_ACK) {
        *reason = BONNET_R_COOKIE_BAD;
        return s->flags & TCP_SYN ? TCP_LISTEN_RESET : TCP_LISTEN_ACK;
    }
    if (!(s->flags & TCP_SYN)) {
        *reason = BONNET_R_LISTEN_NO_SYN;
        return TCP_LISTEN_DROP;
    }
    if (s->flags & TCP_FIN) { /* no connection begins with its end: a scanner's segment */
        *reason = BONNET_R_LISTEN_BAD_SYN;
        return TCP_LISTEN_DROP;
    }
    *reason = BONNET_R_NONE;
    return TCP_LISTEN_SYN;
}

static uint8_t half_second(const struct env *e)
{
    return (uint8_t)(env_ms(e) / CHALLENGE_MS);
}

void tcp_half_open_from_syn(struct tcp_half_open *h, const struct env *e, const struct tcp_tuple *t,
                            const struct tcp_seg *syn)
{
    *h = (struct tcp_half_open){.irs = syn->seq, .wnd = syn->wnd, .mss = MSS_DEFAULT};
    h->iss = tcp_isn(e, t);
    h->challenged = (uint8_t)(half_second(e) - 1);
    if (syn->has & TCP_OPT_MSS) h->mss = syn->mss;
    if (syn->has & TCP_OPT_SACK_PERMITTED && env_has(e, BONNET_FEATURE_SACK))
        h->agreed |= TCP_AGREED_SACK;
    if (syn->has & TCP_OPT_WSCALE && env_has(e, BONNET_FEATURE_WINDOW_SCALING)) {
        h->agreed |= TCP_AGREED_WSCALE;
        h->wscale = syn->wscale;
    }
    if (syn->has & TCP_OPT_TIMESTAMPS && env_has(e, BONNET_FEATURE_TIMESTAMPS)) {
        h->agreed |= TCP_AGREED_TIMESTAMPS;
        h->ts_recent = syn->ts_val;
    }
    if (ecn_is_setup_syn(syn) && e->tcp_ecn != BONNET_ECN_OFF) h->agreed |= TCP_AGREED_ECN;
}

void tcp_half_open_on_syn_again(struct tcp_half_open *h, const struct tcp_seg *syn)
{
    if (!ecn_is_setup_syn(syn)) h->agreed &= (uint8_t)~TCP_AGREED_ECN;
}

static void fill_timestamps(const struct tcp_half_open *h, const struct env *e,
                            const struct tcp_tuple *t, struct tcp_seg *reply)
{
    if (!(h->agreed & TCP_AGREED_TIMESTAMPS)) return;
    reply->has |= TCP_OPT_TIMESTAMPS;
    reply->ts_val = env_ms(e) + tcp_ts_offset(e, t);
    reply->ts_ecr = h->ts_recent;
}

void tcp_half_open_reply(const struct tcp_half_open *h, const struct env *e,
                         const struct tcp_tuple *t, const struct tcp_offer *offer,
                         struct tcp_seg *reply)
{
    *reply = (struct tcp_seg){.flags = TCP_SYN | TCP_ACK, .seq = h->iss, .has = TCP_OPT_MSS};
    reply->ack = seq_add(h->irs, 1);
    reply->mss = offer->mss;
    reply->wnd = (uint16_t)(offer->window < 0xffff ? offer->window : 0xffff);
    if (h->agreed & TCP_AGREED_SACK) reply->has |= TCP_OPT_SACK_PERMITTED;
    if (h->agreed & TCP_AGREED_WSCALE) reply->has |= TCP_OPT_WSCALE;
    reply->wscale = offer->wscale;
    if (h->agreed & TCP_AGREED_ECN) reply->flags |= TCP_ECE;
    fill_timestamps(h, e, t, reply);
}

bool tcp_half_open_may_answer(struct tcp_half_open *h, struct env *e)
{
    if (h->challenged == half_second(e) || !env_may_challenge(e)) {
        env_count(e, BONNET_MIB_TcpExtTCPACKSkippedChallenge);
        env_reason(e, BONNET_R_CHALLENGE_LIMIT);
        return false;
    }
    h->challenged = half_second(e);
    env_count(e, BONNET_MIB_TcpExtTCPChallengeACK);
    return true;
}

void tcp_half_open_ack(const struct tcp_half_open *h, const struct env *e,
                       const struct tcp_tuple *t, const struct tcp_offer *offer,
                       struct tcp_seg *reply)
{
    uint8_t shift = h->agreed & TCP_AGREED_WSCALE ? offer->wscale : 0;
    uint32_t wnd = offer->window < 0xffff ? offer->window : 0xffff;
    *reply = (struct tcp_seg){.flags = TCP_ACK, .seq = seq_add(h->iss, 1)};
    reply->ack = seq_add(h->irs, 1);
    reply->wnd = (uint16_t)((wnd + (1u << shift) - 1) >> shift); /* the SYN-ACK's edge stays */
    fill_timestamps(h, e, t, reply);
}

bonnet_time tcp_half_open_timeout(const struct tcp_half_open *h)
{
    bonnet_time t = SYN_ACK_TIMEOUT << h->retries;
    return t < TIMEOUT_MAX ? t : TIMEOUT_MAX;
}

static bool is_in_window(const struct tcp_half_open *h, const struct tcp_offer *offer, tcp_seq q)
{
    tcp_seq nxt = seq_add(h->irs, 1);
    uint32_t wnd = offer->window < 0xffff ? offer->window : 0xffff;
    return seq_eq(q, nxt) || (seq_ge(q, nxt) && seq_lt(q, seq_add(nxt, wnd)));
}

/* First, the sequence number: its first or its last lies within the window we offered, and it is no
 * older by its timestamp. */
static bool is_acceptable(const struct tcp_half_open *h, const struct tcp_offer *offer,
                          const struct tcp_seg *s)
{
    uint32_t span = tcp_seg_span(s);
    tcp_seq last = span > 0 ? seq_add(s->seq, span - 1) : s->seq;
    if (!is_in_window(h, offer, s->seq) && !is_in_window(h, offer, last)) return false;
    if (!(h->agreed & TCP_AGREED_TIMESTAMPS)) return true;
    return !(s->has & TCP_OPT_TIMESTAMPS) || (int32_t)(s->ts_val - h->ts_recent) >= 0;
}

/* Second, the RST bit (RFC 5961 3.2). */
static enum tcp_half_verdict input_reset(const struct tcp_half_open *h,
                                         const struct tcp_offer *offer, const struct tcp_seg *s,
                                         enum bonnet_reason *reason)
{
    if (seq_eq(s->seq, seq_add(h->irs, 1))) {
        *reason = BONNET_R_HALF_OPEN_RST;
        return TCP_HALF_RESET_IT;
    }
    bool inside = is_in_window(h, offer, s->seq);
    *reason = inside ? BONNET_R_RST_CHALLENGED : BONNET_R_RST_OUTSIDE;
    return inside ? TCP_HALF_ACK : TCP_HALF_DROP;
}

enum tcp_half_verdict tcp_half_open_input(const struct tcp_half_open *h,
                                          const struct tcp_offer *offer, const struct tcp_seg *s,
                                          enum bonnet_reason *reason)
{
    if (s->flags & TCP_RST) return input_reset(h, offer, s, reason);
    if (s->flags & TCP_SYN) { /* fourth; ours again, or a challenge */
        bool again = seq_eq(s->seq, h->irs) && !(s->flags & TCP_ACK);
        *reason = again ? BONNET_R_SYN_DUPLICATE : BONNET_R_SYN_CHALLENGED;
        return again ? TCP_HALF_SYN_ACK : TCP_HALF_ACK;
    }
    if (!is_acceptable(h, offer, s)) {
        *reason = BONNET_R_HALF_OPEN_SEQUENCE;
        return TCP_HALF_ACK;
    }
    if (!(s->flags & TCP_ACK)) { /* fifth */
        *reason = BONNET_R_HALF_OPEN_NO_ACK;
        return TCP_HALF_DROP;
    }
    if (!seq_eq(s->ack, seq_add(h->iss, 1))) {
        *reason = BONNET_R_SYN_SENT_BAD_ACK;
        return TCP_HALF_REFUSE;
    }
    if (h->agreed & TCP_AGREED_TIMESTAMPS && !(s->has & TCP_OPT_TIMESTAMPS)) {
        *reason = BONNET_R_TIMESTAMP_MISSING;
        return TCP_HALF_DROP;
    }
    *reason = BONNET_R_NONE;
    return TCP_HALF_COMPLETE;
}
