/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that say where a stack lives; see net.h. */
#include "cmd.h"
#include "net.h"

#include <string.h>

const char net_options_help[] =
    "where the stack lives:\n"
    "  --tap NAME           the TAP device to make, or to attach to\n"
    "  --tun NAME           a TUN device instead (IP packets without Ethernet)\n"
    "  --addr A/BITS        the stack's address and prefix, 10.7.0.2/24\n"
    "  --kernel-addr A      the kernel's end of the device (default: the first other address of\n"
    "                       the prefix); 'none' leaves it as it is\n"
    "  --gateway G          next hop for addresses outside of the prefix\n"
    "  --mtu N              largest IP packet, 576 to 65535 bytes (default 1500)\n"
    "  --plain              one frame at a time: no super-frames, no checksum offload\n"
    "  --link 'WORDS'       an emulated link in front of the device, in netem's words:\n"
    "                       delay 20ms 5ms, rate 100mbit, limit 1000, loss 1% [burst 4],\n"
    "                       reorder 5%, duplicate 1%, corrupt 0.1%, seed 7\n"
    "  --pcapng FILE        capture every frame, with the reason it was sent or dropped for\n"
    "  --name NAME          name for `bonnet ss --name` (default: the device's)\n";

void net_options_init(struct net_options *o)
{
    *o = (struct net_options){.addr = bonnet_ip4(0, 0, 0, 0),
                              .gateway = bonnet_ip4(0, 0, 0, 0),
                              .kernel_addr = bonnet_ip4(0, 0, 0, 0)};
    bonnet_link_config_init(&o->link);
}

static uint32_t to_number(struct bonnet_addr a)
{
    return (uint32_t)a.b[12] << 24 | (uint32_t)a.b[13] << 16 | (uint32_t)a.b[14] << 8 | a.b[15];
}

static struct bonnet_addr from_number(uint32_t n)
{
    return bonnet_ip4((uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n);
}

static uint32_t host_mask(unsigned bits)
{
    return bits == 0 ? UINT32_MAX : (uint32_t)((UINT64_C(1) << (32 - bits)) - 1);
}

/* May a host have address n in its prefix? Prefixes of 31 bits have two hosts (RFC 3021). */
static bool is_host(uint32_t n, unsigned bits)
{
    uint32_t mask = host_mask(bits);
    uint32_t first = n >> 24;
    if (first == 0 || first == 127 || first >= 224) return false;
    return bits >= 31 || ((n & mask) != 0 && (n & mask) != mask);
}

bool net_prefix_parse(const char *text, struct bonnet_addr *addr, unsigned *bits)
{
    char dotted[16];
    uint64_t n;
    size_t len = strcspn(text, "/");
    if (len >= sizeof(dotted) || text[len] != '/') return false;
    memcpy(dotted, text, len);
    dotted[len] = '\0';
    if (bonnet_addr_parse(dotted, addr) || !cmd_number(text + len + 1, 1, 32, &n)) return false;
    *bits = (unsigned)n;
    return is_host(to_number(*addr), *bits);
}

bool net_other_host(struct bonnet_addr addr, unsigned bits, struct bonnet_addr *out)
{
    uint32_t ours = to_number(addr);
    uint32_t base = ours & ~host_mask(bits);
    for (uint32_t i = 0; i < 3 && i <= host_mask(bits); i++) {
        *out = from_number(base + i);
        if (base + i != ours && is_host(base + i, bits)) return true;
    }
    return false;
}

static int bad_value(const char *who, const char *option, const char *value, const char *expected)
{
    cmd_complain(who, "--%s '%s': %s", option, value, expected);
    return CMD_USAGE;
}

static int take_device(struct net_options *o, const char *value, bool tun, const char *who)
{
    size_t len = strlen(value);
    if (o->device) {
        cmd_complain(who, "--tap or --tun is given twice");
        return CMD_USAGE;
    }
    if (len == 0 || len >= BONNET_IF_NAME_MAX || strpbrk(value, "/ %:"))
        return bad_value(who, tun ? "tun" : "tap", value,
                         "a device name has 1 to 15 characters, none of them '/' or blank");
    o->device = value;
    o->tun = tun;
    return 0;
}

static int take_link(struct net_options *o, const char *value, const char *who)
{
    const char *where = value;
    o->has_link = true;
    if (bonnet_link_parse(value, &o->link, &where) == 0) return 0;
    int len = (int)strcspn(where, " \t");
    if (len == 0) return bad_value(who, "link", value, "a value is missing at the end");
    cmd_complain(who, "--link '%s': '%.*s' is not understood", value, len, where);
    return CMD_USAGE;
}

static int take_address(struct bonnet_addr *out, const char *option, const char *value,
                        const char *who)
{
    if (bonnet_addr_parse(value, out) == 0 && is_host(to_number(*out), 32)) return 0;
    return bad_value(who, option, value, "an IPv4 address of a host is wanted, as 10.7.0.1");
}

static int take_mtu(struct net_options *o, const char *value, const char *who)
{
    uint64_t n;
    if (!cmd_number(value, 576, 65535, &n))
        return bad_value(who, "mtu", value, "a number of bytes from 576 to 65535 is wanted");
    o->mtu = (uint16_t)n;
    return 0;
}

static int take_name(struct net_options *o, const char *value, const char *who)
{
    size_t len = strlen(value);
    if (len == 0 || len > 64 || value[0] == '.' || strchr(value, '/'))
        return bad_value(who, "name", value,
                         "a name has 1 to 64 characters, no '/', no '.' in front");
    o->name = value;
    return 0;
}

int net_options_take(struct net_options *o, int option, const char *value, const char *who)
{
    switch (option) {
    case NET_OPTION_TAP: return take_device(o, value, false, who);
    case NET_OPTION_TUN: return take_device(o, value, true, who);
    case NET_OPTION_ADDR:
        if (net_prefix_parse(value, &o->addr, &o->bits)) return 0;
        return bad_value(who, "addr", value,
                         "a host's IPv4 address with its prefix length is wanted, as 10.7.0.2/24");
    case NET_OPTION_GATEWAY: return take_address(&o->gateway, "gateway", value, who);
    case NET_OPTION_KERNEL_ADDR:
        o->no_kernel_addr = strcmp(value, "none") == 0;
        return o->no_kernel_addr ? 0 : take_address(&o->kernel_addr, "kernel-addr", value, who);
    case NET_OPTION_MTU: return take_mtu(o, value, who);
    case NET_OPTION_PLAIN: o->plain = true; return 0;
    case NET_OPTION_PCAPNG: o->pcapng = value; return 0;
    case NET_OPTION_LINK: return take_link(o, value, who);
    case NET_OPTION_NAME: return take_name(o, value, who);
    default: return CMD_USAGE; /* getopt_long() has complained */
    }
}

static bool shares_prefix(struct bonnet_addr a, const struct net_options *o)
{
    return ((to_number(a) ^ to_number(o->addr)) & ~host_mask(o->bits)) == 0;
}

int net_options_check(struct net_options *o, const char *who)
{
    const char *wrong = NULL;
    if (!o->device)
        wrong = "--tap NAME is missing (the TAP device to make)";
    else if (o->bits == 0)
        wrong = "--addr A/BITS is missing (the stack's address)";
    else if (!bonnet_addr_is_any(o->gateway) && !shares_prefix(o->gateway, o))
        wrong = "--gateway lies outside of the prefix of --addr";
    else if (bonnet_addr_equal(o->kernel_addr, o->addr))
        wrong = "--kernel-addr and --addr are the same";
    else if (!bonnet_addr_is_any(o->kernel_addr) && !shares_prefix(o->kernel_addr, o))
        wrong = "--kernel-addr lies outside of the prefix of --addr";
    else if (!o->no_kernel_addr && bonnet_addr_is_any(o->kernel_addr) &&
             !net_other_host(o->addr, o->bits, &o->kernel_addr))
        wrong = "--addr leaves no address for the kernel's end (see --kernel-addr)";
    if (!o->name) o->name = o->device;
    if (!wrong) return 0;
    cmd_complain(who, "%s", wrong);
    return CMD_USAGE;
}
