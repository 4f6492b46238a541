/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A blocking face, 10.0.0.1, and beside it in the same loop a plain stack, 10.0.0.2, as its peer.
 * While a call of the face blocks, the peer's program runs each millisecond.
 */
#ifndef BONNET_TESTS_HOST_LIBBSD_H
#define BONNET_TESTS_HOST_LIBBSD_H

#include <bonnet/host.h>
#include <netinet/in.h>

#define PEER_PORT 7

struct face {
    struct bonnet_bsd *b;
    struct bonnet *peer;
    int listener;                /* of the peer, on PEER_PORT */
    int s;                       /* of the face, connected if connected_face() made it */
    int peer_s;                  /* its other end */
    int timer;                   /* descriptor that runs the peer's program */
    void (*run)(struct face *f); /* the peer's program; NULL: none */
    size_t sent, got;            /* by the peer's program */
};

/* delay: of the wire, each way, ns. */
void face_init(struct face *f, bonnet_time delay);
void face_connect(struct face *f);
void face_fini(struct face *f);

/* The peer's address with a port. */
struct sockaddr_in peer_address(uint16_t port);

/* Asserts that a call has failed with this errno. */
#define assert_fails(call, error)         \
    do {                                  \
        errno = 0;                        \
        assert_int_equal((call), -1);     \
        assert_int_equal(errno, (error)); \
    } while (0)

#endif
