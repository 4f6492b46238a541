/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What forged segments look like.
 *
 * In the flow of a socket a forgery is what that socket would send next, moved by what the scenario
 * says: window and timestamps are as in the last real segment, without which the receiver would
 * refuse it for the wrong reason. Of strangers it has random ports and numbers, and addresses that
 * count up. Checksums are right: a wrong one is what the fault `corrupt` is for.
 */
#include "forge.h"

#include "chance.h"
#include <bonnet/host.h>
#include <string.h>

#define WINDOW_OF_STRANGERS 64240
#define MSS_OF_STRANGERS    1460

enum { IP_HEADER = 20, TCP_HEADER = 20, IP_TCP = 6, TTL = 64 };
enum { OPTION_NOP = 1, OPTION_MSS = 2, OPTION_TIMESTAMPS = 8 };

/* ---- building ---- */

static uint8_t *put8(uint8_t *p, unsigned v)
{
    *p = (uint8_t)v;
    return p + 1;
}

static uint8_t *put16(uint8_t *p, unsigned v)
{
    return put8(put8(p, v >> 8), v & 0xff);
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
    return put16(put16(p, v >> 16), v & 0xffff);
}

static uint32_t folded(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void put_sum(uint8_t *at, uint32_t sum)
{
    uint16_t complement = (uint16_t)~folded(sum);
    memcpy(at, &complement, sizeof complement);
}

static void put_ip(uint8_t *p, const struct forgery *f, uint32_t len)
{
    memset(p, 0, IP_HEADER);
    put8(p, 0x45);
    put16(p + 2, len);
    put16(p + 6, 0x4000); /* DF */
    put8(put8(p + 8, TTL), IP_TCP);
    memcpy(p + 12, f->from.addr.b + 12, 4);
    memcpy(p + 16, f->to.addr.b + 12, 4);
    put_sum(p + 10, bonnet_host_checksum()(p, IP_HEADER));
}

/* Returns where they end. */
static uint8_t *put_options(uint8_t *p, const struct forgery *f)
{
    if (f->mss) p = put16(put8(put8(p, OPTION_MSS), 4), f->mss);
    if (!f->has_ts) return p;
    p = put8(put8(put8(put8(p, OPTION_NOP), OPTION_NOP), OPTION_TIMESTAMPS), 10);
    return put32(put32(p, f->ts_val), f->ts_ecr);
}

/* RFC 9293 3.1: the pseudo header is summed up with the segment. */
static uint32_t tcp_sum(const uint8_t *ip, const uint8_t *tcp, uint32_t len)
{
    uint8_t pseudo[12];
    const bonnet_checksum_fn sum = bonnet_host_checksum();
    memcpy(pseudo, ip + 12, 8);
    put16(put16(pseudo + 8, IP_TCP), len);
    return folded(sum(pseudo, sizeof pseudo)) + folded(sum(tcp, len));
}

uint32_t forge_build(const struct forgery *f, uint8_t *frame)
{
    uint8_t *tcp = frame + IP_HEADER;
    uint8_t *text = put_options(tcp + TCP_HEADER, f);
    uint32_t header = (uint32_t)(text - tcp), len = header + f->text_len;
    memset(text, 'x', f->text_len);
    put32(put32(put16(put16(tcp, f->from.port), f->to.port), f->seq), f->ack);
    put16(put8(put8(tcp + 12, header / 4 << 4), f->flags), f->window);
    put32(tcp + 16, 0);
    put_ip(frame, f, IP_HEADER + len);
    put_sum(tcp + 16, tcp_sum(frame, tcp, len));
    return IP_HEADER + len;
}

/* ---- what is forged ---- */

/* The n-th address from the given one on, within its prefix; its first and last ones are no
 * hosts'. */
static struct bonnet_addr stranger(const struct lab_forgery *what, unsigned n)
{
    struct bonnet_addr a = what->from;
    if (what->bits >= 31) return a;
    uint32_t size = what->bits == 0 ? UINT32_MAX : (1u << (32 - what->bits)) - 1;
    uint32_t ip = (uint32_t)a.b[12] << 24 | (uint32_t)a.b[13] << 16 | (uint32_t)a.b[14] << 8;
    ip |= a.b[15];
    uint32_t within = ((ip & size) + n) % size;
    if (within == 0) within = size > 1 ? 1 : 0;
    put32(a.b + 12, (ip & ~size) | within);
    return a;
}

struct forgery forge_of_stranger(const struct lab_forgery *what, unsigned n, uint64_t *random)
{
    struct forgery f = {.from = {.addr = stranger(what, n), .port = what->from_port},
                        .to = {.addr = what->to.addr, .port = (uint16_t)what->to.port.number},
                        .seq = (uint32_t)lab_random(random),
                        .flags = what->flags,
                        .text_len = what->text_len,
                        .window = WINDOW_OF_STRANGERS};
    if (f.from.port == 0) f.from.port = (uint16_t)(1024 + lab_random(random) % (65536 - 1024));
    if (what->flags & BONNET_ACK) f.ack = (uint32_t)lab_random(random);
    if (what->flags & BONNET_SYN) f.mss = MSS_OF_STRANGERS;
    return f;
}

struct forgery forge_in_flow(const struct lab_forgery *what, const struct forgery *base,
                             const struct flow *flow)
{
    struct forgery f = {.from = base->from,
                        .to = base->to,
                        .seq = base->seq + (uint32_t)what->seq,
                        .flags = what->flags,
                        .text_len = what->text_len,
                        .window = WINDOW_OF_STRANGERS};
    if (what->flags & BONNET_ACK) f.ack = base->ack + (uint32_t)what->ack;
    if (!flow) return f;
    f.window = flow->window;
    f.has_ts = flow->has_ts;
    f.ts_val = flow->ts_val;
    f.ts_ecr = flow->ts_ecr;
    return f;
}
