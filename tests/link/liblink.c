/* SPDX-License-Identifier: BSD-2-Clause */
/* The station of the tests, and its neighbours. */
#include "link/liblink.h"

#include <string.h>

struct bonnet_addr a4(uint32_t v)
{
    return addr_from_ip4(v);
}

struct eth_mac mac_of(uint32_t n)
{
    return (struct eth_mac){
        {2, (uint8_t)(n >> 24), 1, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
}

uint32_t addr_of(uint32_t n)
{
    return 0x0a070000u + n;
}

struct bonnet_if_config ethernet(void)
{
    return (struct bonnet_if_config){
        .size = sizeof(struct bonnet_if_config),
        .kind = BONNET_IF_ETHERNET,
        .name = "eth",
        .mac = {2, 0, 0, 0, 0, 2},
    };
}

void station_begin(struct station *s)
{
    struct bonnet_if_config config = ethernet();
    world_begin(&s->w);
    s->w.env.now = 1000 * BONNET_S;
    assert_int_equal(link_init(&s->link, &s->w.env), 0);
    assert_int_equal(link_if_add(&s->link, &s->w.env, &config), 1);
    config.kind = BONNET_IF_IP;
    assert_int_equal(link_if_add(&s->link, &s->w.env, &config), 2);
    s->eth = link_if(&s->link, 1);
    s->raw = link_if(&s->link, 2);
}

void station_end(struct station *s)
{
    link_fini(&s->link, &s->w.env);
    world_end(&s->w);
}

enum link_way resolve(struct station *s, uint32_t addr, struct list_node *talker,
                      struct eth_mac *mac)
{
    struct eth_mac ignored;
    const struct bonnet_addr to = a4(addr);
    const struct link_hop hop = {s->eth, &to};
    enum link_way way = link_resolve(&s->link, &s->w.env, &hop, talker, mac ? mac : &ignored);
    world_check(&s->w);
    return way;
}

enum bonnet_reason hears(struct station *s, uint16_t op, uint32_t sender, struct eth_mac mac,
                         uint32_t target)
{
    const struct arp_packet p = {
        .op = op,
        .sender_mac = mac,
        .sender = a4(sender),
        .target_mac = s->eth->mac,
        .target = a4(target),
    };
    const struct link_arp arp = {
        .netif = s->eth,
        .packet = &p,
        .target_is_ours = target == OURS,
        .sender_is_ours = sender == OURS,
        .sender_is_near = sender >> 16 == OURS >> 16,
    };
    return link_arp_input(&s->link, &s->w.env, &arp, &s->reply);
}

enum bonnet_reason answers(struct station *s, uint32_t n)
{
    return hears(s, ARP_REPLY, addr_of(n), mac_of(n), OURS);
}

uint32_t asks(struct station *s, struct eth_mac *to)
{
    struct arp_packet p;
    struct eth_mac ignored;
    if (!link_output(s->eth, &p, to ? to : &ignored)) return 0;
    assert_int_equal(p.op, ARP_REQUEST);
    assert_true(mac_is(p.sender_mac, s->eth->mac));
    return addr_ip4(&p.target);
}

uint32_t pass(struct station *s, bonnet_time ns)
{
    uint32_t failed = 0;
    s->w.env.now += ns;
    link_tick(&s->link, &s->w.env);
    for (struct list_node *t; (t = list_first(&s->link.failed)); failed++)
        link_forget(t);
    return failed;
}

bool mac_is(struct eth_mac a, struct eth_mac b)
{
    return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}
