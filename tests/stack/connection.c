/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection from both sides, through the calls only: what connect, accept, send, recv, shutdown
 * and close say at each moment of its life, with Linux' error numbers.
 */
#include <errno.h>
#include <string.h>

#include "libpair.h"

static struct pair p;

static int stream(struct bonnet *bn)
{
    int s = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(s >= 0);
    return s;
}

static int connect_to(int s, uint16_t port)
{
    const struct bonnet_endpoint to = pair_endpoint(PAIR_B, port);
    return bonnet_connect(p.a, s, &to);
}

/* connect() says how the attempt ended once, and then that there is a connection. */
static void connect_tells_its_end_once(void **state)
{
    (void)state;
    pair_begin(&p, NULL);
    int l = pair_listen(&p, 80), c = stream(p.a);
    assert_int_equal(connect_to(c, 80), -EINPROGRESS);
    assert_int_equal(connect_to(c, 80), -EALREADY);
    assert_int_equal(pair_state(p.a, c), BONNET_SYN_SENT);
    assert_int_equal(bonnet_send(p.a, c, "x", 1, 0), -EAGAIN);
    pair_run(&p);
    assert_int_equal(connect_to(c, 80), 0);
    assert_int_equal(connect_to(c, 80), -EISCONN);
    assert_int_equal(bonnet_accept(p.b, c + 1000, NULL), -EBADF);
    struct bonnet_endpoint peer, name;
    int s = bonnet_accept(p.b, l, &peer);
    assert_int_equal(bonnet_getsockname(p.a, c, &name), 0);
    assert_memory_equal(&peer.addr, &name.addr, sizeof(peer.addr));
    assert_int_equal(peer.port, name.port);
    const struct bonnet_endpoint to = pair_endpoint(PAIR_A, 1);
    assert_int_equal(bonnet_connect(p.b, s, &to), -EISCONN);
    assert_int_equal(bonnet_accept(p.b, l, NULL), -EAGAIN);
    pair_end(&p);
}

static void refused_is_told_once_and_tried_again(void **state)
{
    (void)state;
    pair_begin(&p, NULL);
    int c = stream(p.a);
    assert_int_equal(connect_to(c, 80), -EINPROGRESS);
    pair_run(&p);
    assert_true(bonnet_poll(p.a, c) & BONNET_POLLERR);
    assert_true(bonnet_poll(p.a, c) & BONNET_POLLHUP);
    assert_int_equal(connect_to(c, 80), -ECONNREFUSED);
    pair_listen(&p, 80);
    assert_int_equal(connect_to(c, 80), -EINPROGRESS);
    pair_run(&p);
    assert_int_equal(connect_to(c, 80), 0);
    pair_end(&p);
}

/* SO_ERROR takes the error: connect() then only knows that there is none. */
static void error_is_taken_by_whoever_asks_first(void **state)
{
    (void)state;
    pair_begin(&p, NULL);
    int c = stream(p.a);
    connect_to(c, 80);
    pair_run(&p);
    assert_int_equal(pair_get(p.a, c, BONNET_SO_ERROR), ECONNREFUSED);
    assert_int_equal(pair_get(p.a, c, BONNET_SO_ERROR), 0);
    assert_int_equal(connect_to(c, 80), -ECONNABORTED);
    assert_int_equal(bonnet_recv(p.a, c, NULL, 0, 0), -ENOTCONN);
    pair_end(&p);
}

/* @req 9293-MAY-17: where a PSH was does not show. */
static void bytes_arrive_in_pieces_of_any_shape(void **state)
{
    (void)state;
    int c, s;
    char buf[16] = {0};
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    struct bonnet_iov out[3] = {{"ab", 2}, {NULL, 0}, {"cdef", 4}};
    const struct bonnet_msghdr msg = {.iov = out, .iov_n = 3};
    assert_int_equal(bonnet_sendmsg(p.a, c, &msg, 0), 6);
    pair_run(&p);
    assert_int_equal(bonnet_inq(p.b, s), 6);
    assert_int_equal(bonnet_recv(p.b, s, buf, 4, BONNET_MSG_PEEK), 4);
    assert_memory_equal(buf, "abcd", 4);
    struct bonnet_iov in[2] = {{buf, 1}, {buf + 8, 8}};
    struct bonnet_endpoint from;
    struct bonnet_addr local;
    struct bonnet_msghdr got = {.name = &from, .local = &local, .iov = in, .iov_n = 2};
    assert_int_equal(bonnet_recvmsg(p.b, s, &got, 0), 6);
    assert_memory_equal(buf, "a", 1);
    assert_memory_equal(buf + 8, "bcdef", 5);
    const struct bonnet_addr a = pair_addr(PAIR_A), b = pair_addr(PAIR_B);
    assert_memory_equal(&from.addr, &a, sizeof(a));
    assert_memory_equal(&local, &b, sizeof(b));
    assert_int_equal(bonnet_recv(p.b, s, buf, 4, 0), -EAGAIN);
    assert_int_equal(bonnet_outq(p.a, c), 0);
    pair_end(&p);
}

/* TK-NOTCP: no bytes wanted, none given. */
static void no_bytes_are_not_an_end(void **state)
{
    (void)state;
    int c, s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(bonnet_send(p.a, c, "", 0, 0), 0);
    assert_int_equal(bonnet_recv(p.b, s, NULL, 0, 0), -EAGAIN);
    bonnet_send(p.a, c, "x", 1, 0);
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.b, s, NULL, 0, 0), 0);
    assert_int_equal(bonnet_inq(p.b, s), 1);
    pair_end(&p);
}

/* Linux: MSG_TRUNC takes bytes off a stream and gives none of them. */
static void trunc_discards(void **state)
{
    (void)state;
    int c, s;
    char buf[8] = "-------";
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    bonnet_send(p.a, c, "abcdef", 6, 0);
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.b, s, buf, 4, BONNET_MSG_TRUNC), 4);
    assert_string_equal(buf, "-------");
    assert_int_equal(bonnet_recv(p.b, s, buf, 8, 0), 2);
    assert_memory_equal(buf, "ef", 2);
    pair_end(&p);
}

static void reserve_and_commit_send_what_was_written(void **state)
{
    (void)state;
    int c, s;
    struct bonnet_iov iov[3];
    static uint8_t text[3 * RING_PAGE];
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    bonnet_send(p.a, c, "start", 5, 0);
    int64_t n = bonnet_send_reserve(p.a, c, iov, 3, 10000);
    assert_int_equal(n, 10000);
    size_t at = 0;
    for (int i = 0; i < 3 && at < 10000; at += iov[i++].len)
        memset(iov[i].base, 'a' + i, iov[i].len);
    assert_int_equal(at, 10000);
    assert_int_equal(bonnet_send_commit(p.a, c, 10001), -EINVAL);
    assert_int_equal(bonnet_send_commit(p.a, c, 9000), 0);
    assert_int_equal(bonnet_send_commit(p.a, c, 1), -EINVAL);
    pair_advance(&p, BONNET_S);
    assert_int_equal(bonnet_recv(p.b, s, text, sizeof(text), 0), 9005);
    assert_memory_equal(text, "startaa", 7);
    assert_int_equal(text[9004], 'c');
    pair_end(&p);
}

static void a_send_ends_a_reservation(void **state)
{
    (void)state;
    int c, s;
    struct bonnet_iov iov;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(bonnet_send_reserve(p.a, c, &iov, 1, 100), 100);
    assert_int_equal(bonnet_send(p.a, c, "x", 1, 0), 1);
    assert_int_equal(bonnet_send_commit(p.a, c, 100), -EINVAL);
    pair_end(&p);
}

/* The pages that were reserved may have left with the text before them. */
static void an_acknowledgment_ends_a_reservation(void **state)
{
    (void)state;
    int c, s;
    struct bonnet_iov iov;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    bonnet_send(p.a, c, "start", 5, 0);
    assert_int_equal(bonnet_send_reserve(p.a, c, &iov, 1, 100), 100);
    pair_advance(&p, BONNET_S);
    assert_int_equal(bonnet_outq(p.a, c), 0);
    assert_int_equal(bonnet_send_commit(p.a, c, 100), -EINVAL);
    pair_end(&p);
}

static void a_reservation_ends_the_one_before(void **state)
{
    (void)state;
    int c, s;
    struct bonnet_iov iov;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(bonnet_send_reserve(p.a, c, &iov, 1, 100), 100);
    assert_int_equal(bonnet_send_reserve(p.a, c, &iov, 1, 0), 0);
    assert_int_equal(bonnet_send_commit(p.a, c, 1), -EINVAL);
    pair_end(&p);
}

static void peek_and_consume_read_in_place(void **state)
{
    (void)state;
    int c, s;
    static uint8_t text[10000];
    struct bonnet_iov iov[4];
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 7);
    assert_int_equal(bonnet_recv_peek(p.b, s, iov, 4), -EAGAIN);
    bonnet_send(p.a, c, text, sizeof(text), 0);
    pair_advance(&p, BONNET_S);
    assert_int_equal(bonnet_recv_consume(p.b, s, 100), 0);
    assert_int_equal(bonnet_recv_peek(p.b, s, iov, 4), 9900);
    assert_memory_equal(iov[0].base, text + 100, iov[0].len);
    assert_memory_equal(iov[1].base, text + 100 + iov[0].len, iov[1].len);
    assert_int_equal(bonnet_recv_peek(p.b, s, iov, 1), iov[0].len);
    assert_int_equal(bonnet_recv_consume(p.b, s, 9901), -EINVAL);
    assert_int_equal(bonnet_recv_consume(p.b, s, 9900), 0);
    assert_int_equal(bonnet_recv_consume(p.b, s, 1), -EINVAL);
    pair_end(&p);
}

/* ---- ends ---- */

static void shutdown_is_the_end_of_one_direction(void **state)
{
    (void)state;
    int c, s;
    char buf[8];
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_WR), 0);
    assert_int_equal(bonnet_send(p.a, c, "x", 1, 0), -EPIPE);
    pair_run(&p);
    assert_int_equal(pair_state(p.a, c), BONNET_FIN_WAIT_2);
    assert_int_equal(pair_state(p.b, s), BONNET_CLOSE_WAIT);
    assert_int_equal(bonnet_recv(p.b, s, buf, 8, 0), 0);
    assert_int_equal(bonnet_recv(p.b, s, buf, 8, 0), 0);
    assert_true(bonnet_poll(p.b, s) & BONNET_POLLRDHUP);
    assert_int_equal(bonnet_send(p.b, s, "late", 4, 0), 4);
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.a, c, buf, 8, 0), 4);
    assert_int_equal(bonnet_close(p.b, s), 0);
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.a, c, buf, 8, 0), 0);
    assert_int_equal(bonnet_close(p.a, c), 0);
    pair_end(&p);
}

static void reading_may_be_shut_alone(void **state)
{
    (void)state;
    int c, s;
    char buf[8];
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    assert_int_equal(bonnet_shutdown(p.b, s, BONNET_SHUT_RD), 0);
    assert_int_equal(bonnet_recv(p.b, s, buf, 8, 0), 0);
    assert_int_equal(bonnet_send(p.b, s, "x", 1, 0), 1);
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.a, c, buf, 8, 0), 1);
    pair_end(&p);
}

/* Linux: shutdown() of an attempt gives it up, and the socket may connect anew. */
static void shutdown_gives_an_attempt_up(void **state)
{
    (void)state;
    pair_begin(&p, NULL);
    pair_listen(&p, 80);
    int c = stream(p.a);
    assert_int_equal(connect_to(c, 81), -EINPROGRESS);
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_RDWR), 0);
    assert_int_equal(bonnet_shutdown(p.a, c, BONNET_SHUT_RDWR), -ENOTCONN);
    assert_int_equal(connect_to(c, 80), -EINPROGRESS);
    pair_run(&p);
    assert_int_equal(connect_to(c, 80), 0);
    pair_end(&p);
}

/* AP-RST: once the error, then the end. */
static void reset_is_told_once(void **state)
{
    (void)state;
    int c, s;
    char buf[8];
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    const struct bonnet_linger now = {1, 0};
    bonnet_setsockopt(p.a, c, BONNET_SO_LINGER, &now, sizeof(now));
    assert_int_equal(bonnet_close(p.a, c), 0);
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.b, s, buf, 8, 0), -ECONNRESET);
    assert_int_equal(bonnet_recv(p.b, s, buf, 8, 0), 0);
    assert_int_equal(bonnet_send(p.b, s, "x", 1, 0), -EPIPE);
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_ABORT_LINGER), 1);
    assert_int_equal(bonnet_close(p.b, s), 0);
    pair_end(&p);
}

/* RFC 2525 2.17 (KTP-17): what was not read is lost, and the peer must know. */
static void unread_bytes_make_a_reset(void **state)
{
    (void)state;
    int c, s;
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    bonnet_send(p.a, c, "unread", 6, 0);
    pair_run(&p);
    assert_int_equal(bonnet_close(p.b, s), 0);
    pair_run(&p);
    assert_int_equal(pair_get(p.a, c, BONNET_SO_ERROR), ECONNRESET);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_ABORT_ON_CLOSE), 1);
    pair_end(&p);
}

static bool lose_all(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    (void)f;
    return false;
}

static void linger_keeps_the_handle_until_the_peer_knows(void **state)
{
    (void)state;
    int c, s;
    const struct bonnet_linger wait = {1, 5};
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    bonnet_setsockopt(p.a, c, BONNET_SO_LINGER, &wait, sizeof(wait));
    bonnet_send(p.a, c, "last words", 10, 0);
    assert_int_equal(bonnet_close(p.a, c), -EINPROGRESS);
    assert_int_equal(bonnet_close(p.a, c), -EBADF);
    pair_run(&p);
    assert_int_equal(bonnet_linger_end(p.a, c), 0);
    assert_int_equal(bonnet_linger_end(p.a, c), -EBADF);
    pair_end(&p);
}

static void linger_that_ends_too_early_leaves_an_orphan(void **state)
{
    (void)state;
    int c, s;
    const struct bonnet_linger wait = {1, 5};
    struct bonnet_totals totals = {.size = sizeof(totals)};
    pair_begin(&p, NULL);
    pair_connect(&p, 80, &c, &s);
    p.hook = lose_all;
    bonnet_setsockopt(p.a, c, BONNET_SO_LINGER, &wait, sizeof(wait));
    assert_int_equal(bonnet_close(p.a, c), -EINPROGRESS);
    pair_advance(&p, 5 * BONNET_S);
    assert_int_equal(bonnet_linger_end(p.a, c), -EWOULDBLOCK);
    assert_int_equal(bonnet_totals(p.a, &totals), 0);
    assert_int_equal(totals.orphans, 1);
    assert_int_equal(totals.sockets, 0);
    p.hook = NULL;
    pair_advance(&p, 60 * BONNET_S);
    assert_int_equal(pair_state(p.b, s), BONNET_CLOSE_WAIT);
    pair_end(&p);
}

/* All that two programs leave behind is gone a minute later, and so is its memory. */
static void nothing_stays(void **state)
{
    (void)state;
    int c, s;
    struct bonnet_totals totals = {.size = sizeof(totals)};
    pair_begin(&p, NULL);
    uint64_t before[2] = {p.heap[0].blocks, p.heap[1].blocks};
    pair_connect(&p, 80, &c, &s);
    bonnet_close(p.a, c);
    pair_run(&p);
    bonnet_close(p.b, s);
    pair_advance(&p, 61 * BONNET_S);
    for (int i = 0; i < 2; i++) {
        struct bonnet *bn = i ? p.b : p.a;
        bonnet_memory_trim(bn);
        assert_int_equal(bonnet_totals(bn, &totals), 0);
        assert_int_equal(totals.connections + totals.time_wait + totals.sockets, 0);
        assert_int_equal(totals.orphans + totals.listeners + totals.timers, 0);
        assert_int_equal(p.heap[i].blocks, before[i]);
    }
    pair_end(&p);
}

static void orphans_have_a_limit(void **state)
{
    (void)state;
    int c, s;
    pair_begin(&p, &(struct pair_options){.limits = {.orphans_max = 1}});
    for (uint16_t i = 0; i < 2; i++) {
        pair_connect(&p, (uint16_t)(80 + i), &c, &s);
        bonnet_close(p.a, c); /* the peer does not: FIN-WAIT-2 */
        pair_run(&p);
    }
    assert_int_equal(bonnet_reason_count(p.a, BONNET_R_ABORT_ORPHANS_MAX), 1);
    assert_int_equal(pair_get(p.b, s, BONNET_SO_ERROR), ECONNRESET);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_tells_its_end_once),
        cmocka_unit_test(refused_is_told_once_and_tried_again),
        cmocka_unit_test(error_is_taken_by_whoever_asks_first),
        cmocka_unit_test(bytes_arrive_in_pieces_of_any_shape),
        cmocka_unit_test(no_bytes_are_not_an_end),
        cmocka_unit_test(trunc_discards),
        cmocka_unit_test(reserve_and_commit_send_what_was_written),
        cmocka_unit_test(a_send_ends_a_reservation),
        cmocka_unit_test(an_acknowledgment_ends_a_reservation),
        cmocka_unit_test(a_reservation_ends_the_one_before),
        cmocka_unit_test(peek_and_consume_read_in_place),
        cmocka_unit_test(shutdown_is_the_end_of_one_direction),
        cmocka_unit_test(reading_may_be_shut_alone),
        cmocka_unit_test(shutdown_gives_an_attempt_up),
        cmocka_unit_test(reset_is_told_once),
        cmocka_unit_test(unread_bytes_make_a_reset),
        cmocka_unit_test(linger_keeps_the_handle_until_the_peer_knows),
        cmocka_unit_test(linger_that_ends_too_early_leaves_an_orphan),
        cmocka_unit_test(nothing_stays),
        cmocka_unit_test(orphans_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
