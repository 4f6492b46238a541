/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6298 in integers: SRTT is kept eightfold and RTTVAR fourfold, in microseconds (Jacobson
 * 1988).
 *
 * The floor lies under the variance term, as on Linux, not under the sum: RTO = SRTT + max(200 ms,
 * 4 RTTVAR). A timeout is then never closer to the mean than a delayed acknowledgment needs. The
 * strict profile takes the RFC's floor of one second under the sum.
 */
#include "tcp/rtt.h"

#define VARIANCE_FLOOR_US 200000u
#define STRICT_FLOOR_US   1000000u
#define SAMPLE_MAX_US     60000000u

void rtt_init(struct tcp_conn *c)
{
    c->rtt.srtt8_us = 0;
    c->rtt.rttvar4_us = 0;
    c->rtt.rto_us = RTO_INITIAL_US;
    c->rtt.min_us = UINT32_MAX;
}

static void set_rto(struct tcp_conn *c, const struct env *e)
{
    uint32_t variance = c->rtt.rttvar4_us;
    if (variance < VARIANCE_FLOOR_US && !e->strict) variance = VARIANCE_FLOOR_US;
    uint32_t rto = c->rtt.srtt8_us / 8 + (variance > 1000 ? variance : 1000);
    if (e->strict && rto < STRICT_FLOOR_US) rto = STRICT_FLOOR_US;
    c->rtt.rto_us = rto < RTO_MAX_US ? rto : RTO_MAX_US;
}

void rtt_on_sample(struct tcp_conn *c, const struct env *e, bonnet_time ns)
{
    bonnet_time whole = ns / BONNET_US;
    uint32_t us = whole < SAMPLE_MAX_US ? (uint32_t)whole : SAMPLE_MAX_US;
    if (us == 0) us = 1;
    c->probe_unproved = false;
    if (us < c->rtt.min_us) c->rtt.min_us = us;
    if (c->rtt.srtt8_us == 0) {
        c->rtt.srtt8_us = us * 8;
        c->rtt.rttvar4_us = us * 2;
    } else {
        uint32_t srtt = c->rtt.srtt8_us / 8;
        uint32_t off = srtt > us ? srtt - us : us - srtt;
        c->rtt.rttvar4_us = c->rtt.rttvar4_us - c->rtt.rttvar4_us / 4 + off;
        c->rtt.srtt8_us = c->rtt.srtt8_us - srtt + us;
    }
    set_rto(c, e);
}

void rtt_on_timeout(struct tcp_conn *c)
{
    uint32_t twice = c->rtt.rto_us * 2;
    c->rtt.rto_us = twice < RTO_MAX_US ? twice : RTO_MAX_US;
}

void rtt_forget_backoff(struct tcp_conn *c, const struct env *e)
{
    if (c->rtt.srtt8_us != 0) set_rto(c, e);
}
