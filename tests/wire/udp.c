/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP datagrams: lengths, checksums, ports. */
#include "wire/udp.h"
#include "libwire.h"
#include "wire/addr.h"

static const struct bonnet_addr src = {{[10] = 0xff, 0xff, 10, 0, 0, 1}};
static const struct bonnet_addr dst = {{[10] = 0xff, 0xff, 10, 0, 0, 2}};
static const struct udp_from_to from_to = {&src, &dst, false};

static void seal_udp(uint8_t *p, uint32_t udp_len)
{
    seal(p, udp_len, 6, ip_pseudo_sum(&src, &dst, IP_UDP, udp_len));
}

static enum bonnet_reason parse(struct udp_datagram *d, const uint8_t *bytes, uint32_t len)
{
    uint8_t *p = exactly(bytes, len);
    enum bonnet_reason r = udp_parse(d, p, len, &from_to);
    give_back(p, len);
    return r;
}

/* @req UDP-9 BU-LEN BU-BOOTP: fewer than eight bytes, whatever the length field says. */
static void lengths_below_8_are_short(void **state)
{
    (void)state;
    const uint8_t bytes[8] = {0, 1, 0, 2, 0, 8, 0, 0};
    struct udp_datagram d;
    for (uint32_t len = 0; len < 8; len++)
        assert_int_equal(parse(&d, bytes, len), BONNET_R_UDP_SHORT);
    assert_int_equal(parse(&d, bytes, 8), BONNET_R_NONE);
}

/* @req UDP-9 BU-LEN: the UDP length from 8 to what IP brought; bytes beyond it are no text. */
static void the_length_field_rules_within_the_packet(void **state)
{
    (void)state;
    uint8_t p[40];
    struct udp_datagram d;
    memset(p, 'x', sizeof(p));
    put_u32(p, 1000 << 16 | 53);
    for (uint32_t udp_len = 0; udp_len < 100; udp_len++) {
        put_u16(p + 4, (uint16_t)udp_len);
        bool good = udp_len >= 8 && udp_len <= sizeof(p);
        seal_udp(p, good ? udp_len : 8);
        enum bonnet_reason want = good ? BONNET_R_NONE : BONNET_R_UDP_SHORT;
        assert_int_equal(udp_parse(&d, p, sizeof(p), &from_to), want);
        if (!good) continue;
        assert_ptr_equal(d.text, p + 8);
        assert_int_equal(d.len, udp_len - 8); /* BI-ZERO: none at all is a datagram too */
    }
    put_u16(p + 4, 0xffff);
    assert_int_equal(parse(&d, p, sizeof(p)), BONNET_R_UDP_SHORT);
}

/* @req UDP-4 */
static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    uint8_t p[8 + 3] = {0x10, 0, 0, 53, 0, 11, 0, 0, 'a', 'b', 'c'};
    struct udp_datagram d;
    seal_udp(p, sizeof(p));
    for (unsigned bit = 0; bit < sizeof(p) * 8; bit++) {
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(parse(&d, p, sizeof(p)), BONNET_R_NONE);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(parse(&d, p, sizeof(p)), BONNET_R_NONE);
    p[10] ^= 1;
    assert_int_equal(parse(&d, p, sizeof(p)), BONNET_R_UDP_CHECKSUM);
    struct udp_from_to vouched = {&src, &dst, true};
    assert_int_equal(udp_parse(&d, p, sizeof(p), &vouched), BONNET_R_NONE);
}

/* @req UDP-8 B6-UDP0: RFC 768: none over IPv4. RFC 8200 8.1: an error over IPv6. */
static void a_checksum_of_0_is_none(void **state)
{
    (void)state;
    const uint8_t p[9] = {0, 1, 0, 2, 0, 9, 0, 0, 'x'};
    const struct bonnet_addr six = {{0x20, 1, 0x0d, 0xb8}};
    struct udp_from_to over_ip6 = {&six, &six, false};
    struct udp_datagram d;
    assert_int_equal(udp_parse(&d, p, sizeof(p), &from_to), BONNET_R_NONE);
    assert_int_equal(udp_parse(&d, p, sizeof(p), &over_ip6), BONNET_R_UDP_CHECKSUM);
}

/* @req UDP-4 BU-CSUM: every sum occurs, that of 0 included, and none goes out as 0. */
static void a_sum_of_0_goes_out_as_ffff(void **state)
{
    (void)state;
    uint8_t p[8 + 2];
    unsigned all_ones = 0;
    for (unsigned text = 0; text < 0x10000; text++) {
        put_u16(p + 8, (uint16_t)text);
        struct udp_datagram d = {1, 2, p + 8, 2}, back;
        udp_emit(&d, &from_to, p);
        assert_int_not_equal(get_u16(p + 6), 0);
        all_ones += get_u16(p + 6) == 0xffff;
        assert_int_equal(udp_parse(&back, p, sizeof(p), &from_to), BONNET_R_NONE);
    }
    assert_true(all_ones > 0);
}

static void what_is_emitted_is_parsed(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (uint32_t len = 0; len < 100; len++) {
        uint8_t p[8 + 100];
        any_bytes(&seed, p, sizeof(p));
        struct udp_datagram d = {any_u16(&seed), any_u16(&seed) | 1, len ? p + 8 : NULL, len}, back;
        udp_emit(&d, &from_to, p);
        uint8_t *copy = exactly(p, 8 + len);
        assert_int_equal(udp_parse(&back, copy, 8 + len, &from_to), BONNET_R_NONE);
        assert_int_equal(d.sport, back.sport);
        assert_int_equal(d.dport, back.dport);
        assert_ptr_equal(back.text, copy + 8);
        assert_int_equal(back.len, len);
        give_back(copy, 8 + len);
    }
}

/* BU-PORT0. RFC 768: a source port of 0 says that no answer is wanted. */
static void port_0_is_nobodys(void **state)
{
    (void)state;
    struct udp_datagram d;
    const uint8_t to_0[8] = {0, 1, 0, 0, 0, 8, 0, 0}, from_0[8] = {0, 0, 0, 1, 0, 8, 0, 0};
    assert_int_equal(parse(&d, to_0, 8), BONNET_R_UDP_PORT_ZERO);
    assert_int_equal(parse(&d, from_0, 8), BONNET_R_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_below_8_are_short),
        cmocka_unit_test(the_length_field_rules_within_the_packet),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(a_checksum_of_0_is_none),
        cmocka_unit_test(a_sum_of_0_goes_out_as_ffff),
        cmocka_unit_test(what_is_emitted_is_parsed),
        cmocka_unit_test(port_0_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
