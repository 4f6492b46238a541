/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop: when it sleeps, for how long, and what ends it; virtual time; back-pressure of a device
 * that is slower than the stack. Datagrams over raw IP are what moves here: there is nothing in
 * them that a test would have to wait for.
 */
#define _GNU_SOURCE
#include <bonnet/host.h>

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#define PORT 9

static struct bonnet *new_stack(void)
{
    struct bonnet_config config;
    struct bonnet *bn = NULL;
    assert_int_equal(bonnet_host_config(&config), 0);
    assert_int_equal(bonnet_new(&config, &bn), 0);
    return bn;
}

static struct bonnet_loop *new_loop(enum bonnet_clock clock)
{
    struct bonnet_loop *loop = NULL;
    assert_int_equal(bonnet_loop_new(clock, &loop), 0);
    return loop;
}

/* Two stacks, 10.0.0.1 and 10.0.0.2, and a wire between them. */
struct pair {
    struct bonnet_loop *loop;
    struct bonnet *bn[2];
    int socket[2]; /* datagrams; the second is bound to PORT */
};

static int udp_socket(struct bonnet *bn, uint16_t port)
{
    struct bonnet_endpoint at = {.addr = bonnet_ip4(0, 0, 0, 0), .port = port};
    int s = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    assert_true(s >= 0);
    assert_int_equal(bonnet_bind(bn, s, &at), 0);
    return s;
}

static struct pair new_pair(enum bonnet_clock clock, bonnet_time delay)
{
    struct pair p = {.loop = new_loop(clock)};
    struct bonnet_wire_config wire = {.size = sizeof wire, .kind = BONNET_IF_IP};
    struct bonnet_driver *end[2];
    bonnet_link_config_init(&wire.link);
    wire.link.delay = delay;
    assert_int_equal(bonnet_wire_pair(&wire, end), 0);
    for (uint8_t i = 0; i < 2; i++) {
        p.bn[i] = new_stack();
        struct bonnet_addr addr = bonnet_ip4(10, 0, 0, (uint8_t)(i + 1));
        assert_true(bonnet_loop_attach(p.loop, p.bn[i], end[i], addr, 24) > 0);
        p.socket[i] = udp_socket(p.bn[i], i ? PORT : 0);
    }
    return p;
}

static void free_pair(struct pair *p)
{
    bonnet_loop_free(p->loop);
    bonnet_free(p->bn[0]);
    bonnet_free(p->bn[1]);
}

static void send_datagram(struct bonnet *bn, int s, uint32_t number)
{
    struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 0, 2), .port = PORT};
    assert_int_equal(bonnet_sendto(bn, s, &number, sizeof number, 0, &to), sizeof number);
}

static bool has_datagram(struct pair *p)
{
    return bonnet_poll(p->bn[1], p->socket[1]) & BONNET_POLLIN;
}

static void virtual_time_jumps_to_what_is_next(void **state)
{
    (void)state;
    struct pair p = new_pair(BONNET_CLOCK_VIRTUAL, 3600 * BONNET_S);
    assert_int_equal(bonnet_loop_now(p.loop), 0);
    send_datagram(p.bn[0], p.socket[0], 1);
    assert_int_equal(bonnet_loop_step(p.loop, BONNET_NEVER), 1);
    assert_true(has_datagram(&p));
    assert_int_equal(bonnet_loop_now(p.loop), 3600 * BONNET_S);
    free_pair(&p);
}

static void virtual_time_ends_where_nothing_is_left(void **state)
{
    (void)state;
    struct pair p = new_pair(BONNET_CLOCK_VIRTUAL, 0);
    assert_int_equal(bonnet_loop_step(p.loop, 5 * BONNET_S), 0);
    assert_int_equal(bonnet_loop_now(p.loop), 5 * BONNET_S);
    assert_int_equal(bonnet_loop_step(p.loop, BONNET_NEVER), 0);
    assert_int_equal(bonnet_loop_now(p.loop), 5 * BONNET_S);
    free_pair(&p);
}

static void a_step_does_not_jump_over_what_arrives_at_once(void **state)
{
    (void)state;
    struct pair p = new_pair(BONNET_CLOCK_VIRTUAL, 0);
    send_datagram(p.bn[0], p.socket[0], 1);
    assert_int_equal(bonnet_loop_step(p.loop, BONNET_S), 1);
    assert_true(has_datagram(&p));
    assert_int_equal(bonnet_loop_now(p.loop), 0);
    free_pair(&p);
}

static void flush_moves_without_waiting(void **state)
{
    (void)state;
    struct pair p = new_pair(BONNET_CLOCK_VIRTUAL, 0);
    assert_int_equal(bonnet_loop_flush(p.loop), 0);
    send_datagram(p.bn[0], p.socket[0], 1);
    assert_int_equal(bonnet_loop_flush(p.loop), 1);
    assert_true(has_datagram(&p));
    free_pair(&p);
}

static void real_time_passes_as_long_as_it_was_asked_to(void **state)
{
    (void)state;
    struct pair p = new_pair(BONNET_CLOCK_REAL, 0);
    bonnet_time begin = bonnet_host_now();
    assert_int_equal(bonnet_loop_step(p.loop, 20 * BONNET_MS), 0);
    assert_true(bonnet_host_now() - begin >= 20 * BONNET_MS);
    free_pair(&p);
}

/* The wire's delay is a deadline of its driver. */
static void real_time_wakes_for_a_deadline(void **state)
{
    (void)state;
    struct pair p = new_pair(BONNET_CLOCK_REAL, 5 * BONNET_MS);
    bonnet_time begin = bonnet_host_now();
    send_datagram(p.bn[0], p.socket[0], 1);
    while (!has_datagram(&p))
        assert_int_equal(bonnet_loop_step(p.loop, 60 * BONNET_S), 1);
    assert_true(bonnet_host_now() - begin >= 5 * BONNET_MS);
    assert_true(bonnet_host_now() - begin < 30 * BONNET_S);
    free_pair(&p);
}

static void *wake_soon(void *loop)
{
    usleep(10000);
    bonnet_loop_wake(loop);
    return NULL;
}

static void another_thread_ends_the_sleep(void **state)
{
    (void)state;
    struct pair p = new_pair(BONNET_CLOCK_REAL, 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake_soon, p.loop), 0);
    assert_int_equal(bonnet_loop_step(p.loop, 60 * BONNET_S), 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(bonnet_loop_step(p.loop, 0), 0);
    free_pair(&p);
}

static void a_wake_before_the_sleep_is_not_lost(void **state)
{
    (void)state;
    static const enum bonnet_clock clocks[] = {BONNET_CLOCK_REAL, BONNET_CLOCK_VIRTUAL};
    for (int i = 0; i < 2; i++) {
        struct pair p = new_pair(clocks[i], 0);
        for (int times = 0; times < 3; times++) {
            bonnet_loop_wake(p.loop);
            bonnet_loop_wake(p.loop);
            bonnet_loop_flush(p.loop);
            assert_int_equal(bonnet_loop_step(p.loop, 60 * BONNET_S), 1);
            assert_int_equal(bonnet_loop_step(p.loop, 0), 0);
        }
        free_pair(&p);
    }
}

static void on_alarm(int signal)
{
    (void)signal;
}

static void a_signal_interrupts_the_sleep(void **state)
{
    (void)state;
    struct pair p = new_pair(BONNET_CLOCK_REAL, 0);
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval soon = {.it_interval.tv_usec = 20000, .it_value.tv_usec = 20000}, off = {0};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_int_equal(bonnet_loop_step(p.loop, 60 * BONNET_S), -EINTR);
    assert_int_equal(setitimer(ITIMER_REAL, &off, NULL), 0);
    free_pair(&p);
}

/* ---- a device that is slower than the stack ---- */

/* Frames are messages of a UNIX socket, whose queue is short: it refuses and, later, is writable.
 */
struct narrow {
    struct bonnet_driver driver;
    int fd;
    int refused;
    bool *is_freed;
};

static int narrow_input(struct bonnet_driver *d, const struct bonnet_tx *frame)
{
    struct narrow *n = (struct narrow *)d;
    uint8_t bytes[2000];
    int len = bonnet_tx_copy(frame, bytes, sizeof bytes);
    assert_true(len > 0);
    ssize_t sent = send(n->fd, bytes, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
    n->refused += sent < 0;
    return sent < 0 ? -errno : 0;
}

static int narrow_output(struct bonnet_driver *d, struct bonnet_rx *frame)
{
    (void)d;
    (void)frame;
    return 0;
}

static int narrow_fd(const struct bonnet_driver *d)
{
    return ((const struct narrow *)d)->fd;
}

static void narrow_free(struct bonnet_driver *d)
{
    struct narrow *n = (struct narrow *)d;
    if (n->is_freed) *n->is_freed = true;
    close(n->fd);
    free(n);
}

static const struct bonnet_driver_ops narrow_ops = {
    .name = "narrow",
    .input = narrow_input,
    .output = narrow_output,
    .fd = narrow_fd,
    .free = narrow_free,
};

static struct narrow *new_narrow(int *far)
{
    struct narrow *n = calloc(1, sizeof *n);
    int fd[2];
    assert_non_null(n);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
    n->driver = (struct bonnet_driver){.ops = &narrow_ops, .mtu = 1500, .kind = BONNET_IF_IP};
    n->fd = fd[0];
    *far = fd[1];
    return n;
}

static unsigned read_datagrams(int fd, uint32_t next)
{
    unsigned n = 0;
    uint8_t frame[2000];
    ssize_t len;
    while ((len = recv(fd, frame, sizeof frame, MSG_DONTWAIT)) > 0) {
        uint32_t number;
        assert_true(len >= 32);
        memcpy(&number, frame + 28, sizeof number);
        assert_int_equal(number, next + n);
        n++;
    }
    return n;
}

static void what_a_device_refuses_is_offered_again(void **state)
{
    (void)state;
    struct bonnet_loop *loop = new_loop(BONNET_CLOCK_REAL);
    struct bonnet *bn = new_stack();
    int far, small = 1;
    struct narrow *n = new_narrow(&far);
    setsockopt(n->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    assert_true(bonnet_loop_attach(loop, bn, &n->driver, bonnet_ip4(10, 0, 0, 1), 24) > 0);
    int s = udp_socket(bn, 0);
    const unsigned all = 100;
    for (uint32_t i = 0; i < all; i++)
        send_datagram(bn, s, i);

    unsigned got = 0;
    for (int turns = 0; got < all && turns < 1000; turns++) {
        assert_true(bonnet_loop_step(loop, BONNET_S) >= 0);
        got += read_datagrams(far, got);
    }
    assert_int_equal(got, all);
    assert_true(n->refused > 0);
    assert_int_equal(bonnet_loop_step(loop, 0), 0);
    close(far);
    bonnet_loop_free(loop);
    bonnet_free(bn);
}

/* While it refuses, the loop sleeps. */
static void a_blocked_device_is_no_reason_to_spin(void **state)
{
    (void)state;
    struct bonnet_loop *loop = new_loop(BONNET_CLOCK_REAL);
    struct bonnet *bn = new_stack();
    int far, small = 1;
    struct narrow *n = new_narrow(&far);
    setsockopt(n->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    assert_true(bonnet_loop_attach(loop, bn, &n->driver, bonnet_ip4(10, 0, 0, 1), 24) > 0);
    int s = udp_socket(bn, 0);
    for (uint32_t i = 0; i < 100; i++)
        send_datagram(bn, s, i);
    bonnet_loop_flush(loop);
    int refused = n->refused;
    bonnet_time begin = bonnet_host_now();
    while (bonnet_host_now() - begin < 20 * BONNET_MS)
        bonnet_loop_step(loop, 20 * BONNET_MS);
    assert_in_range(n->refused - refused, 0, 200);
    close(far);
    bonnet_loop_free(loop);
    bonnet_free(bn);
}

static void a_device_that_fails_is_reported(void **state)
{
    (void)state;
    struct bonnet_loop *loop = new_loop(BONNET_CLOCK_REAL);
    struct bonnet *bn = new_stack();
    int far;
    struct narrow *n = new_narrow(&far);
    assert_true(bonnet_loop_attach(loop, bn, &n->driver, bonnet_ip4(10, 0, 0, 1), 24) > 0);
    int s = udp_socket(bn, 0);
    close(far);
    send_datagram(bn, s, 0);
    assert_int_equal(bonnet_loop_step(loop, 0), -EPIPE);
    bonnet_loop_free(loop);
    bonnet_free(bn);
}

static void a_driver_that_cannot_be_attached_is_freed(void **state)
{
    (void)state;
    struct bonnet_loop *loop = new_loop(BONNET_CLOCK_REAL);
    struct bonnet *bn = new_stack();
    bool is_freed = false;
    int far;
    struct narrow *n = new_narrow(&far);
    n->is_freed = &is_freed;
    struct bonnet_addr multicast = bonnet_ip4(224, 0, 0, 1);
    assert_int_equal(bonnet_loop_attach(loop, bn, &n->driver, multicast, 24), -EINVAL);
    assert_true(is_freed);
    assert_int_equal(bonnet_loop_step(loop, 0), 0);
    close(far);
    bonnet_loop_free(loop);
    bonnet_free(bn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_time_jumps_to_what_is_next),
        cmocka_unit_test(virtual_time_ends_where_nothing_is_left),
        cmocka_unit_test(a_step_does_not_jump_over_what_arrives_at_once),
        cmocka_unit_test(flush_moves_without_waiting),
        cmocka_unit_test(real_time_passes_as_long_as_it_was_asked_to),
        cmocka_unit_test(real_time_wakes_for_a_deadline),
        cmocka_unit_test(another_thread_ends_the_sleep),
        cmocka_unit_test(a_wake_before_the_sleep_is_not_lost),
        cmocka_unit_test(a_signal_interrupts_the_sleep),
        cmocka_unit_test(what_a_device_refuses_is_offered_again),
        cmocka_unit_test(a_blocked_device_is_no_reason_to_spin),
        cmocka_unit_test(a_device_that_fails_is_reported),
        cmocka_unit_test(a_driver_that_cannot_be_attached_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
