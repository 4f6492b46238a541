/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The neighbour table: who waits, who is asked and how often, what gives way, what is left.
 */
#include <stdlib.h>
#include <string.h>

#include "link/liblink.h"

static struct station s;

static const struct eth_mac all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static uint32_t length(const struct list_node *list)
{
    uint32_t n = 0;
    for (const struct list_node *t = list->next; t != list; t = t->next)
        n++;
    return n;
}

static void confirm(uint32_t n)
{
    const struct bonnet_addr to = a4(addr_of(n));
    const struct link_hop hop = {s.eth, &to};
    link_confirm(&s.link, &s.w.env, &hop);
}

/* Makes neighbour n known. */
static void meet(uint32_t n)
{
    resolve(&s, addr_of(n), NULL, NULL);
    while (asks(&s, NULL) != 0)
        continue;
    assert_int_equal(answers(&s, n), BONNET_R_NONE);
}

static void some_next_hops_need_no_question(void **state)
{
    (void)state;
    struct eth_mac mac;
    const struct bonnet_addr to = a4(addr_of(1));
    const struct link_hop raw = {NULL, &to};
    station_begin(&s);
    assert_int_equal(resolve(&s, 0xffffffff, NULL, &mac), LINK_READY);
    assert_true(mac_is(mac, all));
    assert_int_equal(resolve(&s, 0xe1f00305, NULL, &mac), LINK_READY);
    assert_true(mac_is(mac, (struct eth_mac){{0x01, 0x00, 0x5e, 0x70, 0x03, 0x05}}));
    struct link_hop hop = raw;
    hop.netif = s.raw;
    assert_int_equal(link_resolve(&s.link, &s.w.env, &hop, NULL, &mac), LINK_READY);
    link_confirm(&s.link, &s.w.env, &hop);
    assert_int_equal(s.link.neighbours.n, 0);
    assert_int_equal(link_deadline(&s.link, &s.w.env), BONNET_NEVER);
    station_end(&s);
}

static void talkers_wait_and_come_back_in_order(void **state)
{
    (void)state;
    struct list_node talkers[5] = {0};
    struct eth_mac mac;
    station_begin(&s);
    for (size_t i = 0; i < 5; i++) {
        list_add_tail(&s.eth->talkers, &talkers[i]);
        assert_int_equal(resolve(&s, addr_of(1), &talkers[i], NULL), LINK_PARKED);
        assert_true(list_is_empty(&s.eth->talkers));
    }
    assert_int_equal(asks(&s, &mac), addr_of(1));
    assert_true(mac_is(mac, all));
    assert_int_equal(asks(&s, NULL), 0);
    assert_int_equal(answers(&s, 1), BONNET_R_NONE);
    struct list_node *t = list_first(&s.eth->talkers);
    for (size_t i = 0; i < 5; i++, t = list_after(&s.eth->talkers, t))
        assert_ptr_equal(t, &talkers[i]);
    assert_null(t);
    assert_int_equal(resolve(&s, addr_of(1), &talkers[0], &mac), LINK_READY);
    assert_true(mac_is(mac, mac_of(1)));
    station_end(&s);
}

/* RFC 1122 2.3.2.1: once a second, three times, then whoever waits is told; and at once again if
 * asked. */
static void three_silences_fail(void **state)
{
    (void)state;
    struct list_node talkers[2] = {0};
    station_begin(&s);
    for (int again = 0; again < 2; again++) {
        resolve(&s, addr_of(1), &talkers[0], NULL);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(link_deadline(&s.link, &s.w.env), s.w.env.now);
            assert_int_equal(asks(&s, NULL), addr_of(1));
            assert_int_equal(asks(&s, NULL), 0);
            assert_int_equal(link_deadline(&s.link, &s.w.env), s.w.env.now + BONNET_S);
            if (i == 1) resolve(&s, addr_of(1), &talkers[1], NULL);
            assert_int_equal(pass(&s, BONNET_S - 1), 0);
            assert_int_equal(asks(&s, NULL), 0);
            assert_int_equal(pass(&s, 1), i == 2 ? 2 : 0);
        }
        assert_int_equal(asks(&s, NULL), 0);
        assert_int_equal(s.link.neighbours.n, 0);
        assert_int_equal(s.link.incomplete_n, 0);
        assert_int_equal(link_deadline(&s.link, &s.w.env), BONNET_NEVER);
    }
    station_end(&s);
}

/* An interface that takes nothing does not keep talkers waiting for ever. */
static void a_stuck_interface_fails_as_well(void **state)
{
    (void)state;
    struct list_node talker = {0};
    station_begin(&s);
    resolve(&s, addr_of(1), &talker, NULL);
    assert_int_equal(pass(&s, BONNET_S) + pass(&s, BONNET_S), 0);
    assert_int_equal(pass(&s, BONNET_S), 1);
    assert_int_equal(asks(&s, NULL), 0);
    station_end(&s);
}

/* Time that leaps counts as one silence. */
static void a_leap_of_time_is_one_silence(void **state)
{
    (void)state;
    struct list_node talker = {0};
    station_begin(&s);
    resolve(&s, addr_of(1), &talker, NULL);
    assert_int_equal(pass(&s, 3600 * BONNET_S), 0);
    assert_int_equal(answers(&s, 1), BONNET_R_NONE);
    assert_ptr_equal(list_first(&s.eth->talkers), &talker);
    station_end(&s);
}

/* After 30 s the next use asks the station itself, and goes on using it meanwhile. */
static void a_stale_entry_is_verified_by_use(void **state)
{
    (void)state;
    struct eth_mac mac;
    station_begin(&s);
    meet(1);
    pass(&s, 30 * BONNET_S - 1);
    assert_int_equal(resolve(&s, addr_of(1), NULL, NULL), LINK_READY);
    assert_int_equal(asks(&s, NULL), 0);
    pass(&s, 1);
    assert_int_equal(link_deadline(&s.link, &s.w.env), BONNET_NEVER);
    pass(&s, 3600 * BONNET_S);
    assert_int_equal(asks(&s, NULL), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(resolve(&s, addr_of(1), NULL, &mac), LINK_READY);
        assert_true(mac_is(mac, mac_of(1)));
        assert_int_equal(asks(&s, &mac), addr_of(1));
        assert_true(mac_is(mac, mac_of(1)));
        assert_int_equal(asks(&s, NULL), 0);
        pass(&s, BONNET_S);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(resolve(&s, addr_of(1), NULL, NULL), LINK_PARKED);
        assert_int_equal(asks(&s, &mac), addr_of(1));
        assert_true(mac_is(mac, all));
        assert_int_equal(asks(&s, NULL), 0);
        pass(&s, i < 2 ? BONNET_S : 0);
    }
    assert_int_equal(answers(&s, 1), BONNET_R_NONE);
    assert_int_equal(resolve(&s, addr_of(1), NULL, NULL), LINK_READY);
    station_end(&s);
}

/* RFC 1122 2.3.2.1: the transport's progress is as good as an answer. */
static void confirmation_spares_the_question(void **state)
{
    (void)state;
    station_begin(&s);
    meet(1);
    for (int i = 0; i < 10; i++) {
        pass(&s, 20 * BONNET_S);
        confirm(1);
        assert_int_equal(resolve(&s, addr_of(1), NULL, NULL), LINK_READY);
        assert_int_equal(asks(&s, NULL), 0);
    }
    pass(&s, 30 * BONNET_S);
    resolve(&s, addr_of(1), NULL, NULL);
    confirm(1);
    assert_int_equal(asks(&s, NULL), 0);
    assert_int_equal(resolve(&s, addr_of(3), NULL, NULL), LINK_PARKED);
    confirm(3);
    confirm(4);
    assert_int_equal(resolve(&s, addr_of(3), NULL, NULL), LINK_PARKED);
    assert_int_equal(s.link.neighbours.n, 2);
    station_end(&s);
}

/* RFC 1122 3.3.1.4: the transport hears nothing: the next use asks. Who is asked already, or is not
 * known, is not asked for that. */
static void doubt_asks_at_the_next_use(void **state)
{
    (void)state;
    const struct bonnet_addr known = a4(addr_of(1)), unknown = a4(addr_of(4));
    station_begin(&s);
    meet(1);
    for (int i = 0; i < 2; i++)
        link_doubt(&s.link, &s.w.env, &(struct link_hop){s.eth, &known});
    link_doubt(&s.link, &s.w.env, &(struct link_hop){s.eth, &unknown});
    assert_int_equal(asks(&s, NULL), 0);
    assert_int_equal(resolve(&s, addr_of(1), NULL, NULL), LINK_READY);
    assert_int_equal(asks(&s, NULL), addr_of(1));
    link_doubt(&s.link, &s.w.env, &(struct link_hop){s.eth, &known});
    assert_int_equal(asks(&s, NULL), 0);
    assert_int_equal(s.link.neighbours.n, 1);
    station_end(&s);
}

static void a_full_waiting_room_refuses(void **state)
{
    (void)state;
    static struct list_node talkers[300];
    memset(talkers, 0, sizeof(talkers));
    station_begin(&s);
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(resolve(&s, addr_of(1), &talkers[i], NULL),
                         i < 256 ? LINK_PARKED : LINK_REFUSED);
    assert_false(list_holds(&talkers[256]));
    for (uint32_t i = 0; i < 10; i++)
        link_forget(&talkers[i * 7]);
    for (uint32_t i = 256; i < 300; i++)
        assert_int_equal(resolve(&s, addr_of(1), &talkers[i], NULL),
                         i < 266 ? LINK_PARKED : LINK_REFUSED);
    assert_int_equal(resolve(&s, addr_of(1), NULL, NULL), LINK_PARKED);
    assert_int_equal(answers(&s, 1), BONNET_R_NONE);
    assert_int_equal(length(&s.eth->talkers), 256);
    station_end(&s);
}

static void forgetting_is_harmless_anywhere(void **state)
{
    (void)state;
    struct list_node talker = {0};
    station_begin(&s);
    link_forget(&talker);
    resolve(&s, addr_of(1), &talker, NULL);
    link_forget(&talker);
    link_forget(&talker);
    assert_int_equal(pass(&s, BONNET_S) + pass(&s, BONNET_S) + pass(&s, BONNET_S), 0);
    assert_int_equal(s.link.neighbours.n, 0);
    station_end(&s);
}

/* BA-FLOOD: we are made to ask for a million addresses that do not exist. Whom we speak with stays
 * known as long as there are not more of them than half of the table. */
static void ba_flood_of_our_own_questions(void **state)
{
    (void)state;
    enum { PEERS = 512 };
    struct list_node talker = {0};
    station_begin(&s);
    for (uint32_t n = 0; n < PEERS; n++)
        meet(0x100 + n);
    for (uint32_t i = 0; i < 1000000; i++) {
        resolve(&s, 0x0b000000 + i, &talker, NULL);
        assert_true(s.link.neighbours.n <= 1024);
        link_forget(&talker);
    }
    assert_true(s.w.env.memory_peak < 300000);
    for (uint32_t n = 0; n < PEERS; n++)
        assert_int_equal(resolve(&s, addr_of(0x100 + n), NULL, NULL), LINK_READY);
    station_end(&s);
}

/* What gives way: stale before reachable, the oldest first; whoever waited for it is told. */
static void the_oldest_stale_entry_gives_way(void **state)
{
    (void)state;
    struct list_node talker = {0};
    station_begin(&s);
    s.w.env.limits.neighbours_max = 4;
    meet(10);
    meet(11);
    pass(&s, 30 * BONNET_S);
    meet(12);
    meet(13);
    assert_int_equal(resolve(&s, addr_of(14), &talker, NULL), LINK_PARKED);
    assert_int_equal(s.link.neighbours.n, 4);
    meet(15);
    assert_int_equal(resolve(&s, addr_of(12), NULL, NULL), LINK_READY);
    assert_int_equal(resolve(&s, addr_of(13), NULL, NULL), LINK_READY);
    meet(16);
    assert_int_equal(resolve(&s, addr_of(13), NULL, NULL), LINK_READY);
    assert_int_equal(length(&s.link.failed), 0);
    assert_int_equal(resolve(&s, addr_of(20), NULL, NULL), LINK_PARKED);
    assert_int_equal(resolve(&s, addr_of(21), NULL, NULL), LINK_PARKED);
    assert_int_equal(resolve(&s, addr_of(22), NULL, NULL), LINK_PARKED);
    assert_ptr_equal(list_first(&s.link.failed), &talker);
    while (asks(&s, NULL) != 0)
        continue;
    assert_int_equal(link_deadline(&s.link, &s.w.env), s.w.env.now);
    assert_int_equal(pass(&s, 0), 1);
    assert_true(link_deadline(&s.link, &s.w.env) > s.w.env.now);
    station_end(&s);
}

/* A table of one place serves one neighbour at a time. */
static void a_table_of_one_place_works(void **state)
{
    (void)state;
    station_begin(&s);
    s.w.env.limits.neighbours_max = 1;
    for (uint32_t n = 10; n < 20; n++) {
        meet(n);
        assert_int_equal(resolve(&s, addr_of(n), NULL, NULL), LINK_READY);
    }
    pass(&s, 30 * BONNET_S);
    assert_int_equal(resolve(&s, addr_of(19), NULL, NULL), LINK_READY);
    meet(20);
    assert_int_equal(s.link.neighbours.n, 1);
    station_end(&s);
}

/* The k-th allocation fails, for every k: the packet is refused, and the next one asks. */
static void refused_memory_refuses_the_packet(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= 2; k++) {
        struct list_node talker = {0};
        station_begin(&s);
        s.w.refuse_at = s.w.asked + k;
        assert_int_equal(resolve(&s, addr_of(1), &talker, NULL), LINK_REFUSED);
        assert_false(list_holds(&talker));
        assert_int_equal(asks(&s, NULL), 0);
        assert_int_equal(resolve(&s, addr_of(1), &talker, NULL), LINK_PARKED);
        assert_int_equal(asks(&s, NULL), addr_of(1));
        station_end(&s);
    }
}

/* The same address behind two interfaces is two neighbours. */
static void interfaces_have_neighbours_of_their_own(void **state)
{
    (void)state;
    const struct bonnet_if_config config = ethernet();
    const struct bonnet_addr to = a4(addr_of(1));
    struct eth_mac mac;
    station_begin(&s);
    meet(1);
    struct netif *other = link_if(&s.link, link_if_add(&s.link, &s.w.env, &config));
    const struct link_hop hop = {other, &to};
    assert_int_equal(link_resolve(&s.link, &s.w.env, &hop, NULL, &mac), LINK_PARKED);
    assert_int_equal(asks(&s, NULL), 0);
    struct arp_packet p;
    assert_true(link_output(other, &p, &mac));
    assert_int_equal(s.link.neighbours.n, 2);
    station_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_next_hops_need_no_question),
        cmocka_unit_test(talkers_wait_and_come_back_in_order),
        cmocka_unit_test(three_silences_fail),
        cmocka_unit_test(a_stuck_interface_fails_as_well),
        cmocka_unit_test(a_leap_of_time_is_one_silence),
        cmocka_unit_test(a_stale_entry_is_verified_by_use),
        cmocka_unit_test(confirmation_spares_the_question),
        cmocka_unit_test(doubt_asks_at_the_next_use),
        cmocka_unit_test(a_full_waiting_room_refuses),
        cmocka_unit_test(forgetting_is_harmless_anywhere),
        cmocka_unit_test(ba_flood_of_our_own_questions),
        cmocka_unit_test(the_oldest_stale_entry_gives_way),
        cmocka_unit_test(a_table_of_one_place_works),
        cmocka_unit_test(refused_memory_refuses_the_packet),
        cmocka_unit_test(interfaces_have_neighbours_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
