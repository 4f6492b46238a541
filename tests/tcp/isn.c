/* SPDX-License-Identifier: BSD-2-Clause */
/* Initial sequence numbers, timestamp offsets and SYN cookies: nobody outside can tell the next
 * one. */
#include <stdlib.h>
#include <string.h>

#include "libtcp.h"

static struct tcp_tuple tuple(uint32_t n)
{
    return (struct tcp_tuple){bonnet_ip4(10, 0, 0, 1), bonnet_ip4(10, (uint8_t)(n >> 8), 0, 2),
                              (uint16_t)(80 + (n >> 16)), (uint16_t)(40000 + (n & 0xff))};
}

static struct t begin(void)
{
    struct t t;
    closed(&t, (struct opts){0});
    return t;
}

/* @req ISN-1 ISN-3 9293-MUST-8 9293-SHLD-1: a step in four microseconds, for one 4-tuple. */
static void number_rises_with_time(void **state)
{
    (void)state;
    struct t t = begin();
    const struct tcp_tuple w = tuple(0);
    const tcp_seq first = tcp_isn(&t.e, &w);
    for (uint32_t i = 1; i < 1000; i++) {
        t.e.now += 4 * BONNET_US;
        assert_int_equal(seq_span(tcp_isn(&t.e, &w), first), i);
    }
    t.e.now += 3600 * BONNET_S;
    assert_int_equal(seq_span(tcp_isn(&t.e, &w), first), 999 + 900000000);
}

/* Every part of the 4-tuple, and nothing but it, makes another number; and the two directions do.
 */
static void every_part_of_the_tuple_counts(void **state)
{
    (void)state;
    struct t t = begin();
    const struct tcp_tuple w = tuple(0);
    struct tcp_tuple x[5] = {w, w, w, w, {w.raddr, w.laddr, w.rport, w.lport}};
    x[0].laddr = bonnet_ip4(10, 0, 0, 3);
    x[1].raddr = bonnet_ip4(10, 0, 0, 3);
    x[2].lport++;
    x[3].rport++;
    for (int i = 0; i < 5; i++) {
        assert_int_not_equal(tcp_isn(&t.e, &x[i]).v, tcp_isn(&t.e, &w).v);
        assert_int_not_equal(tcp_ts_offset(&t.e, &x[i]), tcp_ts_offset(&t.e, &w));
    }
    assert_int_equal(tcp_isn(&t.e, &w).v, tcp_isn(&t.e, &w).v);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

#define SAMPLES 100000u

/* Most often seen difference of neighbours, and the largest deviation of a byte's count from even.
 */
static void check_chance(uint32_t *v)
{
    uint32_t counts[4][256] = {0}, longest = 1, same = 1;
    static uint32_t steps[SAMPLES];
    for (uint32_t i = 0; i < SAMPLES; i++) {
        for (int b = 0; b < 4; b++)
            counts[b][v[i] >> 8 * b & 0xff]++;
        steps[i] = v[i] - v[i ? i - 1 : SAMPLES - 1];
    }
    for (int b = 0; b < 4; b++)
        for (int k = 0; k < 256; k++)
            assert_in_range(counts[b][k], SAMPLES / 256 - 120, SAMPLES / 256 + 120); /* 6 sigma */
    qsort(steps, SAMPLES, sizeof(steps[0]), by_value);
    for (uint32_t i = 1; i < SAMPLES; i++) {
        same = steps[i] == steps[i - 1] ? same + 1 : 1;
        if (same > longest) longest = same;
    }
    assert_in_range(longest, 1, 3); /* a guess of the next step is right by chance alone */
}

/* SI-LCG SI-TSOFF @req ISN-3 9293-MUST-9 7323-16: neighbours have nothing in common. */
static void other_tuples_tell_nothing(void **state)
{
    static uint32_t v[SAMPLES];
    (void)state;
    struct t t = begin();
    for (uint32_t i = 0; i < SAMPLES; i++) {
        const struct tcp_tuple w = tuple(i);
        v[i] = tcp_isn(&t.e, &w).v;
    }
    check_chance(v);
    for (uint32_t i = 0; i < SAMPLES; i++) {
        const struct tcp_tuple w = tuple(i);
        v[i] = tcp_ts_offset(&t.e, &w);
    }
    check_chance(v);
}

/* SI-LCG after a reboot; @req ISN-4: no secret serves two purposes. */
static void keys_differ(void **state)
{
    (void)state;
    struct t t = begin();
    struct bonnet_config config;
    bonnet_config_init(&config);
    struct env *other = test_malloc(sizeof(*other));
    config.seed[0] = 8;
    config.alloc = t.e.alloc;
    env_init(other, &config);
    other->now = t.e.now;
    const struct tcp_tuple w = tuple(0);
    assert_int_not_equal(tcp_isn(&t.e, &w).v, tcp_isn(other, &w).v);
    assert_int_not_equal(tcp_ts_offset(&t.e, &w), tcp_ts_offset(other, &w));
    assert_memory_not_equal(&t.e.keys.isn, &t.e.keys.ts, sizeof(struct siphash_key));
    assert_memory_not_equal(&t.e.keys.isn, &t.e.keys.cookie[0], sizeof(struct siphash_key));
    assert_memory_not_equal(&t.e.keys.cookie[0], &t.e.keys.cookie[1], sizeof(struct siphash_key));
    test_free(other);
}

/* ---- cookies ---- */

static const struct tcp_offer offer = {.window = 65535, .mss = 1460, .wscale = 7};

struct cookie {
    struct tcp_seg reply; /* the SYN-ACK */
    struct tcp_seg ack;   /* what the peer answers */
};

static struct cookie bake(struct t *t, uint8_t has, uint16_t mss, uint8_t wscale)
{
    const struct tcp_tuple w = tuple(0);
    struct cookie c;
    struct tcp_seg syn = {.seq = seq(777777), .flags = SYN, .wnd = 1000, .has = has};
    syn.mss = mss;
    syn.wscale = wscale;
    syn.ts_val = 4711;
    tcp_cookie_make(&t->e, &w, &syn, &offer, &c.reply);
    c.ack = (struct tcp_seg){.seq = seq_add(syn.seq, 1), .flags = ACK, .wnd = 2000};
    c.ack.ack = seq_add(c.reply.seq, 1);
    c.ack.has = c.reply.has & TCP_OPT_TIMESTAMPS;
    c.ack.ts_val = 4712;
    c.ack.ts_ecr = c.reply.ts_val;
    return c;
}

static bool tastes(struct t *t, const struct cookie *c, struct tcp_half_open *h)
{
    const struct tcp_tuple w = tuple(0);
    return tcp_cookie_check(&t->e, &w, &c->ack, h);
}

/* FL-COOKIE @req SYNF-1 SYNF-3: the largest of eight MSS that the peer takes. */
static void cookie_brings_the_mss_back(void **state)
{
    static const uint16_t rows[][2] = {{1460, 1460}, {1459, 1448}, {1440, 1440},  {536, 536},
                                       {100, 536},   {1219, 536},  {1220, 1220},  {1300, 1300},
                                       {1400, 1400}, {8960, 8960}, {65535, 8960}, {1461, 1460}};
    (void)state;
    struct t t = begin();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cookie c = bake(&t, TCP_OPT_MSS, rows[i][0], 0);
        struct tcp_half_open h;
        assert_true(tastes(&t, &c, &h));
        assert_int_equal(h.mss, rows[i][1]);
        assert_int_equal(h.irs.v, 777777);
        assert_int_equal(h.iss.v, c.reply.seq.v);
        assert_int_equal(h.agreed, 0);
        assert_int_equal(h.sent, 0);
        assert_int_equal(c.reply.has, TCP_OPT_MSS);
    }
}

/* @req SYNF-3: window scale and SACK travel in the timestamp, or not at all. */
static void cookie_brings_options_back_by_timestamp(void **state)
{
    static const uint8_t ts = TCP_OPT_TIMESTAMPS, ws = TCP_OPT_WSCALE;
    static const uint8_t sack = TCP_OPT_SACK_PERMITTED;
    (void)state;
    struct t t = begin();
    for (uint8_t wscale = 0; wscale <= 14; wscale++) {
        for (uint8_t k = 0; k < 8; k++) {
            uint8_t has = (uint8_t)((k & 1 ? ts : 0) | (k & 2 ? ws : 0) | (k & 4 ? sack : 0));
            struct cookie c = bake(&t, has, 0, wscale);
            struct tcp_half_open h;
            t.e.now += 13 * BONNET_MS;
            assert_true(tastes(&t, &c, &h));
            uint8_t agreed =
                k & 1 ? k : 0; /* the bits are those of enum tcp_agreed, but for order */
            assert_int_equal((h.agreed & TCP_AGREED_WSCALE) != 0, (agreed & 2) != 0);
            assert_int_equal((h.agreed & TCP_AGREED_SACK) != 0, (agreed & 4) != 0);
            assert_int_equal((h.agreed & TCP_AGREED_TIMESTAMPS) != 0, (agreed & 1) != 0);
            if (agreed & 2) assert_int_equal(h.wscale, wscale);
            if (agreed & 1) assert_int_equal(h.ts_recent, 4712);
        }
    }
}

/* The timestamp with the bits is not ahead of the clock: later ones are not old. */
static void cookie_timestamp_is_not_ahead(void **state)
{
    (void)state;
    struct t t = begin();
    const struct tcp_tuple w = tuple(0);
    for (int i = 0; i < 200; i++) {
        struct cookie c = bake(&t, TCP_OPT_TIMESTAMPS | TCP_OPT_WSCALE, 0, (uint8_t)(i % 15));
        uint32_t now = env_ms(&t.e) + tcp_ts_offset(&t.e, &w);
        assert_in_range(now - c.reply.ts_val, 0, 64);
        t.e.now += BONNET_MS;
    }
}

/* FL-COOKIE: good for one to two intervals, not again when the eight bits of it come again. */
static void old_cookie_is_refused(void **state)
{
    (void)state;
    struct t t = begin();
    t.e.now = 1000 * 64 * BONNET_S;
    struct cookie c = bake(&t, TCP_OPT_MSS, 1460, 0);
    struct tcp_half_open h;
    const bonnet_time baked = t.e.now;
    for (uint64_t s = 0; s < 6 * 3600; s++) {
        t.e.now = baked + s * BONNET_S;
        assert_int_equal(tastes(&t, &c, &h), s < 128);
    }
    t.e.now = baked - BONNET_S; /* not yet baked */
    assert_false(tastes(&t, &c, &h));
}

/* FL-COOKIE: whoever kept an old cookie cannot make a new one of it, whatever ISN he chooses. */
static void old_cookie_tells_no_new_one(void **state)
{
    (void)state;
    struct t t = begin();
    struct cookie c = bake(&t, TCP_OPT_MSS, 1460, 0);
    const uint32_t old = (uint32_t)(t.e.now / (64 * BONNET_S)) & 0xff;
    t.e.now += 30 * 64 * BONNET_S;
    const uint32_t now = (uint32_t)(t.e.now / (64 * BONNET_S)) & 0xff;
    for (uint32_t k = 0; k < 2; k++) {
        struct cookie x = c;
        struct tcp_half_open h;
        uint32_t irs = 777777, other = k ? irs ^ (old ^ now) << 24 : irs;
        x.ack.seq = seq(other + 1);
        x.ack.ack = seq(c.ack.ack.v + (other - irs) + ((now - old) << 24));
        assert_false(tastes(&t, &x, &h));
    }
}

/* FL-COOKIE: forged ones succeed no more often than one in 2^24. */
static void forged_cookie_is_refused(void **state)
{
    (void)state;
    struct t t = begin();
    struct cookie c = bake(&t, TCP_OPT_MSS, 1460, 0);
    struct tcp_half_open h;
    for (int bit = 3; bit < 32; bit++) { /* the lowest three may be another MSS */
        struct cookie x = c;
        x.ack.ack = seq(c.ack.ack.v ^ 1u << bit);
        assert_false(tastes(&t, &x, &h));
        x = c;
        x.ack.seq = seq(c.ack.seq.v ^ 1u << bit);
        assert_false(tastes(&t, &x, &h));
    }
    for (uint32_t n = 1; n < 1000; n++) {
        const struct tcp_tuple w = tuple(n);
        assert_false(tcp_cookie_check(&t.e, &w, &c.ack, &h));
    }
    uint32_t seed = 1, good = 0;
    for (uint32_t i = 0; i < 1u << 20; i++) {
        seed = seed * 1664525 + 1013904223;
        c.ack.ack = seq(seed);
        good += tastes(&t, &c, &h);
    }
    assert_in_range(good, 0, 1); /* 2^20 of them, one in 2^28 is right */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_rises_with_time),
        cmocka_unit_test(every_part_of_the_tuple_counts),
        cmocka_unit_test(other_tuples_tell_nothing),
        cmocka_unit_test(keys_differ),
        cmocka_unit_test(cookie_brings_the_mss_back),
        cmocka_unit_test(cookie_brings_options_back_by_timestamp),
        cmocka_unit_test(cookie_timestamp_is_not_ahead),
        cmocka_unit_test(old_cookie_is_refused),
        cmocka_unit_test(old_cookie_tells_no_new_one),
        cmocka_unit_test(forged_cookie_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
