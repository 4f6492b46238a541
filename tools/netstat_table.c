/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of `netstat -tan`: which rows are in it, and their cells.
 *
 * The columns have fixed widths, as in net-tools: what is too long moves the rest of its line, but
 * for addresses, whose ends are cut off to fit unless -W is given. A listener's Recv-Q is its
 * accept queue and its Send-Q 0. Delayed acknowledgments are no timer here ("off").
 */
#include "netstat.h"

#include <bonnet/netif.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_WIDTH  23
#define NAME_MAX_BYTES 256

static const char *const states[] = {
    [BONNET_ESTABLISHED] = "ESTABLISHED",
    [BONNET_SYN_SENT] = "SYN_SENT",
    [BONNET_SYN_RECEIVED] = "SYN_RECV",
    [BONNET_FIN_WAIT_1] = "FIN_WAIT1",
    [BONNET_FIN_WAIT_2] = "FIN_WAIT2",
    [BONNET_TIME_WAIT] = "TIME_WAIT",
    [BONNET_CLOSED] = "CLOSE",
    [BONNET_CLOSE_WAIT] = "CLOSE_WAIT",
    [BONNET_LAST_ACK] = "LAST_ACK",
    [BONNET_LISTEN] = "LISTEN",
    [BONNET_CLOSING] = "CLOSING",
};
_Static_assert(sizeof(states) / sizeof(states[0]) == BONNET_STATES_END, "a word for each state");

static bool is_udp(const struct bonnet_row *r)
{
    return r->kind == BONNET_ROW_DATAGRAM;
}

/* A server waits for whoever comes. */
static bool is_server(const struct bonnet_row *r)
{
    return is_udp(r) ? r->remote.port == 0 : ss_state_of(r) == BONNET_LISTEN;
}

static bool is_wanted(const struct netstat_options *o, const struct bonnet_row *r)
{
    bool both = !o->tcp && !o->udp;
    if (r->kind == BONNET_ROW_UNBOUND) return false; /* as on Linux: it has no place to be shown */
    if (!both && !(is_udp(r) ? o->udp : o->tcp)) return false;
    if (o->all) return true;
    return is_server(r) == o->listening;
}

static void name_of(const struct netstat_options *o, const struct bonnet_endpoint *e, bool udp,
                    char host[NAME_MAX_BYTES], char service[NAME_MAX_BYTES])
{
    bool is_ip4 = bonnet_addr_is_ip4(e->addr);
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(e->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(e->port)};
    memcpy(&in4.sin_addr, e->addr.b + 12, 4);
    memcpy(&in6.sin6_addr, e->addr.b, 16);
    const void *at = is_ip4 ? (const void *)&in4 : (const void *)&in6;
    socklen_t len = is_ip4 ? sizeof(in4) : sizeof(in6);
    bool is_any = bonnet_addr_is_any(e->addr);
    int flags = udp ? NI_DGRAM : 0;
    if (o->numeric) flags |= NI_NUMERICSERV;
    if (o->numeric || is_any) flags |= NI_NUMERICHOST;
    if (getnameinfo(at, len, host, NAME_MAX_BYTES, service, NAME_MAX_BYTES, flags)) {
        snprintf(host, NAME_MAX_BYTES, "?");
        snprintf(service, NAME_MAX_BYTES, "%u", (unsigned)e->port);
    }
    if (!e->port) snprintf(service, NAME_MAX_BYTES, "*");
}

static void add_endpoint(struct text *t, const struct netstat_options *o,
                         const struct bonnet_endpoint *e, bool udp)
{
    char host[NAME_MAX_BYTES];
    char service[NAME_MAX_BYTES];
    char both[2 * NAME_MAX_BYTES];
    name_of(o, e, udp, host, service);
    size_t room = ADDRESS_WIDTH - 1;
    size_t service_len = strlen(service);
    if (!o->wide && strlen(host) + service_len > room)
        host[service_len < room ? room - service_len : 0] = '\0';
    snprintf(both, sizeof(both), "%s:%s", host, service);
    text_addf(t, "%-*s ", ADDRESS_WIDTH, both);
}

static void add_timer(struct text *t, const struct bonnet_row *r)
{
    double left = (double)r->timer_left / 1e9;
    unsigned retries = r->retransmits;
    switch (r->timer) {
    case BONNET_TIMER_RETRANSMIT: text_addf(t, " on (%.2f/%u/0)", left, retries); break;
    case BONNET_TIMER_KEEPALIVE: text_addf(t, " keepalive (%.2f/0/%u)", left, retries); break;
    case BONNET_TIMER_TIMEWAIT: text_addf(t, " timewait (%.2f/0/0)", left); break;
    case BONNET_TIMER_PERSIST: text_addf(t, " probe (%.2f/0/%u)", left, retries); break;
    case BONNET_TIMER_NONE:
    case BONNET_TIMER_DELACK:
    case BONNET_TIMERS_END: text_add(t, " off (0.00/0/0)"); break;
    }
}

static void add_holder(struct text *t, const struct netstat_options *o, const struct bonnet_row *r,
                       const struct ss_process *process)
{
    char holder[64] = "-";
    bool held = process && r->socket >= 0;
    if (held) snprintf(holder, sizeof(holder), "%d/%s", (int)process->pid, process->name);
    if (o->extended) text_addf(t, " %-10u %-10d", held ? (unsigned)process->uid : 0, 0);
    if (o->processes) text_addf(t, " %-20s", holder);
}

static void trim(struct text *t)
{
    while (t->len > 0 && t->p[t->len - 1] == ' ')
        t->p[--t->len] = '\0';
}

static void add_row(struct text *t, const struct netstat_options *o, const struct bonnet_row *r,
                    const struct ss_process *process)
{
    bool udp = is_udp(r);
    unsigned send_q = r->kind == BONNET_ROW_LISTENER ? 0 : r->send_q;
    bool has_state = !udp || r->remote.port;
    bool is_ip4 = bonnet_addr_is_ip4(r->local.addr);
    text_addf(t, "%s%-2s %6u %6u ", udp ? "udp" : "tcp", is_ip4 ? "" : "6", (unsigned)r->recv_q,
              send_q);
    add_endpoint(t, o, &r->local, udp);
    add_endpoint(t, o, &r->remote, udp);
    text_addf(t, "%-11s", has_state ? states[ss_state_of(r)] : "");
    add_holder(t, o, r, process);
    if (o->timers) add_timer(t, r);
    trim(t);
    text_add(t, "\n");
}

static void add_heading(struct text *t, const struct netstat_options *o)
{
    const char *which = "w/o servers";
    if (o->listening) which = "only servers";
    if (o->all) which = "servers and established";
    text_addf(t, "Active Internet connections (%s)\n", which);
    text_add(t, "Proto Recv-Q Send-Q Local Address           Foreign Address         State      ");
    if (o->extended) text_add(t, " User       Inode     ");
    if (o->processes) text_add(t, " PID/Program name    ");
    if (o->timers) text_add(t, " Timer");
    trim(t);
    text_add(t, "\n");
}

/* TCP, servers first, then UDP: the kernel's tables are in this order. */
enum part { LISTENERS, CONNECTIONS, DATAGRAMS, PARTS };

static enum part part_of(const struct bonnet_row *r)
{
    if (is_udp(r)) return DATAGRAMS;
    return is_server(r) ? LISTENERS : CONNECTIONS;
}

void netstat_print(const struct netstat_options *o, const struct ss_row *rows, size_t n,
                   const struct ss_process *process, struct text *out)
{
    add_heading(out, o);
    for (int part = 0; part < PARTS; part++) {
        for (size_t i = 0; i < n; i++) {
            const struct bonnet_row *r = &rows[i].row;
            if ((int)part_of(r) == part && is_wanted(o, r)) add_row(out, o, r, process);
        }
    }
}
