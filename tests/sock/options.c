/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every option: what it is at the beginning, what may be set, what comes back, and what is refused,
 * for each kind of socket.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "libsock.h"

#define NO    INT_MIN /* no such value */
#define S     1       /* streams */
#define L     2       /* listeners */
#define D     4       /* datagram sockets */
#define ALL   (S | L | D)
#define KINDS 3

static struct shop shop;
static int sockets[KINDS]; /* one of each kind, in the order of the bits */

static int setup(void **state)
{
    (void)state;
    shop_begin(&shop);
    sockets[0] = stream(&shop);
    sockets[1] = listener(&shop, ANY, 80);
    sockets[2] = dgram(&shop);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    shop_end(&shop);
    return 0;
}

/* Options whose value is an int. */
static const struct row {
    int option;
    unsigned kinds;
    int usual;          /* at the beginning */
    int value, becomes; /* a value that is set, and what is got then */
    int value2, becomes2;
    int wrong, wrong2; /* -EINVAL */
} rows[] = {
    {BONNET_SO_REUSEADDR, ALL, 0, 1, 1, -5, 1, NO, NO},
    {BONNET_SO_REUSEPORT, ALL, 0, 1, 1, 0, 0, NO, NO},
    {BONNET_SO_KEEPALIVE, S | L, 0, 1, 1, 0, 0, NO, NO},
    {BONNET_SO_RCVBUF, S | L, 131072, 70000, 70000, INT_MAX, 6 << 20, -1, INT_MIN + 1},
    {BONNET_SO_RCVBUF, D, 212992, 70000, 70000, 0, 256, -1, NO},
    {BONNET_SO_SNDBUF, S | L, 2 << 20, 70000, 70000, INT_MAX, 4 << 20, -1, NO},
    {BONNET_SO_SNDBUF, D, 212992, 70000, 70000, 1, 256, -1, NO},
    {BONNET_SO_RCVLOWAT, ALL, 1, 100, 100, 0, 1, -1, NO},
    {BONNET_SO_BINDTODEVICE, ALL, 0, 2, 2, 0, 0, -1, NO},
    {BONNET_SO_BROADCAST, D, 0, 1, 1, 0, 0, NO, NO},
    {BONNET_SO_OOBINLINE, S | L, 1, 1, 1, 7, 1, 0, NO},
    {BONNET_TCP_NODELAY, S | L, 0, 1, 1, 0, 0, NO, NO},
    {BONNET_TCP_CORK, S | L, 0, 1, 1, 0, 0, NO, NO},
    {BONNET_TCP_MAXSEG, S | L, 536, 88, 88, 32767, 32767, 87, 32768},
    {BONNET_TCP_KEEPIDLE, S | L, 7200, 1, 1, 32767, 32767, 0, 32768},
    {BONNET_TCP_KEEPINTVL, S | L, 75, 1, 1, 32767, 32767, 0, 32768},
    {BONNET_TCP_KEEPCNT, S | L, 9, 1, 1, 127, 127, 0, 128},
    {BONNET_TCP_SYNCNT, S | L, 6, 1, 1, 127, 127, 0, 128},
    {BONNET_TCP_LINGER2, S | L, 60, 7, 7, -3, -1, NO, NO},
    {BONNET_TCP_LINGER2, S | L, 60, 1000, 120, 0, 60, NO, NO},
    {BONNET_TCP_WINDOW_CLAMP, S | L, 0, 5000, 5000, 0, 0, -1, NO},
    {BONNET_TCP_QUICKACK, S, 0, 1, 1, 0, 0, NO, NO},
    {BONNET_TCP_USER_TIMEOUT, S | L, 0, 5000, 5000, 0, 0, -1, NO},
    {BONNET_TCP_NOTSENT_LOWAT, S | L, 0, 16384, 16384, 0, 0, -1, NO},
    {BONNET_IP_TTL, ALL, 64, 1, 1, 255, 255, 0, 256},
    {BONNET_IP_TTL, ALL, 64, 9, 9, -1, 64, -2, NO},
    {BONNET_IP_TOS, S | L, 0, 0x10, 0x10, 0xff, 0xfc, -1, 256},
    {BONNET_IP_TOS, D, 0, 0x10, 0x10, 0xff, 0xff, -1, 256},
    {BONNET_IP_MTU_DISCOVER, ALL, 1, 0, 0, 2, 2, -1, 3},
    {BONNET_IP_RECVERR, D, 0, 1, 1, 0, 0, NO, NO},
};

static void check_row(const struct row *r, int s)
{
    assert_int_equal(get(&shop, s, r->option), r->usual);
    assert_int_equal(set(&shop, s, r->option, r->value), 0);
    assert_int_equal(get(&shop, s, r->option), r->becomes);
    assert_int_equal(set(&shop, s, r->option, r->value2), 0);
    assert_int_equal(get(&shop, s, r->option), r->becomes2);
    if (r->wrong != NO) assert_int_equal(set(&shop, s, r->option, r->wrong), -EINVAL);
    if (r->wrong2 != NO) assert_int_equal(set(&shop, s, r->option, r->wrong2), -EINVAL);
    assert_int_equal(get(&shop, s, r->option), r->becomes2);
    assert_int_equal(bonnet_setsockopt(&shop.bn, s, r->option, &r->value, 3), -EINVAL);
    assert_int_equal(bonnet_setsockopt(&shop.bn, s, r->option, &r->value, 0), -EINVAL);
}

/* @req AM-BUFGROW: INT_MAX for a buffer is the limit, and no more. */
static void ints_are_as_the_table_says(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned kind = 0; kind < KINDS; kind++)
            if (rows[i].kinds & 1u << kind) check_row(&rows[i], sockets[kind]);
        teardown(state);
        setup(state);
    }
}

/* ---- for which kinds ---- */

static const struct {
    int option;
    unsigned kinds;    /* that have it */
    unsigned writable; /* where it may be set */
} kinds[] = {
    {BONNET_SO_REUSEADDR, ALL, ALL},
    {BONNET_SO_REUSEPORT, ALL, ALL},
    {BONNET_SO_LINGER, ALL, ALL},
    {BONNET_SO_KEEPALIVE, S | L, S | L},
    {BONNET_SO_RCVBUF, ALL, ALL},
    {BONNET_SO_SNDBUF, ALL, ALL},
    {BONNET_SO_RCVTIMEO, ALL, ALL},
    {BONNET_SO_SNDTIMEO, ALL, ALL},
    {BONNET_SO_RCVLOWAT, ALL, ALL},
    {BONNET_SO_ERROR, ALL, 0},
    {BONNET_SO_TYPE, ALL, 0},
    {BONNET_SO_DOMAIN, ALL, 0},
    {BONNET_SO_PROTOCOL, ALL, 0},
    {BONNET_SO_ACCEPTCONN, ALL, 0},
    {BONNET_SO_BINDTODEVICE, ALL, ALL},
    {BONNET_SO_BROADCAST, D, D},
    {BONNET_SO_OOBINLINE, S | L, S | L},
    {BONNET_TCP_NODELAY, S | L, S | L},
    {BONNET_TCP_CORK, S | L, S | L},
    {BONNET_TCP_MAXSEG, S | L, S | L},
    {BONNET_TCP_KEEPIDLE, S | L, S | L},
    {BONNET_TCP_KEEPINTVL, S | L, S | L},
    {BONNET_TCP_KEEPCNT, S | L, S | L},
    {BONNET_TCP_SYNCNT, S | L, S | L},
    {BONNET_TCP_LINGER2, S | L, S | L},
    {BONNET_TCP_WINDOW_CLAMP, S | L, S | L},
    {BONNET_TCP_INFO, S | L, 0},
    {BONNET_TCP_QUICKACK, S, S},
    {BONNET_TCP_CONGESTION, S | L, S | L},
    {BONNET_TCP_USER_TIMEOUT, S | L, S | L},
    {BONNET_TCP_NOTSENT_LOWAT, S | L, S | L},
    {BONNET_IP_TTL, ALL, ALL},
    {BONNET_IP_TOS, ALL, ALL},
    {BONNET_IP_MTU_DISCOVER, ALL, ALL},
    {BONNET_IP_RECVERR, D, D},
    {BONNET_IP_MTU, S | D, 0},
    {0, 0, 0},
    {-1, 0, 0},
    {99, 0, 0},
    {INT_MAX, 0, 0},
    {INT_MIN, 0, 0},
};

static void others_are_enoprotoopt(void **state)
{
    (void)state;
    static char room[sizeof(struct bonnet_tcp_info)];
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        for (unsigned kind = 0; kind < KINDS; kind++) {
            size_t len = sizeof(room);
            int option = kinds[i].option, s = sockets[kind];
            bool has = kinds[i].kinds & 1u << kind, may_set = kinds[i].writable & 1u << kind;
            int r = bonnet_getsockopt(&shop.bn, s, option, room, &len);
            if (option == BONNET_IP_MTU && has) assert_int_equal(r, -ENOTCONN);
            if (option != BONNET_IP_MTU) assert_int_equal(r, has ? 0 : -ENOPROTOOPT);
            r = bonnet_setsockopt(&shop.bn, s, option, room, 0);
            assert_int_equal(r, may_set ? -EINVAL : -ENOPROTOOPT);
        }
    }
}

static void nobody_has_no_options(void **state)
{
    (void)state;
    int value = 1;
    size_t len = sizeof(value);
    assert_int_equal(bonnet_setsockopt(&shop.bn, 77, BONNET_SO_REUSEADDR, &value, len), -EBADF);
    assert_int_equal(bonnet_getsockopt(&shop.bn, -1, BONNET_SO_REUSEADDR, &value, &len), -EBADF);
}

/* ---- values that are no int ---- */

static void what_it_is(void **state)
{
    (void)state;
    assert_int_equal(get(&shop, sockets[0], BONNET_SO_TYPE), BONNET_SOCK_STREAM);
    assert_int_equal(get(&shop, sockets[1], BONNET_SO_TYPE), BONNET_SOCK_STREAM);
    assert_int_equal(get(&shop, sockets[2], BONNET_SO_TYPE), BONNET_SOCK_DGRAM);
    assert_int_equal(get(&shop, sockets[1], BONNET_SO_PROTOCOL), 6);
    assert_int_equal(get(&shop, sockets[2], BONNET_SO_PROTOCOL), 17);
    assert_int_equal(get(&shop, sockets[0], BONNET_SO_DOMAIN), BONNET_AF_INET);
    assert_int_equal(get(&shop, sockets[0], BONNET_SO_ACCEPTCONN), 0);
    assert_int_equal(get(&shop, sockets[1], BONNET_SO_ACCEPTCONN), 1);
    assert_int_equal(get(&shop, sockets[2], BONNET_SO_ERROR), 0);
}

static void linger_is_a_switch_and_a_time(void **state)
{
    (void)state;
    static const struct bonnet_linger in[] = {{1, 5}, {7, 0}, {0, 9}, {1, INT_MAX}, {1, -1}};
    static const struct bonnet_linger out[] = {{1, 5}, {1, 0}, {0, 0}, {1, 32767}, {1, 32767}};
    struct bonnet_linger v;
    size_t len = sizeof(v);
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned kind = 0; kind < KINDS; kind++) {
            int s = sockets[kind];
            assert_int_equal(
                bonnet_setsockopt(&shop.bn, s, BONNET_SO_LINGER, &in[i], sizeof(in[i])), 0);
            assert_int_equal(bonnet_getsockopt(&shop.bn, s, BONNET_SO_LINGER, &v, &len), 0);
            assert_memory_equal(&v, &out[i], sizeof(v));
        }
    }
    assert_int_equal(bonnet_setsockopt(&shop.bn, sockets[0], BONNET_SO_LINGER, &v, 7), -EINVAL);
}

static void timeouts_are_kept_in_whole_ms(void **state)
{
    (void)state;
    static const uint64_t in[] = {0, 1, BONNET_MS, BONNET_MS + 1, UINT64_MAX};
    static const uint64_t out[] = {0, BONNET_MS, BONNET_MS, 2 * BONNET_MS, UINT32_MAX * BONNET_MS};
    static const int both[] = {BONNET_SO_RCVTIMEO, BONNET_SO_SNDTIMEO};
    for (unsigned i = 0; i < 10; i++) {
        uint64_t v;
        size_t len = sizeof(v);
        int option = both[i % 2], s = sockets[i % KINDS];
        assert_int_equal(bonnet_setsockopt(&shop.bn, s, option, &in[i / 2], len), 0);
        assert_int_equal(bonnet_setsockopt(&shop.bn, s, option, &v, 4), -EINVAL);
        assert_int_equal(bonnet_getsockopt(&shop.bn, s, option, &v, &len), 0);
        assert_true(v == out[i / 2]);
    }
}

static void congestion_control_has_a_name(void **state)
{
    (void)state;
    char name[32] = "";
    size_t len = sizeof(name);
    int s = sockets[0];
    assert_int_equal(bonnet_getsockopt(&shop.bn, s, BONNET_TCP_CONGESTION, name, &len), 0);
    assert_int_equal(len, 5);
    assert_memory_equal(name, "cubic", 5);
    assert_int_equal(bonnet_setsockopt(&shop.bn, s, BONNET_TCP_CONGESTION, "reno", 4), 0);
    assert_int_equal(bonnet_setsockopt(&shop.bn, s, BONNET_TCP_CONGESTION, "reno", 5), 0);
    assert_int_equal(bonnet_setsockopt(&shop.bn, s, BONNET_TCP_CONGESTION, "ren", 3), -ENOENT);
    assert_int_equal(bonnet_setsockopt(&shop.bn, s, BONNET_TCP_CONGESTION, "", 0), -EINVAL);
    assert_int_equal(bonnet_setsockopt(&shop.bn, s, BONNET_TCP_CONGESTION, name, 16), -EINVAL);
    len = 2;
    assert_int_equal(bonnet_getsockopt(&shop.bn, s, BONNET_TCP_CONGESTION, name, &len), 0);
    assert_int_equal(len, 2);
}

static void info_of_a_listener_shows_its_queue(void **state)
{
    (void)state;
    struct bonnet_tcp_info info;
    size_t len = sizeof(info);
    assert_int_equal(bonnet_getsockopt(&shop.bn, sockets[1], BONNET_TCP_INFO, &info, &len), 0);
    assert_int_equal(len, sizeof(info));
    assert_int_equal(info.tcpi_state, BONNET_LISTEN);
    assert_int_equal(info.tcpi_unacked, 0);
    assert_int_equal(info.tcpi_sacked, 1); /* the backlog */
    assert_int_equal(bonnet_getsockopt(&shop.bn, sockets[0], BONNET_TCP_INFO, &info, &len), 0);
    assert_int_equal(info.tcpi_state, BONNET_CLOSED);
}

/* AP-SOCKLEN: what does not fit is cut off, and no byte more is written. */
static void short_room_gets_what_fits(void **state)
{
    (void)state;
    uint8_t room[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    size_t len = 2;
    int keepidle = 0x1234;
    set(&shop, sockets[0], BONNET_TCP_KEEPIDLE, keepidle);
    assert_int_equal(bonnet_getsockopt(&shop.bn, sockets[0], BONNET_TCP_KEEPIDLE, room, &len), 0);
    assert_int_equal(len, 2);
    assert_memory_equal(room, &keepidle, 2);
    assert_int_equal(room[2], 1);
    len = 8;
    assert_int_equal(bonnet_getsockopt(&shop.bn, sockets[0], BONNET_TCP_KEEPIDLE, room, &len), 0);
    assert_int_equal(len, 4);
    assert_int_equal(room[4], 1);
}

static void a_device_must_be_there(void **state)
{
    (void)state;
    assert_int_equal(set(&shop, sockets[0], BONNET_SO_BINDTODEVICE, 3), -ENODEV);
    assert_int_equal(set(&shop, sockets[0], BONNET_SO_BINDTODEVICE, 256 + 1), -ENODEV);
    assert_int_equal(get(&shop, sockets[0], BONNET_SO_BINDTODEVICE), 0);
}

static void the_mtu_of_the_path_to_a_peer(void **state)
{
    (void)state;
    assert_int_equal(connect_to(&shop, sockets[2], bonnet_ip4(10, 0, 0, 9), 7), 0);
    assert_int_equal(get(&shop, sockets[2], BONNET_IP_MTU), 1500);
    link_if(&shop.bn.link, 1)->mtu = 900;
    assert_int_equal(get(&shop, sockets[2], BONNET_IP_MTU), 900);
    assert_int_equal(connect_to(&shop, sockets[0], bonnet_ip4(10, 0, 0, 9), 7), -EINPROGRESS);
    assert_int_equal(get(&shop, sockets[0], BONNET_IP_MTU), 900);
}

/* What was set before listen() is the listener's, and stays when it is set no more. */
static void a_listener_keeps_the_settings_of_its_stream(void **state)
{
    (void)state;
    int s = stream(&shop);
    set(&shop, s, BONNET_TCP_KEEPIDLE, 77);
    set(&shop, s, BONNET_SO_REUSEADDR, 1);
    set(&shop, s, BONNET_SO_RCVBUF, 5000);
    assert_int_equal(bonnet_listen(&shop.bn, s, 1), 0);
    assert_int_equal(get(&shop, s, BONNET_TCP_KEEPIDLE), 77);
    assert_int_equal(get(&shop, s, BONNET_SO_REUSEADDR), 1);
    assert_int_equal(get(&shop, s, BONNET_SO_RCVBUF), 5000);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(ints_are_as_the_table_says),    test(others_are_enoprotoopt),
        test(nobody_has_no_options),         test(what_it_is),
        test(linger_is_a_switch_and_a_time), test(timeouts_are_kept_in_whole_ms),
        test(congestion_control_has_a_name), test(info_of_a_listener_shows_its_queue),
        test(short_room_gets_what_fits),     test(a_device_must_be_there),
        test(the_mtu_of_the_path_to_a_peer), test(a_listener_keeps_the_settings_of_its_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
