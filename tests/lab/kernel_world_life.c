/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's world as a thing that is made, waits and ends: settings, time, sockets that outlive
 * their programs, and that nothing of it stays behind.
 */
#define _GNU_SOURCE
#include "libkernel_world.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
/* after its surroundings */
#include <cmocka.h>

static void settings_are_of_one_host(void **state)
{
    (void)state;
    struct kw_stage t;
    char why[256];
    kw_describe(&t);
    t.scenario.settings[0] =
        (struct lab_setting){.host = KW_SERVER, .name = "somaxconn", .value = 1, .line = 3};
    t.scenario.settings_n = 1;
    assert_int_equal(kw_make(&t, NULL, why, sizeof why), 0);
    assert_int_equal(kw_row(&t, KW_SERVER, kw_listener(&t, 100)).send_q, 1);
    kw_drop(&t);
    memcpy(t.scenario.settings[0].name, "no_such_thing", sizeof "no_such_thing");
    assert_true(kw_make(&t, NULL, why, sizeof why) < 0);
    assert_non_null(strstr(why, "line 3: no_such_thing"));
}

/* close() waits for the peer while this thread carries the packets that it waits for. */
static void close_lingers(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    struct kw_pair p = kw_connect(&t);
    struct bonnet_linger linger = {.onoff = 1, .linger = 5};
    const struct world_option option = {BONNET_SO_LINGER, &linger, sizeof linger};
    assert_int_equal(t.w->ops->setsockopt(t.w, KW_CLIENT, p.s, &option), 0);
    assert_int_equal(kw_put(&t, KW_CLIENT, p.s, 10), 10);
    assert_int_equal(kw_end(&t, KW_CLIENT, p.s), -EINPROGRESS);
    assert_int_equal(t.w->ops->close_end(t.w, KW_CLIENT, p.s, 0), -EAGAIN);
    bonnet_time began = t.w->ops->now(t.w);
    int r = -EAGAIN;
    while (r == -EAGAIN && t.w->ops->now(t.w) < began + 3 * BONNET_S) {
        assert_true(t.w->ops->step(t.w, began + 3 * BONNET_S) >= 0);
        r = t.w->ops->close_end(t.w, KW_CLIENT, p.s, 0);
    }
    assert_int_equal(r, 0);
    assert_true(t.w->ops->now(t.w) >= began + 20 * BONNET_MS);
    assert_int_equal(t.w->ops->close_end(t.w, KW_CLIENT, p.s, 0), -EBADF);
    kw_drop(&t);
}

/* A world may end while a close() still lingers. */
static void world_ends_before_a_close(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    struct kw_pair p = kw_connect(&t);
    struct bonnet_linger linger = {.onoff = 1, .linger = 1};
    const struct world_option option = {BONNET_SO_LINGER, &linger, sizeof linger};
    assert_int_equal(t.w->ops->setsockopt(t.w, KW_CLIENT, p.s, &option), 0);
    assert_int_equal(t.w->ops->cut(t.w, 0, false), 0);
    assert_int_equal(kw_put(&t, KW_CLIENT, p.s, 10), 10);
    assert_int_equal(kw_end(&t, KW_CLIENT, p.s), -EINPROGRESS);
    kw_settle(&t);
    assert_int_equal(t.w->ops->close_end(t.w, KW_CLIENT, p.s, 0), -EAGAIN);
    kw_drop(&t);
}

/* It vanishes without a word, and comes back having forgotten everything. */
static void power_comes_and_goes(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    struct kw_pair p = kw_connect(&t);
    assert_int_equal(t.w->ops->power(t.w, KW_SERVER, false), 0);
    assert_int_equal(t.w->ops->power(t.w, KW_SERVER, false), -EALREADY);
    assert_int_equal(t.w->ops->socket(t.w, KW_SERVER, BONNET_SOCK_STREAM), -ENETDOWN);
    assert_int_equal(kw_put(&t, KW_SERVER, p.c, 1), -EBADF);
    assert_int_equal(kw_count(&t, KW_SERVER, "TcpOutRsts"), 0);
    kw_settle(&t);
    kw_told(&t, "");
    assert_int_equal(kw_put(&t, KW_CLIENT, p.s, 10), 10);
    kw_settle(&t);
    kw_told(&t, "client [P.] 1:10 lost\n");
    assert_int_equal(t.w->ops->power(t.w, KW_SERVER, true), 0);
    kw_pass(&t, 400 * BONNET_MS);
    assert_non_null(strstr(t.log, "client [P.] 1:10\nserver [R] 1:0\n"));
    assert_int_equal(kw_take(&t, KW_CLIENT, p.s, 10), -ECONNRESET);
    kw_drop(&t);
}

static void closed_socket_is_never_another_one(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    int s = t.w->ops->socket(t.w, KW_CLIENT, BONNET_SOCK_STREAM);
    assert_int_equal(kw_row(&t, KW_CLIENT, s).kind, BONNET_ROW_UNBOUND);
    assert_int_equal(kw_end(&t, KW_CLIENT, s), 0);
    assert_int_not_equal(t.w->ops->socket(t.w, KW_CLIENT, BONNET_SOCK_STREAM), s);
    assert_int_equal(kw_put(&t, KW_CLIENT, s, 1), -EBADF);
    assert_int_equal(kw_end(&t, KW_CLIENT, s), -EBADF);
    assert_int_equal(kw_put(&t, KW_SERVER, s + 1, 1), -EBADF); /* of another host */
    kw_drop(&t);
}

static void options_have_their_units(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    int s = t.w->ops->socket(t.w, KW_CLIENT, BONNET_SOCK_STREAM), on = 1, got = 0;
    bonnet_time timeout = 1500 * BONNET_MS, back = 0;
    struct world_option set_time = {BONNET_SO_RCVTIMEO, &timeout, sizeof timeout};
    struct world_option get_time = {BONNET_SO_RCVTIMEO, &back, sizeof back};
    struct world_option set_flag = {BONNET_TCP_NODELAY, &on, sizeof on};
    struct world_option get_flag = {BONNET_TCP_NODELAY, &got, sizeof got};
    const struct world_option unknown = {(enum bonnet_option)9999, &on, sizeof on};
    const struct world_ops *o = t.w->ops;
    assert_int_equal(o->setsockopt(t.w, KW_CLIENT, s, &set_time), 0);
    assert_int_equal(o->getsockopt(t.w, KW_CLIENT, s, &get_time), 0);
    assert_int_equal(back, timeout);
    assert_int_equal(o->setsockopt(t.w, KW_CLIENT, s, &set_flag), 0);
    assert_int_equal(o->getsockopt(t.w, KW_CLIENT, s, &get_flag), 0);
    assert_int_equal(got, 1);
    assert_int_equal(o->setsockopt(t.w, KW_CLIENT, s, &unknown), -ENOPROTOOPT);
    kw_drop(&t);
}

/* An end of time comes although nothing happens, and where nothing can, the world says so. */
static void time_passes_and_ends(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    kw_settle(&t);
    assert_false(t.w->ops->has_timers(t.w));
    assert_int_equal(t.w->ops->step(t.w, BONNET_NEVER), 0);
    bonnet_time before = t.w->ops->now(t.w);
    assert_int_equal(t.w->ops->step(t.w, before + 30 * BONNET_MS), 0);
    assert_true(t.w->ops->now(t.w) >= before + 30 * BONNET_MS);
    assert_int_equal(t.w->ops->cut(t.w, 0, false), 0);
    (void)kw_connector(&t);
    kw_settle(&t);
    assert_true(t.w->ops->has_timers(t.w));
    assert_int_equal(t.w->ops->memory(t.w, KW_CLIENT), -ENOTSUP);
    kw_drop(&t);
}

static unsigned count_entries(const char *path)
{
    unsigned n = 0;
    DIR *d = opendir(path);
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void own_namespace(char *name, size_t max)
{
    ssize_t n = readlink("/proc/thread-self/ns/net", name, max - 1);
    assert_true(n > 0);
    name[n] = '\0';
}

static void nothing_is_left(void **state)
{
    (void)state;
    struct kw_stage t;
    char before[64], after[64];
    unsigned open = count_entries("/proc/self/fd"), devices = count_entries("/sys/class/net");
    own_namespace(before, sizeof before);
    kw_raise(&t);
    (void)kw_connect(&t);
    own_namespace(after, sizeof after);
    assert_string_equal(before, after);
    kw_drop(&t);
    assert_int_equal(count_entries("/proc/self/fd"), open);
    assert_int_equal(count_entries("/sys/class/net"), devices);
}

static void captures_are_written(void **state)
{
    (void)state;
    struct kw_stage t;
    char why[256], dir[] = "/tmp/kernel-world-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    kw_describe(&t);
    assert_int_equal(kw_make(&t, dir, why, sizeof why), 0);
    (void)kw_connect(&t);
    kw_drop(&t);
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s/kernel-%s.pcapng", dir, kw_host_name(&t, i));
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        fseek(f, 0, SEEK_END);
        assert_true(ftell(f) > 3 * 40); /* three segments at least */
        fclose(f);
        unlink(path);
    }
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_of_one_host),
        cmocka_unit_test(close_lingers),
        cmocka_unit_test(world_ends_before_a_close),
        cmocka_unit_test(power_comes_and_goes),
        cmocka_unit_test(closed_socket_is_never_another_one),
        cmocka_unit_test(options_have_their_units),
        cmocka_unit_test(time_passes_and_ends),
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(captures_are_written),
    };
    if (!kw_is_to_be_had()) return KW_SKIPPED;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
