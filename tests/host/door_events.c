/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who listens at the door: hears what happens, in order, from the first line on; who is slow loses,
 * and is told how much; who has gone costs nothing.
 */
#include <bonnet/host.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define HEARD_MAX (1 << 20)

static char runtime[] = "/tmp/bonnet-door-XXXXXX";

/* Two stacks on a wire; the door is that of the first, which listens on port 80. */
struct street {
    struct bonnet_loop *loop;
    struct bonnet *bn[2];
    struct bonnet_door *door;
    int listener;
};

static struct bonnet_endpoint at(int side, uint16_t port)
{
    return (struct bonnet_endpoint){.addr = bonnet_ip4(10, 0, 0, (uint8_t)(1 + side)),
                                    .port = port};
}

static struct street street_new(void)
{
    struct street s;
    struct bonnet_driver *ends[2];
    struct bonnet_wire_config wire = {.size = sizeof wire, .kind = BONNET_IF_IP, .mtu = 1500};
    struct bonnet_config config;
    bonnet_link_config_init(&wire.link);
    assert_int_equal(bonnet_wire_pair(&wire, ends), 0);
    assert_int_equal(bonnet_loop_new(BONNET_CLOCK_REAL, &s.loop), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(bonnet_host_config(&config), 0);
        assert_int_equal(bonnet_new(&config, &s.bn[i]), 0);
        assert_true(bonnet_loop_attach(s.loop, s.bn[i], ends[i], at(i, 0).addr, 24) >= 0);
    }
    struct bonnet_endpoint here = at(0, 80);
    s.listener = bonnet_socket(s.bn[0], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(s.bn[0], s.listener, &here), 0);
    assert_int_equal(bonnet_listen(s.bn[0], s.listener, 5), 0);
    assert_int_equal(bonnet_door_open(s.loop, s.bn[0], "street", &s.door), 0);
    return s;
}

static void street_free(struct street *s)
{
    bonnet_door_close(s->door);
    bonnet_loop_free(s->loop);
    bonnet_free(s->bn[0]);
    bonnet_free(s->bn[1]);
}

static void turns(struct street *s, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(bonnet_loop_step(s->loop, BONNET_MS) >= 0);
}

static int listens(struct street *s, const char *request)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s/bonnet/street.sock", runtime);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    turns(s, 3);
    return fd;
}

/* All that has been said to fd; valid until the next call. */
static const char *heard(struct street *s, int fd)
{
    static char text[HEARD_MAX];
    size_t used = 0;
    for (int quiet = 0; quiet < 4; quiet++) {
        turns(s, 1);
        ssize_t n = recv(fd, text + used, sizeof text - 1 - used, 0);
        if (n <= 0) continue;
        used += (size_t)n;
        quiet = 0;
    }
    text[used] = '\0';
    return text;
}

/* A connection of the second stack to a port of the first. */
static int calls(struct street *s, uint16_t port)
{
    struct bonnet_endpoint to = at(0, port);
    int c = bonnet_socket(s->bn[1], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(c >= 0);
    bonnet_connect(s->bn[1], c, &to);
    turns(s, 5);
    return c;
}

/* Moves *text behind the next line that contains part. */
static void next_line_with(const char **text, const char *part)
{
    const char *found = strstr(*text, part);
    if (!found) fail_msg("no %s in: %.2000s", part, *text);
    *text = strchr(found, '\n') + 1;
}

static void changes_and_refusals_are_told_in_order(void **state)
{
    (void)state;
    struct street s = street_new();
    int fd = listens(&s, "events\n");
    int c = calls(&s, 80);
    int a = bonnet_accept(s.bn[0], s.listener, NULL);
    assert_true(a >= 0);
    bonnet_close(s.bn[1], c);
    turns(&s, 3);
    bonnet_close(s.bn[0], a);
    turns(&s, 3);
    calls(&s, 81);
    const char *text = heard(&s, fd);
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
    int first = listens(&s, "events\n");
    int second = listens(&s, "version\nevents\n");
    calls(&s, 81);
    const char *text = heard(&s, first);
    next_line_with(&text, "tcp_no_socket");
    assert_string_equal(text, "");
    text = heard(&s, second);
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
        close(listens(&s, "events\n"));
        turns(&s, 2);
    }
    int fd = listens(&s, "events\n");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    turns(&s, 2);
    calls(&s, 81);
    const char *text = heard(&s, fd);
    next_line_with(&text, "tcp_no_socket");
    close(fd);
    turns(&s, 2);
    assert_int_equal(bonnet_loop_step(s.loop, 0), 0);
    street_free(&s);
}

/* Nobody reads, and more happens than all buffers on the way hold. */
static void slow_listener_loses_and_is_told(void **state)
{
    (void)state;
    struct street s = street_new();
    int fd = listens(&s, "events\n");
    struct bonnet_endpoint to = at(0, 81);
    int c = bonnet_socket(s.bn[1], BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
    uint64_t before = bonnet_reason_count(s.bn[0], BONNET_R_UDP_NO_SOCKET);
    for (int i = 0; i < 4000; i++) {
        assert_int_equal(bonnet_sendto(s.bn[1], c, "x", 1, 0, &to), 1);
        assert_true(bonnet_loop_flush(s.loop) >= 0);
    }
    turns(&s, 3);
    assert_int_equal(bonnet_reason_count(s.bn[0], BONNET_R_UDP_NO_SOCKET) - before, 4000);
    const char *text = heard(&s, fd);
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

static int enter(void **state)
{
    (void)state;
    if (!mkdtemp(runtime)) return -1;
    return setenv("XDG_RUNTIME_DIR", runtime, 1);
}

static int leave(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "%s/bonnet", runtime);
    rmdir(path);
    return rmdir(runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_and_refusals_are_told_in_order),
        cmocka_unit_test(all_hear_the_same),
        cmocka_unit_test(who_has_gone_is_forgotten),
        cmocka_unit_test(slow_listener_loses_and_is_told),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
