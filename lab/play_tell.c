/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events for the timeline: those of the player, and those of the world with the names that its
 * connections have in the scenario. What the wire saw is counted here on its way.
 *
 * Failures are events like others; the first of all runs is kept for the result.
 */
#include "player.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

static_assert(sizeof((struct play_result *)0)->why == sizeof((struct play_words *)0)->text,
              "a failure is told whole");

static void pass_on(struct player *p, struct lab_event *event)
{
    event->scenario = p->scenario;
    if (!event->line) event->line = p->line;
    if (p->config->sink) p->config->sink(p->config->sink_ctx, event);
}

void play_tell(struct player *p, struct lab_event *event)
{
    event->at = p->world ? play_now(p) : 0;
    pass_on(p, event);
}

void play_tell_text(struct player *p, enum lab_event_kind kind, unsigned host, const char *text)
{
    struct lab_event event = {.kind = kind, .host = host, .text = text};
    play_tell(p, &event);
}

static void note_segment(struct player *p, const struct lab_event *event)
{
    p->segments++;
    struct play_segment segment = {(uint8_t)event->host, event->wire.packet->flags};
    if (play_grow(&p->wire, p->wire_n + 1, sizeof *p->wire, &p->wire_room) == 0) {
        p->wire[p->wire_n++] = segment;
    } else {
        play_stop(p, p->line, "no memory");
    }
}

void play_hear(void *ctx, const struct lab_event *event)
{
    struct player *p = ctx;
    struct lab_event mine = *event;
    if (event->kind == LAB_EVENT_PACKET && event->wire.packet->kind == BONNET_PACKET_TCP) {
        note_segment(p, event);
    }
    play_name_subject(p, event->host, &mine.subject);
    pass_on(p, &mine);
}

static void note_failure(struct player *p, unsigned line, const char *text)
{
    if (p->why.n > 0) return;
    play_print(&p->why, "%s.lab:%u: %s", p->scenario->name, line, text);
    if (p->result->why[0] == 0) memcpy(p->result->why, p->why.text, sizeof p->result->why);
}

void play_judge(struct player *p, unsigned line, const char *expected, const char *got,
                const char *found)
{
    struct lab_event event = {
        .kind = LAB_EVENT_EXPECT, .host = LAB_HOSTS_MAX, .line = line, .text = found};
    event.expect.held = !got;
    event.expect.expected = expected;
    event.expect.got = got;
    play_tell(p, &event);
    if (!got) {
        p->result->held++;
        return;
    }
    p->result->failed++;
    struct play_words text = {.n = 0};
    play_print(&text, "expected %s, got %s", expected, got);
    note_failure(p, line, text.text);
}

void play_stop(struct player *p, unsigned line, const char *format, ...)
{
    if (p->is_over) return;
    p->is_over = true;
    struct play_words text = {.n = 0};
    va_list args;
    va_start(args, format);
    vsnprintf(text.text, sizeof text.text, format, args);
    va_end(args);
    note_failure(p, line, text.text);
    struct lab_event event = {.kind = LAB_EVENT_EXPECT, .host = LAB_HOSTS_MAX, .line = line};
    event.expect.expected = "the story to go on";
    event.expect.got = text.text;
    p->result->failed++;
    play_tell(p, &event);
}

struct lab_subject play_subject(const struct play_program *of, const struct play_socket *s)
{
    struct lab_subject subject = {.program = of->what->name};
    if (!s) return subject;
    subject.local = s->local;
    subject.remote = s->remote;
    subject.socket = s->name[0] ? s->name : NULL;
    return subject;
}

static void tell_gauges_of(struct player *p, const struct play_program *of, struct play_socket *s)
{
    struct bonnet_row row = {.size = sizeof row};
    if (!s->is_open || p->world->ops->row(p->world, s->host, s->handle, &row) < 0) return;
    uint64_t now[] = {row.send_q, row.in_flight, row.recv_q,       row.delivered,
                      row.cwnd,   row.ssthresh,  row.info.tcpi_rtt};
    if (memcmp(now, s->told, sizeof now) == 0) return;
    memcpy(s->told, now, sizeof now);
    struct lab_event event = {
        .kind = LAB_EVENT_GAUGES, .host = s->host, .subject = play_subject(of, s)};
    event.gauges.row = &row;
    play_tell(p, &event);
}

void play_tell_gauges(struct player *p)
{
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        const struct play_program *of = &p->programs[i];
        for (size_t v = 0; v < of->variables_n; v++) {
            if (of->variables[v].socket) tell_gauges_of(p, of, of->variables[v].socket);
        }
    }
}
