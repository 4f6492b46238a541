/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host of the kernel's world: a network namespace without a name.
 *
 * It has the loopback device and a TUN device for each link. The first link has the first address,
 * the second one the second, and those that are left are the first one's; a peer is reached over
 * its link and everybody else over the first, as in the world of bonnet's stacks.
 *
 * The namespace lives as long as somebody holds it: this process's descriptors, its sockets, its
 * devices. Nothing is ever written down anywhere, so nothing is left to be removed, however the
 * process ends. Namespaces are a thread's own affair (setns(2)): a host is entered to make a socket
 * in it, and left at once.
 *
 * A host that loses its power is a namespace that is left alone, without its devices; the wires
 * stay and swallow what they are given. When the power comes back it is a new namespace.
 *
 * Who is not root becomes root of a user namespace, if the machine allows that, and stays in it.
 */
#define _GNU_SOURCE
#include "kernel_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OWN_NAMESPACE "/proc/thread-self/ns/net"

/* How a host is before the scenario's own settings: quiet, and the same on every machine. Where
 * /proc/sys cannot be written the machine's own settings hold, and IPv6 talks to itself. */
static const char *const usual[][2] = {
    {"net/ipv6/conf/all/disable_ipv6", "1"},
    {"net/ipv6/conf/default/disable_ipv6", "1"},
    {"net/ipv4/conf/all/rp_filter", "0"},
    {"net/ipv4/conf/default/rp_filter", "0"},
    {"net/ipv4/tcp_congestion_control", "cubic"},
    {"net/ipv4/tcp_rmem", "4096 131072 6291456"},
    {"net/ipv4/tcp_wmem", "4096 16384 4194304"},
    {"net/ipv4/tcp_syn_linear_timeouts", "0"},
    {"net/ipv4/tcp_max_syn_backlog", "4096"},
    {"net/ipv4/tcp_max_tw_buckets", "131072"},
    /* A table for each namespace that is made from this one: to look at all sockets of a host, the
     * kernel would otherwise walk through a table with room for those of the whole machine. */
    {"net/ipv4/tcp_child_ehash_entries", "1024"},
};

/* Writes what went wrong into why, with the error's name, and returns the error. */
static int failed(int error, char *why, size_t max, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int failed(int error, char *why, size_t max, const char *format, ...)
{
    char what[200];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(what, sizeof what, format, ap);
    va_end(ap);
    (void)snprintf(why, max, "%s: %s", what, strerror(-error));
    return error;
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    ssize_t n = write(fd, text, strlen(text));
    int r = n < 0 ? -errno : 0;
    close(fd);
    return r;
}

static void set_usual(void)
{
    char path[128];
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        (void)snprintf(path, sizeof path, "/proc/sys/%s", usual[i][0]);
        (void)write_text(path, usual[i][1]);
    }
}

/* Makes a user namespace where this user is root (user_namespaces(7)). */
static int become_root(void)
{
    char map[32];
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) return -errno;
    (void)write_text("/proc/self/setgroups", "deny"); /* older kernels have it not */
    (void)snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
    int r = write_text("/proc/self/uid_map", map);
    (void)snprintf(map, sizeof map, "0 %u 1", (unsigned)gid);
    return r < 0 ? r : write_text("/proc/self/gid_map", map);
}

int kernel_home_init(struct kernel_world *k, char *why, size_t max)
{
    static const char *const what =
        "Linux's own sockets are played in network namespaces, which must be made by root or by a "
        "user who may make user namespaces";
    k->home = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
    if (k->home < 0) return failed(-errno, why, max, "%s", OWN_NAMESPACE);
    int r = unshare(CLONE_NEWNET) < 0 ? -errno : 0;
    if (r == -EPERM && (r = become_root()) == 0) {
        /* From a user namespace there is no way back: home is the new one from now on. */
        close(k->home);
        k->home = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
    }
    if (r == 0) set_usual(); /* where the first host is made from */
    return r < 0 ? failed(-EPERM, why, max, "%s", what) : 0;
}

int kernel_host_enter(struct kernel_world *k, unsigned host)
{
    if (k->hosts[host].ns < 0) return -ENETDOWN;
    return setns(k->hosts[host].ns, CLONE_NEWNET) < 0 ? -errno : 0;
}

void kernel_host_leave(struct kernel_world *k)
{
    /* It was left a moment ago, and its descriptor is held. */
    (void)setns(k->home, CLONE_NEWNET);
}

/* ---- addresses and routes: the ioctls of netdevice(7) and route(7) ---- */

static struct sockaddr_in ip4_of(struct bonnet_addr a)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    memcpy(&in.sin_addr, a.b + 12, sizeof in.sin_addr);
    return in;
}

static int bring_up(int sock, const char *device)
{
    struct ifreq r = {.ifr_flags = IFF_UP};
    (void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", device);
    return ioctl(sock, SIOCSIFFLAGS, &r) < 0 ? -errno : 0;
}

/* An address of a device. Each but the first has a label of its own, "tun0:1". */
static int add_addr(int sock, const char *device, unsigned i, struct bonnet_addr addr)
{
    struct ifreq r = {.ifr_flags = 0};
    struct sockaddr_in in = ip4_of(addr);
    int n = i == 0 ? snprintf(r.ifr_name, sizeof r.ifr_name, "%s", device)
                   : snprintf(r.ifr_name, sizeof r.ifr_name, "%s:%u", device, i);
    if (n >= IFNAMSIZ) return -ENAMETOOLONG;
    memcpy(&r.ifr_addr, &in, sizeof in);
    if (ioctl(sock, SIOCSIFADDR, &r) < 0) return -errno;
    in.sin_addr.s_addr = INADDR_NONE; /* a mask of all ones */
    memcpy(&r.ifr_netmask, &in, sizeof in);
    return ioctl(sock, SIOCSIFNETMASK, &r) < 0 ? -errno : 0;
}

/* to NULL: everybody else. */
static int add_route(int sock, const struct bonnet_addr *to, char *device)
{
    const struct bonnet_addr any = bonnet_ip4(0, 0, 0, 0);
    struct sockaddr_in dst = ip4_of(to ? *to : any), mask = ip4_of(any);
    struct rtentry r = {.rt_flags = RTF_UP, .rt_dev = device};
    if (to) {
        mask.sin_addr.s_addr = INADDR_NONE;
        r.rt_flags |= RTF_HOST;
    }
    memcpy(&r.rt_dst, &dst, sizeof dst);
    memcpy(&r.rt_genmask, &mask, sizeof mask);
    return ioctl(sock, SIOCADDRT, &r) < 0 && errno != EEXIST ? -errno : 0;
}

/* ---- devices ---- */

static int open_device(struct kernel_end *end, uint16_t mtu)
{
    const struct bonnet_tuntap_config config = {
        .size = sizeof config,
        .plain = true, /* the wire shows segments, not what a stack would like to be cut */
        .mtu = mtu,
    };
    return bonnet_tuntap_open(&config, &end->tun);
}

static unsigned links_of(const struct scenario *s, unsigned host)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->links_n; i++)
        n += s->links[i].host[0] == host || s->links[i].host[1] == host;
    return n;
}

/* Those of a host's nth device. */
static int add_addrs(const struct kernel_world *k, unsigned host, unsigned nth, int sock,
                     const char *device)
{
    const struct lab_host *h = &k->config.scenario->hosts[host];
    unsigned devices = links_of(k->config.scenario, host);
    int r = 0;
    for (unsigned i = 0; r == 0 && i < h->addrs_n; i++)
        if (i == nth || (i >= devices && nth == 0)) r = add_addr(sock, device, i, h->addrs[i]);
    return r;
}

static int set_up_device(struct kernel_world *k, struct kernel_end *end, unsigned peer, int sock)
{
    const struct lab_host *p = &k->config.scenario->hosts[peer];
    char *device = end->tun->name;
    unsigned nth = k->hosts[end->host].devices;
    int r = bring_up(sock, device);
    if (r == 0) r = add_addrs(k, end->host, nth, sock, device);
    if (r == 0 && nth == 0) r = add_route(sock, NULL, device);
    for (unsigned i = 0; r == 0 && i < p->addrs_n; i++)
        r = add_route(sock, &p->addrs[i], device);
    return r;
}

static int make_device(struct kernel_world *k, unsigned link, unsigned side, int sock)
{
    const struct lab_link *l = &k->config.scenario->links[link];
    struct kernel_end *end = &k->links[link].ends[side];
    end->host = l->host[side];
    end->link = &k->links[link];
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = KERNEL_EVENT_DEVICE};
    int r = open_device(end, l->mtu);
    if (r < 0) return r;
    if (epoll_ctl(k->epoll, EPOLL_CTL_ADD, end->tun->ops->fd(end->tun), &event) < 0) return -errno;
    r = set_up_device(k, end, l->host[!side], sock);
    k->hosts[end->host].devices++;
    return r;
}

static int make_devices(struct kernel_world *k, unsigned host, int sock)
{
    const struct scenario *s = k->config.scenario;
    const struct lab_host *h = &s->hosts[host];
    int r = bring_up(sock, "lo");
    /* Without a link it has nobody to talk to, but addresses all the same. */
    for (unsigned i = 0; r == 0 && links_of(s, host) == 0 && i < h->addrs_n; i++)
        r = add_addr(sock, "lo", i + 1, h->addrs[i]);
    for (unsigned i = 0; i < s->links_n; i++) {
        for (unsigned side = 0; r == 0 && side < 2; side++)
            if (s->links[i].host[side] == host) r = make_device(k, i, side, sock);
    }
    return r;
}

/* ---- settings ---- */

/* The name has come from a file: it names a setting, not a way to elsewhere. */
static bool is_name(const char *name)
{
    return name[0] && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static int set(const struct lab_setting *s)
{
    char path[128], value[24];
    if (!is_name(s->name)) return -EINVAL;
    (void)snprintf(value, sizeof value, "%lld", (long long)s->value);
    (void)snprintf(path, sizeof path, "/proc/sys/net/ipv4/%s", s->name);
    int r = write_text(path, value);
    if (r != -ENOENT) return r;
    (void)snprintf(path, sizeof path, "/proc/sys/net/core/%s", s->name);
    return write_text(path, value);
}

static int set_all(struct kernel_world *k, unsigned host, char *why, size_t max)
{
    const struct scenario *s = k->config.scenario;
    set_usual();
    for (unsigned i = 0; i < s->settings_n; i++) {
        if (s->settings[i].host != host) continue;
        int r = set(&s->settings[i]);
        if (r < 0)
            return failed(r, why, max, "line %u: %s cannot be set for one host alone",
                          s->settings[i].line, s->settings[i].name);
    }
    return 0;
}

/* ---- the host ---- */

static int open_windows(struct kernel_host *h)
{
    static const char *const mibs[2] = {"/proc/thread-self/net/snmp",
                                        "/proc/thread-self/net/netstat"};
    for (unsigned i = 0; i < 2; i++) {
        h->mibs[i] = open(mibs[i], O_RDONLY | O_CLOEXEC);
        if (h->mibs[i] < 0) return -errno;
    }
    h->diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    return h->diag < 0 ? -errno : 0;
}

int kernel_capture_init(struct kernel_world *k, unsigned host, char *why, size_t max)
{
    char path[512];
    const char *name = k->config.scenario->hosts[host].name;
    if (!k->config.pcapng) return 0;
    int n = snprintf(path, sizeof path, "%s/%s-%s.pcapng", k->config.pcapng,
                     k->config.scenario->name, name);
    int r = (size_t)n >= sizeof path ? -ENAMETOOLONG
                                     : bonnet_pcapng_open(path, name, &k->hosts[host].capture);
    return r < 0 ? failed(r, why, max, "%s", path) : 0;
}

int kernel_host_init(struct kernel_world *k, unsigned host, char *why, size_t max)
{
    struct kernel_host *h = &k->hosts[host];
    const char *name = k->config.scenario->hosts[host].name;
    if (unshare(CLONE_NEWNET) == 0) h->ns = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
    if (h->ns < 0) return failed(-errno, why, max, "network namespace of %s", name);
    int r = open_windows(h);
    if (r < 0) return failed(r, why, max, "sockets and counters of %s", name);
    r = set_all(k, host, why, max);
    if (r < 0) return r;

    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    r = sock < 0 ? -errno : make_devices(k, host, sock);
    if (sock >= 0) close(sock);
    return r < 0 ? failed(r, why, max, "TUN devices of %s (/dev/net/tun)", name) : 0;
}

static void close_descriptors(struct kernel_host *h)
{
    int *const fds[] = {&h->ns, &h->diag, &h->mibs[0], &h->mibs[1]};
    for (unsigned i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (*fds[i] >= 0) close(*fds[i]);
        *fds[i] = -1;
    }
}

void kernel_host_fini(struct kernel_host *h)
{
    close_descriptors(h);
    if (h->capture) bonnet_pcapng_close(h->capture);
    free(h->watched);
}

/* ---- power ---- */

/* The devices first: what sockets say when they end is not heard any more. */
static void switch_off(struct kernel_world *k, unsigned host)
{
    struct kernel_host *h = &k->hosts[host];
    for (unsigned i = 0; i < 2 * k->config.scenario->links_n; i++) {
        struct kernel_end *end = &k->links[i / 2].ends[i % 2];
        if (end->host != host) continue;
        bonnet_driver_free(end->tun);
        end->tun = NULL;
    }
    kernel_sockets_drop(k, host);
    close_descriptors(h);
    h->devices = 0;
    h->watched_n = 0;
}

int kernel_power(struct world *w, unsigned host, bool on)
{
    struct kernel_world *k = (struct kernel_world *)(void *)w;
    char why[256];
    if (on == (k->hosts[host].ns >= 0)) return -EALREADY;
    if (!on) {
        switch_off(k, host);
        return 0;
    }
    int r = kernel_host_init(k, host, why, sizeof why);
    kernel_host_leave(k);
    return r;
}
