/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests as bytes: whole, cut anywhere, one behind the other, too long, and wrong. */
#include "request.h"

#include "libtools.h"

#include <stdlib.h>
#include <string.h>

static struct request request;
static struct request_reader reader;

/* Reads text in pieces of size bytes. Returns what the request took of it. */
static size_t read_in_pieces(const char *text, size_t size)
{
    size_t len = strlen(text);
    size_t at = 0;
    request_reader_init(&reader, &request);
    while (at < len && !reader.done) {
        size_t piece = len - at < size ? len - at : size;
        size_t taken = request_read(&reader, text + at, piece);
        at += taken;
        if (taken < piece) break;
    }
    return at;
}

static size_t read_whole(const char *text)
{
    return read_in_pieces(text, strlen(text));
}

static void fields_are_found_however_the_bytes_come(void **state)
{
    static const char text[] = "GET /d/x.bin?q HTTP/1.1\r\n"
                               "Host: 10.7.0.2\r\n"
                               "RANGE:  bytes=1-2 \r\n"
                               "If-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                               "X-A-Very-Long-Name-That-Nobody-Here-Knows: v\r\n"
                               "if-modified-since: Sun Nov  6 08:49:37 1994\r\n"
                               "\r\n";
    (void)state;
    for (size_t size = 1; size < sizeof(text); size++) {
        assert_int_equal(read_in_pieces(text, size), sizeof(text) - 1);
        assert_true(reader.done);
        assert_int_equal(request.status, 0);
        assert_string_equal(request.method, "GET");
        assert_string_equal(request.target, "/d/x.bin?q");
        assert_string_equal(request.host, "10.7.0.2");
        assert_string_equal(request.range, "bytes=1-2");
        assert_string_equal(request.if_range, "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_string_equal(request.if_modified_since, "Sun Nov  6 08:49:37 1994");
        assert_true(request.keep_alive);
        assert_true(request.http11);
    }
}

/* What comes behind the first request's last byte stays untouched. */
static void pipelined_requests_are_cut_apart(void **state)
{
    static const char first[] = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
    static const char both[] =
        "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: h\r\n\r\n";
    (void)state;
    assert_int_equal(read_whole(both), sizeof(first) - 1);
    assert_string_equal(request.target, "/1");
    assert_false(request.head);
    assert_int_equal(read_whole(both + sizeof(first) - 1), sizeof(both) - sizeof(first));
    assert_string_equal(request.target, "/2");
    assert_true(request.head);
}

/* A client that offers another protocol is answered in this one. */
static void an_upgrade_is_not_followed(void **state)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\n"
                               "Upgrade: h2c\r\n\r\n";
    (void)state;
    assert_int_equal(read_whole(text), sizeof(text) - 1);
    assert_true(reader.done);
    assert_int_equal(request.status, 0);
}

static void each_version_has_its_idea_of_keep_alive(void **state)
{
    (void)state;
    read_whole("GET / HTTP/1.0\r\n\r\n");
    assert_int_equal(request.status, 0);
    assert_false(request.keep_alive);
    read_whole("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_true(request.keep_alive);
    read_whole("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_false(request.keep_alive);
}

static void what_is_wrong_has_a_status(void **state)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"\x16\x03\x01\x02garbage", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 405},
        {"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/0.9\r\n\r\n", 505},
        {"GET / HTTP/x\r\n\r\n", 505},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("%.40s\n", rows[i].text);
        read_whole(rows[i].text);
        assert_true(reader.done);
        assert_int_equal(request.status, rows[i].status);
        assert_false(request.keep_alive);
    }
}

/* Adds n times c to text. */
static void repeat(char *text, char c, size_t n)
{
    size_t len = strlen(text);
    memset(text + len, c, n);
    text[len + n] = '\0';
}

static void a_target_of_4096_bytes_is_the_longest(void **state)
{
    char text[8192] = "GET /";
    (void)state;
    repeat(text, 'x', HTTP_TARGET_MAX - 1);
    strcat(text, " HTTP/1.1\r\nHost: h\r\n\r\n");
    read_whole(text);
    assert_int_equal(request.status, 0);
    strcpy(text, "GET /");
    repeat(text, 'x', HTTP_TARGET_MAX);
    strcat(text, " HTTP/1.1\r\nHost: h\r\n\r\n");
    read_in_pieces(text, 100);
    assert_int_equal(request.status, 414);
}

static void an_endless_head_is_431(void **state)
{
    static char text[3 * HTTP_HEAD_MAX] = "GET / HTTP/1.1\r\nHost: h\r\n";
    (void)state;
    while (strlen(text) < 2 * HTTP_HEAD_MAX)
        strcat(text,
               "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
    assert_in_range(read_in_pieces(text, 1000), 1, HTTP_HEAD_MAX);
    assert_int_equal(request.status, 431);
    assert_in_range(read_whole(text), 1, HTTP_HEAD_MAX);
    assert_int_equal(request.status, 431);
}

/* A value beyond its room is as if the field were not there. */
static void an_overlong_value_is_dropped(void **state)
{
    char text[1024] = "GET / HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1";
    (void)state;
    repeat(text, ',', 300);
    strcat(text, "\r\n\r\n");
    read_whole(text);
    assert_int_equal(request.status, 0);
    assert_string_equal(request.range, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_however_the_bytes_come),
        cmocka_unit_test(pipelined_requests_are_cut_apart),
        cmocka_unit_test(an_upgrade_is_not_followed),
        cmocka_unit_test(each_version_has_its_idea_of_keep_alive),
        cmocka_unit_test(what_is_wrong_has_a_status),
        cmocka_unit_test(a_target_of_4096_bytes_is_the_longest),
        cmocka_unit_test(an_endless_head_is_431),
        cmocka_unit_test(an_overlong_value_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
