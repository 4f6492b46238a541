/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wires of the kernel's world: this process carries each packet from one TUN device to the
 * other.
 *
 * So it sees all of them, each for itself (the devices offer no super-frames), can be slow or lossy
 * like any emulated link, and can be cut. A packet is told of when its host sends it. What becomes
 * of it the scenario's faults and the link decide; the link's statistics tell what it did. Writing
 * a packet to a device runs the receiver's whole stack before it returns; what changed there was
 * changed by this packet.
 *
 * Only IPv4 is carried: what a namespace says in IPv6 to find out about its surroundings belongs to
 * no story.
 */
#include "kernel_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Packets taken from a device before another one's turn comes. */
#define BURST 64

#define TOGETHER (500 * BONNET_US)

/* ---- captures: what a tee around a driver writes, without a driver ---- */

/* Takes what the host sends, and gives what the host gets, from the tee's point of view. */
struct mirror {
    struct bonnet_driver d;
    struct kernel_end *end;
};

static int mirror_input(struct bonnet_driver *d, const struct bonnet_tx *frame)
{
    (void)d;
    (void)frame;
    return 0;
}

static int mirror_output(struct bonnet_driver *d, struct bonnet_rx *frame)
{
    *frame = ((struct mirror *)(void *)d)->end->mirrored;
    return 1;
}

static void mirror_free(struct bonnet_driver *d)
{
    free(d);
}

static const struct bonnet_driver_ops mirror_ops = {
    .name = "mirror",
    .input = mirror_input,
    .output = mirror_output,
    .free = mirror_free,
};

/* The interface is named after the way it leads, as people ask for it: "client-server". */
static int capture_init(struct kernel_world *k, struct kernel_end *end)
{
    struct bonnet_pcapng *file = k->hosts[end->host].capture;
    const struct lab_host *hosts = k->config.scenario->hosts;
    char name[2 * LAB_NAME_MAX];
    if (!file) return 0;
    struct mirror *m = calloc(1, sizeof *m);
    if (!m) return -ENOMEM;
    m->d.ops = &mirror_ops;
    m->d.kind = BONNET_IF_IP;
    m->d.mtu = end->tun->mtu;
    (void)snprintf(name, sizeof name, "%s-%s", hosts[end->host].name,
                   hosts[kernel_other_end(end)->host].name);
    memcpy(m->d.name, name, sizeof m->d.name - 1);
    m->end = end;
    return bonnet_pcapng_wrap(file, &m->d, &end->tee);
}

static struct bonnet_tx tx_of(const struct bonnet_rx *frame)
{
    struct bonnet_tx tx = {.len = frame->len, .slices_n = 1};
    tx.slices[0] = (struct bonnet_slice){.data = frame->data, .len = frame->len};
    return tx;
}

static void capture_sent(struct kernel_end *end, const struct bonnet_rx *frame)
{
    if (!end->tee) return;
    struct bonnet_tx tx = tx_of(frame);
    end->tee->ops->tick(end->tee, bonnet_host_now());
    (void)end->tee->ops->input(end->tee, &tx);
}

static void capture_arrived(struct kernel_end *end, const struct bonnet_rx *frame)
{
    if (!end->tee) return;
    struct bonnet_rx out;
    end->mirrored = *frame;
    end->tee->ops->tick(end->tee, bonnet_host_now());
    if (end->tee->ops->output(end->tee, &out) == 1) end->tee->ops->verdict(end->tee, &out, 0);
}

/* ---- the way of a packet ---- */

enum lab_fate kernel_carry(const struct kernel_end *from, const struct bonnet_rx *frame)
{
    struct bonnet_link_stats before, after;
    struct bonnet_tx tx = tx_of(frame);
    if (bonnet_link_stats(from->wire, 0, &before) < 0) return LAB_FATE_LOST;
    if (from->wire->ops->input(from->wire, &tx) < 0) return LAB_FATE_LOST;
    if (bonnet_link_stats(from->wire, 0, &after) < 0) return LAB_FATE_LOST;
    if (after.lost > before.lost || after.overflowed > before.overflowed) return LAB_FATE_LOST;
    if (after.corrupted > before.corrupted) return LAB_FATE_CORRUPTED;
    if (after.duplicated > before.duplicated) return LAB_FATE_DUPLICATED;
    return LAB_FATE_PASSES;
}

static uint32_t base_of(const struct flow *flow)
{
    return flow ? flow->iss : 0;
}

static void tell(struct kernel_world *k, const struct bonnet_rx *frame, struct lab_event *e)
{
    struct bonnet_packet p;
    bonnet_packet_parse(BONNET_IF_IP, frame->data, frame->len, &p);
    bool sent = e->kind == LAB_EVENT_PACKET;
    e->at = kernel_now(&k->world);
    e->scenario = k->config.scenario;
    e->subject.local = sent ? p.from : p.to;
    e->subject.remote = sent ? p.to : p.from;
    e->wire.packet = &p;
    e->wire.frame = frame->data;
    e->wire.len = frame->len;
    if (sent && e->wire.fate != LAB_FATE_FORGED) (void)flows_note(&k->flows, &p);
    e->wire.seq_base = base_of(flows_find(&k->flows, &p.from, &p.to));
    e->wire.ack_base = base_of(flows_find(&k->flows, &p.to, &p.from));
    if (k->config.sink) k->config.sink(k->config.sink_ctx, e);
    k->active_at = e->at;
}

void kernel_tell_sent(struct kernel_world *k, const struct kernel_end *from, unsigned host,
                      const struct bonnet_rx *frame, enum lab_fate fate)
{
    struct lab_event e = {.kind = LAB_EVENT_PACKET,
                          .host = host,
                          .wire = {.to = kernel_other_end(from)->host, .fate = fate}};
    tell(k, frame, &e);
}

static bool is_ip4(const struct bonnet_rx *frame)
{
    return frame->len > 0 && *(const uint8_t *)frame->data >> 4 == 4;
}

/* From the device onto the wire. 1: there may be more. */
static int take_sent(struct kernel_world *k, struct kernel_end *from)
{
    for (unsigned i = 0; from->tun && i < BURST; i++) {
        struct bonnet_rx frame;
        int r = from->tun->ops->output(from->tun, &frame);
        if (r <= 0) return r;
        if (!is_ip4(&frame)) continue;
        capture_sent(from, &frame);
        kernel_tell_sent(k, from, from->host, &frame, kernel_meet_fate(k, from, &frame));
    }
    return from->tun != NULL;
}

/* "[F.]", or what kind of packet it is. */
static void describe(const struct bonnet_rx *frame, char *buf, size_t max)
{
    struct bonnet_packet p;
    char flags[10];
    bonnet_packet_parse(BONNET_IF_IP, frame->data, frame->len, &p);
    const char *what = p.kind == BONNET_PACKET_ICMP ? "ICMP" : "packet";
    if (p.kind == BONNET_PACKET_TCP) what = bonnet_packet_flags(p.flags, flags);
    (void)snprintf(buf, max, "[%s]", what);
}

static int deliver(struct kernel_world *k, struct kernel_end *to, const struct bonnet_rx *frame)
{
    char by[16];
    struct bonnet_tx tx = tx_of(frame);
    bool is_cut = kernel_leads_nowhere(kernel_other_end(to));
    struct lab_event e = {
        .kind = is_cut ? LAB_EVENT_DROP : LAB_EVENT_ARRIVAL,
        .host = to->host,
        .wire = {.to = to->host, .fate = is_cut ? LAB_FATE_CUT : LAB_FATE_PASSES},
    };
    tell(k, frame, &e);
    if (is_cut) return 0;
    capture_arrived(to, frame);
    int r = to->tun->ops->input(to->tun, &tx);
    if (r < 0) return r;
    k->active_at = kernel_now(&k->world);
    describe(frame, by, sizeof by);
    return kernel_watch(k, to->host, LAB_BY_PACKET, by);
}

/* From the wire to the device: those whose time has come, and after each of them what its receiver
 * answers at once. 1: there were some. */
static int give_arrived(struct kernel_world *k, struct kernel_end *to)
{
    struct bonnet_rx frame;
    int any = 0;
    while (to->wire->ops->output(to->wire, &frame) == 1) {
        int r = deliver(k, to, &frame);
        if (r >= 0) r = take_sent(k, to);
        if (r < 0) return r;
        any = 1;
    }
    return any;
}

/* Once a packet is due, those that are due a moment later come with it: what begins at one instant
 * in a story arrives in the order of the links, however long the calls have taken. */
static void tick_wires(struct kernel_world *k)
{
    bonnet_time now = kernel_now(&k->world);
    if (kernel_wire_deadline(k) <= now) now += TOGETHER;
    if (now > k->wires_at) k->wires_at = now;
    for (unsigned i = 0; i < k->config.scenario->links_n; i++) {
        struct bonnet_driver *wire = k->links[i].ends[0].wire;
        wire->ops->tick(wire, k->wires_at); /* both ways */
    }
}

int kernel_wire_turn(struct kernel_world *k)
{
    int delivered = 0, moved;
    do {
        moved = 0;
        tick_wires(k);
        kernel_held_release(k);
        for (unsigned i = 0; i < 2 * k->config.scenario->links_n; i++) {
            struct kernel_end *end = &k->links[i / 2].ends[i % 2];
            int given = give_arrived(k, end);
            int taken = given < 0 ? given : take_sent(k, end);
            if (taken < 0) return taken;
            moved |= taken | given;
            delivered |= given;
        }
    } while (moved);
    k->has_news = false;
    return delivered;
}

bonnet_time kernel_wire_deadline(const struct kernel_world *k)
{
    bonnet_time earliest = kernel_held_deadline(k);
    for (unsigned i = 0; i < 2 * k->config.scenario->links_n; i++) {
        const struct bonnet_driver *wire = k->links[i / 2].ends[i % 2].wire;
        bonnet_time at = wire->ops->deadline(wire);
        if (at < earliest) earliest = at;
    }
    return earliest;
}

int kernel_cut(struct world *w, unsigned link, bool mend)
{
    struct kernel_world *k = (struct kernel_world *)(void *)w;
    k->links[link].is_cut = !mend;
    return 0;
}

int kernel_link_init(struct kernel_world *k, unsigned link)
{
    const struct lab_link *l = &k->config.scenario->links[link];
    struct kernel_end *ends = k->links[link].ends;
    struct bonnet_driver *wire[2];
    struct bonnet_wire_config config = {
        .size = sizeof config, .link = l->config, .kind = BONNET_IF_IP, .mtu = l->mtu};
    config.link.seed = k->config.seed + link;
    int r = bonnet_wire_pair(&config, wire);
    if (r < 0) return r;
    for (unsigned side = 0; side < 2; side++) {
        ends[side].wire = wire[side];
        int err = capture_init(k, &ends[side]);
        if (err < 0) r = err;
    }
    return r;
}

void kernel_link_fini(struct kernel_link *l)
{
    for (unsigned side = 0; side < 2; side++) {
        bonnet_driver_free(l->ends[side].wire);
        bonnet_driver_free(l->ends[side].tee);
        bonnet_driver_free(l->ends[side].tun);
    }
}
