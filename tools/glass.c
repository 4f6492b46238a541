/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other side of the door: finding, asking, listening. The contract is in glass.h.
 *
 * A question waits for its answer; streams are read as they come, from all stacks in turn, so that
 * a busy one does not silence the others.
 */
#define _GNU_SOURCE
#include "glass.h"

#include "cmd.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SUFFIX          ".sock"
#define PATIENCE_S      5      /* an instance that says nothing for so long hangs */
#define REQUEST_MAX     64     /* bytes, newline included */
#define STREAM_LINE_MAX 262144 /* of a stream, bytes: what is longer is no line of ours */

/* ---- where ---- */

static int directories(char out[2][108])
{
    int n = 0;
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime && runtime[0] == '/' && strlen(runtime) < 96)
        snprintf(out[n++], 108, "%.95s/bonnet", runtime);
    if (n == 0 || strcmp(out[0], "/run/bonnet") != 0) snprintf(out[n++], 108, "/run/bonnet");
    return n;
}

static int by_name(const void *a, const void *b)
{
    const struct glass_instance *x = a;
    const struct glass_instance *y = b;
    return strcmp(x->name, y->name);
}

/* The name of a door, from that of its socket. false: it is none. */
static bool name_of(const char *file, char name[GLASS_NAME_MAX])
{
    size_t len = strlen(file);
    size_t suffix = strlen(SUFFIX);
    if (len <= suffix || len - suffix >= GLASS_NAME_MAX) return false;
    if (strcmp(file + len - suffix, SUFFIX) != 0) return false;
    memcpy(name, file, len - suffix);
    name[len - suffix] = '\0';
    return true;
}

static size_t find_in(const char *directory, const char *wanted, struct glass_instance *out,
                      size_t max)
{
    DIR *dir = opendir(directory);
    const struct dirent *d;
    char name[GLASS_NAME_MAX];
    size_t n = 0;
    if (!dir) return 0;
    while (n < max && (d = readdir(dir))) {
        if (!name_of(d->d_name, name) || (wanted && strcmp(wanted, name) != 0)) continue;
        out[n] = (struct glass_instance){.program = "bonnet"};
        snprintf(out[n].directory, sizeof(out[n].directory), "%.107s", directory);
        memcpy(out[n++].name, name, sizeof(name));
    }
    closedir(dir);
    if (n > 0) qsort(out, n, sizeof(*out), by_name);
    return n;
}

size_t glass_find(const char *name, struct glass_instance *out, size_t max)
{
    char where[2][108];
    int where_n = directories(where);
    size_t n = 0;
    for (int i = 0; i < where_n; i++)
        n += find_in(where[i], name, out + n, max - n);
    return n;
}

void glass_complain_of_none(const char *name, const char *who)
{
    char where[2][108];
    directories(where);
    if (name)
        cmd_complain(who, "no bonnet named '%s' is running", name);
    else if (access(where[0], X_OK) && errno == EACCES)
        cmd_complain(who, "%s: %s", where[0], strerror(EACCES));
    else
        cmd_complain(who, "no bonnet is running (looked in %s)", where[0]);
}

bool glass_is_nobody(int error)
{
    return error == -ECONNREFUSED || error == -ENOENT;
}

/* ---- asking ---- */

/* A stream to the door, or -errno. */
static int call(const struct glass_instance *of)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int len = snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s" SUFFIX, of->directory, of->name);
    if (len < 0 || (size_t)len >= sizeof(at.sun_path)) return -ENAMETOOLONG;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0) return fd;
    int error = errno;
    close(fd);
    return -error;
}

/* Who is behind the door. */
static void identify(int fd, struct glass_instance *of)
{
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);
    char path[64];
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)) return;
    of->pid = peer.pid;
    of->uid = peer.uid;
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)peer.pid);
    FILE *f = fopen(path, "re");
    if (!f) return;
    if (fgets(of->program, sizeof(of->program), f)) of->program[strcspn(of->program, "\n")] = '\0';
    fclose(f);
}

/* A descriptor on which the answer will come, or -errno. */
static int request_of(struct glass_instance *of, const char *request)
{
    char line[REQUEST_MAX];
    int len = snprintf(line, sizeof(line), "%s\n", request);
    if (len < 0 || (size_t)len >= sizeof(line)) return -EINVAL;
    int fd = call(of);
    if (fd < 0) return fd;
    identify(fd, of);
    if (send(fd, line, (size_t)len, MSG_NOSIGNAL) == len) return fd;
    close(fd);
    return -EPROTO;
}

/* Reads lines up to the empty one. */
static int read_answer(FILE *f, glass_line_fn fn, void *ctx)
{
    char *line = NULL;
    size_t room = 0;
    int error = -EPROTO;
    for (;;) {
        ssize_t len = getline(&line, &room, f);
        if (len <= 0 && ferror(f) && errno == EAGAIN) error = -ETIMEDOUT;
        if (len <= 0) break;
        if (len == 1) {
            error = 0;
            break;
        }
        if (!fn(ctx, line, (size_t)len - 1)) break;
    }
    free(line);
    return error;
}

int glass_ask(struct glass_instance *of, const char *request, glass_line_fn fn, void *ctx)
{
    int fd = request_of(of, request);
    if (fd < 0) return fd;
    FILE *f = fdopen(fd, "r");
    if (!f) {
        close(fd);
        return -ENOMEM;
    }
    int error = read_answer(f, fn, ctx);
    fclose(f);
    return error;
}

/* ---- listening ---- */

static volatile sig_atomic_t is_stopped;

void glass_stop(void)
{
    is_stopped = 1;
}

struct stream {
    int fd; /* -1: gone */
    char *text;
    size_t used, room;
};

static void stream_close(struct stream *s)
{
    if (s->fd >= 0) close(s->fd);
    free(s->text);
    *s = (struct stream){.fd = -1};
}

static bool stream_read(struct stream *s)
{
    if (s->used == s->room) {
        size_t room = s->room ? 2 * s->room : 65536;
        char *text = room <= STREAM_LINE_MAX ? realloc(s->text, room) : NULL;
        if (!text) return false;
        s->text = text;
        s->room = room;
    }
    ssize_t n = recv(s->fd, s->text + s->used, s->room - s->used, 0);
    if (n > 0) s->used += (size_t)n;
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Tells the whole lines. false: enough. */
static bool stream_tell(struct stream *s, size_t which, glass_stream_fn fn, void *ctx)
{
    const char *at = s->text;
    const char *end;
    bool more = true;
    while (more && (end = memchr(at, '\n', s->used - (size_t)(at - s->text)))) {
        more = fn(ctx, which, at, (size_t)(end - at));
        at = end + 1;
    }
    s->used -= (size_t)(at - s->text);
    memmove(s->text, at, s->used);
    return more;
}

/* Signals that end it arrive while it waits, and at no other time: none is slept over. */
static int wait_for_any(struct pollfd *fds, size_t n)
{
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, &before);
    int r = is_stopped ? 0 : ppoll(fds, n, NULL, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return r;
}

/* Waits once. false: enough, or nobody is left. */
static bool listen_once(struct stream *streams, size_t n, glass_stream_fn fn, void *ctx)
{
    struct pollfd fds[GLASS_INSTANCES_MAX];
    size_t open = 0;
    for (size_t i = 0; i < n; i++) {
        fds[i] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
        open += streams[i].fd >= 0;
    }
    if (open == 0) return false;
    int r = wait_for_any(fds, n);
    if (is_stopped) return false;
    if (r < 0) return errno == EINTR;
    for (size_t i = 0; i < n; i++) {
        if (streams[i].fd < 0 || !fds[i].revents) continue;
        if (!stream_read(&streams[i]))
            stream_close(&streams[i]);
        else if (!stream_tell(&streams[i], i, fn, ctx))
            return false;
    }
    return true;
}

size_t glass_listen(struct glass_instance *stacks, size_t n, const char *request,
                    glass_stream_fn fn, void *ctx)
{
    struct stream streams[GLASS_INSTANCES_MAX];
    size_t open = 0;
    for (size_t i = 0; i < n; i++) {
        streams[i] = (struct stream){.fd = request_of(&stacks[i], request)};
        open += streams[i].fd >= 0;
    }
    while (listen_once(streams, n, fn, ctx)) {
    }
    for (size_t i = 0; i < n; i++)
        stream_close(&streams[i]);
    return open;
}
