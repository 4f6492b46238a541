/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transfers over an emulated path in virtual time: two stacks, one link, one or two flows that
 * always have something to send.
 *
 * Buffers are larger than any path here can hold, so that what is measured is recovery and
 * congestion control. Everything that happens follows from the path's words and the seed.
 */
#ifndef TESTS_PATHS_LIBPATH_H
#define TESTS_PATHS_LIBPATH_H

#include <bonnet/host.h>

#define PATH_FLOWS_MAX 2

struct path {
    const char *words; /* of the link, each way */
    const char *cc;    /* congestion control of all flows */
    unsigned flows;
    bonnet_time apart; /* from one flow's beginning to the next's */
    bonnet_time from;  /* bytes that arrive earlier do not count */
    bonnet_time until;
};

struct path_outcome {
    double mbit_s[PATH_FLOWS_MAX]; /* that the receiving program got */
    double resent;                 /* share of all segments with text, first flow */
};

void path_run(const struct path *p, struct path_outcome *out);

/* Jain's index of two rates: 1 if they are equal, 0.5 if one has all. */
double path_fairness(const struct path_outcome *o);

#endif
