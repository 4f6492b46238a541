/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP packets: short ones, those of other hardware or protocols, round trips. */
#include "wire/arp.h"
#include "libwire.h"
#include "wire/addr.h"

static const uint8_t request[ARP_LENGTH] = {
    0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
};

static void a_request_is_read(void **state)
{
    (void)state;
    struct arp_packet a;
    assert_int_equal(arp_parse(&a, request, ARP_LENGTH), BONNET_R_NONE);
    assert_int_equal(a.op, ARP_REQUEST);
    assert_memory_equal(a.sender_mac.b, request + 8, 6);
    assert_true(eth_mac_is_zero(a.target_mac));
    assert_int_equal(addr_ip4(&a.sender), 0x0a000001);
    assert_int_equal(addr_ip4(&a.target), 0x0a000002);
    assert_true(addr_is_ip4(&a.sender) && addr_is_ip4(&a.target));
}

/* BA-SHORT */
static void short_packets_are_malformed(void **state)
{
    (void)state;
    struct arp_packet a;
    for (uint32_t len = 0; len < ARP_LENGTH; len++) {
        uint8_t *p = exactly(request, len);
        assert_int_equal(arp_parse(&a, p, len), BONNET_R_ARP_MALFORMED);
        give_back(p, len);
    }
}

/* BA-SHORT: hlen other than 6, plen other than 4, and no other hardware or protocol. */
static void the_first_six_bytes_have_one_value(void **state)
{
    (void)state;
    struct arp_packet a;
    uint8_t p[ARP_LENGTH];
    for (size_t at = 0; at < 6; at++) {
        memcpy(p, request, sizeof(p));
        for (unsigned v = 0; v < 256; v++) {
            p[at] = (uint8_t)v;
            enum bonnet_reason want = v == request[at] ? BONNET_R_NONE : BONNET_R_ARP_MALFORMED;
            assert_int_equal(arp_parse(&a, p, sizeof(p)), want);
        }
    }
}

/* BA-RARP: other operations are read as what they are, for link/ to ignore. Padding does not
 * matter. */
static void what_is_emitted_is_parsed(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 1000; i++) {
        struct arp_packet a, back;
        uint8_t p[60];
        any_bytes(&seed, p, sizeof(p));
        a.op = any_u16(&seed);
        any_bytes(&seed, a.sender_mac.b, 6);
        any_bytes(&seed, a.target_mac.b, 6);
        a.sender = addr_from_ip4(any_u32(&seed));
        a.target = addr_from_ip4(any_u32(&seed));
        arp_emit(&a, p);
        assert_int_equal(arp_parse(&back, p, sizeof(p)), BONNET_R_NONE);
        assert_int_equal(a.op, back.op);
        assert_true(eth_mac_equal(a.sender_mac, back.sender_mac));
        assert_true(eth_mac_equal(a.target_mac, back.target_mac));
        assert_true(addr_eq(&a.sender, &back.sender) && addr_eq(&a.target, &back.target));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(short_packets_are_malformed),
        cmocka_unit_test(the_first_six_bytes_have_one_value),
        cmocka_unit_test(what_is_emitted_is_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
