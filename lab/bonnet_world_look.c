/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking at the stacks of a world: rows under the programs' own handles, counters by the names
 * that people know them by, memory, and whether anything would still happen by itself.
 */
#include "bonnet_world.h"

#include <errno.h>
#include <string.h>

/* The stack's handle becomes the program's, which it keeps in the user word. */
static void translate(struct bonnet_row *row)
{
    if (row->socket >= 0) row->socket = (int)row->user;
}

int bw_rows(struct world *w, unsigned host, void (*fn)(void *ctx, const struct bonnet_row *row),
            void *ctx)
{
    const struct bonnet *bn = bw_of(w)->hosts[host].bn;
    struct bonnet_row row = {.size = sizeof row};
    uint64_t cursor = 0;
    while (bn && bonnet_inspect(bn, &cursor, &row) == 1) {
        translate(&row);
        fn(ctx, &row);
    }
    return 0;
}

int bw_row(struct world *w, unsigned host, int s, struct bonnet_row *out)
{
    const struct bw_host *h = &bw_of(w)->hosts[host];
    int handle = bw_handle(h, s);
    out->size = sizeof *out;
    if (handle < 0 || bonnet_inspect_socket(h->bn, handle, out) < 0) return -EBADF;
    translate(out);
    return 0;
}

static bool is_same(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

int bw_row_anyway(const struct bw_host *h, int s, struct bonnet_row *out)
{
    if (bw_row(&h->world->head, h->index, s, out) == 0) return 0;
    if (bw_handle(h, s) < 0) return -EBADF;
    const struct bw_socket *closed = &h->sockets[s];
    uint64_t cursor = 0;
    while (bonnet_inspect(h->bn, &cursor, out) == 1)
        if (is_same(&out->local, &closed->local) && is_same(&out->remote, &closed->remote))
            return 0;
    return -EBADF;
}

/* ---- counters ---- */

/* "TcpExtListenOverflows" is called ListenOverflows, too. TcpExt comes first: it is what people
 * leave away most. */
static bool is_called(const char *full, const char *name, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(full, prefix, n) == 0 && strcmp(full + n, name) == 0;
}

static int find_mib(const char *name)
{
    const char *const prefixes[] = {"", "TcpExt", "Tcp", "Udp", "Ip", "Icmp"};
    for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++)
        for (int i = 0; i < BONNET_MIBS_END; i++)
            if (is_called(bonnet_mib_name(i), name, prefixes[p])) return i;
    return -ENOENT;
}

static int find_reason(const char *name)
{
    for (int i = BONNET_R_NONE + 1; i < BONNET_REASONS_END; i++)
        if (strcmp(bonnet_reason_name(i), name) == 0) return i;
    return -ENOENT;
}

int bw_counter(struct world *w, unsigned host, const char *name, uint64_t *out)
{
    const struct bonnet *bn = bw_of(w)->hosts[host].bn;
    int mib = find_mib(name), reason = find_reason(name);
    if (mib < 0 && reason < 0) return -ENOENT;
    *out = 0;
    if (bn) *out = mib >= 0 ? bonnet_mib_count(bn, mib) : bonnet_reason_count(bn, reason);
    return 0;
}

int64_t bw_memory(struct world *w, unsigned host)
{
    const struct bonnet *bn = bw_of(w)->hosts[host].bn;
    return bn ? (int64_t)bonnet_memory_bytes(bn) : 0;
}

/* ---- timers ---- */

/* Keepalives and window probes go on for ever, and the end of a TIME-WAIT or of an orphan wakes
 * nobody: with nothing else, programs that wait for each other wait for ever. */
static bool is_hopeful(const struct bonnet_row *row)
{
    const uint32_t hopeful = 1u << BONNET_TIMER_RETRANSMIT | 1u << BONNET_TIMER_DELACK;
    return row->timers_armed & hopeful;
}

static bool host_has_timers(const struct bonnet *bn)
{
    struct bonnet_row row = {.size = sizeof row};
    uint64_t cursor = 0;
    while (bonnet_inspect(bn, &cursor, &row) == 1)
        if (is_hopeful(&row)) return true;
    return false;
}

bool bw_has_timers(struct world *world)
{
    const struct bw_world *w = bw_of(world);
    for (unsigned i = 0; i < w->hosts_n; i++)
        if (w->hosts[i].bn && host_has_timers(w->hosts[i].bn)) return true;
    return false;
}
