/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP about connections that are up: whom it touches, and how little (RFC 5927, RFC 6633). */
#include <errno.h>

#include "base/bytes.h"
#include "libpair.h"
#include "wire/icmp.h"

static struct pair p;

static bool lose_all(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    (void)f;
    return false;
}

/* An ICMP error, from b's side of the net, about an octet that a sent from this socket. */
static void inject_icmp(int s, uint8_t type, uint8_t code, uint32_t about)
{
    uint8_t packet[IP4_HEADER + ICMP_HEADER + IP4_HEADER + 8] = {0};
    uint8_t *quote = packet + IP4_HEADER + ICMP_HEADER;
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(p.a, s, &row), 0);
    struct ip4_header h = {.src = pair_addr(PAIR_A),
                           .dst = pair_addr(PAIR_B),
                           .total_len = 1000,
                           .ttl = 60,
                           .protocol = IP_TCP};
    ip4_emit(&h, quote);
    put_u16(quote + IP4_HEADER, row.local.port);
    put_u16(quote + IP4_HEADER + 2, row.remote.port);
    put_u32(quote + IP4_HEADER + 4, about);
    const struct icmp_message m = {
        .type = type, .code = code, .body = quote, .body_len = IP4_HEADER + 8};
    icmp_emit(&m, packet + IP4_HEADER);
    h.src = pair_addr(PAIR_B);
    h.dst = pair_addr(PAIR_A);
    h.total_len = sizeof(packet);
    h.protocol = IP_ICMP;
    ip4_emit(&h, packet);
    pair_inject(&p, PAIR_A, packet, sizeof(packet));
    pair_run(&p);
}

static struct bonnet_row row_of(int s)
{
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(p.a, s, &row), 0);
    return row;
}

/* Two connections from a to b, 100 octets of each in flight. */
static void begin_two(int c[2])
{
    static const char text[100];
    int s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c[0], &s);
    pair_connect(&p, 81, &c[1], &s);
    p.hook = lose_all;
    for (int i = 0; i < 2; i++)
        assert_int_equal(bonnet_send(p.a, c[i], text, 100, 0), 100);
    pair_run(&p);
}

/* @req 9293-MUST-55 ICMPTCP-5 ICMP-8: nothing is slower for it, and nobody hears of it. */
static void source_quench_is_ignored(void **state)
{
    (void)state;
    int c[2];
    begin_two(c);
    const struct bonnet_row before = row_of(c[0]);
    inject_icmp(c[0], 4, 0, before.snd_una);
    const struct bonnet_row after = row_of(c[0]);
    assert_int_equal(after.cwnd, before.cwnd);
    assert_int_equal(after.ssthresh, before.ssthresh);
    assert_int_equal(after.snd_nxt, before.snd_nxt);
    assert_int_equal(pair_get(p.a, c[0], BONNET_SO_ERROR), 0);
    pair_end(&p);
}

/* @req ICMPTCP-4 9293-SHLD-25 9293-SHLD-26 9293-SHLD-20: host and port unreachable, about the first
 * one: shown to whoever asks, and a call does not fail for it. The other one has heard nothing. */
static void error_touches_the_connection_it_is_about(void **state)
{
    (void)state;
    static const struct {
        uint8_t code;
        int error;
    } rows[] = {{0, ENETUNREACH}, {1, EHOSTUNREACH}, {5, EOPNOTSUPP}, {3, ECONNREFUSED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int c[2];
        begin_two(c);
        inject_icmp(c[0], ICMP_UNREACHABLE, rows[i].code, row_of(c[0]).snd_una);
        for (int k = 0; k < 2; k++)
            assert_int_equal(pair_state(p.a, c[k]), BONNET_ESTABLISHED);
        assert_int_equal(bonnet_send(p.a, c[0], "x", 1, 0), 1);
        assert_int_equal(bonnet_recv(p.a, c[0], &(char){0}, 1, 0), -EAGAIN);
        assert_int_equal(pair_get(p.a, c[0], BONNET_SO_ERROR), rows[i].error);
        assert_int_equal(pair_get(p.a, c[1], BONNET_SO_ERROR), 0);
        pair_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_quench_is_ignored),
        cmocka_unit_test(error_touches_the_connection_it_is_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
