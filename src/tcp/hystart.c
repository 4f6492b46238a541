/* SPDX-License-Identifier: BSD-2-Clause */
/* The constants are those of RFC 9406 4.2 and 4.3. Without pacing the RFC would have the growth for
 * one acknowledgment limited to eight segments; see cc_reno.c for why it is not. */
#include "tcp/hystart.h"

#include "base/minmax.h"

#define SAMPLES        8u
#define THRESHOLD_MIN  4000u  /* us */
#define THRESHOLD_MAX  16000u /* us */
#define CSS_ROUNDS     5u
#define CSS_DIVISOR    4u
#define RTT_UNKNOWN_US UINT32_MAX

/* A round ends when what was in flight at its beginning is acknowledged. */
static void begin_round(struct hystart *h, const struct tcp_ack_report *a)
{
    h->last_us = h->has_round ? h->now_us : RTT_UNKNOWN_US;
    if (h->is_careful && h->careful_rounds < CSS_ROUNDS) h->careful_rounds++;
    h->now_us = RTT_UNKNOWN_US;
    h->samples = 0;
    h->round_end = a->acked_in_all + (a->outstanding - a->acked);
    h->has_round = true;
}

static void take_sample(struct hystart *h, bonnet_time rtt)
{
    if (rtt == BONNET_NEVER) return;
    h->now_us = smaller(h->now_us, (uint32_t)(rtt / BONNET_US));
    if (h->samples < SAMPLES) h->samples++;
}

static bool round_trip_grows(const struct hystart *h)
{
    if (h->last_us == RTT_UNKNOWN_US) return false;
    uint32_t threshold = smaller(larger(h->last_us / 8, THRESHOLD_MIN), THRESHOLD_MAX);
    return h->now_us >= h->last_us + threshold;
}

static void judge(struct hystart *h)
{
    if (h->samples < SAMPLES) return;
    if (!h->is_careful && round_trip_grows(h)) {
        h->is_careful = true;
        h->careful_rounds = 0;
        h->baseline_us = h->now_us;
    } else if (h->is_careful && h->now_us < h->baseline_us) {
        h->is_careful = false;
    }
}

uint32_t hystart_on_ack(struct hystart *h, const struct tcp_ack_report *a, bool *is_over)
{
    bool ended = h->has_round && (int32_t)(a->acked_in_all - h->round_end) >= 0;
    if (!h->has_round || ended) begin_round(h, a);
    take_sample(h, a->rtt);
    judge(h);
    *is_over = h->is_careful && h->careful_rounds >= CSS_ROUNDS;
    return h->is_careful ? a->acked / CSS_DIVISOR : a->acked;
}
