/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP datagrams and ICMP messages arrive (RFC 768, RFC 792, RFC 1122 3.2.2, 4.1, RFC 5927). */
#include <errno.h>

#include "stack/stack.h"
#include "wire/udp.h"

/* Bytes of the packet an ICMP error quotes: RFC 1812 4.3.2.3 allows up to 576 in all. */
#define QUOTE_MAX 548u

void rx_send_icmp_error(struct bonnet *bn, int ifx, const struct ip_in *about, uint8_t type,
                        uint8_t code)
{
    enum bonnet_reason r = icmp_may_send_error(&bn->ip, &bn->env, about);
    if (r) {
        env_reason(&bn->env, r);
        return;
    }
    uint32_t quote = about->packet_len < QUOTE_MAX ? about->packet_len : QUOTE_MAX;
    const struct icmp_message m = {
        .type = type, .code = code, .body = about->packet, .body_len = quote};
    env_count(&bn->env, BONNET_MIB_IcmpOutMsgs);
    if (type == ICMP_UNREACHABLE) env_count(&bn->env, BONNET_MIB_IcmpOutDestUnreachs);
    if (type == ICMP_TIME_EXCEEDED) env_count(&bn->env, BONNET_MIB_IcmpOutTimeExcds);
    reply_icmp(
        bn, &(struct reply_icmp){&about->h.dst, &about->h.src, &m, ifx, BONNET_R_SEND_ICMP_ERROR});
}

/* ---- UDP ---- */

static enum bonnet_reason count_malformed(struct bonnet *bn, enum bonnet_reason why)
{
    env_count(&bn->env, BONNET_MIB_UdpInErrors);
    if (why == BONNET_R_UDP_CHECKSUM) env_count(&bn->env, BONNET_MIB_UdpInCsumErrors);
    return rx_refuse(bn, why);
}

static enum bonnet_reason nobody(struct bonnet *bn, const struct netif *n, const struct ip_in *in)
{
    env_count(&bn->env, BONNET_MIB_UdpNoPorts);
    rx_send_icmp_error(bn, n->number, in, ICMP_UNREACHABLE, ICMP_PORT_UNREACHABLE);
    return rx_refuse(bn, BONNET_R_UDP_NO_SOCKET);
}

static enum bonnet_reason deliver(struct bonnet *bn, struct dgram *d, const struct ip_in *in,
                                  const struct udp_datagram *u)
{
    const struct udp_entry head = {
        .remote = {.addr = in->h.src, .port = u->sport},
        .local = in->h.dst,
        .len = u->len,
        .tos = in->h.tos,
        .ttl = in->h.ttl,
        .broadcast = in->broadcast,
    };
    enum bonnet_reason r = udp_deliver(&d->udp, &bn->env, &head, u->text);
    if (r) {
        env_count(&bn->env, BONNET_MIB_UdpInErrors);
        env_count(&bn->env, BONNET_MIB_UdpRcvbufErrors);
        return rx_refuse(bn, r);
    }
    env_count(&bn->env, BONNET_MIB_UdpInDatagrams);
    sock_wake(bn, &d->sock);
    return BONNET_R_NONE;
}

enum bonnet_reason rx_udp(struct bonnet *bn, const struct netif *n, const struct ip_in *in,
                          const struct bonnet_rx *frame)
{
    struct udp_datagram u;
    const struct udp_from_to ft = {&in->h.src, &in->h.dst,
                                   frame->checksum_good && !in->reassembled};
    enum bonnet_reason r = udp_parse(&u, in->text, in->len, &ft);
    if (r) return count_malformed(bn, r);
    const struct tcp_tuple t = {in->h.dst, in->h.src, u.dport, u.sport};
    tuple_subject(bn, &t);
    struct dgram *d = demux_dgram(bn, &t, n->number);
    if (!d || d->shut_rd) return nobody(bn, n, in);
    bn->env.subject.socket = d->sock.handle;
    return deliver(bn, d, in, &u);
}

/* ---- ICMP ---- */

static void path_mtu(struct bonnet *bn, struct stream *s, const struct icmp_error *x)
{
    const struct netif *n = link_if(&bn->link, flow_ifx(&s->timed.talker.flow));
    const struct ip_pmtu_report report = {
        .dst = x->remote,
        .claimed = x->mtu,
        .sent_len = x->sent_len,
        .if_mtu = n ? n->mtu : s->tcp.path_mtu,
    };
    uint16_t mtu = ip_pmtu_update(&bn->ip, &bn->env, &report);
    if (mtu == 0 || mtu >= s->tcp.path_mtu) {
        rx_refuse(bn, BONNET_R_ICMP_MTU);
        return;
    }
    tcp_path_mtu(&s->tcp, &bn->env, mtu);
    stream_talk(bn, s);
}

static bool is_too_big(const struct icmp_error *x)
{
    return x->type == ICMP_UNREACHABLE && x->code == ICMP_FRAGMENTATION_NEEDED;
}

/* Linux tcp_req_err(): whoever quotes our number exactly says that the peer cannot be reached. */
static enum bonnet_reason error_for_half_open(struct bonnet *bn, struct half_open *h,
                                              const struct icmp_error *x)
{
    if (!seq_eq(seq(x->seq), h->tcp.iss)) return rx_refuse(bn, BONNET_R_ICMP_NO_SOCKET);
    if (is_too_big(x)) return rx_refuse(bn, BONNET_R_ICMP_MTU);
    half_open_free(bn, h);
    env_count(&bn->env, BONNET_MIB_TcpAttemptFails);
    return rx_refuse(bn, BONNET_R_ICMP_HARD);
}

static enum bonnet_reason error_for_tcp(struct bonnet *bn, const struct tcp_tuple *t,
                                        const struct icmp_error *x)
{
    struct flow *f = demux_flow(bn, t);
    if (f && flow_kind(f) == FLOW_HALF_OPEN)
        return error_for_half_open(bn, (struct half_open *)f, x);
    if (!f || flow_kind(f) != FLOW_STREAM) return rx_refuse(bn, BONNET_R_ICMP_NO_SOCKET);
    struct stream *s = (struct stream *)f;
    struct tcp_outcome o;
    bn->env.subject.socket = s->sock.handle;
    const struct tcp_icmp_error error = {seq(x->seq), x->error, x->hard};
    if (is_too_big(x) && tcp_in_flight(&s->tcp, error.about)) {
        path_mtu(bn, s, x);
        return BONNET_R_NONE;
    }
    tcp_icmp(&s->tcp, &bn->env, &error, &o);
    enum bonnet_reason r = o.reason;
    stream_apply(bn, s, &o);
    return r;
}

/* Linux udp_err(): a connected socket hears of hard errors, one with IP_RECVERR of all. */
static enum bonnet_reason error_for_udp(struct bonnet *bn, const struct tcp_tuple *t,
                                        const struct icmp_error *x)
{
    struct dgram *d = demux_dgram(bn, t, 0);
    if (!d) return rx_refuse(bn, BONNET_R_ICMP_NO_SOCKET);
    bool connected = d->talker.flow.rport != 0;
    if (is_too_big(x) && connected) {
        const struct ip_pmtu_report report = {x->remote, x->mtu, x->sent_len, UINT16_MAX};
        (void)ip_pmtu_update(&bn->ip, &bn->env, &report);
    }
    if (!d->sock.recverr && !(connected && x->hard)) return rx_refuse(bn, BONNET_R_ICMP_SOFT);
    d->error = (int16_t)x->error;
    sock_wake(bn, &d->sock);
    return rx_refuse(bn, BONNET_R_ICMP_SOFT);
}

static enum bonnet_reason rx_icmp_error(struct bonnet *bn, const struct icmp_error *x)
{
    const struct tcp_tuple t = {x->local, x->remote, x->lport, x->rport};
    tuple_subject(bn, &t);
    if (x->protocol == IP_TCP) return error_for_tcp(bn, &t, x);
    if (x->protocol == IP_UDP) return error_for_udp(bn, &t, x);
    return rx_refuse(bn, BONNET_R_ICMP_NO_SOCKET);
}

enum bonnet_reason rx_icmp(struct bonnet *bn, const struct netif *n, const struct ip_in *in)
{
    struct icmp_in i;
    enum bonnet_reason r = icmp_input(&bn->ip, &bn->env, in, &i);
    if (r) return rx_refuse(bn, r);
    if (i.what == ICMP_IN_ERROR) return rx_icmp_error(bn, &i.error);
    i.m.type = ICMP_ECHO_REPLY;
    env_count(&bn->env, BONNET_MIB_IcmpOutMsgs);
    env_count(&bn->env, BONNET_MIB_IcmpOutEchoReps);
    reply_icmp(bn, &(struct reply_icmp){&in->h.dst, &in->h.src, &i.m, n->number,
                                        BONNET_R_SEND_ICMP_ECHO_REPLY});
    return BONNET_R_NONE;
}
