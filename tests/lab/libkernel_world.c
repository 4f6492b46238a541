/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage of the kernel's stories; see libkernel_world.h.
 */
#include "libkernel_world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
/* after its surroundings */
#include <cmocka.h>

const char *kw_host_name(const struct kw_stage *t, unsigned host)
{
    return host < LAB_HOSTS_MAX ? t->scenario.hosts[host].name : "stranger";
}

static const char *fate_of(enum lab_fate fate)
{
    if (fate == LAB_FATE_PASSES) return "";
    return fate == LAB_FATE_FORGED ? " forged" : " lost";
}

static void hear(void *ctx, const struct lab_event *e)
{
    struct kw_stage *t = ctx;
    char *at = t->log + strlen(t->log), flags[10];
    size_t room = sizeof t->log - (size_t)(at - t->log);
    if (e->kind == LAB_EVENT_PACKET && e->wire.packet->kind == BONNET_PACKET_TCP)
        (void)snprintf(at, room, "%s [%s] %u:%u%s\n", kw_host_name(t, e->host),
                       bonnet_packet_flags(e->wire.packet->flags, flags),
                       e->wire.packet->seq - e->wire.seq_base, e->wire.packet->text_len,
                       fate_of(e->wire.fate));
    if (e->kind == LAB_EVENT_STATE)
        (void)snprintf(at, room, "%s %s by %s\n", kw_host_name(t, e->host),
                       bonnet_state_name(e->state.to), e->state.by);
}

static struct lab_host host_of(const char *name, uint8_t last)
{
    struct lab_host h = {.addrs = {bonnet_ip4(10, 0, 0, last)}, .addrs_n = 1};
    memcpy(h.name, name, strlen(name) + 1);
    return h;
}

int kw_make(struct kw_stage *t, const char *pcapng, char *why, size_t max)
{
    const struct world_config config = {
        .scenario = &t->scenario, .pcapng = pcapng, .sink = hear, .sink_ctx = t};
    return kernel_world_new(&config, &t->w, why, max);
}

/* Two hosts, ten milliseconds apart. */
void kw_describe(struct kw_stage *t)
{
    *t = (struct kw_stage){.scenario = {.name = "kernel",
                                        .hosts = {host_of("client", 1), host_of("server", 2)},
                                        .hosts_n = 2,
                                        .links = {{.host = {KW_CLIENT, KW_SERVER}}},
                                        .links_n = 1}};
    bonnet_link_config_init(&t->scenario.links[0].config);
    t->scenario.links[0].config.delay = 10 * BONNET_MS;
}

void kw_raise(struct kw_stage *t)
{
    char why[256] = "";
    kw_describe(t);
    assert_int_equal(kw_make(t, NULL, why, sizeof why), 0);
    assert_string_equal(why, "");
}

void kw_drop(struct kw_stage *t)
{
    t->w->ops->free(t->w);
}

struct bonnet_endpoint kw_at(unsigned host, uint16_t port)
{
    return (struct bonnet_endpoint){.addr = bonnet_ip4(10, 0, 0, (uint8_t)(host + 1)),
                                    .port = port};
}

void kw_settle(struct kw_stage *t)
{
    assert_int_equal(t->w->ops->flush(t->w), 0);
    while (!t->w->ops->is_silent(t->w))
        assert_true(t->w->ops->step(t->w, BONNET_NEVER) >= 0);
}

void kw_pass(struct kw_stage *t, bonnet_time duration)
{
    bonnet_time end = t->w->ops->now(t->w) + duration;
    while (t->w->ops->now(t->w) < end)
        assert_true(t->w->ops->step(t->w, end) >= 0);
}

void kw_told(struct kw_stage *t, const char *expected)
{
    assert_string_equal(t->log, expected);
    t->log[0] = '\0';
}

/* ---- calls ---- */

int kw_listener(struct kw_stage *t, int backlog)
{
    const struct bonnet_endpoint where = {.addr = bonnet_ip4(0, 0, 0, 0), .port = KW_PORT};
    int l = t->w->ops->socket(t->w, KW_SERVER, BONNET_SOCK_STREAM);
    assert_true(l >= 0);
    assert_int_equal(t->w->ops->bind(t->w, KW_SERVER, l, &where), 0);
    t->w->ops->cause(t->w, KW_SERVER, "listen()");
    assert_int_equal(t->w->ops->listen(t->w, KW_SERVER, l, backlog), 0);
    return l;
}

int kw_connector(struct kw_stage *t)
{
    const struct bonnet_endpoint to = kw_at(KW_SERVER, KW_PORT);
    int s = t->w->ops->socket(t->w, KW_CLIENT, BONNET_SOCK_STREAM);
    assert_true(s >= 0);
    t->w->ops->cause(t->w, KW_CLIENT, "connect()");
    assert_int_equal(t->w->ops->connect(t->w, KW_CLIENT, s, &to), -EINPROGRESS);
    return s;
}

int64_t kw_put(struct kw_stage *t, unsigned host, int s, size_t n)
{
    static char bytes[65536];
    struct bonnet_iov iov = {bytes, n};
    const struct bonnet_msghdr m = {.iov = &iov, .iov_n = 1};
    return t->w->ops->sendmsg(t->w, host, s, &m, 0);
}

int64_t kw_take(struct kw_stage *t, unsigned host, int s, size_t n)
{
    static char bytes[65536];
    struct bonnet_iov iov = {bytes, n};
    struct bonnet_msghdr m = {.iov = &iov, .iov_n = 1};
    return t->w->ops->recvmsg(t->w, host, s, &m, 0);
}

int kw_end(struct kw_stage *t, unsigned host, int s)
{
    t->w->ops->cause(t->w, host, "close()");
    return t->w->ops->close(t->w, host, s);
}

struct bonnet_row kw_row(struct kw_stage *t, unsigned host, int s)
{
    struct bonnet_row row;
    assert_int_equal(t->w->ops->row(t->w, host, s, &row), 0);
    return row;
}

uint64_t kw_count(struct kw_stage *t, unsigned host, const char *name)
{
    uint64_t n = UINT64_MAX;
    assert_int_equal(t->w->ops->counter(t->w, host, name, &n), 0);
    return n;
}

int kw_error(struct kw_stage *t, unsigned host, int s)
{
    int error = -1;
    struct world_option option = {BONNET_SO_ERROR, &error, sizeof error};
    assert_int_equal(t->w->ops->getsockopt(t->w, host, s, &option), 0);
    return error;
}

struct kw_pair kw_connect(struct kw_stage *t)
{
    struct kw_pair p = {.l = kw_listener(t, 5)};
    p.s = kw_connector(t);
    kw_settle(t);
    p.c = t->w->ops->accept(t->w, KW_SERVER, p.l, NULL);
    assert_true(p.c >= 0);
    t->log[0] = '\0';
    return p;
}

/* Are namespaces and devices to be had here at all? */
bool kw_is_to_be_had(void)
{
    struct kw_stage t;
    char why[256] = "";
    kw_describe(&t);
    int r = kw_make(&t, NULL, why, sizeof why);
    if (r == 0) kw_drop(&t);
    if (r == -EPERM || r == -EACCES || r == -ENOENT) printf("skipped: %s\n", why);
    return r != -EPERM && r != -EACCES && r != -ENOENT;
}
