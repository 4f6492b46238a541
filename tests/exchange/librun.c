/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays a script: lets time pass until the next event, does it or waits for it, and looks that
 * nothing else was sent.
 *
 * A frame of the stack must be named by the script within the tolerance; a frame that is left when
 * a later event comes, or when all is over, is one too many. A line `> P. 1:3001(3000)` may be
 * several segments that follow each other: the last one's flags and acknowledgment count.
 */
#include "librun.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* packetdrill's own: 4 ms, or an eighth of the time since the event before. */
#define TOLERANCE      (4 * BONNET_MS)
#define TOLERANCE_PART 8
#define PATIENCE       (1000 * BONNET_S) /* of a line with `*` */

bool run_fail(struct run *r, const struct event *at, const char *format, ...)
{
    if (r->is_failed) return false;
    r->is_failed = true;
    int n = snprintf(r->complaint, COMPLAINT_MAX, "%s:%u: ", r->script->file, at->line);
    va_list args;
    va_start(args, format);
    vsnprintf(r->complaint + n, COMPLAINT_MAX - (size_t)n, format, args);
    va_end(args);
    return false;
}

static double seconds(bonnet_time at)
{
    return (double)(at - STAGE_BEGIN) / (double)BONNET_S;
}

static bonnet_time tolerance(bonnet_time before, bonnet_time at)
{
    bonnet_time part = at > before ? (at - before) / TOLERANCE_PART : 0;
    return part > TOLERANCE ? part : TOLERANCE;
}

bool run_is_in_time(const struct when *w, bonnet_time before, bonnet_time at, bonnet_time to)
{
    bonnet_time from = w->blocks ? to : to - (w->to - w->from);
    bonnet_time slack = tolerance(before, from);
    return w->is_any || (at + slack >= from && at <= to + slack);
}

/* Lets time pass until then, or until a frame is there. */
static void run_until(struct run *r, bonnet_time until, bool stops_at_frame)
{
    bool more = true;
    while (more && !r->is_failed && !(stops_at_frame && stage_frame(&r->stage))) {
        bool cut = r->waiting.event && r->waiting.patience < until;
        more = stage_step(&r->stage, cut ? r->waiting.patience : until) || cut;
        socket_retry(r);
    }
    if (r->stage.broken) run_fail(r, r->event, "the stack does %s", r->stage.broken);
}

/* ---- what the stack sends ---- */

static bool say_frame(struct run *r, const char *what, const struct frame *f)
{
    struct packet p;
    const uint8_t *text;
    char line[PACKET_TEXT_MAX];
    const char *wrong = packet_decode(f->bytes, f->len, &p, &text);
    if (wrong) return run_fail(r, r->event, "a bad packet: %s", wrong);
    struct peer *peer = r->peer;
    if (peer && peer->has_stack_isn && peer->stack_port == p.from) p.seq -= peer->shift;
    return run_fail(r, r->event, "%s at %.3f\n  got       > %s", what, seconds(f->at),
                    packet_print(&p, line));
}

/* No frame is left that was sent before now. */
static bool check_silence(struct run *r, bonnet_time now)
{
    const struct frame *f = stage_frame(&r->stage);
    if (!f || f->at + TOLERANCE > now) return true;
    return say_frame(r, "expected silence, but a packet was sent", f);
}

/* Takes the next frame, which is there. got is in the script's numbers. */
static bool take_frame(struct run *r, const struct packet *want, struct packet *got,
                       bonnet_time *at)
{
    const struct frame *f = stage_frame(&r->stage);
    const uint8_t *text;
    *at = f->at;
    const char *wrong = packet_decode(f->bytes, f->len, got, &text);
    stage_drop(&r->stage);
    if (wrong) return run_fail(r, r->event, "a bad packet: %s", wrong);
    struct peer *peer = peer_of(r, want);
    if (!peer) return run_fail(r, r->event, "too many connections");
    peer_translate(peer, want, got);
    bool is_his = got->from == want->from && got->to == want->to;
    if (!is_his || peer_text_is_right(peer, got, text)) return true;
    return run_fail(r, r->event, "the text is not what the program wrote at its place");
}

/* Adds the segments that follow directly, as long as the script's line is longer. */
static bool take_more(struct run *r, const struct packet *want, struct packet *got)
{
    while (got->len > 0 && got->len < want->len && stage_frame(&r->stage)) {
        struct packet next;
        bonnet_time at;
        if (!take_frame(r, want, &next, &at)) return false;
        if (next.seq != got->seq + got->len || next.len == 0)
            return run_fail(r, r->event, "expected the segment to go on at %u, got %u:%u(%u)",
                            got->seq + got->len, next.seq, next.seq + next.len, next.len);
        next.seq = got->seq;
        next.len += got->len;
        *got = next;
    }
    return true;
}

static bool expect(struct run *r, const struct event *e, bonnet_time before, bonnet_time to)
{
    char wanted[PACKET_TEXT_MAX], seen[PACKET_TEXT_MAX];
    struct packet got;
    bonnet_time at;
    packet_print(&e->packet, wanted);
    run_until(r, e->when.is_any ? to + PATIENCE : to + tolerance(before, to), true);
    if (r->is_failed) return false;
    if (!stage_frame(&r->stage))
        return run_fail(r, e, "no packet\n  expected  > %s\n  got       nothing until %.3f", wanted,
                        seconds(r->stage.now));
    if (!take_frame(r, &e->packet, &got, &at) || !take_more(r, &e->packet, &got)) return false;
    const char *differs = peer_difference(&e->packet, &got);
    packet_print(&got, seen);
    if (differs)
        return run_fail(r, e, "another %s\n  expected  > %s\n  got       > %s", differs, wanted,
                        seen);
    if (run_is_in_time(&e->when, before, at, to)) return true;
    return run_fail(r, e, "another time\n  expected  > %s at %.3f\n  got       it at %.3f", wanted,
                    seconds(to), seconds(at));
}

/* ---- what the peer sends ---- */

static bool deliver(struct run *r, const struct event *e)
{
    uint8_t text[UINT16_MAX], frame[PACKET_FRAME_MAX];
    struct packet p = e->packet;
    struct peer *peer = peer_of(r, &p);
    if (!peer) return run_fail(r, e, "too many connections");
    if (!peer->stack_port) return run_fail(r, e, "the stack has not sent its SYN yet");
    peer_prepare(peer, &p, text);
    uint32_t len = packet_encode(&p, text, frame);
    if (len == 0) return run_fail(r, e, "a segment larger than the MTU");
    stage_input(&r->stage, frame, len);
    socket_retry(r);
    return !r->is_failed;
}

/* ---- events ---- */

static bool run_event(struct run *r, const struct event *e)
{
    bonnet_time before = r->stage.now;
    bonnet_time base = e->when.is_relative ? before : STAGE_BEGIN;
    bonnet_time from = e->when.is_any ? before : base + e->when.from;
    bonnet_time to = e->when.is_any ? before : base + e->when.to;
    r->event = e;
    if (from < before) return run_fail(r, e, "it is %.3f already", seconds(before));
    run_until(r, from, false);
    if (r->is_failed) return false;
    switch (e->kind) {
    case EVENT_OUT: return expect(r, e, before, to);
    case EVENT_IN: return check_silence(r, from) && deliver(r, e);
    case EVENT_CALL: return check_silence(r, from) && socket_call(r, e, from, to);
    }
    return false;
}

static bool check_end(struct run *r)
{
    if (r->waiting.event) return run_fail(r, r->waiting.event, "the call waits still at the end");
    return check_silence(r, BONNET_NEVER);
}

bool run_script(struct run *r, const struct script *s, char *complaint)
{
    struct bonnet_config config = s->config;
    *r = (struct run){.script = s, .complaint = complaint, .event = s->events};
    int err = stage_new(&r->stage, &config);
    if (err < 0) run_fail(r, r->event, "no stack: %s", strerror(-err));
    for (unsigned i = 0; i < s->events_n && !r->is_failed; i++)
        run_event(r, &s->events[i]);
    if (!r->is_failed) check_end(r);
    stage_free(&r->stage);
    return !r->is_failed;
}
