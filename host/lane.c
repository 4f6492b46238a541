/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One lane: one direction of an emulated link.
 *
 * Decides: when a frame leaves, in which order, and which frame finds no room. Leaves to
 * lane_fate.c what happens by chance, to wire.c and link_wrap.c where frames come from and go to.
 *
 * A frame passes three places, as on a real path: the queue's door (loss, limit), a transmitter
 * that sends one frame after the other (rate), and the way (delay, jitter). It waits in one queue
 * for both. netem's words mean what they mean there (tc-netem(8)), with one choice: jitter keeps
 * the order, as a path of one route does; only a frame that chance lets overtake comes before its
 * time, by all of the delay or by as much of it as is asked for.
 *
 * Invariants
 * - Each of the two queues is sorted by departure. In the ordered one a frame leaves no earlier
 *   than its predecessor, so that it is appended; an overtaking frame that is early by chance looks
 *   for its place among those of its kind that left the transmitter that little before.
 * - frames + duplicated = delivered + lost + overflowed + queued.
 * - No allocation per frame: buffers are used again, the last one first, and their number is the
 *   deepest that the queue ever was.
 */
#include "lane.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET_HEADER 14

static bool is_perfect(const struct bonnet_link_config *c)
{
    return c->delay == 0 && c->jitter == 0 && c->rate_bps == 0;
}

void lane_init(struct lane *l, const struct bonnet_link_config *config, enum bonnet_if_kind kind,
               unsigned direction)
{
    memset(l, 0, sizeof *l);
    l->config = *config;
    l->ip_at = kind == BONNET_IF_ETHERNET ? ETHERNET_HEADER : 0;
    lane_chances_init(&l->chances, config->seed, direction);
    l->pushes_back = config->limit == 0 && is_perfect(config);
    l->limit = config->limit ? config->limit : LANE_LIMIT_DEFAULT;
    if (l->pushes_back) l->limit = LANE_RING;
}

static void free_list(struct lane_frame *f)
{
    while (f) {
        struct lane_frame *next = f->next;
        free(f->data);
        free(f);
        f = next;
    }
}

void lane_fini(struct lane *l)
{
    free_list(l->ordered.first);
    free_list(l->overtaking.first);
    free_list(l->spare);
    free_list(l->lent);
}

static void spare(struct lane *l, struct lane_frame *f)
{
    f->next = l->spare;
    l->spare = f;
}

static bool grow(struct lane_frame *f, uint32_t len)
{
    uint32_t room = 2048;
    while (room < len)
        room *= 2;
    uint8_t *data = malloc(room);
    if (!data) return false;
    free(f->data);
    f->data = data;
    f->room = room;
    return true;
}

struct lane_frame *lane_reserve(struct lane *l, uint32_t len)
{
    struct lane_frame *f = l->spare;
    if (f)
        l->spare = f->next;
    else
        f = calloc(1, sizeof *f);
    if (!f) return NULL;
    if ((!f->data || f->room < len) && !grow(f, len)) {
        spare(l, f);
        return NULL;
    }
    f->next = NULL;
    f->len = len;
    f->gso_size = 0;
    f->checksum_good = false;
    return f;
}

/* Behind all that leave no later. */
static void insert(struct lane_queue *q, struct lane_frame *f)
{
    f->before = q->last;
    while (f->before && f->before->at > f->at)
        f->before = f->before->before;
    f->next = f->before ? f->before->next : q->first;
    *(f->before ? &f->before->next : &q->first) = f;
    *(f->next ? &f->next->before : &q->last) = f;
}

static struct lane_frame *take_first(struct lane_queue *q)
{
    struct lane_frame *f = q->first;
    q->first = f->next;
    *(q->first ? &q->first->before : &q->last) = NULL;
    f->next = NULL;
    return f;
}

/* The instant at which the transmitter has sent the frame's last bit. */
static bonnet_time transmit(struct lane *l, uint32_t len)
{
    if (l->config.rate_bps == 0) return l->now;
    if (l->busy_until <= l->now) {
        l->busy_until = l->now;
        l->busy_remainder = 0;
    }
    uint64_t bit_ns = (uint64_t)len * 8 * BONNET_S + l->busy_remainder;
    l->busy_until += bit_ns / l->config.rate_bps;
    l->busy_remainder = bit_ns % l->config.rate_bps;
    return l->busy_until;
}

/* Is the queue that a frame meets so long that it shall be told? */
static bool waits_long(const struct lane *l)
{
    return l->config.ce_threshold > 0 && l->busy_until > l->now + l->config.ce_threshold;
}

static bonnet_time travel(const struct lane *l, double jitter)
{
    double ns = (double)l->config.delay + jitter * (double)l->config.jitter;
    return ns > 0 ? (bonnet_time)ns : 0;
}

/* When a frame that left the transmitter at sent arrives before its time. */
static bonnet_time early(const struct lane *l, bonnet_time sent, const struct lane_fate *fate)
{
    bonnet_time way = travel(l, fate->jitter);
    bonnet_time by = (bonnet_time)(fate->early * (double)l->config.reorder_by);
    return l->config.reorder_by == 0 || by > way ? sent : sent + way - by;
}

static void enqueue(struct lane *l, struct lane_frame *f, const struct lane_fate *fate)
{
    if (waits_long(l)) l->stats.marked += lane_mark(f->data, f->len, l->ip_at);
    bonnet_time sent = transmit(l, f->len);
    f->order = l->order++;
    l->queued++;
    if (fate->overtakes) {
        f->at = early(l, sent, fate);
        if (l->ordered.last && l->ordered.last->at > f->at) l->stats.reordered++;
        insert(&l->overtaking, f);
        return;
    }
    f->at = sent + travel(l, fate->jitter);
    if (f->at < l->last_at) f->at = l->last_at;
    l->last_at = f->at;
    insert(&l->ordered, f);
}

static struct lane_frame *copy(struct lane *l, const struct lane_frame *f)
{
    struct lane_frame *twin = lane_reserve(l, f->len);
    if (!twin) return NULL;
    memcpy(twin->data, f->data, f->len);
    twin->gso_size = f->gso_size;
    twin->checksum_good = f->checksum_good;
    return twin;
}

/* Exactly one bit: what a checksum must find. A driver could no longer vouch for the frame. */
static void flip(struct lane_frame *f, uint64_t bit)
{
    bit %= (uint64_t)f->len * 8;
    f->data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    f->checksum_good = false;
}

/* The twin shares its elder's fate: damage done before the doubling is in both. */
static void duplicate(struct lane *l, const struct lane_frame *f, const struct lane_fate *fate)
{
    if (l->queued >= l->limit) return;
    struct lane_frame *twin = copy(l, f);
    if (!twin) return;
    l->stats.duplicated++;
    enqueue(l, twin, fate);
}

void lane_input(struct lane *l, struct lane_frame *f)
{
    struct lane_fate fate = lane_chances_next(&l->chances, &l->config);
    l->stats.frames++;
    if (fate.lost || l->queued >= l->limit) {
        l->stats.lost += fate.lost;
        l->stats.overflowed += !fate.lost;
        spare(l, f);
        return;
    }
    if (fate.corrupted && f->len > 0) {
        flip(f, fate.bit);
        l->stats.corrupted++;
    }
    enqueue(l, f, &fate);
    if (fate.duplicated) duplicate(l, f, &fate);
}

void lane_refuse(struct lane *l)
{
    l->stats.frames++;
    l->stats.overflowed++;
}

void lane_tick(struct lane *l, bonnet_time now)
{
    if (now > l->now) l->now = now;
}

/* The queue whose first frame leaves first; NULL: both are empty. */
static struct lane_queue *front(struct lane *l)
{
    const struct lane_frame *a = l->ordered.first, *b = l->overtaking.first;
    if (!b) return a ? &l->ordered : NULL;
    if (!a || b->at < a->at) return &l->overtaking;
    return b->at == a->at && b->order < a->order ? &l->overtaking : &l->ordered;
}

struct lane_frame *lane_output(struct lane *l)
{
    if (l->lent) spare(l, l->lent);
    l->lent = NULL;
    struct lane_queue *q = front(l);
    if (!q || q->first->at > l->now) return NULL;
    struct lane_frame *f = take_first(q);
    l->lent = f;
    l->queued--;
    l->stats.delivered++;
    return f;
}

bonnet_time lane_deadline(const struct lane *l)
{
    bonnet_time at = BONNET_NEVER;
    if (l->ordered.first) at = l->ordered.first->at;
    if (l->overtaking.first && l->overtaking.first->at < at) at = l->overtaking.first->at;
    return at;
}

bool lane_is_full(const struct lane *l)
{
    return l->pushes_back && l->queued >= l->limit;
}

int bonnet_link_stats(const struct bonnet_driver *d, int direction, struct bonnet_link_stats *out)
{
    if (!d || !out || (direction != 0 && direction != 1)) return -EINVAL;
    const struct bonnet_link_stats *stats = link_wire_stats(d, direction);
    if (!stats) stats = link_wrap_stats(d, direction);
    if (!stats) return -EINVAL;
    *out = *stats;
    return 0;
}
