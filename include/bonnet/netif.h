/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interfaces, addresses and routes of a stack.
 *
 * An interface is a place where frames go in and out: Ethernet (with ARP) or raw IP (a TUN device).
 * It is named by a small number from 1. What a driver can do for the stack (checksums, cutting
 * super-frames) is told once, when the interface is added.
 */
#ifndef BONNET_NETIF_H
#define BONNET_NETIF_H

#include <bonnet/types.h>

enum bonnet_if_kind { BONNET_IF_ETHERNET, BONNET_IF_IP };

enum bonnet_if_offload {
    BONNET_OFFLOAD_TX_CHECKSUM = 1, /* the driver completes transport checksums (needs_checksum) */
    BONNET_OFFLOAD_TX_GSO = 2,      /* the driver cuts TCP super-frames; implies TX_CHECKSUM */
};

#define BONNET_IF_NAME_MAX 16

struct bonnet_if_config {
    size_t size; /* sizeof(struct bonnet_if_config) */
    enum bonnet_if_kind kind;
    char name[BONNET_IF_NAME_MAX]; /* for people; may be empty */
    uint8_t mac[6];                /* Ethernet only: unicast, not zero */
    uint16_t mtu;                  /* largest IP packet, bytes: 68 to 65535. 0: 1500 */
    uint32_t offload;              /* enum bonnet_if_offload, or-ed */
    uint32_t gso_bytes_max;        /* largest IP super-packet with TX_GSO, bytes. 0: 65535 */
};

/* Adds an interface, up at once. Returns its number, 1 or more.
 * -EINVAL: a field is not valid. -ENOSPC: limits.interfaces_max. -ENOMEM. */
BONNET_API int bonnet_if_add(struct bonnet *bn, const struct bonnet_if_config *config);

/* Gives interface ifx an address with its prefix (IPv4: 0 to 32 bits), and the route to that
 * prefix. -EINVAL: no such interface; the address is multicast, broadcast or any; prefix too long.
 * -EEXIST: it has it. -ENOSPC: four addresses per interface. -EAFNOSUPPORT: IPv6. -ENOMEM. */
BONNET_API int bonnet_if_addr_add(struct bonnet *bn, int ifx, struct bonnet_addr addr,
                                  unsigned prefix_bits);

/* Takes the address away again. -ENOENT: it has none such. Connections that use it stay. */
BONNET_API int bonnet_if_addr_del(struct bonnet *bn, int ifx, struct bonnet_addr addr);

/* Changes the MTU of an interface, 68 to 65535 bytes. -EINVAL. */
BONNET_API int bonnet_if_set_mtu(struct bonnet *bn, int ifx, unsigned mtu);

/* Adds a route: packets for prefix/bits go out of ifx, to gateway, or directly when gateway is any.
 * The longest prefix wins, then the one added first. -EINVAL, -EEXIST, -ENOSPC (limits.routes_max),
 * -EAFNOSUPPORT: IPv6. -ENOMEM. */
BONNET_API int bonnet_route_add(struct bonnet *bn, struct bonnet_addr prefix, unsigned bits,
                                struct bonnet_addr gateway, int ifx);

/* Removes the route to prefix/bits. -ENOENT. */
BONNET_API int bonnet_route_del(struct bonnet *bn, struct bonnet_addr prefix, unsigned bits);

/* Text of an address as RFC 5952 has it (IPv4 dotted), into buf of at least BONNET_ADDR_TEXT bytes.
 * Returns buf. */
#define BONNET_ADDR_TEXT 48
BONNET_API char *bonnet_addr_print(struct bonnet_addr addr, char *buf);

/* Reads a dotted IPv4 address from text. 0, or -EINVAL if text is not exactly one. */
BONNET_API int bonnet_addr_parse(const char *text, struct bonnet_addr *out);

/* Is this an IPv4 address; the same address; the address that means "any" (of either family)? */
BONNET_API bool bonnet_addr_is_ip4(struct bonnet_addr addr);
BONNET_API bool bonnet_addr_equal(struct bonnet_addr a, struct bonnet_addr b);
BONNET_API bool bonnet_addr_is_any(struct bonnet_addr addr);

#endif
