/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bonnet makes of good and bad paths, as a table that is kept: lab/expected/paths.txt.
 *
 * A change to recovery or congestion control shows here as rows that differ, in both directions.
 * The test fails then and prints the rows; `make paths` writes the table anew, and its diff is part
 * of the change. The figures are exact: virtual time, one seed.
 *
 * The queue of each path holds what is on the way and one round trip's worth more, 100 frames at
 * least. How long a cell lasts is chosen by what it costs: a second at 1 Gbit/s is 83,000 frames.
 * Sanitizers make it dear, and would see nothing here that the other tests do not show them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libpath.h"

#define LINE_MAX_BYTES 160
#define QUEUE_MIN      100u
#define FRAME_BITS     12000u

static const char head[] =
    "# Written by `make paths`, compared by the tests. Goodput in Mbit/s, share of the segments\n"
    "# with text that were sent again in percent, and the path, each way.\n"
    "# cc  seconds    Mbit/s  resent  path\n";

static const char head_fair[] =
    "\n# Two flows; the second begins a tenth later. Both over the last half, and Jain's index.\n"
    "# cc  seconds    Mbit/s   Mbit/s   Jain  path\n";

static const char *const ccs[] = {"reno", "cubic"};

/* What carries little lasts longer. */
static const struct fault {
    const char *words;
    unsigned seconds_min;
} faults[] = {
    {"", 0},          {" loss 0.01%", 0},       {" loss 0.1%", 10},     {" loss 1%", 20},
    {" loss 3%", 20}, {" loss 1% burst 4", 20}, {" reorder 5% 3ms", 0},
};

static const struct place {
    const char *rate;
    unsigned mbit_s, rtt_ms, seconds;
    unsigned seconds_fair; /* of a cell with two flows; 0: none */
} places[] = {
    {"10mbit", 10, 1, 20, 100}, {"10mbit", 10, 10, 20, 100}, {"10mbit", 10, 100, 40, 200},
    {"1gbit", 1000, 1, 2, 5},   {"1gbit", 1000, 10, 3, 10},  {"1gbit", 1000, 20, 6, 40},
    {"1gbit", 1000, 100, 8, 0},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static FILE *fresh;

static void words_of(const struct place *p, const char *fault, char words[LINE_MAX_BYTES])
{
    unsigned round_trip = p->mbit_s * 1000 * p->rtt_ms / FRAME_BITS;
    unsigned spare = round_trip > QUEUE_MIN ? round_trip : QUEUE_MIN;
    (void)snprintf(words, LINE_MAX_BYTES, "delay %gms rate %s limit %u%s", p->rtt_ms / 2.0, p->rate,
                   round_trip / 2 + spare, fault);
}

static void write_cell(const struct place *p, const char *cc, const struct fault *fault)
{
    char words[LINE_MAX_BYTES];
    unsigned seconds = p->seconds > fault->seconds_min ? p->seconds : fault->seconds_min;
    struct path_outcome o;
    words_of(p, fault->words, words);
    const struct path path = {.words = words, .cc = cc, .flows = 1, .until = seconds * BONNET_S};
    path_run(&path, &o);
    (void)fprintf(fresh, "%-5s %7u  %8.2f  %6.3f  %s\n", cc, seconds, o.mbit_s[0], o.resent * 100,
                  words);
}

static void write_fair(const struct place *p, const char *cc)
{
    char words[LINE_MAX_BYTES];
    struct path_outcome o;
    words_of(p, "", words);
    bonnet_time all = p->seconds_fair * BONNET_S;
    const struct path path = {
        .words = words, .cc = cc, .flows = 2, .apart = all / 10, .from = all / 2, .until = all};
    path_run(&path, &o);
    (void)fprintf(fresh, "%-5s %7u  %8.2f %8.2f  %.3f  %s\n", cc, p->seconds_fair, o.mbit_s[0],
                  o.mbit_s[1], path_fairness(&o), words);
}

static void write_table(void)
{
    (void)fputs(head, fresh);
    for (size_t i = 0; i < COUNT(places); i++)
        for (size_t f = 0; f < COUNT(faults); f++)
            for (size_t c = 0; c < COUNT(ccs); c++)
                write_cell(&places[i], ccs[c], &faults[f]);
    (void)fputs(head_fair, fresh);
    for (size_t i = 0; i < COUNT(places); i++)
        for (size_t c = 0; c < COUNT(ccs) && places[i].seconds_fair > 0; c++)
            write_fair(&places[i], ccs[c]);
}

static void path_of(const char *variable, const char *name, char path[FILENAME_MAX])
{
    const char *folder = getenv(variable);
    (void)snprintf(path, FILENAME_MAX, "%s/%s", folder ? folder : ".", name);
}

/* Prints the rows that differ, old and new. How many there are. */
static unsigned differences(FILE *old, FILE *new)
{
    char a[LINE_MAX_BYTES], b[LINE_MAX_BYTES];
    unsigned n = 0;
    for (;;) {
        const char *was = fgets(a, sizeof a, old), *is = fgets(b, sizeof b, new);
        if (!was && !is) return n;
        if (was && is && strcmp(was, is) == 0) continue;
        if (was) (void)printf("- %s", was);
        if (is) (void)printf("+ %s", is);
        n++;
    }
}

static void figures_are_the_expected_ones(void **state)
{
    (void)state;
    char expected[FILENAME_MAX];
    path_of("BONNET_SRC", "lab/expected/paths.txt", expected);
    fresh = tmpfile();
    assert_non_null(fresh);
    write_table();
    rewind(fresh);
    FILE *old = fopen(expected, "r");
    assert_non_null(old);
    unsigned n = differences(old, fresh);
    (void)fclose(old);
    (void)fclose(fresh);
    if (n > 0)
        fail_msg("%u rows of %s differ; if they shall, write them with `make paths`", n, expected);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(figures_are_the_expected_ones)};
    const char *sanitized = getenv("BONNET_SANITIZE");
    if (sanitized && strcmp(sanitized, "ON") == 0) {
        (void)puts("skipped: the plain build compares the table");
        return 77;
    }
    if (argc == 1) return cmocka_run_group_tests(tests, NULL, NULL);
    fresh = fopen(argv[1], "w");
    if (!fresh) return 1;
    write_table();
    return fclose(fresh) != 0;
}
