/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwIP on a TAP device: the rows B7 to B9.
 *
 * Ethernet with ARP, frames of MTU 1500 without a virtio-net header, which lwIP has no notion of;
 * one read or write each. As many frames as are there are given to the stack before the program
 * looks.
 */
#include "lwip_stack.h"
#include "netns.h"
#include "solo.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES_N    512
#define FRAME_BYTES (SOLO_MTU + 14)
#define BURST       64

struct solo {
    struct lwip_stack stack;
    struct lwip_end *end;
    int fd;
    uint64_t timers_at; /* when lwIP's timers are looked at next */
};

/* lwIP hands over single buffers (LWIP_NETIF_TX_SINGLE_PBUF); a full device drops, as wires do. */
static err_t device_output(struct netif *netif, struct pbuf *p)
{
    const struct solo *s = netif->state;
    if (p->next) return ERR_IF;
    return write(s->fd, p->payload, p->len) < 0 ? ERR_BUF : ERR_OK;
}

static err_t device_init(struct netif *netif)
{
    struct solo *s = netif->state;
    netif->output = s->stack.api->etharp_output;
    netif->linkoutput = device_output;
    netif->hwaddr_len = sizeof solo_stack_mac;
    memcpy(netif->hwaddr, solo_stack_mac, sizeof solo_stack_mac);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    return ERR_OK;
}

static int stack_open(struct solo *s, enum lwip_variant variant, struct bench_job *job)
{
    const struct lwip_api *api = lwip_load(variant, 0, job);
    if (!api) return -ENOTSUP;
    struct lwip_stack_config c = {
        .api = api,
        .mtu = SOLO_MTU,
        .frame_bytes = FRAME_BYTES,
        .frames_n = FRAMES_N,
        .nodelay = true,
        .init = device_init,
        .input = api->ethernet_input,
        .device = s,
    };
    memcpy(c.address, solo_stack_address, sizeof c.address);
    int status = lwip_stack_init(&s->stack, &c);
    if (status == 0 && !lwip_stack_listen(&s->stack, SOLO_PORT)) status = -EIO;
    return status < 0 ? bench_fail(job, status, "lwIP does not start: %d", status) : 0;
}

static int open_variant(enum lwip_variant variant, const char *name, struct bench_job *job,
                        void **solo)
{
    struct solo *s = calloc(1, sizeof *s);
    if (!s) return bench_fail(job, -ENOMEM, "no memory");
    s->fd = netns_tap(name, false);
    int status = s->fd;
    if (s->fd < 0)
        bench_fail(job, s->fd, "no TAP device: errno %d", -s->fd);
    else
        status = stack_open(s, variant, job);
    if (status < 0) {
        if (s->fd >= 0) close(s->fd);
        free(s);
        return status;
    }
    *solo = s;
    return 0;
}

static int shipped_open(const char *name, struct bench_job *job, void **solo)
{
    return open_variant(LWIP_SHIPPED, name, job, solo);
}

static int tuned_open(const char *name, struct bench_job *job, void **solo)
{
    return open_variant(LWIP_TUNED, name, job, solo);
}

static void solo_close(void *solo)
{
    struct solo *s = solo;
    lwip_stack_fini(&s->stack);
    close(s->fd);
    free(s);
}

static bool solo_accept(void *solo)
{
    struct solo *s = solo;
    if (!s->end) s->end = lwip_accept(&s->stack);
    return s->end;
}

static int64_t solo_end_send(void *solo, const void *bytes, size_t n)
{
    struct solo *s = solo;
    return s->end ? lwip_end_send(s->end, bytes, n) : -ENOTCONN;
}

static int64_t solo_end_recv(void *solo, void *bytes, size_t n)
{
    struct solo *s = solo;
    return s->end ? lwip_end_recv(s->end, bytes, n) : -ENOTCONN;
}

static void solo_hang_up(void *solo)
{
    struct solo *s = solo;
    if (s->end) lwip_end_close(s->end);
    s->end = NULL;
}

static void solo_pump(void *solo, int wait_ms)
{
    struct solo *s = solo;
    if (wait_ms > 0) {
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        (void)poll(&p, 1, wait_ms);
    }
    for (unsigned i = 0; i < BURST; i++) {
        struct lwip_frame *f = lwip_frame_take(&s->stack);
        if (!f) break;
        ssize_t n = read(s->fd, f->bytes, FRAME_BYTES);
        if (n <= 0) {
            lwip_frame_give_back(f);
            break;
        }
        f->len = (u16_t)n;
        lwip_frame_input(f);
    }
    uint64_t now = bench_now_ns();
    if (now < s->timers_at) return;
    s->stack.api->sys_check_timeouts();
    s->timers_at = now + 10000000;
}

#define LWIP_SOLO(how)                                                                  \
    {                                                                                   \
        .open = how, .close = solo_close, .accept = solo_accept, .send = solo_end_send, \
        .recv = solo_end_recv, .hang_up = solo_hang_up, .pump = solo_pump,              \
    }

const struct solo_ops lwip_solo = LWIP_SOLO(shipped_open);
const struct solo_ops lwip_tuned_solo = LWIP_SOLO(tuned_open);
