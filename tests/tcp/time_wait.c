/* SPDX-License-Identifier: BSD-2-Clause */
/* TIME-WAIT: what it answers, what it ignores, and to whom it gives way (RFC 9293 3.10.7.4, RFC
 * 1337, RFC 6191). */
#include "libtcp.h"

#define SND 100u /* SND.NXT, our FIN acknowledged */
#define RCV 200u /* RCV.NXT, behind the peer's FIN */

static struct tcp_timewait time_wait(bool timestamps)
{
    return (struct tcp_timewait){
        .snd_nxt = seq(SND),
        .rcv_nxt = seq(RCV),
        .ts_recent = 500,
        .wnd = 321,
        .timestamps = timestamps,
    };
}

struct row_tw {
    uint16_t flags;
    uint32_t seq, len, ts; /* ts 0: none */
    enum tcp_timewait_verdict verdict;
    enum bonnet_reason reason;
};

static void check_rows(bool timestamps, const struct row_tw *rows, size_t n)
{
    const struct tcp_timewait w = time_wait(timestamps);
    for (size_t i = 0; i < n; i++) {
        struct tcp_seg s = {.seq = seq(rows[i].seq), .ack = seq(SND), .flags = rows[i].flags};
        s.len = rows[i].len;
        s.has = rows[i].ts ? TCP_OPT_TIMESTAMPS : 0;
        s.ts_val = rows[i].ts;
        enum bonnet_reason why = BONNET_R_PAWS;
        enum tcp_timewait_verdict v = tcp_timewait_input(&w, &s, &why);
        if (v == rows[i].verdict && why == rows[i].reason) continue;
        fail_msg("row %zu: verdict %d, reason %s", i, (int)v, bonnet_reason_name((int)why));
    }
}
#define CHECK(timestamps, rows) check_rows(timestamps, rows, sizeof(rows) / sizeof((rows)[0]))

/* @req TW-6 9293-MUST-13 9293-U11 9293-U12 TC-LINGER0: no reset ends it, the FIN begins 2 MSL anew,
 * text is answered and not taken, a lone ACK is not answered but for an old one: those that answer
 * are never old, and there is no end to two that answer each other. */
static void old_segments_are_answered_and_not_obeyed(void **state)
{
    static const struct row_tw rows[] = {
        {RST, RCV, 0, 0, TCP_TW_DROP, BONNET_R_TIMEWAIT_RST},
        {RST | ACK, RCV, 0, 0, TCP_TW_DROP, BONNET_R_TIMEWAIT_RST},
        {RST | SYN, RCV + 9, 0, 0, TCP_TW_DROP, BONNET_R_TIMEWAIT_RST},
        {ACK, RCV, 0, 0, TCP_TW_DROP, BONNET_R_NONE},
        {ACK, RCV - 1, 0, 0, TCP_TW_ACK, BONNET_R_TIMEWAIT_OLD}, /* a keepalive */
        {0, RCV - 1, 0, 0, TCP_TW_DROP, BONNET_R_TIMEWAIT_OLD},
        {ACK, RCV + 1, 0, 0, TCP_TW_DROP, BONNET_R_TIMEWAIT_OLD},
        {0, RCV, 0, 0, TCP_TW_DROP, BONNET_R_NONE},
        {FIN | ACK, RCV - 1, 0, 0, TCP_TW_RESTART, BONNET_R_TIMEWAIT_OLD},
        {FIN | ACK, RCV - 11, 10, 0, TCP_TW_RESTART, BONNET_R_TIMEWAIT_OLD},
        {FIN | ACK, RCV, 0, 0, TCP_TW_ACK, BONNET_R_TIMEWAIT_OLD},
        {FIN | ACK, RCV - 50, 0, 0, TCP_TW_ACK, BONNET_R_TIMEWAIT_OLD},
        {ACK, RCV - 11, 10, 0, TCP_TW_ACK, BONNET_R_TIMEWAIT_OLD},
        {ACK, RCV, 10, 0, TCP_TW_ACK, BONNET_R_TIMEWAIT_OLD},
    };
    (void)state;
    CHECK(false, rows);
    CHECK(true, rows);
}

/* @req TW-1 TW-2: the old connection had timestamps. @req 9293-MAY-2 9293-SHLD-4 */
static void newer_syn_takes_over_by_timestamp(void **state)
{
    static const struct row_tw rows[] = {
        {SYN, RCV - 99, 0, 501, TCP_TW_REOPEN, BONNET_R_TIMEWAIT_REUSED},
        {SYN, RCV, 0, 500, TCP_TW_REOPEN, BONNET_R_TIMEWAIT_REUSED},
        {SYN, RCV - 1, 0, 500, TCP_TW_ACK, BONNET_R_TIMEWAIT_SYN_OLD}, /* TW-5 */
        {SYN, RCV + 9, 0, 499, TCP_TW_ACK, BONNET_R_TIMEWAIT_SYN_OLD}, /* TW-5 */
        {SYN, RCV + 9, 0, 0, TCP_TW_REOPEN, BONNET_R_TIMEWAIT_REUSED}, /* TW-2 */
        {SYN, RCV - 1, 0, 0, TCP_TW_ACK, BONNET_R_TIMEWAIT_SYN_OLD},
        {SYN | ACK, RCV + 9, 0, 501, TCP_TW_ACK, BONNET_R_TIMEWAIT_SYN_OLD},
        {SYN, RCV - 99, 0, 500 + (1u << 31) - 1, TCP_TW_REOPEN, BONNET_R_TIMEWAIT_REUSED},
        {SYN, RCV - 99, 0, 500 - (1u << 31) + 1, TCP_TW_ACK, BONNET_R_TIMEWAIT_SYN_OLD},
    };
    (void)state;
    CHECK(true, rows);
}

/* @req TW-3 TW-4 TS-REUSE: it had none. "Larger than the last sequence number", the FIN's: RCV.NXT
 * is the first of these. */
static void newer_syn_takes_over_by_sequence(void **state)
{
    static const struct row_tw rows[] = {
        {SYN, RCV - 99, 0, 1, TCP_TW_REOPEN, BONNET_R_TIMEWAIT_REUSED}, /* TW-3 */
        {SYN, RCV + 1, 0, 0, TCP_TW_REOPEN, BONNET_R_TIMEWAIT_REUSED},
        {SYN, RCV, 0, 0, TCP_TW_REOPEN, BONNET_R_TIMEWAIT_REUSED},
        {SYN, RCV - 1, 0, 0, TCP_TW_ACK, BONNET_R_TIMEWAIT_SYN_OLD},
        {SYN | ACK, RCV + 1, 0, 0, TCP_TW_ACK, BONNET_R_TIMEWAIT_SYN_OLD},
        {SYN, RCV + (1u << 31) - 1, 0, 0, TCP_TW_REOPEN, BONNET_R_TIMEWAIT_REUSED},
        {SYN, RCV + (1u << 31) + 1, 0, 0, TCP_TW_ACK, BONNET_R_TIMEWAIT_SYN_OLD},
    };
    (void)state;
    CHECK(false, rows);
}

/* RFC 7323 5: an old FIN, by its timestamp, is answered; the quiet time goes on. */
static void wandering_fin_does_not_restart(void **state)
{
    static const struct row_tw rows[] = {
        {FIN | ACK, RCV - 1, 0, 499, TCP_TW_ACK, BONNET_R_TIMEWAIT_OLD},
        {FIN | ACK, RCV - 1, 0, 500, TCP_TW_RESTART, BONNET_R_TIMEWAIT_OLD},
    };
    (void)state;
    CHECK(true, rows);
}

/* @req TW-7: it remembers in few bytes what its answer needs. */
static void remembers_what_its_answer_needs(void **state)
{
    (void)state;
    struct t t;
    struct tcp_timewait w;
    struct tcp_seg s;
    const struct tcp_tuple tuple = {bonnet_ip4(10, 0, 0, 1), bonnet_ip4(10, 0, 0, 2), 80, 40000};
    fin_wait_2(&t);
    rx(&t, FIN | ACK, .seq = 1, .ack = 2, .ts_val = 900);
    state_is(&t, BONNET_TIME_WAIT);
    tcp_timewait_from(&w, &t.c);
    tcp_timewait_answer(&w, &t.e, &tuple, &s);
    assert_int_equal(s.flags, ACK);
    assert_int_equal(s.seq.v - t.iss, 2);
    assert_int_equal(s.ack.v - t.irs, 2);
    assert_int_equal(s.has, TCP_OPT_TIMESTAMPS);
    assert_int_equal(s.ts_ecr, 900);
    assert_int_equal(s.ts_val, conn_ts_now(&t.c, &t.e)); /* the same clock goes on */
    tcp_on_time_wait(&t.c, &t.e);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
    assert_in_range(sizeof(w), 1, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_segments_are_answered_and_not_obeyed),
        cmocka_unit_test(newer_syn_takes_over_by_timestamp),
        cmocka_unit_test(newer_syn_takes_over_by_sequence),
        cmocka_unit_test(wandering_fin_does_not_restart),
        cmocka_unit_test(remembers_what_its_answer_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
