/* SPDX-License-Identifier: BSD-2-Clause */
/* What the program may write and read, and when it is told (RFC 9293 3.10.2, 3.10.3). */
#include "libtcp.h"

static const uint8_t text[5000];

static int64_t writes(struct t *t, uint32_t len)
{
    return tcp_send(&t->c, &t->e, text, len, false);
}

/* A write takes what there is room for; there is news when a third of the SendQ is free. */
static void full_sendq_tells_when_there_is_room(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.set.sndbuf = 3000;
    assert_int_equal(writes(&t, 5000), 3000);
    assert_int_equal(writes(&t, 1), -EAGAIN);
    assert_int_equal(tcp_send_room(&t.c), 0);
    struct tcp_plan p = tcp_plan(&t.c, &t.e, 60000);
    assert_int_equal(p.len, 3000);
    assert_int_equal(tcp_output(&t.c, &t.e, &p, &t.last), 0);
    rx(&t, ACK, .seq = 1, .ack = 501);
    assert_false(t.o.events & TCP_EV_WRITABLE);
    rx(&t, ACK, .seq = 1, .ack = 1001);
    assert_true(t.o.events & TCP_EV_WRITABLE);
    assert_true(t.o.events & TCP_EV_PROGRESS);
    rx(&t, ACK, .seq = 1, .ack = 1501);
    assert_false(t.o.events & TCP_EV_WRITABLE); /* once */
    t_end(&t);
}

/* TCP_NOTSENT_LOWAT: text that would only wait is not taken. */
static void unsent_text_is_limited(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.set.notsent_lowat = 1000;
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO);
    assert_int_equal(writes(&t, 1000), 1000);
    assert_int_equal(tcp_send_room(&t.c), 0);
    assert_int_equal(writes(&t, 1), -EAGAIN);
    t_end(&t);
}

/* AM-OOM */
static void write_without_memory_is_refused(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    memory_is(&t, false);
    assert_int_equal(writes(&t, 100), -ENOBUFS);
    memory_is(&t, true);
    assert_int_equal(writes(&t, 100), 100);
    t_end(&t);
}

/* Text written in place goes out like any other. */
static void text_in_place_is_committed(void **state)
{
    (void)state;
    struct t t;
    uint8_t *p;
    established(&t);
    assert_in_range(ring_reserve(&t.c.out, &t.e, 0, &p), 100, RING_PAGE);
    for (uint32_t i = 0; i < 100; i++)
        p[i] = pattern(1 + i);
    quiet(&t);
    tcp_send_commit(&t.c, &t.e, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    assert_int_equal(tcp_in_flight_bytes(&t.c), 100);
    t_end(&t);
}

/* MSG_PEEK leaves, a NULL buffer discards (MSG_TRUNC), zero bytes change nothing. */
static void reading_takes_or_looks(void **state)
{
    (void)state;
    struct t t;
    uint8_t b[100];
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    assert_int_equal(tcp_recv(&t.c, &t.e, b, 10, true), 10);
    assert_int_equal(b[0], pattern(1));
    assert_int_equal(tcp_recv(&t.c, &t.e, b, 0, false), 0);
    assert_int_equal(t.c.in.len, 100);
    assert_int_equal(tcp_recv(&t.c, &t.e, NULL, 50, false), 50);
    user_read(&t, 50);
    assert_int_equal(tcp_recv(&t.c, &t.e, b, 1, false), -EAGAIN);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_sendq_tells_when_there_is_room),
        cmocka_unit_test(unsent_text_is_limited),
        cmocka_unit_test(write_without_memory_is_refused),
        cmocka_unit_test(text_in_place_is_committed),
        cmocka_unit_test(reading_takes_or_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
