/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets, both ways: what packetdrill injects, and what the stack has sent until packetdrill takes
 * it, each with its instant.
 *
 * The stack is allowed super-packets, as Linux has them on the device that packetdrill makes for
 * it: one line of a script is then one packet, and the pushes are where Linux has them. Their
 * transport checksum is the driver's work, done here.
 *
 * What is left when the script ends was expected by no line. packetdrill itself would not notice,
 * and a script that says "nothing is sent" would prove nothing.
 */
#include "world.h"

#include <bonnet/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_MAX (1000 * BONNET_S) /* longer than any script waits for a packet */

static void complete_checksum(struct frame *f, const struct bonnet_tx *tx)
{
    uint8_t *at = f->bytes + tx->csum_start + tx->csum_offset;
    uint32_t sum = bonnet_host_checksum()(f->bytes + tx->csum_start, f->len - tx->csum_start);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    uint16_t folded = (uint16_t)~sum;
    memcpy(at, &folded, sizeof folded);
}

void frames_keep(struct world *w, const struct bonnet_tx *tx)
{
    struct frame *f = malloc(sizeof *f + tx->len);
    if (!f) abort();
    *f = (struct frame){.at = w->now, .len = tx->len, .reason = tx->reason};
    bonnet_tx_copy(tx, f->bytes, tx->len);
    if (tx->needs_checksum) complete_checksum(f, tx);
    *w->last = f;
    w->last = &f->next;
}

void frames_drop(struct world *w)
{
    struct frame *f = w->first;
    w->first = f->next;
    if (!w->first) w->last = &w->first;
    free(f);
}

static void say(const struct frame *f)
{
    struct bonnet_packet p;
    char line[512];
    static const struct bonnet_packet_style plain;
    bonnet_packet_parse(BONNET_IF_IP, f->bytes, (uint32_t)f->len, &p);
    bonnet_packet_print(&p, &plain, line, sizeof line);
    fprintf(stderr, "bonnet: no line expects this, sent at %.6f s: %s (%s)\n",
            (double)(f->at - WORLD_BEGIN) / (double)BONNET_S, line, bonnet_reason_text(f->reason));
}

/* Scripts end with what they are about, and often before the acknowledgment of the text that they
 * have sent for it. */
static bool is_a_matter_of_course(const struct frame *f)
{
    return f->reason == BONNET_R_SEND_ACK_NOW || f->reason == BONNET_R_SEND_ACK_DELAYED;
}

unsigned frames_report(const struct world *w)
{
    unsigned n = 0;
    for (const struct frame *f = w->first; f; f = f->next) {
        if (is_a_matter_of_course(f)) continue;
        say(f);
        n++;
    }
    return n;
}

int slot_netdev_send(void *world, const void *packet, size_t len)
{
    struct world *w = world;
    world_enter(w);
    int64_t err = world_begin(w);
    if (!err) {
        struct bonnet_rx rx = {.data = packet, .len = (uint32_t)len};
        bonnet_input(w->bn, w->ifx, &rx); /* that it drops a packet is no failure */
        world_settle(w);
    }
    world_leave(w);
    return (int)give(err);
}

/* Lets time pass until a packet is there. False: none will be. */
static bool await_frame(struct world *w)
{
    bonnet_time until = w->now + SILENCE_MAX;
    while (!w->first)
        if (!world_step(w, until)) break;
    return w->first != NULL;
}

/* A failure would make packetdrill ask again for ever; a packet of no bytes ends the script. */
int slot_netdev_receive(void *world, void *packet, size_t *len, long long *at_us)
{
    struct world *w = world;
    world_enter(w);
    size_t room = *len;
    *len = 0;
    if (await_frame(w)) {
        const struct frame *f = w->first;
        *len = f->len < room ? f->len : room;
        memcpy(packet, f->bytes, *len);
        *at_us = (long long)(f->at / BONNET_US);
        frames_drop(w);
    } else {
        fprintf(stderr, "bonnet: a packet is expected, but none will be sent\n");
    }
    world_leave(w);
    return 0;
}
