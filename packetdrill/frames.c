/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets, both ways: what packetdrill injects, and what the stack has sent until packetdrill takes
 * it, each with its instant.
 *
 * The stack is allowed super-packets, so that it bursts and pushes where Linux does on a device of
 * its own; they are cut here, as such a device would. packetdrill puts segments together where a
 * line has more text than one, and so both kinds of scripts pass, those that list segments and
 * those that do not.
 *
 * What is left when the script ends was expected by no line. packetdrill itself would not notice,
 * and a script that says "nothing is sent" would prove nothing.
 */
#include "world.h"

#include <bonnet/packet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_MAX (1000 * BONNET_S) /* longer than any script waits for a packet */

static uint16_t folded(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint32_t sum_of(const uint8_t *p, size_t len)
{
    uint32_t sum = bonnet_host_checksum()(p, len);
    return (sum & 0xffff) + (sum >> 16);
}

static struct frame *add(struct world *w, size_t len, int reason)
{
    struct frame *f = malloc(sizeof *f + len);
    if (!f) abort();
    *f = (struct frame){.at = w->now, .len = len, .reason = reason};
    *w->last = f;
    w->last = &f->next;
    return f;
}

static void put16(uint8_t *at, size_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

/* Length and checksums of an IPv4 packet with a TCP segment at tcp. */
static void complete(struct frame *f, size_t tcp)
{
    uint8_t pseudo[4] = {0, IPPROTO_TCP};
    uint8_t *ip_sum = f->bytes + 10, *tcp_sum = f->bytes + tcp + 16;
    put16(f->bytes + 2, f->len);
    memset(ip_sum, 0, 2);
    memset(tcp_sum, 0, 2);
    put16(pseudo + 2, f->len - tcp);
    uint16_t ip = folded(sum_of(f->bytes, tcp));
    uint16_t all = folded(sum_of(f->bytes + 12, 8) + sum_of(pseudo, sizeof pseudo) +
                          sum_of(f->bytes + tcp, f->len - tcp));
    memcpy(ip_sum, &ip, sizeof ip);
    memcpy(tcp_sum, &all, sizeof all);
}

/* The part of a super-packet that begins with octet `from` of its text. */
static void cut(struct world *w, const struct bonnet_tx *tx, const uint8_t *whole, size_t from)
{
    size_t left = tx->len - tx->header_len - from, tcp = tx->csum_start;
    size_t n = left < tx->gso_size ? left : tx->gso_size;
    struct frame *f = add(w, tx->header_len + n, tx->reason);
    memcpy(f->bytes, whole, tx->header_len);
    memcpy(f->bytes + tx->header_len, whole + tx->header_len + from, n);
    const uint8_t *seq = whole + tcp + 4;
    uint32_t first =
        (uint32_t)seq[0] << 24 | (uint32_t)seq[1] << 16 | (uint32_t)seq[2] << 8 | seq[3];
    put16(f->bytes + tcp + 4, (first + from) >> 16 & 0xffff);
    put16(f->bytes + tcp + 6, (first + from) & 0xffff);
    uint8_t *flags = f->bytes + tcp + 13;
    if (n < left) *flags &= (uint8_t) ~(BONNET_FIN | BONNET_PSH);
    if (from > 0) *flags &= (uint8_t)~BONNET_CWR;
    complete(f, tcp);
}

static void keep_super(struct world *w, const struct bonnet_tx *tx)
{
    uint8_t whole[UINT16_MAX];
    if (bonnet_tx_copy(tx, whole, sizeof whole) < 0) abort();
    for (size_t from = 0; from < tx->len - tx->header_len; from += tx->gso_size)
        cut(w, tx, whole, from);
}

void frames_keep(struct world *w, const struct bonnet_tx *tx)
{
    if (tx->gso != BONNET_GSO_NONE) {
        keep_super(w, tx);
        return;
    }
    struct frame *f = add(w, tx->len, tx->reason);
    bonnet_tx_copy(tx, f->bytes, f->len);
    if (!tx->needs_checksum) return;
    uint16_t sum = folded(sum_of(f->bytes + tx->csum_start, f->len - tx->csum_start));
    memcpy(f->bytes + tx->csum_start + tx->csum_offset, &sum, sizeof sum);
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

/* Scripts end with what they are about, and often before the acknowledgment of what they have sent
 * for it. A challenge is none. */
static bool is_a_matter_of_course(const struct frame *f)
{
    return f->reason == BONNET_R_SEND_ACK_NOW || f->reason == BONNET_R_SEND_ACK_DELAYED ||
           f->reason == BONNET_R_SEND_ACK_DUP;
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
