/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections between the two stacks of a duo: one to be measured, thousands to be in the way.
 */
#include "duo.h"

#include <errno.h>

#define PUMPS_MAX 64 /* a handshake takes two; a stack that needs more than this has lost it */

int duo_begin(struct duo_session *s, const void *task, struct bench_job *job)
{
    *s = (struct duo_session){.task = task, .job = job};
    s->ops = s->task->ops;
    return s->ops->open(&s->task->config, job, &s->duo);
}

int duo_pair(struct duo_session *s, unsigned port)
{
    s->client = s->ops->dial(s->duo, port);
    if (!s->client.stack) return bench_fail(s->job, -EIO, "the client cannot connect");
    for (unsigned i = 0; i < PUMPS_MAX; i++) {
        s->ops->pump(s->duo);
        s->server = s->ops->accept(s->duo, port);
        if (s->server.stack) return 0;
    }
    return bench_fail(s->job, -EIO, "the server has no connection to accept");
}

/* Spread over the server's ports; every one is a full pair and idle. */
int duo_others(struct duo_session *s)
{
    for (unsigned i = 0; i < s->task->others; i++) {
        int status = duo_pair(s, i % s->task->config.ports_n);
        if (status < 0) return status;
    }
    return 0;
}
