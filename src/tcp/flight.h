/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What recovery and congestion control remember while there is something to send, and not longer:
 * it lives with the records (sent.h), so that an idle connection does not pay for it.
 *
 * RACK's variables have the names of RFC 8985 5.3; PRR's those of RFC 6937. What RACK learns about
 * the path, not about a flight, is in struct tcp_conn.
 */
#ifndef TCP_FLIGHT_H
#define TCP_FLIGHT_H

#include "base/seq.h"
#include "bonnet/types.h"
#include "tcp/cc.h"

/* What rtx_at is about, while nothing waits for a window. */
enum flight_timer {
    FLIGHT_RTO,
    FLIGHT_REORDER, /* RACK: some segments are overdue, but may have been overtaken only */
    FLIGHT_PROBE,   /* TLP: the tail may have been lost */
};

/* At its beginning all flags are false, and what they guard has no value. */
struct flight {
    struct {
        bonnet_time xmit_ts; /* when the segment was sent that was sent last of those delivered */
        tcp_seq end_seq;     /* the octet after it */
        tcp_seq fack;        /* the octet after the highest that was delivered */
        uint32_t rtt_us;     /* of it */
        bool is_set;         /* something of this flight was delivered */
        bool in_dsack_round; /* until SND.UNA reaches dsack_round, a D-SACK is no news */
        tcp_seq dsack_round;
    } rack;
    struct {
        tcp_seq end_seq; /* SND.NXT when it went */
        uint32_t ts;     /* its timestamp */
        bool is_out;
        bool is_retrans; /* it repeated the last segment */
    } tlp;
    struct {
        uint32_t delivered; /* bytes, since recovery began */
        uint32_t out;       /* bytes sent since then */
        uint32_t flight;    /* RecoverFS: bytes outstanding when it began */
    } prr;
    struct {
        uint32_t cwnd, ssthresh; /* before the last reduction */
        uint32_t bytes;          /* sent again since then, and not reported as duplicates */
        uint32_t ts;             /* our timestamp when the first of them went */
        bool is_set;             /* there is a reduction that may be taken back */
        bool has_sent;
    } undo;
    struct {
        tcp_seq at; /* first octet of the segment that carries it */
        bool is_out;
    } cwr;
    struct cc_flight cc;
    tcp_seq recover;  /* SND.NXT when recovery began (RFC 6582) */
    tcp_seq small;    /* octet after the last segment sent that was not full (Minshall) */
    uint16_t dupacks; /* in a row */
    uint8_t timer;    /* enum flight_timer */
    bool reducing;    /* for marks (RFC 3168), until SND.UNA passes recover; nothing is repaired */
};

#endif
