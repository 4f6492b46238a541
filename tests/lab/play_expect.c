/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every kind of expectation, twice: what is right holds, and the same with a wrong value fails and
 * says where, what was expected and what was there.
 */
#include "libplay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *before; /* the story until then */
    const char *right, *wrong;
    const char *got; /* what is told of the wrong one */
};

static void append(char *story, size_t max, const char *text)
{
    size_t n = strlen(story);
    assert_true(n + strlen(text) < max);
    memcpy(story + n, text, strlen(text) + 1);
}

/* what is told begins with the file and the line that is wrong. */
static void look_at_row(const struct row *row)
{
    char story[4096] = "", place[32];
    append(story, sizeof story, row->before);
    append(story, sizeof story, row->right);
    append(story, sizeof story, "\n");
    play_holds_all(story);
    story[0] = 0;
    append(story, sizeof story, row->before);
    append(story, sizeof story, row->wrong);
    append(story, sizeof story, "\n");
    snprintf(place, sizeof place, "t.lab:%u: expected ", line_after(row->before));
    const struct played *played = play_fails(story, place);
    assert_int_equal(played->result.failed, 1);
    assert_ptr_equal(strstr(played->result.why, place), played->result.why);
    if (!strstr(played->result.why, row->got))
        fail_msg("'%s' and not '%s'", played->result.why, row->got);
    told(row->got);
}

static void look_at_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        look_at_row(&rows[i]);
}

#define LOOK_AT(rows) look_at_rows(rows, sizeof(rows) / sizeof *(rows))

static void sockets_are_in_states(void **state)
{
    static const struct row rows[] = {
        {JOINED, "expect client s is ESTABLISHED", "expect client s is CLOSE-WAIT",
         "got ESTABLISHED"},
        {JOINED, "expect client s is CLOSE_WAIT or ESTAB", "expect client s is gone",
         "got ESTABLISHED"},
        {JOINED, "expect server l is LISTEN", "expect server l is ESTAB", "got LISTEN"},
        {JOINED "client: close(s)\n", "expect client s is FIN-WAIT-2",
         "expect client s is FIN-WAIT-1", "got FIN-WAIT-2"},
        {JOINED "client: close(s)\nserver: close(c)\n", "expect client s is TIME-WAIT",
         "expect client s is gone", "got TIME-WAIT"},
        {JOINED "client: close(s)\nserver: close(c)\n", "expect server c is gone",
         "expect server c is LAST-ACK", "got gone"},
        {JOINED "client: close(s)\nserver: close(c)\nwait 61s\n", "expect client s is gone",
         "expect client s is TIME-WAIT", "got gone"},
    };
    (void)state;
    LOOK_AT(rows);
}

static void queues_have_sizes(void **state)
{
    static const struct row rows[] = {
        {JOINED "client: write(s, 100)\n", "expect server c RecvQ = 100",
         "expect server c RecvQ = 99", "got RecvQ = 100"},
        {JOINED "client: write(s, 100)\nwait 0ms\n", "expect client s SendQ = 100, in-flight = 100",
         "expect client s SendQ = 100, in-flight = 0", "got SendQ = 100, in-flight = 100"},
        {JOINED "drop every segment from client\nclient: write(s, 20000)\n",
         "expect client s unsent > 0", "expect client s unsent = 0", "got unsent = "},
        {JOINED "client: write(s, 100)\nserver: read(c, 60)\n",
         "expect server c Delivered = 60, RecvQ = 40", "expect server c Delivered > 60",
         "got Delivered = 60"},
        {JOINED "client: write(s, 100)\n", "expect client s written 50..100",
         "expect client s written 101..200", "got written = 100"},
        {JOINED "client: write(s, 100)\nclient: close(s)\nserver: read(c, 100)\nserver: close(c)\n"
                "wait 61s\n",
         "expect server c Delivered = 100", "expect server c RecvQ = 0", "it is gone"},
        {JOINED, "expect client s cwnd >= 1460", "expect client s cwnd < 1460", "got cwnd = "},
        {HEAD, "expect server l backlog = 5", "expect server l backlog = 6", "got backlog = 5"},
        {HEAD "drop every [.] from client\nclient: s = socket()\nclient: connect(s, server:80)\n",
         "expect server l syn-queue = 1", "expect server l syn-queue = 0", "got syn-queue = 1"},
        {HEAD "client: s = socket()\nclient: connect(s, server:80)\n", "expect server l RecvQ = 1",
         "expect server l RecvQ = 0", "got RecvQ = 1"},
    };
    (void)state;
    LOOK_AT(rows);
}

static void programs_are_blocked_or_free(void **state)
{
    static const struct row rows[] = {
        {HEAD "server: c = accept(l)\n", "expect server is blocked", "expect server is free",
         "got server is in accept(l)"},
        {HEAD "server: c = accept(l)\n", "expect server is blocked in accept",
         "expect server is blocked in read", "got server is in accept(l)"},
        {HEAD, "expect server is free", "expect server is blocked", "got server is free"},
    };
    (void)state;
    LOOK_AT(rows);
}

#define SHOOK "expect wire client [S], server [S.], client [.]\n"

static void the_wire_has_seen_segments(void **state)
{
    static const struct row rows[] = {
        {JOINED, "expect wire client [S], server [S.], client [.]",
         "expect wire client [S], server [S.], server [.]",
         "got client [S], server [S.], client [.]"},
        {JOINED, "expect wire client [S], server [S.], client [.]",
         "expect wire client [S], server [S.]", "got client [S], server [S.], client [.]"},
        {JOINED SHOOK, "expect wire nothing", "expect wire client [.]", "got nothing"},
        {JOINED SHOOK "client: close(s)\n", "expect wire client [F.], server [.]",
         "expect wire client [F.], server [R.]", "got client [F.], server [.]"},
        {JOINED SHOOK "client: write(s, 5)\n", "expect wire client [.], server [.]",
         "expect wire nothing", "got client [.], server [.]"},
        {JOINED "expect wire any\n", "expect wire nothing", "expect wire client [S]",
         "got nothing"},
        {JOINED, "expect segments = 3", "expect segments = 4", "got 3"},
    };
    (void)state;
    LOOK_AT(rows);
}

#define REFUSED                                      \
    "client: s = socket()\n"                         \
    "client: connect(s, server:80) = ECONNREFUSED\n" \
    "wait 1s\n"
#define HOSTS "host client 10.0.0.1\nhost server 10.0.0.2\n"

static void hosts_have_counters_and_rows(void **state)
{
    static const struct row rows[] = {
        {HOSTS REFUSED, "expect server counts TcpOutRsts = 1",
         "expect server counts TcpOutRsts = 2", "got 1"},
        {HOSTS REFUSED, "expect server counts send_rst_no_socket = 1",
         "expect server counts send_rst_no_socket < 1", "got 1"},
        {JOINED, "expect server has 1 ESTAB", "expect server has 2 ESTAB", "got 1"},
        {JOINED, "expect server has no TIME-WAIT", "expect server has no LISTEN", "got 1"},
        {JOINED, "expect server has 2 sockets", "expect server has 0 sockets", "got 2"},
        {HOSTS REFUSED, "expect client has 0 sockets", "expect client has 1 sockets", "got 0"},
        {JOINED, "expect server memory < 2000000", "expect server memory < 100", "got "},
        {JOINED "wait 2s\n", "expect time 2s..3s", "expect time 3s..4s", "got 2.0"},
    };
    (void)state;
    LOOK_AT(rows);
}

#define SMALL                                                       \
    HOSTS                                                           \
    "server: l = socket()\nserver: bind(l, *:80)\n"                 \
    "server: setsockopt(l, SO_RCVBUF, 500)\n"                       \
    "server: setsockopt(l, SO_SNDBUF, 500)\nserver: listen(l, 5)\n" \
    "client: s = socket()\nclient: setsockopt(s, SO_RCVBUF, 500)\n" \
    "client: setsockopt(s, SO_SNDBUF, 500)\n"                       \
    "client: connect(s, server:80)\nserver: c = accept(l)\n"        \
    "client: write(s, 1500)\n"

static void nobody_moves_again(void **state)
{
    static const struct row rows[] = {
        {SMALL, "server: write(c, 1500)\nexpect deadlock", "expect deadlock",
         "got server, which is in no call"},
        {SMALL "server: write(c, 1500)\n", "expect deadlock", "expect client is free",
         "got client is in write(s, 1500)"},
        {JOINED "server: read(c, 10)\n", "client: read(s, 10)\nexpect deadlock", "expect deadlock",
         "got client, which is in no call"},
        {JOINED "server: read(c, 10)\nclient: sleep(3h)\n", "expect server is blocked",
         "expect deadlock", "got client in sleep(3h), which ends by itself"},
        {JOINED "server: read(c, 10)\nclient: poll(s, POLLIN, 3h)\n", "expect server is blocked",
         "expect deadlock", "ends by itself"},
    };
    (void)state;
    LOOK_AT(rows);
}

/* Two programs that wait for each other, and a lost segment that a timer sends once more. */
static void a_timer_may_end_what_looks_like_a_deadlock(void **state)
{
    (void)state;
    play_fails(JOINED "drop next data from client\n"
                      "client: write(s, 10)\n"
                      "client: read(s, 10)\n"
                      "server: read(c, 10)\n"
                      "expect deadlock\n",
               "got server, which is in no call");
}

static void a_deadlock_is_told_with_its_queues(void **state)
{
    (void)state;
    play_holds_all(SMALL "server: write(c, 1500)\nexpect deadlock\n");
    told("ok deadlock (deadlock: both wait in write, both RecvQ full");
    play_holds_all(SMALL "server: poll(c, POLLHUP)\nexpect deadlock\n");
    told("(deadlock: client waits in write, server waits in poll, RecvQ of server c full");
}

static void calls_return_what_they_shall(void **state)
{
    static const struct row rows[] = {
        {JOINED, "client: write(s, 10) = 10", "client: write(s, 10) = 11",
         "expected client: write(s, 10) = 11, got 10"},
        {JOINED "client: write(s, 10)\n", "server: read(c, 99) = 1..10",
         "server: read(c, 99) = 11..20", "= 11..20, got 10"},
        {JOINED "client: write(s, 10)\n", "server: n = read(c, 99) > 9",
         "server: n = read(c, 99) > 10", "got 10"},
        {JOINED "client: write(s, \"OK\\n\")\n", "server: read(c, 99) = \"OK\\n\"",
         "server: read(c, 99) = \"KO\\n\"", "got \"OK\\n\""},
        {HOSTS "client: s = socket()\n", "client: connect(s, server:80) = ECONNREFUSED",
         "client: connect(s, server:80) = ETIMEDOUT", "got ECONNREFUSED"},
        {HOSTS "client: s = socket()\n", "client: connect(s, server:80) = ECONNREFUSED",
         "client: connect(s, server:80) = 0", "got ECONNREFUSED"},
        {JOINED, "server: getsockname(c) = server:80", "server: getsockname(c) = client:80",
         "got 10.0.0.2:80"},
        {JOINED "client: p = getsockname(s)\n", "server: getpeername(c) = client:p",
         "server: getpeername(c) = client:80", "got 10.0.0.1:"},
        {JOINED, "server: getpeername(c) = client:1024..65535",
         "server: getpeername(c) = client:1..1023", "got 10.0.0.1:"},
        {HEAD "client: s = socket()\nclient: bind(s, *:5000)\nclient: connect(s, server:80)\n",
         "server: c = accept(l) from client:5000", "server: c = accept(l) from client:5001",
         "got 10.0.0.1:5000"},
        {JOINED, "client: poll(s, POLLIN|POLLOUT) = POLLOUT",
         "client: poll(s, POLLIN|POLLOUT) = POLLIN|POLLOUT", "got POLLOUT"},
        {HEAD, "server: getsockopt(l, SO_ERROR) = 0", "server: getsockopt(l, SO_ERROR) = EPIPE",
         "got 0"},
        {HOSTS "client: s = socket(udp)\nserver: u = socket(udp)\nserver: bind(u, *:53)\n"
               "client: bind(s, *:5000)\nclient: sendto(s, \"who\", server:53)\n",
         "server: recvfrom(u, 99) = \"who\" from client:5000",
         "server: recvfrom(u, 99) = \"who\" from client:5001", "got it from 10.0.0.1:5000"},
    };
    (void)state;
    LOOK_AT(rows);
}

static void calls_block_as_long_as_they_shall(void **state)
{
    static const struct row rows[] = {
        {HEAD "client: s = socket()\n", "client: connect(s, server:80) = 0 blocks",
         "client: s = socket() blocks", "got it at once"},
        {HEAD "client: s = socket()\n", "client: connect(s, server:80) after 20ms",
         "client: connect(s, server:80) after 30ms", "got it after 20ms"},
        {JOINED, "client: sleep(2s) after 1s..3s\nwait for client",
         "client: sleep(2s) after 1s..1900ms\nwait for client", "got it after 2s"},
        {JOINED, "server: read(c, 10) blocks", "server: read(c, 10) = 5",
         "got no return: the story has ended"},
        {JOINED, "server: read(c, 10) blocks\nkill server", "server: read(c, 10) = 5\nkill server",
         "got no return: its program has ended"},
    };
    (void)state;
    LOOK_AT(rows);
}

#define SWEEP                                                                      \
    "host client 10.0.0.1\nhost server 10.0.0.2\n"                                 \
    "sweep size 1000 2000 4000\nsweep twice 1 2\n"                                 \
    "server: l = socket()\nserver: bind(l, *:80)\nserver: listen(l, 5)\n"          \
    "client: s = socket()\nclient: connect(s, server:80)\nserver: c = accept(l)\n" \
    "client: repeat 5 { write(s, size) }\nclient: close(s)\n"                      \
    "server: repeat { read(c, 100000) }\n"                                         \
    "measure n = segments\n"

static void sweeps_grow_and_level_off(void **state)
{
    static const struct row rows[] = {
        {SWEEP, "expect n grows with size until 4000", "expect n grows with twice until 2",
         " with twice = 1 and "},
        {SWEEP, "expect n levels off with twice from 1", "expect n levels off with size from 1000",
         " with size = 4000, where twice = 1"},
    };
    (void)state;
    LOOK_AT(rows);
}

/* All are looked at, and the first is the result's. */
static void a_failure_does_not_end_the_story(void **state)
{
    (void)state;
    const struct played *played = play_fails(JOINED "expect client s is CLOSE-WAIT\n"
                                                    "expect segments = 3\n"
                                                    "expect segments = 4\n",
                                             "t.lab:9: expected client s is CLOSE-WAIT");
    assert_int_equal(played->result.failed, 2);
    assert_int_equal(played->result.held, 1);
    told("failed segments = 4, got 3");
    told("end t.lab:9: expected client s is CLOSE-WAIT, got ESTABLISHED");
}

static void a_call_that_fails_unexpectedly_ends_the_story(void **state)
{
    (void)state;
    play_fails(HOSTS "client: s = socket()\nclient: connect(s, server:80)\nsay more\n",
               "t.lab:4: client: connect(s, server:80) failed: ECONNREFUSED");
    not_told("say more");
    play_holds_all(HOSTS "client: s = socket()\nclient: connect(s, server:80) = any\nsay more\n");
    told("say more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_are_in_states),
        cmocka_unit_test(queues_have_sizes),
        cmocka_unit_test(programs_are_blocked_or_free),
        cmocka_unit_test(the_wire_has_seen_segments),
        cmocka_unit_test(hosts_have_counters_and_rows),
        cmocka_unit_test(nobody_moves_again),
        cmocka_unit_test(a_timer_may_end_what_looks_like_a_deadlock),
        cmocka_unit_test(a_deadlock_is_told_with_its_queues),
        cmocka_unit_test(calls_return_what_they_shall),
        cmocka_unit_test(calls_block_as_long_as_they_shall),
        cmocka_unit_test(sweeps_grow_and_level_off),
        cmocka_unit_test(a_failure_does_not_end_the_story),
        cmocka_unit_test(a_call_that_fails_unexpectedly_ends_the_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
