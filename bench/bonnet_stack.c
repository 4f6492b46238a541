/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bonnet as a program would set it up; only the limits are raised where a row needs more than the
 * defaults allow. What the allocator hands out is counted in the bytes that were asked for.
 */
#include "bonnet_stack.h"

#include <errno.h>
#include <stdlib.h>

#define MEMORY_MAX ((uint64_t)16 << 30)
#define BACKLOG    (1 << 20) /* capped by somaxconn */
#define SPARE      1024      /* listeners, and objects on their way to another state */

static void *count_alloc(void *ctx, size_t size)
{
    uint64_t *held = ctx;
    void *p = malloc(size);
    if (p) *held += size;
    return p;
}

static void count_free(void *ctx, void *p, size_t size)
{
    uint64_t *held = ctx;
    if (p) *held -= size;
    free(p);
}

static void at_least(uint32_t *limit, uint32_t n)
{
    if (*limit < n) *limit = n;
}

int bonnet_stack_init(struct bonnet_stack *s, unsigned conns_n, unsigned time_waits_max,
                      struct bench_job *job)
{
    struct bonnet_config config;
    int status = bonnet_host_config(&config);
    if (status < 0) return bench_fail(job, status, "bonnet_host_config: %d", status);
    s->held = 0;
    config.alloc = (struct bonnet_alloc){count_alloc, count_free, &s->held};
    config.limits.memory_bytes = MEMORY_MAX;
    at_least(&config.limits.sockets_max, conns_n + SPARE);
    at_least(&config.limits.conns_max, conns_n + SPARE);
    at_least(&config.limits.half_open_max, conns_n + SPARE);
    at_least(&config.limits.syn_backlog_max, conns_n + SPARE);
    at_least(&config.limits.somaxconn, conns_n); /* bounds half-open ones, too, as on Linux */
    if (time_waits_max > 0) config.limits.timewait_max = time_waits_max;
    status = bonnet_new(&config, &s->bn);
    if (status < 0) return bench_fail(job, status, "bonnet_new: %d", status);
    bonnet_tick(s->bn, bonnet_host_now());
    return 0;
}

int bonnet_stack_fini(struct bonnet_stack *s)
{
    bonnet_free(s->bn);
    return s->held != 0;
}

int bonnet_stack_listen(struct bonnet_stack *s, uint16_t port)
{
    struct bonnet_endpoint at = {.addr = bonnet_ip4(0, 0, 0, 0), .port = port};
    int listener = bonnet_socket(s->bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    if (listener < 0) return listener;
    int status = bonnet_bind(s->bn, listener, &at);
    if (status == 0) status = bonnet_listen(s->bn, listener, BACKLOG);
    return status < 0 ? status : listener;
}

void bonnet_stack_nodelay(struct bonnet_stack *s, int socket)
{
    int yes = 1;
    (void)bonnet_setsockopt(s->bn, socket, BONNET_TCP_NODELAY, &yes, sizeof yes);
}
