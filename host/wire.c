/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A wire within the process: two drivers joined by an emulated link.
 *
 * Decides: who owns the wire (both ends; it goes with the second) and what its ends say to their
 * stacks. Leaves to lane.c all that happens to a frame on the way.
 *
 * An end that offers checksums and super-frames hands them over as they are and vouches for them.
 * Where chance damages such a frame nobody may vouch for it, so that on a link that corrupts,
 * checksums are completed before. A wire whose far end is gone takes frames and forgets them, as a
 * cable does.
 *
 * A link without delay, rate and limit is not a queue but a ring of buffers: when it is full, input
 * says -EAGAIN, and the deadline is due as soon as there is room again.
 */
#include "frame.h"
#include "lane.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wire_end {
    struct bonnet_driver d;
    struct wire *wire;
    unsigned side; /* its index in ends, and in links of the one that it sends into */
    bool is_open;  /* not freed yet */
    bool refused;  /* input said -EAGAIN: the stack waits for room */
};

struct wire {
    struct lane links[2];
    struct wire_end ends[2];
};

static struct wire_end *end_of(struct bonnet_driver *d)
{
    return (struct wire_end *)d;
}

static struct wire_end *other(const struct wire_end *e)
{
    return &e->wire->ends[!e->side];
}

static struct lane *way_out(const struct wire_end *e)
{
    return &e->wire->links[e->side];
}

static struct lane *way_in(const struct wire_end *e)
{
    return &e->wire->links[!e->side];
}

static int wire_input(struct bonnet_driver *d, const struct bonnet_tx *frame)
{
    struct wire_end *e = end_of(d);
    struct lane *l = way_out(e);
    if (!other(e)->is_open) return 0;
    e->refused = lane_is_full(l);
    if (e->refused) return -EAGAIN;
    struct lane_frame *f = lane_reserve(l, frame->len);
    if (!f) {
        lane_refuse(l);
        return 0;
    }
    bool as_it_is = d->offload != 0 && l->config.corrupt <= 0;
    if (as_it_is)
        frame_gather_raw(frame, f->data);
    else
        frame_gather(frame, f->data);
    f->checksum_good = as_it_is && frame->needs_checksum;
    f->gso_size = frame->gso == BONNET_GSO_NONE ? 0 : frame->gso_size;
    lane_input(l, f);
    return 0;
}

static int wire_output(struct bonnet_driver *d, struct bonnet_rx *frame)
{
    const struct lane_frame *f = lane_output(way_in(end_of(d)));
    if (!f) return 0;
    frame->data = f->data;
    frame->len = f->len;
    frame->gso_size = f->gso_size;
    frame->checksum_good = f->checksum_good;
    return 1;
}

/* Both ways: the two ends may be served by loops of their own. */
static void wire_tick(struct bonnet_driver *d, bonnet_time now)
{
    lane_tick(&end_of(d)->wire->links[0], now);
    lane_tick(&end_of(d)->wire->links[1], now);
}

static bonnet_time wire_deadline(const struct bonnet_driver *d)
{
    const struct wire_end *e = (const struct wire_end *)d;
    if (e->refused && !lane_is_full(way_out(e))) return way_out(e)->now;
    return lane_deadline(way_in(e));
}

static void wire_free(struct bonnet_driver *d)
{
    struct wire_end *e = end_of(d);
    e->is_open = false;
    if (other(e)->is_open) return;
    lane_fini(&e->wire->links[0]);
    lane_fini(&e->wire->links[1]);
    free(e->wire);
}

static const struct bonnet_driver_ops wire_ops = {
    .name = "wire",
    .input = wire_input,
    .output = wire_output,
    .tick = wire_tick,
    .deadline = wire_deadline,
    .free = wire_free,
};

static void end_init(struct wire *w, unsigned side, const struct bonnet_wire_config *config)
{
    struct wire_end *e = &w->ends[side];
    e->wire = w;
    e->side = side;
    e->is_open = true;
    e->d.ops = &wire_ops;
    e->d.kind = config->kind;
    e->d.mtu = config->mtu ? config->mtu : 1500;
    e->d.offload = config->offload;
    (void)snprintf(e->d.name, sizeof e->d.name, "wire%u", side);
    /* Locally administered: the wire has two stations, whoever they are. */
    const uint8_t mac[6] = {0x02, 'w', 'i', 'r', 'e', (uint8_t)(side + 1)};
    if (config->kind == BONNET_IF_ETHERNET) memcpy(e->d.mac, mac, sizeof mac);
}

static bool is_valid(const struct bonnet_wire_config *c)
{
    const uint32_t offload = BONNET_OFFLOAD_TX_CHECKSUM | BONNET_OFFLOAD_TX_GSO;
    bool kind = c->kind == BONNET_IF_ETHERNET || c->kind == BONNET_IF_IP;
    bool mtu = c->mtu == 0 || c->mtu >= 68;
    return c->size == sizeof *c && kind && mtu && (c->offload & ~offload) == 0;
}

int bonnet_wire_pair(const struct bonnet_wire_config *config, struct bonnet_driver *end[2])
{
    if (!config || !end || !is_valid(config)) return -EINVAL;
    int r = link_config_check(&config->link);
    if (r < 0) return r;
    struct wire *w = calloc(1, sizeof *w);
    if (!w) return -ENOMEM;
    for (unsigned side = 0; side < 2; side++) {
        lane_init(&w->links[side], &config->link, config->kind, side);
        end_init(w, side, config);
        end[side] = &w->ends[side].d;
    }
    return 0;
}

const struct bonnet_link_stats *link_wire_stats(const struct bonnet_driver *d, int direction)
{
    if (d->ops != &wire_ops) return NULL;
    const struct wire_end *e = (const struct wire_end *)d;
    return direction == 0 ? &way_out(e)->stats : &way_in(e)->stats;
}
