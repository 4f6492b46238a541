/* SPDX-License-Identifier: BSD-2-Clause */
/* The third party's hands and ears. */
#include "libalone.h"

#include <stdlib.h>
#include <string.h>

struct alone alone;

bool alone_keep(struct pair *p, struct pair_frame *f)
{
    struct tcp_seg s;
    if (f->from != PAIR_B) return true;
    alone.by_reason[f->reason]++;
    alone.bytes += f->len;
    if (pair_read_tcp(p, f, &s)) alone.last = s;
    alone.last.text = NULL;
    return false;
}

void alone_begin(struct pair *p, const struct bonnet_limits *limits)
{
    struct pair_options o = {.mtu = 0};
    if (limits) o.limits = *limits;
    pair_begin(p, &o);
    p->hook = alone_keep;
    memset(&alone, 0, sizeof(alone));
}

void alone_inject(struct pair *p, uint16_t sport, uint16_t flags, uint32_t seq_at, uint32_t ack_at)
{
    const struct tcp_seg s = {
        .sport = sport,
        .dport = ALONE_PORT,
        .seq = seq(seq_at),
        .ack = seq(ack_at),
        .flags = flags,
        .wnd = 65535,
    };
    pair_inject_tcp(p, PAIR_B, &s);
    pair_run(p);
}

uint32_t alone_shake(struct pair *p, uint16_t sport)
{
    alone_inject(p, sport, TCP_SYN, 1000, 0);
    uint32_t iss = alone.last.seq.v;
    alone_inject(p, sport, TCP_ACK, 1001, iss + 1);
    return iss;
}

void alone_deliver_at_once(struct pair *p)
{
    for (; p->on_way_n > 0; p->on_way_n--, p->first = (p->first + 1) % PAIR_FRAMES_MAX) {
        const struct pair_frame *f = &p->frames[p->first];
        const struct bonnet_rx rx = {.data = f->bytes, .len = f->len};
        assert_true(bonnet_input(p->b, PAIR_IFX, &rx) >= 0);
        free(f->bytes);
    }
}

uint64_t alone_given(const struct pair *p, enum bonnet_reason reason)
{
    return bonnet_reason_count(p->b, reason);
}

struct bonnet_totals alone_totals(const struct pair *p)
{
    struct bonnet_totals t = {.size = sizeof(t)};
    assert_int_equal(bonnet_totals(p->b, &t), 0);
    return t;
}
