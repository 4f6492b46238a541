/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a frame is what it is: the reason that belongs to it, found in the trace of its stack where
 * the frame's own says too little.
 *
 * A reset that we send says "the program or the stack ended the connection"; which of the dozen
 * reasons for that it was, the trace told some time before. A frame that was taken may still have
 * ended a connection, or have something in it that was not taken: the trace tells while it is
 * taken.
 */
#ifndef BONNET_HOST_CAUSE_H
#define BONNET_HOST_CAUSE_H

#include <bonnet/host.h>

#define CAUSE_ENDS_MAX 16 /* connections ended whose reset may still be to come */

struct cause {
    struct bonnet_tracer tracer; /* to be added to the stack */
    bool is_hearing;             /* a frame is being taken */
    int heard;                   /* the reason that was given meanwhile; 0: none */
    unsigned ended;              /* counts connections that we ended; the last are in ends */
    struct {
        struct bonnet_endpoint local, remote;
        int reason;
    } ends[CAUSE_ENDS_MAX];
};

void cause_init(struct cause *c);

/* A frame is about to be taken. */
void cause_begin(struct cause *c);

/* It was, with that verdict: the reason that belongs to it, 0 if there is none. */
int cause_of_frame(struct cause *c, int verdict);

/* The reason for which we ended the connection of a reset that goes out, 0 if it is none, or not
 * known. reason: for which the frame is sent; data: the frame, or at least its headers. */
int cause_of_reset(const struct cause *c, int reason, enum bonnet_if_kind kind, const void *data,
                   uint32_t len);

/* "sent", "dropped", "reset", "note" */
const char *cause_verb(int reason);

#endif
