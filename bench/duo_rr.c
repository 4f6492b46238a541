/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * B4 and B5: a 64-byte request, a 64-byte response, one at a time, on one connection; in B5 with
 * many others open. B6: a connection is made, carries one byte and is closed by the client, then by
 * the server. Every byte is compared, in the timed part too.
 */
#include "duo.h"

#include "pattern.h"

#include <errno.h>
#include <string.h>

#define MESSAGE     64
#define TRIES_MAX   64 /* pumps that a message may take; in order and without loss it takes one */
#define CLOCK_EVERY 64 /* the row's own look at the time, in operations */

/* Sends n bytes from one end and reads them at the other. */
static int carry(struct duo_session *x, struct duo_end from, struct duo_end to, void *bytes,
                 size_t n)
{
    int64_t sent = x->ops->send(x->duo, from, bytes, n);
    if (sent != (int64_t)n)
        return bench_fail(x->job, -EIO, "send of %zu bytes returned %d", n, (int)sent);
    x->ops->pump(x->duo);
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        int64_t got = x->ops->recv(x->duo, to, bytes, n);
        if (got == (int64_t)n) return 0;
        if (got != -EAGAIN)
            return bench_fail(x->job, -EIO, "recv of %zu bytes returned %d", n, (int)got);
        x->ops->pump(x->duo);
    }
    return bench_fail(x->job, -ETIMEDOUT, "%zu bytes did not arrive", n);
}

static int round_trip(struct duo_session *x, uint64_t i)
{
    unsigned char message[MESSAGE];
    memcpy(message, pattern_at(i * MESSAGE), MESSAGE);
    int status = carry(x, x->client, x->server, message, MESSAGE);
    if (status < 0) return status;
    bool right = pattern_is(i * MESSAGE, message, MESSAGE);
    memcpy(message, pattern_at(i * MESSAGE + 1), MESSAGE); /* the response is another one */
    status = carry(x, x->server, x->client, message, MESSAGE);
    if (status < 0) return status;
    if (right && pattern_is(i * MESSAGE + 1, message, MESSAGE)) return 0;
    return bench_fail(x->job, -EBADMSG, "round trip %llu: bytes differ", (unsigned long long)i);
}

/* The server's end after the client's close: one byte, then the end of the stream. */
static int read_and_close(struct duo_session *x, unsigned char expected)
{
    unsigned char byte = 0;
    int64_t n = -EAGAIN;
    for (unsigned i = 0; i < TRIES_MAX && n == -EAGAIN; i++) {
        x->ops->pump(x->duo);
        n = x->ops->recv(x->duo, x->server, &byte, 1);
    }
    if (n != 1 || byte != expected)
        return bench_fail(x->job, -EBADMSG, "the byte is not the one: recv returned %d", (int)n);
    n = x->ops->recv(x->duo, x->server, &byte, 1);
    for (unsigned i = 0; i < TRIES_MAX && n == -EAGAIN; i++) {
        x->ops->pump(x->duo);
        n = x->ops->recv(x->duo, x->server, &byte, 1);
    }
    if (n != 0) return bench_fail(x->job, -EBADMSG, "no end of the stream: %d", (int)n);
    x->ops->hang_up(x->duo, x->server);
    x->ops->pump(x->duo);
    return 0;
}

static int one_connection(struct duo_session *x, uint64_t i)
{
    int status = duo_pair(x, (unsigned)(i % x->task->config.ports_n));
    if (status < 0) return status;
    unsigned char byte = *pattern_at(i);
    if (x->ops->send(x->duo, x->client, &byte, 1) != 1)
        return bench_fail(x->job, -EIO, "the client cannot send");
    x->ops->hang_up(x->duo, x->client);
    return read_and_close(x, byte);
}

static int repeat(struct duo_session *x, int (*once)(struct duo_session *, uint64_t),
                  struct bench_result *result)
{
    uint64_t start = bench_cpu_ns();
    double seconds = 0;
    uint64_t n = 0;
    while (seconds < x->job->seconds) {
        int status = once(x, n);
        if (status < 0) return status;
        if (++n % CLOCK_EVERY == 0) seconds = bench_cpu_seconds_since(start);
    }
    result->seconds = seconds;
    result->count = n;
    result->value = (double)n / seconds;
    return 0;
}

int duo_request_response(const void *task, struct bench_job *job, struct bench_result *result)
{
    struct duo_session x;
    int status = duo_begin(&x, task, job);
    if (status < 0) return status;
    status = duo_others(&x);
    if (status == 0) status = duo_pair(&x, 0);
    if (status == 0) status = repeat(&x, round_trip, result);
    x.ops->close(x.duo);
    return status;
}

int duo_churn(const void *task, struct bench_job *job, struct bench_result *result)
{
    struct duo_session x;
    int status = duo_begin(&x, task, job);
    if (status < 0) return status;
    status = duo_others(&x);
    if (status == 0) status = repeat(&x, one_connection, result);
    x.ops->close(x.duo);
    return status;
}
