/* SPDX-License-Identifier: BSD-2-Clause */
/* How the program lets go: close, shutdown, SO_LINGER 0, in each state (RFC 9293 3.10.4, 3.10.5).
 */
#include "libtcp.h"

struct state_row {
    void (*begin)(struct t *t);
    uint16_t reply; /* 0: none */
    uint32_t seq, ack;
};

/* TC-LINGER0: a reset where the peer may believe in us, RFC 9293 3.10.5: not once both have said
 * all. */
static void linger_zero_resets_by_state(void **state)
{
    static const struct state_row rows[] = {
        {syn_sent, 0, 0, 0},
        {syn_received, RST | ACK, 1, 1},
        {established, RST | ACK, 1, 1},
        {fin_wait_1, RST | ACK, 2, 1},
        {fin_wait_2, RST | ACK, 2, 1},
        {close_wait, RST | ACK, 1, 2},
        {closing, 0, 0, 0},
        {last_ack, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct t t;
        rows[i].begin(&t);
        tcp_close(&t.c, &t.e, true, &t.o);
        state_is(&t, BONNET_CLOSED);
        assert_true(t.o.events & TCP_EV_ENDED);
        if (!rows[i].reply) no_reply(&t);
        if (rows[i].reply) {
            reason_is(&t, BONNET_R_ABORT_LINGER);
            reply_is(&t, rows[i].reply, .seq = rows[i].seq, .ack = rows[i].ack);
        }
        quiet(&t);
        assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
        t_end(&t);
    }
}

/* The text behind the FIN is lost: the peer learns it. */
static void linger_zero_with_text_unsent_resets(void **state)
{
    (void)state;
    struct t t;
    close_wait(&t);
    rx(&t, ACK, .seq = 2, .ack = 1, .wnd = WND_ZERO);
    user_send(&t, 100);
    user_shutdown(&t);
    state_is(&t, BONNET_LAST_ACK);
    tcp_close(&t.c, &t.e, true, &t.o);
    reason_is(&t, BONNET_R_ABORT_LINGER);
    reply_is(&t, RST | ACK, .seq = 1, .ack = 2);
    t_end(&t);
}

/* TC-UNREAD @req KTP-17 9293-SHLD-3: also after shutdown, also behind the peer's FIN. */
static void unread_text_resets(void **state)
{
    (void)state;
    for (int shut = 0; shut < 2; shut++) {
        for (int fin = 0; fin < 2; fin++) {
            struct t t;
            established(&t);
            rx(&t, ACK | (fin ? FIN : 0), .seq = 1, .ack = 1, .len = 10);
            tx(&t, ACK, .seq = 1, .ack = 11 + (uint32_t)fin);
            if (shut) user_shutdown(&t);
            if (shut) tx(&t, FIN | ACK, .seq = 1, .ack = 11 + (uint32_t)fin);
            user_close(&t);
            reason_is(&t, BONNET_R_ABORT_ON_CLOSE);
            reply_is(&t, RST | ACK, .seq = 1 + (uint32_t)shut, .ack = 11 + (uint32_t)fin);
            state_is(&t, BONNET_CLOSED);
            assert_int_equal(t.e.mib[BONNET_MIB_TcpExtTCPAbortOnClose], 1);
            t_end(&t);
        }
    }
}

/* Nothing unread: text held beyond a gap was never the program's, a FIN is no text. */
static void what_could_not_be_read_does_not_count(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    rx(&t, ACK, .seq = 101, .ack = 1, .len = 10);
    tx(&t, ACK, .seq = 1, .ack = 1);
    user_close(&t);
    no_reply(&t);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1);
    t_end(&t);
    close_wait(&t);
    user_close(&t);
    no_reply(&t);
    tx(&t, FIN | ACK, .seq = 1, .ack = 2);
    t_end(&t);
}

/* What is in the SendQ still goes, and goes again. */
static void orphan_delivers_its_text(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    user_send(&t, 2000);
    user_close(&t);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448);
    tx(&t, FIN | ACK, .seq = 1449, .ack = 1, .len = 552);
    wait_ms(&t, 300);
    tx(&t, FIN | ACK, .seq = 1449, .ack = 1, .len = 552, .reason = BONNET_R_SEND_TAIL_PROBE);
    wait_ms(&t, 300);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448, .reason = BONNET_R_SEND_RTO);
    rx(&t, ACK, .seq = 1, .ack = 2002);
    state_is(&t, BONNET_FIN_WAIT_2);
    rx(&t, FIN | ACK, .seq = 1, .ack = 2002);
    state_is(&t, BONNET_TIME_WAIT);
    tcp_on_time_wait(&t.c, &t.e);
    t_end(&t);
}

/* @req KTP-16 9293-MAY-1: a close ends both directions: text for an orphan, in order or not,
 * resets; text for no window does not. */
static void text_for_an_orphan_resets(void **state)
{
    (void)state;
    for (uint32_t gap = 0; gap < 2; gap++) {
        struct t t;
        fin_wait_1(&t);
        user_close(&t);
        rx(&t, ACK, .seq = 1 + gap * 100, .ack = 1, .len = 10);
        reason_is(&t, BONNET_R_ORPHAN_TEXT);
        reply_is(&t, RST | ACK, .seq = 2, .ack = 1);
        state_is(&t, BONNET_CLOSED);
        assert_int_equal(t.e.mib[BONNET_MIB_TcpExtTCPAbortOnData], 1);
        t_end(&t);
    }
}

/* After shutdown of reading the stream goes on under the program's feet, as on Linux. */
static void shutdown_of_reading_is_not_told(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    tcp_shutdown_read(&t.c, &t.e);
    quiet(&t);
    user_reads_eof(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .len = 10);
    tx(&t, ACK, .seq = 1, .ack = 11);
    user_read(&t, 10);
    user_reads_eof(&t);
    t_end(&t);
}

/* TK-NOTCP: what calls return once nothing is there. */
static void calls_after_the_end(void **state)
{
    (void)state;
    struct t t;
    uint8_t b = 0;
    established(&t);
    assert_int_equal(tcp_send(&t.c, &t.e, &b, 0, false), 0);
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 0, false), -EAGAIN);
    user_shutdown(&t);
    assert_int_equal(tcp_send(&t.c, &t.e, &b, 1, false), -EPIPE);
    tx(&t, FIN | ACK, .seq = 1, .ack = 1);
    rx(&t, RST, .seq = 1);
    assert_int_equal(tcp_send(&t.c, &t.e, &b, 1, false), -ECONNRESET);
    assert_int_equal(tcp_send(&t.c, &t.e, &b, 1, false), -EPIPE);
    assert_int_equal(tcp_recv(&t.c, &t.e, &b, 1, false), 0);
    user_close(&t);
    user_close(&t);
    no_reply(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linger_zero_resets_by_state),
        cmocka_unit_test(linger_zero_with_text_unsent_resets),
        cmocka_unit_test(unread_text_resets),
        cmocka_unit_test(what_could_not_be_read_does_not_count),
        cmocka_unit_test(orphan_delivers_its_text),
        cmocka_unit_test(text_for_an_orphan_resets),
        cmocka_unit_test(shutdown_of_reading_is_not_told),
        cmocka_unit_test(calls_after_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
