/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of calls through which packetdrill drives a stack that is not the kernel's: its binary
 * interface, in words of our own. The order of the fields is what counts.
 *
 * packetdrill loads the object, looks up packetdrill_interface_init() and hands it a table of zeros
 * to fill in. Each call gets the first field back as its first argument; apart from that it is the
 * system call of its name, with -1 and errno.
 */
#ifndef BONNET_PACKETDRILL_INTERFACE_H
#define BONNET_PACKETDRILL_INTERFACE_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct interface {
    void *world;
    void (*free)(void *world);
    int (*socket)(void *world, int domain, int type, int protocol);
    int (*bind)(void *world, int fd, const struct sockaddr *a, socklen_t n);
    int (*listen)(void *world, int fd, int backlog);
    int (*accept)(void *world, int fd, struct sockaddr *a, socklen_t *n);
    int (*connect)(void *world, int fd, const struct sockaddr *a, socklen_t n);
    ssize_t (*read)(void *world, int fd, void *p, size_t n);
    ssize_t (*readv)(void *world, int fd, const struct iovec *iov, int iov_n);
    ssize_t (*recv)(void *world, int fd, void *p, size_t n, int flags);
    ssize_t (*recvfrom)(void *world, int fd, void *p, size_t n, int flags, struct sockaddr *a,
                        socklen_t *an);
    ssize_t (*recvmsg)(void *world, int fd, struct msghdr *msg, int flags);
    ssize_t (*write)(void *world, int fd, const void *p, size_t n);
    ssize_t (*writev)(void *world, int fd, const struct iovec *iov, int iov_n);
    ssize_t (*send)(void *world, int fd, const void *p, size_t n, int flags);
    ssize_t (*sendto)(void *world, int fd, const void *p, size_t n, int flags,
                      const struct sockaddr *a, socklen_t an);
    ssize_t (*sendmsg)(void *world, int fd, const struct msghdr *msg, int flags);
    int (*fcntl)(void *world, int fd, int command, ...);
    int (*ioctl)(void *world, int fd, unsigned long request, ...);
    int (*close)(void *world, int fd);
    int (*shutdown)(void *world, int fd, int how);
    int (*getsockopt)(void *world, int fd, int level, int name, void *v, socklen_t *n);
    int (*setsockopt)(void *world, int fd, int level, int name, const void *v, socklen_t n);
    int (*poll)(void *world, struct pollfd *fds, nfds_t n, int timeout_ms);
    int (*netdev_send)(void *world, const void *packet, size_t len);
    int (*netdev_receive)(void *world, void *packet, size_t *len, long long *at_us);
    int (*usleep)(void *world, useconds_t us);
    int (*gettimeofday)(void *world, struct timeval *at, struct timezone *zone);
    int (*epoll_create)(void *world, int size);
    int (*epoll_ctl)(void *world, int epfd, int op, int fd, struct epoll_event *event);
    int (*epoll_wait)(void *world, int epfd, struct epoll_event *events, int max, int timeout_ms);
    int (*pipe)(void *world, int fds[2]);
    int (*splice)(void *world, int fd_in, loff_t *off_in, int fd_out, loff_t *off_out, size_t len,
                  unsigned flags);
};

#endif
