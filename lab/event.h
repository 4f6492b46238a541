/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens in a run, told as it happens: the timeline, and nothing else, is made from this.
 *
 * A world tells of packets, states and reasons; the player (play.c) gives sockets their names in
 * the scenario, adds what programs do, and passes all of it on. Pointers are valid for the call.
 */
#ifndef LAB_EVENT_H
#define LAB_EVENT_H

#include "scenario.h"

#include <bonnet/inspect.h>
#include <bonnet/packet.h>

enum lab_event_kind {
    LAB_EVENT_BEGIN,    /* of a run: scenario, stack, seed, values of a sweep */
    LAB_EVENT_PACKET,   /* host put a packet on the wire; fate says what the link did to it */
    LAB_EVENT_DROP,     /* host refused a packet that arrived, for a reason; with LAB_FATE_CUT and
                           without one: it never arrived, its link was cut meanwhile */
    LAB_EVENT_ARRIVAL,  /* a packet has come to host, which has not looked at it yet */
    LAB_EVENT_REASON,   /* host gave another reason (note, reset) about a connection */
    LAB_EVENT_STATE,    /* a connection changed its state */
    LAB_EVENT_CALL,     /* a call has returned; blocked_ns > 0: it blocked meanwhile */
    LAB_EVENT_BLOCKED,  /* a call has blocked */
    LAB_EVENT_GAUGES,   /* queues, windows or the round trip of a socket have changed */
    LAB_EVENT_SNAPSHOT, /* rows of a host, to be printed as ss or netstat */
    LAB_EVENT_SAY,      /* narration */
    LAB_EVENT_ACT,      /* the scenario does something to the world: cut, kill, power, fault, ... */
    LAB_EVENT_WAIT,     /* time passes: `wait` */
    LAB_EVENT_EXPECT,   /* an expectation was looked at */
    LAB_EVENT_SKIP,     /* a line that is not for this stack */
    LAB_EVENT_MEASURE,  /* a value was measured */
    LAB_EVENT_TABLE,    /* end of a sweep: all measures */
    LAB_EVENT_END,      /* of a run */
};

/* "packet", "snapshot", ...: what --json calls it. */
const char *lab_event_name(enum lab_event_kind kind);

enum lab_fate {
    LAB_FATE_PASSES,
    LAB_FATE_LOST,       /* by the link's chance or its queue */
    LAB_FATE_CUT,        /* the link is cut, or the receiver has no power */
    LAB_FATE_DROPPED,    /* by `drop` */
    LAB_FATE_CORRUPTED,  /* by `corrupt` */
    LAB_FATE_DUPLICATED, /* by `duplicate` */
    LAB_FATE_HELD,       /* by `hold` */
    LAB_FATE_FORGED,     /* no stack sent it: `forge`, `replay` */
};

/* What made a state change. */
enum lab_trigger { LAB_BY_CALL, LAB_BY_PACKET, LAB_BY_TIMER, LAB_BY_UNKNOWN };

/* A connection or socket, by its addresses and, if a program holds or held it, by its names. */
struct lab_subject {
    struct bonnet_endpoint local, remote;
    const char *program; /* NULL: none known */
    const char *socket;
};

struct lab_event {
    enum lab_event_kind kind;
    bonnet_time at; /* ns since the beginning of the run */
    unsigned host;  /* whose column; LAB_HOSTS_MAX: nobody's */
    unsigned line;  /* of the scenario; 0: none */
    const struct scenario *scenario;
    struct lab_subject subject; /* STATE, REASON, GAUGES, CALL */
    int reason;                 /* PACKET: why it was sent; DROP, REASON; STATE; 0: not known */
    struct {                    /* PACKET, ARRIVAL, DROP */
        const struct bonnet_packet *packet;
        const void *frame;
        uint32_t len;
        uint32_t seq_base, ack_base; /* initial sequence numbers of sender and receiver */
        unsigned to;                 /* host at the other end of the link */
        enum lab_fate fate;
    } wire;
    struct { /* STATE */
        enum bonnet_tcp_state from, to;
        enum lab_trigger trigger;
        const char *by; /* "close()", "[F.]", "timer": of the trigger; never NULL */
    } state;
    struct { /* CALL, BLOCKED */
        const struct lab_step *step;
        const char *program;
        int64_t result;   /* >= 0, or -errno */
        const char *data; /* bytes read, if they are text worth showing; NULL */
        size_t data_len;
        bonnet_time blocked_ns;
        uint32_t unread; /* of close, exit: bytes of the RecvQ that were thrown away */
        uint32_t lost;   /* bytes of the SendQ that were, since the connection was reset */
        uint32_t unsent; /* bytes of the SendQ that are on their way still */
    } call;
    struct { /* GAUGES: the row as it is now */
        const struct bonnet_row *row;
    } gauges;
    struct { /* SNAPSHOT */
        const struct bonnet_row *rows;
        size_t rows_n;
        bool netstat;
    } snapshot;
    struct { /* EXPECT, END */
        bool held;
        const char *expected, *got; /* got: NULL if it held */
    } expect;
    const char *text; /* SAY, ACT, WAIT, SKIP (the line), END (what failed, or NULL), MEASURE
                         (name), BEGIN (values of the sweeps), EXPECT (what was found, "deadlock:
                         both wait in write, both RecvQ full"); else NULL */
    double value;     /* MEASURE */
    const struct lab_table *table; /* TABLE, MEASURE: with the units */
    struct {                       /* BEGIN */
        const char *stack;         /* "bonnet", "kernel" */
        uint64_t seed;
    } begin;
};

/* All measures of a sweep. Values are in the order of the points: the last sweep runs fastest. */
#define LAB_MEASURES_MAX 4
struct lab_table {
    const struct scenario *scenario;
    unsigned measures_n;
    lab_name names[LAB_MEASURES_MAX];
    const char *units[LAB_MEASURES_MAX]; /* "Mbit/s", "segments", "s" */
    double values[LAB_MEASURES_MAX][LAB_POINTS_MAX * LAB_POINTS_MAX];
};

typedef void (*lab_sink)(void *ctx, const struct lab_event *event);

#endif
