/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams that leave in pieces: the cut, and identifications that nobody can guess. */
#include <string.h>

#include "ip/libip.h"

static struct host h;

/* Cuts a datagram and puts it together again. */
static void there_and_back(uint32_t text, uint16_t mtu, uint32_t pieces_n)
{
    uint32_t n = 0;
    enum bonnet_reason r = BONNET_R_FRAGMENT_HELD;
    for (uint32_t at = 0; at < text || n == 0; n++) {
        struct ip4_header head = {0};
        uint32_t len = ip_fragment(&head, text, at, mtu);
        assert_int_equal(r, BONNET_R_FRAGMENT_HELD);
        assert_true(head.total_len <= mtu);
        assert_int_equal(head.total_len, 20 + len);
        assert_int_equal(head.fragment_at, at);
        assert_int_equal(head.more_fragments, at + len < text);
        r = arrive(&h, .id = 9, .at = head.fragment_at, .more = head.more_fragments,
                   .text = pattern(at), .len = len);
        at += len;
    }
    assert_int_equal(r, BONNET_R_NONE);
    assert_int_equal(n, pieces_n);
    is_whole(&h, text);
}

/* @req IP-12 @req IP-13 */
static void a_datagram_is_cut_by_the_mtu(void **state)
{
    (void)state;
    host_begin(&h);
    h.w.env.limits.fragments_max = 8192;
    h.w.env.limits.reassembly_bytes = 1u << 20;
    there_and_back(0, 1500, 1);
    there_and_back(1480, 1500, 1);
    there_and_back(1481, 1500, 2);
    there_and_back(2960, 1500, 2);
    there_and_back(2961, 1500, 3);
    there_and_back(65515, 1500, 45);
    there_and_back(65515, 65535, 1);
    there_and_back(1000, 68, 21);
    there_and_back(65515, 68, 1365);
    there_and_back(1481, 1499, 2);
    host_end(&h);
}

/* SI-IPID: each number once in 65,536, in an order that another seed does not share and that has no
 * step.
 * @req IP-19 */
static void si_ipid(void **state)
{
    (void)state;
    static uint8_t seen[65536];
    uint32_t sequential = 0, repeats = 0;
    uint16_t last = 0, first[2] = {0};
    host_begin(&h);
    for (unsigned round = 0; round < 2; round++) {
        memset(seen, 0, sizeof(seen));
        for (uint32_t i = 0; i < 65536; i++) {
            uint16_t id = ip_next_id(&h.ip, &h.w.env);
            repeats += seen[id]++;
            sequential += (uint16_t)(id - last) == 1;
            last = id;
            if (i == 0) first[round] = id;
        }
    }
    assert_int_equal(repeats, 0);
    assert_true(sequential < 20);
    assert_int_not_equal(first[0], first[1]);
    host_end(&h);
}

static void ids_follow_the_key(void **state)
{
    (void)state;
    uint32_t same = 0;
    static struct host other;
    host_begin(&h);
    host_begin(&other);
    other.w.env.keys.ip_id.k[0] ^= 1;
    for (int i = 0; i < 1000; i++)
        same += ip_next_id(&h.ip, &h.w.env) == ip_next_id(&other.ip, &other.w.env);
    assert_true(same < 5);
    host_end(&other);
    host_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_datagram_is_cut_by_the_mtu),
        cmocka_unit_test(si_ipid),
        cmocka_unit_test(ids_follow_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
