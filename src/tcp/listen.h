/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LISTEN and the passive SYN-RECEIVED (RFC 9293 3.10.7.2), half-open connections, SYN cookies (RFC
 * 4987).
 *
 * A half-open connection is a value of 24 bytes with no buffers: what must be known to build the
 * SYN-ACK again and to become a connection. When a listener's SYN queue is full, nothing is kept at
 * all: the state travels in our sequence number (and, with timestamps, in the low bits of TSval)
 * and comes back in the ACK. The queues themselves, their limits and the listener are sock/'s.
 */
#ifndef TCP_LISTEN_H
#define TCP_LISTEN_H

#include "base/env.h"
#include "wire/tcp.h"

/* Whose segment: local, then remote. For ISNs, timestamps and cookies. */
struct tcp_tuple {
    struct bonnet_addr laddr, raddr;
    uint16_t lport, rport;
};

struct tcp_half_open {
    tcp_seq iss, irs;
    uint32_t ts_recent;
    uint32_t sent_us;    /* instant of the last SYN-ACK, wrapping, for the first RTT sample */
    uint16_t wnd;        /* of the SYN, not scaled */
    uint16_t mss;        /* peer's option, or 536 */
    uint8_t wscale;      /* peer's shift */
    uint8_t agreed;      /* enum tcp_agreed */
    uint8_t retries : 4; /* SYN-ACKs sent again by the timer */
    uint8_t sent : 4;    /* SYN-ACKs sent at all, as far as they are counted */
    uint8_t challenged;  /* the half second of the stack's clock that has had its challenge ACK */
};

#define TCP_SYN_ACKS_COUNTED 15

/* What we offer in a SYN-ACK. */
struct tcp_offer {
    uint32_t window; /* bytes of receive buffer */
    uint16_t mss;
    uint8_t wscale;
};

/* Initial sequence number of a connection (RFC 6528), timestamp offset (RFC 7323 7). */
tcp_seq tcp_isn(const struct env *e, const struct tcp_tuple *t);
uint32_t tcp_ts_offset(const struct env *e, const struct tcp_tuple *t);

/* A segment to a listener that belongs to nothing else. */
enum tcp_listen { TCP_LISTEN_DROP, TCP_LISTEN_RESET, TCP_LISTEN_SYN, TCP_LISTEN_ACK };
/* DROP: *reason says why. RESET: answer with tcp_refuse(), unless it is a cookie's ACK
 * (TCP_LISTEN_ACK is returned for a lone ACK: ask tcp_cookie_check first). SYN: a connection
 * request. */
enum tcp_listen tcp_listen_input(const struct tcp_seg *s, enum bonnet_reason *reason);

/* The half-open connection that a SYN makes. */
void tcp_half_open_from_syn(struct tcp_half_open *h, const struct env *e, const struct tcp_tuple *t,
                            const struct tcp_seg *syn);

/* The SYN again: one that no longer asks for ECN gets none (RFC 3168 6.1.1.1). */
void tcp_half_open_on_syn_again(struct tcp_half_open *h, const struct tcp_seg *syn);

/* The SYN-ACK of a half-open connection. */
void tcp_half_open_reply(const struct tcp_half_open *h, const struct env *e,
                         const struct tcp_tuple *t, const struct tcp_offer *offer,
                         struct tcp_seg *reply);

/* A segment to a half-open connection. */
enum tcp_half_verdict {
    TCP_HALF_DROP,     /* *reason says why */
    TCP_HALF_SYN_ACK,  /* the SYN again: send the SYN-ACK again */
    TCP_HALF_ACK,      /* outside of the window, or a challenge: answer with tcp_half_open_ack() */
    TCP_HALF_RESET_IT, /* the peer reset it, or the new SYN shows it dead: remove it */
    TCP_HALF_REFUSE,   /* unacceptable ACK: answer with tcp_refuse() */
    TCP_HALF_COMPLETE, /* the third segment: become a connection */
};
enum tcp_half_verdict tcp_half_open_input(const struct tcp_half_open *h,
                                          const struct tcp_offer *offer, const struct tcp_seg *s,
                                          enum bonnet_reason *reason);

/* May that be answered now? One in half a second for each, and so many for all (RFC 5961 7). If
 * not, it is counted. */
bool tcp_half_open_may_answer(struct tcp_half_open *h, struct env *e);

/* The ACK that answers a segment outside of the window of a half-open connection. */
void tcp_half_open_ack(const struct tcp_half_open *h, const struct env *e,
                       const struct tcp_tuple *t, const struct tcp_offer *offer,
                       struct tcp_seg *reply);

/* When the SYN-ACK is to be sent again after `retries` times: 1, 2, 4 ... s. */
bonnet_time tcp_half_open_timeout(const struct tcp_half_open *h);
#define TCP_SYN_ACK_RETRIES 5

/* A SYN-ACK that keeps no state. */
void tcp_cookie_make(const struct env *e, const struct tcp_tuple *t, const struct tcp_seg *syn,
                     const struct tcp_offer *offer, struct tcp_seg *reply);

/* Does this ACK bring a cookie of ours back, not older than two minutes? Then *h is what it stands
 * for. */
bool tcp_cookie_check(const struct env *e, const struct tcp_tuple *t, const struct tcp_seg *s,
                      struct tcp_half_open *h);

#endif
