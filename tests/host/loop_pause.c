/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that does not look at its loop for a while: what came meanwhile is heard before the
 * timers fire that it would have stopped.
 */
#define _GNU_SOURCE
#include <bonnet/host.h>

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#define PORT  9
#define PAUSE (400 * BONNET_MS) /* more than the least RTO, 200 ms, and its variance */

/* Two stacks and a wire; each has a loop of its own, so that one may sleep while the other runs. */
struct pair {
    struct bonnet_loop *loop[2];
    struct bonnet *bn[2];
};

static struct pair new_pair(void)
{
    struct pair p;
    struct bonnet_wire_config wire = {.size = sizeof wire, .kind = BONNET_IF_IP};
    struct bonnet_driver *end[2];
    struct bonnet_config config;
    bonnet_link_config_init(&wire.link);
    assert_int_equal(bonnet_wire_pair(&wire, end), 0);
    for (uint8_t i = 0; i < 2; i++) {
        struct bonnet_addr addr = bonnet_ip4(10, 0, 0, (uint8_t)(i + 1));
        assert_int_equal(bonnet_host_config(&config), 0);
        assert_int_equal(bonnet_new(&config, &p.bn[i]), 0);
        assert_int_equal(bonnet_loop_new(BONNET_CLOCK_REAL, &p.loop[i]), 0);
        assert_true(bonnet_loop_attach(p.loop[i], p.bn[i], end[i], addr, 24) > 0);
    }
    return p;
}

static void free_pair(struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        bonnet_loop_free(p->loop[i]);
        bonnet_free(p->bn[i]);
    }
}

static void flush(struct pair *p)
{
    for (int i = 0; i < 8; i++)
        assert_true(bonnet_loop_flush(p->loop[i % 2]) >= 0);
}

/* Returns the side that connected. */
static int open_connection(struct pair *p)
{
    const struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 0, 2), .port = PORT};
    int l = bonnet_socket(p->bn[1], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    int s = bonnet_socket(p->bn[0], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(p->bn[1], l, &to), 0);
    assert_int_equal(bonnet_listen(p->bn[1], l, 1), 0);
    assert_true(bonnet_connect(p->bn[0], s, &to) < 0);
    flush(p);
    assert_true(bonnet_accept(p->bn[1], l, NULL) >= 0);
    return s;
}

static void an_acknowledgment_that_waited_stops_the_timer(void **state)
{
    (void)state;
    struct pair p = new_pair();
    int s = open_connection(&p);
    const struct timespec pause = {.tv_nsec = (long)PAUSE};

    assert_int_equal(bonnet_send(p.bn[0], s, "text", 4, 0), 4);
    assert_true(bonnet_loop_flush(p.loop[0]) >= 0);
    assert_true(bonnet_loop_flush(p.loop[1]) >= 0); /* the acknowledgment lies in the wire */
    nanosleep(&pause, NULL);
    assert_true(bonnet_loop_flush(p.loop[0]) >= 0);

    assert_int_equal(bonnet_outq(p.bn[0], s), 0);
    assert_int_equal(bonnet_mib_count(p.bn[0], BONNET_MIB_TcpExtTCPTimeouts), 0);
    assert_int_equal(bonnet_mib_count(p.bn[0], BONNET_MIB_TcpExtTCPLossProbes), 0);
    free_pair(&p);
}

static void a_timer_fires_if_nothing_came(void **state)
{
    (void)state;
    struct pair p = new_pair();
    int s = open_connection(&p);
    const struct timespec pause = {.tv_nsec = (long)PAUSE};

    assert_int_equal(bonnet_send(p.bn[0], s, "text", 4, 0), 4);
    assert_true(bonnet_loop_flush(p.loop[0]) >= 0);
    nanosleep(&pause, NULL);
    assert_true(bonnet_loop_flush(p.loop[0]) >= 0);

    assert_int_equal(bonnet_mib_count(p.bn[0], BONNET_MIB_TcpExtTCPLossProbes), 1);
    free_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_acknowledgment_that_waited_stops_the_timer),
        cmocka_unit_test(a_timer_fires_if_nothing_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
