/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP headers: lengths, checksum, ports, flags, and what is written where. Options: tcp_options.c.
 */
#include "libwire.h"
#include "wire/ip4.h"
#include "wire/tcp.h"

static const uint8_t plain[TCP_HEADER] = {
    0x03, 0xe8, 0,    80,   0x11, 0x22, 0x33, 0x44, 0x55, 0x66,
    0x77, 0x88, 0x50, 0x18, 0xab, 0xcd, 0,    0,    0x12, 0x34,
};

static enum bonnet_reason parse(struct tcp_seg *s, const uint8_t *bytes, uint32_t len)
{
    uint8_t *p = exactly(bytes, len);
    enum bonnet_reason r = tcp_parse(s, p, len, 0, NULL);
    give_back(p, len);
    return r;
}

static void a_header_is_read(void **state)
{
    (void)state;
    struct tcp_seg s;
    uint8_t p[TCP_HEADER + 5];
    memset(&s, 0xee, sizeof(s));
    memcpy(p, plain, TCP_HEADER);
    assert_int_equal(tcp_parse(&s, p, sizeof(p), 0, NULL), BONNET_R_NONE);
    assert_int_equal(s.sport, 1000);
    assert_int_equal(s.dport, 80);
    assert_int_equal(s.seq.v, 0x11223344);
    assert_int_equal(s.ack.v, 0x55667788);
    assert_int_equal(s.flags, TCP_ACK | TCP_PSH);
    assert_int_equal(s.wnd, 0xabcd);
    assert_int_equal(s.urg, 0x1234);
    assert_int_equal(s.header_len, TCP_HEADER);
    assert_int_equal(s.len, 5);
    assert_ptr_equal(s.text, p + TCP_HEADER);
    assert_int_equal(s.has, 0);
    assert_int_equal(s.sack_n, 0);
    assert_int_equal(s.gso_size, 0);
    assert_int_equal(s.note, BONNET_R_NONE);
}

/* TH-SHORT */
static void lengths_below_20_are_short(void **state)
{
    (void)state;
    struct tcp_seg s;
    for (uint32_t len = 0; len < TCP_HEADER; len++)
        assert_int_equal(parse(&s, plain, len), BONNET_R_TCP_SHORT);
    assert_int_equal(parse(&s, plain, TCP_HEADER), BONNET_R_NONE);
}

/* TH-DOFF-LOW, TH-DOFF-HIGH: below 20 bytes, beyond the segment. */
static void data_offsets_lie_within_the_segment(void **state)
{
    (void)state;
    struct tcp_seg s;
    uint8_t p[TCP_HEADER_MAX + 4];
    for (unsigned words = 0; words < 16; words++) {
        memset(p, 1, sizeof(p));
        memcpy(p, plain, TCP_HEADER);
        p[12] = (uint8_t)(words << 4);
        for (uint32_t len = TCP_HEADER; len <= sizeof(p); len++) {
            bool good = words >= 5 && words * 4 <= len;
            enum bonnet_reason want = good ? BONNET_R_NONE : BONNET_R_TCP_DATA_OFFSET;
            assert_int_equal(parse(&s, p, len), want);
            if (good) assert_int_equal(s.len, len - words * 4);
        }
    }
}

/* @req 9293-MUST-3 */
static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    const struct bonnet_addr a = bonnet_ip4(10, 0, 0, 1), b = bonnet_ip4(10, 0, 0, 2);
    struct tcp_seg s;
    uint8_t p[TCP_HEADER + 3] = {0};
    memcpy(p, plain, TCP_HEADER);
    uint32_t pseudo = ip_pseudo_sum(&a, &b, IP_TCP, sizeof(p));
    seal(p, sizeof(p), TCP_CHECKSUM_AT, pseudo);
    for (unsigned bit = 0; bit < sizeof(p) * 8; bit++) {
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum bonnet_reason r = tcp_parse(&s, p, sizeof(p), pseudo, checksum_sum);
        assert_true(r == BONNET_R_TCP_CHECKSUM || r == BONNET_R_TCP_DATA_OFFSET);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(tcp_parse(&s, p, sizeof(p), pseudo, checksum_sum), BONNET_R_NONE);
    uint32_t elsewhere = ip_pseudo_sum(&a, &a, IP_TCP, sizeof(p));
    assert_int_equal(tcp_parse(&s, p, sizeof(p), elsewhere, checksum_sum), BONNET_R_TCP_CHECKSUM);
}

static void port_0_is_nobodys(void **state)
{
    (void)state;
    struct tcp_seg s;
    for (size_t at = 0; at < 4; at += 2) {
        uint8_t p[TCP_HEADER];
        memcpy(p, plain, TCP_HEADER);
        put_u16(p + at, 0);
        assert_int_equal(parse(&s, p, TCP_HEADER), BONNET_R_TCP_PORT_ZERO);
    }
}

/* TH-FLAGS: all 512, and the three reserved bits beside AE, which are neither read nor written. */
static void nine_flags_and_no_more(void **state)
{
    (void)state;
    for (uint16_t flags = 0; flags < 512; flags++) {
        struct tcp_seg s = {.sport = 1, .dport = 2, .flags = flags}, back;
        uint8_t p[TCP_HEADER_MAX];
        assert_int_equal(tcp_emit(&s, p), TCP_HEADER);
        assert_int_equal(p[12] & 0x0e, 0);
        assert_int_equal(p[12] & 1, flags >> 8);
        p[12] |= 0x0e;
        assert_int_equal(parse(&back, p, TCP_HEADER), BONNET_R_NONE);
        assert_int_equal(back.flags, flags);
    }
}

/* What has no meaning does not leave the house. */
static void fields_without_their_flag_go_out_as_0(void **state)
{
    (void)state;
    struct tcp_seg s = {.ack = seq(UINT32_MAX), .urg = UINT16_MAX};
    uint8_t p[TCP_HEADER_MAX];
    tcp_emit(&s, p);
    assert_int_equal(get_u32(p + 8), 0);
    assert_int_equal(get_u16(p + 18), 0);
    s.flags = TCP_ACK | TCP_URG;
    tcp_emit(&s, p);
    assert_int_equal(get_u32(p + 8), UINT32_MAX);
    assert_int_equal(get_u16(p + 18), UINT16_MAX);
    assert_int_equal(get_u16(p + TCP_CHECKSUM_AT), 0);
}

static void a_span_counts_text_syn_and_fin(void **state)
{
    (void)state;
    struct tcp_seg s = {.len = 10, .flags = TCP_ACK | TCP_PSH};
    assert_int_equal(tcp_seg_span(&s), 10);
    s.flags = TCP_SYN;
    assert_int_equal(tcp_seg_span(&s), 11);
    s.flags = TCP_SYN | TCP_FIN;
    assert_int_equal(tcp_seg_span(&s), 12);
}

static void what_is_emitted_is_parsed(void **state)
{
    (void)state;
    uint64_t seed = 8;
    for (int i = 0; i < 20000; i++) {
        struct tcp_seg s = {
            .sport = any_u16(&seed) | 1,
            .dport = any_u16(&seed) | 1,
            .seq = seq(any_u32(&seed)),
            .ack = seq(any_u32(&seed)),
            .flags = (any_u16(&seed) & 0x1ff) | TCP_ACK | TCP_URG,
            .wnd = any_u16(&seed),
            .urg = any_u16(&seed),
        };
        struct tcp_seg back;
        uint8_t p[TCP_HEADER_MAX];
        assert_int_equal(tcp_header_len(&s), TCP_HEADER);
        assert_int_equal(tcp_emit(&s, p), TCP_HEADER);
        assert_int_equal(parse(&back, p, TCP_HEADER), BONNET_R_NONE);
        assert_true(s.sport == back.sport && s.dport == back.dport);
        assert_true(seq_eq(s.seq, back.seq) && seq_eq(s.ack, back.ack));
        assert_int_equal(s.flags, back.flags);
        assert_int_equal(s.wnd, back.wnd);
        assert_int_equal(s.urg, back.urg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_read),
        cmocka_unit_test(lengths_below_20_are_short),
        cmocka_unit_test(data_offsets_lie_within_the_segment),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(port_0_is_nobodys),
        cmocka_unit_test(nine_flags_and_no_more),
        cmocka_unit_test(fields_without_their_flag_go_out_as_0),
        cmocka_unit_test(a_span_counts_text_syn_and_fin),
        cmocka_unit_test(what_is_emitted_is_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
