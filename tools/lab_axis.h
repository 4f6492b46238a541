/* SPDX-License-Identifier: BSD-2-Clause */
/* Where numbers stand along the edge of a chart, and which of them are written there. */
#ifndef TOOLS_LAB_AXIS_H
#define TOOLS_LAB_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AXIS_TICKS_MAX  32
#define AXIS_LABEL_ROOM 24

struct axis {
    bool logarithmic;
    double from, to;    /* values at its ends */
    double start, span; /* place of from, and how far it is from there to the end;
                           may be negative */
    unsigned ticks_n;
    double ticks[AXIS_TICKS_MAX];
};

/* An axis from 0 past max, with some round ticks. */
void axis_from_zero(struct axis *a, double max);

/* An axis over n points that ascend: logarithmic, and with the points as ticks, if each is about as
 * many times the one before as everywhere; else linear from 0. */
void axis_over(struct axis *a, const int64_t *points, unsigned n);

/* Where a value stands. */
double axis_place(const struct axis *a, double value);

/* "500", "64k", "1.5M". Returns buf. */
const char *axis_label(double value, char buf[AXIS_LABEL_ROOM]);

#endif
