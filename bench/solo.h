/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stack on a TAP device, its peer a kernel socket in another thread: how the rows B7 to B9
 * reach a contender. The stack listens, the kernel connects; what flows then is the row's affair.
 */
#ifndef BENCH_SOLO_H
#define BENCH_SOLO_H

#include "bench.h"

#define SOLO_PORT 7001
#define SOLO_MTU  1500

extern const unsigned char solo_stack_address[4];  /* 10.98.0.2 */
extern const unsigned char solo_kernel_address[4]; /* 10.98.0.1 */
extern const unsigned char solo_stack_mac[6];

struct solo_ops {
    /* Makes the device name, a stack on it with the address above, and listens. */
    int (*open)(const char *name, struct bench_job *job, void **solo);
    void (*close)(void *solo);
    /* Is there a connection? From then on the others speak of it. */
    bool (*accept)(void *solo);
    /* As send(2) and recv(2) without waiting: bytes, 0 at the end of the stream, -EAGAIN, -errno.
     */
    int64_t (*send)(void *solo, const void *bytes, size_t n);
    int64_t (*recv)(void *solo, void *bytes, size_t n);
    void (*hang_up)(void *solo); /* a second time it does nothing */
    /* Takes what the device has, sends what the stack has; sleeps before that if wait_ms > 0 and
     * there is nothing to do. */
    void (*pump)(void *solo, int wait_ms);
};

/* The works of B7 (the stack receives), B8 (it sends) and B9 (it echoes single bytes, both ends
 * spinning on a core each, or both blocking on one core). arg is a struct solo_ops. */
int solo_receive(const void *ops, struct bench_job *job, struct bench_result *result);
int solo_send(const void *ops, struct bench_job *job, struct bench_result *result);
int solo_echo_busy(const void *ops, struct bench_job *job, struct bench_result *result);
int solo_echo_blocking(const void *ops, struct bench_job *job, struct bench_result *result);

/* The contenders. */
extern const struct solo_ops bonnet_solo;
extern const struct solo_ops lwip_solo;
extern const struct solo_ops lwip_tuned_solo;

/* The limits: a reader and a writer on a TAP device with virtio-net headers that look at nothing
 * but sequence numbers; and the kernel's own round trip over loopback. arg is not used. */
int limit_tap_reader(const void *arg, struct bench_job *job, struct bench_result *result);
int limit_tap_writer(const void *arg, struct bench_job *job, struct bench_result *result);
int limit_loopback_echo(const void *arg, struct bench_job *job, struct bench_result *result);

#endif
