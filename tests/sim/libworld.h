/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated world: stacks, cables with faults, programs, and a checker that watches all of them,
 * made from one number and repeatable from it.
 *
 * Everything here stands outside of the stacks and sees them through include/bonnet only.
 *
 *   libmake.c     makes the world
 *   libworld.c    lets time pass, and asks the checkers after every step
 *   libwatch.c    checks what a stack says of itself (rows, totals)
 *   libtap.c      checks what a stack says on the wire
 *   libopen.c     lets programs over TCP into the world
 *   libstream.c   programs over TCP, which check what they are given
 *   libdatagram.c programs over UDP, likewise
 *   libstranger.c makes packets up, with libforge.c; libtwins.c asks what he can learn (I22)
 *   libwire.c     moves frames; libsteps.c counts what they cost
 *   liblie.c      deceives the checkers, who must notice; libcover.c keeps what was ever met
 *   libheap.c     counts memory; libpattern.c makes bytes; librandom.h makes chance
 *
 * The invariants have the names I1 to I24, in the words of the messages below.
 */
#ifndef BONNET_TESTS_SIM_LIBWORLD_H
#define BONNET_TESTS_SIM_LIBWORLD_H

#include "libheap.h"
#include "librandom.h"

#include <bonnet/host.h>

#define HOSTS_MAX     4
#define CABLES_MAX    3
#define SIDES_MAX     96
#define TALKERS_MAX   8
#define TRACKS_MAX    256
#define DATAGRAMS_MAX 256 /* per talker */
#define LISTENERS_MAX 4
#define SACKS_MAX     64 /* more are not looked into */

/* Without keepalive, a program whose peer died in an outage would wait for ever. */
#define PATIENCE (300 * BONNET_S)

#define PORT_OF_SERVERS 80
#define PORT_OF_NOBODY  9
#define PORT_OF_TALKERS 7000 /* and following */
#define PORT_AGAIN      3000 /* and following: clients that come back from the same port */

/* What was seen of one connection at one host so far. */
struct track {
    struct bonnet_endpoint local, remote;
    bool on_wire;       /* the fields of the wire are valid */
    uint64_t in_rows;   /* the look at which the fields of rows were taken; 0: never */
    uint64_t half_open; /* the look at which it was a half-open connection; 0: never */
    uint32_t iss;

    /* Rows. */
    uint32_t una, nxt, max, rcv_nxt, rcv_edge;
    uint32_t offered; /* the furthest right edge the peer ever offered */
    uint64_t written, delivered;
    enum bonnet_tcp_state state;
    uint32_t cwnd;
    bonnet_time without_timer; /* since then it lacks one; 0: it does not */

    /* The wire. */
    uint32_t wire_ack, wire_edge; /* of segments sent */
    bool has_acked;
    bool peer_ended;   /* a FIN came in; */
    uint32_t peer_end; /* the octet after it */
    unsigned
        duplicates; /* acknowledgments that came in and moved nothing, since all was acknowledged */
    uint8_t shift, peer_shift; /* of the windows, by the SYNs' options; 255: none given */
    struct {
        uint32_t from, to;
    } sacks[SACKS_MAX]; /* what the peer has told that it holds, of what is in flight */
    unsigned sacks_n;
    uint64_t asked, answered; /* bytes in and out while nobody has proved to be at that address */
    unsigned repeats;         /* SYN-ACKs by the timer, since the last frame came */
    uint64_t objects;         /* of work: records, and pages of the queues */
    uint32_t records;         /* segments with text sent since nothing was in flight, at least */
};

struct host {
    struct bonnet *bn;
    struct heap heap;
    uint64_t frames_in, frames_dropped, frames_out; /* as counted from outside */
    uint64_t looks;                                 /* so often was it watched */
    uint64_t reasons[BONNET_REASONS_END];           /* at the last look: they only grow */
    uint64_t mibs[BONNET_MIBS_END];
    uint64_t counted; /* that look */
    uint64_t objects; /* of work, at the last look */
    struct track tracks[TRACKS_MAX];
    unsigned tracks_n;
};

struct cable {
    struct bonnet_driver *end[2];
    unsigned host[2];
    int ifx[2];
    struct bonnet_wire_config config;
    bonnet_time down_from, down_until; /* an outage: frames are lost */
};

enum side_role { SIDE_CLIENT, SIDE_SERVER };

/* How a program ends its connection. */
enum side_ending {
    END_POLITE,  /* shutdown(WR) after its bytes, reads to the end, close */
    END_HASTY,   /* close after its bytes, whatever the peer still sends */
    END_EARLY,   /* close after so many bytes read */
    END_ABORT,   /* SO_LINGER 0 and close after its bytes */
    END_WAITING, /* reads to the end first, sends then, close: servers only */
    ENDINGS,
};

/* One end of a connection, and the program that holds it. */
struct side {
    bool is_used, is_open;
    enum side_role role;
    enum side_ending ending;
    unsigned host;
    int socket;
    struct bonnet_endpoint local, remote;
    uint64_t key_out, key_in;
    uint64_t to_send, sent, received, stop_after;
    uint32_t send_max, recv_max; /* bytes per call */
    bonnet_time pace;            /* pause between two actions at most */
    bonnet_time pause;           /* before the next action, at least */
    bonnet_time sleeps_until;    /* it does nothing before */
    bool is_connected, has_shut, has_eof, may_reset;
    int error; /* -errno that ended it, or 0 */
    bool woken;
    int waits_for; /* poll bits; 0: a pause, until at */
    bonnet_time at;
};

struct listener {
    unsigned host;
    int socket;
    bool is_open, is_behind; /* behind: memory was refused, or it naps: it accepts again at */
    bonnet_time at, naps_until;
    bonnet_time turns_at; /* when it is closed, or opened again */
};

/* A program that sends datagrams to another talker and counts what comes. */
struct talker {
    unsigned host, peer;
    int socket;
    struct bonnet_endpoint local, remote;
    uint64_t key_out, key_in;
    unsigned to_send, sent;
    uint32_t size_max;
    bonnet_time at, pace;
    bool is_open;
    uint8_t seen_in[DATAGRAMS_MAX];   /* frames that began datagram i and entered this host */
    uint8_t delivered[DATAGRAMS_MAX]; /* to the program */
};

/* Faults that are put in on purpose, to see that a checker sees. */
enum sabotage {
    SABOTAGE_NONE,
    SABOTAGE_READ,     /* a byte is changed on its way to a program: I1 */
    SABOTAGE_QUEUE,    /* a row tells of a longer SendQ: I2 */
    SABOTAGE_ORDER,    /* a row tells of less sent than is on its way: I3 */
    SABOTAGE_SENT,     /* a byte is changed on its way to the wire: I4 */
    SABOTAGE_EDGE,     /* a row tells of a window that shrinks: I5 */
    SABOTAGE_HOLES,    /* a row tells of text beyond the window: I6 */
    SABOTAGE_SACKED,   /* a row tells of more SACKed than SACKs told: I7 */
    SABOTAGE_CWND,     /* a row tells of no congestion window: I8 */
    SABOTAGE_TIMERS,   /* a row tells of no timer: I9 */
    SABOTAGE_WHEEL,    /* the totals tell of one timer more: I10 */
    SABOTAGE_COUNT,    /* a frame goes in unseen: I11 */
    SABOTAGE_STEPS,    /* calls cost a hundred times as much: I12 */
    SABOTAGE_LEFT,     /* the listeners are never closed: I13 */
    SABOTAGE_LEAK,     /* a block is never given back: I14 */
    SABOTAGE_STUCK,    /* no program acts: I15 */
    SABOTAGE_WAKE,     /* a program is not woken: I16 */
    SABOTAGE_CLOSED,   /* an event comes for what is closed: I17 */
    SABOTAGE_ERROR,    /* an error is told again: I18 */
    SABOTAGE_END,      /* a stream ends before its end: I19 */
    SABOTAGE_DATAGRAM, /* a datagram is changed on its way to a program: I20 */
    SABOTAGE_CHANCE,   /* a world is not its seed's only: I21 */
    SABOTAGE_TWIN,     /* a stranger overhears what is not his: I22 */
    SABOTAGE_ECHO,     /* a stranger's frames are counted short: I23 */
    SABOTAGE_SHRINK,   /* a counter shrinks: I24 */
    SABOTAGES,
};

struct world {
    uint64_t seed, step;
    enum sabotage sabotage;
    struct random random;
    bonnet_time now, faults_end, patience_ends;
    bool has_faults, is_loud, is_failed;
    bool is_tight; /* limits are so low that they are met */
    struct host hosts[HOSTS_MAX];
    struct cable cables[CABLES_MAX];
    struct side sides[SIDES_MAX];
    struct listener listeners[LISTENERS_MAX];
    struct talker talkers[TALKERS_MAX];
    unsigned hosts_n, cables_n, sides_n, listeners_n, talkers_n;
    unsigned clients_to_come;
    bonnet_time next_client_at;
    bool has_stranger;
    bonnet_time stranger_at; /* his next deed */
    uint64_t hash;           /* of every frame that was sent: I21 */
    char complaint[512];
};

/* ---- libworld.c ---- */

/* Lives through the world of this seed. 0, or -1 with world->complaint. */
int world_run(struct world *w, uint64_t seed, enum sabotage sabotage, bool is_loud);

/* An invariant does not hold: notes the first one with the step; the world ends soon after. */
void world_fail(struct world *w, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says something if the world is loud. */
void world_say(const struct world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Something was done at a host: the checkers look. */
void world_stepped(struct world *w, struct host *h);

/* ---- libwire.c ---- */

/* What a call has to look at and to touch. */
struct work {
    uint64_t bytes;
    uint64_t objects; /* segments, pages, or connections, at most */
};

/* One frame from a cable into its stack, or out of the stack onto the cable. False: there is none.
 */
bool wire_in(struct world *w, struct cable *c, unsigned end);
bool wire_out(struct world *w, struct cable *c, unsigned end);
/* This frame, as if it came from the cable. */
void wire_give(struct world *w, const struct cable *c, unsigned end, const struct bonnet_rx *rx);
void wire_unplug(struct cable *c);

/* ---- libstranger.c ---- */

/* True: he did something. */
bool stranger_act(struct world *w);

/* ---- libtwins.c ---- */

/* The two worlds of I22, of w's seed. Only w's seed, clock and complaint are used. */
void twins_run(struct world *w);

/* ---- liblie.c ---- */

/* In a world of this sabotage, changes what a checker is about to see. */
void lie_row(const struct world *w, const struct host *h, struct bonnet_row *row);
void lie_totals(const struct world *w, struct bonnet_totals *totals);
/* The invariant that a sabotage breaks: "I1". */
const char *lie_invariant(enum sabotage sabotage);

/* ---- libmake.c ---- */

void make_world(struct world *w);
/* The listener's socket. -errno: it could not be had. */
int make_listening(struct world *w, struct listener *l);
/* A new wire for a cable, as its configuration says now. */
void make_plug(struct world *w, struct cable *c);

/* ---- libwatch.c ---- */

/* After every step at a host. */
void watch_host(struct world *w, struct host *h);
/* When nothing more is to be sent at this instant. */
void watch_host_at_rest(struct world *w, struct host *h);
/* When all is over: nothing may be left (I13). False with what is left in buf. */
bool watch_host_is_empty(struct host *h, char *buf, size_t max);

/* The record of a connection; made if it is not there. NULL: no room. */
struct track *watch_track(struct host *h, const struct bonnet_endpoint *local,
                          const struct bonnet_endpoint *remote);

/* ---- libtap.c ---- */

/* A frame that host h sends, gathered at data, and one that it receives. */
void tap_sent(struct world *w, struct host *h, const struct cable *c, const struct bonnet_tx *tx,
              const uint8_t *data);
void tap_received(struct world *w, struct host *h, const struct cable *c,
                  const struct bonnet_rx *rx, struct work *work);

/* ---- libopen.c ---- */

void stream_client_new(struct world *w);
void stream_accept(struct world *w, struct listener *l);

/* ---- libstream.c ---- */

void stream_act(struct world *w, struct side *s);
/* What a program waits for must not be there: it would never wake (I16). */
void stream_check_waits(struct world *w);
/* The program's own timeout, for connections whose peer is gone without a word. */
void stream_give_up(struct world *w);
bool stream_all_done(const struct world *w);

/* ---- libsteps.c ---- */

/* Before a call into a stack, and after it: the work was bounded (I12). */
void steps_begin(void);
void steps_end(struct world *w, const char *what, const struct work *work);
/* Of the bound, what the worst call so far has taken, %. */
unsigned steps_worst_percent(void);

/* ---- libcover.c ---- */

/* A stack, or a cable, is about to end: what did it go through? */
void cover_host(const struct host *h);
void cover_cable(const struct cable *c);
void cover_print(void);
/* What was so far counts no more. */
void cover_forget(void);

/* ---- libdatagram.c ---- */

struct datagram {
    struct bonnet_endpoint from, to;
    const uint8_t *text;
    uint32_t len; /* bytes of text here, which may be a first fragment's */
};

void datagram_act(struct world *w, struct talker *t);
void datagram_seen(struct world *w, struct host *h, const struct datagram *d);

#endif
