/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors of the program's own that a loop watches.
 */
#include <bonnet/host.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static struct bonnet_loop *new_loop(void)
{
    struct bonnet_loop *loop = NULL;
    assert_int_equal(bonnet_loop_new(BONNET_CLOCK_REAL, &loop), 0);
    return loop;
}

struct watched {
    struct bonnet_loop *loop;
    int calls;
    bool forget;
};

static void on_readable(void *ctx, int fd)
{
    struct watched *w = ctx;
    char byte;
    w->calls++;
    assert_int_equal(read(fd, &byte, 1), 1);
    if (w->forget) assert_int_equal(bonnet_loop_watch(w->loop, fd, NULL, NULL), 0);
}

static void watched_descriptors_are_served(void **state)
{
    (void)state;
    struct bonnet_loop *loop = new_loop();
    struct watched w = {.loop = loop};
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(bonnet_loop_watch(loop, fd[0], on_readable, &w), 0);
    assert_int_equal(write(fd[1], "abc", 3), 3);
    assert_int_equal(bonnet_loop_step(loop, 60 * BONNET_S), 1);
    assert_int_equal(w.calls, 1);
    w.forget = true;
    assert_int_equal(bonnet_loop_step(loop, 60 * BONNET_S), 1);
    assert_int_equal(bonnet_loop_step(loop, 0), 0);
    assert_int_equal(w.calls, 2);
    close(fd[0]);
    close(fd[1]);
    bonnet_loop_free(loop);
}

static void what_cannot_be_watched_is_refused(void **state)
{
    (void)state;
    struct bonnet_loop *loop = new_loop();
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(bonnet_loop_watch(loop, -1, on_readable, NULL), -EINVAL);
    assert_int_equal(bonnet_loop_watch(loop, fileno(file), on_readable, NULL), -EINVAL);
    assert_int_equal(bonnet_loop_watch(loop, 0, NULL, NULL), -EINVAL);
    fclose(file);

    int fd[2][65];
    for (int i = 0; i < 65; i++) {
        int both[2];
        assert_int_equal(pipe(both), 0);
        fd[0][i] = both[0];
        fd[1][i] = both[1];
        int err = bonnet_loop_watch(loop, both[0], on_readable, NULL);
        assert_int_equal(err, i < 64 ? 0 : -ENOSPC);
    }
    for (int i = 0; i < 65; i++) {
        close(fd[0][i]);
        close(fd[1][i]);
    }
    bonnet_loop_free(loop);
}

/* A descriptor that was closed without a word may come back as another file. */
static void a_number_that_is_used_again_is_watched_anew(void **state)
{
    (void)state;
    struct bonnet_loop *loop = new_loop();
    struct watched w = {.loop = loop};
    int first[2], second[2];
    assert_int_equal(pipe(first), 0);
    assert_int_equal(bonnet_loop_watch(loop, first[0], on_readable, &w), 0);
    close(first[0]);
    close(first[1]);
    assert_int_equal(pipe(second), 0);
    assert_int_equal(second[0], first[0]);
    assert_int_equal(bonnet_loop_watch(loop, second[0], on_readable, &w), 0);
    assert_int_equal(write(second[1], "a", 1), 1);
    assert_int_equal(bonnet_loop_step(loop, 60 * BONNET_S), 1);
    assert_int_equal(w.calls, 1);
    close(second[0]);
    close(second[1]);
    bonnet_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watched_descriptors_are_served),
        cmocka_unit_test(what_cannot_be_watched_is_refused),
        cmocka_unit_test(a_number_that_is_used_again_is_watched_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
