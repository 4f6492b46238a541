/* SPDX-License-Identifier: BSD-2-Clause */
/* What the attacker puts on the wire: see libattack.h. */
#include "base/bytes.h"
#include "libattack.h"
#include "wire/addr.h"
#include "wire/arp.h"

static const uint8_t stranger_mac[6] = {2, 0, 0, 0, 0, 0x66};
static const uint8_t garbage[256] = {0xee, 0xee, 0xee, 0xee};

/* Into host h, with the link header it needs. */
static void inject_packet(struct attack *a, int h, struct craft *c)
{
    if (a->w.kind == BONNET_IF_ETHERNET)
        craft_frame(c, a->w.host[h].mac, stranger_mac, ETH_TYPE_IP4);
    world_inject(&a->w, h, c->b, c->len);
}

static struct ip4_header header(struct bonnet_addr src, struct bonnet_addr dst)
{
    return (struct ip4_header){.src = src, .dst = dst, .ttl = 64, .dont_fragment = true};
}

static struct bonnet_addr stranger(uint8_t n)
{
    return bonnet_ip4(10, 0, 0, (uint8_t)(64 + n % ATTACK_PORTS));
}

/* Someone: a stranger, the other host, the host itself, or one that nobody may be. */
static struct bonnet_addr someone(struct attack *a, int h)
{
    static const uint32_t nobody[] = {0,          0x7f000001, 0xffffffff,
                                      0x0a0000ff, 0xe0000001, 0xf0000001};
    uint8_t who = attack_u8(a);
    if (who < 16) return stranger(who);
    if (who < 32) return a->w.host[1 - h].addr;
    if (who < 48) return a->w.host[h].addr;
    if (who < 64) return addr_from_ip4(nobody[who % 6]);
    return addr_from_ip4(0x0a000000u | attack_u8(a));
}

/* ---- Segments of the honest connection ---- */

/* Would host h take s for its peer's, and act on it? Then only a forger may send it. The rules of
 * RFC 9293 3.10.7.4 and RFC 5961: inside the window, and a RST at its edge, or an ACK of what was
 * sent. */
static bool peer_could_say(const struct bonnet_row *r, const struct tcp_seg *s)
{
    uint32_t window = r->rcv_wnd ? r->rcv_wnd : 1;
    uint32_t first = s->seq.v - r->rcv_nxt, span = tcp_seg_span(s);
    uint32_t last = span ? first + span - 1 : first;
    if (first > window && last >= window) return false;
    if (s->flags & TCP_RST) return first == 0;
    if ((s->flags & TCP_SYN) || !(s->flags & TCP_ACK)) return false;
    uint32_t acked = s->ack.v - (r->snd_una - r->max_snd_wnd);
    return acked <= r->snd_nxt - r->snd_una + r->max_snd_wnd;
}

static uint32_t near_sequence(struct attack *a, const struct bonnet_row *r)
{
    uint8_t how = attack_u8(a);
    switch (how % 10) {
    case 0: return r->rcv_nxt;
    case 1: return r->rcv_nxt - 1;
    case 2: return r->rcv_nxt + 1;
    case 3: return r->rcv_nxt - how;
    case 4: return r->rcv_nxt + how;
    case 5: return r->rcv_nxt + r->rcv_wnd - 1;
    case 6: return r->rcv_nxt + r->rcv_wnd;
    case 7: return r->rcv_nxt + r->rcv_wnd + how;
    case 8: return r->rcv_nxt + 0x80000000u + how;
    default: return attack_u32(a);
    }
}

static uint32_t near_ack(struct attack *a, const struct bonnet_row *r)
{
    uint8_t how = attack_u8(a);
    switch (how % 10) {
    case 0: return r->snd_nxt;
    case 1: return r->snd_una;
    case 2: return r->snd_una - 1;
    case 3: return r->snd_una - how;
    case 4: return r->snd_nxt + 1;
    case 5: return r->snd_nxt + how;
    case 6: return r->snd_una - r->max_snd_wnd;
    case 7: return r->snd_una - r->max_snd_wnd - 1;
    case 8: return r->snd_nxt + 0x80000000u - how;
    default: return attack_u32(a);
    }
}

static bool look(struct attack *a, int h, struct bonnet_row *r)
{
    *r = (struct bonnet_row){.size = sizeof(*r)};
    return bonnet_inspect_socket(a->w.host[h].bn, a->stream.end[h].s, r) == 0;
}

/* The program's bytes, or a timestamp near the one that the peer would send. */
static struct craft_bytes peer_options(struct attack *a, int h, uint8_t timestamps[12])
{
    uint8_t n = attack_u8(a);
    if (n < 128) return attack_bytes(a, n % 41);
    put_u32(timestamps, 0x0101080a);
    put_u32(timestamps + 4, a->clock[1 - h] + (uint32_t)(int8_t)attack_u8(a));
    put_u32(timestamps + 8, a->clock[h]);
    return (struct craft_bytes){timestamps, 12};
}

void inject_as_peer(struct attack *a)
{
    int h = attack_u8(a) & 1;
    struct bonnet_row r;
    if (!look(a, h, &r)) return;
    struct tcp_seg s = {.sport = r.remote.port, .dport = r.local.port};
    s.flags = attack_u16(a) & 0x1ff;
    s.seq = seq(near_sequence(a, &r));
    s.ack = seq(near_ack(a, &r));
    s.wnd = attack_u16(a);
    s.urg = attack_u8(a);
    s.len = attack_u8(a);
    s.text = garbage;
    uint8_t timestamps[12];
    struct craft_bytes options = peer_options(a, h, timestamps);
    if (s.sport == 0 || (a->mode != ATTACK_FORGING && peer_could_say(&r, &s))) return;
    struct craft c;
    craft_tcp(&c, header(r.remote.addr, r.local.addr), &s, options);
    inject_packet(a, h, &c);
}

/* ---- Strangers ---- */

/* Right numbers, unless an operand moves them: so that it can complete handshakes and talk. */
void inject_as_stranger(struct attack *a)
{
    uint8_t who = attack_u8(a) % ATTACK_PORTS;
    uint16_t sport = (uint16_t)(1024 + who);
    struct tcp_seg s = {
        .sport = sport,
        .dport = attack_u8(a) < 250 ? ATTACK_LISTEN_PORT : STREAM_PORT,
        .flags = attack_u16(a) & 0x1ff,
        .seq = a->port[sport % ATTACK_PORTS].next,
        .ack = a->port[sport % ATTACK_PORTS].ack,
        .text = garbage,
    };
    s.seq = seq_add(s.seq, (uint32_t)(int8_t)attack_u8(a));
    s.ack = seq_add(s.ack, (uint32_t)(int8_t)attack_u8(a));
    s.wnd = attack_u16(a);
    s.len = attack_u8(a);
    struct craft_bytes options = attack_bytes(a, attack_u8(a) % 41);
    struct craft c;
    craft_tcp(&c, header(stranger(who), a->w.host[0].addr), &s, options);
    inject_packet(a, 0, &c);
}

void inject_udp(struct attack *a)
{
    struct bonnet_addr from = someone(a, 0);
    struct udp_datagram d = {.sport = attack_u8(a)};
    d.dport = attack_u8(a) < 128 ? ATTACK_UDP_PORT : attack_u16(a);
    d.text = garbage;
    d.len = attack_u8(a);
    struct craft c;
    craft_udp(&c, header(from, a->w.host[0].addr), &d);
    inject_packet(a, 0, &c);
}

/* An error about a segment of the honest connection, right or wrong, or a message of any other
 * kind. */
void inject_icmp(struct attack *a)
{
    int h = attack_u8(a) & 1;
    struct bonnet_row r;
    if (!look(a, h, &r)) return;
    struct tcp_seg s = {.sport = r.local.port, .dport = r.remote.port, .seq = seq(r.snd_una)};
    struct craft quoted, c;
    s.seq = seq_add(s.seq, (uint32_t)(int8_t)attack_u8(a));
    craft_tcp(&quoted, header(r.local.addr, r.remote.addr), &s, (struct craft_bytes){0});
    struct icmp_message m = {.type = attack_u8(a) % 20, .code = attack_u8(a) % 16};
    m.rest = attack_u16(a);
    m.body = quoted.b;
    m.body_len = attack_u8(a) % (quoted.len + 1);
    struct craft_bytes own = attack_bytes(a, attack_u8(a));
    if (own.len > 0) {
        m.body = own.p;
        m.body_len = own.len;
    }
    craft_icmp(&c, header(someone(a, h), a->w.host[h].addr), &m);
    inject_packet(a, h, &c);
}

/* ---- Packets and frames of any kind ---- */

/* A packet that claims to be TCP from the other host is inject_as_peer()'s: unless the attacker may
 * forge, it must not say by chance, or in pieces, what that one refuses to say. */
static bool may_send(const struct attack *a, int h, const struct ip4_header *ip)
{
    return a->mode == ATTACK_FORGING || ip->protocol != IP_TCP ||
           !addr_eq(&ip->src, &a->w.host[1 - h].addr);
}

void inject_ip(struct attack *a)
{
    int h = attack_u8(a) & 1;
    struct ip4_header ip = header(someone(a, h), a->w.host[h].addr);
    uint8_t flags = attack_u8(a);
    ip.tos = flags;
    if (flags & 1) ip.dst = someone(a, h);
    ip.ttl = attack_u8(a);
    ip.protocol = flags & 2 ? attack_u8(a) : flags & 4 ? IP_UDP : IP_ICMP;
    struct craft c;
    craft_ip4(&c, ip, attack_bytes(a, attack_u8(a)));
    if (may_send(a, h, &ip)) inject_packet(a, h, &c);
}

void inject_fragment(struct attack *a)
{
    int h = attack_u8(a) & 1;
    struct ip4_header ip = header(someone(a, h), a->w.host[h].addr);
    uint8_t flags = attack_u8(a);
    ip.dont_fragment = false;
    ip.more_fragments = flags & 1;
    ip.protocol = flags & 2 ? IP_TCP : IP_UDP;
    ip.id = flags >> 2 & 3;
    ip.fragment_at = (uint16_t)(attack_u8(a) * 8);
    if (flags & 16) ip.fragment_at = (uint16_t)(0xff00 + ip.fragment_at);
    struct craft c;
    craft_ip4(&c, ip, (struct craft_bytes){garbage, attack_u8(a)});
    if (may_send(a, h, &ip)) inject_packet(a, h, &c);
}

/* Bytes as they are; unless the attacker may forge, not ARP and not TCP of the other host's. */
void inject_raw(struct attack *a)
{
    int h = attack_u8(a) & 1;
    struct craft_bytes raw = attack_bytes(a, attack_u8(a));
    bool ethernet = a->w.kind == BONNET_IF_ETHERNET;
    uint32_t l2 = ethernet ? ETH_HEADER : 0;
    struct ip4_header ip;
    if (a->mode != ATTACK_FORGING && raw.len >= l2) {
        if (ethernet && get_u16(raw.p + 12) == ETH_TYPE_ARP) return;
        bool is_ip = ip4_parse_quoted(&ip, raw.p + l2, raw.len - l2) == BONNET_R_NONE;
        if (is_ip && !may_send(a, h, &ip)) return;
    }
    world_inject(&a->w, h, raw.p, raw.len);
}

/* On a wire where anybody may say that an address is his, an honest connection has no chance: only
 * a forger speaks ARP for the hosts. */
void inject_arp(struct attack *a)
{
    int h = attack_u8(a) & 1;
    if (a->w.kind != BONNET_IF_ETHERNET) return;
    struct arp_packet q = {.op = attack_u8(a) % 5, .sender_mac = {{2, 0, 0, 0, 0, attack_u8(a)}}};
    q.sender = a->mode == ATTACK_FORGING ? someone(a, h) : stranger(attack_u8(a));
    q.target = someone(a, h);
    memcpy(q.target_mac.b, a->w.host[h].mac, 6);
    struct craft c = {.len = ARP_LENGTH};
    arp_emit(&q, c.b);
    craft_frame(&c, a->w.host[h].mac, q.sender_mac.b, ETH_TYPE_ARP);
    world_inject(&a->w, h, c.b, c.len);
}
