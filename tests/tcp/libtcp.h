/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Step tests of one connection: a segment in, the segments out, the state after - and silence.
 *
 * Numbers are relative, as tcpdump prints them: our SYN and the peer's have 0, the first octet of
 * text 1. A row names only what differs from a template: rx() sends a segment with no text, window
 * 65535 (unscaled) and, when agreed, a timestamp that grows; tx() expects one segment and compares
 * flags, seq, ack, len, and window and SACK blocks when they are given. quiet() expects nothing to
 * be sent now.
 */
#ifndef TESTS_LIBTCP_H
#define TESTS_LIBTCP_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/machine.h"
#include "tcp/rtt.h"
#include "tcp/tcp.h"

enum { FIN = TCP_FIN, SYN = TCP_SYN, RST = TCP_RST, PSH = TCP_PSH, ACK = TCP_ACK, URG = TCP_URG };
enum { ECE = TCP_ECE, CWR = TCP_CWR, SETUP = TCP_ECE | TCP_CWR };

#define OUR_MSS 1448u

struct t {
    struct env e;
    struct tcp_conn c;
    struct tcp_outcome o; /* of the last rx, tick or call */
    struct tcp_seg last;  /* segment that tx saw last */
    uint32_t iss, irs;
    uint32_t peer_ts;
    uint32_t burst; /* text the interface takes at once; 0: one segment */
};

/* What is said of a segment; zero is the template's value where that makes sense. */
struct row {
    uint32_t seq, ack; /* relative */
    uint32_t len;
    uint32_t wnd; /* rx: 0 means 65535, WND_ZERO a closed window; tx: 0 any, else exact */
    uint16_t urg;
    uint32_t ts_val; /* rx: 0 means the next one */
    uint32_t ts_ecr;
    bool no_ts;
    uint32_t sack[8]; /* relative pairs */
    uint32_t sack_n;
    const uint8_t *text; /* rx: NULL means the pattern of its sequence numbers */
    uint8_t has;         /* rx: more options, enum tcp_option_bit */
    uint16_t mss;
    uint8_t wscale;
    uint8_t ecn; /* enum ip_ecn */
    int reason;  /* tx: enum bonnet_reason, 0 any */
};
#define WND_ZERO UINT32_MAX

/* What the connections begin as. */
struct opts {
    uint8_t agreed;  /* enum tcp_agreed; default all but window scale */
    uint32_t rcvbuf; /* default 65535 */
    uint32_t iss, irs;
    uint16_t peer_mss; /* default 1460 */
    uint8_t peer_wscale;
    bool plain; /* agree on nothing */
    bool ecn;   /* ask for it, and agree */
    bool keepalive;
    uint32_t user_timeout_ms;
};

/* A connection in each state. *t is set up; t_end() must be called on it. */
void established_with(struct t *t, struct opts o);
void closed(struct t *t, struct opts o);
void syn_sent_with(struct t *t, struct opts o);
void syn_sent(struct t *t);     /* the SYN has been pulled */
void syn_received(struct t *t); /* simultaneous open: SYN-ACK pulled */
void established(struct t *t);
void fin_wait_1(struct t *t); /* FIN pulled */
void fin_wait_2(struct t *t);
void close_wait(struct t *t); /* the ACK of the peer's FIN pulled */
void closing(struct t *t);
void last_ack(struct t *t); /* FIN pulled */
void t_end(struct t *t);

void rx_row(struct t *t, uint16_t flags, struct row r);
void tx_row(struct t *t, uint16_t flags, struct row r, const char *file, int line);
#define rx(t, flags, ...) rx_row((t), (flags), (struct row){__VA_ARGS__})
#define tx(t, flags, ...) tx_row((t), (flags), (struct row){__VA_ARGS__}, __FILE__, __LINE__)

void quiet_at(struct t *t, const char *file, int line);
#define quiet(t) quiet_at((t), __FILE__, __LINE__)
void state_at(struct t *t, enum bonnet_tcp_state s, const char *file, int line);
#define state_is(t, s) state_at((t), (s), __FILE__, __LINE__)
/* The segment was refused (or did) for this reason. */
void reason_at(struct t *t, enum bonnet_reason r, const char *file, int line);
#define reason_is(t, r) reason_at((t), (r), __FILE__, __LINE__)
/* The stateless answer: flags and relative numbers. */
void reply_row(struct t *t, uint16_t flags, struct row r, const char *file, int line);
#define reply_is(t, flags, ...) \
    reply_row((t), (flags), (struct row){__VA_ARGS__}, __FILE__, __LINE__)
void no_reply(struct t *t);

/* Moves time on by ns, firing timers one by one on the way, until something is to be sent or the
 * connection ends; the last outcome is left in t->o. */
void wait_ns(struct t *t, bonnet_time ns);
#define wait_ms(t, ms) wait_ns((t), (ms)*BONNET_MS)

/* The program. send() writes the pattern, read checks it. */
void user_send(struct t *t, uint32_t len);
void user_read(struct t *t, uint32_t len); /* expects exactly len bytes of the pattern */
void user_reads_eof(struct t *t);
void user_close(struct t *t);
void user_shutdown(struct t *t);

/* The allocator refuses from now on, or serves again. */
void memory_is(struct t *t, bool there);

/* The byte that stands at a relative sequence number, of the peer's or of our stream. */
uint8_t pattern(uint32_t seq);

#endif
