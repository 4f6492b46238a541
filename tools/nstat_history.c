/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What nstat remembers between two calls: one file for each stack and user.
 *
 * The file is $XDG_RUNTIME_DIR/bonnet-NAME.nstat, or /tmp/.nstat.uUID.bonnet-NAME. Its first line
 * says which process it is about and when that was started: counters of another run are no past of
 * this one. In /tmp others may have been first, so a file that is not this user's own is refused,
 * and links are not followed.
 */
#define _GNU_SOURCE
#include "nstat.h"

#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STARTED_FIELD 22 /* of /proc/PID/stat, see proc(5) */

struct nstat_history {
    FILE *file;
    char path[256];
    char run[128]; /* the first line that this run of the program writes */
    const char *who;
};

static void path_of(const char *name, char *path, size_t max)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime && runtime[0] == '/')
        snprintf(path, max, "%s/bonnet-%s.nstat", runtime, name);
    else
        snprintf(path, max, "/tmp/.nstat.u%u.bonnet-%s", (unsigned)getuid(), name);
}

/* When a process was started, in ticks since the machine was; 0 if that is not to be had. */
static unsigned long long started(pid_t pid)
{
    char path[64];
    char line[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f) return 0;
    const char *at = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
    fclose(f);
    for (int field = 2; at && field < STARTED_FIELD; field++) {
        at = strchr(at, ' ');
        if (at) at++;
    }
    return at ? strtoull(at, NULL, 10) : 0;
}

static int check_owner(int fd)
{
    struct stat s;
    if (fstat(fd, &s)) return -errno;
    if (!S_ISREG(s.st_mode) || s.st_uid != getuid() || s.st_nlink != 1) return -EPERM;
    return flock(fd, LOCK_EX) ? -errno : 0;
}

/* A file of our own, locked; or -errno. */
static int open_own(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return -errno;
    int error = check_owner(fd);
    if (!error) return fd;
    close(fd);
    return error;
}

struct nstat_history *nstat_history_open(const struct glass_instance *stack, const char *who)
{
    struct nstat_history *h = calloc(1, sizeof(*h));
    if (!h) return NULL;
    h->who = who;
    path_of(stack->name, h->path, sizeof(h->path));
    snprintf(h->run, sizeof(h->run), "#%s.%d.%llu\n", stack->name, (int)stack->pid,
             started(stack->pid));
    int fd = open_own(h->path);
    h->file = fd >= 0 ? fdopen(fd, "r+") : NULL;
    if (h->file) return h;
    cmd_complain(who, "%s: %s", h->path, strerror(fd < 0 ? -fd : ENOMEM));
    if (fd >= 0) close(fd);
    free(h);
    return NULL;
}

void nstat_history_read(struct nstat_history *h, struct nstat_list *out)
{
    char line[256];
    out->n = 0;
    if (!fgets(line, sizeof(line), h->file) || strcmp(line, h->run) != 0) return;
    while (out->n < NSTAT_COUNTERS_MAX && fgets(line, sizeof(line), h->file)) {
        struct nstat_counter *c = &out->counters[out->n];
        if (sscanf(line, "%47s %" SCNu64, c->name, &c->value) == 2) out->n++;
    }
}

static bool write_all(struct nstat_history *h, const struct nstat_list *now)
{
    rewind(h->file);
    if (ftruncate(fileno(h->file), 0)) return false;
    fputs(h->run, h->file);
    for (size_t i = 0; i < now->n; i++)
        fprintf(h->file, "%-32s%-16" PRIu64 "\n", now->counters[i].name, now->counters[i].value);
    return fflush(h->file) == 0 && !ferror(h->file);
}

bool nstat_history_close(struct nstat_history *h, const struct nstat_list *now)
{
    bool good = !now || write_all(h, now);
    if (!good) cmd_complain(h->who, "%s: %s", h->path, strerror(errno));
    fclose(h->file);
    free(h);
    return good;
}
