/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relative numbers, by tcpdump's rules: a connection is known from its first segment with ACK on,
 * or anew from each SYN with one; that segment is shown with absolute numbers, and the numbers of
 * all later ones begin at it. Segments without ACK stay absolute.
 *
 * Where tcpdump remembers every connection it ever saw, here the oldest of a bucket is forgotten:
 * a dump may run for months.
 */
#include "dump.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096u
#define WAYS    4u

/* Both directions are one flow: a is the end with the lower port, or address if these are equal. */
struct flow {
    struct bonnet_endpoint a, b;
    uint32_t a_base, b_base; /* where the numbers of each end begin */
    bool is_used;
};

struct dump_flows {
    struct flow flows[BUCKETS][WAYS]; /* the latest first */
};

struct dump_flows *dump_flows_new(void)
{
    return calloc(1, sizeof(struct dump_flows));
}

void dump_flows_free(struct dump_flows *f)
{
    free(f);
}

static bool is_reversed(const struct bonnet_packet *p)
{
    if (p->from.port != p->to.port) return p->from.port > p->to.port;
    return memcmp(p->from.addr.b, p->to.addr.b, sizeof(p->to.addr.b)) > 0;
}

static bool is_same(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

static struct flow *bucket_of(struct dump_flows *f, const struct flow *flow)
{
    uint32_t h = (uint32_t)flow->a.port << 16 | flow->b.port;
    for (unsigned i = 12; i < 16; i++)
        h = h * 31 + flow->a.addr.b[i] * 7u + flow->b.addr.b[i];
    h ^= h >> 15;
    return f->flows[h * 2654435761u >> 20 & (BUCKETS - 1)];
}

/* The flow in its bucket, NULL if it is new. */
static struct flow *find(struct flow *bucket, const struct flow *flow)
{
    for (unsigned i = 0; i < WAYS; i++)
        if (bucket[i].is_used && is_same(&bucket[i].a, &flow->a) && is_same(&bucket[i].b, &flow->b))
            return &bucket[i];
    return NULL;
}

static struct flow *add(struct flow *bucket, const struct flow *flow)
{
    memmove(bucket + 1, bucket, (WAYS - 1) * sizeof(*bucket));
    bucket[0] = *flow;
    return bucket;
}

struct bonnet_packet_style dump_flow(struct dump_flows *f, const struct bonnet_packet *p)
{
    struct bonnet_packet_style style = {.relative = false};
    bool has_numbers = p->kind == BONNET_PACKET_TCP && p->header_len >= 20;
    if (!has_numbers || !(p->flags & BONNET_ACK)) return style;
    bool reversed = is_reversed(p);
    struct flow now = {.a = reversed ? p->to : p->from,
                       .b = reversed ? p->from : p->to,
                       .a_base = reversed ? p->ack - 1 : p->seq,
                       .b_base = reversed ? p->seq : p->ack - 1,
                       .is_used = true};
    struct flow *bucket = bucket_of(f, &now);
    struct flow *known = find(bucket, &now);
    if (known && !(p->flags & BONNET_SYN)) {
        style.relative = true;
        style.seq_base = reversed ? known->b_base : known->a_base;
        style.ack_base = reversed ? known->a_base : known->b_base;
    } else if (known) {
        *known = now;
    } else {
        add(bucket, &now);
    }
    return style;
}
