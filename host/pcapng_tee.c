/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver that writes down what passes through it.
 *
 * Decides: when a frame is written and with which words. A frame that the stack sends is written
 * when the driver inside has taken it, with the reason it was sent for. A frame for the stack is
 * written when the stack has said what it thinks of it, with the instant at which it came; without
 * an opinion it is written before the next call to the driver inside, because until then its bytes
 * are valid.
 *
 * If the file hears the trace of the stack, comments also say why a connection was reset, and what
 * of a frame that was taken was not.
 *
 * A checksum that the stack left to the device is completed in the copy, so that readers find what
 * the wire will see. Super-frames are written as they are: that is what crossed this interface.
 *
 * Stamps are the stack's time. If that is the machine's own monotonic clock, they are moved to the
 * calendar once, at the first tick, so that captures can be laid beside logs; a virtual clock
 * begins in 1970 and its captures are the same in every run.
 */
#define _GNU_SOURCE
#include "frame.h"
#include "inner.h"
#include "pcapng.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct tee {
    struct bonnet_driver d;
    struct bonnet_driver *inner;
    struct bonnet_pcapng *file;
    uint32_t interface;
    bonnet_time now;
    bool has_epoch;
    uint64_t epoch;           /* ns, added to every stamp */
    struct bonnet_rx arrived; /* given to the stack, not yet written; data NULL: none */
    bonnet_time arrived_at;
    uint8_t *copy;
    uint32_t copy_room; /* bytes */
};

static struct tee *tee_of(struct bonnet_driver *d)
{
    return (struct tee *)d;
}

/* "sent: send_data: new text"; of a reset why, in place of that it was wanted. */
static void print_comment(char *text, size_t max, int reason, int cause)
{
    const char *verb = cause_verb(reason), *name = bonnet_reason_name(reason);
    if (cause)
        (void)snprintf(text, max, "%s: %s: reset: %s: %s", verb, name, bonnet_reason_name(cause),
                       bonnet_reason_text(cause));
    else
        (void)snprintf(text, max, "%s: %s: %s", verb, name, bonnet_reason_text(reason));
}

static void record(struct tee *t, struct bonnet_pcapng_frame frame, int reason, int cause)
{
    char comment[256];
    frame.interface = t->interface;
    frame.at += t->epoch;
    frame.whole_len = frame.len;
    if (reason != BONNET_R_NONE) {
        print_comment(comment, sizeof comment, reason, cause);
        frame.comment = comment;
    }
    bonnet_pcapng_write(t->file, &frame);
}

static bool make_room(struct tee *t, uint32_t len)
{
    if (len <= t->copy_room) return true;
    uint8_t *copy = realloc(t->copy, len);
    if (!copy) {
        pcapng_fail(t->file, -ENOMEM);
        return false;
    }
    t->copy = copy;
    t->copy_room = len;
    return true;
}

static void record_sent(struct tee *t, const struct bonnet_tx *frame)
{
    if (!make_room(t, frame->len)) return;
    if (frame->gso == BONNET_GSO_NONE)
        frame_gather(frame, t->copy);
    else
        frame_gather_raw(frame, t->copy);
    int cause =
        cause_of_reset(pcapng_cause(t->file), frame->reason, t->d.kind, t->copy, frame->len);
    struct bonnet_pcapng_frame sent = {
        .is_out = true, .at = t->now, .data = t->copy, .len = frame->len};
    record(t, sent, frame->reason, cause);
}

static void record_arrived(struct tee *t, int verdict)
{
    int reason = cause_of_frame(pcapng_cause(t->file), verdict);
    if (!t->arrived.data) return;
    struct bonnet_pcapng_frame arrived = {
        .at = t->arrived_at, .data = t->arrived.data, .len = t->arrived.len};
    record(t, arrived, reason, 0);
    t->arrived.data = NULL;
}

static int tee_input(struct bonnet_driver *d, const struct bonnet_tx *frame)
{
    struct tee *t = tee_of(d);
    record_arrived(t, BONNET_R_NONE);
    int r = t->inner->ops->input(t->inner, frame);
    if (r == 0) record_sent(t, frame);
    return r;
}

static int tee_output(struct bonnet_driver *d, struct bonnet_rx *frame)
{
    struct tee *t = tee_of(d);
    record_arrived(t, BONNET_R_NONE);
    int r = t->inner->ops->output(t->inner, frame);
    if (r == 1) {
        t->arrived = *frame;
        t->arrived_at = t->now;
        cause_begin(pcapng_cause(t->file));
    }
    return r;
}

static void tee_verdict(struct bonnet_driver *d, const struct bonnet_rx *frame, int reason)
{
    struct tee *t = tee_of(d);
    record_arrived(t, reason);
    inner_verdict(t->inner, frame, reason);
}

static uint64_t ns_of(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (uint64_t)at.tv_sec * BONNET_S + (uint64_t)at.tv_nsec;
}

/* How far the calendar is ahead of the clock that says now; 0 if that is not this machine's. */
static uint64_t epoch_of(bonnet_time now)
{
    uint64_t monotonic = ns_of(CLOCK_MONOTONIC);
    if (now > monotonic || monotonic - now > BONNET_S) return 0;
    return ns_of(CLOCK_REALTIME) - monotonic;
}

static void tee_tick(struct bonnet_driver *d, bonnet_time now)
{
    struct tee *t = tee_of(d);
    record_arrived(t, BONNET_R_NONE);
    if (!t->has_epoch) t->epoch = epoch_of(now);
    t->has_epoch = true;
    t->now = now;
    inner_tick(t->inner, now);
}

static bonnet_time tee_deadline(const struct bonnet_driver *d)
{
    return inner_deadline(((const struct tee *)d)->inner);
}

static int tee_fd(const struct bonnet_driver *d)
{
    return inner_fd(((const struct tee *)d)->inner);
}

static void tee_free(struct bonnet_driver *d)
{
    struct tee *t = tee_of(d);
    record_arrived(t, BONNET_R_NONE);
    pcapng_release(t->file);
    bonnet_driver_free(t->inner);
    free(t->copy);
    free(t);
}

static const struct bonnet_driver_ops tee_ops = {
    .name = "pcapng",
    .input = tee_input,
    .output = tee_output,
    .verdict = tee_verdict,
    .tick = tee_tick,
    .deadline = tee_deadline,
    .fd = tee_fd,
    .free = tee_free,
};

static int tee_new(struct bonnet_pcapng *p, struct bonnet_driver *inner, struct tee **out)
{
    int interface = pcapng_driver_add(p, inner);
    if (interface < 0) return interface;
    struct tee *t = calloc(1, sizeof *t);
    if (!t) return -ENOMEM;
    t->d = inner_head(inner, &tee_ops);
    t->inner = inner;
    t->file = p;
    t->interface = (uint32_t)interface;
    pcapng_hold(p);
    *out = t;
    return 0;
}

int bonnet_pcapng_wrap(struct bonnet_pcapng *p, struct bonnet_driver *inner,
                       struct bonnet_driver **out)
{
    struct tee *t;
    int r = p && inner && out ? tee_new(p, inner, &t) : -EINVAL;
    if (r < 0) {
        bonnet_driver_free(inner);
        return r;
    }
    *out = &t->d;
    return 0;
}
