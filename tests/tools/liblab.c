/* SPDX-License-Identifier: BSD-2-Clause */
/* Events made by hand, and what the timeline prints of them; the contract is in liblab.h. */
#include "liblab.h"

#include <stdlib.h>
#include <string.h>

struct told *told_new(const char *text)
{
    struct lab_mistake mistake = {.text = ""};
    struct told *t = calloc(1, sizeof(*t));
    assert_non_null(t);
    FILE *in = tmpfile();
    assert_non_null(in);
    assert_true(fputs(text, in) >= 0);
    rewind(in);
    if (scenario_read(in, "story.lab", &t->scenario, &mistake)) fail_msg("%s", mistake.text);
    fclose(in);
    t->out = open_memstream(&t->text, &t->len);
    assert_non_null(t->out);
    show_timeline_init(&t->timeline, t->out);
    return t;
}

struct told *told_begun(const char *text)
{
    struct told *t = told_new(text);
    tell(t, .kind = LAB_EVENT_BEGIN, .begin = {"bonnet", 1});
    fflush(t->out);
    t->seen = t->len;
    return t;
}

void told_free(struct told *t)
{
    show_timeline_fini(&t->timeline);
    fclose(t->out);
    free(t->text);
    scenario_free(t->scenario);
    free(t);
}

void told_tell(struct told *t, struct lab_event e)
{
    e.scenario = t->scenario;
    show_timeline_sink(&t->timeline, &e);
}

void told_is(struct told *t, const char *expected)
{
    fflush(t->out);
    assert_string_equal(t->text + t->seen, expected);
    t->seen = t->len;
}

unsigned told_count(struct told *t, const char *part)
{
    unsigned n = 0;
    fflush(t->out);
    for (const char *at = t->text + t->seen; (at = strstr(at, part)) != NULL; at++)
        n++;
    return n;
}

const struct lab_step *told_step(const struct told *t, unsigned line, unsigned nth)
{
    const struct lab_line *found = show_line_at(t->scenario, line);
    assert_non_null(found);
    assert_true(nth < found->steps_n);
    return &found->steps[nth];
}
