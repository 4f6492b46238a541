/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the door: askers, the streams they may listen to, and who feeds those.
 *
 * A source tells what goes on while it goes on, one line of JSON each. It runs only while somebody
 * listens: begin() makes it when the first asker has come, end() ends it when the last has gone.
 * What it tells is copied into each listener's buffer, or counted as lost where that is full; it
 * is never waited for anybody.
 */
#ifndef BONNET_HOST_DOOR_H
#define BONNET_HOST_DOOR_H

#include "door_rows.h"

/* Askers at a time; bytes of a request, and of what an asker has still to read: of an answer, and
 * of packets, of which hundreds may pass in one turn of the loop. */
#define DOOR_CLIENTS_MAX  16
#define DOOR_REQUEST_MAX  64
#define DOOR_ROOM         65536
#define DOOR_ROOM_PACKETS (1 << 20)

struct door_source {
    const char *request;
    size_t room;                              /* bytes of each listener's buffer */
    void *(*begin)(struct bonnet_door *door); /* NULL: no memory */
    void (*end)(void *state);                 /* of begin() */
};

/* Tells all who listen to source. line ends with a newline and has DOOR_LINE_MAX bytes at most.
 * May be called from within the stack. */
void door_tell(struct bonnet_door *door, const struct door_source *source, const struct json *line);

/* Would anybody hear a line of source now? If not it is counted as lost, and need not be made:
 * under a flood a listener who does not read costs next to nothing. */
bool door_is_heard(struct bonnet_door *door, const struct door_source *source);

struct bonnet *door_stack(const struct bonnet_door *door);
struct bonnet_loop *door_loop(const struct bonnet_door *door);

/* door_events.c: changes of state, and packets that were dropped, reset or noted. */
extern const struct door_source door_events;

/* door_packets.c: packets in and out, their headers or all of them. */
extern const struct door_source door_packets, door_packets_whole;

/* ---- door_client.c: one asker ---- */

struct door_client {
    int fd;         /* -1: free */
    bool has_ended; /* will ask no more */
    char request[DOOR_REQUEST_MAX];
    size_t request_used;
    door_answer_fn answer;            /* under way; NULL: none */
    uint64_t cursor;                  /* of the answer */
    const struct door_source *source; /* listened to from now on; NULL: none */
    uint64_t lost;                    /* lines of source that the asker has not been told of */
    char *out;
    size_t room, sent, used; /* of out, bytes */
};

/* Takes fd over. False: no memory. */
bool door_client_open(struct door_client *c, int fd);
void door_client_close(struct door_client *c);

/* Reads, answers and writes what is possible now. False: it is done, or gone. */
bool door_client_serve(struct door_client *c, const struct door_view *view);

/* One line of what it listens to. True: there was nothing to write before. */
bool door_client_tell(struct door_client *c, const char *line, size_t n);

/* Is it still behind with what it was told before? Then it loses every line. */
bool door_client_is_behind(const struct door_client *c);

/* What it waits for: EPOLLIN, EPOLLOUT. */
uint32_t door_client_wants(const struct door_client *c);

/* The source of a request of n characters, NULL if there is none of this name. In door.c. */
const struct door_source *door_source_find(const char *request, size_t n);

#endif
