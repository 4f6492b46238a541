/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues that have changed, kept until there is room for a line.
 *
 * In a long transfer they change with every segment; what counts is how they stand when the story
 * goes on. A change is told if it is one to the reader, who sees only what was told: queues that
 * were never filled are not mentioned.
 */
#include "lab.h"

#include <bonnet/netif.h>
#include <string.h>

static bool is_same_end(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

static struct show_gauge *find(struct show_gauges *g, const struct lab_event *e)
{
    const struct bonnet_row *row = e->gauges.row;
    for (unsigned i = 0; i < g->n; i++) {
        struct show_gauge *k = &g->kept[i];
        if (k->host == e->host && k->row.kind == row->kind &&
            is_same_end(&k->row.local, &row->local) && is_same_end(&k->row.remote, &row->remote))
            return k;
    }
    if (g->n == SHOW_GAUGES_MAX) return NULL;
    g->kept[g->n] = (struct show_gauge){.host = e->host};
    return &g->kept[g->n++];
}

/* Told rows begin as zeros: queues that are empty and always were are no news. A listener's SendQ
 * is its backlog, which is nothing that happens. */
static bool is_news(const struct bonnet_row *a, const struct bonnet_row *b)
{
    if (a->recv_q != b->recv_q || a->syn_q != b->syn_q) return true;
    if (a->kind == BONNET_ROW_LISTENER) return false;
    return a->send_q != b->send_q || a->in_flight != b->in_flight || a->delivered != b->delivered ||
           a->out_of_order != b->out_of_order || a->drops != b->drops;
}

bool show_gauges_take(struct show_gauges *g, const struct lab_event *e)
{
    struct show_gauge *k = find(g, e);
    if (!k) return false;
    if (k->seen && !is_news(e->gauges.row, &k->row)) return false;
    k->seen = true;
    const char *program = e->subject.program ? e->subject.program : "";
    const char *socket = e->subject.socket ? e->subject.socket : "";
    snprintf(k->program, sizeof(k->program), "%s", program);
    snprintf(k->socket, sizeof(k->socket), "%s", socket);
    k->row = *e->gauges.row;
    k->pending = true;
    g->at = e->at;
    return true;
}

bool show_gauges_next(struct show_gauges *g, const struct scenario *s, struct lab_event *out)
{
    for (unsigned i = 0; i < g->n; i++) {
        struct show_gauge *k = &g->kept[i];
        if (!k->pending) continue;
        k->pending = false;
        if (!is_news(&k->row, &k->told_row)) continue;
        k->told_row = k->row;
        *out = (struct lab_event){
            .kind = LAB_EVENT_GAUGES,
            .at = g->at,
            .host = k->host,
            .scenario = s,
            .subject = {k->row.local, k->row.remote, k->program[0] ? k->program : NULL,
                        k->socket[0] ? k->socket : NULL},
            .gauges = {.row = &k->row},
        };
        return true;
    }
    return false;
}
