/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of what is in flight: one entry per segment (or super-segment) as it was sent.
 *
 * Everything that retransmission needs to know is here and only here: when a piece was sent last,
 * how often, whether the peer has SACKed it, whether we think it is lost. Records lie in order of
 * sequence in a circular array and cover SND.UNA .. SND.NXT without a gap; a piece is found by
 * binary search. The byte counts are kept in step with the flags by the functions below, and
 * recounted by sent_check().
 */
#ifndef TCP_SENT_H
#define TCP_SENT_H

#include "base/env.h"
#include "base/seq.h"
#include "tcp/flight.h"

enum sent_flag {
    SENT_SACKED = 1,        /* the peer has it */
    SENT_LOST = 2,          /* thought lost, to be sent again; not counted as in flight */
    SENT_RETRANSMITTED = 4, /* sent more than once: no RTT sample (Karn) */
    SENT_APP_LIMITED = 8,   /* the program had no more to send when it went out */
};

struct sent_record {
    tcp_seq from;
    tcp_seq to;          /* octet after the last, SYN and FIN counted */
    bonnet_time sent_at; /* last transmission */
    uint32_t delivered;  /* conn.delivered when it was sent: for rate samples */
    uint8_t flags;       /* enum sent_flag, or-ed */
    uint8_t times;       /* transmissions, saturating */
    uint16_t reason;     /* enum bonnet_reason why it is lost, while SENT_LOST */
};

struct sent {
    struct flight *flight; /* NULL: nothing is in flight */
    struct sent_record *r; /* circular; NULL as well */
    uint16_t head;         /* index of the oldest */
    uint16_t n;
    uint16_t room;   /* entries, a power of two */
    uint32_t lost;   /* bytes with SENT_LOST */
    uint32_t sacked; /* bytes with SENT_SACKED */
};

void sent_init(struct sent *s);
void sent_clear(struct sent *s, struct env *e);

/* The i-th oldest record; i < n. */
static inline struct sent_record *sent_at(const struct sent *s, uint32_t i)
{
    return &s->r[(s->head + i) & (uint32_t)(s->room - 1)];
}

static inline uint32_t sent_record_len(const struct sent_record *r)
{
    return seq_span(r->to, r->from);
}

/* Makes sure that one more record fits. 0, -ENOMEM, -ENOBUFS (limits.sent_records_max). */
int sent_reserve(struct sent *s, struct env *e);

/* The newest record, to be filled in; sent_reserve() has made room. */
struct sent_record *sent_add(struct sent *s);

/* Index of the record that holds octet q, or n. */
uint32_t sent_find(const struct sent *s, tcp_seq q);

/* Cuts record i in two at octet q, which lies inside it. 0, or as sent_reserve(). */
int sent_split(struct sent *s, struct env *e, uint32_t i, tcp_seq q);

/* Sets and takes back flags, with the counts. */
void sent_mark_lost(struct sent *s, struct sent_record *r, enum bonnet_reason why);
void sent_mark_sacked(struct sent *s, struct sent_record *r);
void sent_forget_sacked(struct sent *s, struct sent_record *r);
void sent_on_retransmitted(struct sent *s, struct sent_record *r, bonnet_time now);

/* All that is not SACKed is lost: after a timeout. */
void sent_mark_all_lost(struct sent *s, enum bonnet_reason why);

/* Nothing is lost after all. */
void sent_unmark_lost(struct sent *s);

/* What a cumulative acknowledgment took away. */
struct sent_acked {
    uint32_t bytes;         /* of sequence space */
    uint32_t sacked_before; /* of these, how many the peer had SACKed */
    bool retransmitted;     /* some had been sent more than once */
    bonnet_time
        newest_sent; /* last transmission of the newest record sent once; BONNET_NEVER: none */
};

/* Forgets everything before una (cutting a record where needed). The flight's memory stays until
 * sent_settle(). */
void sent_ack(struct sent *s, tcp_seq una, struct sent_acked *out);

/* After an acknowledgment was looked at: gives memory back if nothing is in flight. */
void sent_settle(struct sent *s, struct env *e);

/* The first record that is lost, or NULL. */
struct sent_record *sent_first_lost(const struct sent *s);

/* Do the counts equal a recount, and is the order right? */
bool sent_check(const struct sent *s);

#endif
