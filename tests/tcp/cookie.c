/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SYN cookies: what one brings back, and what is none.
 */
#include "libtcp.h"

#define IRS 9000u

static const struct tcp_offer offer = {.window = 10000, .mss = 1460, .wscale = 7};

static const struct tcp_tuple tuple = {
    .laddr = {{[10] = 0xff, 0xff, 10, 0, 0, 1}},
    .raddr = {{[10] = 0xff, 0xff, 10, 0, 0, 2}},
    .lport = 80,
    .rport = 40000,
};

static struct tcp_seg syn_of(uint16_t mss)
{
    return (struct tcp_seg){
        .seq = seq(IRS), .flags = SYN, .wnd = 4321, .has = TCP_OPT_MSS, .mss = mss};
}

/* The ACK of a SYN-ACK, with what both sides have sent since. */
static struct tcp_seg ack_of(const struct tcp_seg *syn_ack, uint32_t theirs, uint32_t ours)
{
    return (struct tcp_seg){.seq = seq_add(syn_ack->ack, theirs),
                            .ack = seq_add(syn_ack->seq, 1 + ours),
                            .flags = ACK,
                            .wnd = 1234};
}

/* The largest MSS of a short table that the peer takes. */
static void cookie_brings_the_connection_back(void **state)
{
    (void)state;
    const struct {
        uint16_t offered, remembered;
    } rows[] = {{536, 536}, {1219, 536}, {1460, 1460}, {1500, 1460}, {9000, 8960}};
    struct t t;
    closed(&t, (struct opts){0});
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct tcp_seg syn = syn_of(rows[i].offered);
        struct tcp_seg reply;
        struct tcp_half_open h;
        tcp_cookie_make(&t.e, &tuple, &syn, &offer, &reply);
        const struct tcp_seg ack = ack_of(&reply, 0, 0);
        assert_true(tcp_cookie_check(&t.e, &tuple, &ack, &h));
        assert_int_equal(h.irs.v, IRS);
        assert_int_equal(h.iss.v, reply.seq.v);
        assert_int_equal(h.mss, rows[i].remembered);
        assert_int_equal(h.agreed, 0);
    }
    t_end(&t);
}

/* 64 s are an interval; the present one and the last are good. */
static void cookie_grows_old(void **state)
{
    (void)state;
    const struct tcp_seg syn = syn_of(1460);
    struct tcp_seg reply;
    struct tcp_half_open h;
    struct t t;
    closed(&t, (struct opts){0});
    t.e.now = 640 * BONNET_S;
    tcp_cookie_make(&t.e, &tuple, &syn, &offer, &reply);
    const struct tcp_seg ack = ack_of(&reply, 0, 0);
    t.e.now += 127 * BONNET_S;
    assert_true(tcp_cookie_check(&t.e, &tuple, &ack, &h));
    t.e.now += BONNET_S;
    assert_false(tcp_cookie_check(&t.e, &tuple, &ack, &h));
    t_end(&t);
}

/* The last ACK of a connection must not open it again, though it carried n bytes each way. */
static void later_acknowledgment_is_no_cookie(void **state)
{
    (void)state;
    const struct tcp_seg syn = syn_of(1460);
    struct tcp_seg reply;
    struct tcp_half_open h;
    struct t t;
    closed(&t, (struct opts){0});
    tcp_cookie_make(&t.e, &tuple, &syn, &offer, &reply);
    for (uint32_t n = 1; n < 5000; n++) {
        const struct tcp_seg both = ack_of(&reply, n, n), theirs = ack_of(&reply, n, 0);
        assert_false(tcp_cookie_check(&t.e, &tuple, &both, &h));
        assert_false(tcp_cookie_check(&t.e, &tuple, &theirs, &h));
    }
    t_end(&t);
}

static void cookie_is_of_one_connection(void **state)
{
    (void)state;
    const struct tcp_seg syn = syn_of(1460);
    struct tcp_tuple other = tuple;
    struct tcp_seg reply;
    struct tcp_half_open h;
    struct t t;
    closed(&t, (struct opts){0});
    tcp_cookie_make(&t.e, &tuple, &syn, &offer, &reply);
    const struct tcp_seg ack = ack_of(&reply, 0, 0);
    other.rport++;
    assert_false(tcp_cookie_check(&t.e, &other, &ack, &h));
    t_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookie_brings_the_connection_back),
        cmocka_unit_test(cookie_grows_old),
        cmocka_unit_test(later_acknowledgment_is_no_cookie),
        cmocka_unit_test(cookie_is_of_one_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
