/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces: which configurations are sound, and what becomes of them. @req IP-13 */
#include <errno.h>
#include <string.h>

#include "link/liblink.h"

static struct station s;

static int add(const struct bonnet_if_config *config)
{
    return link_if_add(&s.link, &s.w.env, config);
}

static void wrong_configurations_are_refused(void **state)
{
    (void)state;
    struct bonnet_if_config rows[9];
    for (size_t i = 0; i < LENGTH(rows); i++)
        rows[i] = ethernet();
    rows[0].size--;
    rows[1].kind = (enum bonnet_if_kind)2;
    memset(rows[2].mac, 0, 6);
    rows[3].mac[0] = 3;
    memset(rows[4].mac, 0xff, 6);
    rows[5].mtu = 67;
    rows[6].offload = 4;
    rows[7].gso_bytes_max = 65536;
    rows[8].mtu = 1;
    station_begin(&s);
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_int_equal(add(&rows[i]), -EINVAL);
    assert_int_equal(s.link.netifs_n, 2);
    station_end(&s);
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    struct bonnet_if_config c = ethernet();
    station_begin(&s);
    assert_int_equal(s.eth->mtu, 1500);
    assert_int_equal(s.eth->gso_bytes_max, 0);
    assert_int_equal(s.eth->offload, 0);
    assert_string_equal(s.eth->name, "eth");
    c.mtu = 68;
    c.offload = BONNET_OFFLOAD_TX_GSO;
    memset(c.name, 'x', sizeof(c.name));
    const struct netif *n = link_if(&s.link, add(&c));
    assert_int_equal(n->number, 3);
    assert_int_equal(n->mtu, 68);
    assert_int_equal(n->gso_bytes_max, 65535);
    assert_int_equal(n->offload, BONNET_OFFLOAD_TX_GSO | BONNET_OFFLOAD_TX_CHECKSUM);
    assert_int_equal(strlen(n->name), BONNET_IF_NAME_MAX - 1);
    station_end(&s);
}

static void numbers_have_an_end(void **state)
{
    (void)state;
    const struct bonnet_if_config c = ethernet();
    station_begin(&s);
    for (int number = 3; number <= 64; number++)
        assert_int_equal(add(&c), number);
    assert_int_equal(add(&c), -ENOSPC);
    assert_null(link_if(&s.link, 0));
    assert_null(link_if(&s.link, -1));
    assert_null(link_if(&s.link, 65));
    assert_int_equal(link_if(&s.link, 64)->number, 64);
    station_end(&s);
}

static void refused_memory_is_said(void **state)
{
    (void)state;
    const struct bonnet_if_config c = ethernet();
    station_begin(&s);
    s.w.refuse_all = true;
    assert_int_equal(add(&c), -ENOMEM);
    s.w.refuse_all = false;
    assert_int_equal(add(&c), 3);
    station_end(&s);
    world_begin(&s.w);
    s.w.refuse_all = true;
    assert_int_equal(link_init(&s.link, &s.w.env), -ENOMEM);
    link_fini(&s.link, &s.w.env);
    world_end(&s.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_configurations_are_refused),
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(numbers_have_an_end),
        cmocka_unit_test(refused_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
