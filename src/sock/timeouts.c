/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SO_RCVTIMEO and SO_SNDTIMEO: kept beside the sockets, by handle, because hardly any has one and
 * every connection would pay for them. The core never waits and does not look at them.
 */
#include "sock/ports.h"

#include <errno.h>

static uint32_t hash_of(const struct env *e, int32_t handle)
{
    return (uint32_t)siphash13_2(&e->keys.demux, (uint32_t)handle, 1);
}

static struct timeouts *find(const struct bonnet *bn, const struct sock *s)
{
    if (!s->has_timeouts) return NULL;
    struct map_node *n = map_first(&bn->socks.timeouts, hash_of(&bn->env, s->handle));
    while (n && n->tag != (uint32_t)s->handle)
        n = map_next(n);
    return (struct timeouts *)n;
}

struct timeouts timeouts_get(const struct bonnet *bn, const struct sock *s)
{
    const struct timeouts *t = find(bn, s);
    return t ? *t : (struct timeouts){.recv_ms = 0};
}

static struct timeouts *add(struct bonnet *bn, struct sock *s)
{
    struct timeouts *t = env_alloc(&bn->env, sizeof(*t));
    if (!t) return NULL;
    t->map.tag = (uint32_t)s->handle;
    if (map_add(&bn->socks.timeouts, &bn->env, &t->map, hash_of(&bn->env, s->handle)) < 0) {
        env_free(&bn->env, t, sizeof(*t));
        return NULL;
    }
    s->has_timeouts = true;
    return t;
}

static void drop(struct bonnet *bn, struct sock *s, struct timeouts *t)
{
    map_remove(&bn->socks.timeouts, &bn->env, &t->map);
    env_free(&bn->env, t, sizeof(*t));
    s->has_timeouts = false;
}

int timeouts_set(struct bonnet *bn, struct sock *s, uint32_t recv_ms, uint32_t send_ms)
{
    struct timeouts *t = find(bn, s);
    bool wanted = recv_ms || send_ms;
    if (t && !wanted) drop(bn, s, t);
    if (!wanted) return 0;
    if (!t) t = add(bn, s);
    if (!t) return -ENOMEM;
    t->recv_ms = recv_ms;
    t->send_ms = send_ms;
    return 0;
}
