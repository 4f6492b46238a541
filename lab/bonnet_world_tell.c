/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the timeline is told: packets with the numbers their flows began with, refusals, changes of
 * state with what made them, and other reasons.
 *
 * What makes a stack change is one of three: a call (the player says which before it makes it), a
 * packet that is being input, or a timer. What the stack sends afterwards has the same cause, until
 * something else happens to it. A reason to drop a packet is told once, with the packet; one that
 * was given beside it (a reset that could not be sent because of a limit) and one without a packet
 * (no route) are told on their own.
 *
 * Listeners are no connections and have no trace in the stack: the calls tell of them.
 */
#include "bonnet_world.h"

#include <stdio.h>
#include <string.h>

static void tell(struct bw_world *w, struct lab_event *e)
{
    e->at = w->now;
    e->scenario = w->scenario;
    w->moved = true;
    if (w->config.sink) w->config.sink(w->config.sink_ctx, e);
}

/* ---- packets ---- */

/* A number that a segment's own SYN tells needs no memory: strangers have none. */
static void set_bases(const struct bw_world *w, const struct bonnet_packet *p, struct lab_event *e)
{
    if (p->kind != BONNET_PACKET_TCP) return;
    const struct flow *ours = flows_find(&w->flows, &p->from, &p->to);
    const struct flow *theirs = flows_find(&w->flows, &p->to, &p->from);
    bool answers_syn = p->flags & (BONNET_SYN | BONNET_RST) && p->flags & BONNET_ACK;
    if (theirs)
        e->wire.ack_base = theirs->iss;
    else if (answers_syn)
        e->wire.ack_base = p->ack - 1;
    if (p->flags & BONNET_SYN)
        e->wire.seq_base = p->seq;
    else if (ours)
        e->wire.seq_base = ours->iss;
}

static struct lab_event packet_event(struct bw_world *w, const struct bonnet_packet *p,
                                     const struct bw_sighting *s)
{
    struct lab_event e = {.host = s->host, .reason = s->reason};
    e.wire.packet = p;
    e.wire.frame = s->frame.data;
    e.wire.len = s->frame.len;
    e.wire.to = s->to;
    e.wire.fate = s->fate;
    set_bases(w, p, &e);
    return e;
}

void bw_tell_sent(struct bw_world *w, const struct bonnet_packet *p, const struct bw_sighting *s)
{
    struct lab_event e = packet_event(w, p, s);
    e.kind = LAB_EVENT_PACKET;
    e.subject = (struct lab_subject){.local = p->from, .remote = p->to};
    tell(w, &e);
}

static void tell_received(struct bw_world *w, const struct bonnet_packet *p,
                          const struct bw_sighting *s, enum lab_event_kind kind)
{
    struct lab_event e = packet_event(w, p, s);
    e.kind = kind;
    e.subject = (struct lab_subject){.local = p->to, .remote = p->from};
    tell(w, &e);
}

void bw_tell_arrived(struct bw_world *w, const struct bonnet_packet *p, const struct bw_sighting *s)
{
    tell_received(w, p, s, LAB_EVENT_ARRIVAL);
}

void bw_tell_dropped(struct bw_world *w, const struct bonnet_packet *p, const struct bw_sighting *s)
{
    tell_received(w, p, s, LAB_EVENT_DROP);
}

/* ---- what a stack says of itself ---- */

static void tell_state(struct bw_host *h, const struct bonnet_trace *t)
{
    struct lab_event e = {.kind = LAB_EVENT_STATE, .host = h->index, .reason = t->reason};
    e.subject = (struct lab_subject){.local = t->local, .remote = t->remote};
    e.state.from = t->from;
    e.state.to = t->to;
    e.state.trigger = h->trigger;
    e.state.by = h->by;
    tell(h->world, &e);
}

static void tell_reason(struct bw_host *h, const struct bonnet_trace *t)
{
    struct lab_event e = {.kind = LAB_EVENT_REASON, .host = h->index, .reason = t->reason};
    e.subject = (struct lab_subject){.local = t->local, .remote = t->remote};
    tell(h->world, &e);
}

void bw_tell_listener(struct bw_host *h, const struct bonnet_endpoint *local, bool listens)
{
    const struct bonnet_trace t = {
        .kind = BONNET_TRACE_STATE,
        .local = *local,
        .remote = {.addr = bonnet_ip4(0, 0, 0, 0)},
        .from = listens ? BONNET_CLOSED : BONNET_LISTEN,
        .to = listens ? BONNET_LISTEN : BONNET_CLOSED,
    };
    tell_state(h, &t);
}

void bw_trace(void *ctx, const struct bonnet_trace *t)
{
    struct bw_host *h = ctx;
    if (t->kind == BONNET_TRACE_STATE)
        tell_state(h, t);
    else if (!h->is_taking || bonnet_reason_kind(t->reason) != BONNET_KIND_DROP)
        tell_reason(h, t);
    else if (h->drops_n < BW_DROPS_MAX)
        h->drops[h->drops_n++] = *t;
}

/* ---- causes ---- */

void bw_cause(struct world *w, unsigned host, const char *by)
{
    struct bw_host *h = &bw_of(w)->hosts[host];
    h->trigger = by ? LAB_BY_CALL : LAB_BY_UNKNOWN;
    (void)snprintf(h->by, sizeof h->by, "%s", by ? by : "");
}

void bw_begin_timers(struct bw_host *h)
{
    h->trigger = LAB_BY_TIMER;
    (void)snprintf(h->by, sizeof h->by, "timer");
}

static const char *name_of(const struct bonnet_packet *p, char *flags)
{
    switch (p->kind) {
    case BONNET_PACKET_TCP: return bonnet_packet_flags(p->flags, flags);
    case BONNET_PACKET_UDP: return "UDP";
    case BONNET_PACKET_ICMP: return "ICMP";
    case BONNET_PACKET_ARP: return "ARP";
    case BONNET_PACKET_FRAGMENT: return "fragment";
    case BONNET_PACKET_OTHER: break;
    }
    return "packet";
}

void bw_begin_input(struct bw_host *h, const struct bonnet_packet *p)
{
    char flags[10];
    h->trigger = LAB_BY_PACKET;
    (void)snprintf(h->by, sizeof h->by, "[%s]", name_of(p, flags));
    h->is_taking = true;
    h->drops_n = 0;
}

void bw_end_input(struct bw_host *h, int reason)
{
    h->is_taking = false;
    for (unsigned i = 0; i < h->drops_n; i++)
        if (h->drops[i].reason != reason) tell_reason(h, &h->drops[i]);
}
