/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the reason of a frame in the trace of its stack: see cause.h. What was ended is remembered
 * in a ring, since a reset leaves within the turn; one that was pushed out of it is told without.
 */
#include "cause.h"

#include <bonnet/packet.h>

static bool is_same(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

/* Of several reasons for one frame that which ended a connection counts, then the first. */
static void hear(void *ctx, const struct bonnet_trace *t)
{
    struct cause *c = ctx;
    if (t->kind != BONNET_TRACE_REASON) return;
    enum bonnet_reason_kind kind = bonnet_reason_kind(t->reason);
    if (kind == BONNET_KIND_RESET) {
        unsigned at = c->ended++ % CAUSE_ENDS_MAX;
        c->ends[at].local = t->local;
        c->ends[at].remote = t->remote;
        c->ends[at].reason = t->reason;
    }
    if (!c->is_hearing || kind == BONNET_KIND_SEND) return;
    if (c->heard == 0 || kind == BONNET_KIND_RESET) c->heard = t->reason;
}

void cause_init(struct cause *c)
{
    *c = (struct cause){.tracer = {.trace = hear, .ctx = c}};
}

void cause_begin(struct cause *c)
{
    c->is_hearing = true;
    c->heard = 0;
}

int cause_of_frame(struct cause *c, int verdict)
{
    c->is_hearing = false;
    return verdict > 0 ? verdict : c->heard;
}

int cause_of_reset(const struct cause *c, int reason, enum bonnet_if_kind kind, const void *data,
                   uint32_t len)
{
    struct bonnet_packet packet;
    if (reason != BONNET_R_SEND_RST_ABORT) return 0;
    bonnet_packet_parse(kind, data, len, &packet);
    unsigned known = c->ended < CAUSE_ENDS_MAX ? c->ended : CAUSE_ENDS_MAX;
    for (unsigned i = 1; i <= known; i++) {
        unsigned at = (c->ended - i) % CAUSE_ENDS_MAX;
        if (is_same(&c->ends[at].local, &packet.from) && is_same(&c->ends[at].remote, &packet.to))
            return c->ends[at].reason;
    }
    return 0;
}

const char *cause_verb(int reason)
{
    switch (bonnet_reason_kind(reason)) {
    case BONNET_KIND_SEND: return "sent";
    case BONNET_KIND_NOTE: return "note";
    case BONNET_KIND_DROP: return "dropped";
    case BONNET_KIND_RESET: return "reset";
    }
    return "";
}
