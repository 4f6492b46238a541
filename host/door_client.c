/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One asker at the door: its requests, the answer under way, and what it has still to read.
 *
 * An answer is made as fast as it is read and one buffer at a time, so that a slow reader costs
 * nothing but its buffer and a long answer delays the stack by one buffer. A stream does not wait
 * for its reader: lines that find no room are counted, and told as a number once half of the buffer
 * is free, so that who is too slow gets a long run of lines and one loss after the other, not every
 * second line. Text is moved up in the buffer no sooner than that either: not for every line.
 */
#define _GNU_SOURCE
#include "door.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOSS_LINE_MAX 64

bool door_client_open(struct door_client *c, int fd)
{
    char *out = malloc(DOOR_ROOM);
    if (out)
        *c = (struct door_client){.fd = fd, .out = out, .room = DOOR_ROOM};
    else
        close(fd);
    return out != NULL;
}

void door_client_close(struct door_client *c)
{
    close(c->fd);
    free(c->out);
    *c = (struct door_client){.fd = -1};
}

/* Takes what the asker says. False: it is gone. */
static bool read_requests(struct door_client *c)
{
    size_t room = sizeof c->request - c->request_used;
    if (c->has_ended || room == 0) return true;
    ssize_t n = recv(c->fd, c->request + c->request_used, room, MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) c->has_ended = true;
    c->request_used += (size_t)n;
    return true;
}

static size_t room_of(const struct door_client *c)
{
    return c->room - c->used;
}

static void move_up(struct door_client *c)
{
    memmove(c->out, c->out + c->sent, c->used - c->sent);
    c->used -= c->sent;
    c->sent = 0;
}

/* The rest of the buffer as a line to be written; it counts once it is complete. */
static struct json line_of(const struct door_client *c)
{
    return (struct json){.text = c->out + c->used, .max = room_of(c)};
}

static void complete(struct door_client *c, struct json *line)
{
    json_newline(line);
    if (!line->is_full) c->used += line->used;
}

/* More room for a stream of more; without memory for it more is lost. */
static void widen(struct door_client *c, size_t room)
{
    char *out = room > c->room ? realloc(c->out, room) : NULL;
    if (!out) return;
    c->out = out;
    c->room = room;
}

static void begin_stream(struct door_client *c, bonnet_time now)
{
    widen(c, c->source->room);
    struct json j = line_of(c);
    json_object_begin(&j, NULL);
    json_text(&j, "stream", c->source->request);
    json_unsigned(&j, "now", now);
    json_object_end(&j);
    complete(c, &j);
}

/* Begins to answer the first line. What is too long for one, or was not ended before the asker
 * closed, counts as one. False: there is none yet. */
static bool begin_answer(struct door_client *c, bonnet_time now)
{
    const char *end = memchr(c->request, '\n', c->request_used);
    size_t n = end ? (size_t)(end - c->request) : c->request_used;
    if (!end && (n == 0 || (n < sizeof c->request && !c->has_ended))) return false;
    if (!end) c->has_ended = true;
    size_t line = end ? n + 1 : n;
    if (n > 0 && c->request[n - 1] == '\r') n--;
    c->source = door_source_find(c->request, n);
    if (c->source)
        begin_stream(c, now);
    else
        c->answer = door_answer_find(c->request, n);
    c->cursor = 0;
    c->request_used -= line;
    memmove(c->request, c->request + line, c->request_used);
    return true;
}

/* Makes lines of answers while there is room for one more. */
static void fill(struct door_client *c, const struct door_view *view)
{
    move_up(c);
    while (!c->source && room_of(c) >= DOOR_LINE_MAX && (c->answer || begin_answer(c, view->now))) {
        if (!c->answer) return;
        struct json j = line_of(c);
        if (!c->answer(view, &c->cursor, &j)) c->answer = NULL;
        complete(c, &j);
    }
}

/* Tells how much was lost, once there is room for what comes next. */
static void tell_loss(struct door_client *c)
{
    if (c->lost == 0 || room_of(c) < c->room / 2) return;
    struct json j = line_of(c);
    json_object_begin(&j, NULL);
    json_unsigned(&j, "lost", c->lost);
    json_object_end(&j);
    complete(c, &j);
    c->lost = 0;
}

bool door_client_is_behind(const struct door_client *c)
{
    return c->lost > 0 && c->used - c->sent > c->room / 2;
}

bool door_client_tell(struct door_client *c, const char *line, size_t n)
{
    bool was_empty = c->sent == c->used;
    if (room_of(c) < n + LOSS_LINE_MAX && c->sent >= c->room / 2) move_up(c);
    tell_loss(c);
    if (c->lost > 0 || room_of(c) < n) {
        c->lost++;
        return false;
    }
    memcpy(c->out + c->used, line, n);
    c->used += n;
    return was_empty;
}

/* False: the asker is gone. */
static bool write_out(struct door_client *c)
{
    if (c->sent == c->used) return true;
    ssize_t n = send(c->fd, c->out + c->sent, c->used - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    c->sent += (size_t)n;
    return true;
}

/* A stream has no end of its own. */
static bool is_done(const struct door_client *c)
{
    return c->has_ended && !c->source && !c->answer && c->sent == c->used && c->request_used == 0;
}

bool door_client_serve(struct door_client *c, const struct door_view *view)
{
    bool stays = read_requests(c);
    fill(c, view);
    tell_loss(c);
    return stays && write_out(c) && !is_done(c);
}

uint32_t door_client_wants(const struct door_client *c)
{
    uint32_t wants = 0;
    if (!c->has_ended && c->request_used < sizeof c->request) wants |= EPOLLIN;
    if (c->answer || c->lost > 0 || c->sent < c->used) wants |= EPOLLOUT;
    return wants;
}
