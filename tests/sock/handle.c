/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles: stale ones are recognised, tables grow and shrink, and a million costs what it says. */
#include "sock/sock.h"

#include <errno.h>
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

static void first_handle_is_zero_and_a_socket(void **state) /* AP-FD0 */
{
    (void)state;
    int s = stream(&shop);
    assert_int_equal(s, 0);
    assert_int_equal(get(&shop, s, BONNET_SO_TYPE), BONNET_SOCK_STREAM);
    assert_int_equal(bonnet_close(&shop.bn, s), 0);
}

static void what_was_closed_is_not_a_socket(void **state)
{
    (void)state;
    int s = stream(&shop);
    assert_int_equal(bonnet_close(&shop.bn, s), 0);
    assert_int_equal(bonnet_close(&shop.bn, s), -EBADF);
    assert_int_equal(bonnet_poll(&shop.bn, s), -EBADF);
}

/* The queue of free slots is gone round before a handle comes again; then it has aged. */
static void a_handle_comes_back_late_and_changed(void **state)
{
    (void)state;
    int seen_again = 0, first = stream(&shop);
    bonnet_close(&shop.bn, first);
    for (int i = 0; i < 3000; i++) {
        int s = stream(&shop);
        seen_again += s == first;
        bonnet_close(&shop.bn, s);
    }
    assert_int_equal(seen_again, 0);
}

static void numbers_that_no_slot_has_are_refused(void **state)
{
    (void)state;
    const int wrong[] = {-1, INT32_MIN, INT32_MAX, 1, 255, 256, 1 << 24, 0xffffff};
    int s = stream(&shop);
    assert_int_equal(s, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_null(handle_get(&shop.bn, wrong[i]));
}

static void a_table_grows_and_shrinks(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct sock some[N];
    uint64_t before = shop.w.bytes;
    memset(some, 0, sizeof(some));
    for (int i = 0; i < N; i++)
        assert_true(handle_new(&shop.bn, &some[i]) >= 0);
    assert_true((shop.w.bytes - before) / N <= 8);
    for (int i = 0; i < N; i++)
        assert_ptr_equal(handle_get(&shop.bn, some[i].handle), &some[i]);
    int old[N];
    for (int i = 0; i < N; i++) {
        old[i] = some[i].handle;
        handle_free(&shop.bn, &some[i]);
        assert_int_equal(some[i].handle, -1);
    }
    assert_int_equal(shop.w.bytes, before);
    for (int i = 0; i < N; i++)
        assert_true(handle_new(&shop.bn, &some[i]) >= 0);
    for (int i = 0; i < N; i++)
        assert_null(handle_get(&shop.bn, old[i]));
    for (int i = 0; i < N; i++)
        handle_free(&shop.bn, &some[i]);
}

static void the_limit_is_enfile(void **state)
{
    (void)state;
    shop.bn.env.limits.sockets_max = 2;
    stream(&shop);
    int s = dgram(&shop);
    assert_int_equal(bonnet_socket(&shop.bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0), -ENFILE);
    assert_int_equal(bonnet_close(&shop.bn, s), 0);
    stream(&shop);
}

/* Each allocation fails in turn: the error is -ENOMEM, and nothing is lost. */
static void memory_may_be_refused(void **state)
{
    (void)state;
    static struct sock some[2000];
    memset(some, 0, sizeof(some));
    uint64_t before = shop.w.bytes;
    for (uint64_t k = 1; k < 20; k++) {
        int n = 0, refused = 0;
        shop.w.refuse_at = shop.w.asked + k;
        for (; n < 2000; n++) {
            int h = handle_new(&shop.bn, &some[n]);
            if (h < 0) assert_int_equal(h, -ENOMEM);
            if (h < 0) refused++;
            if (h < 0) assert_int_equal(handle_new(&shop.bn, &some[n]), n);
        }
        assert_true(refused <= 1);
        if (k == 1) assert_int_equal(refused, 1);
        while (n-- > 0)
            handle_free(&shop.bn, &some[n]);
        shop.w.refuse_at = 0;
        shop_end(&shop);
        shop_begin(&shop);
        assert_int_equal(shop.w.bytes, before);
    }
}

static void a_handle_moves_with_its_news(void **state)
{
    (void)state;
    int s = stream(&shop);
    assert_int_equal(bonnet_set_user(&shop.bn, s, 77), 0);
    assert_int_equal(bind_to(&shop, s, ANY, 80), 0);
    sock_wake(&shop.bn, handle_get(&shop.bn, s));
    assert_int_equal(bonnet_listen(&shop.bn, s, 5), 0);
    assert_int_equal(handle_get(&shop.bn, s)->kind, SOCK_LISTENER_KIND);
    struct bonnet_event event;
    sock_wake(&shop.bn, handle_get(&shop.bn, s));
    assert_int_equal(bonnet_ready(&shop.bn, &event, 1), 1);
    assert_int_equal(event.socket, s);
    assert_int_equal(event.user, 77);
    assert_int_equal(bonnet_ready(&shop.bn, &event, 1), 0);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(first_handle_is_zero_and_a_socket),
        test(what_was_closed_is_not_a_socket),
        test(a_handle_comes_back_late_and_changed),
        test(numbers_that_no_slot_has_are_refused),
        test(a_table_grows_and_shrinks),
        test(the_limit_is_enfile),
        test(memory_may_be_refused),
        test(a_handle_moves_with_its_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
