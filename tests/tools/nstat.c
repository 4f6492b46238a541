/* SPDX-License-Identifier: BSD-2-Clause */
/* What `bonnet nstat` prints of which counters: nstat's columns, patterns and JSON. */
#include "nstat.h"

#include "libtools.h"

static const struct nstat_list now = {
    .counters = {{"IpInReceives", 40},
                 {"TcpCurrEstab", 3},
                 {"TcpInSegs", 38},
                 {"TcpExtListenDrops", 0},
                 {"TcpExtTCPAbortOnClose", 18446744073709551615u}},
    .n = 5,
};
static const struct nstat_list earlier = {
    .counters = {{"IpInReceives", 40}, {"TcpInSegs", 30}},
    .n = 2,
};
static const struct nstat_list nothing;

static const char *printed(const struct nstat_options *o, const struct nstat_list *before)
{
    static struct text out;
    text_fini(&out);
    text_init(&out, 4096);
    nstat_print(o, "bonnet0", &now, before, &out);
    assert_false(out.failed);
    return out.p;
}

static void values_stand_in_nstats_columns(void **state)
{
    const struct nstat_options o = {.absolute = true};
    (void)state;
    assert_string_equal(printed(&o, &nothing),
                        "#bonnet0\n"
                        "IpInReceives                    40                 0.0\n"
                        "TcpInSegs                       38                 0.0\n"
                        "TcpExtTCPAbortOnClose           18446744073709551615   0.0\n");
}

static void differences_are_shown_where_there_are_some(void **state)
{
    struct nstat_options o = {.patterns_n = 0};
    (void)state;
    assert_string_equal(printed(&o, &earlier),
                        "#bonnet0\n"
                        "TcpInSegs                       8                  0.0\n"
                        "TcpExtTCPAbortOnClose           18446744073709551615   0.0\n");
    assert_string_equal(printed(&o, &now), "#bonnet0\n");
    o.zeros = true;
    assert_string_equal(printed(&o, &now),
                        "#bonnet0\n"
                        "IpInReceives                    0                  0.0\n"
                        "TcpInSegs                       0                  0.0\n"
                        "TcpExtListenDrops               0                  0.0\n"
                        "TcpExtTCPAbortOnClose           0                  0.0\n");
}

static void patterns_choose(void **state)
{
    char *patterns[] = {"ip*", "*INSEGS"};
    const struct nstat_options o = {.json = true, .patterns = patterns, .patterns_n = 2};
    const struct nstat_options none = {.json = true, .patterns = patterns, .patterns_n = 1};
    (void)state;
    assert_string_equal(printed(&o, &nothing),
                        "\"bonnet0\":{\"IpInReceives\":40,\"TcpInSegs\":38}");
    assert_string_equal(printed(&none, &earlier), "\"bonnet0\":{}");
}

static void json_may_be_pretty(void **state)
{
    const struct nstat_options o = {.json = true, .pretty = true};
    (void)state;
    assert_string_equal(printed(&o, &earlier),
                        "\"bonnet0\": {\n"
                        "        \"TcpInSegs\": 8,\n"
                        "        \"TcpExtTCPAbortOnClose\": 18446744073709551615\n"
                        "    }");
    assert_string_equal(printed(&o, &now), "\"bonnet0\": {}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_in_nstats_columns),
        cmocka_unit_test(differences_are_shown_where_there_are_some),
        cmocka_unit_test(patterns_choose),
        cmocka_unit_test(json_may_be_pretty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
