/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stream `events` of the door: what the trace of the stack tells, as lines of JSON.
 *
 * Decides which of it is news: changes of state, and the reasons for which packets were dropped,
 * connections reset, or something in a packet not taken. Why packets are sent is not among them:
 * there is one for each.
 */
#include "door.h"
#include <stdlib.h>

struct events {
    struct bonnet_tracer tracer;
    struct bonnet_door *door;
};

static void put_state(struct json *j, const struct bonnet_trace *t)
{
    json_text(j, "event", "state");
    json_text(j, "from", bonnet_state_name(t->from));
    json_text(j, "to", bonnet_state_name(t->to));
}

static void put_reason(struct json *j, const struct bonnet_trace *t)
{
    json_text(j, "event", door_reason_kind_name(t->reason));
    json_text(j, "reason", bonnet_reason_name(t->reason));
    json_text(j, "text", bonnet_reason_text(t->reason));
}

static void hear(void *ctx, const struct bonnet_trace *t)
{
    const struct events *e = ctx;
    char line[DOOR_LINE_MAX];
    struct json j = {.text = line, .max = sizeof line};
    bool is_state = t->kind == BONNET_TRACE_STATE;
    if (!is_state && bonnet_reason_kind(t->reason) == BONNET_KIND_SEND) return;
    if (!door_is_heard(e->door, &door_events)) return;
    json_object_begin(&j, NULL);
    if (is_state)
        put_state(&j, t);
    else
        put_reason(&j, t);
    json_unsigned(&j, "at", t->at);
    json_signed(&j, "socket", t->socket);
    door_put_endpoint(&j, "local", &t->local);
    door_put_endpoint(&j, "remote", &t->remote);
    json_object_end(&j);
    json_newline(&j);
    door_tell(e->door, &door_events, &j);
}

static void *begin(struct bonnet_door *door)
{
    struct events *e = malloc(sizeof *e);
    if (!e) return NULL;
    *e = (struct events){.tracer = {.trace = hear, .ctx = e}, .door = door};
    bonnet_tracer_add(door_stack(door), &e->tracer);
    return e;
}

static void end(void *state)
{
    struct events *e = state;
    bonnet_tracer_remove(door_stack(e->door), &e->tracer);
    free(e);
}

const struct door_source door_events = {
    .request = "events", .room = DOOR_ROOM, .begin = begin, .end = end};
