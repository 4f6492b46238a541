/* SPDX-License-Identifier: BSD-2-Clause */
/* One or two flows over a street, each from a kernel's socket or from bonnet's. */
#ifndef BENCH_PATHS_TRANSFER_H
#define BENCH_PATHS_TRANSFER_H

#include <bonnet/types.h>
#include <stdbool.h>

#define TRANSFER_FLOWS_MAX 2

struct transfer {
    const char *words; /* of the link */
    const char *cc;
    unsigned flows;
    bool by_bonnet[TRANSFER_FLOWS_MAX]; /* at most one */
    bonnet_time apart;                  /* from one flow's beginning to the next's */
    bonnet_time from, until;            /* what arrives between counts */
};

struct transfer_outcome {
    double mbit_s[TRANSFER_FLOWS_MAX];
    double resent; /* share of segments, first flow */
};

/* Takes as long as it says. 0 or -errno. */
int transfer_run(const struct transfer *t, struct transfer_outcome *out);

/* Jain's index of two rates. */
double transfer_fairness(const struct transfer_outcome *o);

#endif
