/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is told of a long transfer: how it begins, what is unusual in it, and how much the rest was.
 *
 * Each kind of event has its measure, counted from the last time the story moved on (a program's
 * new call, a wait, an expectation): so a scenario of a few segments is told in full, and one of
 * millions fits on some screens. Nothing disappears: what is left out is counted, and said.
 */
#include "lab.h"

/* How many events are told before the rest is counted, and how many that are alike. */
static const unsigned measures[SHOW_WEIGHTS] = {
    [SHOW_WEIGHT_NOTABLE] = 48,
    [SHOW_WEIGHT_TRAFFIC] = 36,
    [SHOW_WEIGHT_GAUGE] = 24,
};

#define ALIKE_MAX 8

static enum show_weight weigh_packet(const struct lab_event *e)
{
    const struct bonnet_packet *packet = e->wire.packet;
    const uint8_t turning = BONNET_SYN | BONNET_FIN | BONNET_RST;
    bool notable = e->wire.fate != LAB_FATE_PASSES || !show_reason_is_ordinary(e->reason);
    if (packet->kind == BONNET_PACKET_TCP && (packet->flags & turning)) notable = true;
    return notable ? SHOW_WEIGHT_NOTABLE : SHOW_WEIGHT_TRAFFIC;
}

static enum show_weight weigh_call(const struct lab_event *e)
{
    const struct lab_line *line = show_line_of_step(e->scenario, e->call.step);
    return line && line->kind == LAB_LINE_REPEAT ? SHOW_WEIGHT_TRAFFIC : SHOW_WEIGHT_STORY;
}

enum show_weight show_weigh(const struct lab_event *e)
{
    switch (e->kind) {
    case LAB_EVENT_PACKET: return weigh_packet(e);
    case LAB_EVENT_CALL:
    case LAB_EVENT_BLOCKED: return weigh_call(e);
    case LAB_EVENT_GAUGES: return SHOW_WEIGHT_GAUGE;
    case LAB_EVENT_DROP:
    case LAB_EVENT_REASON:
    case LAB_EVENT_STATE: return SHOW_WEIGHT_NOTABLE;
    case LAB_EVENT_ARRIVAL:
    case LAB_EVENT_BEGIN:
    case LAB_EVENT_SNAPSHOT:
    case LAB_EVENT_SAY:
    case LAB_EVENT_ACT:
    case LAB_EVENT_WAIT:
    case LAB_EVENT_EXPECT:
    case LAB_EVENT_SKIP:
    case LAB_EVENT_MEASURE:
    case LAB_EVENT_TABLE:
    case LAB_EVENT_END: break;
    }
    return SHOW_WEIGHT_STORY;
}

static void omit_packet(struct show_omitted *o, const struct bonnet_packet *packet)
{
    int flags = packet->kind == BONNET_PACKET_TCP ? packet->flags : -1;
    if (o->packets++ == 0) o->flags = flags;
    if (o->flags != flags) o->flags = -1;
    o->bytes += packet->text_len;
}

static void omit_note(struct show_omitted *o, int reason)
{
    if (o->notes++ == 0) o->reason = reason;
    if (o->reason != reason) o->reason = 0;
}

static void omit(struct show_thin *t, const struct lab_event *e)
{
    unsigned host = e->host < LAB_HOSTS_MAX ? e->host : LAB_HOSTS_MAX;
    struct show_omitted *o = &t->omitted[host];
    if (e->kind == LAB_EVENT_PACKET)
        omit_packet(o, e->wire.packet);
    else if (e->kind == LAB_EVENT_CALL)
        o->calls++;
    else if (e->kind != LAB_EVENT_BLOCKED)
        omit_note(o, e->kind == LAB_EVENT_STATE ? 0 : e->reason);
    t->last_at = e->at;
}

/* Two events of one kind look alike to a reader. */
static uint64_t kind_of(const struct lab_event *e)
{
    uint64_t kind = (uint64_t)e->kind << 32 | (uint64_t)(e->host & 15) << 28;
    if (e->kind == LAB_EVENT_STATE)
        return kind | (uint64_t)e->state.from << 8 | (uint64_t)e->state.to;
    if (e->kind == LAB_EVENT_PACKET)
        kind |= (uint64_t)e->wire.fate << 24 | (uint64_t)e->wire.packet->flags << 16;
    return kind | (uint64_t)(unsigned)e->reason;
}

static unsigned *alike_of(struct show_thin *t, uint64_t kind)
{
    unsigned i = 0;
    while (i < t->alike_n && t->alike[i].kind != kind)
        i++;
    if (i == SHOW_KINDS_MAX) i--; /* the last one stands for all others */
    if (i == t->alike_n) t->alike[t->alike_n++] = (struct show_alike){.kind = kind};
    return &t->alike[i].told;
}

static bool is_one_of_many(struct show_thin *t, const struct lab_event *e, enum show_weight weight)
{
    if (weight != SHOW_WEIGHT_NOTABLE) return false;
    unsigned *told = alike_of(t, kind_of(e));
    if (*told == ALIKE_MAX) return true;
    ++*told;
    return false;
}

bool show_thin_admits(struct show_thin *t, const struct lab_event *e, enum show_weight weight)
{
    if (t->off) return true;
    if (weight == SHOW_WEIGHT_STORY) {
        for (int i = 0; i < SHOW_WEIGHTS; i++)
            t->told[i] = 0;
        t->alike_n = 0;
        return true;
    }
    if (t->told[weight] < measures[weight] && !is_one_of_many(t, e, weight)) {
        t->told[weight]++;
        return true;
    }
    omit(t, e);
    return false;
}

bool show_thin_has_gauge(struct show_thin *t)
{
    if (t->off) return true;
    if (t->told[SHOW_WEIGHT_TRAFFIC] >= measures[SHOW_WEIGHT_TRAFFIC]) return false;
    if (t->told[SHOW_WEIGHT_GAUGE] >= measures[SHOW_WEIGHT_GAUGE]) return false;
    t->told[SHOW_WEIGHT_GAUGE]++;
    return true;
}

static void add_count(struct text *out, uint64_t n, const char *what)
{
    text_addf(out, "%s%llu more %s", out->len ? ", " : "... ", (unsigned long long)n, what);
}

static void add_packets(struct text *out, const struct show_omitted *o)
{
    char flags[10];
    char named[16];
    if (o->flags >= 0) {
        snprintf(named, sizeof(named), "[%s]", bonnet_packet_flags((uint8_t)o->flags, flags));
        add_count(out, o->packets, named);
    } else {
        add_count(out, o->packets, o->packets == 1 ? "packet" : "packets");
    }
    if (!o->bytes) return;
    text_add(out, " with ");
    show_add_bytes(out, o->bytes);
}

static void add_notes(struct text *out, const struct show_omitted *o)
{
    add_count(out, o->notes, o->notes == 1 ? "remark" : "remarks");
    if (o->reason) text_addf(out, ": %s", bonnet_reason_text(o->reason));
}

bool show_thin_rest(struct show_thin *t, unsigned host, struct text *out)
{
    struct show_omitted *o = &t->omitted[host];
    if (o->packets) add_packets(out, o);
    if (o->calls) add_count(out, o->calls, o->calls == 1 ? "call" : "calls");
    if (o->notes) add_notes(out, o);
    *o = (struct show_omitted){0};
    return out->len > 0;
}
