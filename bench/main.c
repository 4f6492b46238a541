/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The benchmark's command line, and the order of its runs.
 *
 * Contenders alternate: run 1 of each, run 2 of each, and so on, after one warm-up of each. A
 * contender that fails is not run again in that row, the others are, and the program ends with
 * status 1.
 */
#include "bench.h"

#include "netns.h"
#include "pattern.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARM_UP_SHARE 0.25 /* of a run's time */

static const char help[] =
    "usage: bonnet-bench [OPTION]...\n"
    "Measures bonnet, its rivals and the limits of this machine, in turn in one process.\n"
    "\n"
    "  --row B1,B4     these rows only; B5 means all its variants, B5.1m the one\n"
    "  --only TEXT     these contenders only: those with TEXT in their name\n"
    "  --runs N        runs of each contender, 1 to 99 (5)\n"
    "  --seconds S     length of a run, 0.01 to 60 (1)\n"
    "  --quick         3 runs of 0.2 seconds: to see that it works, not to quote\n"
    "  --full          with the rows that take minutes and gigabytes\n"
    "  --json          a document for programs, iperf3's names where they fit\n"
    "  --list          the rows there are\n"
    "  --help\n"
    "\n"
    "Status: 0 all well; 1 a contender failed; 2 wrong usage. What the rows mean: "
    "bench/README.md\n";

static _Noreturn void wrong_usage(const char *what, const char *value)
{
    fprintf(stderr, "bonnet-bench: %s: %s (try --help)\n", what, value);
    exit(2);
}

static const struct option long_options[] = {
    {"row", required_argument, NULL, 'r'},  {"only", required_argument, NULL, 'o'},
    {"runs", required_argument, NULL, 'n'}, {"seconds", required_argument, NULL, 's'},
    {"quick", no_argument, NULL, 'q'},      {"full", no_argument, NULL, 'f'},
    {"json", no_argument, NULL, 'j'},       {"list", no_argument, NULL, 'l'},
    {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0},
};

/* Is id the item, or a variant of it ("B5.1k" of "B5")? */
static bool item_names(const char *item, size_t len, const char *id)
{
    if (strncmp(item, id, len) != 0) return false;
    return id[len] == '\0' || id[len] == '.';
}

static bool list_names(const char *list, const char *id, bool exactly)
{
    for (const char *item = list; *item != '\0';) {
        size_t len = strcspn(item, ",");
        if (len > 0 && item_names(item, len, id) && (!exactly || id[len] == '\0')) return true;
        item += len + (item[len] == ',');
    }
    return false;
}

static bool is_selected(const struct bench_options *options, const struct bench_row *row)
{
    if (row->only_when_named && !options->full)
        return options->rows && list_names(options->rows, row->id, true);
    return !options->rows || list_names(options->rows, row->id, false);
}

/* A name in the list that no row has is an error, not an empty table. */
static void check_rows(const char *list)
{
    for (const char *item = list; *item != '\0';) {
        size_t len = strcspn(item, ",");
        bool known = false;
        for (const struct bench_row *row = bench_rows; row->id && !known; row++)
            known = len > 0 && item_names(item, len, row->id);
        if (!known) wrong_usage("no such row", item);
        item += len + (item[len] == ',');
    }
}

static double number_of(const char *option, const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (*text != '\0' && *end == '\0' && value >= least && value <= most) return value;
    fprintf(stderr, "bonnet-bench: %s takes a number from %g to %g, not '%s' (try --help)\n",
            option, least, most, text);
    exit(2);
}

static void list_rows(void)
{
    for (const struct bench_row *row = bench_rows; row->id; row++)
        printf("%-6s %s [%s]%s\n", row->id, row->title, row->unit,
               row->only_when_named ? " (--full)" : "");
    exit(0);
}

static void take_option(struct bench_options *options, int option, char **argv)
{
    switch (option) {
    case 'r': options->rows = optarg; break;
    case 'o': options->only = optarg; break;
    case 'n': options->runs = (unsigned)number_of("--runs", optarg, 1, BENCH_RUNS_MAX); break;
    case 's': options->seconds = number_of("--seconds", optarg, 0.01, 60); break;
    case 'q':
        options->runs = 3;
        options->seconds = 0.2;
        break;
    case 'f': options->full = true; break;
    case 'j': options->json = true; break;
    case 'l': list_rows(); break;
    case 'h': fputs(help, stdout); exit(0);
    case ':': wrong_usage("this option needs a value", argv[optind - 1]);
    default: wrong_usage("unknown option", argv[optind - 1]);
    }
}

static struct bench_options options_of(int argc, char **argv)
{
    struct bench_options options = {.runs = 5, .seconds = 1};
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1)
        take_option(&options, option, argv);
    if (optind < argc) wrong_usage("unexpected argument", argv[optind]);
    if (options.rows) check_rows(options.rows);
    return options;
}

/* One run of one contender; its value joins the series unless it is the warm-up. */
static void run_once(const struct bench_contender *c, struct bench_series *series, double seconds,
                     bool warm_up)
{
    struct bench_job job = {.seconds = seconds, .warm_up = warm_up};
    struct bench_result result = {0};
    if (series->status < 0) return;
    int status = c->run(c->arg, &job, &result);
    if (status < 0) {
        series->status = status;
        memcpy(series->why, job.why, sizeof series->why);
    } else if (!warm_up) {
        series->run[series->runs_n++] = result;
    }
}

static void keep_only(struct bench_row *row, const char *text)
{
    unsigned n = 0;
    for (unsigned i = 0; i < BENCH_CONTENDERS_MAX && row->contenders[i].name; i++)
        if (!text || strstr(row->contenders[i].name, text))
            row->contenders[n++] = row->contenders[i];
    if (n < BENCH_CONTENDERS_MAX) row->contenders[n].name = NULL;
}

static bool run_row(const struct bench_options *options, const struct bench_row *whole)
{
    struct bench_row row_of_some = *whole;
    const struct bench_row *row = &row_of_some;
    static struct bench_series series[BENCH_CONTENDERS_MAX];
    unsigned runs = row->once ? 1 : options->runs;
    keep_only(&row_of_some, options->only);
    if (!row->contenders[0].name) return true;
    memset(series, 0, sizeof series);
    for (unsigned run = row->once ? 1 : 0; run <= runs; run++) {
        double seconds = run == 0 ? options->seconds * WARM_UP_SHARE : options->seconds;
        for (unsigned i = 0; i < BENCH_CONTENDERS_MAX && row->contenders[i].name; i++)
            run_once(&row->contenders[i], &series[i], seconds, run == 0);
    }
    report_row(options, row, series);
    bool good = true;
    for (unsigned i = 0; i < BENCH_CONTENDERS_MAX && row->contenders[i].name; i++)
        good = good && (series[i].status == 0 || series[i].status == -ENOTSUP);
    return good;
}

int main(int argc, char **argv)
{
    struct bench_options options = options_of(argc, argv);
    bool good = true;
    pattern_init();
    netns_enter();
    bench_pin(0);
    report_begin(&options);
    for (const struct bench_row *row = bench_rows; row->id; row++)
        if (is_selected(&options, row)) good = run_row(&options, row) && good;
    report_end(&options, !good);
    return good ? 0 : 1;
}
