/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs, and the calls they are in: beginning, trying again, returning, ending.
 *
 * A call that has returned gives its result to its variable, is told, and is compared with what was
 * expected of it. If it failed and nothing was said about that, the story ends here; in a loop it
 * is the loop that ends.
 */
#include "player.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool play_is_free(const struct play_program *of)
{
    return !of->call.step && !of->loop;
}

/* ---- beginning ---- */

static bonnet_time until_of(const struct player *p, const struct play_call *call)
{
    const struct lab_step *step = call->step;
    bonnet_time now = play_now(p), patience = 0;
    switch (step->call) {
    case LAB_SLEEP: return now + play_scaled(p, step->duration);
    case LAB_POLL:
        return step->duration == BONNET_NEVER ? BONNET_NEVER : now + play_scaled(p, step->duration);
    case LAB_ACCEPT:
    case LAB_READ:
    case LAB_RECVFROM: patience = call->socket->receive_timeout; break;
    case LAB_CONNECT:
    case LAB_WRITE:
    case LAB_WRITEV:
    case LAB_SENDTO: patience = call->socket->send_timeout; break;
    case LAB_SOCKET:
    case LAB_BIND:
    case LAB_LISTEN:
    case LAB_SHUTDOWN:
    case LAB_CLOSE:
    case LAB_SETSOCKOPT:
    case LAB_GETSOCKOPT:
    case LAB_GETSOCKNAME:
    case LAB_GETPEERNAME:
    case LAB_EXIT:
    case LAB_CALLS: break;
    }
    return patience ? now + patience : BONNET_NEVER;
}

void play_begin(struct player *p, struct play_program *of, const struct lab_step *step)
{
    struct play_call *call = &of->call;
    struct play_socket *s = NULL;
    if (step->socket[0]) {
        s = play_socket_find(p, of, step->socket);
        if (!s) {
            play_stop(p, step->line, "%s has no socket '%s'", of->what->name, step->socket);
            return;
        }
    }
    *call = (struct play_call){.step = step, .socket = s, .began = play_now(p)};
    call->until = until_of(p, call);
    for (unsigned i = 0; i < step->pieces_n; i++) {
        int64_t n = play_amount(p, of, &step->pieces[i].bytes);
        call->pieces[i] = n > 0 ? (uint64_t)n : 0;
    }
    of->is_alive = true;
    play_go_on(p, of);
}

void play_begin_loop(struct player *p, struct play_program *of, const struct lab_line *line)
{
    of->loop_left = line->times ? (int64_t)line->times : -1;
    of->loop = line;
    of->loop_at = 0;
    play_begin(p, of, &line->steps[0]);
}

/* ---- returning ---- */

/* After a call of a loop: the next one, or the end of the loop. */
static void turn(struct play_program *of, const struct lab_step *step, int64_t result)
{
    if (!of->loop) return;
    bool is_end = step->call == LAB_READ && result == 0;
    if (is_end || result < 0) {
        of->loop = NULL;
        return;
    }
    if (++of->loop_at < of->loop->steps_n) return;
    of->loop_at = 0;
    if (of->loop_left > 0 && --of->loop_left == 0) of->loop = NULL;
}

static void tell_return(struct player *p, struct play_program *of, int64_t result)
{
    const struct play_call *call = &of->call;
    struct lab_event event = {.kind = LAB_EVENT_CALL,
                              .host = of->what->host,
                              .line = call->step->line,
                              .subject = play_subject(of, call->socket)};
    event.call.step = call->step;
    event.call.program = of->what->name;
    event.call.result = result;
    event.call.data = call->is_text ? call->data : NULL;
    event.call.data_len = call->data_len;
    event.call.blocked_ns = call->is_blocked ? play_now(p) - call->began : 0;
    event.call.unread = call->unread;
    event.call.lost = call->lost;
    event.call.unsent = call->unsent;
    play_tell(p, &event);
}

static void give_result(struct player *p, struct play_program *of, int64_t result)
{
    const struct play_call *call = &of->call;
    const char *name = call->step->variable;
    bool makes_socket = call->step->call == LAB_SOCKET || call->step->call == LAB_ACCEPT;
    if (!name[0]) return;
    if (!makes_socket)
        play_set_number(p, of, name, result >= 0 ? result : -1);
    else if (result >= 0)
        play_set_socket(p, of, name, call->socket);
}

static void finish(struct player *p, struct play_program *of, int64_t result)
{
    const struct lab_step *step = of->call.step;
    bool was_in_loop = of->loop;
    give_result(p, of, result);
    tell_return(p, of, result);
    expect_call(p, of, result);
    of->call.step = NULL;
    if (step->outcome.kind == LAB_UNSAID && result < 0 && !was_in_loop) {
        play_stop(p, step->line, "%s: %s failed: %s", of->what->name, step->source,
                  play_error_name((int)-result));
    }
    turn(of, step, result);
    if (step->call == LAB_EXIT) of->is_alive = false;
}

/* ---- going on ---- */

/* Programs that do things for ever without any time passing are a mistake of the story. */
static bool is_runaway(struct player *p, const struct play_program *of)
{
    enum { MOVES_MAX = 2000000 };
    bonnet_time now = play_now(p);
    if (p->moves_at != now) {
        p->moves_at = now;
        p->moves = 0;
    }
    if (++p->moves < MOVES_MAX) return false;
    play_stop(p, p->line, "%s goes on for ever and no time passes", of->what->name);
    return true;
}

bool play_go_on(struct player *p, struct play_program *of)
{
    if (p->is_over || is_runaway(p, of)) return false;
    if (!of->call.step) {
        if (!of->loop) return false;
        play_begin(p, of, &of->loop->steps[of->loop_at]);
        return true;
    }
    uint64_t done = of->call.done;
    snprintf(p->by, sizeof p->by, "%s()", lab_call_name(of->call.step->call));
    p->world->ops->cause(p->world, of->what->host, p->by);
    p->caller = of;
    int64_t result = play_try(p, of);
    p->caller = NULL;
    if (p->is_over) return false;
    if (result == PLAY_PENDING) return of->call.done != done;
    finish(p, of, result);
    return true;
}

void play_note_blocked(struct player *p, struct play_program *of)
{
    struct play_call *call = &of->call;
    if (!call->step || call->is_blocked) return;
    call->is_blocked = true;
    struct lab_event event = {.kind = LAB_EVENT_BLOCKED,
                              .host = of->what->host,
                              .line = call->step->line,
                              .subject = play_subject(of, call->socket)};
    event.call.step = call->step;
    event.call.program = of->what->name;
    play_tell(p, &event);
}

/* ---- ending ---- */

void play_end(struct player *p, struct play_program *of, const char *by)
{
    p->world->ops->cause(p->world, of->what->host, by);
    play_close_all(p, of);
    play_vanish(p, of);
}

void play_vanish(struct player *p, struct play_program *of)
{
    if (of->call.step && of->call.step->call != LAB_EXIT) {
        expect_call_unreturned(p, of, "its program has ended");
        of->call.step = NULL;
    }
    of->loop = NULL;
    of->is_alive = false;
    for (struct play_socket *s = of->sockets; s; s = s->next)
        s->is_open = false;
}

void play_program_fini(struct play_program *of)
{
    for (struct play_socket *s = of->sockets, *next; s; s = next) {
        next = s->next;
        free(s->texts);
        free(s);
    }
    free(of->variables);
}
