/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SEGMENT ARRIVES, once more: RFC 9293 3.10.7 with RFC 5961 as a reader would write it down, with
 * plain integers and no memory. It shares no line with the machine that is held against it.
 *
 * Numbers are relative and never wrap. Nothing has arrived out of order before.
 */
#ifndef TESTS_LIBRULE_H
#define TESTS_LIBRULE_H

#include <stdbool.h>
#include <stdint.h>

#include "bonnet/inspect.h"

struct rule_conn {
    enum bonnet_tcp_state state;
    bool passive;              /* SYN-RECEIVED came from LISTEN */
    int64_t una, nxt, max_wnd; /* SND */
    int64_t irs, rcv, edge;    /* RCV.NXT, and the first number beyond the window */
};

struct rule_seg {
    bool syn, ack, fin, rst;
    int64_t seq, ackno, len;
};

enum rule_reply { RULE_NOTHING, RULE_ACK, RULE_SYN_ACK, RULE_RST, RULE_RST_ACK };

/* What must come of it. */
struct rule_outcome {
    enum rule_reply reply;
    int64_t reply_seq, reply_ack; /* of a reset; RULE_RST has no ACK */
    enum bonnet_tcp_state state;
    int64_t una, rcv;
};

struct rule_outcome rule_segment_arrives(const struct rule_conn *c, const struct rule_seg *s);

#endif
