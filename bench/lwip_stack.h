/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One lwIP stack behind socket-shaped calls, over its raw API: no thread, no mailbox, no queue of
 * its sockets layer. A wire (lwip_duo.c) or a TAP device (lwip_solo.c) moves its packets.
 */
#ifndef BENCH_LWIP_STACK_H
#define BENCH_LWIP_STACK_H

#include "lwip_load.h"

/* A packet or frame on its way into a stack: lent to lwIP without a copy, given back when it is
 * read. */
struct lwip_frame {
    struct pbuf_custom custom; /* first: lwIP's pointer is this one */
    struct lwip_stack *home;
    struct lwip_frame *next;
    u16_t len;
    _Alignas(16) unsigned char bytes[];
};

/* A connection's end. */
struct lwip_end {
    struct lwip_stack *stack;
    struct tcp_pcb *pcb; /* NULL: the connection is gone */
    struct pbuf *unread; /* what arrived, in order, linked by next; NULL: none */
    struct pbuf *unread_last;
    u16_t unread_offset;   /* bytes of the first one that are read already */
    bool ended;            /* the peer's FIN was seen */
    struct lwip_end *next; /* in the accept queue */
};

#define LWIP_TIME_WAITS_MAX 64

struct lwip_stack {
    const struct lwip_api *api;
    struct netif netif;
    struct tcp_pcb *listener;
    struct lwip_end *accepted, *accepted_last;
    struct lwip_frame *idle;    /* frames that are free */
    unsigned char *frames;      /* the memory of all of them */
    struct lwip_frame *arrived; /* a wire's queue into this stack */
    struct lwip_frame *arrived_last;
    u16_t mss; /* 0: what was negotiated; else set after the handshake */
    bool nodelay;
    unsigned time_waits_max;                         /* 0: they stay */
    struct tcp_pcb *time_waits[LWIP_TIME_WAITS_MAX]; /* a ring of those closed first by us */
    unsigned time_waits_n;
};

struct lwip_stack_config {
    const struct lwip_api *api;
    unsigned char address[4]; /* /24 */
    u16_t mtu;
    u16_t frame_bytes; /* the largest frame */
    unsigned frames_n;
    bool nodelay;
    unsigned time_waits_max; /* at most LWIP_TIME_WAITS_MAX; 0: all stay */
    netif_init_fn init;      /* sets output, and what else the device has */
    netif_input_fn input;    /* ip4_input or ethernet_input of the api */
    void *device;            /* netif.state */
};

int lwip_stack_init(struct lwip_stack *s, const struct lwip_stack_config *config);
void lwip_stack_fini(struct lwip_stack *s);
bool lwip_stack_listen(struct lwip_stack *s, u16_t port);

struct lwip_end *lwip_dial(struct lwip_stack *s, const unsigned char address[4], u16_t port);
struct lwip_end *lwip_accept(struct lwip_stack *s);
int64_t lwip_end_send(struct lwip_end *e, const void *bytes, size_t n);
int64_t lwip_end_recv(struct lwip_end *e, void *bytes, size_t n);
void lwip_end_close(struct lwip_end *e);

/* A free frame, or NULL; and its way into the stack. */
struct lwip_frame *lwip_frame_take(struct lwip_stack *s);
void lwip_frame_input(struct lwip_frame *f);
void lwip_frame_give_back(struct lwip_frame *f);

#endif
