/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must be seen, and what is measured: `expect ...`, `measure ...`.
 *
 * An expectation begins with its subject: the wire, the clock, a measure, a host, a program, a
 * program's socket. Hosts and their programs share names; the word behind the name tells which is
 * meant.
 */
#include "event.h"
#include "read.h"
#include <bonnet/packet.h>
#include <stdlib.h>
#include <string.h>

static bool read_states(struct reader *r, uint32_t *out)
{
    int state = BONNET_CLOSED;
    do {
        if (!read_try_word(r, "gone") &&
            !read_enum_alike(r, words_states, "gone or a state", &state))
            return false;
        *out |= UINT32_C(1) << state;
        state = BONNET_CLOSED;
    } while (read_try_word(r, "or"));
    return true;
}

static bool has_gauge(const struct lab_expect *e, int gauge)
{
    for (unsigned i = 0; i < e->gauges_n; i++)
        if ((int)e->gauges[i].gauge == gauge) return true;
    return false;
}

static bool read_gauges(struct reader *r, struct lab_expect *e)
{
    e->kind = LAB_EXPECT_GAUGES;
    do {
        read_skip_blanks(r);
        const char *begin = r->at;
        int gauge;
        if (!read_enum_alike(r, words_gauges, "`is STATE` or a queue", &gauge)) return false;
        if (has_gauge(e, gauge)) return read_mistake_at(r, begin, "this was said already");
        struct lab_gauge_condition *g = &e->gauges[e->gauges_n];
        g->gauge = (enum lab_gauge)gauge;
        e->gauges_n++;
        if (!read_condition(r, read_any_amount, &g->condition)) return false;
    } while (read_try_char(r, ','));
    return true;
}

/* `is` was read: PROGRAM is blocked [in CALL], PROGRAM is free. */
static bool read_doing(struct reader *r, struct lab_expect *e)
{
    static const struct word words[] = {
        {"blocked", LAB_EXPECT_BLOCKED}, {"free", LAB_EXPECT_FREE}, {NULL, 0}};
    int kind, call = LAB_CALLS;
    if (!read_enum(r, words, "what the program does", &kind)) return false;
    e->kind = (enum lab_expect_kind)kind;
    if (kind == LAB_EXPECT_BLOCKED && read_try_word(r, "in") &&
        !read_enum(r, words_calls, "a call", &call))
        return false;
    e->call = (enum lab_call)call;
    return true;
}

/* Linux has more counters than bonnet: a line for the kernel alone may name any. */
static bool is_counter(const char *name)
{
    static const char ext[] = "TcpExt";
    for (int i = 0; i < BONNET_MIBS_END; i++) {
        const char *mib = bonnet_mib_name(i);
        bool is_ext = strncmp(mib, ext, sizeof ext - 1) == 0;
        if (strcmp(mib, name) == 0) return true;
        if (is_ext && strcmp(mib + sizeof ext - 1, name) == 0) return true;
    }
    for (int i = 1; i < BONNET_REASONS_END; i++)
        if (strcmp(bonnet_reason_name(i), name) == 0) return true;
    return false;
}

/* All of them would be a page: only the nearest is told. */
static bool wrong_counter(struct reader *r)
{
    struct read_choice c = read_choice(r, "a counter by nstat's name, or a reason's name");
    c.is_full = true;
    for (int i = 0; i < BONNET_MIBS_END; i++) {
        const char *mib = bonnet_mib_name(i);
        read_choice_add(&c, mib);
        if (strncmp(mib, "TcpExt", 6) == 0) read_choice_add(&c, mib + 6);
    }
    for (int i = 1; i < BONNET_REASONS_END; i++)
        read_choice_add(&c, bonnet_reason_name(i));
    return read_wrong_choice(r, &c);
}

static bool read_counter(struct reader *r, const struct lab_line *line, struct lab_expect *e)
{
    struct read_slice w = read_word_here(r);
    e->kind = LAB_EXPECT_COUNTER;
    if (w.n >= sizeof e->name) return read_mistake(r, "expected the name of a counter");
    memcpy(e->name, w.p, w.n);
    bool any = line->stacks == LAB_ON_KERNEL && read_is_name(w);
    if (!any && !is_counter(e->name)) return wrong_counter(r);
    r->at += w.n;
    return read_condition(r, read_any_amount, &e->condition);
}

/* has 1 TIME-WAIT, has no LISTEN, has >= 2 sockets */
static bool read_rows(struct reader *r, struct lab_expect *e)
{
    int state;
    e->kind = LAB_EXPECT_SOCKETS;
    e->condition.than = (struct lab_amount){.times = 1, .over = 1};
    if (!read_try_word(r, "no") && !read_how_many(r, &e->condition)) return false;
    if (read_try_word(r, "sockets") || read_try_word(r, "socket")) return true;
    if (!read_enum_alike(r, words_states, "sockets or a state", &state)) return false;
    e->states = UINT32_C(1) << state;
    return true;
}

/* Behind a program's name that nothing but a socket's can follow. */
static bool read_of_socket(struct reader *r, struct lab_expect *e)
{
    if (!read_socket(r, e->program, e->socket)) return false;
    if (!read_try_word(r, "is")) return read_gauges(r, e);
    e->kind = LAB_EXPECT_STATE;
    return read_states(r, &e->states);
}

static bool wrong_subject(struct reader *r)
{
    struct read_choice c = read_choice(r, "what is looked at");
    for (unsigned i = 0; i < r->s->programs_n; i++)
        read_choice_add(&c, r->s->programs[i].name);
    static const char *const others[] = {"wire", "segments", "time", "deadlock"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        read_choice_add(&c, others[i]);
    return read_wrong_choice(r, &c);
}

/* A program, or the host of its name. */
static bool read_of_name(struct reader *r, const struct lab_line *line, struct lab_expect *e)
{
    struct read_slice w = read_word_here(r);
    int program = read_find_program(r, w), host = read_find_host(r, w);
    const char *begin = r->at;
    if (program < 0) return wrong_subject(r);
    e->program = (unsigned)program;
    e->host = r->s->programs[program].host;
    r->at += w.n;
    if (read_try_word(r, "is")) return read_doing(r, e);
    bool counts = read_try_word(r, "counts"), has = !counts && read_try_word(r, "has");
    bool memory = !counts && !has && read_try_word(r, "memory");
    if (!counts && !has && !memory) return read_of_socket(r, e);
    if (host < 0) return read_mistake_at(r, begin, "this is a program: expected its host");
    if (counts) return read_counter(r, line, e);
    if (has) return read_rows(r, e);
    e->kind = LAB_EXPECT_MEMORY;
    return read_condition(r, read_any_amount, &e->condition);
}

/* client [S], server [S.], ... */
static bool read_wire(struct reader *r, struct lab_expect *e)
{
    e->kind = LAB_EXPECT_WIRE;
    if (read_try_word(r, "nothing")) return true;
    if (read_try_word(r, "any")) return e->any = true;
    e->wire = calloc(LAB_WIRE_MAX, sizeof *e->wire);
    if (!e->wire) return read_out_of_memory(r);
    do {
        if (e->wire_n == LAB_WIRE_MAX)
            return read_mistake(r, "more than %d segments", LAB_WIRE_MAX);
        struct lab_wire_item *item = &e->wire[e->wire_n];
        if (!read_host(r, &item->host) || !read_flags(r, &item->flags)) return false;
        item->flags &= (uint8_t)~BONNET_PSH;
        e->wire_n++;
    } while (read_try_char(r, ','));
    return true;
}

/* `until N`, `from N`: of the sweep's values; without it all of them. */
static bool read_sweep_bound(struct reader *r, const char *word, int64_t all, struct lab_expect *e)
{
    static const struct read_bounds bounds = {0, READ_BYTES_IN_CALL_MAX};
    e->condition.than = (struct lab_amount){.number = all, .times = 1, .over = 1};
    if (!read_need_word(r, "with") || !read_sweep_name(r, e->sweep)) return false;
    if (!read_try_word(r, word)) return true;
    return read_number(r, "a value", bounds, &e->condition.than.number);
}

/* MEASURE grows with SWEEP until N, MEASURE levels off with SWEEP from N */
static bool try_measure(struct reader *r, struct lab_expect *e)
{
    struct read_slice w = read_word_here(r);
    const char *begin = r->at;
    r->at += w.n;
    bool grows = read_try_word(r, "grows"), levels = !grows && read_try_word(r, "levels");
    const char *behind = r->at;
    r->at = begin;
    if (!grows && !levels) return false;
    e->kind = grows ? LAB_EXPECT_GROWS : LAB_EXPECT_LEVELS;
    lab_name name;
    if (!read_known_name(r, READ_MEASURE, "a measure made above", name)) return true;
    memcpy(e->name, name, sizeof name);
    r->at = behind;
    if (grows)
        read_sweep_bound(r, "until", INT64_MAX, e);
    else if (read_need_word(r, "off"))
        read_sweep_bound(r, "from", 0, e);
    return true;
}

bool read_expect(struct reader *r, struct lab_line *line)
{
    struct lab_expect *e = &line->expect;
    line->kind = LAB_LINE_EXPECT;
    e->call = LAB_CALLS;
    if (try_measure(r, e)) return r->error == 0;
    if (read_try_word(r, "wire")) return read_wire(r, e);
    if (read_try_word(r, "segments")) {
        e->kind = LAB_EXPECT_SEGMENTS;
        return read_condition(r, read_any_amount, &e->condition);
    }
    if (read_try_word(r, "time")) {
        e->kind = LAB_EXPECT_CLOCK;
        return read_condition(r, read_clock, &e->condition);
    }
    if (!read_try_word(r, "deadlock")) return read_of_name(r, line, e);
    e->kind = LAB_EXPECT_DEADLOCK;
    return true;
}

static unsigned measures_n(const struct reader *r)
{
    unsigned n = 0;
    for (unsigned i = 0; i < r->known_n; i++)
        n += r->known[i].kind == READ_MEASURE;
    return n;
}

/* NAME = throughput PROGRAM SOCKET | segments | time */
bool read_measure(struct reader *r, struct lab_line *line)
{
    static const struct word words[] = {
        {"throughput", LAB_THROUGHPUT}, {"segments", LAB_SEGMENTS}, {"time", LAB_TIME}, {NULL, 0}};
    int what;
    line->kind = LAB_LINE_MEASURE;
    read_skip_blanks(r);
    const char *begin = r->at;
    if (!read_name(r, "a name for the measure", line->name)) return false;
    if (!read_need_char(r, '=', "'=' and what is measured")) return false;
    if (!read_enum(r, words, "what is measured", &what)) return false;
    line->measure = (enum lab_measure)what;
    if (!read_know(r, READ_MEASURE, 0, line->name)) return false;
    if (measures_n(r) > LAB_MEASURES_MAX)
        return read_mistake_at(r, begin, "the story has more measures than a table has columns");
    if (what != LAB_THROUGHPUT) return true;
    return read_program(r, &line->program) && read_socket(r, line->program, line->socket);
}
