/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the receiver says about itself in each segment: its window, its SACK blocks, and the growth
 * of its buffer.
 *
 * What was offered is taken: RCV.EDGE never moves back. The window in the header is cut off below
 * the scale, so it is rounded up where only the old edge is repeated; the buffer may then be
 * exceeded by less than one unit of the scale. A new edge is offered only when it is worth a
 * segment or half of the buffer.
 */
#include "base/minmax.h"
#include "tcp/machine.h"

#define SACK_OPTION 4u /* two NOPs, kind, length */
#define SACK_BLOCK  8u

/* Bytes the buffer may still take. */
static uint32_t buffer_room(const struct tcp_conn *c)
{
    uint32_t limit = tcp_clamp_window(&c->set, c->set.rcvbuf);
    return limit > c->in.len ? limit - c->in.len : 0;
}

/* RFC 9293 3.8.6.2.2: an increase of at least min(half of the buffer, one segment). */
uint32_t recv_window(const struct tcp_conn *c)
{
    uint32_t now = seq_span(c->rcv.edge, c->rcv.nxt);
    uint32_t room = buffer_room(c);
    uint32_t worth = smaller((room + c->in.len) / 2, c->rcv.mss);
    room &= ~((1u << c->rcv.wscale) - 1);
    if (room <= now || room - now < worth) return now;
    return smaller(room, 0xffffu << c->rcv.wscale);
}

/* The window in units of its scale. Rounded up each time, small segments would move the edge on for
 * ever, past any buffer. Where the edge is ahead of the buffer by a unit already, it is rounded
 * down: to the peer the edge moves back by less than a unit, which it must bear (RFC 7323 2.4). */
static uint32_t scaled_window(const struct tcp_conn *c)
{
    uint32_t unit = 1u << c->rcv.wscale, wnd = recv_window(c);
    uint32_t up = (wnd + unit - 1) & ~(unit - 1);
    if (up < buffer_room(c) + unit) wnd = up;
    return smaller(wnd >> c->rcv.wscale, 0xffff);
}

uint16_t recv_offer_window(struct tcp_conn *c, struct env *e)
{
    uint32_t before = seq_span(c->rcv.edge, c->rcv.nxt);
    uint32_t field = scaled_window(c);
    uint32_t wnd = field << c->rcv.wscale;
    if (wnd == 0 && before > 0) env_count(e, BONNET_MIB_TcpExtTCPToZeroWindowAdv);
    if (wnd > 0 && before == 0) env_count(e, BONNET_MIB_TcpExtTCPFromZeroWindowAdv);
    c->rcv.edge = seq_max(c->rcv.edge, seq_add(c->rcv.nxt, wnd));
    return (uint16_t)field;
}

bool tcp_wants_update(const struct tcp_conn *c)
{
    return c->owe == BONNET_R_SEND_WINDOW_UPDATE;
}

static uint32_t sack_room(const struct tcp_conn *c)
{
    return c->agreed & TCP_AGREED_TIMESTAMPS ? 3 : 4;
}

static bool has_dsack(const struct tcp_conn *c)
{
    return !seq_eq(c->rcv.dsack_from, c->rcv.dsack_to);
}

uint32_t recv_sack_space(const struct tcp_conn *c)
{
    if (!(c->agreed & TCP_AGREED_SACK)) return 0;
    uint32_t n = smaller(c->ooo.n + (uint32_t)has_dsack(c), sack_room(c));
    return n ? SACK_OPTION + n * SACK_BLOCK : 0;
}

static void add_block(struct tcp_seg *s, uint32_t from, uint32_t to)
{
    s->sack[s->sack_n++] = (struct tcp_sack_block){seq(from), seq(to)};
    s->has |= TCP_OPT_SACK;
}

/* RFC 2883: the duplicate first. RFC 2018 4: then the range that came last, then the others. */
void recv_fill_sacks(struct tcp_conn *c, struct env *e, struct tcp_seg *s)
{
    if (!(c->agreed & TCP_AGREED_SACK)) return;
    uint32_t room = sack_room(c);
    if (has_dsack(c)) {
        bool beyond = seq_gt(c->rcv.dsack_from, c->rcv.nxt);
        env_count(e, beyond ? BONNET_MIB_TcpExtTCPDSACKOfoSent : BONNET_MIB_TcpExtTCPDSACKOldSent);
        add_block(s, c->rcv.dsack_from.v, c->rcv.dsack_to.v);
        c->rcv.dsack_to = c->rcv.dsack_from;
    }
    const struct range *recent = ranges_at(&c->ooo, c->rcv.sack_recent.v);
    if (recent && s->sack_n < room) add_block(s, recent->from, recent->to);
    for (uint32_t i = c->ooo.n; i-- > 0 && s->sack_n < room;)
        if (&c->ooo.r[i] != recent) add_block(s, c->ooo.r[i].from, c->ooo.r[i].to);
}

void recv_on_ack_sent(struct tcp_conn *c, bool with_text)
{
    bool waited = c->ack_at != BONNET_NEVER || c->owe == BONNET_R_SEND_ACK_NOW;
    if (with_text && waited) c->interactive = true;
    c->rcv.acked = c->rcv.nxt;
    c->ack_at = BONNET_NEVER;
    c->owe = 0;
}

/* Once per round trip: what the program took in one, doubled, is the buffer it should have. */
static void grow_buffer(struct tcp_conn *c, struct env *e)
{
    if (c->set.rcvbuf_locked || c->set.rcvbuf >= e->limits.rcvbuf_max) return;
    uint32_t rtt_ms = c->rtt.srtt8_us / 8000 + 1;
    uint32_t taken = seq_span(c->rcv.nxt, c->rcv.tune_seq);
    if (taken > c->in.len) taken -= c->in.len;
    if (env_ms(e) - c->rcv.tune_at_ms >= rtt_ms) {
        c->rcv.tune_at_ms = env_ms(e);
        c->rcv.tune_seq = c->rcv.nxt;
    }
    if (taken * 2 <= c->set.rcvbuf) return;
    c->set.rcvbuf = smaller(c->set.rcvbuf * 2, e->limits.rcvbuf_max);
    c->rcv.tune_seq = c->rcv.nxt;
}

/* Worth a segment of its own when the window at least doubles, as on Linux. */
static bool update_is_due(const struct tcp_conn *c)
{
    uint32_t now = seq_span(c->rcv.edge, c->rcv.nxt);
    uint32_t could = recv_window(c);
    return could > now && could / 2 >= now && !c->fin_received;
}

void recv_on_read(struct tcp_conn *c, struct env *e)
{
    grow_buffer(c, e);
    if (update_is_due(c)) recv_owe_ack(c, BONNET_R_SEND_WINDOW_UPDATE);
}
