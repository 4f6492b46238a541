/* SPDX-License-Identifier: BSD-2-Clause */
/* The judge of what `bonnet explain` says; the contract is in libexplain.h. */
#include "libexplain.h"

#include <stdio.h>
#include <string.h>

const struct ss_process explain_server = {"server", 42, 0};

static const struct nstat_list counters = {
    .counters = {{"TcpExtListenOverflows", 3}, {"TcpExtSyncookiesSent", 5}},
    .n = 2,
};

static void part_has(const char *name, const struct text *part, const char *words)
{
    char copy[1024];
    if (!*words && part->len > 0) fail_msg("%s: not expected: %s", name, part->p);
    snprintf(copy, sizeof(copy), "%s", words);
    for (char *word = strtok(copy, "|"); word; word = strtok(NULL, "|"))
        if (!part->p || !strstr(part->p, word))
            fail_msg("%s: no '%s' in: %s", name, word, part->p ? part->p : "nothing");
}

/* Of what was built together from pieces, no piece may look like it. */
static void part_is_whole(const char *name, const struct text *part)
{
    static const char *const wrong[] = {"  ", " .", " ,", "%", ".."};
    if (part->len == 0) return;
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (strstr(part->p, wrong[i])) fail_msg("%s: '%s' in: %s", name, wrong[i], part->p);
    char end = part->p[part->len - 1];
    if (end != '.' && end != ')') fail_msg("%s: no end: %s", name, part->p);
}

static void judge(const struct explain_case *c)
{
    struct ss_row row = {.row = c->row};
    const struct explain_about about = {&row, "bonnet0", &explain_server, &counters};
    struct explanation e;
    explanation_init(&e);
    explain(&about, &e);
    const struct text *parts[] = {&e.now, &e.waits, &e.since, &e.cause, &e.advice};
    const char *words[] = {c->now, c->waits, c->since, c->cause, c->advice};
    for (size_t i = 0; i < COUNT(parts); i++) {
        part_has(c->name, parts[i], words[i]);
        part_is_whole(c->name, parts[i]);
    }
    explanation_fini(&e);
}

const char *explain_printed(const struct bonnet_row *row)
{
    static struct text out;
    struct ss_row whole = {.row = *row};
    const struct explain_about about = {&whole, "bonnet0", &explain_server, &counters};
    struct explanation e;
    text_fini(&out);
    text_init(&out, 16384);
    explanation_init(&e);
    explain(&about, &e);
    explain_print(&about, &e, &out);
    explanation_fini(&e);
    assert_false(out.failed);
    return out.p;
}

void explain_judge(const struct explain_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        judge(&cases[i]);
        const char *line = strchr(explain_printed(&cases[i].row), '\n') + 1;
        for (; *line; line = strchr(line, '\n') + 1)
            if (strcspn(line, "\n") > 80) fail_msg("%s: too wide: %s", cases[i].name, line);
    }
}
