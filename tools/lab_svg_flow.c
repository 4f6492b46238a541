/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of a run, remembered for its pictures: what of them is seen there, and when they came to
 * their receiver.
 *
 * An arrival is matched with the earliest packet of its direction that is under way and has the
 * same numbers. What is on its way twice with the same numbers looks the same in a picture, too. A
 * window is in bytes: it is scaled by what the SYN said, and only if both sides said something (RFC
 * 7323).
 */
#include "lab_svg.h"

#include <bonnet/netif.h>
#include <string.h>

#define PACKETS_MAX 400000u /* of a run; more say no more in a picture */
#define FLOWS_MAX   256u    /* directions; of a flood of strangers no graph is drawn */

static bool is_same_end(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

static size_t find(const struct svg_story *s, const struct bonnet_endpoint *from,
                   const struct bonnet_endpoint *to)
{
    for (size_t i = s->flows_n; i-- > 0;)
        if (is_same_end(&s->flows[i].from, from) && is_same_end(&s->flows[i].to, to)) return i;
    return SVG_NONE;
}

size_t svg_flow_of(struct svg_story *s, const struct bonnet_endpoint *from,
                   const struct bonnet_endpoint *to, unsigned host)
{
    size_t found = find(s, from, to);
    if (found != SVG_NONE || s->flows_n == FLOWS_MAX) return found;
    if (!svg_story_grow(s, &s->flows, s->flows_n, &s->flows_room, sizeof(*s->flows)))
        return SVG_NONE;
    s->flows[s->flows_n] = (struct svg_flow){
        .from = *from, .to = *to, .host = host, .wscale = -1, .first_open = s->packets_n};
    return s->flows_n++;
}

size_t svg_flow_back(const struct svg_story *s, size_t flow)
{
    return find(s, &s->flows[flow].to, &s->flows[flow].from);
}

static void add_end(struct text *t, const struct svg_story *s, const struct bonnet_endpoint *e)
{
    char addr[BONNET_ADDR_TEXT];
    const char *name = NULL;
    for (unsigned i = 0; i < s->scenario->hosts_n; i++) {
        const struct lab_host *host = &s->scenario->hosts[i];
        if (host->addrs_n == 1 && bonnet_addr_equal(host->addrs[0], e->addr)) name = host->name;
    }
    text_add(t, name ? name : bonnet_addr_print(e->addr, addr));
    if (s->ports) text_addf(t, ":%u", (unsigned)e->port);
}

void svg_add_flow(struct text *t, const struct svg_story *s, size_t flow)
{
    add_end(t, s, &s->flows[flow].from);
    text_add(t, " > ");
    add_end(t, s, &s->flows[flow].to);
}

static uint32_t window_of(const struct svg_story *s, size_t flow, const struct bonnet_packet *p)
{
    size_t back = svg_flow_back(s, flow);
    int shift = s->flows[flow].wscale;
    bool agreed = shift >= 0 && back != SVG_NONE && s->flows[back].wscale >= 0;
    bool scaled = agreed && !(p->flags & BONNET_SYN);
    return scaled ? (uint32_t)p->window << shift : p->window;
}

static void set_key(struct svg_packet *out, const struct bonnet_packet *p)
{
    out->key[0] = p->seq;
    out->key[1] = p->ack;
    out->key[2] = p->kind == BONNET_PACKET_TCP ? p->ts_val : p->id;
}

/* SYN and FIN take a number each, of which text has none. */
static void note_numbers(struct svg_story *s, struct svg_packet *out)
{
    struct svg_flow *f = &s->flows[out->flow];
    bool takes = out->flags & (BONNET_SYN | BONNET_FIN);
    uint32_t end = out->seq + out->len + (takes ? 1 : 0);
    bool is_ours = out->fate != LAB_FATE_FORGED && !(out->flags & BONNET_RST);
    out->again = (out->len || takes) && f->packets > 0 && (int32_t)(out->seq - f->next) < 0;
    if (!is_ours) return;
    f->packets++;
    if ((int32_t)(end - f->next) <= 0) return;
    uint32_t fresh = end - f->next;
    f->sent += fresh < out->len ? fresh : out->len;
    f->next = end;
}

static void take_tcp(struct svg_story *s, struct svg_packet *out, const struct lab_event *e)
{
    const struct bonnet_packet *p = e->wire.packet;
    struct svg_flow *f = &s->flows[out->flow];
    if (p->flags & BONNET_SYN) f->wscale = p->wscale;
    if (p->flags & BONNET_SYN && !(p->flags & BONNET_ACK)) f->opens = true;
    out->seq = p->seq - e->wire.seq_base;
    out->ack = p->flags & BONNET_ACK ? p->ack - e->wire.ack_base : 0;
    out->window = window_of(s, out->flow, p);
    out->sacks_n = p->sacks_n;
    for (unsigned i = 0; i < p->sacks_n; i++) {
        out->sacks[i][0] = p->sacks[i].from - e->wire.ack_base;
        out->sacks[i][1] = p->sacks[i].to - e->wire.ack_base;
    }
    note_numbers(s, out);
}

size_t svg_packet_take(struct svg_story *s, const struct lab_event *e)
{
    const struct bonnet_packet *p = e->wire.packet;
    if (s->packets_n == PACKETS_MAX) return SVG_NONE;
    if (!svg_story_grow(s, &s->packets, s->packets_n, &s->packets_room, sizeof(*s->packets)))
        return SVG_NONE;
    size_t flow =
        p->kind == BONNET_PACKET_TCP ? svg_flow_of(s, &p->from, &p->to, e->host) : SVG_NONE;
    struct svg_packet *out = &s->packets[s->packets_n];
    *out = (struct svg_packet){
        .kind = p->kind,
        .from = e->host,
        .to = e->wire.to,
        .flow = flow,
        .sent_at = e->at,
        .arrived_at = BONNET_NEVER,
        .fate = e->wire.fate,
        .reason = e->reason,
        .len = p->text_len,
    };
    set_key(out, p);
    if (p->kind == BONNET_PACKET_TCP) out->flags = p->flags;
    if (flow != SVG_NONE) take_tcp(s, out, e);
    return s->packets_n++;
}

static bool is_under_way(const struct svg_packet *p)
{
    bool stopped =
        p->fate == LAB_FATE_LOST || p->fate == LAB_FATE_CUT || p->fate == LAB_FATE_DROPPED;
    return !stopped && p->arrived_at == BONNET_NEVER;
}

size_t svg_packet_find(struct svg_story *s, const struct lab_event *e)
{
    const struct bonnet_packet *p = e->wire.packet;
    size_t flow = p->kind == BONNET_PACKET_TCP ? find(s, &p->from, &p->to) : SVG_NONE;
    struct svg_packet like = {0};
    size_t *first_open = flow == SVG_NONE ? &s->first_open : &s->flows[flow].first_open;
    size_t i = *first_open;
    bool all_closed = true;
    set_key(&like, p);
    for (; i < s->packets_n; i++) {
        const struct svg_packet *at = &s->packets[i];
        if (at->flow != flow || !is_under_way(at)) continue;
        if (all_closed) *first_open = i;
        all_closed = false;
        bool same = at->kind == p->kind && at->to == e->host && at->len == p->text_len &&
                    memcmp(at->key, like.key, sizeof(like.key)) == 0;
        if (same) return i;
    }
    return SVG_NONE;
}
