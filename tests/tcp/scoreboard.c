/* SPDX-License-Identifier: BSD-2-Clause */
/* SACK blocks as the sender takes them: news, lies, and recovery by them (RFC 2018, RFC 6675). */
#include "libtcp.h"

#define MSS OUR_MSS
#define RTT (10 * BONNET_MS)

static uint32_t at(uint32_t k)
{
    return 1 + k * MSS;
}

static void in_flight(struct t *t, uint32_t n, uint32_t more)
{
    established(t);
    rtt_on_sample(&t->c, &t->e, RTT);
    t->c.rtt.min_us = RTT / BONNET_US;
    user_send(t, (n + more) * MSS);
    for (uint32_t i = 0; i < n; i++)
        tx(t, ACK, .seq = at(i), .ack = 1, .len = MSS);
}

/* The peer has [from, to) of our segments, beyond segment una. */
static void sack(struct t *t, uint32_t una, uint32_t from, uint32_t to)
{
    rx(t, ACK, .seq = 1, .ack = at(una), .sack = {at(from), at(to)}, .sack_n = 1);
}

/* @req SACK-8 SACK-9 6582-1: only the holes go again, oldest first. */
static void only_holes_are_retransmitted(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    wait_ns(&t, RTT);
    sack(&t, 0, 1, 2);
    sack(&t, 0, 3, 4);
    quiet(&t);
    sack(&t, 0, 3, 10); /* 0 and 2 are missing */
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    tx(&t, ACK, .seq = at(2), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    wait_ns(&t, RTT);
    rx(&t, ACK, .seq = 1, .ack = at(2), .sack = {at(3), at(10)}, .sack_n = 1);
    assert_true(t.c.recovering);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = at(10));
    assert_false(t.c.recovering);
    quiet(&t);
    t_end(&t);
}

/* @req 5681-8: one new segment for each of the first two duplicates that bring news. */
static void limited_transmit_is_one_for_one(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 10);
    for (uint32_t i = 0; i < 2; i++) {
        quiet(&t);
        sack(&t, 0, 1, 2 + i);
        tx(&t, ACK, .seq = at(10 + i), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_DATA);
        quiet(&t);
    }
    t_end(&t);
}

/* RFC 6675 2, @req SACK-7: duplicates without news, and reports of duplicates, are no sign of loss.
 */
static void duplicates_without_news_mean_nothing(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 10);
    rx(&t, ACK, .seq = 1, .ack = at(1));
    tx(&t, ACK, .seq = at(10), .ack = 1, .len = MSS);
    tx(&t, ACK, .seq = at(11), .ack = 1, .len = MSS);
    for (uint32_t i = 0; i < 5; i++) {
        rx(&t, ACK, .seq = 1, .ack = at(1));
        quiet(&t);
        sack(&t, 1, 0, 1); /* a D-SACK */
        quiet(&t);
    }
    assert_int_equal(t.c.sent.flight->dupacks, 0);
    assert_int_equal(t.e.mib[BONNET_MIB_TcpExtTCPDSACKRecv], 5);
    assert_int_equal(t.c.sent.sacked, 0);
    t_end(&t);
}

/* SK-BAD SK-UNSENT @req SACK-11: reversed, empty, wrapped, beyond what was sent, straddling its
 * ends.
 */
static void lies_are_ignored(void **state)
{
    static const uint32_t lies[][2] = {
        {2 + MSS, 2 + MSS},           {5000, 3000},    {1 + 9 * MSS, 2 + 10 * MSS},
        {1 + 10 * MSS, 9 + 10 * MSS}, {1u << 31, 1},   {0, 1u << 31},
        {1u << 30, (1u << 30) + 9},   {UINT32_MAX, 0}, {0, 0},
        {5000, 5000 + (1u << 31)},    {5000, 4999},
    };
    (void)state;
    struct t t;
    in_flight(&t, 10, 10);
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        /* Second of two, so that none is a report of a duplicate. */
        rx(&t, ACK, .seq = 1, .ack = 1, .sack = {5, 1, lies[i][0], lies[i][1]}, .sack_n = 2);
        assert_int_equal(t.c.sent.sacked, 0);
        assert_int_equal(t.e.mib[BONNET_MIB_TcpExtTCPSACKDiscard], 2 * (i + 1));
        quiet(&t);
    }
    assert_int_equal(t.c.sent.n, 10);
    t_end(&t);
}

/* SK-NEST: blocks inside each other, over each other, again. */
static void nested_blocks_count_once(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    rx(&t, ACK, .seq = 1, .ack = 1, .sack = {3000, 6000, 4000, 5000, 2000, 4500}, .sack_n = 3);
    assert_int_equal(t.c.sent.sacked, 4000);
    rx(&t, ACK, .seq = 1, .ack = 1, .sack = {2000, 6000, 2000, 6000, 2000, 6000}, .sack_n = 3);
    assert_int_equal(t.c.sent.sacked, 4000);
    rx(&t, ACK, .seq = 1, .ack = 6000);
    assert_int_equal(t.c.sent.sacked, 0);
    t_end(&t);
}

/* SK-FRAG SK-MAP SK-PANIC: every second octet; records have a limit, memory too. */
static void splitting_is_limited(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.peer_mss = 48});
    t.burst = 60000;
    t.e.limits.sent_records_max = 64;
    t.c.cc.cwnd = 1u << 20;
    user_send(&t, 60000);
    uint32_t sent = 0;
    for (; tcp_plan(&t.c, &t.e, t.burst).what == TCP_SEND_TEXT; sent = t.c.snd.nxt.v - t.iss - 1) {
        const struct tcp_plan p = tcp_plan(&t.c, &t.e, t.burst);
        tx(&t, ACK, .seq = 1 + sent, .ack = 1, .len = p.len);
    }
    for (uint32_t i = 1; i + 2 < sent; i += 2) {
        rx(&t, ACK, .seq = 1, .ack = 1, .sack = {1 + i, 2 + i}, .sack_n = 1);
        assert_in_range(t.c.sent.n, 1, 64);
    }
    assert_in_range(t.c.sent.sacked, 20, 64);
    rx(&t, ACK, .seq = 1, .ack = 1 + sent);
    assert_int_equal(t.c.sent.n, 0);
    t_end(&t);
}

/* SK-RENEGE @req SACK-5 SACK-6 SACK-10: a peer that SACKed the oldest octet and does not
 * acknowledge it is not trusted any more, when the timer says so. */
static void reneging_peer_gets_it_all_again(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 5, 0);
    sack(&t, 0, 1, 5);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    assert_int_equal(t.c.out.len, 5 * MSS);
    wait_ms(&t, 300);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_RTO);
    assert_int_equal(t.c.sent.sacked, 4 * MSS);
    rx(&t, ACK, .seq = 1, .ack = at(1));
    quiet(&t);
    wait_ms(&t, 1000);
    assert_int_equal(t.c.sent.sacked, 0);
    for (uint32_t i = 1; i < 5; i++) {
        tx(&t, ACK, .seq = at(i), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_RTO);
        rx(&t, ACK, .seq = 1, .ack = at(i + 1));
        t.c.cc.cwnd = MSS; /* one at a time, for the row's sake */
    }
    quiet(&t);
    assert_int_equal(tcp_deadline(&t.c), BONNET_NEVER);
    t_end(&t);
}

/* What was lost behind a window that has closed waits for it. */
static void lost_text_waits_for_the_window(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = WND_ZERO, .sack = {at(1), at(10)}, .sack_n = 1);
    assert_int_equal(t.c.sent.lost, MSS);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .sack = {at(1), at(10)}, .sack_n = 1);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    t_end(&t);
}

/* Of a super-segment goes again what is lost: up to what the peer has, or one segment's worth. */
static void lost_head_of_a_super_segment_is_cut(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.burst = 60000;
    user_send(&t, 10 * MSS);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 5 * MSS);
    tx(&t, ACK, .seq = 1 + 5 * MSS, .ack = 1, .len = 5 * MSS);
    sack(&t, 0, 4, 10);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 2 * MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    tx(&t, ACK, .seq = 1 + 2 * MSS, .ack = 1, .len = 2 * MSS,
       .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    t_end(&t);
    established_with(&t, (struct opts){.plain = true});
    t.burst = 60000;
    user_send(&t, 14600);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 7300);
    tx(&t, ACK, .seq = 7301, .ack = 1, .len = 7300);
    for (int i = 0; i < 3; i++)
        rx(&t, ACK, .seq = 1, .ack = 1);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1460, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    t_end(&t);
}

static void sacks_without_agreement_mean_nothing(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.plain = true});
    user_send(&t, 14600);
    for (uint32_t i = 0; i < 10; i++)
        tx(&t, ACK, .seq = 1 + i * 1460, .ack = 1, .len = 1460);
    rx(&t, ACK, .seq = 1, .ack = 1, .sack = {1461, 2921}, .sack_n = 1);
    assert_int_equal(t.c.sent.sacked, 0);
    t_end(&t);
}

/* A block that comes with an acknowledgment, and ends in the middle of a record. */
static void block_may_end_within_a_segment(void **state)
{
    (void)state;
    struct t t;
    in_flight(&t, 10, 0);
    rx(&t, ACK, .seq = 1, .ack = 101, .sack = {2001, 9001}, .sack_n = 1);
    assert_int_equal(t.c.sent.sacked, 7000);
    rx(&t, ACK, .seq = 1, .ack = 101, .sack = {2001, 10001}, .sack_n = 1);
    tx(&t, ACK, .seq = 101, .ack = 1, .len = 1348, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    tx(&t, ACK, .seq = 1449, .ack = 1, .len = 552, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    quiet(&t);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_holes_are_retransmitted),
        cmocka_unit_test(limited_transmit_is_one_for_one),
        cmocka_unit_test(duplicates_without_news_mean_nothing),
        cmocka_unit_test(lies_are_ignored),
        cmocka_unit_test(nested_blocks_count_once),
        cmocka_unit_test(splitting_is_limited),
        cmocka_unit_test(reneging_peer_gets_it_all_again),
        cmocka_unit_test(lost_text_waits_for_the_window),
        cmocka_unit_test(lost_head_of_a_super_segment_is_cut),
        cmocka_unit_test(sacks_without_agreement_mean_nothing),
        cmocka_unit_test(block_may_end_within_a_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
