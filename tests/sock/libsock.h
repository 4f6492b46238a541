/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets without a conductor: the tables of one stack with two interfaces and their addresses, and
 * calls that make sockets. Nothing is sent.
 */
#ifndef TESTS_SOCK_LIBSOCK_H
#define TESTS_SOCK_LIBSOCK_H

#include "../base/libbase.h"
#include "bonnet/socket.h"
#include "sock/sock.h"

struct shop {
    struct bonnet bn;
    struct world w; /* its allocator and its books */
};

#define ONE bonnet_ip4(10, 0, 0, 1) /* ours, on interface 1, 10.0.0.0/24 */
#define TWO bonnet_ip4(10, 0, 1, 1) /* ours, on interface 2, 10.0.1.0/24 */
#define ANY bonnet_ip4(0, 0, 0, 0)

/* Default limits; shop_end() checks that nothing is left. */
void shop_begin(struct shop *s);
void shop_end(struct shop *s);

int stream(struct shop *s);
int dgram(struct shop *s);
int listener(struct shop *s, struct bonnet_addr addr, uint16_t port);

int bind_to(struct shop *s, int socket, struct bonnet_addr addr, uint16_t port);
int connect_to(struct shop *s, int socket, struct bonnet_addr addr, uint16_t port);
uint16_t port_of(struct shop *s, int socket);

/* setsockopt() and getsockopt() of an int; get fails the test on an error. */
int set(struct shop *s, int socket, int option, int value);
int get(struct shop *s, int socket, int option);

#endif
