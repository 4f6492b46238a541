/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ss shows of the stacks: a table of each, a summary of each, or one array of JSON.
 *
 * All are asked before anything is shown, since headings depend on how many answer. Only the rows
 * that are wanted are kept.
 */
#include "ss.h"

#include "cmd.h"
#include "glass.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 30) /* bytes of output */

/* What one stack answered. */
struct answer {
    const struct ss_options *o;
    const struct glass_instance *from;
    struct ss_rows rows;
    struct ss_counts counts; /* of all rows, wanted or not */
    struct text *json;       /* of all stacks */
    bool answered;
};

bool ss_rows_add(struct ss_rows *r, const struct ss_row *row)
{
    if (r->n == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct ss_row *rows = realloc(r->rows, room * sizeof(*rows));
        if (!rows) return false;
        r->rows = rows;
        r->room = room;
    }
    r->rows[r->n++] = *row;
    return true;
}

void ss_rows_fini(struct ss_rows *r)
{
    free(r->rows);
    *r = (struct ss_rows){0};
}

struct ss_process ss_process_of(const struct glass_instance *stack)
{
    struct ss_process p = {.pid = stack->pid, .uid = stack->uid};
    snprintf(p.name, sizeof(p.name), "%s", stack->program);
    return p;
}

void ss_add_json(struct text *t, const char *stack, const char *line, size_t len)
{
    json_object *name = json_object_new_string(stack);
    text_addf(t, "{\"stack\":%s,", name ? json_object_to_json_string(name) : "null");
    text_add_bytes(t, line + 1, len - 1); /* the line is an object that is not empty */
    json_object_put(name);
}

static bool take_line(void *ctx, const char *line, size_t len)
{
    struct answer *a = ctx;
    struct ss_row row;
    if (!ss_row_parse(line, len, &row)) return false;
    ss_count(&a->counts, &row.row);
    if (!ss_wants(a->o, &row)) return true;
    if (!a->o->json) return ss_rows_add(&a->rows, &row);
    text_add(a->json, a->json->len > 1 ? ",\n" : "\n");
    ss_add_json(a->json, a->from->name, line, len);
    return !a->json->failed;
}

static bool take_totals(void *ctx, const char *line, size_t len)
{
    struct answer *a = ctx;
    struct json_object *totals = glass_parse(line, len);
    a->counts.sockets = glass_number(totals, "sockets");
    a->counts.reassemblies = glass_number(totals, "reassemblies");
    json_object_put(totals);
    return totals != NULL;
}

/* false: failed, after a complaint. That nobody is behind the door is no failure. */
static bool ask(struct answer *a, struct glass_instance *stack, const char *who)
{
    int error = glass_ask(stack, "sockets", take_line, a);
    if (!error && a->o->summary) error = glass_ask(stack, "totals", take_totals, a);
    a->answered = error == 0;
    if (!error || glass_is_nobody(error)) return true;
    cmd_complain(who, "%s: %s", stack->name, strerror(-error));
    return false;
}

static void add_answer(struct text *out, const struct answer *a, bool heading)
{
    const struct ss_process process = ss_process_of(a->from);
    if (heading) text_addf(out, "%s (pid %d):\n", a->from->name, (int)a->from->pid);
    if (a->o->summary) ss_add_summary(out, &a->counts);
    if (!a->o->summary_only) ss_print(a->o, a->rows.rows, a->rows.n, &process, out);
}

static bool print(struct text *out, const char *who)
{
    bool good = !out->failed && (!out->p || fputs(out->p, stdout) >= 0) && fflush(stdout) == 0;
    if (!good) cmd_complain(who, "cannot write: %s", strerror(out->failed ? ENOMEM : errno));
    text_fini(out);
    return good;
}

int ss_show(const struct ss_options *o, struct glass_instance *stacks, size_t n, const char *who)
{
    static struct answer answers[GLASS_INSTANCES_MAX];
    struct text out;
    size_t answered = 0;
    bool good = true;
    text_init(&out, TEXT_MAX);
    if (o->json) text_add(&out, "[");
    for (size_t i = 0; i < n; i++) {
        answers[i] = (struct answer){.o = o, .from = &stacks[i], .json = &out};
        good = ask(&answers[i], &stacks[i], who) && good;
        answered += answers[i].answered;
    }
    for (size_t i = 0; i < n; i++) {
        if (answers[i].answered && !o->json) add_answer(&out, &answers[i], answered > 1);
        ss_rows_fini(&answers[i].rows);
    }
    if (answered == 0) {
        text_fini(&out);
        if (good) glass_complain_of_none(o->name, who);
        return CMD_FAILED;
    }
    if (o->json) text_add(&out, out.len > 1 ? "\n]\n" : "]\n");
    return print(&out, who) && good ? CMD_OK : CMD_FAILED;
}
