/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An emulated link around any driver, both ways.
 *
 * Decides: when frames move between the two links and the driver inside. Leaves to lane.c what
 * happens to a frame on the way.
 *
 * Towards the device a frame is due in tick(), or at once in input(); a device that says "not now"
 * gets it again a little later, since nobody but this driver knows that it waits. From the device,
 * frames are taken over as soon as they are there, so that they queue in the link and not in the
 * device, a bounded number at a time.
 *
 * Each frame meets the link alone: the result offers no offload, coalesced frames of the device are
 * cut into those that a wire would have carried, and checksums that a device vouches for instead of
 * making them are made, because damage on the link must be found by the receiver.
 */
#include "frame.h"
#include "inner.h"
#include "lane.h"
#include <errno.h>
#include <stdlib.h>

/* Frames taken from the device in one go. */
#define WRAP_BURST 256

/* How long a device that said "not now" is left alone. */
#define WRAP_RETRY (200 * BONNET_US)

struct wrap {
    struct bonnet_driver d;
    struct bonnet_driver *inner;
    struct lane out, in;
    const struct lane_frame *held; /* lent by out, refused by the device so far */
    bonnet_time retry_at;          /* of held */
    int error;                     /* of the device, -errno, to be told by the next input; or 0 */
};

static struct wrap *wrap_of(struct bonnet_driver *d)
{
    return (struct wrap *)d;
}

static int offer(struct wrap *w, const struct lane_frame *f)
{
    struct bonnet_tx tx = {.len = f->len, .slices_n = 1};
    tx.slices[0] = (struct bonnet_slice){.data = f->data, .len = f->len};
    return w->inner->ops->input(w->inner, &tx);
}

/* Gives the device what has come through the link. */
static void drain_out(struct wrap *w)
{
    for (;;) {
        if (!w->held) w->held = lane_output(&w->out);
        if (!w->held) return;
        int r = offer(w, w->held);
        if (r == -EAGAIN) {
            w->retry_at = w->out.now + WRAP_RETRY;
            return;
        }
        if (r < 0) w->error = r;
        w->held = NULL;
    }
}

static int wrap_input(struct bonnet_driver *d, const struct bonnet_tx *frame)
{
    struct wrap *w = wrap_of(d);
    int error = w->error;
    w->error = 0;
    if (error < 0) return error;
    if (lane_is_full(&w->out)) return -EAGAIN;
    struct lane_frame *f = lane_reserve(&w->out, frame->len);
    if (f) {
        frame_gather(frame, f->data);
        lane_input(&w->out, f);
    } else {
        lane_refuse(&w->out);
    }
    drain_out(w);
    return 0;
}

static void take_whole(struct wrap *w, const struct bonnet_rx *frame, const struct frame_view *v)
{
    struct lane_frame *f = lane_reserve(&w->in, frame->len);
    if (!f) {
        lane_refuse(&w->in);
        return;
    }
    struct bonnet_tx tx = {.len = frame->len, .slices_n = 1};
    tx.slices[0] = (struct bonnet_slice){.data = frame->data, .len = frame->len};
    frame_gather_raw(&tx, f->data);
    if (v && frame->checksum_good) frame_checksum(f->data, v);
    lane_input(&w->in, f);
}

static void take_pieces(struct wrap *w, const struct bonnet_rx *frame, const struct frame_view *v)
{
    uint32_t text = v->end - v->text;
    for (uint32_t offset = 0; offset < text; offset += frame->gso_size) {
        struct lane_frame *f = lane_reserve(&w->in, v->text + frame->gso_size);
        if (!f) {
            lane_refuse(&w->in);
            continue;
        }
        f->len = frame_cut(frame, v, offset, f->data);
        lane_input(&w->in, f);
    }
}

static void take(struct wrap *w, const struct bonnet_rx *frame)
{
    struct frame_view v;
    bool known = frame_look(frame, w->d.kind, &v);
    if (known && v.protocol == 6 && frame->gso_size > 0 && v.end - v.text > frame->gso_size)
        take_pieces(w, frame, &v);
    else
        take_whole(w, frame, known ? &v : NULL);
}

static int drain_in(struct wrap *w)
{
    struct bonnet_rx frame;
    int r = 0;
    for (int n = 0; n < WRAP_BURST && !lane_is_full(&w->in); n++) {
        r = w->inner->ops->output(w->inner, &frame);
        if (r <= 0) break;
        take(w, &frame);
    }
    return r;
}

static int wrap_output(struct bonnet_driver *d, struct bonnet_rx *frame)
{
    struct wrap *w = wrap_of(d);
    const struct lane_frame *f = lane_output(&w->in);
    if (!f) {
        int r = drain_in(w);
        if (r < 0) return r;
        f = lane_output(&w->in);
    }
    if (!f) return 0;
    *frame = (struct bonnet_rx){.data = f->data, .len = f->len};
    return 1;
}

static void wrap_tick(struct bonnet_driver *d, bonnet_time now)
{
    struct wrap *w = wrap_of(d);
    inner_tick(w->inner, now);
    lane_tick(&w->in, now);
    lane_tick(&w->out, now);
    drain_out(w);
}

static bonnet_time earlier(bonnet_time a, bonnet_time b)
{
    return a < b ? a : b;
}

static bonnet_time wrap_deadline(const struct bonnet_driver *d)
{
    const struct wrap *w = (const struct wrap *)d;
    bonnet_time out = w->held ? w->retry_at : lane_deadline(&w->out);
    return earlier(inner_deadline(w->inner), earlier(out, lane_deadline(&w->in)));
}

static int wrap_fd(const struct bonnet_driver *d)
{
    return inner_fd(((const struct wrap *)d)->inner);
}

static void wrap_free(struct bonnet_driver *d)
{
    struct wrap *w = wrap_of(d);
    lane_fini(&w->out);
    lane_fini(&w->in);
    bonnet_driver_free(w->inner);
    free(w);
}

static const struct bonnet_driver_ops wrap_ops = {
    .name = "link",
    .input = wrap_input,
    .output = wrap_output,
    .tick = wrap_tick,
    .deadline = wrap_deadline,
    .fd = wrap_fd,
    .free = wrap_free,
};

static int wrap_new(const struct bonnet_link_config *config, struct bonnet_driver *inner,
                    struct wrap **out)
{
    int r = link_config_check(config);
    if (r < 0) return r;
    struct wrap *w = calloc(1, sizeof *w);
    if (!w) return -ENOMEM;
    w->d = inner_head(inner, &wrap_ops);
    w->d.offload = 0;
    w->inner = inner;
    lane_init(&w->out, config, inner->kind, 0);
    lane_init(&w->in, config, inner->kind, 1);
    *out = w;
    return 0;
}

int bonnet_link_wrap(const struct bonnet_link_config *config, struct bonnet_driver *inner,
                     struct bonnet_driver **out)
{
    struct wrap *w;
    int r = config && inner && out ? wrap_new(config, inner, &w) : -EINVAL;
    if (r < 0) {
        bonnet_driver_free(inner);
        return r;
    }
    *out = &w->d;
    return 0;
}

const struct bonnet_link_stats *link_wrap_stats(const struct bonnet_driver *d, int direction)
{
    if (d->ops != &wrap_ops) return NULL;
    const struct wrap *w = (const struct wrap *)d;
    return direction == 0 ? &w->out.stats : &w->in.stats;
}
