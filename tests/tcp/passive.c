/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection that a half-open one becomes, by its last ACK or by a cookie. */
#include "libtcp.h"

static const uint8_t all_agreed = TCP_AGREED_TIMESTAMPS | TCP_AGREED_SACK | TCP_AGREED_WSCALE;

/* A half-open connection whose SYN-ACK went out 30 ms ago. */
static struct tcp_half_open half_open(const struct t *t, uint8_t agreed)
{
    return (struct tcp_half_open){.iss = seq(5000),
                                  .irs = seq(9000),
                                  .ts_recent = 100,
                                  .sent_us = (uint32_t)(t->e.now / BONNET_US) - 30000,
                                  .wnd = 1000,
                                  .mss = 1200,
                                  .wscale = 3,
                                  .agreed = agreed,
                                  .sent = 1};
}

static void become(struct t *t, const struct tcp_half_open *h)
{
    const struct tcp_world w = {
        .tuple = {bonnet_ip4(10, 0, 0, 1), bonnet_ip4(10, 0, 0, 2), 80, 40000}, .mtu = 1500};
    const struct tcp_settings set = t->c.set;
    tcp_open_passive(&t->c, &t->e, &set, &w, h);
    t->iss = h->iss.v;
    t->irs = h->irs.v;
    assert_true(tcp_conn_check(&t->c));
    state_is(t, BONNET_ESTABLISHED);
}

/* @req 9293-MUST-11 7323-2 7323-4: what the SYN said holds; its window was not scaled. */
static void handshake_becomes_a_connection(void **state)
{
    (void)state;
    struct t t;
    closed(&t, (struct opts){.rcvbuf = 1u << 18});
    const struct tcp_half_open h = half_open(&t, all_agreed);
    become(&t, &h);
    assert_true(t.c.passive);
    assert_int_equal(t.c.snd.mss, 1188);
    assert_int_equal(t.c.snd.wnd, 1000);
    assert_int_equal(t.c.rtt.srtt8_us, 8 * 30000);
    assert_int_equal(t.c.cc.cwnd, 10 * 1188);
    assert_int_equal(t.e.mib[BONNET_MIB_TcpPassiveOpens], 1);
    quiet(&t);
    rx(&t, ACK, .seq = 1, .ack = 1, .wnd = 500, .ts_val = 101);
    assert_int_equal(t.c.snd.wnd, 4000);
    quiet(&t);
    user_send(&t, 100);
    tx(&t, ACK, .seq = 1, .ack = 1, .len = 100);
    assert_int_equal(t.last.ts_ecr, 101);
    t_end(&t);
}

/* TS-DATA: text and FIN with the last ACK. */
static void last_ack_may_bring_text(void **state)
{
    (void)state;
    struct t t;
    closed(&t, (struct opts){0});
    const struct tcp_half_open h = half_open(&t, 0);
    become(&t, &h);
    rx(&t, FIN | ACK, .seq = 1, .ack = 1, .len = 100);
    state_is(&t, BONNET_CLOSE_WAIT);
    tx(&t, ACK, .seq = 1, .ack = 102);
    assert_int_equal(t.last.has, 0);
    user_read(&t, 100);
    user_reads_eof(&t);
    t_end(&t);
}

/* @req 5681-2 6298-11: the SYN-ACK went twice: careful, and no sample. */
static void lost_syn_ack_makes_the_beginning_careful(void **state)
{
    (void)state;
    struct t t;
    closed(&t, (struct opts){0});
    struct tcp_half_open h = half_open(&t, TCP_AGREED_SACK);
    h.sent = 2;
    become(&t, &h);
    assert_int_equal(t.c.rtt.srtt8_us, 0);
    assert_int_equal(rtt_rto(&t.c), 3 * BONNET_S);
    assert_int_equal(t.c.cc.cwnd, 1200);
    t_end(&t);
}

/* FL-COOKIE: a cookie keeps no time: no sample, the usual beginning. */
static void cookie_becomes_a_connection(void **state)
{
    (void)state;
    struct t t;
    closed(&t, (struct opts){0});
    struct tcp_half_open h = half_open(&t, 0);
    h.sent = 0;
    become(&t, &h);
    assert_int_equal(t.c.rtt.srtt8_us, 0);
    assert_int_equal(rtt_rto(&t.c), BONNET_S);
    assert_int_equal(t.c.cc.cwnd, 10 * 1200);
    t_end(&t);
}

/* TS-RETRY: the peer's SYN again, late: challenged; its SYN-ACK is not sent again. */
static void syn_again_is_challenged(void **state)
{
    (void)state;
    struct t t;
    closed(&t, (struct opts){0});
    const struct tcp_half_open h = half_open(&t, 0);
    become(&t, &h);
    rx(&t, SYN, .seq = 0);
    reason_is(&t, BONNET_R_SYN_CHALLENGED);
    tx(&t, ACK, .seq = 1, .ack = 1);
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_becomes_a_connection),
        cmocka_unit_test(last_ack_may_bring_text),
        cmocka_unit_test(lost_syn_ack_makes_the_beginning_careful),
        cmocka_unit_test(cookie_becomes_a_connection),
        cmocka_unit_test(syn_again_is_challenged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
