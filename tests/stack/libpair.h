/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two stacks joined by frames in memory, in virtual time: what a test needs to see a whole
 * connection from both sides.
 *
 *     struct pair p;
 *     pair_begin(&p, NULL);
 *     int c, s;
 *     pair_connect(&p, 80, &c, &s);          client c on p.a, server s on p.b
 *     bonnet_send(p.a, c, "x", 1, 0);
 *     pair_run(&p);                          frames go to and fro until nobody has anything to say
 *     bonnet_recv(p.b, s, buf, sizeof buf, 0);
 *     pair_advance(&p, BONNET_S);            time passes, timers fire at their instants
 *     pair_end(&p);                          checks that all memory came back
 *
 * Both stacks count their memory. A hook sees each frame on its way, and may keep it from arriving;
 * frames can also be put in by hand. Same options, same frames.
 */
#ifndef TESTS_STACK_LIBPAIR_H
#define TESTS_STACK_LIBPAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sock/sock.h"
#include "wire/tcp.h"

#include <bonnet/bonnet.h>
#include <bonnet/inspect.h>
#include <bonnet/netif.h>
#include <bonnet/socket.h>

#define PAIR_FRAMES_MAX 512   /* on their way at once */
#define PAIR_FRAME_MAX  66000 /* bytes of one */
#define PAIR_IFX        1     /* the interface of each */

struct pair;

enum pair_side { PAIR_A, PAIR_B };

/* One frame on its way. */
struct pair_frame {
    enum pair_side from;
    bonnet_time arrives_at;
    enum bonnet_reason reason; /* why it was sent; R_NONE: put in by hand */
    uint32_t len;
    uint8_t *bytes;
};

/* How a pair is made. All zero is a sensible pair. */
struct pair_options {
    bool ethernet;               /* with ARP; otherwise raw IP */
    uint16_t mtu;                /* 0: 1500 */
    bonnet_time delay;           /* of each frame, one way */
    struct bonnet_limits limits; /* of both, where not 0 */
};

/* Memory of one stack. */
struct pair_heap {
    uint64_t bytes, blocks;
    uint64_t asked;     /* calls of alloc */
    uint64_t refuse_at; /* the number of the call to refuse, from 1; 0: none */
    bool refuse_all;    /* from refuse_at on; or all, if refuse_at is 0 */
};

struct pair {
    struct bonnet *a, *b;
    bonnet_time now;
    bonnet_time delay;
    /* Sees each frame that a stack sends. False: it is lost. May change its bytes, not its length.
     */
    bool (*hook)(struct pair *p, struct pair_frame *f);
    void *hook_ctx;
    uint64_t frames_n; /* sent so far by both */

    struct pair_heap heap[2];
    struct pair_frame frames[PAIR_FRAMES_MAX]; /* queue in the order of arrival */
    unsigned first, on_way_n;
};

/* 10.0.0.1 and 10.0.0.2. */
struct bonnet_addr pair_addr(enum pair_side side);
struct bonnet_endpoint pair_endpoint(enum pair_side side, uint16_t port);

/* Makes both. options may be NULL: raw IP, no delay. */
void pair_begin(struct pair *p, const struct pair_options *options);

/* Frees both and checks that nothing is left of their memory. */
void pair_end(struct pair *p);

/* Hands over frames until none is due: both stacks are silent at this instant. */
void pair_run(struct pair *p);

/* Time passes: every timer and every frame has its turn at its own instant. */
void pair_advance(struct pair *p, bonnet_time duration);

/* A frame without link header, as if the other one had sent it: it arrives at the next run. */
void pair_inject(struct pair *p, enum pair_side to, const void *packet, uint32_t len);

/* Injects a TCP segment from the other one's address; ports are the segment's. Text is s->text. */
void pair_inject_tcp(struct pair *p, enum pair_side to, const struct tcp_seg *s);

/* Reads a frame as a TCP segment; false if it is none. Text is borrowed from the frame. */
bool pair_read_tcp(const struct pair *p, const struct pair_frame *f, struct tcp_seg *s);

/* A listener on b at port, backlog 16. */
int pair_listen(struct pair *p, uint16_t port);

/* A connection from a to port of b through a listener that is closed again: both are ESTABLISHED.
 */
void pair_connect(struct pair *p, uint16_t port, int *client, int *server);

/* The state of a socket. */
enum bonnet_tcp_state pair_state(const struct bonnet *bn, int s);

/* getsockopt() and setsockopt() of an int. */
int pair_get(struct bonnet *bn, int s, int option);
void pair_set(struct bonnet *bn, int s, int option, int value);

#endif
