/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a script asks of the kernel with sysctl, asked of bonnet: a limit of the stack.
 */
#include "libscript.h"

static void syncookies(struct cursor *c, struct bonnet_limits *l, const int64_t *v)
{
    if (v[0] != 2) cursor_fail(c, "2: cookies for each SYN");
    l->syn_backlog_max = 0;
}

/* RFC 1337 is always obeyed. */
static void rfc1337(struct cursor *c, struct bonnet_limits *l, const int64_t *v)
{
    (void)l;
    if (v[0] != 1) cursor_fail(c, "1: resets in TIME-WAIT are ignored");
}

static void rmem(struct cursor *c, struct bonnet_limits *l, const int64_t *v)
{
    (void)c;
    l->rcvbuf_default = (uint32_t)v[1];
    l->rcvbuf_max = (uint32_t)v[2];
}

static const struct {
    const char *name;
    void (*set)(struct cursor *c, struct bonnet_limits *l, const int64_t *v);
    int values_n; /* more than one are in quotes */
} sysctls[] = {
    {"net.ipv4.tcp_syncookies", syncookies, 1},
    {"net.ipv4.tcp_rfc1337", rfc1337, 1},
    {"net.ipv4.tcp_rmem", rmem, 3},
};

bool sysctl_parse(struct cursor *c, struct bonnet_config *config)
{
    int64_t v[3] = {0};
    cursor_need(c, "sysctl");
    cursor_take(c, "-q");
    for (size_t i = 0; i < sizeof sysctls / sizeof sysctls[0]; i++) {
        if (!cursor_take(c, sysctls[i].name)) continue;
        cursor_need(c, "=");
        cursor_take(c, "\"");
        for (int n = 0; n < sysctls[i].values_n; n++)
            cursor_number(c, &v[n]);
        cursor_take(c, "\"");
        if (!c->error) sysctls[i].set(c, &config->limits, v);
        return !c->error;
    }
    cursor_fail(c, "a sysctl that is known");
    return false;
}
