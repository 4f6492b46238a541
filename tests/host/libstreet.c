/* SPDX-License-Identifier: BSD-2-Clause */
/* A street of two stacks with a door: see libstreet.h. */
#include "libstreet.h"

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

struct bonnet_endpoint street_at(int side, uint16_t port)
{
    return (struct bonnet_endpoint){.addr = bonnet_ip4(10, 0, 0, (uint8_t)(1 + side)),
                                    .port = port};
}

struct street street_new(void)
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
        assert_true(bonnet_loop_attach(s.loop, s.bn[i], ends[i], street_at(i, 0).addr, 24) >= 0);
    }
    struct bonnet_endpoint here = street_at(0, 80);
    s.listener = bonnet_socket(s.bn[0], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_int_equal(bonnet_bind(s.bn[0], s.listener, &here), 0);
    assert_int_equal(bonnet_listen(s.bn[0], s.listener, 5), 0);
    assert_int_equal(bonnet_door_open(s.loop, s.bn[0], "street", &s.door), 0);
    return s;
}

void street_free(struct street *s)
{
    bonnet_door_close(s->door);
    bonnet_loop_free(s->loop);
    bonnet_free(s->bn[0]);
    bonnet_free(s->bn[1]);
}

void street_turns(struct street *s, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(bonnet_loop_step(s->loop, BONNET_MS) >= 0);
}

int street_listens(struct street *s, const char *request)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s/bonnet/street.sock", runtime);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    street_turns(s, 3);
    return fd;
}

/* All that has been said to fd; valid until the next call. */
const char *street_heard(struct street *s, int fd)
{
    static char text[HEARD_MAX];
    size_t used = 0;
    for (int quiet = 0; quiet < 4; quiet++) {
        street_turns(s, 1);
        ssize_t n = recv(fd, text + used, sizeof text - 1 - used, 0);
        if (n <= 0) continue;
        used += (size_t)n;
        quiet = 0;
    }
    text[used] = '\0';
    return text;
}

/* A connection of the second stack to a port of the first. */
int street_calls(struct street *s, uint16_t port)
{
    struct bonnet_endpoint to = street_at(0, port);
    int c = bonnet_socket(s->bn[1], BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    assert_true(c >= 0);
    bonnet_connect(s->bn[1], c, &to);
    street_turns(s, 5);
    return c;
}

/* Moves *text behind the next line that contains part. */
void next_line_with(const char **text, const char *part)
{
    const char *found = strstr(*text, part);
    if (!found) fail_msg("no %s in: %.2000s", part, *text);
    *text = strchr(found, '\n') + 1;
}

int street_enter(void **state)
{
    (void)state;
    if (!mkdtemp(runtime)) return -1;
    return setenv("XDG_RUNTIME_DIR", runtime, 1);
}

int street_leave(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "%s/bonnet", runtime);
    rmdir(path);
    return rmdir(runtime);
}
