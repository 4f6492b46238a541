/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline of events made by hand: how each kind of event reads, and where it stands. */
#include "liblab.h"

#include <errno.h>
#include <string.h>

static const char story[] = "question Who?\n"
                            "host client 10.0.0.1\n"
                            "host server 10.0.0.2\n"
                            "server: l = socket()\n"
                            "server: c = accept(l) blocks\n"
                            "client: s = socket()\n"
                            "client: connect(s, server:80) = 0\n"
                            "client: repeat { read(s, 100) }\n"
                            "client: close(s)\n"
                            "expect server c is TIME-WAIT\n"
                            "answer You.\n";

static const struct lab_subject s = {.program = "client", .socket = "s"};
static const struct lab_subject c = {.program = "server", .socket = "c"};

#define AT(ms) .at = (ms)*BONNET_MS

static void the_head_says_who_is_where(void **state)
{
    struct told *t = told_new(story);
    (void)state;
    tell(t, .kind = LAB_EVENT_BEGIN, .begin = {"bonnet", 7});
    told_is(t, "story  on bonnet, seed 7\n"
               "\n"
               "Who?\n"
               "\n"
               "             client  10.0.0.1                 server  10.0.0.2\n"
               "             client -- server  delay 10ms\n"
               "\n");
    told_free(t);
}

static void calls_stand_in_their_hosts_column(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    tell(t, .kind = LAB_EVENT_CALL, .host = 1, call(t, 4, .result = 3));
    tell(t, .kind = LAB_EVENT_BLOCKED, .host = 1, call(t, 5, .result = 0));
    tell(t, .kind = LAB_EVENT_CALL, .host = 0, AT(20),
         call(t, 7, .result = -ECONNREFUSED, .blocked_ns = 20 * BONNET_MS));
    tell(t, .kind = LAB_EVENT_CALL, .host = 0, AT(20),
         call(t, 8, .result = 3, .data = "OK\n", .data_len = 3));
    tell(t, .kind = LAB_EVENT_CALL, .host = 0, AT(20), call(t, 9, .unread = 9, .lost = 6));
    told_is(t, "   0.000000                                   l = socket()\n"
               "                                              c = accept(l) ...\n"
               "   0.020000  connect(s, server:80) = -1 ECONNREFUSED  (blocked 20 ms)\n"
               "             read(s, 100) = 3  \"OK\\n\"\n"
               "             close(s) = 0  (thrown away: 9 bytes unread, 6 bytes in SendQ)\n");
    told_free(t);
}

static void calls_that_find_an_endpoint_name_it(void **state)
{
    struct told *t = told_begun("host client 10.0.0.1\nhost server 10.0.0.2\n"
                                "server: l = socket()\nserver: c = accept(l)\n"
                                "server: getpeername(c)\nserver: getsockopt(c, SO_ERROR)\n"
                                "server: poll(c, POLLIN|POLLOUT)\n");
    const struct lab_subject of = {.socket = "c", .local = LIBLAB_B, .remote = LIBLAB_A};
    (void)state;
    tell(t, .kind = LAB_EVENT_CALL, .host = 1, .subject = of, call(t, 4, .result = 9));
    tell(t, .kind = LAB_EVENT_CALL, .host = 1, .subject = of, call(t, 5, .result = 40000));
    tell(t, .kind = LAB_EVENT_CALL, .host = 1, .subject = of, call(t, 6, .result = EPIPE));
    tell(t, .kind = LAB_EVENT_CALL, .host = 1, .subject = of,
         call(t, 7, .result = BONNET_POLLIN | BONNET_POLLHUP));
    told_is(t, "   0.000000                                   c = accept(l) from client:40000\n"
               "                                              getpeername(c) = client:40000\n"
               "                                              getsockopt(c, SO_ERROR) = EPIPE\n"
               "                                              poll(c, POLLIN|POLLOUT) = "
               "POLLIN|POLLHUP\n");
    told_free(t);
}

static void packets_are_arrows_with_words_at_one_place(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    tell(t, .kind = LAB_EVENT_PACKET, .host = 0, .reason = BONNET_R_SEND_SYN,
         .wire = {.packet = segment(.flags = BONNET_SYN, .seq = 1000), .seq_base = 1000, .to = 1});
    tell(t, .kind = LAB_EVENT_PACKET, .host = 1, AT(10), .reason = BONNET_R_SEND_SYN_ACK,
         .wire = {.packet = answer(.flags = BONNET_SYN | BONNET_ACK, .seq = 500, .ack = 1001),
                  .seq_base = 500,
                  .ack_base = 1000,
                  .to = 0});
    told_is(t, "   0.000000  -- client > server: Flags [S], seq 0, win 65535, length 0 "
               "---------------------------->\n"
               "   0.010000  <- server > client: Flags [S.], seq 0, ack 1, win 65535, length 0 "
               "---------------------\n");
    told_free(t);
}

static void a_fate_and_an_unusual_reason_are_told(void **state)
{
    struct told *t = told_begun(story);
    const struct bonnet_packet *data = segment(.flags = BONNET_ACK, .seq = 1, .text_len = 10);
    (void)state;
    tell(t, .kind = LAB_EVENT_PACKET, .host = 0, .reason = BONNET_R_SEND_RTO,
         .wire = {.packet = data, .to = 1, .fate = LAB_FATE_LOST});
    tell(t, .kind = LAB_EVENT_PACKET, .host = 0, .reason = BONNET_R_SEND_DATA,
         .wire = {.packet = data, .to = 1, .fate = LAB_FATE_DUPLICATED});
    told_is(t, "   0.000000  -- client > server: Flags [.], seq 1:11, ack 0, win 65535, length 10 "
               "---------- lost -X\n"
               "                retransmission: no acknowledgment came in time\n"
               "   0.000000  -- client > server: Flags [.], seq 1:11, ack 0, win 65535, length 10 "
               "---- duplicated ->\n");
    told_free(t);
}

static void a_call_stands_above_what_it_did(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    tell(t, .kind = LAB_EVENT_STATE, .host = 0, .subject = s,
         .state = {BONNET_CLOSED, BONNET_SYN_SENT, LAB_BY_CALL, "connect()"});
    tell(t, .kind = LAB_EVENT_BLOCKED, .host = 0, call(t, 7, .result = 0));
    told_is(t, "   0.000000  connect(s, server:80) ...\n"
               "             s: CLOSED -> SYN-SENT by connect()\n");
    tell(t, .kind = LAB_EVENT_STATE, .host = 0, AT(1), .subject = s,
         .state = {BONNET_ESTABLISHED, BONNET_FIN_WAIT_1, LAB_BY_CALL, "kill"});
    tell(t, .kind = LAB_EVENT_STATE, .host = 1, AT(11), .subject = c,
         .state = {BONNET_ESTABLISHED, BONNET_CLOSE_WAIT, LAB_BY_PACKET, "[F.]"});
    told_is(t, "             s: ESTABLISHED -> FIN-WAIT-1 by kill\n"
               "   0.011000                                   c: ESTABLISHED -> CLOSE-WAIT on "
               "[F.]\n");
    told_free(t);
}

static void a_connection_without_name_is_told_by_its_peer(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    tell(t, .kind = LAB_EVENT_STATE, .host = 1, .subject = {.local = LIBLAB_B, .remote = LIBLAB_A},
         .state = {BONNET_TIME_WAIT, BONNET_CLOSED, LAB_BY_TIMER, "timer"});
    told_is(t, "   0.000000                                   from client:40000: TIME-WAIT -> "
               "CLOSED by timer\n");
    told_free(t);
}

static void drops_and_resets_say_why(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    tell(t, .kind = LAB_EVENT_DROP, .host = 1, .reason = BONNET_R_LISTEN_OVERFLOW,
         .wire = {.packet = segment(.flags = BONNET_ACK)});
    tell(t, .kind = LAB_EVENT_REASON, .host = 1, .subject = c, .reason = BONNET_R_ABORT_ON_CLOSE);
    told_is(t, "   0.000000                                   drops [.]: the accept queue is full "
               "(listen_overflow)\n"
               "                                              c: closed with bytes unread in the "
               "RecvQ\n"
               "                                                  (abort_on_close)\n");
    told_free(t);
}

static void queues_are_told_when_they_have_changed(void **state)
{
    struct told *t = told_begun(story);
    struct bonnet_row row = {.kind = BONNET_ROW_CONNECTION};
    (void)state;
    tell(t, .kind = LAB_EVENT_GAUGES, .host = 0, .subject = s, .gauges = {&row});
    told_is(t, "");
    row.send_q = 6500;
    row.in_flight = 1500;
    tell(t, .kind = LAB_EVENT_GAUGES, .host = 0, .subject = s, .gauges = {&row});
    tell(t, .kind = LAB_EVENT_GAUGES, .host = 0, .subject = s, .gauges = {&row});
    told_is(t, "   0.000000  s: SendQ 6500 (1500 in flight)  RecvQ 0  Delivered 0\n");
    row = (struct bonnet_row){.kind = BONNET_ROW_LISTENER, .recv_q = 3, .send_q = 2, .syn_q = 1};
    tell(t, .kind = LAB_EVENT_GAUGES, .host = 1, .subject = c, .gauges = {&row});
    told_is(t, "                                              c: accept queue 3 (backlog 2)  SYN "
               "queue 1\n");
    told_free(t);
}

static void expectations_of_calls_are_told_only_if_they_fail(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    tell(t, .kind = LAB_EVENT_EXPECT, .host = LAB_HOSTS_MAX, .line = 7,
         .expect = {true, "client: connect(s, server:80) = 0", NULL});
    told_is(t, "");
    tell(t, .kind = LAB_EVENT_EXPECT, .host = LAB_HOSTS_MAX, .line = 10,
         .expect = {true, "server c is TIME-WAIT", NULL});
    tell(t, .kind = LAB_EVENT_EXPECT, .host = LAB_HOSTS_MAX, .line = 7,
         .expect = {false, "client: connect(s, server:80) = 0", "ECONNREFUSED"});
    told_is(t, "   0.000000  ok  server c is TIME-WAIT\n"
               "             FAILED  client: connect(s, server:80) = 0\n"
               "                 story.lab:7: expected client: connect(s, server:80) = 0, got "
               "ECONNREFUSED\n");
    told_free(t);
}

static void remarks_in_a_row_are_one_paragraph(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    tell(t, .kind = LAB_EVENT_SAY, .host = LAB_HOSTS_MAX,
         .text = "The server allows itself more, and the SendQ moves on. Nobody has");
    tell(t, .kind = LAB_EVENT_SAY, .host = LAB_HOSTS_MAX, .text = "read anything at all so far.");
    tell(t, .kind = LAB_EVENT_WAIT, .host = LAB_HOSTS_MAX, .text = "wait 1s");
    told_is(t,
            "   0.000000  The server allows itself more, and the SendQ moves on. Nobody has read "
            "anything at all\n"
            "             so far.\n"
            "             wait 1s\n");
    told_free(t);
}

/* A thousand segments are a dozen lines and a sum; with the story everything is new. */
static void a_long_transfer_is_summed_up(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        tell(t, .kind = LAB_EVENT_PACKET, .host = 1,
             .wire = {.packet = answer(.flags = BONNET_ACK, .text_len = 1000), .to = 0});
    unsigned told = told_count(t, "Flags [");
    assert_in_range(told, 12, 60);
    tell(t, .kind = LAB_EVENT_WAIT, .host = LAB_HOSTS_MAX, .text = "wait 1s");
    char sum[64];
    snprintf(sum, sizeof(sum), " ... %u more [.] with %u kB\n", 1000 - told, 1000 - told);
    assert_int_equal(told_count(t, sum), 1);
    tell(t, .kind = LAB_EVENT_PACKET, .host = 1,
         .wire = {.packet = answer(.flags = BONNET_ACK, .text_len = 1000), .to = 0});
    assert_int_equal(told_count(t, "Flags ["), told + 1);
    told_free(t);
}

/* What is unusual in a long transfer is told, until that is usual. */
static void a_flood_does_not_hide_what_is_rare(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        tell(t, .kind = LAB_EVENT_DROP, .host = 1, .reason = BONNET_R_LISTEN_OVERFLOW,
             .wire = {.packet = segment(.flags = BONNET_ACK)});
    unsigned drops = told_count(t, "listen_overflow");
    assert_in_range(drops, 3, 20);
    tell(t, .kind = LAB_EVENT_DROP, .host = 1, .reason = BONNET_R_PAWS,
         .wire = {.packet = segment(.flags = BONNET_ACK)});
    assert_int_equal(told_count(t, "(paws)"), 1);
    char sum[64];
    snprintf(sum, sizeof(sum), "... %u more remarks: the accept queue is full\n", 1000 - drops);
    assert_int_equal(told_count(t, sum), 1);
    told_free(t);
}

static void verbose_leaves_nothing_out(void **state)
{
    struct told *t = told_new(story);
    (void)state;
    t->timeline.verbose = true;
    tell(t, .kind = LAB_EVENT_BEGIN, .begin = {"bonnet", 1});
    for (unsigned i = 0; i < 1000; i++)
        tell(t, .kind = LAB_EVENT_PACKET, .host = 1,
             .wire = {.packet = answer(.flags = BONNET_ACK, .text_len = 1000), .to = 0});
    assert_int_equal(told_count(t, "Flags ["), 1000);
    told_free(t);
}

static void more_than_two_hosts_share_a_column(void **state)
{
    struct told *t = told_begun("host client 10.0.0.1\nhost a 10.0.0.2\nhost b 10.0.0.3\n"
                                "link client -- a\nlink client -- b\na: l = socket()\n");
    (void)state;
    tell(t, .kind = LAB_EVENT_CALL, .host = 1, call(t, 6, .result = 0));
    tell(t, .kind = LAB_EVENT_PACKET, .host = 0,
         .wire = {.packet = segment(.flags = BONNET_SYN), .to = 1, .fate = LAB_FATE_CUT});
    told_is(t, "   0.000000  a       l = socket()\n"
               "   0.000000  client > a: Flags [S], seq 0, win 65535, length 0  cut\n");
    told_free(t);
}

static void a_socket_of_one_of_two_programs_has_its_name(void **state)
{
    struct told *t = told_begun("host client 10.0.0.1\nhost server 10.0.0.2\n"
                                "program second on server\nsecond: u = socket(udp)\n");
    const struct lab_subject u = {.program = "second", .socket = "u"};
    struct bonnet_row row = {.kind = BONNET_ROW_DATAGRAM, .recv_q = 5, .drops = 2};
    (void)state;
    tell(t, .kind = LAB_EVENT_CALL, .host = 1, call(t, 4, .program = "second"));
    tell(t, .kind = LAB_EVENT_GAUGES, .host = 1, .subject = u, .gauges = {&row});
    told_is(t, "   0.000000                                   second: u = socket(udp)\n"
               "                                              second u: RecvQ 5  dropped 2\n");
    told_free(t);
}

static void a_snapshot_is_what_ss_prints(void **state)
{
    struct told *t = told_begun(story);
    const struct bonnet_row row = {
        .kind = BONNET_ROW_CONNECTION,
        .state = BONNET_ESTABLISHED,
        .socket = 1,
        .local = LIBLAB_A,
        .remote = LIBLAB_B,
        .send_q = 7,
    };
    (void)state;
    tell(t, .kind = LAB_EVENT_SNAPSHOT, .host = 0, .snapshot = {&row, 1, false});
    told_is(t, "    client$ ss -tan\n"
               "    State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\n"
               "    ESTAB 0      7           10.0.0.1:40000     10.0.0.2:80\n"
               "\n");
    tell(t, .kind = LAB_EVENT_SNAPSHOT, .host = 0, .snapshot = {&row, 1, true});
    assert_int_equal(told_count(t, "    client$ netstat -tan\n"), 1);
    assert_int_equal(told_count(t, "10.0.0.1:40000          10.0.0.2:80             ESTABLISHED"),
                     1);
    told_free(t);
}

static void the_end_has_the_answer_and_the_sum(void **state)
{
    struct told *t = told_begun(story);
    struct play_result result = {.held = 2};
    (void)state;
    tell(t, .kind = LAB_EVENT_END, .host = LAB_HOSTS_MAX, AT(1500));
    show_timeline_end(&t->timeline, &result);
    told_is(t, "You.\n"
               "\n"
               "story: ok  (2 expectations held, 0 segments, 1.5 s)\n");
    result.failed = 1;
    snprintf(result.why, sizeof(result.why), "story.lab:9: expected 1, got 2");
    show_timeline_end(&t->timeline, &result);
    told_is(t, "\n"
               "story: 1 of 3 expectations FAILED, the first:\n"
               "    story.lab:9: expected 1, got 2\n");
    told_free(t);
}

static void colors_change_no_letter(void **state)
{
    struct told *t = told_begun(story);
    (void)state;
    t->timeline.page.color = true;
    tell(t, .kind = LAB_EVENT_WAIT, .host = LAB_HOSTS_MAX, .text = "wait 1s");
    told_is(t, "\033[2m   0.000000\033[0m  \033[2mwait 1s\033[0m\n");
    told_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_says_who_is_where),
        cmocka_unit_test(calls_stand_in_their_hosts_column),
        cmocka_unit_test(calls_that_find_an_endpoint_name_it),
        cmocka_unit_test(packets_are_arrows_with_words_at_one_place),
        cmocka_unit_test(a_fate_and_an_unusual_reason_are_told),
        cmocka_unit_test(a_call_stands_above_what_it_did),
        cmocka_unit_test(a_connection_without_name_is_told_by_its_peer),
        cmocka_unit_test(drops_and_resets_say_why),
        cmocka_unit_test(queues_are_told_when_they_have_changed),
        cmocka_unit_test(expectations_of_calls_are_told_only_if_they_fail),
        cmocka_unit_test(remarks_in_a_row_are_one_paragraph),
        cmocka_unit_test(a_long_transfer_is_summed_up),
        cmocka_unit_test(a_flood_does_not_hide_what_is_rare),
        cmocka_unit_test(verbose_leaves_nothing_out),
        cmocka_unit_test(more_than_two_hosts_share_a_column),
        cmocka_unit_test(a_socket_of_one_of_two_programs_has_its_name),
        cmocka_unit_test(a_snapshot_is_what_ss_prints),
        cmocka_unit_test(the_end_has_the_answer_and_the_sum),
        cmocka_unit_test(colors_change_no_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
