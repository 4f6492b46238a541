/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments that no stack sent, put on the wire to their receiver.
 *
 * Decides: what they look like. In the flow of a socket a forgery is what that socket would send
 * next, moved by what the scenario says: its sequence numbers from the row, window and timestamps
 * as in the last real segment, without which the receiver would refuse it for the wrong reason.
 * Of strangers it has random ports and numbers, and addresses that count up. Checksums are right:
 * a wrong one is what the fault `corrupt` is for.
 *
 * A forgery takes the wire of the host whose address it carries, or else the receiver's first one,
 * from the other end, below the port there: faults and captures of that host do not see it. The
 * link's chance meets it, and a cut link swallows it.
 *
 * A flood is paced, so that a link's queue has room for its answers, and one follows the other; its
 * segments are built one by one in the same place, and nothing is kept of them.
 */
#include "bonnet_world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 50,000 segments a second: of their answers, 500 are on a link with a delay of 10 ms. */
#define FLOOD_BURST 50u
#define FLOOD_PAUSE BONNET_MS

#define WINDOW_OF_STRANGERS 64240
#define MSS_OF_STRANGERS    1460
#define FRAME_MAX           1500u

enum { IP_HEADER = 20, TCP_HEADER = 20, IP_TCP = 6, TTL = 64 };
enum { OPTION_NOP = 1, OPTION_MSS = 2, OPTION_TIMESTAMPS = 8 };

struct forgery {
    struct bonnet_endpoint from, to;
    uint32_t seq, ack, text_len;
    uint8_t flags;
    uint16_t window, mss; /* mss 0: no option */
    bool has_ts;
    uint32_t ts_val, ts_ecr;
};

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

/* Returns the length of the frame. */
static uint32_t build(const struct forgery *f, uint8_t *frame)
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

static void put_on_wire(struct bw_world *w, const struct bw_flood *via, const struct forgery *f)
{
    uint8_t frame[FRAME_MAX];
    struct bonnet_packet packet;
    const struct bw_sighting s = {.host = via->host,
                                  .to = w->links[via->link].host[!via->side],
                                  .fate = LAB_FATE_FORGED,
                                  .frame = {frame, build(f, frame)}};
    bonnet_packet_parse(BONNET_IF_IP, frame, s.frame.len, &packet);
    bw_wire_send(w, via->link, via->side, &s.frame);
    bw_tell_sent(w, &packet, &s);
}

/* ---- the way ---- */

/* The link between two hosts, or else the first one of the receiver. */
static int choose_way(const struct bw_world *w, unsigned from, unsigned to, struct bw_flood *via)
{
    bool found = false;
    for (unsigned i = 0; i < 2 * w->links_n; i++) {
        const unsigned *host = w->links[i / 2].host;
        bool is_better = !found || host[i % 2] == from;
        if (host[!(i % 2)] != to || !is_better) continue;
        via->link = i / 2;
        via->side = i % 2;
        found = true;
        if (host[i % 2] == from) break;
    }
    via->host = from;
    return found ? 0 : -ENETUNREACH;
}

/* ---- in a flow ---- */

/* As its owner would send it next. */
static struct forgery in_flow(const struct bw_world *w, const struct lab_forgery *what,
                              const struct bonnet_row *row)
{
    const struct bw_flow *flow = bw_flows_find(&w->flows, &row->local, &row->remote);
    struct forgery f = {.from = row->local,
                        .to = row->remote,
                        .seq = row->snd_nxt + (uint32_t)what->seq,
                        .flags = what->flags,
                        .text_len = what->text_len,
                        .window = WINDOW_OF_STRANGERS};
    if (what->flags & BONNET_ACK) f.ack = row->rcv_nxt + (uint32_t)what->ack;
    if (!flow) return f;
    f.window = flow->window;
    f.has_ts = flow->has_ts;
    f.ts_val = flow->ts_val;
    f.ts_ecr = flow->ts_ecr;
    return f;
}

static int forge_in_flow(struct bw_world *w, const struct lab_forgery *what, int s)
{
    const struct bw_host *h = &w->hosts[w->scenario->programs[what->program].host];
    struct bw_flood via;
    struct bonnet_row row;
    int r = bw_row_anyway(h, s, &row);
    if (r < 0) return r;
    if (row.remote.port == 0) return -ENOTCONN;
    r = choose_way(w, h->index, bw_host_of(w, &row.remote.addr), &via);
    if (r < 0) return r;
    const struct forgery f = in_flow(w, what, &row);
    for (unsigned i = 0; i < what->count || i == 0; i++)
        put_on_wire(w, &via, &f);
    return 0;
}

/* ---- of strangers ---- */

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

static struct forgery of_stranger(struct bw_world *w, const struct lab_forgery *what, unsigned n)
{
    struct forgery f = {.from = {.addr = stranger(what, n), .port = what->from_port},
                        .to = {.addr = what->to.addr, .port = (uint16_t)what->to.port.number},
                        .seq = (uint32_t)bw_random(w),
                        .flags = what->flags,
                        .text_len = what->text_len,
                        .window = WINDOW_OF_STRANGERS};
    if (f.from.port == 0) f.from.port = (uint16_t)(1024 + bw_random(w) % (65536 - 1024));
    if (what->flags & BONNET_ACK) f.ack = (uint32_t)bw_random(w);
    if (what->flags & BONNET_SYN) f.mss = MSS_OF_STRANGERS;
    return f;
}

/* False when all have been sent: the next flood waits for its turn. */
static bool pour(struct bw_world *w, struct bw_flood *f)
{
    unsigned end = f->sent + FLOOD_BURST;
    if (end > f->what.count) end = f->what.count;
    for (; f->sent < end; f->sent++) {
        const struct forgery one = of_stranger(w, &f->what, f->sent);
        put_on_wire(w, f, &one);
    }
    f->at = w->now + FLOOD_PAUSE;
    return f->sent < f->what.count;
}

void bw_floods_release(struct bw_world *w)
{
    while (w->floods && w->floods->at <= w->now) {
        struct bw_flood *f = w->floods;
        if (pour(w, f)) return;
        w->floods = f->next;
        if (w->floods) w->floods->at = f->at;
        free(f);
    }
}

bonnet_time bw_floods_deadline(const struct bw_world *w)
{
    return w->floods ? w->floods->at : BONNET_NEVER;
}

void bw_floods_free(struct bw_world *w)
{
    while (w->floods) {
        struct bw_flood *f = w->floods;
        w->floods = f->next;
        free(f);
    }
}

static int forge_strangers(struct bw_world *w, const struct lab_forgery *what)
{
    struct bw_flood *f = calloc(1, sizeof *f), **last = &w->floods;
    if (!f) return -ENOMEM;
    unsigned to = bw_host_of(w, &what->to.addr), from = bw_host_of(w, &what->from);
    int r = choose_way(w, from, to, f);
    if (r < 0) {
        free(f);
        return r;
    }
    f->what = *what;
    f->at = w->now;
    while (*last)
        last = &(*last)->next;
    *last = f;
    bw_floods_release(w);
    return 0;
}

int bw_forge(struct world *world, const struct lab_forgery *f, int s)
{
    struct bw_world *w = bw_of(world);
    if (f->text_len > FRAME_MAX - 2 * IP_HEADER - TCP_HEADER) return -EMSGSIZE;
    return f->in_flow ? forge_in_flow(w, f, s) : forge_strangers(w, f);
}
