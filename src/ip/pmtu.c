/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Path MTUs (RFC 1191): what a path was reported to take, per destination.
 *
 * A report may only lower what is known, must be below what was sent, and never goes below 68,
 * which every path takes (RFC 791 3.2); the rest is dropped here. That the report belongs to a
 * packet in flight, the transport has checked (RFC 5927 7). An entry is forgotten after ten minutes
 * (RFC 1191 6.3), and then the path is tried anew; an expired entry counts for nothing even before
 * it is freed, so that nobody need wake for it. The table is bounded: the oldest entry gives way,
 * in O(1).
 */
#include "ip/pmtu.h"

#include <string.h>

#define FORGET_AFTER (600 * BONNET_S)
#define MTU_LEAST    68

struct pmtu {
    struct map_node map;
    struct list_node age; /* in ip.pmtus_by_age */
    struct bonnet_addr dst;
    bonnet_time until;
    uint16_t mtu;
};

static struct pmtu *find(const struct ip *ip, const struct env *e, const struct bonnet_addr *dst);
static struct pmtu *find_or_add(struct ip *ip, struct env *e, const struct bonnet_addr *dst);
static uint16_t plateau_below(uint16_t len);

uint16_t pmtu_find(const struct ip *ip, const struct env *e, const struct bonnet_addr *dst)
{
    const struct pmtu *p = find(ip, e, dst);
    return p && p->until > e->now ? p->mtu : 0;
}

uint16_t ip_pmtu_update(struct ip *ip, struct env *e, const struct ip_pmtu_report *report)
{
    uint16_t known = pmtu_find(ip, e, &report->dst);
    uint16_t below = known != 0 && known < report->if_mtu ? known : report->if_mtu;
    if (report->sent_len != 0 && report->sent_len < below) below = report->sent_len;
    uint16_t mtu = report->claimed != 0 ? report->claimed : plateau_below(below);
    if (mtu < MTU_LEAST || mtu >= below) return 0;

    struct pmtu *p = find_or_add(ip, e, &report->dst);
    if (!p) return mtu;
    p->mtu = mtu;
    p->until = e->now + FORGET_AFTER;
    list_remove(&p->age);
    list_add_tail(&ip->pmtus_by_age, &p->age);
    return mtu;
}

/* RFC 1191 7.1: MTUs of the links there are; a router that names none is guessed to have the next.
 */
static uint16_t plateau_below(uint16_t len)
{
    static const uint16_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};
    for (size_t i = 0; i < sizeof(plateaus) / sizeof(plateaus[0]); i++) {
        if (plateaus[i] < len) return plateaus[i];
    }
    return 0;
}

static uint32_t hash_of(const struct env *e, const struct bonnet_addr *dst)
{
    uint64_t w[2];
    memcpy(w, dst->b, sizeof(w));
    return (uint32_t)siphash13_2(&e->keys.demux, w[0], w[1]);
}

static struct pmtu *find(const struct ip *ip, const struct env *e, const struct bonnet_addr *dst)
{
    if (ip->pmtus.n == 0) return NULL;
    struct map_node *node = map_first(&ip->pmtus, hash_of(e, dst));
    for (; node; node = map_next(node)) {
        struct pmtu *p = list_entry(node, struct pmtu, map);
        if (addr_eq(&p->dst, dst)) return p;
    }
    return NULL;
}

static struct pmtu *oldest(const struct ip *ip)
{
    struct list_node *node = list_first(&ip->pmtus_by_age);
    return node ? list_entry(node, struct pmtu, age) : NULL;
}

static void drop(struct ip *ip, struct env *e, struct pmtu *p)
{
    list_remove(&p->age);
    map_remove(&ip->pmtus, e, &p->map);
    env_free(e, p, sizeof(*p));
}

static struct pmtu *find_or_add(struct ip *ip, struct env *e, const struct bonnet_addr *dst)
{
    struct pmtu *p = find(ip, e, dst);
    if (p) return p;
    if (ip->pmtus.n >= IP_PMTU_MAX) drop(ip, e, oldest(ip));
    p = env_alloc_zero(e, sizeof(*p));
    if (!p) return NULL;
    p->dst = *dst;
    if (map_add(&ip->pmtus, e, &p->map, hash_of(e, dst)) == 0) return p;
    env_free(e, p, sizeof(*p));
    return NULL;
}

void pmtu_tick(struct ip *ip, struct env *e)
{
    for (struct pmtu *p = oldest(ip); p && p->until <= e->now; p = oldest(ip))
        drop(ip, e, p);
}

void pmtu_fini(struct ip *ip, struct env *e)
{
    for (struct pmtu *p = oldest(ip); p; p = oldest(ip))
        drop(ip, e, p);
}
