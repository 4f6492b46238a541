/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program on the kernel's TCP, as plain as can be: the same for every contender.
 */
#define _GNU_SOURCE
#include "peer.h"

#include "pattern.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_S 5 /* a call that takes longer has failed */

static int fail(struct peer *p, const char *what)
{
    p->status = errno ? -errno : -EIO;
    p->what = what;
    return -1;
}

static int connect_to_stack(struct peer *p)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(p->port)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int yes = 1;
    static const char control[] = "cubic"; /* whatever the machine's default is: some pace */
    memcpy(&to.sin_addr, p->address, sizeof p->address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(p, "socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, control, sizeof control - 1);
    if (p->work == PEER_ECHOES) (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
    fail(p, "the kernel's connect");
    close(fd);
    return -1;
}

static void send_pattern(struct peer *p, int fd)
{
    uint64_t sent = 0;
    while (!atomic_load_explicit(&p->stop, memory_order_relaxed)) {
        ssize_t n = send(fd, pattern_at(sent), PATTERN_CHUNK_MAX, MSG_NOSIGNAL);
        if (n < 0) {
            fail(p, "the kernel's send");
            return;
        }
        sent += (uint64_t)n;
        atomic_store_explicit(&p->bytes, sent, memory_order_relaxed);
    }
    if (shutdown(fd, SHUT_WR) < 0) fail(p, "the kernel's shutdown");
}

static void receive_pattern(struct peer *p, int fd)
{
    static _Thread_local unsigned char buffer[PATTERN_CHUNK_MAX];
    uint64_t got = 0;
    for (;;) {
        ssize_t n = recv(fd, buffer, sizeof buffer, 0);
        if (n < 0) fail(p, "the kernel's recv");
        if (n <= 0) return;
        bool right = p->compare_all ? pattern_is(got, buffer, (size_t)n)
                                    : pattern_has_edges(got, buffer, (size_t)n);
        if (!right) {
            errno = EBADMSG;
            fail(p, "the bytes that the kernel received differ");
            return;
        }
        got += (uint64_t)n;
        atomic_store_explicit(&p->bytes, got, memory_order_relaxed);
    }
}

static ssize_t recv_byte(const struct peer *p, int fd, unsigned char *byte)
{
    if (!p->spin) return recv(fd, byte, 1, 0);
    uint64_t start = bench_now_ns();
    ssize_t n = recv(fd, byte, 1, MSG_DONTWAIT);
    while (n < 0 && errno == EAGAIN && bench_seconds_since(start) < PATIENCE_S)
        n = recv(fd, byte, 1, MSG_DONTWAIT);
    return n;
}

static void echo_bytes(struct peer *p, int fd)
{
    while (!atomic_load_explicit(&p->stop, memory_order_relaxed)) {
        unsigned char out = *pattern_at(p->trips_n);
        unsigned char in = 0;
        uint64_t start = bench_now_ns();
        errno = 0;
        if (send(fd, &out, 1, MSG_NOSIGNAL) != 1 || recv_byte(p, fd, &in) != 1 || in != out) {
            fail(p, "the byte did not come back");
            return;
        }
        if (p->trips_n < PEER_ROUND_TRIPS_MAX) p->trips[p->trips_n++] = bench_seconds_since(start);
    }
}

static void *run(void *arg)
{
    struct peer *p = arg;
    bench_pin(p->core);
    errno = 0;
    int fd = connect_to_stack(p);
    if (fd >= 0) {
        switch (p->work) {
        case PEER_SENDS: send_pattern(p, fd); break;
        case PEER_RECEIVES: receive_pattern(p, fd); break;
        case PEER_ECHOES: echo_bytes(p, fd); break;
        }
        close(fd);
    }
    atomic_store(&p->done, true);
    return NULL;
}

int peer_start(struct peer *p)
{
    if (p->work == PEER_ECHOES) {
        p->trips = malloc(PEER_ROUND_TRIPS_MAX * sizeof *p->trips);
        if (!p->trips) return -ENOMEM;
    }
    int error = pthread_create(&p->thread, NULL, run, p);
    if (error != 0) free(p->trips);
    return -error;
}

void peer_join(struct peer *p)
{
    pthread_join(p->thread, NULL);
}
