/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An echo server (RFC 862) on a TAP device, written with the calls of every other echo server. It
 * serves one connection after the other until a signal ends it. Making the device takes
 * CAP_NET_ADMIN.
 *
 *     cc echo_server.c -o echo_server $(pkg-config --cflags --libs bonnet-host)
 *
 *     ./echo_server bonnet0 10.8.0.2 10.8.0.1 &   # device, our address, the kernel's
 *     echo hello | nc -N 10.8.0.2 7
 */
#include <bonnet/host.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct bonnet_bsd *open_stack(const char *device, const char *ours, const char *kernels)
{
    struct bonnet_tuntap_config tap = {
        .size = sizeof tap, .name = device, .tap = true, .prefix_bits = 24};
    struct bonnet_addr addr;
    struct bonnet_driver *driver;
    struct bonnet_bsd *b = NULL;
    if (bonnet_addr_parse(ours, &addr) < 0 || bonnet_addr_parse(kernels, &tap.kernel_addr) < 0) {
        fprintf(stderr, "%s, %s: not two IPv4 addresses\n", ours, kernels);
        return NULL;
    }
    int err = bonnet_tuntap_open(&tap, &driver);
    if (err < 0)
        fprintf(stderr, "%s: %s\n", device, strerror(-err));
    else if (bonnet_bsd_new(driver, addr, 24, tap.kernel_addr, &b) < 0)
        perror("stack");
    return b;
}

static void echo(struct bonnet_bsd *b, int s)
{
    static char buf[65536];
    ssize_t n;
    while ((n = bonnet_bsd_recv(b, s, buf, sizeof buf, 0)) > 0)
        if (bonnet_bsd_send(b, s, buf, (size_t)n, 0) != n) break;
    bonnet_bsd_close(b, s);
}

static struct bonnet_loop *loop;
static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
    bonnet_loop_wake(loop); /* ends the call that waits, with EINTR */
}

int main(int argc, char **argv)
{
    if (argc != 4) return fprintf(stderr, "usage: %s DEVICE ADDRESS KERNEL-ADDRESS\n", argv[0]), 2;
    struct bonnet_bsd *b = open_stack(argv[1], argv[2], argv[3]);
    if (!b) return 1;
    loop = bonnet_bsd_loop(b);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);

    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(7)};
    int listener = bonnet_bsd_socket(b, AF_INET, SOCK_STREAM, 0);
    if (bonnet_bsd_bind(b, listener, (struct sockaddr *)&at, sizeof at) < 0 ||
        bonnet_bsd_listen(b, listener, 16) < 0)
        return perror("listen"), 1;
    printf("%s: echo on %s port 7\n", argv[1], argv[2]);
    fflush(stdout);

    int s = 0;
    while (!stop && (s = bonnet_bsd_accept(b, listener, NULL, NULL)) >= 0)
        echo(b, s);
    if (s < 0 && errno != EINTR) perror("accept");
    bonnet_bsd_free(b, BONNET_S);
    return 0;
}
