/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expectations of the story's lines: what is true at this moment?
 *
 * Each kind looks, says whether it holds, and writes down what it saw; the real values are told
 * when it does not. Nothing here changes the world but `expect deadlock`, which lets time pass
 * until no timer is left that could end one.
 */
#include "player.h"

#include <errno.h>
#include <inttypes.h>

/* ---- sockets ---- */

static struct play_socket *socket_of(struct player *p, const struct lab_expect *e)
{
    const struct play_program *of = &p->programs[e->program];
    struct play_socket *s = play_socket_find(p, of, e->socket);
    if (!s) play_stop(p, p->line, "%s has no socket '%s'", of->what->name, e->socket);
    return s;
}

static bool look_at_state(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    struct bonnet_row row;
    struct play_socket *s = socket_of(p, e);
    if (!s) return false;
    enum bonnet_tcp_state state = BONNET_CLOSED;
    if (play_socket_row(p, s, &row)) state = row.state;
    play_print(got, "%s", state == BONNET_CLOSED ? "gone" : bonnet_state_name(state));
    return e->states & 1u << state;
}

static int64_t gauge_of(const struct bonnet_row *row, enum lab_gauge gauge)
{
    switch (gauge) {
    case LAB_SENDQ: return row->send_q;
    case LAB_RECVQ: return row->recv_q;
    case LAB_IN_FLIGHT: return row->in_flight;
    case LAB_UNSENT: return row->unsent;
    case LAB_DELIVERED: return (int64_t)row->delivered;
    case LAB_WRITTEN: return (int64_t)row->written;
    case LAB_BACKLOG: return row->send_q;
    case LAB_SYN_QUEUE: return row->syn_q;
    case LAB_CWND: return row->cwnd;
    case LAB_GAUGES: break;
    }
    return 0;
}

/* What its program has moved is known also when nothing is left of a socket. */
static bool is_of_program(enum lab_gauge gauge)
{
    return gauge == LAB_DELIVERED || gauge == LAB_WRITTEN;
}

static bool look_at_gauge(struct player *p, const struct lab_expect *e, unsigned i,
                          struct play_words *got)
{
    const struct lab_gauge_condition *c = &e->gauges[i];
    struct bonnet_row row;
    struct play_socket *s = socket_of(p, e);
    if (!s) return false;
    bool is_gone = !play_socket_row(p, s, &row) || row.state == BONNET_CLOSED;
    if (s->type == BONNET_SOCK_DGRAM) is_gone = !s->is_open;
    int64_t value = gauge_of(&row, c->gauge);
    if (is_of_program(c->gauge))
        value = (int64_t)(c->gauge == LAB_DELIVERED ? s->delivered : s->written);
    bool is_known = !is_gone || is_of_program(c->gauge);
    play_print(got, "%s%s", i ? ", " : "", lab_gauge_name(c->gauge));
    if (is_known)
        play_print(got, " = %" PRId64, value);
    else
        play_print(got, " of nothing: it is gone");
    return is_known && play_holds(p, &p->programs[e->program], &c->condition, value);
}

static bool look_at_gauges(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    bool held = true;
    for (unsigned i = 0; i < e->gauges_n && !p->is_over; i++)
        held &= look_at_gauge(p, e, i, got);
    return held;
}

/* ---- programs ---- */

static void print_doing(const struct play_program *of, struct play_words *w)
{
    if (!of->is_alive)
        play_print(w, "no such program running");
    else if (!of->call.step)
        play_print(w, "%s is free", of->what->name);
    else
        play_print(w, "%s is in %s", of->what->name, of->call.step->source);
}

static bool look_at_blocked(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    const struct play_program *of = &p->programs[e->program];
    print_doing(of, got);
    if (!of->call.step) return false;
    return e->call == LAB_CALLS || of->call.step->call == e->call;
}

static bool look_at_free(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    print_doing(&p->programs[e->program], got);
    return play_is_free(&p->programs[e->program]);
}

/* ---- the wire ---- */

static void print_segment(const struct player *p, struct play_words *w, const char *between,
                          struct play_segment segment)
{
    char flags[10];
    bool is_known = segment.host < p->scenario->hosts_n;
    play_print(w, "%s%s [%s]", between,
               is_known ? p->scenario->hosts[segment.host].name : "stranger",
               bonnet_packet_flags(segment.flags, flags));
}

static bool look_at_wire(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    bool held = e->any || e->wire_n == p->wire_n;
    for (size_t i = 0; i < p->wire_n; i++) {
        struct play_segment segment = p->wire[i];
        segment.flags &= (uint8_t)~BONNET_PSH;
        print_segment(p, got, i ? ", " : "", segment);
        if (e->any || i >= e->wire_n) continue;
        held &= e->wire[i].host == segment.host;
        held &= (e->wire[i].flags & (uint8_t)~BONNET_PSH) == segment.flags;
    }
    if (p->wire_n == 0) play_print(got, "nothing");
    p->wire_n = 0;
    return held;
}

static bool look_at_segments(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    play_print(got, "%" PRIu64, p->segments);
    return play_holds(p, NULL, &e->condition, (int64_t)p->segments);
}

/* ---- hosts ---- */

static bool look_at_counter(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    uint64_t value = 0;
    int r = p->world->ops->counter(p->world, e->host, e->name, &value);
    if (r < 0) {
        play_stop(p, p->line, "%s has no counter '%s'", p->world->ops->name, e->name);
        return false;
    }
    play_print(got, "%" PRIu64, value);
    return play_holds(p, NULL, &e->condition, (int64_t)value);
}

struct count {
    uint32_t states; /* 0: all */
    int64_t n;
};

/* As ss does: what neither listens nor is connected is not shown, and datagrams have no state. */
static void count_row(void *ctx, const struct bonnet_row *row)
{
    struct count *count = ctx;
    bool is_datagram = row->kind == BONNET_ROW_DATAGRAM;
    if (!is_datagram && row->state == BONNET_CLOSED) return;
    count->n += count->states == 0 || (!is_datagram && count->states & 1u << row->state);
}

static bool look_at_sockets(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    struct count count = {.states = e->states};
    int r = p->world->ops->rows(p->world, e->host, count_row, &count);
    if (r < 0) {
        play_stop(p, p->line, "the sockets of %s: %s", p->scenario->hosts[e->host].name,
                  play_error_name(-r));
        return false;
    }
    play_print(got, "%" PRId64, count.n);
    return play_holds(p, NULL, &e->condition, count.n);
}

static bool look_at_memory(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    int64_t bytes = p->world->ops->memory ? p->world->ops->memory(p->world, e->host) : -ENOTSUP;
    if (bytes < 0) {
        play_stop(p, p->line, "how much memory %s has is not known on %s",
                  p->scenario->hosts[e->host].name, p->world->ops->name);
        return false;
    }
    play_print(got, "%" PRId64, bytes);
    return play_holds(p, NULL, &e->condition, bytes);
}

static bool look_at_clock(struct player *p, const struct lab_expect *e, struct play_words *got)
{
    play_print_time(got, play_now(p));
    return play_holds(p, NULL, &e->condition, (int64_t)(play_now(p) / BONNET_MS));
}

/* ---- all of them ---- */

static bool look(struct player *p, const struct lab_expect *e, struct play_words *got,
                 struct play_words *found)
{
    switch (e->kind) {
    case LAB_EXPECT_STATE: return look_at_state(p, e, got);
    case LAB_EXPECT_GAUGES: return look_at_gauges(p, e, got);
    case LAB_EXPECT_BLOCKED: return look_at_blocked(p, e, got);
    case LAB_EXPECT_FREE: return look_at_free(p, e, got);
    case LAB_EXPECT_WIRE: return look_at_wire(p, e, got);
    case LAB_EXPECT_SEGMENTS: return look_at_segments(p, e, got);
    case LAB_EXPECT_COUNTER: return look_at_counter(p, e, got);
    case LAB_EXPECT_SOCKETS: return look_at_sockets(p, e, got);
    case LAB_EXPECT_MEMORY: return look_at_memory(p, e, got);
    case LAB_EXPECT_DEADLOCK: return expect_deadlock(p, got, found);
    case LAB_EXPECT_CLOCK: return look_at_clock(p, e, got);
    case LAB_EXPECT_GROWS:
    case LAB_EXPECT_LEVELS:
    case LAB_EXPECTS: break;
    }
    return true;
}

void expect_line(struct player *p, const struct lab_line *line)
{
    bool is_real = p->world->ops->stack == LAB_ON_KERNEL;
    struct play_words got = {.n = 0}, found = {.n = 0};
    if (line->expect.kind == LAB_EXPECT_CLOCK && is_real) {
        p->result->skipped++;
        play_tell_text(p, LAB_EVENT_SKIP, LAB_HOSTS_MAX, line->source);
        return;
    }
    bool held = look(p, &line->expect, &got, &found);
    if (p->is_over) return;
    play_judge(p, line->line, play_source(line), held ? NULL : got.text,
               found.n ? found.text : NULL);
}
