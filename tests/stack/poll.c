/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Poll bits, and who is told when: what Linux' poll(2) reports in the same situation, found by
 * doing the same on kernel sockets, is what each line expects.
 */
#include <errno.h>
#include <string.h>

#include "libpair.h"

#define PORT 80

enum {
    NOTHING = 0,
    IN = BONNET_POLLIN,
    PRI = BONNET_POLLPRI,
    OUT = BONNET_POLLOUT,
    ERR = BONNET_POLLERR,
    HUP = BONNET_POLLHUP,
    RDHUP = BONNET_POLLRDHUP,
    OVER = IN | OUT | HUP | RDHUP,
};

static struct pair p;
static int c, s; /* client on a, server on b */

static void begin(void)
{
    pair_begin(&p, NULL);
    c = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
}

static void begin_connected(void)
{
    pair_begin(&p, NULL);
    pair_connect(&p, PORT, &c, &s);
}

static int connect_to(uint16_t port)
{
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, port);
    return bonnet_connect(p.a, c, &to);
}

#define client_polls(bits) assert_int_equal(bonnet_poll(p.a, c), (bits))
#define server_polls(bits) assert_int_equal(bonnet_poll(p.b, s), (bits))

/* Linger 0 and close: b resets. */
static void reset_by_server(void)
{
    const struct bonnet_linger now = {1, 0};
    assert_int_equal(bonnet_setsockopt(p.b, s, BONNET_SO_LINGER, &now, sizeof(now)), 0);
    assert_int_equal(bonnet_close(p.b, s), 0);
    pair_run(&p);
}

static void say(struct bonnet *bn, int socket, const char *text)
{
    assert_int_equal(bonnet_send(bn, socket, text, strlen(text), 0), strlen(text));
    pair_run(&p);
}

/* ---- before a connection ---- */

static void fresh(void **state)
{
    (void)state;
    begin();
    client_polls(OUT | HUP);
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_WR), -ENOTCONN);
    client_polls(OUT | HUP);
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_RD), -ENOTCONN); /* yet it is shut */
    client_polls(OVER);
    pair_end(&p);
}

static void listening(void **state)
{
    (void)state;
    begin();
    s = pair_listen(&p, PORT);
    server_polls(NOTHING);
    assert_int_equal(connect_to(PORT), -EINPROGRESS);
    pair_run(&p);
    server_polls(IN);
    assert_true(bonnet_accept(p.b, s, NULL) >= 0);
    server_polls(NOTHING);
    assert_int_equal(bonnet_shutdown(p.b, s, BONNET_SHUT_WR), 0);
    server_polls(NOTHING);
    assert_int_equal(bonnet_shutdown(p.b, s, BONNET_SHUT_RD), 0);
    server_polls(OUT | HUP);
    pair_end(&p);
}

/* An attempt that is given up is an error: Linux' tcp_disconnect(). */
static void connecting(void **state)
{
    (void)state;
    for (int how = BONNET_SHUT_RD; how <= BONNET_SHUT_RDWR; how++) {
        begin();
        assert_int_equal(connect_to(PORT), -EINPROGRESS);
        client_polls(NOTHING);
        assert_int_equal(bonnet_send(p.a, c, "x", 1, 0), -EAGAIN);
        assert_int_equal(bonnet_shutdown(p.a, c, how), 0);
        client_polls(OUT | ERR | HUP);
        assert_int_equal(pair_get(p.a, c, BONNET_SO_ERROR), ECONNRESET);
        client_polls(OUT | HUP);
        assert_int_equal(connect_to(PORT), -EINPROGRESS);
        pair_end(&p);
    }
}

static void refused(void **state)
{
    (void)state;
    begin();
    assert_int_equal(connect_to(PORT), -EINPROGRESS);
    pair_run(&p);
    client_polls(OVER | ERR);
    assert_int_equal(pair_get(p.a, c, BONNET_SO_ERROR), ECONNREFUSED);
    client_polls(OVER);
    assert_int_equal(connect_to(PORT), -ECONNABORTED);
    client_polls(OUT | HUP);
    assert_int_equal(connect_to(PORT), -EINPROGRESS);
    pair_run(&p);
    assert_int_equal(connect_to(PORT), -ECONNREFUSED);
    client_polls(OUT | HUP);
    pair_end(&p);
}

/* ---- connected ---- */

static void established(void **state)
{
    char byte;
    (void)state;
    begin_connected();
    client_polls(OUT);
    say(p.b, s, "x");
    client_polls(IN | OUT);
    pair_set(p.a, c, BONNET_SO_RCVLOWAT, 2);
    client_polls(OUT);
    pair_set(p.a, c, BONNET_SO_RCVLOWAT, 1);
    client_polls(IN | OUT);
    assert_int_equal(bonnet_recv(p.a, c, &byte, 1, 0), 1);
    client_polls(OUT);
    pair_end(&p);
}

static void fill(void)
{
    static const char block[4096];
    while (bonnet_send(p.a, c, block, sizeof(block), 0) > 0)
        pair_run(&p);
}

static uint64_t drain(void)
{
    static char block[65536];
    uint64_t all = 0;
    for (int64_t n; (n = bonnet_recv(p.b, s, block, sizeof(block), 0)) > 0; all += (uint64_t)n)
        pair_run(&p);
    pair_advance(&p, 10 * BONNET_S); /* and the window is heard of */
    return all;
}

static void full(void **state)
{
    (void)state;
    begin_connected();
    fill();
    client_polls(NOTHING);
    while (drain() > 0)
        continue;
    client_polls(OUT);
    pair_end(&p);
}

static void peer_finishes_first(void **state)
{
    char byte;
    (void)state;
    begin_connected();
    assert_int_equal(bonnet_shutdown(p.b, s, BONNET_SHUT_WR), 0);
    pair_run(&p);
    client_polls(IN | OUT | RDHUP);
    server_polls(OUT);
    assert_int_equal(bonnet_recv(p.a, c, &byte, 1, 0), 0);
    client_polls(IN | OUT | RDHUP);
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_WR), 0);
    pair_run(&p);
    client_polls(OVER); /* closed */
    server_polls(OVER); /* TIME-WAIT */
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_WR), -ENOTCONN);
    assert_int_equal(bonnet_shutdown(p.b, s, BONNET_SHUT_RDWR), -ENOTCONN);
    assert_int_equal(bonnet_send(p.b, s, "x", 1, 0), -EPIPE);
    assert_int_equal(bonnet_recv(p.b, s, &byte, 1, 0), 0);
    struct bonnet_endpoint peer;
    assert_int_equal(bonnet_getpeername(p.b, s, &peer), -ENOTCONN);
    pair_end(&p);
}

static void shut_for_reading(void **state)
{
    (void)state;
    begin_connected();
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_RD), 0);
    client_polls(IN | OUT | RDHUP);
    say(p.b, s, "x");
    client_polls(IN | OUT | RDHUP);
    pair_end(&p);
}

static void shut_both_ways(void **state)
{
    (void)state;
    begin_connected();
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_RDWR), 0);
    client_polls(OVER);
    pair_run(&p);
    client_polls(OVER);
    pair_end(&p);
}

static void reset(void **state)
{
    (void)state;
    begin_connected();
    reset_by_server();
    client_polls(OVER | ERR);
    assert_int_equal(pair_get(p.a, c, BONNET_SO_ERROR), ECONNRESET);
    client_polls(OVER);
    assert_int_equal(bonnet_send(p.a, c, "x", 1, 0), -EPIPE);
    pair_end(&p);
}

static void reset_behind_text(void **state)
{
    char byte;
    (void)state;
    begin_connected();
    say(p.b, s, "x");
    reset_by_server();
    client_polls(OVER | ERR);
    assert_int_equal(bonnet_recv(p.a, c, &byte, 1, 0), 1);
    assert_int_equal(bonnet_recv(p.a, c, &byte, 1, 0), -ECONNRESET);
    client_polls(OVER);
    pair_end(&p);
}

/* A write to somebody who has left: EPIPE, not ECONNRESET. */
static void reset_behind_end(void **state)
{
    (void)state;
    begin_connected();
    assert_int_equal(bonnet_close(p.b, s), 0);
    pair_run(&p);
    client_polls(IN | OUT | RDHUP);
    say(p.a, c, "x");
    client_polls(OVER | ERR);
    assert_int_equal(pair_get(p.a, c, BONNET_SO_ERROR), EPIPE);
    pair_end(&p);
}

static void datagrams(void **state)
{
    const struct bonnet_endpoint nobody = pair_endpoint(PAIR_B, 9);
    (void)state;
    pair_begin(&p, NULL);
    c = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    client_polls(OUT);
    assert_int_equal(bonnet_connect(p.a, c, &nobody), 0);
    say(p.a, c, "x");
    client_polls(OUT | ERR);
    assert_int_equal(pair_get(p.a, c, BONNET_SO_ERROR), ECONNREFUSED);
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_RD), 0);
    client_polls(IN | OUT | RDHUP);
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_WR), 0);
    client_polls(OVER);
    pair_end(&p);
}

/* ---- events: none is lost ---- */

/* The bits of the one event that waits on this stack; 0: there is none. */
static int event_of(struct bonnet *bn, int socket)
{
    struct bonnet_event events[4];
    int n = bonnet_ready(bn, events, 4);
    assert_in_range(n, 0, 1);
    if (n == 0) return 0;
    assert_int_equal(events[0].socket, socket);
    return events[0].bits;
}

/* One event for two connections: whoever is told takes all, as with EPOLLET. */
static void text_before_accept_is_told_at_accept(void **state)
{
    (void)state;
    begin();
    int l = pair_listen(&p, PORT);
    assert_int_equal(connect_to(PORT), -EINPROGRESS);
    pair_run(&p);
    int second = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, PORT);
    assert_int_equal(bonnet_connect(p.a, second, &to), -EINPROGRESS);
    pair_run(&p);
    say(p.a, c, "x");
    assert_int_equal(event_of(p.b, l), IN);
    s = bonnet_accept(p.b, l, NULL);
    assert_int_equal(event_of(p.b, s), IN | OUT);
    s = bonnet_accept(p.b, l, NULL);
    assert_int_equal(event_of(p.b, s), OUT);
    assert_int_equal(bonnet_accept(p.b, l, NULL), -EAGAIN);
    pair_end(&p);
}

/* Who was refused is told when there is room. */
static void room_after_a_refusal_is_told(void **state)
{
    (void)state;
    begin_connected();
    fill();
    (void)event_of(p.a, c);
    while (drain() > 0)
        continue;
    assert_int_equal(event_of(p.a, c), OUT);
    pair_end(&p);
}

/* Who only asked, and heard that there is none, is told as well: Linux' tcp_poll(). */
static void room_after_a_question_is_told(void **state)
{
    static const char text[8192];
    (void)state;
    begin_connected();
    pair_set(p.a, c, BONNET_SO_SNDBUF, sizeof(text));
    (void)event_of(p.a, c);
    assert_int_equal(bonnet_send(p.a, c, text, sizeof(text), 0), sizeof(text));
    client_polls(NOTHING);
    pair_run(&p);
    assert_int_equal(event_of(p.a, c), OUT);
    pair_end(&p);
}

static void room_after_an_event_without_it_is_told(void **state)
{
    static const char text[8192];
    (void)state;
    begin_connected();
    pair_set(p.a, c, BONNET_SO_SNDBUF, sizeof(text));
    (void)event_of(p.a, c);
    say(p.b, s, "x");
    assert_int_equal(bonnet_send(p.a, c, text, sizeof(text), 0), sizeof(text));
    assert_int_equal(event_of(p.a, c), IN);
    pair_run(&p);
    assert_int_equal(event_of(p.a, c), IN | OUT);
    pair_end(&p);
}

static void room_for_datagrams_after_a_question_is_told(void **state)
{
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 9);
    static const char text[1000];
    (void)state;
    pair_begin(&p, NULL);
    c = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    pair_set(p.a, c, BONNET_SO_SNDBUF, 1500);
    assert_int_equal(bonnet_sendto(p.a, c, text, sizeof(text), 0, &to), sizeof(text));
    client_polls(NOTHING);
    assert_int_equal(event_of(p.a, c), 0);
    pair_run(&p);
    assert_int_equal(event_of(p.a, c), OUT);
    pair_end(&p);
}

/* Linux: sk_write_space() and tcp_set_rcvlowat(). */
static void room_that_an_option_makes_is_told(void **state)
{
    static const char text[8192];
    (void)state;
    begin_connected();
    pair_set(p.a, c, BONNET_SO_SNDBUF, sizeof(text));
    assert_int_equal(bonnet_send(p.a, c, text, sizeof(text), 0), sizeof(text));
    (void)event_of(p.a, c);
    pair_set(p.a, c, BONNET_SO_SNDBUF, 4 * sizeof(text));
    assert_int_equal(event_of(p.a, c), OUT);
    pair_set(p.a, c, BONNET_TCP_NOTSENT_LOWAT, 1);
    client_polls(NOTHING);
    (void)event_of(p.a, c);
    pair_set(p.a, c, BONNET_TCP_NOTSENT_LOWAT, 0);
    assert_int_equal(event_of(p.a, c), OUT);
    pair_end(&p);
}

static void lower_mark_is_told(void **state)
{
    (void)state;
    begin_connected();
    pair_set(p.a, c, BONNET_SO_RCVLOWAT, 2);
    say(p.b, s, "x");
    (void)event_of(p.a, c);
    pair_set(p.a, c, BONNET_SO_RCVLOWAT, 1);
    assert_int_equal(event_of(p.a, c), IN | OUT);
    pair_end(&p);
}

static void closed_socket_is_not_told_of(void **state)
{
    (void)state;
    begin_connected();
    (void)event_of(p.a, c);
    say(p.b, s, "x");
    assert_int_equal(bonnet_close(p.a, c), 0);
    assert_int_equal(event_of(p.a, c), 0);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh),
        cmocka_unit_test(listening),
        cmocka_unit_test(connecting),
        cmocka_unit_test(refused),
        cmocka_unit_test(established),
        cmocka_unit_test(full),
        cmocka_unit_test(peer_finishes_first),
        cmocka_unit_test(shut_for_reading),
        cmocka_unit_test(shut_both_ways),
        cmocka_unit_test(reset),
        cmocka_unit_test(reset_behind_text),
        cmocka_unit_test(reset_behind_end),
        cmocka_unit_test(datagrams),
        cmocka_unit_test(text_before_accept_is_told_at_accept),
        cmocka_unit_test(room_after_a_refusal_is_told),
        cmocka_unit_test(room_after_a_question_is_told),
        cmocka_unit_test(room_after_an_event_without_it_is_told),
        cmocka_unit_test(room_for_datagrams_after_a_question_is_told),
        cmocka_unit_test(room_that_an_option_makes_is_told),
        cmocka_unit_test(lower_mark_is_told),
        cmocka_unit_test(closed_socket_is_not_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
