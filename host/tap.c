/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who looks at frames while a loop moves them.
 *
 * A tap is told of a frame when all is said about it: what the stack thinks of one that came, that
 * the driver has taken one that goes. It lies in the memory of who added it, so that looking can
 * begin and end at any time and cannot fail. Without one a frame costs a comparison.
 */
#include "loop.h"

void bonnet_loop_tap_add(struct bonnet_loop *loop, struct bonnet_tap *tap)
{
    tap->next = loop->taps;
    loop->taps = tap;
}

void bonnet_loop_tap_remove(struct bonnet_loop *loop, struct bonnet_tap *tap)
{
    struct bonnet_tap **at = &loop->taps;
    while (*at && *at != tap)
        at = &(*at)->next;
    if (*at) *at = tap->next;
}

void loop_tap_begin(const struct bonnet_loop *loop)
{
    for (const struct bonnet_tap *t = loop->taps; t; t = t->next)
        if (t->begin) t->begin(t->ctx);
}

static void show(const struct bonnet_loop *loop, const struct bonnet_passing *passing)
{
    for (const struct bonnet_tap *t = loop->taps; t; t = t->next)
        t->see(t->ctx, passing);
}

static struct bonnet_passing passing_of(const struct bonnet_loop *loop, const struct loop_port *p)
{
    return (struct bonnet_passing){
        .bn = p->bn, .ifx = p->ifx, .driver = p->driver, .at = loop->now};
}

void loop_tap_in(const struct bonnet_loop *loop, const struct loop_port *p,
                 const struct bonnet_rx *frame, int verdict)
{
    struct bonnet_passing passing = passing_of(loop, p);
    passing.in = frame;
    passing.verdict = verdict > 0 ? verdict : 0;
    show(loop, &passing);
}

void loop_tap_out(const struct bonnet_loop *loop, const struct loop_port *p,
                  const struct bonnet_tx *frame)
{
    struct bonnet_passing passing = passing_of(loop, p);
    passing.out = frame;
    show(loop, &passing);
}
