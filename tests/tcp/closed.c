/* SPDX-License-Identifier: BSD-2-Clause */
/* CLOSED, which is a function: the reset that answers a segment of nobody (RFC 9293 3.10.7.1). */
#include "libtcp.h"

/* @req 9293-U1 TR-SEQ0: SEQ is the segment's ACK; without one, 0, and its end is acknowledged. */
static void reset_has_the_numbers_that_the_sender_believes(void **state)
{
    static const struct {
        uint16_t flags;
        uint32_t len;
        uint16_t reply;
        uint32_t seq, ack;
    } rows[] = {
        {ACK, 0, RST, 7000, 0},
        {ACK, 100, RST, 7000, 0},
        {SYN | ACK, 0, RST, 7000, 0},
        {FIN | ACK, 5, RST, 7000, 0},
        {SYN, 0, RST | ACK, 0, 3001},
        {SYN, 100, RST | ACK, 0, 3101},
        {FIN, 0, RST | ACK, 0, 3001},
        {SYN | FIN, 10, RST | ACK, 0, 3012},
        {0, 100, RST | ACK, 0, 3100},
        {0, 0, RST | ACK, 0, 3000},
        {FIN | PSH | URG, 0, RST | ACK, 0, 3001},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct tcp_seg s = {.sport = 1234,
                                  .dport = 80,
                                  .seq = seq(3000),
                                  .ack = seq(7000),
                                  .flags = rows[i].flags,
                                  .len = rows[i].len,
                                  .has = TCP_OPT_TIMESTAMPS};
        struct tcp_seg r;
        assert_true(tcp_refuse(&s, &r));
        assert_int_equal(r.flags, rows[i].reply);
        assert_int_equal(r.seq.v, rows[i].seq);
        assert_int_equal(r.ack.v, rows[i].ack);
        assert_int_equal(r.sport, 80);
        assert_int_equal(r.dport, 1234);
        assert_int_equal(r.wnd, 0);
        assert_int_equal(r.has, 0);
        assert_int_equal(r.len, 0);
    }
}

/* TH-FLAGS: every combination but those with RST is answered; a reset is not. */
static void reset_gets_no_answer(void **state)
{
    (void)state;
    for (uint16_t flags = 0; flags < 512; flags++) {
        const struct tcp_seg s = {.flags = flags};
        struct tcp_seg r;
        assert_int_equal(tcp_refuse(&s, &r), !(flags & RST));
    }
}

static void numbers_wrap(void **state)
{
    (void)state;
    const struct tcp_seg s = {.seq = seq(UINT32_MAX), .flags = SYN, .len = 1};
    struct tcp_seg r;
    assert_true(tcp_refuse(&s, &r));
    assert_int_equal(r.ack.v, 1);
}

/* A connection that is over sends nothing and wants no timer. */
static void closed_connection_is_quiet(void **state)
{
    (void)state;
    struct t t;
    closed(&t, (struct opts){0});
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    assert_int_equal(tcp_timer(&t.c), BONNET_TIMER_NONE);
    uint8_t b = 0;
    assert_int_equal(tcp_send(&t.c, &t.e, &b, 1, false), -EPIPE); /* TK-NOTCP */
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 1, false), 0);
    user_close(&t);
    no_reply(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_has_the_numbers_that_the_sender_believes),
        cmocka_unit_test(reset_gets_no_answer),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(closed_connection_is_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
