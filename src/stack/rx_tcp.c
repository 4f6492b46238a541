/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP segment finds its owner: a connection, a half-open one, a TIME-WAIT, a listener, or nobody.
 * The four kinds of owners are four functions; what crosses from one kind to the next (a handshake
 * that ends, a TIME-WAIT that gives way) happens here and nowhere else.
 */
#include "stack/stack.h"

#define COOKIES_LIFE (128 * BONNET_S)
#define ISS_AFTER    65537u /* beyond any window that the old connection may have been offered */

/* A segment on its way, and whose it is. */
struct rx_segment {
    struct tcp_seg seg;
    struct tcp_tuple tuple;
    int ifx;
    const tcp_seq *above; /* SND.NXT of a TIME-WAIT that gave way to it; NULL: none */
};

/* Nobody is here: a reset, unless it is one itself (RFC 9293 3.10.7.1). */
static enum bonnet_reason refuse(struct bonnet *bn, const struct rx_segment *x,
                                 enum bonnet_reason drop, enum bonnet_reason send)
{
    struct tcp_seg reply;
    if (!tcp_refuse(&x->seg, &reply)) return rx_refuse(bn, BONNET_R_TCP_RST_NO_SOCKET);
    reply_tcp(bn, &x->tuple, x->ifx, &reply, send);
    return rx_refuse(bn, drop);
}

static enum bonnet_reason rx_stream(struct bonnet *bn, struct stream *s, const struct rx_segment *x)
{
    struct tcp_outcome o;
    bn->env.subject.socket = s->sock.handle;
    tcp_input(&s->tcp, &bn->env, &x->seg, &o);
    enum bonnet_reason r = o.reason;
    stream_apply(bn, s, &o);
    return r;
}

/* The handshake is complete: the segment that did it is the first one of the connection. */
static enum bonnet_reason rx_complete(struct bonnet *bn, struct listener *l,
                                      const struct handshake *h, const struct rx_segment *x)
{
    enum bonnet_reason why = BONNET_R_NONE;
    struct stream *s = listener_complete(bn, l, h, &why);
    return s ? rx_stream(bn, s, x) : rx_refuse(bn, why);
}

/* ---- a listener ---- */

static enum bonnet_reason send_cookie(struct bonnet *bn, const struct listener *l,
                                      const struct rx_segment *x)
{
    struct tcp_seg reply;
    const struct flow f = {.raddr = x->tuple.raddr};
    const struct tcp_offer offer = listener_offer(bn, l, &f);
    tcp_cookie_make(&bn->env, &x->tuple, &x->seg, &offer, &reply);
    env_count(&bn->env, BONNET_MIB_TcpExtTCPReqQFullDoCookies);
    env_count(&bn->env, BONNET_MIB_TcpExtSyncookiesSent);
    bn->socks.cookies_until = bn->env.now + COOKIES_LIFE;
    reply_tcp(bn, &x->tuple, x->ifx, &reply, BONNET_R_SEND_SYN_COOKIE);
    return BONNET_R_NONE;
}

static enum bonnet_reason rx_syn(struct bonnet *bn, struct listener *l, const struct rx_segment *x)
{
    if (listener_accept_is_full(l)) {
        env_count(&bn->env, BONNET_MIB_TcpExtListenOverflows);
        env_count(&bn->env, BONNET_MIB_TcpExtListenDrops);
        return rx_refuse(bn, BONNET_R_LISTEN_OVERFLOW);
    }
    if (listener_syn_is_full(bn, l)) return send_cookie(bn, l, x);
    struct half_open *h = half_open_new(bn, l, &x->tuple, x->ifx);
    if (!h) return rx_refuse(bn, BONNET_R_MEMORY);
    tcp_half_open_from_syn(&h->tcp, &bn->env, &x->tuple, &x->seg);
    if (x->above && seq_le(h->tcp.iss, *x->above)) h->tcp.iss = seq_add(*x->above, ISS_AFTER);
    half_open_talk(bn, h);
    return BONNET_R_NONE;
}

/* A lone ACK: does it bring a cookie back? */
static enum bonnet_reason rx_cookie(struct bonnet *bn, struct listener *l,
                                    const struct rx_segment *x)
{
    struct handshake h = {.tuple = x->tuple, .ifx = x->ifx};
    if (bn->env.now >= bn->socks.cookies_until)
        return refuse(bn, x, BONNET_R_TCP_NO_SOCKET, BONNET_R_SEND_RST_NO_SOCKET);
    if (!tcp_cookie_check(&bn->env, &x->tuple, &x->seg, &h.tcp)) {
        env_count(&bn->env, BONNET_MIB_TcpExtSyncookiesFailed);
        return refuse(bn, x, BONNET_R_COOKIE_BAD, BONNET_R_SEND_RST_BAD_ACK);
    }
    env_count(&bn->env, BONNET_MIB_TcpExtSyncookiesRecv);
    env_reason(&bn->env, BONNET_R_COOKIE_GOOD);
    return rx_complete(bn, l, &h, x);
}

static enum bonnet_reason rx_listener(struct bonnet *bn, const struct rx_segment *x)
{
    struct listener *l = demux_listener(bn, &x->tuple, x->ifx);
    if (!l) return refuse(bn, x, BONNET_R_TCP_NO_SOCKET, BONNET_R_SEND_RST_NO_SOCKET);
    bn->env.subject.socket = l->sock.handle;
    enum bonnet_reason why;
    switch (tcp_listen_input(&x->seg, &why)) {
    case TCP_LISTEN_DROP: return rx_refuse(bn, why);
    case TCP_LISTEN_RESET: return refuse(bn, x, why, BONNET_R_SEND_RST_BAD_ACK);
    case TCP_LISTEN_SYN: return rx_syn(bn, l, x);
    case TCP_LISTEN_ACK: return rx_cookie(bn, l, x);
    }
    return BONNET_R_NONE;
}

/* ---- a half-open connection ---- */

static void challenge_half_open(struct bonnet *bn, struct half_open *h, const struct rx_segment *x,
                                const struct tcp_offer *offer)
{
    struct tcp_seg ack;
    if (!tcp_half_open_may_answer(&h->tcp, &bn->env)) return;
    tcp_half_open_ack(&h->tcp, &bn->env, &x->tuple, offer, &ack);
    reply_tcp(bn, &x->tuple, x->ifx, &ack, BONNET_R_SEND_CHALLENGE_ACK);
}

static enum bonnet_reason complete_half_open(struct bonnet *bn, struct listener *l,
                                             struct half_open *h, const struct rx_segment *x)
{
    const struct handshake done = {x->tuple, x->ifx, h, h->tcp};
    return rx_complete(bn, l, &done, x);
}

static enum bonnet_reason rx_half_open(struct bonnet *bn, struct half_open *h,
                                       const struct rx_segment *x)
{
    struct listener *l = half_open_listener(bn, h);
    if (!l) {
        half_open_free(bn, h);
        return refuse(bn, x, BONNET_R_TCP_NO_SOCKET, BONNET_R_SEND_RST_NO_SOCKET);
    }
    bn->env.subject.socket = l->sock.handle;
    const struct tcp_offer offer = listener_window(bn, l);
    enum bonnet_reason why;
    switch (tcp_half_open_input(&h->tcp, &offer, &x->seg, &why)) {
    case TCP_HALF_DROP: break;
    case TCP_HALF_SYN_ACK:
        tcp_half_open_on_syn_again(&h->tcp, &x->seg);
        half_open_talk(bn, h);
        break;
    case TCP_HALF_ACK: challenge_half_open(bn, h, x, &offer); break;
    case TCP_HALF_RESET_IT:
        half_open_free(bn, h);
        env_count(&bn->env, BONNET_MIB_TcpExtEmbryonicRsts);
        env_count(&bn->env, BONNET_MIB_TcpAttemptFails);
        break;
    case TCP_HALF_REFUSE: return refuse(bn, x, why, BONNET_R_SEND_RST_BAD_ACK);
    case TCP_HALF_COMPLETE: return complete_half_open(bn, l, h, x);
    }
    return rx_refuse(bn, why);
}

/* ---- a TIME-WAIT ---- */

static void answer_time_wait(struct bonnet *bn, const struct time_wait *w,
                             const struct rx_segment *x)
{
    struct tcp_seg reply;
    tcp_timewait_answer(&w->tcp, &bn->env, &x->tuple, &reply);
    reply_tcp(bn, &x->tuple, x->ifx, &reply, BONNET_R_SEND_TIMEWAIT_ACK);
}

/* RFC 9293 3.6.1, MAY-2: the new connection's numbers begin above the old one's. */
static enum bonnet_reason reopen(struct bonnet *bn, struct time_wait *w, const struct rx_segment *x)
{
    const tcp_seq above = w->tcp.snd_nxt;
    struct rx_segment syn = *x;
    syn.above = &above;
    env_count(&bn->env, BONNET_MIB_TcpExtTWRecycled);
    time_wait_free(bn, w);
    return rx_listener(bn, &syn);
}

/* A SYN may reopen, if there is a listener; without one it shall not end a TIME-WAIT either. */
static enum tcp_timewait_verdict time_wait_verdict(struct bonnet *bn, const struct time_wait *w,
                                                   const struct rx_segment *x,
                                                   enum bonnet_reason *why)
{
    enum tcp_timewait_verdict v = tcp_timewait_input(&w->tcp, &x->seg, why);
    if (v != TCP_TW_REOPEN || demux_listener(bn, &x->tuple, x->ifx)) return v;
    *why = BONNET_R_TIMEWAIT_SYN_OLD;
    return TCP_TW_ACK;
}

static enum bonnet_reason rx_time_wait(struct bonnet *bn, struct time_wait *w,
                                       const struct rx_segment *x)
{
    enum bonnet_reason why;
    enum tcp_timewait_verdict v = time_wait_verdict(bn, w, x, &why);
    if (why) env_reason(&bn->env, why);
    switch (v) {
    case TCP_TW_DROP: break;
    case TCP_TW_RESTART:
        time_wait_restart(bn, w);
        answer_time_wait(bn, w, x);
        break;
    case TCP_TW_ACK: answer_time_wait(bn, w, x); break;
    case TCP_TW_REOPEN: return reopen(bn, w, x);
    }
    return why;
}

/* ---- whose is it? ---- */

static enum bonnet_reason rx_owner(struct bonnet *bn, const struct rx_segment *x)
{
    struct flow *f = demux_flow(bn, &x->tuple);
    if (!f) return rx_listener(bn, x);
    switch (flow_kind(f)) {
    case FLOW_STREAM: return rx_stream(bn, (struct stream *)f, x);
    case FLOW_HALF_OPEN: return rx_half_open(bn, (struct half_open *)f, x);
    case FLOW_TIME_WAIT: return rx_time_wait(bn, (struct time_wait *)f, x);
    case FLOW_DGRAM:
    case FLOW_REPLY: break;
    }
    return BONNET_R_NONE;
}

static enum bonnet_reason count_malformed(struct bonnet *bn, enum bonnet_reason why)
{
    env_count(&bn->env, BONNET_MIB_TcpInErrs);
    if (why == BONNET_R_TCP_CHECKSUM) env_count(&bn->env, BONNET_MIB_TcpInCsumErrors);
    return rx_refuse(bn, why);
}

enum bonnet_reason rx_tcp(struct bonnet *bn, const struct netif *n, const struct ip_in *in,
                          const struct bonnet_rx *frame)
{
    struct rx_segment x;
    env_count(&bn->env, BONNET_MIB_TcpInSegs); /* Linux: a coalesced frame is one */
    if (in->broadcast) return rx_refuse(bn, BONNET_R_IP_BROADCAST); /* RFC 9293 MUST-57 */
    bool vouched = frame->checksum_good && !in->reassembled;
    uint32_t pseudo = vouched ? 0 : ip_pseudo_sum(&in->h.src, &in->h.dst, IP_TCP, in->len);
    enum bonnet_reason r =
        tcp_parse(&x.seg, in->text, in->len, pseudo, vouched ? NULL : bn->env.checksum);
    if (r) return count_malformed(bn, r);
    x.seg.ecn = in->h.tos & IP_ECN_MASK;
    x.seg.gso_size = in->reassembled ? 0 : frame->gso_size;
    x.tuple = (struct tcp_tuple){in->h.dst, in->h.src, x.seg.dport, x.seg.sport};
    x.ifx = n->number;
    x.above = NULL;
    tuple_subject(bn, &x.tuple);
    if (x.seg.note) env_reason(&bn->env, x.seg.note);
    return rx_owner(bn, &x);
}
