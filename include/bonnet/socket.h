/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket calls everybody knows, non-blocking, on a stack of one's own.
 *
 * A socket is a small integer with a generation inside, so that a stale one is recognised: -EBADF.
 * Calls never wait: what would block returns -EAGAIN (connect: -EINPROGRESS), and bonnet_ready() or
 * bonnet_poll() tells when to try again. POSIX rules, and Linux where POSIX is silent. The blocking
 * face with errno is in host.h.
 *
 * Urgent data is received in line (RFC 6093) and never sent: BONNET_MSG_OOB returns -EOPNOTSUPP.
 */
#ifndef BONNET_SOCKET_H
#define BONNET_SOCKET_H

#include <bonnet/types.h>

enum bonnet_domain { BONNET_AF_INET = 2, BONNET_AF_INET6 = 10 };
enum bonnet_type { BONNET_SOCK_STREAM = 1, BONNET_SOCK_DGRAM = 2 };
enum bonnet_how { BONNET_SHUT_RD = 0, BONNET_SHUT_WR = 1, BONNET_SHUT_RDWR = 2 };

/* Flags of send and recv; the values are Linux'. Another flag returns -EOPNOTSUPP. */
enum bonnet_msg {
    BONNET_MSG_OOB = 0x1,
    BONNET_MSG_PEEK = 0x2,        /* recv: leave the bytes in the RecvQ */
    BONNET_MSG_TRUNC = 0x20,      /* recv of a datagram: return its whole length */
    BONNET_MSG_DONTWAIT = 0x40,   /* accepted: the core never waits */
    BONNET_MSG_NOSIGNAL = 0x4000, /* accepted: the core knows no signals */
    BONNET_MSG_MORE = 0x8000,     /* send: more follows at once, do not send a part segment */
};

/* Readiness as poll(2) has it, same values. */
enum bonnet_poll_bits {
    BONNET_POLLIN = 0x1,
    BONNET_POLLPRI = 0x2,
    BONNET_POLLOUT = 0x4,
    BONNET_POLLERR = 0x8,
    BONNET_POLLHUP = 0x10,
    BONNET_POLLRDHUP = 0x2000,
};

/* Options, in one flat space (a name of sockets(7), tcp(7) or ip(7) each). Values are int unless
 * said otherwise. An option that is not in this list, or not for this kind of socket, is
 * -ENOPROTOOPT. */
enum bonnet_option {
    BONNET_SO_REUSEADDR = 1,  /* bool */
    BONNET_SO_REUSEPORT,      /* bool */
    BONNET_SO_LINGER,         /* struct bonnet_linger */
    BONNET_SO_KEEPALIVE,      /* bool */
    BONNET_SO_RCVBUF,         /* bytes. Linux doubles the value for bookkeeping; bonnet does not:
                                 what is set is what the RecvQ holds. Setting it ends autotuning */
    BONNET_SO_SNDBUF,         /* bytes, likewise */
    BONNET_SO_RCVTIMEO,       /* uint64_t ns, 0 for ever; kept for the blocking face */
    BONNET_SO_SNDTIMEO,       /* uint64_t ns */
    BONNET_SO_RCVLOWAT,       /* bytes before POLLIN */
    BONNET_SO_ERROR,          /* get only: the pending error (positive errno), cleared by reading */
    BONNET_SO_TYPE,           /* get only */
    BONNET_SO_DOMAIN,         /* get only */
    BONNET_SO_PROTOCOL,       /* get only: 6 or 17 */
    BONNET_SO_ACCEPTCONN,     /* get only: is it a listener */
    BONNET_SO_BINDTODEVICE,   /* interface number, 0 none */
    BONNET_SO_BROADCAST,      /* bool, datagrams */
    BONNET_SO_OOBINLINE,      /* always 1: set to 0 is -EINVAL (RFC 6093) */
    BONNET_TCP_NODELAY = 100, /* bool */
    BONNET_TCP_CORK,          /* bool */
    BONNET_TCP_MAXSEG,        /* bytes, 88 to 32767: ceiling of the MSS; get: the MSS in force */
    BONNET_TCP_KEEPIDLE,      /* s, 1 to 32767 */
    BONNET_TCP_KEEPINTVL,     /* s, 1 to 32767 */
    BONNET_TCP_KEEPCNT,       /* 1 to 127 */
    BONNET_TCP_SYNCNT,        /* SYN retransmissions, 1 to 127 */
    BONNET_TCP_LINGER2,       /* s that an orphan stays in FIN-WAIT-2, at most 120; < 0: not at all;
                                 0: the default, 60 */
    BONNET_TCP_WINDOW_CLAMP,  /* bytes: ceiling of the window we offer; 0 none */
    BONNET_TCP_INFO,          /* get only: struct bonnet_tcp_info */
    BONNET_TCP_QUICKACK,      /* bool: ACK at once for now */
    BONNET_TCP_CONGESTION,    /* text: name of the congestion control: "cubic", "reno" */
    BONNET_TCP_USER_TIMEOUT,  /* ms without progress before ETIMEDOUT; 0: retries decide */
    BONNET_TCP_NOTSENT_LOWAT, /* bytes not yet sent above which POLLOUT is off; 0: none */
    BONNET_IP_TTL = 200,      /* 1 to 255; 0 is -EINVAL, -1 the default */
    BONNET_IP_TOS,          /* 0 to 255: DS field and ECN bits; of a stream the DS field only. To be
                               set before connecting: a change reorders segments */
    BONNET_IP_MTU,          /* get only, when connected: the path's MTU */
    BONNET_IP_MTU_DISCOVER, /* enum bonnet_pmtudisc */
    BONNET_IP_RECVERR, /* bool: an ICMP error on an unconnected datagram socket is reported too */
};

enum bonnet_pmtudisc { BONNET_PMTUDISC_DONT = 0, BONNET_PMTUDISC_WANT = 1, BONNET_PMTUDISC_DO = 2 };

struct bonnet_linger {
    int32_t onoff;
    int32_t linger; /* s */
};

struct bonnet_iov {
    void *base;
    size_t len;
};

/* As struct msghdr: name and iov in, flags (BONNET_MSG_TRUNC) out. */
struct bonnet_msghdr {
    struct bonnet_endpoint *name; /* NULL: not wanted, or connected */
    struct bonnet_addr *local; /* datagrams: address it was sent to / shall be sent from; or NULL */
    struct bonnet_iov *iov;
    size_t iov_n; /* 0 to 1024, else -EINVAL (IOV_MAX; recv and send: EMSGSIZE on Linux) */
    int flags;    /* out of bonnet_recvmsg() */
};

/* socket(2). type: BONNET_SOCK_STREAM or _DGRAM; protocol: 0, 6 or 17.
 * Returns a handle >= 0. -EAFNOSUPPORT, -EPROTONOSUPPORT, -ENFILE (limits.sockets_max, conns_max),
 * -ENOMEM.
 */
BONNET_API int bonnet_socket(struct bonnet *bn, int domain, int type, int protocol);

/* bind(2). Port 0 is replaced by a random ephemeral one (RFC 6056).
 * -EBADF. -EINVAL: bound already. -EADDRINUSE. -EADDRNOTAVAIL: not an address of ours.
 * -EAFNOSUPPORT, -ENOMEM. */
BONNET_API int bonnet_bind(struct bonnet *bn, int s, const struct bonnet_endpoint *at);

/* listen(2). backlog as on Linux: capped by limits.somaxconn; a queue of backlog 2 holds 3.
 * Called again it changes the backlog. An unbound socket gets an ephemeral port.
 * -EBADF, -EOPNOTSUPP (datagrams), -EINVAL (connected), -EADDRINUSE, -ENOMEM. */
BONNET_API int bonnet_listen(struct bonnet *bn, int s, int backlog);

/* accept(2): the connection at the front of the accept queue, as a new handle. peer may be NULL.
 * -EAGAIN: the queue is empty. -EBADF, -EINVAL (not a listener), -EOPNOTSUPP, -ENFILE, -ENOMEM. */
BONNET_API int bonnet_accept(struct bonnet *bn, int s, struct bonnet_endpoint *peer);

/* connect(2). A stream returns -EINPROGRESS; POLLOUT and SO_ERROR tell how it ended. A datagram
 * socket remembers the peer and returns 0; addr any dissolves that (as AF_UNSPEC does).
 * Streams: called again -EALREADY while the attempt goes on, and how it ended once: 0, or the error
 * (-ECONNREFUSED, ...; -ECONNABORTED if SO_ERROR has told it), after which the socket may connect
 * anew; then -EISCONN. -EADDRNOTAVAIL (no port left, the 4-tuple is taken, or port 0), -ENETUNREACH
 * (no route, or not one host's address), -EINVAL (listener).
 * Datagrams: -EACCES (broadcast without SO_BROADCAST), -ENETUNREACH, -EINVAL (port 0).
 * -EBADF, -ENOMEM, -EAFNOSUPPORT. */
BONNET_API int bonnet_connect(struct bonnet *bn, int s, const struct bonnet_endpoint *to);

/* send(2), recv(2): bytes taken or given, which may be fewer than len; 0 from recv: end of stream.
 * MSG_TRUNC discards bytes of a stream without giving them, as on Linux.
 * -EAGAIN: SendQ full / RecvQ empty. -EPIPE: writing was shut down, or the connection is gone.
 * -ENOTCONN. -ECONNRESET, -ETIMEDOUT, ...: the pending error, once. Datagrams: -EMSGSIZE,
 * -EDESTADDRREQ, and as connect. -EBADF, -EOPNOTSUPP (flags), -ENOBUFS (memory cap: nothing was
 * taken). */
BONNET_API int64_t bonnet_send(struct bonnet *bn, int s, const void *buf, size_t len, int flags);
BONNET_API int64_t bonnet_recv(struct bonnet *bn, int s, void *buf, size_t len, int flags);

/* sendto(2), recvfrom(2): with a peer's endpoint; for streams it is not looked at / is the peer. */
BONNET_API int64_t bonnet_sendto(struct bonnet *bn, int s, const void *buf, size_t len, int flags,
                                 const struct bonnet_endpoint *to);
BONNET_API int64_t bonnet_recvfrom(struct bonnet *bn, int s, void *buf, size_t len, int flags,
                                   struct bonnet_endpoint *from);

/* sendmsg(2), recvmsg(2). */
BONNET_API int64_t bonnet_sendmsg(struct bonnet *bn, int s, const struct bonnet_msghdr *msg,
                                  int flags);
BONNET_API int64_t bonnet_recvmsg(struct bonnet *bn, int s, struct bonnet_msghdr *msg, int flags);

/* Reading and writing in place, streams only. reserve points iov (at most n entries) at free space
 * of the SendQ for up to len bytes and returns the bytes; commit sends the first len of them. peek
 * points iov at the bytes of the RecvQ and returns how many; consume takes the first len away.
 * Slices are valid until the next call on this socket or the next input or tick. commit of more
 * than was reserved, consume of more than is there: -EINVAL. Other errors as send and recv. */
BONNET_API int64_t bonnet_send_reserve(struct bonnet *bn, int s, struct bonnet_iov *iov, int n,
                                       size_t len);
BONNET_API int bonnet_send_commit(struct bonnet *bn, int s, size_t len);
BONNET_API int64_t bonnet_recv_peek(struct bonnet *bn, int s, struct bonnet_iov *iov, int n);
BONNET_API int bonnet_recv_consume(struct bonnet *bn, int s, size_t len);

/* shutdown(2). An attempt to connect is given up; a listener that shall read no more listens no
 * more and is an unconnected socket again, as on Linux. A datagram socket without peer is shut as
 * well, and the call fails all the same. -EBADF, -EINVAL (how), -ENOTCONN, -ENOMEM. */
BONNET_API int bonnet_shutdown(struct bonnet *bn, int s, int how);

/* close(2): returns at once, whatever SO_LINGER says of time (the blocking face waits); the handle
 * is gone. With bytes unread, or SO_LINGER {1, 0}, the peer gets a RST (RFC 2525 2.17). -EBADF. */
BONNET_API int bonnet_close(struct bonnet *bn, int s);

/* What close() leaves behind can be watched: after SO_LINGER {1, n > 0}, bonnet_close() keeps the
 * handle when bytes or the FIN are unacknowledged, returns -EINPROGRESS, and the socket is freed by
 * bonnet_linger_end(), which returns 0 if the peer has acknowledged all, -EWOULDBLOCK if not (the
 * connection goes on as an orphan), or the error that ended it. */
BONNET_API int bonnet_linger_end(struct bonnet *bn, int s);

/* setsockopt(2), getsockopt(2) with one option space. *len is the room in, the length out.
 * What does not fit into the room is cut off.
 * -EBADF, -ENOPROTOOPT, -EINVAL (value or length), -EISCONN (TCP_CONGESTION of an open connection),
 * -ENOTCONN (IP_MTU), -ENODEV, -ENOENT (no such congestion control), -ENOMEM. */
BONNET_API int bonnet_setsockopt(struct bonnet *bn, int s, int option, const void *value,
                                 size_t len);
BONNET_API int bonnet_getsockopt(struct bonnet *bn, int s, int option, void *value, size_t *len);

/* getsockname(2), getpeername(2). -EBADF, -ENOTCONN. */
BONNET_API int bonnet_getsockname(struct bonnet *bn, int s, struct bonnet_endpoint *out);
BONNET_API int bonnet_getpeername(struct bonnet *bn, int s, struct bonnet_endpoint *out);

/* Bytes that can be read now (FIONREAD; a datagram socket: the next datagram), bytes in the SendQ
 * (SIOCOUTQ), bytes in it not yet sent (SIOCOUTQNSD), and 1 if the read position is at the urgent
 * mark (sockatmark(3)). -EBADF; -EINVAL: a listener. */
BONNET_API int64_t bonnet_inq(struct bonnet *bn, int s);
BONNET_API int64_t bonnet_outq(struct bonnet *bn, int s);
BONNET_API int64_t bonnet_outq_unsent(struct bonnet *bn, int s);
BONNET_API int bonnet_at_mark(struct bonnet *bn, int s);

/* The poll bits of s now, as poll(2) would report them with every bit asked for. -EBADF. */
BONNET_API int bonnet_poll(struct bonnet *bn, int s);

/* A word of the program's own, kept with the socket: given back in events. -EBADF. */
BONNET_API int bonnet_set_user(struct bonnet *bn, int s, uint64_t user);

struct bonnet_event {
    int socket;
    int bits; /* enum bonnet_poll_bits, all that hold now */
    uint64_t user;
};

/* Sockets whose readiness may have changed since they were last reported, each once, at most max.
 * Edge triggered, as epoll with EPOLLET: bytes that arrive, space that opens, an error, a
 * connection. Returns their number. */
BONNET_API int bonnet_ready(struct bonnet *bn, struct bonnet_event *events, int max);

/* TCP_INFO: the kernel's fields in the kernel's order and units (linux/tcp.h), so that programs
 * that print one print the other. Bitfields are shown as the bytes they share. */
struct bonnet_tcp_info {
    uint8_t tcpi_state;    /* Linux' numbers: 1 ESTABLISHED ... 11 CLOSING */
    uint8_t tcpi_ca_state; /* 0 Open, 1 Disorder, 2 CWR, 3 Recovery, 4 Loss */
    uint8_t tcpi_retransmits;
    uint8_t tcpi_probes;
    uint8_t tcpi_backoff;
    uint8_t tcpi_options; /* 1 timestamps, 2 SACK, 4 window scaling, 8 ECN, 16 marks seen */
    uint8_t tcpi_wscale;  /* low four bits: peer's shift, high four: ours */
    uint8_t tcpi_delivery_rate_app_limited;
    uint32_t tcpi_rto; /* us */
    uint32_t tcpi_ato; /* us */
    uint32_t tcpi_snd_mss;
    uint32_t tcpi_rcv_mss;
    uint32_t tcpi_unacked; /* segments */
    uint32_t tcpi_sacked;
    uint32_t tcpi_lost;
    uint32_t tcpi_retrans;
    uint32_t tcpi_fackets;
    uint32_t tcpi_last_data_sent; /* ms ago */
    uint32_t tcpi_last_ack_sent;
    uint32_t tcpi_last_data_recv;
    uint32_t tcpi_last_ack_recv;
    uint32_t tcpi_pmtu;
    uint32_t tcpi_rcv_ssthresh;
    uint32_t tcpi_rtt;          /* us */
    uint32_t tcpi_rttvar;       /* us */
    uint32_t tcpi_snd_ssthresh; /* segments */
    uint32_t tcpi_snd_cwnd;     /* segments */
    uint32_t tcpi_advmss;
    uint32_t tcpi_reordering;
    uint32_t tcpi_rcv_rtt; /* us */
    uint32_t tcpi_rcv_space;
    uint32_t tcpi_total_retrans;
    uint64_t tcpi_pacing_rate;
    uint64_t tcpi_max_pacing_rate;
    uint64_t tcpi_bytes_acked;
    uint64_t tcpi_bytes_received;
    uint32_t tcpi_segs_out;
    uint32_t tcpi_segs_in;
    uint32_t tcpi_notsent_bytes;
    uint32_t tcpi_min_rtt; /* us */
    uint32_t tcpi_data_segs_in;
    uint32_t tcpi_data_segs_out;
    uint64_t tcpi_delivery_rate;
    uint64_t tcpi_busy_time;      /* us with data in flight */
    uint64_t tcpi_rwnd_limited;   /* us */
    uint64_t tcpi_sndbuf_limited; /* us */
    uint32_t tcpi_delivered;
    uint32_t tcpi_delivered_ce;
    uint64_t tcpi_bytes_sent;
    uint64_t tcpi_bytes_retrans;
    uint32_t tcpi_dsack_dups;
    uint32_t tcpi_reord_seen;
    uint32_t tcpi_rcv_ooopack;
    uint32_t tcpi_snd_wnd; /* bytes */
    uint32_t tcpi_rcv_wnd; /* bytes */
};

#endif
