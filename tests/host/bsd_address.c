/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct sockaddr at the blocking face: short buffers get a truncated copy and the true length, and
 * not a byte beyond; addresses that are none have their errno.
 */
#include "libbsd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

/* One call that writes an address. */
typedef void (*address_call)(struct face *f, struct sockaddr *a, socklen_t *n);

static void ask_own_name(struct face *f, struct sockaddr *a, socklen_t *n)
{
    assert_int_equal(bonnet_bsd_getsockname(f->b, f->s, a, n), 0);
}

static void ask_peer_name(struct face *f, struct sockaddr *a, socklen_t *n)
{
    assert_int_equal(bonnet_bsd_getpeername(f->b, f->s, a, n), 0);
}

/* A connection of the peer, accepted by a listener on port 8. */
static void accept_one(struct face *f, struct sockaddr *a, socklen_t *n)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(8)};
    struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 0, 1), .port = 8};
    struct bonnet_endpoint from = {.addr = bonnet_ip4(10, 0, 0, 2), .port = 4000};
    struct bonnet_linger hard = {.onoff = 1};
    int listener = bonnet_bsd_socket(f->b, AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bonnet_bsd_bind(f->b, listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(bonnet_bsd_listen(f->b, listener, 1), 0);
    int caller = bonnet_socket(f->peer, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(f->peer, caller, &from), 0);
    assert_int_equal(bonnet_connect(f->peer, caller, &to), -EINPROGRESS);
    int s = bonnet_bsd_accept(f->b, listener, a, n);
    assert_true(s >= 0);

    bonnet_setsockopt(f->peer, caller, BONNET_SO_LINGER, &hard, sizeof hard);
    assert_int_equal(bonnet_close(f->peer, caller), 0);
    bonnet_loop_flush(bonnet_bsd_loop(f->b));
    assert_int_equal(bonnet_bsd_close(f->b, s), 0);
    assert_int_equal(bonnet_bsd_close(f->b, listener), 0);
}

static void receive_one(struct face *f, struct sockaddr *a, socklen_t *n)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 0, 1), .port = 9};
    struct bonnet_endpoint from = {.addr = bonnet_ip4(10, 0, 0, 2), .port = 4000};
    char byte;
    int s = bonnet_bsd_socket(f->b, AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bonnet_bsd_bind(f->b, s, (struct sockaddr *)&at, sizeof at), 0);
    int caller = bonnet_socket(f->peer, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    assert_int_equal(bonnet_bind(f->peer, caller, &from), 0);
    assert_int_equal(bonnet_sendto(f->peer, caller, "x", 1, 0, &to), 1);
    assert_int_equal(bonnet_bsd_recvfrom(f->b, s, &byte, 1, 0, a, n), 1);
    assert_int_equal(bonnet_close(f->peer, caller), 0);
    assert_int_equal(bonnet_bsd_close(f->b, s), 0);
}

static void short_buffers_get_a_truncated_copy(void **state)
{
    (void)state;
    static const address_call calls[] = {ask_own_name, ask_peer_name, accept_one, receive_one};
    struct face f;
    face_init(&f, 0);
    face_connect(&f);
    for (size_t c = 0; c < sizeof calls / sizeof calls[0]; c++) {
        struct sockaddr_storage whole;
        socklen_t whole_len = sizeof whole;
        calls[c](&f, (struct sockaddr *)&whole, &whole_len);
        assert_int_equal(whole_len, sizeof(struct sockaddr_in));
        assert_int_equal(whole.ss_family, AF_INET);
        for (socklen_t room = 0; room <= 20; room++) {
            unsigned char buf[40];
            socklen_t n = room;
            socklen_t copied = room < whole_len ? room : whole_len;
            memset(buf, 0xa5, sizeof buf);
            calls[c](&f, (struct sockaddr *)(void *)buf, &n);
            assert_int_equal(n, whole_len);
            assert_memory_equal(buf, &whole, copied);
            for (size_t i = copied; i < sizeof buf; i++)
                assert_int_equal(buf[i], 0xa5);
        }
    }
    face_fini(&f);
}

static void names_are_those_of_the_connection(void **state)
{
    (void)state;
    struct face f;
    struct sockaddr_in own, peer;
    socklen_t n = sizeof own;
    face_init(&f, 0);
    face_connect(&f);
    assert_int_equal(bonnet_bsd_getsockname(f.b, f.s, (struct sockaddr *)&own, &n), 0);
    n = sizeof peer;
    assert_int_equal(bonnet_bsd_getpeername(f.b, f.s, (struct sockaddr *)&peer, &n), 0);
    assert_int_equal(ntohl(own.sin_addr.s_addr), 0x0a000001);
    assert_int_equal(ntohl(peer.sin_addr.s_addr), 0x0a000002);
    assert_int_equal(ntohs(peer.sin_port), PEER_PORT);
    struct bonnet_endpoint seen;
    assert_int_equal(bonnet_getpeername(f.peer, f.peer_s, &seen), 0);
    assert_int_equal(seen.port, ntohs(own.sin_port));
    face_fini(&f);
}

static int connect_to(struct face *f, const void *a, socklen_t n)
{
    return bonnet_bsd_connect(f->b, f->s, a, n);
}

static void addresses_that_are_none_are_refused(void **state)
{
    (void)state;
    struct face f;
    struct sockaddr_in in = peer_address(PEER_PORT);
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    socklen_t n = sizeof in;
    face_init(&f, 0);
    f.s = bonnet_bsd_socket(f.b, AF_INET, SOCK_STREAM, 0);
    assert_fails(connect_to(&f, NULL, sizeof in), EFAULT);
    for (socklen_t shorter = 0; shorter < sizeof in; shorter++)
        assert_fails(connect_to(&f, &in, shorter), EINVAL);
    assert_fails(connect_to(&f, &in6, 23), EINVAL);
    assert_fails(connect_to(&f, &un, sizeof un), EAFNOSUPPORT);
    assert_fails(bonnet_bsd_bind(f.b, f.s, NULL, sizeof in), EFAULT);
    assert_fails(bonnet_bsd_getsockname(f.b, f.s, NULL, &n), EFAULT);
    assert_fails(bonnet_bsd_getsockname(f.b, f.s, (struct sockaddr *)&in, NULL), EFAULT);
    assert_fails(bonnet_bsd_getpeername(f.b, f.s, (struct sockaddr *)&in, &n), ENOTCONN);
    assert_fails(bonnet_bsd_accept(f.b, f.s, (struct sockaddr *)&in, NULL), EFAULT);
    assert_fails(bonnet_bsd_recvfrom(f.b, f.s, &n, 1, 0, (struct sockaddr *)&in, NULL), EFAULT);
    assert_fails(bonnet_bsd_close(f.b, -1), EBADF);
    face_fini(&f);
}

/* connect(2): AF_UNSPEC takes a datagram socket's peer away. */
static void unspecified_dissolves_a_peer(void **state)
{
    (void)state;
    struct face f;
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct sockaddr_in peer = peer_address(PEER_PORT);
    socklen_t n = sizeof peer;
    face_init(&f, 0);
    f.s = bonnet_bsd_socket(f.b, AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(connect_to(&f, &peer, sizeof peer), 0);
    assert_int_equal(bonnet_bsd_getpeername(f.b, f.s, (struct sockaddr *)&peer, &n), 0);
    assert_int_equal(connect_to(&f, &none, sizeof none), 0);
    assert_fails(bonnet_bsd_getpeername(f.b, f.s, (struct sockaddr *)&peer, &n), ENOTCONN);
    face_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_buffers_get_a_truncated_copy),
        cmocka_unit_test(names_are_those_of_the_connection),
        cmocka_unit_test(addresses_that_are_none_are_refused),
        cmocka_unit_test(unspecified_dissolves_a_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
