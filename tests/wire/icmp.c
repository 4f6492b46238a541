/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP messages: lengths, checksum, and the packets that errors quote. */
#include "wire/icmp.h"
#include "libwire.h"
#include "wire/addr.h"

/* BI-LEN */
static void lengths_below_8_are_short(void **state)
{
    (void)state;
    uint8_t echo[8] = {ICMP_ECHO};
    struct icmp_message m;
    for (uint32_t len = 0; len < 8; len++) {
        seal(echo, len < 4 ? 4 : len, 2, 0);
        uint8_t *p = exactly(echo, len);
        assert_int_equal(icmp_parse(&m, p, len), BONNET_R_ICMP_SHORT);
        give_back(p, len);
    }
}

/* BI-ZERO: an echo without a body; and bodies of odd length. */
static void what_is_emitted_is_parsed(void **state)
{
    (void)state;
    uint64_t seed = 6;
    for (uint32_t len = 0; len < 70; len++) {
        uint8_t p[8 + 70];
        any_bytes(&seed, p + 8, len);
        struct icmp_message m = {
            .type = any_u8(&seed),
            .code = any_u8(&seed),
            .rest = any_u32(&seed),
            .body = len ? p + 8 : NULL,
            .body_len = len,
        };
        icmp_emit(&m, p);
        uint8_t *copy = exactly(p, 8 + len);
        struct icmp_message back;
        assert_int_equal(icmp_parse(&back, copy, 8 + len), BONNET_R_NONE);
        assert_int_equal(m.type, back.type);
        assert_int_equal(m.code, back.code);
        assert_int_equal(m.rest, back.rest);
        assert_ptr_equal(back.body, copy + 8);
        assert_int_equal(back.body_len, len);
        give_back(copy, 8 + len);
    }
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    uint8_t p[8 + 5] = {ICMP_ECHO, 0, 0, 0, 1, 2, 3, 4, 'h', 'e', 'l', 'l', 'o'};
    struct icmp_message m;
    seal(p, sizeof(p), 2, 0);
    assert_int_equal(icmp_parse(&m, p, sizeof(p)), BONNET_R_NONE);
    for (unsigned bit = 0; bit < sizeof(p) * 8; bit++) {
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(icmp_parse(&m, p, sizeof(p)), BONNET_R_ICMP_CHECKSUM);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* BI-MTU: the next-hop MTU is in the low half of the second word, whatever it claims. */
static void the_mtu_is_in_the_second_word(void **state)
{
    (void)state;
    static const uint16_t mtu[] = {0, 10, 67, 68, 1500, 65535};
    for (size_t i = 0; i < LENGTH(mtu); i++) {
        uint8_t p[8] = {ICMP_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED};
        struct icmp_message m;
        put_u16(p + 6, mtu[i]);
        seal(p, 8, 2, 0);
        assert_int_equal(icmp_parse(&m, p, 8), BONNET_R_NONE);
        assert_int_equal(m.rest & 0xffff, mtu[i]);
    }
}

/* An error's body: the header of a packet of ours and eight bytes. */
static void quote(uint8_t body[68], unsigned header_len, uint8_t protocol)
{
    struct ip4_header h = {
        .src = bonnet_ip4(10, 0, 0, 1),
        .dst = bonnet_ip4(10, 0, 0, 2),
        .total_len = 1500,
        .ttl = 1,
        .protocol = protocol,
        .dont_fragment = true,
    };
    ip4_emit(&h, body);
    body[0] = (uint8_t)(0x40 | header_len / 4);
    memset(body + 20, 0xee, header_len - 20);
    put_u16(body + header_len, 1000);
    put_u16(body + header_len + 2, 80);
    put_u32(body + header_len + 4, 0xdeadbeef);
}

static enum bonnet_reason parse_quoted(struct icmp_embedded *e, const uint8_t *body, uint32_t len)
{
    uint8_t *copy = exactly(body, len);
    struct icmp_message m = {.type = ICMP_UNREACHABLE, .body = copy, .body_len = len};
    enum bonnet_reason r = icmp_parse_embedded(e, &m);
    give_back(copy, len);
    return r;
}

static void quoted_packets_are_read(void **state)
{
    (void)state;
    static const struct {
        uint8_t protocol;
        uint16_t sport, dport;
        uint32_t seq;
    } rows[] = {
        {IP_TCP, 1000, 80, 0xdeadbeef},
        {IP_UDP, 1000, 80, 0},
        {IP_ICMP, 0, 0, 0},
        {255, 0, 0, 0},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct icmp_embedded e;
        uint8_t body[68];
        quote(body, 20, rows[i].protocol);
        assert_int_equal(parse_quoted(&e, body, 28), BONNET_R_NONE);
        assert_int_equal(addr_ip4(&e.ip.src), 0x0a000001);
        assert_int_equal(addr_ip4(&e.ip.dst), 0x0a000002);
        assert_int_equal(e.ip.protocol, rows[i].protocol);
        assert_int_equal(e.ip.total_len, 1500);
        assert_int_equal(e.sport, rows[i].sport);
        assert_int_equal(e.dport, rows[i].dport);
        assert_int_equal(e.seq, rows[i].seq);
    }
}

/* BI-ERRTRUNC: every length below header and eight bytes, with every header length. */
static void truncated_quotations_are_refused(void **state)
{
    (void)state;
    struct icmp_embedded e;
    uint8_t body[68];
    for (unsigned words = 5; words < 16; words++) {
        quote(body, words * 4, IP_TCP);
        for (uint32_t len = 0; len < words * 4 + 8; len++)
            assert_int_equal(parse_quoted(&e, body, len), BONNET_R_ICMP_EMBEDDED);
        assert_int_equal(parse_quoted(&e, body, words * 4 + 8), BONNET_R_NONE);
        assert_int_equal(e.seq, 0xdeadbeef);
    }
}

/* BI-ERRTRUNC: no IPv4, a header below 20 bytes, a later fragment. */
static void malformed_quotations_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {{0, 0x44}, {0, 0x40}, {0, 0x65}, {0, 0x35}, {0, 0xf5}, {7, 1}, {6, 0x5f}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct icmp_embedded e;
        uint8_t body[68];
        quote(body, 20, IP_TCP);
        body[rows[i].at] = rows[i].value;
        assert_int_equal(parse_quoted(&e, body, 68), BONNET_R_ICMP_EMBEDDED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_below_8_are_short),
        cmocka_unit_test(what_is_emitted_is_parsed),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(the_mtu_is_in_the_second_word),
        cmocka_unit_test(quoted_packets_are_read),
        cmocka_unit_test(truncated_quotations_are_refused),
        cmocka_unit_test(malformed_quotations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
