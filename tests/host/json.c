/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer of JSON: shapes, escapes, and text that does not fit.
 */
#include <json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void members_and_objects_are_separated(void **state)
{
    (void)state;
    char text[256] = {0};
    struct json j = {.text = text, .max = sizeof text};
    json_object_begin(&j, NULL);
    json_object_begin(&j, "empty");
    json_object_end(&j);
    json_unsigned(&j, "u", UINT64_MAX);
    json_object_begin(&j, "inner");
    json_signed(&j, "s", INT64_MIN);
    json_bool(&j, "b", true);
    json_object_end(&j);
    json_text(&j, "none", NULL);
    json_bool(&j, "c", false);
    json_object_end(&j);
    json_newline(&j);
    assert_false(j.is_full);
    assert_int_equal(j.used, strlen(text));
    assert_string_equal(text, "{\"empty\":{},\"u\":18446744073709551615,"
                              "\"inner\":{\"s\":-9223372036854775808,\"b\":true},"
                              "\"none\":null,\"c\":false}\n");
}

static void texts_are_escaped(void **state)
{
    (void)state;
    char text[128] = {0};
    struct json j = {.text = text, .max = sizeof text};
    json_object_begin(&j, NULL);
    json_text(&j, "t", "a\"b\\c\n\x01\x1f\x7f/\xc3\xa4");
    json_object_end(&j);
    assert_string_equal(text, "{\"t\":\"a\\\"b\\\\c\\u000a\\u0001\\u001f\x7f/\xc3\xa4\"}");
}

/* The examples of RFC 4648, 10. */
static void bytes_become_base64(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xef\xbe", "/+++"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64] = {0}, expect[64];
        struct json j = {.text = text, .max = sizeof text};
        json_object_begin(&j, NULL);
        json_base64(&j, "b", rows[i][0], strlen(rows[i][0]));
        json_object_end(&j);
        snprintf(expect, sizeof expect, "{\"b\":\"%s\"}", rows[i][1]);
        assert_string_equal(text, expect);
    }
}

/* Nothing is written behind the end, whatever the end is. */
static void text_that_does_not_fit_is_noticed(void **state)
{
    (void)state;
    const size_t whole = strlen("{\"key\":12345,\"t\":\"x\\\"y\"}");
    for (size_t max = 0; max <= whole; max++) {
        char text[64];
        memset(text, '#', sizeof text);
        struct json j = {.text = text, .max = max};
        json_object_begin(&j, NULL);
        json_unsigned(&j, "key", 12345);
        json_text(&j, "t", "x\"y");
        json_object_end(&j);
        assert_int_equal(j.is_full, max < whole);
        for (size_t i = max; i < sizeof text; i++)
            assert_int_equal(text[i], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_and_objects_are_separated),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(bytes_become_base64),
        cmocka_unit_test(text_that_does_not_fit_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
