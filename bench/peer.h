/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's end of the rows on a TAP device: a thread with a blocking or spinning socket.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>

enum peer_work {
    PEER_SENDS,    /* the pattern, until told to stop; then closes its writing side */
    PEER_RECEIVES, /* and compares, until the end of the stream */
    PEER_ECHOES,   /* sends a byte, waits for it to come back, notes the time; until told to stop */
};

#define PEER_ROUND_TRIPS_MAX (1u << 20)

struct peer {
    enum peer_work work;
    unsigned char address[4]; /* to connect to */
    uint16_t port;
    unsigned core;
    bool spin;        /* poll the socket without sleeping */
    bool compare_all; /* every byte, not only the edges of each read */
    pthread_t thread;
    atomic_bool stop;
    atomic_bool done;
    atomic_ullong bytes; /* moved so far */
    int status;          /* once joined: 0 or -errno */
    const char *what;    /* once joined: what failed */
    double *trips;       /* seconds of each round trip */
    size_t trips_n;
};

/* Starts the thread. 0 or -errno. */
int peer_start(struct peer *p);

/* Waits for the thread's end; its result is in status and what. */
void peer_join(struct peer *p);

#endif
