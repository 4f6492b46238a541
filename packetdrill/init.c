/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object's door: fills in packetdrill's table, and stands in for getsockopt(2).
 *
 * Not everything goes through the table: what a script's blocks of code are told of a connection,
 * packetdrill asks of the system's getsockopt(). When this object is preloaded as well, it gets
 * there first, answers for its own descriptors, and leaves all others to the system.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

/* One script is played at a time. */
static struct world *the_world;

static int slot_gettimeofday(void *world, struct timeval *at, struct timezone *zone)
{
    struct world *w = world;
    (void)zone;
    bonnet_time now = world_take_instant();
    if (!now) {
        world_enter(w);
        world_advance(w, w->now + BONNET_US);
        now = w->now;
        world_leave(w);
    }
    at->tv_sec = (time_t)(now / BONNET_S);
    at->tv_usec = (suseconds_t)(now % BONNET_S / BONNET_US);
    return 0;
}

static int slot_usleep(void *world, useconds_t us)
{
    struct world *w = world;
    world_enter(w);
    world_advance(w, w->now + us * BONNET_US);
    world_leave(w);
    return 0;
}

/* packetdrill has no place for a complaint at the end: the exit status is one. */
static void slot_free(void *world)
{
    unsigned left = frames_report(world);
    the_world = NULL;
    world_free(world);
    if (left == 0) return;
    fflush(NULL);
    _exit(EXIT_FAILURE);
}

BONNET_API void packetdrill_interface_init(const char *flags, struct interface *out);

void packetdrill_interface_init(const char *flags, struct interface *out)
{
    the_world = world_new(flags);
    if (!the_world) exit(EXIT_FAILURE);
    *out = (struct interface){
        .world = the_world,
        .free = slot_free,
        .socket = slot_socket,
        .bind = slot_bind,
        .listen = slot_listen,
        .accept = slot_accept,
        .connect = slot_connect,
        .read = slot_read,
        .readv = slot_readv,
        .recv = slot_recv,
        .recvfrom = slot_recvfrom,
        .recvmsg = slot_recvmsg,
        .write = slot_write,
        .writev = slot_writev,
        .send = slot_send,
        .sendto = slot_sendto,
        .sendmsg = slot_sendmsg,
        .fcntl = slot_fcntl,
        .ioctl = slot_ioctl,
        .close = slot_close,
        .shutdown = slot_shutdown,
        .getsockopt = slot_getsockopt,
        .setsockopt = slot_setsockopt,
        .poll = slot_poll,
        .netdev_send = slot_netdev_send,
        .netdev_receive = slot_netdev_receive,
        .usleep = slot_usleep,
        .gettimeofday = slot_gettimeofday,
        .epoll_create = slot_epoll_create,
        .epoll_ctl = slot_epoll_ctl,
        .epoll_wait = slot_epoll_wait,
        .pipe = slot_pipe,
        .splice = slot_splice,
    };
}

BONNET_API int getsockopt(int fd, int level, int name, void *v, socklen_t *n)
{
    if (the_world && file_of(the_world, fd))
        return slot_getsockopt(the_world, fd, level, name, v, n);
    return (int)syscall(SYS_getsockopt, fd, level, name, v, n);
}
