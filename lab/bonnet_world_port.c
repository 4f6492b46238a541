/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host's end of a link: a driver around the wire's end, in which the scenario's faults happen.
 *
 * Decides: what becomes of a frame between the stack that sends it and the wire, and tells the
 * timeline, once for each frame, at the instant of sending. Chance is the wire's; it decides when a
 * frame enters, so that the difference of its statistics tells the fate at once. Where several
 * things happen to one frame the timeline names the gravest: lost, damaged, late, doubled.
 *
 * A frame that is held waits here and enters the wire later, as it is; chance meets it then, and
 * that is not told. A cut link and a host without power swallow what is sent to them, and what was
 * on its way when it happened (bonnet_world_time.c).
 */
#include "bonnet_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bw_port *port_of(struct bonnet_driver *d)
{
    return (struct bw_port *)d;
}

/* ---- onto the wire ---- */

static struct bw_frame *copy_of(const struct bw_port *p, const struct bonnet_slice *f)
{
    struct bw_frame *copy = malloc(sizeof *copy + f->len);
    if (!copy) return NULL;
    *copy = (struct bw_frame){.link = p->link, .side = p->side, .len = f->len};
    memcpy(copy->data, f->data, f->len);
    return copy;
}

static bool leads_nowhere(const struct bw_world *w, unsigned link, unsigned side)
{
    const struct bw_link *l = &w->links[link];
    return l->is_cut || !w->hosts[l->host[!side]].bn;
}

void bw_wire_send(struct bw_world *w, unsigned link, unsigned side, const struct bonnet_slice *f)
{
    struct bonnet_driver *wire = w->links[link].port[side]->wire;
    const struct bonnet_tx tx = {.len = f->len, .slices_n = 1, .slices = {*f}};
    if (leads_nowhere(w, link, side)) return;
    w->moved = true;
    int r = wire->ops->input(wire, &tx);
    if (r < 0 && !w->error) w->error = r;
}

static struct bonnet_link_stats stats_of(const struct bw_port *p)
{
    struct bonnet_link_stats s = {0};
    (void)bonnet_link_stats(p->wire, 0, &s);
    return s;
}

/* What chance does to a frame that enters the wire. */
static enum lab_fate try_luck(struct bw_port *p, const struct bonnet_slice *f)
{
    const struct bonnet_link_stats before = stats_of(p);
    bw_wire_send(p->world, p->link, p->side, f);
    const struct bonnet_link_stats after = stats_of(p);
    if (after.lost + after.overflowed > before.lost + before.overflowed) return LAB_FATE_LOST;
    if (after.corrupted > before.corrupted) return LAB_FATE_CORRUPTED;
    if (after.duplicated > before.duplicated) return LAB_FATE_DUPLICATED;
    return LAB_FATE_PASSES;
}

static enum lab_fate pass(struct bw_port *p, const struct fault_verdict *v,
                          const struct bonnet_slice *f)
{
    enum lab_fate fate = try_luck(p, f);
    if (v->duplicate) bw_wire_send(p->world, p->link, p->side, f);
    if (v->corrupt) return LAB_FATE_CORRUPTED;
    return v->duplicate && fate == LAB_FATE_PASSES ? LAB_FATE_DUPLICATED : fate;
}

/* ---- held, recorded ---- */

static enum lab_fate hold(struct bw_port *p, const struct fault_verdict *v,
                          const struct bonnet_slice *f)
{
    struct bw_world *w = p->world;
    struct bw_frame *copy = copy_of(p, f), **at = &w->held;
    if (!copy) {
        w->error = -ENOMEM;
        return LAB_FATE_DROPPED;
    }
    copy->at = w->now + v->hold;
    while (*at && (*at)->at <= copy->at)
        at = &(*at)->next;
    copy->next = *at;
    *at = copy;
    return LAB_FATE_HELD;
}

bonnet_time bw_held_deadline(const struct bw_world *w)
{
    return w->held ? w->held->at : BONNET_NEVER;
}

void bw_held_release(struct bw_world *w)
{
    while (w->held && w->held->at <= w->now) {
        struct bw_frame *f = w->held;
        w->held = f->next;
        bw_wire_send(w, f->link, f->side, &(struct bonnet_slice){f->data, f->len});
        free(f);
    }
}

void bw_frames_free(struct bw_frame *list)
{
    while (list) {
        struct bw_frame *next = list->next;
        free(list);
        list = next;
    }
}

static struct bw_frame **recorded(struct bw_world *w, const char *name)
{
    struct bw_frame **at = &w->recorded;
    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

/* The last one of a name counts. */
static void record(struct bw_port *p, const char *name, const struct bonnet_slice *f)
{
    struct bw_world *w = p->world;
    struct bw_frame *copy = copy_of(p, f), **at = recorded(w, name);
    if (!copy) {
        w->error = -ENOMEM;
        return;
    }
    struct bw_frame *old = *at;
    memcpy(copy->name, name, sizeof copy->name);
    copy->next = old ? old->next : NULL;
    *at = copy;
    free(old);
}

int bw_replay(struct world *world, const char *name)
{
    struct bw_world *w = bw_of(world);
    const struct bw_frame *f = *recorded(w, name);
    if (!f) return -ENOENT;
    const struct bw_link *l = &w->links[f->link];
    struct bonnet_packet packet;
    bonnet_packet_parse(BONNET_IF_IP, f->data, f->len, &packet);
    const struct bw_sighting s = {.host = l->host[f->side],
                                  .to = l->host[!f->side],
                                  .fate = LAB_FATE_FORGED,
                                  .frame = {f->data, f->len}};
    bw_wire_send(w, f->link, f->side, &s.frame);
    bw_tell_sent(w, &packet, &s);
    return 0;
}

int bw_fault(struct world *w, const struct lab_fault *f)
{
    return faults_add(&bw_of(w)->faults, f);
}

/* ---- the driver ---- */

/* One bit of the last octet, which every checksum of a transport covers. */
static void damage(const struct bonnet_slice *f, uint8_t *data)
{
    if (f->len > 0) data[f->len - 1] ^= 1;
}

static enum lab_fate meet_fate(struct bw_port *p, const struct fault_verdict *v,
                               const struct bonnet_slice *f)
{
    if (leads_nowhere(p->world, p->link, p->side)) return LAB_FATE_CUT;
    if (v->drop) return LAB_FATE_DROPPED;
    if (v->corrupt) damage(f, p->world->frame);
    return v->hold ? hold(p, v, f) : pass(p, v, f);
}

/* Answers to strangers have no flow: a flood of forged SYNs shall not fill the table. */
static void note_flow(struct bw_world *w, const struct bonnet_packet *p)
{
    if (bw_host_of(w, &p->to.addr) == LAB_HOSTS_MAX) return;
    int r = flows_note(&w->flows, p);
    if (r < 0) w->error = r;
}

/* The timeline sees the packet as it was sent: the parsed value is older than the damage. */
static int port_input(struct bonnet_driver *d, const struct bonnet_tx *frame)
{
    struct bw_port *p = port_of(d);
    struct bw_world *w = p->world;
    const struct bw_link *l = &w->links[p->link];
    int len = bonnet_tx_copy(frame, w->frame, sizeof w->frame);
    if (len < 0) return len;
    struct bw_sighting s = {.host = l->host[p->side],
                            .to = l->host[!p->side],
                            .reason = frame->reason,
                            .frame = {w->frame, (uint32_t)len}};
    struct bonnet_packet packet;
    bonnet_packet_parse(BONNET_IF_IP, s.frame.data, s.frame.len, &packet);
    note_flow(w, &packet);
    const struct fault_verdict v = faults_meet(&w->faults, s.host, &packet);
    if (v.record[0]) record(p, v.record, &s.frame);
    s.fate = meet_fate(p, &v, &s.frame);
    bw_tell_sent(w, &packet, &s);
    return 0;
}

static int port_output(struct bonnet_driver *d, struct bonnet_rx *frame)
{
    struct bonnet_driver *wire = port_of(d)->wire;
    return wire->ops->output(wire, frame);
}

static void port_tick(struct bonnet_driver *d, bonnet_time now)
{
    struct bonnet_driver *wire = port_of(d)->wire;
    wire->ops->tick(wire, now);
}

static bonnet_time port_deadline(const struct bonnet_driver *d)
{
    const struct bonnet_driver *wire = ((const struct bw_port *)d)->wire;
    return wire->ops->deadline(wire);
}

static void port_free(struct bonnet_driver *d)
{
    bonnet_driver_free(port_of(d)->wire);
    free(d);
}

static const struct bonnet_driver_ops port_ops = {
    .name = "port",
    .input = port_input,
    .output = port_output,
    .tick = port_tick,
    .deadline = port_deadline,
    .free = port_free,
};

/* Named after the way it leads, as people ask for it: "client-server". */
static void name_port(struct bw_port *p)
{
    const struct bw_link *l = &p->world->links[p->link];
    const struct lab_host *hosts = p->world->scenario->hosts;
    char name[2 * LAB_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s-%s", hosts[l->host[p->side]].name,
                   hosts[l->host[!p->side]].name);
    memcpy(p->d.name, name, sizeof p->d.name);
    p->d.name[sizeof p->d.name - 1] = '\0';
}

int bw_port_new(struct bw_world *w, unsigned link, unsigned side, struct bonnet_driver *wire)
{
    struct bw_port *p = calloc(1, sizeof *p);
    if (!p) {
        bonnet_driver_free(wire);
        return -ENOMEM;
    }
    p->d = *wire;
    p->d.ops = &port_ops;
    p->world = w;
    p->link = link;
    p->side = side;
    p->wire = wire;
    name_port(p);
    w->links[link].port[side] = p;
    w->links[link].end[side] = &p->d;
    return 0;
}
