/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding running instances and asking them: the other side of host/door.c, where the protocol is.
 *
 * A door is looked for where this user's programs put it, and in /run, where root's are.
 */
#define _GNU_SOURCE
#include "ss.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SUFFIX     ".sock"
#define PATIENCE_S 5 /* an instance that says nothing for so long hangs */

int ss_door_directories(char out[2][108])
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
    return strcmp(a, b);
}

size_t ss_door_list(const char *directory, char names[][SS_NAME_MAX], size_t max)
{
    DIR *dir = opendir(directory);
    const struct dirent *d;
    size_t n = 0;
    if (!dir) return 0;
    while (n < max && (d = readdir(dir))) {
        size_t len = strlen(d->d_name);
        size_t suffix = strlen(SUFFIX);
        if (len <= suffix || len - suffix >= SS_NAME_MAX) continue;
        if (strcmp(d->d_name + len - suffix, SUFFIX) != 0) continue;
        memcpy(names[n], d->d_name, len - suffix);
        names[n++][len - suffix] = '\0';
    }
    closedir(dir);
    if (n > 0) qsort(names, n, SS_NAME_MAX, by_name);
    return n;
}

/* A stream to the door, or -errno. */
static int call(const char *directory, const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int len = snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s" SUFFIX, directory, name);
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
static void identify(int fd, struct ss_process *out)
{
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);
    char path[64];
    *out = (struct ss_process){.name = "bonnet"};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)) return;
    out->pid = peer.pid;
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)peer.pid);
    FILE *f = fopen(path, "re");
    if (!f) return;
    if (fgets(out->name, sizeof(out->name), f)) out->name[strcspn(out->name, "\n")] = '\0';
    fclose(f);
}

/* Reads lines up to the empty one. */
static int read_answer(FILE *f, ss_door_fn fn, void *ctx)
{
    char *line = NULL;
    size_t room = 0;
    int error = -EPROTO;
    for (;;) {
        ssize_t len = getline(&line, &room, f);
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

int ss_door_ask(const char *directory, const char *name, struct ss_process *process, ss_door_fn fn,
                void *ctx)
{
    static const char request[] = "sockets\n";
    int fd = call(directory, name);
    if (fd < 0) return fd;
    identify(fd, process);
    if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(request) - 1) {
        close(fd);
        return -EPROTO;
    }
    FILE *f = fdopen(fd, "r");
    if (!f) {
        close(fd);
        return -ENOMEM;
    }
    int error = read_answer(f, fn, ctx);
    fclose(f);
    return error;
}
