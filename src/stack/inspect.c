/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk over everything that can be looked at: first what has a handle, then what has none; and
 * who hears the trace. What a row says is row.c's; nothing here changes what the stack does.
 */
#include "bonnet/inspect.h"

#include <errno.h>

#include "stack/stack.h"

#define PHASE_FLOWS (1ull << 63)

/* The next object with a handle. */
static bool next_handle(const struct bonnet *bn, uint64_t *cursor, struct bonnet_row *row)
{
    while (*cursor < bn->socks.handles_room) {
        const struct sock *s = handle_at(bn, (uint32_t)(*cursor)++);
        if (!s) continue;
        row_of_sock(bn, s, row);
        return true;
    }
    return false;
}

static bool has_handle(const struct flow *f)
{
    return flow_kind(f) == FLOW_STREAM && ((const struct stream *)f)->sock.handle >= 0;
}

/* The next flow that no program holds. */
static bool next_flow(const struct bonnet *bn, uint64_t *cursor, struct bonnet_row *row)
{
    uint64_t at = *cursor & ~PHASE_FLOWS;
    const struct map_node *n;
    do {
        n = map_walk(&bn->socks.flows, &at);
    } while (n && has_handle((const struct flow *)n));
    *cursor = at | PHASE_FLOWS;
    if (n) row_of_flow(bn, (const struct flow *)n, row);
    return n != NULL;
}

int bonnet_inspect(const struct bonnet *bn, uint64_t *cursor, struct bonnet_row *row)
{
    if (row->size != sizeof(*row)) return -EINVAL;
    if (!(*cursor & PHASE_FLOWS)) {
        if (next_handle(bn, cursor, row)) return 1;
        *cursor = PHASE_FLOWS;
    }
    return next_flow(bn, cursor, row);
}

int bonnet_inspect_socket(const struct bonnet *bn, int s, struct bonnet_row *row)
{
    if (row->size != sizeof(*row)) return -EINVAL;
    const struct sock *sock = handle_get(bn, s);
    if (!sock) return -EBADF;
    row_of_sock(bn, sock, row);
    return 0;
}

void bonnet_tracer_add(struct bonnet *bn, struct bonnet_tracer *tracer)
{
    tracer->next = bn->env.tracers;
    bn->env.tracers = tracer;
}

void bonnet_tracer_remove(struct bonnet *bn, struct bonnet_tracer *tracer)
{
    struct bonnet_tracer **at = &bn->env.tracers;
    while (*at && *at != tracer)
        at = &(*at)->next;
    if (*at) *at = tracer->next;
}

uint64_t bonnet_reason_count(const struct bonnet *bn, int reason)
{
    if (reason <= BONNET_R_NONE || reason >= BONNET_REASONS_END) return 0;
    return bn->env.reasons[reason];
}

uint64_t bonnet_mib_count(const struct bonnet *bn, int mib)
{
    if (mib < 0 || mib >= BONNET_MIBS_END) return 0;
    return bn->env.mib[mib];
}

int bonnet_totals(const struct bonnet *bn, struct bonnet_totals *out)
{
    if (out->size != sizeof(*out)) return -EINVAL;
    const struct socks *s = &bn->socks;
    const struct wheel *w = &bn->env.wheel;
    *out = (struct bonnet_totals){
        .size = sizeof(*out),
        .sockets = s->handles_n,
        .listeners = s->listeners_n,
        .half_open = s->half_open_n,
        .connections = s->streams_n,
        .orphans = s->orphans_n,
        .time_wait = s->time_waits_n,
        .datagram_sockets = s->dgrams_n,
        .timers = w->armed_n,
        .reassemblies = bn->ip.reassemblies.n,
        .neighbours = bn->link.neighbours.n,
        .replies = s->replies_n,
        .timers_fired = w->fired,
        .timers_armed = w->armed,
        .timers_cancelled = w->cancelled,
        .frames_in = bn->frames_in,
        .frames_dropped = bn->frames_dropped,
        .frames_out = bn->frames_out,
        .memory_bytes = bn->env.memory_bytes,
        .memory_blocks = bn->env.memory_blocks,
        .memory_peak = bn->env.memory_peak,
    };
    return 0;
}
