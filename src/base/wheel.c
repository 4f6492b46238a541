/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wheel is indexed by the digits of the instant itself.
 *
 * Above its lowest 16 bits an instant has eight digits of six bits. A node belongs to the level of
 * the highest digit in which it differs from the wheel's time, and there to the slot of its own
 * digit; so a node's place follows from its instant and the wheel's time alone. Three things
 * follow:
 *   - all nodes of a level are later than all nodes of the levels below it, and within a level
 * slots are in order: the next node is in the first used slot of the lowest used level;
 *   - time may jump to the beginning of that slot, or to anywhere before it, and no node changes
 * place except those of that slot, which move to lower levels (cascade);
 *   - nodes with equal instants are always in the same slot.
 * The slot of level 0 that holds the wheel's time is the present slot. It is sorted, and takes what
 * is overdue, too. Every other list is in order of arming, the newest first. A slot becomes the
 * present one by a stable merge sort; after that a new node finds its place from the end, where it
 * mostly belongs. A node is moved at most once per level, whatever time does.
 */
#include "base/wheel.h"

#include <string.h>

#define SLOT_BITS  16 /* of a slot of level 0, in ns */
#define DIGIT_BITS 6

/* wheel_deadline looks at so many nodes of a slot before it is content with the slot's beginning.
 */
#define LOOK_MAX 8

_Static_assert(WHEEL_SLOTS == 1 << DIGIT_BITS, "a slot per value of a digit");
_Static_assert(SLOT_BITS + DIGIT_BITS * WHEEL_LEVELS == 64, "digits for all of an instant");
_Static_assert(offsetof(struct wheel_node, next) == 0, "a link is its node");

static inline unsigned level_bits(unsigned level)
{
    return SLOT_BITS + DIGIT_BITS * level;
}

static inline unsigned digit(bonnet_time t, unsigned level)
{
    return (unsigned)(t >> level_bits(level)) & (WHEEL_SLOTS - 1);
}

static inline unsigned level_of(const struct wheel *w, bonnet_time at)
{
    uint64_t differ = (at ^ w->now) >> SLOT_BITS;
    if (at < w->now || differ == 0) return 0;
    return (unsigned)(63 - __builtin_clzll(differ)) / DIGIT_BITS;
}

static inline struct wheel_node **present(struct wheel *w)
{
    return &w->slot[0][digit(w->now, 0)];
}

void wheel_init(struct wheel *w, bonnet_time now)
{
    memset(w, 0, sizeof(*w));
    w->now = now;
    w->tail = present(w);
}

/* Puts n where *link points, before the node that is there. */
static inline void link_node(struct wheel_node **link, struct wheel_node *n)
{
    n->next = *link;
    if (n->next) n->next->at_prev = &n->next;
    n->at_prev = link;
    *link = n;
}

static inline void unlink_node(struct wheel *w, struct wheel_node *n)
{
    if (w->tail == &n->next) w->tail = n->at_prev;
    *n->at_prev = n->next;
    if (n->next) n->next->at_prev = n->at_prev;

    /* A link outside of the slots is another node's: the list is not empty. */
    uintptr_t offset = (uintptr_t)n->at_prev - (uintptr_t)w->slot;
    if (offset < sizeof(w->slot) && !n->next) {
        size_t i = offset / sizeof(struct wheel_node *);
        w->used[i / WHEEL_SLOTS] &= ~((uint64_t)1 << i % WHEEL_SLOTS);
    }
    n->at_prev = NULL;
}

/* Adds n to the present slot: in order of instants, behind those that are equal. */
static void insert_sorted(struct wheel *w, struct wheel_node *n)
{
    struct wheel_node **head = present(w);
    struct wheel_node **link = w->tail;
    if (*head && n->at < (*head)->at) link = head;
    while (link != head) {
        struct wheel_node *before = (struct wheel_node *)(void *)link;
        if (before->at <= n->at) break;
        link = before->at_prev;
    }
    link_node(link, n);
    if (!n->next) w->tail = &n->next;
}

void wheel_arm(struct wheel *w, struct wheel_node *n, bonnet_time at)
{
    wheel_cancel(w, n);
    n->at = at;
    unsigned level = level_of(w, at);
    unsigned slot = digit(at < w->now ? w->now : at, level);
    if (level == 0 && slot == digit(w->now, 0)) {
        insert_sorted(w, n);
    } else {
        link_node(&w->slot[level][slot], n);
    }
    w->used[level] |= (uint64_t)1 << slot;
    w->armed++;
    w->armed_n++;
}

void wheel_cancel(struct wheel *w, struct wheel_node *n)
{
    if (!wheel_is_armed(n)) return;
    unlink_node(w, n);
    w->armed_n--;
    w->cancelled++;
}

/* The list, linked through next alone, the other way round. */
static struct wheel_node *reverse(struct wheel_node *list)
{
    struct wheel_node *reversed = NULL;
    while (list) {
        struct wheel_node *next = list->next;
        list->next = reversed;
        reversed = list;
        list = next;
    }
    return reversed;
}

/* Two sorted lists as one; of equal nodes those of a come first. */
static struct wheel_node *merge(struct wheel_node *a, struct wheel_node *b)
{
    struct wheel_node *first = NULL;
    struct wheel_node **link = &first;
    while (a && b) {
        struct wheel_node **from = b->at < a->at ? &b : &a;
        *link = *from;
        link = &(*from)->next;
        *from = (*from)->next;
    }
    *link = a ? a : b;
    return first;
}

/* Merge sort from the bottom up: run[i] holds 2^i nodes, all armed before those of the runs below.
 */
static struct wheel_node *sort(struct wheel_node *list)
{
    struct wheel_node *run[32];
    unsigned runs = 0;
    while (list) {
        struct wheel_node *carry = list;
        list = list->next;
        carry->next = NULL;
        unsigned i = 0;
        for (; i < runs && run[i]; i++) {
            carry = merge(run[i], carry);
            run[i] = NULL;
        }
        if (i == runs) runs++;
        run[i] = carry;
    }
    struct wheel_node *sorted = NULL;
    for (unsigned i = 0; i < runs; i++)
        sorted = merge(run[i], sorted);
    return sorted;
}

/* Makes a present slot of the slot that time has come to. */
static void sort_present(struct wheel *w)
{
    struct wheel_node **link = present(w);
    *link = sort(reverse(*link));
    for (; *link; link = &(*link)->next)
        (*link)->at_prev = link;
    w->tail = link;
}

/* Time has come to the beginning of a slot above level 0: its nodes find their places below. */
static void cascade(struct wheel *w, unsigned level)
{
    unsigned from = digit(w->now, level);
    struct wheel_node *list = reverse(w->slot[level][from]);
    w->slot[level][from] = NULL;
    w->used[level] &= ~((uint64_t)1 << from);
    while (list) {
        struct wheel_node *n = list;
        list = list->next;
        unsigned below = level_of(w, n->at);
        unsigned slot = digit(n->at, below);
        link_node(&w->slot[below][slot], n);
        w->used[below] |= (uint64_t)1 << slot;
    }
}

/* The beginning of the first used slot after the present one, and its level. BONNET_NEVER: none. */
static bonnet_time next_slot(const struct wheel *w, unsigned *level)
{
    for (unsigned i = 0; i < WHEEL_LEVELS; i++) {
        uint64_t later = w->used[i] & (UINT64_MAX << digit(w->now, i) << 1);
        if (!later) continue;
        bonnet_time slot = (bonnet_time)__builtin_ctzll(later) << level_bits(i);
        bonnet_time above = ~((((bonnet_time)1 << level_bits(i)) << DIGIT_BITS) - 1);
        *level = i;
        return (w->now & above) | slot;
    }
    return BONNET_NEVER;
}

/* Moves time on to the next used slot, but not beyond now. Is there anything to be looked at? */
static bool turn(struct wheel *w, bonnet_time now)
{
    unsigned level = 0;
    bonnet_time start = next_slot(w, &level);
    bool found = start <= now && start != BONNET_NEVER;
    w->now = found ? start : now;
    if (found && level > 0) cascade(w, level);
    sort_present(w);
    return found;
}

struct wheel_node *wheel_next(struct wheel *w, bonnet_time now)
{
    if (now < w->now) now = w->now;
    while (!*present(w))
        if (!turn(w, now)) return NULL;

    struct wheel_node *n = *present(w);
    if (n->at > now) {
        w->now = now;
        return NULL;
    }
    unlink_node(w, n);
    w->armed_n--;
    w->fired++;
    return n;
}

/* The earliest instant in a list, or start if the list is long. */
static bonnet_time earliest(const struct wheel_node *list, bonnet_time start)
{
    bonnet_time at = BONNET_NEVER;
    for (unsigned i = 0; list; i++, list = list->next) {
        if (i == LOOK_MAX) return start;
        if (list->at < at) at = list->at;
    }
    return at;
}

bonnet_time wheel_deadline(const struct wheel *w)
{
    const struct wheel_node *first = w->slot[0][digit(w->now, 0)];
    if (first) return first->at;
    unsigned level = 0;
    bonnet_time start = next_slot(w, &level);
    if (start == BONNET_NEVER) return BONNET_NEVER;
    return earliest(w->slot[level][digit(start, level)], start);
}
