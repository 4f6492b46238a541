/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two stacks in one thread, joined by a wire: how the rows B1 to B6 and B10 reach a contender.
 *
 * Every contender offers the same calls, shaped as non-blocking sockets. The wire is the
 * contender's: it copies each packet once into a buffer of its own, as any real wire does, and
 * hands that buffer to the other stack. Packets are raw IP without a link header, so that no
 * contender pays for ARP. A contender reads its clock and runs its timers once in DUO_CLOCK_EVERY
 * calls of pump.
 */
#ifndef BENCH_DUO_H
#define BENCH_DUO_H

#include "bench.h"

#define DUO_CLOCK_EVERY 32

struct duo_config {
    unsigned mtu;            /* of the wire, bytes of IP packet */
    unsigned ports_n;        /* the server listens at this many ports; a contender may use fewer */
    unsigned conns_n;        /* connections that will be open at once, for the tables' sizes */
    bool nodelay;            /* Nagle's algorithm off */
    unsigned time_waits_max; /* more are ended early, the oldest first; 0: as many as it likes */
    bool super_frames; /* packets of up to 64 KiB where the contender can, no checksums made */
};

/* One end of a connection, or DUO_NOBODY. What is in it is the contender's own. */
struct duo_end {
    void *stack;
    intptr_t sock;
};
#define DUO_NOBODY ((struct duo_end){NULL, -1})

enum duo_side { DUO_CLIENT, DUO_SERVER };
enum duo_kind { DUO_ESTABLISHED, DUO_HALF_OPEN, DUO_TIME_WAIT };

struct duo_ops {
    /* Makes two stacks, a wire and a listening server. 0, or negative with job->why set. */
    int (*open)(const struct duo_config *config, struct bench_job *job, void **duo);
    void (*close)(void *duo);
    /* Begins a connection from the client to the server's port of that index; pump completes it. */
    struct duo_end (*dial)(void *duo, unsigned port);
    /* The next connection from the server's accept queues, tried first at that port; or nobody. */
    struct duo_end (*accept)(void *duo, unsigned port);
    /* As send(2) and recv(2) without waiting: bytes, 0 at the end of the stream, -EAGAIN, -errno.
     */
    int64_t (*send)(void *duo, struct duo_end end, const void *bytes, size_t n);
    int64_t (*recv)(void *duo, struct duo_end end, void *bytes, size_t n);
    void (*hang_up)(void *duo, struct duo_end end);
    /* Moves packets both ways until neither stack has one to send. */
    void (*pump)(void *duo);
    /* From now on the wire loses what the server sends: its connections stay half-open. */
    void (*mute_server)(void *duo);
    /* Bytes that one of the stacks holds from its allocator, and how many objects of a kind it has.
     * NULL if the contender cannot tell. */
    uint64_t (*memory)(void *duo, enum duo_side side);
    uint64_t (*count)(void *duo, enum duo_side side, enum duo_kind kind);
};

/* A row's work with its parameters: what bench_contender.arg points at. */
struct duo_task {
    const struct duo_ops *ops;
    struct duo_config config;
    unsigned others; /* connections that are open beside the measured one */
};

/* The works, all of the type of bench_contender.run with a struct duo_task. */
int duo_bulk(const void *task, struct bench_job *job, struct bench_result *result);
int duo_request_response(const void *task, struct bench_job *job, struct bench_result *result);
int duo_churn(const void *task, struct bench_job *job, struct bench_result *result);
int duo_memory_established(const void *task, struct bench_job *job, struct bench_result *result);
int duo_memory_half_open(const void *task, struct bench_job *job, struct bench_result *result);
int duo_memory_time_wait(const void *task, struct bench_job *job, struct bench_result *result);

/* A work under way. */
struct duo_session {
    const struct duo_task *task;
    const struct duo_ops *ops;
    void *duo;
    struct bench_job *job;
    struct duo_end client, server; /* the connection at hand */
};

/* duo.c: opens the duo; makes and accepts a connection at the server's port of that index; makes
 * the task's others. 0, or negative with job->why. What began is ended with ops->close. */
int duo_begin(struct duo_session *s, const void *task, struct bench_job *job);
int duo_pair(struct duo_session *s, unsigned port);
int duo_others(struct duo_session *s);

/* The contenders. */
extern const struct duo_ops bonnet_duo;
extern const struct duo_ops lwip_duo;       /* as Debian ships it */
extern const struct duo_ops lwip_tuned_duo; /* with what hinders it replaced, see lwip_load.c */
extern const struct duo_ops kernel_duo;     /* Linux over the loopback device */

#endif
