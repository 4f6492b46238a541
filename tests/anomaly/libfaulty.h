/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver around another one, whose calls go wrong when they are told to.
 */
#ifndef BONNET_TESTS_ANOMALY_LIBFAULTY_H
#define BONNET_TESTS_ANOMALY_LIBFAULTY_H

#include <bonnet/host.h>

enum fault {
    FAULT_AGAIN, /* a frame from the stack: -EAGAIN; for it: nothing yet */
    FAULT_DROP,  /* the frame is lost, and nobody is told */
    FAULT_ERROR, /* -EIO */
    FAULTS,
};

/* What goes wrong, and what was seen: stays the caller's. */
struct faulty_plan {
    enum fault fault;
    uint64_t from, n; /* the calls that go wrong: the first one, from 1; 0: none */
    uint64_t calls;   /* input and output so far */
    uint64_t done;    /* how many went wrong */
};

/* Takes inner over, also when it fails: NULL. */
struct bonnet_driver *faulty_wrap(struct faulty_plan *plan, struct bonnet_driver *inner);

#endif
