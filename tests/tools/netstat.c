/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of `bonnet netstat`: net-tools' columns, widths and words, taken from the original. */
#include "netstat.h"

#include "libtools.h"

#include <stdio.h>
#include <string.h>

#define LOCAL(p)  .local = {.addr = {{[10] = 0xff, 0xff, 127, 0, 0, 1}}, .port = (p)}
#define REMOTE(p) .remote = {.addr = {{[10] = 0xff, 0xff, 127, 0, 0, 1}}, .port = (p)}
#define ANYBODY   .remote = {.addr = {{[10] = 0xff, 0xff}}}

static const struct ss_row rows[] = {
    {.row = {.kind = BONNET_ROW_DATAGRAM,
             .socket = 11,
             .state = BONNET_CLOSED,
             LOCAL(53),
             ANYBODY,
             .recv_q = 832}},
    {.row = {.kind = BONNET_ROW_DATAGRAM,
             .socket = 12,
             .state = BONNET_ESTABLISHED,
             LOCAL(57612),
             REMOTE(53)}},
    {.row = {.kind = BONNET_ROW_CONNECTION,
             .socket = 7,
             .state = BONNET_ESTABLISHED,
             LOCAL(52036),
             REMOTE(8080),
             .send_q = 3782144,
             .timer = BONNET_TIMER_PERSIST,
             .timer_left = 660 * BONNET_MS,
             .retransmits = 1}},
    {.row = {.kind = BONNET_ROW_CONNECTION,
             .socket = 9,
             .state = BONNET_CLOSE_WAIT,
             LOCAL(52050),
             REMOTE(8080),
             .recv_q = 3}},
    {.row = {.kind = BONNET_ROW_CONNECTION,
             .socket = 8,
             .state = BONNET_ESTABLISHED,
             LOCAL(8080),
             REMOTE(52036),
             .recv_q = 128512,
             .timer = BONNET_TIMER_DELACK,
             .timer_left = 9 * BONNET_MS}},
    {.row = {.kind = BONNET_ROW_TIME_WAIT,
             .socket = -1,
             .state = BONNET_TIME_WAIT,
             LOCAL(52058),
             REMOTE(8080),
             .timer = BONNET_TIMER_TIMEWAIT,
             .timer_left = 58980 * BONNET_MS}},
    {.row = {.kind = BONNET_ROW_LISTENER,
             .socket = 3,
             .state = BONNET_LISTEN,
             LOCAL(8080),
             ANYBODY,
             .recv_q = 1,
             .send_q = 5}},
    {.row = {.kind = BONNET_ROW_UNBOUND, .socket = 4, .state = BONNET_CLOSED, ANYBODY}},
};

static const char *listing(const struct netstat_options *o)
{
    static const struct ss_process process = {"python3", 18782, 0};
    static struct text out;
    text_fini(&out);
    text_init(&out, 1 << 16);
    netstat_print(o, rows, COUNT(rows), &process, &out);
    assert_false(out.failed);
    return out.p;
}

static void tcp_and_all_is_the_classic_table(void **state)
{
    const struct netstat_options o = {.tcp = true, .all = true, .numeric = true};
    (void)state;
    assert_string_equal(
        listing(&o),
        "Active Internet connections (servers and established)\n"
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State\n"
        "tcp        1      0 127.0.0.1:8080          0.0.0.0:*               LISTEN\n"
        "tcp        0 3782144 127.0.0.1:52036         127.0.0.1:8080          ESTABLISHED\n"
        "tcp        3      0 127.0.0.1:52050         127.0.0.1:8080          CLOSE_WAIT\n"
        "tcp   128512      0 127.0.0.1:8080          127.0.0.1:52036         ESTABLISHED\n"
        "tcp        0      0 127.0.0.1:52058         127.0.0.1:8080          TIME_WAIT\n");
}

static void more_columns_follow_in_their_order(void **state)
{
    const struct netstat_options o = {
        .all = true, .numeric = true, .timers = true, .extended = true, .processes = true};
    const char *out = listing(&o);
    (void)state;
    assert_non_null(strstr(out, "State       User       Inode      PID/Program name     Timer\n"));
    assert_non_null(strstr(out, " LISTEN      0          0          18782/python3        off "
                                "(0.00/0/0)\n"));
    assert_non_null(strstr(out, " ESTABLISHED 0          0          18782/python3        probe "
                                "(0.66/0/1)\n"));
    assert_non_null(strstr(out, " 127.0.0.1:52036         ESTABLISHED 0          0          "
                                "18782/python3        off (0.00/0/0)\n"));
    assert_non_null(strstr(out, " TIME_WAIT   0          0          -                    timewait "
                                "(58.98/0/0)\n"));
    assert_non_null(strstr(out, "\nudp      832      0 127.0.0.1:53            0.0.0.0:* "));
    assert_non_null(strstr(out, " 0.0.0.0:*                           0          0          187"));
}

static void without_all_there_are_no_servers(void **state)
{
    const struct netstat_options o = {.numeric = true};
    const char *out = listing(&o);
    (void)state;
    assert_non_null(strstr(out, "connections (w/o servers)\n"));
    assert_null(strstr(out, "LISTEN"));
    assert_null(strstr(out, "0.0.0.0"));
    assert_non_null(strstr(out, "TIME_WAIT"));
    assert_non_null(strstr(
        out, "udp        0      0 127.0.0.1:57612         127.0.0.1:53            ESTABLISHED\n"));
}

static void listening_is_servers_only(void **state)
{
    const struct netstat_options o = {.numeric = true, .listening = true};
    (void)state;
    assert_string_equal(
        listing(&o), "Active Internet connections (only servers)\n"
                     "Proto Recv-Q Send-Q Local Address           Foreign Address         State\n"
                     "tcp        1      0 127.0.0.1:8080          0.0.0.0:*               LISTEN\n"
                     "udp      832      0 127.0.0.1:53            0.0.0.0:*\n");
}

static void names_stand_for_ports(void **state)
{
    const struct netstat_options o = {.udp = true, .all = true};
    (void)state;
    assert_non_null(strstr(listing(&o), ":domain "));
}

static void long_addresses_are_cut_unless_wide(void **state)
{
    const struct ss_row row = {
        .row = {.kind = BONNET_ROW_CONNECTION,
                .socket = 1,
                .state = BONNET_SYN_SENT,
                .local = {{{0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, 45678, 0},
                ANYBODY}};
    struct netstat_options o = {.numeric = true};
    struct text out;
    (void)state;
    text_init(&out, 4096);
    netstat_print(&o, &row, 1, NULL, &out);
    assert_non_null(strstr(out.p, "\ntcp6       0      0 2001:db8:102:304::45678 0.0.0.0:*"));
    o.wide = true;
    netstat_print(&o, &row, 1, NULL, &out);
    assert_non_null(strstr(out.p, " 2001:db8:102:304:506:708:90a:b0c:45678 0.0.0.0:*"));
    text_fini(&out);
}

/* What net-tools says when a counter is 7. */
static const struct {
    const char *counter, *line;
} sentences[] = {
    {"IpInReceives", "    7 total packets received"},
    {"IpInHdrErrors", "    7 with invalid headers"},
    {"IpInAddrErrors", "    7 with invalid addresses"},
    {"IpInUnknownProtos", "    7 with unknown protocol"},
    {"IpInDiscards", "    7 incoming packets discarded"},
    {"IpInDelivers", "    7 incoming packets delivered"},
    {"IpOutRequests", "    7 requests sent out"},
    {"IpOutDiscards", "    7 outgoing packets dropped"},
    {"IpOutNoRoutes", "    7 dropped because of missing route"},
    {"IpReasmTimeout", "    7 fragments dropped after timeout"},
    {"IpReasmReqds", "    7 reassemblies required"},
    {"IpReasmOKs", "    7 packets reassembled ok"},
    {"IpReasmFails", "    7 packet reassemblies failed"},
    {"IpFragOKs", "    7 outgoing packets fragmented ok"},
    {"IpFragFails", "    7 outgoing packets failed fragmentation"},
    {"IpFragCreates", "    7 fragments created"},
    {"IcmpInMsgs", "    7 ICMP messages received"},
    {"IcmpInErrors", "    7 input ICMP message failed"},
    {"IcmpInCsumErrors", "    InCsumErrors: 7"},
    {"IcmpInDestUnreachs", "        destination unreachable: 7"},
    {"IcmpInTimeExcds", "        timeout in transit: 7"},
    {"IcmpInParmProbs", "        wrong parameters: 7"},
    {"IcmpInEchos", "        echo requests: 7"},
    {"IcmpOutMsgs", "    7 ICMP messages sent"},
    {"IcmpOutDestUnreachs", "        destination unreachable: 7"},
    {"IcmpOutTimeExcds", "        time exceeded: 7"},
    {"IcmpOutParmProbs", "        wrong parameters: 7"},
    {"IcmpOutEchoReps", "        echo replies: 7"},
    {"TcpActiveOpens", "    7 active connection openings"},
    {"TcpPassiveOpens", "    7 passive connection openings"},
    {"TcpAttemptFails", "    7 failed connection attempts"},
    {"TcpEstabResets", "    7 connection resets received"},
    {"TcpCurrEstab", "    7 connections established"},
    {"TcpInSegs", "    7 segments received"},
    {"TcpOutSegs", "    7 segments sent out"},
    {"TcpRetransSegs", "    7 segments retransmitted"},
    {"TcpInErrs", "    7 bad segments received"},
    {"TcpOutRsts", "    7 resets sent"},
    {"TcpInCsumErrors", "    InCsumErrors: 7"},
    {"UdpInDatagrams", "    7 packets received"},
    {"UdpNoPorts", "    7 packets to unknown port received"},
    {"UdpInErrors", "    7 packet receive errors"},
    {"UdpOutDatagrams", "    7 packets sent"},
    {"UdpRcvbufErrors", "    7 receive buffer errors"},
    {"UdpInCsumErrors", "    InCsumErrors: 7"},
    {"TcpExtSyncookiesSent", "    7 SYN cookies sent"},
    {"TcpExtSyncookiesRecv", "    7 SYN cookies received"},
    {"TcpExtSyncookiesFailed", "    7 invalid SYN cookies received"},
    {"TcpExtEmbryonicRsts", "    7 resets received for embryonic SYN_RECV sockets"},
    {"TcpExtTW", "    7 TCP sockets finished time wait in fast timer"},
    {"TcpExtTWRecycled", "    7 time wait sockets recycled by time stamp"},
    {"TcpExtPAWSEstab", "    7 packets rejected in established connections because of timestamp"},
    {"TcpExtDelayedACKs", "    7 delayed acks sent"},
    {"TcpExtListenOverflows", "    7 times the listen queue of a socket overflowed"},
    {"TcpExtListenDrops", "    7 SYNs to LISTEN sockets dropped"},
    {"TcpExtTCPPureAcks", "    7 acknowledgments not containing data payload received"},
    {"TcpExtTCPFastRetrans", "    7 fast retransmits"},
    {"TcpExtTCPSlowStartRetrans", "    7 retransmits in slow start"},
    {"TcpExtTCPTimeouts", "    TCPTimeouts: 7"},
    {"TcpExtTCPRcvCollapsed", "    7 packets collapsed in receive queue due to low socket buffer"},
    {"TcpExtTCPDSACKOldSent", "    TCPDSACKOldSent: 7"},
    {"TcpExtTCPDSACKOfoSent", "    TCPDSACKOfoSent: 7"},
    {"TcpExtTCPDSACKRecv", "    TCPDSACKRecv: 7"},
    {"TcpExtTCPAbortOnData", "    7 connections reset due to unexpected data"},
    {"TcpExtTCPAbortOnClose", "    7 connections reset due to early user close"},
    {"TcpExtTCPAbortOnMemory", "    7 connections aborted due to memory pressure"},
    {"TcpExtTCPAbortOnTimeout", "    7 connections aborted due to timeout"},
    {"TcpExtTCPAbortOnLinger", "    7 connections aborted after user close in linger timeout"},
    {"TcpExtTCPAbortFailed", "    7 times unable to send RST due to no memory"},
    {"TcpExtTCPSACKDiscard", "    TCPSACKDiscard: 7"},
    {"TcpExtTCPTimeWaitOverflow", "    TCPTimeWaitOverflow: 7"},
    {"TcpExtTCPReqQFullDoCookies", "    TCPReqQFullDoCookies: 7"},
    {"TcpExtTCPReqQFullDrop", "    TCPReqQFullDrop: 7"},
    {"TcpExtTCPOFOQueue", "    TCPOFOQueue: 7"},
    {"TcpExtTCPOFODrop", "    TCPOFODrop: 7"},
    {"TcpExtTCPOFOMerge", "    TCPOFOMerge: 7"},
    {"TcpExtTCPChallengeACK", "    TCPChallengeACK: 7"},
    {"TcpExtTCPSYNChallenge", "    TCPSYNChallenge: 7"},
    {"TcpExtTCPFromZeroWindowAdv", "    TCPFromZeroWindowAdv: 7"},
    {"TcpExtTCPToZeroWindowAdv", "    TCPToZeroWindowAdv: 7"},
    {"TcpExtTCPWantZeroWindowAdv", "    TCPWantZeroWindowAdv: 7"},
    {"TcpExtTCPSynRetrans", "    TCPSynRetrans: 7"},
    {"TcpExtTCPOrigDataSent", "    TCPOrigDataSent: 7"},
    {"TcpExtTCPACKSkippedChallenge", "    TCPACKSkippedChallenge: 7"},
    {"TcpExtTCPWinProbe", "    TCPWinProbe: 7"},
    {"TcpExtTCPKeepAlive", "    TCPKeepAlive: 7"},
    {"TcpExtTCPDelivered", "    TCPDelivered: 7"},
    {"TcpExtTCPFullUndo", "    7 congestion windows fully recovered without slow start"},
    {"TcpExtTCPLossProbes", "    TCPLossProbes: 7"},
    {"TcpExtTCPDeliveredCE", "    TCPDeliveredCE: 7"},
    {"IpExtInCEPkts", "    InCEPkts: 7"},
    {"TcpExtWhatIsToCome", "    WhatIsToCome: 7"},
};

static const char *statistics(const struct netstat_options *o, const char *counter)
{
    static struct nstat_list list;
    static struct text out;
    text_fini(&out);
    text_init(&out, 1 << 16);
    list.counters[0].value = 7;
    list.n = 1;
    snprintf(list.counters[0].name, NSTAT_NAME_MAX, "%s", counter);
    netstat_print_statistics(o, &list, &out);
    assert_false(out.failed);
    return out.p;
}

static void each_counter_has_the_sentence_of_net_tools(void **state)
{
    const struct netstat_options o = {.statistics = true};
    char line[256];
    (void)state;
    for (size_t i = 0; i < COUNT(sentences); i++) {
        snprintf(line, sizeof(line), "\n%s\n", sentences[i].line);
        const char *out = statistics(&o, sentences[i].counter);
        if (!strstr(out, line)) fail_msg("%s: no '%s'", sentences[i].counter, sentences[i].line);
        assert_ptr_equal(strchr(out, '7'), strrchr(out, '7'));
    }
}

static void what_never_happened_is_told_in_few_lines(void **state)
{
    const struct netstat_options all = {.statistics = true};
    const struct netstat_options tcp = {.statistics = true, .tcp = true};
    const struct netstat_options udp = {.statistics = true, .udp = true};
    (void)state;
    assert_non_null(strstr(statistics(&all, "None"), "Udp:\n    0 packets received\n"));
    assert_non_null(strstr(statistics(&all, "None"), "    ICMP output histogram:\nTcp:\n"));
    assert_non_null(strstr(statistics(&all, "None"), "    0 send buffer errors\nTcpExt:\n"));
    assert_null(strstr(statistics(&all, "None"), "invalid headers"));
    assert_non_null(
        strstr(statistics(&all, "IpExtInCEPkts"), "TcpExt:\nIpExt:\n    InCEPkts: 7\n"));
    assert_non_null(strstr(statistics(&tcp, "None"), "IpExt:\n")); /* as net-tools does */
    assert_memory_equal(statistics(&tcp, "None"), "Tcp:\n", 5);
    assert_null(strstr(statistics(&tcp, "None"), "Udp:"));
    assert_memory_equal(statistics(&udp, "None"), "Udp:\n", 5);
    assert_null(strstr(statistics(&udp, "None"), "TcpExt:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_and_all_is_the_classic_table),
        cmocka_unit_test(more_columns_follow_in_their_order),
        cmocka_unit_test(without_all_there_are_no_servers),
        cmocka_unit_test(listening_is_servers_only),
        cmocka_unit_test(names_stand_for_ports),
        cmocka_unit_test(each_counter_has_the_sentence_of_net_tools),
        cmocka_unit_test(what_never_happened_is_told_in_few_lines),
        cmocka_unit_test(long_addresses_are_cut_unless_wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
