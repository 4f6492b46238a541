/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of libfaulty.h. When it is not ready it wants to be asked again after a millisecond,
 * and not before, whatever waits inside.
 */
#include "libfaulty.h"

#include <errno.h>
#include <stdlib.h>

struct faulty {
    struct bonnet_driver head;
    struct bonnet_driver *inner;
    struct faulty_plan *plan;
    bonnet_time now, retry_at; /* BONNET_NEVER: it is ready */
};

static bool goes_wrong(struct faulty *f)
{
    struct faulty_plan *p = f->plan;
    uint64_t k = ++p->calls;
    bool wrong = p->from && k >= p->from && k - p->from < p->n;
    p->done += wrong;
    return wrong;
}

static int input(struct bonnet_driver *d, const struct bonnet_tx *frame)
{
    struct faulty *f = (struct faulty *)d;
    if (!goes_wrong(f)) return f->inner->ops->input(f->inner, frame);
    if (f->plan->fault == FAULT_DROP) return 0;
    if (f->plan->fault == FAULT_ERROR) return -EIO;
    f->retry_at = f->now + BONNET_MS;
    return -EAGAIN;
}

static int output(struct bonnet_driver *d, struct bonnet_rx *frame)
{
    struct faulty *f = (struct faulty *)d;
    if (!goes_wrong(f)) return f->inner->ops->output(f->inner, frame);
    if (f->plan->fault == FAULT_ERROR) return -EIO;
    if (f->plan->fault == FAULT_DROP)
        f->inner->ops->output(f->inner, frame);
    else
        f->retry_at = f->now + BONNET_MS;
    return 0;
}

static void tick(struct bonnet_driver *d, bonnet_time now)
{
    struct faulty *f = (struct faulty *)d;
    f->now = now;
    if (now >= f->retry_at) f->retry_at = BONNET_NEVER;
    f->inner->ops->tick(f->inner, now);
}

static bonnet_time deadline(const struct bonnet_driver *d)
{
    const struct faulty *f = (const struct faulty *)d;
    if (f->retry_at != BONNET_NEVER) return f->retry_at;
    return f->inner->ops->deadline(f->inner);
}

static void free_it(struct bonnet_driver *d)
{
    struct faulty *f = (struct faulty *)d;
    bonnet_driver_free(f->inner);
    free(f);
}

static const struct bonnet_driver_ops ops = {
    .name = "faulty",
    .input = input,
    .output = output,
    .tick = tick,
    .deadline = deadline,
    .free = free_it,
};

struct bonnet_driver *faulty_wrap(struct faulty_plan *plan, struct bonnet_driver *inner)
{
    struct faulty *f = calloc(1, sizeof *f);
    if (!f) {
        bonnet_driver_free(inner);
        return NULL;
    }
    *f = (struct faulty){.head = *inner, .inner = inner, .plan = plan, .retry_at = BONNET_NEVER};
    f->head.ops = &ops;
    return &f->head;
}
