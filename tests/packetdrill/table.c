/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object that packetdrill loads, driven through its table without packetdrill.
 */
#define _GNU_SOURCE
#include "libwire.h"

#include <bonnet/inspect.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

static void every_slot_is_filled(void **state)
{
    (void)state;
    struct interface i;
    void *slots[sizeof i / sizeof(void *)];
    assert_int_equal(sizeof slots / sizeof slots[0], 33); /* userdata and 32 calls */
    wire_begin(&i);
    memcpy(slots, &i, sizeof i);
    for (size_t n = 0; n < sizeof slots / sizeof slots[0]; n++)
        assert_non_null(slots[n]);
    i.free(i.world);
}

static void bytes_go_both_ways(void **state)
{
    (void)state;
    struct interface i;
    uint32_t isn;
    char bytes[1000] = {0};
    wire_begin(&i);
    int fd = wire_connection(&i, &isn);
    assert_int_equal(i.write(i.world, fd, bytes, 100), 100);
    struct bonnet_packet p = wire_receive(&i, NULL);
    assert_int_equal(p.flags, BONNET_PSH | BONNET_ACK);
    assert_int_equal(p.text_len, 100);
    assert_int_equal(p.seq, isn + 1);
    wire_send(&i, BONNET_ACK | BONNET_PSH, 1, isn + 101, 300);
    assert_int_equal(i.read(i.world, fd, bytes, sizeof bytes), 300);
    p = wire_receive(&i, NULL);
    assert_int_equal(p.ack, PEER_ISN + 301);
    i.fcntl(i.world, fd, F_SETFL, O_RDWR | O_NONBLOCK);
    assert_int_equal(i.read(i.world, fd, bytes, sizeof bytes), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(i.close(i.world, fd), 0);
    assert_int_equal(wire_receive(&i, NULL).flags, BONNET_FIN | BONNET_ACK);
    i.free(i.world);
}

/* An hour is over at once, and what is due within it is sent at its instant. */
static void time_is_virtual(void **state)
{
    (void)state;
    struct interface i;
    struct timespec from, to;
    long long at;
    wire_begin(&i);
    clock_gettime(CLOCK_MONOTONIC, &from);
    int fd = wire_listener(&i);
    long long begin = wire_now(&i);
    wire_send(&i, BONNET_SYN, 0, 0, 0);
    wire_receive(&i, NULL);
    assert_int_equal(wire_receive(&i, &at).flags, BONNET_SYN | BONNET_ACK);
    assert_in_range(at - begin, 1000000, 1001000); /* the SYN-ACK again, after a second */
    for (int n = 0; n < 3600; n++)
        i.usleep(i.world, 1000000);
    assert_in_range(wire_now(&i) - begin, 3601000000LL, 3602000000LL);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    long long before = wire_now(&i);
    assert_int_equal(i.poll(i.world, &p, 1, 5000), 0);
    assert_in_range(wire_now(&i) - before, 5000000, 5001000);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_in_range(to.tv_sec - from.tv_sec, 0, 60);
    for (int n = 0; n < 4; n++)
        wire_receive(&i, NULL); /* after 2, 4, 8 and 16 more */
    i.free(i.world);
}

/* ---- a call that waits in the other thread ---- */

struct waiter {
    struct interface *i;
    int fd;
    pid_t id;
    ssize_t got;
    long long at_us;
};

static void *wait_for_bytes(void *arg)
{
    struct waiter *w = arg;
    char bytes[100];
    __atomic_store_n(&w->id, gettid(), __ATOMIC_RELEASE);
    w->got = w->i->read(w->i->world, w->fd, bytes, sizeof bytes);
    w->at_us = wire_now(w->i);
    return NULL;
}

/* As packetdrill does: it is asleep when /proc says so. */
static void await_sleep(struct waiter *w)
{
    pid_t id;
    char path[64], state = 0;
    while ((id = __atomic_load_n(&w->id, __ATOMIC_ACQUIRE)) == 0)
        sched_yield();
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)id);
    while (state != 'S') {
        FILE *f = fopen(path, "re");
        assert_non_null(f);
        assert_int_equal(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
        fclose(f);
        sched_yield();
    }
}

/* The call returns at the instant at which the bytes came, however late its thread wakes up. */
static void blocked_call_returns_at_its_instant(void **state)
{
    (void)state;
    struct interface i;
    uint32_t isn;
    pthread_t thread;
    wire_begin(&i);
    struct waiter w = {.i = &i, .fd = wire_connection(&i, &isn)};
    assert_int_equal(pthread_create(&thread, NULL, wait_for_bytes, &w), 0);
    await_sleep(&w);
    i.usleep(i.world, 100000);
    long long at = wire_now(&i);
    wire_send(&i, BONNET_ACK | BONNET_PSH, 1, isn + 1, 10);
    assert_int_equal(wire_receive(&i, NULL).ack, PEER_ISN + 11);
    i.usleep(i.world, 10000000);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(w.got, 10);
    assert_in_range(w.at_us - at, 0, 1000);
    i.free(i.world);
}

/* ---- what is asked beside the table ---- */

static void getsockopt_stands_in_for_the_systems(void **state)
{
    (void)state;
    struct interface i;
    uint32_t isn;
    struct tcp_info info;
    socklen_t n = sizeof info;
    int (*get)(int, int, int, void *, socklen_t *);
    wire_begin(&i);
    *(void **)&get = wire_symbol("getsockopt");
    int fd = wire_connection(&i, &isn);
    assert_int_equal(get(fd, IPPROTO_TCP, TCP_INFO, &info, &n), 0);
    assert_int_equal(n, sizeof info);
    assert_int_equal(info.tcpi_state, BONNET_ESTABLISHED);
    assert_int_equal(info.tcpi_snd_cwnd, 10);
    int kernel = socket(AF_INET, SOCK_DGRAM, 0), type = 0;
    n = sizeof type;
    assert_int_equal(get(kernel, SOL_SOCKET, SO_TYPE, &type, &n), 0);
    assert_int_equal(type, SOCK_DGRAM);
    close(kernel);
    i.free(i.world);
}

/* ---- the end ---- */

/* The status with which a script ends that leaves the answer to a stray segment unread. */
static int status_of_script(bool reads_answer)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct interface i;
        freopen("/dev/null", "w", stderr);
        wire_begin(&i);
        wire_send(&i, BONNET_ACK, 1, 1000, 0);
        if (reads_answer) wire_receive(&i, NULL);
        i.free(i.world);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void unexpected_packets_fail_the_script(void **state)
{
    (void)state;
    assert_int_equal(status_of_script(true), 0);
    assert_int_equal(status_of_script(false), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slot_is_filled),
        cmocka_unit_test(bytes_go_both_ways),
        cmocka_unit_test(time_is_virtual),
        cmocka_unit_test(blocked_call_returns_at_its_instant),
        cmocka_unit_test(getsockopt_stands_in_for_the_systems),
        cmocka_unit_test(unexpected_packets_fail_the_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
