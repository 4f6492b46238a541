/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TIME-WAIT (RFC 9293 3.6.1, 3.10.7.4; RFC 1337; RFC 6191): sixteen bytes that remember enough to
 * answer old segments and to tell a new SYN from an old one. The clock of its 2 MSL is sock/'s list
 * of them.
 */
#ifndef TCP_TIMEWAIT_H
#define TCP_TIMEWAIT_H

#include "tcp/listen.h"

#define TCP_TIMEWAIT_NS (60 * BONNET_S) /* 2 MSL, as Linux */

struct tcp_conn;

struct tcp_timewait {
    tcp_seq snd_nxt;
    tcp_seq rcv_nxt;
    uint32_t ts_recent; /* meaningful with timestamps */
    uint16_t wnd;       /* as we last advertised it, scaled for the header */
    bool timestamps;
};

void tcp_timewait_from(struct tcp_timewait *w, const struct tcp_conn *c);

/* The ACK that it gives to whoever needs one. */
void tcp_timewait_answer(const struct tcp_timewait *w, const struct env *e,
                         const struct tcp_tuple *t, struct tcp_seg *reply);

enum tcp_timewait_verdict {
    TCP_TW_DROP,    /* *reason */
    TCP_TW_ACK,     /* answer with tcp_timewait_answer() */
    TCP_TW_RESTART, /* the FIN again: answer, and 2 MSL begin anew */
    TCP_TW_REOPEN,  /* a SYN that may take over (RFC 6191): remove, give it to the listener */
};
enum tcp_timewait_verdict tcp_timewait_input(const struct tcp_timewait *w, const struct tcp_seg *s,
                                             enum bonnet_reason *reason);

#endif
