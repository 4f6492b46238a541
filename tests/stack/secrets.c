/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What nobody outside may guess or steer - ports, sequence numbers, hash tables - and odd ends of
 * calls: a connection that goes while it is being used, a frame cut at every byte.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "libpair.h"

static struct pair p;

static void *heap(void *ctx, size_t n)
{
    (void)ctx;
    return malloc(n);
}

static void unheap(void *ctx, void *at, size_t n)
{
    (void)ctx;
    (void)n;
    free(at);
}

/* SI-RNGFAIL, @req ISN-2: a generator that failed leaves zeros; there is no stack on a zero key. */
static void zero_seed_makes_no_stack(void **state)
{
    (void)state;
    struct bonnet_config config;
    struct bonnet *bn = NULL;
    bonnet_config_init(&config);
    config.alloc = (struct bonnet_alloc){heap, unheap, NULL};
    assert_int_equal(bonnet_new(&config, &bn), -EINVAL);
    assert_null(bn);
    config.seed[31] = 1;
    assert_int_equal(bonnet_new(&config, &bn), 0);
    bonnet_free(bn);
}

/* The SYN that a sends last: its ISN and port. */
static struct tcp_seg syn;

static bool take_syn(struct pair *pair, struct pair_frame *f)
{
    struct tcp_seg s;
    if (f->from == PAIR_A && pair_read_tcp(pair, f, &s) && s.flags == TCP_SYN) syn = s;
    return false;
}

static struct tcp_seg try_to_connect(uint16_t port)
{
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, port);
    int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_connect(p.a, s, &to), -EINPROGRESS);
    pair_run(&p);
    assert_int_equal(bonnet_close(p.a, s), 0);
    return syn;
}

/* SI-PORT, @req PORT-2 PORT-4: whoever sees our port towards himself learns nothing about others.
 */
static void ports_to_different_peers_have_no_relation(void **state)
{
    (void)state;
    enum { N = 2000 };
    unsigned steps[16] = {0};
    pair_begin(&p, NULL);
    p.hook = take_syn;
    uint16_t before = try_to_connect(79).sport;
    for (int i = 0; i < N; i++) {
        uint16_t port = try_to_connect((uint16_t)(80 + i)).sport;
        assert_true(port >= 1024);
        steps[(uint16_t)(port - before) >> 12]++;
        before = port;
    }
    for (int i = 0; i < 16; i++) /* 125 expected of each; a counter would fill one */
        assert_in_range(steps[i], 60, 250);
    pair_end(&p);
}

/* RFC 6056 3.3.5: towards one peer the steps are random. */
static void ports_to_one_peer_do_not_count_up(void **state)
{
    (void)state;
    enum { N = 1000 };
    unsigned equal = 0;
    pair_begin(&p, NULL);
    p.hook = take_syn;
    uint16_t before = try_to_connect(80).sport, step_before = 0;
    for (int i = 0; i < N; i++) {
        uint16_t port = try_to_connect(80).sport;
        uint16_t step = (uint16_t)(port - before);
        equal += step == step_before;
        before = port;
        step_before = step;
    }
    assert_in_range(equal, 0, N / 4);
    pair_end(&p);
}

/* SI-LCG on the wire, @req ISN-1 ISN-3: same 4-tuple, the ISN rises with time; another, no
 * relation. */
static void isn_rises_for_one_tuple_and_jumps_between_tuples(void **state)
{
    (void)state;
    pair_begin(&p, NULL);
    p.hook = take_syn;
    uint32_t last = 0, jumps = 0;
    for (int i = 0; i < 64; i++) {
        const struct bonnet_endpoint from = pair_endpoint(PAIR_A, 5000);
        const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
        int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
        assert_int_equal(bonnet_bind(p.a, s, &from), 0);
        assert_int_equal(bonnet_connect(p.a, s, &to), -EINPROGRESS);
        pair_run(&p);
        bonnet_close(p.a, s);
        if (i > 0) assert_int_equal(syn.seq.v - last, 250000); /* a second in steps of 4 us */
        last = syn.seq.v;
        uint32_t other = try_to_connect((uint16_t)(1000 + i)).seq.v;
        jumps += (other - last) >> 16 != 0;
        pair_advance(&p, BONNET_S);
    }
    assert_in_range(jumps, 60, 64);
    pair_end(&p);
}

/* SI-TWISN: a SYN that a TIME-WAIT refuses leaves nothing behind for the next one. */
static void refused_syn_leaves_no_number_behind(void **state)
{
    (void)state;
    int c, s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    struct bonnet_row row = {.size = sizeof(row)};
    struct bonnet_endpoint peer;
    assert_int_equal(bonnet_inspect_socket(p.b, s, &row), 0);
    assert_int_equal(bonnet_getpeername(p.b, s, &peer), 0);
    bonnet_close(p.b, s);
    pair_run(&p);
    bonnet_close(p.a, c);
    pair_run(&p);
    pair_listen(&p, 80);
    const struct tcp_seg old = {
        .sport = peer.port, .dport = 80, .seq = seq(row.irs), .flags = TCP_SYN, .wnd = 1000};
    pair_inject_tcp(&p, PAIR_B, &old);
    pair_run(&p);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_TIMEWAIT_SYN_OLD), 1);
    struct tcp_seg fresh = old;
    fresh.seq = seq(row.irs + 0x10000000);
    pair_advance(&p, BONNET_S);
    pair_inject_tcp(&p, PAIR_B, &fresh);
    pair_run(&p);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_TIMEWAIT_REUSED), 1);
    pair_end(&p);
}

/* SI-HASH: tuples in arithmetic series fall into the table as random ones would. */
static void tables_are_keyed(void **state)
{
    (void)state;
    enum { N = 4096 };
    static uint16_t chain[N];
    unsigned longest = 0;
    const struct bonnet_addr a = pair_addr(PAIR_A), b = pair_addr(PAIR_B);
    memset(chain, 0, sizeof(chain));
    pair_begin(&p, NULL);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t h = flow_hash(&p.b->env, &b, 80, &a, (uint16_t)(1024 + i * 8));
        unsigned n = ++chain[h % N];
        if (n > longest) longest = n;
    }
    assert_in_range(longest, 2, 16); /* about 7 by chance; all in a few chains without a hash */
    assert_int_not_equal(flow_hash(&p.a->env, &b, 80, &a, 1024),
                         flow_hash(&p.b->env, &b, 80, &a, 1024));
    pair_end(&p);
}

/* B4-LAND: a packet from our own address is refused before anybody could answer himself. */
static void own_address_as_source_is_refused(void **state)
{
    (void)state;
    uint8_t packet[IP4_HEADER + TCP_HEADER] = {0};
    pair_begin(&p, NULL);
    pair_listen(&p, 80);
    const struct ip4_header h = {.src = pair_addr(PAIR_B),
                                 .dst = pair_addr(PAIR_B),
                                 .total_len = sizeof(packet),
                                 .ttl = 64,
                                 .protocol = IP_TCP};
    ip4_emit(&h, packet);
    put_u16(packet + IP4_HEADER, 80);
    put_u16(packet + IP4_HEADER + 2, 80);
    packet[IP4_HEADER + 12] = 0x50;
    packet[IP4_HEADER + 13] = TCP_SYN;
    uint64_t before = p.frames_n;
    pair_inject(&p, PAIR_B, packet, sizeof(packet));
    pair_run(&p);
    assert_int_equal(p.frames_n, before);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_IP_SOURCE), 1);
    pair_end(&p);
}

/* TH-SPLIT: frames are contiguous by contract (types.h); one that ends at any byte is read no
 * further. Each lies at the end of its own allocation, for the sanitizer to see. */
static void frame_may_end_anywhere(void **state)
{
    (void)state;
    uint8_t whole[IP4_HEADER + TCP_HEADER_MAX + 8];
    const struct bonnet_addr a = pair_addr(PAIR_A), b = pair_addr(PAIR_B);
    struct tcp_seg s = {.sport = 9, .dport = 80, .flags = TCP_SYN};
    s.has = TCP_OPT_MSS | TCP_OPT_WSCALE | TCP_OPT_TIMESTAMPS | TCP_OPT_SACK_PERMITTED;
    pair_begin(&p, NULL);
    pair_listen(&p, 80);
    uint32_t n = tcp_emit(&s, whole + IP4_HEADER);
    for (uint32_t cut = 0; cut <= IP4_HEADER + n; cut++) {
        for (int honest = 0; honest < 2; honest++) {
            uint8_t *frame = malloc(cut ? cut : 1);
            const struct ip4_header h = {
                .src = a,
                .dst = b,
                .total_len = (uint16_t)(honest ? cut : IP4_HEADER + n),
                .ttl = 64,
                .protocol = IP_TCP,
            };
            ip4_emit(&h, whole);
            memcpy(frame, whole, cut);
            const struct bonnet_rx rx = {.data = frame, .len = cut, .checksum_good = true};
            int r = bonnet_input(p.b, PAIR_IFX, &rx);
            if (cut < IP4_HEADER + TCP_HEADER) assert_true(r > 0);
            free(frame);
        }
    }
    pair_end(&p);
}

/* TC-RACE0: a write of nothing beside a reset is an error or nothing, never worse. */
static void empty_write_meets_a_reset(void **state)
{
    (void)state;
    const struct bonnet_linger now = {1, 0};
    int c, s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(bonnet_send(p.a, c, "", 0, 0), 0);
    assert_int_equal(bonnet_setsockopt(p.b, s, BONNET_SO_LINGER, &now, sizeof(now)), 0);
    assert_int_equal(bonnet_close(p.b, s), 0);
    pair_run(&p);
    assert_int_equal(bonnet_send(p.a, c, "", 0, 0), -ECONNRESET);
    assert_int_equal(bonnet_send(p.a, c, "", 0, 0), -EPIPE);
    assert_int_equal(bonnet_close(p.a, c), 0);
    pair_end(&p);
}

/* TC-REUSE: closed while it connects, again and again: nothing stays, and the next one works. */
static void closing_while_connecting_leaves_nothing(void **state)
{
    (void)state;
    struct bonnet_totals t = {.size = sizeof(t)};
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
    pair_begin(&p, NULL);
    for (int i = 0; i < 100; i++) {
        int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
        assert_int_equal(bonnet_connect(p.a, s, &to), -EINPROGRESS);
        if (i % 2) {
            struct bonnet_tx tx;
            assert_int_equal(bonnet_output(p.a, PAIR_IFX, &tx), 1);
        }
        assert_int_equal(bonnet_close(p.a, s), 0);
        assert_int_equal(bonnet_close(p.a, s), -EBADF);
    }
    pair_run(&p);
    assert_int_equal(bonnet_totals(p.a, &t), 0);
    assert_int_equal(t.connections + t.timers + t.sockets, 0);
    int c, s;
    pair_connect(&p, 80, &c, &s);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_seed_makes_no_stack),
        cmocka_unit_test(ports_to_different_peers_have_no_relation),
        cmocka_unit_test(ports_to_one_peer_do_not_count_up),
        cmocka_unit_test(isn_rises_for_one_tuple_and_jumps_between_tuples),
        cmocka_unit_test(refused_syn_leaves_no_number_behind),
        cmocka_unit_test(tables_are_keyed),
        cmocka_unit_test(own_address_as_source_is_refused),
        cmocka_unit_test(frame_may_end_anywhere),
        cmocka_unit_test(empty_write_meets_a_reset),
        cmocka_unit_test(closing_while_connecting_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
