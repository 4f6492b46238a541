/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What scenarios become when they are read: what happens to the world, and what must be seen.
 */
#include "libread.h"

#include <bonnet/netif.h>
#include <bonnet/packet.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                       \
    "host client 10.0.0.1\nhost server 10.0.0.2\nsweep size 1 2\n" \
    "server: s = socket()\nclient: s = socket()\n"

/* The line that stands alone behind HEAD. */
static const struct lab_line *line_of(struct scenario **s, const char *line)
{
    char text[1024];
    snprintf(text, sizeof text, "%s%s\n", HEAD, line);
    *s = read_good(text);
    return &(*s)->lines[2];
}

static void the_world_is_acted_upon(void **state)
{
    static const struct {
        const char *line;
        enum lab_line_kind kind;
        bonnet_time duration;
        unsigned program, host;
        bool on, netstat;
    } rows[] = {
        {"wait 2s", LAB_LINE_WAIT, 2 * BONNET_S, 0, 0, false, false},
        {"wait for server", LAB_LINE_WAIT_FOR, BONNET_NEVER, 1, 0, false, false},
        {"wait for client at most 1h", LAB_LINE_WAIT_FOR, 3600 * BONNET_S, 0, 0, false, false},
        {"kill server", LAB_LINE_KILL, 0, 1, 0, false, false},
        {"power off server", LAB_LINE_POWER, 0, 0, 1, false, false},
        {"power on client", LAB_LINE_POWER, 0, 0, 0, true, false},
        {"cut server -- client", LAB_LINE_CUT, 0, 0, 0, false, false},
        {"mend client--server", LAB_LINE_CUT, 0, 0, 0, true, false},
        {"snapshot ss", LAB_LINE_SNAPSHOT, 0, 0, LAB_HOSTS_MAX, false, false},
        {"snapshot netstat server", LAB_LINE_SNAPSHOT, 0, 0, 1, false, true},
    };
    struct scenario *s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct lab_line *line = line_of(&s, rows[i].line);
        assert_int_equal(line->kind, rows[i].kind);
        assert_true(line->duration == rows[i].duration);
        assert_int_equal(line->program, rows[i].program);
        assert_int_equal(line->host, rows[i].host);
        assert_int_equal(line->on, rows[i].on);
        assert_int_equal(line->netstat, rows[i].netstat);
        assert_string_equal(line->source, rows[i].line);
        scenario_free(s);
    }
}

static void lines_begin_together(void **state)
{
    struct scenario *s;
    const struct lab_line *line = line_of(&s, "on bonnet together # both\n"
                                              "    client: close(s)\n"
                                              "\n"
                                              "# a comment at the margin ends nothing\n"
                                              "\ton kernel server: close(s)\n"
                                              "    cut client -- server\n"
                                              "wait 1s");
    (void)state;
    assert_int_equal(line->kind, LAB_LINE_TOGETHER);
    assert_int_equal(line->stacks, LAB_ON_BONNET);
    assert_string_equal(line->source, "on bonnet together");
    assert_int_equal(line->inner_n, 3);
    assert_int_equal(line->inner[0].line, 7);
    assert_int_equal(line->inner[1].line, 10);
    assert_int_equal(line->inner[1].stacks, LAB_ON_KERNEL);
    assert_string_equal(line->inner[1].source, "on kernel server: close(s)");
    assert_int_equal(line->inner[2].kind, LAB_LINE_CUT);
    assert_int_equal(line[1].kind, LAB_LINE_WAIT);
    assert_int_equal(line[1].line, 12);
    scenario_free(s);
}

static void faults_choose_their_packets(void **state)
{
    static const struct {
        const char *line;
        struct lab_fault fault;
    } rows[] = {
        {"drop next segment from client",
         {.kind = LAB_DROP, .first = 1, .count = 1, .is_tcp = true}},
        {"drop 22nd data from server",
         {.kind = LAB_DROP, .host = 1, .first = 22, .count = 1, .is_tcp = true, .is_data = true}},
        {"corrupt next 3 packets from client", {.kind = LAB_CORRUPT, .first = 1, .count = 3}},
        {"duplicate every datagram from client",
         {.kind = LAB_DUPLICATE, .first = 1, .count = UINT_MAX, .is_udp = true}},
        {"hold next [FP.] from client for 200ms",
         {.kind = LAB_HOLD,
          .first = 1,
          .count = 1,
          .is_tcp = true,
          .has_flags = true,
          .flags = BONNET_FIN | BONNET_ACK,
          .delay = 200 * BONNET_MS}},
        {"record 2nd [none] from client as OLD",
         {.kind = LAB_RECORD,
          .first = 2,
          .count = 1,
          .is_tcp = true,
          .has_flags = true,
          .name = "OLD"}},
    };
    struct scenario *s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct lab_line *line = line_of(&s, rows[i].line);
        const struct lab_fault *f = &line->fault, *want = &rows[i].fault;
        assert_int_equal(line->kind, LAB_LINE_FAULT);
        assert_int_equal(f->kind, want->kind);
        assert_int_equal(f->host, want->host);
        assert_int_equal(f->first, want->first);
        assert_int_equal(f->count, want->count);
        assert_int_equal(f->is_data, want->is_data);
        assert_int_equal(f->is_tcp, want->is_tcp);
        assert_int_equal(f->is_udp, want->is_udp);
        assert_int_equal(f->has_flags, want->has_flags);
        assert_int_equal(f->flags, want->flags);
        assert_int_equal(f->delay, want->delay);
        assert_string_equal(f->name, want->name);
        scenario_free(s);
    }
}

static void what_was_recorded_can_be_replayed(void **state)
{
    struct scenario *s;
    const struct lab_line *line = line_of(&s, "record next data from client as OLD\nreplay OLD");
    (void)state;
    assert_int_equal(line[1].kind, LAB_LINE_REPLAY);
    assert_string_equal(line[1].name, "OLD");
    scenario_free(s);
}

static void segments_of_a_socket_are_forged(void **state)
{
    struct scenario *s;
    const struct lab_line *line = line_of(&s, "forge [P.] from server s seq +10 ack -1 length 5");
    const struct lab_forgery *f = &line->forgery;
    (void)state;
    assert_int_equal(line->kind, LAB_LINE_FORGE);
    assert_true(f->in_flow);
    assert_int_equal(f->count, 1);
    assert_int_equal(f->flags, BONNET_PSH | BONNET_ACK);
    assert_int_equal(f->program, 1);
    assert_string_equal(f->socket, "s");
    assert_int_equal(f->seq, 10);
    assert_int_equal(f->ack, -1);
    assert_int_equal(f->text_len, 5);
    scenario_free(s);
}

static void segments_of_strangers_are_forged(void **state)
{
    struct scenario *s;
    const struct lab_forgery *f =
        &line_of(&s, "forge 100000 [S] from 10.9.0.0/16 to server:80")->forgery;
    (void)state;
    assert_false(f->in_flow);
    assert_int_equal(f->count, 100000);
    assert_true(bonnet_addr_equal(f->from, bonnet_ip4(10, 9, 0, 0)));
    assert_int_equal(f->bits, 16);
    assert_int_equal(f->from_port, 0);
    assert_true(bonnet_addr_equal(f->to.addr, bonnet_ip4(10, 0, 0, 2)));
    assert_int_equal(f->to.port.number, 80);
    scenario_free(s);
    f = &line_of(&s, "forge [R] from client:5000 to server:80 length 1")->forgery;
    assert_true(bonnet_addr_equal(f->from, bonnet_ip4(10, 0, 0, 1)));
    assert_int_equal(f->bits, 32);
    assert_int_equal(f->from_port, 5000);
    assert_int_equal(f->text_len, 1);
    scenario_free(s);
}

/* States are spelled as in the RFC, in netstat and in ss. */
static void states_have_many_spellings(void **state)
{
    static const struct {
        const char *text;
        unsigned states;
    } rows[] = {
        {"FIN-WAIT-2", 1u << BONNET_FIN_WAIT_2},
        {"FIN_WAIT2", 1u << BONNET_FIN_WAIT_2},
        {"fin-wait2", 1u << BONNET_FIN_WAIT_2},
        {"ESTAB", 1u << BONNET_ESTABLISHED},
        {"SYN_RECV", 1u << BONNET_SYN_RECEIVED},
        {"SYN-RCVD", 1u << BONNET_SYN_RECEIVED},
        {"gone", 1u << BONNET_CLOSED},
        {"CLOSED or gone", 1u << BONNET_CLOSED},
        {"LISTEN or LAST-ACK", 1u << BONNET_LISTEN | 1u << BONNET_LAST_ACK},
    };
    struct scenario *s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        snprintf(text, sizeof text, "expect server s is %s", rows[i].text);
        const struct lab_expect *e = &line_of(&s, text)->expect;
        assert_int_equal(e->kind, LAB_EXPECT_STATE);
        assert_int_equal(e->program, 1);
        assert_string_equal(e->socket, "s");
        assert_int_equal(e->states, rows[i].states);
        scenario_free(s);
    }
}

static void queues_are_compared(void **state)
{
    struct scenario *s;
    const struct lab_expect *e =
        &line_of(&s, "expect client s SendQ = 500, recvq > size/2, in-flight 1..2, CWND <= 9")
             ->expect;
    (void)state;
    assert_int_equal(e->kind, LAB_EXPECT_GAUGES);
    assert_int_equal(e->gauges_n, 4);
    assert_int_equal(e->gauges[0].gauge, LAB_SENDQ);
    assert_int_equal(e->gauges[0].condition.compare, LAB_EQUAL);
    assert_int_equal(e->gauges[1].gauge, LAB_RECVQ);
    assert_int_equal(e->gauges[1].condition.compare, LAB_MORE);
    assert_string_equal(e->gauges[1].condition.than.variable, "size");
    assert_int_equal(e->gauges[2].gauge, LAB_IN_FLIGHT);
    assert_int_equal(e->gauges[2].condition.compare, LAB_BETWEEN);
    assert_int_equal(e->gauges[2].condition.to.number, 2);
    assert_int_equal(e->gauges[3].gauge, LAB_CWND);
    scenario_free(s);
}

static void segments_on_the_wire_are_listed(void **state)
{
    struct scenario *s;
    const struct lab_expect *e =
        &line_of(&s, "expect wire client [S], server [S.],client [P.]")->expect;
    (void)state;
    assert_int_equal(e->kind, LAB_EXPECT_WIRE);
    assert_int_equal(e->wire_n, 3);
    assert_int_equal(e->wire[0].flags, BONNET_SYN);
    assert_int_equal(e->wire[1].host, 1);
    assert_int_equal(e->wire[1].flags, BONNET_SYN | BONNET_ACK);
    assert_int_equal(e->wire[2].flags, BONNET_ACK);
    scenario_free(s);
    e = &line_of(&s, "expect wire nothing")->expect;
    assert_int_equal(e->wire_n, 0);
    assert_false(e->any);
    scenario_free(s);
    e = &line_of(&s, "expect wire any")->expect;
    assert_true(e->any);
    scenario_free(s);
}

static void hosts_and_programs_are_looked_at(void **state)
{
    static const struct {
        const char *line;
        enum lab_expect_kind kind;
        enum lab_call call;
        enum lab_compare compare;
        int64_t than;
        uint32_t states;
        const char *name;
    } rows[] = {
        {"is blocked", LAB_EXPECT_BLOCKED, LAB_CALLS, LAB_EQUAL, 0, 0, ""},
        {"is blocked in recv", LAB_EXPECT_BLOCKED, LAB_READ, LAB_EQUAL, 0, 0, ""},
        {"is free", LAB_EXPECT_FREE, LAB_CALLS, LAB_EQUAL, 0, 0, ""},
        {"counts ListenOverflows = 3", LAB_EXPECT_COUNTER, LAB_CALLS, LAB_EQUAL, 3, 0,
         "ListenOverflows"},
        {"counts TcpExtListenDrops > 0", LAB_EXPECT_COUNTER, LAB_CALLS, LAB_MORE, 0, 0,
         "TcpExtListenDrops"},
        {"counts abort_on_close 1..2", LAB_EXPECT_COUNTER, LAB_CALLS, LAB_BETWEEN, 1, 0,
         "abort_on_close"},
        {"has 1 TIME-WAIT", LAB_EXPECT_SOCKETS, LAB_CALLS, LAB_EQUAL, 1, 1u << BONNET_TIME_WAIT,
         ""},
        {"has no LISTEN", LAB_EXPECT_SOCKETS, LAB_CALLS, LAB_EQUAL, 0, 1u << BONNET_LISTEN, ""},
        {"has 2..3 sockets", LAB_EXPECT_SOCKETS, LAB_CALLS, LAB_BETWEEN, 2, 0, ""},
        {"has >= 2 ESTAB", LAB_EXPECT_SOCKETS, LAB_CALLS, LAB_MORE_EQUAL, 2,
         1u << BONNET_ESTABLISHED, ""},
        {"memory < 2000000", LAB_EXPECT_MEMORY, LAB_CALLS, LAB_LESS, 2000000, 0, ""},
    };
    struct scenario *s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        snprintf(text, sizeof text, "expect server %s", rows[i].line);
        const struct lab_expect *e = &line_of(&s, text)->expect;
        assert_int_equal(e->kind, rows[i].kind);
        assert_int_equal(e->host, 1);
        assert_int_equal(e->program, 1);
        assert_int_equal(e->call, rows[i].call);
        assert_int_equal(e->condition.compare, rows[i].compare);
        assert_int_equal(e->condition.than.number, rows[i].than);
        assert_int_equal(e->states, rows[i].states);
        assert_string_equal(e->name, rows[i].name);
        scenario_free(s);
    }
}

/* nstat knows more of the kernel than bonnet counts. */
static void the_kernel_may_have_counters_of_its_own(void **state)
{
    struct scenario *s;
    (void)state;
    const struct lab_line *line =
        line_of(&s, "on kernel expect server counts TcpExtTCPMemoryPressures = 3");
    assert_string_equal(line->expect.name, "TcpExtTCPMemoryPressures");
    scenario_free(s);
    assert_non_null(strstr(read_bad(HEAD "expect server counts TcpExtTCPMemoryPressures = 3"),
                           "expected a counter by nstat's name"));
}

static void the_story_as_a_whole_is_looked_at(void **state)
{
    struct scenario *s;
    (void)state;
    assert_int_equal(line_of(&s, "expect deadlock")->expect.kind, LAB_EXPECT_DEADLOCK);
    scenario_free(s);
    const struct lab_expect *e = &line_of(&s, "expect segments = 7")->expect;
    assert_int_equal(e->kind, LAB_EXPECT_SEGMENTS);
    assert_int_equal(e->condition.than.number, 7);
    scenario_free(s);
    e = &line_of(&s, "expect time 1.5s..61s")->expect;
    assert_int_equal(e->kind, LAB_EXPECT_CLOCK);
    assert_int_equal(e->condition.than.number, 1500);
    assert_int_equal(e->condition.to.number, 61000);
    scenario_free(s);
}

static void sweeps_are_measured(void **state)
{
    struct scenario *s;
    const struct lab_line *line = line_of(&s, "measure speed = throughput server s\n"
                                              "measure segments = segments\n"
                                              "expect speed grows with size until 64000\n"
                                              "expect segments levels off with size from 128000\n"
                                              "expect speed grows with size");
    (void)state;
    assert_int_equal(line->kind, LAB_LINE_MEASURE);
    assert_string_equal(line->name, "speed");
    assert_int_equal(line->measure, LAB_THROUGHPUT);
    assert_int_equal(line->program, 1);
    assert_string_equal(line->socket, "s");
    assert_int_equal(line[1].measure, LAB_SEGMENTS);
    assert_int_equal(line[2].expect.kind, LAB_EXPECT_GROWS);
    assert_string_equal(line[2].expect.name, "speed");
    assert_string_equal(line[2].expect.sweep, "size");
    assert_int_equal(line[2].expect.condition.than.number, 64000);
    assert_int_equal(line[3].expect.kind, LAB_EXPECT_LEVELS);
    assert_string_equal(line[3].expect.name, "segments");
    assert_int_equal(line[3].expect.condition.than.number, 128000);
    assert_int_equal(line[4].expect.condition.than.number, INT64_MAX);
    scenario_free(s);
}

static void the_kernel_plays_what_needs_no_powers(void **state)
{
    static const struct {
        const char *line, *why;
    } rows[] = {
        {"client: close(s)", NULL},
        {"skip on kernel because it is slow", "it is slow"},
        {"drop next data from client", NULL},
        {"forge [S] from 10.0.0.9 to server:80", NULL},
        {"power off client", NULL},
        {"expect server memory < 5", "line 6 asks for the memory of a stack"},
        {"expect server counts paws = 0", "line 6 counts a reason, and Linux gives none"},
        {"expect server counts PAWSEstab = 0", NULL},
        {"together\n    client: close(s)", NULL},
        {"on bonnet expect server memory < 5", NULL},
        {"wait 60s", NULL},
        {"wait 1h", "line 6 waits for more than 20 minutes"},
    };
    struct scenario *s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char buf[64];
        line_of(&s, rows[i].line);
        const char *why = scenario_not_on_kernel(s, buf, sizeof buf);
        if (rows[i].why)
            assert_string_equal(why, rows[i].why);
        else
            assert_null(why);
        scenario_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_world_is_acted_upon),
        cmocka_unit_test(lines_begin_together),
        cmocka_unit_test(faults_choose_their_packets),
        cmocka_unit_test(what_was_recorded_can_be_replayed),
        cmocka_unit_test(segments_of_a_socket_are_forged),
        cmocka_unit_test(segments_of_strangers_are_forged),
        cmocka_unit_test(states_have_many_spellings),
        cmocka_unit_test(queues_are_compared),
        cmocka_unit_test(segments_on_the_wire_are_listed),
        cmocka_unit_test(hosts_and_programs_are_looked_at),
        cmocka_unit_test(the_kernel_may_have_counters_of_its_own),
        cmocka_unit_test(the_story_as_a_whole_is_looked_at),
        cmocka_unit_test(sweeps_are_measured),
        cmocka_unit_test(the_kernel_plays_what_needs_no_powers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
