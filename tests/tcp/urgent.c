/* SPDX-License-Identifier: BSD-2-Clause */
/* Urgent data, received in line (RFC 6093): the mark is the last urgent octet, reads stop before
 * it. */
#include "libtcp.h"

/* Reads up to 1000 bytes; as many as it gets are expected. */
static void reads(struct t *t, uint32_t len)
{
    uint8_t text[1000];
    assert_int_equal(tcp_recv(&t->c, &t->e, text, sizeof(text), false), len);
}

/* @req 9293-MUST-30 9293-MUST-32 9293-MUST-33 9293-MUST-62: told at once, found where it is. */
static void reads_stop_at_the_mark(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK | URG, .seq = 1, .ack = 1, .len = 100, .urg = 51);
    assert_true(t.o.events & TCP_EV_READABLE);
    assert_int_equal(tcp_at_mark(&t.c), 0);
    reads(&t, 50);
    assert_int_equal(tcp_at_mark(&t.c), 1);
    reads(&t, 50); /* the urgent octet is the first of these */
    assert_int_equal(tcp_at_mark(&t.c), 0);
    assert_false(t.c.urgent);
    t_end(&t);
}

/* TU-ZERO: no urgent data. TU-SYN is in syn_sent.c. */
static void pointer_zero_is_none(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK | URG, .seq = 1, .ack = 1, .len = 10, .urg = 0);
    assert_false(t.c.urgent);
    reads(&t, 10);
    t_end(&t);
}

/* TU-PAST @req 9293-MUST-31: beyond the segment, beyond the window: the mark waits for its text. */
static void pointer_beyond_the_text_waits(void **state)
{
    static const uint16_t pointers[] = {11, 100, 1001, 65535};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct t t;
        established_with(&t, (struct opts){.rcvbuf = 1000});
        rx(&t, ACK | URG, .seq = 1, .ack = 1, .len = 10, .urg = pointers[i]);
        assert_true(t.c.urgent);
        assert_int_equal(t.c.rcv.up.v - t.irs, 1 + pointers[i]);
        assert_int_equal(tcp_at_mark(&t.c), pointers[i] == 1);
        reads(&t, 10);
        rx(&t, ACK, .seq = 11, .ack = 1, .len = 90);
        reads(&t, pointers[i] == 11 ? 90 : pointers[i] == 100 ? 89 : 90);
        t_end(&t);
    }
}

/* TU-BACK: it only moves on, over both seams of the circle. */
static void pointer_never_moves_back(void **state)
{
    static const uint32_t firsts[] = {0x10000000, UINT32_MAX - 60, (1u << 31) - 60};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct t t;
        established_with(&t, (struct opts){.irs = firsts[i]});
        rx(&t, ACK | URG, .seq = 1, .ack = 1, .len = 10, .urg = 100);
        rx(&t, ACK | URG, .seq = 11, .ack = 1, .len = 10, .urg = 50);
        assert_int_equal(t.c.rcv.up.v - t.irs, 101);
        rx(&t, ACK | URG, .seq = 21, .ack = 1, .len = 10, .urg = 90);
        assert_int_equal(t.c.rcv.up.v - t.irs, 111);
        assert_true(t.o.events & TCP_EV_READABLE);
        rx(&t, ACK | URG, .seq = 1, .ack = 1, .len = 40, .urg = 31); /* old */
        assert_int_equal(t.c.rcv.up.v - t.irs, 111);
        rx(&t, ACK, .seq = 41, .ack = 1, .len = 200);
        reads(&t, 109);
        assert_int_equal(tcp_at_mark(&t.c), 1);
        reads(&t, 131);
        rx(&t, ACK | URG, .seq = 241, .ack = 1, .len = 10, .urg = 65535);
        assert_true(t.c.urgent);
        t_end(&t);
    }
}

/* A pointer to what has been read already is no news. */
static void pointer_to_the_past_is_none(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    reads(&t, 100);
    rx(&t, ACK | URG, .seq = 51, .ack = 1, .len = 60, .urg = 50);
    assert_false(t.c.urgent);
    reads(&t, 10);
    t_end(&t);
}

/* TU-ZWIN @req 9293-MUST-66: a closed window does not keep the pointer out. */
static void closed_window_takes_the_pointer(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.rcvbuf = 100});
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    tx(&t, ACK, .seq = 1, .ack = 101, .wnd = WND_ZERO);
    rx(&t, ACK | URG, .seq = 101, .ack = 1, .len = 10, .urg = 10);
    reason_is(&t, BONNET_R_SEQ_ZERO_WINDOW);
    assert_true(t.c.urgent);
    assert_int_equal(t.c.rcv.up.v - t.irs, 111);
    tx(&t, ACK, .seq = 1, .ack = 101, .wnd = WND_ZERO);
    user_read(&t, 100);
    rx(&t, ACK | URG, .seq = 101, .ack = 1, .urg = 12);
    assert_int_equal(t.c.rcv.up.v - t.irs, 113);
    t_end(&t);
}

/* TU-OOO: out of order and overlapping. */
static void pointer_counts_from_its_segment(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK | URG, .seq = 101, .ack = 1, .len = 100, .urg = 50);
    assert_int_equal(t.c.rcv.up.v - t.irs, 151);
    rx(&t, ACK | URG, .seq = 51, .ack = 1, .len = 100, .urg = 100);
    assert_int_equal(t.c.rcv.up.v - t.irs, 151);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 60);
    reads(&t, 149);
    assert_int_equal(tcp_at_mark(&t.c), 1);
    reads(&t, 51);
    t_end(&t);
}

/* After the FIN there is none; one before the FIN stays until it is read. */
static void fin_and_the_mark(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK | FIN | URG, .seq = 1, .ack = 1, .len = 10, .urg = 5);
    reads(&t, 4);
    assert_int_equal(tcp_at_mark(&t.c), 1);
    reads(&t, 6);
    user_reads_eof(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_stop_at_the_mark),
        cmocka_unit_test(pointer_zero_is_none),
        cmocka_unit_test(pointer_beyond_the_text_waits),
        cmocka_unit_test(pointer_never_moves_back),
        cmocka_unit_test(pointer_to_the_past_is_none),
        cmocka_unit_test(closed_window_takes_the_pointer),
        cmocka_unit_test(pointer_counts_from_its_segment),
        cmocka_unit_test(fin_and_the_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
