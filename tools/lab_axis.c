/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Axes of charts: linear ones with ticks at 1, 2 or 5 times a power of ten, logarithmic ones with
 * ticks at the points that were measured. Without the mathematical library: a logarithm of twenty
 * bits is more than a screen can show.
 */
#include "lab_axis.h"

#include <stdio.h>

enum { TICKS_WANTED = 6, LOG_BITS = 20 };

/* The logarithm to the base of 2 of x >= 1, bit by bit: squaring doubles it. */
static double log_2(double x)
{
    double result = 0;
    double bit = 1;
    while (x >= 2) {
        x /= 2;
        result += 1;
    }
    for (int i = 0; i < LOG_BITS; i++) {
        x *= x;
        bit /= 2;
        if (x < 2) continue;
        x /= 2;
        result += bit;
    }
    return result;
}

/* The smallest of 1, 2, 5, 10, 20, ... times some power of ten that goes into max not too often. */
static double step_for(double max)
{
    static const double factors[] = {2, 2.5, 2};
    double step = 1;
    while (step * TICKS_WANTED > max)
        step /= 10;
    for (unsigned i = 0; step * TICKS_WANTED < max; i++)
        step *= factors[i % 3];
    return step;
}

void axis_from_zero(struct axis *a, double max)
{
    if (max <= 0) max = 1;
    double step = step_for(max);
    *a = (struct axis){.from = 0, .to = step};
    for (unsigned i = 0; i < AXIS_TICKS_MAX; i++) {
        a->ticks[a->ticks_n++] = a->to = step * i;
        if (a->to >= max && i > 0) return;
    }
}

static bool is_geometric(const int64_t *points, unsigned n)
{
    double least = 0;
    double most = 0;
    for (unsigned i = 1; i < n; i++) {
        if (points[i - 1] < 1 || points[i] <= points[i - 1]) return false;
        double ratio = (double)points[i] / (double)points[i - 1];
        if (i == 1 || ratio < least) least = ratio;
        if (i == 1 || ratio > most) most = ratio;
    }
    return n > 2 && least >= 1.4 && most <= 1.8 * least;
}

void axis_over(struct axis *a, const int64_t *points, unsigned n)
{
    if (!is_geometric(points, n)) {
        int64_t max = 0;
        for (unsigned i = 0; i < n; i++)
            if (points[i] > max) max = points[i];
        axis_from_zero(a, (double)max);
        return;
    }
    *a = (struct axis){
        .logarithmic = true,
        .from = (double)points[0],
        .to = (double)points[n - 1],
    };
    for (unsigned i = 0; i < n && i < AXIS_TICKS_MAX; i++)
        a->ticks[a->ticks_n++] = (double)points[i];
}

double axis_place(const struct axis *a, double value)
{
    if (a->logarithmic && value < a->from) value = a->from;
    double part = a->logarithmic ? log_2(value / a->from) / log_2(a->to / a->from)
                                 : (value - a->from) / (a->to - a->from);
    return a->start + part * a->span;
}

const char *axis_label(double value, char buf[AXIS_LABEL_ROOM])
{
    if (value >= 1e6)
        snprintf(buf, AXIS_LABEL_ROOM, "%.4gM", value / 1e6);
    else if (value >= 1e4)
        snprintf(buf, AXIS_LABEL_ROOM, "%.4gk", value / 1e3);
    else
        snprintf(buf, AXIS_LABEL_ROOM, "%.4g", value);
    return buf;
}
