/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options, fcntl and ioctl. Options are those of bonnet's host library; two more are made up from
 * what bonnet shows of a connection, since packetdrill reads them before it runs a block of code.
 *
 * Buffers: the kernel doubles what it is given and reports twice the value; so does this.
 */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#ifndef SIOCOUTQNSD
#define SIOCOUTQNSD 0x894B
#endif
#define SO_MEMINFO_OPTION 55
#define MEMINFO_N         9

static int hand_out(const void *whole, size_t len, void *v, socklen_t *n)
{
    if (*n > len) *n = (socklen_t)len;
    memcpy(v, whole, *n);
    return 0;
}

/* SO_MEMINFO: received, its limit, sent, its limit, and what bonnet has no use for. */
static int get_meminfo(struct world *w, int handle, void *v, socklen_t *n)
{
    struct bonnet_row row = {.size = sizeof row};
    int err = bonnet_inspect_socket(w->bn, handle, &row);
    if (err < 0) return err;
    uint32_t info[MEMINFO_N] = {row.recv_q, row.recv_q_max, row.send_q, row.send_q_max};
    info[5] = row.send_q; /* what is queued to be sent */
    info[8] = row.drops;
    return hand_out(info, sizeof info, v, n);
}

/* The kernel's structure grows from year to year: what bonnet's has not, is zero. */
static int get_info(struct world *w, int handle, void *v, socklen_t *n)
{
    struct bonnet_tcp_info info = {0};
    size_t len = sizeof info;
    int err = bonnet_getsockopt(w->bn, handle, BONNET_TCP_INFO, &info, &len);
    if (err < 0) return err;
    memset(v, 0, *n);
    memcpy(v, &info, *n < len ? *n : len);
    return 0;
}

static bool is_buffer(int level, int name)
{
    return level == SOL_SOCKET && (name == SO_RCVBUF || name == SO_SNDBUF);
}

static int get(struct world *w, int fd, const struct bonnet_sys_option *o, void *v, socklen_t *n)
{
    int handle = handle_of(w, fd);
    if (handle < 0) return -EBADF;
    if (!v || !n) return -EFAULT;
    if (o->level == SOL_SOCKET && o->name == SO_MEMINFO_OPTION) return get_meminfo(w, handle, v, n);
    if (o->level == IPPROTO_TCP && o->name == TCP_INFO) return get_info(w, handle, v, n);
    if (o->level == IPPROTO_TCP && o->name == TCP_CC_INFO) {
        *n = 0; /* as the kernel has it of a congestion control that tells nothing */
        return 0;
    }
    return bonnet_sys_getsockopt(w->bn, handle, o, v, n);
}

int slot_getsockopt(void *world, int fd, int level, int name, void *v, socklen_t *n)
{
    struct world *w = world;
    struct bonnet_sys_option o = {level, name};
    world_enter(w);
    int err = get(w, fd, &o, v, n);
    if (err == 0 && is_buffer(level, name) && *n == sizeof(int)) {
        int value;
        memcpy(&value, v, sizeof value);
        value *= 2;
        memcpy(v, &value, sizeof value);
    }
    world_leave(w);
    return (int)give(err);
}

int slot_setsockopt(void *world, int fd, int level, int name, const void *v, socklen_t n)
{
    struct world *w = world;
    struct bonnet_sys_option o = {level, name};
    world_enter(w);
    int err = bonnet_sys_setsockopt(w->bn, handle_of(w, fd), &o, v, n);
    world_settle(w);
    world_leave(w);
    return (int)give(err);
}

int slot_fcntl(void *world, int fd, int command, ...)
{
    struct world *w = world;
    struct file *f = file_of(w, fd);
    va_list args;
    va_start(args, command);
    int flags = command == F_SETFL ? va_arg(args, int) : 0;
    va_end(args);
    if (!f) return (int)give(-EBADF);
    if (command == F_GETFL) return O_RDWR | (f->is_nonblocking ? O_NONBLOCK : 0);
    if (command != F_SETFL) return (int)give(-EINVAL);
    f->is_nonblocking = flags & O_NONBLOCK;
    return 0;
}

static int64_t queue_bytes(struct bonnet *bn, int handle, unsigned long request)
{
    switch (request) {
    case FIONREAD: return bonnet_inq(bn, handle);
    case TIOCOUTQ: return bonnet_outq(bn, handle);
    case SIOCOUTQNSD: return bonnet_outq_unsent(bn, handle);
    default: return -ENOTTY;
    }
}

int slot_ioctl(void *world, int fd, unsigned long request, ...)
{
    struct world *w = world;
    va_list args;
    va_start(args, request);
    int *out = va_arg(args, int *);
    va_end(args);
    world_enter(w);
    int handle = handle_of(w, fd);
    int64_t bytes = handle < 0 ? -EBADF : queue_bytes(w->bn, handle, request);
    world_leave(w);
    if (bytes < 0) return (int)give(bytes);
    *out = (int)bytes;
    return 0;
}
