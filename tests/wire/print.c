/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines about segments, in packetdrill's words. */
#include "wire/print.h"
#include "libwire.h"

static void lines_of_segments(void **state)
{
    (void)state;
    const struct {
        struct tcp_seg seg;
        const char *line;
    } rows[] = {
        {{.flags = TCP_SYN,
          .wnd = 65535,
          .has = TCP_OPT_MSS | TCP_OPT_SACK_PERMITTED | TCP_OPT_TIMESTAMPS,
          .mss = 1460,
          .ts_val = 1},
         "S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0>"},
        {{.flags = TCP_SYN | TCP_ACK,
          .ack = seq(1),
          .wnd = 65160,
          .has = TCP_OPT_MSS | TCP_OPT_SACK_PERMITTED | TCP_OPT_TIMESTAMPS | TCP_OPT_WSCALE,
          .mss = 1460,
          .ts_val = 5,
          .ts_ecr = 1,
          .wscale = 7},
         "S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 5 ecr 1,nop,wscale 7>"},
        {{.flags = TCP_SYN,
          .wnd = 100,
          .has = TCP_OPT_MSS | TCP_OPT_SACK_PERMITTED | TCP_OPT_WSCALE,
          .mss = 536},
         "S 0:0(0) win 100 <mss 536,nop,nop,sackOK,nop,wscale 0>"},
        {{.flags = TCP_ACK, .seq = seq(1), .ack = seq(1), .wnd = 257}, ". 1:1(0) ack 1 win 257"},
        {{.flags = TCP_ACK | TCP_PSH,
          .seq = seq(1),
          .ack = seq(1),
          .wnd = 257,
          .len = 1000,
          .has = TCP_OPT_TIMESTAMPS,
          .ts_val = 100,
          .ts_ecr = 200},
         "P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 100 ecr 200>"},
        {{.flags = TCP_ACK,
          .seq = seq(1),
          .ack = seq(1001),
          .has = TCP_OPT_SACK,
          .sack_n = 2,
          .sack = {{seq(2001), seq(3001)}, {seq(4001), seq(5001)}}},
         ". 1:1(0) ack 1001 win 0 <nop,nop,sack 2001:3001 4001:5001>"},
        {{.flags = TCP_FIN | TCP_ACK, .seq = seq(7), .ack = seq(8)}, "F. 7:7(0) ack 8 win 0"},
        {{.flags = TCP_RST, .seq = seq(7), .ack = seq(8)}, "R 7:7(0) win 0"},
        {{.flags = 0}, "- 0:0(0) win 0"},
        {{.flags = 0x1ff, .urg = 3, .len = 3}, "FSRP.UEWA 0:3(3) ack 0 win 0 urg 3"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char line[WIRE_PRINT_MAX];
        assert_string_equal(tcp_print(&rows[i].seg, seq(0), seq(0), line), rows[i].line);
    }
}

/* Bases on both sides of the turn of the circle; SACK blocks count like the acknowledgment. */
static void numbers_are_relative(void **state)
{
    (void)state;
    struct tcp_seg s = {
        .flags = TCP_ACK,
        .seq = seq(5),
        .ack = seq(0x80000010),
        .len = 10,
        .has = TCP_OPT_SACK,
        .sack_n = 1,
        .sack = {{seq(0x80000020), seq(0x80000030)}},
    };
    char line[WIRE_PRINT_MAX];
    assert_string_equal(tcp_print(&s, seq(UINT32_MAX), seq(0x80000000), line),
                        ". 6:16(10) ack 16 win 0 <nop,nop,sack 32:48>");
}

static void the_longest_line_has_room(void **state)
{
    (void)state;
    struct tcp_seg s;
    memset(&s, 0xff, sizeof(s));
    s.flags = 0x1ff;
    s.len = 0;
    char *line = malloc(WIRE_PRINT_MAX);
    assert_non_null(line);
    assert_true(strlen(tcp_print(&s, seq(0), seq(0), line)) < WIRE_PRINT_MAX);
    free(line);
}

static void endpoints_have_a_port(void **state)
{
    (void)state;
    char text[WIRE_PRINT_MAX];
    struct bonnet_endpoint four = {bonnet_ip4(10, 0, 0, 1), 80, 0}, six = {{{[15] = 1}}, 65535, 0};
    assert_string_equal(endpoint_print(&four, text), "10.0.0.1:80");
    assert_string_equal(endpoint_print(&six, text), "[::1]:65535");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_segments),
        cmocka_unit_test(numbers_are_relative),
        cmocka_unit_test(the_longest_line_has_room),
        cmocka_unit_test(endpoints_have_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
