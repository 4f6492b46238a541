/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stranger at the cables: he makes packets up, in his own name, in nobody's, and in the name of
 * those who talk to each other.
 *
 * What he says of others' connections is next to what would be believed, never that: resets that
 * are not at the edge, acknowledgments of what was not sent, text beyond the window. So nothing
 * that he does may harm anybody, and every check of the checkers holds while he is there.
 */
#include "libforge.h"
#include "libworld.h"

#include <string.h>

#define STRANGERS_FROM 200 /* 10.0.x.200 and following are nobody's address */
#define STRANGERS      3

struct deed {
    struct world *w;
    const struct cable *c;
    struct host *victim;
    struct forged packet;
    uint16_t ethertype;
    bool is_broken; /* the IP header is made wrong somewhere */
};

/* ---- in his own name, or in nobody's ---- */

static void put_segment(struct deed *d, uint16_t sport, uint16_t dport, uint8_t flags)
{
    struct random *r = &d->w->random;
    forge_tcp(&d->packet, sport, dport, flags);
    forge_put32(d->packet.body + 4, (uint32_t)random_next(r));
    forge_put32(d->packet.body + 8, (uint32_t)random_next(r));
    forge_put16(d->packet.body + 14, (uint32_t)random_below(r, 65536));
}

/* Options right and wrong: an impossible length, one given twice, a value out of range. */
static void add_options(struct deed *d)
{
    static const uint8_t rows[][8] = {
        {2, 4, 5, 180, 1, 3, 3, 7},     {2, 4, 0, 10, 4, 2, 1, 1},  {2, 4, 5, 180, 2, 4, 2, 0},
        {3, 3, 200, 1, 30, 0, 1, 1},    {8, 200, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 5, 10, 1, 2, 3},
        {4, 2, 254, 4, 249, 137, 0, 0},
    };
    if (d->packet.len != 20 || random_chance(&d->w->random, 40)) return;
    memcpy(d->packet.body + 20, rows[random_below(&d->w->random, sizeof rows / sizeof rows[0])], 8);
    d->packet.len = 28;
    d->packet.body[12] = 7 << 4;
}

static void make_segment_up(struct deed *d)
{
    struct random *r = &d->w->random;
    const uint8_t flags[] = {2, 2, 2, 2, 16, 18, 4, 20, 1, 0, 24, 3, 6, 41};
    const uint16_t ports[] = {PORT_OF_SERVERS, PORT_OF_SERVERS, PORT_OF_SERVERS, PORT_OF_NOBODY, 0};
    put_segment(d, (uint16_t)random_between(r, random_chance(r, 5) ? 0 : 1000, 1003),
                ports[random_below(r, 5)], flags[random_below(r, sizeof flags)]);
    add_options(d);
    if (random_chance(r, 5)) d->packet.len = (uint32_t)random_below(r, 20);
}

static void make_echo_up(struct deed *d)
{
    d->packet.protocol = 1;
    d->packet.len =
        (uint32_t)random_between(&d->w->random, random_chance(&d->w->random, 10) ? 0 : 8, 300);
    d->packet.body[0] =
        random_chance(&d->w->random, 80) ? 8 : (uint8_t)random_below(&d->w->random, 256);
}

static void make_datagram_up(struct deed *d)
{
    d->packet.protocol = 17;
    d->packet.len =
        (uint32_t)random_between(&d->w->random, random_chance(&d->w->random, 10) ? 0 : 8, 300);
    forge_put16(d->packet.body, (uint32_t)random_between(&d->w->random, 1000, 1003));
    forge_put16(d->packet.body + 2, random_chance(&d->w->random, 80) ? PORT_OF_NOBODY : 0);
    forge_put16(d->packet.body + 4, d->packet.len);
}

static void make_fragment_up(struct deed *d)
{
    struct random *r = &d->w->random;
    make_datagram_up(d);
    d->packet.fragment = (uint16_t)(random_below(r, 100) | (random_chance(r, 60) ? 0x2000 : 0));
    if (random_chance(r, 10)) d->packet.fragment = (uint16_t)(0x1fff - random_below(r, 10));
}

static void make_header_up(struct deed *d)
{
    static void (*const inner[])(struct deed *) = {make_echo_up, make_datagram_up, make_segment_up};
    inner[random_below(&d->w->random, 3)](d);
    d->is_broken = true;
}

static void make_frame_up(struct deed *d)
{
    struct random *r = &d->w->random;
    const uint8_t head[8] = {0, 1, 8, 0, 6, 4, 0, 1};
    d->ethertype = random_chance(r, 70) ? 0x0806 : (uint16_t)random_below(r, 65536);
    d->packet.len = random_chance(r, 80) ? 28 : (uint32_t)random_below(r, 28);
    memcpy(d->packet.body, head, sizeof head);
    if (random_chance(r, 20)) d->packet.body[random_below(r, 8)] ^= 1;
    if (random_chance(r, 50)) d->packet.body[7] = 2;
    memcpy(d->packet.body + 8, "\2strang", 6);
    if (random_chance(r, 10)) d->packet.body[8] |= 1;
    memcpy(d->packet.body + 14, random_chance(r, 30) ? d->packet.to.b + 12 : d->packet.from.b + 12,
           4);
    memcpy(d->packet.body + 24, random_chance(r, 70) ? d->packet.to.b + 12 : d->packet.from.b + 12,
           4);
}

/* ---- in the name of those who talk ---- */

/* A connection of the victim over this cable, any of them. */
static bool find_row(struct deed *d, struct bonnet_row *row)
{
    struct bonnet_row r = {.size = sizeof r};
    uint64_t cursor = 0;
    unsigned n = 0;
    while (bonnet_inspect(d->victim->bn, &cursor, &r) == 1) {
        bool fits = r.kind == BONNET_ROW_CONNECTION || r.kind == BONNET_ROW_TIME_WAIT ||
                    r.kind == BONNET_ROW_HALF_OPEN;
        if (!fits || !bonnet_addr_equal(r.local.addr, d->packet.to)) continue;
        if (random_below(&d->w->random, ++n) == 0) *row = r;
    }
    return n > 0;
}

static bool is_synchronized(const struct bonnet_row *r)
{
    return r->kind == BONNET_ROW_CONNECTION && r->state != BONNET_SYN_SENT &&
           r->state != BONNET_SYN_RECEIVED && r->state != BONNET_CLOSED;
}

/* Nearly right: each of these is refused, and most are answered. */
static void miss(struct deed *d, const struct bonnet_row *r)
{
    struct random *random = &d->w->random;
    const uint32_t window = r->rcv_wnd > 2 ? r->rcv_wnd : 2;
    uint32_t seq = r->rcv_nxt, ack = r->snd_una;
    uint8_t flags = 16;
    switch (random_below(random, 8)) {
    case 0:
        seq += 1 + (uint32_t)random_below(random, window - 1);
        flags = 4;
        break;
    case 1: flags = 2; break;
    case 2: ack = r->snd_max + 1 + (uint32_t)random_below(random, 100000); break;
    case 3: ack = r->snd_una - 0x40000000; break;
    case 4: flags = 0; break;
    case 5: seq += window + 1 + (uint32_t)random_below(random, 100000); break;
    case 6: seq -= 1 + (uint32_t)random_below(random, 100000); break;
    case 7:
        seq -= 1 + (uint32_t)random_below(random, 100000);
        flags = 4;
        break;
    }
    put_segment(d, r->remote.port, r->local.port, flags);
    forge_put32(d->packet.body + 4, seq);
    forge_put32(d->packet.body + 8, ack);
    if (flags != 4 && random_chance(random, 50)) add_options(d);
}

static void make_miss_up(struct deed *d)
{
    struct bonnet_row row;
    make_segment_up(d);
    if (!find_row(d, &row)) return;
    if (is_synchronized(&row)) {
        d->packet.from = row.remote.addr;
        miss(d, &row);
    } else if (row.kind == BONNET_ROW_CONNECTION) {
        d->packet.from = row.remote.addr; /* SYN-SENT, and an answer to another SYN */
        put_segment(d, row.remote.port, row.local.port, random_chance(&d->w->random, 50) ? 16 : 4);
    } else {
        d->packet.from = row.remote.addr;
        put_segment(d, row.remote.port, row.local.port, random_chance(&d->w->random, 50) ? 0 : 4);
    }
}

/* An ICMP error about what the victim has sent, or has not. */
static void make_error_up(struct deed *d)
{
    struct random *r = &d->w->random;
    const uint8_t types[] = {3, 3, 3, 4, 5, 11, 12};
    struct bonnet_row row;
    uint8_t *ip = d->packet.body + 8;
    d->packet.protocol = 1;
    d->packet.len = random_chance(r, 90) ? 36 : (uint32_t)random_between(r, 8, 35);
    d->packet.body[0] = types[random_below(r, sizeof types)];
    d->packet.body[1] = d->packet.body[0] == 3 ? (uint8_t)random_below(r, 14) : 0;
    if (d->packet.body[1] == 4)
        forge_put16(d->packet.body + 6, (uint32_t)random_between(r, 0, 1500));
    if (d->packet.body[1] == 4 && d->c->config.link.corrupt > 0) d->packet.body[1] = 1;
    if (!find_row(d, &row) || !is_synchronized(&row)) return;
    ip[0] = 0x45;
    forge_put16(ip + 2, 40);
    ip[8] = 64;
    ip[9] = 6;
    memcpy(ip + 12, row.local.addr.b + 12, 4);
    memcpy(ip + 16, row.remote.addr.b + 12, 4);
    forge_put_sum(ip + 10, ip, 20, 0);
    forge_put16(ip + 20, row.local.port);
    forge_put16(ip + 22, row.remote.port);
    forge_put32(ip + 24, row.snd_una + (random_chance(r, 80) ? 0 : (uint32_t)random_next(r)));
}

/* ---- the frame ---- */

static void break_header(struct deed *d, uint8_t *ip)
{
    struct random *r = &d->w->random;
    switch (random_below(r, 8)) {
    case 0: ip[0] = 0x65; break;
    case 1: ip[0] = (uint8_t)(0x40 | random_below(r, 16)); break;
    case 2: forge_put16(ip + 2, (uint32_t)random_below(r, 65536)); break;
    case 3: ip[9] = (uint8_t)random_between(r, 20, 255); break;
    case 4: memset(ip + 12, 255, 4); break;
    case 5: ip[19] ^= 64; break;
    case 6: memset(ip + 16, 255, 4); break;
    case 7: memset(ip + 16, 224, 4); break;
    }
    forge_put_sum(ip + 10, ip, 20, 0);
}

static void give(struct deed *d, unsigned end)
{
    uint8_t frame[14 + FORGED_MAX] = {0};
    struct bonnet_rx rx = {.data = frame};
    bool has_link = d->c->config.kind == BONNET_IF_ETHERNET;
    uint32_t at = has_link ? 14 : 0;
    bool is_broadcast = has_link && random_chance(&d->w->random, 5);
    memcpy(frame, d->c->end[end]->mac, 6);
    if (is_broadcast) memset(frame, 255, 6);
    if (has_link) memcpy(frame + 6, "\2strang", 6);
    if (has_link) forge_put16(frame + 12, d->ethertype);
    if (d->ethertype == 0x0800) {
        d->packet.id = (uint16_t)random_below(&d->w->random, 3);
        rx.len = at + forge_packet(&d->packet, frame + at);
        if (d->is_broken) break_header(d, frame + at);
    } else {
        memcpy(frame + at, d->packet.body, d->packet.len);
        rx.len = at + d->packet.len;
    }
    if (random_chance(&d->w->random, 2)) rx.len = (uint32_t)random_below(&d->w->random, rx.len + 1);
    wire_give(d->w, d->c, end, &rx);
}

bool stranger_act(struct world *w)
{
    static void (*const forge[])(struct deed *) = {
        make_segment_up, make_segment_up,  make_miss_up,  make_miss_up,
        make_miss_up,    make_miss_up,     make_error_up, make_fragment_up,
        make_frame_up,   make_datagram_up, make_echo_up,  make_header_up,
    };
    if (!w->has_stranger || !w->has_faults || w->stranger_at > w->now) return false;
    const unsigned number = (unsigned)random_below(&w->random, w->cables_n);
    const unsigned end = (unsigned)random_below(&w->random, 2);
    struct deed d = {
        .w = w,
        .c = &w->cables[number],
        .victim = &w->hosts[w->cables[number].host[end]],
        .packet.from = bonnet_ip4(10, 0, (uint8_t)number,
                                  (uint8_t)(STRANGERS_FROM + random_below(&w->random, STRANGERS))),
        .packet.to = bonnet_ip4(10, 0, (uint8_t)number, (uint8_t)(end + 1)),
        .ethertype = 0x0800,
    };
    forge[random_below(&w->random, sizeof forge / sizeof forge[0])](&d);
    if (d.c->config.kind == BONNET_IF_IP) d.ethertype = 0x0800;
    give(&d, end);
    w->stranger_at = w->now + random_size(&w->random, 4 * BONNET_S);
    return true;
}
