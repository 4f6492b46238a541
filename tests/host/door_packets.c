/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The streams of packets: each frame once, with its bytes and the reason that the stack gave; who
 * is slow loses, and the stack goes on.
 */
#include "libstreet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The bytes of a line's data. Returns how many. */
static size_t data_of(const char *line, uint8_t *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *p = strstr(line, "\"data\":\"");
    assert_non_null(p);
    uint32_t bits = 0;
    unsigned bits_n = 0;
    size_t n = 0;
    for (p += 8; *p != '"' && *p != '='; p++) {
        const char *at = strchr(letters, *p);
        assert_non_null(at);
        bits = bits << 6 | (uint32_t)(at - letters);
        bits_n += 6;
        if (bits_n < 8) continue;
        bits_n -= 8;
        out[n++] = (uint8_t)(bits >> bits_n);
    }
    return n;
}

static void handshake_is_told_from_the_first_syn_on(void **state)
{
    (void)state;
    struct street s = street_new();
    int fd = street_listens(&s, "packets\n");
    street_calls(&s, 80);
    const char *text = street_heard(&s, fd);
    next_line_with(&text, "{\"stream\":\"packets\",\"now\":");
    next_line_with(&text, "\"link\":\"ip\",\"out\":false,\"len\":60,\"reason\":null,");
    next_line_with(&text, "\"out\":true,\"len\":60,\"reason\":\"send_syn_ack\",\"kind\":\"send\","
                          "\"text\":\"answer to a SYN\",\"cause\":null,");
    next_line_with(&text, "\"out\":false,\"len\":52,\"reason\":null,");
    assert_string_equal(text, "");
    close(fd);
    street_free(&s);
}

static void drops_and_resets_have_their_reason(void **state)
{
    (void)state;
    struct street s = street_new();
    int fd = street_listens(&s, "packets\n");
    street_calls(&s, 81);
    const char *text = street_heard(&s, fd);
    next_line_with(&text,
                   "\"out\":false,\"len\":60,\"reason\":\"tcp_no_socket\",\"kind\":\"drop\",");
    next_line_with(&text, "\"out\":true,\"len\":40,\"reason\":\"send_rst_no_socket\",");
    int c = street_calls(&s, 80);
    int a = bonnet_accept(s.bn[0], s.listener, NULL);
    assert_int_equal(bonnet_send(s.bn[1], c, "unread", 6, 0), 6);
    street_turns(&s, 3);
    assert_int_equal(bonnet_close(s.bn[0], a), 0);
    text = street_heard(&s, fd);
    next_line_with(&text,
                   "\"reason\":\"send_rst_abort\",\"kind\":\"send\",\"text\":\"reset: the program "
                   "or the stack ended the connection\",\"cause\":\"abort_on_close\","
                   "\"cause_text\":\"closed with bytes unread in the RecvQ\",");
    close(fd);
    street_free(&s);
}

/* The peer's reset is no drop: the stack took it. */
static void obeyed_reset_is_told(void **state)
{
    (void)state;
    struct street s = street_new();
    int fd = street_listens(&s, "packets\n");
    int c = street_calls(&s, 80);
    int a = bonnet_accept(s.bn[0], s.listener, NULL);
    assert_int_equal(bonnet_send(s.bn[0], a, "unread", 6, 0), 6);
    street_turns(&s, 3);
    assert_int_equal(bonnet_close(s.bn[1], c), 0);
    const char *text = street_heard(&s, fd);
    next_line_with(&text, "\"out\":false,\"len\":52,\"reason\":\"rst_obeyed\",\"kind\":\"reset\",");
    close(fd);
    street_free(&s);
}

static void frames_are_told_as_far_as_was_asked(void **state)
{
    (void)state;
    struct street s = street_new();
    uint8_t data[8192];
    int headers = street_listens(&s, "packets\n");
    int whole = street_listens(&s, "packets_whole\n");
    int u = bonnet_socket(s.bn[1], BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    struct bonnet_endpoint to = street_at(0, 81);
    char text[1001];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 26);
    assert_int_equal(bonnet_sendto(s.bn[1], u, text, sizeof text, 0, &to), sizeof text);
    const char *line = street_heard(&s, headers);
    next_line_with(&line, "\"stream\"");
    assert_non_null(strstr(line, "\"len\":1029,\"reason\":\"udp_no_socket\","));
    assert_int_equal(data_of(line, data), 160);
    assert_memory_equal(data + 28, text, 160 - 28);
    line = street_heard(&s, whole);
    next_line_with(&line, "\"stream\"");
    assert_int_equal(data_of(line, data), 1029);
    assert_memory_equal(data + 28, text, sizeof text);
    assert_int_equal(data[9], 17);
    close(headers);
    close(whole);
    street_free(&s);
}

static unsigned long lines_and_losses(const char *text, unsigned long *lost)
{
    unsigned long lines = 0;
    for (; *text; text = strchr(text, '\n') + 1) {
        if (strncmp(text, "{\"lost\":", 8) == 0) *lost += strtoul(text + 8, NULL, 10);
        if (strncmp(text, "{\"at\":", 6) == 0) lines++;
    }
    return lines;
}

/* Nobody reads while much more passes than all buffers hold. */
static void slow_listener_loses_and_is_told(void **state)
{
    (void)state;
    struct street s = street_new();
    char text[1200] = "";
    unsigned long lost = 0, lines = 0, told;
    int fd = street_listens(&s, "packets_whole\n");
    int u = bonnet_socket(s.bn[1], BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    struct bonnet_endpoint to = street_at(0, 80);
    int r = bonnet_socket(s.bn[0], BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    assert_int_equal(bonnet_bind(s.bn[0], r, &to), 0);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(bonnet_sendto(s.bn[1], u, text, sizeof text, 0, &to), sizeof text);
        assert_true(bonnet_loop_flush(s.loop) >= 0);
    }
    do {
        told = lines + lost;
        lines += lines_and_losses(street_heard(&s, fd), &lost);
    } while (lines + lost > told);
    assert_true(lost > 1000 && lines > 300);
    assert_int_equal(lines + lost, 3000);
    close(fd);
    street_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_is_told_from_the_first_syn_on),
        cmocka_unit_test(drops_and_resets_have_their_reason),
        cmocka_unit_test(obeyed_reset_is_told),
        cmocka_unit_test(frames_are_told_as_far_as_was_asked),
        cmocka_unit_test(slow_listener_loses_and_is_told),
    };
    return cmocka_run_group_tests(tests, street_enter, street_leave);
}
