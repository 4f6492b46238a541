/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel as a world, asked directly: small stories on real sockets, and what is told of them.
 *
 * What is expected of packets and states is RFC 9293's, not one kernel's; times are bounded from
 * below only, since a busy machine may be slow.
 */
#include "libkernel_world.h"

#include <errno.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
/* after its surroundings */
#include <cmocka.h>

static void handshake_and_ordered_close(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    struct kw_pair p = {.l = kw_listener(&t, 5)};
    kw_told(&t, "server LISTEN by listen()\n");
    p.s = kw_connector(&t);
    kw_settle(&t);
    assert_true(t.w->ops->now(t.w) >= 30 * BONNET_MS);
    kw_told(&t, "client SYN-SENT by connect()\n"
                "client [S] 0:0\n"
                "server SYN-RECEIVED by [S]\n"
                "server [S.] 0:0\n"
                "client ESTABLISHED by [S.]\n"
                "client [.] 1:0\n"
                "server ESTABLISHED by [.]\n");
    p.c = t.w->ops->accept(t.w, KW_SERVER, p.l, NULL);
    assert_int_equal(kw_end(&t, KW_SERVER, p.c), 0);
    kw_settle(&t);
    kw_told(&t, "server FIN-WAIT-1 by close()\n"
                "server [F.] 1:0\n"
                "client CLOSE-WAIT by [F.]\n"
                "client [.] 1:0\n"
                "server FIN-WAIT-2 by [.]\n");
    assert_int_equal(kw_take(&t, KW_CLIENT, p.s, 100), 0);
    assert_int_equal(kw_end(&t, KW_CLIENT, p.s), 0);
    kw_settle(&t);
    kw_told(&t, "client LAST-ACK by close()\n"
                "client [F.] 1:0\n"
                "server TIME-WAIT by [F.]\n"
                "server [.] 2:0\n"
                "client CLOSED by [.]\n");
    kw_drop(&t);
}

static void nobody_listens(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    int s = kw_connector(&t);
    kw_settle(&t);
    kw_told(&t, "client SYN-SENT by connect()\n"
                "client [S] 0:0\n"
                "server [R.] 0:0\n"
                "client CLOSED by [R.]\n");
    assert_true(t.w->ops->poll(t.w, KW_CLIENT, s) & BONNET_POLLERR);
    assert_int_equal(kw_error(&t, KW_CLIENT, s), ECONNREFUSED);
    assert_int_equal(kw_row(&t, KW_CLIENT, s).state, BONNET_CLOSED);
    kw_drop(&t);
}

static int connect_from(struct kw_stage *t, unsigned host, uint16_t port)
{
    const struct bonnet_endpoint here = kw_at(host, port), there = kw_at(!host, port);
    int s = t->w->ops->socket(t->w, host, BONNET_SOCK_STREAM);
    assert_int_equal(t->w->ops->bind(t->w, host, s, &here), 0);
    t->w->ops->cause(t->w, host, "connect()");
    assert_int_equal(t->w->ops->connect(t->w, host, s, &there), -EINPROGRESS);
    return s;
}

static void syns_cross(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    int a = connect_from(&t, KW_CLIENT, 7000), b = connect_from(&t, KW_SERVER, 7000);
    kw_settle(&t);
    assert_int_equal(kw_row(&t, KW_CLIENT, a).state, BONNET_ESTABLISHED);
    assert_int_equal(kw_row(&t, KW_SERVER, b).state, BONNET_ESTABLISHED);
    assert_non_null(strstr(t.log, "client SYN-RECEIVED by [S]\n"));
    assert_non_null(strstr(t.log, "server SYN-RECEIVED by [S]\n"));
    kw_drop(&t);
}

/* SYN and FIN take a sequence number each, and no place in a queue. */
static void queues_hold_what_programs_wrote(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    struct kw_pair p = kw_connect(&t);
    assert_int_equal(kw_put(&t, KW_CLIENT, p.s, 1000), 1000);
    assert_int_equal(kw_row(&t, KW_CLIENT, p.s).send_q, 1000);
    assert_int_equal(kw_row(&t, KW_CLIENT, p.s).in_flight, 1000);
    assert_int_equal(kw_end(&t, KW_CLIENT, p.s), 0);
    kw_settle(&t);
    struct bonnet_row row = kw_row(&t, KW_SERVER, p.c);
    assert_int_equal(row.state, BONNET_CLOSE_WAIT);
    assert_int_equal(row.recv_q, 1000);
    assert_int_equal(row.delivered, 0);
    assert_int_equal(kw_take(&t, KW_SERVER, p.c, 400), 400);
    row = kw_row(&t, KW_SERVER, p.c);
    assert_int_equal(row.recv_q, 600);
    assert_int_equal(row.delivered, 400);
    assert_int_equal(kw_take(&t, KW_SERVER, p.c, 1000), 600);
    assert_int_equal(kw_take(&t, KW_SERVER, p.c, 1000), 0);
    row = kw_row(&t, KW_SERVER, p.c);
    assert_int_equal(row.recv_q, 0);
    assert_int_equal(row.delivered, 1000);
    assert_int_equal(kw_put(&t, KW_SERVER, p.c, 300), 300);
    row = kw_row(&t, KW_SERVER, p.c);
    assert_int_equal(row.send_q, 300);
    assert_int_equal(row.written, 300);
    kw_drop(&t);
}

static void unread_bytes_make_a_reset(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    struct kw_pair p = kw_connect(&t);
    assert_int_equal(kw_put(&t, KW_CLIENT, p.s, 5), 5);
    kw_settle(&t);
    assert_int_equal(kw_end(&t, KW_SERVER, p.c), 0);
    kw_settle(&t);
    assert_non_null(strstr(t.log, "server CLOSED by close()\nserver [R.]"));
    assert_int_equal(kw_take(&t, KW_CLIENT, p.s, 5), -ECONNRESET);
    assert_int_equal(kw_count(&t, KW_SERVER, "TcpExtTCPAbortOnClose"), 1);
    assert_int_equal(kw_count(&t, KW_SERVER, "TCPAbortOnClose"), 1);
    assert_int_equal(kw_count(&t, KW_CLIENT, "TcpActiveOpens"), 1);
    uint64_t n;
    assert_int_equal(t.w->ops->counter(t.w, KW_CLIENT, "abort_on_close", &n), -ENOENT);
    kw_drop(&t);
}

/* What no program has accepted is in the accept queue, and listed without a socket. */
static void rows_of_a_listener(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    int l = kw_listener(&t, 2);
    for (int i = 0; i < 5; i++)
        (void)kw_connector(&t);
    kw_settle(&t);
    struct bonnet_row row = kw_row(&t, KW_SERVER, l);
    assert_int_equal(row.kind, BONNET_ROW_LISTENER);
    assert_int_equal(row.recv_q, 3);
    assert_int_equal(row.send_q, 2);
    assert_true(kw_count(&t, KW_SERVER, "ListenOverflows") > 0);
    kw_drop(&t);
}

static void lost_segment_is_sent_again(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    struct kw_pair p = kw_connect(&t);
    const struct lab_fault drop = {.kind = LAB_DROP,
                                   .host = KW_CLIENT,
                                   .first = 1,
                                   .count = 1,
                                   .is_tcp = true,
                                   .is_data = true};
    assert_int_equal(t.w->ops->fault(t.w, &drop), 0);
    assert_int_equal(kw_put(&t, KW_CLIENT, p.s, 10), 10);
    kw_pass(&t, 400 * BONNET_MS);
    assert_int_equal(kw_row(&t, KW_SERVER, p.c).recv_q, 10);
    kw_told(&t, "client [P.] 1:10 lost\n"
                "client [P.] 1:10\n"
                "server [.] 1:0\n");
    kw_drop(&t);
}

static void held_segment_comes_late(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    struct kw_pair p = kw_connect(&t);
    const struct lab_fault hold = {.kind = LAB_HOLD,
                                   .host = KW_CLIENT,
                                   .first = 1,
                                   .count = 1,
                                   .is_tcp = true,
                                   .is_data = true,
                                   .delay = 80 * BONNET_MS};
    assert_int_equal(t.w->ops->fault(t.w, &hold), 0);
    assert_int_equal(kw_put(&t, KW_CLIENT, p.s, 10), 10);
    kw_pass(&t, 60 * BONNET_MS);
    assert_int_equal(kw_row(&t, KW_SERVER, p.c).recv_q, 0);
    assert_false(t.w->ops->is_silent(t.w));
    kw_pass(&t, 60 * BONNET_MS);
    assert_int_equal(kw_row(&t, KW_SERVER, p.c).recv_q, 10);
    kw_drop(&t);
}

/* In its flow at the exact number; and of strangers, whose SYN-ACKs go nowhere. */
static void forged_segments_are_taken_for_real(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    struct kw_pair p = kw_connect(&t);
    assert_int_equal(kw_put(&t, KW_CLIENT, p.s, 100), 100);
    kw_settle(&t);
    const struct lab_forgery reset = {.count = 1, .flags = BONNET_RST, .in_flow = true};
    t.scenario.programs[0].host = KW_CLIENT;
    assert_int_equal(t.w->ops->forge(t.w, &reset, p.s), 0);
    kw_settle(&t);
    assert_non_null(strstr(t.log, "client [R] 101:0 forged\nserver CLOSED by [R]\n"));
    assert_int_equal(kw_row(&t, KW_CLIENT, p.s).state, BONNET_ESTABLISHED);
    const struct lab_forgery syns = {
        .count = 3,
        .flags = BONNET_SYN,
        .from = bonnet_ip4(10, 9, 0, 0),
        .bits = 16,
        .to = {.addr = bonnet_ip4(10, 0, 0, 2), .port = {.number = KW_PORT}}};
    assert_int_equal(t.w->ops->forge(t.w, &syns, -1), 0);
    kw_settle(&t);
    assert_int_equal(kw_row(&t, KW_SERVER, p.l).syn_q, 3);
    assert_non_null(strstr(t.log, "stranger [S] "));
    kw_drop(&t);
}

static void datagrams_keep_their_bounds(void **state)
{
    (void)state;
    struct kw_stage t;
    kw_raise(&t);
    const struct bonnet_endpoint there = kw_at(KW_SERVER, 53);
    int u = t.w->ops->socket(t.w, KW_CLIENT, BONNET_SOCK_DGRAM);
    int v = t.w->ops->socket(t.w, KW_SERVER, BONNET_SOCK_DGRAM);
    assert_int_equal(t.w->ops->bind(t.w, KW_SERVER, v, &there), 0);
    assert_int_equal(t.w->ops->connect(t.w, KW_CLIENT, u, &there), 0);
    assert_int_equal(kw_put(&t, KW_CLIENT, u, 3), 3);
    assert_int_equal(kw_put(&t, KW_CLIENT, u, 5), 5);
    kw_settle(&t);
    assert_int_equal(kw_row(&t, KW_SERVER, v).kind, BONNET_ROW_DATAGRAM);
    assert_int_equal(kw_take(&t, KW_SERVER, v, 100), 3);
    assert_int_equal(kw_take(&t, KW_SERVER, v, 100), 5);
    assert_int_equal(kw_take(&t, KW_SERVER, v, 100), -EAGAIN);
    assert_int_equal(kw_end(&t, KW_SERVER, v), 0);
    assert_int_equal(kw_put(&t, KW_CLIENT, u, 3), 3);
    kw_settle(&t);
    assert_int_equal(kw_take(&t, KW_CLIENT, u, 3), -ECONNREFUSED);
    kw_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_and_ordered_close),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(syns_cross),
        cmocka_unit_test(queues_hold_what_programs_wrote),
        cmocka_unit_test(unread_bytes_make_a_reset),
        cmocka_unit_test(rows_of_a_listener),
        cmocka_unit_test(lost_segment_is_sent_again),
        cmocka_unit_test(held_segment_comes_late),
        cmocka_unit_test(forged_segments_are_taken_for_real),
        cmocka_unit_test(datagrams_keep_their_bounds),
    };
    if (!kw_is_to_be_had()) return KW_SKIPPED;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
