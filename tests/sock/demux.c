/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets a segment or datagram that may be for several: the fewest wildcards win. */
#include <errno.h>

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

static struct tcp_tuple from(uint16_t rport, struct bonnet_addr to, uint16_t port)
{
    return (struct tcp_tuple){to, bonnet_ip4(10, 0, 0, 9), port, rport};
}

static int tcp_gets(uint16_t rport, struct bonnet_addr to, uint16_t port, int ifx)
{
    const struct tcp_tuple t = from(rport, to, port);
    const struct listener *l = demux_listener(&shop.bn, &t, ifx);
    return l ? l->sock.handle : -1;
}

static int udp_gets(uint16_t rport, struct bonnet_addr to, uint16_t port, int ifx)
{
    const struct tcp_tuple t = from(rport, to, port);
    const struct dgram *d = demux_dgram(&shop.bn, &t, ifx);
    return d ? d->sock.handle : -1;
}

static void an_address_before_the_wildcard(void **state)
{
    (void)state;
    int any = listener(&shop, ANY, 80);
    assert_int_equal(bonnet_close(&shop.bn, any), 0);
    int one = stream(&shop), two = stream(&shop);
    set(&shop, one, BONNET_SO_REUSEPORT, 1);
    set(&shop, two, BONNET_SO_REUSEPORT, 1);
    assert_int_equal(bind_to(&shop, one, ANY, 80), 0);
    assert_int_equal(bind_to(&shop, two, ONE, 80), 0);
    assert_int_equal(tcp_gets(1, ONE, 80, 1), -1); /* bound, and not listening */
    assert_int_equal(bonnet_listen(&shop.bn, one, 1), 0);
    assert_int_equal(tcp_gets(1, ONE, 80, 1), one);
    assert_int_equal(bonnet_listen(&shop.bn, two, 1), 0);
    assert_int_equal(tcp_gets(1, ONE, 80, 1), two);
    assert_int_equal(tcp_gets(1, TWO, 80, 2), one);
    assert_int_equal(tcp_gets(1, ONE, 81, 1), -1);
}

static void a_device_before_none_and_after_an_address(void **state)
{
    (void)state;
    int s[3];
    for (int i = 0; i < 3; i++) {
        s[i] = dgram(&shop);
        set(&shop, s[i], BONNET_SO_REUSEADDR, 1);
    }
    set(&shop, s[1], BONNET_SO_BINDTODEVICE, 2);
    assert_int_equal(bind_to(&shop, s[0], ANY, 53), 0);
    assert_int_equal(bind_to(&shop, s[1], ANY, 53), 0);
    assert_int_equal(bind_to(&shop, s[2], ONE, 53), 0);
    assert_int_equal(udp_gets(1, TWO, 53, 1), s[0]);
    assert_int_equal(udp_gets(1, TWO, 53, 2), s[1]);
    assert_int_equal(udp_gets(1, ONE, 53, 2), s[2]);
}

static void a_peer_before_everything(void **state)
{
    (void)state;
    int bound = dgram(&shop), connected = dgram(&shop);
    set(&shop, bound, BONNET_SO_REUSEADDR, 1);
    set(&shop, connected, BONNET_SO_REUSEADDR, 1);
    assert_int_equal(bind_to(&shop, bound, ONE, 53), 0);
    assert_int_equal(bind_to(&shop, connected, ANY, 53), 0);
    assert_int_equal(connect_to(&shop, connected, bonnet_ip4(10, 0, 0, 9), 7), 0);
    assert_int_equal(udp_gets(7, ONE, 53, 1), connected);
    assert_int_equal(udp_gets(8, ONE, 53, 1), bound);
    assert_int_equal(udp_gets(7, TWO, 53, 1), -1); /* connected from ONE: not a wildcard any more */
    assert_int_equal(connect_to(&shop, connected, ANY, 0), 0);
    assert_int_equal(udp_gets(7, TWO, 53, 1), connected);
    assert_int_equal(udp_gets(7, ONE, 53, 1), bound);
}

/* Equals share by the tuple's hash: each peer always meets the same one, and all have about as
 * many. */
static void equals_share_by_reuseport(void **state)
{
    (void)state;
    enum { N = 4, PEERS = 4000 };
    int s[N];
    unsigned got[N] = {0};
    for (int i = 0; i < N; i++) {
        s[i] = stream(&shop);
        set(&shop, s[i], BONNET_SO_REUSEPORT, 1);
        assert_int_equal(bind_to(&shop, s[i], ANY, 80), 0);
        assert_int_equal(bonnet_listen(&shop.bn, s[i], 1), 0);
    }
    for (uint16_t peer = 1; peer <= PEERS; peer++) {
        int who = tcp_gets(peer, ONE, 80, 1);
        assert_int_equal(tcp_gets(peer, ONE, 80, 1), who);
        for (int i = 0; i < N; i++)
            got[i] += s[i] == who;
    }
    for (int i = 0; i < N; i++)
        assert_in_range(got[i], PEERS / N * 8 / 10, PEERS / N * 12 / 10);
}

/* Without SO_REUSEPORT the one that was bound last. */
static void the_newest_of_those_that_share_an_address(void **state)
{
    (void)state;
    int a = dgram(&shop), b = dgram(&shop);
    set(&shop, a, BONNET_SO_REUSEADDR, 1);
    set(&shop, b, BONNET_SO_REUSEADDR, 1);
    assert_int_equal(bind_to(&shop, a, ANY, 53), 0);
    assert_int_equal(bind_to(&shop, b, ANY, 53), 0);
    assert_int_equal(udp_gets(1, ONE, 53, 1), b);
    bonnet_close(&shop.bn, b);
    assert_int_equal(udp_gets(1, ONE, 53, 1), a);
}

/* One bit of a tuple changes half of the hash: no peer can aim. */
static void the_hash_is_keyed_and_uses_every_part(void **state)
{
    (void)state;
    struct env *e = &shop.bn.env;
    const struct bonnet_addr a = ONE, b = TWO, six = {{0x20, 1}};
    uint32_t h = flow_hash(e, &a, 1, &b, 2);
    assert_int_not_equal(h, flow_hash(e, &b, 1, &a, 2));
    assert_int_not_equal(h, flow_hash(e, &a, 2, &b, 1));
    assert_int_not_equal(h, flow_hash(e, &a, 1, &b, 3));
    assert_int_not_equal(h, flow_hash(e, &a, 3, &b, 2));
    assert_int_not_equal(flow_hash(e, &six, 1, &b, 2), flow_hash(e, &b, 1, &six, 2));
    e->keys.demux.k[0] ^= 1;
    assert_int_not_equal(h, flow_hash(e, &a, 1, &b, 2));
    e->keys.demux.k[0] ^= 1;
    assert_int_equal(h, flow_hash(e, &a, 1, &b, 2));
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(an_address_before_the_wildcard),
        test(a_device_before_none_and_after_an_address),
        test(a_peer_before_everything),
        test(equals_share_by_reuseport),
        test(the_newest_of_those_that_share_an_address),
        test(the_hash_is_keyed_and_uses_every_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
