/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What demultiplexing, the talkers' lists and the timer wheel see of an object: three layers of
 * head.
 *
 * A flow has a 4-tuple and a place in a table; a talker may also have something to send; a timed
 * talker has a node in the wheel. The kind (in the tag of the map node) says what the whole object
 * is. The layers cost what they hold: a TIME-WAIT is a flow only.
 */
#ifndef SOCK_FLOW_H
#define SOCK_FLOW_H

#include "base/list.h"
#include "base/map.h"
#include "base/wheel.h"
#include "tcp/listen.h"

enum flow_kind {
    FLOW_STREAM = 1, /* struct stream */
    FLOW_HALF_OPEN,  /* struct half_open */
    FLOW_TIME_WAIT,  /* struct time_wait */
    FLOW_DGRAM,      /* struct dgram */
    FLOW_REPLY,      /* struct reply: a stateless answer */
};

#define FLOW_KIND_MASK 0xffu
#define FLOW_REUSEADDR 0x100u /* SO_REUSEADDR was set: for bind conflicts */
#define FLOW_REUSEPORT 0x200u
#define FLOW_IN_MAP    0x400u
#define FLOW_PORT_REF  0x800u /* holds a reference to its local port */
#define FLOW_IFX_SHIFT 16     /* bits 16 to 23: the interface it talks through; 0 none yet */

struct flow {
    struct map_node map; /* tag: kind, bits, interface */
    struct bonnet_addr laddr, raddr;
    uint16_t lport, rport;
    uint32_t
        own; /* the kind's: half-open: handle of the listener; TIME-WAIT: when it ends, in ms */
};

struct talker {
    struct flow flow;
    struct list_node node; /* in netif.talkers, a neighbour's waiting room, or nowhere */
};

struct timed {
    struct talker talker;
    struct wheel_node timer;
};

static inline enum flow_kind flow_kind(const struct flow *f)
{
    return (enum flow_kind)(f->map.tag & FLOW_KIND_MASK);
}

static inline int flow_ifx(const struct flow *f)
{
    return (int)(f->map.tag >> FLOW_IFX_SHIFT & 0xff);
}

static inline void flow_set_ifx(struct flow *f, int ifx)
{
    f->map.tag = (f->map.tag & ~(0xffu << FLOW_IFX_SHIFT)) | (uint32_t)ifx << FLOW_IFX_SHIFT;
}

static inline struct tcp_tuple flow_tuple(const struct flow *f)
{
    return (struct tcp_tuple){f->laddr, f->raddr, f->lport, f->rport};
}

#endif
