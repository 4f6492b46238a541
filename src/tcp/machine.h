/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of tcp/ say to each other: steps that return verdicts, and facts about what
 * happened.
 *
 * A step looks at one segment and says NEXT (go on with the following step) or DONE (the segment is
 * finished; outcome.reason says why, if it was refused). Facts are named for what happened; the
 * file that owns the policy decides what follows.
 */
#ifndef TCP_MACHINE_H
#define TCP_MACHINE_H

#include "tcp/tcp.h"

enum tcp_verdict { TCP_NEXT, TCP_DONE };

/* ---- input.c ---- */
/* The segment is refused: nothing more happens to it. */
static inline enum tcp_verdict tcp_drop(struct tcp_outcome *o, enum bonnet_reason why)
{
    o->reason = why;
    return TCP_DONE;
}

/* Segments that a coalesced frame is made of, as TCP_INFO counts them. */
static inline uint32_t tcp_segments_in(const struct tcp_seg *s)
{
    return s->gso_size && s->len > s->gso_size ? (s->len - 1u) / s->gso_size + 1u : 1u;
}

/* What follows the SYN of a segment: its text and FIN. Urgent data has no place beside a SYN. */
static inline struct tcp_seg tcp_after_syn(const struct tcp_seg *s)
{
    struct tcp_seg rest = *s;
    rest.seq = seq_add(s->seq, 1);
    rest.flags &= (uint16_t) ~(TCP_SYN | TCP_URG);
    return rest;
}

/* ---- open.c: SYN-SENT, and what both ends of a handshake do ---- */
void open_input_syn_sent(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                         struct tcp_outcome *o);
void open_on_established(struct tcp_conn *c, struct env *e, struct tcp_outcome *o);

/* ---- ack.c ---- */
enum tcp_verdict check_ack(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                           struct tcp_outcome *o);

/* ---- rack.c: for connections that agreed on SACK ---- */
/* Is there anything to judge? Where all comes in order, RACK has nothing to remember. */
static inline bool rack_is_awake(const struct tcp_conn *c)
{
    if (!(c->agreed & TCP_AGREED_SACK)) return false;
    return c->sent.sacked > 0 || c->recovering || c->rto_recovering;
}
/* What RACK needs to know of an acknowledgment. */
struct rack_ack {
    bonnet_time now;
    uint32_t ecr;
    uint32_t dsack_bytes; /* that a D-SACK reports */
    bool has_ecr;
    bool is_dsack;
};
/* Octets of r up to `to` were delivered; and all records below ack that no SACK had delivered. */
void rack_on_delivered(struct tcp_conn *c, const struct rack_ack *a, const struct sent_record *r,
                       tcp_seq to);
void rack_take_acked(struct tcp_conn *c, const struct rack_ack *a, tcp_seq ack);
void rack_on_dsack(struct tcp_conn *c);
void rack_on_recovery_ended(struct tcp_conn *c);
/* Marks what is lost. When to look again: BONNET_NEVER if nothing is in doubt. */
bonnet_time rack_detect(struct tcp_conn *c, bonnet_time now);
void rack_mark_lost_on_timeout(struct tcp_conn *c, bonnet_time now);
/* May a tail loss probe be scheduled, and after how long without an answer, ns? */
bool rack_may_probe(const struct tcp_conn *c);
bonnet_time rack_probe_patience(const struct tcp_conn *c);
void rack_on_probe_sent(struct tcp_conn *c, const struct env *e, bool is_retrans);
/* Says the acknowledgment that a probe has repaired a loss? is_news: it acknowledges new octets. */
bool rack_probe_repaired(struct tcp_conn *c, const struct rack_ack *a, tcp_seq ack, bool is_news);

/* ---- undo.c ---- */
/* The window is about to be reduced. */
void undo_begin(struct tcp_conn *c);
void undo_on_retransmitted(struct tcp_conn *c, const struct env *e, uint32_t bytes);
/* Takes the reduction back if the acknowledgment proves it was needless. True: it was. */
bool undo_on_ack(struct tcp_conn *c, struct env *e, const struct rack_ack *a, bool is_news);

/* ---- ecn.c ---- */
/* Does a SYN ask for ECN? Not one that is marked itself: something on its way plays with bits. */
bool ecn_is_setup_syn(const struct tcp_seg *s);
/* Flags by which our SYN asks, or our SYN-ACK grants; flags: what it is. */
uint16_t ecn_syn_flags(const struct tcp_conn *c, uint16_t flags);
/* The peer's SYN or SYN-ACK: does it take part? */
void ecn_take_syn(struct tcp_conn *c, const struct tcp_seg *s);
/* The next SYN shall not ask. Did the last? */
bool ecn_give_up_asking(struct tcp_conn *c);
/* Text is taken, on a connection that echoes marks. */
void ecn_on_text(struct tcp_conn *c, const struct tcp_seg *s);
/* An acknowledgment with ECE delivers so many bytes. */
void ecn_count_echo(struct tcp_conn *c, struct env *e, uint32_t delivered);
/* Shall an ECE of this moment reduce the window? Something is, or was just, in flight. */
bool ecn_is_news(const struct tcp_conn *c);
/* The window was reduced, for whatever reason. */
void ecn_on_reduced(struct tcp_conn *c);
/* A segment goes out, on a connection that echoes marks: its flags and its IP header's bits. */
void ecn_fill(struct tcp_conn *c, const struct tcp_plan *p, struct tcp_seg *s);

/* ---- loss.c ---- */
/* Takes the SACK blocks of an ACK (RFC 2018, RFC 2883). Bytes newly SACKed. */
uint32_t loss_take_sacks(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                         struct rack_ack *ra);
/* What the ACK says about loss: marks records, begins and ends recovery, tells congestion control.
 * When to look again for loss; BONNET_NEVER if nothing is in doubt. */
bonnet_time loss_on_ack(struct tcp_conn *c, struct env *e, const struct rack_ack *ra,
                        struct tcp_ack_report *a);
/* The reordering timer: what is overdue is lost. */
bonnet_time loss_on_reorder_timer(struct tcp_conn *c, struct env *e);
void loss_on_timeout(struct tcp_conn *c, struct env *e);
/* So many bytes go out. */
void loss_on_sent(struct tcp_conn *c, uint32_t bytes);
/* Bytes in flight, as congestion control counts them. */
uint32_t loss_in_flight(const struct tcp_conn *c);

/* ---- recv.c ---- */
void take_urgent(struct tcp_conn *c, const struct tcp_seg *s, struct tcp_outcome *o);
enum tcp_verdict take_text(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                           struct tcp_outcome *o);
enum tcp_verdict take_fin(struct tcp_conn *c, struct env *e, const struct tcp_seg *s,
                          struct tcp_outcome *o);
/* An ACK is owed now, for this reason; an earlier reason stays. */
void recv_owe_ack(struct tcp_conn *c, enum bonnet_reason why);
/* A challenge ACK is owed, if the limits allow one (RFC 5961 7). */
void recv_owe_challenge(struct tcp_conn *c, struct env *e, enum bonnet_reason why);
/* The window that would be offered now: bytes beyond RCV.NXT, silly-window avoidance applied. */
uint32_t recv_window(const struct tcp_conn *c);
/* The window field of the next segment; moves RCV.EDGE. */
uint16_t recv_offer_window(struct tcp_conn *c, struct env *e);
/* SACK blocks of the next ACK into s. */
void recv_fill_sacks(struct tcp_conn *c, struct env *e, struct tcp_seg *s);
/* Bytes of SACK options that the next segment carries. */
uint32_t recv_sack_space(const struct tcp_conn *c);
/* An ACK went out, with text or without. */
void recv_on_ack_sent(struct tcp_conn *c, bool with_text);
/* The program has read: the receive buffer may grow (dynamic right-sizing), and an ACK is owed if
 * the window opens enough to say so. */
void recv_on_read(struct tcp_conn *c, struct env *e);

/* ---- timers.c ---- */
void timers_on_sent(struct tcp_conn *c, const struct env *e, bool oldest_again);
void timers_on_acked(struct tcp_conn *c, const struct env *e);
/* RACK is in doubt until this instant; BONNET_NEVER: it is not. */
void timers_on_doubt(struct tcp_conn *c, const struct env *e, bonnet_time until);
void timers_on_tail_probe_sent(struct tcp_conn *c, const struct env *e);
/* Something waits and nothing is in flight: probe the window, or let go of a cork, later. */
void timers_on_blocked(struct tcp_conn *c, const struct env *e, enum bonnet_why why);
void timers_on_established(struct tcp_conn *c, const struct env *e);
void timers_on_keepalive_changed(struct tcp_conn *c, const struct env *e);
/* An orphan's FIN is acknowledged: FIN-WAIT-2 shall end. False: at once. */
bool timers_on_orphan_fin_wait_2(struct tcp_conn *c, const struct env *e);
void timers_stop(struct tcp_conn *c);

/* ---- close.c ---- */
/* The reset by which we end it, or nothing in states where the peer knows nothing of us. */
void close_fill_reset(const struct tcp_conn *c, const struct env *e, struct tcp_outcome *o);

/* ---- plan.c ---- */
/* Bytes of text in a full segment, when SACK blocks go with it. */
uint32_t plan_segment_text(const struct tcp_conn *c);

#endif
