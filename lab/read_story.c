/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to the world: waits, kills, power, links, snapshots, and which keyword begins what.
 *
 * Faults and forged segments are read in read_fault.c, expectations and measures in read_expect.c.
 */
#include "read.h"
#include <string.h>

static bool read_wait(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_WAIT;
    if (!read_try_word(r, "for"))
        return read_duration(r, "`for PROGRAM`, or a time", &line->duration);
    line->kind = LAB_LINE_WAIT_FOR;
    line->duration = BONNET_NEVER;
    if (!read_program(r, &line->program)) return false;
    if (!read_try_word(r, "at")) return true;
    return read_need_word(r, "most") && read_duration(r, "a time", &line->duration);
}

static bool read_kill(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_KILL;
    return read_program(r, &line->program);
}

static bool read_power(struct reader *r, struct lab_line *line)
{
    static const struct word words[] = {{"off", false}, {"on", true}, {NULL, 0}};
    int on;
    line->kind = LAB_LINE_POWER;
    if (!read_enum(r, words, "the state of the power", &on)) return false;
    line->on = on;
    return read_host(r, &line->host);
}

static bool read_cut(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_CUT;
    return read_link(r, &line->link);
}

static bool read_mend(struct reader *r, struct lab_line *line)
{
    line->on = true;
    return read_cut(r, line);
}

static bool read_snapshot(struct reader *r, struct lab_line *line)
{
    static const struct word words[] = {{"ss", false}, {"netstat", true}, {NULL, 0}};
    int netstat;
    line->kind = LAB_LINE_SNAPSHOT;
    if (!read_enum(r, words, "a form of the snapshot", &netstat)) return false;
    line->netstat = netstat;
    line->host = LAB_HOSTS_MAX;
    return read_at_end(r) || read_host(r, &line->host);
}

static bool read_say(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_SAY;
    return read_rest(r, &line->text);
}

static bool read_drop(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_FAULT;
    return read_fault(r, LAB_DROP, &line->fault);
}

static bool read_corrupt(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_FAULT;
    return read_fault(r, LAB_CORRUPT, &line->fault);
}

static bool read_duplicate(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_FAULT;
    return read_fault(r, LAB_DUPLICATE, &line->fault);
}

static bool read_hold(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_FAULT;
    return read_fault(r, LAB_HOLD, &line->fault);
}

static bool read_record(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_FAULT;
    return read_fault(r, LAB_RECORD, &line->fault);
}

static bool read_replay(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_REPLAY;
    return read_known_name(r, READ_RECORDING, "a packet recorded above", line->name);
}

static bool read_forge(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_FORGE;
    return read_forgery(r, &line->forgery);
}

static const struct keyword {
    const char *word;
    bool (*read)(struct reader *r, struct lab_line *line);
} keywords[] = {
    {"wait", read_wait},         {"expect", read_expect},       {"say", read_say},
    {"snapshot", read_snapshot}, {"kill", read_kill},           {"power", read_power},
    {"cut", read_cut},           {"mend", read_mend},           {"drop", read_drop},
    {"corrupt", read_corrupt},   {"duplicate", read_duplicate}, {"hold", read_hold},
    {"record", read_record},     {"replay", read_replay},       {"forge", read_forge},
    {"measure", read_measure},
};

bool read_wrong_line(struct reader *r)
{
    struct read_choice c = read_choice(r, "`PROGRAM: CALL(...)` or a line of another kind");
    for (unsigned i = 0; i < r->s->programs_n; i++)
        read_choice_add(&c, r->s->programs[i].name);
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        read_choice_add(&c, keywords[i].word);
    read_choice_add(&c, "together");
    if (r->story_line == r->line) read_head_choices(&c);
    return read_wrong_choice(r, &c);
}

bool read_is_story_line(struct reader *r)
{
    static const char *const others[] = {"on", "together"};
    struct read_slice w = read_word_here(r);
    const char *begin = r->at;
    if (read_find_program(r, w) >= 0) return true;
    bool is_word = false;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        is_word = is_word || read_try_word(r, keywords[i].word);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        is_word = is_word || read_try_word(r, others[i]);
    r->at = begin + (is_word ? 0 : w.n);
    bool has_colon = read_try_char(r, ':');
    r->at = begin;
    return is_word || has_colon;
}

bool read_story_line(struct reader *r, struct lab_line *line)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (read_try_word(r, keywords[i].word)) return keywords[i].read(r, line);
    return read_wrong_line(r);
}
