/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagram sockets before anything is sent: where datagrams may go, from where, and how many. */
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

static struct bonnet_endpoint peer(void)
{
    return (struct bonnet_endpoint){.addr = bonnet_ip4(10, 0, 0, 9), .port = 7};
}

static void datagrams_to_where_they_may_not_go(void **state)
{
    (void)state;
    static char text[65508];
    int s = dgram(&shop);
    struct bonnet_endpoint to = peer();
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(10, 0, 0, 9), 0), -EINVAL); /* BU-PORT0 */
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(10, 0, 0, 255), 7), -EACCES);
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(172, 16, 0, 1), 7), -ENETUNREACH);
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, 65508, 0, &to), -EMSGSIZE); /* BU-BIG */
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, (size_t)1 << 31, 0, &to), -EMSGSIZE);
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, 65507, 0, &to), 65507);
    set(&shop, s, BONNET_IP_MTU_DISCOVER, BONNET_PMTUDISC_DO);
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, 1473, 0, &to), -EMSGSIZE);
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, 1472, 0, &to), 1472);
    to.port = 0;
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, 1, 0, &to), -EINVAL);
    to = (struct bonnet_endpoint){.addr = bonnet_ip4(10, 0, 0, 255), .port = 7};
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, 1, 0, &to), -EACCES);
    set(&shop, s, BONNET_SO_BROADCAST, 1);
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, 1, 0, &to), 1);
    to.addr = (struct bonnet_addr){{0x20}};
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, 1, 0, &to), -EAFNOSUPPORT);
}

static void datagrams_leave_from_addresses_of_ours(void **state)
{
    (void)state;
    int s = dgram(&shop);
    struct bonnet_endpoint to = peer();
    struct bonnet_addr from = bonnet_ip4(10, 0, 0, 5);
    struct bonnet_iov iov = {"x", 1};
    const struct bonnet_msghdr msg = {.name = &to, .local = &from, .iov = &iov, .iov_n = 1};
    assert_int_equal(bonnet_sendmsg(&shop.bn, s, &msg, 0), -EINVAL);
    from = TWO;
    assert_int_equal(bonnet_sendmsg(&shop.bn, s, &msg, 0), 1);
}

/* A socket's datagrams wait for one interface at a time. */
static void two_ways_at_once_is_eagain(void **state)
{
    (void)state;
    int s = dgram(&shop);
    struct bonnet_endpoint to = peer();
    assert_int_equal(bonnet_sendto(&shop.bn, s, "x", 1, 0, &to), 1);
    to.addr = bonnet_ip4(10, 0, 1, 9);
    assert_int_equal(bonnet_sendto(&shop.bn, s, "x", 1, 0, &to), -EAGAIN);
    assert_int_equal(bonnet_sendto(&shop.bn, dgram(&shop), "x", 1, 0, &to), 1);
}

static void a_full_queue_is_eagain(void **state)
{
    (void)state;
    static char text[1000];
    int s = dgram(&shop), n = 0;
    const struct bonnet_endpoint to = peer();
    set(&shop, s, BONNET_SO_SNDBUF, 5000);
    while (bonnet_sendto(&shop.bn, s, text, sizeof(text), 0, &to) == 1000)
        n++;
    assert_int_equal(n, 4);
    assert_int_equal(bonnet_sendto(&shop.bn, s, text, sizeof(text), 0, &to), -EAGAIN);
    assert_int_equal(bonnet_poll(&shop.bn, s), 0);
}

static void shutdown_knows_three_ways(void **state)
{
    (void)state;
    int d = dgram(&shop);
    char c;
    assert_int_equal(bonnet_shutdown(&shop.bn, d, -1), -EINVAL);
    assert_int_equal(bonnet_shutdown(&shop.bn, d, 3), -EINVAL);
    assert_int_equal(connect_to(&shop, d, bonnet_ip4(10, 0, 0, 9), 7), 0);
    assert_int_equal(bonnet_shutdown(&shop.bn, d, BONNET_SHUT_WR), 0);
    assert_int_equal(bonnet_send(&shop.bn, d, "x", 1, 0), -EPIPE);
    assert_int_equal(bonnet_recv(&shop.bn, d, &c, 1, 0), -EAGAIN);
    assert_int_equal(bonnet_shutdown(&shop.bn, d, BONNET_SHUT_RD), 0);
    assert_int_equal(bonnet_recv(&shop.bn, d, &c, 1, 0), 0);
    int all = BONNET_POLLIN | BONNET_POLLOUT | BONNET_POLLHUP | BONNET_POLLRDHUP;
    assert_int_equal(bonnet_poll(&shop.bn, d), all);
}

/* A closed socket stays until its datagrams have left, without port or handle. */
static void what_was_sent_before_close_still_leaves(void **state)
{
    (void)state;
    int s = dgram(&shop);
    const struct bonnet_endpoint to = peer();
    assert_int_equal(bind_to(&shop, s, ANY, 53), 0);
    struct dgram *d = sock_entry(handle_get(&shop.bn, s), struct dgram);
    assert_int_equal(bonnet_sendto(&shop.bn, s, "x", 1, 0, &to), 1);
    assert_int_equal(bonnet_close(&shop.bn, s), 0);
    assert_int_equal(bonnet_close(&shop.bn, s), -EBADF);
    assert_int_equal(bind_to(&shop, dgram(&shop), ANY, 53), 0);
    assert_int_equal(shop.bn.socks.dgrams_n, 2);
    udp_entry_free(&shop.bn.env, udp_take(&d->udp.out));
    dgram_release(&shop.bn, d);
    assert_int_equal(shop.bn.socks.dgrams_n, 1);
}

/* A send that was refused is told of the room, once. */
static void room_is_news_for_who_asked(void **state)
{
    (void)state;
    struct bonnet_event event;
    int s = dgram(&shop);
    struct bonnet_endpoint to = peer();
    struct dgram *d = sock_entry(handle_get(&shop.bn, s), struct dgram);
    for (int refused = 0; refused < 2; refused++) {
        set(&shop, s, BONNET_SO_SNDBUF, refused ? 256 : 100000);
        assert_int_equal(bonnet_sendto(&shop.bn, s, "x", 1, 0, &to), 1);
        char text[300] = "";
        int64_t n = bonnet_sendto(&shop.bn, s, text, sizeof(text), 0, &to);
        assert_int_equal(n, refused ? -EAGAIN : 300);
        while (d->udp.out.head)
            udp_entry_free(&shop.bn.env, udp_take(&d->udp.out));
        dgram_release(&shop.bn, d);
        assert_int_equal(bonnet_ready(&shop.bn, &event, 1), refused);
    }
    assert_int_equal(event.bits, BONNET_POLLOUT);
}

static void memory_may_be_refused(void **state)
{
    (void)state;
    static struct bonnet_iov iov[17];
    struct bonnet_endpoint to = peer();
    const struct bonnet_msghdr msg = {.name = &to, .iov = iov, .iov_n = 17};
    int s = dgram(&shop);
    assert_int_equal(bind_to(&shop, s, ANY, 53), 0);
    uint64_t before = shop.w.bytes;
    for (uint64_t k = 1; k <= 2; k++) {
        shop.w.refuse_at = shop.w.asked + k;
        assert_int_equal(bonnet_sendmsg(&shop.bn, s, &msg, 0), -ENOBUFS);
        assert_int_equal(shop.w.bytes, before);
        assert_false(list_holds(&sock_entry(handle_get(&shop.bn, s), struct dgram)->talker.node));
    }
    shop.w.refuse_at = shop.w.asked + 1;
    assert_int_equal(connect_to(&shop, s, bonnet_ip4(10, 0, 0, 9), 7), -ENOMEM);
    assert_int_equal(bonnet_getpeername(&shop.bn, s, &to), -ENOTCONN);
    assert_int_equal(bonnet_sendmsg(&shop.bn, s, &msg, 0), 0);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(datagrams_to_where_they_may_not_go), test(datagrams_leave_from_addresses_of_ours),
        test(two_ways_at_once_is_eagain),         test(a_full_queue_is_eagain),
        test(shutdown_knows_three_ways),          test(what_was_sent_before_close_still_leaves),
        test(room_is_news_for_who_asked),         test(memory_may_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
