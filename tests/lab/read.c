/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What scenarios become when they are read: the head, and programs' calls.
 */
#include "libread.h"

#include <bonnet/netif.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HOSTS   "host client 10.0.0.1\nhost server 10.0.0.2, 192.168.3.2\n"
#define SOCKETS HOSTS "client: s = socket()\nserver: u = socket(udp)\n"

#define assert_addr(addr, a, b, c, d) assert_true(bonnet_addr_equal((addr), bonnet_ip4(a, b, c, d)))

/* The only step of the last line. */
static const struct lab_step *last_step(const struct scenario *s)
{
    const struct lab_line *line = &s->lines[s->lines_n - 1];
    assert_int_equal(line->kind, LAB_LINE_STEP);
    assert_int_equal(line->steps_n, 1);
    return line->steps;
}

static void assert_amount(const struct lab_amount *a, int64_t number)
{
    assert_string_equal(a->variable, "");
    assert_int_equal(a->number, number);
    assert_int_equal(a->times, 1);
    assert_int_equal(a->over, 1);
}

static void the_head_says_who_is_there(void **state)
{
    struct scenario *s = read_good(HOSTS "program more on server\n"
                                         "host third 10.0.0.3\n"
                                         "link client -- server delay 20ms 5ms loss 1% mtu 576\n"
                                         "link third--server # plain\n"
                                         "set server net.core.somaxconn = 5\n"
                                         "set client tcp_max_orphans 0\n"
                                         "sweep size 500, 1000 2000\n");
    (void)state;
    assert_int_equal(s->hosts_n, 3);
    assert_string_equal(s->hosts[1].name, "server");
    assert_int_equal(s->hosts[1].addrs_n, 2);
    assert_addr(s->hosts[1].addrs[1], 192, 168, 3, 2);
    assert_int_equal(s->programs_n, 4);
    assert_string_equal(s->programs[2].name, "third");
    assert_string_equal(s->programs[3].name, "more");
    assert_int_equal(s->programs[3].host, 1);
    assert_int_equal(s->links_n, 2);
    assert_int_equal(s->links[0].config.delay, 20 * BONNET_MS);
    assert_int_equal(s->links[0].config.jitter, 5 * BONNET_MS);
    assert_int_equal(s->links[0].mtu, 576);
    assert_string_equal(s->links[0].words, "delay 20ms 5ms loss 1%");
    assert_int_equal(s->links[1].host[0], 2);
    assert_int_equal(s->links[1].host[1], 1);
    assert_int_equal(s->links[1].mtu, 1500);
    assert_string_equal(s->settings[0].name, "somaxconn");
    assert_int_equal(s->settings[0].host, 1);
    assert_int_equal(s->settings[0].value, 5);
    assert_int_equal(s->settings[0].line, 7);
    assert_int_equal(s->settings_n, 2);
    assert_int_equal(s->sweeps[0].points_n, 3);
    assert_int_equal(s->sweeps[0].points[2], 2000);
    scenario_free(s);
}

static void two_hosts_are_joined_and_one_is_alone(void **state)
{
    struct scenario *s = read_good(HOSTS);
    (void)state;
    assert_int_equal(s->links_n, 1);
    assert_int_equal(s->links[0].config.delay, 10 * BONNET_MS);
    assert_int_equal(s->links[0].mtu, 1500);
    assert_string_equal(s->links[0].words, "delay 10ms");
    assert_int_equal(s->lines_n, 0);
    scenario_free(s);
    s = read_good("host lonely 10.0.0.1");
    assert_int_equal(s->links_n, 0);
    scenario_free(s);
}

/* Comments need a blank before them; a line end of Windows is a line end. */
static void texts_may_have_more_lines_and_letters(void **state)
{
    struct scenario *s = read_good("question Why \"C#\" in t\xc3\xbcrkis?  # says nobody\r\n"
                                   "question And who?\r\n" HOSTS "say it's\tdone  \r\n"
                                   "answer none.");
    (void)state;
    assert_string_equal(s->question, "Why \"C#\" in t\xc3\xbcrkis?\nAnd who?");
    assert_string_equal(s->answer, "none.");
    assert_string_equal(s->lines[0].text, "it's\tdone");
    assert_string_equal(s->lines[0].source, "say it's\tdone");
    assert_string_equal(s->name, "t");
    scenario_free(s);
}

static void sockets_are_made_and_named(void **state)
{
    struct scenario *s =
        read_good(HOSTS "server: l = socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)\n"
                        "server: u=socket(udp) # datagrams\n"
                        "on kernel server: accept(l) = EAGAIN\n"
                        "server: c = accept(l) from client:*\n");
    (void)state;
    const struct lab_step *l = s->lines[0].steps, *u = s->lines[1].steps, *c = last_step(s);
    assert_string_equal(l->variable, "l");
    assert_string_equal(l->socket, "");
    assert_int_equal(l->type, BONNET_SOCK_STREAM);
    assert_true(l->nonblocking);
    assert_int_equal(u->type, BONNET_SOCK_DGRAM);
    assert_false(u->nonblocking);
    assert_string_equal(u->source, "socket(udp)");
    assert_string_equal(s->lines[1].source, "server: u=socket(udp)");
    assert_int_equal(s->lines[1].stacks, LAB_ON_BOTH);
    assert_int_equal(s->lines[2].stacks, LAB_ON_KERNEL);
    assert_int_equal(s->lines[2].steps->outcome.kind, LAB_ERROR);
    assert_int_equal(s->lines[2].steps->outcome.error, EAGAIN);
    assert_string_equal(c->socket, "l");
    assert_int_equal(c->outcome.kind, LAB_ENDPOINT);
    assert_addr(c->outcome.endpoint.addr, 10, 0, 0, 1);
    assert_int_equal(c->outcome.endpoint.port.number, LAB_PORT_ANY);
    assert_int_equal(c->line, 6);
    scenario_free(s);
}

static void endpoints_are_hosts_addresses_or_any(void **state)
{
    static const struct {
        const char *call;
        uint8_t first;
        int64_t port;
    } rows[] = {
        {"client: bind(s, *:80)", 0, 80},
        {"client: bind(s, 10.1.2.3:0)", 10, 0},
        {"client: connect(s, server : 65535)", 10, 65535},
        {"client: connect(s, 192.168.3.2:1)", 192, 1},
        {"server: sendto(u, \"x\", client:53, MSG_DONTWAIT)", 10, 53},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s%s", SOCKETS, rows[i].call);
        struct scenario *s = read_good(text);
        assert_int_equal(last_step(s)->to.addr.b[12], rows[i].first);
        assert_amount(&last_step(s)->to.port, rows[i].port);
        scenario_free(s);
    }
}

static void bytes_are_numbers_variables_and_texts(void **state)
{
    struct scenario *s =
        read_good(HOSTS "sweep size 1\n"
                        "client: s = socket()\n"
                        "client: n = read(s, size*3, MSG_PEEK | MSG_DONTWAIT)\n"
                        "client: recv(s, 0)\n"
                        "client: writev(s, 100, n/2, \"a\\n\\t\\\"\\\\\\x00\\xfF\")\n"
                        "client: send(s, \"\", MSG_MORE)\n");
    (void)state;
    const struct lab_step *read = s->lines[1].steps, *writev = s->lines[3].steps;
    assert_int_equal(read->call, LAB_READ);
    assert_string_equal(read->variable, "n");
    assert_string_equal(read->amount.variable, "size");
    assert_int_equal(read->amount.times, 3);
    assert_int_equal(read->flags, BONNET_MSG_PEEK | BONNET_MSG_DONTWAIT);
    assert_int_equal(s->lines[2].steps->call, LAB_READ);
    assert_int_equal(writev->pieces_n, 3);
    assert_amount(&writev->pieces[0].bytes, 100);
    assert_null(writev->pieces[0].text);
    assert_string_equal(writev->pieces[1].bytes.variable, "n");
    assert_int_equal(writev->pieces[1].bytes.over, 2);
    assert_int_equal(writev->pieces[2].text_len, 7);
    assert_memory_equal(writev->pieces[2].text, "a\n\t\"\\\0\xff", 7);
    assert_amount(&writev->pieces[2].bytes, 7);
    assert_int_equal(last_step(s)->call, LAB_WRITE);
    assert_int_equal(last_step(s)->pieces[0].text_len, 0);
    assert_non_null(last_step(s)->pieces[0].text);
    assert_int_equal(last_step(s)->flags, BONNET_MSG_MORE);
    scenario_free(s);
}

static void options_have_values_of_their_kind(void **state)
{
    struct scenario *s = read_good(SOCKETS "client: setsockopt(s, SO_LINGER, {1, 5s})\n"
                                           "client: setsockopt(s, SO_RCVTIMEO, 1.5s)\n"
                                           "client: setsockopt(s, TCP_KEEPIDLE, 2min)\n"
                                           "client: setsockopt(s, TCP_USER_TIMEOUT, 1500)\n"
                                           "client: setsockopt(s, TCP_CONGESTION, \"reno\")\n"
                                           "client: setsockopt(s, IP_TTL, -1)\n"
                                           "client: getsockopt(s, SO_ERROR) = ECONNREFUSED\n");
    (void)state;
    const struct lab_line *line = &s->lines[2];
    assert_int_equal(line[0].steps->linger.onoff, 1);
    assert_int_equal(line[0].steps->linger.linger, 5);
    assert_int_equal(line[1].steps->duration, 1500 * BONNET_MS);
    assert_amount(&line[2].steps->amount, 120);
    assert_amount(&line[3].steps->amount, 1500);
    assert_string_equal(line[4].steps->pieces[0].text, "reno");
    assert_amount(&line[5].steps->amount, -1);
    assert_int_equal(line[6].steps->option, BONNET_SO_ERROR);
    assert_int_equal(line[6].steps->outcome.error, ECONNREFUSED);
    scenario_free(s);
}

static void polls_and_sleeps_have_durations(void **state)
{
    struct scenario *s = read_good(SOCKETS "client: poll(s, POLLIN) = POLLIN|POLLHUP\n"
                                           "client: poll(s, POLLIN|POLLOUT, 0) = 0\n"
                                           "client: sleep(250us)\n"
                                           "client: shutdown(s, SHUT_RDWR)\n"
                                           "client: exit()\n");
    (void)state;
    const struct lab_line *line = &s->lines[2];
    assert_int_equal(line[0].steps->flags, BONNET_POLLIN);
    assert_int_equal(line[0].steps->duration, BONNET_NEVER);
    assert_int_equal(line[0].steps->outcome.kind, LAB_BITS);
    assert_int_equal(line[0].steps->outcome.bits, BONNET_POLLIN | BONNET_POLLHUP);
    assert_int_equal(line[1].steps->duration, 0);
    assert_int_equal(line[1].steps->outcome.kind, LAB_NUMBER);
    assert_int_equal(line[2].steps->duration, 250 * BONNET_US);
    assert_int_equal(line[3].steps->how, BONNET_SHUT_RDWR);
    assert_int_equal(line[4].steps->call, LAB_EXIT);
    scenario_free(s);
}

static const struct lab_outcome *outcome_of(struct scenario **s, const char *line)
{
    char text[512];
    snprintf(text, sizeof text, "%s%s\n", SOCKETS, line);
    *s = read_good(text);
    return &last_step(*s)->outcome;
}

static void results_are_conditions(void **state)
{
    static const struct {
        const char *line;
        enum lab_compare compare;
        int64_t than, to;
    } rows[] = {
        {"client: read(s, 9) = 5", LAB_EQUAL, 5, 0},
        {"client: read(s, 9) = 1..10", LAB_BETWEEN, 1, 10},
        {"client: read(s, 9) = >0", LAB_MORE, 0, 0},
        {"client: read(s, 9) >= 7", LAB_MORE_EQUAL, 7, 0},
        {"client: read(s, 9) = <= 7", LAB_LESS_EQUAL, 7, 0},
        {"client: read(s, 9) < 7", LAB_LESS, 7, 0},
    };
    struct scenario *s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct lab_outcome *o = outcome_of(&s, rows[i].line);
        assert_int_equal(o->kind, LAB_NUMBER);
        assert_int_equal(o->number.compare, rows[i].compare);
        assert_amount(&o->number.than, rows[i].than);
        if (rows[i].to) assert_amount(&o->number.to, rows[i].to);
        scenario_free(s);
    }
}

static void results_are_texts_errors_and_endpoints(void **state)
{
    struct scenario *s;
    (void)state;
    assert_int_equal(outcome_of(&s, "client: close(s)")->kind, LAB_UNSAID);
    scenario_free(s);
    assert_int_equal(outcome_of(&s, "client: close(s) = any")->kind, LAB_ANY);
    scenario_free(s);
    assert_int_equal(outcome_of(&s, "client: write(s, 1) = -1 EPIPE")->error, EPIPE);
    scenario_free(s);
    const struct lab_outcome *o = outcome_of(&s, "client: recv(s, 9) = \"OK\\n\"");
    assert_int_equal(o->kind, LAB_TEXT);
    assert_int_equal(o->text_len, 3);
    assert_string_equal(o->text, "OK\n");
    scenario_free(s);
    o = outcome_of(&s, "client: p = getsockname(s) = *:1024..65535");
    assert_int_equal(o->kind, LAB_ENDPOINT);
    assert_amount(&o->endpoint.port, 1024);
    assert_int_equal(o->endpoint.port_to, 65535);
    scenario_free(s);
    o = outcome_of(&s, "server: recvfrom(u, 100) = 5 from client:5000");
    assert_int_equal(o->kind, LAB_NUMBER);
    assert_true(o->has_sender);
    assert_amount(&o->sender.port, 5000);
    scenario_free(s);
}

/* A time that is said once has a twentieth of slack. */
static void calls_block_for_a_time(void **state)
{
    struct scenario *s;
    (void)state;
    const struct lab_outcome *o = outcome_of(&s, "client: read(s, 1) = 0 blocks after 20ms");
    assert_true(o->blocks);
    assert_true(o->has_after);
    assert_int_equal(o->from, 19 * BONNET_MS);
    assert_int_equal(o->until, 21 * BONNET_MS);
    scenario_free(s);
    o = outcome_of(&s, "client: read(s, 1) after 1s..2min = 0");
    assert_false(o->blocks);
    assert_int_equal(o->from, BONNET_S);
    assert_int_equal(o->until, 120 * BONNET_S);
    assert_int_equal(o->kind, LAB_NUMBER);
    assert_string_equal(last_step(s)->source, "read(s, 1)");
    scenario_free(s);
}

static void a_repeat_has_one_line_or_more(void **state)
{
    struct scenario *s = read_good(SOCKETS "client: repeat { n = read(s, 1); write(s, n) = any }\n"
                                           "client: repeat 100 {\n"
                                           "    n = read(s, 1)   # a byte\n"
                                           "\n"
                                           "    write(s, \"a # b\"); }\n"
                                           "wait for client\n");
    (void)state;
    const struct lab_line *line = &s->lines[2];
    assert_int_equal(line->kind, LAB_LINE_REPEAT);
    assert_int_equal(line->times, 0);
    assert_int_equal(line->steps_n, 2);
    assert_string_equal(line->steps[1].source, "write(s, n)");
    line++;
    assert_int_equal(line->times, 100);
    assert_int_equal(line->steps_n, 2);
    assert_int_equal(line->line, 6);
    assert_int_equal(line->steps[1].line, 9);
    assert_string_equal(line->source, "client: repeat 100 { n = read(s, 1) write(s, \"a # b\"); }");
    assert_int_equal(line[1].kind, LAB_LINE_WAIT_FOR);
    assert_int_equal(line[1].line, 10);
    scenario_free(s);
}

/* Threads of one host share sockets, and everybody sees what anybody has set. */
static void names_are_seen_by_others(void **state)
{
    struct scenario *s = read_good(HOSTS "program thread on client\n"
                                         "client: s = socket()\n"
                                         "client: s = socket()\n"
                                         "thread: p = getsockname(s)\n"
                                         "server: s = socket()\n"
                                         "server: connect(s, client:p)\n");
    (void)state;
    assert_int_equal(s->lines[2].program, 2);
    assert_string_equal(last_step(s)->to.port.variable, "p");
    scenario_free(s);
}

static void words_are_printed_as_they_are_written(void **state)
{
    (void)state;
    assert_string_equal(lab_call_name(LAB_READ), "read");
    assert_string_equal(lab_call_name(LAB_EXIT), "exit");
    for (int call = 0; call < LAB_CALLS; call++)
        assert_string_not_equal(lab_call_name((enum lab_call)call), "");
    assert_string_equal(lab_gauge_name(LAB_SENDQ), "SendQ");
    assert_string_equal(lab_gauge_name(LAB_SYN_QUEUE), "syn-queue");
    for (int gauge = 0; gauge < LAB_GAUGES; gauge++)
        assert_string_not_equal(lab_gauge_name((enum lab_gauge)gauge), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_says_who_is_there),
        cmocka_unit_test(two_hosts_are_joined_and_one_is_alone),
        cmocka_unit_test(texts_may_have_more_lines_and_letters),
        cmocka_unit_test(sockets_are_made_and_named),
        cmocka_unit_test(endpoints_are_hosts_addresses_or_any),
        cmocka_unit_test(bytes_are_numbers_variables_and_texts),
        cmocka_unit_test(options_have_values_of_their_kind),
        cmocka_unit_test(polls_and_sleeps_have_durations),
        cmocka_unit_test(results_are_conditions),
        cmocka_unit_test(results_are_texts_errors_and_endpoints),
        cmocka_unit_test(calls_block_for_a_time),
        cmocka_unit_test(a_repeat_has_one_line_or_more),
        cmocka_unit_test(names_are_seen_by_others),
        cmocka_unit_test(words_are_printed_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
