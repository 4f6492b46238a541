/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The streams `packets` and `packets_whole` of the door: each frame that passes the loop, as a line
 * of JSON, with the reason the stack gave for it.
 *
 * Decides how much of a frame is told. To print a packet its headers are enough, and a stream of
 * them loses a tenth of what one of whole frames would; who writes captures asks for these. A frame
 * is cut where a line would be too long, as with any capture.
 *
 * The loop may serve several stacks: only frames of the door's own are told.
 */
#include "cause.h"
#include "door.h"
#include "frame.h"
#include <stdlib.h>
#include <string.h>

/* Ethernet, IP and TCP with all their options, and some of what an ICMP error quotes. */
#define HEADERS_MAX 160
/* In base64, with the words around it, below DOOR_LINE_MAX. */
#define FRAME_MAX 5120

struct packets {
    struct bonnet_tap tap;
    struct cause cause;
    struct bonnet_door *door;
    const struct door_source *source;
    uint8_t *copy; /* of a frame that goes out */
    uint32_t copy_room;
};

/* A frame's first bytes. */
struct front {
    const void *data;
    uint32_t len, whole_len;
};

static bool make_room(struct packets *e, uint32_t len)
{
    if (len <= e->copy_room) return true;
    uint8_t *copy = realloc(e->copy, len);
    if (!copy) return false;
    e->copy = copy;
    e->copy_room = len;
    return true;
}

/* The first max bytes of what lies in slices. */
static uint32_t gather_front(const struct bonnet_tx *frame, uint8_t *out, uint32_t max)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < frame->slices_n && n < max; i++) {
        uint32_t len = frame->slices[i].len;
        uint32_t take = len < max - n ? len : max - n;
        memcpy(out + n, frame->slices[i].data, take);
        n += take;
    }
    return n;
}

/* Only a frame that is told whole needs its checksum, and for that all of it. */
static bool front_of_sent(struct packets *e, const struct bonnet_tx *frame, struct front *front)
{
    bool complete = e->source == &door_packets_whole && frame->gso == BONNET_GSO_NONE;
    uint32_t max = e->source == &door_packets_whole ? FRAME_MAX : HEADERS_MAX;
    if (!make_room(e, complete && frame->len > max ? frame->len : max)) return false;
    uint32_t n = frame->len < max ? frame->len : max;
    if (complete)
        frame_gather(frame, e->copy);
    else
        gather_front(frame, e->copy, n);
    *front = (struct front){.data = e->copy, .len = n, .whole_len = frame->len};
    return true;
}

static struct front front_of_arrived(const struct packets *e, const struct bonnet_rx *frame)
{
    uint32_t max = e->source == &door_packets_whole ? FRAME_MAX : HEADERS_MAX;
    return (struct front){
        .data = frame->data, .len = frame->len < max ? frame->len : max, .whole_len = frame->len};
}

static void put_reason(struct json *j, int reason, int cause)
{
    json_text(j, "reason", reason ? bonnet_reason_name(reason) : NULL);
    json_text(j, "kind", reason ? door_reason_kind_name(reason) : NULL);
    json_text(j, "text", reason ? bonnet_reason_text(reason) : NULL);
    json_text(j, "cause", cause ? bonnet_reason_name(cause) : NULL);
    json_text(j, "cause_text", cause ? bonnet_reason_text(cause) : NULL);
}

static void begin_frame(void *ctx)
{
    struct packets *e = ctx;
    cause_begin(&e->cause);
}

static void see(void *ctx, const struct bonnet_passing *p)
{
    struct packets *e = ctx;
    struct front front;
    if (p->bn != door_stack(e->door) || !door_is_heard(e->door, e->source)) return;
    if (p->in)
        front = front_of_arrived(e, p->in);
    else if (!front_of_sent(e, p->out, &front))
        return;
    enum bonnet_if_kind kind = p->driver->kind;
    int reason = p->in ? cause_of_frame(&e->cause, p->verdict) : p->out->reason;
    int cause = cause_of_reset(&e->cause, reason, kind, front.data, front.len);
    char line[DOOR_LINE_MAX];
    struct json j = {.text = line, .max = sizeof line};
    json_object_begin(&j, NULL);
    json_unsigned(&j, "at", p->at);
    json_text(&j, "interface", p->driver->name);
    json_text(&j, "link", kind == BONNET_IF_ETHERNET ? "ethernet" : "ip");
    json_bool(&j, "out", p->out != NULL);
    json_unsigned(&j, "len", front.whole_len);
    put_reason(&j, reason, cause);
    json_base64(&j, "data", front.data, front.len);
    json_object_end(&j);
    json_newline(&j);
    door_tell(e->door, e->source, &j);
}

static void *begin(struct bonnet_door *door, const struct door_source *source)
{
    struct packets *e = malloc(sizeof *e);
    if (!e) return NULL;
    *e = (struct packets){
        .tap = {.see = see, .begin = begin_frame, .ctx = e}, .door = door, .source = source};
    cause_init(&e->cause);
    bonnet_tracer_add(door_stack(door), &e->cause.tracer);
    bonnet_loop_tap_add(door_loop(door), &e->tap);
    return e;
}

static void *begin_headers(struct bonnet_door *door)
{
    return begin(door, &door_packets);
}

static void *begin_whole(struct bonnet_door *door)
{
    return begin(door, &door_packets_whole);
}

static void end(void *state)
{
    struct packets *e = state;
    bonnet_loop_tap_remove(door_loop(e->door), &e->tap);
    bonnet_tracer_remove(door_stack(e->door), &e->cause.tracer);
    free(e->copy);
    free(e);
}

const struct door_source door_packets = {
    .request = "packets", .room = DOOR_ROOM_PACKETS, .begin = begin_headers, .end = end};

const struct door_source door_packets_whole = {
    .request = "packets_whole", .room = DOOR_ROOM_PACKETS, .begin = begin_whole, .end = end};
