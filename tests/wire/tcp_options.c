/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP options: what each kind says, every way to be malformed, the layout in which they are sent,
 * and the short cuts for timestamps against the general way.
 */
#include "libwire.h"
#include "wire/tcp.h"

#define N BONNET_R_NONE
#define L BONNET_R_TCP_OPTION_LENGTH
#define D BONNET_R_TCP_OPTION_DUPLICATE
#define V BONNET_R_TCP_OPTION_VALUE
#define P BONNET_R_TCP_OPTION_PLACE

#define MSS  TCP_OPT_MSS
#define WS   TCP_OPT_WSCALE
#define OK   TCP_OPT_SACK_PERMITTED
#define SACK TCP_OPT_SACK
#define TS   TCP_OPT_TIMESTAMPS

/* The segment whose header ends with these n bytes of options, n a multiple of 4. */
static struct tcp_seg with_options(uint16_t flags, const uint8_t *options, uint32_t n)
{
    uint8_t p[TCP_HEADER_MAX] = {0};
    struct tcp_seg s = {.sport = 1, .dport = 2, .flags = flags};
    tcp_emit(&s, p);
    p[12] = (uint8_t)((TCP_HEADER + n) << 2);
    memcpy(p + TCP_HEADER, options, n);
    uint8_t *copy = exactly(p, TCP_HEADER + n);
    memset(&s, 0xee, sizeof(s));
    assert_int_equal(tcp_parse(&s, copy, TCP_HEADER + n, 0, NULL), BONNET_R_NONE);
    assert_int_equal(s.header_len, TCP_HEADER + n);
    give_back(copy, TCP_HEADER + n);
    return s;
}

static struct tcp_seg with(uint16_t flags, const uint8_t options[16])
{
    return with_options(flags, options, 16);
}

struct row {
    uint8_t options[16];
    uint8_t has;
    enum bonnet_reason note;
};

static void judge(uint16_t flags, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct tcp_seg s = with(flags, rows[i].options);
        assert_int_equal(s.has, rows[i].has);
        assert_int_equal(s.note, rows[i].note);
    }
}

/* @req 9293-MUST-4 */
static void each_kind_is_read(void **state)
{
    (void)state;
    const uint8_t syn[16] = {2, 4, 0x05, 0xb4, 3, 3, 7, 4, 2, 0};
    struct tcp_seg s = with(TCP_SYN, syn);
    assert_int_equal(s.has, MSS | WS | OK);
    assert_int_equal(s.mss, 1460);
    assert_int_equal(s.wscale, 7);
    const uint8_t ts[16] = {1, 8, 10, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
    s = with(TCP_ACK, ts);
    assert_int_equal(s.has, TS);
    assert_int_equal(s.ts_val, 0x11223344);
    assert_int_equal(s.ts_ecr, 0x55667788);
    const uint8_t sack[16] = {5, 10, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff};
    s = with(TCP_ACK, sack);
    assert_int_equal(s.has, SACK);
    assert_int_equal(s.sack_n, 1);
    assert_int_equal(s.sack[0].from.v, 1);
    assert_int_equal(s.sack[0].to.v, UINT32_MAX);
    assert_int_equal(s.note, N);
}

/* @req 9293-MUST-7 TO-LEN0 TO-LEN1 TO-PAST: reading ends, and what was read before counts. */
static void impossible_lengths_end_the_reading(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{200, 0, 2, 4, 5, 0xb4}, 0, L},
        {{200, 1, 2, 4, 5, 0xb4}, 0, L},
        {{2, 0}, 0, L},
        {{2, 1}, 0, L},
        {{8, 17}, 0, L},
        {{200, 255}, 0, L},
        {{4, 2, 200, 0, 2, 4, 5, 0xb4}, OK, L},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2}, 0, L},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4}, 0, L},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 5}, 0, L},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 5, 0xb4}, MSS, N},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 2}, OK, N},
    };
    judge(TCP_SYN, rows, LENGTH(rows));
}

/* @req 9293-MUST-4 TO-EOL: nothing behind an End of Option List is read; forty NOPs are forty NOPs.
 */
static void the_list_ends_at_its_end(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{0, 2, 4, 5, 0xb4}, 0, N},
        {{0, 200, 0, 200, 1}, 0, N},
        {{4, 2, 0, 2, 4, 5, 0xb4}, OK, N},
        {{1, 0, 8, 255}, 0, N},
    };
    judge(TCP_SYN, rows, LENGTH(rows));
    uint8_t nops[40];
    memset(nops, 1, sizeof(nops));
    struct tcp_seg s = with_options(TCP_ACK, nops, sizeof(nops));
    assert_int_equal(s.has, 0);
    assert_int_equal(s.note, N);
}

/* @req 9293-MUST-6 UTO-1 TO-AO: signatures, authentication, user timeouts, experiments: passed over
 * whatever they hold. */
static void unknown_kinds_are_passed_over(void **state)
{
    (void)state;
    for (unsigned kind = 2; kind < 256; kind++) {
        if (kind == 8 || (kind >= 2 && kind <= 5)) continue;
        for (uint8_t len = 2; len <= 12; len++) {
            uint8_t options[16] = {(uint8_t)kind, len};
            memset(options + 2, 0xff, 10);
            memcpy(options + len, (uint8_t[]){2, 4, 5, 0xb4}, 4);
            struct tcp_seg s = with(TCP_SYN, options);
            assert_int_equal(s.has, MSS);
            assert_int_equal(s.mss, 1460);
        }
    }
}

/* A length that the kind does not have: that option is ignored, the next one is read. TO-SACK-LEN.
 */
static void wrong_lengths_of_known_kinds_are_ignored(void **state)
{
    (void)state;
    static const struct row in_syn[] = {
        {{2, 2, 4, 2}, OK, V},
        {{2, 3, 9, 4, 2}, OK, V},
        {{2, 5, 5, 0xb4, 0, 4, 2}, OK, V},
        {{3, 2, 4, 2}, OK, V},
        {{3, 4, 7, 7, 4, 2}, OK, V},
        {{4, 3, 0, 2, 4, 5, 0xb4}, MSS, V},
        {{8, 9, 0, 0, 0, 0, 0, 0, 0, 4, 2}, OK, V},
        {{8, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 2}, OK, V},
    };
    judge(TCP_SYN, in_syn, LENGTH(in_syn));
    static const struct row elsewhere[] = {
        {{5, 2}, 0, V},
        {{5, 9}, 0, V},
        {{5, 11}, 0, V},
        {{5, 255}, 0, L},
    };
    judge(TCP_ACK, elsewhere, LENGTH(elsewhere));
    for (uint8_t len = 2; len <= 40; len++) {
        uint8_t options[40] = {5, len};
        struct tcp_seg s = with_options(TCP_ACK, options, 40);
        bool good = len == 10 || len == 18 || len == 26 || len == 34;
        assert_int_equal(s.has, good ? SACK : 0);
        assert_int_equal(s.sack_n, good ? len / 8 : 0);
        assert_int_equal(s.note, good ? N : V);
    }
}

/* TO-DUP: the first sound one of a kind counts. */
static void the_first_of_a_kind_counts(void **state)
{
    (void)state;
    const uint8_t syn[16] = {2, 4, 5, 0xb4, 2, 4, 0, 1, 3, 3, 7, 3, 3, 1, 4, 2};
    struct tcp_seg s = with(TCP_SYN, syn);
    assert_int_equal(s.note, D);
    assert_int_equal(s.has, MSS | WS | OK);
    assert_int_equal(s.mss, 1460);
    assert_int_equal(s.wscale, 7);
    uint8_t twice[40] = {8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 8, 10, 0, 0, 0, 3, 0, 0, 0, 4};
    memcpy(twice + 20, (uint8_t[]){5, 10, 0, 0, 0, 5, 0, 0, 0, 6, 5, 10, 0, 0, 0, 7, 0, 0, 0, 8},
           20);
    s = with_options(TCP_ACK, twice, 40);
    assert_int_equal(s.note, D);
    assert_true(s.ts_val == 1 && s.ts_ecr == 2);
    assert_int_equal(s.sack_n, 1);
    assert_int_equal(s.sack[0].from.v, 5);
    const uint8_t after_a_bad_one[16] = {2, 3, 9, 2, 4, 5, 0xb4, 4, 2, 4, 2, 0};
    s = with(TCP_SYN, after_a_bad_one);
    assert_int_equal(s.note, V); /* the first flaw is the one that is told */
    assert_int_equal(s.has, MSS | OK);
}

/* @req 9293-MUST-5 7323-1 TO-WS15: options of a SYN elsewhere, and SACK in a SYN. */
static void options_have_their_place(void **state)
{
    (void)state;
    static const struct row elsewhere[] = {
        {{2, 4, 5, 0xb4}, 0, P},
        {{3, 3, 7}, 0, P},
        {{4, 2}, 0, P},
        {{8, 10, 0, 0, 0, 1}, TS, N},
        {{5, 10, 0, 0, 0, 1}, SACK, N},
    };
    static const uint16_t not_syn[] = {0, TCP_ACK, TCP_RST, TCP_FIN | TCP_ACK, 0x1ff & ~TCP_SYN};
    for (size_t i = 0; i < LENGTH(not_syn); i++)
        judge(not_syn[i], elsewhere, LENGTH(elsewhere));
    static const struct row in_syn[] = {
        {{2, 4, 5, 0xb4}, MSS, N},    {{3, 3, 7}, WS, N},          {{4, 2}, OK, N},
        {{8, 10, 0, 0, 0, 1}, TS, N}, {{5, 10, 0, 0, 0, 1}, 0, P},
    };
    judge(TCP_SYN, in_syn, LENGTH(in_syn));
    judge(TCP_SYN | TCP_ACK, in_syn, LENGTH(in_syn));
}

/* @req 7323-3 TO-WS15: 14 is the most. TO-MSS0, TO-MSS-TINY, TO-MSS-HUGE: as they are, the odd ones
 * noted. */
static void values_out_of_range_are_noted(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 256; shift++) {
        struct tcp_seg s = with(TCP_SYN, (uint8_t[16]){3, 3, (uint8_t)shift});
        assert_int_equal(s.wscale, shift < 14 ? shift : 14);
        assert_int_equal(s.note, shift <= 14 ? N : V);
    }
    for (unsigned mss = 0; mss < 65536; mss++) {
        struct tcp_seg s = with(TCP_SYN, (uint8_t[16]){2, 4, (uint8_t)(mss >> 8), (uint8_t)mss});
        assert_int_equal(s.has, MSS);
        assert_int_equal(s.mss, mss);
        assert_int_equal(s.note, mss < 64 ? V : N);
    }
}

/* @req 9293-MUST-64 TO-TS-ZERO: 0 is a timestamp. At any alignment. */
static void timestamps_lie_anywhere(void **state)
{
    (void)state;
    for (size_t at = 0; at <= 6; at++) {
        uint8_t options[16];
        memset(options, 1, sizeof(options));
        memset(options + at, 0, 10);
        options[at] = 8;
        options[at + 1] = 10;
        struct tcp_seg s = with(TCP_RST, options);
        assert_int_equal(s.has, TS);
        assert_int_equal(s.note, N);
        assert_true(s.ts_val == 0 && s.ts_ecr == 0);
    }
}

static void the_layout_is_linux(void **state)
{
    (void)state;
    static const struct {
        uint8_t has, sack_n;
        uint32_t n;
        uint8_t bytes[40];
    } rows[] = {
        {MSS, 0, 4, {2, 4, 5, 0xb4}},
        {OK, 0, 4, {1, 1, 4, 2}},
        {WS, 0, 4, {1, 3, 3, 7}},
        {TS, 0, 12, {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}},
        {MSS | OK | TS | WS, 0, 20, {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0,
                                     0, 1, 0, 0,    0, 2, 1, 3,  3, 7}},
        {MSS | OK | WS, 0, 12, {2, 4, 5, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7}},
        {SACK, 1, 12, {1, 1, 5, 10, 0, 0, 0, 10, 0, 0, 0, 20}},
        {TS | SACK, 2, 32, {1, 1, 8, 10, 0, 0, 0, 1,  0, 0, 0, 2,  1, 1, 5, 18,
                            0, 0, 0, 10, 0, 0, 0, 20, 0, 0, 0, 30, 0, 0, 0, 40}},
        {SACK, 0, 0, {0}},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct tcp_seg s = {
            .has = rows[i].has,
            .sack_n = rows[i].sack_n,
            .mss = 1460,
            .wscale = 7,
            .ts_val = 1,
            .ts_ecr = 2,
            .sack = {{seq(10), seq(20)}, {seq(30), seq(40)}},
        };
        uint8_t p[TCP_HEADER_MAX];
        assert_int_equal(tcp_emit(&s, p), TCP_HEADER + rows[i].n);
        assert_int_equal(tcp_header_len(&s), TCP_HEADER + rows[i].n);
        assert_int_equal(p[12] >> 4, (TCP_HEADER + rows[i].n) / 4);
        assert_memory_equal(p + TCP_HEADER, rows[i].bytes, rows[i].n);
    }
}

/* @req 9293-MUST-68 9293-MUST-69: options fill the header to its last byte, each but NOP with its
 * length, and the list needs no end. */
static void what_is_emitted_has_lengths_and_no_end(void **state)
{
    (void)state;
    for (uint8_t has = 0; has < 32; has++) {
        const struct tcp_seg s = {.has = has, .sack_n = has & SACK ? 3 : 0, .mss = 0x202};
        uint8_t p[TCP_HEADER_MAX];
        uint32_t n = tcp_emit(&s, p), at = TCP_HEADER;
        while (at < n) {
            assert_int_not_equal(p[at], 0);
            if (p[at] != 1) assert_in_range(p[at + 1], 2, n - at);
            at += p[at] == 1 ? 1 : p[at + 1];
        }
        assert_int_equal(at, n);
    }
}

/* RFC 2018 3: four blocks alone, three beside timestamps, and never more than sixty bytes. */
static void sack_blocks_take_the_room_there_is(void **state)
{
    (void)state;
    for (uint8_t has = 0; has < 32; has++) {
        struct tcp_seg s = {.has = has | SACK, .sack_n = 4}, back;
        s.sport = s.dport = 1;
        s.flags = has & (MSS | WS | OK) ? TCP_SYN : 0;
        uint8_t p[TCP_HEADER_MAX];
        uint32_t n = tcp_emit(&s, p);
        assert_in_range(n, TCP_HEADER + 12, TCP_HEADER_MAX);
        assert_int_equal(n, tcp_header_len(&s));
        s.has = has & (MSS | WS | OK | TS);
        uint32_t blocks = (n - tcp_header_len(&s) - 4) / 8;
        assert_true(blocks == 4 || n + 8 > TCP_HEADER_MAX);
        assert_int_equal(tcp_parse(&back, p, n, 0, NULL), BONNET_R_NONE);
        if (!s.flags) assert_int_equal(back.sack_n, blocks);
    }
}

static struct tcp_seg any_options(uint64_t *seed)
{
    bool syn = any_bool(seed);
    struct tcp_seg s = {
        .sport = 1,
        .dport = 2,
        .flags = syn ? TCP_SYN : TCP_ACK,
        .has = any_u8(seed) & (syn ? MSS | WS | OK | TS : SACK | TS),
        .mss = any_u16(seed) | 64,
        .wscale = any_u8(seed) % 15,
        .ts_val = any_u32(seed),
        .ts_ecr = any_u32(seed),
    };
    if (s.has & SACK) s.sack_n = (uint8_t)(1 + any_u32(seed) % (s.has & TS ? 3 : 4));
    for (size_t i = 0; i < s.sack_n; i++)
        s.sack[i] = (struct tcp_sack_block){seq(any_u32(seed)), seq(any_u32(seed))};
    return s;
}

static void same_options(const struct tcp_seg *a, const struct tcp_seg *b)
{
    assert_int_equal(a->has, b->has);
    assert_int_equal(a->sack_n, b->sack_n);
    assert_int_equal(a->note, b->note);
    if (a->has & MSS) assert_int_equal(a->mss, b->mss);
    if (a->has & WS) assert_int_equal(a->wscale, b->wscale);
    if (a->has & TS) assert_true(a->ts_val == b->ts_val && a->ts_ecr == b->ts_ecr);
    for (size_t i = 0; i < a->sack_n; i++)
        assert_true(seq_eq(a->sack[i].from, b->sack[i].from) &&
                    seq_eq(a->sack[i].to, b->sack[i].to));
}

static void what_is_emitted_is_parsed(void **state)
{
    (void)state;
    uint64_t seed = 9;
    for (int i = 0; i < 20000; i++) {
        struct tcp_seg s = any_options(&seed);
        uint8_t p[TCP_HEADER_MAX];
        uint32_t n = tcp_emit(&s, p);
        struct tcp_seg back = with_options(s.flags, p + TCP_HEADER, n - TCP_HEADER);
        same_options(&s, &back);
    }
}

/* Law 13. Twelve bytes of options take the short cut if they are NOP NOP timestamps; with four
 * bytes more, of which the first ends the list, or with the NOPs last, they never do. */
static void the_short_cut_of_parse_says_the_same(void **state)
{
    (void)state;
    uint64_t seed = 10;
    for (int i = 0; i < 20000; i++) {
        uint8_t options[16] = {1, 1, 8, 10}, nops_last[12];
        any_bytes(&seed, options + 4, 8);
        if (i % 4 == 1) options[any_u32(&seed) % 4] ^= (uint8_t)(1u << any_u32(&seed) % 8);
        if (i % 4 == 2) options[any_u32(&seed) % 4] = any_u8(&seed) % 12;
        uint16_t flags = any_u16(&seed) & 0x1ff;
        struct tcp_seg fast = with_options(flags, options, 12);
        struct tcp_seg slow = with_options(flags, options, 16);
        if (fast.note != L) same_options(&fast, &slow);
        if (i % 4 > 0) continue;
        memcpy(nops_last, options + 2, 10);
        memset(nops_last + 10, 1, 2);
        slow = with_options(flags, nops_last, 12);
        same_options(&fast, &slow);
    }
}

/* Law 13: a SACK option without blocks is not written, but keeps timestamps from the short cut. */
static void the_short_cut_of_emit_writes_the_same(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (int i = 0; i < 1000; i++) {
        struct tcp_seg s = {
            .seq = seq(any_u32(&seed)), .ack = seq(any_u32(&seed)), .flags = TCP_ACK};
        uint8_t fast[TCP_HEADER_MAX], slow[TCP_HEADER_MAX];
        s.ts_val = any_u32(&seed);
        s.ts_ecr = any_u32(&seed);
        s.has = TS;
        assert_int_equal(tcp_emit(&s, fast), TCP_HEADER + 12);
        s.has = TS | SACK;
        assert_int_equal(tcp_emit(&s, slow), TCP_HEADER + 12);
        assert_memory_equal(fast, slow, TCP_HEADER + 12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_read),
        cmocka_unit_test(impossible_lengths_end_the_reading),
        cmocka_unit_test(the_list_ends_at_its_end),
        cmocka_unit_test(unknown_kinds_are_passed_over),
        cmocka_unit_test(wrong_lengths_of_known_kinds_are_ignored),
        cmocka_unit_test(the_first_of_a_kind_counts),
        cmocka_unit_test(options_have_their_place),
        cmocka_unit_test(values_out_of_range_are_noted),
        cmocka_unit_test(timestamps_lie_anywhere),
        cmocka_unit_test(the_layout_is_linux),
        cmocka_unit_test(what_is_emitted_has_lengths_and_no_end),
        cmocka_unit_test(sack_blocks_take_the_room_there_is),
        cmocka_unit_test(what_is_emitted_is_parsed),
        cmocka_unit_test(the_short_cut_of_parse_says_the_same),
        cmocka_unit_test(the_short_cut_of_emit_writes_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
