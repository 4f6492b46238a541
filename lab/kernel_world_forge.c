/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments that no stack sent, on their way to the kernel's.
 *
 * What they look like, forge.c decides. The kernel does not tell a socket's sequence numbers, but
 * the wire has seen them: the next ones are those after the last that went by.
 *
 * A forgery takes the wire of the host whose address it carries, or else the receiver's first one,
 * from the other end. That host's faults and captures do not see it.
 */
#include "kernel_world.h"

#include <errno.h>

static unsigned host_of(const struct kernel_world *k, const struct bonnet_addr *addr)
{
    const struct scenario *s = k->config.scenario;
    for (unsigned i = 0; i < s->hosts_n; i++)
        for (unsigned j = 0; j < s->hosts[i].addrs_n; j++)
            if (bonnet_addr_equal(s->hosts[i].addrs[j], *addr)) return i;
    return LAB_HOSTS_MAX;
}

/* Where it enters the wire; NULL: nothing leads to the receiver. */
static const struct kernel_end *way_of(const struct kernel_world *k, const struct forgery *f)
{
    unsigned from = host_of(k, &f->from.addr), to = host_of(k, &f->to.addr);
    const struct kernel_end *first = NULL;
    for (unsigned i = 0; i < 2 * k->config.scenario->links_n; i++) {
        const struct kernel_end *end = &k->links[i / 2].ends[i % 2];
        if (kernel_other_end(end)->host != to) continue;
        if (end->host == from) return end;
        if (!first) first = end;
    }
    return first;
}

static int put_on_wire(struct kernel_world *k, const struct forgery *f)
{
    uint8_t data[FORGE_FRAME_MAX];
    const struct kernel_end *end = way_of(k, f);
    if (!end) return -ENETUNREACH;
    const struct bonnet_rx frame = {.data = data, .len = forge_build(f, data)};
    kernel_tell_sent(k, end, host_of(k, &f->from.addr), &frame, LAB_FATE_FORGED);
    if (!kernel_leads_nowhere(end)) (void)kernel_carry(end, &frame);
    k->has_news = true;
    return 0;
}

static int of_socket(struct kernel_world *k, const struct lab_forgery *what, int s,
                     struct forgery *out)
{
    struct forgery base = {0};
    if (s < 0 || (size_t)s >= k->sockets_n) return -EBADF;
    kernel_socket_learn(k, s);
    base.from = k->sockets[s].local;
    base.to = k->sockets[s].remote;
    const struct flow *ours = flows_find(&k->flows, &base.from, &base.to);
    const struct flow *theirs = flows_find(&k->flows, &base.to, &base.from);
    if (!ours) return -ENOTCONN;
    base.seq = ours->nxt;
    base.ack = theirs ? theirs->nxt : 0;
    *out = forge_in_flow(what, &base, ours);
    return 0;
}

int kernel_forge(struct world *w, const struct lab_forgery *f, int s)
{
    struct kernel_world *k = (struct kernel_world *)(void *)w;
    struct forgery one;
    if (f->text_len > FORGE_TEXT_MAX) return -EMSGSIZE;
    int r = f->in_flow ? of_socket(k, f, s, &one) : 0;
    for (unsigned i = 0; r == 0 && (i < f->count || i == 0); i++) {
        if (!f->in_flow) one = forge_of_stranger(f, i, &k->random);
        r = put_on_wire(k, &one);
    }
    return r;
}
