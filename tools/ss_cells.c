/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rows are shown, and the words of their cells.
 *
 * The words are iproute2's: ESTAB, UNCONN, timer:(on,200ms,0), skmem:(r0,rb131072,...). A
 * listener's Recv-Q is its accept queue, its Send-Q the backlog.
 */
#include "ss.h"

#include "ss_filter.h"

#include <arpa/inet.h>
#include <bonnet/netif.h>
#include <netdb.h>
#include <string.h>

#define CELL_MAX        4096
#define EPHEMERAL_FIRST 32768 /* ports from here on are nobody's by name */

static const char *const states[] = {
    [BONNET_ESTABLISHED] = "ESTAB",     [BONNET_SYN_SENT] = "SYN-SENT",
    [BONNET_SYN_RECEIVED] = "SYN-RECV", [BONNET_FIN_WAIT_1] = "FIN-WAIT-1",
    [BONNET_FIN_WAIT_2] = "FIN-WAIT-2", [BONNET_TIME_WAIT] = "TIME-WAIT",
    [BONNET_CLOSED] = "UNCONN",         [BONNET_CLOSE_WAIT] = "CLOSE-WAIT",
    [BONNET_LAST_ACK] = "LAST-ACK",     [BONNET_LISTEN] = "LISTEN",
    [BONNET_CLOSING] = "CLOSING",
};
_Static_assert(sizeof(states) / sizeof(states[0]) == BONNET_STATES_END, "a word for each state");

enum bonnet_tcp_state ss_state_of(const struct bonnet_row *row)
{
    if (row->kind == BONNET_ROW_DATAGRAM)
        return row->remote.port ? BONNET_ESTABLISHED : BONNET_CLOSED;
    return row->state ? row->state : BONNET_CLOSED;
}

#define BIT(state) (1u << BONNET_##state)

/* What ss shows when nothing is said: whoever talks, or is about to. */
#define STATES_SERVERS (BIT(LISTEN) | BIT(CLOSED))
#define STATES_DEFAULT (~(STATES_SERVERS | BIT(TIME_WAIT) | BIT(SYN_RECEIVED)))

uint32_t ss_states(const struct ss_options *o)
{
    if (o->states) return o->states;
    if (o->all) return ~0u;
    return o->listening ? STATES_SERVERS : STATES_DEFAULT;
}

bool ss_wants_ends(const struct ss_options *o, const struct bonnet_row *row)
{
    bool is_ip4 = bonnet_addr_is_ip4(row->local.addr);
    if ((o->ip4 || o->ip6) && !(is_ip4 ? o->ip4 : o->ip6)) return false;
    return !o->filter || ss_filter_passes(o->filter, row);
}

bool ss_wants(const struct ss_options *o, const struct ss_row *row)
{
    const struct bonnet_row *r = &row->row;
    if (!(r->kind == BONNET_ROW_DATAGRAM ? o->udp : o->tcp)) return false;
    if (!(ss_states(o) & 1u << ss_state_of(r))) return false;
    /* A stream socket that was made only is nobody's server. */
    if (r->kind == BONNET_ROW_UNBOUND && o->listening && !o->all && !o->states) return false;
    return ss_wants_ends(o, r);
}

static void add_port(struct text *t, const struct ss_options *o, uint16_t port, bool is_udp)
{
    const struct servent *service = NULL;
    if (port && !o->numeric && port < EPHEMERAL_FIRST)
        service = getservbyport(htons(port), is_udp ? "udp" : "tcp");
    if (!port)
        text_add(t, "*");
    else if (service)
        text_add(t, service->s_name);
    else
        text_addf(t, "%u", (unsigned)port);
}

static void add_addr(struct text *t, const struct bonnet_endpoint *e)
{
    char addr[BONNET_ADDR_TEXT];
    bool is_ip4 = bonnet_addr_is_ip4(e->addr);
    bool is_any6 = !is_ip4 && bonnet_addr_is_any(e->addr);
    bonnet_addr_print(e->addr, addr);
    text_addf(t, is_ip4 || is_any6 ? "%s" : "[%s]", is_any6 ? "*" : addr);
    if (e->scope) text_addf(t, "%%if%u", (unsigned)e->scope);
    text_add(t, ":");
}

void ss_add_endpoint(struct text *t, const struct ss_options *o, const struct bonnet_endpoint *e,
                     bool is_udp)
{
    add_addr(t, e);
    add_port(t, o, e->port, is_udp);
}

/* "200ms", "1.250ms", "59sec", "1min59sec", "119min": ss gives fewer parts the longer it takes. */
static void add_time_left(struct text *t, bonnet_time left)
{
    uint64_t ms = left / BONNET_MS;
    uint64_t minutes = ms / 60000;
    uint64_t seconds = minutes > 9 ? 0 : ms / 1000 % 60;
    ms = minutes > 0 || seconds > 9 ? 0 : ms % 1000;
    if (minutes) text_addf(t, "%llumin", (unsigned long long)minutes);
    if (seconds) text_addf(t, "%llu%s", (unsigned long long)seconds, ms ? "." : "sec");
    if (ms) text_addf(t, "%03llums", (unsigned long long)ms);
}

static void add_timer(struct text *t, const struct bonnet_row *row)
{
    if (row->timer == BONNET_TIMER_NONE) return;
    text_addf(t, " timer:(%s,", bonnet_timer_name(row->timer));
    add_time_left(t, row->timer_left);
    text_addf(t, ",%u)", (unsigned)row->retransmits);
}

/* ss's arrows: which directions are still open, "<->" both. */
static void add_directions(struct text *t, const struct bonnet_row *r)
{
    bool peer_ended =
        r->state == BONNET_CLOSE_WAIT || r->state == BONNET_CLOSING || r->state == BONNET_LAST_ACK;
    bool we_ended = r->state == BONNET_FIN_WAIT_1 || r->state == BONNET_FIN_WAIT_2 ||
                    r->state == BONNET_CLOSING || r->state == BONNET_LAST_ACK;
    text_addf(t, " %c-%c", peer_ended ? '-' : '<', we_ended ? '-' : '>');
}

/* What ss -e tells, then what bonnet alone can tell. */
static void add_extended(struct text *t, const struct ss_row *row)
{
    const struct bonnet_row *r = &row->row;
    if (r->socket >= 0) text_addf(t, " sk:%x", (unsigned)r->socket);
    if (r->kind != BONNET_ROW_TIME_WAIT && r->kind != BONNET_ROW_HALF_OPEN) add_directions(t, r);
    if (r->orphan) text_add(t, " orphan");
    if (r->kind == BONNET_ROW_LISTENER)
        text_addf(t, " synq:%u/%u", (unsigned)r->syn_q, (unsigned)r->syn_q_max);
    if (r->delivered) text_addf(t, " delivered:%llu", (unsigned long long)r->delivered);
    if (r->kind == BONNET_ROW_CONNECTION && row->why[0]) text_addf(t, " waits:(%s)", row->why);
}

/* Linux' words for what bonnet counts: r and w the bytes in the queues, rb and tb their limits, f
 * what is charged beyond the bytes, d dropped datagrams. */
static void add_memory(struct text *t, const struct bonnet_row *r)
{
    uint32_t received = r->kind == BONNET_ROW_LISTENER ? 0 : r->recv_q + r->out_of_order;
    uint32_t written = r->kind == BONNET_ROW_LISTENER ? 0 : r->send_q;
    uint64_t bytes = (uint64_t)received + written;
    uint64_t more = r->memory > bytes ? r->memory - bytes : 0;
    text_addf(t, " skmem:(r%u,rb%u,t0,tb%u,f%llu,w%u,o0,bl0,d%u)", (unsigned)received,
              (unsigned)r->recv_q_max, (unsigned)r->send_q_max, (unsigned long long)more,
              (unsigned)written, (unsigned)r->drops);
}

static void add_rest(struct text *t, const struct ss_options *o, const struct ss_row *row,
                     const struct ss_process *process)
{
    const struct bonnet_row *r = &row->row;
    bool is_socket = r->kind != BONNET_ROW_TIME_WAIT && r->kind != BONNET_ROW_HALF_OPEN;
    bool memory = o->memory && is_socket;
    bool info = o->info && r->kind == BONNET_ROW_CONNECTION;
    if (o->processes && r->socket >= 0)
        text_addf(t, " users:((\"%s\",pid=%d,fd=%d))", process->name, (int)process->pid, r->socket);
    if (o->timers || (o->extended && r->kind == BONNET_ROW_TIME_WAIT)) add_timer(t, r);
    if (o->extended) add_extended(t, row);
    if ((memory || info) && !o->oneline) text_add(t, "\n\t");
    if (memory) add_memory(t, r);
    if (info) ss_add_info(t, o, row);
}

static void add_cell(struct text *t, const struct ss_options *o, const struct ss_row *row,
                     enum ss_column column)
{
    const struct bonnet_row *r = &row->row;
    bool is_udp = r->kind == BONNET_ROW_DATAGRAM;
    switch (column) {
    case SS_NETID: text_add(t, is_udp ? "udp" : "tcp"); break;
    case SS_STATE: text_add(t, states[ss_state_of(r)]); break;
    case SS_RECV_Q: text_addf(t, "%u", (unsigned)r->recv_q); break;
    case SS_SEND_Q: text_addf(t, "%u", (unsigned)r->send_q); break;
    case SS_LOCAL_ADDR: add_addr(t, &r->local); break;
    case SS_LOCAL_PORT: add_port(t, o, r->local.port, is_udp); break;
    case SS_PEER_ADDR: add_addr(t, &r->remote); break;
    case SS_PEER_PORT: add_port(t, o, r->remote.port, is_udp); break;
    case SS_PROCESS:
    case SS_COLUMNS: break; /* the rest needs more than the row */
    }
}

bool ss_line_make(const struct ss_options *o, const struct ss_row *row,
                  const struct ss_process *process, struct ss_line *out)
{
    *out = (struct ss_line){0};
    for (int i = 0; i < SS_COLUMNS; i++) {
        struct text t;
        text_init(&t, CELL_MAX);
        text_add(&t, "");
        add_cell(&t, o, row, (enum ss_column)i);
        if (i == SS_PROCESS) add_rest(&t, o, row, process);
        out->cells[i] = t.p;
        if (!t.failed) continue;
        ss_line_fini(out);
        return false;
    }
    return true;
}
