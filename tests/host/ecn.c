/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A path that marks instead of losing: the mark itself, and what it is good for. CUBIC holds a link
 * whose queue tells that it is long, and nothing is lost; without ECN the same link loses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bonnet/host.h>
#include <bonnet/inspect.h>
#include <cmocka.h>
#include <lane.h>

#define PORT 80

/* ---- the mark ---- */

static unsigned sum_of(const uint8_t *ip)
{
    unsigned sum = 0;
    for (int i = 0; i < 20; i += 2)
        sum += (unsigned)ip[i] << 8 | ip[i + 1];
    return (sum & 0xffff) + (sum >> 16);
}

/* A header with tos and an identification that makes its checksum what it is. */
static void header(uint8_t ip[20], uint8_t tos, uint16_t id)
{
    const uint8_t rest[20] = {
        0x45, tos, 0, 20, (uint8_t)(id >> 8), (uint8_t)id, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1,
        10,   0,   0, 2};
    memcpy(ip, rest, 20);
    unsigned sum = sum_of(ip);
    ip[10] = (uint8_t)(~sum >> 8);
    ip[11] = (uint8_t)~sum;
    assert_int_equal(sum_of(ip), 0xffff);
}

/* Whatever the checksum is. */
static void mark_keeps_the_checksum_right(void **state)
{
    static const uint8_t codepoints[] = {1, 2};
    (void)state;
    for (unsigned id = 0; id < 0x10000; id++) {
        for (unsigned i = 0; i < 2; i++) {
            uint8_t ip[20];
            header(ip, 0xb8 | codepoints[i], (uint16_t)id);
            assert_true(lane_mark(ip, 20, 0));
            assert_int_equal(ip[1], 0xbb);
            assert_int_equal(sum_of(ip), 0xffff);
        }
    }
}

static void only_what_allows_it_is_marked(void **state)
{
    uint8_t frame[34] = {[12] = 0x08, [13] = 0x00}, before[34];
    (void)state;
    header(frame + 14, 2, 7);
    memcpy(before, frame, sizeof frame);
    frame[12] = 0x86; /* not IPv4 */
    assert_false(lane_mark(frame, sizeof frame, 14));
    frame[12] = 0x08;
    assert_false(lane_mark(frame, sizeof frame - 1, 14));
    assert_memory_equal(frame, before, sizeof frame);
    frame[14] = 0x65;
    assert_false(lane_mark(frame, sizeof frame, 14));
    header(frame + 14, 0, 7);
    assert_false(lane_mark(frame, sizeof frame, 14));
    header(frame + 14, 3, 7);
    assert_false(lane_mark(frame, sizeof frame, 14)); /* it has one */
    header(frame + 14, 2, 7);
    assert_true(lane_mark(frame, sizeof frame, 14));
}

/* 1 ms for each frame: the first four wait 3 ms at most. */
static void what_waits_too_long_is_marked(void **state)
{
    struct bonnet_link_config config;
    struct lane lane;
    (void)state;
    assert_int_equal(bonnet_link_parse("rate 800kbit ce_threshold 3ms", &config, NULL), 0);
    lane_init(&lane, &config, BONNET_IF_IP, 0);
    for (unsigned i = 0; i < 6; i++) {
        struct lane_frame *f = lane_reserve(&lane, 100);
        assert_non_null(f);
        memset(f->data, 0, 100);
        header(f->data, 2, (uint16_t)i);
        lane_input(&lane, f);
    }
    lane_tick(&lane, BONNET_S);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(lane_output(&lane)->data[1], i < 4 ? 2 : 3);
    assert_int_equal(lane.stats.marked, 2);
    lane_fini(&lane);
}

/* ---- the path ---- */

struct path {
    struct bonnet_loop *loop;
    struct bonnet *bn[2]; /* the first sends, the second receives */
    struct bonnet_driver *end[2];
    int sender, receiver;
    uint64_t received;
};

static void attach(struct path *p, unsigned i, enum bonnet_ecn setting)
{
    struct bonnet_config config;
    struct bonnet_addr addr = bonnet_ip4(10, 0, 0, (uint8_t)(i + 1));
    assert_int_equal(bonnet_host_config(&config), 0);
    memset(config.seed, 7 + (int)i, sizeof config.seed);
    config.tcp_ecn = (uint8_t)setting;
    assert_int_equal(bonnet_new(&config, &p->bn[i]), 0);
    assert_true(bonnet_loop_attach(p->loop, p->bn[i], p->end[i], addr, 24) > 0);
}

static struct path path_new(const char *words, enum bonnet_ecn setting)
{
    const struct bonnet_endpoint to = {.addr = bonnet_ip4(10, 0, 0, 2), .port = PORT};
    struct bonnet_wire_config wire = {.size = sizeof wire, .kind = BONNET_IF_IP};
    struct path p = {.received = 0};
    assert_int_equal(bonnet_link_parse(words, &wire.link, NULL), 0);
    assert_int_equal(bonnet_wire_pair(&wire, p.end), 0);
    assert_int_equal(bonnet_loop_new(BONNET_CLOCK_VIRTUAL, &p.loop), 0);
    attach(&p, 0, setting);
    attach(&p, 1, BONNET_ECN_ACCEPT);
    int l = bonnet_socket(p.bn[1], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    p.sender = bonnet_socket(p.bn[0], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(p.bn[1], l, &to), 0);
    assert_int_equal(bonnet_listen(p.bn[1], l, 1), 0);
    assert_true(bonnet_connect(p.bn[0], p.sender, &to) < 0);
    while ((p.receiver = bonnet_accept(p.bn[1], l, NULL)) < 0)
        assert_true(bonnet_loop_step(p.loop, BONNET_S) >= 0);
    return p;
}

static void path_free(struct path *p)
{
    bonnet_loop_free(p->loop);
    bonnet_free(p->bn[0]);
    bonnet_free(p->bn[1]);
}

/* The sender writes all it may, the receiver reads at once, until then. */
static void stream_until(struct path *p, bonnet_time until)
{
    static char text[65536];
    while (bonnet_loop_now(p->loop) < until) {
        while (bonnet_send(p->bn[0], p->sender, text, sizeof text, 0) > 0)
            continue;
        int64_t n;
        while ((n = bonnet_recv(p->bn[1], p->receiver, text, sizeof text, 0)) > 0)
            p->received += (uint64_t)n;
        assert_true(bonnet_loop_step(p->loop, until - bonnet_loop_now(p->loop)) >= 0);
    }
}

static struct bonnet_link_stats stats_of(const struct path *p)
{
    struct bonnet_link_stats s;
    assert_int_equal(bonnet_link_stats(p->end[0], 0, &s), 0);
    return s;
}

#define BOTTLENECK "delay 10ms rate 20mbit limit 60 ce_threshold 10ms"

/* Eight seconds of a link that carries 20 Mbit/s, of which 52 bytes in 1500 are headers. */
static uint64_t capacity(bonnet_time seconds)
{
    return seconds * 20000000 / 8 * 1448 / 1500;
}

static void cubic_holds_a_link_that_marks(void **state)
{
    (void)state;
    struct bonnet_row row = {.size = sizeof row};
    struct path p = path_new(BOTTLENECK, BONNET_ECN_ASK);
    stream_until(&p, 2 * BONNET_S);
    uint64_t before = p.received;
    stream_until(&p, 10 * BONNET_S);
    const struct bonnet_link_stats s = stats_of(&p);
    assert_true(s.marked > 0);
    assert_int_equal(s.overflowed + s.lost, 0);
    assert_int_equal(bonnet_mib_count(p.bn[0], BONNET_MIB_TcpRetransSegs), 0);
    assert_int_equal(bonnet_mib_count(p.bn[1], BONNET_MIB_IpExtInCEPkts), s.marked);
    assert_true(p.received - before > capacity(8) * 97 / 100);
    assert_int_equal(bonnet_inspect_socket(p.bn[0], p.sender, &row), 0);
    assert_true(row.info.tcpi_delivered_ce > 0);
    assert_int_equal(row.info.tcpi_options & 8, 8);
    path_free(&p);
}

static void the_same_link_loses_without(void **state)
{
    (void)state;
    struct path p = path_new(BOTTLENECK, BONNET_ECN_ACCEPT);
    stream_until(&p, 10 * BONNET_S);
    const struct bonnet_link_stats s = stats_of(&p);
    assert_int_equal(s.marked, 0);
    assert_true(s.overflowed > 0);
    assert_true(bonnet_mib_count(p.bn[0], BONNET_MIB_TcpRetransSegs) > 0);
    path_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mark_keeps_the_checksum_right),
        cmocka_unit_test(only_what_allows_it_is_marked),
        cmocka_unit_test(what_waits_too_long_is_marked),
        cmocka_unit_test(cubic_holds_a_link_that_marks),
        cmocka_unit_test(the_same_link_loses_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
