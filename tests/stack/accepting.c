/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listeners at work: the arithmetic of the backlog, what connections inherit, what becomes of those
 * that nobody takes, and how a stack's readiness is told.
 */
#include <errno.h>
#include <string.h>

#include "libpair.h"

static struct pair p;

static int dial(uint16_t port)
{
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, port);
    int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(s >= 0);
    assert_int_equal(bonnet_connect(p.a, s, &to), -EINPROGRESS);
    return s;
}

static uint32_t accept_queue(int l)
{
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(p.b, l, &row), 0);
    return row.recv_q;
}

/* Linux: a backlog of 2 holds 3; the next SYN is not answered until there is room. */
static void a_backlog_of_two_holds_three(void **state)
{
    (void)state;
    pair_begin(&p, NULL);
    int l = pair_listen(&p, 80), c[5];
    assert_int_equal(bonnet_listen(p.b, l, 2), 0);
    for (int i = 0; i < 5; i++) {
        c[i] = dial(80);
        pair_run(&p);
    }
    assert_int_equal(accept_queue(l), 3);
    assert_int_equal(pair_state(p.a, c[2]), BONNET_ESTABLISHED);
    assert_int_equal(pair_state(p.a, c[3]), BONNET_SYN_SENT);
    assert_true(bonnet_reason_count(p.b, BONNET_R_LISTEN_OVERFLOW) >= 2);
    for (int i = 0; i < 3; i++)
        assert_true(bonnet_accept(p.b, l, NULL) >= 0);
    assert_int_equal(bonnet_accept(p.b, l, NULL), -EAGAIN);
    pair_advance(&p, 5 * BONNET_S);
    assert_int_equal(pair_state(p.a, c[4]), BONNET_ESTABLISHED);
    assert_int_equal(accept_queue(l), 2);
    pair_end(&p);
}

static void connections_come_in_the_order_of_their_handshakes(void **state)
{
    (void)state;
    struct bonnet_endpoint name, peer;
    pair_begin(&p, NULL);
    int l = pair_listen(&p, 80), c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = dial(80);
        pair_run(&p);
    }
    for (int i = 0; i < 4; i++) {
        assert_true(bonnet_accept(p.b, l, &peer) >= 0);
        assert_int_equal(bonnet_getsockname(p.a, c[i], &name), 0);
        assert_int_equal(peer.port, name.port);
    }
    pair_end(&p);
}

static void a_connection_inherits_what_was_set(void **state)
{
    (void)state;
    const uint64_t second = BONNET_S;
    const struct bonnet_linger linger = {1, 7};
    uint64_t ns;
    size_t len = sizeof(ns);
    pair_begin(&p, NULL);
    int l = pair_listen(&p, 80);
    pair_set(p.b, l, BONNET_TCP_KEEPIDLE, 55);
    pair_set(p.b, l, BONNET_TCP_NODELAY, 1);
    pair_set(p.b, l, BONNET_SO_RCVLOWAT, 9);
    pair_set(p.b, l, BONNET_IP_TOS, 0x20);
    assert_int_equal(bonnet_setsockopt(p.b, l, BONNET_SO_RCVTIMEO, &second, sizeof(second)), 0);
    assert_int_equal(bonnet_setsockopt(p.b, l, BONNET_SO_LINGER, &linger, sizeof(linger)), 0);
    dial(80);
    pair_run(&p);
    int s = bonnet_accept(p.b, l, NULL);
    assert_int_equal(pair_get(p.b, s, BONNET_TCP_KEEPIDLE), 55);
    assert_int_equal(pair_get(p.b, s, BONNET_TCP_NODELAY), 1);
    assert_int_equal(pair_get(p.b, s, BONNET_SO_RCVLOWAT), 9);
    assert_int_equal(pair_get(p.b, s, BONNET_IP_TOS), 0x20);
    assert_int_equal(pair_get(p.b, s, BONNET_SO_REUSEADDR), 1);
    assert_int_equal(bonnet_getsockopt(p.b, s, BONNET_SO_RCVTIMEO, &ns, &len), 0);
    assert_true(ns == second);
    struct bonnet_linger got;
    len = sizeof(got);
    assert_int_equal(bonnet_getsockopt(p.b, s, BONNET_SO_LINGER, &got, &len), 0);
    assert_memory_equal(&got, &linger, sizeof(got));
    pair_end(&p);
}

/* What arrived before accept() is there after it, and so is a reset. */
static void time_before_accept_counts(void **state)
{
    (void)state;
    char buf[8];
    const struct bonnet_linger now = {1, 0};
    pair_begin(&p, NULL);
    int l = pair_listen(&p, 80), c = dial(80), reset = dial(80);
    pair_run(&p);
    bonnet_send(p.a, c, "early", 5, 0);
    bonnet_shutdown(p.a, c, BONNET_SHUT_WR);
    bonnet_setsockopt(p.a, reset, BONNET_SO_LINGER, &now, sizeof(now));
    bonnet_close(p.a, reset);
    pair_run(&p);
    int s = bonnet_accept(p.b, l, NULL);
    assert_int_equal(bonnet_recv(p.b, s, buf, 8, 0), 5);
    assert_int_equal(bonnet_recv(p.b, s, buf, 8, 0), 0);
    s = bonnet_accept(p.b, l, NULL);
    assert_true(s >= 0);
    assert_int_equal(bonnet_recv(p.b, s, buf, 8, 0), -ECONNRESET);
    pair_end(&p);
}

static void those_that_nobody_took_are_reset(void **state)
{
    (void)state;
    struct bonnet_totals totals = {.size = sizeof(totals)};
    for (int shut = 0; shut < 2; shut++) {
        pair_begin(&p, NULL);
        int l = pair_listen(&p, 80), c = dial(80);
        pair_run(&p);
        if (shut)
            assert_int_equal(bonnet_shutdown(p.b, l, BONNET_SHUT_RDWR), 0);
        else
            assert_int_equal(bonnet_close(p.b, l), 0);
        pair_run(&p);
        assert_int_equal(pair_get(p.a, c, BONNET_SO_ERROR), ECONNRESET);
        assert_int_equal(bonnet_reason_count(p.b, BONNET_R_LISTENER_CLOSED), 1);
        assert_int_equal(bonnet_totals(p.b, &totals), 0);
        assert_int_equal(totals.listeners, 0);
        assert_int_equal(totals.connections, shut);
        pair_end(&p);
    }
}

/* No handle or no memory for one: the connection stays at the head of the queue. */
static void accept_may_be_tried_again(void **state)
{
    (void)state;
    struct bonnet_endpoint name, peer;
    const uint64_t second = BONNET_S;
    pair_begin(&p, &(struct pair_options){.limits = {.sockets_max = 2}});
    int l = pair_listen(&p, 80), c = dial(80);
    int other = bonnet_socket(p.b, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    bonnet_setsockopt(p.b, l, BONNET_SO_SNDTIMEO, &second, sizeof(second));
    pair_run(&p);
    assert_int_equal(bonnet_accept(p.b, l, NULL), -ENFILE);
    bonnet_close(p.b, other);
    p.heap[1].refuse_at = p.heap[1].asked + 1;
    assert_int_equal(bonnet_accept(p.b, l, NULL), -ENOMEM);
    assert_int_equal(accept_queue(l), 1);
    assert_true(bonnet_accept(p.b, l, &peer) >= 0);
    assert_int_equal(accept_queue(l), 0);
    bonnet_getsockname(p.a, c, &name);
    assert_int_equal(peer.port, name.port);
    pair_end(&p);
}

/* Edge triggered: each piece of news is told once, with all that holds then. */
static void news_are_told_once(void **state)
{
    (void)state;
    struct bonnet_event e[4];
    pair_begin(&p, NULL);
    int l = pair_listen(&p, 80), c = dial(80);
    bonnet_set_user(p.b, l, 7);
    pair_run(&p);
    assert_int_equal(bonnet_ready(p.a, e, 4), 1);
    assert_int_equal(e[0].socket, c);
    assert_int_equal(e[0].bits, BONNET_POLLOUT);
    assert_int_equal(bonnet_ready(p.b, e, 4), 1);
    assert_int_equal(e[0].user, 7);
    assert_int_equal(e[0].bits, BONNET_POLLIN);
    assert_int_equal(bonnet_ready(p.b, e, 4), 0);
    int s = bonnet_accept(p.b, l, NULL);
    assert_int_equal(bonnet_ready(p.b, e, 4), 1);
    assert_int_equal(e[0].socket, s);
    assert_int_equal(e[0].bits, BONNET_POLLOUT);
    bonnet_send(p.a, c, "x", 1, 0);
    pair_run(&p);
    assert_int_equal(bonnet_ready(p.b, e, 4), 1);
    assert_int_equal(e[0].bits, BONNET_POLLIN | BONNET_POLLOUT);
    assert_int_equal(bonnet_ready(p.b, e, 4), 0);
    bonnet_send(p.a, c, "x", 1, 0);
    pair_run(&p);
    bonnet_close(p.b, s);
    assert_int_equal(bonnet_ready(p.b, e, 4), 0);
    pair_end(&p);
}

/* A half-open connection shares its port as its listener does, so that a second server may start
 * while a handshake is under way. */
static void a_handshake_does_not_keep_the_port_from_the_next_server(void **state)
{
    (void)state;
    const struct pair_options options = {.delay = 10 * BONNET_MS};
    const struct bonnet_endpoint at = pair_endpoint(PAIR_B, 80);
    for (int shared = 0; shared < 2; shared++) {
        struct bonnet_totals totals = {.size = sizeof(totals)};
        pair_begin(&p, &options);
        int first = bonnet_socket(p.b, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
        int second = bonnet_socket(p.b, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
        pair_set(p.b, first, BONNET_SO_REUSEPORT, shared);
        pair_set(p.b, second, BONNET_SO_REUSEPORT, 1);
        assert_int_equal(bonnet_bind(p.b, first, &at), 0);
        assert_int_equal(bonnet_listen(p.b, first, 2), 0);
        dial(80);
        pair_advance(&p, 15 * BONNET_MS);
        assert_int_equal(bonnet_totals(p.b, &totals), 0);
        assert_int_equal(totals.half_open, 1);
        assert_int_equal(bonnet_bind(p.b, second, &at), shared ? 0 : -EADDRINUSE);
        pair_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backlog_of_two_holds_three),
        cmocka_unit_test(connections_come_in_the_order_of_their_handshakes),
        cmocka_unit_test(a_connection_inherits_what_was_set),
        cmocka_unit_test(time_before_accept_counts),
        cmocka_unit_test(those_that_nobody_took_are_reset),
        cmocka_unit_test(accept_may_be_tried_again),
        cmocka_unit_test(news_are_told_once),
        cmocka_unit_test(a_handshake_does_not_keep_the_port_from_the_next_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
