/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that nobody outside can guess: initial sequence numbers (RFC 6528), timestamp offsets
 * (RFC 7323 7) and SYN cookies (RFC 4987 3.6), each under a key of its own.
 *
 * A cookie is, in 32 bits: a hash of the 4-tuple, plus the peer's ISN, plus the present 64 s
 * interval in the top eight bits, plus 24 bits of a second hash (over the interval and the peer's
 * ISN, too) that carry the index of the MSS. The sum alone would also be right for the last ACK of
 * a connection that carried as many bytes one way as the other, and open it again. Accepted are the
 * present interval and the one before: 128 s at most. With timestamps, window scale, SACK and ECN
 * travel in the low six bits of our TSval; without them they are not used.
 */
#include <string.h>

#include "base/siphash.h"
#include "tcp/conn.h"
#include "tcp/listen.h"
#include "wire/addr.h"

#define COOKIE_INTERVAL   (64 * BONNET_S)
#define COOKIE_INDEX_MASK 0xffffffu
#define TS_BITS           0x3fu
#define TS_WSCALE         0x0fu /* 15: the peer offered none */
#define TS_SACK           0x10u
#define TS_ECN            0x20u

static const uint16_t cookie_mss[] = {536, 1220, 1300, 1400, 1440, 1448, 1460, 8960};

#define COOKIE_MSS_N (sizeof(cookie_mss) / sizeof(cookie_mss[0]))

/* A keyed hash of the 4-tuple and a salt; the two forms differ in length, which SipHash takes in.
 */
static uint64_t keyed(const struct siphash_key *key, const struct tcp_tuple *t, uint32_t salt)
{
    uint64_t ports = (uint64_t)t->lport << 48 | (uint64_t)t->rport << 32 | salt;
    if (addr_is_ip4(&t->laddr) && addr_is_ip4(&t->raddr)) {
        uint64_t addrs = (uint64_t)addr_ip4(&t->laddr) << 32 | addr_ip4(&t->raddr);
        return siphash24_2(key, addrs, ports);
    }
    uint64_t w[5] = {[4] = ports};
    memcpy(w, t->laddr.b, 16);
    memcpy(w + 2, t->raddr.b, 16);
    return siphash24(key, w, sizeof(w));
}

/* RFC 6528 3: ISN = M + F(localip, localport, remoteip, remoteport, secretkey), M in steps of 4 us.
 */
tcp_seq tcp_isn(const struct env *e, const struct tcp_tuple *t)
{
    uint32_t m = (uint32_t)(e->now / (4 * BONNET_US));
    return seq(m + (uint32_t)keyed(&e->keys.isn, t, 0));
}

uint32_t tcp_ts_offset(const struct env *e, const struct tcp_tuple *t)
{
    return (uint32_t)keyed(&e->keys.ts, t, 0);
}

static uint32_t interval_now(const struct env *e)
{
    return (uint32_t)(e->now / COOKIE_INTERVAL);
}

static uint32_t cookie_base(const struct env *e, const struct tcp_tuple *t, tcp_seq irs)
{
    return (uint32_t)keyed(&e->keys.cookie[0], t, 0) + irs.v;
}

/* Hashed twice: the peer chooses its ISN, and with it xor-ed into the interval an old cookie would
 * tell a new one. The whole interval is hashed, not the eight bits that travel: they come again
 * after four and a half hours. */
static uint32_t cookie_mask(const struct env *e, const struct tcp_tuple *t, tcp_seq irs,
                            uint32_t interval)
{
    const struct siphash_key *key = &e->keys.cookie[1];
    return (uint32_t)siphash24_2(key, keyed(key, t, irs.v), interval) & COOKIE_INDEX_MASK;
}

/* The largest MSS of the table that the peer takes. */
static uint32_t mss_index(uint16_t mss)
{
    uint32_t i = COOKIE_MSS_N - 1;
    while (i > 0 && cookie_mss[i] > mss)
        i--;
    return i;
}

static uint32_t ts_bits(const struct tcp_half_open *h)
{
    uint32_t bits = h->agreed & TCP_AGREED_WSCALE ? h->wscale : TS_WSCALE;
    if (h->agreed & TCP_AGREED_SACK) bits |= TS_SACK;
    if (h->agreed & TCP_AGREED_ECN) bits |= TS_ECN;
    return bits;
}

/* Not later than the present timestamp, with our bits at the bottom. */
static uint32_t ts_with_bits(uint32_t now, uint32_t bits)
{
    uint32_t ts = (now & ~TS_BITS) | bits;
    return (int32_t)(ts - now) > 0 ? ts - (TS_BITS + 1) : ts;
}

void tcp_cookie_make(const struct env *e, const struct tcp_tuple *t, const struct tcp_seg *syn,
                     const struct tcp_offer *offer, struct tcp_seg *reply)
{
    struct tcp_half_open h;
    tcp_half_open_from_syn(&h, e, t, syn);
    if (!(h.agreed & TCP_AGREED_TIMESTAMPS)) h.agreed = 0; /* nowhere to remember them */
    uint32_t interval = interval_now(e);
    uint32_t low = (cookie_mask(e, t, syn->seq, interval) + mss_index(h.mss)) & COOKIE_INDEX_MASK;
    h.iss = seq(cookie_base(e, t, syn->seq) + (interval << 24) + low);
    tcp_half_open_reply(&h, e, t, offer, reply);
    if (h.agreed & TCP_AGREED_TIMESTAMPS) reply->ts_val = ts_with_bits(reply->ts_val, ts_bits(&h));
}

/* What the echoed timestamp says was agreed. */
static void take_ts_bits(struct tcp_half_open *h, const struct tcp_seg *s)
{
    h->agreed = TCP_AGREED_TIMESTAMPS;
    h->ts_recent = s->ts_val;
    uint32_t bits = s->ts_ecr & TS_BITS;
    if (bits & TS_SACK) h->agreed |= TCP_AGREED_SACK;
    if (bits & TS_ECN) h->agreed |= TCP_AGREED_ECN;
    if ((bits & TS_WSCALE) == TS_WSCALE) return;
    h->agreed |= TCP_AGREED_WSCALE;
    h->wscale = (uint8_t)(bits & TS_WSCALE);
}

bool tcp_cookie_check(const struct env *e, const struct tcp_tuple *t, const struct tcp_seg *s,
                      struct tcp_half_open *h)
{
    tcp_seq irs = seq_sub(s->seq, 1), iss = seq_sub(s->ack, 1);
    uint32_t value = iss.v - cookie_base(e, t, irs);
    uint32_t age = (interval_now(e) - (value >> 24)) & 0xff;
    if (age > 1) return false;
    uint32_t mask = cookie_mask(e, t, irs, interval_now(e) - age);
    uint32_t index = (value - mask) & COOKIE_INDEX_MASK;
    if (index >= COOKIE_MSS_N) return false;
    *h = (struct tcp_half_open){.iss = iss, .irs = irs, .wnd = s->wnd, .mss = cookie_mss[index]};
    if (s->has & TCP_OPT_TIMESTAMPS) take_ts_bits(h, s);
    return true;
}
