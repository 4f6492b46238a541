/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a story is played: when a line begins, what blocks, what programs share, what ends them.
 */
#include "libplay.h"

#include <errno.h>
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

/* ---- calls ---- */

static void a_write_goes_on_until_all_is_taken(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: setsockopt(s, SO_SNDBUF, 1000)\n"
                          "server: repeat { read(c, 700) }\n"
                          "client: write(s, 10000) = 10000 blocks\n"
                          "client: shutdown(s, SHUT_WR)\n"
                          "wait for server\n"
                          "expect server c Delivered = 10000\n");
}

static void a_socket_that_shall_not_block_does_not(void **state)
{
    (void)state;
    play_holds_all(HEAD "client: s = socket(tcp, SOCK_NONBLOCK)\n"
                        "client: connect(s, server:80) = EINPROGRESS\n"
                        "client: poll(s, POLLOUT) = POLLOUT\n"
                        "client: getsockopt(s, SO_ERROR) = 0\n"
                        "client: read(s, 10) = EAGAIN\n"
                        "client: setsockopt(s, SO_SNDBUF, 1000)\n"
                        "client: write(s, 5000) = 1000..4999\n"
                        "server: c = accept(l)\n"
                        "server: read(c, 10000) = 1000..4999\n"
                        "server: read(c, 10, MSG_DONTWAIT) = EAGAIN\n");
}

static void timeouts_end_calls(void **state)
{
    (void)state;
    play_holds_all(HEAD "server: setsockopt(l, SO_RCVBUF, 1000)\n"
                        "client: s = socket()\n"
                        "client: connect(s, server:80)\n"
                        "server: c = accept(l)\n"
                        "server: setsockopt(c, SO_RCVTIMEO, 2s)\n"
                        "server: read(c, 10) = EAGAIN after 2s blocks\n"
                        "wait for server\n"
                        "server: getsockopt(c, SO_RCVTIMEO) = 2000\n"
                        "client: setsockopt(s, SO_SNDBUF, 1000)\n"
                        "client: setsockopt(s, SO_SNDTIMEO, 3s)\n"
                        "client: write(s, 1000000) = >1000 after 3s..5s\n"
                        "wait for client\n"
                        "client: write(s, 10) = EAGAIN after 3s\n"
                        "wait for client\n"
                        "server: poll(c, POLLPRI, 4s) = 0 after 4s\n"
                        "wait for server\n");
}

static void a_refused_socket_may_try_again(void **state)
{
    (void)state;
    play_holds_all("host client 10.0.0.1\nhost server 10.0.0.2\n"
                   "client: s = socket()\n"
                   "client: connect(s, server:80) = ECONNREFUSED\n"
                   "server: l = socket()\nserver: bind(l, *:80)\nserver: listen(l, 5)\n"
                   "client: connect(s, server:80) = 0\n");
}

static void close_lingers(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: setsockopt(s, SO_LINGER, {1, 5s})\n"
                          "client: write(s, 100)\n"
                          "client: close(s) = 0 after 20ms\n"
                          "expect client s is FIN-WAIT-2\n");
    play_holds_all(JOINED "client: setsockopt(s, SO_LINGER, {1, 5s})\n"
                          "power off server\n"
                          "client: write(s, 100)\n"
                          "client: close(s) = 0 after 5s\n"
                          "wait for client\n"
                          "expect client s is FIN-WAIT-1\n"
                          "expect client s SendQ = 100\n");
}

static void options_and_names(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: setsockopt(s, TCP_NODELAY, 1) = 0\n"
                          "client: getsockopt(s, TCP_NODELAY) = 1\n"
                          "client: setsockopt(s, TCP_CONGESTION, \"reno\") = any\n"
                          "client: getsockopt(s, SO_LINGER) = 0\n"
                          "client: setsockopt(s, SO_LINGER, {1, 7s}) = 0\n"
                          "client: getsockopt(s, SO_LINGER) = 7\n"
                          "client: setsockopt(s, SO_RCVBUF, 5000) = 0\n"
                          "client: n = getsockopt(s, SO_RCVBUF)\n"
                          "client: write(s, n) = 5000\n"
                          "server: read(c, n*2) = 5000\n"
                          "client: write(s, n/2) = 2500\n");
}

static void a_datagram_is_one_write(void **state)
{
    (void)state;
    play_holds_all("host client 10.0.0.1\nhost server 10.0.0.2\n"
                   "server: u = socket(udp)\nserver: bind(u, *:53)\n"
                   "client: s = socket(udp)\n"
                   "client: sendto(s, 1000, server:53) = 1000\n"
                   "client: connect(s, server:53) = 0\n"
                   "client: writev(s, 100, \"end\") = 103\n"
                   "server: read(u, 5000) = 1000\n"
                   "server: read(u, 5000) = 103\n"
                   "server: read(u, 5000) blocks\n");
}

static void what_is_only_peeked_at_is_read_once_more(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: writev(s, \"one\", 500, \"two\") = 506\n"
                          "server: recv(c, 1000, MSG_PEEK) = 506\n"
                          "server: recv(c, 3, MSG_PEEK) = \"one\"\n"
                          "server: read(c, 3) = \"one\"\n"
                          "server: read(c, 500) = 500\n"
                          "server: read(c, 500) = \"two\"\n");
}

/* ---- loops ---- */

static void a_loop_ends_with_the_stream_or_an_error(void **state)
{
    (void)state;
    play_holds_all(JOINED "server: repeat { n = read(c, 100); write(c, n/2) }\n"
                          "client: write(s, 90) = 90\n"
                          "client: read(s, 100) = 45\n"
                          "client: write(s, 20) = 20\n"
                          "client: read(s, 100) = 10\n"
                          "expect server is blocked in read\n"
                          "client: shutdown(s, SHUT_WR)\n"
                          "wait for server\n"
                          "expect server is free\n"
                          "server: repeat { read(l, 100) }\n"
                          "expect server is free\n");
}

static void a_loop_ends_after_so_many_turns(void **state)
{
    (void)state;
    play_holds_all(JOINED "client: repeat 7 { write(s, 10); write(s, 5) }\n"
                          "server: read(c, 1000) = 105\n");
}

static void a_loop_that_never_ends_is_found_out(void **state)
{
    (void)state;
    play_fails(HEAD "server: repeat { getsockname(l) }\n",
               "t.lab:6: server goes on for ever and no time passes");
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

/* ---- worlds ---- */

static void the_same_seed_tells_the_same(void **state)
{
    static const char story[] =
        "host client 10.0.0.1\nhost server 10.0.0.2\n"
        "link client -- server delay 10ms 5ms loss 10% duplicate 5% reorder 5%\n"
        "server: l = socket()\nserver: bind(l, *:80)\nserver: listen(l, 5)\n"
        "server: c = accept(l)\n"
        "client: s = socket()\nclient: connect(s, server:80) = 0\n"
        "server: repeat { n = read(c, 5000); write(c, n/2) }\n"
        "client: write(s, 100000)\n"
        "client: shutdown(s, SHUT_WR)\n"
        "client: repeat { read(s, 10000) }\n"
        "server: close(c)\n"
        "wait for client\n"
        "snapshot ss\n";
    static struct played first;
    (void)state;
    first = *play_seed(story, 7);
    assert_int_equal(first.status, 0);
    const struct played *again = play_seed(story, 7);
    assert_int_equal(again->len, first.len);
    assert_string_equal(again->log, first.log);
    assert_true(again->hash == first.hash);
    again = play_seed(story, 8);
    assert_int_equal(again->status, 0);
    assert_true(again->hash != first.hash);
}

static void sweeps_are_played_point_by_point(void **state)
{
    (void)state;
    const struct played *played =
        play_holds_all("host client 10.0.0.1\nhost server 10.0.0.2\n"
                       "sweep bytes 1000 5000\nsweep times 1 2 3\n"
                       "server: l = socket()\nserver: bind(l, *:80)\nserver: listen(l, 5)\n"
                       "client: s = socket()\nclient: connect(s, server:80)\n"
                       "server: c = accept(l)\n"
                       "client: write(s, bytes)\n"
                       "server: read(c, 100000) = bytes\n"
                       "wait 10s\n"
                       "measure n = segments\n"
                       "measure t = time\n"
                       "measure rate = throughput server c\n"
                       "expect n grows with bytes until 5000\n"
                       "expect t levels off with times from 1\n");
    told_in_order("begin bytes = 1000, times = 1\n", "begin bytes = 1000, times = 2\n");
    told("begin bytes = 5000, times = 3\n");
    assert_int_equal(played->kinds[LAB_EVENT_BEGIN], 6);
    assert_int_equal(played->kinds[LAB_EVENT_END], 6);
    assert_int_equal(played->kinds[LAB_EVENT_TABLE], 1);
    assert_int_equal(played->table.measures_n, 3);
    assert_string_equal(played->table.names[0], "n");
    assert_string_equal(played->table.units[0], "segments");
    assert_string_equal(played->table.units[1], "s");
    assert_string_equal(played->table.units[2], "Mbit/s");
    assert_true(played->table.values[0][2] < played->table.values[0][3]);
    assert_true(played->table.values[0][3] == played->table.values[0][5]);
}

static void lines_for_the_other_stack_are_skipped(void **state)
{
    (void)state;
    const struct played *played = play_holds_all(JOINED "on kernel expect segments = 99\n"
                                                        "on bonnet expect segments = 3\n");
    assert_int_equal(played->result.skipped, 1);
    assert_int_equal(played->result.held, 1);
    told("skip on kernel expect segments = 99");
}

/* ---- worlds that differ ---- */

static struct world_ops ops;

static int make_changed(const struct world_config *config, struct world **out, char *why,
                        size_t max)
{
    int r = bonnet_world_new(config, out, why, max);
    if (r == 0) (*out)->ops = &ops;
    return r;
}

static void take_ops(void)
{
    struct lab_program program = {.name = "p"};
    struct scenario s = {.name = "t", .hosts_n = 1, .programs_n = 1, .programs = {program}};
    const struct world_config config = {.scenario = &s};
    struct world *w;
    char why[256];
    snprintf(s.hosts[0].name, sizeof s.hosts[0].name, "p");
    s.hosts[0].addrs[0] = bonnet_ip4(10, 0, 0, 1);
    s.hosts[0].addrs_n = 1;
    assert_int_equal(bonnet_world_new(&config, &w, why, sizeof why), 0);
    ops = *w->ops;
    w->ops->free(w);
}

static void what_a_world_cannot_do_ends_the_story(void **state)
{
    static const char *const lines[] = {"drop next segment from client", "cut client -- server",
                                        "power off server", "forge [R] from client s seq +0",
                                        "forge 2 [S] from 10.9.0.0/16 to server:80"};
    (void)state;
    take_ops();
    ops.fault = NULL;
    ops.cut = NULL;
    ops.power = NULL;
    ops.forge = NULL;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char story[1024], why[128];
        snprintf(story, sizeof story, JOINED "%s\nexpect segments = 99\n", lines[i]);
        snprintf(why, sizeof why, "t.lab:9: %s: not possible on bonnet", lines[i]);
        const struct played *played = play_on(story, make_changed);
        assert_int_equal(played->status, 1);
        assert_string_equal(played->result.why, why);
        not_told("segments = 99");
    }
}

static int64_t no_memory_known(struct world *w, unsigned host)
{
    (void)w;
    (void)host;
    return -ENOTSUP;
}

static void what_a_world_does_not_know_ends_the_story(void **state)
{
    (void)state;
    take_ops();
    ops.memory = no_memory_known;
    const struct played *played = play_on(HEAD "expect server memory < 5\n", make_changed);
    assert_string_equal(played->result.why,
                        "t.lab:6: how much memory server has is not known on bonnet");
}

static int64_t (*recv_truly)(struct world *, unsigned, int, struct bonnet_msghdr *, int);

static int64_t recv_wrongly(struct world *w, unsigned host, int s, struct bonnet_msghdr *m,
                            int flags)
{
    int64_t n = recv_truly(w, host, s, m, flags);
    if (n > 1234) ((uint8_t *)m->iov[0].base)[1234] ^= 1;
    return n;
}

static void a_reader_that_gets_other_bytes_ends_the_story(void **state)
{
    static const char story[] = JOINED "client: writev(s, 1000, \"some text\", 1000)\n"
                                       "server: read(c, 500)\n"
                                       "server: read(c, 5000)\n";
    (void)state;
    take_ops();
    assert_int_equal(play_on(story, make_changed)->status, 0);
    recv_truly = ops.recvmsg;
    ops.recvmsg = recv_wrongly;
    const struct played *played = play_on(story, make_changed);
    assert_int_equal(played->status, 1);
    assert_string_equal(played->result.why,
                        "t.lab:11: server: read(c, 5000) gave bytes that the peer has not "
                        "written: number 1734 of the stream is wrong");
}

/* As on the kernel: waits are cut to a twentieth, and the clock is not looked at. */
static void real_time_is_cut(void **state)
{
    (void)state;
    take_ops();
    ops.stack = LAB_ON_KERNEL;
    const struct played *played = play_on(JOINED "wait 20s\n"
                                                 "client: sleep(40s) after 40s\n"
                                                 "wait for client\n"
                                                 "expect time 60s..61s\n"
                                                 "server: sleep(20ms)\n"
                                                 "wait for server\n",
                                          make_changed);
    assert_int_equal(played->status, 0);
    assert_int_equal(played->result.skipped, 1);
    told("1.030 client: sleep(40s) blocks\n");
    told("3.030 client: sleep(40s) = 0 blocked 2.000\n");
    told("3.030 skip expect time 60s..61s\n");
    told("server: sleep(20ms) = 0 blocked 0.005\n");
}

static int make_none(const struct world_config *config, struct world **out, char *why, size_t max)
{
    (void)config;
    (void)out;
    snprintf(why, max, "no namespaces here");
    return -EPERM;
}

static void there_may_be_no_world(void **state)
{
    (void)state;
    const struct played *played = play_on(HEAD, make_none);
    assert_int_equal(played->status, -EPERM);
    assert_string_equal(played->result.why, "no namespaces here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_waits_until_the_wires_are_silent),
        cmocka_unit_test(the_next_call_of_a_program_does_not),
        cmocka_unit_test(wait_is_time_and_nothing_else),
        cmocka_unit_test(a_remark_changes_nothing_and_stands_in_its_place),
        cmocka_unit_test(together_means_at_the_same_instant),
        cmocka_unit_test(nothing_flows_between_the_lines_of_together),
        cmocka_unit_test(a_line_waits_for_its_program),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(wait_for_a_program),
        cmocka_unit_test(a_write_goes_on_until_all_is_taken),
        cmocka_unit_test(a_socket_that_shall_not_block_does_not),
        cmocka_unit_test(timeouts_end_calls),
        cmocka_unit_test(a_refused_socket_may_try_again),
        cmocka_unit_test(close_lingers),
        cmocka_unit_test(options_and_names),
        cmocka_unit_test(a_datagram_is_one_write),
        cmocka_unit_test(what_is_only_peeked_at_is_read_once_more),
        cmocka_unit_test(a_loop_ends_with_the_stream_or_an_error),
        cmocka_unit_test(a_loop_ends_after_so_many_turns),
        cmocka_unit_test(a_loop_that_never_ends_is_found_out),
        cmocka_unit_test(programs_of_a_host_share_their_sockets),
        cmocka_unit_test(the_system_closes_what_a_program_has_left),
        cmocka_unit_test(a_killed_program_leaves_its_call),
        cmocka_unit_test(a_host_without_power_knows_nothing),
        cmocka_unit_test(connections_keep_their_names),
        cmocka_unit_test(a_name_is_given_once_more),
        cmocka_unit_test(gauges_are_told_when_they_change),
        cmocka_unit_test(the_same_seed_tells_the_same),
        cmocka_unit_test(sweeps_are_played_point_by_point),
        cmocka_unit_test(lines_for_the_other_stack_are_skipped),
        cmocka_unit_test(what_a_world_cannot_do_ends_the_story),
        cmocka_unit_test(what_a_world_does_not_know_ends_the_story),
        cmocka_unit_test(a_reader_that_gets_other_bytes_ends_the_story),
        cmocka_unit_test(real_time_is_cut),
        cmocka_unit_test(there_may_be_no_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
