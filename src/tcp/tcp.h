/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door of the machine: one connection, half-open connection or TIME-WAIT, seen through five
 * verbs.
 *
 * tcp/ turns segments into state and state into segments. It knows no socket, no address and no
 * frame. What it cannot finish itself it says in values: events for the program, a stateless answer
 * to send, the wish to become a TIME-WAIT. RFC 9293 is followed section by section: input.c
 * is 3.10.7.4.
 */
#ifndef TCP_TCP_H
#define TCP_TCP_H

#include "tcp/conn.h"
#include "tcp/listen.h"
#include "tcp/timewait.h"

/* Facts for the program, or-ed: which of its waits may end. */
enum tcp_event {
    TCP_EV_READABLE = 1,   /* text, end of stream, or urgent mark */
    TCP_EV_WRITABLE = 2,   /* room in the SendQ */
    TCP_EV_CONNECTED = 4,  /* ESTABLISHED */
    TCP_EV_ENDED = 8,      /* state is CLOSED: conn.error says why */
    TCP_EV_TIME_WAIT = 16, /* make a TIME-WAIT of it: state is TIME-WAIT */
    TCP_EV_PROGRESS = 32,  /* new data was acknowledged: the next hop is alive */
    TCP_EV_DOUBT = 64,     /* timeouts in a row: is the next hop still there? */
};

/* What became of a segment, a timer or a command. */
struct tcp_outcome {
    enum bonnet_reason reason; /* R_NONE: taken; otherwise why it was dropped, or what it ended */
    uint8_t events;            /* enum tcp_event, or-ed */
    bool answer;               /* send reply: a segment of no connection */
    struct tcp_seg reply;      /* ports, sequence, flags, window and options set; no text */
};

/* An ICMP error as the machine sees it. */
struct tcp_icmp_error {
    tcp_seq about; /* the octet it quotes */
    int error;     /* positive errno */
    bool hard;
};

/* ---- opening ---- */

/* What a connection needs to know of the world. */
struct tcp_world {
    struct tcp_tuple tuple;
    uint16_t mtu; /* of the path, bytes */
};

/* A fresh one, CLOSED, that has never been anything else. */
void tcp_init(struct tcp_conn *c, const struct tcp_settings *set);

/* An active open: SYN-SENT, the SYN is what plan says. settings are copied. */
void tcp_open_active(struct tcp_conn *c, struct env *e, const struct tcp_settings *set,
                     const struct tcp_world *w);

/* A passive open ends: the connection that a half-open one has become, ESTABLISHED. s: the ACK that
 * did it, which must still be given to tcp_input(). */
void tcp_open_passive(struct tcp_conn *c, struct env *e, const struct tcp_settings *set,
                      const struct tcp_world *w, const struct tcp_half_open *h);

/* A struct tcp_timewait has taken over: only what the program has not read stays. */
void tcp_on_time_wait(struct tcp_conn *c, struct env *e);

/* Frees what the connection holds. It may be in any state. */
void tcp_fini(struct tcp_conn *c, struct env *e);

/* ---- the five verbs ---- */

/* A segment arrives (RFC 9293 3.10.7.3 and .4). The state is not CLOSED or TIME-WAIT. */
void tcp_input(struct tcp_conn *c, struct env *e, const struct tcp_seg *s, struct tcp_outcome *out);

/* Timers that are due fire. */
void tcp_tick(struct tcp_conn *c, struct env *e, struct tcp_outcome *out);

/* When tcp_tick() is wanted; BONNET_NEVER. */
static inline bonnet_time tcp_deadline(const struct tcp_conn *c)
{
    bonnet_time t = c->rtx_at < c->ack_at ? c->rtx_at : c->ack_at;
    return t < c->keep_at ? t : c->keep_at;
}

/* What the connection would send next, and why not more. Pure: looks and changes nothing. */
enum tcp_what {
    TCP_SEND_NOTHING,
    TCP_SEND_SYN,        /* SYN, or SYN-ACK in simultaneous open */
    TCP_SEND_RETRANSMIT, /* the record `record` */
    TCP_SEND_TEXT,       /* new text and/or FIN */
    TCP_SEND_PROBE,
    TCP_SEND_KEEPALIVE,
    TCP_SEND_ACK,
};

struct tcp_plan {
    enum tcp_what what;
    enum bonnet_reason reason; /* BONNET_R_SEND_... */
    enum bonnet_why why;       /* what keeps it from sending new text after this */
    tcp_seq seq;
    uint32_t len; /* bytes of text */
    uint16_t flags;
    bonnet_time not_before; /* pacing: 0 now */
    struct sent_record *record;
};

/* burst: text bytes that the interface takes in one frame (super-frames); at least one MSS is
 * planned. */
struct tcp_plan tcp_plan(const struct tcp_conn *c, const struct env *e, uint32_t burst);

/* Carries out a plan that sends: fills *s (text is left to be sliced from c->out at offset
 * *text_at), moves SND.NXT, keeps the record, starts timers. 0, or -ENOBUFS: no room for a record;
 * nothing changed. *p is then what was sent: a probe may have been cut to what was recorded. */
int tcp_output(struct tcp_conn *c, struct env *e, struct tcp_plan *p, struct tcp_seg *s);

/* After sending, or taking a segment in: is there surely nothing to send? It may say no where
 * tcp_plan() would say nothing; it never says yes where tcp_plan() would send, or where tcp_rest()
 * would set a timer. */
static inline bool tcp_is_silent(const struct tcp_conn *c)
{
    bool all_sent = c->fin_sent || (!c->fin_wanted && seq_eq(conn_text_end(c), c->snd.nxt));
    return all_sent && c->sent.lost == 0 && !c->owe && !c->probe_due && !c->keep_due &&
           !c->tail_probe_due;
}

/* The plan was to send nothing: makes sure that a timer runs, if something waits. */
void tcp_rest(struct tcp_conn *c, const struct env *e, const struct tcp_plan *p);

/* ---- commands ---- */

/* Takes up to len bytes into the SendQ. Bytes taken, -EAGAIN, -EPIPE, -ENOBUFS, or the pending
 * error. */
int64_t tcp_send(struct tcp_conn *c, struct env *e, const void *p, size_t len, bool more);
/* Room in the SendQ now, by its limit and TCP_NOTSENT_LOWAT. */
uint32_t tcp_send_room(const struct tcp_conn *c);
/* Text was written in place at the tail of out (ring_reserve): it counts now. */
void tcp_send_commit(struct tcp_conn *c, struct env *e, uint32_t len);

/* Copies up to len bytes out of the RecvQ (and takes them, unless peek). 0 at the end of the
 * stream, -EAGAIN, or the pending error. p NULL: discards. */
int64_t tcp_recv(struct tcp_conn *c, struct env *e, void *p, size_t len, bool peek);

/* Takes n bytes that were read in place; n <= c->in.len. */
void tcp_recv_consume(struct tcp_conn *c, struct env *e, uint32_t n);
/* 1 if the next byte to read is the urgent mark. */
int tcp_at_mark(const struct tcp_conn *c);

/* Writing ends: FIN after what is in the SendQ. Harmless when repeated. */
void tcp_shutdown_write(struct tcp_conn *c, struct env *e);
void tcp_shutdown_read(struct tcp_conn *c, struct env *e);

/* The program lets go. With bytes unread, or abort (SO_LINGER 0): RST in out->reply, state CLOSED.
 * Otherwise FIN, and the connection goes on as an orphan. */
void tcp_close(struct tcp_conn *c, struct env *e, bool abort, struct tcp_outcome *out);

/* Ends it for a reason of the stack: RST if the peer may believe in it. */
void tcp_abort(struct tcp_conn *c, struct env *e, enum bonnet_reason why, int error,
               struct tcp_outcome *out);

/* A setting was changed in c->set: apply it (keepalive, cork, nodelay, buffers, maxseg). */
void tcp_settings_changed(struct tcp_conn *c, struct env *e);

/* The path takes no more than mtu bytes (RFC 1191): smaller segments from now on; what is in flight
 * and larger is sent again. */
void tcp_path_mtu(struct tcp_conn *c, struct env *e, uint16_t mtu);

/* The shift that a connection with these settings offers. */
uint8_t tcp_window_shift(const struct env *e, const struct tcp_settings *set);

/* An ICMP error about octet q, which the transport of the error carried (RFC 5927, RFC
 * 1122 4.2.3.9): error is a positive errno. Aborts a connection attempt if hard; otherwise it is
 * remembered. */
void tcp_icmp(struct tcp_conn *c, struct env *e, const struct tcp_icmp_error *x,
              struct tcp_outcome *out);

/* May an ICMP error about this octet concern the connection (RFC 5927 4.1)? */
bool tcp_in_flight(const struct tcp_conn *c, tcp_seq q);

/* ---- looking ---- */

/* The timer that the connection waits for, as ss -o shows it. */
enum bonnet_timer tcp_timer(const struct tcp_conn *c);
void tcp_info(const struct tcp_conn *c, const struct env *e, struct bonnet_tcp_info *out);
uint32_t tcp_in_flight_bytes(const struct tcp_conn *c);
uint32_t tcp_receive_window(const struct tcp_conn *c);
/* Bytes of the SendQ that have never been sent. */
uint32_t tcp_unsent_bytes(const struct tcp_conn *c);
/* Has the program read so much that the peer shall hear of the larger window? */
bool tcp_wants_update(const struct tcp_conn *c);

/* Every invariant at the head of conn.h. For tests and asserts. */
bool tcp_conn_check(const struct tcp_conn *c);

/* ---- nobody there ---- */

/* CLOSED (RFC 9293 3.10.7.1): the reset that answers s, or false if none may. */
bool tcp_refuse(const struct tcp_seg *s, struct tcp_seg *reply);

#endif
