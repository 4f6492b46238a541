/* SPDX-License-Identifier: BSD-2-Clause */
/* Round-trip time and RTO against RFC 6298 in floating point; Karn's rule; what an echo is worth.
 */
#include "libtcp.h"

struct model {
    double srtt, rttvar; /* us; srtt < 0: none */
};

static void model_sample(struct model *m, double r)
{
    if (m->srtt < 0) {
        m->srtt = r;
        m->rttvar = r / 2;
        return;
    }
    double off = m->srtt > r ? m->srtt - r : r - m->srtt;
    m->rttvar = 0.75 * m->rttvar + 0.25 * off;
    m->srtt = 0.875 * m->srtt + 0.125 * r;
}

static double model_rto(const struct model *m, bool strict)
{
    double variance = 4 * m->rttvar;
    if (variance < 1000) variance = 1000;
    if (!strict && variance < 200000) variance = 200000;
    double rto = m->srtt + variance;
    if (strict && rto < 1e6) rto = 1e6;
    return rto < 120e6 ? rto : 120e6;
}

static bool is_near(double a, double b)
{
    double off = a > b ? a - b : b - a;
    return off <= 20 || off <= b / 1000;
}

static uint32_t next_us(uint32_t *seed, uint32_t base, uint32_t spread)
{
    *seed = *seed * 1664525 + 1013904223;
    return base + (*seed >> 4) % spread;
}

/* @req 6298-2 6298-3 6298-4 6298-7 9293-MUST-18 */
static void estimate_follows_the_rfc(void **state)
{
    static const struct {
        uint32_t base, spread; /* us */
    } rows[] = {{1, 2},          {50, 10},           {1000, 500},          {20000, 100},
                {100000, 80000}, {600000, 1},        {1000000, 3000000},   {30000000, 20000000},
                {1, 1000000},    {59000000, 900000}, {200000000, 1000000}, {10, 30}};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct t t;
        struct model m = {.srtt = -1};
        uint32_t seed = (uint32_t)i + 1;
        closed(&t, (struct opts){0});
        t.e.strict = i % 2;
        for (int k = 0; k < 1000; k++) {
            uint32_t us = next_us(&seed, rows[i / 2].base, rows[i / 2].spread);
            rtt_on_sample(&t.c, &t.e, us * BONNET_US);
            model_sample(&m, us < 60000000 ? us : 60000000);
            assert_true(is_near(t.c.rtt.srtt8_us / 8.0, m.srtt));
            assert_true(is_near(t.c.rtt.rttvar4_us / 4.0, m.rttvar));
            assert_true(is_near(t.c.rtt.rto_us, model_rto(&m, t.e.strict)));
        }
        t_end(&t);
    }
}

/* @req 6298-1 6298-5 RTOG-4: a second before any sample; two minutes at most. */
static void timeout_begins_at_a_second_and_ends_at_two_minutes(void **state)
{
    (void)state;
    struct t t;
    closed(&t, (struct opts){0});
    assert_int_equal(rtt_rto(&t.c), BONNET_S);
    for (int i = 0; i < 100; i++)
        rtt_on_timeout(&t.c);
    assert_int_equal(rtt_rto(&t.c), 120 * BONNET_S);
    rtt_forget_backoff(&t.c, &t.e); /* nothing to go back to */
    assert_int_equal(rtt_rto(&t.c), 120 * BONNET_S);
    rtt_on_sample(&t.c, &t.e, 10 * BONNET_MS);
    assert_int_equal(rtt_rto(&t.c), 210 * BONNET_MS);
    t_end(&t);
}

/* @req 6298-6 RTOG-2: Karn. Without timestamps what was sent twice says nothing, and the backed-off
 * timeout stays until something sent once is acknowledged. */
static void retransmission_gives_no_sample(void **state)
{
    (void)state;
    struct t t;
    established_with(&t, (struct opts){.plain = true});
    uint32_t srtt8 = t.c.rtt.srtt8_us;
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    wait_ms(&t, 1000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    t.e.now += 50 * BONNET_MS;
    rx(&t, ACK, .seq = 1, .ack = 101);
    assert_int_equal(t.c.rtt.srtt8_us, srtt8);
    assert_int_equal(t.c.rtt.rto_us, 402000);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 101, .ack = 1, .len = 100);
    t.e.now += 9 * BONNET_MS;
    rx(&t, ACK, .seq = 1, .ack = 201);
    assert_int_equal(t.c.rtt.srtt8_us, srtt8 - 1000 + 9000);
    assert_in_range(t.c.rtt.rto_us, 200000, 230000);
    t_end(&t);
}

/* RFC 7323 4: with timestamps the echo says which of the two was acknowledged. */
static void echo_tells_a_retransmission_from_the_first(void **state)
{
    static const uint32_t heard_ms[] = {7, 210}; /* after the retransmission, after the first */
    (void)state;
    for (int first = 0; first < 2; first++) {
        struct t t;
        established(&t);
        uint32_t srtt8 = t.c.rtt.srtt8_us;
        user_send(&t, 100);
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
        uint32_t echo = t.last.ts_val;
        wait_ms(&t, 1000);
        tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
        t.e.now += (first ? heard_ms[1] - 201 : heard_ms[0]) * BONNET_MS;
        rx(&t, ACK, .seq = 1, .ack = 101, .ts_ecr = first ? echo : t.last.ts_val);
        assert_int_equal(t.c.rtt.srtt8_us, srtt8 - srtt8 / 8 + heard_ms[first] * 1000);
        t_end(&t);
    }
}

/* TO-TS-ECR @req 7323-10: an echo of what we never said is no sample. */
static void echo_of_nothing_is_no_sample(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    uint32_t srtt8 = t.c.rtt.srtt8_us;
    const uint32_t offsets[] = {1, 1000, 1u << 31, 0x7fffffff, UINT32_MAX - 100000};
    for (uint32_t i = 0; i < 5; i++) {
        user_send(&t, 100);
        tx(&t, ACK, .seq = 1 + i * 100, .ack = 1, .len = 100);
        wait_ms(&t, 1000);
        tx(&t, ACK, .seq = 1 + i * 100, .ack = 1, .len = 100);
        rx(&t, ACK, .seq = 1, .ack = 101 + i * 100, .ts_ecr = t.last.ts_val + offsets[i]);
        assert_int_equal(t.c.rtt.srtt8_us, srtt8);
        state_is(&t, BONNET_ESTABLISHED);
    }
    quiet(&t);
    t_end(&t);
}

/* @req 6298-11 5681-2: the SYN went twice: three seconds, and one segment to begin with. */
static void lost_syn_makes_the_beginning_careful(void **state)
{
    (void)state;
    struct t t;
    syn_sent(&t);
    wait_ms(&t, 2000);
    tx(&t, SYN, .seq = 0);
    rx(&t, SYN | ACK, .seq = 0, .ack = 1, .has = TCP_OPT_MSS, .mss = 1460);
    tx(&t, ACK, .seq = 1, .ack = 1);
    assert_int_equal(rtt_rto(&t.c), 3 * BONNET_S);
    user_send(&t, 5000);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 1448);
    quiet(&t);
    t_end(&t);
}

/* The first sample is the handshake's, of either end. @req 5681-3 */
static void handshake_gives_the_first_sample(void **state)
{
    (void)state;
    struct t t;
    established(&t);
    assert_int_equal(t.c.rtt.srtt8_us, 8000);
    assert_int_equal(t.c.rtt.min_us, 1000);
    assert_int_equal(t.c.cc.cwnd, 10 * OUR_MSS);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimate_follows_the_rfc),
        cmocka_unit_test(timeout_begins_at_a_second_and_ends_at_two_minutes),
        cmocka_unit_test(retransmission_gives_no_sample),
        cmocka_unit_test(echo_tells_a_retransmission_from_the_first),
        cmocka_unit_test(echo_of_nothing_is_no_sample),
        cmocka_unit_test(lost_syn_makes_the_beginning_careful),
        cmocka_unit_test(handshake_gives_the_first_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
