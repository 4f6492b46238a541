/* SPDX-License-Identifier: BSD-2-Clause */
/* From the door's lines of JSON to the lines that people read, which are those of iproute2's ss. */
#include "ss.h"

#include "libtools.h"

#include <stdio.h>
#include <string.h>

#define INFO                                                                                 \
    "\"info\":{\"tcpi_state\":1,\"tcpi_options\":7,\"tcpi_wscale\":103,\"tcpi_rto\":204000," \
    "\"tcpi_rtt\":100,\"tcpi_rttvar\":50,\"tcpi_snd_mss\":1448,\"tcpi_rcv_mss\":536,"        \
    "\"tcpi_pmtu\":1500,\"tcpi_advmss\":1448,\"tcpi_snd_cwnd\":10,\"tcpi_snd_ssthresh\":"    \
    "2147483647,\"tcpi_bytes_sent\":5000,\"tcpi_bytes_acked\":4001,\"tcpi_segs_out\":7,"     \
    "\"tcpi_last_data_sent\":12,\"tcpi_pacing_rate\":18446744073709551615,"                  \
    "\"tcpi_delivery_rate\":125000000,\"tcpi_delivered\":4,\"tcpi_busy_time\":20000,"        \
    "\"tcpi_rwnd_limited\":5000,\"tcpi_unacked\":1,\"tcpi_total_retrans\":2,"                \
    "\"tcpi_reordering\":3,\"tcpi_min_rtt\":60,\"tcpi_snd_wnd\":65536,"                      \
    "\"tcpi_delivery_rate_app_limited\":1}"

static const char listener[] =
    "{\"kind\":\"listener\",\"state\":\"LISTEN\",\"socket\":1,"
    "\"local\":{\"addr\":\"0.0.0.0\",\"port\":80,\"scope\":0},"
    "\"remote\":{\"addr\":\"0.0.0.0\",\"port\":0,\"scope\":0},"
    "\"recv_q\":2,\"send_q\":4096,\"syn_q\":3,\"syn_q_max\":4096,\"congestion\":null}";
static const char established[] =
    "{\"kind\":\"connection\",\"state\":\"ESTABLISHED\",\"socket\":258,"
    "\"local\":{\"addr\":\"10.7.0.2\",\"port\":80,\"scope\":0},"
    "\"remote\":{\"addr\":\"10.7.0.1\",\"port\":51234,\"scope\":0},"
    "\"recv_q\":5,\"send_q\":999,\"timer\":\"on\",\"timer_left\":200000000,\"retransmits\":1,"
    "\"delivered\":70,\"recv_q_max\":131072,\"send_q_max\":16384,\"memory\":2000,\"out_of_order\":"
    "10,"
    "\"why\":\"peer's window\",\"congestion\":\"reno\"," INFO "}";
static const char time_wait[] = "{\"kind\":\"time_wait\",\"state\":\"TIME-WAIT\",\"socket\":-1,"
                                "\"local\":{\"addr\":\"10.7.0.2\",\"port\":80,\"scope\":0},"
                                "\"remote\":{\"addr\":\"10.7.0.1\",\"port\":40000,\"scope\":0},"
                                "\"timer\":\"timewait\",\"timer_left\":59999000000}";
static const char datagram[] = "{\"kind\":\"datagram\",\"state\":\"CLOSED\",\"socket\":3,"
                               "\"local\":{\"addr\":\"10.7.0.2\",\"port\":53,\"scope\":0},"
                               "\"remote\":{\"addr\":\"0.0.0.0\",\"port\":0,\"scope\":0}}";

/* What is printed for the rows that o asks for. */
static const char *listing(const struct ss_options *o)
{
    static const char *const lines[] = {datagram, listener, established, time_wait};
    static const struct ss_process process = {"bonnet", 42, 0};
    static struct text out;
    struct ss_row rows[COUNT(lines)];
    text_fini(&out);
    text_init(&out, 1 << 16);
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_true(ss_row_parse(lines[i], strlen(lines[i]), &rows[i]));
    ss_print(o, rows, COUNT(rows), &process, &out);
    assert_false(out.failed);
    return out.p;
}

static void tcp_only_has_no_netid(void **state)
{
    const struct ss_options o = {.tcp = true, .all = true, .numeric = true};
    (void)state;
    assert_string_equal(listing(&o),
                        "State     Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
                        "LISTEN    2      4096         0.0.0.0:80        0.0.0.0:*\n"
                        "ESTAB     5      999         10.7.0.2:80       10.7.0.1:51234\n"
                        "TIME-WAIT 0      0           10.7.0.2:80       10.7.0.1:40000\n");
}

static void both_kinds_have_netid(void **state)
{
    const struct ss_options o = {.tcp = true, .udp = true, .listening = true, .numeric = true};
    (void)state;
    assert_string_equal(listing(&o),
                        "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
                        "udp   UNCONN 0      0           10.7.0.2:53        0.0.0.0:*\n"
                        "tcp   LISTEN 2      4096         0.0.0.0:80        0.0.0.0:*\n");
}

static void without_all_connections_are_shown(void **state)
{
    const struct ss_options o = {.tcp = true, .udp = true, .numeric = true, .no_header = true};
    (void)state;
    assert_string_equal(listing(&o), "tcp ESTAB 5      999    10.7.0.2:80 10.7.0.1:51234\n");
}

static void timers_memory_processes_and_more_follow(void **state)
{
    const struct ss_options o = {.tcp = true,
                                 .all = true,
                                 .numeric = true,
                                 .no_header = true,
                                 .timers = true,
                                 .memory = true,
                                 .extended = true,
                                 .processes = true,
                                 .oneline = true};
    const char *out = listing(&o);
    (void)state;
    assert_non_null(strstr(out, " users:((\"bonnet\",pid=42,fd=258)) timer:(on,200ms,1) sk:102 "
                                "<-> delivered:70 waits:(peer's window) skmem:(r15,rb131072,t0,"
                                "tb16384,f986,w999,o0,bl0,d0)\n"));
    assert_non_null(strstr(out, ":40000 timer:(timewait,59sec,0)\n"));
    assert_non_null(strstr(out, " sk:1 <-> synq:3/4096 skmem:(r0,"));
}

static void info_has_the_words_of_ss(void **state)
{
    struct ss_options o = {.tcp = true, .numeric = true, .timers = true, .info = true};
    (void)state;
    const char *words =
        "\n\t ts sack reno wscale:7,6 rto:204 rtt:0.1/0.05 mss:1448 pmtu:1500 rcvmss:536 "
        "advmss:1448 cwnd:10 bytes_sent:5000 bytes_acked:4001 segs_out:7 send 1158400000bps "
        "lastsnd:12 delivery_rate 1000000000bps delivered:4 app_limited busy:20ms "
        "rwnd_limited:5ms(25.0%) unacked:1 retrans:0/2 minrtt:0.06 snd_wnd:65536\n";
    const char *found = strstr(listing(&o), "\n\t");
    assert_non_null(found);
    assert_string_equal(found, words);
    o.timers = false;
    o.numeric = false;
    found = strstr(listing(&o), "\n\t");
    assert_non_null(found);
    assert_memory_equal(found, "\n\t reno wscale:7,6 ", 19);
    assert_non_null(strstr(found, " send 1.16Gbps "));
}

/* How long a TIME-WAIT lasts is told with -e, too: that is all there is to know of it. */
static void extended_tells_the_end_of_time_wait(void **state)
{
    const struct ss_options o = {
        .tcp = true, .numeric = true, .extended = true, .states = 1u << BONNET_TIME_WAIT};
    (void)state;
    assert_string_equal(
        listing(&o),
        "Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
        "0      0           10.7.0.2:80       10.7.0.1:40000 timer:(timewait,59sec,0)\n");
}

static void arrows_tell_what_is_open(void **state)
{
    static const struct {
        enum bonnet_tcp_state state;
        const char *arrow;
    } rows[] = {
        {BONNET_ESTABLISHED, " <->"}, {BONNET_CLOSE_WAIT, " -->"}, {BONNET_FIN_WAIT_1, " <--"},
        {BONNET_FIN_WAIT_2, " <--"},  {BONNET_CLOSING, " ---"},    {BONNET_LAST_ACK, " ---"},
    };
    const struct ss_options o = {.tcp = true, .extended = true, .no_header = true};
    const struct ss_process process = {"", 0, 0};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ss_row row = {.row = {.kind = BONNET_ROW_CONNECTION, .socket = -1}};
        struct ss_line line;
        row.row.state = rows[i].state;
        assert_true(ss_line_make(&o, &row, &process, &line));
        assert_string_equal(line.cells[SS_PROCESS], rows[i].arrow);
        ss_line_fini(&line);
    }
}

/* ss hides a column in which there can be one word only. */
static void one_state_has_no_column(void **state)
{
    struct ss_options o = {.tcp = true, .numeric = true, .states = 1u << BONNET_ESTABLISHED};
    (void)state;
    assert_string_equal(listing(&o), "Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
                                     "5      999         10.7.0.2:80       10.7.0.1:51234\n");
    o.states |= 1u << BONNET_LISTEN;
    assert_memory_equal(listing(&o), "State  Recv-Q ", 14);
}

static void addresses_of_one_family_are_chosen(void **state)
{
    struct ss_options o = {.tcp = true, .all = true, .no_header = true, .ip6 = true};
    (void)state;
    assert_null(listing(&o));
    o = (struct ss_options){.tcp = true, .no_header = true, .ip4 = true, .numeric = true};
    assert_string_equal(listing(&o), "ESTAB 5      999    10.7.0.2:80 10.7.0.1:51234\n");
}

static void the_summary_has_the_numbers_of_ss(void **state)
{
    static const char *const lines[] = {datagram, listener, established, time_wait, time_wait};
    struct ss_counts counts = {.sockets = 3, .reassemblies = 7};
    struct text out;
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct ss_row row;
        assert_true(ss_row_parse(lines[i], strlen(lines[i]), &row));
        ss_count(&counts, &row.row);
    }
    text_init(&out, 4096);
    ss_add_summary(&out, &counts);
    assert_string_equal(out.p, "Total: 3\n"
                               "TCP:   4 (estab 1, closed 2, orphaned 0, timewait 2)\n"
                               "\n"
                               "Transport Total     IP        IPv6\n"
                               "RAW\t  0         0         0\n"
                               "UDP\t  1         1         0\n"
                               "TCP\t  2         2         0\n"
                               "INET\t  3         3         0\n"
                               "FRAG\t  7         7         0\n"
                               "\n");
    text_fini(&out);
}

/* A second line begins where the first one ends, and is there only for those that have one. */
static void second_lines_leave_no_blanks(void **state)
{
    struct ss_options o = {.tcp = true, .listening = true, .numeric = true, .memory = true};
    (void)state;
    assert_non_null(strstr(listing(&o), " 0.0.0.0:*\n\t skmem:("));
    o.memory = false;
    o.info = true;
    assert_null(strstr(listing(&o), "\t"));
}

static void time_left_is_told_as_ss_does(void **state)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } rows[] = {
        {5, "005ms"},      {200, "200ms"},      {1000, "1sec"},        {1250, "1.250ms"},
        {10500, "10sec"},  {60000, "1min"},     {119000, "1min59sec"}, {599000, "9min59sec"},
        {605000, "10min"}, {7200000, "120min"},
    };
    const struct ss_options o = {.tcp = true, .timers = true};
    const struct ss_process process = {"", 0, 0};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ss_row row = {.row = {.kind = BONNET_ROW_CONNECTION, .state = BONNET_ESTABLISHED}};
        struct ss_line line;
        char expected[64];
        row.row.timer = BONNET_TIMER_KEEPALIVE;
        row.row.timer_left = rows[i].ms * BONNET_MS;
        assert_true(ss_line_make(&o, &row, &process, &line));
        snprintf(expected, sizeof(expected), " timer:(keepalive,%s,0)", rows[i].text);
        assert_string_equal(line.cells[SS_PROCESS], expected);
        ss_line_fini(&line);
    }
}

/* IPv6 is in brackets, and "any" of it is a star, since it stands for IPv4, too. */
static void ip6_is_told_from_its_port(void **state)
{
    static const char line[] = "{\"kind\":\"connection\",\"state\":\"ESTABLISHED\",\"socket\":1,"
                               "\"local\":{\"addr\":\"2001:db8::1\",\"port\":80,\"scope\":0},"
                               "\"remote\":{\"addr\":\"::\",\"port\":0,\"scope\":0}}";
    const struct ss_options o = {.tcp = true, .numeric = true};
    struct ss_row row;
    struct text out;
    (void)state;
    text_init(&out, 4096);
    assert_true(ss_row_parse(line, strlen(line), &row));
    ss_add_endpoint(&out, &o, &row.row.local, false);
    text_add(&out, " ");
    ss_add_endpoint(&out, &o, &row.row.remote, false);
    assert_string_equal(out.p, "[2001:db8::1]:80 *:*");
    text_fini(&out);
}

static void ports_have_names_unless_numeric(void **state)
{
    const struct ss_options o = {.tcp = true, .listening = true, .no_header = true};
    (void)state;
    assert_string_equal(listing(&o), "LISTEN 2      4096   0.0.0.0:http 0.0.0.0:*\n");
}

static void what_is_no_row_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "{",
        "[]",
        "7",
        "{\"error\":\"unknown request\"}",
        "{\"kind\":\"connection\"}",
        "{\"kind\":\"spoon\",\"local\":{},\"remote\":{}}",
        "{\"kind\":\"connection\",\"local\":7,\"remote\":7",
    };
    struct ss_row row;
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_false(ss_row_parse(lines[i], strlen(lines[i]), &row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_only_has_no_netid),
        cmocka_unit_test(both_kinds_have_netid),
        cmocka_unit_test(without_all_connections_are_shown),
        cmocka_unit_test(timers_memory_processes_and_more_follow),
        cmocka_unit_test(info_has_the_words_of_ss),
        cmocka_unit_test(extended_tells_the_end_of_time_wait),
        cmocka_unit_test(arrows_tell_what_is_open),
        cmocka_unit_test(one_state_has_no_column),
        cmocka_unit_test(addresses_of_one_family_are_chosen),
        cmocka_unit_test(the_summary_has_the_numbers_of_ss),
        cmocka_unit_test(second_lines_leave_no_blanks),
        cmocka_unit_test(time_left_is_told_as_ss_does),
        cmocka_unit_test(ip6_is_told_from_its_port),
        cmocka_unit_test(ports_have_names_unless_numeric),
        cmocka_unit_test(what_is_no_row_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
