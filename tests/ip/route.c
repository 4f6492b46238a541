/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes: the longest prefix, the first among equals, and destinations without a way. */
#include <errno.h>

#include "ip/libip.h"

static struct host h;
static struct path path;

static int add(uint32_t prefix, uint8_t bits, uint32_t gateway, int ifx)
{
    const struct ip_route r = {
        .prefix = a4(prefix), .gateway = a4(gateway), .bits = bits, .ifx = ifx};
    return ip_route_add(&h.ip, &h.w.env, &r);
}

static int route(uint32_t dst, int ifx)
{
    const struct bonnet_addr to = a4(dst);
    return ip_route(&h.ip, &h.w.env, &to, ifx, &path);
}

static void leads_to(int ifx, uint32_t next_hop, uint32_t src)
{
    assert_int_equal(path.ifx, ifx);
    assert_int_equal(addr_ip4(&path.next_hop), next_hop);
    assert_int_equal(addr_ip4(&path.src), src);
}

static void the_longest_prefix_wins(void **state)
{
    (void)state;
    const struct bonnet_addr second = a4(0x0a080002);
    host_begin(&h);
    assert_int_equal(route(0x08080808, 0), -ENETUNREACH);
    assert_int_equal(ip_addr_add(&h.ip, &h.w.env, 2, &second, 24), 0);
    assert_int_equal(add(0, 0, 0x0a0700fe, 1), 0);
    assert_int_equal(add(0x08000000, 8, 0x0a0800fe, 2), 0);
    assert_int_equal(add(0x08080808, 32, 0x0a070009, 1), 0);
    assert_int_equal(route(0x0a070001, 0), 0);
    leads_to(1, 0x0a070001, 0x0a070002);
    assert_int_equal(route(0x01010101, 0), 0);
    leads_to(1, 0x0a0700fe, 0x0a070002);
    assert_int_equal(route(0x08010101, 0), 0);
    leads_to(2, 0x0a0800fe, 0x0a080002);
    assert_int_equal(route(0x08080808, 0), 0);
    leads_to(1, 0x0a070009, 0x0a070002);
    assert_int_equal(route(0x08080808, 2), 0);
    leads_to(2, 0x0a0800fe, 0x0a080002);
    assert_int_equal(route(0x01010101, 2), -ENETUNREACH);
    assert_int_equal(path.mtu, 0);
    host_end(&h);
}

static void the_first_among_equals_wins(void **state)
{
    (void)state;
    const struct bonnet_addr any = a4(0);
    host_begin(&h);
    assert_int_equal(add(0, 0, 0x0a070001, 1), 0);
    assert_int_equal(add(0, 0, 0x0a070003, 1), 0);
    assert_int_equal(add(0, 0, 0x0a070001, 1), -EEXIST);
    assert_int_equal(route(0x01010101, 0), 0);
    leads_to(1, 0x0a070001, 0x0a070002);
    assert_int_equal(ip_route_del(&h.ip, &any, 0), 0);
    assert_int_equal(route(0x01010101, 0), 0);
    leads_to(1, 0x0a070003, 0x0a070002);
    assert_int_equal(ip_route_del(&h.ip, &any, 0), 0);
    assert_int_equal(ip_route_del(&h.ip, &any, 0), -ENOENT);
    host_end(&h);
}

/* @req IP-16: one of two default gateways falls silent; it is tried again after a minute, or when
 * the other one is silent as well. What it was not asked for goes on. */
static void silent_gateway_gives_way(void **state)
{
    (void)state;
    const struct bonnet_addr far = a4(0x01010101), near = a4(0x0a070009);
    host_begin(&h);
    assert_int_equal(add(0, 0, 0x0a070001, 1), 0);
    assert_int_equal(add(0, 0, 0x0a070003, 1), 0);
    assert_int_equal(add(0x09000000, 8, 0x0a070001, 1), 0);
    assert_false(ip_on_silent_hop(&h.ip, &h.w.env, &near, 1)); /* a host is no gateway */
    assert_int_equal(route(0x01010101, 0), 0);
    leads_to(1, 0x0a070001, 0x0a070002);
    for (int i = 0; i < 3; i++) /* three that waited for it */
        assert_true(ip_on_silent_hop(&h.ip, &h.w.env, &far, 1));
    assert_int_equal(route(0x01010101, 0), 0);
    leads_to(1, 0x0a070003, 0x0a070002);
    assert_int_equal(route(0x09010101, 0), 0); /* there is no other way */
    leads_to(1, 0x0a070001, 0x0a070002);
    h.w.env.now += BONNET_S;
    assert_false(ip_on_silent_hop(&h.ip, &h.w.env, &far, 1));
    assert_int_equal(route(0x01010101, 0), 0);
    leads_to(1, 0x0a070001, 0x0a070002);
    h.w.env.now += 60 * BONNET_S;
    assert_int_equal(route(0x01010101, 0), 0);
    leads_to(1, 0x0a070001, 0x0a070002);
    host_end(&h);
}

static void wrong_routes_are_refused(void **state)
{
    (void)state;
    const struct ip_route ip6 = {.prefix = {{0x20}}, .bits = 8, .ifx = 1};
    const struct ip_route through6 = {
        .prefix = a4(0), .gateway = {{0xfe, 0x80, [15] = 1}}, .ifx = 1};
    host_begin(&h);
    assert_int_equal(ip_route_add(&h.ip, &h.w.env, &ip6), -EAFNOSUPPORT);
    assert_int_equal(ip_route_add(&h.ip, &h.w.env, &through6), -EAFNOSUPPORT);
    assert_int_equal(add(0x0a000000, 33, 0, 1), -EINVAL);
    assert_int_equal(add(0x0a000001, 24, 0, 1), -EINVAL);
    assert_int_equal(add(0x0a000000, 8, 0xe0000001, 1), -EINVAL);
    h.w.env.limits.routes_max = 3;
    assert_int_equal(add(0x0b000000, 8, 0, 1), 0);
    assert_int_equal(add(0x0c000000, 8, 0, 1), 0);
    assert_int_equal(add(0x0d000000, 8, 0, 1), -ENOSPC);
    host_end(&h);
}

/* Growing the table keeps the order, and refused memory the table. */
static void many_routes_stay_in_order(void **state)
{
    (void)state;
    host_begin(&h);
    for (uint32_t i = 0; i < 200; i++) {
        unsigned bits = 8 + i * 7 % 24;
        uint32_t prefix = (0x0b000000 + (i << 24)) & (UINT32_MAX << (32 - bits));
        h.w.refuse_at = h.w.asked + 1;
        int r = add(prefix, (uint8_t)bits, 0x0a070001 + i % 3, 1);
        if (r == -ENOMEM) r = add(prefix, (uint8_t)bits, 0x0a070001 + i % 3, 1);
        h.w.refuse_at = 0;
        assert_true(r == 0 || r == -EEXIST);
    }
    for (uint32_t i = 1; i < h.ip.routes_n; i++)
        assert_true(h.ip.routes[i - 1].bits >= h.ip.routes[i].bits);
    assert_true(h.ip.routes_n > 100);
    host_end(&h);
}

/* @req IP-6: and there is no way to ourselves over a link. */
static void some_destinations_have_no_way(void **state)
{
    (void)state;
    static const uint32_t none[] = {0x00000000, 0x00000001, 0x7f000001, 0xf0000001, 0x0a070002};
    const struct bonnet_addr ip6 = {{0x20, [15] = 1}};
    host_begin(&h);
    assert_int_equal(add(0, 0, 0x0a070001, 1), 0);
    for (size_t i = 0; i < LENGTH(none); i++)
        assert_int_equal(route(none[i], 0), -ENETUNREACH);
    assert_int_equal(ip_route(&h.ip, &h.w.env, &ip6, 0, &path), -ENETUNREACH);
    host_end(&h);
}

static void broadcasts_and_groups_need_no_neighbour(void **state)
{
    (void)state;
    host_begin(&h);
    assert_int_equal(route(0x0a0700ff, 0), 0);
    leads_to(1, 0xffffffff, 0x0a070002);
    assert_true(path.broadcast);
    assert_int_equal(route(0xffffffff, 0), 0);
    leads_to(1, 0xffffffff, 0x0a070002);
    assert_int_equal(route(0xe00000fb, 0), -ENETUNREACH);
    assert_int_equal(route(0xe00000fb, 1), 0);
    leads_to(1, 0xe00000fb, 0x0a070002);
    assert_false(path.broadcast);
    assert_int_equal(add(0, 0, 0x0a070001, 1), 0);
    assert_int_equal(route(0xe00000fb, 0), 0);
    leads_to(1, 0xe00000fb, 0x0a070002);
    host_end(&h);
}

/* An interface without address speaks as another one's (RFC 1122 3.3.4.2); a host without any can
 * only shout, as DHCP does. @req IP-3 */
static void a_source_is_one_of_ours(void **state)
{
    (void)state;
    const struct bonnet_addr ours = a4(0x0a070002);
    host_begin(&h);
    assert_int_equal(add(0x0b000000, 8, 0, 2), 0);
    assert_int_equal(route(0x0b000001, 0), 0);
    leads_to(2, 0x0b000001, 0x0a070002);
    assert_int_equal(ip_addr_del(&h.ip, 1, &ours), 0);
    assert_int_equal(route(0x0b000001, 0), -ENETUNREACH);
    assert_int_equal(route(0xffffffff, 0), -ENETUNREACH);
    assert_int_equal(route(0xffffffff, 2), 0);
    leads_to(2, 0xffffffff, 0);
    host_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_prefix_wins),
        cmocka_unit_test(the_first_among_equals_wins),
        cmocka_unit_test(silent_gateway_gives_way),
        cmocka_unit_test(wrong_routes_are_refused),
        cmocka_unit_test(many_routes_stay_in_order),
        cmocka_unit_test(some_destinations_have_no_way),
        cmocka_unit_test(broadcasts_and_groups_need_no_neighbour),
        cmocka_unit_test(a_source_is_one_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
