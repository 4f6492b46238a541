/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What inspection shows of each kind of object, in each phase of a connection: the queues, the
 * timers and why nothing more is sent.
 */
#include <errno.h>
#include <string.h>

#include "libpair.h"

static struct pair p;

static struct bonnet_row row_of(const struct bonnet *bn, int s)
{
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(bn, s, &row), 0);
    return row;
}

/* The only row of a kind; fails if there are none or several. */
static struct bonnet_row only(const struct bonnet *bn, enum bonnet_row_kind kind)
{
    struct bonnet_row row = {.size = sizeof(row)}, found = {.size = 0};
    uint64_t cursor = 0;
    unsigned n = 0;
    while (bonnet_inspect(bn, &cursor, &row) == 1) {
        if (row.kind != kind) continue;
        found = row;
        n++;
    }
    assert_int_equal(n, 1);
    return found;
}

static bool lose_all(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    (void)f;
    return false;
}

static bool lose_from_b(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    return f->from == PAIR_A;
}

static void a_fresh_socket_is_unbound(void **state)
{
    (void)state;
    pair_begin(&p, NULL);
    int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    bonnet_set_user(p.a, s, 42);
    struct bonnet_row row = only(p.a, BONNET_ROW_UNBOUND);
    assert_int_equal(row.socket, s);
    assert_int_equal(row.state, BONNET_CLOSED);
    assert_int_equal(row.user, 42);
    assert_int_equal(row.recv_q_max, 131072);
    assert_int_equal(row.timers_armed, 0);
    pair_end(&p);
}

static void connecting_waits_for_the_handshake(void **state)
{
    (void)state;
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
    pair_begin(&p, NULL);
    int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    p.hook = lose_all;
    bonnet_connect(p.a, s, &to);
    assert_int_equal(row_of(p.a, s).why, BONNET_WHY_SENDING);
    pair_run(&p);
    struct bonnet_row row = only(p.a, BONNET_ROW_CONNECTION);
    assert_int_equal(row.state, BONNET_SYN_SENT);
    assert_int_equal(row.why, BONNET_WHY_HANDSHAKE);
    assert_int_equal(row.timer, BONNET_TIMER_RETRANSMIT);
    assert_int_equal(row.timers_armed, 1u << BONNET_TIMER_RETRANSMIT);
    assert_true(row.timer_left == BONNET_S);
    assert_int_equal(row.snd_nxt, row.iss + 1);
    assert_memory_equal(&row.remote, &to, sizeof(to));
    pair_advance(&p, BONNET_S + BONNET_S / 2);
    row = row_of(p.a, s);
    assert_int_equal(row.retransmits, 1);
    assert_true(row.timer_left == BONNET_S * 3 / 2);
    assert_true(row.stalled == BONNET_S * 3 / 2);
    pair_end(&p);
}

/* The next hop does not say where it is. */
static void an_unknown_neighbour_is_why(void **state)
{
    (void)state;
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
    pair_begin(&p, &(struct pair_options){.ethernet = true});
    int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    p.hook = lose_all;
    bonnet_connect(p.a, s, &to);
    pair_run(&p);
    assert_int_equal(row_of(p.a, s).why, BONNET_WHY_NEIGHBOUR);
    pair_end(&p);
}

static void a_half_open_connection_has_no_socket(void **state)
{
    (void)state;
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
    pair_begin(&p, NULL);
    int l = pair_listen(&p, 80), c = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    p.hook = lose_from_b;
    bonnet_connect(p.a, c, &to);
    pair_advance(&p, BONNET_S / 2);
    struct bonnet_row row = only(p.b, BONNET_ROW_HALF_OPEN);
    assert_int_equal(row.socket, -1);
    assert_int_equal(row.state, BONNET_SYN_RECEIVED);
    assert_int_equal(row.timer, BONNET_TIMER_RETRANSMIT);
    assert_true(row.timer_left == BONNET_S / 2);
    assert_int_equal(row.rcv_nxt, row_of(p.a, c).snd_nxt);
    row = row_of(p.b, l);
    assert_int_equal(row.kind, BONNET_ROW_LISTENER);
    assert_int_equal(row.syn_q, 1);
    assert_int_equal(row.recv_q, 0);
    assert_int_equal(row.send_q, 16);
    pair_end(&p);
}

static void an_accept_queue_is_shown(void **state)
{
    (void)state;
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 80);
    pair_begin(&p, NULL);
    int l = pair_listen(&p, 80), c = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    bonnet_connect(p.a, c, &to);
    pair_run(&p);
    assert_int_equal(row_of(p.b, l).recv_q, 1);
    assert_int_equal(row_of(p.b, l).syn_q, 0);
    struct bonnet_row row = only(p.b, BONNET_ROW_CONNECTION);
    assert_int_equal(row.socket, -1);
    assert_int_equal(row.state, BONNET_ESTABLISHED);
    assert_false(row.orphan);
    pair_end(&p);
}

static void queues_are_counted_in_bytes(void **state)
{
    (void)state;
    int c, s;
    char buf[100] = "";
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(bonnet_send(p.a, c, buf, 100, 0), 100);
    struct bonnet_row row = row_of(p.a, c);
    assert_int_equal(row.send_q, 100);
    assert_int_equal(row.unsent, 100);
    assert_int_equal(row.in_flight, 0);
    assert_int_equal(row.why, BONNET_WHY_SENDING);
    p.hook = lose_from_b;
    pair_run(&p);
    row = row_of(p.a, c);
    assert_int_equal(row.unsent, 0);
    assert_int_equal(row.in_flight, 100);
    assert_int_equal(row.written, 100);
    assert_int_equal(row.why, BONNET_WHY_APP);
    assert_int_equal(row.timer, BONNET_TIMER_RETRANSMIT);
    row = row_of(p.b, s);
    assert_int_equal(row.recv_q, 100);
    assert_int_equal(row.delivered, 0);
    assert_int_equal(bonnet_recv(p.b, s, buf, 30, 0), 30);
    row = row_of(p.b, s);
    assert_int_equal(row.recv_q, 70);
    assert_int_equal(row.delivered, 30);
    assert_int_equal(row.info.tcpi_bytes_received, 100);
    assert_int_equal(row.info.tcpi_advmss, 1448); /* as on Linux: without what timestamps take */
    pair_end(&p);
}

/* Nobody reads: the window closes, and the sender asks again and again. */
static void a_closed_window_is_why(void **state)
{
    (void)state;
    int c, s;
    static char text[300000];
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    pair_set(p.b, s, BONNET_SO_RCVBUF, 20000);
    assert_int_equal(bonnet_send(p.a, c, text, sizeof(text), 0), sizeof(text));
    pair_advance(&p, 10 * BONNET_S);
    struct bonnet_row row = row_of(p.a, c);
    assert_int_equal(row.why, BONNET_WHY_WINDOW);
    assert_int_equal(row.timer, BONNET_TIMER_PERSIST);
    assert_int_equal(row.timers_armed, 1u << BONNET_TIMER_PERSIST);
    assert_int_equal(row.snd_wnd, 0);
    assert_int_equal(row.unsent, row.send_q);
    assert_int_equal(row_of(p.b, s).stalled, 0);
    assert_int_equal(row.retransmits, 0); /* its probes are answered */
    p.hook = lose_all;
    pair_advance(&p, 100 * BONNET_S);
    row = row_of(p.a, c);
    assert_true(row.retransmits > 0);
    assert_in_range(row.stalled / BONNET_S, 100, 101);
    pair_end(&p);
}

static void a_part_segment_waits_for_nagle(void **state)
{
    (void)state;
    int c, s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    p.hook = lose_from_b;
    bonnet_send(p.a, c, "first", 5, 0);
    pair_run(&p);
    bonnet_send(p.a, c, "second", 6, 0);
    pair_run(&p);
    assert_int_equal(row_of(p.a, c).why, BONNET_WHY_NAGLE);
    assert_int_equal(row_of(p.a, c).unsent, 6);
    assert_int_equal(bonnet_outq_unsent(p.a, c), 6);
    assert_int_equal(bonnet_outq(p.a, c), 11);
    pair_set(p.a, c, BONNET_TCP_NODELAY, 1);
    pair_run(&p);
    assert_int_equal(row_of(p.a, c).unsent, 0);
    pair_end(&p);
}

static void a_keepalive_is_a_timer(void **state)
{
    (void)state;
    int c, s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(row_of(p.a, c).timer, BONNET_TIMER_NONE);
    pair_set(p.a, c, BONNET_TCP_KEEPIDLE, 100);
    pair_set(p.a, c, BONNET_SO_KEEPALIVE, 1);
    struct bonnet_row row = row_of(p.a, c);
    assert_true(row.keepalive);
    assert_int_equal(row.timer, BONNET_TIMER_KEEPALIVE);
    assert_in_range(row.timer_left / BONNET_S, 99, 100);
    p.hook = lose_all;
    pair_advance(&p, 110 * BONNET_S);
    assert_int_equal(row_of(p.a, c).retransmits, 1);
    pair_end(&p);
}

static void what_a_program_leaves_behind_is_shown(void **state)
{
    (void)state;
    int c, s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    bonnet_close(p.a, c);
    pair_run(&p);
    struct bonnet_row row = only(p.a, BONNET_ROW_CONNECTION);
    assert_true(row.orphan);
    assert_int_equal(row.socket, -1);
    assert_int_equal(row.state, BONNET_FIN_WAIT_2);
    assert_int_equal(row.timer, BONNET_TIMER_TIMEWAIT);
    assert_int_equal(row.why, BONNET_WHY_NOTHING_LEFT);
    bonnet_close(p.b, s);
    pair_advance(&p, 10 * BONNET_S);
    row = only(p.a, BONNET_ROW_TIME_WAIT);
    assert_int_equal(row.state, BONNET_TIME_WAIT);
    assert_int_equal(row.timer, BONNET_TIMER_TIMEWAIT);
    assert_int_equal(row.timer_left / BONNET_S, 50);
    assert_int_equal(row.remote.port, 80);
    pair_end(&p);
}

static void datagrams_are_counted_too(void **state)
{
    (void)state;
    pair_begin(&p, NULL);
    int s = bonnet_socket(p.a, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, 53);
    assert_int_equal(only(p.a, BONNET_ROW_DATAGRAM).state, BONNET_CLOSED);
    assert_int_equal(bonnet_connect(p.a, s, &to), 0);
    bonnet_send(p.a, s, "x", 1, 0);
    struct bonnet_row row = row_of(p.a, s);
    assert_int_equal(row.state, BONNET_ESTABLISHED);
    assert_true(row.send_q > 0);
    assert_memory_equal(&row.remote, &to, sizeof(to));
    pair_end(&p);
}

static void rows_have_a_size(void **state)
{
    (void)state;
    uint64_t cursor = 0;
    struct bonnet_row row = {.size = sizeof(row) - 1};
    pair_begin(&p, NULL);
    assert_int_equal(bonnet_inspect(p.a, &cursor, &row), -EINVAL);
    assert_int_equal(bonnet_inspect_socket(p.a, 0, &row), -EINVAL);
    row.size++;
    assert_int_equal(bonnet_inspect(p.a, &cursor, &row), 0);
    assert_int_equal(bonnet_inspect_socket(p.a, 0, &row), -EBADF);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fresh_socket_is_unbound),
        cmocka_unit_test(connecting_waits_for_the_handshake),
        cmocka_unit_test(an_unknown_neighbour_is_why),
        cmocka_unit_test(a_half_open_connection_has_no_socket),
        cmocka_unit_test(an_accept_queue_is_shown),
        cmocka_unit_test(queues_are_counted_in_bytes),
        cmocka_unit_test(a_closed_window_is_why),
        cmocka_unit_test(a_part_segment_waits_for_nagle),
        cmocka_unit_test(a_keepalive_is_a_timer),
        cmocka_unit_test(what_a_program_leaves_behind_is_shown),
        cmocka_unit_test(datagrams_are_counted_too),
        cmocka_unit_test(rows_have_a_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
