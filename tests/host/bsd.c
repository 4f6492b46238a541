/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The blocking face: what each call waits for, what ends the wait, and what it returns then. Where
 * POSIX leaves a choice, Linux is the reference (socket(7), tcp(7)).
 */
#define _GNU_SOURCE
#include "libbsd.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#define MUCH (8 << 20)

static char text_at(size_t i)
{
    return (char)(i * 2654435761u >> 16);
}

/* ---- programs of the peer ---- */

static void peer_reads(struct face *f)
{
    static char buf[65536];
    int64_t n = bonnet_recv(f->peer, f->peer_s, buf, sizeof buf, 0);
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(buf[i], text_at(f->got++));
}

static void peer_sends_bytewise(struct face *f)
{
    char byte = text_at(f->sent);
    if (bonnet_send(f->peer, f->peer_s, &byte, 1, 0) == 1) f->sent++;
}

static void peer_sends_five_and_closes(struct face *f)
{
    if (f->sent < 5) peer_sends_bytewise(f);
    if (f->sent == 5) bonnet_close(f->peer, f->peer_s), f->sent++;
}

static void peer_resets(struct face *f)
{
    struct bonnet_linger hard = {.onoff = 1};
    bonnet_setsockopt(f->peer, f->peer_s, BONNET_SO_LINGER, &hard, sizeof hard);
    bonnet_close(f->peer, f->peer_s);
    f->run = NULL;
}

static void set_timeout(struct face *f, int name, long us)
{
    struct timeval t = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};
    assert_int_equal(bonnet_bsd_setsockopt(f->b, f->s, SOL_SOCKET, name, &t, sizeof t), 0);
}

/* Sends until nothing is taken any more, which takes a second call or two: what the peer has
 * received in between is room again. errno is that of the last call. */
static void send_until_refused(struct face *f)
{
    char *text = calloc(1, MUCH);
    assert_non_null(text);
    ssize_t sent = bonnet_bsd_send(f->b, f->s, text, MUCH, 0);
    assert_in_range(sent, 1, MUCH - 1);
    while ((sent = bonnet_bsd_send(f->b, f->s, text, MUCH, 0)) >= 0)
        assert_in_range(sent, 1, MUCH - 1);
    free(text);
}

/* ---- bytes ---- */

static void send_blocks_until_all_is_taken(void **state)
{
    (void)state;
    struct face f;
    face_init(&f, 0);
    face_connect(&f);
    char *text = malloc(MUCH);
    assert_non_null(text);
    for (size_t i = 0; i < MUCH; i++)
        text[i] = text_at(i);
    f.run = peer_reads;
    assert_int_equal(bonnet_bsd_send(f.b, f.s, text, MUCH, 0), MUCH);
    assert_int_equal(bonnet_bsd_close(f.b, f.s), 0);
    while (f.got < MUCH)
        assert_true(bonnet_loop_step(bonnet_bsd_loop(f.b), BONNET_S) >= 0);
    free(text);
    face_fini(&f);
}

static void send_times_out_with_what_was_taken(void **state)
{
    (void)state;
    struct face f;
    face_init(&f, 0);
    face_connect(&f);
    set_timeout(&f, SO_SNDTIMEO, 20000);
    send_until_refused(&f);
    assert_int_equal(errno, EAGAIN);
    face_fini(&f);
}

static void recv_waits_for_the_first_byte_only(void **state)
{
    (void)state;
    struct face f;
    char buf[100];
    face_init(&f, 0);
    face_connect(&f);
    f.run = peer_sends_bytewise;
    ssize_t n = bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, 0);
    assert_in_range(n, 1, 20);
    assert_int_equal(buf[0], text_at(0));
    face_fini(&f);
}

static void recv_waits_for_all(void **state)
{
    (void)state;
    struct face f;
    char buf[30];
    face_init(&f, 0);
    face_connect(&f);
    f.run = peer_sends_bytewise;
    assert_int_equal(bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, MSG_WAITALL), sizeof buf);
    for (size_t i = 0; i < sizeof buf; i++)
        assert_int_equal(buf[i], text_at(i));
    face_fini(&f);
}

static void recv_waits_for_the_low_water_mark(void **state)
{
    (void)state;
    struct face f;
    char buf[100];
    int low = 20;
    face_init(&f, 0);
    face_connect(&f);
    assert_int_equal(bonnet_bsd_setsockopt(f.b, f.s, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low), 0);
    f.run = peer_sends_bytewise;
    assert_in_range(bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, 0), 20, sizeof buf);
    face_fini(&f);
}

static void the_end_of_the_stream_ends_waiting_for_all(void **state)
{
    (void)state;
    struct face f;
    char buf[100];
    face_init(&f, 0);
    face_connect(&f);
    f.run = peer_sends_five_and_closes;
    assert_int_equal(bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, MSG_WAITALL), 5);
    assert_int_equal(bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, MSG_WAITALL), 0);
    face_fini(&f);
}

static void recv_times_out(void **state)
{
    (void)state;
    struct face f;
    char buf[10];
    face_init(&f, 0);
    face_connect(&f);
    set_timeout(&f, SO_RCVTIMEO, 30000);
    bonnet_time begin = bonnet_host_now();
    assert_fails(bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, 0), EAGAIN);
    assert_true(bonnet_host_now() - begin >= 30 * BONNET_MS);
    set_timeout(&f, SO_RCVTIMEO, 1);
    assert_fails(bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, 0), EAGAIN);
    face_fini(&f);
}

static void peeking_leaves_the_bytes(void **state)
{
    (void)state;
    struct face f;
    char peeked = 1, read = 2;
    face_init(&f, 0);
    face_connect(&f);
    f.run = peer_sends_bytewise;
    assert_int_equal(bonnet_bsd_recv(f.b, f.s, &peeked, 1, MSG_PEEK | MSG_WAITALL), 1);
    assert_int_equal(bonnet_bsd_recv(f.b, f.s, &read, 1, 0), 1);
    assert_int_equal(peeked, read);
    face_fini(&f);
}

static void nothing_waits_that_must_not(void **state)
{
    (void)state;
    struct face f;
    char buf[10];
    struct sockaddr_in peer = peer_address(PEER_PORT);
    face_init(&f, 5 * BONNET_MS);
    face_connect(&f);
    assert_fails(bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, MSG_DONTWAIT), EAGAIN);

    int s = bonnet_bsd_socket(f.b, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_fails(bonnet_bsd_connect(f.b, s, (struct sockaddr *)&peer, sizeof peer), EINPROGRESS);
    assert_fails(bonnet_bsd_connect(f.b, s, (struct sockaddr *)&peer, sizeof peer), EALREADY);
    while (bonnet_bsd_recv(f.b, s, buf, sizeof buf, 0) < 0 && errno != EAGAIN)
        assert_true(bonnet_loop_step(bonnet_bsd_loop(f.b), BONNET_S) >= 0);

    int listener = bonnet_bsd_socket(f.b, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bonnet_bsd_listen(f.b, listener, 1), 0);
    assert_fails(bonnet_bsd_accept(f.b, listener, NULL, NULL), EAGAIN);
    face_fini(&f);
}

/* ---- errors ---- */

static void a_refused_connection(void **state)
{
    (void)state;
    struct face f;
    struct sockaddr_in nobody = peer_address(PEER_PORT + 1);
    face_init(&f, 0);
    int s = bonnet_bsd_socket(f.b, AF_INET, SOCK_STREAM, 0);
    assert_fails(bonnet_bsd_connect(f.b, s, (struct sockaddr *)&nobody, sizeof nobody),
                 ECONNREFUSED);
    face_fini(&f);
}

static void connect_times_out_and_goes_on(void **state)
{
    (void)state;
    struct face f;
    struct sockaddr_in peer = peer_address(PEER_PORT);
    face_init(&f, 50 * BONNET_MS);
    f.s = bonnet_bsd_socket(f.b, AF_INET, SOCK_STREAM, 0);
    set_timeout(&f, SO_SNDTIMEO, 10000);
    assert_fails(bonnet_bsd_connect(f.b, f.s, (struct sockaddr *)&peer, sizeof peer), EINPROGRESS);
    set_timeout(&f, SO_SNDTIMEO, 0);
    assert_int_equal(bonnet_bsd_connect(f.b, f.s, (struct sockaddr *)&peer, sizeof peer), 0);
    face_fini(&f);
}

static void a_reset_is_told_once_and_raises_no_signal(void **state)
{
    (void)state;
    struct face f;
    char buf[10] = "";
    face_init(&f, 0);
    face_connect(&f);
    f.run = peer_resets;
    assert_fails(bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, 0), ECONNRESET);
    assert_int_equal(bonnet_bsd_recv(f.b, f.s, buf, sizeof buf, 0), 0);
    assert_fails(bonnet_bsd_send(f.b, f.s, buf, sizeof buf, 0), EPIPE);
    face_fini(&f);
}

static void an_error_after_some_bytes_is_kept(void **state)
{
    (void)state;
    struct face f;
    face_init(&f, 0);
    face_connect(&f);
    char *text = calloc(1, MUCH);
    assert_non_null(text);
    f.run = peer_resets;
    ssize_t sent = bonnet_bsd_send(f.b, f.s, text, MUCH, 0);
    assert_in_range(sent, 1, MUCH - 1);
    assert_fails(bonnet_bsd_send(f.b, f.s, text, MUCH, 0), ECONNRESET);
    free(text);
    face_fini(&f);
}

/* ---- signals ---- */

static struct bonnet_loop *loop_to_wake;

/* The face's own timer fires so often that the signal alone may never meet a sleep. */
static void on_alarm(int signal)
{
    (void)signal;
    bonnet_loop_wake(loop_to_wake);
}

static void alarm_each_20_ms(struct face *f, bool on)
{
    struct itimerval each = {.it_interval.tv_usec = 20000, .it_value.tv_usec = 20000}, off = {0};
    loop_to_wake = bonnet_bsd_loop(f->b);
    signal(SIGALRM, on_alarm);
    assert_int_equal(setitimer(ITIMER_REAL, on ? &each : &off, NULL), 0);
}

static void a_signal_before_the_first_byte_is_eintr(void **state)
{
    (void)state;
    struct face f;
    char buf[10];
    struct sockaddr_in peer = peer_address(PEER_PORT);
    face_init(&f, BONNET_S);
    int listener = bonnet_bsd_socket(f.b, AF_INET, SOCK_STREAM, 0);
    int s = bonnet_bsd_socket(f.b, AF_INET, SOCK_STREAM, 0);
    int d = bonnet_bsd_socket(f.b, AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bonnet_bsd_listen(f.b, listener, 1), 0);
    alarm_each_20_ms(&f, true);
    assert_fails(bonnet_bsd_accept(f.b, listener, NULL, NULL), EINTR);
    assert_fails(bonnet_bsd_connect(f.b, s, (struct sockaddr *)&peer, sizeof peer), EINTR);
    assert_fails(bonnet_bsd_recv(f.b, d, buf, sizeof buf, 0), EINTR);
    alarm_each_20_ms(&f, false);
    face_fini(&f);
}

static void a_signal_after_some_bytes_is_their_number(void **state)
{
    (void)state;
    struct face f;
    face_init(&f, 0);
    face_connect(&f);
    alarm_each_20_ms(&f, true);
    send_until_refused(&f);
    assert_int_equal(errno, EINTR);
    alarm_each_20_ms(&f, false);
    face_fini(&f);
}

static void a_wake_before_the_call_is_not_lost(void **state)
{
    (void)state;
    struct face f;
    char byte;
    face_init(&f, 0);
    face_connect(&f);
    bonnet_loop_wake(bonnet_bsd_loop(f.b));
    assert_fails(bonnet_bsd_recv(f.b, f.s, &byte, 1, 0), EINTR);
    face_fini(&f);
}

/* ---- the end ---- */

static bonnet_time time_of_close(struct face *f, int seconds)
{
    struct linger l = {.l_onoff = seconds >= 0, .l_linger = seconds};
    assert_int_equal(bonnet_bsd_setsockopt(f->b, f->s, SOL_SOCKET, SO_LINGER, &l, sizeof l), 0);
    bonnet_time begin = bonnet_host_now();
    assert_int_equal(bonnet_bsd_close(f->b, f->s), 0);
    return bonnet_host_now() - begin;
}

static void close_lingers_until_the_peer_has_it_all(void **state)
{
    (void)state;
    struct face f;
    char buf[10];
    face_init(&f, 50 * BONNET_MS);
    face_connect(&f);
    assert_int_equal(bonnet_bsd_send(f.b, f.s, "last words", 10, 0), 10);
    assert_in_range(time_of_close(&f, 30), 100 * BONNET_MS, 20 * BONNET_S);
    assert_int_equal(bonnet_recv(f.peer, f.peer_s, buf, sizeof buf, 0), 10);
    assert_int_equal(bonnet_recv(f.peer, f.peer_s, buf, sizeof buf, 0), 0);
    face_fini(&f);
}

static void close_lingers_no_longer_than_it_was_told(void **state)
{
    (void)state;
    struct face f;
    face_init(&f, 0);
    face_connect(&f);
    char *text = calloc(1, MUCH);
    assert_non_null(text);
    assert_in_range(bonnet_bsd_send(f.b, f.s, text, MUCH, MSG_DONTWAIT), 1, MUCH);
    assert_in_range(time_of_close(&f, 1), BONNET_S, 20 * BONNET_S);
    free(text);
    face_fini(&f);
}

static void close_does_not_wait_by_itself(void **state)
{
    (void)state;
    struct face f;
    face_init(&f, 200 * BONNET_MS);
    face_connect(&f);
    assert_int_equal(bonnet_bsd_send(f.b, f.s, "last words", 10, 0), 10);
    assert_in_range(time_of_close(&f, -1), 0, 200 * BONNET_MS);
    face_fini(&f);
}

/* Counts the bytes until the end of the stream, and then closes. */
static void peer_reads_to_the_end(struct face *f)
{
    char buf[100];
    int64_t n = bonnet_recv(f->peer, f->peer_s, buf, sizeof buf, 0);
    if (n > 0) f->got += (size_t)n;
    if (n != 0) return;
    f->run = NULL;
    bonnet_close(f->peer, f->peer_s);
}

/* What was still on its way arrives while the face is being freed. */
static void freeing_lets_connections_end(void **state)
{
    (void)state;
    struct face f;
    face_init(&f, 5 * BONNET_MS);
    face_connect(&f);
    assert_int_equal(bonnet_bsd_send(f.b, f.s, "last words", 10, 0), 10);
    f.run = peer_reads_to_the_end;
    bonnet_bsd_free(f.b, 20 * BONNET_S);
    assert_int_equal(f.got, 10);
    assert_null(f.run);
    bonnet_free(f.peer);
    close(f.timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(send_blocks_until_all_is_taken),
        cmocka_unit_test(send_times_out_with_what_was_taken),
        cmocka_unit_test(recv_waits_for_the_first_byte_only),
        cmocka_unit_test(recv_waits_for_all),
        cmocka_unit_test(recv_waits_for_the_low_water_mark),
        cmocka_unit_test(the_end_of_the_stream_ends_waiting_for_all),
        cmocka_unit_test(recv_times_out),
        cmocka_unit_test(peeking_leaves_the_bytes),
        cmocka_unit_test(nothing_waits_that_must_not),
        cmocka_unit_test(a_refused_connection),
        cmocka_unit_test(connect_times_out_and_goes_on),
        cmocka_unit_test(a_reset_is_told_once_and_raises_no_signal),
        cmocka_unit_test(an_error_after_some_bytes_is_kept),
        cmocka_unit_test(a_signal_before_the_first_byte_is_eintr),
        cmocka_unit_test(a_signal_after_some_bytes_is_their_number),
        cmocka_unit_test(a_wake_before_the_call_is_not_lost),
        cmocka_unit_test(close_lingers_until_the_peer_has_it_all),
        cmocka_unit_test(close_lingers_no_longer_than_it_was_told),
        cmocka_unit_test(close_does_not_wait_by_itself),
        cmocka_unit_test(freeing_lets_connections_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
