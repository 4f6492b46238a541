/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening files beneath a directory; the contract is in files.h. */
#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* O_NONBLOCK: a FIFO in the directory must not stop the server. */
#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static int open_beneath(int root, const char *path)
{
    struct open_how how = {
        .flags = READ_FLAGS,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long fd;
    do
        fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
    while (fd < 0 && errno == EAGAIN); /* a rename raced with the walk: openat2(2) asks to retry */
    return fd < 0 ? -errno : (int)fd;
}

/* One step from directory dir, which is closed unless it is root. */
static int step(int root, int dir, const char *name, int flags)
{
    int fd = openat(dir, name, flags | O_NOFOLLOW);
    int error = errno;
    if (dir != root) close(dir);
    return fd < 0 ? -error : fd;
}

static int open_stepwise(int root, const char *path)
{
    int dir = root;
    for (;;) {
        char name[NAME_MAX + 1];
        size_t len = strcspn(path, "/");
        bool last = path[len] == '\0' || path[len + 1] == '\0';
        if (len > NAME_MAX || (len == 2 && memcmp(path, "..", 2) == 0)) {
            if (dir != root) close(dir);
            return len > NAME_MAX ? -ENAMETOOLONG : -EXDEV;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        bool directory = path[len] == '/';
        int flags = last ? READ_FLAGS : O_PATH | O_CLOEXEC;
        dir = step(root, dir, name, flags | (directory ? O_DIRECTORY : 0));
        if (dir < 0 || last) return dir;
        path += len + 1;
    }
}

int files_open(int root, const char *path, struct stat *st)
{
    int fd = open_beneath(root, path);
    if (fd == -ENOSYS || fd == -EPERM) fd = open_stepwise(root, path); /* EPERM: seccomp filters */
    if (fd < 0) return fd;
    if (fstat(fd, st) == 0) return fd;
    int error = errno;
    close(fd);
    return -error;
}
