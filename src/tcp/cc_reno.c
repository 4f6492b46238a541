/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reno as RFC 5681 has it, counting bytes (RFC 3465), so that an acknowledgment cut into a hundred
 * pieces grows the window no more than the whole one would.
 *
 * DEVIATION: RFC 5681 3.1 lets slow start grow by one segment for each acknowledgment; here, as on
 * Linux, by what it acknowledges: receivers that coalesce segments acknowledge 64 KiB at once.
 *
 * The window does not grow while it is not used, nor during recovery: what is in flight then is
 * kept by counting what is delivered (loss.c), not by inflating the window.
 */
#include "tcp/cc.h"

#include "base/minmax.h"

static void reno_init(struct cc *cc, uint32_t mss)
{
    cc->cwnd = cc_initial_window(mss);
    cc->ssthresh = CC_WINDOW_MAX;
}

static void slow_start(struct cc *cc, uint32_t acked)
{
    cc->cwnd = smaller(cc->cwnd + acked, larger(cc->ssthresh, cc->cwnd));
}

/* One segment per window acknowledged. */
static void congestion_avoidance(struct cc *cc, struct reno *r, uint32_t acked, uint32_t mss)
{
    r->acked += acked;
    if (r->acked < cc->cwnd) return;
    r->acked -= cc->cwnd;
    cc->cwnd = smaller(cc->cwnd + mss, CC_WINDOW_MAX);
}

static void reno_on_ack(struct cc *cc, struct cc_flight *f, const struct tcp_ack_report *a,
                        uint32_t mss)
{
    if (a->recovery_ended) {
        cc->cwnd = larger(cc->ssthresh, mss);
        return;
    }
    if (a->acked == 0 || a->in_recovery || !a->cwnd_limited) return;
    if (cc->cwnd < cc->ssthresh)
        slow_start(cc, a->acked);
    else
        congestion_avoidance(cc, &f->reno, a->acked, mss);
}

static void halve(struct cc *cc, struct reno *r, uint32_t flight, uint32_t mss)
{
    cc->ssthresh = larger(flight / 2, 2 * mss);
    r->acked = 0;
}

/* RFC 5681 3.2 (2): what limited transmit sent beyond the window is not counted. */
static void reno_on_loss(struct cc *cc, struct cc_flight *f, const struct tcp_ack_report *a,
                         uint32_t mss)
{
    halve(cc, &f->reno, smaller(a->outstanding, cc->cwnd), mss);
    cc->cwnd = cc->ssthresh;
}

static void reno_on_timeout(struct cc *cc, struct cc_flight *f, const struct cc_timeout *t)
{
    if (t->is_first) halve(cc, &f->reno, t->flight, t->mss);
    cc->cwnd = t->mss;
    f->reno.acked = 0;
}

static void reno_on_idle(struct cc *cc, uint32_t mss)
{
    cc->cwnd = smaller(cc->cwnd, cc_initial_window(mss));
}

const struct cc_ops cc_reno = {
    .name = "reno",
    .init = reno_init,
    .on_ack = reno_on_ack,
    .on_loss = reno_on_loss,
    .on_timeout = reno_on_timeout,
    .on_idle = reno_on_idle,
};
