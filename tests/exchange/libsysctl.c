/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a script asks of the kernel with sysctl, asked of bonnet: a limit of the stack, or a part of
 * TCP to do without.
 */
#include "libscript.h"

static void syncookies(struct cursor *c, struct bonnet_config *config, const int64_t *v)
{
    if (v[0] != 2) cursor_fail(c, "2: cookies for each SYN");
    config->limits.syn_backlog_max = 0;
}

/* RFC 1337 is always obeyed. */
static void rfc1337(struct cursor *c, struct bonnet_config *config, const int64_t *v)
{
    (void)config;
    if (v[0] != 1) cursor_fail(c, "1: resets in TIME-WAIT are ignored");
}

static void rmem(struct cursor *c, struct bonnet_config *config, const int64_t *v)
{
    (void)c;
    config->limits.rcvbuf_default = (uint32_t)v[1];
    config->limits.rcvbuf_max = (uint32_t)v[2];
}

static void feature(struct bonnet_config *config, enum bonnet_tcp_feature f, const int64_t *v)
{
    config->tcp_off &= ~(uint32_t)f;
    if (!v[0]) config->tcp_off |= (uint32_t)f;
}

static void sack(struct cursor *c, struct bonnet_config *config, const int64_t *v)
{
    (void)c;
    feature(config, BONNET_FEATURE_SACK, v);
}

static void timestamps(struct cursor *c, struct bonnet_config *config, const int64_t *v)
{
    (void)c;
    feature(config, BONNET_FEATURE_TIMESTAMPS, v);
}

static void scaling(struct cursor *c, struct bonnet_config *config, const int64_t *v)
{
    (void)c;
    feature(config, BONNET_FEATURE_WINDOW_SCALING, v);
}

static void after_idle(struct cursor *c, struct bonnet_config *config, const int64_t *v)
{
    (void)c;
    feature(config, BONNET_FEATURE_SLOW_START_IDLE, v);
}

/* 1: ask, and grant; 2: grant to who asks. */
static void ecn(struct cursor *c, struct bonnet_config *config, const int64_t *v)
{
    if (v[0] < 0 || v[0] > 2) cursor_fail(c, "0, 1 or 2");
    config->tcp_ecn = (uint8_t)v[0];
}

static const struct {
    const char *name;
    void (*set)(struct cursor *c, struct bonnet_config *config, const int64_t *v);
    int values_n; /* more than one are in quotes */
} sysctls[] = {
    {"net.ipv4.tcp_syncookies", syncookies, 1},
    {"net.ipv4.tcp_rfc1337", rfc1337, 1},
    {"net.ipv4.tcp_rmem", rmem, 3},
    {"net.ipv4.tcp_sack", sack, 1},
    {"net.ipv4.tcp_ecn", ecn, 1},
    {"net.ipv4.tcp_timestamps", timestamps, 1},
    {"net.ipv4.tcp_window_scaling", scaling, 1},
    {"net.ipv4.tcp_slow_start_after_idle", after_idle, 1},
};

static void parse_one(struct cursor *c, struct bonnet_config *config)
{
    int64_t v[3] = {0};
    for (size_t i = 0; i < sizeof sysctls / sizeof sysctls[0]; i++) {
        if (!cursor_take(c, sysctls[i].name)) continue;
        cursor_need(c, "=");
        cursor_take(c, "\"");
        for (int n = 0; n < sysctls[i].values_n; n++)
            cursor_number(c, &v[n]);
        cursor_take(c, "\"");
        if (!c->error) sysctls[i].set(c, config, v);
        return;
    }
    cursor_fail(c, "a sysctl that is known");
}

bool sysctl_parse(struct cursor *c, struct bonnet_config *config)
{
    cursor_need(c, "sysctl");
    cursor_take(c, "-q");
    do {
        parse_one(c, config);
    } while (!c->error && cursor_sees(c, "net."));
    return !c->error;
}
