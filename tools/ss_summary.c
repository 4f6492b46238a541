/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `ss -s`: how many sockets there are of which kind.
 *
 * The arithmetic is that of ss: "estab" are connections whose peer may still be written to,
 * "closed" are those in no table of the living, which are TIME-WAITs and sockets that were neither
 * bound nor connected; the table below counts the living only.
 */
#include "ss.h"

#include <bonnet/netif.h>

static void count_tcp(struct ss_counts *c, const struct bonnet_row *r)
{
    bool is_estab = r->state == BONNET_ESTABLISHED || r->state == BONNET_CLOSE_WAIT;
    bool is_dead = r->kind == BONNET_ROW_TIME_WAIT || ss_state_of(r) == BONNET_CLOSED;
    c->tcp++;
    c->estab += is_estab;
    c->closed += is_dead;
    c->orphaned += r->orphan;
    c->time_wait += r->kind == BONNET_ROW_TIME_WAIT;
    if (!is_dead) c->alive_tcp[bonnet_addr_is_ip4(r->local.addr) ? 0 : 1]++;
}

void ss_count(struct ss_counts *c, const struct bonnet_row *r)
{
    if (r->kind == BONNET_ROW_DATAGRAM)
        c->udp[bonnet_addr_is_ip4(r->local.addr) ? 0 : 1]++;
    else
        count_tcp(c, r);
}

static void add_transport(struct text *t, const char *name, uint64_t ip4, uint64_t ip6)
{
    text_addf(t, "%s\t  %-9llu %-9llu %llu\n", name, (unsigned long long)(ip4 + ip6),
              (unsigned long long)ip4, (unsigned long long)ip6);
}

void ss_add_summary(struct text *t, const struct ss_counts *c)
{
    text_addf(t, "Total: %llu\n", (unsigned long long)c->sockets);
    text_addf(t, "TCP:   %llu (estab %llu, closed %llu, orphaned %llu, timewait %llu)\n\n",
              (unsigned long long)c->tcp, (unsigned long long)c->estab,
              (unsigned long long)c->closed, (unsigned long long)c->orphaned,
              (unsigned long long)c->time_wait);
    text_add(t, "Transport Total     IP        IPv6\n");
    add_transport(t, "RAW", 0, 0);
    add_transport(t, "UDP", c->udp[0], c->udp[1]);
    add_transport(t, "TCP", c->alive_tcp[0], c->alive_tcp[1]);
    add_transport(t, "INET", c->udp[0] + c->alive_tcp[0], c->udp[1] + c->alive_tcp[1]);
    add_transport(t, "FRAG", c->reassemblies, 0);
    text_add(t, "\n");
}
