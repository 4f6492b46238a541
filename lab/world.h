/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A world that a scenario is played in: hosts with stacks, joined by links.
 *
 * There are two: bonnet_world.c, stacks of bonnet in virtual time, and kernel_world.c, network
 * namespaces of Linux in real time. The player knows neither. Calls never block (-EAGAIN,
 * -EINPROGRESS); the player makes them blocking by trying again after each step.
 */
#ifndef LAB_WORLD_H
#define LAB_WORLD_H

#include "event.h"

struct world;

struct world_config {
    const struct scenario *scenario;
    uint64_t seed;
    const char *pcapng; /* directory for NAME-HOST.pcapng, which exists; NULL: no captures */
    lab_sink sink;      /* PACKET, DROP, REASON and STATE events; subject's names are NULL */
    void *sink_ctx;
};

/* An option of a socket and its value, which setsockopt only reads. */
struct world_option {
    enum bonnet_option name;
    void *data;
    size_t len; /* bytes of the value; getsockopt: of the room, and then of the value */
};

struct world_ops {
    const char *name; /* "bonnet", "kernel" */
    enum lab_stacks stack;
    void (*free)(struct world *w);

    /* ---- time ---- */
    bonnet_time (*now)(const struct world *w); /* ns since the beginning */
    /* Lets the world go on: packets travel, timers fire, until something happened that a program
     * may notice (1), or `until` has come (0), or, in virtual time, nothing will ever happen (0,
     * and time jumps to `until` if it is not BONNET_NEVER). -errno: the world is broken. */
    int (*step)(struct world *w, bonnet_time until);
    /* Takes what stacks want to send now, and delivers what arrives without delay; time stands. */
    int (*flush)(struct world *w);
    /* Are no packets under way? In real time: and none were for a while. */
    bool (*is_silent)(const struct world *w);
    /* Will anything happen without a program that could wake one? Keepalives and window probes go
     * on for ever, and the ends of TIME-WAITs and orphans wake nobody. */
    bool (*has_timers)(struct world *w);

    /* ---- sockets: as in <bonnet/socket.h>, on a host ---- */
    int (*socket)(struct world *w, unsigned host, enum bonnet_type type);
    int (*bind)(struct world *w, unsigned host, int s, const struct bonnet_endpoint *at);
    int (*listen)(struct world *w, unsigned host, int s, int backlog);
    int (*accept)(struct world *w, unsigned host, int s, struct bonnet_endpoint *peer);
    int (*connect)(struct world *w, unsigned host, int s, const struct bonnet_endpoint *to);
    int64_t (*sendmsg)(struct world *w, unsigned host, int s, const struct bonnet_msghdr *m,
                       int flags);
    int64_t (*recvmsg)(struct world *w, unsigned host, int s, struct bonnet_msghdr *m, int flags);
    int (*shutdown)(struct world *w, unsigned host, int s, enum bonnet_how how);
    /* -EINPROGRESS: SO_LINGER; close_end tells (-EAGAIN: not yet). The result is what close(2)
     * returns after it has waited; bonnet's own bonnet_linger_end() tells more, see close_end. */
    int (*close)(struct world *w, unsigned host, int s);
    int (*close_end)(struct world *w, unsigned host, int s, bonnet_time waited);
    int (*setsockopt)(struct world *w, unsigned host, int s, const struct world_option *o);
    int (*getsockopt)(struct world *w, unsigned host, int s, struct world_option *o);
    int (*getsockname)(struct world *w, unsigned host, int s, struct bonnet_endpoint *out);
    int (*getpeername)(struct world *w, unsigned host, int s, struct bonnet_endpoint *out);
    int (*poll)(struct world *w, unsigned host, int s); /* bits */

    /* ---- looking ---- */
    /* Calls fn for every row of a host. 0 or -errno. */
    int (*rows)(struct world *w, unsigned host, void (*fn)(void *ctx, const struct bonnet_row *row),
                void *ctx);
    int (*row)(struct world *w, unsigned host, int s, struct bonnet_row *out); /* -EBADF */
    /* A counter by the kernel's name ("ListenOverflows", "TcpExtListenOverflows", "TcpOutRsts") or
     * a reason's. -ENOENT: no such name here. */
    int (*counter)(struct world *w, unsigned host, const char *name, uint64_t *out);
    int64_t (*memory)(struct world *w, unsigned host); /* bytes, -ENOTSUP */
    /* What is going on, for STATE events: the player says before each call. by is "close()", ... */
    void (*cause)(struct world *w, unsigned host, const char *by);

    /* ---- powers; NULL where the world has them not ---- */
    int (*fault)(struct world *w, const struct lab_fault *f);
    int (*forge)(struct world *w, const struct lab_forgery *f, int s); /* s: the handle, in_flow */
    int (*replay)(struct world *w, const char *name); /* -ENOENT: nothing was recorded */
    int (*cut)(struct world *w, unsigned link, bool mend);
    int (*power)(struct world *w, unsigned host, bool on);
};

/* The head of every world. */
struct world {
    const struct world_ops *ops;
};

/* 0 or -errno. Texts of what went wrong (a device that cannot be made) into why. */
int bonnet_world_new(const struct world_config *config, struct world **out, char *why, size_t max);
int kernel_world_new(const struct world_config *config, struct world **out, char *why, size_t max);

#endif
