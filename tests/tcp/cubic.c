/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CUBIC in integers against the formulas of RFC 9438 in floating point, and HyStart++'s way out of
 * slow start (RFC 9406).
 */
#include "libtcp.h"

#include <math.h>

#define MSS 1448u
#define C   0.4
#define B   0.7

struct flow {
    struct cc cc;
    struct cc_flight f;
    bonnet_time now;
    uint32_t acked_in_all;
};

static struct flow begin(uint32_t cwnd)
{
    struct flow w = {.now = 1000 * BONNET_S};
    cc_cubic.init(&w.cc, MSS);
    w.cc.cwnd = cwnd;
    w.cc.ssthresh = cwnd;
    return w;
}

/* An acknowledgment of n bytes with a round trip of rtt, the window in use. */
static void ack(struct flow *w, uint32_t n, bonnet_time rtt)
{
    w->acked_in_all += n;
    const struct tcp_ack_report a = {
        .now = w->now,
        .rtt = rtt,
        .acked = n,
        .acked_in_all = w->acked_in_all,
        .outstanding = w->cc.cwnd,
        .cwnd_limited = true,
    };
    cc_cubic.on_ack(&w->cc, &w->f, &a, MSS);
}

static void lose(struct flow *w)
{
    const struct tcp_ack_report a = {.now = w->now, .rtt = BONNET_NEVER, .outstanding = w->cc.cwnd};
    const struct tcp_ack_report end = {.now = w->now, .rtt = BONNET_NEVER, .recovery_ended = true};
    cc_cubic.on_loss(&w->cc, &w->f, &a, MSS);
    cc_cubic.on_ack(&w->cc, &w->f, &end, MSS);
}

/* A window's worth of acknowledgments, two segments each, spread over a round trip. */
static void round_trip(struct flow *w, bonnet_time rtt)
{
    uint32_t all = w->cc.cwnd, n = all < 4 * MSS ? 1 : all / (2 * MSS);
    for (uint32_t i = 0; i < n; i++) {
        w->now += rtt / n;
        ack(w, all / n, rtt);
    }
}

/* @req CUB-1 9293-MAY-18: W_cubic(t) = C (t - K)^3 + W_max, from 0.7 W_max on, at windows where
 * Reno is slower.
 */
static void window_follows_the_cubic(void **state)
{
    (void)state;
    static const uint32_t windows[] = {500, 2000, 10000};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        const bonnet_time rtt = 50 * BONNET_MS;
        struct flow w = begin(windows[i] * MSS);
        lose(&w);
        assert_in_range(w.cc.cwnd, B * windows[i] * MSS - 2, B * windows[i] * MSS + 2);
        double began = (double)w.now / 1e9, k = cbrt(windows[i] * (1 - B) / C);
        for (int n = 0; n < (int)(2.5 * k / 0.05); n++) {
            round_trip(&w, rtt);
            double t = (double)w.now / 1e9 - began;
            double model = C * pow(t - k, 3) + windows[i];
            double got = (double)w.cc.cwnd / MSS;
            assert_true(fabs(got - model) < 0.02 * model + 2);
        }
        assert_true(w.cc.cwnd > windows[i] * MSS); /* past the plateau */
    }
}

/* @req CUB-4: where round trips are short, additive increase with CUBIC's beta is faster. */
static void short_round_trips_grow_as_reno_does(void **state)
{
    (void)state;
    const bonnet_time rtt = 1 * BONNET_MS;
    struct flow w = begin(100 * MSS);
    lose(&w);
    double model = 70;
    for (int i = 0; i < 50; i++) {
        round_trip(&w, rtt);
        model += 3 * (1 - B) / (1 + B);
        assert_true(fabs((double)w.cc.cwnd / MSS - model) < 0.05 * model);
    }
    for (int i = 0; i < 100; i++)
        round_trip(&w, rtt);
    uint32_t before = w.cc.cwnd;
    assert_true(before > 100 * MSS);
    round_trip(&w, rtt); /* past the old window: one segment each round trip */
    assert_in_range(w.cc.cwnd - before, MSS * 9 / 10, MSS * 11 / 10);
}

/* @req CUB-6: a loss below the last one makes room for others. */
static void second_loss_below_the_first_remembers_less(void **state)
{
    (void)state;
    struct flow w = begin(1000 * MSS);
    lose(&w);
    assert_int_equal(w.cc.w_max, 1000 * MSS);
    uint32_t cwnd = w.cc.cwnd;
    lose(&w);
    assert_in_range(w.cc.w_max, cwnd * 0.85 - 2, cwnd * 0.85 + 2);
}

/* @req CUB-2: time in which the window was not in use does not make it larger. */
static void pause_does_not_count(void **state)
{
    (void)state;
    struct flow w = begin(1000 * MSS);
    lose(&w);
    round_trip(&w, 50 * BONNET_MS);
    const struct tcp_ack_report idle = {.now = w.now, .rtt = BONNET_NEVER, .acked = MSS};
    cc_cubic.on_ack(&w.cc, &w.f, &idle, MSS);
    uint32_t before = w.cc.cwnd;
    w.now += 60 * BONNET_S;
    round_trip(&w, 50 * BONNET_MS);
    assert_true(w.cc.cwnd < before + before / 20);
}

/* @req CUB-3: the window of the cubic a round trip from now, but not less than the present one and
 * not more than half of it above; each acknowledgment brings its share. */
static void target_is_within_reach(void **state)
{
    (void)state;
    struct flow w = begin(1000 * MSS);
    lose(&w);
    round_trip(&w, 50 * BONNET_MS);
    for (int i = 0; i < 20; i++) {
        uint32_t before = w.cc.cwnd;
        w.now += 5 * BONNET_S; /* the cubic runs away */
        ack(&w, 2 * MSS, 50 * BONNET_MS);
        assert_true(w.cc.cwnd >= before);
        assert_true(w.cc.cwnd - before <= MSS + 1);
        if (i > 5) assert_in_range(w.cc.cwnd - before, MSS - 1, MSS + 1);
    }
}

/* @req CUB-8: a reduction that D-SACK, or the echo of an old timestamp, proves wrong. */
static void reductions_are_taken_back(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    t.c.set.cc = (uint8_t)cc_find("cubic", 5);
    cc_ops(t.c.set.cc)->init(&t.c.cc, MSS);
    user_send(&t, 10 * MSS);
    for (uint32_t i = 0; i < 10; i++)
        tx(&t, ACK, .seq = 1 + i * MSS, .ack = 1, .len = MSS);
    uint32_t cwnd = t.c.cc.cwnd, ssthresh = t.c.cc.ssthresh, first = t.last.ts_val;
    t.e.now += 20 * BONNET_MS;
    rx(&t, ACK, .seq = 1, .ack = 1, .sack = {1 + MSS, 1 + 4 * MSS}, .sack_n = 1);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = MSS, .reason = BONNET_R_SEND_FAST_RETRANSMIT);
    assert_int_equal(t.c.cc.ssthresh, B * cwnd);
    rx(&t, ACK, .seq = 1, .ack = 1 + 5 * MSS, .sack = {1, 1 + MSS}, .sack_n = 1);
    assert_false(t.c.recovering);
    assert_int_equal(t.c.cc.ssthresh, ssthresh);
    assert_true(t.c.cc.cwnd >= cwnd);
    t.c.snd.retransmits = 1;
    loss_on_timeout(&t.c, &t.e);
    assert_int_equal(t.c.cc.cwnd, MSS);
    t.e.now += 20 * BONNET_MS;
    tx(&t, ACK, .seq = 1 + 5 * MSS, .ack = 1, .len = MSS, .reason = BONNET_R_SEND_RTO);
    rx(&t, ACK, .seq = 1, .ack = 1 + 6 * MSS, .ts_ecr = first);
    assert_int_equal(t.c.cc.ssthresh, ssthresh);
    assert_true(t.c.cc.cwnd >= cwnd);
    t_end(&t);
}

/* @req CUB-7 */
static void timeout_begins_with_one_segment(void **state)
{
    (void)state;
    struct flow w = begin(100 * MSS);
    struct cc_timeout t = {.flight = 100 * MSS, .mss = MSS, .is_first = true};
    cc_cubic.on_timeout(&w.cc, &w.f, &t);
    assert_int_equal(w.cc.cwnd, MSS);
    assert_int_equal(w.cc.ssthresh, 70 * MSS);
    t.is_first = false;
    t.flight = MSS;
    cc_cubic.on_timeout(&w.cc, &w.f, &t);
    assert_int_equal(w.cc.ssthresh, 70 * MSS);
    for (int i = 0; i < 8; i++)
        round_trip(&w, 10 * BONNET_MS);
    assert_in_range(w.cc.cwnd, 70 * MSS, 75 * MSS);
}

/* No window, and no time, leaves the range. */
static void extremes_are_bounded(void **state)
{
    (void)state;
    static const uint32_t mss[] = {64, 536, 1448, 8948, 65495};
    for (size_t i = 0; i < sizeof mss / sizeof *mss; i++) {
        struct flow w = begin(CC_WINDOW_MAX);
        const struct tcp_ack_report loss = {.now = w.now, .outstanding = CC_WINDOW_MAX};
        cc_cubic.on_loss(&w.cc, &w.f, &loss, mss[i]);
        for (int k = 0; k < 1000; k++) {
            w.now += 3600 * BONNET_S;
            const struct tcp_ack_report a = {
                .now = w.now,
                .rtt = 60 * BONNET_S,
                .acked = CC_WINDOW_MAX / 2,
                .outstanding = CC_WINDOW_MAX,
                .cwnd_limited = true,
            };
            uint32_t before = w.cc.cwnd;
            cc_cubic.on_ack(&w.cc, &w.f, &a, mss[i]);
            assert_in_range(w.cc.cwnd, before, CC_WINDOW_MAX);
        }
        assert_int_equal(w.cc.cwnd, CC_WINDOW_MAX);
    }
}

/* @req CUB-9: a round trip that grows by an eighth, eight times in a round: a quarter of the speed
 * from then on, and the end of slow start five rounds later; or back to full speed if it was
 * chance. */
static void growing_round_trip_ends_slow_start(void **state)
{
    (void)state;
    for (int chance = 0; chance < 2; chance++) {
        struct flow w = begin(10 * MSS);
        w.cc.ssthresh = CC_WINDOW_MAX;
        uint32_t sizes[8];
        for (int i = 0; i < 3; i++)
            round_trip(&w, 40 * BONNET_MS);
        assert_in_range(w.cc.cwnd, 70 * MSS, 90 * MSS);
        round_trip(&w, 46 * BONNET_MS);
        for (int i = 0; i < 8; i++) {
            sizes[i] = w.cc.cwnd;
            round_trip(&w, chance ? 40 * BONNET_MS : 46 * BONNET_MS);
        }
        if (chance) {
            assert_true(w.cc.ssthresh == CC_WINDOW_MAX);
            assert_true(sizes[4] > sizes[3] * 19 / 10);
        } else {
            assert_true(w.cc.ssthresh < CC_WINDOW_MAX);
            assert_true(sizes[3] < sizes[2] * 14 / 10);
            assert_true(w.cc.cwnd < sizes[6] * 12 / 10);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_follows_the_cubic),
        cmocka_unit_test(short_round_trips_grow_as_reno_does),
        cmocka_unit_test(second_loss_below_the_first_remembers_less),
        cmocka_unit_test(pause_does_not_count),
        cmocka_unit_test(target_is_within_reach),
        cmocka_unit_test(reductions_are_taken_back),
        cmocka_unit_test(timeout_begins_with_one_segment),
        cmocka_unit_test(extremes_are_bounded),
        cmocka_unit_test(growing_round_trip_ends_slow_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
