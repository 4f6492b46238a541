/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a script sets with sysctl, asked of bonnet.
 *
 * Scripts set the kernel's switches in their network namespace, where they do nothing: bonnet reads
 * them there. Some are the stack's, and are read when it is made, with the first socket; some are a
 * socket's, and are read for each. Those that bonnet has no counterpart for are left alone.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

#define VALUES_MAX 3

/* Reads the numbers of net.ipv4.NAME. Returns how many there are. */
static int numbers(const char *name, long long v[VALUES_MAX])
{
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/net/ipv4/%s", name);
    FILE *f = fopen(path, "re");
    if (!f) return 0;
    int n = fscanf(f, "%lld %lld %lld", &v[0], &v[1], &v[2]);
    fclose(f);
    return n > 0 ? n : 0;
}

static long long number(const char *name, long long otherwise)
{
    long long v[VALUES_MAX];
    return numbers(name, v) > 0 ? v[0] : otherwise;
}

static const struct {
    const char *name;
    enum bonnet_tcp_feature feature;
} features[] = {
    {"tcp_sack", BONNET_FEATURE_SACK},
    {"tcp_timestamps", BONNET_FEATURE_TIMESTAMPS},
    {"tcp_window_scaling", BONNET_FEATURE_WINDOW_SCALING},
    {"tcp_slow_start_after_idle", BONNET_FEATURE_SLOW_START_IDLE},
};

/* The kernel keeps half of a receive buffer for its own bookkeeping (tcp_adv_win_scale 1); the
 * window's shift comes from the whole. Its send buffer grows towards the maximum, bonnet's is that
 * large from the beginning. */
static void buffers(struct bonnet_limits *l)
{
    long long v[VALUES_MAX];
    if (numbers("tcp_rmem", v) == VALUES_MAX) {
        l->rcvbuf_max = (uint32_t)v[2];
        l->rcvbuf_default = (uint32_t)v[1] / 2;
    }
    if (numbers("tcp_wmem", v) == VALUES_MAX) l->sndbuf_max = l->sndbuf_default = (uint32_t)v[2];
}

void sysctl_configure(struct bonnet_config *config)
{
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        if (number(features[i].name, 1) == 0) config->tcp_off |= features[i].feature;
    buffers(&config->limits);
    if (number("tcp_syncookies", 1) == 2) config->limits.syn_backlog_max = 0;
}

/* ---- of a socket ---- */

static const struct {
    const char *name;
    int option; /* enum bonnet_option */
} options[] = {
    {"tcp_syn_retries", BONNET_TCP_SYNCNT},        {"tcp_keepalive_time", BONNET_TCP_KEEPIDLE},
    {"tcp_keepalive_intvl", BONNET_TCP_KEEPINTVL}, {"tcp_keepalive_probes", BONNET_TCP_KEEPCNT},
    {"tcp_fin_timeout", BONNET_TCP_LINGER2},       {"tcp_notsent_lowat", BONNET_TCP_NOTSENT_LOWAT},
};

static void congestion(struct bonnet *bn, int handle)
{
    char name[16] = "";
    FILE *f = fopen("/proc/sys/net/ipv4/tcp_congestion_control", "re");
    if (!f) return;
    if (fscanf(f, "%15s", name) == 1)
        bonnet_setsockopt(bn, handle, BONNET_TCP_CONGESTION, name, strlen(name));
    fclose(f);
}

/* A value out of bonnet's range is refused, and the default stays. */
void sysctl_apply(struct bonnet *bn, int handle)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        long long wide = number(options[i].name, -1);
        int value = (int)wide;
        if (wide < 0 || wide > INT32_MAX) continue;
        bonnet_setsockopt(bn, handle, options[i].option, &value, sizeof value);
    }
    congestion(bn, handle);
}
