/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The books of a stack: what memory it has, what it counted, and whom it told.
 *
 * Memory is refused at the cap before the allocator is asked, and only after the stock of pages was
 * given up: what is merely cached never stands in the way of what is needed. An allocator's own
 * refusal is final. Each use of randomness gets its key here, in a fixed order, because that order
 * is part of what a seed means.
 */
#include "base/env.h"

#include <string.h>

#include "base/assert.h"
#include "base/checksum.h"
#include "base/minmax.h"
#include "base/ring.h"

/* Pages kept for the next taker: one full receive buffer's, which a bulk transfer fills and empties
 * again and again; the allocator would go to the system each time. At least 1 MiB: a few busy
 * connections' worth of coming and going. */
#define PAGES_STOCK_LEAST 256
#define RECORDS_STOCK_MAX 64

static void draw_keys(struct env_keys *keys, struct rng *rng)
{
    rng_key(rng, &keys->demux);
    rng_key(rng, &keys->isn);
    rng_key(rng, &keys->cookie[0]);
    rng_key(rng, &keys->cookie[1]);
    rng_key(rng, &keys->port);
    rng_key(rng, &keys->ts);
    rng_key(rng, &keys->ip_id);
}

void env_init(struct env *e, const struct bonnet_config *config)
{
    memset(e, 0, sizeof(*e));
    e->alloc = config->alloc;
    e->limits = config->limits;
    e->checksum = config->checksum ? config->checksum : checksum_sum;
    e->configured = (struct bonnet_tracer){.trace = config->trace, .ctx = config->trace_ctx};
    e->tracers = config->trace ? &e->configured : NULL;
    e->strict = config->strict;
    e->tcp_off = config->tcp_off;
    e->tcp_ecn = config->tcp_ecn;
    e->subject.socket = -1;
    rng_init(&e->rng, config->seed);
    draw_keys(&e->keys, &e->rng);
    wheel_init(&e->wheel, e->now);
    pool_init(&e->pages, RING_PAGE, larger(PAGES_STOCK_LEAST, e->limits.rcvbuf_max / RING_PAGE));
    pool_init(&e->records, ENV_RECORDS, RECORDS_STOCK_MAX);
}

static void charge(struct env *e, size_t size)
{
    e->memory_bytes += size;
    e->memory_blocks++;
    if (e->memory_bytes > e->memory_peak) e->memory_peak = e->memory_bytes;
}

void env_adopt(struct env *e, size_t size)
{
    charge(e, size);
}

static bool has_room(const struct env *e, size_t size, uint64_t cap)
{
    return e->memory_bytes <= cap && size <= cap - e->memory_bytes;
}

static void *alloc_below(struct env *e, size_t size, uint64_t cap)
{
    if (!has_room(e, size, cap)) {
        pool_trim(&e->pages, e);
        pool_trim(&e->records, e);
    }
    if (!has_room(e, size, cap)) return NULL;
    void *p = e->alloc.alloc(e->alloc.ctx, size);
    if (p) charge(e, size);
    return p;
}

void *env_alloc(struct env *e, size_t size)
{
    uint64_t cap = e->limits.memory_bytes;
    return alloc_below(e, size, cap - cap / ENV_KEPT_PART);
}

void *env_alloc_kept(struct env *e, size_t size)
{
    return alloc_below(e, size, e->limits.memory_bytes);
}

void *env_alloc_zero(struct env *e, size_t size)
{
    void *p = env_alloc(e, size);
    if (p) memset(p, 0, size);
    return p;
}

void env_free(struct env *e, void *p, size_t size)
{
    if (!p) return;
    bonnet_assert(e->memory_bytes >= size && e->memory_blocks > 0);
    e->memory_bytes -= size;
    e->memory_blocks--;
    e->alloc.free(e->alloc.ctx, p, size);
}

void env_trace(const struct env *e, const struct bonnet_trace *event)
{
    for (const struct bonnet_tracer *t = e->tracers; t; t = t->next)
        t->trace(t->ctx, event);
}

static void trace_reason(const struct env *e, enum bonnet_reason reason)
{
    const struct bonnet_trace event = {
        .kind = BONNET_TRACE_REASON,
        .at = e->now,
        .socket = e->subject.socket,
        .local = e->subject.local,
        .remote = e->subject.remote,
        .reason = (int)reason,
    };
    env_trace(e, &event);
}

enum bonnet_reason env_reason(struct env *e, enum bonnet_reason reason)
{
    bonnet_assert(reason > BONNET_R_NONE && reason < BONNET_REASONS_END);
    e->reasons[reason]++;
    if (env_is_traced(e)) trace_reason(e, reason);
    return reason;
}
