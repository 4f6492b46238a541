/* SPDX-License-Identifier: BSD-2-Clause */
/* Path MTUs: which reports count, for how long, and for how many destinations. */
#include "ip/libip.h"

static struct host h;

static uint16_t report(uint32_t dst, uint16_t claimed, uint16_t sent_len)
{
    const struct ip_pmtu_report r = {
        .dst = a4(dst), .claimed = claimed, .sent_len = sent_len, .if_mtu = 1500};
    uint16_t mtu = ip_pmtu_update(&h.ip, &h.w.env, &r);
    world_check(&h.w);
    return mtu;
}

static uint16_t known(uint32_t dst)
{
    struct path path;
    const struct bonnet_addr to = a4(dst);
    assert_int_equal(ip_route(&h.ip, &h.w.env, &to, 0, &path), 0);
    return path.mtu;
}

static void begin(void)
{
    const struct ip_route gateway = {.prefix = a4(0), .gateway = a4(0x0a070001), .ifx = 1};
    host_begin(&h);
    assert_int_equal(ip_route_add(&h.ip, &h.w.env, &gateway), 0);
}

/* BI-MTU: only what is below what was sent, and 68 at least. @req IP-21 */
static void bi_mtu(void **state)
{
    (void)state;
    static const struct {
        uint16_t claimed, mtu;
    } rows[] = {
        {1, 0},     {10, 0},      {67, 0},    {1500, 0}, {1501, 0},
        {65535, 0}, {1499, 1499}, {576, 576}, {68, 68},
    };
    begin();
    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(report(0x08000000 + (uint32_t)i, rows[i].claimed, 1500), rows[i].mtu);
        assert_int_equal(known(0x08000000 + (uint32_t)i), rows[i].mtu);
    }
    assert_int_equal(report(0x08010101, 1400, 1300), 0);
    assert_int_equal(report(0x08010101, 1300, 1300), 0);
    assert_int_equal(report(0x08010101, 1299, 1300), 1299);
    assert_int_equal(report(0x08010102, 1400, 0), 1400);
    host_end(&h);
}

/* BI-MTU: a claim of 0 is guessed, one step of the table at a time, and ends. */
static void a_router_that_names_none_is_guessed(void **state)
{
    (void)state;
    static const uint16_t steps[] = {1492, 1006, 508, 296, 68, 0, 0};
    begin();
    for (size_t i = 0; i < LENGTH(steps); i++)
        assert_int_equal(report(0x08080808, 0, 1500), steps[i]);
    assert_int_equal(known(0x08080808), 68);
    assert_int_equal(report(0x08080809, 0, 600), 508);
    host_end(&h);
}

/* A path only shrinks, and other paths stay as they are (SC-PMTU). */
static void a_report_never_raises(void **state)
{
    (void)state;
    begin();
    assert_int_equal(report(0x08080808, 1000, 1500), 1000);
    assert_int_equal(report(0x08080808, 1400, 1500), 0);
    assert_int_equal(report(0x08080808, 1000, 1500), 0);
    assert_int_equal(report(0x08080808, 900, 1500), 900);
    assert_int_equal(known(0x08080808), 900);
    assert_int_equal(known(0x08080809), 0);
    host_end(&h);
}

/* RFC 1191 6.3: ten minutes; and nobody is woken for it. */
static void it_is_forgotten(void **state)
{
    (void)state;
    struct ip_in in;
    begin();
    assert_int_equal(report(0x08080808, 1000, 1500), 1000);
    assert_int_equal(ip_deadline(&h.ip), BONNET_NEVER);
    pass(&h, 600 * BONNET_S - 1);
    assert_int_equal(known(0x08080808), 1000);
    pass(&h, 1);
    assert_int_equal(known(0x08080808), 0);
    assert_int_equal(report(0x08080808, 1200, 1500), 1200);
    assert_false(ip_tick(&h.ip, &h.w.env, &in));
    assert_int_equal(h.ip.pmtus.n, 1);
    pass(&h, 600 * BONNET_S);
    assert_false(ip_tick(&h.ip, &h.w.env, &in));
    assert_int_equal(h.ip.pmtus.n, 0);
    host_end(&h);
}

static void the_oldest_gives_way(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < 10000; i++) {
        assert_int_equal(report(0x08000000 + i, 1000, 1500), 1000);
        if (i == 200) assert_int_equal(report(0x08000000, 900, 1500), 900);
        assert_true(h.ip.pmtus.n <= IP_PMTU_MAX);
        if (i == 300) assert_int_equal(known(0x08000000), 900);
        if (i == 300) assert_int_equal(known(0x08000001), 0);
    }
    host_end(&h);
}

static void without_memory_it_is_said_but_not_kept(void **state)
{
    (void)state;
    begin();
    for (uint64_t k = 1; k <= 2; k++) {
        h.w.refuse_at = h.w.asked + k;
        assert_int_equal(report(0x08080808, 1000, 1500), 1000);
        assert_int_equal(known(0x08080808), 0);
    }
    assert_int_equal(report(0x08080808, 1000, 1500), 1000);
    assert_int_equal(known(0x08080808), 1000);
    host_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bi_mtu),
        cmocka_unit_test(a_router_that_names_none_is_guessed),
        cmocka_unit_test(a_report_never_raises),
        cmocka_unit_test(it_is_forgotten),
        cmocka_unit_test(the_oldest_gives_way),
        cmocka_unit_test(without_memory_it_is_said_but_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
