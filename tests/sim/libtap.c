/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a stack says on the wire, read by other code than its own.
 *
 * I1 and I4 every octet ever sent, for the first time or again, is the stream's at its place; I3
 * acknowledgments do not go back; I5 the right edge offered never retreats; I7 SACK blocks are
 * ranges of the receive window; I11 every frame has a reason, and resets have a reset's; I20
 * datagrams are counted as they come in; I23 whoever has not answered is told little. Beside these:
 * checksums are right and no frame is larger than its interface.
 */
#include "libpattern.h"
#include "libworld.h"

#include <string.h>

#define AMPLIFICATION_MAX   3
#define SYN_ACK_REPEATS_MAX 5

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };

struct packet {
    struct bonnet_endpoint from, to;
    uint8_t protocol;
    const uint8_t *ip, *transport;
    uint32_t ip_len, len; /* bytes; len: from transport on */
    bool is_fragment, is_first;
};

struct segment {
    uint32_t seq, ack, text_len, window;
    uint8_t flags;
    uint8_t shift; /* of the window scale option; 255: none */
    const uint8_t *text;
    uint32_t sack[4][2];
    unsigned sack_n;
    bool is_odd; /* an option has an impossible length: the rest was not read */
};

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static bool is_after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

/* False: not IPv4, or not whole. */
static bool read_packet(const struct cable *c, const uint8_t *data, uint32_t len, struct packet *p)
{
    uint32_t at = c->config.kind == BONNET_IF_ETHERNET ? 14 : 0;
    if (len < at + 20 || (at && get16(data + 12) != 0x0800) || data[at] >> 4 != 4) return false;
    const uint8_t *ip = data + at;
    uint32_t header = (ip[0] & 15u) * 4;
    p->ip = ip;
    p->ip_len = get16(ip + 2);
    if (header < 20 || p->ip_len < header || at + p->ip_len > len) return false;
    p->protocol = ip[9];
    p->is_fragment = (get16(ip + 6) & 0x3fff) != 0;
    p->is_first = (get16(ip + 6) & 0x1fff) == 0;
    p->transport = ip + header;
    p->len = p->ip_len - header;
    p->from.addr = bonnet_ip4(ip[12], ip[13], ip[14], ip[15]);
    p->to.addr = bonnet_ip4(ip[16], ip[17], ip[18], ip[19]);
    if (!p->is_first || p->len < 8) return true;
    p->from.port = get16(p->transport);
    p->to.port = get16(p->transport + 2);
    return true;
}

static uint32_t sum16(const uint8_t *p, uint32_t len, uint32_t sum)
{
    for (uint32_t i = 0; i + 1 < len; i += 2)
        sum += get16(p + i);
    return len % 2 ? sum + (uint32_t)(p[len - 1] << 8) : sum;
}

static bool sums_to_zero(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
}

static bool checksum_is_good(const struct packet *p)
{
    uint32_t header = (uint32_t)(p->transport - p->ip);
    if (!sums_to_zero(sum16(p->ip, header, 0))) return false;
    if (p->is_fragment) return true;
    if (p->protocol == 1) return sums_to_zero(sum16(p->transport, p->len, 0));
    if (p->protocol == 17 && get16(p->transport + 6) == 0) return true;
    uint32_t pseudo = sum16(p->ip + 12, 8, p->protocol + p->len);
    return sums_to_zero(sum16(p->transport, p->len, pseudo));
}

static void read_option(struct segment *s, const uint8_t *o, uint32_t len)
{
    if (o[0] == 3 && len == 3 && s->shift == 255) s->shift = o[2] < 14 ? o[2] : 14;
    if (o[0] != 5) return;
    for (uint32_t at = 2; at + 8 <= len && s->sack_n < 4; at += 8, s->sack_n++) {
        s->sack[s->sack_n][0] = get32(o + at);
        s->sack[s->sack_n][1] = get32(o + at + 4);
    }
}

static bool read_segment(const struct packet *p, struct segment *s)
{
    const uint8_t *t = p->transport;
    if (p->protocol != 6 || p->is_fragment || p->len < 20) return false;
    uint32_t header = (t[12] >> 4) * 4u;
    if (header < 20 || header > p->len) return false;
    *s = (struct segment){.seq = get32(t + 4),
                          .ack = get32(t + 8),
                          .flags = t[13],
                          .window = get16(t + 14),
                          .text = t + header,
                          .text_len = p->len - header,
                          .shift = 255};
    for (uint32_t at = 20; at < header && t[at] != 0;) {
        uint32_t len = t[at] == 1 ? 1 : at + 1 < header ? t[at + 1] : 0;
        s->is_odd = len == 0 || at + len > header || (t[at] != 1 && len < 2);
        if (s->is_odd) break;
        read_option(s, t + at, len);
        at += len;
    }
    return true;
}

static void check_text(struct world *w, const struct track *t, const struct segment *s)
{
    if (s->text_len == 0 || (s->flags & SYN)) return;
    uint64_t offset = s->seq - t->iss - 1;
    uint64_t key = pattern_key(&t->local, &t->remote);
    size_t right = pattern_matches(key, offset, s->text, s->text_len);
    if (right < s->text_len)
        world_fail(w, "I4", "octet %llu of the stream is another one on the wire",
                   (unsigned long long)(offset + right));
}

/* Seen by the peer, the edge moves in units of its scale: back by one of them it may go, since a
 * half-open connection rounds it up and others down (RFC 7323 2.4). Once the peer has sent its FIN,
 * the window means nothing. */
static void check_acknowledgment(struct world *w, struct track *t, const struct segment *s)
{
    uint8_t shift = (s->flags & SYN) || t->shift == 255 || t->peer_shift == 255 ? 0 : t->shift;
    uint32_t edge = s->ack + (s->window << shift);
    if (t->has_acked && is_after(t->wire_ack, s->ack))
        world_fail(w, "I3", "acknowledgment went back from %u to %u", t->wire_ack, s->ack);
    bool ended = t->peer_ended && s->ack == t->peer_end;
    bool unscaled = (s->flags & SYN) != 0; /* repeated after a scaled window it may be less */
    if (t->has_acked && is_after(t->wire_edge, edge + (1u << shift)) && !ended && !unscaled)
        world_fail(w, "I5", "right edge offered went back by %u", t->wire_edge - edge);
    if (!t->has_acked || is_after(edge, t->wire_edge)) t->wire_edge = edge;
    t->has_acked = true;
    t->wire_ack = s->ack;
    /* The first block may report a duplicate, below or within what follows (RFC 2883 4). */
    for (unsigned i = 0; i < s->sack_n; i++) {
        bool is_range = is_after(s->sack[i][1], s->sack[i][0]);
        bool within = is_after(s->sack[i][0], s->ack) && !is_after(s->sack[i][1], edge);
        if (!is_range || (i > 0 && !within))
            world_fail(w, "I7", "SACK block %u of %u: %u to %u, ack %u, edge %u", i, s->sack_n,
                       s->sack[i][0], s->sack[i][1], s->ack, edge);
    }
}

/* A new connection may have the number of the last one, if no time has passed between them. */
static void begin_track(struct track *t, const struct segment *s, int reason)
{
    bool is_first = reason == BONNET_R_SEND_SYN || reason == BONNET_R_SEND_SYN_ACK ||
                    reason == BONNET_R_SEND_SYN_COOKIE;
    if (t->on_wire && t->iss == s->seq && !is_first) return;
    *t = (struct track){.local = t->local,
                        .remote = t->remote,
                        .on_wire = true,
                        .iss = s->seq,
                        .shift = s->shift,
                        .peer_shift = t->peer_shift,
                        .asked = t->asked,
                        .answered = t->answered};
}

static void say_segment(const struct world *w, const char *how, const struct packet *p,
                        const struct segment *s, int reason)
{
    if (!w->is_loud) return;
    char from[BONNET_ADDR_TEXT], to[BONNET_ADDR_TEXT];
    world_say(w, "%s %s:%u > %s:%u %s%s%s%s%s seq %u ack %u win %u len %u %s", how,
              bonnet_addr_print(p->from.addr, from), p->from.port,
              bonnet_addr_print(p->to.addr, to), p->to.port, s->flags & SYN ? "S" : "",
              s->flags & FIN ? "F" : "", s->flags & RST ? "R" : "", s->flags & PSH ? "P" : "",
              s->flags & ACK ? "." : "", s->seq, s->ack, s->window, s->text_len,
              reason ? bonnet_reason_name(reason) : "");
}

/* I23. A SYN-ACK that the timer repeats is limited by number, as on Linux, and not by size. */
static void check_answer(struct world *w, struct track *t, const struct packet *p, int reason)
{
    if (t->in_rows) return;
    if (reason == BONNET_R_SEND_SYN_ACK_AGAIN)
        t->repeats++;
    else
        t->answered += p->ip_len;
    if (t->answered > AMPLIFICATION_MAX * t->asked || t->repeats > SYN_ACK_REPEATS_MAX)
        world_fail(w, "I23", "%s: %llu bytes in, %llu bytes out, %u SYN-ACKs repeated",
                   bonnet_reason_name(reason), (unsigned long long)t->asked,
                   (unsigned long long)t->answered, t->repeats);
}

static void note_asked(const struct world *w, struct track *t, const struct packet *p)
{
    t->repeats = 0;
    if (w->sabotage != SABOTAGE_ECHO) t->asked += p->ip_len;
}

/* The account of a host that is not a connection's. */
static struct track *track_of_host(struct host *h, const struct bonnet_addr *local,
                                   const struct bonnet_addr *remote)
{
    const struct bonnet_endpoint here = {.addr = *local}, there = {.addr = *remote};
    return watch_track(h, &here, &there);
}

static void check_icmp(struct world *w, struct host *h, const struct packet *p, int reason)
{
    struct track *t = track_of_host(h, &p->from.addr, &p->to.addr);
    if (t) check_answer(w, t, p, reason);
}

static void check_segment(struct world *w, struct host *h, const struct packet *p,
                          const struct segment *s, const struct bonnet_tx *tx)
{
    bool reset = strstr(bonnet_reason_name(tx->reason), "rst") != NULL;
    if (((s->flags & RST) != 0) != reset)
        world_fail(w, "I11", "flags %#x for the reason %s", s->flags,
                   bonnet_reason_name(tx->reason));
    say_segment(w, "sent", p, s, tx->reason);
    struct track *t = watch_track(h, &p->from, &p->to);
    if (!t) return;
    if ((s->flags & (SYN | ACK)) != SYN) check_answer(w, t, p, tx->reason);
    if (s->flags & RST) return;
    if (s->flags & SYN) begin_track(t, s, tx->reason);
    /* It may overtake the SYN-ACK while the neighbour is asked for. */
    if (!t->on_wire && tx->reason == BONNET_R_SEND_CHALLENGE_ACK) return;
    if (!t->on_wire) {
        world_fail(w, "I3", "segment of a connection that never sent a SYN");
        return;
    }
    check_text(w, t, s);
    t->records += s->text_len > 0;
    if ((s->flags & ACK) && tx->reason != BONNET_R_SEND_TIMEWAIT_ACK) check_acknowledgment(w, t, s);
}

static void check_size(struct world *w, const struct cable *c, const struct bonnet_tx *tx)
{
    uint32_t link = c->config.kind == BONNET_IF_ETHERNET ? 14 : 0;
    if (tx->gso == BONNET_GSO_NONE && tx->len > c->config.mtu + link)
        world_fail(w, "MTU", "frame of %u bytes", tx->len);
    if (tx->gso != BONNET_GSO_NONE && tx->header_len + tx->gso_size > c->config.mtu + link)
        world_fail(w, "MTU", "super-frame in pieces of %u + %u bytes", tx->header_len,
                   tx->gso_size);
    if (tx->gso != BONNET_GSO_NONE && !(c->config.offload & BONNET_OFFLOAD_TX_GSO))
        world_fail(w, "offload", "super-frame that was not asked for");
}

static void add_to_hash(struct world *w, const uint8_t *data, uint32_t len)
{
    uint64_t hash = w->hash ^ w->now;
    for (uint32_t i = 0; i < len; i++)
        hash = (hash ^ data[i]) * 0x100000001b3u;
    w->hash = hash;
}

void tap_sent(struct world *w, struct host *h, const struct cable *c, const struct bonnet_tx *tx,
              const uint8_t *data)
{
    struct packet p = {0};
    struct segment s;
    add_to_hash(w, data, tx->len);
    check_size(w, c, tx);
    bool has_reason = tx->reason > 0 && tx->reason < BONNET_REASONS_END &&
                      bonnet_reason_kind(tx->reason) == BONNET_KIND_SEND;
    if (!has_reason) world_fail(w, "I11", "frame sent for reason %u", tx->reason);
    if (!read_packet(c, data, tx->len, &p)) return;
    if (p.protocol == 6 && (!read_segment(&p, &s) || s.is_odd))
        world_fail(w, "header", "segment that cannot be read");
    else if (p.protocol == 6)
        check_segment(w, h, &p, &s, tx);
    if (p.protocol == 1) check_icmp(w, h, &p, tx->reason);
    if (!tx->needs_checksum && !checksum_is_good(&p))
        world_fail(w, "checksum", "of a frame that was sent for %s",
                   bonnet_reason_name(tx->reason));
}

/* Adds a range to those that it overlaps or touches. */
static void note_sack(struct track *t, uint32_t from, uint32_t to)
{
    if (t->sacks_n > SACKS_MAX) return;
    for (unsigned i = 0; i < t->sacks_n;) {
        if (is_after(from, t->sacks[i].to) || is_after(t->sacks[i].from, to)) {
            i++;
            continue;
        }
        if (is_after(from, t->sacks[i].from)) from = t->sacks[i].from;
        if (is_after(t->sacks[i].to, to)) to = t->sacks[i].to;
        t->sacks[i] = t->sacks[--t->sacks_n];
        i = 0;
    }
    if (t->sacks_n < SACKS_MAX) {
        t->sacks[t->sacks_n].from = from;
        t->sacks[t->sacks_n].to = to;
    }
    t->sacks_n++;
}

static void note_sacks(struct track *t, const struct segment *s)
{
    for (unsigned i = 0; i < s->sack_n; i++) {
        uint32_t from = s->sack[i][0], to = s->sack[i][1];
        if (!is_after(to, from) || is_after(t->una, from) || is_after(to, t->max)) continue;
        note_sack(t, from, to);
    }
}

static void note_received(const struct host *h, struct track *t, const struct segment *s)
{
    bool stands = t->in_rows == h->looks && t->state != BONNET_SYN_SENT;
    bool is_new = !(t->in_rows && stands) && !(t->half_open && t->half_open == h->looks);
    if ((s->flags & SYN) && is_new) {
        t->peer_shift = s->shift;
        t->peer_ended = false;
        t->duplicates = 0;
    }
    if (s->flags & FIN) {
        t->peer_ended = true;
        t->peer_end = s->seq + s->text_len + 1;
    }
    if (t->in_rows) note_sacks(t, s);
    if ((s->flags & ACK) && t->in_rows) t->duplicates += !is_after(s->ack, t->una);
}

void tap_received(struct world *w, struct host *h, const struct cable *c,
                  const struct bonnet_rx *rx, struct work *work)
{
    struct packet p = {0};
    struct segment s;
    if (!read_packet(c, rx->data, rx->len, &p)) return;
    struct track *asker = track_of_host(h, &p.to.addr, &p.from.addr);
    if (asker) note_asked(w, asker, &p);
    struct track *t = p.from.port ? watch_track(h, &p.to, &p.from) : NULL;
    if (t) note_asked(w, t, &p);
    bool good = rx->checksum_good || checksum_is_good(&p);
    if (p.protocol == 17 && p.is_first && p.len > 8 && good) {
        const struct datagram d = {p.from, p.to, p.transport + 8, p.len - 8};
        datagram_seen(w, h, &d);
    }
    if (!good || !read_segment(&p, &s)) return;
    say_segment(w, "came", &p, &s, 0);
    if (!t) return;
    work->objects = t->objects;
    note_received(h, t, &s);
}
