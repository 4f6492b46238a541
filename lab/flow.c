/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where each direction of a connection began, learned from the SYNs on the wire: numbers on the
 * timeline are relative to it, and forged segments look like the last real one, or the next.
 *
 * A hash table with open addressing that is never more than half full; a flow stays until the end
 * of the run, because stray segments come late. A new SYN of a known flow begins it anew.
 */
#include "flow.h"

#include "chance.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 64u

void flows_fini(struct flows *f)
{
    free(f->table);
    *f = (struct flows){0};
}

static uint64_t fold(const struct bonnet_endpoint *e)
{
    uint64_t half[2];
    memcpy(half, e->addr.b, sizeof half);
    return lab_mix(half[0] ^ lab_mix(half[1] + e->port));
}

static bool is_same(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

/* The flow's place, or the empty one where it would be. The table is not full. */
static struct flow *place(const struct flows *f, const struct bonnet_endpoint *from,
                          const struct bonnet_endpoint *to)
{
    uint64_t at = lab_mix(fold(from) + 2 * fold(to));
    for (;; at++) {
        struct flow *flow = &f->table[at & (f->room - 1)];
        if (!flow->is_used || (is_same(&flow->from, from) && is_same(&flow->to, to))) return flow;
    }
}

static int grow(struct flows *f)
{
    struct flows larger = {.n = f->n, .room = f->room ? 2 * f->room : ROOM_MIN};
    larger.table = calloc(larger.room, sizeof *larger.table);
    if (!larger.table) return -ENOMEM;
    for (uint32_t i = 0; i < f->room; i++)
        if (f->table[i].is_used) *place(&larger, &f->table[i].from, &f->table[i].to) = f->table[i];
    free(f->table);
    *f = larger;
    return 0;
}

const struct flow *flows_find(const struct flows *f, const struct bonnet_endpoint *from,
                              const struct bonnet_endpoint *to)
{
    if (f->room == 0) return NULL;
    const struct flow *flow = place(f, from, to);
    return flow->is_used ? flow : NULL;
}

static int begin(struct flows *f, const struct bonnet_packet *p)
{
    int r = 2 * f->n >= f->room ? grow(f) : 0;
    if (r < 0) return r;
    struct flow *flow = place(f, &p->from, &p->to);
    if (flow->is_used && flow->iss == p->seq) return 0; /* sent again */
    f->n += !flow->is_used;
    *flow =
        (struct flow){.from = p->from, .to = p->to, .is_used = true, .iss = p->seq, .nxt = p->seq};
    return 0;
}

/* What is sent again ends before the next number. */
static void advance(struct flow *flow, const struct bonnet_packet *p)
{
    uint32_t end = p->seq + p->text_len;
    end += (p->flags & BONNET_SYN) != 0;
    end += (p->flags & BONNET_FIN) != 0;
    if ((int32_t)(end - flow->nxt) > 0) flow->nxt = end;
}

int flows_note(struct flows *f, const struct bonnet_packet *p)
{
    if (p->kind != BONNET_PACKET_TCP || (p->flags & BONNET_RST)) return 0;
    int r = p->flags & BONNET_SYN ? begin(f, p) : 0;
    struct flow *flow = r == 0 && f->room ? place(f, &p->from, &p->to) : NULL;
    if (!flow || !flow->is_used) return r;
    advance(flow, p);
    flow->window = p->window;
    flow->has_ts = p->has_ts;
    flow->ts_val = p->ts_val;
    flow->ts_ecr = p->ts_ecr;
    return 0;
}
