/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The blocking face's inside: how a call waits. bsd.c makes and ends the face and has the calls
 * about connections, bsd_io.c those that move bytes, bsd_close.c the end of a socket, bsd_option.c
 * options.
 */
#ifndef BONNET_HOST_BSD_H
#define BONNET_HOST_BSD_H

#include <bonnet/host.h>

struct bonnet_bsd {
    struct bonnet *bn;
    struct bonnet_loop *loop;
    int ifx;
    char name[BONNET_IF_NAME_MAX]; /* of the interface, for SO_BINDTODEVICE */
};

/* errno and -1, or the result. */
ssize_t bsd_result(int64_t result);

/* Is there something to be had from trying again? Also true for a handle that is not valid. */
typedef bool (*bsd_ready_fn)(struct bonnet *bn, int s);

bool bsd_is_readable(struct bonnet *bn, int s);
bool bsd_is_writable(struct bonnet *bn, int s);

/* The instant until which a call on s may wait by its timeout, BONNET_SO_RCVTIMEO or _SNDTIMEO; 0
 * if it must not wait at all, because of O_NONBLOCK or MSG_DONTWAIT in flags. */
bonnet_time bsd_patience(struct bonnet_bsd *b, int s, int timeout, int flags);

/* Runs the loop until s is ready. 0; -EAGAIN: not in time; -EINTR: a signal; -errno: a device. */
int bsd_wait(struct bonnet_bsd *b, int s, bsd_ready_fn ready, bonnet_time until);

/* Lets what a call has caused go out. */
void bsd_push(struct bonnet_bsd *b);

/* The domain of s, AF_INET or AF_INET6: how its addresses are written. */
int bsd_domain(struct bonnet_bsd *b, int s);

/* bsd_close.c: closes every socket and gives the connections until the instant to end. */
void bsd_close_all(struct bonnet_bsd *b, bonnet_time until);

#endif
