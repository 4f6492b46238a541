/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of ours: what may be one, who is near, what is a broadcast, and whom we speak as. */
#include <errno.h>

#include "ip/libip.h"

static struct host h;

static int add(int ifx, uint32_t v, unsigned bits)
{
    const struct bonnet_addr a = a4(v);
    return ip_addr_add(&h.ip, &h.w.env, ifx, &a, bits);
}

static int del(int ifx, uint32_t v)
{
    const struct bonnet_addr a = a4(v);
    return ip_addr_del(&h.ip, ifx, &a);
}

static bool near(int ifx, uint32_t v)
{
    const struct bonnet_addr a = a4(v);
    return ip_is_near(&h.ip, ifx, &a);
}

static bool broadcast(int ifx, uint32_t v)
{
    const struct bonnet_addr a = a4(v);
    return ip_is_broadcast(&h.ip, ifx, &a);
}

static bool ours(uint32_t v)
{
    const struct bonnet_addr a = a4(v);
    return ip_is_ours(&h.ip, &a);
}

static uint32_t source(int ifx, uint32_t v)
{
    const struct bonnet_addr to = a4(v);
    const struct bonnet_addr from = ip_source_for(&h.ip, ifx, &to);
    return addr_ip4(&from);
}

/* @req IP-6 */
static void wrong_addresses_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t v;
        unsigned bits;
        int error;
    } rows[] = {
        {0x00000000, 24, -EINVAL}, {0x7f000001, 8, -EINVAL},   {0xe0000001, 24, -EINVAL},
        {0xffffffff, 32, -EINVAL}, {0xf0000001, 24, -EINVAL},  {0x0a0100ff, 24, -EINVAL},
        {0x0a010001, 33, -EINVAL}, {0x0a010001, 999, -EINVAL}, {0x0a0100ff, 31, 0},
        {0x0a0101ff, 32, 0},       {0x0a010001, 0, 0},         {0x0a070002, 24, -EEXIST},
        {0x0a070002, 8, -EEXIST},  {0x0a010005, 24, -ENOSPC},
    };
    const struct bonnet_addr ip6 = {{0xfe, 0x80, [15] = 1}};
    host_begin(&h);
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_int_equal(add(1, rows[i].v, rows[i].bits), rows[i].error);
    assert_int_equal(ip_addr_add(&h.ip, &h.w.env, 1, &ip6, 64), -EAFNOSUPPORT);
    assert_int_equal(h.ip.addrs_n, IP_ADDRS_PER_IF);
    assert_int_equal(add(2, 0x0a010005, 24), 0);
    host_end(&h);
}

static void edges_of_a_prefix_are_nobodys(void **state)
{
    (void)state;
    host_begin(&h);
    assert_true(near(1, 0x0a070001));
    assert_true(near(1, 0x0a0700fe));
    assert_false(near(1, 0x0a070000));
    assert_false(near(1, 0x0a0700ff));
    assert_false(near(1, 0x0a070100));
    assert_false(near(2, 0x0a070001));
    assert_true(broadcast(1, 0x0a0700ff));
    assert_true(broadcast(1, 0xffffffff));
    assert_true(broadcast(9, 0xffffffff));
    assert_false(broadcast(2, 0x0a0700ff));
    assert_false(broadcast(1, 0x0a070000));
    host_end(&h);
}

/* RFC 3021: two addresses, both of them hosts. */
static void a_prefix_of_31_bits_has_no_edges(void **state)
{
    (void)state;
    host_begin(&h);
    assert_int_equal(add(2, 0x0a090001, 31), 0);
    assert_true(near(2, 0x0a090000));
    assert_false(broadcast(2, 0x0a090001));
    assert_false(near(2, 0x0a090002));
    host_end(&h);
}

/* A host with one address and a gateway beyond its prefix, as clouds have it. */
static void a_gateway_is_near(void **state)
{
    (void)state;
    const struct ip_route gateway = {
        .prefix = a4(0), .gateway = a4(0x0a630001), .bits = 0, .ifx = 2};
    host_begin(&h);
    assert_int_equal(add(2, 0x0a090001, 32), 0);
    assert_false(near(2, 0x0a630001));
    assert_int_equal(ip_route_add(&h.ip, &h.w.env, &gateway), 0);
    assert_true(near(2, 0x0a630001));
    assert_false(near(2, 0x0a630002));
    assert_false(near(1, 0x0a630001));
    host_end(&h);
}

static void addresses_leave_with_their_routes(void **state)
{
    (void)state;
    const struct bonnet_addr prefix = a4(0x0a070000);
    host_begin(&h);
    assert_int_equal(h.ip.routes_n, 1);
    assert_int_equal(add(1, 0x0a070003, 24), 0);
    assert_int_equal(h.ip.routes_n, 1);
    assert_int_equal(ip_route_del(&h.ip, &prefix, 24), -ENOENT);
    assert_int_equal(del(1, 0x0a070002), 0);
    assert_int_equal(h.ip.routes_n, 1);
    assert_false(ours(0x0a070002));
    assert_true(ours(0x0a070003));
    assert_int_equal(del(2, 0x0a070003), -ENOENT);
    assert_int_equal(del(1, 0x0a070003), 0);
    assert_int_equal(h.ip.routes_n, 0);
    assert_false(near(1, 0x0a070001));
    assert_int_equal(del(1, 0x0a070003), -ENOENT);
    host_end(&h);
}

/* @req IP-3 @req IP-14 */
static void we_speak_as_the_address_of_the_prefix(void **state)
{
    (void)state;
    host_begin(&h);
    assert_int_equal(add(1, 0xc0a80002, 16), 0);
    assert_int_equal(source(1, 0x0a070001), 0x0a070002);
    assert_int_equal(source(1, 0xc0a80101), 0xc0a80002);
    assert_int_equal(source(1, 0x08080808), 0x0a070002);
    assert_int_equal(source(2, 0x08080808), 0);
    host_end(&h);
}

/* Without memory nothing is added, and nothing is half added. */
static void refused_memory_changes_nothing(void **state)
{
    (void)state;
    host_begin(&h);
    for (int i = 0; i < 3; i++)
        assert_int_equal(add(2 + i, 0x0a100001 + ((uint32_t)i << 8), 24), 0);
    for (uint64_t k = 1; k <= 2; k++) {
        h.w.refuse_at = h.w.asked + k;
        assert_int_equal(add(9, 0x0b000001, 24), -ENOMEM);
        assert_false(ours(0x0b000001));
        assert_false(near(9, 0x0b000002));
    }
    assert_int_equal(add(9, 0x0b000001, 24), 0);
    assert_true(ours(0x0b000001));
    host_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_addresses_are_refused),
        cmocka_unit_test(edges_of_a_prefix_are_nobodys),
        cmocka_unit_test(a_prefix_of_31_bits_has_no_edges),
        cmocka_unit_test(a_gateway_is_near),
        cmocka_unit_test(addresses_leave_with_their_routes),
        cmocka_unit_test(we_speak_as_the_address_of_the_prefix),
        cmocka_unit_test(refused_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
