/* SPDX-License-Identifier: BSD-2-Clause */
/* The books: what is counted agrees with what happened, and both sides agree with each other. */
#include <errno.h>
#include <string.h>

#include "libpair.h"

#define PORT 80

static struct pair p;

static uint64_t count(const struct bonnet *bn, enum bonnet_mib mib)
{
    return bonnet_mib_count(bn, mib);
}

static struct bonnet_totals totals_of(const struct bonnet *bn)
{
    struct bonnet_totals t = {.size = sizeof(t)};
    assert_int_equal(bonnet_totals(bn, &t), 0);
    return t;
}

static void established(uint64_t a, uint64_t b)
{
    assert_int_equal(count(p.a, BONNET_MIB_TcpCurrEstab), a);
    assert_int_equal(count(p.b, BONNET_MIB_TcpCurrEstab), b);
}

static void close_and_run(struct bonnet *bn, int s)
{
    assert_int_equal(bonnet_close(bn, s), 0);
    pair_run(&p);
}

/* Four ways to end, and the number that may go down is right after each. */
static void current_connections(void **state)
{
    const struct bonnet_linger now = {1, 0};
    int c[4], s[4];
    (void)state;
    pair_begin(&p, NULL);
    for (uint16_t i = 0; i < 4; i++)
        pair_connect(&p, (uint16_t)(PORT + i), &c[i], &s[i]);
    established(4, 4);
    close_and_run(p.a, c[0]);
    established(3, 4); /* CLOSE-WAIT still counts */
    close_and_run(p.b, s[0]);
    established(3, 3);
    assert_int_equal(bonnet_setsockopt(p.a, c[1], BONNET_SO_LINGER, &now, sizeof(now)), 0);
    close_and_run(p.a, c[1]);
    established(2, 2);
    assert_int_equal(bonnet_send(p.a, c[2], "x", 1, 0), 1);
    pair_run(&p);
    close_and_run(p.b, s[2]); /* unread */
    established(1, 1);
    assert_int_equal(bonnet_shutdown(p.a, c[3], BONNET_SHUT_WR), 0);
    assert_int_equal(bonnet_shutdown(p.b, s[3], BONNET_SHUT_WR), 0);
    pair_run(&p);
    established(0, 0);
    pair_advance(&p, 200 * BONNET_S);
    established(0, 0);
    assert_int_equal(totals_of(p.a).time_wait, 0);
    pair_end(&p);
}

/* Frames and segments: one's sent are the other's received, refused ones included. */
static void frames_and_segments(void **state)
{
    static const char text[50000];
    static char in[sizeof(text)];
    int c, s;
    (void)state;
    pair_begin(&p, NULL);
    pair_connect(&p, PORT, &c, &s);
    assert_int_equal(bonnet_send(p.a, c, text, sizeof(text), 0), sizeof(text));
    pair_run(&p);
    assert_int_equal(bonnet_recv(p.b, s, in, sizeof(in), 0), sizeof(in));
    const struct tcp_seg stray = {.sport = 7, .dport = 9, .flags = TCP_ACK};
    pair_inject_tcp(&p, PAIR_B, &stray);
    pair_run(&p);
    const struct bonnet_totals a = totals_of(p.a), b = totals_of(p.b);
    assert_int_equal(a.frames_out + 1, b.frames_in);
    assert_int_equal(b.frames_out, a.frames_in);
    assert_int_equal(b.frames_dropped, 1);
    assert_int_equal(a.frames_dropped, 1); /* the reset to nobody */
    assert_int_equal(count(p.a, BONNET_MIB_TcpOutSegs) + 1, count(p.b, BONNET_MIB_TcpInSegs));
    assert_int_equal(count(p.b, BONNET_MIB_TcpOutSegs), count(p.a, BONNET_MIB_TcpInSegs));
    assert_int_equal(count(p.b, BONNET_MIB_TcpOutRsts), 1);
    pair_end(&p);
}

static struct bonnet_tcp_info info_of(int s)
{
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_inspect_socket(p.b, s, &row), 0);
    return row.info;
}

/* Linux: TcpInSegs counts a coalesced frame once, tcpi_segs_in what it is made of. */
static void coalesced_frames(void **state)
{
    static const uint8_t text[2500];
    int c, s;
    (void)state;
    pair_begin(&p, NULL);
    pair_connect(&p, PORT, &c, &s);
    struct bonnet_endpoint at;
    struct bonnet_row row = {.size = sizeof(row)};
    assert_int_equal(bonnet_getsockname(p.a, c, &at), 0);
    assert_int_equal(bonnet_inspect_socket(p.b, s, &row), 0);
    const struct tcp_seg super = {
        .sport = at.port,
        .dport = PORT,
        .seq = seq(row.rcv_nxt),
        .ack = seq(row.snd_nxt),
        .flags = TCP_ACK,
        .wnd = 1000,
        .has = TCP_OPT_TIMESTAMPS,
        .ts_val = sock_entry(handle_get(p.b, s), struct stream)->tcp.ts.recent,
        .text = text,
        .len = sizeof(text),
    };
    pair_inject_tcp(&p, PAIR_B, &super);
    const struct pair_frame f = p.frames[p.first];
    const struct bonnet_rx rx = {.data = f.bytes, .len = f.len, .gso_size = 1000};
    const struct bonnet_tcp_info before = info_of(s);
    uint64_t segs = count(p.b, BONNET_MIB_TcpInSegs);
    assert_int_equal(bonnet_input(p.b, PAIR_IFX, &rx), 0);
    const struct bonnet_tcp_info after = info_of(s);
    assert_int_equal(count(p.b, BONNET_MIB_TcpInSegs) - segs, 1);
    assert_int_equal(after.tcpi_segs_in - before.tcpi_segs_in, 3);
    assert_int_equal(after.tcpi_data_segs_in - before.tcpi_data_segs_in, 3);
    assert_int_equal(bonnet_inq(p.b, s), sizeof(text));
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(current_connections),
        cmocka_unit_test(frames_and_segments),
        cmocka_unit_test(coalesced_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
