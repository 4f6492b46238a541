/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row per limit: its default, and the least and the most that the stack can live with.
 *
 * The reason for a default stands beside its field in bonnet.h; the reason for a bound is here. 0
 * is allowed where "none of it" has a meaning: no TIME-WAIT, no orphans, SYN cookies always, no
 * reassembly, no answer of that kind. Buffers end at 64 MiB: a ring's directory
 * counts pages in 16 bits, and offsets stay within half of the circle.
 */
#include "base/limits.h"

#include <errno.h>
#include <string.h>

#define BUFFER_MAX  (1u << 26)
#define HANDLES_MAX (1u << 24) /* a handle's index has 24 bits */
#define RANGES_MAX  65535u     /* struct ranges counts in 16 bits */
#define NETIFS_MAX  255u       /* a flow keeps its interface in 8 bits */

struct limit {
    uint32_t at; /* of the field in struct bonnet_limits */
    uint32_t usual, least, most;
};

#define LIMIT(field, ...)                                  \
    {                                                      \
        offsetof(struct bonnet_limits, field), __VA_ARGS__ \
    }

static const struct limit limits[] = {
    LIMIT(sockets_max, 1u << 20, 1, HANDLES_MAX),
    LIMIT(conns_max, 1u << 24, 1, HANDLES_MAX),
    LIMIT(half_open_max, 65536, 0, HANDLES_MAX),
    LIMIT(timewait_max, 262144, 0, HANDLES_MAX),
    LIMIT(orphans_max, 65536, 0, HANDLES_MAX),
    LIMIT(syn_backlog_max, 4096, 0, HANDLES_MAX),
    LIMIT(somaxconn, 4096, 0, HANDLES_MAX),
    LIMIT(rcvbuf_default, 131072, 1, BUFFER_MAX),
    LIMIT(rcvbuf_max, 6u << 20, 1, BUFFER_MAX),
    LIMIT(sndbuf_default, 2u << 20, 1, BUFFER_MAX),
    LIMIT(sndbuf_max, 4u << 20, 1, BUFFER_MAX),
    LIMIT(ooo_ranges_max, 1024, 1, RANGES_MAX),
    LIMIT(sent_records_max, 8192, 1, HANDLES_MAX),
    LIMIT(udp_rcvbuf_default, 212992, 1, BUFFER_MAX),
    LIMIT(neighbours_max, 1024, 1, HANDLES_MAX),
    LIMIT(neighbour_parked, 256, 1, HANDLES_MAX),
    LIMIT(reassembly_bytes, 256u << 10, 0, BUFFER_MAX),
    LIMIT(reassembly_max, 64, 0, HANDLES_MAX),
    LIMIT(fragments_max, 128, 0, 8192), /* 64 KiB in pieces of 8 bytes */
    LIMIT(replies_max, 1024, 1, HANDLES_MAX),
    LIMIT(interfaces_max, 64, 1, NETIFS_MAX),
    LIMIT(routes_max, 256, 1, HANDLES_MAX),
    LIMIT(icmp_errors_per_s, 1000, 0, UINT32_MAX),
    LIMIT(challenge_acks_per_s, 1000, 0, UINT32_MAX),
    LIMIT(rsts_per_s, 1000, 0, UINT32_MAX),
};

#define LIMITS_N (sizeof(limits) / sizeof(limits[0]))

_Static_assert(offsetof(struct bonnet_limits, sockets_max) + LIMITS_N * sizeof(uint32_t) <=
                       sizeof(struct bonnet_limits) &&
                   offsetof(struct bonnet_limits, sockets_max) + (LIMITS_N + 2) * sizeof(uint32_t) >
                       sizeof(struct bonnet_limits),
               "a row for each limit");

void bonnet_config_init(struct bonnet_config *config)
{
    memset(config, 0, sizeof(*config));
    config->size = sizeof(*config);
    config->limits.memory_bytes = (uint64_t)1 << 30;
    config->tcp_ecn = BONNET_ECN_ACCEPT;
    for (size_t i = 0; i < LIMITS_N; i++)
        memcpy((char *)&config->limits + limits[i].at, &limits[i].usual, sizeof(uint32_t));
}

static bool limits_hold(const struct bonnet_limits *l)
{
    for (size_t i = 0; i < LIMITS_N; i++) {
        uint32_t value;
        memcpy(&value, (const char *)l + limits[i].at, sizeof(value));
        if (value < limits[i].least || value > limits[i].most) return false;
    }
    return l->memory_bytes > 0 && l->rcvbuf_default <= l->rcvbuf_max &&
           l->sndbuf_default <= l->sndbuf_max;
}

int limits_check(const struct bonnet_config *config)
{
    static const uint8_t no_seed[sizeof(config->seed)];
    if (config->size != sizeof(*config)) return -EINVAL;
    if (memcmp(config->seed, no_seed, sizeof(no_seed)) == 0) return -EINVAL;
    if (!config->alloc.alloc || !config->alloc.free) return -EINVAL;
    if (config->tcp_ecn >= BONNET_ECN_END) return -EINVAL;
    return limits_hold(&config->limits) ? 0 : -EINVAL;
}
