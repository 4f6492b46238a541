/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CUBIC (RFC 9438) with HyStart++ (RFC 9406), in integers: windows in bytes, time in ms.
 *
 * After a reduction the window grows by a cubic function of time: fast, then flat near the window
 * where the loss was (w_max), then fast again. Where Reno would be faster, it goes with Reno. What
 * outlives a flight is w_max; the epoch begins anew when the window is in use again, so that time
 * without anything to send does not count as time without loss (RFC 9438 5.8).
 */
#include "base/minmax.h"
#include "tcp/cc.h"
#include "tcp/hystart.h"

/* Beta is 0.7, C is 0.4 segments per s^3 (RFC 9438 4.6, 5). */
#define BETA(x)    ((uint32_t)((uint64_t)(x)*7 / 10))
#define FASTER(x)  ((uint32_t)((uint64_t)(x)*17 / 20)) /* (1 + beta) / 2: fast convergence, 4.7 */
#define AGE_MAX_MS 100000u /* of an epoch, as far as the cubic is concerned: 10^15 fits */
#define RENO_NUM   9u      /* 3 (1 - beta) / (1 + beta) = 9/17: Reno's share, 4.3 */
#define RENO_DENOM 17u

static void cubic_init(struct cc *cc, uint32_t mss)
{
    cc->cwnd = cc_initial_window(mss);
    cc->ssthresh = CC_WINDOW_MAX;
    cc->w_max = 0;
}

/* The largest r with r^3 <= x. */
static uint32_t cube_root(uint64_t x)
{
    uint64_t r = 0;
    for (uint32_t bit = 1u << 20; bit; bit >>= 1) {
        uint64_t try = r | bit;
        if (try * try * try <= x) r = try;
    }
    return (uint32_t)r;
}

/* K, ms: how long from window w up to w_max. (w_max - w) / (C mss) in s^3 is * 10^9 in ms^3. */
static uint32_t time_to_reach(uint32_t w_max, uint32_t w, uint32_t mss)
{
    return cube_root((uint64_t)(w_max - w) * 2500000000u / mss);
}

/* W_cubic at age ms of the epoch. */
static uint32_t cubic_at(const struct cubic *c, uint32_t age, uint32_t mss)
{
    uint64_t far = age > c->k_ms ? age - c->k_ms : c->k_ms - age;
    if (far > AGE_MAX_MS) far = AGE_MAX_MS;
    uint64_t bytes = far * far * far / 1000 * mss / 2500000;
    if (age < c->k_ms) return bytes < c->origin ? c->origin - (uint32_t)bytes : 0;
    return bytes < CC_WINDOW_MAX - c->origin ? c->origin + (uint32_t)bytes : CC_WINDOW_MAX;
}

static void begin_epoch(struct cubic *c, const struct cc *cc, uint32_t now_ms, uint32_t mss)
{
    *c = (struct cubic){.in_epoch = true, .began_ms = now_ms, .reno = cc->cwnd};
    bool below = cc->cwnd < cc->w_max;
    c->k_ms = below ? time_to_reach(cc->w_max, cc->cwnd, mss) : 0;
    c->origin = below ? cc->w_max : cc->cwnd;
}

/* n * acked / cwnd, and no fraction lost. */
static uint32_t share(uint32_t *rest, uint64_t n, uint32_t acked, uint32_t cwnd)
{
    uint64_t sum = n * acked + *rest;
    *rest = (uint32_t)(sum % cwnd);
    return (uint32_t)(sum / cwnd);
}

/* What Reno's window would be, with CUBIC's beta (4.3). */
static void grow_reno(struct cubic *c, const struct cc *cc, uint32_t acked, uint32_t mss)
{
    bool has_caught_up = c->reno >= cc->w_max;
    uint32_t slope = has_caught_up ? mss : mss * RENO_NUM / RENO_DENOM;
    c->reno = smaller(c->reno + share(&c->reno_rest, slope, acked, cc->cwnd), CC_WINDOW_MAX);
}

static void avoid_congestion(struct cc *cc, struct cubic *c, const struct tcp_ack_report *a,
                             uint32_t mss)
{
    uint32_t now_ms = (uint32_t)(a->now / BONNET_MS);
    uint32_t rtt_ms = a->rtt == BONNET_NEVER ? 0 : (uint32_t)(a->rtt / BONNET_MS);
    if (!c->in_epoch) begin_epoch(c, cc, now_ms, mss);
    uint32_t age = now_ms - c->began_ms, most = smaller(cc->cwnd + cc->cwnd / 2, CC_WINDOW_MAX);
    grow_reno(c, cc, a->acked, mss);
    if (cubic_at(c, age, mss) < c->reno) {
        cc->cwnd = larger(cc->cwnd, c->reno);
        return;
    }
    uint32_t target = smaller(larger(cubic_at(c, age + rtt_ms, mss), cc->cwnd), most);
    cc->cwnd += share(&c->rest, target - cc->cwnd, a->acked, cc->cwnd);
}

static void slow_start(struct cc *cc, struct cc_flight *f, const struct tcp_ack_report *a)
{
    bool is_first = cc->ssthresh == CC_WINDOW_MAX, is_over = false;
    uint32_t n = is_first ? hystart_on_ack(&f->hystart, a, &is_over) : a->acked;
    cc->cwnd = smaller(cc->cwnd + n, larger(cc->ssthresh, cc->cwnd));
    if (is_over) cc->ssthresh = cc->cwnd;
}

static void cubic_on_ack(struct cc *cc, struct cc_flight *f, const struct tcp_ack_report *a,
                         uint32_t mss)
{
    if (a->recovery_ended) {
        cc->cwnd = larger(cc->ssthresh, mss);
        return;
    }
    if (a->acked == 0 || a->in_recovery) return;
    if (!a->cwnd_limited)
        f->cubic.in_epoch = false;
    else if (cc->cwnd < cc->ssthresh)
        slow_start(cc, f, a);
    else
        avoid_congestion(cc, &f->cubic, a, mss);
}

static void reduce(struct cc *cc, struct cc_flight *f, uint32_t window, uint32_t mss)
{
    cc->w_max = cc->cwnd < cc->w_max ? FASTER(cc->cwnd) : cc->cwnd;
    cc->ssthresh = larger(BETA(window), 2 * mss);
    f->cubic.in_epoch = false;
}

static void cubic_on_loss(struct cc *cc, struct cc_flight *f, const struct tcp_ack_report *a,
                          uint32_t mss)
{
    reduce(cc, f, smaller(a->outstanding, cc->cwnd), mss);
    cc->cwnd = cc->ssthresh;
}

static void cubic_on_timeout(struct cc *cc, struct cc_flight *f, const struct cc_timeout *t)
{
    if (t->is_first) reduce(cc, f, smaller(t->flight, cc->cwnd), t->mss);
    cc->cwnd = t->mss;
    f->cubic.in_epoch = false;
}

static void cubic_on_idle(struct cc *cc, uint32_t mss)
{
    cc->cwnd = smaller(cc->cwnd, cc_initial_window(mss));
}

const struct cc_ops cc_cubic = {
    .name = "cubic",
    .init = cubic_init,
    .on_ack = cubic_on_ack,
    .on_loss = cubic_on_loss,
    .on_timeout = cubic_on_timeout,
    .on_idle = cubic_on_idle,
};
