/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of the blocking face under the system's levels and names, with the system's shapes and
 * lengths of values.
 */
#define _GNU_SOURCE
#include "libbsd.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

static int set(struct face *f, int level, int name, const void *v, socklen_t n)
{
    return bonnet_bsd_setsockopt(f->b, f->s, level, name, v, n);
}

static int set_int(struct face *f, int level, int name, int value)
{
    return set(f, level, name, &value, sizeof value);
}

static int get_int(struct face *f, int level, int name)
{
    int value = -1;
    socklen_t n = sizeof value;
    if (bonnet_bsd_getsockopt(f->b, f->s, level, name, &value, &n) < 0)
        fail_msg("option %d of level %d: %s", name, level, strerror(errno));
    assert_int_equal(n, sizeof value);
    return value;
}

static void stream(struct face *f)
{
    face_init(f, 0);
    f->s = bonnet_bsd_socket(f->b, AF_INET, SOCK_STREAM, 0);
}

static void numbers_are_kept(void **state)
{
    (void)state;
    static const struct {
        int level, name, value;
    } rows[] = {
        {SOL_SOCKET, SO_REUSEADDR, 1},
        {SOL_SOCKET, SO_REUSEPORT, 1},
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {SOL_SOCKET, SO_RCVBUF, 20000},
        {SOL_SOCKET, SO_SNDBUF, 30000},
        {SOL_SOCKET, SO_RCVLOWAT, 5},
        {SOL_SOCKET, SO_OOBINLINE, 1},
        {IPPROTO_TCP, TCP_NODELAY, 1},
        {IPPROTO_TCP, TCP_CORK, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, 100},
        {IPPROTO_TCP, TCP_KEEPINTVL, 10},
        {IPPROTO_TCP, TCP_KEEPCNT, 3},
        {IPPROTO_TCP, TCP_SYNCNT, 4},
        {IPPROTO_TCP, TCP_LINGER2, 20},
        {IPPROTO_TCP, TCP_WINDOW_CLAMP, 30000},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, 5000},
        {IPPROTO_TCP, TCP_NOTSENT_LOWAT, 9000},
        {IPPROTO_IP, IP_TTL, 33},
        {IPPROTO_IP, IP_TOS, 0x10},
        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO},
    };
    struct face f;
    stream(&f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (set_int(&f, rows[i].level, rows[i].name, rows[i].value) < 0)
            fail_msg("row %zu: %s", i, strerror(errno));
        assert_int_equal(get_int(&f, rows[i].level, rows[i].name), rows[i].value);
    }
    face_fini(&f);
}

static void facts_can_be_asked_for(void **state)
{
    (void)state;
    struct face f;
    face_init(&f, 0);
    face_connect(&f);
    assert_int_equal(get_int(&f, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    assert_int_equal(get_int(&f, SOL_SOCKET, SO_DOMAIN), AF_INET);
    assert_int_equal(get_int(&f, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
    assert_int_equal(get_int(&f, SOL_SOCKET, SO_ACCEPTCONN), 0);
    assert_int_equal(get_int(&f, SOL_SOCKET, SO_ERROR), 0);
    assert_int_equal(get_int(&f, IPPROTO_IP, IP_MTU), 1500);
    assert_in_range(get_int(&f, IPPROTO_TCP, TCP_MAXSEG), 536, 1460);
    face_fini(&f);
}

static void what_is_not_an_option_is_refused(void **state)
{
    (void)state;
    struct face f;
    int value = 1;
    socklen_t n = sizeof value;
    stream(&f);
    assert_fails(set_int(&f, SOL_SOCKET, SO_MARK, 1), ENOPROTOOPT);
    assert_fails(set_int(&f, 12345, SO_REUSEADDR, 1), ENOPROTOOPT);
    assert_fails(bonnet_bsd_getsockopt(f.b, f.s, IPPROTO_IP, 12345, &value, &n), ENOPROTOOPT);
    assert_fails(set_int(&f, SOL_SOCKET, SO_ERROR, 1), ENOPROTOOPT);
    assert_fails(set(&f, IPPROTO_TCP, TCP_INFO, &value, sizeof value), ENOPROTOOPT);
    assert_fails(set(&f, SOL_SOCKET, SO_REUSEADDR, NULL, sizeof value), EFAULT);
    assert_fails(bonnet_bsd_getsockopt(f.b, f.s, SOL_SOCKET, SO_TYPE, NULL, &n), EFAULT);
    assert_fails(bonnet_bsd_getsockopt(f.b, f.s, SOL_SOCKET, SO_TYPE, &value, NULL), EFAULT);
    face_fini(&f);
}

static void short_values_are_refused_or_cut_off(void **state)
{
    (void)state;
    struct face f;
    struct linger l = {.l_onoff = 1};
    struct timeval t = {.tv_sec = 1};
    unsigned char ttl = 44, half[2] = {0xa5, 0xa5};
    socklen_t n = 1;
    stream(&f);
    assert_fails(set(&f, SOL_SOCKET, SO_REUSEADDR, &ttl, 1), EINVAL);
    assert_fails(set(&f, SOL_SOCKET, SO_LINGER, &l, sizeof l - 1), EINVAL);
    assert_fails(set(&f, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t - 1), EINVAL);
    assert_fails(set(&f, IPPROTO_IP, IP_TTL, NULL, 0), EINVAL);

    assert_int_equal(set(&f, IPPROTO_IP, IP_TTL, &ttl, 1), 0);
    assert_int_equal(get_int(&f, IPPROTO_IP, IP_TTL), 44);
    assert_int_equal(bonnet_bsd_getsockopt(f.b, f.s, IPPROTO_IP, IP_TTL, half, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(half[0], 44);
    assert_int_equal(half[1], 0xa5);
    face_fini(&f);
}

static void lingering(void **state)
{
    (void)state;
    struct face f;
    struct linger in = {.l_onoff = 1, .l_linger = 7}, out = {0};
    socklen_t n = sizeof out;
    stream(&f);
    assert_int_equal(set(&f, SOL_SOCKET, SO_LINGER, &in, sizeof in), 0);
    assert_int_equal(bonnet_bsd_getsockopt(f.b, f.s, SOL_SOCKET, SO_LINGER, &out, &n), 0);
    assert_int_equal(out.l_onoff, 1);
    assert_int_equal(out.l_linger, 7);
    assert_int_equal(n, sizeof out);
    face_fini(&f);
}

static void timeouts(void **state)
{
    (void)state;
    static const int names[] = {SO_RCVTIMEO, SO_SNDTIMEO};
    struct face f;
    stream(&f);
    for (int i = 0; i < 2; i++) {
        struct timeval in = {.tv_sec = 3, .tv_usec = 250000}, out = {0};
        struct timeval wrong = {.tv_usec = 1000000}, eternity = {.tv_sec = INT64_MAX};
        socklen_t n = sizeof out;
        assert_int_equal(set(&f, SOL_SOCKET, names[i], &in, sizeof in), 0);
        assert_int_equal(bonnet_bsd_getsockopt(f.b, f.s, SOL_SOCKET, names[i], &out, &n), 0);
        assert_int_equal(out.tv_sec, 3);
        assert_int_equal(out.tv_usec, 250000);
        assert_fails(set(&f, SOL_SOCKET, names[i], &wrong, sizeof wrong), EDOM);
        assert_int_equal(set(&f, SOL_SOCKET, names[i], &eternity, sizeof eternity), 0);
        assert_int_equal(bonnet_bsd_getsockopt(f.b, f.s, SOL_SOCKET, names[i], &out, &n), 0);
        assert_int_equal(out.tv_sec, 0);
    }
    face_fini(&f);
}

/* A negative timeout has passed already (socket(7) is silent, Linux is not). */
static void a_negative_timeout_does_not_wait(void **state)
{
    (void)state;
    struct face f;
    struct timeval past = {.tv_sec = -1};
    char byte;
    face_init(&f, 0);
    face_connect(&f);
    assert_int_equal(set(&f, SOL_SOCKET, SO_RCVTIMEO, &past, sizeof past), 0);
    assert_fails(bonnet_bsd_recv(f.b, f.s, &byte, 1, 0), EAGAIN);
    face_fini(&f);
}

static void names_of_congestion_controls(void **state)
{
    (void)state;
    struct face f;
    char name[16] = "?";
    socklen_t n = sizeof name;
    stream(&f);
    assert_int_equal(set(&f, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
    assert_int_equal(bonnet_bsd_getsockopt(f.b, f.s, IPPROTO_TCP, TCP_CONGESTION, name, &n), 0);
    assert_string_equal(name, "reno");
    assert_int_equal(n, sizeof name);
    assert_int_equal(set(&f, IPPROTO_TCP, TCP_CONGESTION, "reno", 5), 0);
    assert_fails(set(&f, IPPROTO_TCP, TCP_CONGESTION, "", 0), EINVAL);
    assert_int_equal(set(&f, IPPROTO_TCP, TCP_CONGESTION, "none such", 9), -1);
    face_fini(&f);
}

static void the_device_by_its_name(void **state)
{
    (void)state;
    struct face f;
    char name[IFNAMSIZ] = "?";
    socklen_t n = sizeof name;
    stream(&f);
    assert_int_equal(bonnet_bsd_getsockopt(f.b, f.s, SOL_SOCKET, SO_BINDTODEVICE, name, &n), 0);
    assert_int_equal(n, 0);
    assert_fails(set(&f, SOL_SOCKET, SO_BINDTODEVICE, "eth77", 5), ENODEV);
    assert_int_equal(set(&f, SOL_SOCKET, SO_BINDTODEVICE, "wire0", 5), 0);
    n = sizeof name;
    assert_int_equal(bonnet_bsd_getsockopt(f.b, f.s, SOL_SOCKET, SO_BINDTODEVICE, name, &n), 0);
    assert_string_equal(name, "wire0");
    assert_int_equal(n, 6);
    assert_int_equal(set(&f, SOL_SOCKET, SO_BINDTODEVICE, "", 0), 0);
    face_fini(&f);
}

/* TCP_INFO is cut off at any length, as programs that were built for an older kernel need it. */
static void tcp_info_in_the_kernels_layout(void **state)
{
    (void)state;
    struct face f;
    struct tcp_info info;
    socklen_t n = sizeof info;
    face_init(&f, 0);
    face_connect(&f);
    assert_int_equal(bonnet_bsd_getsockopt(f.b, f.s, IPPROTO_TCP, TCP_INFO, &info, &n), 0);
    assert_int_equal(info.tcpi_state, TCP_ESTABLISHED);
    assert_true(info.tcpi_rto > 0);
    unsigned char first[2] = {0xa5, 0xa5};
    n = 1;
    assert_int_equal(bonnet_bsd_getsockopt(f.b, f.s, IPPROTO_TCP, TCP_INFO, first, &n), 0);
    assert_int_equal(first[0], TCP_ESTABLISHED);
    assert_int_equal(first[1], 0xa5);
    face_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_kept),
        cmocka_unit_test(facts_can_be_asked_for),
        cmocka_unit_test(what_is_not_an_option_is_refused),
        cmocka_unit_test(short_values_are_refused_or_cut_off),
        cmocka_unit_test(lingering),
        cmocka_unit_test(timeouts),
        cmocka_unit_test(a_negative_timeout_does_not_wait),
        cmocka_unit_test(names_of_congestion_controls),
        cmocka_unit_test(the_device_by_its_name),
        cmocka_unit_test(tcp_info_in_the_kernels_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
