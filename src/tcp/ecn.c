/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explicit congestion notification (RFC 3168, RFC 8311): a router marks (CE) what it would rather
 * have dropped, the receiver says so (ECE) until it is heard (CWR), and the sender makes its window
 * smaller as if for a loss, with nothing to repair.
 *
 * Here are both sides of a connection: who agrees, what is marked as markable (ECT), what is said
 * and when it is heeded. By how much the window comes down loss.c and congestion control decide.
 *
 * One reduction per window (6.1.2): an echo is news when the segment that carries CWR, the first
 * new text after the last reduction, has been acknowledged, and no loss is being repaired.
 *
 * Only new text is ECT: no SYN, pure acknowledgment, retransmission or window probe (6.1.4 to
 * 6.1.6), since nobody would miss those if they were lost, or could tell where the mark belongs.
 *
 * DEVIATION: RFC 3168 6.1.2 lets a window of one segment wait for the retransmission timer; as on
 * Linux, it goes on at its own pace.
 */
#include "base/env.h"
#include "tcp/machine.h"

#define SETUP      (TCP_ECE | TCP_CWR)
#define AGREED_ALL (TCP_AGREED_ECN | TCP_AGREED_ECT)

/* ---- the handshake ---- */

bool ecn_is_setup_syn(const struct tcp_seg *s)
{
    return (s->flags & SETUP) == SETUP && s->ecn == IP_NOT_ECT;
}

uint16_t ecn_syn_flags(const struct tcp_conn *c, uint16_t flags)
{
    if (!(c->agreed & TCP_AGREED_ECT)) return 0;
    return flags & TCP_ACK ? TCP_ECE : SETUP;
}

/* An answer with both bits is our own SYN's, reflected (6.1.1). */
void ecn_take_syn(struct tcp_conn *c, const struct tcp_seg *s)
{
    bool agrees = s->flags & TCP_ACK ? (s->flags & SETUP) == TCP_ECE : ecn_is_setup_syn(s);
    if (!agrees) c->agreed &= (uint8_t)~AGREED_ALL;
}

/* 6.1.1: who ever sent a SYN that does not ask marks nothing as markable, though the answer to one
 * that did ask may still come. */
bool ecn_give_up_asking(struct tcp_conn *c)
{
    bool asked = c->agreed & TCP_AGREED_ECT;
    c->agreed &= (uint8_t)~TCP_AGREED_ECT;
    return asked;
}

/* ---- the receiver ---- */

void ecn_on_text(struct tcp_conn *c, const struct tcp_seg *s)
{
    if (s->flags & TCP_CWR && c->ecn_echo) {
        c->ecn_echo = false;
        recv_owe_ack(c, BONNET_R_SEND_ACK_NOW); /* its window may be one segment */
    }
    if (s->ecn == IP_NOT_ECT) return;
    if (!c->ecn_seen) c->ecn_seen = true;
    if (s->ecn != IP_CE || c->ecn_echo) return;
    c->ecn_echo = true;
    recv_owe_ack(c, BONNET_R_SEND_ACK_NOW);
}

/* ---- the sender ---- */

void ecn_count_echo(struct tcp_conn *c, struct env *e, uint32_t delivered)
{
    uint32_t n = (delivered + c->snd.mss - 1) / c->snd.mss;
    c->delivered_ce += n;
    e->mib[BONNET_MIB_TcpExtTCPDeliveredCE] += n;
}

bool ecn_is_news(const struct tcp_conn *c)
{
    const struct flight *f = c->sent.flight;
    if (c->recovering || c->rto_recovering || c->cwr_due) return false;
    return !f->cwr.is_out || seq_gt(c->snd.una, f->cwr.at);
}

void ecn_on_reduced(struct tcp_conn *c)
{
    if (c->agreed & TCP_AGREED_ECT) c->cwr_due = true;
}

void ecn_fill(struct tcp_conn *c, const struct tcp_plan *p, struct tcp_seg *s)
{
    if (c->ecn_echo) s->flags |= TCP_ECE;
    if (p->what != TCP_SEND_TEXT || p->len == 0 || !(c->agreed & TCP_AGREED_ECT)) return;
    s->ecn = IP_ECT_0;
    if (!c->cwr_due) return;
    s->flags |= TCP_CWR;
    c->cwr_due = false;
    c->sent.flight->cwr.is_out = true;
    c->sent.flight->cwr.at = p->seq;
}
