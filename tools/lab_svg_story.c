/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is remembered of a run until it is over and can be drawn: every packet and every change of
 * the windows for the graphs, and for the diagram what the timeline would tell, no more.
 *
 * Of a sweep the last run is drawn. Its diagram is made from the same thinning as a timeline
 * (lab_thin.c), so a long transfer shows its beginning and what was unusual in it.
 *
 * A call is heard of after what it did in the same instant; in the diagram it stands above that.
 */
#include "lab_svg.h"

#include <stdlib.h>
#include <string.h>

#define INSTANT      BONNET_MS /* of real time, in which a call and what it does are heard of */
#define REASONS_SEEN 4         /* of a host, so far back are the same words looked for */

void svg_story_init(struct svg_story *s)
{
    *s = (struct svg_story){.scenario = NULL};
    text_init(&s->values, SHOW_TEXT_MAX);
}

static void forget(struct svg_story *s)
{
    for (size_t i = 0; i < s->items_n; i++)
        free(s->items[i].text);
    s->flows_n = s->packets_n = s->gauges_n = s->items_n = 0;
    s->told_n = 0;
    s->arrived = SVG_NONE;
    s->first_open = 0;
    s->thin = (struct show_thin){.off = false};
    s->queues = (struct show_gauges){.n = 0};
}

void svg_story_fini(struct svg_story *s)
{
    forget(s);
    free(s->flows);
    free(s->packets);
    free(s->gauges);
    free(s->items);
    text_fini(&s->values);
}

bool svg_story_grow(struct svg_story *s, void *array, size_t n, size_t *room, size_t size)
{
    if (n < *room) return true;
    size_t more = *room ? 2 * *room : 64;
    void *old;
    memcpy(&old, array, sizeof(old));
    void *grown = realloc(old, more * size);
    if (!grown) {
        s->failed = true;
        return false;
    }
    memcpy(array, &grown, sizeof(grown));
    *room = more;
    return true;
}

/* ---- items of the diagram ---- */

static void add_item(struct svg_story *s, const struct svg_item *item)
{
    if (!svg_story_grow(s, &s->items, s->items_n, &s->items_room, sizeof(*s->items))) return;
    s->items[s->items_n++] = *item;
}

static char *words_of(struct svg_story *s, struct text *t)
{
    char *words = t->failed ? NULL : strdup(t->p ? t->p : "");
    if (!words) s->failed = true;
    text_fini(t);
    return words;
}

static char *say(struct svg_story *s, const struct lab_event *e,
                 void (*add)(struct text *, const struct lab_event *))
{
    struct text t;
    text_init(&t, SHOW_TEXT_MAX);
    add(&t, e);
    return words_of(s, &t);
}

static void add_text(struct text *t, const struct lab_event *e)
{
    text_add(t, e->text ? e->text : "");
}

/* May a call that is told now have led to this, or one beside it? */
static bool is_effect(const struct svg_item *item, const struct lab_event *call)
{
    bool is = item->kind == SVG_SENT || item->kind == SVG_REASON ||
              (item->kind == SVG_STATE && item->by_call);
    return is && item->host == call->host && call->at - item->at <= INSTANT;
}

/* Is it of the call's own socket? A call without one, exit(), is of all. */
static bool is_its_own(const struct svg_item *item, const struct lab_event *call)
{
    const struct lab_subject *who = &call->subject;
    const struct lab_step *step = call->call.step;
    const char *by = item->kind == SVG_STATE && item->text ? strstr(item->text, " by ") : NULL;
    const char *name = lab_call_name(step->call);
    if (by && strncmp(by + 4, name, strlen(name)) != 0) return false;
    if (!step->socket[0]) return true;
    bool remote = step->call == LAB_CONNECT || item->remote_port == who->remote.port;
    return item->port == who->local.port && remote;
}

/* Where a call belongs: above the first of what it did. */
static size_t place_of_call(const struct svg_story *s, const struct lab_event *e)
{
    size_t place = s->items_n;
    for (size_t i = s->items_n; i-- > 0 && is_effect(&s->items[i], e);)
        if (is_its_own(&s->items[i], e)) place = i;
    return place;
}

/* A call that waited for nothing moves above what it did. */
static void put_call(struct svg_story *s, const struct lab_event *e)
{
    bool blocked = e->kind == LAB_EVENT_BLOCKED;
    bool returned = !blocked && e->call.blocked_ns > 0;
    const struct svg_item call = {
        .kind = blocked ? SVG_BLOCKED : SVG_CALL,
        .at = e->at,
        .host = e->host,
        .returned = returned,
        .program = e->call.program,
        .text = say(s, e, show_add_call),
    };
    size_t at = returned ? s->items_n : place_of_call(s, e);
    size_t moved = s->items_n - at;
    add_item(s, &call);
    if (s->failed) return;
    memmove(&s->items[at + 1], &s->items[at], moved * sizeof(call));
    s->items[at] = call;
}

static void put_words(struct svg_story *s, const struct lab_event *e, enum svg_item_kind kind)
{
    static void (*const adders[])(struct text *, const struct lab_event *) = {
        [SVG_STATE] = show_add_state,
        [SVG_REASON] = show_add_reason,
        [SVG_QUEUES_TOLD] = show_add_gauges,
        [SVG_SAY] = add_text,
        [SVG_ACT] = add_text,
    };
    add_item(s, &(struct svg_item){
                    .kind = kind,
                    .at = e->at,
                    .host = e->host,
                    .port = e->subject.local.port,
                    .remote_port = e->subject.remote.port,
                    .by_call = kind == SVG_STATE && e->state.trigger == LAB_BY_CALL,
                    .text = say(s, e, adders[kind]),
                });
}

/* What was said of the same host just before is not said again. */
static void put_reason(struct svg_story *s, const struct lab_event *e)
{
    size_t seen = 0;
    put_words(s, e, SVG_REASON);
    if (s->failed) return;
    struct svg_item *last = &s->items[s->items_n - 1];
    for (size_t i = s->items_n - 1; i-- > 0 && seen < REASONS_SEEN;) {
        const struct svg_item *item = &s->items[i];
        if (item->kind != SVG_REASON || item->host != e->host) continue;
        seen++;
        if (strcmp(item->text, last->text) != 0) continue;
        free(last->text);
        s->items_n--;
        return;
    }
}

/* Remarks in several lines are one. */
static void put_remark(struct svg_story *s, const struct lab_event *e)
{
    struct svg_item *last = s->items_n ? &s->items[s->items_n - 1] : NULL;
    if (!last || last->kind != SVG_SAY || !last->text) {
        put_words(s, e, SVG_SAY);
        return;
    }
    struct text t;
    text_init(&t, SHOW_TEXT_MAX);
    text_addf(&t, "%s %s", last->text, e->text ? e->text : "");
    free(last->text);
    last->text = words_of(s, &t);
}

static void put_rest(struct svg_story *s)
{
    for (unsigned host = 0; host <= LAB_HOSTS_MAX; host++) {
        struct text t;
        text_init(&t, SHOW_TEXT_MAX);
        bool any = show_thin_rest(&s->thin, host, &t);
        if (!any) {
            text_fini(&t);
            continue;
        }
        add_item(s, &(struct svg_item){.kind = SVG_OMITTED,
                                       .at = s->thin.last_at,
                                       .host = host,
                                       .text = words_of(s, &t)});
    }
}

/* ---- queues ---- */

static struct svg_gauge gauge_of(struct svg_story *s, const struct lab_event *e)
{
    const struct bonnet_row *row = e->gauges.row;
    return (struct svg_gauge){
        .at = e->at,
        .host = e->host,
        .flow = svg_flow_of(s, &row->local, &row->remote, e->host),
        .send_q = row->send_q,
        .in_flight = row->in_flight,
        .recv_q = row->recv_q,
        .out_of_order = row->out_of_order,
        .delivered = row->delivered,
        .cwnd = row->cwnd,
        .ssthresh = row->ssthresh,
        .rtt_us = row->info.tcpi_rtt,
    };
}

static struct svg_gauge *told_of(struct svg_story *s, const struct svg_gauge *g)
{
    for (unsigned i = 0; i < s->told_n; i++)
        if (s->told[i].flow == g->flow) return &s->told[i];
    if (s->told_n == SHOW_GAUGES_MAX) return NULL;
    s->told[s->told_n] = (struct svg_gauge){.flow = g->flow};
    return &s->told[s->told_n++];
}

static void put_queues(struct svg_story *s, const struct lab_event *e)
{
    struct svg_gauge now = gauge_of(s, e);
    struct svg_gauge *told = now.flow == SVG_NONE ? NULL : told_of(s, &now);
    if (e->gauges.row->kind != BONNET_ROW_CONNECTION) {
        put_words(s, e, SVG_QUEUES_TOLD);
        return;
    }
    if (!told) return;
    struct svg_item item = {.kind = SVG_QUEUES, .at = e->at, .host = e->host, .queues = now};
    item.sends = now.send_q != told->send_q || now.in_flight != told->in_flight;
    item.receives = now.recv_q != told->recv_q || now.delivered != told->delivered ||
                    now.out_of_order != told->out_of_order;
    *told = now;
    if (!item.sends && !item.receives) return;
    struct text t;
    text_init(&t, SHOW_TEXT_MAX);
    show_add_subject(&t, e);
    item.text = words_of(s, &t);
    add_item(s, &item);
}

static void take_gauges(struct svg_story *s, const struct lab_event *e)
{
    if (e->gauges.row->kind != BONNET_ROW_CONNECTION) return;
    if (!svg_story_grow(s, &s->gauges, s->gauges_n, &s->gauges_room, sizeof(*s->gauges))) return;
    s->gauges[s->gauges_n] = gauge_of(s, e);
    s->gauges_n++;
}

/* all: those, too, that were left out so far. */
static void tell_queues(struct svg_story *s, bool all)
{
    struct lab_event e;
    while ((all || show_thin_has_gauge(&s->thin)) &&
           show_gauges_next(&s->queues, s->scenario, &e)) {
        bonnet_time last = s->items_n ? s->items[s->items_n - 1].at : 0;
        if (e.at < last) e.at = last; /* so it is still */
        put_queues(s, &e);
    }
}

/* ---- events ---- */

/* Has the last packet of this host been sent for the same reason? */
static bool is_same_reason(const struct svg_story *s, const struct lab_event *e)
{
    for (size_t i = s->items_n; i-- > 0;) {
        const struct svg_item *item = &s->items[i];
        if (item->kind == SVG_SENT && item->host == e->host)
            return s->packets[item->packet].reason == e->reason;
    }
    return false;
}

static void add_why(struct text *t, const struct lab_event *e)
{
    text_add(t, bonnet_reason_text(e->reason));
}

static void put_packet(struct svg_story *s, const struct lab_event *e, size_t packet)
{
    if (packet == SVG_NONE) return;
    bool is_news = !show_reason_is_ordinary(e->reason) && !is_same_reason(s, e);
    s->packets[packet].drawn = true;
    add_item(s, &(struct svg_item){
                    .kind = SVG_SENT,
                    .at = e->at,
                    .host = e->host,
                    .port = e->wire.packet->from.port,
                    .remote_port = e->wire.packet->to.port,
                    .packet = packet,
                    .text = is_news ? say(s, e, add_why) : NULL,
                });
}

static void put(struct svg_story *s, const struct lab_event *e, size_t packet)
{
    switch (e->kind) {
    case LAB_EVENT_PACKET: put_packet(s, e, packet); break;
    case LAB_EVENT_CALL:
    case LAB_EVENT_BLOCKED: put_call(s, e); break;
    case LAB_EVENT_DROP:
    case LAB_EVENT_REASON: put_reason(s, e); break;
    case LAB_EVENT_STATE: put_words(s, e, SVG_STATE); break;
    case LAB_EVENT_SAY: put_remark(s, e); break;
    case LAB_EVENT_ACT: put_words(s, e, SVG_ACT); break;
    case LAB_EVENT_ARRIVAL:
    case LAB_EVENT_GAUGES:
    case LAB_EVENT_BEGIN:
    case LAB_EVENT_SNAPSHOT:
    case LAB_EVENT_WAIT:
    case LAB_EVENT_EXPECT:
    case LAB_EVENT_SKIP:
    case LAB_EVENT_MEASURE:
    case LAB_EVENT_TABLE:
    case LAB_EVENT_END: break;
    }
}

static void take_arrival(struct svg_story *s, const struct lab_event *e)
{
    size_t packet = svg_packet_find(s, e);
    if (packet == SVG_NONE) return;
    s->arrived = packet;
    s->packets[packet].arrived_at = e->at;
    if (!s->packets[packet].drawn) return;
    add_item(
        s, &(struct svg_item){.kind = SVG_ARRIVED, .at = e->at, .host = e->host, .packet = packet});
}

/* Of a packet that was just told to have arrived, or that never does. */
static void take_drop(struct svg_story *s, const struct lab_event *e)
{
    if (e->wire.fate == LAB_FATE_CUT) {
        size_t lost = svg_packet_find(s, e);
        if (lost != SVG_NONE) s->packets[lost].fate = LAB_FATE_CUT;
        return;
    }
    struct svg_packet *last = s->arrived == SVG_NONE ? NULL : &s->packets[s->arrived];
    if (last && last->arrived_at == e->at && last->to == e->host) last->refused = e->reason;
}

static void begin(struct svg_story *s, const struct lab_event *e)
{
    forget(s);
    s->scenario = e->scenario;
    s->stack = e->begin.stack;
    s->seed = e->begin.seed;
    s->ports = show_needs_ports(e->scenario);
    s->runs++;
    text_clear(&s->values);
    text_add(&s->values, e->text ? e->text : "");
}

static void tell(struct svg_story *s, const struct lab_event *e, size_t packet)
{
    enum show_weight weight = show_weigh(e);
    if (weight == SHOW_WEIGHT_STORY) {
        put_rest(s);
        tell_queues(s, true);
    }
    if (e->kind == LAB_EVENT_GAUGES) {
        take_gauges(s, e);
        if (show_gauges_take(&s->queues, e)) tell_queues(s, false);
    } else if (show_thin_admits(&s->thin, e, weight)) {
        put_rest(s);
        put(s, e, packet);
    }
}

void svg_story_sink(void *ctx, const struct lab_event *e)
{
    struct svg_story *s = ctx;
    size_t packet = SVG_NONE;
    if (s->failed) return;
    if (e->kind == LAB_EVENT_BEGIN) begin(s, e);
    if (s->runs < show_table_points(e->scenario)) return;
    if (e->kind == LAB_EVENT_ARRIVAL) {
        take_arrival(s, e);
        return;
    }
    if (e->kind == LAB_EVENT_PACKET) packet = svg_packet_take(s, e);
    if (e->kind == LAB_EVENT_DROP) take_drop(s, e);
    tell(s, e, packet);
}
