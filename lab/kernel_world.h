/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the kernel as a world: what its files share.
 *
 *   kernel_world.c         the world itself: time, waiting, silence
 *   kernel_world_host.c    a host is a network namespace: making, addressing and entering it
 *   kernel_world_wire.c    the links between them, and what is told of packets
 *   kernel_world_fault.c   what a scenario does to packets
 *   kernel_world_forge.c   segments that no stack sent
 *   kernel_world_socket.c  sockets in a namespace, and the calls on them
 *   kernel_world_option.c  socket options, with their own numbers on either side
 *   kernel_world_diag.c    asking the kernel for its sockets (sock_diag(7))
 *   kernel_world_rows.c    its answers as rows of a snapshot, and changes of state
 *   kernel_world_count.c   counters
 *
 * All functions return >= 0 or -errno.
 */
#ifndef LAB_KERNEL_WORLD_H
#define LAB_KERNEL_WORLD_H

#include "fault.h"
#include "flow.h"
#include "forge.h"
#include "world.h"

#include <stdatomic.h>

/* A connection whose state is watched. */
struct kernel_watched {
    uint64_t cookie; /* the kernel's name of it, the same from SYN-RECEIVED to TIME-WAIT */
    struct bonnet_endpoint local, remote;
    enum bonnet_tcp_state state;
    bool is_seen; /* in the look at all sockets that is under way */
};

struct kernel_host {
    int ns;           /* its network namespace; -1: it has no power */
    int diag;         /* NETLINK_SOCK_DIAG, bound to it */
    int mibs[2];      /* /proc/net/snmp and netstat of it */
    unsigned devices; /* made so far; the nth has the nth address */
    struct kernel_watched *watched;
    size_t watched_n, watched_room;
    struct bonnet_pcapng *capture; /* NULL: none */
};

/* One end of a link: the device in a host's namespace, and the near end of the wire behind it. */
struct kernel_end {
    unsigned host;
    struct kernel_link *link;
    struct bonnet_driver *tun; /* NULL: the host has no power */
    struct bonnet_driver *wire;
    struct bonnet_driver *tee; /* of the capture, around mirror; NULL: none */
    struct bonnet_rx mirrored; /* what mirror gives next */
};

struct kernel_link {
    struct kernel_end ends[2];
    bool is_cut;
};

static inline struct kernel_end *kernel_other_end(const struct kernel_end *end)
{
    return &end->link->ends[end == &end->link->ends[0]];
}

/* What is sent here arrives nowhere: the link is cut, or the other host has no power. */
static inline bool kernel_leads_nowhere(const struct kernel_end *end)
{
    return end->link->is_cut || !kernel_other_end(end)->tun;
}

/* A packet that waits outside of the wire, or is kept for a replay. */
struct kernel_packet {
    struct kernel_packet *next;
    bonnet_time at; /* when it goes on; of a recorded one: not used */
    lab_name name;  /* of a recorded one */
    const struct kernel_end *from;
    uint32_t len;
    uint8_t data[];
};

/* A close(2) that waits in a thread of its own, as SO_LINGER wants it. Held by both. */
struct kernel_linger {
    atomic_int holders;
    atomic_bool has_ended;
    int fd;     /* to be closed */
    int wake;   /* told of the end; the thread's own descriptor */
    int result; /* once it has ended */
};

struct kernel_socket {
    int fd; /* -1: closed */
    unsigned host;
    uint64_t inode;
    struct bonnet_endpoint local, remote; /* as last learned: they outlive its descriptor */
    struct kernel_linger *linger;         /* close() is under way; NULL: it is not */
};

/* What epoll says of a descriptor: packets wait, or a program may notice something. */
enum kernel_event { KERNEL_EVENT_DEVICE, KERNEL_EVENT_NEWS };

struct kernel_world {
    struct world world;
    struct world_config config;
    int home;  /* the namespace of this thread before and after each visit */
    int epoll; /* devices, sockets (edge triggered), wake */
    int wake;  /* eventfd: a lingering close has ended */
    bonnet_time began;
    bonnet_time wires_at;  /* as far as the wires know */
    bonnet_time active_at; /* a packet was last seen, ns since began */
    bool has_news;         /* calls were made since the devices were last looked at */
    struct kernel_host hosts[LAB_HOSTS_MAX];
    struct kernel_link links[LAB_LINKS_MAX];
    struct faults faults;
    struct kernel_packet *held, *recorded;
    struct flows flows;
    uint64_t random;               /* the state of lab_random(), for forged segments */
    struct kernel_socket *sockets; /* the handle is the index: none is ever used again */
    size_t sockets_n, sockets_room;
    char by[48]; /* what the player said last in cause() */
};

/* Makes room for one more in an array of *room elements. -ENOMEM. */
int kernel_grow(void **array, size_t n, size_t *room, size_t element);

/* Now, in ns since the beginning. */
bonnet_time kernel_now(const struct world *w);

/* A call may have made the stack of a host send: the world is not silent before it was looked. */
void kernel_on_called(struct kernel_world *k, unsigned host);

/* ---- kernel_world_host.c ---- */

/* May namespaces be made here? Opens k->home. -EPERM. */
int kernel_home_init(struct kernel_world *k, char *why, size_t max);

/* Makes the namespace of a host, with its devices. Leaves this thread in it. */
int kernel_host_init(struct kernel_world *k, unsigned host, char *why, size_t max);
void kernel_host_fini(struct kernel_host *h);

/* Opens its capture, if there shall be one: it goes on when the host's power comes back. */
int kernel_capture_init(struct kernel_world *k, unsigned host, char *why, size_t max);

int kernel_power(struct world *w, unsigned host, bool on);

/* Moves this thread into the namespace of a host, and back. */
int kernel_host_enter(struct kernel_world *k, unsigned host);
void kernel_host_leave(struct kernel_world *k);

/* ---- kernel_world_wire.c ---- */

/* Joins the devices of a link, once both are there. */
int kernel_link_init(struct kernel_world *k, unsigned link);
void kernel_link_fini(struct kernel_link *l);

/* Puts a packet on the emulated link, and learns what the link did to it. */
enum lab_fate kernel_carry(const struct kernel_end *from, const struct bonnet_rx *frame);

/* Tells the timeline of a packet. host: whose; LAB_HOSTS_MAX: a stranger's. */
void kernel_tell_sent(struct kernel_world *k, const struct kernel_end *from, unsigned host,
                      const struct bonnet_rx *frame, enum lab_fate fate);

/* Moves what can be moved at this instant. 1: something was delivered to a host, 0: nothing. */
int kernel_wire_turn(struct kernel_world *k);

/* When does the next packet arrive? BONNET_NEVER: none is under way. */
bonnet_time kernel_wire_deadline(const struct kernel_world *k);

int kernel_cut(struct world *w, unsigned link, bool mend);

/* ---- kernel_world_fault.c ---- */

/* A packet that a host has sent meets the scenario's faults and, if it gets there, the link. */
enum lab_fate kernel_meet_fate(struct kernel_world *k, const struct kernel_end *from,
                               const struct bonnet_rx *frame);

/* Those whose time has come go on. */
void kernel_held_release(struct kernel_world *k);
bonnet_time kernel_held_deadline(const struct kernel_world *k);
void kernel_faults_fini(struct kernel_world *k);

int kernel_fault(struct world *w, const struct lab_fault *f);
int kernel_replay(struct world *w, const char *name);

/* ---- kernel_world_forge.c ---- */

int kernel_forge(struct world *w, const struct lab_forgery *f, int s);

/* ---- kernel_world_diag.c ---- */

/* A socket as sock_diag tells of it. */
struct kernel_diag {
    struct bonnet_row row;
    uint64_t inode, cookie;
    bool has_info; /* of a full socket: not of a SYN-RECEIVED or TIME-WAIT in short form */
};

typedef void (*kernel_diag_fn)(void *ctx, const struct kernel_diag *d);

/* Calls fn for each socket of a protocol (6, 17). Without detail only addresses, state, timer. */
int kernel_diag_each(int diag, int protocol, bool detail, kernel_diag_fn fn, void *ctx);

/* ---- kernel_world_rows.c ---- */

int kernel_rows(struct world *w, unsigned host, void (*fn)(void *ctx, const struct bonnet_row *row),
                void *ctx);
int kernel_row(struct world *w, unsigned host, int s, struct bonnet_row *out);
bool kernel_has_timers(struct world *w);

/* Looks at the states of a host and tells what has changed, and by what. 1: something has. */
int kernel_watch(struct kernel_world *k, unsigned host, enum lab_trigger trigger, const char *by);

/* ---- kernel_world_socket.c ---- */

/* An open socket of a host by its handle, or NULL. */
struct kernel_socket *kernel_socket_find(struct kernel_world *k, unsigned host, int s);

/* Notes the ends of its connection, while it has one. */
void kernel_socket_learn(struct kernel_world *k, int s);

/* Closes all sockets of a host, as if they had never been. */
void kernel_sockets_drop(struct kernel_world *k, unsigned host);
void kernel_sockets_fini(struct kernel_world *k);

int kernel_socket(struct world *w, unsigned host, enum bonnet_type type);
int kernel_bind(struct world *w, unsigned host, int s, const struct bonnet_endpoint *at);
int kernel_listen(struct world *w, unsigned host, int s, int backlog);
int kernel_accept(struct world *w, unsigned host, int s, struct bonnet_endpoint *peer);
int kernel_connect(struct world *w, unsigned host, int s, const struct bonnet_endpoint *to);
int64_t kernel_sendmsg(struct world *w, unsigned host, int s, const struct bonnet_msghdr *m,
                       int flags);
int64_t kernel_recvmsg(struct world *w, unsigned host, int s, struct bonnet_msghdr *m, int flags);
int kernel_shutdown(struct world *w, unsigned host, int s, enum bonnet_how how);
int kernel_close(struct world *w, unsigned host, int s);
int kernel_close_end(struct world *w, unsigned host, int s, bonnet_time waited);
int kernel_getsockname(struct world *w, unsigned host, int s, struct bonnet_endpoint *out);
int kernel_getpeername(struct world *w, unsigned host, int s, struct bonnet_endpoint *out);
int kernel_poll(struct world *w, unsigned host, int s);

/* ---- kernel_world_option.c ---- */

int kernel_setsockopt(struct world *w, unsigned host, int s, const struct world_option *o);
int kernel_getsockopt(struct world *w, unsigned host, int s, struct world_option *o);

/* ---- kernel_world_count.c ---- */

int kernel_counter(struct world *w, unsigned host, const char *name, uint64_t *out);

#endif
