/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs of a scenario: one, or one for each point of its sweeps, each in a world of its own.
 *
 * An expectation that fails does not end a run, so that all failures are seen; a line that cannot
 * be done ends the run and all that would follow, for nothing after it means anything. Measures are
 * kept from run to run, and what is expected of them is looked at after the last.
 */
#include "player.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int play_grow(void *array, size_t n, size_t size, size_t *room)
{
    if (n <= *room) return 0;
    size_t want = *room ? *room : 16;
    while (want < n)
        want *= 2;
    void *old, *grown;
    memcpy(&old, array, sizeof old);
    grown = realloc(old, want * size);
    if (!grown) return -ENOMEM;
    memcpy(array, &grown, sizeof grown);
    *room = want;
    return 0;
}

/* ---- measures ---- */

static unsigned measure_find(struct lab_table *table, const char *name)
{
    unsigned i = 0;
    while (i < table->measures_n && strcmp(table->names[i], name) != 0)
        i++;
    return i;
}

/* Megabits per second, from the beginning of the connection to the last bytes that were read. */
static double throughput(const struct play_socket *s)
{
    if (s->read_at <= s->began_at) return 0;
    return (double)s->delivered * 8e3 / (double)(s->read_at - s->began_at);
}

static double measure(struct player *p, const struct lab_line *line)
{
    const struct play_socket *s = NULL;
    switch (line->measure) {
    case LAB_THROUGHPUT:
        s = play_socket_find(p, &p->programs[line->program], line->socket);
        if (s) return throughput(s);
        play_stop(p, line->line, "%s has no socket '%s'", p->scenario->programs[line->program].name,
                  line->socket);
        return 0;
    case LAB_SEGMENTS: return (double)p->segments;
    case LAB_TIME: return (double)play_now(p) / (double)BONNET_S;
    }
    return 0;
}

void play_measure(struct player *p, const struct lab_line *line)
{
    static const char *const units[] = {
        [LAB_THROUGHPUT] = "Mbit/s", [LAB_SEGMENTS] = "segments", [LAB_TIME] = "s"};
    struct lab_table *table = p->table;
    unsigned i = measure_find(table, line->name);
    if (i == LAB_MEASURES_MAX) {
        play_stop(p, line->line, "more than %d measures", LAB_MEASURES_MAX);
        return;
    }
    if (i == table->measures_n) {
        snprintf(table->names[i], sizeof table->names[i], "%s", line->name);
        table->units[i] = units[line->measure];
        table->measures_n++;
    }
    table->values[i][p->run] = measure(p, line);
    struct lab_event event = {.kind = LAB_EVENT_MEASURE,
                              .host = LAB_HOSTS_MAX,
                              .text = table->names[i],
                              .value = table->values[i][p->run],
                              .table = table};
    play_tell(p, &event);
}

/* ---- one run ---- */

static unsigned runs_of(const struct scenario *s)
{
    unsigned n = 1;
    for (unsigned i = 0; i < s->sweeps_n; i++)
        n *= s->sweeps[i].points_n;
    return n;
}

/* The values of the sweeps in a run: the last one runs fastest. */
static void set_points(struct player *p)
{
    unsigned rest = p->run;
    for (unsigned i = p->scenario->sweeps_n; i-- > 0;) {
        const struct lab_sweep *sweep = &p->scenario->sweeps[i];
        p->points[i] = sweep->points[rest % sweep->points_n];
        rest /= sweep->points_n;
    }
}

static void tell_begin(struct player *p)
{
    struct play_words points = {.n = 0};
    for (unsigned i = 0; i < p->scenario->sweeps_n; i++)
        play_print(&points, "%s%s = %lld", i ? ", " : "", p->scenario->sweeps[i].name,
                   (long long)p->points[i]);
    struct lab_event event = {.kind = LAB_EVENT_BEGIN,
                              .host = LAB_HOSTS_MAX,
                              .text = p->scenario->sweeps_n ? points.text : NULL};
    event.begin.stack = p->world->ops->name;
    event.begin.seed = p->config->seed;
    play_tell(p, &event);
}

static void tell_end(struct player *p)
{
    p->line = 0;
    struct lab_event event = {
        .kind = LAB_EVENT_END, .host = LAB_HOSTS_MAX, .text = p->why.n ? p->why.text : NULL};
    event.expect.held = p->why.n == 0;
    play_tell(p, &event);
}

static void clear(struct player *p)
{
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        play_program_fini(&p->programs[i]);
        p->programs[i] = (struct play_program){.what = &p->scenario->programs[i]};
    }
    p->line = 0;
    p->is_unsettled = p->is_together = false;
    p->last = p->caller = NULL;
    p->sets = p->moves = p->moves_at = 0;
    p->why.n = 0;
    p->remarks_n = 0;
    p->wire_n = 0;
    p->segments = 0;
}

/* 0, or -errno: there is no world, and why is told. */
static int run(struct player *p, play_maker make)
{
    clear(p);
    set_points(p);
    const struct world_config config = {.scenario = p->scenario,
                                        .seed = p->config->seed,
                                        .pcapng = p->config->pcapng,
                                        .sink = play_hear,
                                        .sink_ctx = p};
    char why[256] = "";
    int r = make(&config, &p->world, why, sizeof why);
    if (r < 0) {
        p->world = NULL;
        snprintf(p->result->why, sizeof p->result->why, "%s", why[0] ? why : play_error_name(-r));
        return r;
    }
    tell_begin(p);
    play_story(p);
    tell_end(p);
    p->world->ops->free(p->world);
    p->world = NULL;
    return 0;
}

/* ---- all runs ---- */

static void tell_sweep(struct player *p)
{
    if (p->scenario->sweeps_n == 0 || p->is_over) return;
    struct lab_event event = {.kind = LAB_EVENT_TABLE, .host = LAB_HOSTS_MAX, .table = p->table};
    play_tell(p, &event);
    for (unsigned i = 0; i < p->scenario->lines_n; i++) {
        const struct lab_line *line = &p->scenario->lines[i];
        bool is_here = line->kind == LAB_LINE_EXPECT && line->stacks & p->config->stack;
        if (is_here && expect_is_of_sweep(line)) expect_sweep(p, line);
    }
}

int play_in(const struct scenario *s, const struct play_config *config, play_maker make,
            struct play_result *result)
{
    *result = (struct play_result){.held = 0};
    struct player *p = calloc(1, sizeof *p);
    struct lab_table *table = calloc(1, sizeof *table);
    uint8_t *pattern = play_pattern_new();
    int r = p && table && pattern ? 0 : -ENOMEM;
    if (r == 0) {
        table->scenario = s;
        *p = (struct player){
            .scenario = s, .config = config, .result = result, .table = table, .pattern = pattern};
        for (p->run = 0; r == 0 && !p->is_over && p->run < runs_of(s); p->run++)
            r = run(p, make);
        if (r == 0) tell_sweep(p);
        clear(p);
        free(p->wire);
        free(p->remarks);
        free(p->buffer);
    }
    free(pattern);
    free(table);
    free(p);
    return r < 0 ? r : result->failed > 0;
}

int scenario_play(const struct scenario *s, const struct play_config *config,
                  struct play_result *result)
{
    return play_in(s, config, config->stack == LAB_ON_KERNEL ? kernel_world_new : bonnet_world_new,
                   result);
}
