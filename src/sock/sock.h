/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is it for, and what did the user ask: the objects behind handles, the tables that find them,
 * and struct bonnet, which holds one state of each room.
 *
 * A stream socket is one object all its life: fresh (state CLOSED), connecting, connected, an
 * orphan, or waiting in an accept queue with no handle; listen() turns it into a listener. A handle
 * is an index into a table and a generation. Half-open connections and TIME-WAITs have no handle.
 *
 * Lifetimes: a stream is freed by stream_release() when no program holds it (handle < 0, not in an
 * accept queue) and its state is CLOSED or has become a TIME-WAIT. Everything that can end a
 * connection returns a struct tcp_outcome, and stream_apply() is the one place that acts on it.
 */
#ifndef SOCK_SOCK_H
#define SOCK_SOCK_H

#include "base/env.h"
#include "dgram/udp.h"
#include "ip/ip.h"
#include "link/link.h"
#include "sock/flow.h"
#include "tcp/tcp.h"

/* What every object with a handle begins with. */
enum sock_kind { SOCK_STREAM_KIND = 1, SOCK_LISTENER_KIND, SOCK_DGRAM_KIND };

/* What connect() has been told: an attempt ends for the program when connect() or accept() says so
 * (Linux' SS_UNCONNECTED, SS_CONNECTING, SS_CONNECTED). */
enum sock_phase { SOCK_UNCONNECTED, SOCK_CONNECTING, SOCK_CONNECTED };

struct sock {
    struct list_node ready; /* in socks.ready while an event has not been reported */
    uint64_t user;
    int32_t handle; /* -1: no program holds it */
    uint32_t rcvlowat;
    int16_t linger_s; /* SO_LINGER; -1: off */
    uint8_t kind;     /* enum sock_kind */
    uint8_t device;   /* SO_BINDTODEVICE; 0: none */
    uint8_t ttl;      /* 0: default, 64 */
    uint8_t tos;
    uint8_t pmtudisc : 2; /* enum bonnet_pmtudisc */
    uint8_t phase : 2;    /* enum sock_phase */
    bool ip6 : 1;         /* made with BONNET_AF_INET6 */
    bool reuseaddr : 1;
    bool reuseport : 1;
    bool bound : 1;     /* holds a struct port_bind */
    bool lingering : 1; /* closed, the handle waits for bonnet_linger_end() */
    bool broadcast : 1;
    bool recverr : 1;
    bool has_timeouts : 1; /* a struct timeouts */
};

/* SO_RCVTIMEO and SO_SNDTIMEO of a socket that has one: few do, and only the blocking face asks. */
struct timeouts {
    struct map_node map;       /* tag: the handle */
    uint32_t recv_ms, send_ms; /* 0: for ever */
};

struct stream {
    struct timed timed; /* first: found from flow, talker and timer */
    union {
        struct sock sock;
        struct { /* in the place of sock.ready while it has no handle, and there is no news */
            struct listener *listener; /* of the accept queue it waits in; NULL: of none */
            struct stream *accept_next;
        };
    };
    struct port_bind *bind; /* explicit; NULL: none */
    struct tcp_conn tcp;
};

/* With a slot of the table of handles and its part of the table of flows: 512 bytes. */
_Static_assert(sizeof(struct stream) <= 496, "what an idle connection costs");

struct half_open {
    struct timed timed; /* flow.own: handle of the listener */
    struct tcp_half_open tcp;
};

struct time_wait {
    struct flow flow;     /* flow.own: ms of the stack's clock at which it ends */
    struct list_node age; /* in socks.time_waits, oldest first */
    struct tcp_timewait tcp;
};

struct listener {
    struct sock sock;
    struct port_bind *bind;
    struct bonnet_addr laddr; /* any: wildcard */
    uint16_t lport;
    struct tcp_settings set; /* inherited by its connections */
    struct stream *accept_first;
    struct stream **accept_last;
    uint32_t accept_n;
    uint32_t backlog; /* as capped by somaxconn */
    uint32_t syn_n;   /* half-open connections */
};

/* How far a datagram that leaves in pieces has got. */
struct pieces {
    uint32_t at; /* offset of the next piece; 0: none has left */
    uint16_t id; /* their identification */
};

struct dgram {
    struct talker
        talker; /* first. Local and remote endpoint: flow; connected when rport is not 0 */
    struct sock sock;
    struct port_bind *bind;
    struct udp_conn udp;
    int16_t error; /* pending, positive errno */
    bool shut_rd, shut_wr;
    bool wants_room;      /* a send was refused: tell when the queue is empty */
    struct pieces pieces; /* of the datagram at the head of its queue */
};

/* A local port that somebody of one protocol is bound to. */
struct port {
    struct map_node map;
    struct list_node binds; /* struct port_bind, newest last */
    uint16_t number;
    uint8_t protocol;
};

/* One explicit binding (bind, listen, or a datagram socket's). */
struct port_bind {
    struct list_node node;
    struct port *port;
    struct sock *sock;
    struct bonnet_addr laddr; /* any: wildcard */
    uint8_t device;
    bool listening;
};

/* A segment, ICMP message or ARP packet that answers something and belongs to no connection. */
enum reply_kind { REPLY_TCP, REPLY_ICMP, REPLY_ARP };

struct reply {
    struct talker talker; /* first: flow holds addresses and ports */
    enum reply_kind kind;
    enum bonnet_reason reason;
    struct pieces pieces;
    uint8_t tos;
    union {
        struct tcp_seg tcp;
        struct {
            uint8_t type, code;
            uint32_t rest;
            uint32_t len;  /* of body */
            uint8_t *body; /* env_alloc(len) */
        } icmp;
        struct {
            struct arp_packet packet;
            struct eth_mac to;
        } arp;
    };
};

/* The object around a struct sock. */
#define sock_entry(s, type) ((type *)(void *)((char *)(s)-offsetof(type, sock)))

struct socks {
    uintptr_t **handles;    /* chunks of slots: a struct sock *, or an odd number (handle.c) */
    uint32_t handles_dir_n; /* entries of handles */
    uint32_t handles_room;  /* slots in chunks */
    uint32_t handles_n;     /* slots in use */
    uint32_t handles_fresh; /* slots from here on have never been used */
    uint32_t handle_first, handle_last; /* queue of free slots */
    uint32_t handle_generation;         /* of a fresh slot */
    struct map flows;                   /* streams, half-open connections, TIME-WAITs by 4-tuple */
    struct map ports;                   /* struct port */
    struct port_counters
        *port_flows[256]; /* TCP flows per local port, in chunks of 256 ports (ports.c) */
    struct port_counters *port_flows_spare; /* an empty chunk, or NULL */
    struct map timeouts;                    /* struct timeouts by handle */
    struct map dgrams;                      /* connected datagram sockets by 4-tuple */
    struct list_node ready;                 /* struct sock.ready */
    struct list_node time_waits;            /* struct time_wait.age */
    uint32_t streams_n, listeners_n, half_open_n, time_waits_n, dgrams_n, orphans_n, replies_n;
    struct rate rsts;          /* that answer a segment */
    bonnet_time cookies_until; /* cookies were given out: ACKs may bring them back until then */
    struct pool reply_pool;    /* struct reply */
    uint32_t port_hint;        /* advances with each ephemeral port: RFC 6056, algorithms 3 and 5 */
};

#define BONNET_HEADERS_MAX 128 /* link, IP and transport header of one frame */

struct bonnet {
    struct env env;
    struct link link;
    struct ip ip;
    struct socks socks;
    uint64_t frames_in, frames_dropped, frames_out;
    struct reply *leaving; /* reply or datagram whose bytes the last frame borrows: freed at the */
    struct udp_entry *leaving_udp;       /* next call into the stack */
    uint8_t headers[BONNET_HEADERS_MAX]; /* of the frame that bonnet_output() gave last */
};

/* ---- handles (handle.c) ---- */
int sock_init(struct socks *s, struct env *e);
void sock_fini(struct bonnet *bn); /* frees every object */
/* Gives an object a handle. >= 0, -ENFILE, -ENOMEM. */
int handle_new(struct bonnet *bn, struct sock *s);
/* Harmless if it has none. */
void handle_free(struct bonnet *bn, struct sock *s);
/* to takes over the handle of from, which has none any more. */
void handle_move(struct bonnet *bn, struct sock *from, struct sock *to);
/* NULL: -EBADF. */
struct sock *handle_get(const struct bonnet *bn, int handle);
/* The i-th slot's object or NULL: for walking. */
struct sock *handle_at(const struct bonnet *bn, uint32_t i);

/* ---- demultiplexing (demux.c) ---- */
uint32_t flow_hash(const struct env *e, const struct bonnet_addr *laddr, uint16_t lport,
                   const struct bonnet_addr *raddr, uint16_t rport);
/* The stream, half-open connection or TIME-WAIT of exactly this tuple, or NULL. */
struct flow *demux_flow(const struct bonnet *bn, const struct tcp_tuple *t);
/* The listener for a SYN to laddr:lport on ifx: fewest wildcards win; among REUSEPORT equals the
 * tuple's hash chooses. NULL. */
struct listener *demux_listener(const struct bonnet *bn, const struct tcp_tuple *t, int ifx);
/* The datagram socket for this tuple: connected before bound, specific before wildcard. NULL. */
struct dgram *demux_dgram(const struct bonnet *bn, const struct tcp_tuple *t, int ifx);
/* Enters a flow under its tuple and refers to its local port. 0, -ENOMEM, -EADDRNOTAVAIL (tuple
 * taken). */
int flow_enter(struct bonnet *bn, struct flow *f, uint8_t protocol);
/* A TCP flow of the same tuple takes the place of from, in the table and at its port: a connection
 * goes on as another kind of object. It cannot fail. */
void flow_pass(struct bonnet *bn, struct flow *from, struct flow *to);
/* Takes it out again; harmless if it is not in. */
void flow_leave(struct bonnet *bn, struct flow *f, uint8_t protocol);

/* ---- ports (ports.c) ---- */
/* Binds s to addr:port with Linux' rules of conflict; port 0: a random free one. The binding, or
 * NULL with *error = -EADDRINUSE, -ENOMEM. */
struct port_bind *port_bind_new(struct bonnet *bn, struct sock *s, uint8_t protocol,
                                const struct bonnet_endpoint *at, int *error);
void port_bind_free(struct bonnet *bn, struct port_bind *b);
/* listen(): may this binding become a listener beside the others? 0, -EADDRINUSE. */
int port_bind_listen(struct bonnet *bn, struct port_bind *b);
/* Gives back what is only kept for the next connection. */
void ports_trim(struct bonnet *bn);
/* Chooses an ephemeral local port for a connection with f's other three values (RFC 6056) and sets
 * f->lport. 0, -EADDRNOTAVAIL. */
int port_choose(struct bonnet *bn, struct flow *f);

/* ---- streams (stream.c) ---- */
static inline bool conns_are_full(const struct bonnet *bn)
{
    return bn->socks.streams_n >= bn->env.limits.conns_max;
}

/* A fresh one with default settings, CLOSED, handle -1. NULL: no memory or limit. */
struct stream *stream_new(struct bonnet *bn);
/* Acts on what a segment, a timer or a command did to a stream: readiness, the answer, TIME-WAIT,
 * the end. Arms the wheel, and makes it a talker if it has something to say. The stream may be gone
 * afterwards. */
void stream_apply(struct bonnet *bn, struct stream *s, const struct tcp_outcome *o);
/* Lists it among the talkers of its interface, if it is in no list of talkers. */
void stream_talk(struct bonnet *bn, struct stream *s);
/* Arms the wheel for the connection's deadline, unless it is armed for an earlier instant. */
void stream_arm(struct bonnet *bn, struct stream *s);
/* Frees it, if nobody needs it any more. */
void stream_release(struct bonnet *bn, struct stream *s);
/* Whom reasons and traces are about from now on: this stream, or this tuple and no socket. */
void stream_subject(struct bonnet *bn, const struct stream *s);
void tuple_subject(struct bonnet *bn, const struct tcp_tuple *t);

/* A flow without a connection that could tell of it, half-open or in TIME-WAIT, changes its state.
 */
void flow_trace(struct bonnet *bn, const struct flow *f, enum bonnet_tcp_state from,
                enum bonnet_tcp_state to);
/* Ends it: abort with a reason. The stream may be gone afterwards. */
void stream_abort(struct bonnet *bn, struct stream *s, enum bonnet_reason why, int error);
/* Poll bits that hold now. */
int stream_poll(const struct stream *s);
/* The MTU of its path, from route, learned path MTU and interface. */
uint16_t stream_path_mtu(struct bonnet *bn, const struct flow *f, struct path *path);

/* ---- listeners (listener.c) ---- */
bool listener_accept_is_full(const struct listener *l); /* Linux: length > backlog */
bool listener_syn_is_full(const struct bonnet *bn, const struct listener *l);
/* What a SYN-ACK offers; and what of it a segment of the half-open connection is measured by: mss
 * is not set, and no route is looked up. */
struct tcp_offer listener_window(const struct bonnet *bn, const struct listener *l);
struct tcp_offer listener_offer(struct bonnet *bn, const struct listener *l, const struct flow *f);
/* A half-open connection enters the SYN queue. NULL: no memory or limit. */
struct half_open *half_open_new(struct bonnet *bn, struct listener *l, const struct tcp_tuple *t,
                                int ifx);
void half_open_free(struct bonnet *bn, struct half_open *h);
struct listener *half_open_listener(const struct bonnet *bn, const struct half_open *h);
/* The handshake ends: a stream in the accept queue, in place of the half-open connection old (NULL:
 * h comes from a cookie). NULL: full (LISTEN_OVERFLOW) or no memory; *reason says which. */
struct handshake {
    struct tcp_tuple tuple;
    int ifx;
    struct half_open *old;
    struct tcp_half_open tcp;
};
struct stream *listener_complete(struct bonnet *bn, struct listener *l, const struct handshake *h,
                                 enum bonnet_reason *reason);
/* Nobody will take them: both queues are emptied. */
void listener_clear(struct bonnet *bn, struct listener *l);
void listener_close(struct bonnet *bn, struct listener *l);

/* ---- TIME-WAIT (time_wait.c) ---- */
/* A TIME-WAIT in place of the stream's flow. False: no memory; then the connection is just over. */
bool time_wait_enter(struct bonnet *bn, struct stream *s);
void time_wait_restart(struct bonnet *bn, struct time_wait *w);
void time_wait_free(struct bonnet *bn, struct time_wait *w);
void time_wait_tick(struct bonnet *bn);
bonnet_time time_wait_deadline(const struct bonnet *bn);

/* ---- settings (opts.c) ---- */
void settings_default(struct tcp_settings *set, const struct env *e);

/* ---- readiness (ready.c) ---- */
/* Something changed for the program. */
void sock_wake(struct bonnet *bn, struct sock *s);
int listener_poll(const struct listener *l);
int dgram_poll(const struct dgram *d);

/* ---- datagrams (dgram.c) ---- */
/* Frees a datagram socket that no program holds and that has nothing left to send. */
void dgram_release(struct bonnet *bn, struct dgram *d);

/* ---- stateless answers (reply.c) ---- */
/* Queues a segment of no connection: t is seen from us. Gives REPLY_LIMIT, TCP_RST_LIMIT where
 * refused. */
void reply_tcp(struct bonnet *bn, const struct tcp_tuple *t, int ifx, const struct tcp_seg *seg,
               enum bonnet_reason why);
struct reply_icmp {
    const struct bonnet_addr *from, *to;
    const struct icmp_message *m; /* its body is copied */
    int ifx;
    enum bonnet_reason why;
};
void reply_icmp(struct bonnet *bn, const struct reply_icmp *a);
void reply_arp(struct bonnet *bn, int ifx, const struct arp_packet *p, const struct eth_mac *to);
void reply_free(struct bonnet *bn, struct reply *r);

/* ---- one row of inspection (row.c) ---- */
void row_of_sock(const struct bonnet *bn, const struct sock *s, struct bonnet_row *row);
void row_of_flow(const struct bonnet *bn, const struct flow *f, struct bonnet_row *row);

#endif
