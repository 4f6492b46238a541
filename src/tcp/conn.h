/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection, from SYN-SENT or the end of the handshake to CLOSED: the variables of RFC
 * 9293 3.3.1 under their own names, and what the later RFCs add to them.
 *
 * What it does not hold: its addresses (sock/), its place in tables and timers (sock/), and the
 * states LISTEN, SYN-RECEIVED of a passive open and TIME-WAIT, which are smaller objects of their
 * own (listen.h, timewait.h). An idle connection costs this struct and nothing else: rings, ranges
 * and records hold memory only while they hold something.
 *
 * Invariants, checked by tcp_conn_check():
 *   ISS <= SND.UNA <= SND.NXT, and neither SND.UNA, SND.NXT nor RCV.NXT nor RCV.EDGE ever goes
 * back. out holds the text from SND.UNA on (from ISS + 1 while the SYN is not acknowledged); the
 * FIN, when wanted, has the sequence number after its last byte. in holds the text the program has
 * not read; its tail is RCV.NXT; bytes beyond it lie in the same ring and are listed in ooo.
 *   Records of sent cover exactly SND.UNA .. SND.NXT.
 *   If anything must still happen without the peer's help, one of the three deadlines is set.
 */
#ifndef TCP_CONN_H
#define TCP_CONN_H

#include "base/env.h"
#include "base/minmax.h"
#include "base/ranges.h"
#include "base/ring.h"
#include "base/seq.h"
#include "tcp/cc.h"
#include "tcp/sent.h"
#include "wire/tcp.h"

/* What the program asked for; inherited from a listener. Times in the unit of the socket option. */
struct tcp_settings {
    uint32_t rcvbuf;          /* bytes the RecvQ may hold */
    uint32_t sndbuf;          /* bytes the SendQ may hold */
    uint32_t window_clamp;    /* bytes; 0: none */
    uint32_t user_timeout_ms; /* 0: none */
    uint32_t notsent_lowat;   /* bytes; UINT32_MAX: none */
    uint16_t keep_idle_s, keep_interval_s;
    uint16_t maxseg;   /* bytes; 0: none */
    int16_t linger2_s; /* FIN-WAIT-2 of an orphan; < 0: not at all */
    uint8_t keep_count;
    uint8_t syn_retries;
    uint8_t cc; /* index into the table of cc.h */
    bool keepalive : 1;
    bool nodelay : 1;
    bool cork : 1;
    bool rcvbuf_locked : 1; /* set by the program: no autotuning */
};

/* The peer's SYN options as they apply to the connection. */
enum tcp_agreed {
    TCP_AGREED_TIMESTAMPS = 1,
    TCP_AGREED_SACK = 2,
    TCP_AGREED_WSCALE = 4,
    TCP_AGREED_ECN = 8,  /* marks on what comes are echoed (RFC 3168) */
    TCP_AGREED_ECT = 16, /* what goes out may be marked, and echoes are heeded; never without ECN */
};

struct tcp_conn {
    struct ring out;   /* SendQ: sent and unacknowledged text, then unsent text */
    struct ring in;    /* RecvQ, then out-of-order text at its place */
    struct ranges ooo; /* sequence ranges received beyond RCV.NXT */
    struct sent sent;  /* what is in flight, as it was sent */
    struct cc cc;

    struct {
        tcp_seq una;      /* oldest octet not acknowledged */
        tcp_seq nxt;      /* next octet to send for the first time */
        tcp_seq wl1, wl2; /* SEQ and ACK of the last window update */
        tcp_seq iss;
        uint32_t wnd;      /* bytes, scaled */
        uint32_t max_wnd;  /* the largest the peer ever offered */
        uint16_t mss;      /* bytes of text in a segment, options taken off */
        uint16_t peer_mss; /* as the peer's option said, or 536 */
        uint8_t wscale;
        uint8_t retransmits; /* RTOs or probes in a row without an answer */
    } snd;

    struct {
        tcp_seq nxt;
        tcp_seq edge;  /* right edge of the largest window offered */
        tcp_seq acked; /* last acknowledgment sent (RFC 7323 Last.ACK.sent) */
        tcp_seq irs;
        tcp_seq up;                   /* octet after the urgent data; valid with urgent */
        tcp_seq dsack_from, dsack_to; /* duplicate to report in the next ACK; equal: none */
        tcp_seq sack_recent; /* the segment that came last beyond a gap: its range goes first */
        tcp_seq tune_seq;    /* RCV.NXT when the present round of buffer tuning began */
        uint32_t tune_at_ms;
        uint16_t mss; /* largest segment seen: what "full-sized" means (RFC 1122 4.2.3.2) */
        uint8_t wscale;
        uint8_t quick; /* segments still to be acknowledged at once */
    } rcv;

    struct {
        uint32_t recent; /* TS.Recent */
        uint32_t offset; /* ours, random per connection. When TS.Recent was taken is ack_in_ms */
    } ts;

    struct {
        uint32_t srtt8_us;   /* 8 x SRTT; 0: no sample yet */
        uint32_t rttvar4_us; /* 4 x RTTVAR */
        uint32_t rto_us;
        uint32_t min_us; /* smallest sample; UINT32_MAX: none */
    } rtt;

    bonnet_time rtx_at;  /* retransmission or window probe; BONNET_NEVER: not running */
    bonnet_time ack_at;  /* delayed ACK; BONNET_NEVER: none owed */
    bonnet_time keep_at; /* keepalive, or end of an orphan's FIN-WAIT-2; BONNET_NEVER: off */

    struct tcp_settings set;

    /* For TCP_INFO; instants in ms of the stack's clock, wrapping. */
    uint64_t bytes_acked, bytes_received;
    uint32_t segs_in, segs_out, data_segs_in, data_segs_out, retrans_segs;
    uint32_t sent_ms, data_in_ms, ack_in_ms; /* last text sent, text received, segment taken */

    int16_t error;      /* positive errno for the program; 0: none */
    int16_t soft_error; /* positive errno by ICMP, told when the connection fails (RFC 5927) */
    uint8_t ended;      /* enum bonnet_reason that ended it; 0: it lives, or ended by FINs */
    uint8_t owe;        /* enum bonnet_reason: an ACK that must go now, and why; 0: none */
    uint16_t path_mtu;  /* bytes of an IP packet, options and headers included */
    uint8_t state;      /* enum bonnet_tcp_state */
    uint8_t agreed;     /* enum tcp_agreed, or-ed */

    /* Flags are tested together, and few change with each segment: writing what stands there
     * already would make the next test wait for the store. */
    bool syn_acked : 1;  /* SND.UNA is past our SYN */
    bool passive : 1;    /* came from a listener (RFC 9293 MUST-11) */
    bool shut_rd : 1;    /* the program reads no more */
    bool fin_wanted : 1; /* the program writes no more */
    bool fin_sent : 1;
    bool fin_received : 1;   /* in order: the end of the peer's stream */
    bool ooo_fin : 1;        /* a FIN waits at the end of the out-of-order text, at ooo_fin_at */
    bool orphan : 1;         /* no program holds it */
    bool recovering : 1;     /* fast recovery, until SND.UNA reaches SND.RECOVER */
    bool rto_recovering : 1; /* after an RTO, until SND.UNA reaches SND.RECOVER */
    bool interactive : 1;    /* answers follow requests: delay the ACK (Linux' pingpong) */
    bool quickack : 1;       /* TCP_QUICKACK */
    bool more : 1;           /* MSG_MORE: the last part segment waits */
    bool probe_due : 1;      /* a window probe shall go now */
    bool keep_due : 1;       /* a keepalive shall go now */
    bool urgent : 1;         /* rcv.up is ahead of what the program has read */
    bool persisting : 1; /* rtx_at is the persist timer: something waits, nothing is in flight */
    bool wants_room : 1; /* a write was cut short: tell when there is room */
    bool nagle_off_once : 1;  /* the cork has been in too long: what it holds goes out now */
    bool tail_probe_due : 1;  /* a tail loss probe shall go now */
    bool probe_unproved : 1;  /* no round trip was measured since the last tail loss probe */
    bool reordering_seen : 1; /* the path has been seen to reorder (RFC 8985 6.2) */
    bool ecn_echo : 1;        /* a mark has come: acknowledgments say so until CWR comes */
    bool ecn_seen : 1;        /* some segment was markable, or marked */
    bool cwr_due : 1;         /* the window was reduced: the next new text says so */
    uint8_t reorder_mult; /* quarters of the least round trip that reordering may take, less one */
    uint8_t reorder_persist; /* recoveries until that is forgotten; 0: it is */

    uint8_t keep_probes;   /* keepalives in a row without an answer */
    uint16_t challenge_ms; /* last challenge ACK of this connection, low bits; 0: never */
    tcp_seq ooo_fin_at;
    uint32_t waits_ms;     /* since when rtx_at runs without progress: for TCP_USER_TIMEOUT */
    uint32_t delivered_ce; /* segments that acknowledgments with ECE delivered: for TCP_INFO */
};

/* A window of wnd bytes under TCP_WINDOW_CLAMP. */
static inline uint32_t tcp_clamp_window(const struct tcp_settings *set, uint32_t wnd)
{
    return set->window_clamp ? smaller(wnd, set->window_clamp) : wnd;
}

/* What a SYN offers: never scaled (RFC 7323 2.2). */
static inline uint16_t tcp_syn_window(const struct tcp_settings *set)
{
    return (uint16_t)smaller(tcp_clamp_window(set, set->rcvbuf), UINT16_MAX);
}

/* The MSS to advertise (RFC 9293 3.7.1, MUST-67): what fits a path of mtu bytes, less IPv4 and TCP
 * headers without options, under TCP_MAXSEG. Less than 64 nobody needs, and less is an attack
 * (CVE-2019-11479). */
#define TCP_MSS_FLOOR        64u
#define TCP_HEADERS          40u
#define TCP_TIMESTAMPS_SPACE 12u /* of each segment of a connection that uses them */
static inline uint32_t tcp_path_mss(const struct tcp_settings *set, uint32_t mtu)
{
    uint32_t mss = mtu > TCP_HEADERS + TCP_MSS_FLOOR ? mtu - TCP_HEADERS : TCP_MSS_FLOOR;
    return set->maxseg ? smaller(mss, set->maxseg) : mss;
}

/* Where the text in out begins, and the number after its last byte: the FIN's. */
static inline tcp_seq conn_text_begin(const struct tcp_conn *c)
{
    return c->syn_acked ? c->snd.una : seq_add(c->snd.iss, 1);
}

static inline tcp_seq conn_text_end(const struct tcp_conn *c)
{
    return seq_add(conn_text_begin(c), c->out.len);
}

/* The stack's clock in ms, wrapping; and this connection's timestamp (RFC 7323 4.1: 1 kHz). */
static inline uint32_t env_ms(const struct env *e)
{
    return (uint32_t)(e->now / BONNET_MS);
}

static inline uint32_t conn_ts_now(const struct tcp_conn *c, const struct env *e)
{
    return env_ms(e) + c->ts.offset;
}

/* The one place where a state changes: counts, traces, and starts what the state needs. */
void tcp_set_state(struct tcp_conn *c, struct env *e, enum bonnet_tcp_state to);

/* The connection is over: state CLOSED, timers off, queues of text to send and out-of-order text
 * freed. What the program has not read stays. error: positive errno for it, 0 after FINs both ways.
 */
void conn_end(struct tcp_conn *c, struct env *e, enum bonnet_reason why, int error);

/* Our effective send MSS from the peer's option, the path and the options each segment carries (RFC
 * 9293 3.7.1, RFC 6691). */
void conn_update_mss(struct tcp_conn *c);

#endif
