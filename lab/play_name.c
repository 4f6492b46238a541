/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names: what a program calls its sockets and numbers, and which connection is whose.
 *
 * A name means the program's own variable if it has set one, else the one that another program set
 * last: of a socket only one of its own host, as threads and children share what they hold. A
 * socket is known by its endpoints as they were last seen in its row; so it is still found when its
 * program has closed it.
 */
#include "player.h"

#include <stdlib.h>
#include <string.h>

static bool same_endpoint(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

/* "Any" is written in two ways, one for each family. */
static bool same_addr(struct bonnet_addr a, struct bonnet_addr b)
{
    return bonnet_addr_equal(a, b) || (bonnet_addr_is_any(a) && bonnet_addr_is_any(b));
}

static bool is_at(const struct play_socket *s, const struct bonnet_endpoint *local,
                  const struct bonnet_endpoint *remote)
{
    return same_endpoint(&s->local, local) && same_endpoint(&s->remote, remote);
}

/* ---- variables ---- */

static struct play_variable *variable_of(const struct play_program *of, const char *name)
{
    for (size_t i = 0; i < of->variables_n; i++) {
        if (strcmp(of->variables[i].name, name) == 0) return &of->variables[i];
    }
    return NULL;
}

/* The variable that a name means for a program, NULL: any; on that host, LAB_HOSTS_MAX: any. */
static const struct play_variable *variable_find(const struct player *p,
                                                 const struct play_program *of, const char *name,
                                                 unsigned host)
{
    const struct play_variable *best = of ? variable_of(of, name) : NULL;
    if (best) return best;
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        const struct play_program *other = &p->programs[i];
        if (host != LAB_HOSTS_MAX && other->what->host != host) continue;
        const struct play_variable *v = variable_of(other, name);
        if (v && (!best || v->set > best->set)) best = v;
    }
    return best;
}

static struct play_variable *variable_set(struct player *p, struct play_program *of,
                                          const char *name)
{
    struct play_variable *v = variable_of(of, name);
    if (!v) {
        if (play_grow(&of->variables, of->variables_n + 1, sizeof *v, &of->variables_room) < 0) {
            play_stop(p, p->line, "no memory");
            return NULL;
        }
        v = &of->variables[of->variables_n++];
        memset(v, 0, sizeof *v);
        snprintf(v->name, sizeof v->name, "%s", name);
    }
    v->set = ++p->sets;
    return v;
}

void play_set_socket(struct player *p, struct play_program *of, const char *name,
                     struct play_socket *s)
{
    struct play_variable *v = variable_set(p, of, name);
    if (!v) return;
    v->socket = s;
    snprintf(s->name, sizeof s->name, "%s", name);
}

void play_set_number(struct player *p, struct play_program *of, const char *name, int64_t number)
{
    struct play_variable *v = variable_set(p, of, name);
    if (!v) return;
    v->socket = NULL;
    v->number = number;
}

/* ---- numbers and endpoints ---- */

static bool sweep_value(const struct player *p, const char *name, int64_t *out)
{
    for (unsigned i = 0; i < p->scenario->sweeps_n; i++) {
        if (strcmp(p->scenario->sweeps[i].name, name) != 0) continue;
        *out = p->points[i];
        return true;
    }
    return false;
}

int64_t play_amount(struct player *p, const struct play_program *of, const struct lab_amount *a)
{
    if (!a->variable[0]) return a->number;
    const struct play_variable *v = variable_find(p, of, a->variable, LAB_HOSTS_MAX);
    int64_t value = 0;
    if (v && !v->socket) {
        value = v->number;
    } else if (!sweep_value(p, a->variable, &value)) {
        play_stop(p, p->line, "'%s' has no value yet", a->variable);
    }
    if (a->times != 0 && __builtin_mul_overflow(value, a->times, &value)) {
        play_stop(p, p->line, "'%s' times %lld is too large", a->variable, (long long)a->times);
        return 0;
    }
    return a->times == 0 ? 0 : value / (a->over ? a->over : 1);
}

bool play_holds(struct player *p, const struct play_program *of, const struct lab_condition *c,
                int64_t value)
{
    int64_t than = play_amount(p, of, &c->than);
    switch (c->compare) {
    case LAB_EQUAL: return value == than;
    case LAB_LESS: return value < than;
    case LAB_LESS_EQUAL: return value <= than;
    case LAB_MORE: return value > than;
    case LAB_MORE_EQUAL: return value >= than;
    case LAB_BETWEEN: return value >= than && value <= play_amount(p, of, &c->to);
    }
    return false;
}

struct bonnet_endpoint play_endpoint(struct player *p, const struct play_program *of,
                                     const struct lab_endpoint *e)
{
    return (struct bonnet_endpoint){.addr = e->addr,
                                    .port = (uint16_t)play_amount(p, of, &e->port)};
}

bool play_endpoint_is(struct player *p, const struct play_program *of,
                      const struct lab_endpoint *wanted, const struct bonnet_endpoint *got)
{
    bool any_port = !wanted->port.variable[0] && wanted->port.number == LAB_PORT_ANY;
    if (!same_addr(wanted->addr, got->addr)) return false;
    if (any_port) return true;
    int64_t from = play_amount(p, of, &wanted->port);
    return got->port >= from && got->port <= (wanted->port_to ? wanted->port_to : from);
}

/* ---- sockets ---- */

struct play_socket *play_socket_new(struct player *p, struct play_program *of, int handle,
                                    enum bonnet_type type)
{
    struct play_socket *s = calloc(1, sizeof *s);
    if (!s) {
        play_stop(p, p->line, "no memory");
        return NULL;
    }
    s->host = of->what->host;
    s->handle = handle;
    s->type = type;
    s->is_open = true;
    s->local.addr = s->remote.addr = bonnet_ip4(0, 0, 0, 0);
    s->next = of->sockets;
    of->sockets = s;
    return s;
}

struct play_socket *play_socket_find(const struct player *p, const struct play_program *of,
                                     const char *name)
{
    const struct play_variable *v = variable_find(p, of, name, of->what->host);
    return v ? v->socket : NULL;
}

/* What a row no longer knows is kept as it was. */
static void keep_endpoints(struct play_socket *s, const struct bonnet_row *row)
{
    if (row->remote.port) s->remote = row->remote;
    if (row->local.port && (row->remote.port || !s->remote.port)) s->local = row->local;
}

void play_socket_learn(struct player *p, struct play_socket *s)
{
    struct bonnet_row row = {.size = sizeof row};
    if (s->is_open && p->world->ops->row(p->world, s->host, s->handle, &row) == 0) {
        keep_endpoints(s, &row);
    }
}

struct search {
    const struct play_socket *s;
    struct bonnet_row *row;
    bool is_found;
};

static void match_row(void *ctx, const struct bonnet_row *row)
{
    struct search *search = ctx;
    bool is_flow = row->kind == BONNET_ROW_CONNECTION || row->kind == BONNET_ROW_TIME_WAIT;
    if (search->is_found || !is_flow || !is_at(search->s, &row->local, &row->remote)) return;
    *search->row = *row;
    search->is_found = true;
}

bool play_socket_row(struct player *p, struct play_socket *s, struct bonnet_row *row)
{
    const struct world_ops *ops = p->world->ops;
    struct bonnet_row own = {.size = sizeof own};
    bool has_own = s->is_open && ops->row(p->world, s->host, s->handle, &own) == 0;
    if (has_own) keep_endpoints(s, &own);
    *row = own;
    if (has_own && own.state != BONNET_CLOSED) return true;
    struct search search = {.s = s, .row = row};
    if (s->remote.port) ops->rows(p->world, s->host, match_row, &search);
    return search.is_found || has_own;
}

/* Another socket's record at the same place was made later: it is meant. */
void play_name_subject(const struct player *p, unsigned host, struct lab_subject *subject)
{
    uint64_t newest = 0;
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        const struct play_program *of = &p->programs[i];
        if (!of->what || of->what->host != host) continue;
        for (size_t v = 0; v < of->variables_n; v++) {
            const struct play_variable *variable = &of->variables[v];
            const struct play_socket *s = variable->socket;
            if (!s || variable->set < newest) continue;
            if (!is_at(s, &subject->local, &subject->remote)) continue;
            newest = variable->set;
            subject->program = of->what->name;
            subject->socket = variable->name;
        }
    }
    const struct play_program *caller = p->caller;
    if (newest || !caller || caller->what->host != host || !caller->call.socket) return;
    if (caller->call.step->call != LAB_CONNECT || caller->call.socket->remote.port) return;
    subject->program = caller->what->name;
    subject->socket = caller->call.socket->name[0] ? caller->call.socket->name : NULL;
}
