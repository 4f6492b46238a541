/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a story is played: when a line begins, what programs share, what ends them, what is told.
 */
#include "libplay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- when a line begins ---- */

static void a_line_waits_until_the_wires_are_silent(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: write(s, 100)\n"
                          "expect server c RecvQ = 100\n"
                          "server: close(c)\n"
                          "expect client s is gone\n");
}

static void the_next_call_of_a_program_does_not(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: write(s, \"last words\")\n"
                          "client: close(s)\n"
                          "expect server c RecvQ = 10\n");
    told("0.030 client: write(s, \"last words\") = 10\n");
    told("0.030 client: close(s) = 0 unsent 10\n");
}

static void what_a_close_throws_away_is_told(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: setsockopt(s, SO_LINGER, {1, 0s})\n"
                          "server: write(c, 30)\n"
                          "client: write(s, 10)\n"
                          "client: close(s)\n");
    told("client: close(s) = 0 unread 30 lost 10\n");
}

static void wait_is_time_and_nothing_else(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: close(s)\n"
                          "wait 5ms\n"
                          "expect client s is FIN-WAIT-1\n"
                          "expect time = 35ms\n"
                          "wait 5ms\n"
                          "expect server c is CLOSE-WAIT\n"
                          "expect client s is FIN-WAIT-1\n");
}

static void a_remark_changes_nothing_and_stands_in_its_place(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: write(s, 1)\nsay between the two\nclient: write(s, 2)\n"
                          "say when it has arrived\nserver: read(c, 9) = 3\n");
    told("0.030 say between the two\n0.030 client: write(s, 2) = 2");
    told_in_order("RecvQ 3 Delivered 0\n", "say when it has arrived\n");
    told_in_order("say when it has arrived\n", "server: read(c, 9) = 3\n");
}

static void together_means_at_the_same_instant(void **state)
{
    (void)state;
    play_holds_all(JOINED "expect wire any\n"
                          "together\n"
                          "    client: close(s) = 0\n"
                          "    server: close(c) = 0\n"
                          "expect client s is TIME-WAIT\n"
                          "expect server c is TIME-WAIT\n"
                          "expect wire client [F.], server [F.], client [.], server [.]\n");
}

/* Without delay, a segment would arrive before the second program had begun. */
static void nothing_flows_between_the_lines_of_together(void **state)
{
    (void)state;
    play_holds_all("host client 10.0.0.1\nhost server 10.0.0.2\n"
                   "link client -- server delay 0ms\n"
                   "server: l = socket()\nserver: bind(l, *:80)\nserver: listen(l, 5)\n"
                   "client: s = socket()\nclient: connect(s, server:80)\nserver: c = accept(l)\n"
                   "together\n"
                   "    client: close(s)\n"
                   "    server: close(c)\n"
                   "expect client s is TIME-WAIT\n"
                   "expect server c is TIME-WAIT\n");
}

static void a_line_waits_for_its_program(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: sleep(3s)\n"
                          "expect client is blocked\n"
                          "expect time < 100ms\n"
                          "client: write(s, 1) = 1\n"
                          "expect time 3s..4s\n");
}

static void patience_ends(void **state)
{
    (void)state;
    play_fails(JOINED "server: read(c, 10)\n"
                      "server: write(c, 10)\n",
               "t.lab:10: server is still in read(c, 10), since 30ms, and the line has waited for "
               "7200s");
    play_fails(JOINED "server: read(c, 10)\nwait for server at most 5s\n",
               "t.lab:10: server is still in read(c, 10), since 30ms, and the line has waited for "
               "5s");
    play_holds_all(JOINED "server: poll(c, POLLIN, 24h) = 0\nwait for server\n");
}

static void wait_for_a_program(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: sleep(100s)\nwait for client at most 200s\n"
                          "expect time 100s..101s\n"
                          "expect client is free\n");
}

/* ---- programs ---- */

static void programs_of_a_host_share_their_sockets(void **state)
{
    (void)state;
    play_holds_all("host client 10.0.0.1\nhost server 10.0.0.2\nprogram thread on client\n"
                   "server: l = socket()\nserver: bind(l, *:80)\nserver: listen(l, 5)\n"
                   "client: s = socket()\nclient: connect(s, server:80)\nserver: c = accept(l)\n"
                   "thread: read(s, 100) = \"hello\"\n"
                   "client: write(s, 10)\n"
                   "server: write(c, \"hello\")\n"
                   "wait for thread\n");
}

static void the_system_closes_what_a_program_has_left(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: write(s, 30)\n"
                          "server: exit()\n"
                          "expect client s is gone\n"
                          "expect server counts abort_on_close = 1\n"
                          "expect server has 0 sockets\n"
                          "client: read(s, 10) = ECONNRESET\n"
                          "server: l = socket()\n"
                          "server: bind(l, *:80) = 0\n");
    told("server: exit() = 0 unread 30\n");
    told_in_order("server l LISTEN > CLOSED by exit()", "server c ESTABLISHED > CLOSED by exit()");
}

static void a_killed_program_leaves_its_call(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: read(s, 10) blocks\n"
                          "kill client\n"
                          "server: read(c, 10) = 0\n"
                          "expect client is free\n"
                          "expect client s is FIN-WAIT-2\n");
    told("client s ESTABLISHED > FIN-WAIT-1 by kill");
}

static void a_host_without_power_knows_nothing(void **state)
{
    (void)state;
    play_holds_all(JOINED "power off server\n"
                          "expect server c is gone\n"
                          "expect client s is ESTAB\n"
                          "server: t = socket() = ENETDOWN\n"
                          "power on server\n"
                          "client: write(s, 10) = 10\n"
                          "client: read(s, 10) = ECONNRESET\n");
}

/* ---- names ---- */

static void connections_keep_their_names(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: close(s)\nserver: close(c)\nwait 61s\n");
    told("client s CLOSED > SYN-SENT by connect()");
    told("client s FIN-WAIT-2 > TIME-WAIT by [F.]");
    told("client s TIME-WAIT > CLOSED by timer");
    told("server c LAST-ACK > CLOSED by [.]");
}

static void a_name_is_given_once_more(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: s = socket()\n"
                          "client: connect(s, server:80)\n"
                          "server: c = accept(l)\n"
                          "client: close(s)\n"
                          "expect server c is CLOSE-WAIT\n"
                          "expect server has 1 ESTAB\n"
                          "client: exit()\n"
                          "expect client has 2 FIN-WAIT-2\n");
}

static void gauges_are_told_when_they_change(void **state)
{
    (void)state;
    const struct played *played = play_holds_all(JOINED "client: write(s, 5)\n"
                                                        "server: read(c, 10)\n"
                                                        "wait 10s\n");
    unsigned told_once = played->kinds[LAB_EVENT_GAUGES];
    told("server c: SendQ 0 in flight 0 RecvQ 5 Delivered 0");
    told("client s: SendQ 0 in flight 0 RecvQ 0 Delivered 0");
    play_holds_all(JOINED "client: write(s, 5)\nserver: read(c, 10)\nwait 10s\nwait 1000s\n");
    assert_int_equal(played->kinds[LAB_EVENT_GAUGES], told_once);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_waits_until_the_wires_are_silent),
        cmocka_unit_test(the_next_call_of_a_program_does_not),
        cmocka_unit_test(what_a_close_throws_away_is_told),
        cmocka_unit_test(wait_is_time_and_nothing_else),
        cmocka_unit_test(a_remark_changes_nothing_and_stands_in_its_place),
        cmocka_unit_test(together_means_at_the_same_instant),
        cmocka_unit_test(nothing_flows_between_the_lines_of_together),
        cmocka_unit_test(a_line_waits_for_its_program),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(wait_for_a_program),
        cmocka_unit_test(programs_of_a_host_share_their_sockets),
        cmocka_unit_test(the_system_closes_what_a_program_has_left),
        cmocka_unit_test(a_killed_program_leaves_its_call),
        cmocka_unit_test(a_host_without_power_knows_nothing),
        cmocka_unit_test(connections_keep_their_names),
        cmocka_unit_test(a_name_is_given_once_more),
        cmocka_unit_test(gauges_are_told_when_they_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
