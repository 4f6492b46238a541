/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The story, line by line, in the order of the file.
 *
 * A line begins when the line before is done: its call has returned or blocked, and the wires are
 * silent. Three kinds of lines do not wait for silence: the next call of the program that has just
 * returned from one, since no real program would; `wait`, which is about time and nothing else; and
 * `say`, which changes nothing: it is told when the line after it begins. What follows a `wait`
 * begins when the time is over, and so sees packets that are under way.
 */
#include "player.h"

#include <errno.h>
#include <stdlib.h>

/* ---- what programs do ---- */

static void begin(struct player *p, const struct lab_line *line)
{
    struct play_program *of = &p->programs[line->program];
    if (!p->is_together || !play_is_free(of)) play_await(p, of, BONNET_NEVER);
    if (p->is_over) return;
    p->last = of;
    p->is_unsettled = true;
    if (line->kind == LAB_LINE_REPEAT)
        play_begin_loop(p, of, line);
    else
        play_begin(p, of, line->steps);
    if (!p->is_together) play_move(p);
}

static void play_line(struct player *p, const struct lab_line *line);

/* The programs are waited for before the first of them begins. */
static void together(struct player *p, const struct lab_line *line)
{
    for (unsigned i = 0; i < line->inner_n; i++) {
        const struct lab_line *inner = &line->inner[i];
        bool is_call = inner->kind == LAB_LINE_STEP || inner->kind == LAB_LINE_REPEAT;
        if (is_call) play_await(p, &p->programs[inner->program], BONNET_NEVER);
    }
    p->is_together = true;
    for (unsigned i = 0; i < line->inner_n && !p->is_over; i++)
        play_line(p, &line->inner[i]);
    p->is_together = false;
    p->is_unsettled = true;
    play_move(p);
}

static void wait_for(struct player *p, const struct lab_line *line)
{
    play_await(p, &p->programs[line->program], play_scaled(p, line->duration));
}

/* ---- what happens to the world ---- */

/* Told before it is done, so that what comes of it is told after it. */
static void announce(struct player *p, const struct lab_line *line, unsigned host)
{
    play_tell_text(p, LAB_EVENT_ACT, host, play_source(line));
}

/* A line has told the world to do something, which said r. */
static void act(struct player *p, const struct lab_line *line, int r)
{
    if (r == -ENOTSUP) {
        play_stop(p, line->line, "%s: not possible on %s", play_source(line), p->world->ops->name);
    } else if (r < 0) {
        play_stop(p, line->line, "%s: %s", play_source(line), play_error_name(-r));
    }
    p->is_unsettled = true;
    play_move(p);
}

static void kill_program(struct player *p, const struct lab_line *line)
{
    struct play_program *of = &p->programs[line->program];
    announce(p, line, of->what->host);
    play_end(p, of, "kill");
    p->is_unsettled = true;
    play_move(p);
}

static void power(struct player *p, const struct lab_line *line)
{
    const struct world_ops *ops = p->world->ops;
    announce(p, line, line->host);
    int r = ops->power ? ops->power(p->world, line->host, line->on) : -ENOTSUP;
    for (unsigned i = 0; i < p->scenario->programs_n && r >= 0 && !line->on; i++) {
        if (p->programs[i].what->host == line->host) play_vanish(p, &p->programs[i]);
    }
    act(p, line, r);
}

static void cut(struct player *p, const struct lab_line *line)
{
    const struct world_ops *ops = p->world->ops;
    announce(p, line, LAB_HOSTS_MAX);
    act(p, line, ops->cut ? ops->cut(p->world, line->link, line->on) : -ENOTSUP);
}

static void fault(struct player *p, const struct lab_line *line)
{
    const struct world_ops *ops = p->world->ops;
    announce(p, line, line->fault.host);
    act(p, line, ops->fault ? ops->fault(p->world, &line->fault) : -ENOTSUP);
}

static void replay(struct player *p, const struct lab_line *line)
{
    const struct world_ops *ops = p->world->ops;
    announce(p, line, LAB_HOSTS_MAX);
    int r = ops->replay ? ops->replay(p->world, line->name) : -ENOTSUP;
    if (r == -ENOENT)
        play_stop(p, line->line, "no packet was recorded as %s", line->name);
    else
        act(p, line, r);
}

static void forge(struct player *p, const struct lab_line *line)
{
    const struct world_ops *ops = p->world->ops;
    const struct lab_forgery *f = &line->forgery;
    struct play_socket *s = NULL;
    unsigned host = LAB_HOSTS_MAX;
    if (f->in_flow) {
        const struct play_program *of = &p->programs[f->program];
        s = play_socket_find(p, of, f->socket);
        host = of->what->host;
        if (!s) {
            play_stop(p, line->line, "%s has no socket '%s'", of->what->name, f->socket);
            return;
        }
        if (f->text_len) s->is_forged = true;
    }
    announce(p, line, host);
    act(p, line, ops->forge ? ops->forge(p->world, f, s ? s->handle : -1) : -ENOTSUP);
}

/* ---- what is shown ---- */

struct snapshot {
    struct bonnet_row *rows;
    size_t n, room;
    bool is_cut; /* no memory for more */
};

static void add_row(void *ctx, const struct bonnet_row *row)
{
    struct snapshot *snapshot = ctx;
    if (play_grow(&snapshot->rows, snapshot->n + 1, sizeof *row, &snapshot->room) < 0)
        snapshot->is_cut = true;
    else
        snapshot->rows[snapshot->n++] = *row;
}

static void snapshot_host(struct player *p, const struct lab_line *line, unsigned host)
{
    struct snapshot snapshot = {.rows = NULL};
    int r = p->world->ops->rows(p->world, host, add_row, &snapshot);
    if (r < 0 || snapshot.is_cut)
        play_stop(p, line->line, "%s: %s", play_source(line), play_error_name(r < 0 ? -r : ENOMEM));
    struct lab_event event = {.kind = LAB_EVENT_SNAPSHOT, .host = host};
    event.snapshot.rows = snapshot.rows;
    event.snapshot.rows_n = snapshot.n;
    event.snapshot.netstat = line->netstat;
    play_tell(p, &event);
    free(snapshot.rows);
}

static void snapshot(struct player *p, const struct lab_line *line)
{
    for (unsigned i = 0; i < p->scenario->hosts_n && !p->is_over; i++) {
        if (line->host == LAB_HOSTS_MAX || line->host == i) snapshot_host(p, line, i);
    }
}

/* ---- one line ---- */

static bool waits_for_silence(const struct player *p, const struct lab_line *line)
{
    bool is_call = line->kind == LAB_LINE_STEP || line->kind == LAB_LINE_REPEAT;
    if (!p->is_unsettled || p->is_together) return false;
    if (line->kind == LAB_LINE_WAIT || line->kind == LAB_LINE_WAIT_FOR) return false;
    return !is_call || p->last != &p->programs[line->program];
}

static void do_line(struct player *p, const struct lab_line *line)
{
    switch (line->kind) {
    case LAB_LINE_STEP:
    case LAB_LINE_REPEAT: begin(p, line); return;
    case LAB_LINE_TOGETHER: together(p, line); return;
    case LAB_LINE_WAIT:
        play_tell_text(p, LAB_EVENT_WAIT, LAB_HOSTS_MAX, play_source(line));
        play_pass(p, line->duration);
        p->is_unsettled = false;
        return;
    case LAB_LINE_WAIT_FOR:
        play_tell_text(p, LAB_EVENT_WAIT, LAB_HOSTS_MAX, play_source(line));
        wait_for(p, line);
        return;
    case LAB_LINE_KILL: kill_program(p, line); return;
    case LAB_LINE_POWER: power(p, line); return;
    case LAB_LINE_CUT: cut(p, line); return;
    case LAB_LINE_FAULT: fault(p, line); return;
    case LAB_LINE_FORGE: forge(p, line); return;
    case LAB_LINE_REPLAY: replay(p, line); return;
    case LAB_LINE_SNAPSHOT: snapshot(p, line); return;
    case LAB_LINE_EXPECT: expect_line(p, line); return;
    case LAB_LINE_MEASURE: play_measure(p, line); return;
    case LAB_LINE_SAY:
    case LAB_LINES: return;
    }
}

/* ---- remarks ---- */

static bool is_for(const struct player *p, const struct lab_line *line)
{
    return line->stacks & p->config->stack;
}

/* A remark must not change the story, yet stand behind what has happened before the next line. */
static void keep_remark(struct player *p, const struct lab_line *line)
{
    if (play_grow(&p->remarks, p->remarks_n + 1, sizeof *p->remarks, &p->remarks_room) < 0)
        play_stop(p, line->line, "no memory");
    else
        p->remarks[p->remarks_n++] = line;
}

static void tell_remarks(struct player *p)
{
    for (size_t i = 0; i < p->remarks_n && !p->is_over; i++) {
        const struct lab_line *line = p->remarks[i];
        p->line = line->line;
        if (is_for(p, line))
            play_tell_text(p, LAB_EVENT_SAY, LAB_HOSTS_MAX, line->text);
        else
            play_tell_text(p, LAB_EVENT_SKIP, LAB_HOSTS_MAX, line->source);
    }
    p->remarks_n = 0;
}

/* ---- all of it ---- */

static void play_line(struct player *p, const struct lab_line *line)
{
    if (!is_for(p, line)) p->result->skipped++;
    if (!is_for(p, line) || line->kind == LAB_LINE_SAY) {
        keep_remark(p, line);
        return;
    }
    if (line->kind == LAB_LINE_EXPECT && expect_is_of_sweep(line)) return;
    if (waits_for_silence(p, line)) play_settle(p);
    tell_remarks(p);
    p->line = line->line;
    if (!p->is_over) do_line(p, line);
}

/* What the last line has begun is still shown, for a while. */
static void end_story(struct player *p)
{
    if (p->is_unsettled) play_calm_down(p, play_scaled(p, 10 * BONNET_S));
    tell_remarks(p);
    for (unsigned i = 0; i < p->scenario->programs_n && !p->is_over; i++) {
        struct play_program *of = &p->programs[i];
        if (of->call.step) expect_call_unreturned(p, of, "the story has ended");
    }
}

void play_story(struct player *p)
{
    for (unsigned i = 0; i < p->scenario->lines_n && !p->is_over; i++)
        play_line(p, &p->scenario->lines[i]);
    end_story(p);
}
