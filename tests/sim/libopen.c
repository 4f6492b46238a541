/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How programs over TCP come into the world: their scripts, their options, connecting and
 * accepting.
 */
#include "libpattern.h"
#include "libstream.h"

#include <errno.h>
#include <string.h>

static void write_script(struct world *w, struct side *s)
{
    struct random *r = &w->random;
    const unsigned endings = s->role == SIDE_SERVER ? ENDINGS : END_WAITING;
    s->to_send = random_size(r, 150000);
    s->send_max = (uint32_t)random_between(r, 1, random_chance(r, 20) ? 100 : BUFFER_MAX);
    s->recv_max = (uint32_t)random_between(r, 1, random_chance(r, 20) ? 100 : BUFFER_MAX);
    if (s->send_max < 100 && s->to_send > 3000) s->to_send = 3000;
    s->pace = random_chance(r, 50) ? 0 : random_size(r, 200 * BONNET_MS);
    s->ending = (enum side_ending)random_below(r, endings);
    if (random_chance(r, 50)) s->ending = END_POLITE;
    s->stop_after = random_size(r, 50000);
    if (random_chance(r, 20)) s->sleeps_until = w->now + random_size(r, 40 * BONNET_S);
}

static void set_option(struct world *w, const struct side *s, int option, int value)
{
    int r = bonnet_setsockopt(stream_stack(w, s), s->socket, option, &value, sizeof value);
    if (r < 0) world_fail(w, "call", "option %d: %d", option, r);
}

static void set_options(struct world *w, const struct side *s)
{
    struct random *r = &w->random;
    if (random_chance(r, 20)) set_option(w, s, BONNET_TCP_NODELAY, 1);
    if (random_chance(r, 20))
        set_option(w, s, BONNET_SO_SNDBUF, (int)random_between(r, 5000, 99999));
    if (random_chance(r, 20))
        set_option(w, s, BONNET_SO_RCVBUF, (int)random_between(r, 3000, 99999));
    if (random_chance(r, 10)) set_option(w, s, BONNET_TCP_MAXSEG, (int)random_between(r, 88, 1400));
    if (random_chance(r, 10))
        set_option(w, s, BONNET_TCP_USER_TIMEOUT, (int)random_between(r, 1000, 30000));
    if (!random_chance(r, 30)) return;
    set_option(w, s, BONNET_SO_KEEPALIVE, 1);
    set_option(w, s, BONNET_TCP_KEEPIDLE, (int)random_between(r, 1, 30));
    set_option(w, s, BONNET_TCP_KEEPINTVL, (int)random_between(r, 1, 5));
    if (random_chance(r, 50)) set_option(w, s, BONNET_TCP_KEEPCNT, (int)random_between(r, 1, 3));
}

/* Of those who connect; who is accepted has his listener's. */
static void choose_congestion_control(struct world *w, const struct side *s)
{
    const char *name = random_chance(&w->random, 50) ? "reno" : "cubic";
    int r =
        bonnet_setsockopt(stream_stack(w, s), s->socket, BONNET_TCP_CONGESTION, name, strlen(name));
    if (r < 0) world_fail(w, "call", "congestion control %s: %d", name, r);
}

static bool is_in_use(const struct world *w, uint16_t port)
{
    for (unsigned i = 0; i < w->sides_n; i++) {
        const struct side *s = &w->sides[i];
        if (s->is_open && (s->local.port == port || s->remote.port == port)) return true;
    }
    return false;
}

/* The port that somebody had before, whose connection may be in TIME-WAIT at the server. */
static void bind_again(struct world *w, struct side *s)
{
    const uint16_t port = (uint16_t)random_between(&w->random, PORT_AGAIN, PORT_AGAIN + 1);
    const struct bonnet_endpoint at = {.addr = bonnet_ip4(0, 0, 0, 0), .port = port};
    if (is_in_use(w, port)) return;
    int r = bonnet_bind(stream_stack(w, s), s->socket, &at);
    if (r == 0) s->local.port = port;
    if (r < 0 && r != -EADDRINUSE && !stream_is_poverty(w, r))
        world_fail(w, "call", "bind again: %d", r);
}

static bool is_same(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

/* A peer that has reset the connection meanwhile has no name any more, as on Linux. */
void stream_learn_names(struct world *w, struct side *s)
{
    struct bonnet *bn = stream_stack(w, s);
    struct bonnet_endpoint peer;
    if (bonnet_getsockname(bn, s->socket, &s->local) < 0) world_fail(w, "call", "getsockname");
    int r = bonnet_getpeername(bn, s->socket, &peer);
    if (r == 0 ? !is_same(&peer, &s->remote) : r != -ENOTCONN)
        world_fail(w, "call", "getpeername: %d", r);
    s->key_out = pattern_key(&s->local, &s->remote);
    s->key_in = pattern_key(&s->remote, &s->local);
    bonnet_set_user(bn, s->socket, (uint64_t)(s - w->sides));
}

static struct side *new_side(struct world *w, unsigned host, enum side_role role)
{
    if (w->sides_n == SIDES_MAX) return NULL;
    struct side *s = &w->sides[w->sides_n++];
    *s = (struct side){.is_used = true, .is_open = true, .host = host, .role = role, .woken = true};
    write_script(w, s);
    return s;
}

void stream_client_new(struct world *w)
{
    const unsigned cable = (unsigned)random_below(&w->random, w->cables_n);
    const struct cable *c = &w->cables[cable];
    const unsigned far = (unsigned)random_below(&w->random, 2);
    const struct bonnet_endpoint to = {
        .addr = bonnet_ip4(10, 0, (uint8_t)cable, (uint8_t)(far + 1)),
        .port = random_chance(&w->random, 3) ? PORT_OF_NOBODY : PORT_OF_SERVERS};
    struct side *s = new_side(w, c->host[!far], SIDE_CLIENT);
    if (!s) return;
    s->socket = bonnet_socket(stream_stack(w, s), BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    if (s->socket < 0) {
        if (!stream_is_poverty(w, s->socket)) world_fail(w, "call", "socket: %d", s->socket);
        s->is_open = false;
        return;
    }
    s->remote = to;
    set_options(w, s);
    choose_congestion_control(w, s);
    if (random_chance(&w->random, 40)) bind_again(w, s);
    int r = bonnet_connect(stream_stack(w, s), s->socket, &to);
    if (stream_is_poverty(w, r)) {
        stream_close(w, s);
        return;
    }
    if (r != -EINPROGRESS) world_fail(w, "call", "connect: %d", r);
    bonnet_set_user(stream_stack(w, s), s->socket, (uint64_t)(s - w->sides));
    s->woken = false;
    s->waits_for = BONNET_POLLOUT;
    world_say(w, "side %td connects from host %u to port %u, ending %d, sends %llu", s - w->sides,
              s->host, to.port, s->ending, (unsigned long long)s->to_send);
}

/* Some are stopped before they wake. */
static void fall_asleep(struct world *w, struct listener *l)
{
    bonnet_time nap = random_size(&w->random, 30 * BONNET_S);
    l->naps_until = w->now + nap;
    if (random_chance(&w->random, 20)) l->turns_at = w->now + random_below(&w->random, nap + 1);
}

void stream_accept(struct world *w, struct listener *l)
{
    struct bonnet_endpoint peer;
    if (l->naps_until <= w->now && random_chance(&w->random, 5)) fall_asleep(w, l);
    l->is_behind = l->naps_until > w->now;
    l->at = l->naps_until;
    while (!l->is_behind) {
        int r = bonnet_accept(w->hosts[l->host].bn, l->socket, &peer);
        if (r == -EAGAIN) return;
        l->is_behind = stream_is_poverty(w, r);
        l->at = w->now + PAUSE;
        if (l->is_behind) return;
        if (r < 0) {
            world_fail(w, "call", "accept: %d", r);
            return;
        }
        struct side *s = new_side(w, l->host, SIDE_SERVER);
        if (!s) {
            bonnet_close(w->hosts[l->host].bn, r);
            return;
        }
        s->socket = r;
        s->is_connected = true;
        s->remote = peer;
        stream_learn_names(w, s);
        set_options(w, s);
        world_say(w, "side %td is accepted at host %u, ending %d, sends %llu", s - w->sides,
                  s->host, s->ending, (unsigned long long)s->to_send);
    }
}
