/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each call answers to a socket of the wrong kind, to one that is not there, and to arguments
 * that make no sense.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "libsock.h"

static struct shop shop;

static int setup(void **state)
{
    (void)state;
    shop_begin(&shop);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    shop_end(&shop);
    return 0;
}

/* ---- each call, on each kind ---- */

static struct bonnet_endpoint peer(void)
{
    return (struct bonnet_endpoint){.addr = bonnet_ip4(10, 0, 0, 9), .port = 7};
}

static int64_t call_bind(int s)
{
    const struct bonnet_endpoint at = {.addr = ONE, .port = 999};
    return bonnet_bind(&shop.bn, s, &at);
}

static int64_t call_listen(int s)
{
    return bonnet_listen(&shop.bn, s, 5);
}

static int64_t call_accept(int s)
{
    return bonnet_accept(&shop.bn, s, NULL);
}

static int64_t call_connect(int s)
{
    const struct bonnet_endpoint to = peer();
    return bonnet_connect(&shop.bn, s, &to);
}

static int64_t call_send(int s)
{
    return bonnet_send(&shop.bn, s, "x", 1, 0);
}

static int64_t call_recv(int s)
{
    char c;
    return bonnet_recv(&shop.bn, s, &c, 1, 0);
}

static int64_t call_sendto(int s)
{
    const struct bonnet_endpoint to = peer();
    return bonnet_sendto(&shop.bn, s, "x", 1, 0, &to);
}

static int64_t call_recvfrom(int s)
{
    char c;
    struct bonnet_endpoint from;
    return bonnet_recvfrom(&shop.bn, s, &c, 1, 0, &from);
}

static int64_t call_sendmsg(int s)
{
    const struct bonnet_msghdr msg = {.iov_n = 0};
    return bonnet_sendmsg(&shop.bn, s, &msg, 0);
}

static int64_t call_recvmsg(int s)
{
    struct bonnet_msghdr msg = {.iov_n = 0};
    return bonnet_recvmsg(&shop.bn, s, &msg, 0);
}

static int64_t call_reserve(int s)
{
    struct bonnet_iov iov;
    return bonnet_send_reserve(&shop.bn, s, &iov, 1, 1);
}

static int64_t call_commit(int s)
{
    return bonnet_send_commit(&shop.bn, s, 1);
}

static int64_t call_peek(int s)
{
    struct bonnet_iov iov;
    return bonnet_recv_peek(&shop.bn, s, &iov, 1);
}

static int64_t call_consume(int s)
{
    return bonnet_recv_consume(&shop.bn, s, 1);
}

static int64_t call_shutdown(int s)
{
    return bonnet_shutdown(&shop.bn, s, BONNET_SHUT_RDWR);
}

static int64_t call_close(int s)
{
    return bonnet_close(&shop.bn, s);
}

static int64_t call_linger_end(int s)
{
    return bonnet_linger_end(&shop.bn, s);
}

static int64_t call_sockname(int s)
{
    struct bonnet_endpoint at;
    return bonnet_getsockname(&shop.bn, s, &at);
}

static int64_t call_peername(int s)
{
    struct bonnet_endpoint at;
    return bonnet_getpeername(&shop.bn, s, &at);
}

static int64_t call_inq(int s)
{
    return bonnet_inq(&shop.bn, s);
}

static int64_t call_outq(int s)
{
    return bonnet_outq(&shop.bn, s);
}

static int64_t call_outq_unsent(int s)
{
    return bonnet_outq_unsent(&shop.bn, s);
}

static int64_t call_at_mark(int s)
{
    return bonnet_at_mark(&shop.bn, s);
}

static int64_t call_user(int s)
{
    return bonnet_set_user(&shop.bn, s, 1);
}

static int64_t call_poll(int s)
{
    return bonnet_poll(&shop.bn, s);
}

#define OUT_IN_HUP (BONNET_POLLOUT | BONNET_POLLHUP)

/* The answers of a fresh stream, one that is connecting, a listener, a fresh datagram socket and
 * one with a peer. */
static const struct {
    const char *name;
    int64_t (*call)(int s);
    int64_t fresh, connecting, listener, dgram, connected;
} calls[] = {
    {"bind", call_bind, 0, -EINVAL, -EINVAL, 0, -EINVAL},
    {"listen", call_listen, 0, -EINVAL, 0, -EOPNOTSUPP, -EOPNOTSUPP},
    {"accept", call_accept, -EINVAL, -EINVAL, -EAGAIN, -EOPNOTSUPP, -EOPNOTSUPP},
    {"connect", call_connect, -EINPROGRESS, -EALREADY, -EINVAL, 0, 0},
    {"send", call_send, -ENOTCONN, -EAGAIN, -ENOTCONN, -EDESTADDRREQ, 1},
    {"recv", call_recv, -ENOTCONN, -EAGAIN, -ENOTCONN, -EAGAIN, -EAGAIN},
    {"sendto", call_sendto, -ENOTCONN, -EAGAIN, -ENOTCONN, 1, 1},
    {"recvfrom", call_recvfrom, -ENOTCONN, -EAGAIN, -ENOTCONN, -EAGAIN, -EAGAIN},
    {"sendmsg", call_sendmsg, -ENOTCONN, -EAGAIN, -ENOTCONN, -EDESTADDRREQ, 0},
    {"recvmsg", call_recvmsg, -ENOTCONN, -EAGAIN, -ENOTCONN, -EAGAIN, -EAGAIN},
    {"reserve", call_reserve, -ENOTCONN, -EAGAIN, -ENOTCONN, -EOPNOTSUPP, -EOPNOTSUPP},
    {"commit", call_commit, -EINVAL, -EINVAL, -ENOTCONN, -EOPNOTSUPP, -EOPNOTSUPP},
    {"peek", call_peek, -ENOTCONN, -EAGAIN, -ENOTCONN, -EOPNOTSUPP, -EOPNOTSUPP},
    {"consume", call_consume, -EINVAL, -EINVAL, -ENOTCONN, -EOPNOTSUPP, -EOPNOTSUPP},
    {"shutdown", call_shutdown, -ENOTCONN, 0, 0, -ENOTCONN, 0},
    {"close", call_close, 0, 0, 0, 0, 0},
    {"linger_end", call_linger_end, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL},
    {"getsockname", call_sockname, 0, 0, 0, 0, 0},
    {"getpeername", call_peername, -ENOTCONN, -ENOTCONN, -ENOTCONN, -ENOTCONN, 0},
    {"inq", call_inq, 0, 0, -EINVAL, 0, 0},
    {"outq", call_outq, 0, 0, -EINVAL, 0, 0},
    {"outq_unsent", call_outq_unsent, 0, 0, -EINVAL, 0, 0},
    {"at_mark", call_at_mark, 0, 0, -EINVAL, -EINVAL, -EINVAL},
    {"set_user", call_user, 0, 0, 0, 0, 0},
    {"poll", call_poll, OUT_IN_HUP, 0, 0, BONNET_POLLOUT, BONNET_POLLOUT},
};

#define CALLS_N (sizeof(calls) / sizeof(calls[0]))

static void check(const char *name, const char *kind, int64_t got, int64_t expected)
{
    if (got != expected) fail_msg("%s on %s: %ld, not %ld", name, kind, (long)got, (long)expected);
}

static void each_call_answers_each_kind(void **state)
{
    for (size_t i = 0; i < CALLS_N; i++) {
        int connecting = stream(&shop), connected = dgram(&shop);
        assert_int_equal(call_connect(connecting), -EINPROGRESS);
        assert_int_equal(call_connect(connected), 0);
        check(calls[i].name, "a fresh stream", calls[i].call(stream(&shop)), calls[i].fresh);
        check(calls[i].name, "a connecting one", calls[i].call(connecting), calls[i].connecting);
        check(calls[i].name, "a listener", calls[i].call(listener(&shop, ANY, 80)),
              calls[i].listener);
        check(calls[i].name, "datagrams", calls[i].call(dgram(&shop)), calls[i].dgram);
        check(calls[i].name, "a peer's datagrams", calls[i].call(connected), calls[i].connected);
        teardown(state);
        setup(state);
    }
}

static void each_call_knows_what_is_no_socket(void **state)
{
    (void)state;
    int closed = stream(&shop);
    assert_int_equal(bonnet_close(&shop.bn, closed), 0);
    const int wrong[] = {-1, closed, 12345, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < CALLS_N; i++)
        for (size_t j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++)
            check(calls[i].name, "no socket", calls[i].call(wrong[j]), -EBADF);
}

/* ---- arguments ---- */

static void sockets_of_other_families_and_types(void **state)
{
    (void)state;
    struct bonnet *bn = &shop.bn;
    assert_int_equal(bonnet_socket(bn, 0, BONNET_SOCK_STREAM, 0), -EAFNOSUPPORT);
    assert_int_equal(bonnet_socket(bn, 1, BONNET_SOCK_STREAM, 0), -EAFNOSUPPORT);
    assert_int_equal(bonnet_socket(bn, BONNET_AF_INET6, BONNET_SOCK_STREAM, 0), -EAFNOSUPPORT);
    assert_int_equal(bonnet_socket(bn, BONNET_AF_INET, 3, 0), -EPROTONOSUPPORT);
    assert_int_equal(bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 17), -EPROTONOSUPPORT);
    assert_int_equal(bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_DGRAM, 6), -EPROTONOSUPPORT);
    assert_true(bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 6) >= 0);
    assert_true(bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_DGRAM, 17) >= 0);
}

/* @req 9293-MUST-46: no connection to a group, a broadcast address, or nobody. */
static void streams_connect_to_one_host_and_port(void **state)
{
    (void)state;
    int s = stream(&shop);
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(10, 0, 0, 255), 80), -ENETUNREACH);
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(255, 255, 255, 255), 80), -ENETUNREACH);
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(224, 0, 0, 1), 80), -ENETUNREACH);
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(240, 0, 0, 1), 80), -ENETUNREACH);
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(127, 0, 0, 1), 80), -ENETUNREACH);
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(172, 16, 0, 1), 80), -ENETUNREACH);
    assert_int_equal(connect_to(&shop, s, ANY, 80), -ENETUNREACH);
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(10, 0, 0, 9), 0), -EADDRNOTAVAIL);
    assert_int_equal(connect_to(&shop, s, (struct bonnet_addr){{0x20}}, 80), -EAFNOSUPPORT);
    assert_int_equal(port_of(&shop, s), 0);
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(10, 0, 0, 9), 80), -EINPROGRESS);
}

static void a_tuple_that_is_taken_is_eaddrnotavail(void **state)
{
    (void)state;
    int a = stream(&shop), b = stream(&shop);
    set(&shop, a, BONNET_SO_REUSEADDR, 1);
    set(&shop, b, BONNET_SO_REUSEADDR, 1);
    assert_int_equal(bind_to(&shop, a, ONE, 2000), 0);
    assert_int_equal(bind_to(&shop, b, ONE, 2000), 0);
    assert_int_equal(call_connect(a), -EINPROGRESS);
    assert_int_equal(call_connect(b), -EADDRNOTAVAIL);
    assert_int_equal(port_of(&shop, b), 2000);
    assert_int_equal(connect_to(&shop, b, bonnet_ip4(10, 0, 0, 8), 7), -EINPROGRESS);
}

/* @req 9293-SHLD-13 9293-MAY-15: urgent data is not offered, and neither is PUSH. */
static void flags_that_are_not_known(void **state)
{
    (void)state;
    const int for_send[] = {BONNET_MSG_OOB, BONNET_MSG_PEEK, BONNET_MSG_TRUNC, 0x40000000};
    const int for_recv[] = {BONNET_MSG_OOB, BONNET_MSG_MORE, 0x100, INT32_MIN};
    int s = stream(&shop), d = dgram(&shop);
    char c;
    assert_int_equal(call_connect(s), -EINPROGRESS);
    assert_int_equal(call_connect(d), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(bonnet_send(&shop.bn, s, "x", 1, for_send[i]), -EOPNOTSUPP);
        assert_int_equal(bonnet_send(&shop.bn, d, "x", 1, for_send[i]), -EOPNOTSUPP);
        assert_int_equal(bonnet_recv(&shop.bn, s, &c, 1, for_recv[i]), -EOPNOTSUPP);
        assert_int_equal(bonnet_recv(&shop.bn, d, &c, 1, for_recv[i]), -EOPNOTSUPP);
    }
    const int fine = BONNET_MSG_DONTWAIT | BONNET_MSG_NOSIGNAL;
    assert_int_equal(bonnet_send(&shop.bn, d, "x", 1, fine), 1);
    assert_int_equal(bonnet_recv(&shop.bn, d, &c, 1, fine), -EAGAIN);
}

/* AP-IOV, AM-WRAP: no piece, the most pieces, one more; lengths that wrap. */
static void pieces_and_lengths_have_bounds(void **state)
{
    (void)state;
    static struct bonnet_iov iov[1025];
    int s = stream(&shop), d = dgram(&shop);
    struct bonnet_msghdr msg = {.iov = iov};
    assert_int_equal(call_connect(s), -EINPROGRESS);
    assert_int_equal(call_connect(d), 0);
    for (int i = 0; i < 1025; i++)
        iov[i] = (struct bonnet_iov){"ab", 2};
    msg.iov_n = 1025;
    assert_int_equal(bonnet_sendmsg(&shop.bn, s, &msg, 0), -EINVAL);
    assert_int_equal(bonnet_sendmsg(&shop.bn, d, &msg, 0), -EINVAL);
    assert_int_equal(bonnet_recvmsg(&shop.bn, s, &msg, 0), -EINVAL);
    assert_int_equal(bonnet_recvmsg(&shop.bn, d, &msg, 0), -EINVAL);
    msg.iov_n = SIZE_MAX;
    assert_int_equal(bonnet_sendmsg(&shop.bn, d, &msg, 0), -EINVAL);
    msg.iov_n = 1024;
    assert_int_equal(bonnet_sendmsg(&shop.bn, d, &msg, 0), 2048);
    assert_int_equal(bonnet_sendmsg(&shop.bn, s, &msg, 0), -EAGAIN);
    msg.iov_n = 0;
    assert_int_equal(bonnet_sendmsg(&shop.bn, d, &msg, 0), 0);
    msg.iov_n = 3;
    const size_t lens[][3] = {{SIZE_MAX, 2, 0}, {SIZE_MAX, SIZE_MAX, SIZE_MAX}, {INT64_MAX, 1, 0}};
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            iov[j].len = lens[i][j];
        assert_int_equal(bonnet_sendmsg(&shop.bn, s, &msg, 0), -EINVAL);
        assert_int_equal(bonnet_sendmsg(&shop.bn, d, &msg, 0), -EINVAL);
        assert_int_equal(bonnet_recvmsg(&shop.bn, s, &msg, 0), -EINVAL);
        assert_int_equal(bonnet_recvmsg(&shop.bn, d, &msg, 0), -EINVAL);
    }
    assert_int_equal(bonnet_send(&shop.bn, d, "x", SIZE_MAX, 0), -EINVAL);
    assert_int_equal(bonnet_send(&shop.bn, d, "x", (size_t)UINT32_MAX + 2, 0), -EMSGSIZE);
}

/* An unbound listener gets a port; the backlog is bounded, and may be changed. */
static void listen_fills_in_what_is_missing(void **state)
{
    (void)state;
    int s = stream(&shop);
    struct bonnet_row row;
    assert_int_equal(bonnet_listen(&shop.bn, s, -1), 0);
    row_of_sock(&shop.bn, handle_get(&shop.bn, s), &row);
    assert_true(row.local.port >= 1024);
    assert_int_equal(row.send_q, 4096);
    assert_int_equal(bonnet_listen(&shop.bn, s, 3), 0);
    row_of_sock(&shop.bn, handle_get(&shop.bn, s), &row);
    assert_int_equal(row.send_q, 3);
    assert_int_equal(bonnet_listen(&shop.bn, s, INT32_MAX), 0);
    row_of_sock(&shop.bn, handle_get(&shop.bn, s), &row);
    assert_int_equal(row.send_q, 4096);
}

/* Linux: a listener that is shut for reading is a bound socket again, with its handle. */
static void a_listener_may_be_taken_back(void **state)
{
    (void)state;
    int s = listener(&shop, ONE, 80);
    set(&shop, s, BONNET_TCP_KEEPIDLE, 77);
    assert_int_equal(bonnet_shutdown(&shop.bn, s, BONNET_SHUT_WR), 0);
    assert_int_equal(bonnet_accept(&shop.bn, s, NULL), -EAGAIN);
    assert_int_equal(bonnet_shutdown(&shop.bn, s, BONNET_SHUT_RD), 0);
    assert_int_equal(bonnet_accept(&shop.bn, s, NULL), -EINVAL);
    assert_int_equal(port_of(&shop, s), 80);
    assert_int_equal(get(&shop, s, BONNET_TCP_KEEPIDLE), 77);
    assert_int_equal(bonnet_shutdown(&shop.bn, s, BONNET_SHUT_RD), -ENOTCONN);
    assert_int_equal(bind_to(&shop, stream(&shop), ONE, 80), -EADDRINUSE);
    assert_int_equal(bonnet_listen(&shop.bn, s, 1), 0);
    assert_int_equal(bonnet_accept(&shop.bn, s, NULL), -EAGAIN);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_call_answers_each_kind),
        test(each_call_knows_what_is_no_socket),
        test(sockets_of_other_families_and_types),
        test(streams_connect_to_one_host_and_port),
        test(a_tuple_that_is_taken_is_eaddrnotavail),
        test(flags_that_are_not_known),
        test(pieces_and_lengths_have_bounds),
        test(listen_fills_in_what_is_missing),
        test(a_listener_may_be_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
