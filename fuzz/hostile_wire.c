/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hostile wire between two stacks with an honest connection, a listener and a datagram socket.
 *
 * The first bytes of the input choose mode, kind of link and the lengths of the streams; the rest
 * is the attacker's program (libattack.h). Unless it may forge, the connection delivers its exact
 * bytes and ends in order, whatever was injected. In every mode: no crash, bounded frames at each
 * instant, memory under the cap, and once all sockets are closed, nothing is left but the stacks
 * themselves.
 */
#include "libattack.h"

#include <errno.h>

#define LEAD          3                 /* bytes before the program */
#define PATIENCE      (600 * BONNET_S)  /* for the rest of the streams, once the attacker is gone */
#define FAREWELL      (3600 * BONNET_S) /* for retransmissions, orphans and TIME-WAIT to end */
#define DATAGRAMS_MAX 10000

static void read_datagrams(struct attack *a)
{
    struct bonnet *bn = a->w.host[0].bn;
    uint8_t datagram[2048];
    for (int n = 0;; n++) {
        check(n < DATAGRAMS_MAX);
        int64_t r = bonnet_recv(bn, a->udp, datagram, sizeof(datagram), 0);
        if (r == -EAGAIN) return;
        check(r >= 0 || r == -ECONNREFUSED || r == -EHOSTUNREACH || r == -ENETUNREACH);
    }
}

/* The attacker is gone: the streams go on to their ends. */
static void complete(struct attack *a)
{
    bonnet_time until = a->w.now + PATIENCE;
    a->stream.end[0].paused = false;
    a->stream.end[1].paused = false;
    a->stream.ending = true;
    while (a->w.now < until && !stream_is_complete(&a->stream) && !stream_is_broken(&a->stream)) {
        stream_work(&a->stream);
        if (world_round(&a->w) > 0) continue;
        bonnet_time next = world_deadline(&a->w);
        if (next > until) next = until;
        if (next > a->w.now) world_advance(&a->w, next - a->w.now);
    }
    if (a->mode == ATTACK_FORGING) return;
    check(!stream_is_broken(&a->stream));
    check(stream_is_complete(&a->stream));
}

static void close_all(struct attack *a)
{
    struct bonnet *bn = a->w.host[0].bn;
    check(bonnet_close(bn, a->stream.end[0].s) == 0);
    check(bonnet_close(a->w.host[1].bn, a->stream.end[1].s) == 0);
    check(bonnet_close(bn, a->listener) == 0);
    check(bonnet_close(bn, a->udp) == 0);
    world_run(&a->w, a->w.now + FAREWELL);
    world_is_clean(&a->w, 0);
    world_is_clean(&a->w, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < LEAD) return 0;
    static const enum attack_mode mode[4] = {ATTACK_BLIND, ATTACK_LOSSY, ATTACK_FORGING,
                                             ATTACK_FORGING};
    static const int rcvbuf[4] = {0, 3000, 10000, 0};
    const struct attack_setting set = {
        .mode = mode[data[0] & 3],
        .kind = data[0] & 4 ? BONNET_IF_ETHERNET : BONNET_IF_IP,
        .bytes = {data[1] * 256u, data[2] * 256u},
        .rcvbuf = rcvbuf[data[0] >> 3 & 3],
    };
    struct attack *a = malloc(sizeof(*a));
    check(a != NULL);
    attack_init(a, &set);
    attack_run(a, data + LEAD, size - LEAD);
    read_datagrams(a);
    complete(a);
    close_all(a);
    attack_fini(a);
    free(a);
    return 0;
}
