/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that are unsound, come from nowhere, are not for us, or are: each has its reason and its
 * counter. @req IP-20
 */
#include "ip/libip.h"

#include "base/bytes.h"

static struct host h;

static uint64_t count(enum bonnet_mib mib)
{
    return h.w.env.mib[mib];
}

/* A usual packet of 60 bytes, to be spoiled. */
static void usual(uint8_t p[60])
{
    write_packet(&(struct packet){.text = pattern(0), .len = 40}, p);
}

/* B4-EMPTY: every length below a header, none included. */
static void b4_empty(void **state)
{
    (void)state;
    uint8_t p[60];
    host_begin(&h);
    usual(p);
    for (uint32_t len = 0; len < 20; len++)
        assert_int_equal(arrive_bytes(&h, p, len), BONNET_R_IP_SHORT);
    assert_int_equal(count(BONNET_MIB_IpInReceives), 20);
    assert_int_equal(count(BONNET_MIB_IpInHdrErrors), 20);
    host_end(&h);
}

/* B4-VERSION. @req IP-1 */
static void b4_version(void **state)
{
    (void)state;
    host_begin(&h);
    for (unsigned version = 0; version < 16; version++) {
        uint8_t p[60];
        usual(p);
        p[0] = (uint8_t)(version << 4 | 5);
        seal_header(p);
        assert_int_equal(arrive_bytes(&h, p, 60),
                         version == 4 ? BONNET_R_NONE : BONNET_R_IP_VERSION);
    }
    host_end(&h);
}

/* B4-IHL-LOW, B4-IHL-HIGH: a header of 0 to 60 bytes in a packet of 40. */
static void b4_ihl_low_b4_ihl_high(void **state)
{
    (void)state;
    host_begin(&h);
    for (unsigned words = 0; words < 16; words++) {
        uint8_t p[60] = {0};
        write_packet(
            &(struct packet){.text = "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", .len = 20}, p);
        p[0] = (uint8_t)(0x40 | words);
        seal_header(p);
        bool good = words >= 5 && words <= 10;
        assert_int_equal(arrive_bytes(&h, p, 40), good ? BONNET_R_NONE : BONNET_R_IP_HEADER_LENGTH);
        if (good) assert_int_equal(h.in.len, 40 - words * 4);
    }
    host_end(&h);
}

/* B4-TOTLEN-LOW, B4-TOTLEN-HIGH, B4-TOTLEN-PAD: the total length against 60 bytes that there are.
 */
static void b4_totlen(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint16_t total = 0; total < 200; total++) {
        uint8_t p[60];
        usual(p);
        put_u16(p + 2, total);
        seal_header(p);
        bool good = total >= 20 && total <= 60;
        assert_int_equal(arrive_bytes(&h, p, 60), good ? BONNET_R_NONE : BONNET_R_IP_TOTAL_LENGTH);
        if (!good) continue;
        assert_int_equal(h.in.len, total - 20);
        assert_int_equal(h.in.packet_len, total);
    }
    host_end(&h);
}

/* B4-TOTLEN-PAD: Ethernet's padding never goes up, and is no fragment's text. */
static void b4_totlen_pad(void **state)
{
    (void)state;
    host_begin(&h);
    assert_int_equal(arrive(&h, .text = pattern(0), .len = 8, .padding = 18), BONNET_R_NONE);
    is_whole(&h, 8);
    arrive(&h, .text = pattern(0), .len = 8, .more = true, .padding = 18);
    assert_int_equal(arrive(&h, .at = 8, .text = pattern(8), .len = 3, .padding = 23),
                     BONNET_R_NONE);
    is_whole(&h, 11);
    host_end(&h);
}

/* B4-OPT-LEN: a length below 2, past the header, two source routes, a pointer off the route.
 * @req IP-9 */
static void b4_opt_len(void **state)
{
    (void)state;
    static const struct {
        uint8_t options[12];
        enum bonnet_reason reason;
    } rows[] = {
        {{7, 0}, BONNET_R_IP_OPTIONS},
        {{7, 1}, BONNET_R_IP_OPTIONS},
        {{7, 13}, BONNET_R_IP_OPTIONS},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7}, BONNET_R_IP_OPTIONS},
        {{131, 3, 4, 137, 3, 4}, BONNET_R_IP_OPTIONS},
        {{131, 7, 0}, BONNET_R_IP_OPTIONS},
        {{131, 7, 255}, BONNET_R_IP_OPTIONS},
        {{131, 7, 4, 10, 7, 0, 9}, BONNET_R_IP_OPTIONS},
        {{137, 7, 4, 10, 7, 0, 9}, BONNET_R_IP_OPTIONS},
        {{7, 11, 4}, BONNET_R_NONE},
        {{0, 7, 0, 131, 0}, BONNET_R_NONE},
        {{148, 4, 0, 0, 99, 8}, BONNET_R_NONE},
    };
    host_begin(&h);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(arrive(&h, .options = rows[i].options, .options_len = 12,
                                .text = pattern(0), .len = 10),
                         rows[i].reason);
        if (rows[i].reason == BONNET_R_NONE) is_whole(&h, 10);
    }
    host_end(&h);
}

/* B4-MARTIAN, BU-MCASTSRC: sources that no packet may have. @req IP-5 @req UDP-6 */
static void b4_martian(void **state)
{
    (void)state;
    static const uint32_t sources[] = {
        0x00000000, 0x00000001, 0x00ffffff, 0x7f000001, 0x7fffffff, /* this network, loopback */
        0xe0000001, 0xefffffff, 0xf0000000, 0xfffffffe, 0xffffffff, /* groups, class E, broadcast */
        0x0a0700ff, 0x0a070002,                                     /* our broadcast, ourselves */
    };
    host_begin(&h);
    for (size_t i = 0; i < LENGTH(sources); i++)
        assert_int_equal(arrive(&h, .src = a4(sources[i])), BONNET_R_IP_SOURCE);
    assert_int_equal(count(BONNET_MIB_IpInAddrErrors), LENGTH(sources));
    assert_int_equal(arrive(&h, .src = a4(0x01000000)), BONNET_R_NONE);
    assert_int_equal(arrive(&h, .src = a4(0xdfffffff)), BONNET_R_NONE);
    host_end(&h);
}

/* B4-CKSUM: every single-bit error in the header. @req IP-2 */
static void b4_cksum(void **state)
{
    (void)state;
    host_begin(&h);
    for (unsigned bit = 0; bit < 160; bit++) {
        uint8_t p[60];
        usual(p);
        p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(arrive_bytes(&h, p, 60), BONNET_R_NONE);
        assert_int_equal(count(BONNET_MIB_IpInHdrErrors), bit + 1);
    }
    assert_int_equal(count(BONNET_MIB_IpInDelivers), 0);
    host_end(&h);
}

/* B4-IPIP: a packet in a packet is handed up unread, and its sender may hear that nobody speaks it.
 * @req ICMP-5 */
static void b4_ipip(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint8_t protocol = 4; protocol <= 41; protocol += 37) {
        assert_int_equal(
            arrive(&h, .protocol = protocol, .text = pattern(0), .len = 64, .more = true),
            BONNET_R_FRAGMENT_HELD);
        assert_int_equal(arrive(&h, .protocol = protocol, .at = 64, .text = pattern(64), .len = 9),
                         BONNET_R_NONE);
        is_whole(&h, 73);
        assert_int_equal(icmp_may_send_error(&h.ip, &h.w.env, &h.in), BONNET_R_NONE);
    }
    assert_int_equal(count(BONNET_MIB_IpInUnknownProtos), 2);
    assert_int_equal(count(BONNET_MIB_IpInDelivers), 0);
    host_end(&h);
}

/* B4-TTL0. @req IP-8 */
static void b4_ttl0(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint8_t ttl = 0; ttl < 3; ttl++) {
        uint8_t p[60];
        usual(p);
        p[8] = ttl;
        seal_header(p);
        assert_int_equal(arrive_bytes(&h, p, 60), BONNET_R_NONE);
    }
    host_end(&h);
}

/* Nothing is forwarded, however many interfaces there are. @req IP-4 @req IP-15 */
static void what_is_for_others_is_dropped(void **state)
{
    (void)state;
    static const uint32_t others[] = {0x0a070003, 0x0a080001, 0x08080808, 0x7f000001,
                                      0x00000000, 0xe00000fb, 0xf0000001, 0x0a0800ff};
    host_begin(&h);
    const struct bonnet_addr second = a4(0x0a080002);
    assert_int_equal(ip_addr_add(&h.ip, &h.w.env, 2, &second, 24), 0);
    for (size_t i = 0; i < LENGTH(others); i++)
        assert_int_equal(arrive(&h, .dst = a4(others[i])), BONNET_R_IP_DESTINATION);
    assert_int_equal(count(BONNET_MIB_IpInAddrErrors), LENGTH(others));
    assert_int_equal(arrive(&h, .dst = second), BONNET_R_NONE);
    host_end(&h);
}

/* Broadcasts and the group of all hosts are taken, and marked. */
static void broadcasts_are_marked(void **state)
{
    (void)state;
    static const uint32_t all[] = {0xffffffff, 0x0a0700ff, 0xe0000001};
    host_begin(&h);
    for (size_t i = 0; i < LENGTH(all); i++) {
        assert_int_equal(arrive(&h, .dst = a4(all[i]), .group = true), BONNET_R_NONE);
        assert_true(h.in.broadcast);
    }
    assert_int_equal(arrive(&h, .text = pattern(0), .len = 1), BONNET_R_NONE);
    assert_false(h.in.broadcast);
    host_end(&h);
}

/* @req IP-17 */
static void a_link_broadcast_of_a_unicast_is_dropped(void **state)
{
    (void)state;
    host_begin(&h);
    assert_int_equal(arrive(&h, .group = true), BONNET_R_FRAME_BROADCAST_UNICAST);
    assert_int_equal(arrive(&h, .dst = a4(0x0a070003), .group = true), BONNET_R_IP_DESTINATION);
    host_end(&h);
}

static void deliveries_are_counted(void **state)
{
    (void)state;
    static const uint8_t known[] = {IP_ICMP, IP_TCP, IP_UDP};
    host_begin(&h);
    for (size_t i = 0; i < LENGTH(known); i++)
        assert_int_equal(arrive(&h, .protocol = known[i]), BONNET_R_NONE);
    assert_int_equal(arrive(&h, .protocol = 132), BONNET_R_NONE);
    assert_int_equal(count(BONNET_MIB_IpInReceives), 4);
    assert_int_equal(count(BONNET_MIB_IpInDelivers), 3);
    assert_int_equal(count(BONNET_MIB_IpInUnknownProtos), 1);
    host_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(b4_empty),
        cmocka_unit_test(b4_version),
        cmocka_unit_test(b4_ihl_low_b4_ihl_high),
        cmocka_unit_test(b4_totlen),
        cmocka_unit_test(b4_totlen_pad),
        cmocka_unit_test(b4_opt_len),
        cmocka_unit_test(b4_martian),
        cmocka_unit_test(b4_cksum),
        cmocka_unit_test(b4_ipip),
        cmocka_unit_test(b4_ttl0),
        cmocka_unit_test(what_is_for_others_is_dropped),
        cmocka_unit_test(broadcasts_are_marked),
        cmocka_unit_test(a_link_broadcast_of_a_unicast_is_dropped),
        cmocka_unit_test(deliveries_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
