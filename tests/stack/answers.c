/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the stack says of its own accord: resets to strangers, ICMP, ARP - and that it says no more
 * of it than its limits allow.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "libpair.h"
#include "wire/icmp.h"

static struct pair p;

static uint8_t last[PAIR_FRAME_MAX];
static uint8_t sent[IP4_HEADER + 2000]; /* what a injected last */
static uint32_t last_len;
static unsigned from_b;
static enum bonnet_reason last_reason;
static uint64_t by_reason[BONNET_REASONS_END];

/* Keeps what b says; a must not answer it. */
static bool keep(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    by_reason[f->reason]++;
    if (f->from != PAIR_B) return true;
    memcpy(last, f->bytes, f->len);
    last_len = f->len;
    last_reason = f->reason;
    from_b++;
    return false;
}

static void begin(const struct pair_options *o)
{
    pair_begin(&p, o);
    p.hook = keep;
    from_b = 0;
    memset(by_reason, 0, sizeof(by_reason));
}

/* An IPv4 packet from a to dst with this protocol and text. */
static void inject_ip(struct bonnet_addr dst, uint8_t protocol, const uint8_t *text, uint32_t len)
{
    const struct ip4_header h = {
        .src = pair_addr(PAIR_A),
        .dst = dst,
        .total_len = (uint16_t)(IP4_HEADER + len),
        .ttl = 64,
        .protocol = protocol,
    };
    ip4_emit(&h, sent);
    memcpy(sent + IP4_HEADER, text, len);
    pair_inject(&p, PAIR_B, sent, IP4_HEADER + len);
    pair_run(&p);
}

static void inject_icmp(const struct icmp_message *m)
{
    uint8_t text[1600];
    icmp_emit(m, text);
    memcpy(text + ICMP_HEADER, m->body, m->body_len);
    inject_ip(pair_addr(PAIR_B), IP_ICMP, text, ICMP_HEADER + m->body_len);
}

/* TR-SEQ0, @req 9293-U1: what a reset to a stranger looks like. */
static void stranger_is_reset(void **state)
{
    (void)state;
    struct tcp_seg s = {.sport = 9, .dport = 99, .seq = seq(70), .flags = TCP_SYN}, r;
    begin(NULL);
    pair_inject_tcp(&p, PAIR_B, &s);
    pair_run(&p);
    const struct pair_frame f = {.from = PAIR_B, .bytes = last, .len = last_len};
    assert_true(pair_read_tcp(&p, &f, &r));
    assert_int_equal(r.flags, TCP_RST | TCP_ACK);
    assert_int_equal(r.seq.v, 0);
    assert_int_equal(r.ack.v, 71);
    assert_int_equal(r.sport, 99);
    assert_int_equal(r.dport, 9);
    assert_int_equal(last_reason, BONNET_R_SEND_RST_NO_SOCKET);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_TCP_NO_SOCKET), 1);
    s.flags = TCP_RST;
    pair_inject_tcp(&p, PAIR_B, &s);
    pair_run(&p);
    assert_int_equal(from_b, 1);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_TCP_RST_NO_SOCKET), 1);
    assert_int_equal(bonnet_mib_count(p.b, BONNET_MIB_TcpOutRsts), 1);
    pair_end(&p);
}

/* FL-ACK, FL-RST, FL-FIN: strays get an answer each at most, and only so many in a second. */
static void resets_to_strangers_have_a_rate(void **state)
{
    (void)state;
    const struct pair_options o = {.limits = {.rsts_per_s = 100}};
    begin(&o);
    for (uint32_t i = 0; i < 1000; i++) {
        const struct tcp_seg s = {
            .sport = (uint16_t)(i + 1), .dport = 99, .ack = seq(i), .flags = TCP_ACK};
        pair_inject_tcp(&p, PAIR_B, &s);
        pair_run(&p);
    }
    assert_in_range(from_b, 50, 100);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_TCP_RST_LIMIT), 1000 - from_b);
    pair_end(&p);
}

/* More answers wait than may: the rest is forgotten, and counted. */
static void waiting_answers_are_bounded(void **state)
{
    (void)state;
    const struct pair_options o = {.limits = {.replies_max = 8}};
    uint8_t packet[IP4_HEADER + TCP_HEADER_MAX];
    const struct tcp_seg s = {.sport = 9, .dport = 99, .flags = TCP_SYN};
    begin(&o);
    const struct bonnet_addr a = pair_addr(PAIR_A), b = pair_addr(PAIR_B);
    uint32_t n = tcp_emit(&s, packet + IP4_HEADER);
    uint32_t sum =
        checksum_add(ip_pseudo_sum(&a, &b, IP_TCP, n), checksum_sum(packet + IP4_HEADER, n));
    put_raw16(packet + IP4_HEADER + TCP_CHECKSUM_AT, checksum_finish(sum));
    const struct ip4_header h = {
        .src = a, .dst = b, .total_len = (uint16_t)(IP4_HEADER + n), .ttl = 64, .protocol = IP_TCP};
    ip4_emit(&h, packet);
    for (int i = 0; i < 20; i++) { /* a burst: nobody pulls in between */
        const struct bonnet_rx rx = {.data = packet, .len = IP4_HEADER + n};
        bonnet_input(p.b, PAIR_IFX, &rx);
    }
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_REPLY_LIMIT), 12);
    pair_run(&p);
    assert_int_equal(from_b, 8);
    pair_end(&p);
}

/* @req ICMP-10: same data, from the address asked, whatever its length. */
static void echo_is_answered_with_the_same_data(void **state)
{
    (void)state;
    uint8_t data[1400];
    for (uint32_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7);
    begin(NULL);
    for (uint32_t n = 0; n <= sizeof(data); n += 100) { /* BI-ZERO: none at all, too */
        struct icmp_message m = {
            .type = ICMP_ECHO, .rest = 0x12345678, .body = data, .body_len = n};
        inject_icmp(&m);
        assert_int_equal(last_reason, BONNET_R_SEND_ICMP_ECHO_REPLY);
        assert_int_equal(last_len, IP4_HEADER + ICMP_HEADER + n);
        assert_int_equal(icmp_parse(&m, last + IP4_HEADER, last_len - IP4_HEADER), BONNET_R_NONE);
        assert_int_equal(m.type, ICMP_ECHO_REPLY);
        assert_int_equal(m.rest, 0x12345678);
        assert_memory_equal(m.body, data, n);
    }
    pair_end(&p);
}

/* @req ICMP-3 ICMP-5 UDP-1 B4-IPIP: what nobody takes is told, with the packet it was about. */
static void undeliverable_packets_are_told(void **state)
{
    (void)state;
    begin(NULL);
    uint8_t udp[12] = {0, 9, 0, 99, 0, 12, 0, 0, 1, 2, 3, 4};
    inject_ip(pair_addr(PAIR_B), IP_UDP, udp, sizeof(udp));
    assert_int_equal(last_reason, BONNET_R_SEND_ICMP_ERROR);
    assert_int_equal(last[IP4_HEADER], ICMP_UNREACHABLE);
    assert_int_equal(last[IP4_HEADER + 1], ICMP_PORT_UNREACHABLE);
    assert_memory_equal(last + IP4_HEADER + ICMP_HEADER, sent, IP4_HEADER + sizeof(udp));
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_UDP_NO_SOCKET), 1);
    for (unsigned protocol = 4; protocol <= 41; protocol += 37) {
        inject_ip(pair_addr(PAIR_B), (uint8_t)protocol, udp, sizeof(udp));
        assert_int_equal(last[IP4_HEADER + 1], ICMP_PROTOCOL_UNREACHABLE);
    }
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_IP_PROTOCOL), 2);
    pair_end(&p);
}

/* TH-BCAST, @req 9293-MUST-57: a SYN to everybody is for nobody. */
static void segments_to_a_broadcast_get_no_answer(void **state)
{
    (void)state;
    uint8_t tcp[TCP_HEADER] = {0, 9, 0, 99, [12] = 0x50, [13] = TCP_SYN};
    begin(NULL);
    inject_ip(bonnet_ip4(10, 0, 0, 255), IP_TCP, tcp, sizeof(tcp));
    inject_ip(bonnet_ip4(255, 255, 255, 255), IP_TCP, tcp, sizeof(tcp));
    assert_int_equal(from_b, 0);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_IP_BROADCAST), 2);
    pair_end(&p);
}

/* BI-MTU: a path MTU is believed if it is about something in flight, and smaller. */
static void path_mtu_makes_smaller_segments(void **state)
{
    (void)state;
    static uint8_t text[20000];
    int c, s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    p.hook = keep;
    assert_int_equal(bonnet_send(p.b, s, text, 4000, 0), 4000);
    pair_run(&p);
    uint8_t packet[IP4_HEADER + 8];
    memcpy(packet, last, sizeof(packet));
    struct icmp_message m = {.type = ICMP_UNREACHABLE, .code = ICMP_FRAGMENTATION_NEEDED};
    m.body = packet;
    m.body_len = sizeof(packet);
    for (uint32_t claim = 10; claim <= 67; claim += 57) {
        m.rest = claim;
        inject_icmp(&m);
    }
    m.rest = 65535;
    inject_icmp(&m);
    assert_true(bonnet_reason_count(p.b, BONNET_R_ICMP_MTU) >= 3);
    assert_int_equal(pair_get(p.b, s, BONNET_IP_MTU), 1500);
    m.rest = 600;
    inject_icmp(&m);
    assert_int_equal(pair_get(p.b, s, BONNET_IP_MTU), 600);
    assert_int_equal(pair_get(p.b, s, BONNET_TCP_MAXSEG), 600 - 40 - 12);
    pair_advance(&p, 2 * BONNET_S);
    assert_in_range(last_len, IP4_HEADER, 600);
    p.hook = NULL;
    pair_advance(&p, 10 * BONNET_S);
    assert_int_equal(bonnet_recv(p.a, c, text, sizeof(text), 0), 4000);
    pair_end(&p);
}

/* @req IP-18: ARP asks before it speaks, answers for its own address, and parks who must wait. */
static void first_packet_asks_for_the_neighbour(void **state)
{
    (void)state;
    int c, s;
    const struct pair_options o = {.ethernet = true};
    pair_begin(&p, &o);
    memset(by_reason, 0, sizeof(by_reason));
    p.hook = NULL;
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_ARP_REQUEST), 1);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_SEND_ARP_REPLY), 1);
    assert_int_equal(pair_state(p.b, s), BONNET_ESTABLISHED);
    pair_end(&p);
}

static bool lose_all(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    (void)f;
    return false;
}

/* Nobody answers ARP: an attempt to connect fails with EHOSTUNREACH after three questions. */
static void silent_neighbour_fails_the_attempt(void **state)
{
    (void)state;
    const struct pair_options o = {.ethernet = true, .limits = {.neighbour_parked = 2}};
    pair_begin(&p, &o);
    p.hook = lose_all;
    int s[3];
    for (int i = 0; i < 3; i++) {
        const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
        s[i] = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
        assert_int_equal(bonnet_connect(p.a, s[i], &to), -EINPROGRESS);
    }
    pair_run(&p);
    assert_true(bonnet_reason_count(p.a, BONNET_R_NEIGHBOUR_FULL) >= 1);
    pair_advance(&p, 4 * BONNET_S);
    assert_int_equal(pair_get(p.a, s[0], BONNET_SO_ERROR), EHOSTUNREACH);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_ARP_REQUEST) >= 3, true);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_ABORT_UNREACHABLE) >= 2, true);
    pair_end(&p);
}

static bool lose_ip(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    return f->bytes[ETH_HEADER - 1] != 0;
}

/* @req 9293-MUST-20: three timeouts, and the next hop is asked whether it is there, though it
 * was heard of a moment ago. */
static void silence_asks_for_the_next_hop(void **state)
{
    (void)state;
    const struct pair_options o = {.ethernet = true};
    int c, s;
    pair_begin(&p, &o);
    pair_connect(&p, 80, &c, &s);
    p.hook = lose_ip;
    assert_int_equal(bonnet_send(p.a, c, "x", 1, 0), 1);
    pair_advance(&p, 1000 * BONNET_MS);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_ARP_REQUEST), 1);
    pair_advance(&p, 4000 * BONNET_MS);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_ARP_REQUEST), 2);
    pair_end(&p);
}

/* @req IP-16: the first gateway is not there: an attempt to connect goes by the second one. */
static void second_gateway_is_tried(void **state)
{
    (void)state;
    const struct pair_options o = {.ethernet = true};
    const struct bonnet_addr any = bonnet_ip4(0, 0, 0, 0);
    const struct bonnet_endpoint far = {.addr = bonnet_ip4(10, 9, 9, 9), .port = 80};
    pair_begin(&p, &o);
    p.hook = NULL;
    assert_int_equal(bonnet_route_add(p.a, any, 0, bonnet_ip4(10, 0, 0, 66), PAIR_IFX), 0);
    assert_int_equal(bonnet_route_add(p.a, any, 0, pair_addr(PAIR_B), PAIR_IFX), 0);
    int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    int d = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    assert_int_equal(bonnet_connect(p.a, s, &far), -EINPROGRESS);
    assert_int_equal(bonnet_sendto(p.a, d, "x", 1, 0, &far), 1);
    pair_advance(&p, 4 * BONNET_S);
    assert_int_equal(pair_state(p.a, s), BONNET_SYN_SENT);
    assert_true(bonnet_reason_count(p.b, BONNET_R_IP_DESTINATION) >= 2);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_SYN), 1);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_DATAGRAM), 1);
    pair_end(&p);
}

/* An established connection outlives a neighbour that is gone for a while. */
static void silent_neighbour_is_waited_for_by_a_connection(void **state)
{
    (void)state;
    const struct pair_options o = {.ethernet = true};
    char buf[8];
    int c, s;
    pair_begin(&p, &o);
    pair_connect(&p, 80, &c, &s);
    pair_advance(&p, 40 * BONNET_S); /* what ARP knows grows old */
    p.hook = lose_all;
    assert_int_equal(bonnet_send(p.a, c, "late", 4, 0), 4);
    pair_advance(&p, 30 * BONNET_S);
    p.hook = NULL;
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_NEIGHBOUR_FAILED) >= 1, true);
    pair_advance(&p, 200 * BONNET_S);
    assert_int_equal(bonnet_recv(p.b, s, buf, sizeof(buf), 0), 4);
    pair_end(&p);
}

/* The way back is gone: nothing is sent, and nothing breaks. */
static void no_route_is_a_reason(void **state)
{
    (void)state;
    const struct pair_options o = {.ethernet = true};
    int c, s;
    pair_begin(&p, &o);
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(bonnet_if_addr_del(p.a, PAIR_IFX, pair_addr(PAIR_A)), 0);
    assert_int_equal(bonnet_send(p.a, c, "x", 1, 0), 1);
    pair_advance(&p, BONNET_S);
    assert_true(bonnet_reason_count(p.a, BONNET_R_IP_NO_ROUTE) >= 1);
    pair_end(&p);
}

/* Reasons of ordinary frames: each frame says why it was sent. */
static void ordinary_frames_have_reasons(void **state)
{
    (void)state;
    static uint8_t text[4000];
    int c, s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    int d = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 7);
    assert_int_equal(bonnet_sendto(p.a, d, text, 10, 0, &to), 10);
    assert_int_equal(bonnet_sendto(p.a, d, text, sizeof(text), 0, &to), sizeof(text));
    assert_int_equal(bonnet_close(p.a, c), 0);
    pair_run(&p);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_SYN), 1);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_SEND_SYN_ACK), 1);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_FIN), 1);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_DATAGRAM), 1);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_SEND_FRAGMENT), 3);
    pair_end(&p);
}

/* FL-TW, @req TW-7: the oldest TIME-WAIT gives way. */
static void time_waits_have_a_limit(void **state)
{
    (void)state;
    const struct pair_options o = {.limits = {.timewait_max = 4}};
    struct bonnet_totals t = {.size = sizeof(t)};
    pair_begin(&p, &o);
    for (int i = 0; i < 10; i++) {
        int c, s;
        pair_connect(&p, (uint16_t)(80 + i), &c, &s);
        bonnet_close(p.a, c);
        pair_run(&p);
        bonnet_close(p.b, s);
        pair_run(&p);
    }
    assert_int_equal(bonnet_totals(p.a, &t), 0);
    assert_int_equal(t.time_wait, 4);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_TIMEWAIT_LIMIT), 6);
    assert_int_equal(bonnet_mib_count(p.a, BONNET_MIB_TcpExtTCPTimeWaitOverflow), 6);
    pair_advance(&p, 61 * BONNET_S);
    assert_int_equal(bonnet_totals(p.a, &t), 0);
    assert_int_equal(t.time_wait + t.connections + t.timers, 0);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stranger_is_reset),
        cmocka_unit_test(resets_to_strangers_have_a_rate),
        cmocka_unit_test(waiting_answers_are_bounded),
        cmocka_unit_test(echo_is_answered_with_the_same_data),
        cmocka_unit_test(undeliverable_packets_are_told),
        cmocka_unit_test(segments_to_a_broadcast_get_no_answer),
        cmocka_unit_test(path_mtu_makes_smaller_segments),
        cmocka_unit_test(first_packet_asks_for_the_neighbour),
        cmocka_unit_test(silent_neighbour_fails_the_attempt),
        cmocka_unit_test(silence_asks_for_the_next_hop),
        cmocka_unit_test(second_gateway_is_tried),
        cmocka_unit_test(silent_neighbour_is_waited_for_by_a_connection),
        cmocka_unit_test(no_route_is_a_reason),
        cmocka_unit_test(ordinary_frames_have_reasons),
        cmocka_unit_test(time_waits_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
