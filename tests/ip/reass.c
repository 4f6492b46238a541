/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reassembly: exact bytes in any order, what belongs together, and when the time is over. Every
 * test ends with all memory given back, which host_end checks. @req IP-10
 */
#include "ip/libip.h"

static struct host h;

static void order_is_shuffled(uint32_t *order, uint32_t n, uint64_t seed)
{
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = draw_below(&seed, i);
        uint32_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

/* Sends the n pieces of step bytes (the last one shorter by one) in the given order. */
static void send_in_order(uint16_t id, const uint32_t *order, uint32_t n, uint16_t step)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = order[i];
        bool last = k == n - 1;
        enum bonnet_reason r = piece(&h, id, (uint16_t)(k * step), step - (last ? 1u : 0), !last);
        assert_int_equal(r, i == n - 1 ? BONNET_R_NONE : BONNET_R_FRAGMENT_HELD);
    }
    is_whole(&h, n * step - 1);
    assert_true(h.in.reassembled);
    assert_int_equal(h.ip.reassembly_bytes, 0);
    assert_int_equal(h.ip.reassemblies.n, 0);
}

static void all_orders_of_five_give_the_same(void **state)
{
    (void)state;
    host_begin(&h);
    uint16_t id = 0;
    for (uint32_t code = 0; code < 3125; code++) {
        uint32_t order[5], seen = 0, rest = code;
        for (unsigned i = 0; i < 5; i++, rest /= 5)
            order[i] = rest % 5;
        for (unsigned i = 0; i < 5; i++)
            seen |= 1u << order[i];
        if (seen == 31) send_in_order(id++, order, 5, 1480);
    }
    assert_int_equal(id, 120);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IpReasmOKs], 120);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IpReasmReqds], 600);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IpReasmFails], 0);
    host_end(&h);
}

/* The largest datagram there is. */
static void all_65535_bytes_arrive(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint32_t at = 0; at < 65515; at += 1480) {
        bool last = at + 1480 >= 65515;
        assert_int_equal(piece(&h, 1, (uint16_t)at, last ? 65515 - at : 1480, !last),
                         last ? BONNET_R_NONE : BONNET_R_FRAGMENT_HELD);
    }
    is_whole(&h, 65515);
    host_end(&h);
}

/* BF-COMB: 8189 pieces of 8 bytes. Nothing is sorted, whatever the order. */
static void bf_comb(void **state)
{
    (void)state;
    enum { N = 8189 };
    static uint32_t order[N];
    host_begin(&h);
    h.w.env.limits.fragments_max = N;
    h.w.env.limits.reassembly_bytes = 1u << 20;
    for (uint32_t i = 0; i < N; i++)
        order[i] = N - 1 - i;
    send_in_order(1, order, N, 8);
    order_is_shuffled(order, N, 42);
    send_in_order(2, order, N, 8);
    host_end(&h);
}

/* BF-MCAT, BF-UAF: pieces that grow, and a first one larger than all that came before. */
static void bf_mcat_bf_uaf(void **state)
{
    (void)state;
    host_begin(&h);
    uint32_t at = 65000 - 65000 % 8, len = 8;
    assert_int_equal(piece(&h, 1, (uint16_t)at, 13, false), BONNET_R_FRAGMENT_HELD);
    for (uint32_t total = at + 13; at > 0; len *= 2) {
        if (len > at) len = at;
        at -= len;
        assert_int_equal(piece(&h, 1, (uint16_t)at, len, true),
                         at == 0 ? BONNET_R_NONE : BONNET_R_FRAGMENT_HELD);
        if (at == 0) is_whole(&h, total);
    }
    host_end(&h);
}

/* BF-TIMEOUT: 60 s from the first piece, whatever comes later; the sender hears of it if the first
 * piece is here. @req IP-11 */
static void bf_timeout(void **state)
{
    (void)state;
    host_begin(&h);
    assert_int_equal(ip_deadline(&h.ip), BONNET_NEVER);
    bonnet_time until = h.w.env.now + 60 * BONNET_S;
    piece(&h, 1, 64, 64, true);
    pass(&h, 40 * BONNET_S);
    piece(&h, 1, 0, 64, true);
    piece(&h, 2, 64, 64, true);
    assert_int_equal(ip_deadline(&h.ip), until);
    pass(&h, 20 * BONNET_S - 1);
    assert_false(ip_tick(&h.ip, &h.w.env, &h.in));
    assert_int_equal(h.ip.reassemblies.n, 2);
    pass(&h, 1);
    assert_true(ip_tick(&h.ip, &h.w.env, &h.in));
    assert_int_equal(h.in.packet_len, 84);
    assert_int_equal(h.in.len, 64);
    assert_memory_equal(h.in.text, pattern(0), 64);
    assert_int_equal(addr_ip4(&h.in.h.src), 0x0a070001);
    assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_NONE);
    assert_false(ip_tick(&h.ip, &h.w.env, &h.in));
    pass(&h, 60 * BONNET_S);
    assert_false(ip_tick(&h.ip, &h.w.env, &h.in));
    arrive(&h, .dst = a4(0x0a0700ff), .text = pattern(0), .len = 64, .more = true);
    pass(&h, 60 * BONNET_S);
    assert_true(ip_tick(&h.ip, &h.w.env, &h.in));
    assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_ICMP_FORBIDDEN);
    assert_false(ip_tick(&h.ip, &h.w.env, &h.in));
    assert_int_equal(h.w.env.reasons[BONNET_R_FRAGMENT_TIMEOUT], 3);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IpReasmTimeout], 3);
    assert_int_equal(ip_deadline(&h.ip), BONNET_NEVER);
    host_end(&h);
}

/* BF-ATOMIC: RFC 6946: a whole datagram does not touch the queue of its id. */
static void bf_atomic(void **state)
{
    (void)state;
    host_begin(&h);
    piece(&h, 1, 0, 64, true);
    assert_int_equal(piece(&h, 1, 0, 100, false), BONNET_R_NONE);
    is_whole(&h, 100);
    assert_false(h.in.reassembled);
    assert_int_equal(piece(&h, 1, 64, 10, false), BONNET_R_NONE);
    is_whole(&h, 74);
    host_end(&h);
}

/* BF-NXTHDR, BF-SRC: another protocol, source or destination is another datagram. */
static void bf_nxthdr_bf_src(void **state)
{
    (void)state;
    host_begin(&h);
    const struct bonnet_addr second = a4(0x0a070003);
    assert_int_equal(ip_addr_add(&h.ip, &h.w.env, 1, &second, 24), 0);
    const struct packet last[] = {
        {.protocol = IP_TCP}, {.src = a4(0x0a070009)}, {.dst = second}, {.id = 2}};
    piece(&h, 1, 0, 64, true);
    for (size_t i = 0; i < LENGTH(last); i++) {
        struct packet p = last[i];
        if (p.id == 0) p.id = 1;
        p.at = 64;
        p.text = pattern(500);
        p.len = 10;
        assert_int_equal(arrive_packet(&h, &p), BONNET_R_FRAGMENT_HELD);
    }
    assert_int_equal(h.ip.reassemblies.n, 5);
    assert_int_equal(piece(&h, 1, 64, 10, false), BONNET_R_NONE);
    is_whole(&h, 74);
    assert_int_equal(h.in.h.protocol, IP_UDP);
    host_end(&h);
}

/* BF-LENAFTER: the header of the whole is true, and keeps what the first piece's said. */
static void bf_lenafter(void **state)
{
    (void)state;
    static const uint8_t options[8] = {7, 7, 4, 0, 0, 0, 0, 0};
    host_begin(&h);
    assert_int_equal(piece(&h, 1, 64, 33, false), BONNET_R_FRAGMENT_HELD);
    assert_int_equal(arrive(&h, .id = 1, .tos = 0x28, .ttl = 9, .options = options,
                            .options_len = 8, .text = pattern(0), .len = 64, .more = true),
                     BONNET_R_NONE);
    is_whole(&h, 97);
    assert_int_equal(h.in.h.header_len, 28);
    assert_int_equal(h.in.h.total_len, 125);
    assert_int_equal(h.in.h.tos, 0x28);
    assert_int_equal(h.in.h.ttl, 9);
    assert_int_equal(h.in.h.id, 1);
    assert_memory_equal(h.in.packet + 20, options, 8);
    host_end(&h);
}

/* BF-IGMP: a report in pieces is put together and is nobody's. */
static void bf_igmp(void **state)
{
    (void)state;
    host_begin(&h);
    const struct bonnet_addr all = a4(0xe0000001);
    arrive(&h, .dst = all, .protocol = IP_IGMP, .text = pattern(0), .len = 64, .more = true,
           .group = true);
    assert_int_equal(arrive(&h, .dst = all, .protocol = IP_IGMP, .at = 64, .text = pattern(64),
                            .len = 8, .group = true),
                     BONNET_R_NONE);
    is_whole(&h, 72);
    assert_true(h.in.broadcast);
    assert_int_equal(h.w.env.mib[BONNET_MIB_IpInUnknownProtos], 1);
    assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_ICMP_FORBIDDEN);
    host_end(&h);
}

/* BF-ALIGN: packets at each alignment. */
static void bf_align(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint16_t off = 0; off < 16; off++) {
        arrive(&h, .id = off, .text = pattern(0), .len = 72, .more = true, .misalign = off);
        assert_int_equal(arrive(&h, .id = off, .at = 72, .text = pattern(72), .len = off + 1u,
                                .misalign = 15u - off),
                         BONNET_R_NONE);
        is_whole(&h, 73u + off);
    }
    host_end(&h);
}

/* @req ECN-7: a mark on one piece is on the whole, wherever it lies; pieces some of which are
 * marked and others not markable contradict each other. */
static void marks_of_pieces(void **state)
{
    static const struct {
        uint8_t tos[3], whole;
        bool is_odd;
    } rows[] = {
        {{0, 0, 0}, 0, false},
        {{0xb8, 0, 0}, 0xb8, false},
        {{IP_ECT_0, IP_ECT_0, IP_ECT_0}, IP_ECT_0, false},
        {{IP_CE, IP_ECT_0, IP_ECT_0}, IP_CE, false},
        {{IP_ECT_0, IP_CE, IP_ECT_1}, IP_CE, false},
        {{IP_ECT_1, IP_ECT_0, 0xb8 | IP_CE}, IP_CE, false},
        {{IP_CE, 0, IP_CE}, 0, true},
        {{0, 0, IP_CE}, 0, true},
    };
    (void)state;
    host_begin(&h);
    for (uint16_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum bonnet_reason r = BONNET_R_NONE;
        for (uint16_t k = 0; k < 3; k++)
            r = arrive(&h, .id = i, .at = k * 8, .text = pattern(k * 8), .len = 8, .more = k < 2,
                       .tos = rows[i].tos[k]);
        assert_int_equal(r, rows[i].is_odd ? BONNET_R_FRAGMENT_ECN : BONNET_R_NONE);
        if (rows[i].is_odd) continue;
        is_whole(&h, 24);
        assert_int_equal(h.in.h.tos, rows[i].whole);
    }
    h.w.env.now += 61 * BONNET_S;
    struct ip_in about;
    while (ip_tick(&h.ip, &h.w.env, &about))
        continue;
    host_end(&h);
}

/* Packets are counted by what they say of congestion. */
static void marks_are_counted(void **state)
{
    static const enum bonnet_mib mibs[] = {BONNET_MIB_IpExtInNoECTPkts, BONNET_MIB_IpExtInECT1Pkts,
                                           BONNET_MIB_IpExtInECT0Pkts, BONNET_MIB_IpExtInCEPkts};
    (void)state;
    host_begin(&h);
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(arrive(&h, .text = pattern(0), .len = 8, .tos = 0xb8 | i), BONNET_R_NONE);
        for (uint8_t k = 0; k < 4; k++)
            assert_int_equal(h.w.env.mib[mibs[k]], k <= i);
    }
    host_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_orders_of_five_give_the_same),
        cmocka_unit_test(all_65535_bytes_arrive),
        cmocka_unit_test(bf_comb),
        cmocka_unit_test(bf_mcat_bf_uaf),
        cmocka_unit_test(bf_timeout),
        cmocka_unit_test(bf_atomic),
        cmocka_unit_test(bf_nxthdr_bf_src),
        cmocka_unit_test(bf_lenafter),
        cmocka_unit_test(bf_igmp),
        cmocka_unit_test(bf_align),
        cmocka_unit_test(marks_of_pieces),
        cmocka_unit_test(marks_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
