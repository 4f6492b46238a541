/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a stack says of itself, held against what it said before and against itself.
 *
 * I2 bytes written are acknowledged, in flight or unsent; I3 sequence variables are ordered and do
 * not go back; I4 no more in flight than the buffer holds; I5 the right edge of the window never
 * retreats; I6 out-of-order text lies within the window; I7 what counts as SACKed was SACKed; I8
 * the congestion window is kept; I9 what must happen has a timer, what needs not has none; I10
 * timers add up; I11 frames add up; I13 nothing is left; I14 memory adds up; I24 counters only
 * grow.
 */
#include "libworld.h"

#include <stdio.h>
#include <string.h>

/* Bytes of a page of a queue, at least. */
#define PAGE_LEAST 1024

/* Three requests, a second apart, and some. */
#define NEIGHBOUR_PATIENCE (5 * BONNET_S)

/* All counters are read that often. */
#define LOOKS_PER_COUNT 64

static bool is_after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

static bool endpoints_equal(const struct bonnet_endpoint *a, const struct bonnet_endpoint *b)
{
    return a->port == b->port && bonnet_addr_equal(a->addr, b->addr);
}

struct track *watch_track(struct host *h, const struct bonnet_endpoint *local,
                          const struct bonnet_endpoint *remote)
{
    for (unsigned i = 0; i < h->tracks_n; i++) {
        struct track *t = &h->tracks[i];
        if (endpoints_equal(&t->local, local) && endpoints_equal(&t->remote, remote)) return t;
    }
    if (h->tracks_n == TRACKS_MAX) return NULL;
    struct track *t = &h->tracks[h->tracks_n++];
    *t = (struct track){.local = *local, .remote = *remote, .shift = 255, .peer_shift = 255};
    return t;
}

static bool is_one_of(enum bonnet_tcp_state state, unsigned set)
{
    return (set >> state & 1) != 0;
}

#define S(name) (1u << BONNET_##name)

#define SYNCHRONIZED \
    (S(ESTABLISHED) | S(FIN_WAIT_1) | S(FIN_WAIT_2) | S(CLOSE_WAIT) | S(CLOSING) | S(LAST_ACK))
#define FIN_ACKED (S(FIN_WAIT_2))
#define FIN_TAKEN (S(CLOSE_WAIT) | S(CLOSING) | S(LAST_ACK))
#define FIN_SENT  (S(FIN_WAIT_1) | S(CLOSING) | S(LAST_ACK))

static void check_bytes(struct world *w, const struct bonnet_row *r)
{
    if (r->send_q != r->in_flight + r->unsent)
        world_fail(w, "I2", "send_q %u is not in_flight %u + unsent %u", r->send_q, r->in_flight,
                   r->unsent);
    if (!is_one_of(r->state, SYNCHRONIZED)) return;
    uint32_t acked = r->snd_una - r->iss - 1 - is_one_of(r->state, FIN_ACKED);
    if (acked != (uint32_t)(r->written - r->send_q))
        world_fail(w, "I2", "%s: written %llu, acknowledged %u, send_q %u",
                   bonnet_state_name(r->state), (unsigned long long)r->written, acked, r->send_q);
    if (r->socket < 0) return;
    uint32_t taken = r->rcv_nxt - r->irs - 1 - is_one_of(r->state, FIN_TAKEN);
    if (taken != (uint32_t)(r->delivered + r->recv_q))
        world_fail(w, "I1", "%s: received %u, delivered %llu, recv_q %u",
                   bonnet_state_name(r->state), taken, (unsigned long long)r->delivered, r->recv_q);
}

static void check_order(struct world *w, const struct bonnet_row *r)
{
    bool ordered = !is_after(r->iss, r->snd_una) && !is_after(r->snd_una, r->snd_nxt) &&
                   !is_after(r->snd_nxt, r->snd_max);
    if (!ordered)
        world_fail(w, "I3", "iss %u una %u nxt %u max %u", r->iss, r->snd_una, r->snd_nxt,
                   r->snd_max);
    if (r->state != BONNET_CLOSED && r->snd_max - r->snd_una > r->send_q + 2)
        world_fail(w, "I4", "in flight %u, send_q %u", r->snd_max - r->snd_una, r->send_q);
    if (r->out_of_order > r->rcv_wnd)
        world_fail(w, "I6", "out of order %u, window %u", r->out_of_order, r->rcv_wnd);
}

/* What must not go back, against the same connection's last look. */
static void check_progress(struct world *w, const struct bonnet_row *r, const struct track *t)
{
    bool back = is_after(t->una, r->snd_una) || is_after(t->nxt, r->snd_max) ||
                is_after(t->max, r->snd_max);
    if (back)
        world_fail(w, "I3", "went back: una %u to %u, max %u to %u", t->una, r->snd_una, t->max,
                   r->snd_max);
    if (r->state == BONNET_CLOSED) return;
    if (t->written > r->written || t->delivered > r->delivered)
        world_fail(w, "I24", "written or delivered shrank");
    if (!is_one_of(r->state, SYNCHRONIZED) || !is_one_of(t->state, SYNCHRONIZED)) return;
    if (is_after(t->rcv_nxt, r->rcv_nxt))
        world_fail(w, "I3", "rcv_nxt went back from %u to %u", t->rcv_nxt, r->rcv_nxt);
    if (is_after(t->rcv_edge, r->rcv_nxt + r->rcv_wnd) && !is_one_of(r->state, FIN_TAKEN))
        world_fail(w, "I5", "right edge went back by %u", t->rcv_edge - (r->rcv_nxt + r->rcv_wnd));
}

/* New octets went out in this step: were they allowed? One may be a probe, one the FIN; two
 * segments more than cwnd are limited transmit (RFC 3042), and what was SACKed, lost, or has caused
 * a duplicate acknowledgment has left the network. */
static void check_allowance(struct world *w, const struct bonnet_row *r, const struct track *t)
{
    if (r->snd_max == t->max || !is_one_of(r->state, SYNCHRONIZED)) return;
    const struct bonnet_tcp_info *i = &r->info;
    uint32_t left = (t->duplicates + i->tcpi_sacked + i->tcpi_lost + 2) * i->tcpi_snd_mss;
    if (is_after(r->snd_max, t->offered + 2))
        world_fail(w, "I3", "sent %u octets beyond what was ever offered", r->snd_max - t->offered);
    uint32_t cwnd = t->cwnd > r->cwnd ? t->cwnd : r->cwnd;
    if (r->in_flight > cwnd + left)
        world_fail(w, "I8", "in flight %u, cwnd %u, mss %u, duplicates %u", r->in_flight, cwnd,
                   r->info.tcpi_snd_mss, t->duplicates);
}

/* What counts as SACKed was SACKed, and what counts as SACKed or lost is in flight. */
static void check_scoreboard(struct world *w, const struct bonnet_row *r, const struct track *t)
{
    const struct bonnet_tcp_info *i = &r->info;
    uint32_t bytes = 0;
    if (i->tcpi_sacked + i->tcpi_lost > i->tcpi_unacked + 1)
        world_fail(w, "I7", "SACKed %u, lost %u, of %u in flight", i->tcpi_sacked, i->tcpi_lost,
                   i->tcpi_unacked);
    if (t->sacks_n > SACKS_MAX || t->iss != r->iss) return;
    for (unsigned k = 0; k < t->sacks_n; k++)
        bytes += t->sacks[k].to - t->sacks[k].from;
    if (i->tcpi_sacked > (bytes + i->tcpi_snd_mss - 1) / i->tcpi_snd_mss)
        world_fail(w, "I7", "%u segments of %u count as SACKed, SACKs told of %u bytes",
                   i->tcpi_sacked, i->tcpi_snd_mss, bytes);
}

static void check_congestion(struct world *w, const struct bonnet_row *r)
{
    uint32_t mss = r->info.tcpi_snd_mss;
    if (!is_one_of(r->state, SYNCHRONIZED)) return;
    if (r->cwnd < mss) world_fail(w, "I8", "cwnd %u below one mss of %u", r->cwnd, mss);
    if (r->ssthresh < 2 * mss)
        world_fail(w, "I8", "ssthresh %u below two mss of %u", r->ssthresh, mss);
}

static void remember(struct track *t, const struct bonnet_row *r, bool known)
{
    uint32_t edge = r->snd_una + r->snd_wnd;
    if (!known || is_after(edge, t->offered)) t->offered = edge;
    if (r->snd_una == r->snd_max) t->duplicates = t->records = t->sacks_n = 0;
    t->objects = t->records + (r->send_q + r->recv_q + r->out_of_order) / PAGE_LEAST;
    t->iss = r->iss;
    t->una = r->snd_una;
    t->nxt = r->snd_nxt;
    t->max = r->snd_max;
    t->rcv_nxt = r->rcv_nxt;
    t->rcv_edge = r->rcv_nxt + r->rcv_wnd;
    t->written = r->written;
    t->delivered = r->delivered;
    t->state = r->state;
    t->cwnd = r->cwnd;
}

static void check_connection(struct world *w, struct host *h, const struct bonnet_row *r)
{
    struct track *t = watch_track(h, &r->local, &r->remote);
    check_bytes(w, r);
    check_order(w, r);
    check_congestion(w, r);
    if (!t) return;
    check_scoreboard(w, r, t);
    bool known = t->in_rows && t->in_rows == h->looks - 1 && t->iss == r->iss;
    if (known) {
        check_progress(w, r, t);
        check_allowance(w, r, t);
    }
    if (!known) t->has_acked = false; /* a cookie may open it again where it began */
    remember(t, r, known);
    h->objects += t->objects;
    t->in_rows = h->looks;
}

static void note_half_open(struct host *h, const struct bonnet_row *r)
{
    struct track *t = watch_track(h, &r->local, &r->remote);
    if (t) t->half_open = h->looks;
}

static void check_totals(struct world *w, struct host *h, const struct bonnet_totals *t)
{
    if (t->timers_armed - t->timers_fired - t->timers_cancelled != t->timers)
        world_fail(w, "I10", "%llu armed, %llu fired, %llu cancelled, %u running",
                   (unsigned long long)t->timers_armed, (unsigned long long)t->timers_fired,
                   (unsigned long long)t->timers_cancelled, t->timers);
    if (t->frames_in != h->frames_in || t->frames_out != h->frames_out)
        world_fail(w, "I11", "frames: in %llu of %llu, out %llu of %llu",
                   (unsigned long long)t->frames_in, (unsigned long long)h->frames_in,
                   (unsigned long long)t->frames_out, (unsigned long long)h->frames_out);
    if (t->frames_dropped != h->frames_dropped)
        world_fail(w, "I11", "frames dropped: %llu counted, %llu told",
                   (unsigned long long)t->frames_dropped, (unsigned long long)h->frames_dropped);
    if (t->memory_bytes != h->heap.bytes || t->memory_blocks != h->heap.blocks)
        world_fail(w, "I14", "memory: %llu bytes in %llu blocks, in truth %llu in %llu",
                   (unsigned long long)t->memory_bytes, (unsigned long long)t->memory_blocks,
                   (unsigned long long)h->heap.bytes, (unsigned long long)h->heap.blocks);
    if (h->heap.wrong) world_fail(w, "I14", "memory: %s", h->heap.wrong);
}

/* Every frame that was dropped has its reason among those that are counted. */
static void check_reasons(struct world *w, struct host *h)
{
    uint64_t drops = 0;
    for (int i = 1; i < BONNET_REASONS_END; i++) {
        uint64_t n = bonnet_reason_count(h->bn, i);
        if (n < h->reasons[i]) world_fail(w, "I24", "reason %s went back", bonnet_reason_name(i));
        h->reasons[i] = n;
        if (bonnet_reason_kind(i) != BONNET_KIND_SEND && bonnet_reason_kind(i) != BONNET_KIND_NOTE)
            drops += n;
    }
    if (drops < h->frames_dropped)
        world_fail(w, "I11", "%llu frames dropped, %llu reasons given",
                   (unsigned long long)h->frames_dropped, (unsigned long long)drops);
}

static void check_mibs(struct world *w, struct host *h)
{
    for (int i = 0; i < BONNET_MIBS_END; i++) {
        uint64_t n = bonnet_mib_count(h->bn, i);
        if (n < h->mibs[i] && i != BONNET_MIB_TcpCurrEstab)
            world_fail(w, "I24", "%s went back", bonnet_mib_name(i));
        h->mibs[i] = n + (w->sabotage == SABOTAGE_SHRINK);
    }
}

void watch_host(struct world *w, struct host *h)
{
    struct bonnet_row row = {.size = sizeof row};
    struct bonnet_totals totals = {.size = sizeof totals};
    uint64_t cursor = 0;
    for (h->objects = 0; bonnet_inspect(h->bn, &cursor, &row) == 1; h->objects++) {
        lie_row(w, h, &row);
        if (row.kind == BONNET_ROW_HALF_OPEN) note_half_open(h, &row);
        if (row.kind == BONNET_ROW_CONNECTION) check_connection(w, h, &row);
    }
    if (bonnet_totals(h->bn, &totals) < 0) world_fail(w, "I11", "no totals");
    lie_totals(w, &totals);
    check_totals(w, h, &totals);
}

/* A talker that waits for its neighbour's address with an acknowledgment is not asked what else it
 * has, until the address comes or nobody hopes for it any more. */
static bool may_be_parked(const struct world *w, struct track *t, const struct bonnet_row *r)
{
    const struct cable *c = &w->cables[r->remote.addr.b[14]];
    if (!t || c->config.kind != BONNET_IF_ETHERNET) return false;
    if (t->without_timer == 0) t->without_timer = w->now;
    return w->now - t->without_timer < NEIGHBOUR_PATIENCE;
}

/* The timer law. */
static void check_timers(struct world *w, struct host *h, const struct bonnet_row *r)
{
    bool open = is_one_of(r->state, S(SYN_SENT) | S(SYN_RECEIVED));
    bool owed = r->send_q > 0 || open || is_one_of(r->state, FIN_SENT);
    bool lacks = owed && r->timers_armed == 0 && r->why != BONNET_WHY_NEIGHBOUR;
    struct track *t = watch_track(h, &r->local, &r->remote);
    if (t && !lacks) t->without_timer = 0;
    if (lacks && !may_be_parked(w, t, r))
        world_fail(w, "I9", "%s, send_q %u, in flight %u, window %u, why %s: no timer",
                   bonnet_state_name(r->state), r->send_q, r->in_flight, r->snd_wnd,
                   bonnet_why_text(r->why));
    const uint32_t harmless = 1u << BONNET_TIMER_DELACK | 1u << BONNET_TIMER_TIMEWAIT;
    bool idle = is_one_of(r->state, S(ESTABLISHED) | S(CLOSE_WAIT) | S(FIN_WAIT_2));
    if (!owed && idle && !r->keepalive && (r->timers_armed & ~harmless))
        world_fail(w, "I9", "%s with nothing to do: timers %#x", bonnet_state_name(r->state),
                   r->timers_armed);
}

void watch_host_at_rest(struct world *w, struct host *h)
{
    struct bonnet_row row = {.size = sizeof row};
    uint64_t cursor = 0;
    while (bonnet_inspect(h->bn, &cursor, &row) == 1) {
        lie_row(w, h, &row);
        if (row.kind == BONNET_ROW_CONNECTION) check_timers(w, h, &row);
    }
    if (h->looks - h->counted < LOOKS_PER_COUNT) return;
    h->counted = h->looks;
    check_reasons(w, h);
    check_mibs(w, h);
}

bool watch_host_is_empty(struct host *h, char *buf, size_t max)
{
    struct bonnet_totals t = {.size = sizeof t};
    if (bonnet_totals(h->bn, &t) < 0) return false;
    snprintf(buf, max,
             "sockets %u, listeners %u, half open %u, connections %u, orphans %u, time-wait %u, "
             "datagram sockets %u, timers %u, reassemblies %u, replies %u",
             t.sockets, t.listeners, t.half_open, t.connections, t.orphans, t.time_wait,
             t.datagram_sockets, t.timers, t.reassemblies, t.replies);
    return t.sockets + t.listeners + t.half_open + t.connections + t.orphans + t.time_wait +
               t.datagram_sockets + t.timers + t.reassemblies + t.replies ==
           0;
}
