/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers from a directory of known files: status, fields, ranges, conditions, and no way out. */
#define _GNU_SOURCE
#include "reply.h"

#include "files.h"
#include "libtools.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODIFIED 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define NOW      784111778

static char base[] = "/tmp/bonnet-reply-XXXXXX";
static int root = -1;
static struct reply reply;

static void make_file(const char *name, const char *text)
{
    const struct timespec times[2] = {{.tv_sec = MODIFIED}, {.tv_sec = MODIFIED}};
    int fd = openat(root, name, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

/* base/secret lies outside; base/root is what is served. */
static int make_tree(void **state)
{
    char path[64];
    (void)state;
    if (!mkdtemp(base)) return -1;
    snprintf(path, sizeof(path), "%s/root", base);
    if (mkdir(path, 0755)) return -1;
    root = open(path, O_RDONLY | O_DIRECTORY);
    make_file("../secret", "secret");
    make_file("ten.txt", "0123456789");
    make_file("empty.bin", "");
    make_file("<b>&\"'.html", "x");
    if (mkdirat(root, "list", 0755) || mkdirat(root, "home", 0755)) return -1;
    make_file("list/a b", "");
    make_file("home/index.html", "home");
    if (symlinkat("../secret", root, "out") || symlinkat("/etc", root, "etc") ||
        symlinkat("ten.txt", root, "in") || symlinkat("loop", root, "loop") ||
        symlinkat("..", root, "up") || mkfifoat(root, "fifo", 0644))
        return -1;
    return 0;
}

static int remove_tree(void **state)
{
    char command[64];
    (void)state;
    close(root);
    snprintf(command, sizeof(command), "rm -rf %s", base);
    return system(command);
}

/* The answer to method target with the fields (each with CRLF). */
static const char *ask(const char *method, const char *target, const char *fields)
{
    static struct request q;
    struct request_reader r;
    char text[1024];
    reply_fini(&reply);
    int n =
        snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: h\r\n%s\r\n", method, target, fields);
    request_reader_init(&r, &q);
    request_read(&r, text, (size_t)n);
    assert_true(r.done);
    assert_true(reply_make(&reply, &q, root, NOW));
    return reply.text.p;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("'%s' is not in:\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
    if (strstr(text, part)) fail_msg("'%s' is in:\n%s", part, text);
}

static void a_file_is_described_and_sent(void **state)
{
    const char *head = ask("GET", "/ten.txt", "");
    (void)state;
    has(head, "HTTP/1.1 200 OK\r\n");
    has(head, "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
    has(head, "Content-Type: text/plain; charset=utf-8\r\n");
    has(head, "Content-Length: 10\r\n");
    has(head, "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    has(head, "Accept-Ranges: bytes\r\n");
    lacks(head, "Connection:");
    assert_string_equal(head + strlen(head) - 4, "\r\n\r\n");
    assert_int_equal(reply.file_at, 0);
    assert_int_equal(reply.file_left, 10);
    assert_true(reply.keep_alive);
}

static void head_is_get_without_a_body(void **state)
{
    const char *head = ask("HEAD", "/ten.txt", "Range: bytes=1-2\r\n");
    (void)state;
    has(head, "200 OK");
    has(head, "Content-Length: 10\r\n");
    assert_int_equal(reply.file_left, 0);
    head = ask("HEAD", "/nothing", "");
    has(head, "404 Not Found");
    assert_string_equal(head + strlen(head) - 4, "\r\n\r\n");
    head = ask("HEAD", "/list/", "");
    has(head, "Content-Length: ");
    assert_string_equal(head + strlen(head) - 4, "\r\n\r\n");
}

static void ranges_are_parts_of_the_file(void **state)
{
    (void)state;
    const char *head = ask("GET", "/ten.txt", "Range: bytes=3-5\r\n");
    has(head, "206 Partial Content");
    has(head, "Content-Range: bytes 3-5/10\r\n");
    has(head, "Content-Length: 3\r\n");
    assert_int_equal(reply.file_at, 3);
    assert_int_equal(reply.file_left, 3);
    head = ask("GET", "/ten.txt", "Range: bytes=-4\r\n");
    has(head, "Content-Range: bytes 6-9/10\r\n");
    head = ask("GET", "/ten.txt", "Range: bytes=0-1,4-5\r\n");
    has(head, "200 OK");
    assert_int_equal(reply.file_left, 10);
    head = ask("GET", "/ten.txt", "Range: bytes=10-\r\n");
    has(head, "416 ");
    has(head, "Content-Range: bytes */10\r\n");
    assert_int_equal(reply.file_left, 0);
    has(ask("GET", "/empty.bin", "Range: bytes=0-\r\n"), "416 ");
}

static void conditions_are_obeyed(void **state)
{
    (void)state;
    const char *same = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    const char *before = "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n";
    const char *head = ask("GET", "/ten.txt", same);
    has(head, "304 Not Modified");
    lacks(head, "Content-Length");
    assert_int_equal(reply.file_left, 0);
    has(ask("GET", "/ten.txt", before), "200 OK");
    has(ask("GET", "/ten.txt", "If-Modified-Since: never\r\n"), "200 OK");
    has(ask("GET", "/ten.txt", "Range: bytes=0-1\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
        "206 ");
    has(ask("GET", "/ten.txt", "Range: bytes=0-1\r\nIf-Range: Sun, 06 Nov 1994 08:49:36 GMT\r\n"),
        "200 OK");
    has(ask("GET", "/ten.txt", "Range: bytes=0-1\r\nIf-Range: \"tag\"\r\n"), "200 OK");
}

static void directories_are_listed_with_escaped_names(void **state)
{
    (void)state;
    const char *page = ask("GET", "/", "");
    has(page, "200 OK");
    has(page, "Content-Type: text/html; charset=utf-8\r\n");
    has(page, "<a href=\"./list/\">list/</a>");
    has(page, "<a href=\"./%3Cb%3E%26%22%27.html\">&lt;b&gt;&amp;&quot;&#39;.html</a>");
    lacks(page, "<b>");
    lacks(page, "../");
    page = ask("GET", "/list/", "");
    has(page, "<a href=\"./a%20b\">a b</a>");
    has(page, "<a href=\"../\">");
    const char *body = strstr(page, "\r\n\r\n") + 4;
    assert_int_equal(strlen(body), reply.body_bytes);
}

static void a_directory_wants_its_slash(void **state)
{
    (void)state;
    const char *head = ask("GET", "/list", "");
    has(head, "301 Moved Permanently");
    has(head, "Location: /list/\r\n");
    has(ask("GET", "/ten.txt/", ""), "404 Not Found");
}

static void an_index_takes_the_place_of_the_list(void **state)
{
    const char *head = ask("GET", "/home/", "");
    (void)state;
    has(head, "Content-Type: text/html; charset=utf-8\r\n");
    assert_int_equal(reply.file_left, 4);
}

static void nothing_outside_is_served(void **state)
{
    static const char *const targets[] = {
        "/../secret",  "/list/../../secret", "/%2e%2e/secret", "/out",
        "/etc/passwd", "/up/secret",         "/up/",           "/loop",
        "/fifo",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        print_message("%s\n", targets[i]);
        has(ask("GET", targets[i], ""), "HTTP/1.1 403 ");
        assert_int_equal(reply.file_left, 0);
    }
    has(ask("GET", "/in", ""), "200 OK");
    has(ask("GET", "/none", ""), "404 ");
}

static void a_wrong_method_is_told_the_right_ones(void **state)
{
    const char *head = ask("PUT", "/ten.txt", "");
    (void)state;
    has(head, "405 Method Not Allowed");
    has(head, "Allow: GET, HEAD\r\n");
    has(head, "Connection: close\r\n");
    assert_false(reply.keep_alive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_described_and_sent),
        cmocka_unit_test(head_is_get_without_a_body),
        cmocka_unit_test(ranges_are_parts_of_the_file),
        cmocka_unit_test(conditions_are_obeyed),
        cmocka_unit_test(directories_are_listed_with_escaped_names),
        cmocka_unit_test(a_directory_wants_its_slash),
        cmocka_unit_test(an_index_takes_the_place_of_the_list),
        cmocka_unit_test(nothing_outside_is_served),
        cmocka_unit_test(a_wrong_method_is_told_the_right_ones),
    };
    reply = (struct reply){.fd = -1};
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
