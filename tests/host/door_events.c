/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who listens at the door: hears what happens, in order, from the first line on; who is slow loses,
 * and is told how much; who has gone costs nothing.
 */
#include "libstreet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void changes_and_refusals_are_told_in_order(void **state)
{
    (void)state;
    struct street s = street_new();
    int fd = street_listens(&s, "events\n");
    int c = street_calls(&s, 80);
    int a = bonnet_accept(s.bn[0], s.listener, NULL);
    assert_true(a >= 0);
    bonnet_close(s.bn[1], c);
    street_turns(&s, 3);
    bonnet_close(s.bn[0], a);
    street_turns(&s, 3);
    street_calls(&s, 81);
    const char *text = street_heard(&s, fd);
    assert_memory_equal(text, "{\"stream\":\"events\",\"now\":", 25);
    next_line_with(&text,
                   "{\"event\":\"state\",\"from\":\"SYN-RECEIVED\",\"to\":\"ESTABLISHED\",\"at\"");
    next_line_with(&text, "\"from\":\"ESTABLISHED\",\"to\":\"CLOSE-WAIT\",");
    next_line_with(&text, "\"from\":\"CLOSE-WAIT\",\"to\":\"LAST-ACK\",");
    next_line_with(&text, "\"from\":\"LAST-ACK\",\"to\":\"CLOSED\",");
    next_line_with(&text,
                   "{\"event\":\"drop\",\"reason\":\"tcp_no_socket\",\"text\":\"no connection ");
    close(fd);
    street_free(&s);
}

static void all_hear_the_same(void **state)
{
    (void)state;
    struct street s = street_new();
    int first = street_listens(&s, "events\n");
    int second = street_listens(&s, "version\nevents\n");
    street_calls(&s, 81);
    const char *text = street_heard(&s, first);
    next_line_with(&text, "tcp_no_socket");
    assert_string_equal(text, "");
    text = street_heard(&s, second);
    next_line_with(&text, "{\"version\":");
    next_line_with(&text, "{\"stream\":\"events\"");
    next_line_with(&text, "tcp_no_socket");
    assert_string_equal(text, "");
    close(first);
    close(second);
    street_free(&s);
}

/* Who has closed its writing side still listens; who has gone does not, and the others do. */
static void who_has_gone_is_forgotten(void **state)
{
    (void)state;
    struct street s = street_new();
    for (int i = 0; i < 40; i++) {
        close(street_listens(&s, "events\n"));
        street_turns(&s, 2);
    }
    int fd = street_listens(&s, "events\n");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    street_turns(&s, 2);
    street_calls(&s, 81);
    const char *text = street_heard(&s, fd);
    next_line_with(&text, "tcp_no_socket");
    close(fd);
    street_turns(&s, 2);
    assert_int_equal(bonnet_loop_step(s.loop, 0), 0);
    street_free(&s);
}

/* Nobody reads, and more happens than all buffers on the way hold. */
static void slow_listener_loses_and_is_told(void **state)
{
    (void)state;
    struct street s = street_new();
    int fd = street_listens(&s, "events\n");
    struct bonnet_endpoint to = street_at(0, 81);
    int c = bonnet_socket(s.bn[1], BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    uint64_t before = bonnet_reason_count(s.bn[0], BONNET_R_UDP_NO_SOCKET);
    for (int i = 0; i < 4000; i++) {
        assert_int_equal(bonnet_sendto(s.bn[1], c, "x", 1, 0, &to), 1);
        assert_true(bonnet_loop_flush(s.loop) >= 0);
    }
    street_turns(&s, 3);
    assert_int_equal(bonnet_reason_count(s.bn[0], BONNET_R_UDP_NO_SOCKET) - before, 4000);
    const char *text = street_heard(&s, fd);
    unsigned lines = 0;
    unsigned long lost = 0;
    for (; *text; text = strchr(text, '\n') + 1) {
        if (strncmp(text, "{\"lost\":", 8) == 0) lost += strtoul(text + 8, NULL, 10);
        if (strncmp(text, "{\"event\":\"drop\"", 15) == 0) lines++;
    }
    assert_true(lost > 0);
    uint64_t unsaid = bonnet_reason_count(s.bn[0], BONNET_R_ICMP_RATE); /* answers not given */
    assert_int_equal(lines + lost, 4000 + unsaid);
    close(fd);
    street_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_and_refusals_are_told_in_order),
        cmocka_unit_test(all_hear_the_same),
        cmocka_unit_test(who_has_gone_is_forgotten),
        cmocka_unit_test(slow_listener_loses_and_is_told),
    };
    return cmocka_run_group_tests(tests, street_enter, street_leave);
}
