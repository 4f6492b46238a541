/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A story in its worlds: seeds, sweeps, the other stack, and worlds that cannot do everything or
 * give a reader other bytes than were written.
 */
#include "libplay.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_same_seed_tells_the_same(void **state)
{
    static const char story[] =
        "host client 10.0.0.1\nhost server 10.0.0.2\n"
        "link client -- server delay 10ms 5ms loss 10% duplicate 5% reorder 5%\n"
        "server: l = socket()\nserver: bind(l, *:80)\nserver: listen(l, 5)\n"
        "server: c = accept(l)\n"
        "client: s = socket()\nclient: connect(s, server:80) = 0\n"
        "server: repeat { n = read(c, 5000); write(c, n/2) }\n"
        "client: write(s, 100000)\n"
        "client: shutdown(s, SHUT_WR)\n"
        "client: repeat { read(s, 10000) }\n"
        "server: close(c)\n"
        "wait for client\n"
        "snapshot ss\n";
    static struct played first;
    (void)state;
    first = *play_seed(story, 7);
    assert_int_equal(first.status, 0);
    const struct played *again = play_seed(story, 7);
    assert_int_equal(again->len, first.len);
    assert_string_equal(again->log, first.log);
    assert_true(again->hash == first.hash);
    again = play_seed(story, 8);
    assert_int_equal(again->status, 0);
    assert_true(again->hash != first.hash);
}

static void sweeps_are_played_point_by_point(void **state)
{
    (void)state;
    const struct played *played =
        play_holds_all("host client 10.0.0.1\nhost server 10.0.0.2\n"
                       "sweep bytes 1000 5000\nsweep times 1 2 3\n"
                       "server: l = socket()\nserver: bind(l, *:80)\nserver: listen(l, 5)\n"
                       "client: s = socket()\nclient: connect(s, server:80)\n"
                       "server: c = accept(l)\n"
                       "client: write(s, bytes)\n"
                       "server: read(c, 100000) = bytes\n"
                       "wait 10s\n"
                       "measure n = segments\n"
                       "measure t = time\n"
                       "measure rate = throughput server c\n"
                       "expect n grows with bytes until 5000\n"
                       "expect t levels off with times from 1\n");
    told_in_order("begin bytes = 1000, times = 1\n", "begin bytes = 1000, times = 2\n");
    told("begin bytes = 5000, times = 3\n");
    assert_int_equal(played->kinds[LAB_EVENT_BEGIN], 6);
    assert_int_equal(played->kinds[LAB_EVENT_END], 6);
    assert_int_equal(played->kinds[LAB_EVENT_TABLE], 1);
    assert_int_equal(played->table.measures_n, 3);
    assert_string_equal(played->table.names[0], "n");
    assert_string_equal(played->table.units[0], "segments");
    assert_string_equal(played->table.units[1], "s");
    assert_string_equal(played->table.units[2], "Mbit/s");
    assert_true(played->table.values[0][2] < played->table.values[0][3]);
    assert_true(played->table.values[0][3] == played->table.values[0][5]);
}

static void lines_for_the_other_stack_are_skipped(void **state)
{
    (void)state;
    const struct played *played = play_holds_all(JOINED "on kernel expect segments = 99\n"
                                                        "on bonnet expect segments = 3\n");
    assert_int_equal(played->result.skipped, 1);
    assert_int_equal(played->result.held, 1);
    told("skip on kernel expect segments = 99");
}

/* ---- worlds that differ ---- */

static struct world_ops ops;

static int make_changed(const struct world_config *config, struct world **out, char *why,
                        size_t max)
{
    int r = bonnet_world_new(config, out, why, max);
    if (r == 0) (*out)->ops = &ops;
    return r;
}

static void take_ops(void)
{
    struct lab_program program = {.name = "p"};
    struct scenario s = {.name = "t", .hosts_n = 1, .programs_n = 1, .programs = {program}};
    const struct world_config config = {.scenario = &s};
    struct world *w;
    char why[256];
    snprintf(s.hosts[0].name, sizeof s.hosts[0].name, "p");
    s.hosts[0].addrs[0] = bonnet_ip4(10, 0, 0, 1);
    s.hosts[0].addrs_n = 1;
    assert_int_equal(bonnet_world_new(&config, &w, why, sizeof why), 0);
    ops = *w->ops;
    w->ops->free(w);
}

static void what_a_world_cannot_do_ends_the_story(void **state)
{
    static const char *const lines[] = {"drop next segment from client", "cut client -- server",
                                        "power off server", "forge [R] from client s seq +0",
                                        "forge 2 [S] from 10.9.0.0/16 to server:80"};
    (void)state;
    take_ops();
    ops.fault = NULL;
    ops.cut = NULL;
    ops.power = NULL;
    ops.forge = NULL;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char story[1024], why[128];
        snprintf(story, sizeof story, JOINED "%s\nexpect segments = 99\n", lines[i]);
        snprintf(why, sizeof why, "t.lab:9: %s: not possible on bonnet", lines[i]);
        const struct played *played = play_on(story, make_changed);
        assert_int_equal(played->status, 1);
        assert_string_equal(played->result.why, why);
        not_told("segments = 99");
    }
}

static int64_t no_memory_known(struct world *w, unsigned host)
{
    (void)w;
    (void)host;
    return -ENOTSUP;
}

static void what_a_world_does_not_know_ends_the_story(void **state)
{
    (void)state;
    take_ops();
    ops.memory = no_memory_known;
    const struct played *played = play_on(HEAD "expect server memory < 5\n", make_changed);
    assert_string_equal(played->result.why,
                        "t.lab:6: how much memory server has is not known on bonnet");
}

static int64_t (*recv_truly)(struct world *, unsigned, int, struct bonnet_msghdr *, int);

static int64_t recv_wrongly(struct world *w, unsigned host, int s, struct bonnet_msghdr *m,
                            int flags)
{
    int64_t n = recv_truly(w, host, s, m, flags);
    if (n > 1234) ((uint8_t *)m->iov[0].base)[1234] ^= 1;
    return n;
}

static void a_reader_that_gets_other_bytes_ends_the_story(void **state)
{
    static const char story[] = JOINED "client: writev(s, 1000, \"some text\", 1000)\n"
                                       "server: read(c, 500)\n"
                                       "server: read(c, 5000)\n";
    (void)state;
    take_ops();
    assert_int_equal(play_on(story, make_changed)->status, 0);
    recv_truly = ops.recvmsg;
    ops.recvmsg = recv_wrongly;
    const struct played *played = play_on(story, make_changed);
    assert_int_equal(played->status, 1);
    assert_string_equal(played->result.why,
                        "t.lab:11: server: read(c, 5000) gave bytes that the peer has not "
                        "written: number 1734 of the stream is wrong");
}

/* As on the kernel: waits are cut to a twentieth, and the clock is not looked at. */
static void real_time_is_cut(void **state)
{
    (void)state;
    take_ops();
    ops.stack = LAB_ON_KERNEL;
    const struct played *played = play_on(JOINED "wait 20s\n"
                                                 "client: sleep(40s) after 40s\n"
                                                 "wait for client\n"
                                                 "expect time 60s..61s\n"
                                                 "server: sleep(20ms)\n"
                                                 "wait for server\n",
                                          make_changed);
    assert_int_equal(played->status, 0);
    assert_int_equal(played->result.skipped, 1);
    told("1.030 client: sleep(40s) blocks\n");
    told("3.030 client: sleep(40s) = 0 blocked 2.000\n");
    told("3.030 skip expect time 60s..61s\n");
    told("server: sleep(20ms) = 0 blocked 0.005\n");
}

static int make_none(const struct world_config *config, struct world **out, char *why, size_t max)
{
    (void)config;
    (void)out;
    snprintf(why, max, "no namespaces here");
    return -EPERM;
}

static void there_may_be_no_world(void **state)
{
    (void)state;
    const struct played *played = play_on(HEAD, make_none);
    assert_int_equal(played->status, -EPERM);
    assert_string_equal(played->result.why, "no namespaces here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_tells_the_same),
        cmocka_unit_test(sweeps_are_played_point_by_point),
        cmocka_unit_test(lines_for_the_other_stack_are_skipped),
        cmocka_unit_test(what_a_world_cannot_do_ends_the_story),
        cmocka_unit_test(what_a_world_does_not_know_ends_the_story),
        cmocka_unit_test(a_reader_that_gets_other_bytes_ends_the_story),
        cmocka_unit_test(real_time_is_cut),
        cmocka_unit_test(there_may_be_no_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
