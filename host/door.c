/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door through which other programs look under the bonnet of a running one.
 *
 * Decides: where the door is, who may come in, and that nobody who does can hold up the stack.
 * Leaves to door_client.c how one is served, to door_rows.c and the sources what is said.
 *
 * The place: the UNIX stream socket NAME.sock in $XDG_RUNTIME_DIR/bonnet, or in /run/bonnet where
 * that variable is not set. The directory is made with mode 0700 and must be its owner's alone: who
 * may enter it may ask. The socket of a program that died is replaced, that of a living one is not.
 *
 * The protocol: a request is a line of one word, ended by a newline. The answer is JSON (RFC 8259),
 * one object per line, and ends with an empty line. Requests may follow each other on one
 * connection and are answered in order; when the asker closes its writing side, the answers under
 * way are finished.
 *
 *   sockets   one line for each row of bonnet_inspect(): the fields of struct bonnet_row by their
 * names. kind: "listener" "half_open" "connection" "time_wait" "datagram" "unbound"; state, timer
 *             and why: the texts of bonnet_state_name(), bonnet_timer_name(), bonnet_why_text();
 *             local, remote: {"addr","port","scope"}; congestion: text or null; info: the fields of
 *             struct bonnet_tcp_info, for connections only
 *   counters  {"name","count"} for each counter of mib.def
 *   reasons   {"name","kind","count","text"} for each reason; kind: "send" "note" "drop" "reset"
 *   totals    the fields of struct bonnet_totals, and "now", the stack's instant
 *   version   {"version","now"}
 *   other     {"error"}
 *
 * Instants and durations are nanoseconds of the loop's clock, other units as in inspect.h and
 * socket.h.
 *
 * Instead of an answer, a request may begin a stream: a line {"stream","now"}, and from then on a
 * line whenever something happens, until the asker is gone. Lines that found no room are told as
 * {"lost"}, their number.
 *
 *   events    {"event","at","socket","local","remote"} and, of event "state", "from" and "to"; of
 *             "drop", "reset" and "note", "reason" and its "text"
 *
 *   packets        {"at","interface","link","out","len","reason","kind","text","cause",
 *                  "cause_text","data"} for each frame that passed: link "ethernet" or "ip"; len
 *                  its bytes, data the first of them in base64; reason, kind and text why it was
 *                  sent, dropped or noted, null if there is nothing to say; cause and its text why
 *                  the connection of a reset was ended, or null
 *   packets_whole  the same, with as much of each frame as a line takes
 *
 * Bounds: DOOR_CLIENTS_MAX askers at a time, the next one finds the door closed again; a request of
 * DOOR_REQUEST_MAX bytes; DOOR_ROOM bytes of answer, or DOOR_ROOM_PACKETS of stream,
 * per asker. A stack that goes on while
 * an answer is read may show a socket twice or not at all.
 *
 * The loop only watches for reading. Askers that wait for room to write are watched through an
 * epoll set of the door's own, which is itself readable when any of them is ready: one descriptor
 * in the loop.
 */
#define _GNU_SOURCE
#include "door.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct door_source *const sources[] = {&door_events, &door_packets,
                                                    &door_packets_whole};

#define SOURCES_N (sizeof sources / sizeof sources[0])

struct bonnet_door {
    struct bonnet_loop *loop;
    struct bonnet *bn;
    int listener, epoll;
    struct sockaddr_un at;
    struct door_client clients[DOOR_CLIENTS_MAX];
    void *streams[SOURCES_N]; /* state of each source that is listened to; NULL: nobody does */
};

struct bonnet *door_stack(const struct bonnet_door *door)
{
    return door->bn;
}

struct bonnet_loop *door_loop(const struct bonnet_door *door)
{
    return door->loop;
}

const struct door_source *door_source_find(const char *request, size_t n)
{
    for (size_t i = 0; i < SOURCES_N; i++)
        if (strlen(sources[i]->request) == n && memcmp(sources[i]->request, request, n) == 0)
            return sources[i];
    return NULL;
}

static bool is_wanted(const struct bonnet_door *door, const struct door_source *source)
{
    for (int i = 0; i < DOOR_CLIENTS_MAX; i++)
        if (door->clients[i].source == source) return true;
    return false;
}

/* Sources run while somebody listens. One that cannot be begun is tried again at the next turn. */
static void adjust_sources(struct bonnet_door *door)
{
    for (size_t i = 0; i < SOURCES_N; i++) {
        bool wanted = is_wanted(door, sources[i]);
        if (wanted && !door->streams[i]) door->streams[i] = sources[i]->begin(door);
        if (wanted || !door->streams[i]) continue;
        sources[i]->end(door->streams[i]);
        door->streams[i] = NULL;
    }
}

static bool client_watch(const struct bonnet_door *door, struct door_client *c, int op)
{
    struct epoll_event e = {.events = door_client_wants(c), .data.ptr = c};
    return epoll_ctl(door->epoll, op, c->fd, &e) == 0;
}

bool door_is_heard(struct bonnet_door *door, const struct door_source *source)
{
    bool heard = false;
    for (int i = 0; i < DOOR_CLIENTS_MAX; i++)
        if (door->clients[i].source == source)
            heard = heard || !door_client_is_behind(&door->clients[i]);
    for (int i = 0; i < DOOR_CLIENTS_MAX && !heard; i++)
        if (door->clients[i].source == source) door->clients[i].lost++;
    return heard;
}

void door_tell(struct bonnet_door *door, const struct door_source *source, const struct json *line)
{
    if (line->is_full) return;
    for (int i = 0; i < DOOR_CLIENTS_MAX; i++) {
        struct door_client *c = &door->clients[i];
        if (c->source != source) continue;
        if (door_client_tell(c, line->text, line->used)) client_watch(door, c, EPOLL_CTL_MOD);
    }
}

/* Who has hung up is gone, whatever was still to be said. */
static void client_serve(struct bonnet_door *door, struct door_client *c, uint32_t events)
{
    struct door_view view = {.bn = door->bn, .now = bonnet_loop_now(door->loop)};
    bool stays = !(events & (EPOLLHUP | EPOLLERR)) && door_client_serve(c, &view) &&
                 client_watch(door, c, EPOLL_CTL_MOD);
    if (!stays) door_client_close(c);
}

static struct door_client *free_client(struct bonnet_door *door)
{
    for (int i = 0; i < DOOR_CLIENTS_MAX; i++)
        if (door->clients[i].fd < 0) return &door->clients[i];
    return NULL;
}

static void door_accept(struct bonnet_door *door)
{
    int fd = accept4(door->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    struct door_client *c = free_client(door);
    if (!c) {
        close(fd);
        return;
    }
    if (door_client_open(c, fd) && !client_watch(door, c, EPOLL_CTL_ADD)) door_client_close(c);
}

static void door_serve(void *ctx, int fd)
{
    struct bonnet_door *door = ctx;
    struct epoll_event events[DOOR_CLIENTS_MAX + 1];
    int n = epoll_wait(fd, events, DOOR_CLIENTS_MAX + 1, 0);
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr)
            client_serve(door, events[i].data.ptr, events[i].events);
        else
            door_accept(door);
    }
    adjust_sources(door);
}

/* The directory, made if it is missing. 0; -EACCES: it is not ours alone; -errno. */
static int make_directory(const char *path)
{
    struct stat s;
    if (mkdir(path, 0700) < 0 && errno != EEXIST) return -errno;
    if (lstat(path, &s) < 0) return -errno;
    bool ours = S_ISDIR(s.st_mode) && s.st_uid == geteuid() && (s.st_mode & 077) == 0;
    return ours ? 0 : -EACCES;
}

/* Makes the directory, and the socket's address from its name. */
static int make_address(const char *name, struct sockaddr_un *at)
{
    const char *base = getenv("XDG_RUNTIME_DIR");
    if (!base || base[0] != '/') base = "/run";
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/')) return -EINVAL;
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(at->sun_path, sizeof at->sun_path, "%s/bonnet", base);
    if (n < 0 || (size_t)n >= sizeof at->sun_path) return -ENAMETOOLONG;
    int r = make_directory(at->sun_path);
    if (r < 0) return r;
    size_t room = sizeof at->sun_path - (size_t)n;
    int m = snprintf(at->sun_path + n, room, "/%s.sock", name);
    return m >= 0 && (size_t)m < room ? 0 : -ENAMETOOLONG;
}

/* Is at a socket that nobody listens to any more? */
static bool is_stale(const struct sockaddr_un *at)
{
    struct stat s;
    if (lstat(at->sun_path, &s) < 0 || !S_ISSOCK(s.st_mode)) return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;
    bool refused =
        connect(fd, (const struct sockaddr *)at, sizeof *at) < 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

static int bind_and_listen(int fd, const struct sockaddr_un *at)
{
    int r = bind(fd, (const struct sockaddr *)at, sizeof *at);
    if (r < 0 && errno == EADDRINUSE && is_stale(at)) {
        if (unlink(at->sun_path) < 0) return -errno;
        r = bind(fd, (const struct sockaddr *)at, sizeof *at);
    }
    if (r < 0) return -errno;
    if (listen(fd, DOOR_CLIENTS_MAX) == 0) return 0;
    int error = -errno;
    unlink(at->sun_path);
    return error;
}

static int watch_door(struct bonnet_door *door)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(door->epoll, EPOLL_CTL_ADD, door->listener, &e) < 0) return -errno;
    return bonnet_loop_watch(door->loop, door->epoll, door_serve, door);
}

static int open_door(struct bonnet_door *door)
{
    door->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (door->listener < 0) return -errno;
    door->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (door->epoll < 0) return -errno;
    int r = bind_and_listen(door->listener, &door->at);
    if (r < 0) return r;
    r = watch_door(door);
    if (r < 0) unlink(door->at.sun_path);
    return r;
}

static void door_free(struct bonnet_door *door)
{
    if (door->listener >= 0) close(door->listener);
    if (door->epoll >= 0) close(door->epoll);
    free(door);
}

int bonnet_door_open(struct bonnet_loop *loop, struct bonnet *bn, const char *name,
                     struct bonnet_door **out)
{
    if (!loop || !bn || !name || !out) return -EINVAL;
    struct bonnet_door *door = calloc(1, sizeof *door);
    if (!door) return -ENOMEM;
    *door = (struct bonnet_door){.loop = loop, .bn = bn, .listener = -1, .epoll = -1};
    for (int i = 0; i < DOOR_CLIENTS_MAX; i++)
        door->clients[i].fd = -1;
    int r = make_address(name, &door->at);
    if (r == 0) r = open_door(door);
    if (r < 0) {
        door_free(door);
        return r;
    }
    *out = door;
    return 0;
}

void bonnet_door_close(struct bonnet_door *door)
{
    if (!door) return;
    bonnet_loop_watch(door->loop, door->epoll, NULL, NULL);
    unlink(door->at.sun_path);
    for (int i = 0; i < DOOR_CLIENTS_MAX; i++)
        if (door->clients[i].fd >= 0) door_client_close(&door->clients[i]);
    adjust_sources(door);
    door_free(door);
}
