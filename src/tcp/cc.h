/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Congestion control: how much may be in flight, learned from reports about ACKs and nothing else.
 *
 * An algorithm is a row of functions in a const table. What it must remember while nothing is in
 * flight is in struct cc; the rest, in struct cc_flight, begins as zero with each flight. It sees
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
    uint32_t acked_in_all;     /* since the beginning, low 32 bits, these included */
    uint32_t sacked;           /* bytes newly SACKed */
    uint32_t lost;             /* bytes newly thought lost */
    uint32_t outstanding;      /* bytes sent and not acknowledged when the ACK came (FlightSize) */
    uint32_t in_flight_before; /* bytes in flight when the ACK came */
    uint32_t in_flight;        /* and now */
    uint32_t delivered;        /* acked and not SACKed before, plus sacked */
    bool duplicate;            /* a duplicate ACK by RFC 5681 2 */
    bool dsack;
    bool ece;              /* the path marked what it acknowledges, or some before it (RFC 3168) */
    bool spans_retransmit; /* something it acknowledges had been sent twice (Karn) */
    bool cwnd_limited;     /* the window was in use when it came */
    bool in_recovery;      /* recovery, or a reduction for marks, goes on after this ACK */
    bool recovery_ended;   /* this ACK reached the recovery point */
};

#define CC_WINDOW_MAX (1u << 30)

struct cc {
    uint32_t cwnd;     /* bytes */
    uint32_t ssthresh; /* bytes; CC_WINDOW_MAX: there was no loss yet */
    uint32_t w_max;    /* CUBIC: window before the last reduction; 0: none */
};

struct reno {
    uint32_t acked; /* bytes counted towards the next segment of growth (RFC 3465) */
};

/* One epoch: from a reduction, or a pause, to the next. */
struct cubic {
    uint32_t began_ms;
    uint32_t k_ms;            /* until the plateau is reached */
    uint32_t origin;          /* bytes: the plateau */
    uint32_t reno;            /* bytes: the window of Reno in its place */
    uint32_t rest, reno_rest; /* fractions of a byte, over the window */
    bool in_epoch;
};

struct hystart {
    uint32_t round_end;       /* acked_in_all when the round is over */
    uint32_t last_us, now_us; /* least round trip of the round before and of this one; UINT32_MAX */
    uint32_t baseline_us;     /* of the round that made it careful */
    uint8_t samples, careful_rounds;
    bool has_round, is_careful;
};

struct cc_flight {
    struct reno reno;
    struct cubic cubic;
    struct hystart hystart;
};

struct cc_timeout {
    uint32_t flight; /* bytes outstanding */
    uint32_t mss;
    bool is_first; /* not one in a row of timeouts */
};

struct cc_ops {
    const char *name;
    void (*init)(struct cc *cc, uint32_t mss);
    void (*on_ack)(struct cc *cc, struct cc_flight *f, const struct tcp_ack_report *a,
                   uint32_t mss);
    /* Loss found by ACKs: recovery begins. */
    void (*on_loss)(struct cc *cc, struct cc_flight *f, const struct tcp_ack_report *a,
                    uint32_t mss);
    /* A retransmission timeout. */
    void (*on_timeout)(struct cc *cc, struct cc_flight *f, const struct cc_timeout *t);
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
extern const struct cc_ops cc_cubic;

#endif
