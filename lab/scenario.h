/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scenario as it was read from its file: values only, no behaviour.
 *
 * read.c makes it, play.c plays it. docs/LAB.md describes the language; the comments here say what
 * each construct has become. Everything hangs on one struct scenario and is freed with it.
 */
#ifndef LAB_SCENARIO_H
#define LAB_SCENARIO_H

#include <bonnet/host.h>
#include <stdio.h>

#define LAB_NAME_MAX     32
#define LAB_HOSTS_MAX    8
#define LAB_ADDRS_MAX    4 /* per host: what an interface takes */
#define LAB_LINKS_MAX    8
#define LAB_PROGRAMS_MAX 64
#define LAB_SETTINGS_MAX 32
#define LAB_SWEEPS_MAX   2
#define LAB_POINTS_MAX   32 /* values of a sweep */
#define LAB_WIRE_MAX     64 /* segments in one `expect wire` */

typedef char lab_name[LAB_NAME_MAX];

/* A set of stacks, or'ed: for which a line is. */
enum lab_stacks { LAB_ON_BONNET = 1, LAB_ON_KERNEL = 2, LAB_ON_BOTH = 3 };

struct lab_host {
    lab_name name;
    struct bonnet_addr addrs[LAB_ADDRS_MAX];
    unsigned addrs_n;
};

struct lab_link {
    unsigned host[2];
    struct bonnet_link_config config; /* delay etc.; seed is set by the runner */
    char words[96];                   /* netem's words, as written */
    uint16_t mtu;
};

struct lab_program {
    lab_name name;
    unsigned host;
};

/* `set HOST NAME VALUE`: a limit of that host, under Linux' sysctl name. */
struct lab_setting {
    unsigned host;
    lab_name name; /* somaxconn, tcp_max_syn_backlog, ... */
    int64_t value;
    unsigned line;
};

/* A number: NUMBER, VARIABLE, VARIABLE*NUMBER or VARIABLE/NUMBER. A variable is the program's own
 * if it has set one of that name, else the one that any program set last, else a sweep's: two
 * programs may both count in `n`, and a port that one has learned can be used by the other. */
struct lab_amount {
    int64_t number;      /* without variable: the value */
    lab_name variable;   /* "": none */
    int64_t times, over; /* 1, 1 */
};

enum lab_compare { LAB_EQUAL, LAB_LESS, LAB_LESS_EQUAL, LAB_MORE, LAB_MORE_EQUAL, LAB_BETWEEN };

/* "= 500", "< 10", "1000..1500" (between, both ends included). */
struct lab_condition {
    enum lab_compare compare;
    struct lab_amount than, to; /* to: of LAB_BETWEEN */
};

/* host, address or '*' and port. `s.port`-like forms do not exist: a port that is chosen at random
 * can be learned with getsockname() and a variable. What is expected may have the port '*', any,
 * or a range of ports. */
#define LAB_PORT_ANY (-1)
struct lab_endpoint {
    struct bonnet_addr addr; /* any for '*' */
    struct lab_amount port;
    uint16_t port_to; /* of a range: its end, included; 0: none */
};

/* ---- calls ---- */

enum lab_call {
    LAB_SOCKET,      /* s = socket([tcp|udp] [, SOCK_NONBLOCK]) */
    LAB_BIND,        /* bind(s, ENDPOINT) */
    LAB_LISTEN,      /* listen(s, N) */
    LAB_ACCEPT,      /* c = accept(s) */
    LAB_CONNECT,     /* connect(s, ENDPOINT) */
    LAB_READ,        /* [n =] read(s, N [, FLAGS]); also spelled recv */
    LAB_WRITE,       /* write(s, N|"text" [, FLAGS]); also spelled send */
    LAB_WRITEV,      /* writev(s, N|"text", N|"text"...): one call of several pieces */
    LAB_SENDTO,      /* sendto(s, N|"text", ENDPOINT) */
    LAB_RECVFROM,    /* recvfrom(s, N) */
    LAB_SHUTDOWN,    /* shutdown(s, SHUT_RD|SHUT_WR|SHUT_RDWR) */
    LAB_CLOSE,       /* close(s) */
    LAB_SETSOCKOPT,  /* setsockopt(s, OPTION, N|{onoff, SECONDS}) */
    LAB_GETSOCKOPT,  /* getsockopt(s, OPTION) */
    LAB_GETSOCKNAME, /* [p =] getsockname(s): p becomes the port */
    LAB_GETPEERNAME, /* [p =] getpeername(s) */
    LAB_POLL,        /* poll(s, POLLIN|POLLOUT... [, DURATION]) */
    LAB_SLEEP,       /* sleep(DURATION) */
    LAB_EXIT,        /* exit(): the program ends, its sockets are closed by the system */
    LAB_CALLS,
};

/* What a call shall return. */
enum lab_outcome_kind {
    LAB_UNSAID,   /* nothing was said: anything but an error */
    LAB_ANY,      /* = any: an error, too */
    LAB_NUMBER,   /* = 1500, = 1..10: of the result */
    LAB_ERROR,    /* = ECONNREFUSED (or = -1 ECONNREFUSED) */
    LAB_TEXT,     /* = "OK": the bytes that were read */
    LAB_ENDPOINT, /* = server:9191, = client:*: of getsockname and getpeername; of accept the peer,
                     whom the scenario calls `from client:5000` */
    LAB_BITS,     /* = POLLIN|POLLHUP: of poll */
};

struct lab_outcome {
    enum lab_outcome_kind kind;
    struct lab_condition number;
    int error; /* positive errno */
    char *text;
    size_t text_len;
    struct lab_endpoint endpoint;
    int bits;
    bool blocks;    /* `blocks`: it must not return at once */
    bool has_after; /* `after 1s..2s`: how long it blocked. `after 2s`: 5 % of slack. Not */
    bonnet_time from, until; /* looked at on the kernel, whose clock is not the lab's */
    bool has_sender;         /* `from ENDPOINT`, of recvfrom */
    struct lab_endpoint sender;
};

struct lab_piece { /* of writev */
    struct lab_amount bytes;
    char *text; /* NULL: bytes of a pattern */
    size_t text_len;
};

#define LAB_PIECES_MAX 8

struct lab_step {
    enum lab_call call;
    unsigned line;
    char *source;      /* the call as written, without what is expected: "read(s, 100)" */
    lab_name variable; /* what the result is given to; "": nothing */
    lab_name socket;   /* "": the call has none */
    enum bonnet_type type;
    bool nonblocking;                        /* socket() */
    struct lab_endpoint to;                  /* bind, connect, sendto */
    struct lab_amount amount;                /* backlog, bytes, value of an option */
    struct lab_piece pieces[LAB_PIECES_MAX]; /* write, writev, sendto */
    unsigned pieces_n;
    int flags;                   /* enum bonnet_msg; poll bits */
    enum bonnet_how how;         /* shutdown */
    enum bonnet_option option;   /* setsockopt, getsockopt */
    struct bonnet_linger linger; /* SO_LINGER */
    bonnet_time duration;        /* sleep, poll (BONNET_NEVER: for ever), options in time */
    struct lab_outcome outcome;
};

/* ---- faults ---- */

enum lab_fault_kind { LAB_DROP, LAB_CORRUPT, LAB_DUPLICATE, LAB_HOLD, LAB_RECORD };

/* `drop [next|2nd|3rd|...|every|next N] WHAT from HOST [for DURATION]`: of the packets that HOST
 * sends from now on and that are WHAT, those from the first'th on, count of them. */
struct lab_fault {
    enum lab_fault_kind kind;
    unsigned host;  /* the sender */
    unsigned first; /* 1: the next one */
    unsigned count; /* UINT_MAX: all from then on */
    bool is_data;   /* `data`: with text */
    bool is_tcp;    /* `segment`, `data` or [FLAGS] */
    bool is_udp;    /* `datagram` */
    bool has_flags; /* `[S.]`: exactly these, PSH not looked at */
    uint8_t flags;
    bonnet_time delay; /* LAB_HOLD */
    lab_name name;     /* LAB_RECORD: under this name, for `replay` */
};

/* `forge [N] [FLAGS] from ADDR[/BITS][:PORT] to HOST:PORT` or `forge [FLAGS] from PROG SOCKET [seq
 * +N] [ack +N] [length N]`: segments that no stack sent, put on the wire to their receiver. */
struct lab_forgery {
    unsigned count;
    uint8_t flags;
    struct bonnet_addr from; /* first address; further ones count up within bits */
    unsigned bits;           /* 32: one address */
    uint16_t from_port;      /* 0: at random */
    struct lab_endpoint to;
    bool in_flow;     /* as if sent by this socket, at its SND.NXT and RCV.NXT */
    unsigned program; /* in_flow */
    lab_name socket;
    int64_t seq, ack; /* in_flow: added */
    uint32_t text_len;
};

/* ---- expectations ---- */

enum lab_gauge {
    LAB_SENDQ,     /* written, not acknowledged */
    LAB_RECVQ,     /* received in order, not read; of a listener: accept queue */
    LAB_IN_FLIGHT, /* sent, not acknowledged */
    LAB_UNSENT,
    LAB_DELIVERED, /* read by the program */
    LAB_WRITTEN,   /* taken from the program */
    LAB_BACKLOG,   /* listener */
    LAB_SYN_QUEUE, /* listener: half-open */
    LAB_CWND,
    LAB_GAUGES,
};

enum lab_expect_kind {
    LAB_EXPECT_STATE,   /* PROG SOCKET is STATE [or STATE]: a set of states; CLOSED: gone */
    LAB_EXPECT_GAUGES,  /* PROG SOCKET GAUGE CONDITION, ... */
    LAB_EXPECT_BLOCKED, /* PROG is blocked [in CALL] */
    LAB_EXPECT_FREE,    /* PROG is free: not in a call */
    LAB_EXPECT_WIRE, /* wire HOST [FLAGS], HOST [FLAGS]...: all TCP segments sent since the last one
                      */
    LAB_EXPECT_SEGMENTS, /* segments CONDITION: number of TCP segments sent by all so far */
    LAB_EXPECT_COUNTER,  /* HOST counts NAME CONDITION: counter of the MIB, or reason */
    LAB_EXPECT_SOCKETS,  /* HOST has N|no STATE|sockets: rows in that state */
    LAB_EXPECT_MEMORY,   /* HOST memory CONDITION: bytes */
    LAB_EXPECT_DEADLOCK, /* deadlock: nobody will ever move again */
    LAB_EXPECT_CLOCK,    /* time CONDITION (ms since the beginning) */
    LAB_EXPECT_GROWS,    /* MEASURE grows with SWEEP until N: over all runs of a sweep */
    LAB_EXPECT_LEVELS,   /* MEASURE levels off with SWEEP from N: within a tenth */
    LAB_EXPECTS,
};

struct lab_gauge_condition {
    enum lab_gauge gauge;
    struct lab_condition condition;
};

struct lab_wire_item {
    unsigned host;
    uint8_t flags; /* PSH is not looked at */
};

struct lab_expect {
    enum lab_expect_kind kind;
    unsigned program, host;
    lab_name socket;
    uint32_t states; /* bit 1 << enum bonnet_tcp_state; SOCKETS: 0 is all */
    struct lab_gauge_condition gauges[LAB_GAUGES];
    unsigned gauges_n;
    enum lab_call call; /* BLOCKED: LAB_CALLS is any */
    bool any;           /* WIRE: whatever it was, the next such line begins here */
    struct lab_wire_item *wire;
    unsigned wire_n;
    char name[48]; /* COUNTER; GROWS, LEVELS: the measure */
    lab_name sweep;
    struct lab_condition condition;
};

/* ---- lines ---- */

enum lab_line_kind {
    LAB_LINE_STEP,     /* PROG: call(...) */
    LAB_LINE_REPEAT,   /* PROG: repeat [N] { call; call } */
    LAB_LINE_TOGETHER, /* the indented lines below begin at the same instant */
    LAB_LINE_WAIT,     /* wait DURATION */
    LAB_LINE_WAIT_FOR, /* wait for PROG [at most DURATION]: until it is in no call any more */
    LAB_LINE_KILL,     /* kill PROG: as kill -9; its sockets are closed by the system */
    LAB_LINE_POWER,    /* power off HOST, power on HOST: it forgets all, says nothing */
    LAB_LINE_CUT,      /* cut HOST -- HOST; mend HOST -- HOST */
    LAB_LINE_FAULT,
    LAB_LINE_FORGE,
    LAB_LINE_REPLAY,   /* replay NAME: sends the recorded packet again */
    LAB_LINE_SNAPSHOT, /* snapshot ss|netstat [HOST] */
    LAB_LINE_SAY,      /* say TEXT: printed in the timeline */
    LAB_LINE_EXPECT,
    LAB_LINE_MEASURE, /* measure NAME = throughput PROG SOCKET | segments | time */
    LAB_LINES,
};

enum lab_measure { LAB_THROUGHPUT, LAB_SEGMENTS, LAB_TIME };

struct lab_line {
    enum lab_line_kind kind;
    unsigned line;          /* in the file, from 1 */
    enum lab_stacks stacks; /* `on bonnet`, `on kernel`: otherwise both */
    char *source;           /* as written, trimmed */
    unsigned program;       /* STEP, REPEAT, WAIT_FOR, KILL, MEASURE */
    struct lab_step *steps; /* STEP: one; REPEAT: the body */
    unsigned steps_n;
    unsigned times;         /* REPEAT: 0 is until end of stream or an error */
    struct lab_line *inner; /* TOGETHER */
    unsigned inner_n;
    bonnet_time duration; /* WAIT; WAIT_FOR: BONNET_NEVER is the lab's own patience */
    unsigned host;        /* POWER, SNAPSHOT (LAB_HOSTS_MAX: all) */
    unsigned link;        /* CUT */
    bool on;              /* POWER on; CUT: mend */
    bool netstat;         /* SNAPSHOT: in its form */
    lab_name name;        /* REPLAY, MEASURE; */
    lab_name socket;      /* MEASURE */
    enum lab_measure measure;
    char *text; /* SAY */
    struct lab_fault fault;
    struct lab_forgery forgery;
    struct lab_expect expect;
};

struct lab_sweep {
    lab_name name;
    int64_t points[LAB_POINTS_MAX];
    unsigned points_n;
};

struct scenario {
    lab_name name; /* of the file, without directory and .lab */
    char *path;
    char *question, *answer; /* lines joined by newlines */
    char *not_on_kernel;     /* `skip on kernel because TEXT`; NULL */
    struct lab_host hosts[LAB_HOSTS_MAX];
    struct lab_link links[LAB_LINKS_MAX];
    struct lab_program
        programs[LAB_PROGRAMS_MAX]; /* the first hosts_n: one per host, of its name */
    struct lab_setting settings[LAB_SETTINGS_MAX];
    struct lab_sweep sweeps[LAB_SWEEPS_MAX];
    unsigned hosts_n, links_n, programs_n, settings_n, sweeps_n;
    struct lab_line *lines;
    unsigned lines_n;
};

/* Where a file is wrong: "close.lab:12: 'conect': expected a call (socket, bind, ...)". */
struct lab_mistake {
    unsigned line;
    char text[512]; /* the whole message, with file, line and word */
};

/* read.c. Reads a scenario from f; path is for messages and for its name. 0; -EINVAL with *mistake
 * filled in; -ENOMEM; -EIO. *out is freed by scenario_free(). */
int scenario_read(FILE *f, const char *path, struct scenario **out, struct lab_mistake *mistake);
void scenario_free(struct scenario *s);

/* The words of the language, for the reader, messages and the timeline. */
const char *lab_call_name(enum lab_call call);
const char *lab_gauge_name(enum lab_gauge gauge); /* "SendQ", "in-flight", ... */
const char *lab_error_name(int error);            /* positive errno: "EPIPE"; NULL: no name here */

/* Why this scenario, as a whole, cannot run on the kernel: what it says itself, or the first line
 * that needs what it has not ("line 12 asks for the memory of a stack"). NULL: it can. */
const char *scenario_not_on_kernel(const struct scenario *s, char *buf, size_t max);

#endif
