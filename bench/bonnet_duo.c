/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bonnet against bonnet over a wire in the same thread: the rows B1 to B6 and B10.
 *
 * The wire pulls a frame from one stack, copies its slices into one buffer, and hands that to the
 * other. On a wire for super-frames the stacks are told that the driver completes checksums and
 * cuts segments, and the receiver that it vouches for them, as a TAP device with virtio-net headers
 * does.
 */
#include "bonnet_stack.h"
#include "duo.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_PORT 7000
#define PORTS_MAX  128
#define FRAME_MAX  65600

struct duo {
    struct bonnet_stack stack[2]; /* by enum duo_side */
    int ifx[2];
    int listener[PORTS_MAX];
    unsigned ports_n;
    bool nodelay;
    bool server_is_mute;
    unsigned pumps_n;
    _Alignas(64) unsigned char frame[FRAME_MAX];
};

static const struct bonnet_addr addresses[2] = {
    [DUO_CLIENT] = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 99, 0, 1}},
    [DUO_SERVER] = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 99, 0, 2}},
};

static bool move(struct duo *d, enum duo_side from, enum duo_side to)
{
    struct bonnet *source = d->stack[from].bn;
    struct bonnet *sink = d->stack[to].bn;
    struct bonnet_tx tx;
    bool any = false;
    while (bonnet_output(source, d->ifx[from], &tx) == 1) {
        any = true;
        if (from == DUO_SERVER && d->server_is_mute) continue;
        int len = bonnet_tx_copy(&tx, d->frame, sizeof d->frame);
        if (len < 0) continue;
        struct bonnet_rx rx = {.data = d->frame,
                               .len = (uint32_t)len,
                               .gso_size = tx.gso ? tx.gso_size : 0,
                               .checksum_good = tx.needs_checksum};
        (void)bonnet_input(sink, d->ifx[to], &rx);
    }
    return any;
}

/* Each way in turn, until one that comes after the other has nothing left. */
static void duo_pump(void *duo)
{
    struct duo *d = duo;
    enum duo_side from = DUO_CLIENT;
    enum duo_side to = DUO_SERVER;
    (void)move(d, from, to);
    do {
        enum duo_side side = from;
        from = to;
        to = side;
    } while (move(d, from, to));
    if (++d->pumps_n % DUO_CLOCK_EVERY != 0) return;
    bonnet_time now = bonnet_host_now();
    bonnet_tick(d->stack[DUO_CLIENT].bn, now);
    bonnet_tick(d->stack[DUO_SERVER].bn, now);
}

static int add_interface(struct duo *d, enum duo_side side, const struct duo_config *config)
{
    struct bonnet_if_config c = {.size = sizeof c, .kind = BONNET_IF_IP};
    c.mtu = (uint16_t)config->mtu;
    if (config->super_frames) c.offload = BONNET_OFFLOAD_TX_CHECKSUM | BONNET_OFFLOAD_TX_GSO;
    d->ifx[side] = bonnet_if_add(d->stack[side].bn, &c);
    if (d->ifx[side] < 0) return d->ifx[side];
    return bonnet_if_addr_add(d->stack[side].bn, d->ifx[side], addresses[side], 24);
}

static int set_up(struct duo *d, const struct duo_config *config)
{
    int status = add_interface(d, DUO_CLIENT, config);
    if (status == 0) status = add_interface(d, DUO_SERVER, config);
    d->ports_n = config->ports_n < PORTS_MAX ? config->ports_n : PORTS_MAX;
    for (unsigned i = 0; status == 0 && i < d->ports_n; i++) {
        d->listener[i] = bonnet_stack_listen(&d->stack[DUO_SERVER], (uint16_t)(FIRST_PORT + i));
        if (d->listener[i] < 0) status = d->listener[i];
    }
    return status;
}

static void duo_close(void *duo)
{
    struct duo *d = duo;
    if (bonnet_stack_fini(&d->stack[DUO_CLIENT]) + bonnet_stack_fini(&d->stack[DUO_SERVER]) != 0)
        abort(); /* a leak: no figure of this process is worth anything */
    free(d);
}

static int duo_open(const struct duo_config *config, struct bench_job *job, void **duo)
{
    struct duo *d = aligned_alloc(64, sizeof *d);
    if (!d) return bench_fail(job, -ENOMEM, "no memory");
    d->stack[DUO_CLIENT].bn = d->stack[DUO_SERVER].bn = NULL;
    d->stack[DUO_CLIENT].held = d->stack[DUO_SERVER].held = 0;
    d->nodelay = config->nodelay;
    d->server_is_mute = false;
    d->pumps_n = 0;
    int status =
        bonnet_stack_init(&d->stack[DUO_CLIENT], config->conns_n, config->time_waits_max, job);
    if (status == 0)
        status =
            bonnet_stack_init(&d->stack[DUO_SERVER], config->conns_n, config->time_waits_max, job);
    if (status == 0) {
        status = set_up(d, config);
        if (status < 0) bench_fail(job, status, "bonnet's interface or listener: %d", status);
    }
    if (status < 0) {
        duo_close(d);
        return status;
    }
    *duo = d;
    return 0;
}

static struct duo_end end_of(struct duo *d, enum duo_side side, int socket)
{
    if (socket < 0) return DUO_NOBODY;
    if (d->nodelay) bonnet_stack_nodelay(&d->stack[side], socket);
    return (struct duo_end){d->stack[side].bn, socket};
}

static struct duo_end duo_dial(void *duo, unsigned port)
{
    struct duo *d = duo;
    struct bonnet *bn = d->stack[DUO_CLIENT].bn;
    struct bonnet_endpoint to = {.addr = addresses[DUO_SERVER],
                                 .port = (uint16_t)(FIRST_PORT + port % d->ports_n)};
    int s = bonnet_socket(bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    if (s < 0 || bonnet_connect(bn, s, &to) != -EINPROGRESS) return DUO_NOBODY;
    return end_of(d, DUO_CLIENT, s);
}

static struct duo_end duo_accept(void *duo, unsigned port)
{
    struct duo *d = duo;
    struct bonnet *bn = d->stack[DUO_SERVER].bn;
    return end_of(d, DUO_SERVER, bonnet_accept(bn, d->listener[port % d->ports_n], NULL));
}

static int64_t duo_send(void *duo, struct duo_end end, const void *bytes, size_t n)
{
    (void)duo;
    return bonnet_send(end.stack, (int)end.sock, bytes, n, 0);
}

static int64_t duo_recv(void *duo, struct duo_end end, void *bytes, size_t n)
{
    (void)duo;
    return bonnet_recv(end.stack, (int)end.sock, bytes, n, 0);
}

static void duo_hang_up(void *duo, struct duo_end end)
{
    (void)duo;
    (void)bonnet_close(end.stack, (int)end.sock);
}

static void duo_mute_server(void *duo)
{
    struct duo *d = duo;
    d->server_is_mute = true;
}

static uint64_t duo_memory(void *duo, enum duo_side side)
{
    const struct duo *d = duo;
    return d->stack[side].held;
}

static uint64_t duo_count(void *duo, enum duo_side side, enum duo_kind kind)
{
    const struct duo *d = duo;
    struct bonnet_totals totals = {.size = sizeof totals};
    if (bonnet_totals(d->stack[side].bn, &totals) < 0) return 0;
    switch (kind) {
    case DUO_ESTABLISHED: return totals.connections;
    case DUO_HALF_OPEN: return totals.half_open;
    case DUO_TIME_WAIT: return totals.time_wait;
    }
    return 0;
}

const struct duo_ops bonnet_duo = {
    .open = duo_open,
    .close = duo_close,
    .dial = duo_dial,
    .accept = duo_accept,
    .send = duo_send,
    .recv = duo_recv,
    .hang_up = duo_hang_up,
    .pump = duo_pump,
    .mute_server = duo_mute_server,
    .memory = duo_memory,
    .count = duo_count,
};
