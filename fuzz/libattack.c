/* SPDX-License-Identifier: BSD-2-Clause */
/* The attacker's eyes, its clock, and what it does to frames of others: see libattack.h. */
#include "libattack.h"
#include "base/bytes.h"
#include "wire/addr.h"
#include "wire/arp.h"

#define MEMORY_MAX (2u << 20) /* of each stack, bytes */

static bool watch(void *ctx, int from, const uint8_t *frame, uint32_t len);

void attack_init(struct attack *a, const struct attack_setting *set)
{
    memset(a, 0, sizeof(*a));
    a->mode = set->mode;
    world_init(&a->w, set->kind, MEMORY_MAX);
    struct bonnet *bn = a->w.host[0].bn;
    struct bonnet_endpoint tcp = {a->w.host[0].addr, ATTACK_LISTEN_PORT, 0};
    struct bonnet_endpoint udp = {a->w.host[0].addr, ATTACK_UDP_PORT, 0};
    a->listener = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    a->udp = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    check(a->listener >= 0 && a->udp >= 0);
    check(bonnet_bind(bn, a->listener, &tcp) == 0 && bonnet_listen(bn, a->listener, 4) == 0);
    check(bonnet_bind(bn, a->udp, &udp) == 0);
    stream_open(&a->stream, &a->w, set->bytes, set->rcvbuf);
    a->stream.exact = set->mode != ATTACK_FORGING;
    a->w.filter = watch;
    a->w.ctx = a;
}

void attack_fini(struct attack *a)
{
    for (uint32_t i = 0; i < a->history_n; i++)
        free(a->history[i].data);
    world_fini(&a->w);
}

uint8_t attack_u8(struct attack *a)
{
    if (a->left == 0) return 0;
    a->left--;
    return *a->program++;
}

uint16_t attack_u16(struct attack *a)
{
    uint16_t high = attack_u8(a);
    return (uint16_t)(high << 8 | attack_u8(a));
}

uint32_t attack_u32(struct attack *a)
{
    uint32_t high = attack_u16(a);
    return high << 16 | attack_u16(a);
}

struct craft_bytes attack_bytes(struct attack *a, size_t max)
{
    size_t n = max < a->left ? max : a->left;
    struct craft_bytes bytes = {a->program, (uint32_t)n};
    a->program += n;
    a->left -= n;
    return bytes;
}

/* ---- What the attacker sees ---- */

static void answer_arp(struct attack *a, int from, const uint8_t *frame, uint32_t len)
{
    struct arp_packet q;
    if (arp_parse(&q, frame + ETH_HEADER, len - ETH_HEADER) != BONNET_R_NONE) return;
    if (q.op != ARP_REQUEST || q.target.b[15] < 16)
        return; /* 10.0.0.1 and .2 speak for themselves */
    struct arp_packet r = {ARP_REPLY, {{2, 0, 0, 0, 0, 0x66}}, q.target, q.sender_mac, q.sender};
    struct craft c = {.len = ARP_LENGTH};
    arp_emit(&r, c.b);
    craft_frame(&c, q.sender_mac.b, r.sender_mac.b, ETH_TYPE_ARP);
    world_enqueue(&a->w, from, c.b, c.len);
}

static bool read_segment(struct tcp_seg *s, const uint8_t *p, uint32_t len)
{
    struct ip4_header h;
    if (ip4_parse(&h, p, len) != BONNET_R_NONE || h.protocol != IP_TCP) return false;
    uint32_t segment = h.total_len - h.header_len;
    return tcp_parse(s, p + h.header_len, segment, 0, NULL) == BONNET_R_NONE;
}

static void learn_answer(struct attack *a, const uint8_t *p, uint32_t len)
{
    struct tcp_seg s;
    if (!read_segment(&s, p, len) || s.flags & TCP_RST) return;
    a->port[s.dport % ATTACK_PORTS].next = s.ack;
    a->port[s.dport % ATTACK_PORTS].ack = seq_add(s.seq, tcp_seg_span(&s));
}

static void learn_clock(struct attack *a, int from, const uint8_t *p, uint32_t len)
{
    struct tcp_seg s;
    if (read_segment(&s, p, len) && s.has & TCP_OPT_TIMESTAMPS) a->clock[from] = s.ts_val;
}

static void remember(struct attack *a, const uint8_t *frame, uint32_t len)
{
    if (a->history_n == ATTACK_HISTORY) {
        free(a->history[0].data);
        a->history_n--;
        memmove(a->history, a->history + 1, a->history_n * sizeof(a->history[0]));
    }
    uint8_t *copy = malloc(len);
    check(copy != NULL);
    memcpy(copy, frame, len);
    a->history[a->history_n++] = (struct world_frame){len, copy};
}

/* What is for the attacker's addresses goes nowhere else. */
static bool watch(void *ctx, int from, const uint8_t *frame, uint32_t len)
{
    struct attack *a = ctx;
    uint32_t l2 = a->w.kind == BONNET_IF_ETHERNET ? ETH_HEADER : 0;
    check(len >= l2);
    if (l2 > 0 && get_u16(frame + 12) == ETH_TYPE_ARP) {
        answer_arp(a, from, frame, len);
        return true;
    }
    check(len >= l2 + IP4_HEADER);
    if (get_u32(frame + l2 + 16) == addr_ip4(&a->w.host[1 - from].addr)) {
        learn_clock(a, from, frame + l2, len - l2);
        remember(a, frame, len);
        return true;
    }
    if (from == 0) learn_answer(a, frame + l2, len - l2);
    return false;
}

/* ---- Time, and frames of others ---- */

static void run_rounds(struct attack *a)
{
    for (unsigned n = attack_u8(a) % 16 + 1; n > 0; n--) {
        stream_work(&a->stream);
        world_round(&a->w);
    }
}

/* 1 ms, 2 ms, 4 ms, ... 16 s. */
static void pass_time(struct attack *a)
{
    bonnet_time ns = BONNET_MS << attack_u8(a) % 15;
    if (a->spent + ns > ATTACK_SPENT_MAX) return;
    a->spent += ns;
    world_run(&a->w, a->w.now + ns);
}

/* A program stops reading, or reads again; or both end their streams. */
static void turn_program(struct attack *a)
{
    uint8_t how = attack_u8(a);
    struct stream_end *e = &a->stream.end[how & 1];
    e->paused = !e->paused;
    if (how & 2) a->stream.ending = true;
}

static void drop_frame(struct attack *a)
{
    uint8_t which = attack_u8(a);
    if (a->mode != ATTACK_BLIND) world_drop(&a->w, which & 1, which >> 1);
}

static void double_frame(struct attack *a)
{
    uint8_t which = attack_u8(a);
    struct world_host *h = &a->w.host[which & 1];
    if (a->mode == ATTACK_BLIND || which >> 1 >= (int)h->queued) return;
    world_enqueue(&a->w, which & 1, h->queue[which >> 1].data, h->queue[which >> 1].len);
}

static void swap_frames(struct attack *a)
{
    uint8_t which = attack_u8(a), with = attack_u8(a);
    struct world_host *h = &a->w.host[which & 1];
    if (a->mode == ATTACK_BLIND || which >> 1 >= (int)h->queued || with >= h->queued) return;
    struct world_frame f = h->queue[with];
    h->queue[with] = h->queue[which >> 1];
    h->queue[which >> 1] = f;
}

static void replay_frame(struct attack *a)
{
    uint8_t which = attack_u8(a);
    if (a->mode == ATTACK_BLIND || a->history_n == 0) return;
    const struct world_frame *f = &a->history[(which >> 1) % a->history_n];
    world_inject(&a->w, which & 1, f->data, f->len);
}

static void mutate_frame(struct attack *a)
{
    uint8_t which = attack_u8(a), at = attack_u8(a), bits = attack_u8(a);
    struct world_host *h = &a->w.host[which & 1];
    if (a->mode != ATTACK_FORGING || which >> 1 >= (int)h->queued) return;
    struct world_frame *f = &h->queue[which >> 1];
    f->data[at % f->len] ^= bits;
}

void attack_run(struct attack *a, const uint8_t *program, size_t size)
{
    static void (*const operation[])(struct attack *) = {
        run_rounds,   pass_time,    turn_program,    drop_frame,         double_frame, swap_frames,
        replay_frame, mutate_frame, inject_as_peer,  inject_as_stranger, inject_raw,   inject_ip,
        inject_udp,   inject_icmp,  inject_fragment, inject_arp,
    };
    a->program = program;
    a->left = size;
    while (a->left > 0)
        operation[attack_u8(a) % (sizeof(operation) / sizeof(operation[0]))](a);
}
