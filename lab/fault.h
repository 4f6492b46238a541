/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that a scenario asks for: which packets they mean, and what shall happen to those.
 *
 * Pure: packets come in as values, a verdict comes out; who has the frames acts on it.
 */
#ifndef LAB_FAULT_H
#define LAB_FAULT_H

#include "scenario.h"

#include <bonnet/packet.h>

/* A fault, and how many packets it has met so far that it is about. */
struct fault {
    struct lab_fault what;
    unsigned seen;
};

struct faults {
    struct fault *all; /* in the order of their lines */
    unsigned n, room;
};

/* What shall happen to one packet: several faults may mean the same one. */
struct fault_verdict {
    bool drop, corrupt, duplicate;
    bonnet_time hold; /* ns; 0: not at all */
    lab_name record;  /* keep a copy under this name; "": none */
};

void faults_fini(struct faults *f);

/* From now on. 0 or -ENOMEM. */
int faults_add(struct faults *f, const struct lab_fault *what);

/* The host sends this packet: every fault counts it, those that are over are forgotten. */
struct fault_verdict faults_meet(struct faults *f, unsigned host, const struct bonnet_packet *p);

#endif
