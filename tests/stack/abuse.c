/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What strangers try, and peers that never finish: nothing is kept for ever, nothing is said more
 * often than it was asked for, and nobody learns from what he sees what others do.
 */
#include <errno.h>
#include <string.h>

#include "libalone.h"
#include "wire/icmp.h"
#include "wire/ip4.h"

#define PORT ALONE_PORT

static struct pair p;

static struct bonnet_row row_of(int s)
{
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(p.b, s, &row), 0);
    return row;
}

/* ---- half-open connections ---- */

/* None outlives its listener, also where many share a chain of the table; the handle may listen
 * again. */
static void half_open_connections_end_with_their_listener(void **state)
{
    (void)state;
    alone_begin(&p, NULL);
    int l = pair_listen(&p, PORT);
    assert_int_equal(bonnet_listen(p.b, l, 1000), 0);
    for (uint16_t port = 1; port <= 500; port++)
        alone_inject(&p, port, TCP_SYN, 1000, 0);
    assert_int_equal(row_of(l).syn_q, 500);
    assert_int_equal(bonnet_shutdown(p.b, l, BONNET_SHUT_RD), 0);
    assert_int_equal(alone_totals(&p).half_open, 0);
    assert_int_equal(bonnet_listen(p.b, l, 1000), 0);
    pair_advance(&p, 100 * BONNET_S);
    assert_int_equal(row_of(l).syn_q, 0);
    pair_end(&p);
}

/* An ICMP error as a router sends it about b's last segment to the third party. */
static void inject_icmp(uint8_t type, uint8_t code, uint16_t dport, uint32_t seq_at)
{
    uint8_t packet[IP4_HEADER + 8 + IP4_HEADER + 8] = {0}, *quote = packet + IP4_HEADER + 8;
    const struct ip4_header inner = {.src = pair_addr(PAIR_B),
                                     .dst = pair_addr(PAIR_A),
                                     .total_len = IP4_HEADER + 20,
                                     .ttl = 60,
                                     .protocol = IP_TCP};
    ip4_emit(&inner, quote);
    put_u16(quote + IP4_HEADER, PORT);
    put_u16(quote + IP4_HEADER + 2, dport);
    put_u32(quote + IP4_HEADER + 4, seq_at);
    const struct icmp_message m = {
        .type = type, .code = code, .body = quote, .body_len = IP4_HEADER + 8};
    icmp_emit(&m, packet + IP4_HEADER);
    const struct ip4_header outer = {.src = pair_addr(PAIR_A),
                                     .dst = pair_addr(PAIR_B),
                                     .total_len = sizeof(packet),
                                     .ttl = 60,
                                     .protocol = IP_ICMP};
    ip4_emit(&outer, packet);
    pair_inject(&p, PAIR_B, packet, sizeof(packet));
    pair_run(&p);
}

/* Linux tcp_req_err(): by the exact number only. A listener takes no notice at all. */
static void icmp_ends_a_half_open_connection(void **state)
{
    (void)state;
    alone_begin(&p, NULL);
    int l = pair_listen(&p, PORT);
    alone_inject(&p, 1, TCP_SYN, 1000, 0);
    inject_icmp(ICMP_UNREACHABLE, 1, 1, alone.last.seq.v + 1);
    inject_icmp(ICMP_UNREACHABLE, 1, 1, alone.last.seq.v - 1);
    inject_icmp(ICMP_UNREACHABLE, 1, 2, alone.last.seq.v);
    assert_int_equal(alone_given(&p, BONNET_R_ICMP_NO_SOCKET), 3);
    inject_icmp(ICMP_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED, 1, alone.last.seq.v);
    assert_int_equal(row_of(l).syn_q, 1);
    inject_icmp(ICMP_UNREACHABLE, 1, 1, alone.last.seq.v);
    assert_int_equal(alone_given(&p, BONNET_R_ICMP_HARD), 1);
    assert_int_equal(row_of(l).syn_q, 0);
    assert_int_equal(row_of(l).state, BONNET_LISTEN);
    pair_end(&p);
}

/* FL-AMP: a spoofed SYN is answered six times as on Linux, in no more bytes than this, and then
 * never again; what it is answered for each further segment is about its own size. */
static void a_spoofed_syn_is_answered_six_times(void **state)
{
    (void)state;
    alone_begin(&p, NULL);
    (void)pair_listen(&p, PORT);
    alone_inject(&p, 1, TCP_SYN, 1000, 0);
    pair_advance(&p, 1000 * BONNET_S);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_SYN_ACK], 1);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_SYN_ACK_AGAIN], 5);
    assert_int_equal(alone.bytes, 6 * (IP4_HEADER + 24)); /* of 40: a factor of 6.6 */
    assert_int_equal(alone_totals(&p).half_open, 0);
    alone.bytes = 0;
    for (int i = 0; i < 100; i++)
        alone_inject(&p, 1, TCP_SYN, 2000, 0);
    assert_true(alone.bytes <= 3 * 100 * 40);
    pair_end(&p);
}

/* FL-AMP: whatever else a stranger sends, the answer is not larger. */
static void answers_to_strangers_are_small(void **state)
{
    (void)state;
    alone_begin(&p, NULL);
    (void)pair_listen(&p, PORT);
    alone_shake(&p, 1);
    alone.bytes = 0;
    uint64_t in = 0;
    for (uint16_t flags = 0; flags < 0x40; flags++) {
        if ((flags & (TCP_SYN | TCP_RST | TCP_ACK | TCP_FIN)) == TCP_SYN) continue;
        for (uint16_t port = 1; port <= 20; port++, in += 40)
            alone_inject(&p, port, flags, 7 * flags, 9 * flags);
    }
    assert_true(alone.bytes > 0 && alone.bytes <= in + in / 2);
    pair_end(&p);
}

/* SC-BACKLOG: whether a SYN queue is full does not show in the SYN-ACK of a peer that speaks
 * timestamps. */
static void a_cookie_looks_like_any_syn_ack(void **state)
{
    struct tcp_seg seen[2];
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.syn_backlog_max = 1});
    (void)pair_listen(&p, PORT);
    for (uint16_t i = 0; i < 2; i++) {
        const struct tcp_seg syn = {
            .sport = (uint16_t)(1 + i),
            .dport = PORT,
            .seq = seq(1000),
            .flags = TCP_SYN,
            .wnd = 65535,
            .has = TCP_OPT_MSS | TCP_OPT_WSCALE | TCP_OPT_SACK_PERMITTED | TCP_OPT_TIMESTAMPS,
            .mss = 1460,
            .wscale = 7,
            .ts_val = 77,
        };
        pair_inject_tcp(&p, PAIR_B, &syn);
        pair_run(&p);
        seen[i] = alone.last;
    }
    assert_int_equal(alone.by_reason[BONNET_R_SEND_SYN_COOKIE], 1);
    assert_int_equal(seen[0].has, seen[1].has);
    assert_int_equal(seen[0].flags, seen[1].flags);
    assert_int_equal(seen[0].mss, seen[1].mss);
    assert_int_equal(seen[0].wnd, seen[1].wnd);
    assert_int_equal(seen[0].wscale, seen[1].wscale);
    assert_int_equal(seen[0].ts_ecr, seen[1].ts_ecr);
    pair_end(&p);
}

/* What the attacker's own connection says while he spoofs segments of another one, whose number he
 * has guessed or not. */
static void attack(bool guessed, uint64_t trace[40])
{
    alone_begin(&p, NULL);
    (void)pair_listen(&p, PORT);
    uint32_t mine = alone_shake(&p, 1);
    alone_shake(&p, 2);
    uint32_t guess = guessed ? 1002 : 0x80000000u;
    for (int i = 0; i < 40; i++) {
        pair_advance(&p, 100 * BONNET_MS);
        for (int k = 0; k < 30; k++)
            alone_inject(&p, 2, TCP_RST, guess, 0);
        alone.bytes = 0;
        alone_inject(&p, 1, TCP_ACK, 1002, mine + 1);
        alone_inject(&p, 1, TCP_RST, 1002, 0);
        trace[i] = alone.bytes;
    }
    pair_end(&p);
}

/* @req SC-CHACK I22: CVE-2016-5696: the attacker sees the same in both worlds. */
static void challenges_tell_nothing_of_others(void **state)
{
    uint64_t guessed[40], missed[40];
    (void)state;
    attack(true, guessed);
    attack(false, missed);
    assert_memory_equal(guessed, missed, sizeof(guessed));
    assert_true(guessed[10] + guessed[11] + guessed[12] + guessed[13] + guessed[14] > 0);
}

/* ---- TIME-WAIT ---- */

/* b closes first; the third party has still to close. Returns what b has sent. */
static uint32_t half_closed(int l, uint16_t sport)
{
    uint32_t iss = alone_shake(&p, sport);
    assert_int_equal(bonnet_close(p.b, bonnet_accept(p.b, l, NULL)), 0);
    pair_run(&p);
    alone_inject(&p, sport, TCP_ACK, 1001, iss + 2);
    return iss + 2;
}

/* Without memory for a TIME-WAIT the peer is answered all the same. */
static void the_last_ack_needs_no_time_wait(void **state)
{
    (void)state;
    alone_begin(&p, NULL);
    int l = pair_listen(&p, PORT);
    alone_inject(&p, 9, TCP_ACK | TCP_SYN, 1, 1); /* an answer: there is room for one more */
    uint32_t nxt = half_closed(l, 1);
    p.heap[PAIR_B].refuse_at = p.heap[PAIR_B].asked + 1;
    alone_inject(&p, 1, TCP_FIN | TCP_ACK, 1001, nxt);
    assert_int_equal(alone_totals(&p).time_wait, 0);
    assert_int_equal(alone.last.flags, TCP_ACK);
    assert_int_equal(alone.last.ack.v, 1002);
    assert_int_equal(alone_totals(&p).connections, 0);
    pair_end(&p);
}

/* A SYN that nobody would take does not end a TIME-WAIT. */
static void only_a_listener_reopens_a_time_wait(void **state)
{
    (void)state;
    alone_begin(&p, NULL);
    int l = pair_listen(&p, PORT);
    uint32_t nxt = half_closed(l, 1);
    alone_inject(&p, 1, TCP_FIN | TCP_ACK, 1001, nxt);
    assert_int_equal(bonnet_close(p.b, l), 0);
    alone_inject(&p, 1, TCP_SYN, 5000, 0);
    assert_int_equal(alone.last.flags, TCP_ACK);
    assert_int_equal(alone_totals(&p).time_wait, 1);
    assert_int_equal(alone_given(&p, BONNET_R_TIMEWAIT_REUSED), 0);
    pair_end(&p);
}

/* RFC 9293 3.6.1, MAY-2: however much the old connection has sent. */
static void numbers_of_a_reopened_connection_are_new(void **state)
{
    static const char text[20000];
    (void)state;
    alone_begin(&p, NULL);
    int l = pair_listen(&p, PORT);
    uint32_t nxt = alone_shake(&p, 1) + 1;
    int s = bonnet_accept(p.b, l, NULL);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(bonnet_send(p.b, s, text, sizeof(text), 0), sizeof(text));
        pair_run(&p);
        for (nxt += sizeof(text); bonnet_outq(p.b, s) > 0;)
            alone_inject(&p, 1, TCP_ACK, 1001, alone.last.seq.v + alone.last.len);
    }
    assert_int_equal(bonnet_close(p.b, s), 0);
    pair_run(&p);
    alone_inject(&p, 1, TCP_FIN | TCP_ACK, 1001, nxt + 1);
    assert_int_equal(alone_totals(&p).time_wait, 1);
    alone_inject(&p, 1, TCP_SYN, 5000, 0);
    assert_int_equal(alone.last.flags, TCP_SYN | TCP_ACK);
    assert_in_range(alone.last.seq.v - nxt, 65536, 1 << 30);
    pair_end(&p);
}

/* ---- peers that never finish ---- */

/* FL-SOCKSTRESS: windows that stay closed. What their programs have left ends, and the memory comes
 * back. */
static void closed_windows_do_not_hold_memory_for_ever(void **state)
{
    static const char text[8192];
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.memory_bytes = 1 << 20, .somaxconn = 100});
    int l = pair_listen(&p, PORT);
    uint64_t before = bonnet_memory_bytes(p.b);
    for (uint16_t port = 1; port <= 200; port++) {
        uint32_t iss = alone_shake(&p, port);
        int s = bonnet_accept(p.b, l, NULL);
        if (s < 0) continue; /* the cap: a newcomer is refused */
        const struct tcp_seg closed = {
            .sport = port, .dport = PORT, .seq = seq(1001), .ack = seq(iss + 1), .flags = TCP_ACK};
        pair_inject_tcp(&p, PAIR_B, &closed);
        pair_run(&p);
        (void)bonnet_send(p.b, s, text, sizeof(text), 0);
        assert_int_equal(bonnet_close(p.b, s), 0);
        pair_run(&p);
        assert_true(bonnet_memory_bytes(p.b) <= 1 << 20);
    }
    assert_true(alone_totals(&p).orphans > 50);
    pair_advance(&p, 3600 * BONNET_S);
    assert_int_equal(alone_totals(&p).orphans, 0);
    assert_int_equal(alone_totals(&p).connections, 0);
    assert_true(alone_given(&p, BONNET_R_ABORT_RETRIES) > 50);
    bonnet_memory_trim(p.b);
    assert_in_range(bonnet_memory_bytes(p.b), before - 4096, before + 8192);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_open_connections_end_with_their_listener),
        cmocka_unit_test(icmp_ends_a_half_open_connection),
        cmocka_unit_test(a_spoofed_syn_is_answered_six_times),
        cmocka_unit_test(answers_to_strangers_are_small),
        cmocka_unit_test(a_cookie_looks_like_any_syn_ack),
        cmocka_unit_test(challenges_tell_nothing_of_others),
        cmocka_unit_test(the_last_ack_needs_no_time_wait),
        cmocka_unit_test(only_a_listener_reopens_a_time_wait),
        cmocka_unit_test(numbers_of_a_reopened_connection_are_new),
        cmocka_unit_test(closed_windows_do_not_hold_memory_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
