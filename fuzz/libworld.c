/* SPDX-License-Identifier: BSD-2-Clause */
/* Two stacks and a wire: see libworld.h. */
#include "libworld.h"

#include <malloc.h>

static void *take(void *ctx, size_t size)
{
    struct world_memory *m = ctx;
    if (m->refuse_in > 0 && --m->refuse_in == 0) return NULL;
    void *p = malloc(size);
    check(p != NULL);
    m->bytes += size;
    m->blocks++;
    check(m->bytes <= m->bytes_max);
    return p;
}

/* The sanitizer's allocator tells exactly what was asked for. */
static void give(void *ctx, void *p, size_t size)
{
    struct world_memory *m = ctx;
    check(p != NULL && malloc_usable_size(p) == size);
    check(m->blocks > 0 && m->bytes >= size);
    m->bytes -= size;
    m->blocks--;
    free(p);
}

static void host_init(struct world *w, int i, uint64_t memory_max)
{
    struct world_host *h = &w->host[i];
    struct bonnet_config config;
    struct bonnet_if_config ifc = {.size = sizeof(ifc), .kind = w->kind, .mtu = 1500};
    h->addr = bonnet_ip4(10, 0, 0, (uint8_t)(1 + i));
    h->mac[0] = 2;
    h->mac[5] = (uint8_t)(1 + i);
    h->memory.bytes_max = memory_max;
    memcpy(ifc.mac, h->mac, 6);
    bonnet_config_init(&config);
    memset(config.seed, 0x5a + i, sizeof(config.seed));
    config.alloc = (struct bonnet_alloc){take, give, &h->memory};
    config.limits.memory_bytes = memory_max;
    config.limits.half_open_max = 64;
    config.limits.syn_backlog_max = 16;
    config.limits.timewait_max = 16;
    config.limits.orphans_max = 16;
    config.limits.neighbours_max = 16;
    config.limits.neighbour_parked = 8;
    config.limits.reassembly_bytes = 65536;
    config.limits.reassembly_max = 8;
    config.limits.replies_max = 32;
    check(bonnet_new(&config, &h->bn) == 0);
    bonnet_tick(h->bn, w->now);
    h->ifx = bonnet_if_add(h->bn, &ifc);
    check(h->ifx > 0);
    check(bonnet_if_addr_add(h->bn, h->ifx, h->addr, 24) == 0);
}

void world_init(struct world *w, enum bonnet_if_kind kind, uint64_t memory_max)
{
    memset(w, 0, sizeof(*w));
    w->kind = kind;
    w->now = BONNET_S;
    for (int i = 0; i < 2; i++)
        host_init(w, i, memory_max);
}

void world_fini(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        struct world_host *h = &w->host[i];
        while (h->queued > 0)
            world_drop(w, i, 0);
        bonnet_free(h->bn);
        check(h->memory.blocks == 0 && h->memory.bytes == 0);
    }
}

int world_inject(struct world *w, int h, const uint8_t *frame, uint32_t len)
{
    uint8_t *copy = malloc(len ? len : 1); /* so that the sanitizer sees its end */
    check(copy != NULL);
    memcpy(copy, frame, len);
    struct bonnet_rx rx = {.data = copy, .len = len};
    int verdict = bonnet_input(w->host[h].bn, w->host[h].ifx, &rx);
    check(verdict >= 0 && verdict < BONNET_REASONS_END);
    free(copy);
    return verdict;
}

void world_enqueue(struct world *w, int h, const uint8_t *frame, uint32_t len)
{
    struct world_host *to = &w->host[h];
    if (to->queued == WORLD_QUEUE_MAX) return;
    uint8_t *copy = malloc(len);
    check(copy != NULL);
    memcpy(copy, frame, len);
    to->queue[to->queued++] = (struct world_frame){len, copy};
}

void world_drop(struct world *w, int h, uint32_t i)
{
    struct world_host *to = &w->host[h];
    if (i >= to->queued) return;
    free(to->queue[i].data);
    to->queued--;
    memmove(&to->queue[i], &to->queue[i + 1], (to->queued - i) * sizeof(to->queue[0]));
}

static uint32_t collect(struct world *w, int from)
{
    struct world_host *h = &w->host[from];
    struct bonnet_tx tx;
    uint8_t frame[WORLD_FRAME_MAX];
    uint32_t n = 0;
    while (bonnet_output(h->bn, h->ifx, &tx) == 1) {
        check(++n <= WORLD_BURST_MAX);
        int len = bonnet_tx_copy(&tx, frame, sizeof(frame));
        check(len > 0 && (uint32_t)len == tx.len);
        check(tx.len <= 1500u + (w->kind == BONNET_IF_ETHERNET ? 14 : 0));
        check(bonnet_reason_kind(tx.reason) == BONNET_KIND_SEND);
        if (!w->filter || w->filter(w->ctx, from, frame, tx.len))
            world_enqueue(w, 1 - from, frame, tx.len);
    }
    return n;
}

static void deliver(struct world *w, int h, uint32_t n)
{
    for (; n > 0 && w->host[h].queued > 0; n--) {
        struct world_frame f = w->host[h].queue[0];
        world_inject(w, h, f.data, f.len);
        world_drop(w, h, 0);
    }
}

uint32_t world_round(struct world *w)
{
    uint32_t moved = collect(w, 0) + collect(w, 1);
    uint32_t n[2] = {w->host[0].queued, w->host[1].queued};
    world_advance(w, BONNET_MS);
    deliver(w, 0, n[0]);
    deliver(w, 1, n[1]);
    return moved;
}

void world_advance(struct world *w, bonnet_time ns)
{
    w->now += ns;
    bonnet_tick(w->host[0].bn, w->now);
    bonnet_tick(w->host[1].bn, w->now);
}

bonnet_time world_deadline(const struct world *w)
{
    bonnet_time a = bonnet_deadline(w->host[0].bn), b = bonnet_deadline(w->host[1].bn);
    return a < b ? a : b;
}

void world_run(struct world *w, bonnet_time until)
{
    while (w->now < until) {
        if (world_round(w) > 0 || w->host[0].queued > 0 || w->host[1].queued > 0) continue;
        bonnet_time next = world_deadline(w);
        if (next > until) next = until;
        if (next > w->now) world_advance(w, next - w->now);
    }
}

void world_is_clean(const struct world *w, int h)
{
    struct bonnet_totals t = {.size = sizeof(t)};
    check(bonnet_totals(w->host[h].bn, &t) == 0);
    check(t.sockets == 0 && t.listeners == 0 && t.datagram_sockets == 0);
    check(t.half_open == 0 && t.connections == 0 && t.orphans == 0 && t.time_wait == 0);
    check(t.reassemblies == 0 && t.replies == 0);
}
