/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * B10: what one idle connection costs at one end, in bytes held from the allocator.
 *
 * Memory is read before and after many objects are made, and the difference divided: tables, wheels
 * and pages that grew with them are all in it. An established connection is measured at the server
 * after a byte has gone each way and nothing is in flight; a half-open one at the server, whose
 * answers the wire loses; a TIME-WAIT at the client, which closed first.
 */
#include "duo.h"

#include <errno.h>
#include <time.h>

#define SETTLE_S 0.6

static int one_established(struct duo_session *c, unsigned i)
{
    int status = duo_pair(c, i % c->task->config.ports_n);
    if (status < 0) return status;
    char byte = 'x';
    bool moved = c->ops->send(c->duo, c->client, &byte, 1) == 1;
    c->ops->pump(c->duo);
    moved = moved && c->ops->recv(c->duo, c->server, &byte, 1) == 1;
    moved = moved && c->ops->send(c->duo, c->server, &byte, 1) == 1;
    c->ops->pump(c->duo);
    moved = moved && c->ops->recv(c->duo, c->client, &byte, 1) == 1;
    c->ops->pump(c->duo);
    return moved ? 0 : bench_fail(c->job, -EIO, "connection %u carries no byte", i);
}

static int one_half_open(struct duo_session *c, unsigned i)
{
    struct duo_end client = c->ops->dial(c->duo, i % c->task->config.ports_n);
    if (!client.stack) return bench_fail(c->job, -EIO, "the client cannot connect");
    c->ops->pump(c->duo);
    return 0;
}

static int one_time_wait(struct duo_session *c, unsigned i)
{
    char byte;
    int status = duo_pair(c, i % c->task->config.ports_n);
    if (status < 0) return status;
    c->ops->hang_up(c->duo, c->client);
    c->ops->pump(c->duo);
    if (c->ops->recv(c->duo, c->server, &byte, 1) != 0)
        return bench_fail(c->job, -EIO, "connection %u does not end", i);
    c->ops->hang_up(c->duo, c->server);
    c->ops->pump(c->duo);
    return 0;
}

/* Lets delayed acknowledgments happen: lwIP's take up to 500 ms. */
static void settle(struct duo_session *c)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (uint64_t start = bench_now_ns(); bench_seconds_since(start) < SETTLE_S;) {
        for (unsigned i = 0; i < DUO_CLOCK_EVERY; i++)
            c->ops->pump(c->duo);
        nanosleep(&pause, NULL);
    }
}

static int count_memory(struct duo_session *c, enum duo_side side, enum duo_kind kind,
                        int (*one)(struct duo_session *, unsigned), struct bench_result *result)
{
    if (!c->ops->memory) return bench_fail(c->job, -ENOTSUP, "it cannot tell its memory");
    unsigned n = c->task->config.conns_n;
    uint64_t before = c->ops->memory(c->duo, side);
    for (unsigned i = 0; i < n; i++) {
        int status = one(c, i);
        if (status < 0) return status;
    }
    settle(c);
    uint64_t after = c->ops->memory(c->duo, side);
    uint64_t there = c->ops->count(c->duo, side, kind);
    if (there != n)
        return bench_fail(c->job, -EIO, "of %u objects made, %llu are there", n,
                          (unsigned long long)there);
    result->count = n;
    result->bytes = after - before;
    result->value = (double)(after - before) / n;
    return 0;
}

int duo_memory_established(const void *arg, struct bench_job *job, struct bench_result *result)
{
    struct duo_session c;
    int status = duo_begin(&c, arg, job);
    if (status < 0) return status;
    status = count_memory(&c, DUO_SERVER, DUO_ESTABLISHED, one_established, result);
    c.ops->close(c.duo);
    return status;
}

int duo_memory_half_open(const void *arg, struct bench_job *job, struct bench_result *result)
{
    struct duo_session c;
    int status = duo_begin(&c, arg, job);
    if (status < 0) return status;
    c.ops->mute_server(c.duo);
    status = count_memory(&c, DUO_SERVER, DUO_HALF_OPEN, one_half_open, result);
    c.ops->close(c.duo);
    return status;
}

int duo_memory_time_wait(const void *arg, struct bench_job *job, struct bench_result *result)
{
    struct duo_session c;
    int status = duo_begin(&c, arg, job);
    if (status < 0) return status;
    status = count_memory(&c, DUO_CLIENT, DUO_TIME_WAIT, one_time_wait, result);
    c.ops->close(c.duo);
    return status;
}
