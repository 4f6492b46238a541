/* SPDX-License-Identifier: BSD-2-Clause */
#include "libpath.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#define BUFFER  (48u << 20)
#define RECORDS 32768
#define PORT    80

struct flow {
    int client, server; /* sockets; -1: not there yet */
    uint64_t bytes;
};

struct world {
    struct bonnet_loop *loop;
    struct bonnet *sender, *receiver;
    int listener;
    struct flow flows[PATH_FLOWS_MAX];
    unsigned begun, accepted;
};

static uint8_t text[1 << 18];

static struct bonnet *stack_new(uint8_t seed)
{
    struct bonnet *bn;
    struct bonnet_config c;
    assert_int_equal(bonnet_host_config(&c), 0);
    memset(c.seed, seed, sizeof c.seed);
    c.limits.sndbuf_default = c.limits.sndbuf_max = c.limits.rcvbuf_max = BUFFER;
    c.limits.sent_records_max = RECORDS;
    assert_int_equal(bonnet_new(&c, &bn), 0);
    return bn;
}

static struct bonnet *host_new(struct world *w, struct bonnet_driver *end, uint8_t number)
{
    struct bonnet *bn = stack_new(number);
    struct bonnet_addr addr = bonnet_ip4(10, 0, 0, number);
    assert_true(bonnet_loop_attach(w->loop, bn, end, addr, 24) >= 0);
    return bn;
}

static void world_init(struct world *w, const char *words)
{
    const char *wrong = "";
    struct bonnet_driver *end[2];
    struct bonnet_wire_config config = {.size = sizeof config, .kind = BONNET_IF_IP};
    *w = (struct world){.flows = {{-1, -1, 0}, {-1, -1, 0}}};
    if (bonnet_link_parse(words, &config.link, &wrong) < 0) fail_msg("%s: %s", words, wrong);
    assert_int_equal(bonnet_loop_new(BONNET_CLOCK_VIRTUAL, &w->loop), 0);
    assert_int_equal(bonnet_wire_pair(&config, end), 0);
    w->sender = host_new(w, end[0], 1);
    w->receiver = host_new(w, end[1], 2);

    const struct bonnet_endpoint here = {.addr = bonnet_ip4(10, 0, 0, 2), .port = PORT};
    w->listener = bonnet_socket(w->receiver, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(w->receiver, w->listener, &here), 0);
    assert_int_equal(bonnet_listen(w->receiver, w->listener, PATH_FLOWS_MAX), 0);
}

static void world_fini(struct world *w)
{
    bonnet_loop_free(w->loop);
    bonnet_free(w->sender);
    bonnet_free(w->receiver);
}

static void begin_flow(struct world *w, const char *cc)
{
    const struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 0, 2), .port = PORT};
    int s = bonnet_socket(w->sender, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(s >= 0);
    int r = bonnet_setsockopt(w->sender, s, BONNET_TCP_CONGESTION, cc, strlen(cc));
    assert_int_equal(r, 0);
    assert_int_equal(bonnet_connect(w->sender, s, &to), -EINPROGRESS);
    w->flows[w->begun++].client = s;
}

/* Both programs do what they can. */
static void turn(struct world *w)
{
    int s = bonnet_accept(w->receiver, w->listener, NULL);
    if (s >= 0) w->flows[w->accepted++].server = s;
    for (unsigned i = 0; i < w->begun; i++)
        while (bonnet_send(w->sender, w->flows[i].client, text, sizeof text, 0) > 0)
            continue;
    for (unsigned i = 0; i < w->accepted; i++) {
        struct flow *f = &w->flows[i];
        int64_t n;
        while ((n = bonnet_recv(w->receiver, f->server, text, sizeof text, 0)) > 0)
            f->bytes += (uint64_t)n;
    }
}

static void runs_until(struct world *w, bonnet_time until)
{
    while (bonnet_loop_now(w->loop) < until) {
        int r = bonnet_loop_step(w->loop, until - bonnet_loop_now(w->loop));
        assert_true(r >= 0);
        turn(w);
    }
}

static double resent(const struct world *w)
{
    struct bonnet_tcp_info info;
    size_t n = sizeof info;
    int s = w->flows[0].client;
    assert_int_equal(bonnet_getsockopt(w->sender, s, BONNET_TCP_INFO, &info, &n), 0);
    return info.tcpi_data_segs_out ? (double)info.tcpi_total_retrans / info.tcpi_data_segs_out : 0;
}

void path_run(const struct path *p, struct path_outcome *out)
{
    struct world w;
    uint64_t before[PATH_FLOWS_MAX];
    world_init(&w, p->words);
    for (unsigned i = 0; i < p->flows; i++) {
        runs_until(&w, i * p->apart);
        begin_flow(&w, p->cc);
    }
    runs_until(&w, p->from);
    for (unsigned i = 0; i < p->flows; i++)
        before[i] = w.flows[i].bytes;
    runs_until(&w, p->until);
    for (unsigned i = 0; i < p->flows; i++)
        out->mbit_s[i] =
            (double)(w.flows[i].bytes - before[i]) * 8e3 / (double)(p->until - p->from);
    out->resent = resent(&w);
    world_fini(&w);
}

double path_fairness(const struct path_outcome *o)
{
    double a = o->mbit_s[0], b = o->mbit_s[1];
    return a + b > 0 ? (a + b) * (a + b) / (2 * (a * a + b * b)) : 0;
}
