/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's end of a network device: its MTU, its link address, its IPv4 address (netdevice(7)).
 *
 * What already is as it shall be is left alone, so that a program without CAP_NET_ADMIN can use a
 * device that an administrator has prepared for it.
 */
#ifndef BONNET_HOST_IFCONF_H
#define BONNET_HOST_IFCONF_H

#include <bonnet/types.h>

/* A socket to ask and to change devices through, for the calls below. -errno. */
int ifconf_open(void);

/* Reads the device's Ethernet address. 0 or -errno. */
int ifconf_mac(int sock, const char *device, uint8_t mac[6]);

/* Sets the MTU, in bytes. 0; -EINVAL: the device cannot; -EPERM; other -errno. */
int ifconf_set_mtu(int sock, const char *device, unsigned mtu);

/* Gives the device an IPv4 address with its prefix and brings it up. 0; -EAFNOSUPPORT: not IPv4;
 * -EINVAL: prefix above 32; -EPERM; other -errno. */
int ifconf_set_addr(int sock, const char *device, struct bonnet_addr addr, unsigned prefix_bits);

#endif
