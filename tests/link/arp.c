/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP: who is believed, and who is answered. */
#include "link/liblink.h"

static struct station s;

static bool knows(uint32_t n, struct eth_mac mac)
{
    struct eth_mac found;
    return resolve(&s, addr_of(n), NULL, &found) == LINK_READY && mac_is(found, mac);
}

/* Makes neighbour n known. */
static void meet(uint32_t n)
{
    assert_int_equal(resolve(&s, addr_of(n), NULL, NULL), LINK_PARKED);
    assert_int_equal(asks(&s, NULL), addr_of(n));
    assert_int_equal(answers(&s, n), BONNET_R_NONE);
    assert_true(knows(n, mac_of(n)));
}

static void a_question_about_us_is_answered(void **state)
{
    (void)state;
    station_begin(&s);
    assert_int_equal(hears(&s, ARP_REQUEST, addr_of(1), mac_of(1), OURS), BONNET_R_NONE);
    assert_int_equal(s.reply.op, ARP_REPLY);
    assert_int_equal(addr_ip4(&s.reply.sender), OURS);
    assert_int_equal(addr_ip4(&s.reply.target), addr_of(1));
    assert_true(mac_is(s.reply.sender_mac, s.eth->mac));
    assert_true(mac_is(s.reply.target_mac, mac_of(1)));
    assert_int_equal(s.link.neighbours.n, 0);
    assert_int_equal(hears(&s, ARP_REQUEST, addr_of(1), mac_of(1), addr_of(3)),
                     BONNET_R_ARP_NOT_FOR_US);
    assert_int_equal(s.reply.op, 0);
    station_end(&s);
}

/* RFC 5227 2.1.1: a probe for our address is answered, or the prober would take it. */
static void a_probe_is_told_that_the_address_is_taken(void **state)
{
    (void)state;
    station_begin(&s);
    assert_int_equal(hears(&s, ARP_REQUEST, 0, mac_of(1), OURS), BONNET_R_NONE);
    assert_int_equal(s.reply.op, ARP_REPLY);
    assert_true(mac_is(s.reply.target_mac, mac_of(1)));
    assert_int_equal(hears(&s, ARP_REQUEST, 0, mac_of(1), addr_of(3)), BONNET_R_ARP_NOT_FOR_US);
    assert_int_equal(hears(&s, ARP_REPLY, 0, mac_of(1), OURS), BONNET_R_ARP_SENDER);
    assert_int_equal(s.link.neighbours.n, 0);
    station_end(&s);
}

/* BA-POISON: the first answer counts; later ones, and answers to nobody's question, do not. */
static void ba_poison_unsolicited(void **state)
{
    (void)state;
    station_begin(&s);
    assert_int_equal(answers(&s, 1), BONNET_R_ARP_UNSOLICITED);
    assert_int_equal(s.link.neighbours.n, 0);
    meet(1);
    assert_int_equal(hears(&s, ARP_REPLY, addr_of(1), mac_of(66), OURS), BONNET_R_ARP_UNSOLICITED);
    assert_true(knows(1, mac_of(1)));
    pass(&s, 30 * BONNET_S);
    assert_int_equal(hears(&s, ARP_REPLY, addr_of(1), mac_of(66), OURS), BONNET_R_ARP_UNSOLICITED);
    assert_true(knows(1, mac_of(1)));
    assert_int_equal(resolve(&s, addr_of(3), NULL, NULL), LINK_PARKED);
    assert_int_equal(hears(&s, ARP_REPLY, addr_of(3), mac_of(3), addr_of(9)),
                     BONNET_R_ARP_NOT_FOR_US);
    assert_int_equal(resolve(&s, addr_of(3), NULL, NULL), LINK_PARKED);
    station_end(&s);
}

/* BA-POISON: senders that cannot be a neighbour, and one that claims to be us. */
static void ba_poison_senders(void **state)
{
    (void)state;
    const struct eth_mac all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, group = {{1, 0, 0x5e}},
                         zero = {{0}};
    station_begin(&s);
    for (uint16_t op = ARP_REQUEST; op <= ARP_REPLY; op++) {
        resolve(&s, addr_of(1), NULL, NULL);
        assert_int_equal(hears(&s, op, addr_of(1), all, OURS), BONNET_R_ARP_SENDER);
        assert_int_equal(hears(&s, op, addr_of(1), group, OURS), BONNET_R_ARP_SENDER);
        assert_int_equal(hears(&s, op, addr_of(1), zero, OURS), BONNET_R_ARP_SENDER);
        assert_int_equal(hears(&s, op, addr_of(1), s.eth->mac, OURS), BONNET_R_ARP_SENDER);
        assert_int_equal(hears(&s, op, 0x08080808, mac_of(1), OURS), BONNET_R_ARP_SENDER);
        assert_int_equal(hears(&s, op, OURS, mac_of(66), OURS), BONNET_R_ARP_CONFLICT);
        assert_int_equal(hears(&s, op, OURS, mac_of(66), addr_of(1)), BONNET_R_ARP_CONFLICT);
        assert_int_equal(hears(&s, op, OURS, s.eth->mac, OURS), BONNET_R_ARP_SENDER);
        assert_int_equal(s.reply.op, 0);
    }
    assert_int_equal(resolve(&s, addr_of(1), NULL, NULL), LINK_PARKED);
    assert_int_equal(s.link.neighbours.n, 1);
    station_end(&s);
}

/* BA-RARP: reverse ARP and whatever else is no operation of ours. */
static void ba_rarp(void **state)
{
    (void)state;
    station_begin(&s);
    resolve(&s, addr_of(1), NULL, NULL);
    for (unsigned op = 0; op < 65536; op++) {
        if (op == ARP_REQUEST || op == ARP_REPLY) continue;
        assert_int_equal(hears(&s, (uint16_t)op, addr_of(1), mac_of(1), OURS),
                         BONNET_R_ARP_MALFORMED);
    }
    assert_int_equal(resolve(&s, addr_of(1), NULL, NULL), LINK_PARKED);
    station_end(&s);
}

/* A station got a new card: its question, or its announcement, is tried, and verified by the next
 * use. */
static void an_entry_is_updated_as_a_rumour(void **state)
{
    (void)state;
    static const struct {
        uint16_t op;
        uint32_t target;
    } rows[] = {{ARP_REQUEST, OURS}, {ARP_REQUEST, 0x0a070001}, {ARP_REPLY, 0x0a070001}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct eth_mac to;
        station_begin(&s);
        meet(1);
        assert_int_equal(hears(&s, rows[i].op, addr_of(1), mac_of(7), rows[i].target),
                         BONNET_R_NONE);
        assert_int_equal(s.reply.op, rows[i].target == OURS ? ARP_REPLY : 0);
        assert_int_equal(asks(&s, NULL), 0);
        assert_true(knows(1, mac_of(7)));
        assert_int_equal(asks(&s, &to), addr_of(1));
        assert_true(mac_is(to, mac_of(7)));
        assert_int_equal(answers(&s, 1), BONNET_R_NONE);
        assert_true(knows(1, mac_of(1)));
        station_end(&s);
    }
}

/* What is known already proves nothing new: a reachable entry stays so and does not last longer. */
static void the_same_again_changes_nothing(void **state)
{
    (void)state;
    station_begin(&s);
    meet(1);
    bonnet_time deadline = link_deadline(&s.link, &s.w.env);
    pass(&s, 10 * BONNET_S);
    assert_int_equal(hears(&s, ARP_REQUEST, addr_of(1), mac_of(1), OURS), BONNET_R_NONE);
    assert_int_equal(link_deadline(&s.link, &s.w.env), deadline);
    assert_true(knows(1, mac_of(1)));
    assert_int_equal(asks(&s, NULL), 0);
    station_end(&s);
}

/* Two stations that ask for each other at the same time: the question answers ours, as a rumour. */
static void a_question_completes_ours(void **state)
{
    (void)state;
    struct list_node talker = {0};
    station_begin(&s);
    assert_int_equal(resolve(&s, addr_of(1), &talker, NULL), LINK_PARKED);
    assert_int_equal(hears(&s, ARP_REQUEST, addr_of(1), mac_of(1), OURS), BONNET_R_NONE);
    assert_ptr_equal(list_first(&s.eth->talkers), &talker);
    assert_int_equal(asks(&s, NULL), 0);
    assert_true(knows(1, mac_of(1)));
    assert_int_equal(asks(&s, NULL), addr_of(1));
    station_end(&s);
}

static void announcements_add_nobody(void **state)
{
    (void)state;
    station_begin(&s);
    assert_int_equal(hears(&s, ARP_REQUEST, addr_of(1), mac_of(1), addr_of(1)),
                     BONNET_R_ARP_NOT_FOR_US);
    assert_int_equal(hears(&s, ARP_REPLY, addr_of(1), mac_of(1), addr_of(1)),
                     BONNET_R_ARP_UNSOLICITED);
    assert_int_equal(s.link.neighbours.n, 0);
    station_end(&s);
}

/* BA-FLOOD: a million senders, in each way that is answered, refused or ignored. */
static void ba_flood(void **state)
{
    (void)state;
    station_begin(&s);
    meet(1);
    uint64_t asked = s.w.asked;
    for (uint32_t i = 0; i < 1000000; i++) {
        uint32_t sender = addr_of(3 + i % 65000);
        uint32_t target = i % 3 == 0 ? sender : OURS;
        hears(&s, i % 2 ? ARP_REQUEST : ARP_REPLY, sender, mac_of(i), target);
    }
    assert_int_equal(s.link.neighbours.n, 1);
    assert_int_equal(s.w.asked, asked);
    assert_true(knows(1, mac_of(1)));
    station_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_about_us_is_answered),
        cmocka_unit_test(a_probe_is_told_that_the_address_is_taken),
        cmocka_unit_test(ba_poison_unsolicited),
        cmocka_unit_test(ba_poison_senders),
        cmocka_unit_test(ba_rarp),
        cmocka_unit_test(an_entry_is_updated_as_a_rumour),
        cmocka_unit_test(the_same_again_changes_nothing),
        cmocka_unit_test(a_question_completes_ours),
        cmocka_unit_test(announcements_add_nobody),
        cmocka_unit_test(ba_flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
