/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Congestion control: how much may be in flight, learned from reports about ACKs and nothing else.
 *
 * An algorithm is a row of functions in a const table; its state is inside struct cc. It sees
 * struct tcp_ack_report, never the connection. Windows are in bytes.
 */
#ifndef TCP_CC_H
#define TCP_CC_H

#include "bonnet/types.h"

/* What one ACK taught us: filled by ack.c, rtt.c and loss.c in that order, read by congestion
 * control. */
struct tcp_ack_report {
    bonnet_time now;
    bonnet_time rtt;           /* ns, sample of this ACK; BONNET_NEVER: none */
    uint32_t acked;            /* bytes newly acknowledged cumulatively */
    uint32_t sacked;           /* bytes newly SACKed */
    uint32_t lost;             /* bytes newly thought lost */
    uint32_t outstanding;      /* bytes sent and not acknowledged when the ACK came (FlightSize) */
    uint32_t in_flight_before; /* bytes in flight when the ACK came */
    uint32_t in_flight;        /* and now */
    uint32_t delivered;        /* acked and not SACKed before, plus sacked */
    bool duplicate;            /* a duplicate ACK by RFC 5681 2 */
    bool dsack;
    bool spans_retransmit; /* something it acknowledges had been sent twice (Karn) */
    bool cwnd_limited;     /* the window was in use when it came */
    bool in_recovery;      /* recovery goes on after this ACK */
    bool recovery_ended;   /* this ACK reached the recovery point */
};

struct cc {
    uint32_t cwnd;     /* bytes */
    uint32_t ssthresh; /* bytes */
    struct {
        uint32_t acked; /* bytes counted towards the next segment of growth (RFC 3465) */
    } reno;
};

struct cc_ops {
    const char *name;
    void (*init)(struct cc *cc, uint32_t mss);
    void (*on_ack)(struct cc *cc, const struct tcp_ack_report *a, uint32_t mss);
    /* Loss found by ACKs: recovery begins. */
    void (*on_loss)(struct cc *cc, const struct tcp_ack_report *a, uint32_t mss);
    /* A retransmission timeout; first: not one in a row of them. flight: bytes outstanding. */
    void (*on_timeout)(struct cc *cc, uint32_t flight, uint32_t mss, bool first);
    /* Nothing was sent for longer than an RTO (RFC 5681 4.1). */
    void (*on_idle)(struct cc *cc, uint32_t mss);
};

/* Row of the table; index -1 terminated by NULL name. */
const struct cc_ops *cc_ops(uint8_t algorithm);

/* Index of the algorithm with this name, or -1. */
int cc_find(const char *name, size_t len);

/* Initial window (RFC 6928): min(10 MSS, max(2 MSS, 14600)). */
uint32_t cc_initial_window(uint32_t mss);

extern const struct cc_ops cc_reno;

#endif
