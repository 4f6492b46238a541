/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two queues of a listener, from the wire's side: Linux' arithmetic of the backlog, half-open
 * connections that nobody completes, SYN cookies, and what a listener's end does to what waits.
 */
#include <errno.h>
#include <string.h>

#include "libpair.h"

#define PORT 80

static struct pair p;

/* A third party's segment to b, from a's address; numbers are absolute. */
static struct tcp_seg segment(uint16_t sport, uint16_t flags, uint32_t seq_at, uint32_t ack_at)
{
    return (struct tcp_seg){
        .sport = sport,
        .dport = PORT,
        .seq = seq(seq_at),
        .ack = seq(ack_at),
        .flags = flags,
        .wnd = 65535,
    };
}

/* What b answered last, and how many segments so far. */
static struct tcp_seg answer;
static unsigned answers_n;
static enum bonnet_reason answer_reason;

/* Keeps b's segments from a, which knows nothing of the third party. */
static bool take_answers(struct pair *pair, struct pair_frame *f)
{
    if (f->from != PAIR_B || !pair_read_tcp(pair, f, &answer)) return true;
    answers_n++;
    answer_reason = f->reason;
    return false;
}

static void begin(const struct pair_options *o)
{
    pair_begin(&p, o);
    p.hook = take_answers;
    answers_n = 0;
}

static void inject(const struct tcp_seg *s)
{
    pair_inject_tcp(&p, PAIR_B, s);
    pair_run(&p);
}

static int listen_with(int backlog)
{
    const struct bonnet_endpoint at = {.addr = bonnet_ip4(0, 0, 0, 0), .port = PORT};
    int l = bonnet_socket(p.b, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(p.b, l, &at), 0);
    assert_int_equal(bonnet_listen(p.b, l, backlog), 0);
    return l;
}

/* A handshake by hand from this port; returns b's ISN. */
static uint32_t shake(uint16_t sport)
{
    const struct tcp_seg syn = segment(sport, TCP_SYN, 1000, 0);
    inject(&syn);
    uint32_t iss = answer.seq.v;
    const struct tcp_seg ack = segment(sport, TCP_ACK, 1001, iss + 1);
    inject(&ack);
    return iss;
}

static struct bonnet_row row_of(int s)
{
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(p.b, s, &row), 0);
    return row;
}

/* listen(2) holds three; the fourth's last ACK is dropped and counted, its half-open one stays. */
static void accept_queue_holds_one_more_than_the_backlog(void **state)
{
    (void)state;
    begin(NULL);
    int l = listen_with(2);
    for (uint16_t i = 0; i < 3; i++)
        shake((uint16_t)(2000 + i));
    assert_int_equal(row_of(l).recv_q, 3);
    assert_int_equal(row_of(l).send_q, 2);
    assert_int_equal(bonnet_mib_count(p.b, BONNET_MIB_TcpExtListenOverflows), 0);
    unsigned before = answers_n;
    const struct tcp_seg syn = segment(2003, TCP_SYN, 1000, 0);
    inject(&syn); /* a new SYN meets a full accept queue, too */
    assert_int_equal(answers_n, before);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_LISTEN_OVERFLOW), 1);
    assert_int_equal(bonnet_mib_count(p.b, BONNET_MIB_TcpExtListenOverflows), 1);
    assert_int_equal(bonnet_mib_count(p.b, BONNET_MIB_TcpExtListenDrops), 1);
    int s = bonnet_accept(p.b, l, NULL);
    assert_true(s >= 0);
    shake(2003);
    assert_int_equal(row_of(l).recv_q, 3);
    pair_end(&p);
}

/* The last ACK finds the queue full: the SYN-ACK comes again, and then there is room. */
static void last_ack_is_dropped_and_comes_again(void **state)
{
    (void)state;
    begin(NULL);
    int l = listen_with(0);
    const struct tcp_seg early = segment(2001, TCP_SYN, 1000, 0);
    inject(&early);
    uint32_t iss = answer.seq.v;
    shake(2000);
    const struct tcp_seg ack = segment(2001, TCP_ACK, 1001, iss + 1);
    inject(&ack);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_LISTEN_OVERFLOW), 1);
    assert_int_equal(row_of(l).syn_q, 1);
    assert_true(bonnet_accept(p.b, l, NULL) >= 0);
    pair_advance(&p, 1100 * BONNET_MS);
    assert_int_equal(answer.flags, TCP_SYN | TCP_ACK);
    assert_int_equal(answer_reason, BONNET_R_SEND_SYN_ACK_AGAIN);
    inject(&ack);
    assert_int_equal(row_of(l).recv_q, 1);
    assert_int_equal(row_of(l).syn_q, 0);
    pair_end(&p);
}

/* Five times again, at 1, 3, 7, 15 and 31 s, and gone at 63 s. @req SYNF-5 */
static void half_open_is_asked_five_times_again(void **state)
{
    (void)state;
    begin(NULL);
    int l = listen_with(8);
    const struct tcp_seg syn = segment(2000, TCP_SYN, 1000, 0);
    inject(&syn);
    const uint32_t at_s[] = {1, 3, 7, 15, 31};
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(answers_n, 1 + i);
        pair_advance(&p, at_s[i] * BONNET_S - (i ? at_s[i - 1] * BONNET_S : 0));
        assert_int_equal(answers_n, 2 + i);
    }
    assert_int_equal(row_of(l).syn_q, 1);
    pair_advance(&p, 32 * BONNET_S);
    assert_int_equal(answers_n, 6);
    assert_int_equal(row_of(l).syn_q, 0);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_HALF_OPEN_TIMEOUT), 1);
    pair_end(&p);
}

/* @req SYNF-1 SYNF-2: the SYN queue is full, so the answer keeps no state and its ACK brings it. */
static void cookie_makes_a_connection_without_memory(void **state)
{
    (void)state;
    const struct pair_options o = {.limits = {.syn_backlog_max = 1}};
    begin(&o);
    int l = listen_with(8);
    const struct tcp_seg first = segment(2000, TCP_SYN, 1000, 0);
    inject(&first);
    uint64_t memory = bonnet_memory_bytes(p.b);
    struct tcp_seg syn = segment(2001, TCP_SYN, 5000, 0);
    syn.has = TCP_OPT_MSS | TCP_OPT_SACK_PERMITTED | TCP_OPT_WSCALE | TCP_OPT_TIMESTAMPS;
    syn.mss = 1300;
    syn.wscale = 5;
    syn.ts_val = 77;
    inject(&syn);
    assert_int_equal(answer_reason, BONNET_R_SEND_SYN_COOKIE);
    bonnet_memory_trim(p.b);
    assert_int_equal(bonnet_memory_bytes(p.b), memory);
    struct tcp_seg ack = segment(2001, TCP_ACK, 5001, answer.seq.v + 1);
    ack.has = TCP_OPT_TIMESTAMPS;
    ack.ts_val = 78;
    ack.ts_ecr = answer.ts_val;
    inject(&ack);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_COOKIE_GOOD), 1);
    assert_int_equal(bonnet_mib_count(p.b, BONNET_MIB_TcpExtSyncookiesRecv), 1);
    int s = bonnet_accept(p.b, l, NULL);
    assert_true(s >= 0);
    const struct bonnet_row row = row_of(s);
    assert_int_equal(row.state, BONNET_ESTABLISHED);
    assert_int_equal(row.info.tcpi_options, 7);
    assert_int_equal(row.info.tcpi_wscale & 0xf, 5);
    assert_int_equal(row.info.tcpi_snd_mss, 1300 - 12);
    pair_end(&p);
}

/* FL-COOKIE: a forged cookie is answered with a reset and makes nothing. */
static void forged_cookies_are_reset(void **state)
{
    (void)state;
    const struct pair_options o = {.limits = {.syn_backlog_max = 1}};
    begin(&o);
    int l = listen_with(8);
    shake(2000);
    const struct tcp_seg first = segment(2001, TCP_SYN, 1000, 0);
    inject(&first);
    const struct tcp_seg second = segment(2002, TCP_SYN, 1000, 0);
    inject(&second);
    assert_int_equal(answer_reason, BONNET_R_SEND_SYN_COOKIE);
    uint32_t good = answer.seq.v + 1;
    for (uint32_t i = 1; i <= 100; i++) {
        const struct tcp_seg forged = segment(2002, TCP_ACK, 1001, good + i * 0x01010101);
        inject(&forged);
        assert_int_equal(answer.flags, TCP_RST);
    }
    assert_int_equal(answer_reason, BONNET_R_SEND_RST_BAD_ACK);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_COOKIE_BAD), 100);
    assert_int_equal(row_of(l).recv_q, 1);
    pair_advance(&p, 200 * BONNET_S); /* @req SYNF-3: and the good one has its time */
    const struct tcp_seg late = segment(2002, TCP_ACK, 1001, good);
    inject(&late);
    assert_int_equal(row_of(l).recv_q, 1);
    pair_end(&p);
}

/* @req FL-SYN SYNF-4: a flood in small costs no memory, and all who mean it are served, without
 * waiting for a timer. */
static void honest_clients_come_through_a_flood(void **state)
{
    (void)state;
    const struct pair_options o = {.limits = {.syn_backlog_max = 16}};
    begin(&o);
    int l = listen_with(1000);
    uint64_t peak = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        const struct tcp_seg syn = segment((uint16_t)(10000 + i % 50000), TCP_SYN, i * 7919, 0);
        inject(&syn);
        if (i % 1000 == 0) shake((uint16_t)(2000 + i / 1000));
        if (i == 1000) peak = bonnet_memory_bytes(p.b);
    }
    assert_in_range(bonnet_memory_bytes(p.b), 0, peak + 100 * 1024);
    assert_int_equal(row_of(l).recv_q, 100);
    pair_end(&p);
}

/* @req SYNF-6: one was answered before the queue was full, one when it was, and it is not any more
 * when the second one's ACK comes. */
static void cookies_come_and_go_between_syn_and_ack(void **state)
{
    (void)state;
    const struct pair_options o = {.limits = {.syn_backlog_max = 1}};
    begin(&o);
    int l = listen_with(8);
    const struct tcp_seg first = segment(2001, TCP_SYN, 1000, 0);
    inject(&first);
    uint32_t iss = answer.seq.v;
    const struct tcp_seg second = segment(2002, TCP_SYN, 1000, 0);
    inject(&second);
    assert_int_equal(answer_reason, BONNET_R_SEND_SYN_COOKIE);
    uint32_t cookie = answer.seq.v;
    unsigned said = answers_n;
    const struct tcp_seg ack = segment(2001, TCP_ACK, 1001, iss + 1);
    inject(&ack);
    assert_int_equal(row_of(l).syn_q, 0);
    const struct tcp_seg late = segment(2002, TCP_ACK, 1001, cookie + 1);
    inject(&late);
    assert_int_equal(row_of(l).recv_q, 2);
    assert_int_equal(answers_n, said); /* and nobody was reset */
    pair_end(&p);
}

/* TC-LISTENCLOSE: those in the accept queue are reset, the half-open ones end in silence. */
static void closing_a_listener_ends_what_waits(void **state)
{
    (void)state;
    begin(NULL);
    int l = listen_with(8);
    shake(2000);
    const struct tcp_seg half = segment(2001, TCP_SYN, 1000, 0);
    inject(&half);
    uint32_t iss = answer.seq.v;
    unsigned before = answers_n;
    assert_int_equal(bonnet_close(p.b, l), 0);
    pair_run(&p);
    assert_int_equal(answers_n, before + 1);
    assert_int_equal(answer.flags & TCP_RST, TCP_RST);
    assert_int_equal(answer.dport, 2000);
    assert_int_equal(answer_reason, BONNET_R_SEND_RST_ABORT);
    assert_int_equal(bonnet_reason_count(p.b, BONNET_R_LISTENER_CLOSED), 1);
    const struct tcp_seg ack = segment(2001, TCP_ACK, 1001, iss + 1);
    inject(&ack);
    assert_int_equal(answer.flags, TCP_RST);
    assert_int_equal(answer_reason, BONNET_R_SEND_RST_NO_SOCKET);
    struct bonnet_totals t = {.size = sizeof(t)};
    assert_int_equal(bonnet_totals(p.b, &t), 0);
    assert_int_equal(t.connections + t.half_open + t.listeners + t.timers, 0);
    pair_end(&p);
}

/* TR-LISTEN: resets change nothing at a listener; what is no SYN is refused. */
static void listener_is_not_moved_by_strangers(void **state)
{
    (void)state;
    begin(NULL);
    int l = listen_with(8);
    const struct tcp_seg rst = segment(2000, TCP_RST, 1000, 0);
    inject(&rst);
    const struct tcp_seg none = segment(2000, 0, 1000, 0);
    inject(&none);
    assert_int_equal(answers_n, 0);
    const struct tcp_seg ack = segment(2000, TCP_ACK, 1000, 555);
    inject(&ack);
    assert_int_equal(answers_n, 1);
    assert_int_equal(answer.flags, TCP_RST);
    assert_int_equal(answer.seq.v, 555);
    assert_int_equal(row_of(l).recv_q + row_of(l).syn_q, 0);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accept_queue_holds_one_more_than_the_backlog),
        cmocka_unit_test(last_ack_is_dropped_and_comes_again),
        cmocka_unit_test(half_open_is_asked_five_times_again),
        cmocka_unit_test(cookie_makes_a_connection_without_memory),
        cmocka_unit_test(forged_cookies_are_reset),
        cmocka_unit_test(honest_clients_come_through_a_flood),
        cmocka_unit_test(cookies_come_and_go_between_syn_and_ack),
        cmocka_unit_test(closing_a_listener_ends_what_waits),
        cmocka_unit_test(listener_is_not_moved_by_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
