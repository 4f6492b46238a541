/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is printed: a table of a hundred columns for people, or one JSON document for programs.
 *
 * The ratio is ours over the best rival, or the inverse where less is better: above 1 is always in
 * our favour. JSON uses iperf3's names (start, end, sum_sent, bytes, seconds, bits_per_second) for
 * what iperf3 has too.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define NAME_WIDTH 26

static const char *const role_names[] = {
    [BENCH_OURS] = "ours",
    [BENCH_RIVAL] = "rival",
    [BENCH_REFERENCE] = "reference",
    [BENCH_LIMIT] = "limit",
};

static bool first_row = true; /* of the JSON list */

/* The processor as it names itself. */
static void processor_name(char *name, size_t max)
{
    char line[256];
    snprintf(name, max, "unknown processor");
    FILE *f = fopen("/proc/cpuinfo", "re");
    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        snprintf(name, max, "%.*s", (int)strcspn(colon + 2, "\"\\\n"), colon + 2);
        break;
    }
    if (f) fclose(f);
}

/* The best rival's median, or a negative number if none has one. */
static double best_rival(const struct bench_row *row, const struct bench_series *series)
{
    double best = -1;
    for (unsigned i = 0; i < BENCH_CONTENDERS_MAX && row->contenders[i].name; i++) {
        if (row->contenders[i].role != BENCH_RIVAL || series[i].runs_n == 0) continue;
        double median = series_quantile(&series[i], 0.5);
        bool better = row->lower_is_better ? median < best : median > best;
        if (best < 0 || better) best = median;
    }
    return best;
}

/* Above 1 in our favour; negative: there is nothing to compare. */
static double ratio_of(const struct bench_row *row, const struct bench_series *series, unsigned i)
{
    double rival = best_rival(row, series);
    if (row->contenders[i].role != BENCH_OURS || series[i].runs_n == 0 || rival <= 0) return -1;
    double ours = series_quantile(&series[i], 0.5);
    return row->lower_is_better ? rival / ours : ours / rival;
}

/* Four digits that mean something, in eleven columns. */
static void table_value(double value)
{
    int decimals = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : value >= 1 ? 3 : 5;
    printf("%11.*f ", decimals, value);
}

static void table_line(const struct bench_row *row, const struct bench_series *series, unsigned i)
{
    const struct bench_contender *c = &row->contenders[i];
    const struct bench_series *s = &series[i];
    printf("  %-*s", NAME_WIDTH, c->name);
    if (s->status < 0) {
        printf("%s %s\n", s->status == -ENOTSUP ? "not measured:" : "FAILED:", s->why);
        return;
    }
    table_value(series_quantile(s, 0.5) * row->scale);
    table_value(series_quantile(s, 0) * row->scale);
    table_value(series_quantile(s, 1) * row->scale);
    double ratio = ratio_of(row, series, i);
    if (ratio >= 0)
        printf(" %9.2f x\n", ratio);
    else
        printf(" %s\n", c->role == BENCH_RIVAL ? "" : role_names[c->role]);
}

static void table_row(const struct bench_row *row, const struct bench_series *series)
{
    printf("\n%-6s %s, %s%s\n", row->id, row->title, row->unit,
           row->lower_is_better ? " (less is better)" : "");
    for (unsigned i = 0; i < BENCH_CONTENDERS_MAX && row->contenders[i].name; i++)
        table_line(row, series, i);
    if (row->footnote) printf("  %s\n", row->footnote);
    fflush(stdout);
}

/* Text of ours, which has no control characters; quotes and backslashes are escaped. */
static void json_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

/* iperf3's sum of an interval or of the end. */
static void json_sum(const char *key, double seconds, uint64_t bytes)
{
    printf(",\"%s\":{\"start\":0,\"end\":%.6f,\"seconds\":%.6f,\"bytes\":%llu,"
           "\"bits_per_second\":%.0f}",
           key, seconds, seconds, (unsigned long long)bytes, (double)bytes * 8 / seconds);
}

static void json_run(const struct bench_result *r)
{
    printf("{\"value\":%.9g,\"seconds\":%.6f", r->value, r->seconds);
    if (r->count) printf(",\"count\":%llu", (unsigned long long)r->count);
    if (r->bytes && r->seconds > 0) json_sum("sum", r->seconds, r->bytes);
    putchar('}');
}

static void json_contender(const struct bench_row *row, const struct bench_series *series,
                           unsigned i)
{
    const struct bench_series *s = &series[i];
    printf("%s\n   {\"name\":", i ? "," : "");
    json_text(row->contenders[i].name);
    printf(",\"role\":\"%s\"", role_names[row->contenders[i].role]);
    if (s->status < 0) {
        printf(",\"%s\":", s->status == -ENOTSUP ? "not_measured" : "error");
        json_text(s->why);
        putchar('}');
        return;
    }
    printf(",\"median\":%.9g,\"min\":%.9g,\"max\":%.9g", series_quantile(s, 0.5),
           series_quantile(s, 0), series_quantile(s, 1));
    double ratio = ratio_of(row, series, i);
    if (ratio >= 0) printf(",\"ratio\":%.4f", ratio);
    double seconds = 0;
    uint64_t bytes = 0;
    printf(",\"intervals\":[");
    for (unsigned run = 0; run < s->runs_n; run++) {
        if (run) putchar(',');
        json_run(&s->run[run]);
        seconds += s->run[run].seconds;
        bytes += s->run[run].bytes;
    }
    printf("],\"end\":{\"runs\":%u", s->runs_n);
    if (bytes && seconds > 0) json_sum("sum_sent", seconds, bytes);
    printf("}}");
}

static void json_row(const struct bench_row *row, const struct bench_series *series)
{
    printf("%s\n  {\"id\":\"%s\",\"title\":", first_row ? "" : ",", row->id);
    first_row = false;
    json_text(row->title);
    printf(",\"unit\":");
    json_text(row->base_unit);
    printf(",\"lower_is_better\":%s", row->lower_is_better ? "true" : "false");
    if (row->footnote) {
        printf(",\"footnote\":");
        json_text(row->footnote);
    }
    printf(",\"contenders\":[");
    for (unsigned i = 0; i < BENCH_CONTENDERS_MAX && row->contenders[i].name; i++)
        json_contender(row, series, i);
    printf("]}");
    fflush(stdout);
}

void report_begin(const struct bench_options *options)
{
    struct utsname u;
    char processor[128];
    processor_name(processor, sizeof processor);
    uname(&u);
    if (options->json) {
        printf("{\"start\":{\"system_info\":");
        json_text(processor);
        printf(",\"kernel\":\"%s %s\",\"duration\":%g,\"runs\":%u},\n \"rows\":[", u.sysname,
               u.release, options->seconds, options->runs);
        return;
    }
    printf("%s, %s %s; %u runs of %g s each after one to warm up, contenders in turn\n", processor,
           u.sysname, u.release, options->runs, options->seconds);
    printf("%-*s%11s %11s %11s  %s\n", NAME_WIDTH + 2, "", "median", "min", "max",
           "to the best rival");
}

void report_row(const struct bench_options *options, const struct bench_row *row,
                const struct bench_series *series)
{
    if (options->json)
        json_row(row, series);
    else
        table_row(row, series);
}

void report_end(const struct bench_options *options, bool failed)
{
    if (options->json)
        printf("],\n \"failed\":%s}\n", failed ? "true" : "false");
    else if (failed)
        printf("\nAt least one contender FAILED: its figures above, if any, are void.\n");
}
