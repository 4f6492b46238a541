/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hosts, calls and the story; see libbonnet_world.h.
 */
#include "libbonnet_world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the story ---- */

static void hash(struct stage *t, const void *data, size_t n)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i++)
        t->hash = (t->hash ^ p[i]) * 0x100000001b3u;
}

static void write_line(struct stage *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void write_line(struct stage *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->story + t->len, STORY_MAX - t->len, format, args);
    va_end(args);
    assert_in_range(n, 0, STORY_MAX - t->len - 1);
    t->len += (size_t)n;
}

static const char *fate_of(enum lab_fate fate)
{
    switch (fate) {
    case LAB_FATE_PASSES: return "";
    case LAB_FATE_LOST: return " lost";
    case LAB_FATE_CUT: return " cut";
    case LAB_FATE_DROPPED: return " dropped";
    case LAB_FATE_CORRUPTED: return " corrupted";
    case LAB_FATE_DUPLICATED: return " duplicated";
    case LAB_FATE_HELD: return " held";
    case LAB_FATE_FORGED: return " forged";
    }
    return " ?";
}

static const char *host_of(const struct stage *t, unsigned host)
{
    return host < t->scenario.hosts_n ? t->scenario.hosts[host].name : "stranger";
}

static void write_packet(struct stage *t, const struct lab_event *e)
{
    const struct bonnet_packet *p = e->wire.packet;
    char flags[10], text[32] = "";
    uint32_t seq = p->seq - e->wire.seq_base;
    if (p->kind == BONNET_PACKET_TCP)
        bonnet_packet_flags(p->flags, flags);
    else
        (void)snprintf(flags, sizeof flags, p->kind == BONNET_PACKET_UDP ? "UDP" : "other");
    if (p->text_len > 0 && p->kind == BONNET_PACKET_TCP)
        (void)snprintf(text, sizeof text, " %u:%u", seq, seq + p->text_len);
    if (e->kind == LAB_EVENT_DROP)
        write_line(t, "%s drops [%s]: %s\n", host_of(t, e->host), flags,
                   e->reason ? bonnet_reason_name(e->reason) : "cut");
    else
        write_line(t, "%s [%s]%s%s\n", host_of(t, e->host), flags, text, fate_of(e->wire.fate));
}

static void write_state(struct stage *t, const struct lab_event *e)
{
    write_line(t, "%s %s > %s by %s\n", host_of(t, e->host), bonnet_state_name(e->state.from),
               bonnet_state_name(e->state.to), e->state.by);
}

static void sink(void *ctx, const struct lab_event *e)
{
    struct stage *t = ctx;
    t->events++;
    hash(t, &e->kind, sizeof e->kind);
    hash(t, &e->at, sizeof e->at);
    hash(t, &e->host, sizeof e->host);
    hash(t, &e->reason, sizeof e->reason);
    hash(t, &e->state.to, sizeof e->state.to);
    hash(t, e->wire.frame, e->wire.frame ? e->wire.len : 0);
    assert_true(e->scenario == &t->scenario && e->at == t->world->ops->now(t->world));
    if (!(t->kinds & KIND(e->kind))) return;
    if (e->kind == LAB_EVENT_PACKET || e->kind == LAB_EVENT_DROP) write_packet(t, e);
    if (e->kind == LAB_EVENT_STATE) write_state(t, e);
    if (e->kind == LAB_EVENT_REASON)
        write_line(t, "%s %s\n", host_of(t, e->host), bonnet_reason_name(e->reason));
}

void forget(struct stage *t)
{
    t->len = 0;
    t->story[0] = '\0';
}

void tells(struct stage *t, const char *story)
{
    assert_string_equal(t->story, story);
    forget(t);
}

/* ---- the world ---- */

void stage_host(struct stage *t, const char *name, struct bonnet_addr addr)
{
    struct lab_host *h = &t->scenario.hosts[t->scenario.hosts_n];
    struct lab_program *p = &t->scenario.programs[t->scenario.programs_n++];
    (void)snprintf(h->name, sizeof h->name, "%s", name);
    (void)snprintf(p->name, sizeof p->name, "%s", name);
    p->host = t->scenario.hosts_n++;
    h->addrs[h->addrs_n++] = addr;
}

void stage_link(struct stage *t, unsigned a, unsigned b, const char *words)
{
    const char *where;
    struct lab_link *l = &t->scenario.links[t->scenario.links_n++];
    l->host[0] = a;
    l->host[1] = b;
    assert_int_equal(bonnet_link_parse(words, &l->config, &where), 0);
}

void stage_set(struct stage *t, unsigned host, const char *name, int64_t value)
{
    struct lab_setting *s = &t->scenario.settings[t->scenario.settings_n++];
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    s->host = host;
    s->value = value;
}

struct stage *stage_begin(const char *link)
{
    struct stage *t = calloc(1, sizeof *t);
    assert_non_null(t);
    (void)snprintf(t->scenario.name, sizeof t->scenario.name, "test");
    t->kinds = ALL_KINDS;
    t->hash = 0xcbf29ce484222325u;
    stage_host(t, "client", bonnet_ip4(10, 0, 0, 1));
    stage_host(t, "server", bonnet_ip4(10, 0, 0, 2));
    t->scenario.hosts[SERVER].addrs[t->scenario.hosts[SERVER].addrs_n++] = bonnet_ip4(10, 1, 2, 3);
    stage_link(t, CLIENT, SERVER, link);
    return t;
}

void stage_make(struct stage *t, uint64_t seed, const char *pcapng)
{
    char why[256] = "";
    const struct world_config config = {
        .scenario = &t->scenario, .seed = seed, .pcapng = pcapng, .sink = sink, .sink_ctx = t};
    int r = bonnet_world_new(&config, &t->world, why, sizeof why);
    if (r < 0) fail_msg("%s", why);
}

struct stage *stage_new(const char *link, uint64_t seed)
{
    struct stage *t = stage_begin(link);
    stage_make(t, seed, NULL);
    return t;
}

void stage_free(struct stage *t)
{
    t->world->ops->free(t->world);
    free(t);
}

struct bonnet_endpoint at(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
    return (struct bonnet_endpoint){.addr = bonnet_ip4(a, b, c, d), .port = port};
}

void run(struct stage *t)
{
    const struct world_ops *ops = t->world->ops;
    assert_int_equal(ops->flush(t->world), 0);
    while (!ops->is_silent(t->world))
        assert_in_range(ops->step(t->world, BONNET_NEVER), 0, 1);
}

void run_for(struct stage *t, bonnet_time ns)
{
    const struct world_ops *ops = t->world->ops;
    bonnet_time until = ops->now(t->world) + ns;
    int r;
    while ((r = ops->step(t->world, until)) == 1) {
    }
    assert_int_equal(r, 0);
    assert_int_equal(ops->now(t->world), until);
}

/* ---- programs ---- */

int listen_on(struct stage *t, unsigned host, uint16_t port, int backlog)
{
    const struct world_ops *ops = t->world->ops;
    const struct bonnet_endpoint any = at(0, 0, 0, 0, port);
    int s = ops->socket(t->world, host, BONNET_SOCK_STREAM);
    assert_return_code(s, 0);
    ops->cause(t->world, host, "listen()");
    assert_int_equal(ops->bind(t->world, host, s, &any), 0);
    assert_int_equal(ops->listen(t->world, host, s, backlog), 0);
    return s;
}

int connect_to(struct stage *t, unsigned host, uint16_t port)
{
    const struct world_ops *ops = t->world->ops;
    const struct bonnet_endpoint to = at(10, 0, 0, 2, port);
    int s = ops->socket(t->world, host, BONNET_SOCK_STREAM);
    assert_return_code(s, 0);
    ops->cause(t->world, host, "connect()");
    assert_int_equal(ops->connect(t->world, host, s, &to), -EINPROGRESS);
    return s;
}

void join(struct stage *t, int socket[2])
{
    const struct world_ops *ops = t->world->ops;
    int l = listen_on(t, SERVER, 80, 5);
    socket[CLIENT] = connect_to(t, CLIENT, 80);
    run(t);
    socket[SERVER] = ops->accept(t->world, SERVER, l, NULL);
    assert_return_code(socket[SERVER], 0);
    assert_int_equal(ops->close(t->world, SERVER, l), 0);
    forget(t);
}

int64_t put(struct stage *t, unsigned host, int s, const char *text)
{
    struct bonnet_iov iov = {.base = (void *)(uintptr_t)text, .len = strlen(text)};
    const struct bonnet_msghdr m = {.iov = &iov, .iov_n = 1};
    t->world->ops->cause(t->world, host, "write()");
    return t->world->ops->sendmsg(t->world, host, s, &m, 0);
}

int64_t get(struct stage *t, unsigned host, int s, char *buf, size_t max)
{
    struct bonnet_iov iov = {.base = buf, .len = max};
    struct bonnet_msghdr m = {.iov = &iov, .iov_n = 1};
    t->world->ops->cause(t->world, host, "read()");
    return t->world->ops->recvmsg(t->world, host, s, &m, 0);
}

void shut(struct stage *t, unsigned host, int s)
{
    t->world->ops->cause(t->world, host, "close()");
    assert_int_equal(t->world->ops->close(t->world, host, s), 0);
}

/* ---- looking ---- */

uint64_t count_of(struct stage *t, unsigned host, const char *name)
{
    uint64_t n = UINT64_MAX;
    assert_int_equal(t->world->ops->counter(t->world, host, name, &n), 0);
    return n;
}

enum bonnet_tcp_state state_of(struct stage *t, unsigned host, int s)
{
    struct bonnet_row row;
    assert_int_equal(t->world->ops->row(t->world, host, s, &row), 0);
    return row.state;
}

static void count_row(void *ctx, const struct bonnet_row *row)
{
    unsigned *n = ctx;
    *n += row->kind <= BONNET_ROW_UNBOUND;
}

unsigned rows_of(struct stage *t, unsigned host)
{
    unsigned n = 0;
    assert_int_equal(t->world->ops->rows(t->world, host, count_row, &n), 0);
    return n;
}
