/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An echo client on a TAP device: sends each line it reads to port 7 of the kernel's end and prints
 * what comes back. Making the device takes CAP_NET_ADMIN.
 *
 *     cc echo_client.c -o echo_client $(pkg-config --cflags --libs bonnet-host)
 *
 *     echo hello | ./echo_client bonnet0 10.8.0.2 10.8.0.1   # device, our address, the kernel's
 */
#include <arpa/inet.h>
#include <bonnet/host.h>
#include <netinet/in.h>
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

/* 0, or -1: an error, or the end of the stream before the whole line was back. */
static int exchange_lines(struct bonnet_bsd *b, int s)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        ssize_t len = (ssize_t)strlen(line);
        if (bonnet_bsd_send(b, s, line, (size_t)len, 0) != len) return -1;
        if (bonnet_bsd_recv(b, s, line, (size_t)len, MSG_WAITALL) != len) return -1;
        fwrite(line, 1, (size_t)len, stdout);
    }
    return bonnet_bsd_close(b, s);
}

int main(int argc, char **argv)
{
    if (argc != 4) return fprintf(stderr, "usage: %s DEVICE ADDRESS KERNEL-ADDRESS\n", argv[0]), 2;
    struct bonnet_bsd *b = open_stack(argv[1], argv[2], argv[3]);
    if (!b) return 1;

    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(7)};
    inet_pton(AF_INET, argv[3], &server.sin_addr);
    int s = bonnet_bsd_socket(b, AF_INET, SOCK_STREAM, 0);
    int err = bonnet_bsd_connect(b, s, (struct sockaddr *)&server, sizeof server);
    if (err < 0) perror("connect");
    if (!err && (err = exchange_lines(b, s)) < 0) perror("echo");
    bonnet_bsd_free(b, BONNET_S);
    return err ? 1 : 0;
}
