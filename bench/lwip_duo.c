/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwIP against lwIP over a wire in the same thread: the rows B1 to B6 and B10.
 */
#include "duo.h"
#include "lwip_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PORT          7000
#define FRAMES_N      1024
#define SUPER_MTU     65535
#define CONNS_AT_ONCE 20000 /* its connections are in one list, and its ports are 16384 */

static const unsigned char client_address[4] = {10, 99, 0, 1};
static const unsigned char server_address[4] = {10, 99, 0, 2};

struct duo {
    struct lwip_stack stack[2]; /* by enum duo_side */
    bool server_is_mute;
    unsigned pumps_n;
};

/* A packet leaves a stack: one copy into a frame of the other's. */
static err_t wire_output(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    struct duo *d = netif->state;
    bool from_server = netif == &d->stack[DUO_SERVER].netif;
    struct lwip_stack *other = &d->stack[from_server ? DUO_CLIENT : DUO_SERVER];
    (void)to;
    if (from_server && d->server_is_mute) return ERR_OK;
    struct lwip_frame *f = lwip_frame_take(other);
    if (!f) return ERR_MEM;
    f->len = p->tot_len;
    u16_t at = 0;
    for (const struct pbuf *q = p; q; q = q->next) {
        memcpy(f->bytes + at, q->payload, q->len);
        at = (u16_t)(at + q->len);
    }
    f->next = NULL;
    if (other->arrived)
        other->arrived_last->next = f;
    else
        other->arrived = f;
    other->arrived_last = f;
    return ERR_OK;
}

static err_t wire_init(struct netif *netif)
{
    netif->output = wire_output;
    return ERR_OK;
}

static bool deliver(struct lwip_stack *s)
{
    bool any = s->arrived;
    while (s->arrived) {
        struct lwip_frame *f = s->arrived;
        s->arrived = f->next;
        lwip_frame_input(f);
    }
    return any;
}

/* Each way in turn, until one that comes after the other has nothing left. */
static void duo_pump(void *duo)
{
    struct duo *d = duo;
    enum duo_side to = DUO_SERVER;
    (void)deliver(&d->stack[to]);
    do {
        to = to == DUO_SERVER ? DUO_CLIENT : DUO_SERVER;
    } while (deliver(&d->stack[to]));
    if (++d->pumps_n % DUO_CLOCK_EVERY != 0) return;
    d->stack[DUO_CLIENT].api->sys_check_timeouts();
    d->stack[DUO_SERVER].api->sys_check_timeouts();
}

static int stack_open(struct duo *d, enum duo_side side, enum lwip_variant variant,
                      const struct duo_config *config, struct bench_job *job)
{
    unsigned mtu = config->super_frames ? SUPER_MTU : config->mtu;
    const struct lwip_api *api = lwip_load(variant, side, job);
    if (!api) return -ENOTSUP;
    struct lwip_stack_config c = {
        .api = api,
        .mtu = (u16_t)mtu,
        .frame_bytes = (u16_t)mtu,
        .frames_n = FRAMES_N + config->conns_n, /* all may acknowledge in one tick */
        .nodelay = config->nodelay,
        .time_waits_max = config->time_waits_max,
        .init = wire_init,
        .input = api->ip4_input,
        .device = d,
    };
    memcpy(c.address, side == DUO_CLIENT ? client_address : server_address, sizeof c.address);
    int status = lwip_stack_init(&d->stack[side], &c);
    return status < 0 ? bench_fail(job, status, "lwIP does not start: %d", status) : 0;
}

static int open_variant(enum lwip_variant variant, const struct duo_config *config,
                        struct bench_job *job, void **duo)
{
    if (config->conns_n > CONNS_AT_ONCE)
        return bench_fail(job, -ENOTSUP, "16,384 ephemeral ports, and its lists are linear");
    struct duo *d = calloc(1, sizeof *d);
    if (!d) return bench_fail(job, -ENOMEM, "no memory");
    int status = stack_open(d, DUO_CLIENT, variant, config, job);
    if (status == 0) status = stack_open(d, DUO_SERVER, variant, config, job);
    if (status == 0 && !lwip_stack_listen(&d->stack[DUO_SERVER], PORT))
        status = bench_fail(job, -EIO, "lwIP does not listen");
    if (status < 0) {
        free(d);
        return status;
    }
    *duo = d;
    return 0;
}

static int shipped_open(const struct duo_config *config, struct bench_job *job, void **duo)
{
    return open_variant(LWIP_SHIPPED, config, job, duo);
}

static int tuned_open(const struct duo_config *config, struct bench_job *job, void **duo)
{
    return open_variant(config->super_frames ? LWIP_TUNED_NO_CHECKSUM : LWIP_TUNED, config, job,
                        duo);
}

static void duo_close(void *duo)
{
    struct duo *d = duo;
    d->server_is_mute = true;
    lwip_stack_fini(&d->stack[DUO_CLIENT]);
    lwip_stack_fini(&d->stack[DUO_SERVER]);
    free(d);
}

static struct duo_end end_of(struct lwip_end *e)
{
    return e ? (struct duo_end){e, 0} : DUO_NOBODY;
}

/* One listener: every further one would be walked at each SYN. */
static struct duo_end duo_dial(void *duo, unsigned port)
{
    struct duo *d = duo;
    (void)port;
    return end_of(lwip_dial(&d->stack[DUO_CLIENT], server_address, PORT));
}

static struct duo_end duo_accept(void *duo, unsigned port)
{
    struct duo *d = duo;
    (void)port;
    return end_of(lwip_accept(&d->stack[DUO_SERVER]));
}

static int64_t duo_send(void *duo, struct duo_end end, const void *bytes, size_t n)
{
    (void)duo;
    return lwip_end_send(end.stack, bytes, n);
}

static int64_t duo_recv(void *duo, struct duo_end end, void *bytes, size_t n)
{
    (void)duo;
    return lwip_end_recv(end.stack, bytes, n);
}

static void duo_hang_up(void *duo, struct duo_end end)
{
    (void)duo;
    lwip_end_close(end.stack);
}

static void duo_mute_server(void *duo)
{
    struct duo *d = duo;
    d->server_is_mute = true;
}

static uint64_t duo_memory(void *duo, enum duo_side side)
{
    struct duo *d = duo;
    return lwip_memory(d->stack[side].api);
}

static uint64_t duo_count(void *duo, enum duo_side side, enum duo_kind kind)
{
    static const enum tcp_state states[] = {
        [DUO_ESTABLISHED] = ESTABLISHED,
        [DUO_HALF_OPEN] = SYN_RCVD,
        [DUO_TIME_WAIT] = TIME_WAIT,
    };
    struct duo *d = duo;
    const struct lwip_api *api = d->stack[side].api;
    const struct tcp_pcb *pcb = kind == DUO_TIME_WAIT ? *api->time_wait_pcbs : *api->active_pcbs;
    uint64_t n = 0;
    for (; pcb; pcb = pcb->next)
        n += pcb->state == states[kind];
    return n;
}

#define LWIP_DUO(how)                                                                              \
    {                                                                                              \
        .open = how, .close = duo_close, .dial = duo_dial, .accept = duo_accept, .send = duo_send, \
        .recv = duo_recv, .hang_up = duo_hang_up, .pump = duo_pump,                                \
        .mute_server = duo_mute_server, .memory = duo_memory, .count = duo_count,                  \
    }

const struct duo_ops lwip_duo = LWIP_DUO(shipped_open);
const struct duo_ops lwip_tuned_duo = LWIP_DUO(tuned_open);
