/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * B1, B2, B3: one connection carries as many bytes as it can in one direction.
 *
 * A round is: the client sends up to 64 KiB, the wire is pumped until it is quiet, the server reads
 * all there is into a buffer of its own. In the timed part the first and last eight bytes of every
 * read are compared (each depends on its position); in the warm-up, and in a mebibyte that follows
 * the timed part on the same connection, all of them. Then the client closes, and the server must
 * have got exactly what was sent and after it the end of the stream.
 */
#include "duo.h"

#include "pattern.h"

#include <errno.h>

#define TAIL_BYTES  (1u << 20)
#define CLOCK_EVERY 16          /* the row's own look at the time, in rounds */
#define PATIENCE_NS 2000000000u /* without a byte: longer than any retransmission timer here */

struct transfer {
    struct duo_session s;
    uint64_t sent, received;
    uint64_t progress_at;
    bool compare_all;
    bool ended; /* the server saw the end of the stream */
};

static int take_all(struct transfer *t)
{
    static _Alignas(64) unsigned char buffer[PATTERN_CHUNK_MAX];
    for (;;) {
        int64_t n = t->s.ops->recv(t->s.duo, t->s.server, buffer, sizeof buffer);
        if (n == -EAGAIN) return 0;
        if (n < 0) return bench_fail(t->s.job, (int)n, "the server's recv fails: %d", (int)n);
        if (n == 0) {
            t->ended = true;
            return 0;
        }
        bool right = t->compare_all ? pattern_is(t->received, buffer, (size_t)n)
                                    : pattern_has_edges(t->received, buffer, (size_t)n);
        if (!right)
            return bench_fail(t->s.job, -EBADMSG, "bytes differ in the %d from %llu on", (int)n,
                              (unsigned long long)t->received);
        t->received += (uint64_t)n;
    }
}

/* Nothing for two seconds is a stall; the clock is read only when a round brought nothing. */
static int note_progress(struct transfer *t, uint64_t before)
{
    if (t->received != before || t->ended) {
        t->progress_at = 0;
        return 0;
    }
    uint64_t now = bench_now_ns();
    if (t->progress_at == 0) t->progress_at = now;
    if (now - t->progress_at < PATIENCE_NS) return 0;
    return bench_fail(t->s.job, -ETIMEDOUT, "the transfer stalls after %llu bytes",
                      (unsigned long long)t->received);
}

static int round_of(struct transfer *t, size_t offer)
{
    uint64_t before = t->received;
    if (offer > 0) {
        int64_t n = t->s.ops->send(t->s.duo, t->s.client, pattern_at(t->sent), offer);
        if (n < 0 && n != -EAGAIN)
            return bench_fail(t->s.job, (int)n, "the client's send fails: %d", (int)n);
        if (n > 0) t->sent += (uint64_t)n;
    }
    t->s.ops->pump(t->s.duo);
    int status = take_all(t);
    return status < 0 ? status : note_progress(t, before);
}

static int timed_part(struct transfer *t, struct bench_result *result)
{
    uint64_t start = bench_cpu_ns();
    double seconds = 0;
    for (unsigned i = 1; seconds < t->s.job->seconds; i++) {
        int status = round_of(t, PATTERN_CHUNK_MAX);
        if (status < 0) return status;
        if (i % CLOCK_EVERY == 0) seconds = bench_cpu_seconds_since(start);
    }
    result->seconds = seconds;
    result->bytes = t->received;
    result->value = (double)t->received * 8 / seconds;
    return 0;
}

static int tail_and_end(struct transfer *t)
{
    int status = 0;
    uint64_t goal = t->sent + TAIL_BYTES;
    t->compare_all = true;
    while (status == 0 && t->sent < goal)
        status = round_of(t, goal - t->sent < PATTERN_CHUNK_MAX ? (size_t)(goal - t->sent)
                                                                : PATTERN_CHUNK_MAX);
    while (status == 0 && t->received < t->sent)
        status = round_of(t, 0);
    if (status < 0) return status;
    t->s.ops->hang_up(t->s.duo, t->s.client);
    while (status == 0 && !t->ended)
        status = round_of(t, 0);
    if (status < 0) return status;
    t->s.ops->hang_up(t->s.duo, t->s.server);
    t->s.ops->pump(t->s.duo);
    if (t->received == t->sent) return 0;
    return bench_fail(t->s.job, -EBADMSG, "%llu bytes were sent, %llu arrived",
                      (unsigned long long)t->sent, (unsigned long long)t->received);
}

int duo_bulk(const void *task, struct bench_job *job, struct bench_result *result)
{
    struct transfer t = {.compare_all = job->warm_up};
    int status = duo_begin(&t.s, task, job);
    if (status < 0) return status;
    status = duo_pair(&t.s, 0);
    if (status == 0) status = timed_part(&t, result);
    if (status == 0) status = tail_and_end(&t);
    t.s.ops->close(t.s.duo);
    return status;
}
