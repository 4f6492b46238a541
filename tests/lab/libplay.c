/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios played from a string: see libplay.h.
 */
#include "libplay.h"

#include "libread.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct played played;

/* ---- the log ---- */

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = sizeof played.log - played.len;
    int n = vsnprintf(played.log + played.len, room, format, args);
    va_end(args);
    assert_true(n >= 0);
    for (int i = 0; i < n && (size_t)i < room; i++)
        played.hash = (played.hash ^ (uint8_t)played.log[played.len + (size_t)i]) * 1099511628211u;
    if ((size_t)n < room) played.len += (size_t)n;
}

static void note_subject(const struct lab_event *e)
{
    note("%s %s", e->subject.program ? e->subject.program : "nobody",
         e->subject.socket ? e->subject.socket : "?");
}

static const char *host_name(const struct lab_event *e)
{
    return e->host < e->scenario->hosts_n ? e->scenario->hosts[e->host].name : "nobody";
}

static void note_packet(const struct lab_event *e)
{
    char line[256], flags[10];
    struct bonnet_packet_style style = {.no_options = false};
    bonnet_packet_print(e->wire.packet, &style, line, sizeof line);
    for (const char *c = line; *c; c++)
        played.hash = (played.hash ^ (uint8_t)*c) * 1099511628211u;
    note("%s [%s]", host_name(e), bonnet_packet_flags(e->wire.packet->flags, flags));
}

static void note_call(const struct lab_event *e)
{
    note("%s: %s", e->call.program, e->call.step->source);
    if (e->kind == LAB_EVENT_BLOCKED) {
        note(" blocks");
        return;
    }
    note(" = %" PRId64, e->call.result);
    if (e->call.data) note(" \"%.*s\"", (int)e->call.data_len, e->call.data);
    if (e->call.blocked_ns) note(" blocked %.3f", (double)e->call.blocked_ns / 1e9);
    if (e->call.unread) note(" unread %u", e->call.unread);
    if (e->call.lost) note(" lost %u", e->call.lost);
    if (e->call.unsent) note(" unsent %u", e->call.unsent);
}

static void note_gauges(const struct lab_event *e)
{
    const struct bonnet_row *row = e->gauges.row;
    note_subject(e);
    note(": SendQ %u in flight %u RecvQ %u Delivered %" PRIu64, row->send_q, row->in_flight,
         row->recv_q, row->delivered);
}

static void note_expectation(const struct lab_event *e)
{
    assert_int_equal(e->expect.held, e->expect.got == NULL);
    note("%s %s", e->expect.held ? "ok" : "failed", e->expect.expected);
    if (e->expect.got) note(", got %s", e->expect.got);
    if (e->text) note(" (%s)", e->text);
}

static void note_rest(const struct lab_event *e)
{
    note("%s", lab_event_name(e->kind));
    if (e->text) note(" %s", e->text);
    if (e->kind == LAB_EVENT_SNAPSHOT) note(" %zu", e->snapshot.rows_n);
    if (e->kind == LAB_EVENT_MEASURE) note(" %.6g", e->value);
    if (e->kind == LAB_EVENT_TABLE) played.table = *e->table;
}

static void listen_to(void *ctx, const struct lab_event *e)
{
    (void)ctx;
    played.kinds[e->kind]++;
    assert_non_null(e->scenario);
    note("%.3f ", (double)e->at / 1e9);
    if (e->kind == LAB_EVENT_PACKET)
        note_packet(e);
    else if (e->kind == LAB_EVENT_CALL || e->kind == LAB_EVENT_BLOCKED)
        note_call(e);
    else if (e->kind == LAB_EVENT_GAUGES)
        note_gauges(e);
    else if (e->kind == LAB_EVENT_EXPECT)
        note_expectation(e);
    else if (e->kind == LAB_EVENT_STATE) {
        note_subject(e);
        note(" %s > %s by %s", bonnet_state_name(e->state.from), bonnet_state_name(e->state.to),
             e->state.by);
    } else
        note_rest(e);
    note("\n");
}

/* ---- playing ---- */

static const struct played *play_any(const char *story, uint64_t seed, play_maker make)
{
    struct scenario *s = read_good(story);
    const struct play_config config = {.stack = LAB_ON_BONNET, .seed = seed, .sink = listen_to};
    memset(&played, 0, offsetof(struct played, log));
    played.log[0] = 0;
    played.status = make ? play_in(s, &config, make, &played.result)
                         : scenario_play(s, &config, &played.result);
    scenario_free(s);
    return &played;
}

const struct played *play_seed(const char *story, uint64_t seed)
{
    return play_any(story, seed, NULL);
}

const struct played *play_on(const char *story, play_maker make)
{
    return play_any(story, 1, make);
}

const struct played *play_holds_all(const char *story)
{
    play_seed(story, 1);
    if (played.status != 0)
        fail_msg("%d: %s\n%s\n%s", played.status, played.result.why, story, played.log);
    assert_int_equal(played.result.failed, 0);
    assert_string_equal(played.result.why, "");
    return &played;
}

const struct played *play_fails(const char *story, const char *why)
{
    play_seed(story, 1);
    if (played.status != 1 || !strstr(played.result.why, why))
        fail_msg("%d: '%s' and not '%s'\n%s\n%s", played.status, played.result.why, why, story,
                 played.log);
    assert_true(played.result.failed > 0);
    return &played;
}

void told(const char *words)
{
    if (!strstr(played.log, words)) fail_msg("'%s' was not told:\n%s", words, played.log);
}

void told_in_order(const char *first, const char *second)
{
    const char *at = strstr(played.log, first);
    if (!at || !strstr(at, second))
        fail_msg("'%s' and then '%s' was not told:\n%s", first, second, played.log);
    const char *early = strstr(played.log, second);
    if (early < at) fail_msg("'%s' was told before '%s':\n%s", second, first, played.log);
}

void not_told(const char *words)
{
    if (strstr(played.log, words)) fail_msg("'%s' was told:\n%s", words, played.log);
}

unsigned line_after(const char *story)
{
    unsigned line = 1;
    for (const char *c = story; *c; c++)
        line += *c == '\n';
    return line;
}
