/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames: whose they are, what they carry, and the header before a packet. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "link/liblink.h"

static struct station s;
static struct link_in in;

/* A frame with 46 bytes of text arrives, len bytes of it, in memory that ends there. */
static enum bonnet_reason takes(const struct netif *n, struct eth_mac to, uint16_t type,
                                uint32_t len)
{
    uint8_t all[60] = {[14] = 0x45};
    const struct eth_header h = {.dst = to, .src = mac_of(1), .type = type};
    const struct arp_packet arp = {.op = ARP_REQUEST, .sender = a4(addr_of(1)), .target = a4(OURS)};
    eth_emit(&h, all);
    if (type == ETH_TYPE_ARP) arp_emit(&arp, all + 14);
    uint8_t *p = malloc(len + 1);
    assert_non_null(p);
    memcpy(p + 1, all, len);
    const struct bonnet_rx frame = {.data = p + 1, .len = len};
    enum bonnet_reason r = link_input(n, &frame, &in);
    if (r == BONNET_R_NONE && in.what == LINK_IN_IP4) {
        assert_ptr_equal(in.packet, p + 1 + link_header_len(n));
        assert_int_equal(in.len, len - link_header_len(n));
    }
    free(p);
    return r;
}

static void frames_are_sorted(void **state)
{
    (void)state;
    const struct eth_mac all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, group = {{1, 0, 0x5e}};
    station_begin(&s);
    assert_int_equal(takes(s.eth, s.eth->mac, ETH_TYPE_IP4, 60), BONNET_R_NONE);
    assert_int_equal(in.what, LINK_IN_IP4);
    assert_false(in.group);
    assert_int_equal(takes(s.eth, all, ETH_TYPE_IP4, 60), BONNET_R_NONE);
    assert_true(in.group);
    assert_int_equal(takes(s.eth, group, ETH_TYPE_IP4, 60), BONNET_R_NONE);
    assert_true(in.group);
    assert_int_equal(takes(s.eth, mac_of(9), ETH_TYPE_IP4, 60), BONNET_R_FRAME_NOT_OURS);
    assert_int_equal(takes(s.eth, all, ETH_TYPE_ARP, 60), BONNET_R_NONE);
    assert_int_equal(in.what, LINK_IN_ARP);
    assert_int_equal(addr_ip4(&in.arp.target), OURS);
    station_end(&s);
}

/* BA-RARP: 0x8035 is a protocol like others that nobody speaks. */
static void ba_rarp_and_other_types(void **state)
{
    (void)state;
    static const uint16_t types[] = {0, 0x05dc, 0x8035, 0x8100, ETH_TYPE_IP6, 0xffff};
    station_begin(&s);
    for (size_t i = 0; i < LENGTH(types); i++)
        assert_int_equal(takes(s.eth, s.eth->mac, types[i], 60), BONNET_R_FRAME_TYPE);
    station_end(&s);
}

/* BA-SHORT: every length, of frames and of ARP in them. */
static void ba_short(void **state)
{
    (void)state;
    station_begin(&s);
    for (uint32_t len = 0; len < 60; len++) {
        bool frame = len >= 14, arp = len >= 14 + ARP_LENGTH;
        assert_int_equal(takes(s.eth, s.eth->mac, ETH_TYPE_IP4, len),
                         frame ? BONNET_R_NONE : BONNET_R_FRAME_SHORT);
        enum bonnet_reason want = arp     ? BONNET_R_NONE
                                  : frame ? BONNET_R_ARP_MALFORMED
                                          : BONNET_R_FRAME_SHORT;
        assert_int_equal(takes(s.eth, s.eth->mac, ETH_TYPE_ARP, len), want);
    }
    station_end(&s);
}

/* BA-SHORT: not Ethernet, not IPv4, other address lengths. */
static void ba_short_other_kinds(void **state)
{
    (void)state;
    station_begin(&s);
    for (unsigned at = 0; at < 6; at++) {
        uint8_t p[14 + ARP_LENGTH];
        const struct eth_header h = {.dst = s.eth->mac, .type = ETH_TYPE_ARP};
        eth_emit(&h, p);
        arp_emit(&(struct arp_packet){.op = ARP_REPLY, .sender = a4(1), .target = a4(2)}, p + 14);
        p[14 + at] ^= 0x10;
        const struct bonnet_rx frame = {.data = p, .len = sizeof(p)};
        assert_int_equal(link_input(s.eth, &frame, &in), BONNET_R_ARP_MALFORMED);
    }
    station_end(&s);
}

/* B4-EMPTY: without link headers a packet of any length goes to ip/, which looks at it. */
static void bare_ip_has_no_header(void **state)
{
    (void)state;
    uint8_t p[4] = {1, 2, 3, 4};
    const uint8_t untouched[4] = {1, 2, 3, 4};
    station_begin(&s);
    for (uint32_t len = 0; len < 3; len++) {
        assert_int_equal(takes(s.raw, s.eth->mac, 0, len), BONNET_R_NONE);
        assert_int_equal(in.what, LINK_IN_IP4);
        assert_false(in.group);
    }
    const struct eth_mac to = mac_of(1);
    link_emit(s.raw, &to, ETH_TYPE_IP4, p);
    assert_memory_equal(p, untouched, 4);
    assert_int_equal(link_header_len(s.raw), 0);
    station_end(&s);
}

static void a_header_is_written(void **state)
{
    (void)state;
    uint8_t p[14];
    const struct eth_mac to = mac_of(1);
    station_begin(&s);
    assert_int_equal(link_header_len(s.eth), 14);
    link_emit(s.eth, &to, ETH_TYPE_IP4, p);
    assert_memory_equal(p, to.b, 6);
    assert_memory_equal(p + 6, s.eth->mac.b, 6);
    assert_int_equal(get_u16(p + 12), ETH_TYPE_IP4);
    station_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_sorted),
        cmocka_unit_test(ba_rarp_and_other_types),
        cmocka_unit_test(ba_short),
        cmocka_unit_test(ba_short_other_kinds),
        cmocka_unit_test(bare_ip_has_no_header),
        cmocka_unit_test(a_header_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
