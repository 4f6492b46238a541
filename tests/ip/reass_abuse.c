/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reassembly under attack: pieces that contradict each other, that are too many, too large or too
 * small, and memory that is not to be had. Every test ends with all memory given back, which
 * host_end checks.
 */
#include "ip/libip.h"

static struct host h;

/* BF-COMB: with the usual limits the 129th piece gives the datagram up. */
static void bf_comb_at_the_usual_limit(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint32_t k = 8188; k > 8188 - 128; k--)
        assert_int_equal(piece(&h, 1, (uint16_t)(k * 8), 8, true), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 1, 8, 8, true), BONNET_R_FRAGMENT_LIMIT);
    uint64_t left = h.ip.reassembly_bytes;
    assert_true(left < 2048);
    assert_int_equal(piece(&h, 1, 16, 8, true), BONNET_R_FRAGMENT_LIMIT);
    assert_int_equal(h.ip.reassembly_bytes, left);
    host_end(&h);
}

/* The second piece, in each of the thirteen relations an interval can have to another (Allen 1983).
 */
struct relation {
    const char *name;
    uint16_t at, len;
    bool overlaps;
};

static const struct relation relations[] = {
    {"before", 0, 16, false},     {"meets", 0, 32, false},         {"overlaps", 16, 32, true},
    {"starts", 32, 16, true},     {"during", 40, 16, true},        {"finishes", 48, 16, true},
    {"equals", 32, 32, true},     {"finished by", 16, 48, true},   {"contains", 16, 64, true},
    {"started by", 32, 48, true}, {"overlapped by", 48, 32, true}, {"met by", 64, 16, false},
    {"after", 80, 16, false},
};

/* BF-OVERLAP4: other bytes where some are; given up, and silent until its time is over. */
static void bf_overlap4_all_orderings(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(relations); i++) {
        const struct relation *x = &relations[i];
        print_message("%s\n", x->name);
        host_begin(&h);
        assert_int_equal(piece(&h, 7, 32, 32, true), BONNET_R_FRAGMENT_HELD);
        enum bonnet_reason want = x->overlaps ? BONNET_R_FRAGMENT_OVERLAP : BONNET_R_FRAGMENT_HELD;
        assert_int_equal(
            arrive(&h, .id = 7, .at = x->at, .text = pattern(1000), .len = x->len, .more = true),
            want);
        if (x->overlaps) {
            assert_int_equal(piece(&h, 7, 0, 32, true), BONNET_R_FRAGMENT_OVERLAP);
            assert_int_equal(piece(&h, 7, 64, 32, false), BONNET_R_FRAGMENT_OVERLAP);
            pass(&h, 60 * BONNET_S);
            assert_false(ip_tick(&h.ip, &h.w.env, &h.in));
            assert_int_equal(h.w.env.reasons[BONNET_R_FRAGMENT_TIMEOUT], 0);
            assert_int_equal(piece(&h, 7, 0, 32, true), BONNET_R_FRAGMENT_HELD);
            assert_int_equal(piece(&h, 7, 32, 32, false), BONNET_R_NONE);
            is_whole(&h, 64);
        }
        host_end(&h);
    }
}

/* The same bytes at the same place are harmless; at another cut they are not. */
static void exact_duplicates_are_ignored(void **state)
{
    (void)state;
    host_begin(&h);
    for (int i = 0; i < 200; i++)
        assert_int_equal(piece(&h, 7, 32, 32, true), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 7, 64, 31, false), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 7, 64, 31, false), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 7, 0, 32, true), BONNET_R_NONE);
    is_whole(&h, 95);
    assert_int_equal(piece(&h, 8, 32, 32, true), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 8, 32, 32, false), BONNET_R_FRAGMENT_OVERLAP);
    assert_int_equal(piece(&h, 9, 32, 32, true), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 9, 32, 16, true), BONNET_R_FRAGMENT_OVERLAP);
    host_end(&h);
}

/* Two pieces that disagree about where the datagram ends. */
static void the_end_is_said_once(void **state)
{
    (void)state;
    static const struct {
        uint16_t at, len;
        bool more;
    } first[] = {{64, 32, false}, {64, 32, false}, {64, 32, true}, {64, 32, false}},
      second[] = {{96, 8, true}, {32, 32, false}, {32, 32, false}, {96, 8, false}};
    host_begin(&h);
    for (uint16_t i = 0; i < LENGTH(first); i++) {
        assert_int_equal(piece(&h, i, first[i].at, first[i].len, first[i].more),
                         BONNET_R_FRAGMENT_HELD);
        assert_int_equal(piece(&h, i, second[i].at, second[i].len, second[i].more),
                         BONNET_R_FRAGMENT_OVERLAP);
        assert_int_equal(piece(&h, i, 0, 32, true), BONNET_R_FRAGMENT_OVERLAP);
    }
    host_end(&h);
}

/* BF-OVERSIZE: offset and length past 65535. */
static void bf_oversize(void **state)
{
    (void)state;
    host_begin(&h);
    assert_int_equal(piece(&h, 1, 65512, 4, false), BONNET_R_FRAGMENT_SIZE);
    assert_int_equal(piece(&h, 1, 65528, 1480, false), BONNET_R_FRAGMENT_SIZE);
    assert_int_equal(piece(&h, 1, 65528, 8, true), BONNET_R_FRAGMENT_SIZE);
    assert_int_equal(h.ip.reassemblies.n, 0);
    assert_int_equal(piece(&h, 2, 65512, 3, false), BONNET_R_FRAGMENT_HELD);
    host_end(&h);
}

/* BF-OVERSIZE: each piece fits, but not behind a first header with options. */
static void bf_oversize_by_options(void **state)
{
    (void)state;
    static const uint8_t nops[40] = {1, 1, 1, 1};
    host_begin(&h);
    for (uint32_t at = 1480; at < 65515; at += 1480) {
        bool last = at + 1480 >= 65515;
        piece(&h, 1, (uint16_t)at, last ? 65515 - at : 1480, !last);
    }
    assert_int_equal(arrive(&h, .id = 1, .options = nops, .options_len = 40, .text = pattern(0),
                            .len = 1480, .more = true),
                     BONNET_R_FRAGMENT_SIZE);
    assert_int_equal(piece(&h, 1, 0, 1480, true), BONNET_R_FRAGMENT_SIZE);
    host_end(&h);
}

/* BF-LASTLOST: the last piece is refused, by limit or for want of memory; the others come. */
static void bf_lastlost(void **state)
{
    (void)state;
    host_begin(&h);
    h.w.env.limits.fragments_max = 2;
    assert_int_equal(piece(&h, 1, 0, 32, true), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 1, 32, 32, true), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 1, 96, 32, false), BONNET_R_FRAGMENT_LIMIT);
    assert_int_equal(piece(&h, 1, 64, 32, true), BONNET_R_FRAGMENT_LIMIT);
    h.w.env.limits.fragments_max = 128;
    assert_int_equal(piece(&h, 2, 0, 32, true), BONNET_R_FRAGMENT_HELD);
    h.w.refuse_all = true;
    assert_int_equal(piece(&h, 2, 96, 32, false), BONNET_R_MEMORY);
    h.w.refuse_all = false;
    assert_int_equal(piece(&h, 2, 32, 32, true), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 2, 64, 32, true), BONNET_R_FRAGMENT_HELD);
    pass(&h, 60 * BONNET_S);
    assert_true(ip_tick(&h.ip, &h.w.env, &h.in));
    assert_false(ip_tick(&h.ip, &h.w.env, &h.in));
    host_end(&h);
}

/* BF-COUNT: whatever way a datagram leaves, nothing stays charged. */
static void bf_count(void **state)
{
    (void)state;
    host_begin(&h);
    piece(&h, 1, 0, 32, true); /* time */
    piece(&h, 2, 8, 32, true); /* overlap */
    piece(&h, 2, 16, 32, true);
    piece(&h, 3, 0, 32, true); /* complete */
    piece(&h, 3, 32, 32, false);
    piece(&h, 4, 0, 4, true); /* no piece */
    h.w.refuse_all = true;
    piece(&h, 5, 0, 32, true); /* memory */
    h.w.refuse_all = false;
    h.w.env.limits.fragments_max = 1;
    piece(&h, 6, 0, 32, true); /* limit */
    piece(&h, 6, 32, 32, true);
    assert_int_equal(h.ip.reassemblies.n, 3);
    assert_true(h.ip.reassembly_bytes > 0);
    pass(&h, 60 * BONNET_S);
    while (ip_tick(&h.ip, &h.w.env, &h.in))
        continue;
    assert_int_equal(h.ip.reassemblies.n, 0);
    assert_int_equal(h.ip.reassembly_bytes, 0);
    host_end(&h);
}

/* BF-TINY: RFC 1858: the first piece holds the header that filters look at. */
static void bf_tiny(void **state)
{
    (void)state;
    host_begin(&h);
    assert_int_equal(arrive(&h, .protocol = IP_TCP, .text = pattern(0), .len = 16, .more = true),
                     BONNET_R_FRAGMENT_SIZE);
    assert_int_equal(arrive(&h, .protocol = IP_TCP, .text = pattern(0), .len = 24, .more = true),
                     BONNET_R_FRAGMENT_HELD);
    assert_int_equal(arrive(&h, .protocol = IP_TCP, .at = 8, .text = pattern(8), .len = 24),
                     BONNET_R_FRAGMENT_OVERLAP);
    assert_int_equal(piece(&h, 2, 0, 8, true), BONNET_R_FRAGMENT_HELD);
    host_end(&h);
}

/* BF-NOT8, and pieces of nothing. */
static void bf_not8(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint32_t len = 0; len < 64; len++) {
        enum bonnet_reason r = piece(&h, (uint16_t)len, 64, len, true);
        bool good = len > 0 && len % 8 == 0;
        assert_int_equal(r, good ? BONNET_R_FRAGMENT_HELD : BONNET_R_FRAGMENT_SIZE);
    }
    assert_int_equal(piece(&h, 100, 64, 0, false), BONNET_R_FRAGMENT_SIZE);
    host_end(&h);
}

/* BF-FLOOD: FragmentSmack (CVE-2018-5391). Memory stays within its limit, and the newest datagram
 * always gets its chance. */
static void bf_flood(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint32_t i = 0; i < 1000000; i++) {
        assert_int_equal(arrive(&h, .src = a4(0x0a070100 + (i >> 16)), .id = (uint16_t)i,
                                .at = (uint16_t)(i * 8 % 60000), .text = pattern(0), .len = 1480,
                                .more = true),
                         BONNET_R_FRAGMENT_HELD);
        assert_true(h.ip.reassembly_bytes <= h.w.env.limits.reassembly_bytes);
        assert_true(h.ip.reassemblies.n <= h.w.env.limits.reassembly_max);
    }
    uint64_t gone = 1000000 - h.ip.reassemblies.n;
    assert_int_equal(h.w.env.reasons[BONNET_R_FRAGMENT_LIMIT], gone);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IpReasmFails], gone);
    assert_true(h.w.env.memory_peak < 300000);
    assert_int_equal(piece(&h, 1, 0, 1480, true), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(piece(&h, 1, 1480, 100, false), BONNET_R_NONE);
    is_whole(&h, 1580);
    host_end(&h);
}

/* The memory of all: the oldest datagram gives way, and a single one that is too large gives up. */
static void memory_of_all_is_bounded(void **state)
{
    (void)state;
    host_begin(&h);
    h.w.env.limits.reassembly_bytes = 20000;
    enum bonnet_reason r = BONNET_R_FRAGMENT_HELD;
    piece(&h, 1, 0, 8000, true);
    piece(&h, 2, 0, 8000, true);
    assert_int_equal(piece(&h, 3, 0, 8000, true), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(h.ip.reassemblies.n, 2);
    assert_int_equal(piece(&h, 2, 8000, 8, false), BONNET_R_NONE);
    for (uint16_t at = 0; r == BONNET_R_FRAGMENT_HELD && at < 24000; at = (uint16_t)(at + 800))
        r = piece(&h, 4, at, 800, true);
    assert_int_equal(r, BONNET_R_FRAGMENT_LIMIT);
    assert_true(h.ip.reassembly_bytes < 2048);
    host_end(&h);
}

/* Limits of 0 switch reassembly off. */
static void nothing_is_held_at_limit_0(void **state)
{
    (void)state;
    host_begin(&h);
    h.w.env.limits.reassembly_max = 0;
    assert_int_equal(piece(&h, 1, 0, 8, true), BONNET_R_FRAGMENT_LIMIT);
    h.w.env.limits.reassembly_max = 64;
    h.w.env.limits.reassembly_bytes = 0;
    assert_int_equal(piece(&h, 1, 0, 8, true), BONNET_R_FRAGMENT_LIMIT);
    h.w.env.limits.reassembly_bytes = 1u << 18;
    h.w.env.limits.fragments_max = 0;
    assert_int_equal(piece(&h, 1, 0, 8, true), BONNET_R_FRAGMENT_LIMIT);
    host_end(&h);
}

/* BF-NOMEM: the k-th allocation fails, for every k. What was refused is gone; all else is as usual.
 */
static void bf_nomem(void **state)
{
    (void)state;
    uint64_t asked = 0;
    for (uint64_t k = 0; k <= asked; k++) {
        host_begin(&h);
        uint64_t before = h.w.asked;
        if (k > 0) h.w.refuse_at = before + k;
        enum bonnet_reason r[3];
        r[0] = piece(&h, 1, 64, 64, true);
        r[1] = piece(&h, 1, 0, 64, true);
        r[2] = piece(&h, 1, 128, 10, false);
        unsigned refused = 0;
        for (unsigned i = 0; i < 3; i++)
            refused += r[i] == BONNET_R_MEMORY;
        assert_int_equal(refused, k > 0);
        assert_int_equal(r[2] == BONNET_R_NONE, k == 0);
        if (k == 0) asked = h.w.asked - before;
        assert_int_equal(piece(&h, 2, 0, 64, true), BONNET_R_FRAGMENT_HELD);
        assert_int_equal(piece(&h, 2, 64, 64, false), BONNET_R_NONE);
        is_whole(&h, 128);
        host_end(&h);
    }
    assert_true(asked >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bf_comb_at_the_usual_limit),
        cmocka_unit_test(bf_overlap4_all_orderings),
        cmocka_unit_test(exact_duplicates_are_ignored),
        cmocka_unit_test(the_end_is_said_once),
        cmocka_unit_test(bf_oversize),
        cmocka_unit_test(bf_oversize_by_options),
        cmocka_unit_test(bf_lastlost),
        cmocka_unit_test(bf_count),
        cmocka_unit_test(bf_tiny),
        cmocka_unit_test(bf_not8),
        cmocka_unit_test(bf_flood),
        cmocka_unit_test(memory_of_all_is_bounded),
        cmocka_unit_test(nothing_is_held_at_limit_0),
        cmocka_unit_test(bf_nomem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
