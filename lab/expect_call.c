/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call shall return, whether it shall block, and for how long.
 *
 * The first thing that is not as expected is told. Nothing said is an expectation too, that the
 * call does not fail; but it ends the story and is not counted (play_program.c).
 */
#include "player.h"

#include <inttypes.h>
#include <string.h>

/* ---- what was said ---- */

static void print_endpoint_said(struct player *p, const struct play_program *of,
                                struct play_words *w, const struct lab_endpoint *e)
{
    bool any_port = !e->port.variable[0] && e->port.number == LAB_PORT_ANY;
    struct bonnet_endpoint endpoint = {.addr = e->addr};
    if (!any_port) endpoint = play_endpoint(p, of, e);
    play_print_endpoint(w, &endpoint);
    if (e->port_to) play_print(w, "..%u", e->port_to);
    if (!any_port) return;
    w->text[--w->n] = 0; /* the port that it has not */
    play_print(w, "*");
}

static void print_result_said(struct player *p, const struct play_program *of, struct play_words *w)
{
    const struct lab_outcome *o = &of->call.step->outcome;
    switch (o->kind) {
    case LAB_UNSAID:
    case LAB_ANY: return;
    case LAB_NUMBER:
        play_print(w, " ");
        play_print_condition(p, of, w, &o->number);
        return;
    case LAB_ERROR: play_print(w, " = %s", play_error_name(o->error)); return;
    case LAB_TEXT:
        play_print(w, " = ");
        play_print_text(w, o->text, o->text_len);
        return;
    case LAB_ENDPOINT:
        play_print(w, of->call.step->call == LAB_ACCEPT ? " from " : " = ");
        print_endpoint_said(p, of, w, &o->endpoint);
        return;
    case LAB_BITS:
        play_print(w, " = ");
        play_print_bits(w, o->bits);
        return;
    }
}

static void print_said(struct player *p, const struct play_program *of, struct play_words *w)
{
    const struct lab_outcome *o = &of->call.step->outcome;
    play_print(w, "%s: %s", of->what->name, of->call.step->source);
    print_result_said(p, of, w);
    if (o->has_sender) {
        play_print(w, " from ");
        print_endpoint_said(p, of, w, &o->sender);
    }
    if (o->blocks) play_print(w, " blocks");
    if (!o->has_after) return;
    play_print(w, " after ");
    play_print_time(w, o->from);
    if (o->until == o->from) return;
    play_print(w, "..");
    play_print_time(w, o->until);
}

/* ---- what came ---- */

static void print_result(const struct play_call *call, int64_t result, struct play_words *w)
{
    const struct lab_step *step = call->step;
    bool gives_endpoint =
        step->call == LAB_GETSOCKNAME || step->call == LAB_GETPEERNAME || step->call == LAB_ACCEPT;
    bool gives_error = step->call == LAB_GETSOCKOPT && step->option == BONNET_SO_ERROR;
    if (result < 0)
        play_print(w, "%s", play_error_name((int)-result));
    else if (gives_error && result > 0)
        play_print(w, "%s", play_error_name((int)result));
    else if (gives_endpoint)
        play_print_endpoint(w, &call->endpoint);
    else if (step->call == LAB_POLL)
        play_print_bits(w, (int)result);
    else if (call->is_text)
        play_print_text(w, call->data, call->data_len);
    else
        play_print(w, "%" PRId64, result);
}

static bool is_text(const struct play_call *call, const struct lab_outcome *o)
{
    return call->data && call->data_len == o->text_len &&
           memcmp(call->data, o->text, o->text_len) == 0;
}

static bool is_result(struct player *p, const struct play_program *of, int64_t result)
{
    const struct play_call *call = &of->call;
    const struct lab_outcome *o = &call->step->outcome;
    bool gives_error = call->step->call == LAB_GETSOCKOPT && call->step->option == BONNET_SO_ERROR;
    switch (o->kind) {
    case LAB_UNSAID:
    case LAB_ANY: return true;
    case LAB_NUMBER: return result >= 0 && play_holds(p, of, &o->number, result);
    case LAB_ERROR: return result == -o->error || (gives_error && result == o->error);
    case LAB_TEXT: return result >= 0 && is_text(call, o);
    case LAB_ENDPOINT: return result >= 0 && play_endpoint_is(p, of, &o->endpoint, &call->endpoint);
    case LAB_BITS: return result == o->bits;
    }
    return false;
}

/* Prints what came instead; nothing if all is as it was said. */
static void find_fault(struct player *p, const struct play_program *of, int64_t result,
                       struct play_words *got)
{
    const struct play_call *call = &of->call;
    const struct lab_outcome *o = &call->step->outcome;
    bool is_real = p->world->ops->stack == LAB_ON_KERNEL;
    bonnet_time blocked = call->is_blocked ? play_now(p) - call->began : 0;
    bool is_timely = blocked >= o->from && blocked <= o->until;
    if (!is_result(p, of, result)) {
        print_result(call, result, got);
    } else if (o->has_sender && !play_endpoint_is(p, of, &o->sender, &call->endpoint)) {
        play_print(got, "it from ");
        play_print_endpoint(got, &call->endpoint);
    } else if (o->blocks && !call->is_blocked) {
        play_print(got, "it at once");
    } else if (o->has_after && !is_real && !is_timely) {
        play_print(got, "it after ");
        play_print_time(got, blocked);
    }
}

/* ---- the two ends of a call ---- */

static bool is_result_said(const struct lab_outcome *o)
{
    return (o->kind != LAB_UNSAID && o->kind != LAB_ANY) || o->has_sender || o->has_after;
}

void expect_call(struct player *p, struct play_program *of, int64_t result)
{
    const struct lab_outcome *o = &of->call.step->outcome;
    struct play_words said = {.n = 0}, got = {.n = 0};
    if (p->is_over || (!is_result_said(o) && !o->blocks)) return;
    print_said(p, of, &said);
    find_fault(p, of, result, &got);
    play_judge(p, of->call.step->line, said.text, got.n ? got.text : NULL, NULL);
}

/* A call that shall block and has not returned has done what it should. */
void expect_call_unreturned(struct player *p, struct play_program *of, const char *why)
{
    const struct lab_outcome *o = &of->call.step->outcome;
    struct play_words said = {.n = 0}, got = {.n = 0};
    if (p->is_over || (!is_result_said(o) && !o->blocks)) return;
    print_said(p, of, &said);
    play_print(&got, "no return: %s", why);
    play_judge(p, of->call.step->line, said.text, is_result_said(o) ? got.text : NULL, NULL);
}
