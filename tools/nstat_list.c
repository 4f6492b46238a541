/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters as they come through the door, and how nstat prints them.
 *
 * nstat(8) shows what grows: TcpCurrEstab, which is a state, is left to netstat.
 */
#define _GNU_SOURCE
#include "nstat.h"

#include <errno.h>
#include <fnmatch.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

uint64_t nstat_value(const struct nstat_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->counters[i].name, name) == 0) return list->counters[i].value;
    return 0;
}

static bool take_line(void *ctx, const char *line, size_t len)
{
    struct nstat_list *list = ctx;
    struct json_object *object = glass_parse(line, len);
    bool good = object && glass_text(object, "name")[0] && list->n < NSTAT_COUNTERS_MAX;
    if (good) {
        struct nstat_counter *c = &list->counters[list->n++];
        snprintf(c->name, sizeof(c->name), "%s", glass_text(object, "name"));
        c->value = glass_number(object, "count");
    }
    json_object_put(object);
    return good;
}

int nstat_ask(struct glass_instance *stack, const char *request, struct nstat_list *out)
{
    return glass_ask(stack, request, take_line, out);
}

/* Is name asked for? As in nstat, any pattern will do, and the case of letters is no matter. */
static bool is_wanted(const struct nstat_options *o, const char *name)
{
    if (strcmp(name, "TcpCurrEstab") == 0) return false;
    for (int i = 0; i < o->patterns_n; i++)
        if (fnmatch(o->patterns[i], name, FNM_CASEFOLD) == 0) return true;
    return o->patterns_n == 0;
}

static void add_counter(struct text *out, const struct nstat_options *o, const char *name,
                        uint64_t value, bool first)
{
    if (o->json) {
        const char *indent = o->pretty ? "\n        " : "";
        text_addf(out, "%s%s\"%s\":%s%llu", first ? "" : ",", indent, name, o->pretty ? " " : "",
                  (unsigned long long)value);
        return;
    }
    text_addf(out, "%-32s%-16llu%6.1f\n", name, (unsigned long long)value, 0.0);
}

void nstat_print(const struct nstat_options *o, const char *stack, const struct nstat_list *now,
                 const struct nstat_list *before, struct text *out)
{
    bool first = true;
    if (o->json)
        text_addf(out, "\"%s\":%s{", stack, o->pretty ? " " : "");
    else
        text_addf(out, "#%s\n", stack);
    for (size_t i = 0; i < now->n; i++) {
        const struct nstat_counter *c = &now->counters[i];
        uint64_t value = c->value - nstat_value(before, c->name);
        if (!is_wanted(o, c->name) || (value == 0 && !o->zeros)) continue;
        add_counter(out, o, c->name, value, first);
        first = false;
    }
    if (o->json) text_add(out, o->pretty && !first ? "\n    }" : "}");
}
