/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TUN and TAP devices against the kernel itself, in a network namespace of the test's own: frames
 * both ways with and without the virtio-net header, what the kernel's end is given, and each error
 * that the header promises.
 */
#define _GNU_SOURCE
#include "libtun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIPPED  77
#define IP_UDP   28
#define ETHERNET 14

static const char text[] = "a datagram of some bytes";

static int udp_socket(uint16_t port)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    assert_int_equal(bind(s, (struct sockaddr *)&at, sizeof at), 0);
    return s;
}

static void send_to_far_end(int s)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
    inet_pton(AF_INET, "10.99.0.2", &to.sin_addr);
    assert_int_equal(sendto(s, text, sizeof text, 0, (struct sockaddr *)&to, sizeof to),
                     sizeof text);
}

/* 10.99.0.2:7 -> 10.99.0.1:port. The UDP checksum is left to the device, or made. */
static size_t make_packet(uint8_t *p, uint16_t port, bool partial)
{
    size_t udp_bytes = 8 + sizeof text;
    uint16_t pseudo = tun_ip_header(p, IPPROTO_UDP, udp_bytes);
    tun_put16(p + 20, 7);
    tun_put16(p + 22, port);
    tun_put16(p + 24, (unsigned)udp_bytes);
    tun_put16(p + 26, 0);
    memcpy(p + IP_UDP, text, sizeof text);
    tun_put16(p + 26, partial ? pseudo : (uint16_t)~tun_sum(p + 20, udp_bytes, pseudo));
    return 20 + udp_bytes;
}

static void expect_text(int s)
{
    char got[100];
    struct pollfd p = {.fd = s, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 1000), 1);
    assert_int_equal(recv(s, got, sizeof got, 0), sizeof text);
    assert_memory_equal(got, text, sizeof text);
}

/* A packet in three slices, as a stack would give it. */
static void send_to_kernel(struct bonnet_driver *d, uint16_t port)
{
    uint8_t p[100];
    bool partial = d->offload & BONNET_OFFLOAD_TX_CHECKSUM;
    size_t len = make_packet(p, port, partial);
    struct bonnet_tx tx = {
        .len = (uint32_t)len,
        .slices_n = 3,
        .needs_checksum = partial,
        .csum_start = 20,
        .csum_offset = 6,
        .slices = {{p, IP_UDP}, {p + IP_UDP, 5}, {p + IP_UDP + 5, (uint32_t)len - IP_UDP - 5}},
    };
    assert_int_equal(d->ops->input(d, &tx), 0);
}

static void exchange_over_tun(bool plain)
{
    struct bonnet_driver *d = tun_open(false, plain);
    assert_int_equal(d->kind, BONNET_IF_IP);
    assert_string_equal(d->name, TUN_DEVICE);
    assert_int_equal(d->mtu, TUN_MTU);
    uint32_t all = BONNET_OFFLOAD_TX_CHECKSUM | BONNET_OFFLOAD_TX_GSO;
    assert_int_equal(d->offload, plain ? 0 : all);

    int s = udp_socket(4000);
    send_to_far_end(s);
    struct bonnet_rx frame = tun_next(d, 0);
    assert_int_equal(frame.len, IP_UDP + sizeof text);
    assert_memory_equal((const char *)frame.data + IP_UDP, text, sizeof text);
    assert_int_equal(frame.checksum_good, !plain);
    assert_int_equal(frame.gso_size, 0);
    assert_int_equal((uintptr_t)frame.data % 4, 0);

    send_to_kernel(d, 4000);
    expect_text(s);
    close(s);
    bonnet_driver_free(d);
}

static void tun_with_virtio_header(void **state)
{
    (void)state;
    exchange_over_tun(false);
}

static void tun_with_plain_frames(void **state)
{
    (void)state;
    exchange_over_tun(true);
}

/* The kernel asks for the stack's address before it sends: the frame is its ARP request. */
static void tap_has_a_mac_for_each_end(void **state)
{
    (void)state;
    struct bonnet_driver *d = tun_open(true, false);
    assert_int_equal(d->kind, BONNET_IF_ETHERNET);
    int s = udp_socket(4001);
    send_to_far_end(s);
    struct bonnet_rx frame = tun_next(d, 0x0806);
    const uint8_t *kernel_mac = (const uint8_t *)frame.data + 6;
    assert_memory_not_equal(kernel_mac, d->mac, 6);
    assert_int_equal(d->mac[0] & 3, 2);
    assert_int_equal(((uintptr_t)frame.data + ETHERNET) % 4, 0);
    close(s);
    bonnet_driver_free(d);
}

static void kernel_end_is_set_up(void **state)
{
    (void)state;
    struct bonnet_driver *d = tun_open(true, false);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq r = {.ifr_name = TUN_DEVICE};
    assert_int_equal(ioctl(s, SIOCGIFMTU, &r), 0);
    assert_int_equal(r.ifr_mtu, TUN_MTU);
    assert_int_equal(ioctl(s, SIOCGIFFLAGS, &r), 0);
    assert_true(r.ifr_flags & IFF_UP);
    assert_int_equal(ioctl(s, SIOCGIFNETMASK, &r), 0);
    struct sockaddr_in mask;
    memcpy(&mask, &r.ifr_netmask, sizeof mask);
    assert_int_equal(ntohl(mask.sin_addr.s_addr), 0xffffff00);
    close(s);
    bonnet_driver_free(d);
}

/* A device that is down loses frames, as a wire does; one that is gone is an error. */
static void frames_for_a_device_that_is_down_are_lost(void **state)
{
    (void)state;
    struct bonnet_driver *d = tun_open(false, false);
    assert_int_equal(system("ip link set " TUN_DEVICE " down"), 0);
    send_to_kernel(d, 4002);
    assert_int_equal(system("ip link del " TUN_DEVICE), 0);
    struct bonnet_rx frame;
    assert_true(d->ops->output(d, &frame) < 0);
    bonnet_driver_free(d);
}

static int open_error(const char *name, unsigned bits)
{
    struct bonnet_tuntap_config config = {
        .size = sizeof config,
        .name = name,
        .kernel_addr = bonnet_ip4(10, 99, 0, 1),
        .prefix_bits = bits,
    };
    struct bonnet_driver *d = NULL;
    int err = bonnet_tuntap_open(&config, &d);
    if (!err) bonnet_driver_free(d);
    return err;
}

static void wrong_arguments_have_their_errno(void **state)
{
    (void)state;
    struct bonnet_tuntap_config sizeless = {.size = 1};
    struct bonnet_driver *d = NULL;
    assert_int_equal(bonnet_tuntap_open(&sizeless, &d), -EINVAL);
    assert_int_equal(bonnet_tuntap_open(NULL, &d), -EINVAL);
    assert_int_equal(open_error("a-name-of-sixteen", 24), -EINVAL);
    assert_int_equal(open_error("lo", 24), -EINVAL);
    assert_int_equal(open_error(TUN_DEVICE, 33), -EINVAL);
    assert_int_equal(open_error(NULL, 24), 0);

    d = tun_open(false, false);
    assert_int_equal(open_error(TUN_DEVICE, 24), -EBUSY);
    bonnet_driver_free(d);
}

/* What fn returns in a child, whose privileges it may spoil. */
static int in_child(int (*fn)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) _exit(-fn() & 0xff);
    assert_int_equal(waitpid(child, &status, 0), child);
    return -WEXITSTATUS(status);
}

static int open_without_capability(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    if (syscall(SYS_capset, &head, none) < 0) return -errno;
    return open_error(TUN_DEVICE, 24);
}

static int open_without_node(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return -errno;
    if (mount("none", "/dev/net", "tmpfs", 0, NULL) < 0) return -errno;
    return open_error(TUN_DEVICE, 24);
}

static void missing_rights_and_missing_device_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(in_child(open_without_capability), -EPERM);
    assert_int_equal(in_child(open_without_node), -ENOENT);
}

int main(void)
{
    if (!tun_is_to_be_had()) {
        printf("skipped: no TUN device, or no right to make one\n");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tun_with_virtio_header),
        cmocka_unit_test(tun_with_plain_frames),
        cmocka_unit_test(tap_has_a_mac_for_each_end),
        cmocka_unit_test(kernel_end_is_set_up),
        cmocka_unit_test(frames_for_a_device_that_is_down_are_lost),
        cmocka_unit_test(wrong_arguments_have_their_errno),
        cmocka_unit_test(missing_rights_and_missing_device_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
