/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop's inside, shared by its files: loop.c decides what a turn is, move.c moves frames,
 * wait.c sleeps, tap.c shows frames to who wants to see them. Whatever ends a sleep leaves a flag,
 * and nothing runs in the middle of one: anything may be attached, watched or forgotten between two
 * of them, and no event is lost to whom it was not for.
 */
#ifndef BONNET_HOST_LOOP_H
#define BONNET_HOST_LOOP_H

#include <bonnet/host.h>

#include <stdatomic.h>

#define LOOP_WATCHES_MAX 64

/* One interface of one stack, joined to its driver. */
struct loop_port {
    struct bonnet *bn;
    struct bonnet_driver *driver;
    int ifx;
    int fd;                /* of the driver, -1: none to sleep on */
    bool readable;         /* the driver may have a frame; always true without fd */
    bool blocked;          /* the driver refused the frame in held */
    bool wants_write;      /* the wait listens for space, too */
    struct bonnet_tx held; /* a copy in one slice, at held_bytes */
    void *held_bytes;
    size_t held_max; /* bytes there is room for at held_bytes */
};

struct loop_watch {
    void (*fn)(void *ctx, int fd); /* NULL: a free place */
    void *ctx;
    int fd;
    bool ready; /* fn is to be called by the next step */
};

struct bonnet_loop {
    enum bonnet_clock clock;
    bonnet_time now; /* what stacks and drivers were last ticked with */
    struct loop_port **ports;
    struct bonnet **stacks; /* each once, however many ports it has */
    size_t ports_n, stacks_n;
    struct loop_watch watches[LOOP_WATCHES_MAX];
    struct bonnet_tap *taps; /* NULL: nobody looks, which is nearly always so */
    unsigned fds_n;          /* descriptors of drivers and watches that the wait listens to */
    int epoll, event, timer; /* descriptors, -1: none */
    bonnet_time timer_at;    /* when timer fires; BONNET_NEVER: not armed */
    atomic_bool wake_asked;  /* the event descriptor was written to and not yet read */
    bool woken;              /* for the next step to see */
    bool was_woken;          /* the last step saw it */
};

/* What a movement of frames did. */
struct loop_moved {
    bool arrived; /* a stack was given a frame, or a timer of one was due: programs may see it */
    bool sent;    /* a driver was given a frame */
    int err;      /* first failure of a driver, -errno, or 0 */
};

/* move.c: ticks everything and moves frames both ways until all is quiet, or a fair share of work
 * has been done. Adds to *moved. */
void loop_move(struct bonnet_loop *loop, struct loop_moved *moved);

/* move.c: when there would be something to do if the world kept silent. */
bonnet_time loop_deadline(const struct bonnet_loop *loop);

/* tap.c: all taps are told. Only where loop->taps is not NULL. */
void loop_tap_begin(const struct bonnet_loop *loop);
void loop_tap_in(const struct bonnet_loop *loop, const struct loop_port *p,
                 const struct bonnet_rx *frame, int verdict);
void loop_tap_out(const struct bonnet_loop *loop, const struct loop_port *p,
                  const struct bonnet_tx *frame);

/* wait.c: the clock. */
bonnet_time loop_clock(const struct bonnet_loop *loop);

/* wait.c: makes the descriptors. 0 or -errno; loop_wait_fini() is due after a failure, too. */
int loop_wait_init(struct bonnet_loop *loop);
void loop_wait_fini(struct bonnet_loop *loop);

/* wait.c: listens to the driver of ports[i]. 0 or -errno. */
int loop_wait_add(struct bonnet_loop *loop, size_t i);

/* wait.c: sleeps, or lets virtual time jump, until an instant or an event; only looks if the
 * instant has passed. Marks ports readable, watches ready, the loop woken. 0, -EINTR or -errno. */
int loop_wait(struct bonnet_loop *loop, bonnet_time until);

/* wait.c: was the loop woken, or is a watch ready, and no step has seen it yet? */
bool loop_is_called(const struct bonnet_loop *loop);

#endif
