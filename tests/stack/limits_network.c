/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of struct bonnet_limits from neighbours on, one test each: what the network can make
 * us keep, and what strangers can make us say.
 */
#include <errno.h>
#include <string.h>

#include "libalone.h"

#define PORT ALONE_PORT

static struct pair p;

static int socket_of(struct bonnet *bn, int type)
{
    return bonnet_socket(bn, BONNET_AF_INET, type, 0);
}

/* ---- neighbours ---- */

static void knock(int s, uint8_t host)
{
    const struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 0, host), .port = PORT};
    assert_int_equal(bonnet_sendto(p.b, s, "x", 1, 0, &to), 1);
    pair_run(&p);
}

static void neighbours_max(void **state)
{
    (void)state;
    pair_begin(&p, &(struct pair_options){.ethernet = true, .limits = {.neighbours_max = 2}});
    for (uint8_t host = 10; host < 20; host++)
        knock(socket_of(p.b, BONNET_SOCK_DGRAM), host);
    assert_int_equal(alone_totals(&p).neighbours, 2);
    bonnet_tick(p.b, p.now); /* those that gave way are told to their talkers */
    assert_int_equal(alone_given(&p, BONNET_R_NEIGHBOUR_FAILED), 8);
    pair_end(&p);
}

static void neighbour_parked(void **state)
{
    (void)state;
    pair_begin(&p, &(struct pair_options){.ethernet = true, .limits = {.neighbour_parked = 2}});
    for (int i = 0; i < 5; i++)
        knock(socket_of(p.b, BONNET_SOCK_DGRAM), 10);
    assert_int_equal(alone_given(&p, BONNET_R_NEIGHBOUR_FULL), 3);
    pair_end(&p);
}

/* ---- reassembly ---- */

static void inject_fragment(uint16_t id, uint16_t at, uint16_t len, bool more)
{
    uint8_t packet[IP4_HEADER + 1480] = {0};
    const struct ip4_header h = {
        .src = pair_addr(PAIR_A),
        .dst = pair_addr(PAIR_B),
        .total_len = (uint16_t)(IP4_HEADER + len),
        .id = id,
        .ttl = 64,
        .protocol = IP_UDP,
        .fragment_at = at,
        .more_fragments = more,
    };
    ip4_emit(&h, packet);
    pair_inject(&p, PAIR_B, packet, IP4_HEADER + len);
    pair_run(&p);
}

static void reassembly_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.reassembly_max = 2});
    for (uint16_t id = 1; id <= 5; id++)
        inject_fragment(id, 0, 800, true);
    assert_int_equal(alone_totals(&p).reassemblies, 2);
    assert_int_equal(alone_given(&p, BONNET_R_FRAGMENT_LIMIT), 3);
    pair_end(&p);
}

static void reassembly_bytes(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.reassembly_bytes = 16 << 10});
    for (uint16_t id = 1; id <= 30; id++)
        inject_fragment(id, 0, 1480, true);
    assert_in_range(alone_totals(&p).reassemblies, 1, 11);
    assert_true(alone_given(&p, BONNET_R_FRAGMENT_LIMIT) >= 19);
    pair_end(&p);
}

static void fragments_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.fragments_max = 3});
    for (uint16_t i = 0; i < 5; i++)
        inject_fragment(1, (uint16_t)(16 * i), 8, true);
    assert_true(alone_given(&p, BONNET_R_FRAGMENT_LIMIT) > 0);
    pair_end(&p);
}

/* ---- tables ---- */

static void interfaces_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.interfaces_max = 1});
    const struct bonnet_if_config one = {.size = sizeof(one), .kind = BONNET_IF_IP};
    assert_int_equal(bonnet_if_add(p.b, &one), -ENOSPC);
    pair_end(&p);
}

static void routes_max(void **state)
{
    int r = 0;
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.routes_max = 3});
    for (uint8_t i = 0; i < 4 && r == 0; i++)
        r = bonnet_route_add(p.b, bonnet_ip4(10, i, 0, 0), 16, pair_addr(PAIR_A), PAIR_IFX);
    assert_int_equal(r, -ENOSPC);
    pair_end(&p);
}

/* ---- what strangers can make us say ---- */

static void replies_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.replies_max = 3});
    const struct tcp_seg stray = {.sport = 1, .dport = 9, .flags = TCP_ACK, .wnd = 1};
    for (int i = 0; i < 5; i++)
        pair_inject_tcp(&p, PAIR_B, &stray);
    alone_deliver_at_once(&p);
    assert_int_equal(alone_totals(&p).replies, 3);
    assert_int_equal(alone_given(&p, BONNET_R_REPLY_LIMIT), 2);
    pair_run(&p);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_RST_NO_SOCKET], 3);
    pair_end(&p);
}

static void icmp_errors_per_s(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.icmp_errors_per_s = 100});
    const uint8_t packet[28] = {0x45, 0, 0,  28, 0, 0, 0, 0, 64, 200, 0, 0, 10, 0,
                                0,    1, 10, 0,  0, 2, 0, 0, 0,  0,   0, 0, 0,  0};
    uint8_t whole[28];
    memcpy(whole, packet, sizeof(whole));
    const struct ip4_header h = {.src = pair_addr(PAIR_A),
                                 .dst = pair_addr(PAIR_B),
                                 .total_len = sizeof(whole),
                                 .ttl = 64,
                                 .protocol = 200};
    ip4_emit(&h, whole);
    for (int i = 0; i < 500; i++) {
        pair_inject(&p, PAIR_B, whole, sizeof(whole));
        pair_run(&p);
    }
    assert_in_range(alone.by_reason[BONNET_R_SEND_ICMP_ERROR], 1, 125);
    assert_int_equal(alone_given(&p, BONNET_R_ICMP_RATE),
                     500 - alone.by_reason[BONNET_R_SEND_ICMP_ERROR]);
    pair_end(&p);
}

#define VICTIMS 60u

/* Any number of connections, one ceiling; and it is not the same in each second. */
static void challenge_acks_per_s(void **state)
{
    uint64_t before = 0, least = UINT64_MAX, most = 0;
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.challenge_acks_per_s = 20, .somaxconn = VICTIMS});
    int l = pair_listen(&p, PORT);
    assert_int_equal(bonnet_listen(p.b, l, VICTIMS), 0);
    for (uint16_t port = 1; port <= VICTIMS; port++)
        alone_shake(&p, port);
    for (int second = 0; second < 20; second++) {
        pair_advance(&p, BONNET_S);
        for (uint16_t port = 1; port <= VICTIMS; port++)
            alone_inject(&p, port, TCP_RST, 1002, 0);
        uint64_t n = alone.by_reason[BONNET_R_SEND_CHALLENGE_ACK] - before;
        before += n;
        assert_in_range(n, 10, 20);
        if (n < least) least = n;
        if (n > most) most = n;
    }
    assert_true(least < most);
    assert_int_equal(alone_given(&p, BONNET_R_CHALLENGE_LIMIT), 20 * VICTIMS - before);
    pair_end(&p);
}

/* Half-open connections draw from the same bucket, and each has its limit. */
static void challenge_acks_of_half_open_connections(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.challenge_acks_per_s = 20});
    (void)pair_listen(&p, PORT);
    for (uint16_t port = 1; port <= 17; port++)
        alone_inject(&p, port, TCP_SYN, 1000, 0);
    for (int i = 0; i < 10; i++)
        alone_inject(&p, 1, TCP_ACK, 500, 0);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_CHALLENGE_ACK], 1);
    pair_advance(&p, 600 * BONNET_MS);
    for (uint16_t port = 1; port <= 17; port++)
        for (int i = 0; i < 3; i++)
            alone_inject(&p, port, TCP_ACK, 500, 0);
    assert_in_range(alone.by_reason[BONNET_R_SEND_CHALLENGE_ACK], 10, 18);
    assert_int_equal(alone_given(&p, BONNET_R_CHALLENGE_LIMIT),
                     61 - alone.by_reason[BONNET_R_SEND_CHALLENGE_ACK]);
    pair_end(&p);
}

/* Strangers, and those who guess at cookies or at a handshake: one bucket for all. */
static void rsts_per_s(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.rsts_per_s = 30, .syn_backlog_max = 1});
    (void)pair_listen(&p, PORT);
    alone_inject(&p, 1, TCP_SYN, 1000, 0);
    alone_inject(&p, 2, TCP_SYN, 1000, 0); /* a cookie is out */
    assert_int_equal(alone.by_reason[BONNET_R_SEND_SYN_COOKIE], 1);
    for (uint16_t i = 0; i < 100; i++) {
        alone_inject(&p, (uint16_t)(3 + i), TCP_ACK, 1, 1);
        alone_inject(&p, 1, TCP_ACK, 1001, i);
        alone_inject(&p, (uint16_t)(3 + i), TCP_SYN | TCP_ACK, 1, 1);
    }
    uint64_t sent =
        alone.by_reason[BONNET_R_SEND_RST_BAD_ACK] + alone.by_reason[BONNET_R_SEND_RST_NO_SOCKET];
    assert_in_range(sent, 15, 30);
    assert_int_equal(alone_given(&p, BONNET_R_TCP_RST_LIMIT), 300 - sent);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_max),
        cmocka_unit_test(neighbour_parked),
        cmocka_unit_test(reassembly_max),
        cmocka_unit_test(reassembly_bytes),
        cmocka_unit_test(fragments_max),
        cmocka_unit_test(interfaces_max),
        cmocka_unit_test(routes_max),
        cmocka_unit_test(replies_max),
        cmocka_unit_test(icmp_errors_per_s),
        cmocka_unit_test(challenge_acks_per_s),
        cmocka_unit_test(challenge_acks_of_half_open_connections),
        cmocka_unit_test(rsts_per_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
