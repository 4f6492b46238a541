/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel as a reference: both ends over the loopback device, in one thread on one core.
 *
 * Loopback has no wire: packets of up to 64 KiB change hands without a copy and without a checksum,
 * so its bulk is not comparable with a wire of MTU 1500 and it is shown as a reference only. Its
 * round trips and connections pay for system calls, which a stack in the process does not.
 *
 * Ports of the row become addresses 127.0.1.1, 127.0.1.2, ...: each has ephemeral ports of its own,
 * so that the TIME-WAITs of a run do not use them up.
 */
#define _GNU_SOURCE
#include "duo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_BACKLOG 4096

struct kernel {
    int listener;
    uint16_t port; /* network order */
    bool nodelay;
    int *fds; /* every connection's descriptors, to be closed at the end */
    size_t fds_n, fds_max;
};

static void set_int(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

static int listen_anywhere(struct kernel *k)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    k->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (k->listener < 0) return -errno;
    if (bind(k->listener, (struct sockaddr *)&at, sizeof at) < 0) return -errno;
    if (listen(k->listener, LISTEN_BACKLOG) < 0) return -errno;
    if (getsockname(k->listener, (struct sockaddr *)&at, &len) < 0) return -errno;
    k->port = at.sin_port;
    return 0;
}

static int kernel_open(const struct duo_config *config, struct bench_job *job, void **duo)
{
    if (config->conns_n > 64)
        return bench_fail(job, -ENOTSUP, "two descriptors for each connection would be needed");
    struct kernel *k = calloc(1, sizeof *k);
    if (!k) return bench_fail(job, -ENOMEM, "no memory");
    k->nodelay = config->nodelay;
    int status = listen_anywhere(k);
    if (status < 0) {
        free(k);
        return bench_fail(job, status, "the kernel does not listen: errno %d", -status);
    }
    *duo = k;
    return 0;
}

static void kernel_close(void *duo)
{
    struct kernel *k = duo;
    for (size_t i = 0; i < k->fds_n; i++)
        close(k->fds[i]);
    close(k->listener);
    free(k->fds);
    free(k);
}

static struct duo_end remember(struct kernel *k, int fd)
{
    if (k->fds_n == k->fds_max) {
        size_t max = k->fds_max ? 2 * k->fds_max : 16;
        int *fds = realloc(k->fds, max * sizeof *fds);
        if (!fds) {
            close(fd);
            return DUO_NOBODY;
        }
        k->fds = fds;
        k->fds_max = max;
    }
    k->fds[k->fds_n++] = fd;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
    if (k->nodelay) set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    return (struct duo_end){k, fd};
}

static struct duo_end kernel_dial(void *duo, unsigned port)
{
    struct kernel *k = duo;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = k->port};
    to.sin_addr.s_addr = htonl(0x7f000101u + port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return DUO_NOBODY;
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        close(fd);
        return DUO_NOBODY;
    }
    return remember(k, fd);
}

static struct duo_end kernel_accept(void *duo, unsigned port)
{
    (void)port;
    struct kernel *k = duo;
    int fd = accept4(k->listener, NULL, NULL, SOCK_CLOEXEC);
    return fd < 0 ? DUO_NOBODY : remember(k, fd);
}

static int64_t kernel_send(void *duo, struct duo_end end, const void *bytes, size_t n)
{
    (void)duo;
    ssize_t sent = send((int)end.sock, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

static int64_t kernel_recv(void *duo, struct duo_end end, void *bytes, size_t n)
{
    (void)duo;
    ssize_t got = recv((int)end.sock, bytes, n, MSG_DONTWAIT);
    return got < 0 ? -errno : got;
}

static void kernel_hang_up(void *duo, struct duo_end end)
{
    struct kernel *k = duo;
    for (size_t i = k->fds_n; i-- > 0;) {
        if (k->fds[i] != end.sock) continue;
        k->fds[i] = k->fds[--k->fds_n];
        break;
    }
    close((int)end.sock);
}

/* The kernel moves its packets by itself. */
static void kernel_pump(void *duo)
{
    (void)duo;
}

static void kernel_mute_server(void *duo)
{
    (void)duo;
}

const struct duo_ops kernel_duo = {
    .open = kernel_open,
    .close = kernel_close,
    .dial = kernel_dial,
    .accept = kernel_accept,
    .send = kernel_send,
    .recv = kernel_recv,
    .hang_up = kernel_hang_up,
    .pump = kernel_pump,
    .mute_server = kernel_mute_server,
    .memory = NULL,
    .count = NULL,
};
