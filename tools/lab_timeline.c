/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timeline: what happened, told to people as it happens.
 *
 * Decides which events get a line, and in what order where the order is free: queues are told once
 * they stand still, what was left out of a transfer is told before the next line. A scenario with a
 * sweep is played many times; each run is one line then, and what failed in it. The words come from
 * lab_words.c and lab_packet.c, their place from lab_page.c.
 */
#include "lab.h"

#include <bonnet/netif.h>
#include <stdlib.h>
#include <string.h>

#define INSTANT BONNET_MS /* of real time, in which a call and what it does are heard of */

static void put_event(struct show_timeline *t, const struct lab_event *e);
static void release(struct show_timeline *t, const struct lab_event *call);

void show_timeline_init(struct show_timeline *t, FILE *out)
{
    *t = (struct show_timeline){.page = {.out = out, .shown_at = BONNET_NEVER}};
    text_init(&t->text, SHOW_TEXT_MAX);
    text_init(&t->remark, SHOW_TEXT_MAX);
    text_init(&t->run, SHOW_TEXT_MAX);
}

void show_timeline_fini(struct show_timeline *t)
{
    release(t, NULL);
    text_fini(&t->run);
    text_fini(&t->remark);
    text_fini(&t->text);
}

/* The text to be filled, empty and never NULL. */
static struct text *fresh(struct show_timeline *t)
{
    text_clear(&t->text);
    text_add(&t->text, "");
    return &t->text;
}

static const char *words(const struct show_timeline *t)
{
    return t->text.p ? t->text.p : "";
}

/* What t->text says, as a line of host's. */
static void put(struct show_timeline *t, bonnet_time at, unsigned host, enum show_ink ink)
{
    if (t->is_over) at = BONNET_NEVER;
    show_page_note(&t->page, &(struct show_note){at, host, ink, words(t)});
}

static void put_text(struct show_timeline *t, const struct lab_event *e, enum show_ink ink)
{
    text_add(fresh(t), e->text ? e->text : "");
    put(t, e->at, LAB_HOSTS_MAX, ink);
}

static void put_packet(struct show_timeline *t, const struct lab_event *e)
{
    bool passes = e->wire.fate == LAB_FATE_PASSES;
    bool stops = e->wire.fate == LAB_FATE_LOST || e->wire.fate == LAB_FATE_CUT ||
                 e->wire.fate == LAB_FATE_DROPPED;
    const char *why = show_reason_is_ordinary(e->reason) ? NULL : bonnet_reason_text(e->reason);
    if (e->reason == BONNET_R_SEND_ACK_DUP && t->dropped) why = NULL; /* has just been told */
    show_add_packet(fresh(t), e, t->ports, t->verbose);
    show_page_arrow(&t->page, &(struct show_arrow){
                                  .at = e->at,
                                  .from = e->host,
                                  .to = e->wire.to,
                                  .text = words(t),
                                  .fate = passes ? NULL : show_fate_name(e->wire.fate),
                                  .arrives = !stops,
                                  .ink = SHOW_INK_PACKET,
                                  .why = why,
                              });
}

/* What a call was expected to give stands in the call's own line; only a failure gets one. */
static void put_expect(struct show_timeline *t, const struct lab_event *e)
{
    const struct lab_line *line = show_line_at(e->scenario, e->line);
    bool is_call = line && line->kind != LAB_LINE_EXPECT;
    struct text *out = fresh(t);
    if (e->expect.held && is_call) return;
    if (e->expect.held)
        text_addf(out, "ok  %s", e->text ? e->text : e->expect.expected);
    else
        text_addf(out, "FAILED  %s\n%s.lab:%u: expected %s, got %s",
                  line ? line->source : e->expect.expected, e->scenario->name, e->line,
                  e->expect.expected, e->expect.got ? e->expect.got : "nothing");
    put(t, e->at, LAB_HOSTS_MAX, e->expect.held ? SHOW_INK_GOOD : SHOW_INK_BAD);
}

static void put_snapshot(struct show_timeline *t, const struct lab_event *e)
{
    show_add_snapshot(fresh(t), e);
    show_page_gap(&t->page);
    show_page_block(&t->page, words(t));
    show_page_gap(&t->page);
}

static const char *unit_of(const struct lab_event *e)
{
    for (unsigned i = 0; e->table && i < e->table->measures_n; i++)
        if (strcmp(e->table->names[i], e->text) == 0) return e->table->units[i];
    return "";
}

static void put_measure(struct show_timeline *t, const struct lab_event *e)
{
    char value[SHOW_VALUE_MAX];
    text_addf(fresh(t), "%s = %s %s", e->text, show_value(e->value, value), unit_of(e));
    put(t, e->at, LAB_HOSTS_MAX, SHOW_INK_BOLD);
}

static void put_table(struct show_timeline *t, const struct lab_event *e)
{
    show_page_gap(&t->page);
    show_add_table(fresh(t), e->table);
    show_page_block(&t->page, words(t));
    show_page_gap(&t->page);
}

/* Remarks that follow each other are one paragraph. */
static void keep_remark(struct show_timeline *t, const struct lab_event *e)
{
    if (!t->remark.len) t->remark_at = e->at;
    if (t->remark.len) text_add(&t->remark, " ");
    text_add(&t->remark, e->text);
}

static void put_remark(struct show_timeline *t)
{
    if (!t->remark.len) return;
    show_page_gap(&t->page);
    show_page_note(&t->page,
                   &(struct show_note){t->remark_at, LAB_HOSTS_MAX, SHOW_INK_BOLD, t->remark.p});
    text_clear(&t->remark);
}

/* Lines of a text, with an empty one in front. */
static void put_paragraph(struct show_timeline *t, const char *text, enum show_ink ink)
{
    show_page_gap(&t->page);
    while (*text) {
        size_t len = strcspn(text, "\n");
        show_page_line(&t->page, ink, text, len);
        text += len;
        text += *text == '\n';
    }
}

static void put_head(struct show_timeline *t, const struct lab_event *e)
{
    const struct scenario *s = e->scenario;
    text_addf(fresh(t), "%s  on %s, seed %llu", s->name, e->begin.stack,
              (unsigned long long)e->begin.seed);
    show_page_line(&t->page, SHOW_INK_BOLD, words(t), t->text.len);
    if (s->question) put_paragraph(t, s->question, SHOW_INK_PLAIN);
    show_page_gap(&t->page);
    show_page_head(&t->page);
    show_page_gap(&t->page);
}

/* Which run of a sweep this is, once. */
static void put_run(struct show_timeline *t)
{
    if (!t->run.len) return;
    show_page_gap(&t->page);
    show_page_note(&t->page,
                   &(struct show_note){BONNET_NEVER, LAB_HOSTS_MAX, SHOW_INK_DIM, t->run.p});
    text_clear(&t->run);
}

static void begin(struct show_timeline *t, const struct lab_event *e)
{
    bool is_first = t->page.scenario != e->scenario;
    t->page.scenario = e->scenario;
    t->page.shown_at = BONNET_NEVER;
    t->segments = 0;
    t->ports = show_needs_ports(e->scenario);
    t->thin = (struct show_thin){.off = t->verbose};
    t->gauges.n = 0;
    t->brief = e->scenario->sweeps_n > 0 && !t->verbose;
    t->first_run = is_first;
    if (is_first) put_head(t, e);
    text_clear(&t->run);
    if (e->text) text_add(&t->run, e->text);
    if (t->verbose) put_run(t);
}

void show_timeline_end(struct show_timeline *t, const struct play_result *result)
{
    const struct scenario *s = t->page.scenario;
    if (!s) return;
    release(t, NULL);
    put_remark(t);
    if (s->answer && !result->failed) put_paragraph(t, s->answer, SHOW_INK_BOLD);
    struct text *out = fresh(t);
    show_page_gap(&t->page);
    text_addf(out, "%s: ", s->name);
    if (result->failed) {
        text_addf(out, "%u of %u expectations FAILED, the first:\n    %s", result->failed,
                  result->failed + result->held, result->why);
    } else {
        text_addf(out, "ok  (%u expectation%s held", result->held, result->held == 1 ? "" : "s");
        if (!s->sweeps_n) {
            text_addf(out, ", %u segment%s, ", t->segments, t->segments == 1 ? "" : "s");
            show_add_duration(out, t->ended_at);
        }
        text_add(out, ")");
    }
    show_page_line(&t->page, result->failed ? SHOW_INK_BAD : SHOW_INK_GOOD, words(t), out->len);
}

static void put_words(struct show_timeline *t, const struct lab_event *e,
                      void (*add)(struct text *, const struct lab_event *), enum show_ink ink)
{
    add(fresh(t), e);
    put(t, e->at, e->host, ink);
}

static void put_event(struct show_timeline *t, const struct lab_event *e)
{
    if (e->kind != LAB_EVENT_SAY) put_remark(t);
    switch (e->kind) {
    case LAB_EVENT_PACKET: put_packet(t, e); break;
    case LAB_EVENT_DROP:
    case LAB_EVENT_REASON: put_words(t, e, show_add_reason, SHOW_INK_REASON); break;
    case LAB_EVENT_STATE: put_words(t, e, show_add_state, SHOW_INK_STATE); break;
    case LAB_EVENT_CALL:
    case LAB_EVENT_BLOCKED: put_words(t, e, show_add_call, SHOW_INK_PLAIN); break;
    case LAB_EVENT_GAUGES: put_words(t, e, show_add_gauges, SHOW_INK_GAUGE); break;
    case LAB_EVENT_SNAPSHOT: put_snapshot(t, e); break;
    case LAB_EVENT_SAY: keep_remark(t, e); break;
    case LAB_EVENT_ACT: put_text(t, e, SHOW_INK_REASON); break;
    case LAB_EVENT_WAIT: put_text(t, e, SHOW_INK_DIM); break;
    case LAB_EVENT_EXPECT: put_expect(t, e); break;
    case LAB_EVENT_MEASURE: put_measure(t, e); break;
    case LAB_EVENT_TABLE: put_table(t, e); break;
    case LAB_EVENT_ARRIVAL:
    case LAB_EVENT_SKIP: /* a line for the other stack, whose reader knows why it is there */
    case LAB_EVENT_BEGIN:
    case LAB_EVENT_END: break;
    }
    t->dropped = e->kind == LAB_EVENT_DROP;
}

/* ---- what waits for its call ---- */

static void hold(struct show_timeline *t, const struct lab_event *e)
{
    struct show_hold *h = &t->hold;
    FILE *memory = h->out ? NULL : open_memstream(&h->text, &h->len);
    if (!memory) return;
    h->out = t->page.out;
    h->at = e->at;
    h->host = e->host;
    h->shown_at = t->page.shown_at;
    t->page.out = memory;
    t->page.shown_at = e->at;
}

/* Back to the page: first call, if that is what was waited for, then what was held. */
static void release(struct show_timeline *t, const struct lab_event *call)
{
    if (!t->hold.out) return;
    fclose(t->page.out); /* it says now what it holds */
    struct show_hold h = t->hold;
    t->page.out = h.out;
    t->page.shown_at = h.shown_at;
    t->hold.out = NULL;
    if (call) {
        struct lab_event first = *call;
        first.at = h.at;
        put_event(t, &first);
    }
    fwrite(h.text, 1, h.len, t->page.out);
    free(h.text);
}

/* ---- the order of things ---- */

/* all: those, too, that were left out so far. */
static void tell_gauges(struct show_timeline *t, bool all)
{
    struct lab_event gauges;
    while ((all || show_thin_has_gauge(&t->thin)) &&
           show_gauges_next(&t->gauges, t->page.scenario, &gauges)) {
        bool is_late = t->page.shown_at != BONNET_NEVER && gauges.at < t->page.shown_at;
        if (is_late) gauges.at = t->page.shown_at; /* so it is still */
        put_event(t, &gauges);
    }
}

static void tell_rest(struct show_timeline *t)
{
    for (unsigned host = 0; host <= LAB_HOSTS_MAX; host++)
        if (show_thin_rest(&t->thin, host, fresh(t))) put(t, t->thin.last_at, host, SHOW_INK_DIM);
}

/* Is this the call that what is held came of, and that has not waited for anything since? */
static bool is_cause(const struct show_timeline *t, const struct lab_event *e)
{
    bool begins =
        e->kind == LAB_EVENT_BLOCKED || (e->kind == LAB_EVENT_CALL && e->call.blocked_ns == 0);
    return t->hold.out && begins && e->host == t->hold.host && e->at - t->hold.at <= INSTANT;
}

/* May what is held go on waiting for its call? */
static bool is_held_with(const struct show_timeline *t, const struct lab_event *e)
{
    bool is_effect =
        e->kind == LAB_EVENT_STATE || e->kind == LAB_EVENT_PACKET || e->kind == LAB_EVENT_REASON;
    return is_effect && e->host == t->hold.host && e->at - t->hold.at <= INSTANT;
}

static void put_in_order(struct show_timeline *t, const struct lab_event *e)
{
    bool is_effect = e->kind == LAB_EVENT_STATE && e->state.trigger == LAB_BY_CALL;
    if (is_cause(t, e)) {
        release(t, e);
        return;
    }
    if (is_effect && !t->hold.out) {
        put_remark(t);
        hold(t, e);
    }
    put_event(t, e);
}

static void tell(struct show_timeline *t, const struct lab_event *e)
{
    enum show_weight weight = show_weigh(e);
    if (t->hold.out && !is_cause(t, e) && !is_held_with(t, e)) release(t, NULL);
    if (weight == SHOW_WEIGHT_STORY) {
        tell_rest(t);
        tell_gauges(t, true);
    }
    if (e->kind == LAB_EVENT_GAUGES) {
        if (show_gauges_take(&t->gauges, e)) tell_gauges(t, false);
    } else if (show_thin_admits(&t->thin, e, weight)) {
        tell_rest(t);
        put_in_order(t, e);
    }
}

/* A run of a sweep: what is remarked the first time, and what fails. */
static void tell_in_brief(struct show_timeline *t, const struct lab_event *e)
{
    bool failed = e->kind == LAB_EVENT_EXPECT && !e->expect.held;
    if (failed) put_run(t);
    if (failed || (e->kind == LAB_EVENT_SAY && t->first_run)) put_event(t, e);
}

void show_timeline_sink(void *ctx, const struct lab_event *e)
{
    struct show_timeline *t = ctx;
    if (e->kind == LAB_EVENT_ARRIVAL) return; /* the packet was told when it was sent */
    if (e->kind == LAB_EVENT_PACKET) t->segments += e->wire.packet->kind == BONNET_PACKET_TCP;
    if (e->kind == LAB_EVENT_END) t->ended_at = e->at;
    if (e->kind == LAB_EVENT_TABLE) t->is_over = true;
    if (e->kind == LAB_EVENT_BEGIN)
        begin(t, e);
    else if (t->brief && !t->is_over)
        tell_in_brief(t, e);
    else
        tell(t, e);
}
