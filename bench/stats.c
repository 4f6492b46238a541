/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Order statistics. The median and not the mean: one run disturbed by a neighbour must not move it.
 */
#include "bench.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts values in place. Between two of them it is the mean of the neighbours in proportion. */
double stats_quantile(double *values, size_t n, double p)
{
    if (n == 0) return 0;
    qsort(values, n, sizeof *values, compare);
    double at = p * (double)(n - 1);
    size_t below = (size_t)at;
    size_t above = below + 1 < n ? below + 1 : below;
    return values[below] + (values[above] - values[below]) * (at - (double)below);
}

double series_quantile(const struct bench_series *series, double p)
{
    double values[BENCH_RUNS_MAX];
    for (unsigned i = 0; i < series->runs_n; i++)
        values[i] = series->run[i].value;
    return stats_quantile(values, series->runs_n, p);
}
