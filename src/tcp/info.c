/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP_INFO (linux/tcp.h): the kernel's fields and units, from the connection's variables. */
#include "tcp/machine.h"

#define INFINITE_SSTHRESH 0x7fffffffu

static uint8_t options_of(const struct tcp_conn *c)
{
    uint8_t o = 0;
    if (c->agreed & TCP_AGREED_TIMESTAMPS) o |= 1;
    if (c->agreed & TCP_AGREED_SACK) o |= 2;
    if (c->agreed & TCP_AGREED_WSCALE) o |= 4;
    if (c->agreed & TCP_AGREED_ECN) o |= 8;
    if (c->ecn_seen) o |= 16;
    return o;
}

static uint8_t ca_state_of(const struct tcp_conn *c)
{
    if (c->rto_recovering) return 4;
    if (c->recovering) return 3;
    if (c->sent.n > 0 && c->sent.flight->reducing) return 2;
    return c->sent.sacked > 0 || (c->sent.n > 0 && c->sent.flight->dupacks > 0) ? 1 : 0;
}

static uint32_t segments(uint32_t bytes, uint32_t mss)
{
    return (bytes + mss - 1) / mss;
}

uint32_t tcp_unsent_bytes(const struct tcp_conn *c)
{
    return c->out.len && !c->fin_sent ? seq_span(conn_text_end(c), c->snd.nxt) : 0;
}

static void fill_sending(const struct tcp_conn *c, const struct env *e, struct bonnet_tcp_info *i)
{
    uint32_t mss = c->snd.mss ? c->snd.mss : 536;
    i->tcpi_snd_mss = mss;
    i->tcpi_unacked = segments(seq_span(c->snd.nxt, c->snd.una), mss);
    i->tcpi_sacked = segments(c->sent.sacked, mss);
    i->tcpi_lost = segments(c->sent.lost, mss);
    i->tcpi_snd_cwnd = c->cc.cwnd / mss;
    i->tcpi_snd_ssthresh =
        c->cc.ssthresh >= CC_WINDOW_MAX ? INFINITE_SSTHRESH : c->cc.ssthresh / mss;
    i->tcpi_snd_wnd = c->snd.wnd;
    i->tcpi_notsent_bytes = tcp_unsent_bytes(c);
    i->tcpi_bytes_acked = c->bytes_acked;
    i->tcpi_bytes_sent = c->bytes_acked + seq_span(c->snd.nxt, c->snd.una);
    i->tcpi_total_retrans = c->retrans_segs;
    i->tcpi_last_data_sent = env_ms(e) - c->sent_ms;
    i->tcpi_segs_out = c->segs_out;
    i->tcpi_data_segs_out = c->data_segs_out;
    i->tcpi_delivered_ce = c->delivered_ce;
    i->tcpi_delivered = c->data_segs_out > i->tcpi_unacked ? c->data_segs_out - i->tcpi_unacked : 0;
}

static void fill_receiving(const struct tcp_conn *c, const struct env *e, struct bonnet_tcp_info *i)
{
    i->tcpi_rcv_mss = c->rcv.mss;
    i->tcpi_rcv_wnd = tcp_receive_window(c);
    i->tcpi_rcv_space = c->set.rcvbuf;
    i->tcpi_rcv_ssthresh = c->set.rcvbuf;
    i->tcpi_bytes_received = c->bytes_received;
    i->tcpi_segs_in = c->segs_in;
    i->tcpi_data_segs_in = c->data_segs_in;
    i->tcpi_last_data_recv = env_ms(e) - c->data_in_ms;
    i->tcpi_last_ack_recv = env_ms(e) - c->ack_in_ms;
    i->tcpi_rcv_ooopack = c->ooo.n;
}

void tcp_info(const struct tcp_conn *c, const struct env *e, struct bonnet_tcp_info *out)
{
    *out = (struct bonnet_tcp_info){.tcpi_state = c->state, .tcpi_ca_state = ca_state_of(c)};
    out->tcpi_retransmits = c->persisting ? 0 : c->snd.retransmits;
    out->tcpi_probes = c->persisting ? c->snd.retransmits : c->keep_probes;
    out->tcpi_backoff = c->snd.retransmits;
    out->tcpi_options = options_of(c);
    out->tcpi_wscale = (uint8_t)(c->snd.wscale | c->rcv.wscale << 4);
    out->tcpi_rto = c->rtt.rto_us;
    out->tcpi_ato = 40000;
    out->tcpi_rtt = c->rtt.srtt8_us / 8;
    out->tcpi_rttvar = c->rtt.rttvar4_us / 4;
    out->tcpi_min_rtt = c->rtt.min_us;
    out->tcpi_pmtu = c->path_mtu;
    out->tcpi_advmss = tcp_path_mss(&c->set, c->path_mtu);
    if (c->agreed & TCP_AGREED_TIMESTAMPS) out->tcpi_advmss -= TCP_TIMESTAMPS_SPACE;
    out->tcpi_reordering = 3;
    fill_sending(c, e, out);
    fill_receiving(c, e, out);
}
