/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses: classes, prefixes, texts. */
#include "wire/addr.h"
#include "libwire.h"
#include <errno.h>

static void classes_of_ip4(void **state)
{
    (void)state;
    static const struct {
        uint32_t addr;
        bool any, multicast, loopback, broadcast, source;
    } rows[] = {
        {0x00000000, true, false, false, false, false},
        {0x00000001, false, false, false, false, false},
        {0x00ffffff, false, false, false, false, false},
        {0x01000000, false, false, false, false, true},
        {0x0a000001, false, false, false, false, true},
        {0x7effffff, false, false, false, false, true},
        {0x7f000000, false, false, true, false, false},
        {0x7fffffff, false, false, true, false, false},
        {0x80000000, false, false, false, false, true},
        {0xdfffffff, false, false, false, false, true},
        {0xe0000000, false, true, false, false, false},
        {0xefffffff, false, true, false, false, false},
        {0xf0000000, false, false, false, false, false},
        {0xfffffffe, false, false, false, false, false},
        {0xffffffff, false, false, false, true, false},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct bonnet_addr a = addr_from_ip4(rows[i].addr);
        assert_true(addr_is_ip4(&a) && bonnet_addr_is_ip4(a));
        assert_int_equal(addr_ip4(&a), rows[i].addr);
        assert_int_equal(addr_is_any(&a), rows[i].any);
        assert_int_equal(bonnet_addr_is_any(a), rows[i].any);
        assert_int_equal(addr_is_multicast(&a), rows[i].multicast);
        assert_int_equal(addr_is_loopback(&a), rows[i].loopback);
        assert_int_equal(addr_is_limited_broadcast(&a), rows[i].broadcast);
        assert_int_equal(addr_may_be_source(&a), rows[i].source); /* B4-MARTIAN */
    }
}

static void ip6_is_in_no_class_of_ip4(void **state)
{
    (void)state;
    struct bonnet_addr any = {{0}};
    assert_true(addr_is_any(&any) && bonnet_addr_is_any(any));
    assert_false(addr_is_ip4(&any));
    /* Each byte of the prefix matters. */
    for (size_t i = 0; i < 12; i++) {
        struct bonnet_addr a = bonnet_ip4(224, 0, 0, 1);
        a.b[i] ^= 1;
        assert_false(addr_is_ip4(&a) || bonnet_addr_is_ip4(a));
        assert_false(addr_is_multicast(&a) || addr_is_any(&a) || addr_may_be_source(&a));
        memset(a.b + 12, 0xff, 4);
        assert_false(addr_is_limited_broadcast(&a));
        a.b[12] = 127;
        assert_false(addr_is_loopback(&a));
    }
}

static void every_byte_makes_another_address(void **state)
{
    (void)state;
    struct bonnet_addr a = bonnet_ip4(1, 2, 3, 4);
    assert_true(addr_eq(&a, &a) && bonnet_addr_equal(a, a));
    for (size_t i = 0; i < 16; i++) {
        struct bonnet_addr b = a;
        b.b[i] ^= 0x10;
        assert_false(addr_eq(&a, &b) || bonnet_addr_equal(a, b));
    }
}

static void prefixes_agree_bit_by_bit(void **state)
{
    (void)state;
    struct bonnet_addr net = bonnet_ip4(170, 85, 204, 51);
    for (unsigned differs = 0; differs < 32; differs++) {
        struct bonnet_addr a = addr_from_ip4(addr_ip4(&net) ^ 0x80000000u >> differs);
        for (unsigned bits = 0; bits <= 32; bits++)
            assert_int_equal(addr_in_prefix(&a, &net, bits), bits <= differs);
    }
    assert_true(addr_in_prefix(&net, &net, 32));
    assert_false(addr_in_prefix(&net, &net, 33));
}

static void prefixes_keep_families_apart(void **state)
{
    (void)state;
    struct bonnet_addr four = bonnet_ip4(0, 0, 0, 0), six = {{0x20, 1, 0x0d, 0xb8}};
    struct bonnet_addr near = six;
    near.b[15] = 1;
    assert_false(addr_in_prefix(&four, &six, 0));
    assert_false(addr_in_prefix(&six, &four, 0));
    assert_true(addr_in_prefix(&near, &six, 127));
    assert_false(addr_in_prefix(&near, &six, 128));
    assert_true(addr_in_prefix(&six, &six, 128));
    assert_false(addr_in_prefix(&six, &six, 129));
}

static void texts_of_addresses(void **state)
{
    (void)state;
    static const struct {
        struct bonnet_addr addr;
        const char *text;
    } rows[] = {
        {{{[10] = 0xff, 0xff, 0, 0, 0, 0}}, "0.0.0.0"},
        {{{[10] = 0xff, 0xff, 10, 0, 0, 1}}, "10.0.0.1"},
        {{{[10] = 0xff, 0xff, 255, 255, 255, 255}}, "255.255.255.255"},
        {{{0}}, "::"},
        {{{[15] = 1}}, "::1"},
        {{{0xfe, 0x80}}, "fe80::"},
        {{{0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, "2001:db8::1"},
        {{{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}}, "2001:db8:0:1::1"},
        /* RFC 5952 4.2.2: one group is not shortened; 4.2.3: the longest run, the first of equals.
         */
        {{{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}}, "2001:db8:0:1:1:1:1:1"},
        {{{0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}}, "2001:0:0:1::1"},
        {{{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}}, "2001:db8::1:0:0:1"},
        {{{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 0, 0, 0}}, "1:2:3:4:5:6::"},
        {{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
           0xff}},
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char text[BONNET_ADDR_TEXT];
        assert_string_equal(bonnet_addr_print(rows[i].addr, text), rows[i].text);
    }
}

static void dotted_texts_are_read_exactly(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",          ".",          "1",        "1.2.3",      "1.2.3.",
        "1.2.3.4.",  "1.2.3.4.5",  ".1.2.3",   "1..2.3",     "256.1.1.1",
        "1.1.1.256", "1.1.1.1000", "01.1.1.1", "1.1.1.00",   " 1.2.3.4",
        "1.2.3.4 ",  "1.2.3.4\n",  "-1.2.3.4", "+1.2.3.4",   "0x1.2.3.4",
        "1.2.3.a",   "::1",        "1,2,3,4",  "1.2.3.4:80", "4294967296.1.1.1",
        "1.2.3.4/8",
    };
    struct bonnet_addr a = bonnet_ip4(9, 9, 9, 9), before = a;
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        assert_int_equal(bonnet_addr_parse(wrong[i], &a), -EINVAL);
        assert_true(addr_eq(&a, &before));
    }
    assert_int_equal(bonnet_addr_parse("0.10.200.255", &a), 0);
    assert_int_equal(addr_ip4(&a), 0x000ac8ff);
}

static void what_is_printed_is_read(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 5000; i++) {
        struct bonnet_addr a = addr_from_ip4(any_u32(&seed)), back;
        char text[BONNET_ADDR_TEXT];
        assert_int_equal(bonnet_addr_parse(bonnet_addr_print(a, text), &back), 0);
        assert_true(addr_eq(&a, &back));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_of_ip4),
        cmocka_unit_test(ip6_is_in_no_class_of_ip4),
        cmocka_unit_test(every_byte_makes_another_address),
        cmocka_unit_test(prefixes_agree_bit_by_bit),
        cmocka_unit_test(prefixes_keep_families_apart),
        cmocka_unit_test(texts_of_addresses),
        cmocka_unit_test(dotted_texts_are_read_exactly),
        cmocka_unit_test(what_is_printed_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
