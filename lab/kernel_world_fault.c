/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scenario's faults on the kernel's packets: what happens to one between its host and the wire.
 *
 * Which packets are meant, fault.c knows. A packet that is held waits here and meets the link's
 * chance later; one that was recorded is kept for the rest of the run.
 */
#include "kernel_world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int kernel_fault(struct world *w, const struct lab_fault *f)
{
    return faults_add(&((struct kernel_world *)(void *)w)->faults, f);
}

static struct kernel_packet *copy_of(const struct kernel_end *from, const struct bonnet_rx *frame)
{
    struct kernel_packet *copy = malloc(sizeof *copy + frame->len);
    if (!copy) return NULL;
    copy->len = frame->len;
    copy->from = from;
    memcpy(copy->data, frame->data, frame->len);
    return copy;
}

static struct bonnet_rx rx_of(struct kernel_packet *p)
{
    return (struct bonnet_rx){.data = p->data, .len = p->len};
}

/* ---- held: a list by the instant at which they go on ---- */

static enum lab_fate hold(struct kernel_world *k, const struct kernel_end *from,
                          const struct bonnet_rx *frame, bonnet_time duration)
{
    struct kernel_packet **at = &k->held, *p = copy_of(from, frame);
    if (!p) return LAB_FATE_DROPPED;
    p->at = kernel_now(&k->world) + duration;
    while (*at && (*at)->at <= p->at)
        at = &(*at)->next;
    p->next = *at;
    *at = p;
    return LAB_FATE_HELD;
}

bonnet_time kernel_held_deadline(const struct kernel_world *k)
{
    return k->held ? k->held->at : BONNET_NEVER;
}

void kernel_held_release(struct kernel_world *k)
{
    while (k->held && k->held->at <= kernel_now(&k->world)) {
        struct kernel_packet *p = k->held;
        const struct bonnet_rx frame = rx_of(p);
        k->held = p->next;
        (void)kernel_carry(p->from, &frame);
        free(p);
    }
}

/* ---- recorded: the last one of a name counts ---- */

static struct kernel_packet **recorded(struct kernel_world *k, const char *name)
{
    struct kernel_packet **at = &k->recorded;
    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

static void record(struct kernel_world *k, const struct kernel_end *from,
                   const struct bonnet_rx *frame, const char *name)
{
    struct kernel_packet **at = recorded(k, name), *old = *at, *p = copy_of(from, frame);
    if (!p) return; /* a replay will say that nothing was recorded */
    memcpy(p->name, name, sizeof p->name);
    p->next = old ? old->next : NULL;
    *at = p;
    free(old);
}

int kernel_replay(struct world *w, const char *name)
{
    struct kernel_world *k = (struct kernel_world *)(void *)w;
    struct kernel_packet *p = *recorded(k, name);
    if (!p) return -ENOENT;
    const struct bonnet_rx frame = rx_of(p);
    kernel_tell_sent(k, p->from, p->from->host, &frame, LAB_FATE_FORGED);
    if (!kernel_leads_nowhere(p->from)) (void)kernel_carry(p->from, &frame);
    k->has_news = true;
    return 0;
}

/* ---- the fate of a packet ---- */

/* One bit of the last octet, which the transport's checksum covers. */
static enum lab_fate damage(const struct kernel_end *from, const struct bonnet_rx *frame)
{
    struct kernel_packet *p = copy_of(from, frame);
    if (!p) return LAB_FATE_DROPPED;
    p->data[p->len - 1] ^= 1;
    const struct bonnet_rx damaged = rx_of(p);
    (void)kernel_carry(from, &damaged);
    free(p);
    return LAB_FATE_CORRUPTED;
}

enum lab_fate kernel_meet_fate(struct kernel_world *k, const struct kernel_end *from,
                               const struct bonnet_rx *frame)
{
    struct bonnet_packet packet;
    bonnet_packet_parse(BONNET_IF_IP, frame->data, frame->len, &packet);
    const struct fault_verdict v = faults_meet(&k->faults, from->host, &packet);
    if (v.record[0]) record(k, from, frame, v.record);
    if (kernel_leads_nowhere(from)) return LAB_FATE_CUT;
    if (v.drop) return LAB_FATE_DROPPED;
    if (v.hold) return hold(k, from, frame, v.hold);
    enum lab_fate fate = v.corrupt ? damage(from, frame) : kernel_carry(from, frame);
    if (!v.duplicate) return fate;
    (void)kernel_carry(from, frame);
    return fate == LAB_FATE_PASSES ? LAB_FATE_DUPLICATED : fate;
}

static void free_list(struct kernel_packet *p)
{
    while (p) {
        struct kernel_packet *next = p->next;
        free(p);
        p = next;
    }
}

void kernel_faults_fini(struct kernel_world *k)
{
    faults_fini(&k->faults);
    free_list(k->held);
    free_list(k->recorded);
}
