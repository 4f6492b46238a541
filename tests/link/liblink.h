/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of link/ share: a stack of two interfaces, Ethernet (1) and bare IP (2). Ours is
 * 10.7.0.2 at 02:00:00:00:00:02; neighbour n is 10.7.n/256.n%256 at 02:00:00:01 and n.
 */
#ifndef TESTS_LINK_LIBLINK_H
#define TESTS_LINK_LIBLINK_H

#include "base/libbase.h"
#include "link/link.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define OURS 0x0a070002u

struct station {
    struct world w;
    struct link link;
    struct netif *eth, *raw;
    struct arp_packet reply; /* of the last ARP packet that arrived */
};

struct bonnet_addr a4(uint32_t v);
struct eth_mac mac_of(uint32_t n);
uint32_t addr_of(uint32_t n);

void station_begin(struct station *s);

/* Ends it and checks that all memory came back. */
void station_end(struct station *s);

/* An interface with the usual configuration. */
struct bonnet_if_config ethernet(void);

/* Resolves an address on Ethernet. */
enum link_way resolve(struct station *s, uint32_t addr, struct list_node *talker,
                      struct eth_mac *mac);

/* An ARP packet arrives: from a near sender, ours if it is about OURS. */
enum bonnet_reason hears(struct station *s, uint16_t op, uint32_t sender, struct eth_mac mac,
                         uint32_t target);

/* Neighbour n answers our question. */
enum bonnet_reason answers(struct station *s, uint32_t n);

/* Pulls one ARP request and returns whom it asks for, 0 for none; *to (may be NULL) is where it
 * goes. */
uint32_t asks(struct station *s, struct eth_mac *to);

/* Time passes, and the talkers that failed are counted and taken out of the list. */
uint32_t pass(struct station *s, bonnet_time ns);

bool mac_is(struct eth_mac a, struct eth_mac b);

#endif
