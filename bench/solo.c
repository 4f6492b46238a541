/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * B7, B8, B9: a stack and the kernel through a TAP device.
 *
 * The stack runs on core 0 and the kernel's program on core 1, but for blocking round trips, where
 * both share core 0: a wake-up across cores costs more than the round trip. Bulk is counted where
 * it arrives, between two instants half a second apart or more, after the connection has found its
 * speed; then the sender stops, the stream ends in order, and both counts must agree. Bytes are
 * compared as in duo_bulk.c: the edges of every read, in the warm-up all.
 */
#include "solo.h"

#include "netns.h"
#include "pattern.h"
#include "peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE      "bench0"
#define PATIENCE_NS 5000000000u
#define WAIT_MS     10
#define SETTLE      0.1 /* share of the run before counting begins */

const unsigned char solo_stack_address[4] = {10, 98, 0, 2};
const unsigned char solo_kernel_address[4] = {10, 98, 0, 1};
const unsigned char solo_stack_mac[6] = {0x02, 0xbe, 0x9c, 0x40, 0x00, 0x01};

struct session {
    const struct solo_ops *ops;
    void *solo;
    struct peer peer;
    struct bench_job *job;
    uint64_t bytes; /* that the stack moved */
    bool ended;     /* the stack saw the end of the stream */
};

/* The device, the stack, the kernel's thread, and a connection between them. */
static int begin(struct session *s, const void *ops, struct bench_job *job, enum peer_work work,
                 bool blocking)
{
    if (!netns_is_ours()) return bench_fail(job, -ENOTSUP, "TAP devices need CAP_NET_ADMIN");
    s->ops = (const struct solo_ops *)ops;
    s->job = job;
    int status = s->ops->open(DEVICE, job, &s->solo);
    if (status < 0) return status;
    status = netns_configure(DEVICE, solo_kernel_address, SOLO_MTU);
    s->peer = (struct peer){.work = work, .port = SOLO_PORT, .core = blocking ? 0 : 1};
    s->peer.spin = !blocking && work == PEER_ECHOES;
    s->peer.compare_all = job->warm_up;
    memcpy(s->peer.address, solo_stack_address, sizeof s->peer.address);
    if (status == 0) status = peer_start(&s->peer);
    if (status < 0) {
        s->ops->close(s->solo);
        return bench_fail(job, status, "the device or the thread cannot be made: %d", status);
    }
    uint64_t start = bench_now_ns();
    while (!s->ops->accept(s->solo) && !atomic_load(&s->peer.done)) {
        s->ops->pump(s->solo, WAIT_MS);
        if (bench_now_ns() - start > PATIENCE_NS) break;
    }
    return 0;
}

/* Ends everything, whatever status is by now; the first failure is the one that is told. */
static int finish(struct session *s, int status)
{
    uint64_t start = bench_now_ns();
    atomic_store(&s->peer.stop, true);
    s->ops->hang_up(s->solo);
    while (!atomic_load(&s->peer.done) && bench_now_ns() - start < PATIENCE_NS)
        s->ops->pump(s->solo, 1);
    s->ops->close(s->solo); /* without a device the thread's calls end by their patience */
    peer_join(&s->peer);
    if (status == 0 && s->peer.status < 0)
        status = bench_fail(s->job, s->peer.status, "%s: %d", s->peer.what, s->peer.status);
    return status;
}

/* Reads all there is. 0, or negative with why. */
static int take_all(struct session *s)
{
    static _Alignas(64) unsigned char buffer[PATTERN_CHUNK_MAX];
    for (;;) {
        int64_t n = s->ops->recv(s->solo, buffer, sizeof buffer);
        if (n == -EAGAIN) return 0;
        if (n < 0) return bench_fail(s->job, (int)n, "the stack's recv fails: %d", (int)n);
        if (n == 0) {
            s->ended = true;
            return 0;
        }
        bool right = s->job->warm_up ? pattern_is(s->bytes, buffer, (size_t)n)
                                     : pattern_has_edges(s->bytes, buffer, (size_t)n);
        if (!right)
            return bench_fail(s->job, -EBADMSG, "bytes differ in the %d from %llu on", (int)n,
                              (unsigned long long)s->bytes);
        s->bytes += (uint64_t)n;
    }
}

static int offer(struct session *s)
{
    int64_t n = s->ops->send(s->solo, pattern_at(s->bytes), PATTERN_CHUNK_MAX);
    if (n < 0 && n != -EAGAIN)
        return bench_fail(s->job, (int)n, "the stack's send fails: %d", (int)n);
    if (n > 0) s->bytes += (uint64_t)n;
    return 0;
}

/* Runs turn for the job's time and counts *bytes after the first tenth of it. */
static int timed_part(struct session *s, int (*turn)(struct session *),
                      uint64_t (*arrived)(const struct session *), struct bench_result *result)
{
    uint64_t start = bench_now_ns();
    uint64_t counted_from = 0;
    uint64_t bytes_before = 0;
    double seconds = 0;
    while (seconds < s->job->seconds) {
        s->ops->pump(s->solo, 0);
        int status = turn(s);
        if (status < 0) return status;
        if (s->ended || atomic_load_explicit(&s->peer.done, memory_order_relaxed))
            return bench_fail(s->job, -EPIPE, "the connection ended early");
        seconds = bench_seconds_since(start);
        if (counted_from == 0 && seconds >= SETTLE * s->job->seconds) {
            counted_from = bench_now_ns();
            bytes_before = arrived(s);
        }
    }
    result->seconds = bench_seconds_since(counted_from);
    result->bytes = arrived(s) - bytes_before;
    result->value = (double)result->bytes * 8 / result->seconds;
    if (result->bytes > 0) return 0;
    return bench_fail(s->job, -ETIMEDOUT, "no byte arrived in the timed part");
}

static uint64_t arrived_here(const struct session *s)
{
    return s->bytes;
}

static uint64_t arrived_there(const struct session *s)
{
    return atomic_load_explicit(&s->peer.bytes, memory_order_relaxed);
}

/* Until both counts agree and the stream has ended, or patience has. */
static int settle(struct session *s, int (*turn)(struct session *))
{
    uint64_t start = bench_now_ns();
    int status = 0;
    while (status == 0 && bench_now_ns() - start < PATIENCE_NS) {
        bool equal = atomic_load(&s->peer.bytes) == s->bytes;
        bool over = s->peer.work == PEER_SENDS ? s->ended : atomic_load(&s->peer.done);
        if (equal && over) return 0;
        s->ops->pump(s->solo, 1);
        if (turn) status = turn(s);
    }
    if (status < 0) return status;
    return bench_fail(s->job, -EBADMSG, "the kernel counts %llu bytes, the stack %llu",
                      (unsigned long long)atomic_load(&s->peer.bytes),
                      (unsigned long long)s->bytes);
}

int solo_receive(const void *ops, struct bench_job *job, struct bench_result *result)
{
    struct session s = {0};
    int status = begin(&s, ops, job, PEER_SENDS, false);
    if (status < 0) return status;
    status = timed_part(&s, take_all, arrived_here, result);
    atomic_store(&s.peer.stop, true);
    if (status == 0) status = settle(&s, take_all);
    return finish(&s, status);
}

int solo_send(const void *ops, struct bench_job *job, struct bench_result *result)
{
    struct session s = {0};
    int status = begin(&s, ops, job, PEER_RECEIVES, false);
    if (status < 0) return status;
    status = timed_part(&s, offer, arrived_there, result);
    s.ops->hang_up(s.solo);
    if (status == 0) status = settle(&s, NULL);
    return finish(&s, status);
}

/* A byte that came goes back. */
static int echo(struct session *s)
{
    unsigned char byte;
    int64_t n = s->ops->recv(s->solo, &byte, 1);
    if (n == -EAGAIN) return 0;
    if (n != 1) return bench_fail(s->job, -EPIPE, "the stack's recv returns %d", (int)n);
    n = s->ops->send(s->solo, &byte, 1);
    if (n != 1) return bench_fail(s->job, -EPIPE, "the stack's send returns %d", (int)n);
    s->ops->pump(s->solo, 0);
    return 0;
}

static int echo_run(const void *ops, struct bench_job *job, struct bench_result *result,
                    bool blocking)
{
    struct session s = {0};
    int status = begin(&s, ops, job, PEER_ECHOES, blocking);
    if (status < 0) return status;
    uint64_t start = bench_now_ns();
    while (status == 0 && bench_seconds_since(start) < job->seconds) {
        s.ops->pump(s.solo, blocking ? WAIT_MS : 0);
        status = echo(&s);
    }
    atomic_store(&s.peer.stop, true);
    for (start = bench_now_ns(); status == 0 && !atomic_load(&s.peer.done);) {
        s.ops->pump(s.solo, 1);
        int more = echo(&s);
        if (more < 0) break; /* the kernel has closed, as it was told to */
        if (bench_now_ns() - start > PATIENCE_NS) break;
    }
    status = finish(&s, status);
    result->seconds = job->seconds;
    result->count = s.peer.trips_n;
    result->value = stats_quantile(s.peer.trips, s.peer.trips_n, 0.5);
    free(s.peer.trips);
    if (status < 0 || result->count > 0) return status;
    return bench_fail(job, -ETIMEDOUT, "not one round trip");
}

int solo_echo_busy(const void *ops, struct bench_job *job, struct bench_result *result)
{
    return echo_run(ops, job, result, false);
}

int solo_echo_blocking(const void *ops, struct bench_job *job, struct bench_result *result)
{
    return echo_run(ops, job, result, true);
}
