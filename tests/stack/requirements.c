/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What RFC 9293 3.1 and 3.9 ask of TCP and of what lies below and above it, seen on the wire
 * between two stacks: checksums, addresses, DS field and time to live, options of IP, and
 * opening.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "libpair.h"

static struct pair p;

/* What has been seen on the wire, of both. */
static struct {
    unsigned segments, syns, mss_elsewhere, foreign_sources, odd_ids;
    uint8_t tos, ttl; /* of a's last segment */
    uint8_t tos_of_b;
    struct bonnet_addr src;
    uint16_t mss;
    uint32_t ts_val;
    unsigned from_b;
    bool cut; /* nothing arrives */
} seen;

static bool look(struct pair *pair, struct pair_frame *f)
{
    struct ip4_header h;
    struct tcp_seg s;
    assert_int_equal(ip4_parse(&h, f->bytes, f->len), BONNET_R_NONE);
    if (f->from == PAIR_B) {
        seen.from_b++;
        seen.tos_of_b = h.tos;
    }
    if (h.protocol != IP_TCP) return !seen.cut;
    assert_true(pair_read_tcp(pair, f, &s)); /* checks the checksum */
    seen.segments++;
    seen.foreign_sources += !bonnet_addr_equal(h.src, pair_addr(f->from));
    seen.mss_elsewhere += !(s.flags & TCP_SYN) && s.note == BONNET_R_TCP_OPTION_PLACE;
    seen.odd_ids += !h.dont_fragment || h.id != 0;
    seen.syns += s.flags & TCP_SYN;
    if (f->from == PAIR_A) {
        seen.tos = h.tos;
        seen.ttl = h.ttl;
        seen.src = h.src;
        seen.ts_val = s.ts_val;
        if (s.has & TCP_OPT_MSS) seen.mss = s.mss;
    }
    return !seen.cut;
}

static void begin(const struct pair_options *o)
{
    pair_begin(&p, o);
    memset(&seen, 0, sizeof(seen));
    p.hook = look;
}

static void send_text(struct bonnet *bn, int s, uint32_t n)
{
    static const char text[4000];
    assert_int_equal(bonnet_send(bn, s, text, n, 0), n);
    pair_run(&p);
}

static uint32_t receive_text(struct bonnet *bn, int s)
{
    static char text[8000];
    int64_t n = bonnet_recv(bn, s, text, sizeof(text), 0);
    return n > 0 ? (uint32_t)n : 0;
}

/* @req 9293-MUST-2 9293-MUST-45 9293-MUST-65 IP-7 9293-MAY-4: a whole life. What may not be cut
 * needs no identification, the first time or again. */
static void segments_of_a_life_are_sound(void **state)
{
    (void)state;
    int c, s;
    begin(&(struct pair_options){.delay = BONNET_MS});
    pair_connect(&p, 80, &c, &s);
    seen.cut = true;
    send_text(p.a, c, 4000);
    pair_advance(&p, 100 * BONNET_MS);
    seen.cut = false;
    pair_advance(&p, 3 * BONNET_S);
    assert_int_equal(receive_text(p.b, s), 4000);
    assert_true(bonnet_mib_count(p.a, BONNET_MIB_TcpRetransSegs) > 0);
    send_text(p.b, s, 1000);
    assert_int_equal(bonnet_close(p.b, s), 0);
    pair_advance(&p, BONNET_S);
    assert_int_equal(receive_text(p.a, c), 1000);
    assert_int_equal(bonnet_close(p.a, c), 0);
    pair_advance(&p, BONNET_S);
    assert_true(seen.segments > 10);
    assert_int_equal(seen.syns / TCP_SYN, 2);
    assert_int_equal(seen.foreign_sources, 0);
    assert_int_equal(seen.mss_elsewhere, 0);
    assert_int_equal(seen.odd_ids, 0);
    assert_int_equal(seen.tos, 0);
    pair_end(&p);
}

#define TEXT 10u

/* A segment of ten octets of text that nobody sent. */
struct forged {
    struct bonnet_addr src;
    struct tcp_seg seg;
    const uint8_t *options; /* of IP */
    uint32_t options_n;     /* a multiple of four */
    uint32_t wrong_at;      /* octet of the segment in which a bit is wrong, from 1; 0: none */
};

static void inject_forged(const struct forged *x)
{
    uint8_t packet[IP4_HEADER_MAX + TCP_HEADER_MAX + TEXT] = {0};
    const struct bonnet_addr b = pair_addr(PAIR_B);
    uint32_t head = IP4_HEADER + x->options_n;
    uint8_t *tcp = packet + head;
    uint32_t n = tcp_emit(&x->seg, tcp) + TEXT;
    uint32_t sum = checksum_add(ip_pseudo_sum(&x->src, &b, IP_TCP, n), checksum_sum(tcp, n));
    put_raw16(tcp + TCP_CHECKSUM_AT, checksum_finish(sum));
    if (x->wrong_at > 0) tcp[x->wrong_at - 1] ^= 0x10;
    const struct ip4_header h = {
        .src = x->src, .dst = b, .total_len = (uint16_t)(head + n), .ttl = 64, .protocol = IP_TCP};
    ip4_emit(&h, packet);
    packet[0] = (uint8_t)(0x40 | head / 4);
    if (x->options_n) memcpy(packet + IP4_HEADER, x->options, x->options_n);
    put_u16(packet + 10, 0);
    put_raw16(packet + 10, checksum_finish(checksum_sum(packet, head)));
    pair_inject(&p, PAIR_B, packet, head + n);
    pair_run(&p);
}

/* @req 9293-MUST-3: each octet of a segment in turn is wrong; nothing is acknowledged or read. */
static void wrong_checksum_changes_nothing(void **state)
{
    (void)state;
    int c, s;
    begin(NULL);
    pair_connect(&p, 80, &c, &s);
    seen.cut = true;
    send_text(p.a, c, 10);
    uint32_t sent = seen.segments, before = seen.from_b;
    struct bonnet_row row = {.size = sizeof(row)}, after = row;
    assert_int_equal(bonnet_inspect_socket(p.b, s, &row), 0);
    struct forged x = {.src = pair_addr(PAIR_A)};
    x.seg = (struct tcp_seg){.sport = row.remote.port, .dport = 80, .flags = TCP_ACK};
    x.seg.seq = seq(row.rcv_nxt);
    x.seg.ack = seq(row.snd_nxt);
    x.seg.has = TCP_OPT_TIMESTAMPS;
    x.seg.ts_val = seen.ts_val;
    for (x.wrong_at = 1; x.wrong_at <= TCP_HEADER + 12 + TEXT; x.wrong_at++)
        inject_forged(&x);
    assert_int_equal(bonnet_inspect_socket(p.b, s, &after), 0);
    assert_int_equal(after.rcv_nxt, row.rcv_nxt);
    assert_int_equal(after.recv_q, 0);
    assert_int_equal(seen.from_b, before);
    assert_int_equal(seen.segments, sent);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_TCP_CHECKSUM) +
                         bonnet_reason_count(p.b, BONNET_R_TCP_DATA_OFFSET),
                     TCP_HEADER + 12 + TEXT);
    x.wrong_at = 0;
    inject_forged(&x);
    assert_int_equal(receive_text(p.b, s), TEXT);
    pair_end(&p);
}

/* @req 9293-MUST-48 9293-MUST-49 9293-SHLD-21 9293-SHLD-22 9293-SHLD-23 9293-MAY-9 IP-7 IP-8:
 * before the connection and within it, as they were given. The other end's answers have its own. */
static void ds_field_and_time_to_live_are_the_programs(void **state)
{
    (void)state;
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
    begin(NULL);
    int l = pair_listen(&p, 80);
    int c = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    pair_set(p.a, c, BONNET_TCP_NODELAY, 1);
    pair_set(p.a, c, BONNET_IP_TOS, 0xb8);
    pair_set(p.a, c, BONNET_IP_TTL, 7);
    assert_int_equal(bonnet_connect(p.a, c, &to), -EINPROGRESS);
    pair_run(&p);
    assert_int_equal(seen.tos, 0xb8);
    assert_int_equal(seen.ttl, 7);
    for (int dscp = 0; dscp < 64; dscp++) {
        pair_set(p.a, c, BONNET_IP_TOS, dscp << 2);
        send_text(p.a, c, 1);
        assert_int_equal(seen.tos, dscp << 2);
        assert_int_equal(seen.tos_of_b, 0);
    }
    pair_set(p.a, c, BONNET_IP_TTL, -1);
    send_text(p.a, c, 1);
    assert_int_equal(seen.ttl, 64);
    assert_true(l >= 0);
    pair_end(&p);
}

static void inject_syn(struct bonnet_addr src, const uint8_t *options, uint32_t n)
{
    const struct forged x = {
        .src = src,
        .seg = {.sport = 9, .dport = 80, .seq = seq(70), .flags = TCP_SYN},
        .options = options,
        .options_n = n,
    };
    inject_forged(&x);
}

/* @req 9293-MUST-50 9293-MAY-10 9293-MAY-11: a timestamp, a recorded route, options unheard of. The
 * answer has none. */
static void options_of_ip_are_passed_over(void **state)
{
    (void)state;
    static const uint8_t options[][8] = {
        {1, 1, 1, 1, 1, 1, 1, 0},   {68, 8, 5, 0, 0, 0, 0, 0}, {7, 7, 4, 0, 0, 0, 0, 0},
        {148, 4, 0, 0, 1, 1, 1, 1}, {30, 8, 1, 2, 3, 4, 5, 6},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        begin(NULL);
        (void)pair_listen(&p, 80);
        seen.cut = true;
        inject_syn(pair_addr(PAIR_A), options[i], 8);
        assert_int_equal(bonnet_reason_count(p.b, BONNET_R_SEND_SYN_ACK), 1);
        assert_int_equal(seen.from_b, 1);
        pair_end(&p);
    }
}

/* @req 9293-MUST-63: nobody, everybody, ourselves. */
static void syns_of_impossible_sources_are_ignored(void **state)
{
    (void)state;
    const struct bonnet_addr sources[] = {
        bonnet_ip4(0, 0, 0, 0),   bonnet_ip4(255, 255, 255, 255), bonnet_ip4(10, 0, 0, 255),
        bonnet_ip4(224, 0, 0, 1), bonnet_ip4(127, 0, 0, 1),       bonnet_ip4(240, 0, 0, 1),
        bonnet_ip4(10, 0, 0, 2),
    };
    begin(NULL);
    (void)pair_listen(&p, 80);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        inject_syn(sources[i], NULL, 0);
    struct bonnet_totals t = {.size = sizeof(t)};
    assert_int_equal(bonnet_totals(p.b, &t), 0);
    assert_int_equal(t.half_open, 0);
    assert_int_equal(seen.from_b, 0);
    inject_syn(pair_addr(PAIR_A), NULL, 0);
    assert_int_equal(seen.from_b, 1);
    pair_end(&p);
}

/* @req 9293-MUST-41: the port of a connection is listened to, and it goes on. */
static void listening_leaves_connections_alone(void **state)
{
    (void)state;
    int c, s, another;
    begin(NULL);
    pair_connect(&p, 80, &c, &s);
    send_text(p.a, c, 5);
    (void)pair_listen(&p, 80);
    assert_int_equal(pair_state(p.b, s), BONNET_ESTABLISHED);
    send_text(p.a, c, 7);
    assert_int_equal(receive_text(p.b, s), 12);
    pair_connect(&p, 81, &c, &another);
    pair_end(&p);
}

/* @req 9293-MUST-42: another socket of the port is in SYN-SENT; both get what is theirs. */
static void port_of_an_attempt_can_be_listened_to(void **state)
{
    (void)state;
    const struct bonnet_endpoint here = pair_endpoint(PAIR_B, 80), to = pair_endpoint(PAIR_A, 5000);
    begin(NULL);
    seen.cut = true;
    int c = bonnet_socket(p.b, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    pair_set(p.b, c, BONNET_SO_REUSEADDR, 1);
    assert_int_equal(bonnet_bind(p.b, c, &here), 0);
    assert_int_equal(bonnet_connect(p.b, c, &to), -EINPROGRESS);
    pair_run(&p);
    assert_int_equal(pair_state(p.b, c), BONNET_SYN_SENT);
    int l = pair_listen(&p, 80);
    assert_int_equal(pair_state(p.b, l), BONNET_LISTEN);
    assert_int_equal(pair_state(p.b, c), BONNET_SYN_SENT);
    inject_syn(pair_addr(PAIR_A), NULL, 0);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_SEND_SYN_ACK), 1);
    pair_end(&p);
}

/* @req 9293-MUST-43 9293-MUST-44 9293-MUST-45: the address that was bound, or else the one that IP
 * has for the destination; to the end. */
static void source_is_chosen_once(void **state)
{
    (void)state;
    const struct bonnet_addr second = bonnet_ip4(10, 0, 0, 77);
    for (int bound = 0; bound < 2; bound++) {
        const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
        const struct bonnet_endpoint from = {.addr = second, .port = 0};
        const struct bonnet_addr want = bound ? second : pair_addr(PAIR_A);
        begin(NULL);
        const struct bonnet_if_config other = {
            .size = sizeof(other), .kind = BONNET_IF_IP, .mtu = 900};
        assert_int_equal(bonnet_if_addr_add(p.a, PAIR_IFX, second, 24), 0);
        assert_int_equal(bonnet_if_add(p.a, &other), PAIR_IFX + 1);
        assert_int_equal(bonnet_if_addr_add(p.a, PAIR_IFX + 1, bonnet_ip4(10, 9, 0, 1), 24), 0);
        (void)pair_listen(&p, 80);
        int c = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
        if (bound) assert_int_equal(bonnet_bind(p.a, c, &from), 0);
        assert_int_equal(bonnet_connect(p.a, c, &to), -EINPROGRESS);
        pair_run(&p);
        assert_true(bonnet_addr_equal(seen.src, want));
        assert_int_equal(pair_state(p.a, c), BONNET_ESTABLISHED);
        assert_int_equal(bonnet_if_addr_add(p.a, PAIR_IFX, bonnet_ip4(10, 0, 0, 3), 29), 0);
        send_text(p.a, c, 1);
        assert_true(bonnet_addr_equal(seen.src, want));
        pair_end(&p);
    }
}

/* @req 9293-MUST-67 9293-SHLD-5 9293-SHLD-6 9293-MAY-3: of the interface that the SYN leaves by, as
 * it is then; also when that is the default. */
static void advertised_size_follows_the_interface(void **state)
{
    (void)state;
    static const uint16_t mtus[] = {576, 900, 1500, 9000};
    for (size_t i = 0; i < sizeof mtus / sizeof *mtus; i++) {
        const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
        begin(NULL);
        assert_int_equal(bonnet_if_set_mtu(p.a, PAIR_IFX, mtus[i]), 0);
        int c = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
        assert_int_equal(bonnet_connect(p.a, c, &to), -EINPROGRESS);
        pair_run(&p);
        assert_int_equal(seen.mss, mtus[i] - 40);
        pair_end(&p);
    }
}

/* @req 9293-MAY-14: there is no call that takes back what was written. */
static void what_was_written_is_sent(void **state)
{
    (void)state;
    int c, s;
    begin(NULL);
    pair_connect(&p, 80, &c, &s);
    seen.cut = true;
    send_text(p.a, c, 4000);
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_RDWR), 0);
    assert_int_equal(bonnet_close(p.a, c), 0);
    seen.cut = false;
    pair_advance(&p, 5 * BONNET_S);
    assert_int_equal(receive_text(p.b, s), 4000);
    pair_end(&p);
}

static struct bonnet_row row_of(int s)
{
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(p.a, s, &row), 0);
    return row;
}

/* @req 9293-SHLD-9: from the first timeout on, and before the connection ends. */
static void trouble_is_shown_before_the_end(void **state)
{
    (void)state;
    int c, s;
    begin(NULL);
    pair_connect(&p, 80, &c, &s);
    seen.cut = true;
    send_text(p.a, c, 1);
    uint32_t before = 0;
    for (int i = 0; i < 8; i++) {
        pair_advance(&p, (bonnet_time)BONNET_S << i);
        const struct bonnet_row row = row_of(c);
        assert_int_equal(row.state, BONNET_ESTABLISHED);
        assert_int_equal(row.info.tcpi_retransmits, row.retransmits);
        assert_true(row.retransmits > before);
        assert_true(row.stalled >= (bonnet_time)BONNET_S << i);
        before = row.retransmits;
    }
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_of_a_life_are_sound),
        cmocka_unit_test(wrong_checksum_changes_nothing),
        cmocka_unit_test(ds_field_and_time_to_live_are_the_programs),
        cmocka_unit_test(options_of_ip_are_passed_over),
        cmocka_unit_test(syns_of_impossible_sources_are_ignored),
        cmocka_unit_test(listening_leaves_connections_alone),
        cmocka_unit_test(port_of_an_attempt_can_be_listened_to),
        cmocka_unit_test(source_is_chosen_once),
        cmocka_unit_test(advertised_size_follows_the_interface),
        cmocka_unit_test(what_was_written_is_sent),
        cmocka_unit_test(trouble_is_shown_before_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
