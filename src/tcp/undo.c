/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking back a reduction that was not deserved: nothing had been lost, only late.
 *
 * Three ways to know. What was thought lost has arrived before any of it was sent again: in one
 * burst of acknowledgments a late one may follow those that cast the doubt. Eifel (RFC 3522): the
 * acknowledgment echoes a timestamp from before the first retransmission, so the original has
 * arrived. D-SACK (RFC 2883, RFC 3708): every octet that was sent again has been reported as a
 * duplicate. Then the window is what it was before (RFC 4015 3.1,
 * without its burst: what may go out is bounded by what is in flight).
 *
 * A flight remembers its last reduction only, and until all of it is acknowledged.
 */
#include "base/minmax.h"
#include "tcp/machine.h"

void undo_begin(struct tcp_conn *c)
{
    struct flight *f = c->sent.flight;
    if (f->undo.is_set && (c->recovering || c->rto_recovering))
        return; /* deeper in the same hole */
    f->undo.is_set = true;
    f->undo.has_sent = false;
    f->undo.cwnd = c->cc.cwnd;
    f->undo.ssthresh = c->cc.ssthresh;
    f->undo.bytes = 0;
}

void undo_on_retransmitted(struct tcp_conn *c, const struct env *e, uint32_t bytes)
{
    struct flight *f = c->sent.flight;
    if (!f->undo.is_set) return;
    if (!f->undo.has_sent) f->undo.ts = conn_ts_now(c, e);
    f->undo.has_sent = true;
    f->undo.bytes += bytes;
}

/* Does the acknowledgment prove that the reduction, and what was sent again, were needless? */
static bool was_needless(const struct tcp_conn *c, const struct rack_ack *a, bool is_news)
{
    struct flight *f = c->sent.flight;
    if (!f->undo.has_sent) return c->sent.lost == 0;
    if (is_news && a->has_ecr && (int32_t)(a->ecr - f->undo.ts) < 0) return true;
    if (a->dsack_bytes == 0) return false;
    f->undo.bytes -= smaller(a->dsack_bytes, f->undo.bytes);
    return f->undo.bytes == 0;
}

bool undo_on_ack(struct tcp_conn *c, struct env *e, const struct rack_ack *a, bool is_news)
{
    struct flight *f = c->sent.flight;
    if (!f->undo.is_set || !was_needless(c, a, is_news)) return false;
    env_count(e,
              c->rto_recovering ? BONNET_MIB_TcpExtTCPSpuriousRTOs : BONNET_MIB_TcpExtTCPFullUndo);
    c->cc.cwnd = larger(c->cc.cwnd, f->undo.cwnd);
    c->cc.ssthresh = larger(c->cc.ssthresh, f->undo.ssthresh);
    f->undo.is_set = f->undo.has_sent = false;
    c->cwr_due = false;
    if (c->rto_recovering) sent_unmark_lost(&c->sent);
    c->recovering = c->rto_recovering = false;
    return true;
}
