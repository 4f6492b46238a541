/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts that grow, their limit, their escapes; and the words of a progress line. */
#include "text.h"

#include "libtools.h"
#include "progress.h"

#include <string.h>

static void a_text_grows_to_its_limit_and_no_further(void **state)
{
    struct text t;
    (void)state;
    text_init(&t, 1000);
    for (int i = 0; i < 99; i++)
        text_add(&t, "0123456789");
    assert_int_equal(t.len, 990);
    text_addf(&t, "%s", "123456789");
    assert_false(t.failed);
    assert_int_equal(strlen(t.p), 999);
    text_add(&t, "x");
    assert_true(t.failed);
    assert_int_equal(t.len, 999);
    text_clear(&t);
    text_add(&t, "again");
    assert_false(t.failed);
    assert_string_equal(t.p, "again");
    text_fini(&t);
    assert_null(t.p);
}

static void each_place_has_its_escapes(void **state)
{
    struct text t;
    (void)state;
    text_init(&t, 1000);
    text_add_html(&t, "<a href='x'>\"&\"</a>");
    assert_string_equal(t.p, "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
    text_clear(&t);
    text_add_url(&t, "a b/c?%\xc3~");
    assert_string_equal(t.p, "a%20b/c%3F%25%C3~");
    text_clear(&t);
    text_add_visible(&t, "/a\r\n\"\\\x1b[2J\xc3");
    assert_string_equal(t.p, "/a\\x0d\\x0a\\x22\\x5c\\x1b[2J\\xc3");
    text_fini(&t);
}

static void sizes_and_rates_have_three_digits(void **state)
{
    char buf[PROGRESS_TEXT];
    (void)state;
    assert_string_equal(progress_bytes(0, buf), "0 B");
    assert_string_equal(progress_bytes(1023, buf), "1023 B");
    assert_string_equal(progress_bytes(1024, buf), "1.00 KiB");
    assert_string_equal(progress_bytes(67108864, buf), "64.0 MiB");
    assert_string_equal(progress_bytes(UINT64_C(500) << 40, buf), "500 TiB");
    assert_string_equal(progress_rate(125000000, BONNET_S, buf), "1.00 Gbit/s");
    assert_string_equal(progress_rate(1, BONNET_S, buf), "8 bit/s");
    assert_string_equal(progress_rate(1, 0, buf), "0 bit/s");
}

static void a_line_tells_how_far_how_fast_and_what_the_connection_is_like(void **state)
{
    const struct bonnet_tcp_info info = {.tcpi_snd_cwnd = 10, .tcpi_rtt = 213};
    struct progress_news news = {32 << 20, 64 << 20, &info};
    struct progress p = {.terminal = true};
    char line[160];
    (void)state;
    progress_line(&p, &news, BONNET_S, line, sizeof(line));
    assert_string_equal(line, " 50% [============>           ] 32.0 MiB / 64.0 MiB  268 Mbit/s"
                              "  cwnd 10  rtt 0.213 ms");
    p.terminal = false;
    news.length = 0;
    progress_line(&p, &news, BONNET_S, line, sizeof(line));
    assert_string_equal(line, "32.0 MiB  268 Mbit/s  cwnd 10  rtt 0.213 ms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_grows_to_its_limit_and_no_further),
        cmocka_unit_test(each_place_has_its_escapes),
        cmocka_unit_test(sizes_and_rates_have_three_digits),
        cmocka_unit_test(a_line_tells_how_far_how_fast_and_what_the_connection_is_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
