/* SPDX-License-Identifier: BSD-2-Clause */
/* Responses as bytes: every way a body can end, cut anywhere, short, and wrong. */
#include "response.h"

#include "libtools.h"

#include <stdio.h>
#include <string.h>

struct taken {
    char body[64];
    size_t len;
    bool wants; /* what on_head answers */
};

static bool on_head(void *ctx, const struct response *r)
{
    const struct taken *taken = ctx;
    (void)r;
    return taken->wants;
}

static bool on_body(void *ctx, const char *data, size_t len)
{
    struct taken *taken = ctx;
    memcpy(taken->body + taken->len, data, len);
    taken->len += len;
    taken->body[taken->len] = '\0';
    return true;
}

static struct taken taken;
static struct response response;

static const char *read_in_pieces(const char *text, size_t size)
{
    taken = (struct taken){.wants = true};
    response = (struct response){.on_head = on_head, .on_body = on_body, .ctx = &taken};
    response_init(&response);
    for (size_t len = strlen(text); len > 0;) {
        size_t piece = len < size ? len : size;
        const char *wrong = response_read(&response, text, piece);
        if (wrong) return wrong;
        text += piece;
        len -= piece;
    }
    return NULL;
}

static void each_framing_gives_the_same_body(void **state)
{
    static const char *const texts[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t size = 1; size <= strlen(texts[i]); size++) {
            assert_null(read_in_pieces(texts[i], size));
            assert_null(response_end(&response));
            assert_int_equal(response.status, 200);
            assert_string_equal(taken.body, "hello");
            assert_int_equal(response.got, 5);
        }
}

static void a_short_body_is_noticed(void **state)
{
    (void)state;
    assert_null(read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", 100));
    assert_false(response.complete);
    assert_int_equal(response.length, 5);
    assert_non_null(response_end(&response));
    assert_null(
        read_in_pieces("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", 100));
    assert_non_null(response_end(&response));
    assert_null(read_in_pieces("HTTP/1.1 200", 100));
    assert_non_null(response_end(&response));
    assert_null(read_in_pieces("", 100));
    assert_non_null(response_end(&response));
}

static void a_body_of_known_length_needs_no_end(void **state)
{
    (void)state;
    assert_null(read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloMORE", 100));
    assert_true(response.complete);
    assert_string_equal(taken.body, "hello");
    assert_null(read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 100));
    assert_true(response.complete);
}

static void what_is_not_http_is_refused(void **state)
{
    static char text[2 * RESPONSE_HEAD_MAX] = "HTTP/1.1 200 OK\r\nX: ";
    (void)state;
    assert_non_null(read_in_pieces("SSH-2.0-OpenSSH_9.2\r\n", 100));
    assert_non_null(read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 100));
    memset(text + strlen(text), 'x', sizeof(text) - 1 - strlen(text));
    assert_non_null(read_in_pieces(text, 1000));
}

static void a_redirection_tells_where(void **state)
{
    (void)state;
    assert_null(
        read_in_pieces("HTTP/1.1 301 Moved\r\nLocation: /d/\r\nContent-Length: 0\r\n\r\n", 3));
    assert_int_equal(response.status, 301);
    assert_string_equal(response.location, "/d/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_framing_gives_the_same_body),
        cmocka_unit_test(a_short_body_is_noticed),
        cmocka_unit_test(a_body_of_known_length_needs_no_end),
        cmocka_unit_test(what_is_not_http_is_refused),
        cmocka_unit_test(a_redirection_tells_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
