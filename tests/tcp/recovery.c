/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promises of recovery that hold at every step, whatever arrives: what counts as in flight, how
 * much goes out, when RACK and its probe look, and what liars gain (RFC 8985, RFC 9937, RFC 6298).
 */
#include "libtcp.h"

#define MSS OUR_MSS
#define RTT (20 * BONNET_MS)

static uint32_t at(uint32_t k)
{
    return 1 + k * MSS;
}

/* A round trip of RTT is known. */
static void known_path(struct t *t, struct opts o)
{
    established_with(t, o);
    for (int i = 0; i < 40; i++)
        rtt_on_sample(&t->c, &t->e, RTT);
    t->c.rtt.min_us = RTT / BONNET_US;
}

/* So many segments go out at this instant. */
static void send_segments(struct t *t, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        tx(t, ACK, .seq = t->c.snd.nxt.v - t->iss, .ack = 1, .len = MSS);
}

static void sack(struct t *t, uint32_t una, uint32_t from, uint32_t to)
{
    rx(t, ACK, .seq = 1, .ack = at(una), .sack = {at(from), at(to)}, .sack_n = 1);
}

static uint8_t flags_at(const struct t *t, uint32_t i)
{
    return sent_at(&t->c.sent, i)->flags;
}

/* @req RACK-1: to the nanosecond, of the last time. */
static void each_segment_has_its_time(void **state)
{
    (void)state;
    struct t t;
    known_path(&t, (struct opts){0});
    user_send(&t, 5 * MSS);
    for (uint32_t i = 0; i < 5; i++) {
        send_segments(&t, 1);
        t.e.now += 1;
    }
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(sent_at(&t.c.sent, i)->sent_at, t.e.now - 5 + i);
    t.e.now += RTT;
    sack(&t, 0, 1, 5);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    assert_int_equal(sent_at(&t.c.sent, 0)->sent_at, t.e.now);
    t_end(&t);
}

/* @req RACK-2: of what left at one instant, the higher number left later. */
static void number_decides_between_equals(void **state)
{
    (void)state;
    struct t t;
    known_path(&t, (struct opts){0});
    user_send(&t, 5 * MSS);
    send_segments(&t, 5);
    t.e.now += RTT;
    sack(&t, 0, 2, 3);
    wait_ns(&t, RTT / 2);
    const uint8_t want[] = {SENT_LOST, SENT_LOST, SENT_SACKED, 0, 0};
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(flags_at(&t, i) & (SENT_LOST | SENT_SACKED), want[i]);
    t_end(&t);
}

/* @req RACK-3: without reordering seen, three SACKed segments need no patience; with it the window
 * is a part of the least round trip, grows with its multiplier, and ends at the smoothed one. */
static void patience_is_a_part_of_the_round_trip(void **state)
{
    static const struct {
        uint32_t sacked, mult;
        bool reordering_seen;
        bonnet_time patience;
    } rows[] = {
        {3, 0, false, 0},          {2, 0, false, RTT / 4}, {3, 0, true, RTT / 4},
        {3, 1, true, 2 * RTT / 4}, {3, 3, true, RTT},      {3, 60, true, RTT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct t t;
        known_path(&t, (struct opts){0});
        t.c.reordering_seen = rows[i].reordering_seen;
        t.c.reorder_mult = (uint8_t)rows[i].mult;
        user_send(&t, 5 * MSS);
        send_segments(&t, 5);
        t.e.now += RTT;
        sack(&t, 0, 1, 1 + rows[i].sacked);
        bonnet_time then = t.e.now;
        if (rows[i].patience) wait_ns(&t, 10 * RTT);
        assert_true(flags_at(&t, 0) & SENT_LOST);
        assert_in_range(t.e.now - then, rows[i].patience - rows[i].patience / 50, rows[i].patience);
        t_end(&t);
    }
}

/* @req RACK-6: the first, and what is out for longer than a round trip and the window. */
static void timeout_spares_what_left_a_moment_ago(void **state)
{
    (void)state;
    struct t t;
    known_path(&t, (struct opts){0});
    user_send(&t, 4 * MSS);
    send_segments(&t, 3);
    t.e.now += 200 * BONNET_MS;
    send_segments(&t, 1);
    t.e.now += RTT / 2;
    t.c.snd.retransmits = 1;
    loss_on_timeout(&t.c, &t.e);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(flags_at(&t, i) & SENT_LOST, i < 3 ? SENT_LOST : 0);
    sent_unmark_lost(&t.c.sent);
    sent_at(&t.c.sent, 0)->sent_at = t.e.now; /* even if that is the first */
    loss_on_timeout(&t.c, &t.e);
    assert_int_equal(flags_at(&t, 0) & SENT_LOST, SENT_LOST);
    t_end(&t);
}

/* @req RACK-7: two round trips, and the time that an ACK may be delayed if it is for a single
 * segment; a second if nothing is known; never after the timeout; never in recovery or when
 * something was SACKed. */
static void probe_has_its_time(void **state)
{
    (void)state;
    static const uint32_t flights[] = {1, 2, 9};
    for (size_t i = 0; i < 3; i++) {
        struct t t;
        known_path(&t, (struct opts){0});
        user_send(&t, flights[i] * MSS);
        send_segments(&t, flights[i]);
        bonnet_time sent = t.e.now, rto = rtt_rto(&t.c);
        bonnet_time probe = 2 * RTT + (flights[i] == 1 ? 200 : 2) * BONNET_MS;
        wait_ns(&t, BONNET_S);
        assert_int_equal(t.c.tail_probe_due, true);
        assert_in_range(t.e.now - sent, (probe < rto ? probe : rto) - BONNET_MS, rto);
        assert_true(t.e.now - sent <= probe);
        t_end(&t);
    }
    struct t t;
    known_path(&t, (struct opts){0});
    user_send(&t, 9 * MSS);
    send_segments(&t, 9);
    assert_true(rack_may_probe(&t.c));
    t.c.rtt.srtt8_us = 0;
    assert_int_equal(rack_probe_patience(&t.c), BONNET_S);
    t.c.rtt.srtt8_us = 8 * RTT / BONNET_US;
    sack(&t, 0, 1, 2);
    assert_false(rack_may_probe(&t.c));
    sack(&t, 0, 1, 5);
    assert_true(t.c.recovering);
    tx(&t, ACK, .seq = at(0), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    t.e.now += RTT;
    rx(&t, ACK, .seq = 1, .ack = at(5));
    assert_true(t.c.recovering);
    assert_int_equal(t.c.sent.sacked, 0);
    assert_false(rack_may_probe(&t.c));
    t_end(&t);
}

/* @req RACK-8: one probe, and no other one before a round trip has been measured. */
static void probes_need_a_sample_between(void **state)
{
    (void)state;
    struct t t;
    known_path(&t, (struct opts){.agreed = TCP_AGREED_SACK});
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t una = 1 + i * 100;
        user_send(&t, 100);
        tx(&t, ACK, .seq = una, .ack = 1, .len = 100);
        wait_ns(&t, BONNET_S);
        bool may = i != 1; /* the first one's answer could be to either copy */
        tx(&t, ACK, .seq = una, .ack = 1, .len = 100,
           .reason = may ? BONNET_R_SEND_TAIL_PROBE : BONNET_R_SEND_RTO);
        assert_int_equal(t.c.sent.flight->tlp.is_out, may);
        bonnet_time rto = t.c.rtx_at - t.e.now;
        assert_true(rto >= rtt_rto(&t.c) && rto <= 2 * rtt_rto(&t.c));
        rx(&t, ACK, .seq = 1, .ack = una + 100);
        quiet(&t);
        if (i == 1) rtt_on_sample(&t.c, &t.e, RTT);
    }
    t_end(&t);
}

/* @req 6298-8: whatever the peer says meanwhile, a timeout has passed since the oldest went. */
static void timeout_is_never_early(void **state)
{
    (void)state;
    struct t t;
    known_path(&t, (struct opts){.agreed = TCP_AGREED_TIMESTAMPS});
    user_send(&t, 6 * MSS);
    for (uint32_t i = 0; i < 3; i++) {
        send_segments(&t, 1);
        t.e.now += 5 * BONNET_MS;
    }
    rx(&t, ACK, .seq = 1, .ack = at(1));
    for (uint32_t i = 0; i < 12; i++) {
        bonnet_time oldest = sent_at(&t.c.sent, 0)->sent_at, rto = rtt_rto(&t.c);
        wait_ns(&t, 500 * BONNET_S);
        assert_true(t.e.now - oldest >= rto);
        tx(&t, ACK, .seq = at(1), .ack = 1, .len = MSS, .reason = BONNET_R_SEND_RTO);
        rx(&t, ACK, .seq = 1, .ack = at(0) + i, .wnd = 60000 + i);
        while (tcp_plan(&t.c, &t.e, 0).what != TCP_SEND_NOTHING)
            send_segments(&t, 1);
    }
    t_end(&t);
}

/* ---- what holds at each step of a random recovery ---- */

static uint32_t any(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

/* RFC 9937 6.2: everything outstanding but what was SACKed and what is lost and not sent again. */
static uint32_t recount(const struct t *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->c.sent.n; i++) {
        const struct sent_record *r = sent_at(&t->c.sent, i);
        if (!(r->flags & (SENT_SACKED | SENT_LOST))) n += r->to.v - r->from.v;
    }
    return n;
}

/* All that may go, goes; each segment fits what the windows leave, but for the oldest one. */
static void send_what_may_go(struct t *t)
{
    for (struct tcp_plan p; (p = tcp_plan(&t->c, &t->e, 0)).what != TCP_SEND_NOTHING;) {
        uint32_t before = recount(t);
        struct tcp_seg s;
        assert_int_equal(loss_in_flight(&t->c), before);
        bool oldest = seq_eq(p.seq, t->c.snd.una); /* that is what everything waits for */
        if (p.what == TCP_SEND_TEXT || (p.what == TCP_SEND_RETRANSMIT && !oldest))
            assert_true(before < t->c.cc.cwnd);
        assert_int_equal(tcp_output(&t->c, &t->e, &p, &s), 0);
        uint32_t end = s.seq.v + s.len - t->iss;
        if (p.what == TCP_SEND_TEXT) assert_true(end <= t->c.snd.una.v - t->iss + t->c.snd.wnd);
    }
}

/* @req PRR-1 PRR-3 7323-6 5681-1: SACKs and ACKs of a path that loses every fifth segment. */
static void what_is_in_flight_is_what_is_counted(void **state)
{
    (void)state;
    for (uint32_t world = 0; world < 200; world++) {
        struct t t;
        uint32_t seed = world, una = 0;
        known_path(&t, (struct opts){0});
        t.c.cc.cwnd = 20 * MSS;
        user_send(&t, 60 * MSS);
        send_what_may_go(&t);
        for (int step = 0; step < 40; step++) {
            uint32_t out = (t.c.snd.nxt.v - t.c.snd.una.v) / MSS;
            t.e.now += any(&seed, 8) * BONNET_MS;
            if (out < 2) break;
            uint32_t from = 1 + any(&seed, out - 1), to = from + 1 + any(&seed, out - from);
            if (any(&seed, 4) == 0) una += any(&seed, 3) < out ? 1 : 0;
            if (una + from >= una + to || una + to > (t.c.snd.nxt.v - t.iss) / MSS) continue;
            rx(&t, ACK, .seq = 1, .ack = at(una), .sack = {at(una + from), at(una + to)},
               .sack_n = 1, .wnd = 20000 + any(&seed, 45000));
            send_what_may_go(&t);
        }
        t_end(&t);
    }
}

/* @req PRR-7 CC-DUPSPOOF: without SACK, duplicates without end let out no more than was in flight
 * when recovery began. */
static void false_duplicates_are_worth_one_flight(void **state)
{
    (void)state;
    struct t t;
    known_path(&t, (struct opts){.agreed = TCP_AGREED_TIMESTAMPS});
    user_send(&t, 100 * MSS);
    for (uint32_t i = 0; i < 10; i++)
        tx(&t, ACK, .seq = 1 + i * MSS, .ack = 1, .len = MSS);
    uint32_t flight = t.c.snd.nxt.v - t.c.snd.una.v, out = 0;
    for (int i = 0; i < 1000; i++) {
        rx(&t, ACK, .seq = 1, .ack = 1);
        for (struct tcp_plan p; (p = tcp_plan(&t.c, &t.e, 0)).what != TCP_SEND_NOTHING;) {
            struct tcp_seg s;
            assert_int_equal(tcp_output(&t.c, &t.e, &p, &s), 0);
            out += s.len;
        }
    }
    assert_true(out <= flight);
    rx(&t, ACK, .seq = 1, .ack = t.c.snd.nxt.v - t.iss);
    assert_true(t.c.cc.cwnd <= flight);
    t_end(&t);
}

/* @req CC-OPTACK: acknowledgments of what was not sent open no window and take no sample. */
static void early_acknowledgments_gain_nothing(void **state)
{
    (void)state;
    struct t t;
    known_path(&t, (struct opts){0});
    user_send(&t, 20 * MSS);
    send_segments(&t, 10);
    uint32_t cwnd = t.c.cc.cwnd, srtt = t.c.rtt.srtt8_us;
    for (uint32_t i = 11; i < 100; i++) {
        rx(&t, ACK, .seq = 1, .ack = at(i));
        reason_is(&t, BONNET_R_ACK_FUTURE);
    }
    tx(&t, ACK, .seq = at(10), .ack = 1, .reason = BONNET_R_SEND_CHALLENGE_ACK);
    quiet(&t);
    assert_int_equal(t.c.cc.cwnd, cwnd);
    assert_int_equal(t.c.rtt.srtt8_us, srtt);
    assert_int_equal(t.c.snd.una.v - t.iss, 1);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_segment_has_its_time),
        cmocka_unit_test(number_decides_between_equals),
        cmocka_unit_test(patience_is_a_part_of_the_round_trip),
        cmocka_unit_test(timeout_spares_what_left_a_moment_ago),
        cmocka_unit_test(probe_has_its_time),
        cmocka_unit_test(probes_need_a_sample_between),
        cmocka_unit_test(timeout_is_never_early),
        cmocka_unit_test(what_is_in_flight_is_what_is_counted),
        cmocka_unit_test(false_duplicates_are_worth_one_flight),
        cmocka_unit_test(early_acknowledgments_gain_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
