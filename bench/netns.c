/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interfaces by ioctl, as ip(8) would make them, without needing ip(8).
 */
#define _GNU_SOURCE
#include "netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool ours;

static struct ifreq request_for(const char *name)
{
    struct ifreq r;
    memset(&r, 0, sizeof r);
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    return r;
}

static int bring_up(int fd, const char *name)
{
    struct ifreq r = request_for(name);
    if (ioctl(fd, SIOCGIFFLAGS, &r) < 0) return -errno;
    r.ifr_flags = (short)(r.ifr_flags | IFF_UP | IFF_RUNNING);
    return ioctl(fd, SIOCSIFFLAGS, &r) < 0 ? -errno : 0;
}

/* IPv6 would send its own frames into the measurement; where it cannot be turned off, it may. */
static void turn_off_ip6(void)
{
    int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, "1", 1) != 1) perror("disable_ipv6");
    close(fd);
}

void netns_enter(void)
{
    if (unshare(CLONE_NEWNET) < 0) return;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    ours = bring_up(fd, "lo") == 0;
    close(fd);
    turn_off_ip6();
}

bool netns_is_ours(void)
{
    return ours;
}

static int set_address(int fd, const char *name, unsigned long what, const unsigned char a[4])
{
    struct ifreq r = request_for(name);
    struct sockaddr_in in = {.sin_family = AF_INET};
    memcpy(&in.sin_addr, a, 4);
    memcpy(&r.ifr_addr, &in, sizeof in);
    return ioctl(fd, what, &r) < 0 ? -errno : 0;
}

static int set_mtu(int fd, const char *name, unsigned mtu)
{
    struct ifreq r = request_for(name);
    r.ifr_mtu = (int)mtu;
    return ioctl(fd, SIOCSIFMTU, &r) < 0 ? -errno : 0;
}

int netns_configure(const char *name, const unsigned char address[4], unsigned mtu)
{
    static const unsigned char mask[4] = {255, 255, 255, 0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int status = set_mtu(fd, name, mtu);
    if (status == 0) status = set_address(fd, name, SIOCSIFADDR, address);
    if (status == 0) status = set_address(fd, name, SIOCSIFNETMASK, mask);
    if (status == 0) status = bring_up(fd, name);
    close(fd);
    return status;
}

int netns_tap(const char *name, bool virtio_net)
{
    struct ifreq r = request_for(name);
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -errno;
    r.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (virtio_net ? IFF_VNET_HDR : 0));
    bool good = ioctl(fd, TUNSETIFF, &r) == 0;
    if (good && virtio_net) good = ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) == 0;
    if (good) return fd;
    int status = -errno;
    close(fd);
    return status;
}
