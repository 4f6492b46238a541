/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reassembly (RFC 791 3.2, RFC 1122 3.3.2): datagrams in pieces, from anybody, at our expense.
 *
 * Pieces are kept as they come, in no order, each in memory of its own; a bit per eight octets says
 * what is here. So whether a piece overlaps costs work in proportion to its length, and nothing is
 * ever sorted: when the octets here add up to the total, which the last piece fixed, each piece is
 * copied to its place.
 *
 * Pieces that overlap, or disagree about the end, are an attack on somebody's parser (RFC 1858, RFC
 * 3128) or a broken sender: the datagram is given up, IPv4 like IPv6 (RFC 5722), and remembered as
 * refused until its time is over, so that its later pieces are not taken for a new one. Only an
 * exact duplicate - same place, same octets - is harmless, and ignored. Refused pieces leave the
 * datagram as it is, unless it has too many. A mark on one of them (ECN, RFC 3168 5.3) is one on
 * the whole, and a contradiction if another may not be marked.
 *
 * Limits: datagrams, memory of all (real sizes, with the structs), pieces per datagram. The oldest
 * datagram gives way, in O(1). The time limit is 60 s from the first piece that came, whatever
 * comes later (RFC 1122 3.3.2 MUST: fixed).
 *
 * Invariants: reassembly_bytes is the sum of bytes over the table; a refused datagram holds no
 * piece; a datagram is in the map and in the list, or is ip->done and in neither.
 */
#include "ip/reass.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/checksum.h"

#define LASTS           (60 * BONNET_S)
#define DATAGRAM_MAX    65535u
#define UNITS           (65536 / 8)
#define FIRST_LEAST     8u  /* ports, at least: what filters and ICMP errors need */
#define FIRST_LEAST_TCP 20u /* RFC 1858 3: flags included */

struct piece {
    struct piece *next;
    uint16_t at, len;   /* octets of text */
    uint8_t header_len; /* of its IP header, which precedes the text; 0: not the first, not kept */
    bool more;
    uint8_t bytes[];
};

struct reassembly {
    struct map_node map;
    struct list_node age;
    struct bonnet_addr src, dst;
    uint16_t id;
    uint8_t protocol;
    bool broadcast;
    uint8_t ecn;      /* bit per enum ip_ecn that a piece had */
    uint16_t refused; /* enum bonnet_reason: given up, why; R_NONE: not */
    bonnet_time until;
    struct piece *pieces;
    struct piece *first; /* the one at offset 0, or NULL */
    uint32_t pieces_n;
    uint32_t here;  /* octets of text in pieces */
    uint32_t reach; /* end of the piece that reaches furthest */
    uint32_t total; /* octets of the whole text; 0: the last piece has not come */
    uint32_t bytes; /* memory charged */
    uint8_t *whole; /* header and text, when complete; NULL before */
    uint32_t whole_len;
    uint64_t units[UNITS / 64]; /* bit per eight octets that are here */
};

static enum bonnet_reason take(struct ip *ip, struct env *e, struct ip_in *in);
static enum bonnet_reason check_piece(const struct ip_in *in);
static struct reassembly *find(const struct ip *ip, const struct env *e, const struct ip_in *in);
static enum bonnet_reason start(struct ip *ip, struct env *e, const struct ip_in *in,
                                struct reassembly **out);
static enum bonnet_reason check_place(const struct reassembly *r, const struct ip_in *in);
static enum bonnet_reason add_piece(struct ip *ip, struct env *e, struct reassembly *r,
                                    const struct ip_in *in);
static enum bonnet_reason complete(struct ip *ip, struct env *e, struct reassembly *r,
                                   struct ip_in *in);
static enum bonnet_reason give_up(struct ip *ip, struct env *e, struct reassembly *r,
                                  enum bonnet_reason why);
static bool make_room(struct ip *ip, struct env *e, const struct reassembly *keep, uint32_t bytes);
static void leave_table(struct ip *ip, struct env *e, struct reassembly *r);
static void release(struct env *e, struct reassembly *r);

enum bonnet_reason reass_input(struct ip *ip, struct env *e, struct ip_in *in)
{
    env_count(e, BONNET_MIB_IpReasmReqds);
    enum bonnet_reason r = check_piece(in);
    if (r == BONNET_R_NONE) r = take(ip, e, in);
    if (r == BONNET_R_NONE)
        env_count(e, BONNET_MIB_IpReasmOKs);
    else if (r != BONNET_R_FRAGMENT_HELD)
        env_count(e, BONNET_MIB_IpReasmFails);
    return r;
}

static enum bonnet_reason take(struct ip *ip, struct env *e, struct ip_in *in)
{
    struct reassembly *r = find(ip, e, in);
    enum bonnet_reason why = r ? BONNET_R_NONE : start(ip, e, in, &r);
    if (why != BONNET_R_NONE) return why;
    if (r->refused) return (enum bonnet_reason)r->refused;
    why = check_place(r, in);
    if (why == BONNET_R_FRAGMENT_HELD) return why;
    if (why != BONNET_R_NONE) return give_up(ip, e, r, why);
    why = add_piece(ip, e, r, in);
    if (why != BONNET_R_NONE) return why;
    return r->here == r->total ? complete(ip, e, r, in) : BONNET_R_FRAGMENT_HELD;
}

static enum bonnet_reason check_piece(const struct ip_in *in)
{
    const struct ip4_header *h = &in->h;
    uint32_t least = h->protocol == IP_TCP ? FIRST_LEAST_TCP : FIRST_LEAST;
    if (in->len == 0 || (h->more_fragments && in->len % 8 != 0)) return BONNET_R_FRAGMENT_SIZE;
    if (IP4_HEADER + h->fragment_at + in->len > DATAGRAM_MAX) return BONNET_R_FRAGMENT_SIZE;
    if (h->fragment_at == 0 && in->len < least) return BONNET_R_FRAGMENT_SIZE;
    return BONNET_R_NONE;
}

/* The units that a piece fills; its last one may be filled in part, if nothing follows. */
struct span {
    uint32_t from, to;
};

static struct span span_of(const struct ip_in *in)
{
    return (struct span){in->h.fragment_at / 8u, (in->h.fragment_at + in->len + 7) / 8};
}

/* The bits of word number w that lie in a span. */
static uint64_t bits_in(struct span s, uint32_t w)
{
    uint32_t from = s.from > w * 64 ? s.from - w * 64 : 0;
    uint32_t end = s.to - w * 64;
    uint64_t below_end = end >= 64 ? UINT64_MAX : ((uint64_t)1 << end) - 1;
    return below_end & UINT64_MAX << from;
}

static bool any_here(const struct reassembly *r, struct span s)
{
    for (uint32_t w = s.from / 64; w * 64 < s.to; w++) {
        if (r->units[w] & bits_in(s, w)) return true;
    }
    return false;
}

static void mark_here(struct reassembly *r, struct span s)
{
    for (uint32_t w = s.from / 64; w * 64 < s.to; w++)
        r->units[w] |= bits_in(s, w);
}

static bool is_duplicate(const struct reassembly *r, const struct ip_in *in)
{
    for (const struct piece *p = r->pieces; p; p = p->next) {
        if (p->at != in->h.fragment_at) continue;
        return p->len == in->len && p->more == in->h.more_fragments &&
               memcmp(p->bytes + p->header_len, in->text, in->len) == 0;
    }
    return false;
}

/* FRAGMENT_HELD: it is here already. FRAGMENT_OVERLAP: it contradicts what is. */
static enum bonnet_reason check_place(const struct reassembly *r, const struct ip_in *in)
{
    uint32_t end = in->h.fragment_at + in->len;
    if (any_here(r, span_of(in)))
        return is_duplicate(r, in) ? BONNET_R_FRAGMENT_HELD : BONNET_R_FRAGMENT_OVERLAP;
    if (r->total != 0 && end > r->total) return BONNET_R_FRAGMENT_OVERLAP;
    if (!in->h.more_fragments && r->reach > end) return BONNET_R_FRAGMENT_OVERLAP;
    return BONNET_R_NONE;
}

static uint32_t piece_bytes(uint32_t header_len, uint32_t len)
{
    return (uint32_t)sizeof(struct piece) + header_len + len;
}

static void charge(struct ip *ip, struct reassembly *r, uint32_t bytes)
{
    r->bytes += bytes;
    ip->reassembly_bytes += bytes;
}

static enum bonnet_reason add_piece(struct ip *ip, struct env *e, struct reassembly *r,
                                    const struct ip_in *in)
{
    uint32_t header_len = in->h.fragment_at == 0 ? in->h.header_len : 0;
    uint32_t bytes = piece_bytes(header_len, in->len);
    if (r->pieces_n >= e->limits.fragments_max || !make_room(ip, e, r, bytes))
        return give_up(ip, e, r, BONNET_R_FRAGMENT_LIMIT);
    struct piece *p = env_alloc(e, bytes);
    if (!p) return BONNET_R_MEMORY;
    charge(ip, r, bytes);
    p->at = in->h.fragment_at;
    p->len = (uint16_t)in->len;
    p->header_len = (uint8_t)header_len;
    p->more = in->h.more_fragments;
    memcpy(p->bytes, in->text - header_len, header_len + in->len);
    p->next = r->pieces;
    r->pieces = p;
    r->pieces_n++;
    r->ecn |= (uint8_t)(1u << (in->h.tos & IP_ECN_MASK));
    if (p->at == 0) r->first = p;
    if (!p->more) r->total = (uint32_t)p->at + p->len;
    if ((uint32_t)p->at + p->len > r->reach) r->reach = (uint32_t)p->at + p->len;
    r->here += p->len;
    mark_here(r, span_of(in));
    return BONNET_R_NONE;
}

static void free_pieces(struct env *e, struct reassembly *r)
{
    while (r->pieces) {
        struct piece *p = r->pieces;
        r->pieces = p->next;
        env_free(e, p, piece_bytes(p->header_len, p->len));
    }
    r->first = NULL;
    r->pieces_n = 0;
}

/* The first piece's header, made true of the whole: RFC 791 3.2, its other fields and options stay.
 */
static void write_header(const struct reassembly *r)
{
    uint8_t *h = r->whole;
    put_u16(h + 2, (uint16_t)r->whole_len);
    if (r->ecn & 1u << IP_CE) h[1] |= IP_CE;
    put_u16(h + 6, 0);
    put_u16(h + 10, 0);
    put_raw16(h + 10, checksum_finish(checksum_sum(h, r->first->header_len)));
}

/* Fills in *in from a packet, header first, that was checked when it came. */
static void hand_up(const struct reassembly *r, const uint8_t *packet, uint32_t len,
                    struct ip_in *in)
{
    enum bonnet_reason why = ip4_parse(&in->h, packet, len);
    bonnet_assert(why == BONNET_R_NONE);
    in->packet = packet;
    in->packet_len = len;
    in->text = packet + in->h.header_len;
    in->len = len - in->h.header_len;
    in->broadcast = r->broadcast;
}

static enum bonnet_reason complete(struct ip *ip, struct env *e, struct reassembly *r,
                                   struct ip_in *in)
{
    uint32_t header_len = r->first->header_len;
    bool is_odd = r->ecn & 1u << IP_CE && r->ecn & 1u << IP_NOT_ECT;
    if (is_odd) return give_up(ip, e, r, BONNET_R_FRAGMENT_ECN);
    r->whole_len = header_len + r->total;
    if (r->whole_len > DATAGRAM_MAX) return give_up(ip, e, r, BONNET_R_FRAGMENT_SIZE);
    r->whole = env_alloc(e, r->whole_len);
    if (!r->whole) return give_up(ip, e, r, BONNET_R_MEMORY);
    memcpy(r->whole, r->first->bytes, header_len);
    for (const struct piece *p = r->pieces; p; p = p->next)
        memcpy(r->whole + header_len + p->at, p->bytes + p->header_len, p->len);
    write_header(r);
    leave_table(ip, e, r);
    free_pieces(e, r);
    ip->done = r;
    hand_up(r, r->whole, r->whole_len, in);
    in->reassembled = true;
    return BONNET_R_NONE;
}

/* Frees its pieces and remembers that it was refused. */
static enum bonnet_reason give_up(struct ip *ip, struct env *e, struct reassembly *r,
                                  enum bonnet_reason why)
{
    free_pieces(e, r);
    ip->reassembly_bytes -= r->bytes - (uint32_t)sizeof(*r);
    r->bytes = (uint32_t)sizeof(*r);
    r->refused = (uint16_t)why;
    return why;
}

static void leave_table(struct ip *ip, struct env *e, struct reassembly *r)
{
    list_remove(&r->age);
    map_remove(&ip->reassemblies, e, &r->map);
    ip->reassembly_bytes -= r->bytes;
}

static void release(struct env *e, struct reassembly *r)
{
    free_pieces(e, r);
    env_free(e, r->whole, r->whole_len);
    env_free(e, r, sizeof(*r));
}

void reass_release(struct ip *ip, struct env *e)
{
    if (ip->done) release(e, ip->done);
    ip->done = NULL;
}

static struct reassembly *oldest(const struct ip *ip)
{
    struct list_node *node = list_first(&ip->reassemblies_by_age);
    return node ? list_entry(node, struct reassembly, age) : NULL;
}

/* The oldest goes; that of one given up was counted before. */
static void evict(struct ip *ip, struct env *e, struct reassembly *r)
{
    if (!r->refused) {
        env_count(e, BONNET_MIB_IpReasmFails);
        env_reason(e, BONNET_R_FRAGMENT_LIMIT);
    }
    leave_table(ip, e, r);
    release(e, r);
}

/* Makes the oldest give way until bytes more fit. False: it would be keep's turn. */
static bool make_room(struct ip *ip, struct env *e, const struct reassembly *keep, uint32_t bytes)
{
    while (ip->reassembly_bytes + bytes > e->limits.reassembly_bytes) {
        struct reassembly *r = oldest(ip);
        if (!r || r == keep) return false;
        evict(ip, e, r);
    }
    return true;
}

bool reass_tick(struct ip *ip, struct env *e, struct ip_in *about)
{
    reass_release(ip, e);
    for (struct reassembly *r = oldest(ip); r && r->until <= e->now; r = oldest(ip)) {
        leave_table(ip, e, r);
        ip->done = r;
        if (!r->refused) {
            env_count(e, BONNET_MIB_IpReasmTimeout);
            env_count(e, BONNET_MIB_IpReasmFails);
            env_reason(e, BONNET_R_FRAGMENT_TIMEOUT);
        }
        if (r->first) {
            memset(about, 0, sizeof(*about));
            hand_up(r, r->first->bytes, (uint32_t)r->first->header_len + r->first->len, about);
            return true;
        }
        reass_release(ip, e);
    }
    return false;
}

void reass_fini(struct ip *ip, struct env *e)
{
    reass_release(ip, e);
    for (struct reassembly *r = oldest(ip); r; r = oldest(ip)) {
        leave_table(ip, e, r);
        release(e, r);
    }
}

bonnet_time ip_deadline(const struct ip *ip)
{
    const struct reassembly *r = oldest(ip);
    return r ? r->until : BONNET_NEVER;
}

/* RFC 791 3.2: source, destination, protocol and identification tell datagrams apart. */
static uint32_t hash_of(const struct env *e, const struct ip4_header *h)
{
    uint64_t w[5];
    memcpy(w, h->src.b, 16);
    memcpy(w + 2, h->dst.b, 16);
    w[4] = (uint64_t)h->protocol << 16 | h->id;
    return (uint32_t)siphash13_5(&e->keys.demux, w);
}

static struct reassembly *find(const struct ip *ip, const struct env *e, const struct ip_in *in)
{
    const struct ip4_header *h = &in->h;
    struct map_node *node = map_first(&ip->reassemblies, hash_of(e, h));
    for (; node; node = map_next(node)) {
        struct reassembly *r = list_entry(node, struct reassembly, map);
        if (r->id == h->id && r->protocol == h->protocol && addr_eq(&r->src, &h->src) &&
            addr_eq(&r->dst, &h->dst))
            return r;
    }
    return NULL;
}

static enum bonnet_reason start(struct ip *ip, struct env *e, const struct ip_in *in,
                                struct reassembly **out)
{
    if (e->limits.reassembly_max == 0) return BONNET_R_FRAGMENT_LIMIT;
    if (ip->reassemblies.n >= e->limits.reassembly_max) evict(ip, e, oldest(ip));
    if (!make_room(ip, e, NULL, (uint32_t)sizeof(struct reassembly)))
        return BONNET_R_FRAGMENT_LIMIT;
    struct reassembly *r = env_alloc_zero(e, sizeof(*r));
    if (!r) return BONNET_R_MEMORY;
    if (map_add(&ip->reassemblies, e, &r->map, hash_of(e, &in->h)) != 0) {
        env_free(e, r, sizeof(*r));
        return BONNET_R_MEMORY;
    }
    r->src = in->h.src;
    r->dst = in->h.dst;
    r->id = in->h.id;
    r->protocol = in->h.protocol;
    r->broadcast = in->broadcast;
    r->until = e->now + LASTS;
    list_add_tail(&ip->reassemblies_by_age, &r->age);
    charge(ip, r, (uint32_t)sizeof(*r));
    *out = r;
    return BONNET_R_NONE;
}
