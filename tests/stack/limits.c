/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of struct bonnet_limits that concern sockets, one test each, in their order: at the
 * limit new work is refused under a name, and what was there before goes on. limits_network.c has
 * the others.
 */
#include <errno.h>
#include <string.h>

#include "libalone.h"

#define PORT ALONE_PORT

static struct pair p;

static int socket_of(struct bonnet *bn, int type)
{
    return bonnet_socket(bn, BONNET_AF_INET, type, 0);
}

static struct bonnet_row row_of(struct bonnet *bn, int s)
{
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(bn, s, &row), 0);
    return row;
}

/* ---- memory, sockets, connections ---- */

static void memory_bytes(void **state)
{
    int c, s, n = 0;
    (void)state;
    pair_begin(&p, &(struct pair_options){.limits = {.memory_bytes = 256 << 10}});
    pair_connect(&p, PORT, &c, &s);
    int l = pair_listen(&p, PORT);
    while (socket_of(p.b, BONNET_SOCK_STREAM) >= 0)
        n++;
    assert_int_equal(socket_of(p.b, BONNET_SOCK_STREAM), -ENOMEM);
    assert_true(n > 100);
    assert_in_range(bonnet_memory_bytes(p.b), 128 << 10, 256 << 10);
    p.hook = alone_keep;
    alone_shake(&p, 1);
    assert_int_equal(alone_given(&p, BONNET_R_MEMORY), 1);
    p.hook = NULL;
    assert_int_equal(bonnet_send(p.a, c, "on", 2, 0), 2);
    pair_run(&p);
    char text[2];
    assert_int_equal(bonnet_recv(p.b, s, text, 2, 0), 2);
    assert_int_equal(bonnet_poll(p.b, l), 0);
    pair_end(&p);
}

static void sockets_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.sockets_max = 2});
    int l = pair_listen(&p, PORT), other = socket_of(p.b, BONNET_SOCK_DGRAM);
    assert_int_equal(socket_of(p.b, BONNET_SOCK_STREAM), -ENFILE);
    assert_int_equal(socket_of(p.b, BONNET_SOCK_DGRAM), -ENFILE);
    alone_shake(&p, 1);
    assert_int_equal(bonnet_accept(p.b, l, NULL), -ENFILE);
    assert_int_equal(bonnet_close(p.b, other), 0);
    assert_true(bonnet_accept(p.b, l, NULL) >= 0);
    pair_end(&p);
}

/* The half-open connection stays: there may be room when its peer tries again. */
static void conns_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.conns_max = 1});
    int l = pair_listen(&p, PORT);
    alone_shake(&p, 1);
    uint32_t iss = alone_shake(&p, 2);
    assert_int_equal(alone_given(&p, BONNET_R_CONNECTION_LIMIT), 1);
    assert_int_equal(alone_totals(&p).connections, 1);
    assert_int_equal(socket_of(p.b, BONNET_SOCK_STREAM), -ENFILE);
    int first = bonnet_accept(p.b, l, NULL);
    alone_inject(&p, 1, TCP_RST, 1001, 0);
    assert_int_equal(bonnet_close(p.b, first), 0);
    alone_inject(&p, 2, TCP_ACK, 1001, iss + 1);
    assert_true(bonnet_accept(p.b, l, NULL) >= 0);
    pair_end(&p);
}

/* ---- handshakes ---- */

static void half_open_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.half_open_max = 1});
    int l = pair_listen(&p, PORT);
    alone_inject(&p, 1, TCP_SYN, 1000, 0);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_SYN_ACK], 1);
    alone_shake(&p, 2);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_SYN_COOKIE], 1);
    assert_int_equal(alone_totals(&p).half_open, 1);
    assert_true(bonnet_accept(p.b, l, NULL) >= 0);
    pair_end(&p);
}

static void syn_backlog_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.syn_backlog_max = 2});
    (void)pair_listen(&p, PORT);
    for (uint16_t port = 1; port <= 4; port++)
        alone_inject(&p, port, TCP_SYN, 1000, 0);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_SYN_ACK], 2);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_SYN_COOKIE], 2);
    assert_int_equal(bonnet_mib_count(p.b, BONNET_MIB_TcpExtTCPReqQFullDoCookies), 2);
    pair_end(&p);
}

static void somaxconn(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.somaxconn = 1});
    int l = pair_listen(&p, PORT); /* 16 */
    assert_int_equal(row_of(p.b, l).send_q, 1);
    for (uint16_t port = 1; port <= 2; port++)
        alone_shake(&p, port);
    alone_inject(&p, 3, TCP_SYN, 1000, 0);
    assert_int_equal(row_of(p.b, l).recv_q, 2);
    assert_int_equal(alone_given(&p, BONNET_R_LISTEN_OVERFLOW), 1);
    pair_end(&p);
}

/* ---- ends ---- */

/* Connects as a third party, which b's program then closes, and the peer acknowledges the FIN, and
 * ends as well if it is to be a TIME-WAIT. */
static void leave_one(int l, uint16_t sport, bool finished)
{
    uint32_t iss = alone_shake(&p, sport);
    assert_int_equal(bonnet_close(p.b, bonnet_accept(p.b, l, NULL)), 0);
    pair_run(&p);
    if (finished) alone_inject(&p, sport, TCP_FIN | TCP_ACK, 1001, iss + 2);
}

static void timewait_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.timewait_max = 2});
    int l = pair_listen(&p, PORT);
    for (uint16_t port = 1; port <= 4; port++)
        leave_one(l, port, true);
    assert_int_equal(alone_totals(&p).time_wait, 2);
    assert_int_equal(alone_given(&p, BONNET_R_TIMEWAIT_LIMIT), 2);
    assert_int_equal(bonnet_mib_count(p.b, BONNET_MIB_TcpExtTCPTimeWaitOverflow), 2);
    alone_inject(&p, 4, TCP_FIN | TCP_ACK, 1001, alone.last.seq.v);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_TIMEWAIT_ACK], 1);
    pair_end(&p);
}

static void orphans_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.orphans_max = 1});
    int l = pair_listen(&p, PORT);
    leave_one(l, 1, false);
    leave_one(l, 2, false);
    assert_int_equal(alone_totals(&p).orphans, 1);
    assert_int_equal(alone_given(&p, BONNET_R_ABORT_ORPHANS_MAX), 1);
    assert_int_equal(alone.by_reason[BONNET_R_SEND_RST_ABORT], 1);
    pair_end(&p);
}

/* ---- buffers ---- */

static void buffers_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.rcvbuf_default = 5000,
                                            .rcvbuf_max = 10000,
                                            .sndbuf_default = 6000,
                                            .sndbuf_max = 20000,
                                            .udp_rcvbuf_default = 7000});
    int s = socket_of(p.b, BONNET_SOCK_STREAM), d = socket_of(p.b, BONNET_SOCK_DGRAM);
    assert_int_equal(pair_get(p.b, s, BONNET_SO_RCVBUF), 5000);
    assert_int_equal(pair_get(p.b, s, BONNET_SO_SNDBUF), 6000);
    assert_int_equal(pair_get(p.b, d, BONNET_SO_RCVBUF), 7000);
    for (int i = 0; i < 2; i++) {
        pair_set(p.b, i ? d : s, BONNET_SO_RCVBUF, 1 << 20);
        pair_set(p.b, i ? d : s, BONNET_SO_SNDBUF, 1 << 20);
        assert_int_equal(pair_get(p.b, i ? d : s, BONNET_SO_RCVBUF), 10000);
        assert_int_equal(pair_get(p.b, i ? d : s, BONNET_SO_SNDBUF), 20000);
    }
    pair_end(&p);
}

static void write_until_refused(struct bonnet *bn, int s)
{
    static const char block[4096];
    while (bonnet_send(bn, s, block, sizeof(block), 0) > 0)
        pair_run(&p);
}

/* However fast the program reads: autotuning ends at rcvbuf_max. */
static void rcvbuf_max(void **state)
{
    static char text[65536];
    int c, s;
    (void)state;
    const struct pair_options o = {
        .delay = BONNET_MS,
        .limits = {.rcvbuf_default = 10000, .rcvbuf_max = 30000},
    };
    pair_begin(&p, &o);
    pair_connect(&p, PORT, &c, &s);
    for (int i = 0; i < 300; i++) {
        write_until_refused(p.a, c);
        pair_advance(&p, BONNET_MS);
        while (bonnet_recv(p.b, s, text, sizeof(text), 0) > 0)
            continue;
    }
    assert_int_equal(row_of(p.b, s).recv_q_max, 30000);
    write_until_refused(p.a, c);
    pair_advance(&p, BONNET_S);
    assert_in_range(row_of(p.b, s).recv_q, 10000, 30000);
    pair_end(&p);
}

static void sndbuf_default(void **state)
{
    int c, s;
    (void)state;
    pair_begin(&p, &(struct pair_options){.limits = {.sndbuf_default = 8192}});
    pair_connect(&p, PORT, &c, &s);
    p.hook = alone_keep; /* no acknowledgment comes back */
    write_until_refused(p.a, c);
    assert_int_equal(bonnet_outq(p.a, c), 8192);
    pair_end(&p);
}

static void ooo_ranges_max(void **state)
{
    (void)state;
    alone_begin(&p, &(struct bonnet_limits){.ooo_ranges_max = 2});
    int l = pair_listen(&p, PORT);
    uint32_t iss = alone_shake(&p, 1);
    int s = bonnet_accept(p.b, l, NULL);
    for (uint32_t hole = 1; hole <= 3; hole++) {
        const struct tcp_seg text = {
            .sport = 1,
            .dport = PORT,
            .seq = seq(1001 + 10 * hole),
            .ack = seq(iss + 1),
            .flags = TCP_ACK,
            .wnd = 65535,
            .text = (const uint8_t *)"abc",
            .len = 3,
        };
        pair_inject_tcp(&p, PAIR_B, &text);
        pair_run(&p);
    }
    assert_int_equal(row_of(p.b, s).out_of_order, 6);
    assert_int_equal(alone_given(&p, BONNET_R_TEXT_REFUSED_MEMORY), 1);
    pair_end(&p);
}

static unsigned data_n;

static bool swallow_data(struct pair *pair, struct pair_frame *f)
{
    (void)pair;
    data_n += f->reason == BONNET_R_SEND_DATA;
    return f->reason != BONNET_R_SEND_DATA;
}

static void sent_records_max(void **state)
{
    int c, s;
    (void)state;
    pair_begin(&p, &(struct pair_options){.limits = {.sent_records_max = 8}});
    pair_connect(&p, PORT, &c, &s);
    pair_set(p.a, c, BONNET_TCP_NODELAY, 1);
    p.hook = swallow_data;
    data_n = 0;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(bonnet_send(p.a, c, "x", 1, 0), 1);
        pair_run(&p);
    }
    assert_int_equal(data_n, 8);
    assert_int_equal(row_of(p.a, c).in_flight, 8);
    p.hook = NULL;
    pair_advance(&p, 10 * BONNET_S);
    assert_int_equal(bonnet_inq(p.b, s), 20); /* slower, and all the same */
    pair_end(&p);
}

static void udp_rcvbuf_default(void **state)
{
    static const char text[1000];
    (void)state;
    pair_begin(&p, &(struct pair_options){.limits = {.udp_rcvbuf_default = 3000}});
    int from = socket_of(p.a, BONNET_SOCK_DGRAM), to = socket_of(p.b, BONNET_SOCK_DGRAM);
    const struct bonnet_endpoint at = pair_endpoint(PAIR_B, PORT);
    assert_int_equal(bonnet_bind(p.b, to, &at), 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(bonnet_sendto(p.a, from, text, sizeof(text), 0, &at), sizeof(text));
        pair_run(&p);
    }
    assert_in_range(row_of(p.b, to).recv_q, 1000, 3000 + 1000);
    assert_int_equal(alone_given(&p, BONNET_R_UDP_RCVBUF_FULL), row_of(p.b, to).drops);
    assert_in_range(row_of(p.b, to).drops, 6, 8);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_bytes),     cmocka_unit_test(sockets_max),
        cmocka_unit_test(conns_max),        cmocka_unit_test(half_open_max),
        cmocka_unit_test(syn_backlog_max),  cmocka_unit_test(somaxconn),
        cmocka_unit_test(timewait_max),     cmocka_unit_test(orphans_max),
        cmocka_unit_test(buffers_max),      cmocka_unit_test(rcvbuf_max),
        cmocka_unit_test(sndbuf_default),   cmocka_unit_test(ooo_ranges_max),
        cmocka_unit_test(sent_records_max), cmocka_unit_test(udp_rcvbuf_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
