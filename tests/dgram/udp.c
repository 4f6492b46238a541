/* SPDX-License-Identifier: BSD-2-Clause */
/* The queues of a UDP socket: order, what is charged, what is refused. */
#include "dgram/udp.h"

#include <errno.h>
#include <string.h>

#include "base/libbase.h"

#define HEAD ((uint32_t)sizeof(struct udp_entry))

static struct world w;
static struct udp_conn u;
static uint8_t bytes[70000];

static void begin(void)
{
    world_begin(&w);
    udp_init(&u, &w.env);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 31 + (i >> 8));
}

static void end(void)
{
    udp_fini(&u, &w.env);
    world_end(&w);
}

static enum bonnet_reason deliver(uint16_t port, uint32_t len)
{
    const struct udp_entry head = {
        .remote = {.addr = bonnet_ip4(10, 7, 0, 1), .port = port},
        .local = bonnet_ip4(10, 7, 0, 2),
        .len = len,
        .broadcast = port == 9,
    };
    enum bonnet_reason r = udp_deliver(&u, &w.env, &head, bytes + port);
    world_check(&w);
    return r;
}

static int queue(uint32_t a, uint32_t b)
{
    const struct udp_entry head = {.tos = 4, .ttl = 5};
    const struct bonnet_slice iov[2] = {{bytes, a}, {bytes + a % sizeof(bytes), b}};
    int r = udp_queue_send(&u, &w.env, &head, iov, 2);
    world_check(&w);
    return r;
}

/* Takes the oldest datagram of a queue and returns its length, or -1. */
static int64_t take(struct udp_queue *q, size_t at)
{
    const struct udp_entry *first = udp_peek(q);
    struct udp_entry *d = udp_take(q);
    assert_ptr_equal(d, first);
    if (!d) return -1;
    int64_t len = d->len;
    assert_memory_equal(d->text, bytes + at, d->len);
    udp_entry_free(&w.env, d);
    return len;
}

/* BI-ZERO: empty datagrams are datagrams. @req UDP-5 */
static void datagrams_stay_whole_and_in_order(void **state)
{
    (void)state;
    begin();
    for (uint16_t i = 0; i < 100; i++)
        assert_int_equal(deliver(i, i * 3u), BONNET_R_NONE);
    const struct udp_entry *first = udp_peek(&u.in);
    assert_int_equal(first->remote.port, 0);
    assert_int_equal(addr_ip4(&first->local), 0x0a070002);
    for (uint16_t i = 0; i < 100; i++) {
        assert_int_equal(udp_peek(&u.in)->remote.port, i);
        assert_int_equal(udp_peek(&u.in)->broadcast, i == 9);
        assert_int_equal(take(&u.in, i), i * 3);
    }
    assert_int_equal(take(&u.in, 0), -1);
    assert_int_equal(u.in.bytes, 0);
    assert_int_equal(deliver(1, 5), BONNET_R_NONE);
    assert_int_equal(take(&u.in, 1), 5);
    end();
}

/* OQ-TRUESIZE for datagrams: empty ones fill the buffer with what they cost. */
static void memory_is_charged(void **state)
{
    (void)state;
    begin();
    uint32_t n = 0;
    while (deliver(1, 0) == BONNET_R_NONE)
        n++;
    assert_int_equal(n, 212992 / HEAD);
    assert_int_equal(u.in.bytes, n * HEAD);
    assert_int_equal(w.bytes, u.in.bytes);
    assert_int_equal(u.drops, 1);
    assert_int_equal(deliver(1, 1), BONNET_R_UDP_RCVBUF_FULL);
    assert_int_equal(u.drops, 2);
    assert_int_equal(take(&u.in, 1), 0);
    assert_int_equal(deliver(1, 0), BONNET_R_NONE);
    end();
}

static void an_empty_queue_takes_anything(void **state)
{
    (void)state;
    begin();
    u.rcvbuf = 1;
    u.sndbuf = 1;
    assert_int_equal(deliver(0, 65507), BONNET_R_NONE);
    assert_int_equal(deliver(0, 0), BONNET_R_UDP_RCVBUF_FULL);
    assert_int_equal(queue(65507, 0), 0);
    assert_int_equal(queue(0, 0), -EAGAIN);
    assert_int_equal(take(&u.in, 0), 65507);
    assert_int_equal(take(&u.out, 0), 65507);
    end();
}

/* @req UDP-7 */
static void slices_are_gathered(void **state)
{
    (void)state;
    begin();
    assert_int_equal(queue(0, 0), 0);
    assert_int_equal(queue(7, 0), 0);
    assert_int_equal(queue(0, 9), 0);
    assert_int_equal(queue(1000, 900), 0);
    assert_int_equal(udp_queue_send(&u, &w.env, &(struct udp_entry){.len = 77}, NULL, 0), 0);
    assert_int_equal(udp_peek(&u.out)->tos, 4);
    assert_int_equal(udp_peek(&u.out)->ttl, 5);
    static const int64_t lengths[] = {0, 7, 9, 1900, 0, -1};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        assert_int_equal(take(&u.out, 0), lengths[i]);
    end();
}

/* BU-BIG: 65507 is the most, however it is asked for. */
static void bu_big(void **state)
{
    (void)state;
    static const struct bonnet_slice huge[4] = {
        {bytes, 2}, {bytes, UINT32_MAX}, {bytes, UINT32_MAX}, {bytes, 4}};
    begin();
    assert_int_equal(queue(65507, 1), -EMSGSIZE);
    assert_int_equal(queue(1, 65507), -EMSGSIZE);
    assert_int_equal(queue(1u << 31, 1u << 31), -EMSGSIZE);
    for (size_t n = 2; n <= 4; n++)
        assert_int_equal(udp_queue_send(&u, &w.env, &(struct udp_entry){0}, huge, n), -EMSGSIZE);
    assert_int_equal(u.out.n, 0);
    assert_int_equal(w.asked, 0);
    assert_int_equal(queue(65000, 507), 0);
    end();
}

static void a_full_send_queue_says_again(void **state)
{
    (void)state;
    begin();
    uint32_t n = 0;
    while (queue(500, 500) == 0)
        n++;
    assert_int_equal(n, 212992 / (HEAD + 1000));
    assert_int_equal(queue(500, 500), -EAGAIN);
    assert_int_equal(take(&u.out, 0), 1000);
    assert_int_equal(queue(500, 500), 0);
    end();
}

static void refused_memory_is_said(void **state)
{
    (void)state;
    begin();
    w.refuse_all = true;
    assert_int_equal(deliver(1, 10), BONNET_R_MEMORY);
    assert_int_equal(u.drops, 1);
    assert_int_equal(queue(1, 2), -ENOBUFS);
    w.refuse_all = false;
    assert_int_equal(deliver(1, 10), BONNET_R_NONE);
    assert_int_equal(queue(1, 2), 0);
    udp_entry_free(&w.env, NULL);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_stay_whole_and_in_order),
        cmocka_unit_test(memory_is_charged),
        cmocka_unit_test(an_empty_queue_takes_anything),
        cmocka_unit_test(slices_are_gathered),
        cmocka_unit_test(bu_big),
        cmocka_unit_test(a_full_send_queue_says_again),
        cmocka_unit_test(refused_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
