/* SPDX-License-Identifier: BSD-2-Clause */
/* When a part segment waits: Nagle in Minshall's form, TCP_NODELAY, TCP_CORK, MSG_MORE. */
#include "libtcp.h"

static void write_more(struct t *t, uint32_t len)
{
    user_send(t, len);
    t->c.more = true;
}

/* @req 9293-SHLD-7: one part segment in flight, the next waits for its acknowledgment. */
static void part_segment_waits_for_the_other(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    user_send(&t, 10);
    quiet(&t);
    assert_int_equal(tcp_plan(&t.c, &t.e, 0).why, BONNET_WHY_NAGLE);
    user_send(&t, 20);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 11);
    tx(&t, ACK, .seq = 11, .ack = 1, .len = 30);
    quiet(&t);
    t_end(&t);
}

/* @req 9293-SHLD-28: full segments do not wait. */
static void full_segment_does_not_wait(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    user_send(&t, 1447);
    quiet(&t);
    user_send(&t, 1);
    tx(&t, ACK, .seq = 11, .ack = 1, .len = 1448);
    quiet(&t);
    t_end(&t);
}

/* Minshall: behind full segments in flight a part segment goes at once. */
static void part_segment_behind_full_ones_does_not_wait(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 1448);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1449, .ack = 1, .len = 10);
    user_send(&t, 10);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1449); /* the part is still out */
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1459);
    tx(&t, ACK, .seq = 1459, .ack = 1, .len = 10);
    t_end(&t);
}

/* @req 9293-MUST-17 */
static void nodelay_sends_each_write(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.set.nodelay = true;
    for (uint32_t i = 0; i < 5; i++) {
        user_send(&t, 10);
        tx(&t, ACK, .seq = 1 + i * 10, .ack = 1, .len = 10);
        assert_true(t.last.flags & PSH);
    }
    quiet(&t);
    t_end(&t);
}

/* The FIN takes what waits with it. */
static void fin_does_not_wait(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 10);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    user_send(&t, 10);
    quiet(&t);
    user_shutdown(&t);
    tx(&t, FIN | ACK, .seq = 11, .ack = 1, .len = 10);
    t_end(&t);
}

/* tcp(7): "there is a 200 millisecond ceiling on the time for which output is corked". */
static void cork_holds_for_200_ms(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.set.cork = true;
    user_send(&t, 1448 + 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1449);
    quiet(&t);
    bonnet_time begin = t.e.now;
    wait_ms(&t, 1000);
    tx(&t, ACK, .seq = 1449, .ack = 1, .len = 100);
    assert_int_equal(t.e.now - begin, 200 * BONNET_MS);
    rx(&t, ACK, .seq = 1, .ack = 1549);
    user_send(&t, 10); /* and then it is in again */
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), t.e.now + 200 * BONNET_MS);
    t_end(&t);
}

static void pulling_the_cork_sends(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.set.cork = true;
    user_send(&t, 100);
    quiet(&t);
    t.c.set.cork = false;
    tcp_settings_changed(&t.c, &t.e);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    rx(&t, ACK, .seq = 1, .ack = 101);
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* TC-CORK: set before the connection is there. */
static void cork_before_the_handshake_is_kept(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    t.c.set.cork = true;
    tcp_settings_changed(&t.c, &t.e);
    rx(&t, SYN | ACK, .seq = 0, .ack = 1);
    tx(&t, ACK, .seq = 1, .ack = 1);
    user_send(&t, 100);
    quiet(&t);
    t_end(&t);
}

/* MSG_MORE is a cork for one write; @req 9293-MUST-60: not held back for ever. */
static void more_waits_for_more(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    write_more(&t, 100);
    quiet(&t);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 200);
    assert_true(t.last.flags & PSH);
    rx(&t, ACK, .seq = 1, .ack = 201);
    write_more(&t, 100);
    quiet(&t);
    wait_ms(&t, 1000);
    tx(&t, ACK, .seq = 201, .ack = 1, .len = 100);
    t_end(&t);
}

/* @req 9293-SHLD-27 9293-MUST-61 9293-MAY-16: one PSH for writes that leave together. */
static void writes_are_joined(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    for (int i = 0; i < 29; i++)
        user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448);
    assert_false(t.last.flags & PSH);
    tx(&t, ACK, .seq = 1449, .ack = 1, .len = 1448);
    assert_false(t.last.flags & PSH);
    tx(&t, ACK, .seq = 2897, .ack = 1, .len = 4);
    assert_true(t.last.flags & PSH);
    quiet(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_segment_waits_for_the_other),
        cmocka_unit_test(full_segment_does_not_wait),
        cmocka_unit_test(part_segment_behind_full_ones_does_not_wait),
        cmocka_unit_test(nodelay_sends_each_write),
        cmocka_unit_test(fin_does_not_wait),
        cmocka_unit_test(cork_holds_for_200_ms),
        cmocka_unit_test(pulling_the_cork_sends),
        cmocka_unit_test(cork_before_the_handshake_is_kept),
        cmocka_unit_test(more_waits_for_more),
        cmocka_unit_test(writes_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
