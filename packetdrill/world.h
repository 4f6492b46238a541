/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world a script is played in: one stack with one raw-IP interface, a clock that moves when it
 * is told to, the packets that the stack has sent, and the script's descriptors.
 *
 *   init.c     fills in packetdrill's table, and has what it asks for beside it
 *   world.c    the stack, its time, and how a call waits
 *   frames.c   packets, both ways
 *   files.c    descriptors
 *   calls.c    socket, bind, listen, accept, connect, shutdown, close
 *   io.c       what moves bytes
 *   options.c  options, fcntl, ioctl
 *   poll.c     poll and epoll
 *   sysctl.c   what the script has set with sysctl
 *
 * packetdrill calls from two threads; all of this is under one lock. Everything that a call causes
 * has happened when it returns. A call that waits is tried again, in whichever thread something
 * happens, at the very instant of virtual time at which it happens; the thread that made it only
 * sleeps.
 */
#ifndef BONNET_PACKETDRILL_WORLD_H
#define BONNET_PACKETDRILL_WORLD_H

#include "interface.h"

#include <bonnet/host.h>
#include <pthread.h>

#define FILES_MAX   1024
#define WORLD_BEGIN (1000000 * BONNET_S) /* of its clock */

enum file_kind { FILE_NONE, FILE_SOCKET, FILE_EPOLL };

/* What an epoll watches. */
struct interest {
    int fd;
    struct epoll_event event;
    bool has_news; /* since it was last reported, for EPOLLET */
    struct interest *next;
};

/* One descriptor. Its number is a real one of the process, so that packetdrill may close it. */
struct file {
    enum file_kind kind;
    int handle; /* of the stack */
    bool is_nonblocking;
    struct interest *interests; /* of an epoll */
};

struct frame {
    struct frame *next;
    bonnet_time at; /* when it was sent */
    int reason;     /* and why */
    size_t len;
    uint8_t bytes[];
};

struct world;

/* A call that may wait: embed it first. */
struct attempt {
    /* Returns the result or -errno; -EAGAIN: not yet. */
    int64_t (*go)(struct world *w, struct attempt *a);
    int fd;
    bonnet_time until; /* the instant at which waiting ends; 0: does not wait at all */
    int64_t late;      /* the result when it has ended */
    bool is_done;
    bonnet_time done_at;
    int64_t result;
};

struct world {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t main;        /* the thread that moves time */
    unsigned turns;        /* calls of that thread so far */
    struct attempt *waits; /* the call that waits; NULL: none */
    struct bonnet *bn;     /* NULL: no socket has been asked for yet */
    struct bonnet_addr addr;
    unsigned bits;
    uint16_t mtu;
    bool no_quickack; /* acknowledgments are delayed from the beginning, as on FreeBSD */
    int ifx;
    bonnet_time now; /* ns since the beginning of 1970 */
    struct frame *first, **last;
    struct file files[FILES_MAX];
};

/* ---- world.c ---- */

/* NULL: no memory, or flags that are not understood. */
struct world *world_new(const char *flags);
void world_free(struct world *w);

/* Every call of the table is between these two. */
void world_enter(struct world *w);
void world_leave(struct world *w);

/* Makes the stack, as the sysctls want it, if there is none. 0 or -errno. */
int world_begin(struct world *w);

/* Whatever was done: lets its consequences happen. */
void world_settle(struct world *w);

/* Goes to the next instant at which something happens, no later than until. False: nothing does,
 * and it is until, unless that is BONNET_NEVER. */
bool world_step(struct world *w, bonnet_time until);

/* Lets time pass. */
void world_advance(struct world *w, bonnet_time until);

/* Makes the attempt, waits if it has to, lets happen what it causes. Returns the result. */
int64_t world_try(struct world *w, struct attempt *a);

/* The result of a call that has waited has an instant, however late its thread wakes up: that is
 * what the thread shall read next from its clock. 0: none. */
bonnet_time world_take_instant(void);

/* ---- frames.c ---- */

void frames_keep(struct world *w, const struct bonnet_tx *tx);
/* Away with the first, which is there. */
void frames_drop(struct world *w);
/* Says on stderr what is left. Returns how many. */
unsigned frames_report(const struct world *w);

int slot_netdev_send(void *world, const void *packet, size_t len);
int slot_netdev_receive(void *world, void *packet, size_t *len, long long *at_us);

/* ---- files.c ---- */

/* A new descriptor, or -errno. */
int file_new(struct world *w, enum file_kind kind, int handle);
/* NULL: the descriptor is not one of ours. */
struct file *file_of(struct world *w, int fd);
/* The stack's handle; -1: not a socket, which the stack answers with -EBADF. */
int handle_of(struct world *w, int fd);
void file_free(struct world *w, int fd);

/* errno and -1, or the result. */
int64_t give(int64_t result);

/* ---- poll.c ---- */

/* The stack has news of its sockets: epolls that are edge-triggered take note. */
void poll_take_news(struct world *w);
void poll_forget(struct world *w, int fd);
void poll_free(struct file *epoll);

/* ---- sysctl.c ---- */

void sysctl_configure(struct bonnet_config *config);
void sysctl_apply(struct bonnet *bn, int handle);

/* ---- the table, by file ---- */

int slot_socket(void *world, int domain, int type, int protocol);
int slot_bind(void *world, int fd, const struct sockaddr *a, socklen_t n);
int slot_listen(void *world, int fd, int backlog);
int slot_accept(void *world, int fd, struct sockaddr *a, socklen_t *n);
int slot_connect(void *world, int fd, const struct sockaddr *a, socklen_t n);
int slot_shutdown(void *world, int fd, int how);
int slot_close(void *world, int fd);

ssize_t slot_read(void *world, int fd, void *p, size_t n);
ssize_t slot_readv(void *world, int fd, const struct iovec *iov, int iov_n);
ssize_t slot_recv(void *world, int fd, void *p, size_t n, int flags);
ssize_t slot_recvfrom(void *world, int fd, void *p, size_t n, int flags, struct sockaddr *a,
                      socklen_t *an);
ssize_t slot_recvmsg(void *world, int fd, struct msghdr *msg, int flags);
ssize_t slot_write(void *world, int fd, const void *p, size_t n);
ssize_t slot_writev(void *world, int fd, const struct iovec *iov, int iov_n);
ssize_t slot_send(void *world, int fd, const void *p, size_t n, int flags);
ssize_t slot_sendto(void *world, int fd, const void *p, size_t n, int flags,
                    const struct sockaddr *a, socklen_t an);
ssize_t slot_sendmsg(void *world, int fd, const struct msghdr *msg, int flags);
int slot_pipe(void *world, int fds[2]);
int slot_splice(void *world, int fd_in, loff_t *off_in, int fd_out, loff_t *off_out, size_t len,
                unsigned flags);

int slot_fcntl(void *world, int fd, int command, ...);
int slot_ioctl(void *world, int fd, unsigned long request, ...);
int slot_getsockopt(void *world, int fd, int level, int name, void *v, socklen_t *n);
int slot_setsockopt(void *world, int fd, int level, int name, const void *v, socklen_t n);

int slot_poll(void *world, struct pollfd *fds, nfds_t n, int timeout_ms);
int slot_epoll_create(void *world, int size);
int slot_epoll_ctl(void *world, int epfd, int op, int fd, struct epoll_event *event);
int slot_epoll_wait(void *world, int epfd, struct epoll_event *events, int max, int timeout_ms);

#endif
