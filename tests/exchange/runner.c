/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the runner see what is wrong? Scripts that differ from what the stack does in one thing
 * each, and the complaint that must come.
 */
#include "librun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char begin[] = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                            "+0 bind(3, ..., ...) = 0\n"
                            "+0 listen(3, 1) = 0\n"
                            "+0 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 1 ecr 0>\n"
                            "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 9 ecr 1>\n"
                            "+.01 < . 1:1(0) ack 1 win 32792 <nop,nop,TS val 2 ecr 9>\n"
                            "+0 accept(3, ..., ...) = 4\n";

static char complaint[COMPLAINT_MAX];

static bool play(const char *head, const char *rest)
{
    static char text[4096];
    static struct script script;
    static struct run run;
    complaint[0] = '\0';
    snprintf(text, sizeof text, "%s%s", head, rest);
    bonnet_config_init(&script.config);
    return script_parse(&script, "x", text, complaint) && run_script(&run, &script, complaint);
}

struct row {
    const char *script, *complaint;
};

static const struct row differences[] = {
    {"+0 write(4, ..., 9) = 9\n", "x:8: expected silence"},
    {"+0 write(4, ..., 9) = 9\n+.1 close(4) = 0\n", "x:9: expected silence"},
    {"+0 write(4, ..., 9) = 9\n+.1 < . 1:1(0) ack 1 win 9\n", "x:9: expected silence"},
    {"+0 > . 1:1(0) ack 1\n", "x:8: no packet"},
    {"+0 write(4, ..., 9) = 9\n+0 > . 1:10(9) ack 1 <...>\n", "x:9: another flags"},
    {"+0 write(4, ..., 9) = 9\n+0 > P. 2:11(9) ack 1 <...>\n", "another sequence number"},
    {"+0 write(4, ..., 9) = 9\n+0 > [ect0] P. 1:10(9) ack 1 <...>\n", "another ECN field"},
    {"+0 write(4, ..., 9) = 9\n+0 > P. 1:11(10) ack 1 <...>\n", "another length"},
    {"+0 write(4, ..., 9) = 9\n+0 > P. 1:9(8) ack 1 <...>\n", "another length"},
    {"+0 write(4, ..., 9) = 9\n+0 > P. 1:10(9) ack 2 <...>\n", "another acknowledgment"},
    {"+0 write(4, ..., 9) = 9\n+0 > P. 1:10(9) ack 1 win 7 <...>\n", "another window"},
    {"+0 write(4, ..., 9) = 9\n+0 > P. 1:10(9) ack 1 urg 1 <...>\n", "another urgent pointer"},
    {"+0 write(4, ..., 9) = 9\n+0 > P. 1:10(9) ack 1\n", "another options"},
    {"+0 write(4, ..., 9) = 9\n+0 > P. 1:10(9) ack 1 <nop,nop,TS val 10 ecr 1>\n",
     "another options"},
    {"+0 write(4, ..., 9) = 9\n+0 > P. 1:10(9) ack 1 <TS val 10 ecr 2,nop,nop>\n",
     "another options"},
    {"+0 write(4, ..., 9) = 9\n+0 > 8080>9 P. 1:10(9) ack 1 <...>\n", "another ports"},
    {"+0 write(4, ..., 9) = 9\n+.1 > P. 1:10(9) ack 1 <...>\n", "another time"},
    {"+0 close(4) = 0\n+0 > F. 1:1(0) ack 1 <...>\n+.3 > F. 1:1(0) ack 1 <...>\n",
     "x:10: another time"},
    {"+0 close(4) = 0\n+0 > F. 1:1(0) ack 1 <...>\n+.1 > F. 1:1(0) ack 1 <...>\n",
     "x:10: no packet"},
    {"+0 write(4, ..., 9) = 8\n", "x:8: another result of write"},
    {"+0 write(5, ..., 9) = 9\n", "x:8: another result of write"},
    {"+0 read(4, ..., 9) = 0\n", "x:8: another result of read"},
    {"+0 read(4, ..., 9) = -1 EPIPE (Broken pipe)\n", "x:8: another result of read"},
    {"+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [5], [4]) = 0\n", "x:8: another value"},
    {"+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1\n", "other events"},
    {"+0...0.2 read(4, ..., 9) = 9\n", "x:8: the call waits still at the end"},
    {"+0...0.2 read(4, ..., 9) = 9\n+0 close(4) = 0\n", "x:8: the call still waits"},
    {"+0...0.2 write(4, ..., 9) = 9\n", "x:8: the call does not wait"},
    {"+0...0.2 read(4, ..., 9) = 9\n"
     "+.1 < P. 1:10(9) ack 1 win 9 <nop,nop,TS val 3 ecr 9>\n",
     "x:8: the call returns at another time"},
    {".001 close(4) = 0\n", "x:8: it is 0.010 already"},
};

static void each_difference_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        bool good = play(begin, differences[i].script);
        if (good || !strstr(complaint, differences[i].complaint))
            fail_msg("%s%s: %s", differences[i].script, differences[i].complaint, complaint);
    }
}

static const struct row mistakes[] = {
    {"", "x:1: expected events"},
    {"socket() = 3\n", "x:1: expected seconds"},
    {"0 socket(..., SOCK_BLUE, 0) = 3\n", "x:1: expected a constant that is known"},
    {"0 bind(3, ..., ...) = -1 ENOWHERE\n", "x:1: expected an error that is known"},
    {"0 > X 0:0(0)\n", "x:1: expected flags"},
    {"0 > S 0:1(0)\n", "a length that fits"},
    {"0 > [blue] S 0:0(0)\n", "expected noecn, ect0"},
    {"0 > S 0:0(0) <mss 1460,sackOK>\n", "options that fill 32-bit words"},
    {"0 > S 0:0(0) <cheese>\n", "expected a TCP option"},
    {"0 < S 0:0(0) win 1 <...>\n", "expected the options to send"},
    {"0...1 < S 0:0(0) win 1\n", "expected a call after"},
    {".2~.1 > S 0:0(0)\n", "expected a later instant"},
    {"0 close(3) = 0\n`sysctl -q net.ipv4.tcp_rfc1337=1`\n", "x:2: expected commands before"},
    {"`sysctl -q net.ipv4.tcp_cheese=1`\n0 close(3) = 0\n", "expected a sysctl that is known"},
    {"0 close(3) = 0 and more\n", "expected the end of the line"},
    {"0 fly(3) = 0\n", "x:1: no such call"},
    {"0 close(3) = 0\n", "x:1: another result of close"},
};

static void each_mistake_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        bool good = play("", mistakes[i].script);
        if (good || !strstr(complaint, mistakes[i].complaint))
            fail_msg("%s%s: %s", mistakes[i].script, mistakes[i].complaint, complaint);
    }
}

static void what_is_right_is_right(void **state)
{
    (void)state;
    static const char rest[] = "+0 write(4, ..., 3000) = 3000\n"
                               "+0 > P. 1:3001(3000) ack 1 <nop,nop,TS val 10 ecr 2>\n"
                               "+.01 < . 1:1(0) ack 3001 win 32792 <nop,nop,TS val 3 ecr 10>\n";
    if (!play(begin, rest)) fail_msg("%s", complaint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_difference_is_seen),
        cmocka_unit_test(each_mistake_is_told),
        cmocka_unit_test(what_is_right_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
