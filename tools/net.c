/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and ending a stack on a device; the contract is in net.h. */
#define _GNU_SOURCE
#include "net.h"

#include "cmd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int fail(const char *who, const char *what, int error)
{
    cmd_complain(who, "%s: %s", what, strerror(-error));
    return CMD_FAILED;
}

/* The errors that have a remedy are told with it. */
static int fail_device(const char *who, const struct net_options *o, int error)
{
    const char *kind = o->tun ? "TUN" : "TAP";
    switch (-error) {
    case EPERM:
    case EACCES:
        cmd_complain(who, "%s device %s: the right CAP_NET_ADMIN is missing (run as root)", kind,
                     o->device);
        break;
    case ENOENT:
    case ENODEV:
        cmd_complain(who,
                     "%s device %s: /dev/net/tun is missing (modprobe tun, or let the "
                     "container have the device)",
                     kind, o->device);
        break;
    case EBUSY:
        cmd_complain(who, "%s device %s: in use by another program", kind, o->device);
        break;
    case EINVAL:
        cmd_complain(who, "%s device %s: %s (is the name another device's, or --mtu too large?)",
                     kind, o->device, strerror(EINVAL));
        break;
    default: cmd_complain(who, "%s device %s: %s", kind, o->device, strerror(-error)); break;
    }
    return CMD_FAILED;
}

static void on_signal(void *ctx, int fd)
{
    struct net *net = ctx;
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        net->signals++;
}

static int open_signals(struct net *net)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL)) return -errno;
    net->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (net->signal_fd < 0) return -errno;
    return bonnet_loop_watch(net->loop, net->signal_fd, on_signal, net);
}

static int open_stack(struct net *net)
{
    struct bonnet_config config;
    int error = bonnet_host_config(&config);
    if (!error) error = bonnet_new(&config, &net->bn);
    if (!error) error = bonnet_loop_new(BONNET_CLOCK_REAL, &net->loop);
    return error ? error : open_signals(net);
}

static int open_device(struct net *net, const struct net_options *o, struct bonnet_driver **out)
{
    struct bonnet_tuntap_config config = {
        .size = sizeof(config),
        .name = o->device,
        .tap = !o->tun,
        .plain = o->plain,
        .mtu = o->mtu,
        .kernel_addr = o->no_kernel_addr ? bonnet_ip4(0, 0, 0, 0) : o->kernel_addr,
        .prefix_bits = o->bits,
    };
    net->kernel_addr = config.kernel_addr;
    int error = bonnet_tuntap_open(&config, out);
    if (!error) memcpy(net->device, (*out)->name, sizeof(net->device));
    return error;
}

/* IPv4, in the host's byte order. */
static uint32_t ip4_of(const struct sockaddr *a)
{
    struct sockaddr_in in;
    memcpy(&in, a, sizeof(in));
    return ntohl(in.sin_addr.s_addr);
}

static uint32_t ip4_mask(unsigned bits)
{
    return bits ? UINT32_MAX << (32 - bits) : 0;
}

/* Two devices with one network: the kernel answers through the first, whoever asked. That looks
 * like a peer that is silent, and is told before somebody searches for it. */
static void warn_of_overlap(const struct net *net, const struct net_options *o, const char *who)
{
    char text[BONNET_ADDR_TEXT];
    struct ifaddrs *all;
    if (bonnet_addr_is_any(net->kernel_addr) || getifaddrs(&all)) return;
    uint32_t ours = inet_network(bonnet_addr_print(o->addr, text));
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        if (!i->ifa_addr || !i->ifa_netmask || i->ifa_addr->sa_family != AF_INET) continue;
        uint32_t mask = ip4_of(i->ifa_netmask) & ip4_mask(o->bits);
        if (strcmp(i->ifa_name, net->device) == 0 || (ip4_of(i->ifa_addr) ^ ours) & mask) continue;
        cmd_complain(who, "warning: the kernel may look for %s on %s, where this network is, too",
                     text, i->ifa_name);
    }
    freeifaddrs(all);
}

/* Puts what was asked for around the device. The driver is taken over, also on failure. The capture
 * comes next to the stack, where every frame still has its reason. */
static int open_wraps(struct net *net, const struct net_options *o, struct bonnet_driver **driver,
                      const char *who)
{
    int error = o->pcapng ? bonnet_pcapng_open(o->pcapng, o->name, &net->pcapng) : 0;
    if (error) {
        bonnet_driver_free(*driver);
        return fail(who, o->pcapng, error);
    }
    if (o->has_link) error = bonnet_link_wrap(&o->link, *driver, driver);
    if (error) return fail(who, "emulated link", error);
    if (!net->pcapng) return 0;
    error = bonnet_pcapng_wrap(net->pcapng, *driver, driver);
    if (error) return fail(who, "capture", error);
    bonnet_pcapng_name(net->pcapng, o->addr, o->name);
    bonnet_tracer_add(net->bn, bonnet_pcapng_tracer(net->pcapng));
    return 0;
}

static int attach(struct net *net, const struct net_options *o, struct bonnet_driver *driver,
                  const char *who)
{
    net->ifx = bonnet_loop_attach(net->loop, net->bn, driver, o->addr, o->bits);
    if (net->ifx < 0) return fail(who, "interface", net->ifx);
    if (bonnet_addr_is_any(o->gateway)) return 0;
    int error = bonnet_route_add(net->bn, bonnet_ip4(0, 0, 0, 0), 0, o->gateway, net->ifx);
    return error ? fail(who, "route to the gateway", error) : 0;
}

int net_open(struct net *net, const struct net_options *o, const char *who)
{
    struct bonnet_driver *driver = NULL;
    *net = (struct net){.signal_fd = -1};
    int error = open_stack(net);
    if (error) return fail(who, "cannot make a stack", error);
    error = open_device(net, o, &driver);
    if (error) return fail_device(who, o, error);
    warn_of_overlap(net, o, who);
    if (open_wraps(net, o, &driver, who)) return CMD_FAILED;
    if (attach(net, o, driver, who)) return CMD_FAILED;
    /* Without a door all but `bonnet ss` works. */
    error = bonnet_door_open(net->loop, net->bn, o->name, &net->door);
    if (error) cmd_complain(who, "`bonnet ss` will not find this: %s", strerror(-error));
    return 0;
}

int net_close(struct net *net, const char *who)
{
    if (net->door) bonnet_door_close(net->door);
    if (net->loop) bonnet_loop_free(net->loop);
    bonnet_free(net->bn);
    if (net->signal_fd >= 0) close(net->signal_fd);
    int error = net->pcapng ? bonnet_pcapng_close(net->pcapng) : 0;
    return error ? fail(who, "the capture is not complete", error) : 0;
}

const char *net_error_text(int error)
{
    return error == -EBADFD ? "the device was removed" : strerror(-error);
}

static uint32_t connections(const struct net *net)
{
    struct bonnet_totals totals = {.size = sizeof(totals)};
    bonnet_totals(net->bn, &totals);
    return totals.connections + totals.half_open;
}

uint32_t net_settle(struct net *net, bonnet_time patience)
{
    bonnet_time end = bonnet_loop_now(net->loop) + patience;
    unsigned signals = net->signals;
    bonnet_loop_flush(net->loop);
    while (connections(net) > 0 && net->signals == signals) {
        bonnet_time now = bonnet_loop_now(net->loop);
        if (now >= end) break;
        int turned = bonnet_loop_step(net->loop, end - now);
        if (turned < 0 && turned != -EINTR) break;
    }
    return connections(net);
}
