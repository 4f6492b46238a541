/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stack on a TAP or TUN device, as `serve` and `get` want it: options, set-up, signals, and the
 * end.
 *
 * The device is made with the kernel's end on another address of the same prefix, so that programs
 * on this machine reach the stack at once. Around it come, if asked for, an emulated link and a
 * capture (next to the stack: it shows what the stack sent and got, and why). A door lets `bonnet
 * ss` in.
 */
#ifndef TOOLS_NET_H
#define TOOLS_NET_H

#include <bonnet/host.h>
#include <getopt.h>

struct net_options {
    const char *device; /* name of the TAP or TUN device */
    bool tun;
    bool plain; /* no super-frames */
    bool has_link;
    bool no_kernel_addr; /* leave the kernel's end alone */
    uint16_t mtu;
    unsigned bits; /* of addr's prefix */
    struct bonnet_addr addr;
    struct bonnet_addr gateway;     /* any: none */
    struct bonnet_addr kernel_addr; /* any: the first usable one that is not ours */
    const char *pcapng;             /* NULL: no capture */
    const char *name;               /* of the door; NULL: the device's */
    struct bonnet_link_config link;
};

/* Entries for getopt_long(); their values are enum net_option. */
enum net_option {
    NET_OPTION_TAP = 0x100,
    NET_OPTION_TUN,
    NET_OPTION_ADDR,
    NET_OPTION_GATEWAY,
    NET_OPTION_KERNEL_ADDR,
    NET_OPTION_MTU,
    NET_OPTION_PLAIN,
    NET_OPTION_PCAPNG,
    NET_OPTION_LINK,
    NET_OPTION_NAME,
    NET_OPTION_END,
};

#define NET_LONG_OPTIONS                                                  \
    {"tap", required_argument, NULL, NET_OPTION_TAP},                     \
        {"tun", required_argument, NULL, NET_OPTION_TUN},                 \
        {"addr", required_argument, NULL, NET_OPTION_ADDR},               \
        {"gateway", required_argument, NULL, NET_OPTION_GATEWAY},         \
        {"kernel-addr", required_argument, NULL, NET_OPTION_KERNEL_ADDR}, \
        {"mtu", required_argument, NULL, NET_OPTION_MTU},                 \
        {"plain", no_argument, NULL, NET_OPTION_PLAIN},                   \
        {"pcapng", required_argument, NULL, NET_OPTION_PCAPNG},           \
        {"link", required_argument, NULL, NET_OPTION_LINK},               \
    {                                                                     \
        "name", required_argument, NULL, NET_OPTION_NAME                  \
    }

extern const char net_options_help[];

void net_options_init(struct net_options *o);

/* Takes one option over. 0, or CMD_USAGE after a complaint. */
int net_options_take(struct net_options *o, int option, const char *value, const char *who);

/* What is missing, or does not go together; fills in what can be derived. 0 or CMD_USAGE. */
int net_options_check(struct net_options *o, const char *who);

/* "10.7.0.2/24". false: not an address with its prefix length, or not one a host can have. */
bool net_prefix_parse(const char *text, struct bonnet_addr *addr, unsigned *bits);

/* The first host address of addr's prefix that is not addr. false: there is none. */
bool net_other_host(struct bonnet_addr addr, unsigned bits, struct bonnet_addr *out);

struct net {
    struct bonnet *bn;
    struct bonnet_loop *loop;
    struct bonnet_pcapng *pcapng;
    struct bonnet_door *door;
    int ifx;
    char device[BONNET_IF_NAME_MAX];
    struct bonnet_addr kernel_addr; /* any: the kernel's end was left alone */
    int signal_fd;
    unsigned signals; /* SIGINT and SIGTERM so far */
};

/* Makes all of it. 0, or CMD_FAILED after a complaint; net_close() is right in both cases. From
 * here on SIGINT and SIGTERM do not end the program but are counted. */
int net_open(struct net *net, const struct net_options *o, const char *who);

/* Ends it at once. 0, or CMD_FAILED after a complaint: the capture could not be written. */
int net_close(struct net *net, const char *who);

/* What an error of the loop says. */
const char *net_error_text(int error);

/* Gives the connections that the program closed at most patience ns, or until a signal more, to end
 * with their peers. Returns how many are left. TIME-WAITs do not count. */
uint32_t net_settle(struct net *net, bonnet_time patience);

#endif
