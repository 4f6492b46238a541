/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is told of a long transfer: how it begins, what is unusual in it, and
 * how much the rest was.
 *
 * Each kind of event has its measure, counted from the last time the story
 * moved on (a program's new call, a wait, an expectation): so a scenario of a
 * few segments is told in full, and one of millions fits on some screens.
 * Nothing disappears: what is left out is counted, and said.
 */
#include "lab.h"

/* How many events are told before the rest is counted. */
static const unsigned measures[SHOW_WEIGHTS] = {
    [SHOW_WEIGHT_NOTABLE] = 24,
    [SHOW_WEIGHT_TRAFFIC] = 36,
    [SHOW_WEIGHT_GAUGE] = 16,
};

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

static void omit(struct show_thin *t, const struct lab_event *e)
{
    unsigned host = e->host < LAB_HOSTS_MAX ? e->host : LAB_HOSTS_MAX;
    struct show_omitted *o = &t->omitted[host];
    if (e->kind == LAB_EVENT_PACKET) {
        o->segments++;
        o->bytes += e->wire.packet->text_len;
    } else if (e->kind == LAB_EVENT_CALL) {
        o->calls++;
    } else if (e->kind != LAB_EVENT_BLOCKED) {
        o->notes++;
    }
    t->last_at = e->at;
}

bool show_thin_admits(struct show_thin *t, const struct lab_event *e, enum show_weight weight)
{
    if (t->off) return true;
    if (weight == SHOW_WEIGHT_STORY) {
        for (int i = 0; i < SHOW_WEIGHTS; i++)
            t->told[i] = 0;
        return true;
    }
    if (t->told[weight] < measures[weight]) {
        t->told[weight]++;
        return true;
    }
    if (weight != SHOW_WEIGHT_GAUGE) omit(t, e);
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
    if (!n) return;
    text_addf(out, "%s%llu more %s%s", out->len ? ", " : "... ", (unsigned long long)n, what,
              n == 1 ? "" : "s");
}

bool show_thin_rest(struct show_thin *t, unsigned host, struct text *out)
{
    struct show_omitted *o = &t->omitted[host];
    add_count(out, o->segments, "packet");
    if (o->bytes) {
        text_add(out, " with ");
        show_add_bytes(out, o->bytes);
    }
    add_count(out, o->calls, "call");
    add_count(out, o->notes, "remark");
    *o = (struct show_omitted){0};
    return out->len > 0;
}
