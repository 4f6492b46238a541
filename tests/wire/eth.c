/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet headers: every short length, round trips, the classes of stations. */
#include "wire/eth.h"
#include "libwire.h"

static void lengths_below_14_are_short(void **state)
{
    (void)state;
    const uint8_t frame[ETH_HEADER] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x06};
    struct eth_header h;
    for (uint32_t len = 0; len < ETH_HEADER; len++) {
        uint8_t *p = exactly(frame, len);
        assert_int_equal(eth_parse(&h, p, len), BONNET_R_FRAME_SHORT);
        give_back(p, len);
    }
    assert_int_equal(eth_parse(&h, frame, ETH_HEADER), BONNET_R_NONE);
    assert_memory_equal(h.dst.b, frame, 6);
    assert_memory_equal(h.src.b, frame + 6, 6);
    assert_int_equal(h.type, ETH_TYPE_ARP);
}

static void what_is_emitted_is_parsed(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 1000; i++) {
        struct eth_header h, back;
        uint8_t p[ETH_HEADER];
        any_bytes(&seed, h.dst.b, 6);
        any_bytes(&seed, h.src.b, 6);
        h.type = any_u16(&seed);
        eth_emit(&h, p);
        assert_int_equal(eth_parse(&back, p, sizeof(p)), BONNET_R_NONE);
        assert_true(eth_mac_equal(h.dst, back.dst) && eth_mac_equal(h.src, back.src));
        assert_int_equal(h.type, back.type);
    }
}

static void stations_have_classes(void **state)
{
    (void)state;
    static const struct {
        struct eth_mac mac;
        bool group, broadcast, zero;
    } rows[] = {
        {{{0, 0, 0, 0, 0, 0}}, false, false, true},
        {{{2, 0, 0, 0, 0, 0}}, false, false, false},
        {{{0, 0, 0, 0, 0, 1}}, false, false, false},
        {{{1, 0, 0x5e, 0, 0, 1}}, true, false, false},
        {{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, true, true, false},
        {{{0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}}, true, false, false},
        {{{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff}}, false, false, false},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(eth_mac_is_group(rows[i].mac), rows[i].group);
        assert_int_equal(eth_mac_is_broadcast(rows[i].mac), rows[i].broadcast);
        assert_int_equal(eth_mac_is_zero(rows[i].mac), rows[i].zero);
    }
    for (size_t i = 0; i < 6; i++) {
        struct eth_mac a = rows[3].mac, b = a;
        b.b[i] ^= 0x80;
        assert_true(eth_mac_equal(a, a));
        assert_false(eth_mac_equal(a, b));
        struct eth_mac zero = rows[0].mac, broadcast = rows[4].mac;
        zero.b[i] ^= 0x10;
        broadcast.b[i] ^= 0x10;
        assert_false(eth_mac_is_zero(zero) || eth_mac_is_broadcast(broadcast));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_below_14_are_short),
        cmocka_unit_test(what_is_emitted_is_parsed),
        cmocka_unit_test(stations_have_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
