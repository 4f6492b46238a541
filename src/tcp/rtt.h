/* SPDX-License-Identifier: BSD-2-Clause */
/* Round-trip time and the retransmission timeout made of it (RFC 6298, RFC 8961). */
#ifndef TCP_RTT_H
#define TCP_RTT_H

#include "tcp/conn.h"

#define RTO_INITIAL_US 1000000u
#define RTO_MAX_US     120000000u

void rtt_init(struct tcp_conn *c);

/* A sample of so many ns (at least one per round trip, never an ambiguous one). */
void rtt_on_sample(struct tcp_conn *c, const struct env *e, bonnet_time ns);

/* The timer has fired: back off (RFC 6298 5.5). */
void rtt_on_timeout(struct tcp_conn *c);

/* The peer has answered what an outage kept: the timeout is that of the samples again. */
void rtt_forget_backoff(struct tcp_conn *c, const struct env *e);

static inline bonnet_time rtt_rto(const struct tcp_conn *c)
{
    return c->rtt.rto_us * BONNET_US;
}

#endif
