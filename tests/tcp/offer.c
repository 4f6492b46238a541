/* SPDX-License-Identifier: BSD-2-Clause */
/* The window we offer: in steps worth having, never taken back, scaled (RFC 9293 3.8.6.2.2, RFC
 * 7323 2). */
#include "libtcp.h"

static const uint8_t all_agreed = TCP_AGREED_TIMESTAMPS | TCP_AGREED_SACK | TCP_AGREED_WSCALE;

/* @req 9293-MUST-39: read byte by byte, the window opens by a segment or half of the buffer. */
static void window_opens_in_steps_worth_having(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.rcvbuf = 10000});
    for (uint32_t i = 0; i < 10; i++)
        rx(&t, ACK, .seq = 1 + i * 1000, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 10001, .wnd = WND_ZERO);
    for (uint32_t i = 0; i < 999; i++)
        user_read(&t, 1);
    quiet(&t);
    user_read(&t, 1);
    tx(&t, ACK, .seq = 1, .ack = 10001, .wnd = 1000, .reason = BONNET_R_SEND_WINDOW_UPDATE);
    user_read(&t, 999);
    quiet(&t);
    t_end(&t);
}

static void window_of_a_small_buffer_opens_by_half(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.rcvbuf = 600});
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 600);
    tx(&t, ACK, .seq = 1, .ack = 601, .wnd = WND_ZERO);
    user_read(&t, 299);
    quiet(&t);
    user_read(&t, 1);
    tx(&t, ACK, .seq = 1, .ack = 601, .wnd = 300);
    t_end(&t);
}

static void clamp_limits_the_window(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.set.window_clamp = 2000;
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 1001, .wnd = 64535); /* offered before: SHLD-14 */
    for (uint32_t i = 1; i < 65; i++) {
        rx(&t, ACK, .seq = 1 + i * 1000, .ack = 1, .len = 1000);
        user_read(&t, 1000);
    }
    tx(&t, ACK, .seq = 1, .ack = 65001);
    assert_in_range(t.last.wnd, 535, 2000);
    t_end(&t);
}

/* @req 9293-SHLD-14: the buffer is made smaller; what was offered stays offered. */
static void smaller_buffer_takes_nothing_back(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.rcvbuf = 10000});
    t.c.set.rcvbuf = 100;
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 1001, .wnd = 9000);
    rx(&t, ACK, .seq = 1001, .ack = 1, .len = 9000);
    tx(&t, ACK, .seq = 1, .ack = 10001, .wnd = WND_ZERO);
    user_read(&t, 10000);
    tx(&t, ACK, .seq = 1, .ack = 10001, .wnd = 100);
    t_end(&t);
}

/* @req 7323-4 7323-5: small segments, nobody reads. The buffer is not exceeded by a unit, and what
 * lies below an edge once shown is taken. */
static void scaled_edge_does_not_creep(void **state)
{
    static const uint32_t sizes[] = {1, 5, 7, 8, 9, 100};
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct t t;
        const uint32_t room = 1u << 17;
        established_with(&t, (struct opts){.agreed = all_agreed, .rcvbuf = room});
        const uint32_t unit = 1u << t.c.rcv.wscale;
        assert_int_equal(unit, 4);
        t.c.quickack = true;
        uint32_t at = 1, offered = 0;
        tcp_seq edge = t.c.rcv.edge;
        do {
            rx(&t, ACK, .seq = at, .ack = 1, .len = sizes[i]);
            at = t.c.rcv.nxt.v - t.irs;
            tx(&t, ACK, .seq = 1, .ack = at);
            assert_true(seq_le(edge, t.c.rcv.edge));
            edge = t.c.rcv.edge;
            offered = (uint32_t)t.last.wnd * unit;
            assert_true(seq_le(seq_add(t.c.rcv.nxt, offered), edge));
            assert_true(offered + unit > tcp_receive_window(&t.c));
            assert_true(edge.v - t.irs - 1 < room + unit);
        } while (offered > 0);
        assert_in_range(t.c.in.len, room - unit, room + unit);
        tcp_recv_consume(&t.c, &t.e, t.c.in.len);
        tx(&t, ACK, .seq = 1, .ack = at);
        assert_in_range(t.last.wnd * unit, room - unit, room);
        t_end(&t);
    }
}

/* @req 7323-1: without agreement nothing is scaled, however large the buffer. */
static void unscaled_window_fits_its_field(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.agreed = TCP_AGREED_SACK, .rcvbuf = 1u << 18});
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 1000);
    tx(&t, ACK, .seq = 1, .ack = 1001, .wnd = 65535);
    assert_int_equal(tcp_receive_window(&t.c), 65535);
    user_read(&t, 1000);
    t_end(&t);
}

/* Autotuning: a program that keeps up with a fast sender gets more room. */
static void buffer_grows_with_a_program_that_reads(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.agreed = all_agreed, .rcvbuf = 65535});
    t.c.set.rcvbuf_locked = false;
    t.c.quickack = true;
    for (uint32_t i = 0; i < 100; i++) {
        rx(&t, ACK, .seq = 1 + i * 1000, .ack = 1, .len = 1000);
        tx(&t, ACK, .seq = 1, .ack = 1001 + i * 1000);
        user_read(&t, 1000);
    }
    assert_in_range(t.c.set.rcvbuf, 2 * 65535, t.e.limits.rcvbuf_max);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_opens_in_steps_worth_having),
        cmocka_unit_test(window_of_a_small_buffer_opens_by_half),
        cmocka_unit_test(clamp_limits_the_window),
        cmocka_unit_test(smaller_buffer_takes_nothing_back),
        cmocka_unit_test(scaled_edge_does_not_creep),
        cmocka_unit_test(unscaled_window_fits_its_field),
        cmocka_unit_test(buffer_grows_with_a_program_that_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
