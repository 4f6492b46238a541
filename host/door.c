/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door through which other programs look under the bonnet of a running one.
 *
 * Decides: where the door is, who may come in, and that nobody who does can hold up the stack.
 * Leaves to door_rows.c what is said.
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
 * Bounds: CLIENTS_MAX askers at a time, the next one finds the door closed again; a request of
 * REQUEST_MAX bytes; ANSWER_ROOM bytes of answer per asker. An answer is made as fast as it is read
 * and one buffer at a time, so that a slow reader costs nothing but its buffer and a long answer
 * delays the stack by one buffer. A stack that goes on meanwhile may show a socket twice or not at
 * all.
 *
 * The loop only watches for reading. Askers that wait for room to write are watched through an
 * epoll set of the door's own, which is itself readable when any of them is ready: one descriptor
 * in the loop.
 */
#define _GNU_SOURCE
#include "door_rows.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS_MAX 16
#define REQUEST_MAX 64
#define ANSWER_ROOM 65536

struct client {
    int fd;         /* -1: free */
    bool has_ended; /* will ask no more */
    char request[REQUEST_MAX];
    size_t request_used;
    door_answer_fn answer; /* under way; NULL: none */
    uint64_t cursor;       /* of the answer */
    char *out;             /* ANSWER_ROOM bytes */
    size_t sent, used;     /* of out */
};

struct bonnet_door {
    struct bonnet_loop *loop;
    struct bonnet *bn;
    int listener, epoll;
    struct sockaddr_un at;
    struct client clients[CLIENTS_MAX];
};

static void client_close(struct client *c)
{
    close(c->fd);
    free(c->out);
    *c = (struct client){.fd = -1};
}

/* Takes what the asker says. False: it is gone. */
static bool client_read(struct client *c)
{
    size_t room = sizeof c->request - c->request_used;
    if (c->has_ended || room == 0) return true;
    ssize_t n = recv(c->fd, c->request + c->request_used, room, MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) c->has_ended = true;
    c->request_used += (size_t)n;
    return true;
}

/* Begins to answer the first line. What is too long for one, or was not ended before the asker
 * closed, counts as one. False: there is none yet. */
static bool client_begin(struct client *c)
{
    const char *end = memchr(c->request, '\n', c->request_used);
    size_t n = end ? (size_t)(end - c->request) : c->request_used;
    if (!end && (n == 0 || (n < sizeof c->request && !c->has_ended))) return false;
    if (!end) c->has_ended = true;
    size_t line = end ? n + 1 : n;
    if (n > 0 && c->request[n - 1] == '\r') n--;
    c->answer = door_answer_find(c->request, n);
    c->cursor = 0;
    c->request_used -= line;
    memmove(c->request, c->request + line, c->request_used);
    return true;
}

/* Makes lines of answers while there is room for one more. */
static void client_fill(struct client *c, const struct door_view *view)
{
    memmove(c->out, c->out + c->sent, c->used - c->sent);
    c->used -= c->sent;
    c->sent = 0;
    while (ANSWER_ROOM - c->used >= DOOR_LINE_MAX && (c->answer || client_begin(c))) {
        struct json j = {.text = c->out + c->used, .max = DOOR_LINE_MAX};
        if (!c->answer(view, &c->cursor, &j)) c->answer = NULL;
        json_newline(&j);
        if (!j.is_full) c->used += j.used;
    }
}

/* False: the asker is gone. */
static bool client_write(struct client *c)
{
    if (c->sent == c->used) return true;
    ssize_t n = send(c->fd, c->out + c->sent, c->used - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    c->sent += (size_t)n;
    return true;
}

static bool client_is_done(const struct client *c)
{
    return c->has_ended && !c->answer && c->sent == c->used && c->request_used == 0;
}

static bool client_watch(const struct bonnet_door *door, struct client *c, int op)
{
    struct epoll_event e = {.data.ptr = c};
    if (!c->has_ended && c->request_used < sizeof c->request) e.events |= EPOLLIN;
    if (c->answer || c->sent < c->used) e.events |= EPOLLOUT;
    return epoll_ctl(door->epoll, op, c->fd, &e) == 0;
}

static void client_serve(struct bonnet_door *door, struct client *c)
{
    struct door_view view = {.bn = door->bn, .now = bonnet_loop_now(door->loop)};
    bool stays = client_read(c);
    client_fill(c, &view);
    stays = stays && client_write(c) && !client_is_done(c) && client_watch(door, c, EPOLL_CTL_MOD);
    if (!stays) client_close(c);
}

static struct client *free_client(struct bonnet_door *door)
{
    for (int i = 0; i < CLIENTS_MAX; i++)
        if (door->clients[i].fd < 0) return &door->clients[i];
    return NULL;
}

static void door_accept(struct bonnet_door *door)
{
    int fd = accept4(door->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    struct client *c = free_client(door);
    char *out = c ? malloc(ANSWER_ROOM) : NULL;
    if (!out) {
        close(fd);
        return;
    }
    *c = (struct client){.fd = fd, .out = out};
    if (!client_watch(door, c, EPOLL_CTL_ADD)) client_close(c);
}

static void door_serve(void *ctx, int fd)
{
    struct bonnet_door *door = ctx;
    struct epoll_event events[CLIENTS_MAX + 1];
    int n = epoll_wait(fd, events, CLIENTS_MAX + 1, 0);
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr)
            client_serve(door, events[i].data.ptr);
        else
            door_accept(door);
    }
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
    if (listen(fd, CLIENTS_MAX) == 0) return 0;
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
    for (int i = 0; i < CLIENTS_MAX; i++)
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
    for (int i = 0; i < CLIENTS_MAX; i++)
        if (door->clients[i].fd >= 0) client_close(&door->clients[i]);
    door_free(door);
}
