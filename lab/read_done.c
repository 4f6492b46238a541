/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be said of a scenario once it is read: whether the kernel can play it, and its end.
 *
 * The lab carries the packets of the kernel's hosts itself, so faults and cuts are possible there.
 * What is not: segments that no stack sent, hosts without power, hours, and what only bonnet tells.
 */
#include "scenario.h"
#include <bonnet/inspect.h>
#include <stdlib.h>
#include <string.h>

/* Waits are cut to a twentieth there: this one to a minute. */
#define KERNEL_WAIT_MAX (BONNET_S * 60 * 20)

static void free_step(struct lab_step *step)
{
    free(step->source);
    free(step->outcome.text);
    for (unsigned i = 0; i < step->pieces_n; i++)
        free(step->pieces[i].text);
}

/* But for the lines inside of it. */
static void free_line(struct lab_line *line)
{
    for (unsigned i = 0; i < line->steps_n; i++)
        free_step(&line->steps[i]);
    free(line->steps);
    free(line->inner);
    free(line->source);
    free(line->text);
    free(line->expect.wire);
}

void scenario_free(struct scenario *s)
{
    if (!s) return;
    for (unsigned i = 0; i < s->lines_n; i++) {
        for (unsigned j = 0; j < s->lines[i].inner_n; j++)
            free_line(&s->lines[i].inner[j]);
        free_line(&s->lines[i]);
    }
    free(s->lines);
    free(s->path);
    free(s->question);
    free(s->answer);
    free(s->not_on_kernel);
    free(s);
}

static bool is_reason(const char *name)
{
    for (int i = 1; i < BONNET_REASONS_END; i++)
        if (strcmp(bonnet_reason_name(i), name) == 0) return true;
    return false;
}

/* What Linux does not tell of itself; NULL: it does. */
static const char *secret_asked(const struct lab_expect *e)
{
    if (e->kind == LAB_EXPECT_MEMORY) return "asks for the memory of a stack";
    bool asks = e->kind == LAB_EXPECT_COUNTER && is_reason(e->name);
    return asks ? "counts a reason, and Linux gives none" : NULL;
}

/* What the line needs that the kernel's own sockets and clocks do not give; NULL: nothing. */
static const char *power_needed(const struct lab_line *line)
{
    switch (line->kind) {
    case LAB_LINE_EXPECT: return secret_asked(&line->expect);
    case LAB_LINE_WAIT:
        return line->duration > KERNEL_WAIT_MAX ? "waits for more than 20 minutes" : NULL;
    case LAB_LINE_STEP:
    case LAB_LINE_REPEAT:
    case LAB_LINE_TOGETHER:
    case LAB_LINE_WAIT_FOR:
    case LAB_LINE_KILL:
    case LAB_LINE_CUT:
    case LAB_LINE_FAULT:
    case LAB_LINE_FORGE:
    case LAB_LINE_REPLAY:
    case LAB_LINE_POWER:
    case LAB_LINE_SNAPSHOT:
    case LAB_LINE_SAY:
    case LAB_LINE_MEASURE:
    case LAB_LINES: break;
    }
    return NULL;
}

static const char *why_not(const struct lab_line *lines, unsigned n, char *buf, size_t max)
{
    for (unsigned i = 0; i < n; i++) {
        const char *power = power_needed(&lines[i]);
        if (!(lines[i].stacks & LAB_ON_KERNEL)) continue;
        if (!power && !why_not(lines[i].inner, lines[i].inner_n, buf, max)) continue;
        if (power) (void)snprintf(buf, max, "line %u %s", lines[i].line, power);
        return buf;
    }
    return NULL;
}

const char *scenario_not_on_kernel(const struct scenario *s, char *buf, size_t max)
{
    return s->not_on_kernel ? s->not_on_kernel : why_not(s->lines, s->lines_n, buf, max);
}
