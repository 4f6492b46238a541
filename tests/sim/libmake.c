/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a world out of a number.
 *
 * Two to four stacks, the first one joined to each of the others by a cable of its own; cables with
 * any mixture of faults, kinds and sizes; a listener on each stack; pairs of programs that send
 * datagrams. Programs over TCP come later, one by one.
 */
#include "libpattern.h"
#include "libworld.h"

#include <string.h>

/* Some limits so low that they are met, each with its way to say no. */
static void tighten(struct random *r, struct bonnet_limits *l)
{
    const struct {
        uint32_t *limit;
        uint32_t least, most;
    } rows[] = {
        {&l->sockets_max, 12, 30},
        {&l->conns_max, 2, 20},
        {&l->half_open_max, 0, 4},
        {&l->syn_backlog_max, 0, 4},
        {&l->timewait_max, 0, 4},
        {&l->orphans_max, 0, 4},
        {&l->rcvbuf_default, 500, 5000},
        {&l->sndbuf_default, 500, 5000},
        {&l->ooo_ranges_max, 1, 4},
        {&l->sent_records_max, 1, 8},
        {&l->udp_rcvbuf_default, 1, 4000},
        {&l->reassembly_max, 0, 2},
        {&l->fragments_max, 0, 4},
        {&l->neighbours_max, 1, 2},
        {&l->neighbour_parked, 1, 2},
        {&l->replies_max, 1, 3},
        {&l->rsts_per_s, 0, 2},
        {&l->challenge_acks_per_s, 0, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (random_chance(r, 30))
            *rows[i].limit = (uint32_t)random_between(r, rows[i].least, rows[i].most);
    if (random_chance(r, 30)) l->memory_bytes = random_between(r, 60000, 500000);
}

static void make_host(struct world *w, struct host *h)
{
    struct bonnet_config config;
    bonnet_config_init(&config);
    for (unsigned i = 0; i < sizeof config.seed; i++)
        config.seed[i] = (uint8_t)random_next(&w->random);
    config.alloc = heap_alloc(&h->heap);
    if (w->is_tight) tighten(&w->random, &config.limits);
    config.tcp_ecn = (uint8_t)random_below(&w->random, BONNET_ECN_END);
    config.strict = random_chance(&w->random, 20);
    if (random_chance(&w->random, 20)) config.tcp_off = (uint32_t)random_between(&w->random, 1, 15);
    int r = bonnet_new(&config, &h->bn);
    if (r < 0) world_fail(w, "call", "bonnet_new: %d", r);
    if (random_chance(&w->random, 50)) bonnet_tick(h->bn, w->now);
}

static double probability(struct random *r, unsigned percent_of_worlds, unsigned max_percent)
{
    if (!random_chance(r, percent_of_worlds)) return 0;
    return (double)random_between(r, 1, max_percent * 10) / 1000;
}

static void invent_faults(struct random *r, struct bonnet_link_config *c)
{
    bonnet_link_config_init(c);
    c->seed = random_next(r);
    if (random_chance(r, 80)) c->delay = random_size(r, 100 * BONNET_MS);
    if (random_chance(r, 40)) c->jitter = random_size(r, 30 * BONNET_MS);
    if (random_chance(r, 40)) c->rate_bps = random_between(r, 200000, 50000000);
    if (random_chance(r, 30)) c->limit = (uint32_t)random_between(r, 4, 100);
    c->loss = probability(r, 60, 10);
    c->loss_burst = random_chance(r, 30) ? (double)random_between(r, 2, 6) : 1;
    c->duplicate = probability(r, 30, 5);
    c->corrupt = probability(r, 30, 5);
    if (c->delay > 0 || c->jitter > 0) c->reorder = probability(r, 30, 10);
    if (random_chance(r, 50)) c->reorder_by = random_size(r, 10 * BONNET_MS);
    if (c->rate_bps > 0 && random_chance(r, 50)) c->ce_threshold = random_size(r, 20 * BONNET_MS);
}

void make_plug(struct world *w, struct cable *c)
{
    int r = bonnet_wire_pair(&c->config, c->end);
    if (r < 0) world_fail(w, "call", "bonnet_wire_pair: %d", r);
    c->end[0]->ops->tick(c->end[0], w->now);
}

static void join(struct world *w, struct cable *c, unsigned number, unsigned end)
{
    struct bonnet_driver *d = c->end[end];
    struct bonnet *bn = w->hosts[c->host[end]].bn;
    struct bonnet_if_config config = {
        .size = sizeof config, .kind = d->kind, .mtu = d->mtu, .offload = d->offload};
    memcpy(config.mac, d->mac, sizeof config.mac);
    c->ifx[end] = bonnet_if_add(bn, &config);
    if (c->ifx[end] < 1) world_fail(w, "call", "bonnet_if_add: %d", c->ifx[end]);
    int r = bonnet_if_addr_add(bn, c->ifx[end],
                               bonnet_ip4(10, 0, (uint8_t)number, (uint8_t)(end + 1)), 24);
    if (r < 0) world_fail(w, "call", "bonnet_if_addr_add: %d", r);
}

static void make_cable(struct world *w, unsigned number)
{
    struct random *r = &w->random;
    struct cable *c = &w->cables[number];
    const uint16_t mtus[] = {576, 1280, 1500, 1500, 9000};
    c->config = (struct bonnet_wire_config){
        .size = sizeof c->config,
        .kind = random_chance(r, 50) ? BONNET_IF_ETHERNET : BONNET_IF_IP,
        .mtu = mtus[random_below(r, 5)],
        .offload = random_chance(r, 70) ? 0 : (uint32_t)random_between(r, 1, 3)};
    invent_faults(r, &c->config.link);
    if (random_chance(r, 25)) {
        c->down_from = random_below(r, 20 * BONNET_S);
        c->down_until = c->down_from + (random_chance(r, 50) ? random_size(r, 20 * BONNET_S)
                                                             : random_below(r, 90 * BONNET_S));
    }
    c->host[0] = 0;
    c->host[1] = number + 1;
    make_plug(w, c);
    join(w, c, number, 0);
    join(w, c, number, 1);
}

int make_listening(struct world *w, struct listener *l)
{
    struct bonnet *bn = w->hosts[l->host].bn;
    const struct bonnet_endpoint at = {.addr = bonnet_ip4(0, 0, 0, 0), .port = PORT_OF_SERVERS};
    const char *name = random_chance(&w->random, 50) ? "reno" : "cubic";
    const int one = 1;
    int s = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    if (s < 0) return s;
    int r = bonnet_setsockopt(bn, s, BONNET_TCP_CONGESTION, name, strlen(name));
    if (r == 0) r = bonnet_setsockopt(bn, s, BONNET_SO_REUSEADDR, &one, sizeof one);
    if (r == 0) r = bonnet_bind(bn, s, &at);
    if (r == 0) r = bonnet_listen(bn, s, (int)random_between(&w->random, 1, 20));
    if (r < 0) {
        bonnet_close(bn, s);
        return r;
    }
    l->socket = s;
    l->is_open = true;
    return 0;
}

static void make_listener(struct world *w, unsigned host)
{
    struct listener *l = &w->listeners[w->listeners_n++];
    *l = (struct listener){.host = host, .turns_at = BONNET_NEVER};
    if (random_chance(&w->random, 10)) l->turns_at = random_size(&w->random, 20 * BONNET_S);
    int r = make_listening(w, l);
    if (r < 0) world_fail(w, "call", "listener: %d", r);
}

static void make_talker(struct world *w, const struct cable *c, unsigned end)
{
    struct talker *t = &w->talkers[w->talkers_n];
    struct bonnet *bn = w->hosts[c->host[end]].bn;
    const uint8_t number = (uint8_t)(c - w->cables);
    const uint16_t port = (uint16_t)(PORT_OF_TALKERS + w->talkers_n);
    t->host = c->host[end];
    t->local = (struct bonnet_endpoint){bonnet_ip4(10, 0, number, (uint8_t)(end + 1)), port, 0};
    t->remote = (struct bonnet_endpoint){bonnet_ip4(10, 0, number, (uint8_t)(2 - end)),
                                         (uint16_t)(port ^ 1), 0};
    t->key_out = pattern_key(&t->local, &t->remote);
    t->key_in = pattern_key(&t->remote, &t->local);
    t->to_send = (unsigned)random_below(&w->random, DATAGRAMS_MAX);
    t->size_max = (uint32_t)random_between(&w->random, 8, 5000);
    /* Two flipped bits in two fragments may cancel each other in the sum: no stack could tell. */
    const uint32_t whole = c->config.mtu - 28u;
    if (c->config.link.corrupt > 0 && t->size_max > whole) t->size_max = whole;
    t->pace = random_between(&w->random, 1, 100 * BONNET_MS);
    t->is_open = true;
    t->socket = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    int r = bonnet_bind(bn, t->socket, &t->local);
    if (r < 0) world_fail(w, "call", "bind of a talker: %d", r);
    w->talkers_n++;
}

/* Stacks whose memory is refused now and then, until the faults end. */
static void make_poor(struct world *w)
{
    for (unsigned i = 0; i < w->hosts_n; i++) {
        w->hosts[i].heap.random.state = random_next(&w->random);
        w->hosts[i].heap.refuses = (unsigned)random_between(&w->random, 1, 30);
    }
}

void make_world(struct world *w)
{
    struct random *r = &w->random;
    w->has_faults = true;
    w->is_tight = random_chance(r, 20);
    w->faults_end = random_between(r, 1, 60) * BONNET_S;
    w->patience_ends = w->faults_end + PATIENCE;
    w->hosts_n = (unsigned)random_between(r, 2, HOSTS_MAX);
    w->clients_to_come = (unsigned)random_between(r, 1, 20);
    for (unsigned i = 0; i < w->hosts_n; i++) {
        make_host(w, &w->hosts[i]);
        if (w->is_failed) return;
        make_listener(w, i);
    }
    for (w->cables_n = 0; w->cables_n < w->hosts_n - 1; w->cables_n++)
        make_cable(w, w->cables_n);
    unsigned pairs = (unsigned)random_below(r, TALKERS_MAX / 2 + 1);
    for (unsigned i = 0; i < pairs; i++) {
        const struct cable *c = &w->cables[random_below(r, w->cables_n)];
        make_talker(w, c, 0);
        make_talker(w, c, 1);
    }
    if (random_chance(r, 15)) make_poor(w);
    w->has_stranger = random_chance(r, 40);
}
