/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ioctls of netdevice(7). They set one IPv4 address per device, which is all that the far end
 * of a tunnel wants; anything richer is the work of ip(8), before or after.
 */
#define _GNU_SOURCE
#include "ifconf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static struct ifreq request_for(const char *device)
{
    struct ifreq r;
    memset(&r, 0, sizeof r);
    strncpy(r.ifr_name, device, IFNAMSIZ - 1);
    return r;
}

static int ask(int sock, unsigned long what, struct ifreq *r)
{
    return ioctl(sock, what, r) < 0 ? -errno : 0;
}

int ifconf_open(void)
{
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return sock < 0 ? -errno : sock;
}

int ifconf_mac(int sock, const char *device, uint8_t mac[6])
{
    struct ifreq r = request_for(device);
    int err = ask(sock, SIOCGIFHWADDR, &r);
    if (!err) memcpy(mac, r.ifr_hwaddr.sa_data, 6);
    return err;
}

int ifconf_set_mtu(int sock, const char *device, unsigned mtu)
{
    struct ifreq r = request_for(device);
    int err = ask(sock, SIOCGIFMTU, &r);
    if (err || r.ifr_mtu == (int)mtu) return err;
    r.ifr_mtu = (int)mtu;
    return ask(sock, SIOCSIFMTU, &r);
}

/* Sets one of the two IPv4 addresses of a device, unless it is that already. A device without an
 * address answers the question with EADDRNOTAVAIL. */
static int set_in(int sock, const char *device, unsigned long get, unsigned long set,
                  struct in_addr value)
{
    struct ifreq r = request_for(device);
    struct sockaddr_in in = {.sin_family = AF_INET};
    if (ask(sock, get, &r) == 0) {
        memcpy(&in, &r.ifr_addr, sizeof in);
        if (in.sin_addr.s_addr == value.s_addr) return 0;
    }
    in = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = value};
    memcpy(&r.ifr_addr, &in, sizeof in);
    return ask(sock, set, &r);
}

static int bring_up(int sock, const char *device)
{
    struct ifreq r = request_for(device);
    int err = ask(sock, SIOCGIFFLAGS, &r);
    if (err || (r.ifr_flags & IFF_UP)) return err;
    r.ifr_flags = (short)(r.ifr_flags | IFF_UP);
    return ask(sock, SIOCSIFFLAGS, &r);
}

int ifconf_set_addr(int sock, const char *device, struct bonnet_addr addr, unsigned prefix_bits)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (memcmp(addr.b, mapped, sizeof mapped) != 0) return -EAFNOSUPPORT;
    if (prefix_bits > 32) return -EINVAL;
    uint32_t ones = prefix_bits ? UINT32_MAX << (32 - prefix_bits) : 0;
    struct in_addr in, mask = {.s_addr = htonl(ones)};
    memcpy(&in, addr.b + sizeof mapped, sizeof in);

    int err = set_in(sock, device, SIOCGIFADDR, SIOCSIFADDR, in);
    if (!err) err = set_in(sock, device, SIOCGIFNETMASK, SIOCSIFNETMASK, mask);
    return err ? err : bring_up(sock, device);
}
