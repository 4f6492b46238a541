/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a scenario does to the packets of bonnet's world: faults, forgeries, replays, captures.
 */
#define _GNU_SOURCE
#include "libbonnet_world.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void fault(struct stage *t, struct lab_fault f)
{
    assert_int_equal(t->world->ops->fault(t->world, &f), 0);
}

/* ---- faults ---- */

static void a_dropped_segment_goes_again(void **state)
{
    (void)state;
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    fault(t, (struct lab_fault){
                 .kind = LAB_DROP, .host = CLIENT, .first = 1, .count = 1, .is_data = true});
    put(t, CLIENT, s[CLIENT], "ab");
    run_for(t, BONNET_S);
    tells(t, "client [P.] 1:3 dropped\n"
             "client [P.] 1:3\n"
             "server [.]\n");
    stage_free(t);
}

/* The second and third of what has the flags; others are not counted, PSH is not looked at. */
static void a_fault_counts_what_it_is_about(void **state)
{
    (void)state;
    struct stage *t = stage_new("delay 10ms", 1);
    t->kinds = KIND(LAB_EVENT_PACKET);
    fault(t, (struct lab_fault){.kind = LAB_DROP,
                                .host = SERVER,
                                .first = 2,
                                .count = 2,
                                .has_flags = true,
                                .flags = BONNET_SYN | BONNET_ACK | BONNET_PSH});
    fault(t, (struct lab_fault){
                 .kind = LAB_DROP, .host = CLIENT, .first = 1, .count = 1, .is_udp = true});
    listen_on(t, SERVER, 80, 5);
    for (int i = 0; i < 4; i++)
        connect_to(t, CLIENT, 80);
    run(t);
    tells(t, "client [S]\nclient [S]\nclient [S]\nclient [S]\n"
             "server [S.]\nserver [S.] dropped\nserver [S.] dropped\nserver [S.]\n"
             "client [.]\nclient [.]\n");
    stage_free(t);
}

static void every_datagram_is_dropped(void **state)
{
    (void)state;
    struct stage *t = stage_new("delay 10ms", 1);
    const struct world_ops *ops = t->world->ops;
    const struct bonnet_endpoint to = at(10, 0, 0, 2, 53);
    fault(t, (struct lab_fault){
                 .kind = LAB_DROP, .host = CLIENT, .first = 1, .count = UINT_MAX, .is_udp = true});
    int u = ops->socket(t->world, CLIENT, BONNET_SOCK_DGRAM);
    assert_int_equal(ops->connect(t->world, CLIENT, u, &to), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(put(t, CLIENT, u, "?"), 1);
    run(t);
    tells(t, "client [UDP] dropped\nclient [UDP] dropped\nclient [UDP] dropped\n");
    stage_free(t);
}

static void a_corrupted_segment_is_refused(void **state)
{
    (void)state;
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    fault(t, (struct lab_fault){
                 .kind = LAB_CORRUPT, .host = CLIENT, .first = 1, .count = 1, .is_tcp = true});
    put(t, CLIENT, s[CLIENT], "ab");
    run(t);
    tells(t, "client [P.] 1:3 corrupted\n"
             "server drops [P.]: tcp_checksum\n");
    assert_int_equal(count_of(t, SERVER, "TcpInCsumErrors"), 1);
    stage_free(t);
}

static void a_duplicate_comes_twice(void **state)
{
    (void)state;
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    fault(t, (struct lab_fault){
                 .kind = LAB_DUPLICATE, .host = CLIENT, .first = 1, .count = 1, .is_tcp = true});
    put(t, CLIENT, s[CLIENT], "ab");
    run(t);
    tells(t, "client [P.] 1:3 duplicated\n"
             "server [.]\n"
             "server drops [P.]: seq_old\n"
             "server [.]\n");
    stage_free(t);
}

static void a_held_segment_comes_late(void **state)
{
    (void)state;
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    bonnet_time begin = t->world->ops->now(t->world);
    fault(t, (struct lab_fault){.kind = LAB_HOLD,
                                .host = CLIENT,
                                .first = 1,
                                .count = 1,
                                .is_tcp = true,
                                .delay = 100 * BONNET_MS});
    put(t, CLIENT, s[CLIENT], "a");
    run(t);
    tells(t, "client [P.] 1:2 held\nserver [.]\n");
    assert_int_equal(t->world->ops->now(t->world) - begin, 120 * BONNET_MS);
    stage_free(t);
}

/* An old segment is known again; a name that nobody recorded is not. */
static void a_recorded_segment_can_be_sent_again(void **state)
{
    (void)state;
    int s[2];
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    assert_int_equal(t->world->ops->replay(t->world, "OLD"), -ENOENT);
    fault(t, (struct lab_fault){.kind = LAB_RECORD,
                                .host = CLIENT,
                                .first = 1,
                                .count = 2,
                                .is_data = true,
                                .name = "OLD"});
    put(t, CLIENT, s[CLIENT], "ab");
    run(t);
    put(t, CLIENT, s[CLIENT], "cd");
    run(t);
    forget(t);
    assert_int_equal(t->world->ops->replay(t->world, "OLD"), 0);
    run(t);
    tells(t, "client [P.] 3:5 forged\n"
             "server drops [P.]: seq_old\n"
             "server [.]\n");
    stage_free(t);
}

/* ---- forgeries ---- */

/* As if the peer's stack had sent it: its numbers fit, and so do its timestamps. */
static void a_reset_forged_into_a_flow_is_obeyed(void **state)
{
    (void)state;
    int s[2];
    const struct lab_forgery reset = {
        .count = 1, .flags = BONNET_RST, .in_flow = true, .program = CLIENT};
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    assert_int_equal(t->world->ops->forge(t->world, &reset, s[CLIENT]), 0);
    run(t);
    tells(t, "client [R] forged\n"
             "server ESTABLISHED > CLOSED by [R]\n"
             "server rst_obeyed\n");
    assert_int_equal(state_of(t, CLIENT, s[CLIENT]), BONNET_ESTABLISHED);
    assert_int_equal(t->world->ops->forge(t->world, &reset, 1234), -EBADF);
    stage_free(t);
}

static void forged_text_is_read(void **state)
{
    (void)state;
    int s[2];
    char text[10];
    const struct lab_forgery data = {.count = 1,
                                     .flags = BONNET_ACK | BONNET_PSH,
                                     .in_flow = true,
                                     .program = CLIENT,
                                     .text_len = 3};
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    assert_int_equal(t->world->ops->forge(t->world, &data, s[CLIENT]), 0);
    run(t);
    assert_int_equal(get(t, SERVER, s[SERVER], text, sizeof text), 3);
    assert_memory_equal(text, "xxx", 3);
    stage_free(t);
}

/* A guess that is not exact is challenged (RFC 5961 3). */
static void a_reset_beside_the_edge_is_challenged(void **state)
{
    (void)state;
    int s[2];
    const struct lab_forgery reset = {
        .count = 1, .flags = BONNET_RST, .in_flow = true, .program = CLIENT, .seq = 10};
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    assert_int_equal(t->world->ops->forge(t->world, &reset, s[CLIENT]), 0);
    run(t);
    tells(t, "client [R] forged\n"
             "server drops [R]: rst_challenged\n"
             "server [.]\n");
    stage_free(t);
}

/* The socket is closed, its connection in TIME-WAIT: it is found all the same. */
static void a_forgery_may_come_from_a_closed_socket(void **state)
{
    (void)state;
    int s[2];
    const struct lab_forgery fin = {.count = 1,
                                    .flags = BONNET_FIN | BONNET_ACK,
                                    .in_flow = true,
                                    .program = SERVER,
                                    .seq = -1};
    struct stage *t = stage_new("delay 10ms", 1);
    join(t, s);
    shut(t, CLIENT, s[CLIENT]);
    run(t);
    shut(t, SERVER, s[SERVER]);
    assert_int_equal(t->world->ops->flush(t->world), 0);
    forget(t);
    assert_int_equal(t->world->ops->forge(t->world, &fin, s[SERVER]), 0);
    t->kinds = KIND(LAB_EVENT_PACKET);
    run(t);
    tells(t, "server [F.] forged\nclient [.]\nclient [.]\nserver [R]\n");
    stage_free(t);
}

static void strangers_are_answered(void **state)
{
    (void)state;
    struct stage *t = stage_new("delay 10ms", 1);
    const struct lab_forgery syn = {.count = 2,
                                    .flags = BONNET_SYN,
                                    .from = bonnet_ip4(10, 9, 0, 0),
                                    .bits = 16,
                                    .to = {.addr = bonnet_ip4(10, 1, 2, 3), .port.number = 80}};
    listen_on(t, SERVER, 80, 5);
    forget(t);
    t->kinds &= ~KIND(LAB_EVENT_STATE);
    assert_int_equal(t->world->ops->forge(t->world, &syn, -1), 0);
    run(t);
    tells(t, "stranger [S] forged\nstranger [S] forged\n"
             "server [S.]\nserver [S.]\n"
             "client drops [S.]: ip_destination\nclient drops [S.]: ip_destination\n");
    stage_free(t);
}

/* Half-open connections end after five more SYN-ACKs, and are told of. */
static void a_stranger_that_stays_silent_is_given_up(void **state)
{
    (void)state;
    struct stage *t = stage_new("delay 10ms", 1);
    const struct lab_forgery syn = {.count = 1,
                                    .flags = BONNET_SYN,
                                    .from = bonnet_ip4(10, 9, 0, 1),
                                    .bits = 32,
                                    .from_port = 1234,
                                    .to = {.addr = bonnet_ip4(10, 0, 0, 2), .port.number = 80}};
    listen_on(t, SERVER, 80, 5);
    forget(t);
    t->kinds = KIND(LAB_EVENT_STATE) | KIND(LAB_EVENT_REASON);
    assert_int_equal(t->world->ops->forge(t->world, &syn, -1), 0);
    run_for(t, 70 * BONNET_S);
    tells(t, "server LISTEN > SYN-RECEIVED by [S]\n"
             "server half_open_timeout\n"
             "server SYN-RECEIVED > CLOSED by timer\n");
    stage_free(t);
}

static void a_flood_of_syns_is_answered_with_cookies(void **state)
{
    (void)state;
    struct stage *t = stage_new("delay 10ms", 1);
    const struct world_ops *ops = t->world->ops;
    const struct lab_forgery syn = {.count = 100000,
                                    .flags = BONNET_SYN,
                                    .from = bonnet_ip4(10, 9, 0, 0),
                                    .bits = 16,
                                    .to = {.addr = bonnet_ip4(10, 0, 0, 2), .port.number = 80}};
    int honest[10];
    t->kinds = 0;
    listen_on(t, SERVER, 80, 128);
    int64_t before = ops->memory(t->world, SERVER);
    assert_int_equal(ops->forge(t->world, &syn, -1), 0);
    run_for(t, BONNET_S);
    for (int i = 0; i < 10; i++)
        honest[i] = connect_to(t, CLIENT, 80);
    assert_false(ops->is_silent(t->world));
    run(t);
    for (int i = 0; i < 10; i++)
        assert_int_equal(state_of(t, CLIENT, honest[i]), BONNET_ESTABLISHED);
    assert_in_range(count_of(t, SERVER, "InSegs"), 100020, 100100);
    assert_in_range(count_of(t, SERVER, "SyncookiesSent"), 99000, 100010);
    assert_in_range(ops->memory(t->world, SERVER) - before, 0, 200000);
    stage_free(t);
}

/* ---- captures ---- */

static size_t read_file(const char *directory, const char *name, char *buf, size_t max)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(buf, 1, max, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(unlink(path), 0);
    return n;
}

static bool holds(const char *buf, size_t n, const char *text)
{
    return memmem(buf, n, text, strlen(text)) != NULL;
}

/* The sender's file has what it sent, the receiver's what became of it. */
static void each_host_has_a_capture(void **state)
{
    (void)state;
    int s[2];
    static char buf[65536];
    char directory[] = "/tmp/bonnet-world-XXXXXX";
    assert_non_null(mkdtemp(directory));
    struct stage *t = stage_begin("delay 10ms");
    stage_make(t, 1, directory);
    join(t, s);
    fault(t, (struct lab_fault){
                 .kind = LAB_CORRUPT, .host = CLIENT, .first = 1, .count = 1, .is_tcp = true});
    put(t, CLIENT, s[CLIENT], "this is whole");
    run_for(t, BONNET_S);
    stage_free(t);
    size_t n = read_file(directory, "test-client.pcapng", buf, sizeof buf);
    assert_true(holds(buf, n, "this is whole"));
    assert_true(holds(buf, n, "send_data"));
    assert_true(holds(buf, n, "client-server"));
    n = read_file(directory, "test-server.pcapng", buf, sizeof buf);
    assert_true(holds(buf, n, "this is whold"));
    assert_true(holds(buf, n, "tcp_checksum"));
    assert_true(holds(buf, n, "server-client"));
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dropped_segment_goes_again),
        cmocka_unit_test(a_fault_counts_what_it_is_about),
        cmocka_unit_test(every_datagram_is_dropped),
        cmocka_unit_test(a_corrupted_segment_is_refused),
        cmocka_unit_test(a_duplicate_comes_twice),
        cmocka_unit_test(a_held_segment_comes_late),
        cmocka_unit_test(a_recorded_segment_can_be_sent_again),
        cmocka_unit_test(a_reset_forged_into_a_flow_is_obeyed),
        cmocka_unit_test(forged_text_is_read),
        cmocka_unit_test(a_reset_beside_the_edge_is_challenged),
        cmocka_unit_test(a_forgery_may_come_from_a_closed_socket),
        cmocka_unit_test(strangers_are_answered),
        cmocka_unit_test(a_stranger_that_stays_silent_is_given_up),
        cmocka_unit_test(a_flood_of_syns_is_answered_with_cookies),
        cmocka_unit_test(each_host_has_a_capture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
