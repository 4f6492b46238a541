/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may be bound beside whom, and which ports are given. The table of conflicts is what Linux
 * answers to the same calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libsock.h"

static struct shop shop;

static int setup(void **state)
{
    (void)state;
    shop_begin(&shop);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    shop_end(&shop);
    return 0;
}

/* ---- conflicts ---- */

enum first { BOUND, LISTENING, FLOW, UDP };

/* Columns: options of the first socket (none, REUSEADDR, REUSEPORT, both), then of the second,
 * likewise; x: EADDRINUSE for bind() or listen() of the second. FLOW: a connection accepted from
 * such a socket, which has been closed since. */
static const struct {
    enum first first;
    const char *addrs; /* of the first and the second: any, one, two */
    const char *answers;
} conflicts[] = {
    {BOUND, "aa", "xxxx x.x. xx.. x..."},     {BOUND, "a1", "xxxx x.x. xx.. x..."},
    {BOUND, "1a", "xxxx x.x. xx.. x..."},     {BOUND, "11", "xxxx x.x. xx.. x..."},
    {BOUND, "12", ".... .... .... ...."},     {LISTENING, "aa", "xxxx xxxx xx.. xx.."},
    {LISTENING, "a1", "xxxx xxxx xx.. xx.."}, {LISTENING, "1a", "xxxx xxxx xx.. xx.."},
    {LISTENING, "11", "xxxx xxxx xx.. xx.."}, {LISTENING, "12", ".... .... .... ...."},
    {FLOW, "1a", "xxxx x.x. xx.. x..."},      {FLOW, "11", "xxxx x.x. xx.. x..."},
    {FLOW, "12", ".... .... .... ...."},      {UDP, "aa", "xxxx x.x. xx.. x..."},
    {UDP, "a1", "xxxx x.x. xx.. x..."},       {UDP, "1a", "xxxx x.x. xx.. x..."},
    {UDP, "11", "xxxx x.x. xx.. x..."},       {UDP, "12", ".... .... .... ...."},
};

static struct bonnet_addr addr_of(char c)
{
    return c == 'a' ? ANY : c == '1' ? ONE : TWO;
}

static int with_options(bool udp, unsigned options)
{
    int s = udp ? dgram(&shop) : stream(&shop);
    set(&shop, s, BONNET_SO_REUSEADDR, options & 1);
    set(&shop, s, BONNET_SO_REUSEPORT, options >> 1 & 1);
    return s;
}

static void make_flow(struct flow *f, uint16_t port, unsigned options)
{
    *f = (struct flow){.laddr = ONE, .raddr = bonnet_ip4(10, 0, 0, 9), .lport = port, .rport = 9};
    f->map.tag = FLOW_TIME_WAIT;
    if (options & 1) f->map.tag |= FLOW_REUSEADDR;
    if (options & 2) f->map.tag |= FLOW_REUSEPORT;
    assert_int_equal(flow_enter(&shop.bn, f, IP_TCP), 0);
}

static void check_cell(enum first first, const char *addrs, unsigned options, bool conflict)
{
    struct flow flow = {.lport = 0};
    int a = -1, b = with_options(first == UDP, options >> 2);
    if (first == FLOW) {
        make_flow(&flow, 80, options & 3);
    } else {
        a = with_options(first == UDP, options & 3);
        assert_int_equal(bind_to(&shop, a, addr_of(addrs[0]), 80), 0);
    }
    if (first == LISTENING) assert_int_equal(bonnet_listen(&shop.bn, a, 1), 0);
    int r = bind_to(&shop, b, addr_of(addrs[1]), 80);
    if (r == 0 && first != UDP) r = bonnet_listen(&shop.bn, b, 1);
    if (r != (conflict ? -EADDRINUSE : 0)) fail_msg("%d %s %x: %d", first, addrs, options, r);
    flow_leave(&shop.bn, &flow, IP_TCP);
    bonnet_close(&shop.bn, b);
    if (a >= 0) bonnet_close(&shop.bn, a);
}

static void bindings_conflict_as_on_linux(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(conflicts) / sizeof(conflicts[0]); i++)
        for (unsigned first = 0; first < 4; first++)
            for (unsigned second = 0; second < 4; second++)
                check_cell(conflicts[i].first, conflicts[i].addrs, first | second << 2,
                           conflicts[i].answers[5 * first + second] == 'x');
}

static void devices_keep_bindings_apart(void **state)
{
    (void)state;
    int a = stream(&shop), b = stream(&shop), c = stream(&shop);
    assert_int_equal(set(&shop, a, BONNET_SO_BINDTODEVICE, 1), 0);
    assert_int_equal(set(&shop, b, BONNET_SO_BINDTODEVICE, 2), 0);
    assert_int_equal(bind_to(&shop, a, ANY, 80), 0);
    assert_int_equal(bind_to(&shop, b, ANY, 80), 0);
    assert_int_equal(bind_to(&shop, c, ANY, 80), -EADDRINUSE);
}

/* Two listeners with SO_REUSEADDR alone: the second may be bound, and not listen any more. */
static void only_one_listens_without_reuseport(void **state)
{
    (void)state;
    int a = with_options(false, 1), b = with_options(false, 1);
    assert_int_equal(bind_to(&shop, a, ANY, 80), 0);
    assert_int_equal(bind_to(&shop, b, ANY, 80), 0);
    assert_int_equal(bonnet_listen(&shop.bn, a, 1), 0);
    assert_int_equal(bonnet_listen(&shop.bn, b, 1), -EADDRINUSE);
    assert_int_equal(bonnet_close(&shop.bn, a), 0);
    assert_int_equal(bonnet_listen(&shop.bn, b, 1), 0);
}

/* One connection without SO_REUSEADDR among others with it decides, as long as it is there. */
static void each_flow_is_asked(void **state)
{
    (void)state;
    struct flow with, without = {.laddr = ONE, .raddr = TWO, .lport = 80, .rport = 1};
    make_flow(&with, 80, 1);
    without.map.tag = FLOW_TIME_WAIT;
    assert_int_equal(flow_enter(&shop.bn, &without, IP_TCP), 0);
    int s = with_options(false, 1);
    assert_int_equal(bind_to(&shop, s, ANY, 80), -EADDRINUSE);
    flow_leave(&shop.bn, &without, IP_TCP);
    assert_int_equal(bind_to(&shop, s, ANY, 80), 0);
    flow_leave(&shop.bn, &with, IP_TCP);
}

static void tcp_and_udp_have_ports_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(bind_to(&shop, stream(&shop), ANY, 53), 0);
    assert_int_equal(bind_to(&shop, dgram(&shop), ANY, 53), 0);
}

static void a_socket_is_bound_once_and_to_what_is_ours(void **state)
{
    (void)state;
    int s = stream(&shop);
    assert_int_equal(bind_to(&shop, s, bonnet_ip4(10, 0, 0, 2), 80), -EADDRNOTAVAIL);
    assert_int_equal(bind_to(&shop, s, bonnet_ip4(10, 0, 0, 255), 80), -EADDRNOTAVAIL);
    assert_int_equal(bind_to(&shop, dgram(&shop), bonnet_ip4(10, 0, 0, 255), 80), 0);
    assert_int_equal(bind_to(&shop, dgram(&shop), bonnet_ip4(10, 0, 0, 2), 80), -EADDRNOTAVAIL);
    assert_int_equal(bind_to(&shop, dgram(&shop), bonnet_ip4(224, 0, 0, 9), 80), 0);
    assert_int_equal(bind_to(&shop, dgram(&shop), bonnet_ip4(255, 255, 255, 255), 80), 0);
    assert_int_equal(bind_to(&shop, s, (struct bonnet_addr){{0x20, 1}}, 80), -EAFNOSUPPORT);
    assert_int_equal(bind_to(&shop, s, ONE, 80), 0);
    assert_int_equal(bind_to(&shop, s, ONE, 81), -EINVAL);
}

/* ---- ports that are given ---- */

/* @req PORT-1, @req PORT-4: the whole range but well-known ports, at random, each one free.
 */
static void unasked_ports_are_random_and_free(void **state)
{
    (void)state;
    enum { N = 600 };
    static bool seen[65536];
    memset(seen, 0, sizeof(seen));
    unsigned low = 0, steps = 0;
    uint16_t last = 0;
    for (int i = 0; i < N; i++) {
        int s = i % 2 ? stream(&shop) : dgram(&shop);
        assert_int_equal(bind_to(&shop, s, ANY, 0), 0);
        uint16_t port = port_of(&shop, s);
        assert_true(port >= 1024);
        low += port < 32768;
        steps += port == last + 1;
        last = port;
        if (i % 2) assert_false(seen[port]);
        if (i % 2) seen[port] = true;
    }
    assert_in_range(low, N / 3, N * 2 / 3);
    assert_true(steps < 5);
}

static struct flow connection(uint8_t peer, uint16_t rport)
{
    struct flow f = {.laddr = ONE, .raddr = bonnet_ip4(10, 0, 0, peer), .rport = rport};
    f.map.tag = FLOW_TIME_WAIT;
    return f;
}

/* @req PORT-2: the next one to the same peer is near, where another peer's are is unknown. */
static void connections_get_ports_by_their_destination(void **state)
{
    (void)state;
    uint16_t first[8];
    unsigned near = 0;
    for (uint8_t i = 0; i < 8; i++) {
        struct flow f = connection((uint8_t)(10 + i), 80);
        assert_int_equal(port_choose(&shop.bn, &f), 0);
        first[i] = f.lport;
        for (int j = 0; j < i; j++)
            near += abs(first[i] - first[j]) < 100;
    }
    assert_true(near < 4);
    struct flow again = connection(10, 80);
    assert_int_equal(port_choose(&shop.bn, &again), 0);
    uint16_t step = (uint16_t)(again.lport - first[0]);
    assert_true(step > 0 && step <= 8 * 9);
}

/* @req PORT-3: every port of the range serves one connection to a peer, and the next is refused. */
static void a_peer_may_take_every_port(void **state)
{
    (void)state;
    enum { PORTS = 65536 - 1024 };
    static struct flow flows[PORTS];
    int bound = stream(&shop);
    assert_int_equal(bind_to(&shop, bound, ANY, 5000), 0);
    for (int i = 0; i < PORTS - 1; i++) {
        flows[i] = connection(9, 80);
        assert_int_equal(port_choose(&shop.bn, &flows[i]), 0);
        assert_int_not_equal(flows[i].lport, 5000);
        assert_int_equal(flow_enter(&shop.bn, &flows[i], IP_TCP), 0);
    }
    struct flow one_more = connection(9, 80), elsewhere = connection(9, 81);
    assert_int_equal(port_choose(&shop.bn, &one_more), -EADDRNOTAVAIL);
    assert_int_equal(port_choose(&shop.bn, &elsewhere), 0);
    assert_int_equal(bind_to(&shop, stream(&shop), ANY, 0), -EADDRINUSE);
    for (int i = 0; i < PORTS - 1; i++)
        flow_leave(&shop.bn, &flows[i], IP_TCP);
    assert_int_equal(bind_to(&shop, stream(&shop), ANY, 0), 0);
}

static void a_tuple_is_entered_once(void **state)
{
    (void)state;
    struct flow a = connection(9, 80), b = connection(9, 80);
    a.lport = b.lport = 2000;
    assert_int_equal(flow_enter(&shop.bn, &a, IP_TCP), 0);
    assert_int_equal(flow_enter(&shop.bn, &b, IP_TCP), -EADDRNOTAVAIL);
    flow_leave(&shop.bn, &b, IP_TCP);
    const struct tcp_tuple t = flow_tuple(&a);
    assert_ptr_equal(demux_flow(&shop.bn, &t), &a);
    flow_leave(&shop.bn, &a, IP_TCP);
    assert_null(demux_flow(&shop.bn, &t));
}

static void memory_may_be_refused(void **state)
{
    (void)state;
    struct flow f = connection(9, 80);
    int s = stream(&shop);
    uint64_t before = shop.w.bytes;
    f.lport = 2000;
    for (uint64_t k = 1; k <= 2; k++) {
        shop.w.refuse_at = shop.w.asked + k;
        assert_int_equal(flow_enter(&shop.bn, &f, IP_TCP), -ENOMEM);
        ports_trim(&shop.bn);
        assert_int_equal(shop.w.bytes, before);
    }
    for (uint64_t k = 1; k <= 3; k++) {
        shop.w.refuse_at = shop.w.asked + k;
        assert_int_equal(bind_to(&shop, s, ANY, 80), -ENOMEM);
        assert_int_equal(shop.w.bytes, before);
    }
    assert_int_equal(bind_to(&shop, s, ANY, 80), 0);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(bindings_conflict_as_on_linux),
        test(devices_keep_bindings_apart),
        test(only_one_listens_without_reuseport),
        test(each_flow_is_asked),
        test(tcp_and_udp_have_ports_of_their_own),
        test(a_socket_is_bound_once_and_to_what_is_ours),
        test(unasked_ports_are_random_and_free),
        test(connections_get_ports_by_their_destination),
        test(a_peer_may_take_every_port),
        test(a_tuple_is_entered_once),
        test(memory_may_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
