/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The face and its peer of libbsd.h.
 */
#include "libbsd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cmocka.h>

static void on_timer(void *ctx, int fd)
{
    struct face *f = ctx;
    uint64_t count;
    if (read(fd, &count, sizeof count) > 0 && f->run) f->run(f);
}

static void start_timer(struct face *f)
{
    struct itimerspec each_ms = {.it_interval.tv_nsec = 1000000, .it_value.tv_nsec = 1000000};
    f->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    assert_int_equal(timerfd_settime(f->timer, 0, &each_ms, NULL), 0);
    assert_int_equal(bonnet_loop_watch(bonnet_bsd_loop(f->b), f->timer, on_timer, f), 0);
}

void face_init(struct face *f, bonnet_time delay)
{
    struct bonnet_wire_config wire = {.size = sizeof wire, .kind = BONNET_IF_ETHERNET};
    struct bonnet_endpoint at = {.addr = bonnet_ip4(0, 0, 0, 0), .port = PEER_PORT};
    struct bonnet_addr ours = bonnet_ip4(10, 0, 0, 1), peers = bonnet_ip4(10, 0, 0, 2);
    struct bonnet_config config;
    struct bonnet_driver *end[2];
    memset(f, 0, sizeof *f);
    bonnet_link_config_init(&wire.link);
    wire.link.delay = delay;
    assert_int_equal(bonnet_wire_pair(&wire, end), 0);
    assert_int_equal(bonnet_bsd_new(end[0], ours, 24, peers, &f->b), 0);

    assert_int_equal(bonnet_host_config(&config), 0);
    assert_int_equal(bonnet_new(&config, &f->peer), 0);
    assert_true(bonnet_loop_attach(bonnet_bsd_loop(f->b), f->peer, end[1], peers, 24) > 0);
    f->listener = bonnet_socket(f->peer, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(f->peer, f->listener, &at), 0);
    assert_int_equal(bonnet_listen(f->peer, f->listener, 4), 0);
    start_timer(f);
}

struct sockaddr_in peer_address(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(0x0a000002);
    return a;
}

void face_connect(struct face *f)
{
    struct sockaddr_in peer = peer_address(PEER_PORT);
    f->s = bonnet_bsd_socket(f->b, AF_INET, SOCK_STREAM, 0);
    assert_true(f->s >= 0);
    assert_int_equal(bonnet_bsd_connect(f->b, f->s, (struct sockaddr *)&peer, sizeof peer), 0);
    while ((f->peer_s = bonnet_accept(f->peer, f->listener, NULL)) < 0)
        assert_true(bonnet_loop_step(bonnet_bsd_loop(f->b), BONNET_S) >= 0);
}

void face_fini(struct face *f)
{
    f->run = NULL;
    bonnet_bsd_free(f->b, 0);
    bonnet_free(f->peer);
    close(f->timer);
}
