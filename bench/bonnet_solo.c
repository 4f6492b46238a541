/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bonnet on a TAP device: the rows B7 to B9, through the host library's driver and loop, as a
 * program would use them.
 */
#include "bonnet_stack.h"
#include "solo.h"

#include <errno.h>
#include <stdlib.h>

struct solo {
    struct bonnet_stack stack;
    struct bonnet_loop *loop;
    int listener;
    int socket; /* -1: none */
};

static struct bonnet_addr address_of(const unsigned char a[4])
{
    return bonnet_ip4(a[0], a[1], a[2], a[3]);
}

static int attach(struct solo *s, const char *name)
{
    struct bonnet_tuntap_config c = {.size = sizeof c, .name = name, .tap = true, .mtu = SOLO_MTU};
    struct bonnet_driver *driver;
    c.kernel_addr = address_of(solo_kernel_address);
    c.prefix_bits = 24;
    int status = bonnet_tuntap_open(&c, &driver);
    if (status < 0) return status;
    int ifx = bonnet_loop_attach(s->loop, s->stack.bn, driver, address_of(solo_stack_address), 24);
    if (ifx < 0) return ifx;
    s->listener = bonnet_stack_listen(&s->stack, SOLO_PORT);
    return s->listener < 0 ? s->listener : 0;
}

static void solo_close(void *solo)
{
    struct solo *s = solo;
    bonnet_loop_free(s->loop);
    if (bonnet_stack_fini(&s->stack) != 0)
        abort(); /* a leak: no figure of this process is worth anything */
    free(s);
}

static int solo_open(const char *name, struct bench_job *job, void **solo)
{
    struct solo *s = calloc(1, sizeof *s);
    if (!s) return bench_fail(job, -ENOMEM, "no memory");
    s->socket = -1;
    int status = bonnet_stack_init(&s->stack, 1, 0, job);
    if (status < 0) {
        free(s);
        return status;
    }
    status = bonnet_loop_new(BONNET_CLOCK_REAL, &s->loop);
    if (status == 0) status = attach(s, name);
    if (status < 0) {
        solo_close(s);
        return bench_fail(job, status, "bonnet on a TAP device: %d", status);
    }
    *solo = s;
    return 0;
}

static bool solo_accept(void *solo)
{
    struct solo *s = solo;
    if (s->socket >= 0) return true;
    s->socket = bonnet_accept(s->stack.bn, s->listener, NULL);
    if (s->socket < 0) return false;
    bonnet_stack_nodelay(&s->stack, s->socket);
    return true;
}

static int64_t solo_end_send(void *solo, const void *bytes, size_t n)
{
    struct solo *s = solo;
    return bonnet_send(s->stack.bn, s->socket, bytes, n, 0);
}

static int64_t solo_end_recv(void *solo, void *bytes, size_t n)
{
    struct solo *s = solo;
    return bonnet_recv(s->stack.bn, s->socket, bytes, n, 0);
}

static void solo_hang_up(void *solo)
{
    struct solo *s = solo;
    if (s->socket >= 0) (void)bonnet_close(s->stack.bn, s->socket);
    s->socket = -1;
}

static void solo_pump(void *solo, int wait_ms)
{
    struct solo *s = solo;
    if (wait_ms > 0)
        (void)bonnet_loop_step(s->loop, (bonnet_time)wait_ms * BONNET_MS);
    else
        (void)bonnet_loop_flush(s->loop);
}

const struct solo_ops bonnet_solo = {
    .open = solo_open,
    .close = solo_close,
    .accept = solo_accept,
    .send = solo_end_send,
    .recv = solo_end_recv,
    .hang_up = solo_hang_up,
    .pump = solo_pump,
};
