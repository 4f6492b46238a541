/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the benchmark share: a row, its contenders, one run's job and its result.
 *
 * A row is one question ("how fast is bulk at MTU 1500?"). Its contenders answer it in the same
 * process, one after the other, run after run, so that a machine that is slow this minute is slow
 * for all of them; only the ratio is a claim. The work of a row is written once and reaches a
 * contender through a small table of functions (duo.h for two stacks and a wire, solo.h for one
 * stack on a TAP device): same message sizes, same checks, same clock for everybody.
 *
 * A contender that cannot do a row returns -ENOTSUP with a sentence in job->why; anything else that
 * is negative is a failure, and the program then ends with status 1: a broken transfer has no rate.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_RUNS_MAX       99
#define BENCH_CONTENDERS_MAX 6
#define BENCH_WHY_MAX        160

/* Who a contender is, for the ratio: ours / the best rival. References and limits are shown only.
 */
enum bench_role { BENCH_OURS, BENCH_RIVAL, BENCH_REFERENCE, BENCH_LIMIT };

/* One run, as the row's work sees it. */
struct bench_job {
    double seconds;          /* how long the timed part shall last */
    bool warm_up;            /* its value is not used; every byte is compared */
    uint64_t runs_seed;      /* same for all contenders of one round */
    char why[BENCH_WHY_MAX]; /* out: the reason of a negative return, one sentence */
};

/* What one run measured. value is in the row's unit; the rest is for --json. */
struct bench_result {
    double value;
    double seconds;
    uint64_t bytes; /* bytes moved in the timed part; 0 where that is not the question */
    uint64_t count; /* round trips, connections or objects; 0 likewise */
};

struct bench_contender {
    const char *name;
    enum bench_role role;
    int (*run)(const void *arg, struct bench_job *job, struct bench_result *result);
    const void *arg;
};

struct bench_row {
    const char *id;        /* "B1"; a part after a point names a variant: "B5.1k" */
    const char *title;     /* at most 60 columns */
    const char *base_unit; /* of values, and in JSON: "bits_per_second" */
    const char *unit;      /* for people: "Gbit/s" */
    double scale;          /* and values are multiplied with this for them: 1e-9 */
    bool lower_is_better;
    bool once;            /* the answer is exact: no warm-up, one run */
    bool only_when_named; /* too large for every day: runs with --row or --full */
    const char *footnote; /* NULL: none */
    struct bench_contender contenders[BENCH_CONTENDERS_MAX]; /* ends with a NULL name */
};

struct bench_options {
    const char *rows; /* "B1,B4"; NULL: all */
    const char *only; /* contenders whose name has this in it; NULL: all */
    unsigned runs;
    double seconds;
    bool json;
    bool full;
};

/* The values of one contender over all runs of a row. */
struct bench_series {
    struct bench_result run[BENCH_RUNS_MAX];
    unsigned runs_n;
    int status; /* 0, -ENOTSUP or another -errno; why says more */
    char why[BENCH_WHY_MAX];
};

/* rows.c: every row there is, in the order of the table; ends with a NULL id. */
extern const struct bench_row bench_rows[];

/* report.c: the table for people and the document for programs. */
void report_begin(const struct bench_options *options);
void report_row(const struct bench_options *options, const struct bench_row *row,
                const struct bench_series *series);
void report_end(const struct bench_options *options, bool failed);

/* stats.c: order statistics of what a series measured. p is 0 to 1; 0.5 is the median. */
double stats_quantile(double *values, size_t n, double p);
double series_quantile(const struct bench_series *series, double p);

/* util.c: the clock, the cores, and a failure with its sentence (returns status). */
uint64_t bench_now_ns(void);
double bench_seconds_since(uint64_t start_ns);
uint64_t bench_cpu_ns(void); /* of this thread: user and system, not what others took meanwhile */
double bench_cpu_seconds_since(uint64_t start_ns);
void bench_pin(unsigned core);
void bench_unpin(void);
int bench_fail(struct bench_job *job, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
