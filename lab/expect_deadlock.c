/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `expect deadlock`: will nobody ever move again?
 *
 * That is so when every program that runs is in a call which waits for others and for no time, the
 * wires are silent, and no timer is left whose end could change that. Timers are let run until
 * then; a retransmission may still save everybody, or a connection give up. Who waits in what, and
 * which queues are full, is the finding.
 */
#include "player.h"

/* ---- is it one? ---- */

static bool waits_for_others(const struct play_program *of)
{
    const struct play_call *call = &of->call;
    return call->step && call->is_blocked && call->until == BONNET_NEVER;
}

/* A program that runs and could go on; NULL: there is none. */
static const struct play_program *who_is_not_stuck(const struct player *p, unsigned *alive)
{
    const struct play_program *found = NULL;
    *alive = 0;
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        const struct play_program *of = &p->programs[i];
        if (!of->is_alive) continue;
        ++*alive;
        if (!waits_for_others(of)) found = of;
    }
    return found;
}

static void print_mover(const struct play_program *of, unsigned alive, struct play_words *got)
{
    if (alive == 0)
        play_print(got, "no program running");
    else if (!of->call.step)
        play_print(got, "%s, which is in no call", of->what->name);
    else
        play_print(got, "%s in %s, which ends by itself", of->what->name, of->call.step->source);
}

/* ---- what does it look like? ---- */

static void print_waiting(const struct player *p, unsigned alive, struct play_words *w)
{
    const struct play_program *first = NULL;
    bool all_same = alive > 1;
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        const struct play_program *of = &p->programs[i];
        if (!of->is_alive) continue;
        if (!first) first = of;
        all_same &= of->call.step->call == first->call.step->call;
    }
    if (!first) return;
    if (all_same) {
        play_print(w, "%s wait in %s", alive == 2 ? "both" : "all",
                   lab_call_name(first->call.step->call));
        return;
    }
    const char *between = "";
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        const struct play_program *of = &p->programs[i];
        if (!of->is_alive) continue;
        play_print(w, "%s%s waits in %s", between, of->what->name,
                   lab_call_name(of->call.step->call));
        between = ", ";
    }
}

struct full {
    unsigned sockets, send_n, recv_n; /* of connections: all, with a full SendQ, a full RecvQ */
    struct play_words send, recv;     /* whose they are */
};

static void note_queues(struct player *p, const struct play_program *of, struct play_socket *s,
                        struct full *full)
{
    struct bonnet_row row;
    if (!s->is_open || !play_socket_row(p, s, &row) || row.kind != BONNET_ROW_CONNECTION) return;
    full->sockets++;
    if (row.send_q > 0 && row.send_q >= row.send_q_max) {
        play_print(&full->send, "%s%s %s", full->send_n ? ", " : "", of->what->name, s->name);
        full->send_n++;
    }
    if (row.recv_q > 0 && row.recv_q >= row.recv_q_max) {
        play_print(&full->recv, "%s%s %s", full->recv_n ? ", " : "", of->what->name, s->name);
        full->recv_n++;
    }
}

static void print_full(struct play_words *w, const char *queue, unsigned sockets, unsigned full,
                       const char *whose)
{
    if (full == 0) return;
    if (full == sockets && full > 1)
        play_print(w, ", %s %s full", full == 2 ? "both" : "all", queue);
    else
        play_print(w, ", %s of %s full", queue, whose);
}

static void print_queues(struct player *p, struct play_words *w)
{
    struct full full = {.sockets = 0};
    for (unsigned i = 0; i < p->scenario->programs_n; i++) {
        const struct play_program *of = &p->programs[i];
        for (size_t v = 0; of->is_alive && v < of->variables_n; v++) {
            if (of->variables[v].socket) note_queues(p, of, of->variables[v].socket, &full);
        }
    }
    print_full(w, "RecvQ", full.sockets, full.recv_n, full.recv.text);
    print_full(w, "SendQ", full.sockets, full.send_n, full.send.text);
}

bool expect_deadlock(struct player *p, struct play_words *got, struct play_words *found)
{
    const struct world_ops *ops = p->world->ops;
    bonnet_time until = play_now(p) + play_patience(p);
    for (;;) {
        unsigned alive;
        play_settle(p);
        const struct play_program *mover = who_is_not_stuck(p, &alive);
        if (p->is_over) return false;
        if (mover || alive == 0) {
            print_mover(mover, alive, got);
            return false;
        }
        if (!ops->has_timers(p->world)) {
            play_print(found, "deadlock: ");
            print_waiting(p, alive, found);
            print_queues(p, found);
            return true;
        }
        if (play_now(p) >= until) break;
        play_step(p, until);
    }
    play_print(got, "timers that still run");
    return false;
}
