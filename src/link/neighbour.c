/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The neighbour table: at which station a next hop lives, who waits to know, and when to ask.
 *
 * Only what we want to send makes an entry: what others say (arp.c) changes entries and never adds
 * one, so that the table's size follows our own traffic. Even that is moved by strangers, whom we
 * answer: the table is bounded, and what gives way to a new entry is found in O(1). First the
 * oldest stale entry; then, if questions fill half of the table, the oldest question, so
 * that a flood of addresses that do not exist drives out its own; then the oldest reachable one,
 * which the next packet asks for anew.
 *
 * States: INCOMPLETE -answer-> REACHABLE -30 s-> STALE -use-> PROBE -answer-> REACHABLE. Three
 * silences, one second apart, turn PROBE into INCOMPLETE and end INCOMPLETE: the entry goes, its
 * talkers to l->failed. A request counts when it falls due, not when the interface takes it: one
 * that is stuck must not keep talkers waiting for ever.
 *
 * Invariants: an entry is in the list of its state, which is in the order of `at` because the wait
 * is the same for all of a state; it is in netif.asking only while asked; talkers are parked only
 * with an INCOMPLETE one.
 *
 * RFC 1122 2.3.2.1 (validation), 2.3.2.2 (packets wait), flood prevention (one request per second).
 */
#include "link/neighbour.h"

#include <string.h>

#define ASK_INTERVAL  BONNET_S
#define ASK_MAX       3
#define REACHABLE_FOR (30 * BONNET_S)

static struct neighbour *add(struct link *l, struct env *e, const struct link_hop *hop);
static void drop(struct link *l, struct env *e, struct neighbour *nb);
static void enter(struct link *l, struct env *e, struct neighbour *nb, enum neighbour_state state);
static void ask(struct link *l, struct env *e, struct neighbour *nb, enum neighbour_state state);
static enum link_way park(const struct env *e, struct neighbour *nb, struct list_node *talker);
static bool group_mac(const struct bonnet_addr *addr, struct eth_mac *mac);

enum link_way link_resolve(struct link *l, struct env *e, const struct link_hop *hop,
                           struct list_node *talker, struct eth_mac *mac)
{
    memset(mac, 0, sizeof(*mac));
    if (hop->netif->kind == BONNET_IF_IP || group_mac(hop->addr, mac)) return LINK_READY;
    struct neighbour *nb = neighbour_find(l, e, hop);
    if (!nb) nb = add(l, e, hop);
    if (!nb) return LINK_REFUSED;
    if (nb->state == NEIGHBOUR_INCOMPLETE) return park(e, nb, talker);
    if (nb->state == NEIGHBOUR_STALE) ask(l, e, nb, NEIGHBOUR_PROBE);
    *mac = nb->mac;
    return LINK_READY;
}

void link_confirm(struct link *l, struct env *e, const struct link_hop *hop)
{
    if (hop->netif->kind == BONNET_IF_IP) return;
    struct neighbour *nb = neighbour_find(l, e, hop);
    if (nb && nb->state != NEIGHBOUR_INCOMPLETE) neighbour_on_confirmed(l, e, nb, nb->mac);
}

void link_doubt(struct link *l, struct env *e, const struct link_hop *hop)
{
    struct neighbour *nb = neighbour_find(l, e, hop);
    if (nb && nb->state == NEIGHBOUR_REACHABLE) enter(l, e, nb, NEIGHBOUR_STALE);
}

/* RFC 1112 6.4: the lower 23 bits of an IPv4 group follow 01-00-5E. */
static bool group_mac(const struct bonnet_addr *addr, struct eth_mac *mac)
{
    if (addr_is_limited_broadcast(addr)) {
        memset(mac->b, 0xff, sizeof(mac->b));
        return true;
    }
    if (!addr_is_multicast(addr)) return false;
    uint32_t group = addr_ip4(addr);
    *mac =
        (struct eth_mac){{0x01, 0x00, 0x5e, group >> 16 & 0x7f, group >> 8 & 0xff, group & 0xff}};
    return true;
}

/* parked_n may be too high by those that were forgotten: a full room is counted again. */
static enum link_way park(const struct env *e, struct neighbour *nb, struct list_node *talker)
{
    if (!talker) return LINK_PARKED;
    if (nb->parked_n >= e->limits.neighbour_parked) {
        nb->parked_n = 0;
        for (struct list_node *t = nb->parked.next; t != &nb->parked; t = t->next)
            nb->parked_n++;
    }
    if (nb->parked_n >= e->limits.neighbour_parked) return LINK_REFUSED;
    list_remove(talker);
    list_add_tail(&nb->parked, talker);
    nb->parked_n++;
    return LINK_PARKED;
}

static void let_go(struct list_node *to, struct neighbour *nb)
{
    list_move_all(to, &nb->parked);
    nb->parked_n = 0;
}

void neighbour_on_confirmed(struct link *l, struct env *e, struct neighbour *nb, struct eth_mac mac)
{
    nb->mac = mac;
    enter(l, e, nb, NEIGHBOUR_REACHABLE);
    let_go(&nb->netif->talkers, nb);
}

void neighbour_on_announced(struct link *l, struct env *e, struct neighbour *nb, struct eth_mac mac)
{
    if (nb->state != NEIGHBOUR_INCOMPLETE && eth_mac_equal(nb->mac, mac)) return;
    nb->mac = mac;
    enter(l, e, nb, NEIGHBOUR_STALE);
    let_go(&nb->netif->talkers, nb);
}

static bonnet_time lasts(enum neighbour_state state)
{
    switch (state) {
    case NEIGHBOUR_INCOMPLETE:
    case NEIGHBOUR_PROBE: return ASK_INTERVAL;
    case NEIGHBOUR_REACHABLE: return REACHABLE_FOR;
    case NEIGHBOUR_STALE:
    case NEIGHBOUR_STATES_END: break;
    }
    return BONNET_NEVER;
}

/* The one place where a state changes. */
static void enter(struct link *l, struct env *e, struct neighbour *nb, enum neighbour_state state)
{
    bonnet_time wait = lasts(state);
    l->incomplete_n -= list_holds(&nb->age) && nb->state == NEIGHBOUR_INCOMPLETE;
    l->incomplete_n += state == NEIGHBOUR_INCOMPLETE;
    nb->state = (uint8_t)state;
    nb->at = wait == BONNET_NEVER ? BONNET_NEVER : e->now + wait;
    list_remove(&nb->age);
    list_add_tail(&l->by_state[state], &nb->age);
    if (neighbour_is_asked(nb)) return;
    nb->asked = 0;
    list_remove(&nb->due);
}

/* Begins to ask, or asks again. */
static void ask(struct link *l, struct env *e, struct neighbour *nb, enum neighbour_state state)
{
    enter(l, e, nb, state);
    nb->asked++;
    if (!list_holds(&nb->due)) list_add_tail(&nb->netif->asking, &nb->due);
}

static void on_silence(struct link *l, struct env *e, struct neighbour *nb)
{
    if (nb->asked < ASK_MAX) {
        ask(l, e, nb, (enum neighbour_state)nb->state);
    } else if (nb->state == NEIGHBOUR_PROBE) {
        nb->asked = 0;
        ask(l, e, nb, NEIGHBOUR_INCOMPLETE);
    } else {
        drop(l, e, nb);
    }
}

static uint32_t hash_of(const struct env *e, const struct link_hop *hop)
{
    uint64_t w[2];
    memcpy(w, hop->addr->b, sizeof(w));
    return (uint32_t)siphash13_2(&e->keys.demux, w[0] ^ (uint64_t)hop->netif->number, w[1]);
}

static struct neighbour *of_map(struct map_node *node)
{
    return list_entry(node, struct neighbour, map);
}

struct neighbour *neighbour_find(const struct link *l, const struct env *e,
                                 const struct link_hop *hop)
{
    struct map_node *node = map_first(&l->neighbours, hash_of(e, hop));
    for (; node; node = map_next(node)) {
        struct neighbour *nb = of_map(node);
        if (nb->netif == hop->netif && addr_eq(&nb->addr, hop->addr)) return nb;
    }
    return NULL;
}

static struct neighbour *oldest(const struct link *l, enum neighbour_state state)
{
    struct list_node *node = list_first(&l->by_state[state]);
    return node ? list_entry(node, struct neighbour, age) : NULL;
}

/* Who gives way when the table is full. */
static struct neighbour *victim(const struct link *l, const struct env *e)
{
    struct neighbour *nb = oldest(l, NEIGHBOUR_STALE);
    if (!nb && l->incomplete_n < e->limits.neighbours_max / 2) nb = oldest(l, NEIGHBOUR_REACHABLE);
    if (!nb) nb = oldest(l, NEIGHBOUR_INCOMPLETE);
    if (!nb) nb = oldest(l, NEIGHBOUR_PROBE);
    return nb ? nb : oldest(l, NEIGHBOUR_REACHABLE);
}

static struct neighbour *add(struct link *l, struct env *e, const struct link_hop *hop)
{
    if (l->neighbours.n >= e->limits.neighbours_max) drop(l, e, victim(l, e));
    struct neighbour *nb = env_alloc_zero(e, sizeof(*nb));
    if (!nb) return NULL;
    if (map_add(&l->neighbours, e, &nb->map, hash_of(e, hop)) != 0) {
        env_free(e, nb, sizeof(*nb));
        return NULL;
    }
    nb->addr = *hop->addr;
    nb->netif = hop->netif;
    list_init(&nb->parked);
    ask(l, e, nb, NEIGHBOUR_INCOMPLETE);
    return nb;
}

/* Its talkers hear that it failed, whether it did not answer or gave way. */
static void drop(struct link *l, struct env *e, struct neighbour *nb)
{
    let_go(&l->failed, nb);
    l->incomplete_n -= nb->state == NEIGHBOUR_INCOMPLETE;
    list_remove(&nb->age);
    list_remove(&nb->due);
    map_remove(&l->neighbours, e, &nb->map);
    env_free(e, nb, sizeof(*nb));
}

void neighbours_free(struct link *l, struct env *e)
{
    for (unsigned state = 0; state < NEIGHBOUR_STATES_END; state++) {
        struct neighbour *nb;
        while ((nb = oldest(l, (enum neighbour_state)state)))
            drop(l, e, nb);
    }
}

bool link_output(struct netif *n, struct arp_packet *arp, struct eth_mac *to)
{
    struct list_node *node = list_first(&n->asking);
    if (!node) return false;
    struct neighbour *nb = list_entry(node, struct neighbour, due);
    list_remove(node);
    memset(arp, 0, sizeof(*arp));
    arp->op = ARP_REQUEST;
    arp->sender_mac = n->mac;
    arp->target = nb->addr;
    if (nb->state == NEIGHBOUR_PROBE)
        *to = nb->mac;
    else
        memset(to->b, 0xff, sizeof(to->b));
    return true;
}

/* The oldest entry of a state if its time has come. */
static struct neighbour *expired(const struct link *l, const struct env *e,
                                 enum neighbour_state state)
{
    struct neighbour *nb = oldest(l, state);
    return nb && nb->at <= e->now ? nb : NULL;
}

void link_tick(struct link *l, struct env *e)
{
    struct neighbour *nb;
    while ((nb = expired(l, e, NEIGHBOUR_REACHABLE)))
        enter(l, e, nb, NEIGHBOUR_STALE);
    while ((nb = expired(l, e, NEIGHBOUR_PROBE)))
        on_silence(l, e, nb);
    while ((nb = expired(l, e, NEIGHBOUR_INCOMPLETE)))
        on_silence(l, e, nb);
}

bonnet_time link_deadline(const struct link *l, const struct env *e)
{
    if (!list_is_empty(&l->failed)) return e->now;
    for (uint32_t i = 1; i <= l->netifs_n; i++) {
        if (!list_is_empty(&l->netifs[i]->asking)) return e->now;
    }
    bonnet_time at = BONNET_NEVER;
    for (unsigned state = 0; state < NEIGHBOUR_STATES_END; state++) {
        const struct neighbour *nb = oldest(l, (enum neighbour_state)state);
        if (nb && nb->at < at) at = nb->at;
    }
    return at;
}
