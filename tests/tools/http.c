/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets, URLs, ranges, dates and types: a row per form, right and wrong. */
#include "http.h"

#include "libtools.h"

#include <string.h>

static void a_target_means_a_path_inside(void **state)
{
    static const struct {
        const char *target;
        int status;
        const char *path;
    } rows[] = {
        {"/", 0, "./"},
        {"/a", 0, "a"},
        {"/a/", 0, "a/"},
        {"/a/b.txt", 0, "a/b.txt"},
        {"//a///b", 0, "a/b"},
        {"/a/./b", 0, "a/b"},
        {"/a/.", 0, "a/"},
        {"/a/..", 0, "./"},
        {"/a/b/../c", 0, "a/c"},
        {"/a%20b", 0, "a b"},
        {"/%C3%a4", 0, "\xc3\xa4"},
        {"/a?b=/../c", 0, "a"},
        {"/a#b", 0, "a"},
        {"/?x", 0, "./"},
        {"/...", 0, "..."},
        {"http://10.7.0.2/a", 0, "a"},
        {"http://10.7.0.2", 0, "./"},
        {"http://10.7.0.2?x", 0, "./"},
        {"/..", 403, NULL},
        {"/../etc/passwd", 403, NULL},
        {"/a/../../etc/passwd", 403, NULL},
        {"/%2e%2e/etc/passwd", 403, NULL},
        {"/a/%2E./..", 403, NULL},
        {"/a%2fb", 404, NULL},
        {"/..%2fetc", 404, NULL},
        {"/%00", 400, NULL},
        {"/a%", 400, NULL},
        {"/a%4", 400, NULL},
        {"/a%zz", 400, NULL},
        {"", 400, NULL},
        {"*", 400, NULL},
        {"a", 400, NULL},
        {"ftp://h/a", 400, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char path[256] = "untouched";
        print_message("%s\n", rows[i].target);
        assert_int_equal(http_target_path(rows[i].target, path, sizeof(path)), rows[i].status);
        if (rows[i].path) assert_string_equal(path, rows[i].path);
    }
}

static void a_path_beyond_its_room_is_414(void **state)
{
    char path[8];
    (void)state;
    assert_int_equal(http_target_path("/12345", path, sizeof(path)), 0);
    assert_string_equal(path, "12345");
    assert_int_equal(http_target_path("/1234567", path, sizeof(path)), 414);
    assert_int_equal(http_target_path("/1/2/3/4", path, sizeof(path)), 414);
}

static void a_url_is_taken_apart(void **state)
{
    struct http_url url;
    (void)state;
    assert_null(http_url_parse("http://10.7.0.1:8000/d/f%20g.bin?q#x", &url));
    assert_int_equal(url.host.port, 8000);
    assert_memory_equal(url.host.addr.b + 12, "\x0a\x07\x00\x01", 4);
    assert_string_equal(url.host_text, "10.7.0.1:8000");
    assert_int_equal(url.path_len, strlen("/d/f%20g.bin?q"));
    assert_null(http_url_parse("http://10.7.0.1", &url));
    assert_int_equal(url.host.port, 80);
    assert_int_equal(url.path_len, 0);
    assert_string_equal(url.host_text, "10.7.0.1");
}

static void a_url_that_cannot_be_fetched_is_refused(void **state)
{
    static const char *const urls[] = {
        "",
        "10.7.0.1/x",
        "https://10.7.0.1/",
        "http://",
        "http:///x",
        "http://example.org/",
        "http://10.7.0/",
        "http://10.7.0.1:0/",
        "http://10.7.0.1:65536/",
        "http://10.7.0.1:x/",
        "http://user@10.7.0.1/",
        "http://10.7.0.1/a b",
        "http://10.7.0.1/a\r\nX: y",
        "http://10.7.0.1/\xc3\xa4",
        "http://10.7.0.1?x",
        "http://[::1]/",
    };
    struct http_url url;
    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        print_message("%s\n", urls[i]);
        assert_non_null(http_url_parse(urls[i], &url));
    }
}

static void a_url_suggests_a_file_name(void **state)
{
    static const struct {
        const char *url, *name;
    } rows[] = {
        {"http://10.7.0.1/d/f%20g.bin?q=a/b", "f g.bin"},
        {"http://10.7.0.1/d/", "index.html"},
        {"http://10.7.0.1", "index.html"},
        {"http://10.7.0.1/x", "x"},
        {"http://10.7.0.1/..", NULL},
        {"http://10.7.0.1/.", NULL},
        {"http://10.7.0.1/%2e%2e", NULL},
        {"http://10.7.0.1/a%2fb", NULL},
        {"http://10.7.0.1/a%00", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_url url;
        char name[64];
        print_message("%s\n", rows[i].url);
        assert_null(http_url_parse(rows[i].url, &url));
        int error = http_url_file_name(&url, name, sizeof(name));
        assert_int_equal(error, rows[i].name ? 0 : -1);
        if (rows[i].name) assert_string_equal(name, rows[i].name);
    }
}

static void a_range_is_a_part_the_whole_or_nothing(void **state)
{
    static const struct {
        const char *value;
        uint64_t size;
        enum http_range_verdict verdict;
        uint64_t from, bytes;
    } rows[] = {
        {"bytes=0-0", 100, HTTP_RANGE_PART, 0, 1},
        {"bytes=10-19", 100, HTTP_RANGE_PART, 10, 10},
        {"Bytes=10-19", 100, HTTP_RANGE_PART, 10, 10},
        {"bytes= 10-19 ", 100, HTTP_RANGE_PART, 10, 10},
        {"bytes=10-", 100, HTTP_RANGE_PART, 10, 90},
        {"bytes=-10", 100, HTTP_RANGE_PART, 90, 10},
        {"bytes=-1000", 100, HTTP_RANGE_PART, 0, 100},
        {"bytes=90-1000", 100, HTTP_RANGE_PART, 90, 10},
        {"bytes=0-99999999999999999999999", 100, HTTP_RANGE_PART, 0, 100},
        {"bytes=0-18446744073709551615", 100, HTTP_RANGE_PART, 0, 100},
        {"bytes=99-", 100, HTTP_RANGE_PART, 99, 1},
        {"bytes=100-", 100, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=18446744073709551615-", 100, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-0", 100, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=0-", 0, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-5", 0, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=200-300, 400-", 100, HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=0-1, 5-6", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"bytes=0-1,200-", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"bytes=5-4", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"bytes=", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"bytes=-", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"bytes=1", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"bytes=a-b", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"bytes=1-2x", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"bytes=1-2,", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"lines=1-2", 100, HTTP_RANGE_WHOLE, 0, 0},
        {"", 100, HTTP_RANGE_WHOLE, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_range range = {0};
        print_message("%s\n", rows[i].value);
        assert_int_equal(http_range_parse(rows[i].value, rows[i].size, &range), rows[i].verdict);
        if (rows[i].verdict != HTTP_RANGE_PART) continue;
        assert_int_equal(range.from, rows[i].from);
        assert_int_equal(range.bytes, rows[i].bytes);
    }
}

/* RFC 9110 5.6.7: the same instant in its three forms. */
static void a_date_is_read_in_three_forms_and_written_in_one(void **state)
{
    static const char *const forms[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    };
    char text[HTTP_DATE_TEXT];
    time_t t = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        assert_true(http_date_parse(forms[i], &t));
        assert_int_equal(t, 784111777);
    }
    assert_string_equal(http_date_print(t, text), forms[0]);
    assert_false(http_date_parse("yesterday", &t));
    assert_false(http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT and more", &t));
    assert_false(http_date_parse("", &t));
}

static void a_suffix_suggests_a_type(void **state)
{
    (void)state;
    assert_string_equal(http_type_of("a/b.html"), "text/html; charset=utf-8");
    assert_string_equal(http_type_of("x.tar.GZ"), "application/gzip");
    assert_string_equal(http_type_of("x.unheard-of"), "application/octet-stream");
    assert_string_equal(http_type_of("none"), "application/octet-stream");
    assert_string_equal(http_type_of("end."), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_means_a_path_inside),
        cmocka_unit_test(a_path_beyond_its_room_is_414),
        cmocka_unit_test(a_url_is_taken_apart),
        cmocka_unit_test(a_url_that_cannot_be_fetched_is_refused),
        cmocka_unit_test(a_url_suggests_a_file_name),
        cmocka_unit_test(a_range_is_a_part_the_whole_or_nothing),
        cmocka_unit_test(a_date_is_read_in_three_forms_and_written_in_one),
        cmocka_unit_test(a_suffix_suggests_a_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
