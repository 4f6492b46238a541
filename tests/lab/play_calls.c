/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of the sockets API as a story makes them: what blocks, for how long, what is moved; loops.
 */
#include "libplay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
