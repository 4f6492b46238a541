/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a script, one line one event:
 *
 *     // a comment
 *     `sysctl -q net.ipv4.tcp_max_syn_backlog=2`     before the first event only
 *     TIME < PACKET                                  the peer sends
 *     TIME > PACKET                                  the stack sends
 *     TIME call(arguments) = result                  the program calls
 *
 * TIME is `.5` from the start, `+.5` after the event before, a range `+.5~+.7`, `*`, or, for a call
 * that waits, from when until when: `+0...0.2`.
 */
#include "libscript.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 512

static void parse_when(struct cursor *c, struct when *w)
{
    *w = (struct when){.is_any = cursor_take(c, "*")};
    if (w->is_any) return;
    w->is_relative = cursor_take(c, "+");
    if (!cursor_seconds(c, &w->from)) return;
    w->to = w->from;
    w->blocks = cursor_take(c, "...");
    if (!w->blocks && !cursor_take(c, "~")) return;
    cursor_take(c, "+");
    if (cursor_seconds(c, &w->to) && w->to < w->from) cursor_fail(c, "a later instant");
}

static void parse_event(struct cursor *c, struct event *e)
{
    parse_when(c, &e->when);
    if (cursor_take(c, "<") || cursor_take(c, ">")) {
        e->kind = c->p[-1] == '<' ? EVENT_IN : EVENT_OUT;
        packet_parse(c, &e->packet);
        if (e->kind == EVENT_IN && e->packet.any_options) cursor_fail(c, "the options to send");
        if (e->when.blocks) cursor_fail(c, "a call after `...`");
    } else {
        e->kind = EVENT_CALL;
        call_parse(c, &e->call);
    }
}

static void parse_command(struct cursor *c, struct script *s)
{
    if (s->events_n > 0) cursor_fail(c, "commands before the first event");
    sysctl_parse(c, &s->config);
    cursor_need(c, "`");
}

static void parse_line(struct cursor *c, struct script *s, unsigned line)
{
    if (cursor_is_at_end(c)) return;
    if (cursor_take(c, "`")) {
        parse_command(c, s);
    } else if (s->events_n == EVENTS_MAX) {
        cursor_fail(c, "fewer events");
    } else {
        struct event *e = &s->events[s->events_n++];
        e->line = line;
        parse_event(c, e);
    }
    if (!cursor_is_at_end(c)) cursor_fail(c, "the end of the line");
}

bool script_parse(struct script *s, const char *file, const char *text, char *complaint)
{
    char line[LINE_MAX_BYTES];
    s->file = file;
    s->events_n = 0;
    for (unsigned number = 1; *text; number++) {
        size_t n = strcspn(text, "\n");
        bool fits = n < sizeof line;
        struct cursor c = {.p = line, .error = fits ? NULL : "a shorter line"};
        snprintf(line, sizeof line, "%.*s", (int)(fits ? n : 0), text);
        parse_line(&c, s, number);
        if (c.error) {
            snprintf(complaint, COMPLAINT_MAX, "%s:%u: expected %s at `%s`", file, number, c.error,
                     c.p);
            return false;
        }
        text += n + (text[n] == '\n');
    }
    if (s->events_n > 0) return true;
    snprintf(complaint, COMPLAINT_MAX, "%s:1: expected events", file);
    return false;
}
