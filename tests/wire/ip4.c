/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 headers: each way to be unsound, the walk over the options, round trips. */
#include "wire/ip4.h"
#include "libwire.h"
#include "wire/addr.h"

#define PACKET 100 /* bytes of the packet that the rows change */

/* A sound packet: header of header_len bytes, options NOP, total length PACKET. */
static void template(uint8_t p[PACKET], unsigned header_len)
{
    memset(p, 0x01, PACKET);
    p[0] = (uint8_t)(0x40 | header_len / 4);
    p[1] = 0;
    put_u16(p + 2, PACKET);
    put_u32(p + 4, 0x12344000);
    p[8] = 64;
    p[9] = IP_TCP;
    put_u32(p + 12, 0x0a000001);
    put_u32(p + 16, 0x0a000002);
    seal(p, header_len, 10, 0);
}

static enum bonnet_reason parse(struct ip4_header *h, const uint8_t *packet, uint32_t len)
{
    uint8_t *p = exactly(packet, len);
    enum bonnet_reason r = ip4_parse(h, p, len);
    give_back(p, len);
    return r;
}

static void a_header_is_read(void **state)
{
    (void)state;
    struct ip4_header h;
    uint8_t p[PACKET];
    template(p, 20);
    p[1] = 0xb8;
    put_u16(p + 6, 0x2000 | 185);
    seal(p, 20, 10, 0);
    assert_int_equal(parse(&h, p, PACKET), BONNET_R_NONE);
    assert_int_equal(addr_ip4(&h.src), 0x0a000001);
    assert_int_equal(addr_ip4(&h.dst), 0x0a000002);
    assert_int_equal(h.header_len, 20);
    assert_int_equal(h.total_len, PACKET);
    assert_int_equal(h.id, 0x1234);
    assert_int_equal(h.fragment_at, 1480);
    assert_int_equal(h.tos, 0xb8);
    assert_int_equal(h.ttl, 64);
    assert_int_equal(h.protocol, IP_TCP);
    assert_true(h.more_fragments);
    assert_false(h.dont_fragment || h.source_routed);
}

/* B4-EMPTY: no byte, one byte, and every other length below a header. */
static void lengths_below_20_are_short(void **state)
{
    (void)state;
    struct ip4_header h;
    uint8_t p[PACKET];
    template(p, 20);
    for (uint32_t len = 0; len < 20; len++)
        assert_int_equal(parse(&h, p, len), BONNET_R_IP_SHORT);
}

/* B4-VERSION */
static void versions_but_4_are_refused(void **state)
{
    (void)state;
    struct ip4_header h;
    uint8_t p[PACKET];
    for (unsigned version = 0; version < 16; version++) {
        template(p, 20);
        p[0] = (uint8_t)(version << 4 | 5);
        seal(p, 20, 10, 0);
        enum bonnet_reason want = version == 4 ? BONNET_R_NONE : BONNET_R_IP_VERSION;
        assert_int_equal(parse(&h, p, PACKET), want);
    }
}

/* B4-IHL-LOW, B4-IHL-HIGH: below 20, above the bytes there are. */
static void header_lengths_lie_within_the_packet(void **state)
{
    (void)state;
    struct ip4_header h;
    uint8_t p[PACKET];
    for (unsigned words = 0; words < 16; words++) {
        template(p, words < 5 ? 20 : words * 4);
        p[0] = (uint8_t)(0x40 | words);
        seal(p, words * 4 < 20 ? 20 : words * 4, 10, 0);
        enum bonnet_reason want = words < 5 ? BONNET_R_IP_HEADER_LENGTH : BONNET_R_NONE;
        assert_int_equal(parse(&h, p, PACKET), want);
        for (uint32_t len = 20; len < words * 4; len++)
            assert_int_equal(parse(&h, p, len), BONNET_R_IP_HEADER_LENGTH);
    }
}

/* B4-TOTLEN-LOW, B4-TOTLEN-HIGH, B4-TOTLEN-PAD: from the header's length to the bytes there are. */
static void total_lengths_lie_between_header_and_frame(void **state)
{
    (void)state;
    struct ip4_header h;
    uint8_t p[PACKET];
    for (unsigned header_len = 20; header_len <= 60; header_len += 4) {
        template(p, header_len);
        for (unsigned total = 0; total < 2 * PACKET; total++) {
            put_u16(p + 2, (uint16_t)total);
            seal(p, header_len, 10, 0);
            bool good = total >= header_len && total <= PACKET;
            enum bonnet_reason want = good ? BONNET_R_NONE : BONNET_R_IP_TOTAL_LENGTH;
            assert_int_equal(parse(&h, p, PACKET), want);
            if (good) assert_int_equal(h.total_len, total);
        }
    }
    put_u16(p + 2, 0xffff);
    seal(p, 60, 10, 0);
    assert_int_equal(parse(&h, p, PACKET), BONNET_R_IP_TOTAL_LENGTH);
}

/* B4-CKSUM: each single bit of the header, with and without options. */
static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct ip4_header h;
    uint8_t p[PACKET];
    for (unsigned header_len = 20; header_len <= 60; header_len += 4) {
        template(p, header_len);
        for (unsigned bit = 0; bit < header_len * 8; bit++) {
            p[bit / 8] ^= (uint8_t)(1u << bit % 8);
            enum bonnet_reason r = parse(&h, p, PACKET);
            assert_int_not_equal(r, BONNET_R_NONE);
            if (bit >= 32) assert_int_equal(r, BONNET_R_IP_CHECKSUM);
            p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_int_equal(parse(&h, p, PACKET), BONNET_R_NONE);
    }
}

/* B4-TTL0: a time to live of 0 or 1 is no reason to refuse what has arrived. */
static void any_ttl_and_any_protocol_is_sound(void **state)
{
    (void)state;
    struct ip4_header h;
    uint8_t p[PACKET];
    template(p, 20);
    for (unsigned v = 0; v < 256; v++) {
        p[8] = (uint8_t)v;
        p[9] = (uint8_t)~v;
        seal(p, 20, 10, 0);
        assert_int_equal(parse(&h, p, PACKET), BONNET_R_NONE);
        assert_int_equal(h.ttl, v);
        assert_int_equal(h.protocol, (uint8_t)~v);
    }
}

/* B4-OPT-LEN */
static void options_are_walked(void **state)
{
    (void)state;
    static const struct {
        uint8_t options[12]; /* the header ends where they end */
        enum bonnet_reason reason;
        bool source_routed;
    } rows[] = {
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, BONNET_R_NONE, false},
        {{0, 7, 0, 131, 255, 0, 131, 1, 9, 9, 9, 9}, BONNET_R_NONE, false},
        {{7, 12, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0}, BONNET_R_NONE, false},
        {{7, 3, 0, 7, 3, 255, 68, 2, 148, 4, 0, 0}, BONNET_R_NONE, false},
        {{200, 2, 1, 1, 1, 1, 1, 1, 1, 1, 200, 2}, BONNET_R_NONE, false},
        {{7, 0}, BONNET_R_IP_OPTIONS, false},
        {{7, 1}, BONNET_R_IP_OPTIONS, false},
        {{7, 13}, BONNET_R_IP_OPTIONS, false},
        {{7, 255}, BONNET_R_IP_OPTIONS, false},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 200, 3}, BONNET_R_IP_OPTIONS, false},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 200}, BONNET_R_IP_OPTIONS, false},
        {{131, 7, 4, 1, 2, 3, 4}, BONNET_R_NONE, true},
        {{137, 7, 8, 1, 2, 3, 4}, BONNET_R_NONE, true},
        {{131, 3, 4}, BONNET_R_NONE, true},
        {{137, 3, 255}, BONNET_R_NONE, true},
        {{1, 1, 7, 5, 0, 0, 0, 131, 3, 4}, BONNET_R_NONE, true},
        {{1, 4, 4, 4, 4, 131, 3, 3}, BONNET_R_IP_OPTIONS, false},
        {{131, 3, 0}, BONNET_R_IP_OPTIONS, false},
        {{131, 3, 3}, BONNET_R_IP_OPTIONS, false},
        {{131, 2, 4}, BONNET_R_IP_OPTIONS, false},
        {{131, 3, 4, 131, 3, 4}, BONNET_R_IP_OPTIONS, false},
        {{131, 3, 4, 137, 3, 4}, BONNET_R_IP_OPTIONS, false},
        {{137, 3, 4, 1, 1, 131, 7, 4, 0, 0, 0, 0}, BONNET_R_IP_OPTIONS, false},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct ip4_header h;
        uint8_t p[PACKET];
        template(p, 32);
        memcpy(p + 20, rows[i].options, 12);
        put_u16(p + 2, 32);
        seal(p, 32, 10, 0);
        assert_int_equal(parse(&h, p, 32), rows[i].reason);
        if (rows[i].reason == BONNET_R_NONE)
            assert_int_equal(h.source_routed, rows[i].source_routed);
    }
}

static struct ip4_header any_header(uint64_t *seed)
{
    return (struct ip4_header){
        .src = addr_from_ip4(any_u32(seed)),
        .dst = addr_from_ip4(any_u32(seed)),
        .header_len = IP4_HEADER,
        .total_len = (uint16_t)(20 + any_u32(seed) % (PACKET - 20 + 1)),
        .id = any_u16(seed),
        .fragment_at = (uint16_t)(any_u16(seed) & 0xfff8),
        .tos = any_u8(seed),
        .ttl = any_u8(seed),
        .protocol = any_u8(seed),
        .dont_fragment = any_bool(seed),
        .more_fragments = any_bool(seed),
    };
}

/* B4-OPT-REFLECT: what is sent has twenty bytes of header, whatever the value was made of. */
static void what_is_emitted_is_parsed(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < 20000; i++) {
        struct ip4_header h = any_header(&seed), back;
        uint8_t p[PACKET] = {0};
        ip4_emit(&h, p);
        assert_int_equal(parse(&back, p, PACKET), BONNET_R_NONE);
        assert_true(addr_eq(&h.src, &back.src) && addr_eq(&h.dst, &back.dst));
        assert_int_equal(back.header_len, IP4_HEADER);
        assert_int_equal(h.total_len, back.total_len);
        assert_int_equal(h.id, back.id);
        assert_int_equal(h.fragment_at, back.fragment_at);
        assert_int_equal(h.tos, back.tos);
        assert_int_equal(h.ttl, back.ttl);
        assert_int_equal(h.protocol, back.protocol);
        assert_int_equal(h.dont_fragment, back.dont_fragment);
        assert_int_equal(h.more_fragments, back.more_fragments);
        assert_false(back.source_routed);
    }
}

/* RFC 791: the reserved bit has no meaning here, and goes out as 0. */
static void the_reserved_bit_is_passed_over(void **state)
{
    (void)state;
    struct ip4_header h;
    uint8_t p[PACKET];
    template(p, 20);
    put_u16(p + 6, 0x8000);
    seal(p, 20, 10, 0);
    assert_int_equal(parse(&h, p, PACKET), BONNET_R_NONE);
    assert_false(h.dont_fragment || h.more_fragments || h.fragment_at);
    ip4_emit(&h, p);
    assert_int_equal(get_u16(p + 6), 0);
}

/* What a router quotes: lengths beyond the quotation and a wrong checksum are none of its faults.
 */
static void quoted_headers_need_only_be_there(void **state)
{
    (void)state;
    struct ip4_header h;
    uint8_t p[PACKET];
    template(p, 24);
    put_u16(p + 2, 0xffff);
    p[21] = 0xff;
    assert_int_equal(ip4_parse_quoted(&h, p, 24), BONNET_R_NONE);
    assert_int_equal(h.total_len, 0xffff);
    assert_int_equal(ip4_parse_quoted(&h, p, 23), BONNET_R_IP_HEADER_LENGTH);
    assert_int_equal(ip4_parse_quoted(&h, p, 19), BONNET_R_IP_SHORT);
    p[0] = 0x65;
    assert_int_equal(ip4_parse_quoted(&h, p, 24), BONNET_R_IP_VERSION);
}

/* Against the pseudo-header as RFC 9293 draws it; of a super-frame the length has 32 bits, as in
 * RFC 8200, which draws that of IPv6. */
static void the_pseudo_header_is_summed(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int i = 0; i < 5000; i++) {
        struct bonnet_addr src = addr_from_ip4(any_u32(&seed)), dst = addr_from_ip4(any_u32(&seed));
        size_t size = 4;
        if (i % 2) {
            any_bytes(&seed, src.b, 16);
            any_bytes(&seed, dst.b, 16);
            size = 16;
        }
        uint32_t len = any_u32(&seed) % 100000;
        uint8_t drawn[2 * 16 + 8] = {0};
        memcpy(drawn, src.b + 16 - size, size);
        memcpy(drawn + size, dst.b + 16 - size, size);
        put_u32(drawn + 2 * size, len);
        put_u32(drawn + 2 * size + 4, IP_TCP);
        uint32_t want = checksum_fold(checksum_sum(drawn, sizeof(drawn)));
        uint32_t have = checksum_fold(ip_pseudo_sum(&src, &dst, IP_TCP, len));
        assert_int_equal(have % 0xffff, want % 0xffff);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_read),
        cmocka_unit_test(lengths_below_20_are_short),
        cmocka_unit_test(versions_but_4_are_refused),
        cmocka_unit_test(header_lengths_lie_within_the_packet),
        cmocka_unit_test(total_lengths_lie_between_header_and_frame),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(any_ttl_and_any_protocol_is_sound),
        cmocka_unit_test(options_are_walked),
        cmocka_unit_test(what_is_emitted_is_parsed),
        cmocka_unit_test(the_reserved_bit_is_passed_over),
        cmocka_unit_test(quoted_headers_need_only_be_there),
        cmocka_unit_test(the_pseudo_header_is_summed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
