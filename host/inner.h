/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a driver that wraps another one asks it for what it may lack, and looks like it.
 */
#ifndef BONNET_HOST_INNER_H
#define BONNET_HOST_INNER_H

#include <bonnet/host.h>

static inline void inner_tick(struct bonnet_driver *d, bonnet_time now)
{
    if (d->ops->tick) d->ops->tick(d, now);
}

static inline bonnet_time inner_deadline(const struct bonnet_driver *d)
{
    return d->ops->deadline ? d->ops->deadline(d) : BONNET_NEVER;
}

static inline int inner_fd(const struct bonnet_driver *d)
{
    return d->ops->fd ? d->ops->fd(d) : -1;
}

static inline void inner_verdict(struct bonnet_driver *d, const struct bonnet_rx *frame, int reason)
{
    if (d->ops->verdict) d->ops->verdict(d, frame, reason);
}

/* The head of a wrapper: its own verbs, everything else as the wrapped one says. */
static inline struct bonnet_driver inner_head(const struct bonnet_driver *inner,
                                              const struct bonnet_driver_ops *ops)
{
    struct bonnet_driver head = *inner;
    head.ops = ops;
    return head;
}

#endif
