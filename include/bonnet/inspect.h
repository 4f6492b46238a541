/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking under the bonnet: read-only snapshots of sockets, counters, reasons, and a trace of
 * events.
 *
 * Nothing here changes the stack. The names of the queues: SendQ is written and not yet
 * acknowledged, RecvQ is received in order and not yet read, Delivered is read by the program.
 */
#ifndef BONNET_INSPECT_H
#define BONNET_INSPECT_H

#include <bonnet/socket.h>
#include <bonnet/types.h>

/* TCP states, with Linux' numbers. */
enum bonnet_tcp_state {
    BONNET_ESTABLISHED = 1,
    BONNET_SYN_SENT,
    BONNET_SYN_RECEIVED,
    BONNET_FIN_WAIT_1,
    BONNET_FIN_WAIT_2,
    BONNET_TIME_WAIT,
    BONNET_CLOSED,
    BONNET_CLOSE_WAIT,
    BONNET_LAST_ACK,
    BONNET_LISTEN,
    BONNET_CLOSING,
    BONNET_STATES_END,
};

/* The RFC's name of a state: "ESTABLISHED", "FIN-WAIT-1", ... */
BONNET_API const char *bonnet_state_name(enum bonnet_tcp_state state);

/* Reasons: see reasons.def. */
enum bonnet_reason {
    BONNET_R_NONE,
#define X(NAME, name, kind, text) BONNET_R_##NAME,
#include <bonnet/reasons.def>
#undef X
    BONNET_REASONS_END,
};

enum bonnet_reason_kind { BONNET_KIND_SEND, BONNET_KIND_NOTE, BONNET_KIND_DROP, BONNET_KIND_RESET };

/* A reason's name ("paws"), sentence, and kind. Unknown numbers: "unknown". */
BONNET_API const char *bonnet_reason_name(int reason);
BONNET_API const char *bonnet_reason_text(int reason);
BONNET_API enum bonnet_reason_kind bonnet_reason_kind(int reason);

/* How often a reason was given since the stack was made. 0 for unknown numbers. */
BONNET_API uint64_t bonnet_reason_count(const struct bonnet *bn, int reason);

/* Counters of the kernel's MIBs: see mib.def. */
enum bonnet_mib {
#define X(name) BONNET_MIB_##name,
#include <bonnet/mib.def>
#undef X
    BONNET_MIBS_END,
};

/* A counter's name ("TcpRetransSegs"; unknown numbers: "unknown") and its value (0). */
BONNET_API const char *bonnet_mib_name(int mib);
BONNET_API uint64_t bonnet_mib_count(const struct bonnet *bn, int mib);

/* What a row of a snapshot is. */
enum bonnet_row_kind {
    BONNET_ROW_LISTENER,
    BONNET_ROW_HALF_OPEN,
    BONNET_ROW_CONNECTION,
    BONNET_ROW_TIME_WAIT,
    BONNET_ROW_DATAGRAM,
    BONNET_ROW_UNBOUND, /* a stream socket that is neither listening nor connected */
};

/* The timer that ends the wait, named as ss -o does. */
enum bonnet_timer {
    BONNET_TIMER_NONE,
    BONNET_TIMER_RETRANSMIT, /* "on" */
    BONNET_TIMER_KEEPALIVE,  /* "keepalive" */
    BONNET_TIMER_TIMEWAIT,   /* "timewait": also FIN-WAIT-2 of an orphan */
    BONNET_TIMER_PERSIST,    /* "persist" */
    BONNET_TIMER_DELACK,     /* "delack" */
    BONNET_TIMERS_END,
};

/* The word that ss -o prints for a timer. */
BONNET_API const char *bonnet_timer_name(enum bonnet_timer timer);

/* Why a connection does not send more at this moment. */
enum bonnet_why {
    BONNET_WHY_APP,    /* everything written has been sent */
    BONNET_WHY_CWND,   /* the congestion window is full */
    BONNET_WHY_WINDOW, /* the peer's receive window is full, or closed */
    BONNET_WHY_NAGLE,  /* a small segment waits for an acknowledgment (Nagle) or for more (cork) */
    BONNET_WHY_SWS,    /* silly-window avoidance */
    BONNET_WHY_PACING, /* the time has not come */
    BONNET_WHY_NEIGHBOUR,    /* the next hop's link address is being asked for */
    BONNET_WHY_HANDSHAKE,    /* the connection is not established yet */
    BONNET_WHY_NOTHING_LEFT, /* the FIN has been sent */
    BONNET_WHY_SENDING,      /* it does: a segment is ready to be pulled */
    BONNET_WHYS_END,
};

/* A few words for each, "peer's window". */
BONNET_API const char *bonnet_why_text(enum bonnet_why why);

/* One row: a socket, or a connection that has none any more. Fields that a kind lacks are 0. */
struct bonnet_row {
    size_t size; /* sizeof(struct bonnet_row), set by the caller */
    enum bonnet_row_kind kind;
    int socket; /* handle, -1: no program holds it (orphan, accept queue, half-open, TIME-WAIT) */
    enum bonnet_tcp_state state;
    struct bonnet_endpoint local;
    struct bonnet_endpoint remote;
    uint32_t recv_q;       /* bytes; listener: connections in the accept queue */
    uint32_t send_q;       /* bytes; listener: backlog */
    uint32_t in_flight;    /* bytes of send_q that were sent and not acknowledged */
    uint32_t unsent;       /* bytes of send_q that were not sent */
    uint32_t out_of_order; /* bytes held beyond a gap */
    uint32_t syn_q;        /* listener: half-open connections */
    uint32_t syn_q_max;
    uint64_t delivered; /* bytes read by the program */
    uint64_t written;   /* bytes accepted from the program */
    enum bonnet_timer timer;
    bonnet_time timer_left; /* ns until it fires */
    bonnet_time stalled;    /* ns without progress of what is in flight or waits for a window; 0:
                               nothing does */
    uint32_t retransmits;   /* of the timer: times it fired without progress */
    enum bonnet_why why;
    uint32_t recv_q_max; /* limits: SO_RCVBUF, SO_SNDBUF, bytes */
    uint32_t send_q_max;
    uint32_t memory; /* bytes charged to it */
    uint32_t drops;  /* datagram sockets: datagrams refused */
    uint64_t user;   /* bonnet_set_user() */
    bool orphan;     /* closed by its program, still closing with its peer */
    bool keepalive;
    /* The machine's variables, for the checker and for people (RFC 9293 names). */
    uint32_t iss, snd_una, snd_nxt, snd_max, snd_wnd, max_snd_wnd;
    uint32_t irs, rcv_nxt, rcv_wnd;
    uint32_t cwnd, ssthresh;     /* bytes */
    uint32_t timers_armed;       /* bit per enum bonnet_timer */
    const char *congestion;      /* name of the congestion control; NULL: none */
    struct bonnet_tcp_info info; /* connections only */
};

/* Walks all rows: *cursor begins at 0. Returns 1 with *row filled in, 0 at the end, -EINVAL (size).
 * A stack that changes between calls may show a row twice or not at all; within a pause it is
 * exact. */
BONNET_API int bonnet_inspect(const struct bonnet *bn, uint64_t *cursor, struct bonnet_row *row);

/* One socket by its handle. -EBADF, -EINVAL (size). */
BONNET_API int bonnet_inspect_socket(const struct bonnet *bn, int s, struct bonnet_row *row);

/* Totals, for leaks and pictures. */
struct bonnet_totals {
    size_t size;
    uint32_t sockets, listeners, half_open, connections, orphans, time_wait, datagram_sockets;
    uint32_t timers;       /* armed in the wheel */
    uint32_t reassemblies; /* datagrams in reassembly */
    uint32_t neighbours;
    uint32_t replies; /* stateless answers waiting */
    uint64_t timers_fired, timers_armed, timers_cancelled;
    uint64_t frames_in, frames_dropped, frames_out;
    uint64_t memory_bytes, memory_blocks, memory_peak;
};

/* -EINVAL: size. */
BONNET_API int bonnet_totals(const struct bonnet *bn, struct bonnet_totals *out);

/* What happened, told to config.trace and to tracers as it happens. */
enum bonnet_trace_kind {
    BONNET_TRACE_STATE,  /* a connection changed its state */
    BONNET_TRACE_REASON, /* a reason was given: drop, reset, note */
};

struct bonnet_trace {
    enum bonnet_trace_kind kind;
    bonnet_time at;
    int socket;                           /* -1: none */
    struct bonnet_endpoint local, remote; /* any, if not known */
    enum bonnet_tcp_state from, to;       /* TRACE_STATE */
    int reason;                           /* enum bonnet_reason; 0 for TRACE_STATE without one */
};

/* One more who hears the trace, in memory of his own that stays while he does. */
struct bonnet_tracer {
    void (*trace)(void *ctx, const struct bonnet_trace *event); /* must not call into the stack */
    void *ctx;
    struct bonnet_tracer *next; /* the stack's; NULL: the last one */
};

/* From here on tracer is told, too, as long as it is not removed; any number may be. What the stack
 * does is the same with it and without. Not from within a trace. */
BONNET_API void bonnet_tracer_add(struct bonnet *bn, struct bonnet_tracer *tracer);

/* The last it hears of. A tracer that was not added is fine. Not from within a trace. */
BONNET_API void bonnet_tracer_remove(struct bonnet *bn, struct bonnet_tracer *tracer);

#endif
