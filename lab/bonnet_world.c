/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A world of stacks of bonnet in virtual time.
 *
 * Decides: how a scenario becomes hosts and links. One stack a host; one interface for each of its
 * links, raw IP; all addresses of a host on its first interface, and a route to each address of a
 * peer through the link that leads there, so that addresses may be chosen freely. Everything else,
 * strangers above all, goes out by the first link. A host without links has an interface that
 * leads nowhere, because addresses need one.
 *
 * All chance comes from the seed: that of each stack, of each life of it, and of each link are
 * different functions of it, so that one more host or a power cut changes nothing for the others.
 *
 * Between a stack and its wire stands a port (bonnet_world_port.c), where faults happen, and around
 * the port a capture if there is one: it shows what the host sent, not what the fault left of it.
 *
 * A host that loses its power is a stack that is freed: nothing is sent, what is on its way to it
 * vanishes. Ports and wires stay, and a new stack with the same addresses takes them over.
 */
#include "bonnet_world.h"

#include "chance.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A wire without delay and rate would push back when it is full; a queue that nobody fills up does
 * not, and stacks are asked for frames only when these can be taken. */
#define QUEUE_OF_PERFECT_LINK 65536

#define PREFIX_BITS 24

static int fail(char *why, size_t max, int error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int fail(char *why, size_t max, int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why, max, format, args);
    va_end(args);
    return error;
}

/* ---- chance ---- */

/* A number for each purpose and each of its members. */
static uint64_t seed_of(const struct bw_world *w, const char *purpose, uint64_t member)
{
    uint64_t seed = lab_mix(w->config.seed + 1);
    for (; *purpose; purpose++)
        seed = lab_mix(seed ^ (uint8_t)*purpose);
    return lab_mix(seed + member);
}

/* ---- stacks ---- */

static bool set_limit(struct bonnet_limits *l, const struct lab_setting *s)
{
    const struct {
        const char *name;
        uint32_t *limit;
    } limits[] = {
        {"somaxconn", &l->somaxconn},
        {"tcp_max_syn_backlog", &l->syn_backlog_max},
        {"tcp_max_tw_buckets", &l->timewait_max},
        {"tcp_max_orphans", &l->orphans_max},
    };
    if (s->value < 0 || s->value > UINT32_MAX) return false;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (strcmp(limits[i].name, s->name) != 0) continue;
        *limits[i].limit = (uint32_t)s->value;
        return true;
    }
    return false;
}

/* Settings are looked at when the world is made: a name that is not known is told there. */
static void set_limits(const struct bw_host *h, struct bonnet_limits *l)
{
    const struct scenario *s = h->world->scenario;
    for (unsigned i = 0; i < s->settings_n; i++)
        if (s->settings[i].host == h->index) (void)set_limit(l, &s->settings[i]);
}

static int make_stack(struct bw_host *h)
{
    struct bonnet_config config;
    bonnet_config_init(&config);
    uint64_t seed = seed_of(h->world, "stack", ((uint64_t)h->births << 32) + h->index);
    for (size_t i = 0; i < sizeof config.seed; i++)
        config.seed[i] = (uint8_t)(lab_mix(seed + i / 8) >> (8 * (i % 8)));
    config.seed[0] |= 1;
    config.alloc = bonnet_host_alloc();
    config.trace = bw_trace;
    config.trace_ctx = h;
    set_limits(h, &config.limits);
    h->births++;
    int r = bonnet_new(&config, &h->bn);
    if (r < 0) return r;
    if (h->capture) bonnet_tracer_add(h->bn, bonnet_pcapng_tracer(h->capture));
    bonnet_tick(h->bn, h->world->now);
    return 0;
}

/* Returns the interface's number or -errno. */
static int add_interface(struct bw_host *h, const struct bonnet_driver *d)
{
    struct bonnet_if_config config = {.size = sizeof config, .kind = BONNET_IF_IP};
    if (d) {
        config.mtu = d->mtu;
        memcpy(config.name, d->name, sizeof config.name);
    }
    return bonnet_if_add(h->bn, &config);
}

/* The first interface has the first address, the second one the second; those left are the first's.
 */
static int add_addresses(struct bw_host *h, unsigned interfaces)
{
    const struct lab_host *host = &h->world->scenario->hosts[h->index];
    for (unsigned i = 0; i < host->addrs_n; i++) {
        int ifx = i < interfaces ? (int)i + 1 : 1;
        int r = bonnet_if_addr_add(h->bn, ifx, host->addrs[i], PREFIX_BITS);
        if (r < 0) return r;
    }
    return bonnet_route_add(h->bn, bonnet_ip4(0, 0, 0, 0), 0, bonnet_ip4(0, 0, 0, 0), 1);
}

static int add_routes(struct bw_host *h, unsigned peer, int ifx)
{
    const struct lab_host *host = &h->world->scenario->hosts[peer];
    for (unsigned i = 0; i < host->addrs_n; i++) {
        int r = bonnet_route_add(h->bn, host->addrs[i], 32, bonnet_ip4(0, 0, 0, 0), ifx);
        if (r < 0 && r != -EEXIST) return r;
    }
    return 0;
}

static int join(struct bw_host *h, struct bw_link *l, unsigned side)
{
    l->ifx[side] = add_interface(h, l->end[side]);
    if (l->ifx[side] < 0) return l->ifx[side];
    return add_routes(h, l->host[!side], l->ifx[side]);
}

static int join_links(struct bw_host *h)
{
    unsigned joined = 0;
    for (unsigned i = 0; i < 2 * h->world->links_n; i++) {
        struct bw_link *l = &h->world->links[i / 2];
        if (l->host[i % 2] != h->index) continue;
        int r = join(h, l, i % 2);
        if (r < 0) return r;
        joined++;
    }
    int r = joined ? 0 : add_interface(h, NULL);
    return r < 0 ? r : add_addresses(h, joined);
}

static int switch_on(struct bw_host *h)
{
    int r = make_stack(h);
    return r < 0 ? r : join_links(h);
}

int bw_power(struct world *world, unsigned host, bool on)
{
    struct bw_world *w = bw_of(world);
    struct bw_host *h = &w->hosts[host];
    if (on == (h->bn != NULL)) return -EALREADY;
    if (on) return switch_on(h);
    bonnet_free(h->bn);
    h->bn = NULL;
    bw_sockets_forget(h);
    return 0;
}

/* ---- links ---- */

int bw_cut(struct world *w, unsigned link, bool mend)
{
    bw_of(w)->links[link].is_cut = !mend;
    return 0;
}

/* The capture of a side, if there is one, stands around its port. */
static int wrap(struct bw_world *w, struct bw_link *l, unsigned side)
{
    struct bonnet_pcapng *capture = w->hosts[l->host[side]].capture;
    struct bonnet_driver *port = l->end[side];
    if (!capture) return 0;
    l->end[side] = NULL;
    return bonnet_pcapng_wrap(capture, port, &l->end[side]);
}

static int make_link(struct bw_world *w, unsigned index)
{
    const struct lab_link *from = &w->scenario->links[index];
    struct bw_link *l = &w->links[index];
    struct bonnet_wire_config config = {
        .size = sizeof config, .link = from->config, .kind = BONNET_IF_IP, .mtu = from->mtu};
    struct bonnet_driver *wire[2];
    const struct bonnet_link_config *c = &config.link;
    config.link.seed = seed_of(w, "link", index);
    if (c->limit == 0 && c->delay == 0 && c->jitter == 0 && c->rate_bps == 0)
        config.link.limit = QUEUE_OF_PERFECT_LINK;
    int r = bonnet_wire_pair(&config, wire);
    if (r < 0) return r;
    for (unsigned side = 0; side < 2; side++)
        l->host[side] = from->host[side];
    r = bw_port_new(w, index, 0, wire[0]);
    int other = bw_port_new(w, index, 1, wire[1]);
    if (r == 0) r = other;
    for (unsigned side = 0; side < 2 && r == 0; side++)
        r = wrap(w, l, side);
    return r;
}

static int make_links(struct bw_world *w, char *why, size_t max)
{
    for (w->links_n = 0; w->links_n < w->scenario->links_n;) {
        int r = make_link(w, w->links_n++);
        if (r < 0) return fail(why, max, r, "link %u cannot be made: %s", w->links_n, strerror(-r));
    }
    return 0;
}

/* ---- the world ---- */

unsigned bw_host_of(const struct bw_world *w, const struct bonnet_addr *addr)
{
    for (unsigned i = 0; i < w->hosts_n; i++)
        for (unsigned j = 0; j < w->scenario->hosts[i].addrs_n; j++)
            if (bonnet_addr_equal(w->scenario->hosts[i].addrs[j], *addr)) return i;
    return LAB_HOSTS_MAX;
}

static void name_addresses(const struct scenario *s, struct bonnet_pcapng *capture)
{
    for (unsigned i = 0; i < s->hosts_n; i++)
        for (unsigned j = 0; j < s->hosts[i].addrs_n; j++)
            bonnet_pcapng_name(capture, s->hosts[i].addrs[j], s->hosts[i].name);
}

static int open_capture(struct bw_host *h, char *why, size_t max)
{
    const struct bw_world *w = h->world;
    const char *name = w->scenario->hosts[h->index].name;
    char path[1024];
    int n =
        snprintf(path, sizeof path, "%s/%s-%s.pcapng", w->config.pcapng, w->scenario->name, name);
    int r = n < 0 || (size_t)n >= sizeof path ? -ENAMETOOLONG
                                              : bonnet_pcapng_open(path, name, &h->capture);
    if (r < 0) return fail(why, max, r, "%s: %s", path, strerror(-r));
    name_addresses(w->scenario, h->capture);
    return 0;
}

static int make_hosts(struct bw_world *w, char *why, size_t max)
{
    for (; w->hosts_n < w->scenario->hosts_n; w->hosts_n++) {
        struct bw_host *h = &w->hosts[w->hosts_n];
        h->world = w;
        h->index = w->hosts_n;
        int r = w->config.pcapng ? open_capture(h, why, max) : 0;
        if (r < 0) return r;
    }
    return 0;
}

static int check_settings(const struct scenario *s, char *why, size_t max)
{
    struct bonnet_limits ignored;
    for (unsigned i = 0; i < s->settings_n; i++)
        if (!set_limit(&ignored, &s->settings[i]))
            return fail(why, max, -EINVAL, "line %u: no such setting: %s %lld", s->settings[i].line,
                        s->settings[i].name, (long long)s->settings[i].value);
    return 0;
}

static int switch_all_on(struct bw_world *w, char *why, size_t max)
{
    for (unsigned i = 0; i < w->hosts_n; i++) {
        int r = switch_on(&w->hosts[i]);
        if (r < 0)
            return fail(why, max, r, "host %s cannot be made: %s", w->scenario->hosts[i].name,
                        strerror(-r));
    }
    return 0;
}

int bonnet_world_new(const struct world_config *config, struct world **out, char *why, size_t max)
{
    struct bw_world *w = calloc(1, sizeof *w);
    if (!w) return fail(why, max, -ENOMEM, "no memory");
    w->head.ops = &bw_ops;
    w->config = *config;
    w->scenario = config->scenario;
    w->random = seed_of(w, "strangers", 0);
    int r = check_settings(w->scenario, why, max);
    if (r == 0) r = make_hosts(w, why, max);
    if (r == 0) r = make_links(w, why, max);
    if (r == 0) r = switch_all_on(w, why, max);
    if (r < 0) {
        bw_free(&w->head);
        return r;
    }
    *out = &w->head;
    return 0;
}

static void free_host(struct bw_host *h)
{
    bonnet_free(h->bn);
    (void)bonnet_pcapng_close(h->capture);
    bw_sockets_fini(h);
}

/* Ports before captures: a port's tee writes its last frame when it goes. */
void bw_free(struct world *world)
{
    struct bw_world *w = bw_of(world);
    for (unsigned i = 0; i < 2 * w->links_n; i++)
        bonnet_driver_free(w->links[i / 2].end[i % 2]);
    for (unsigned i = 0; i < w->hosts_n; i++)
        free_host(&w->hosts[i]);
    faults_fini(&w->faults);
    bw_frames_free(w->held);
    bw_frames_free(w->recorded);
    bw_floods_free(w);
    flows_fini(&w->flows);
    free(w);
}
