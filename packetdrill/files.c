/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The script's descriptors.
 *
 * At the end of a script packetdrill closes what is open with the system's close(2), not through
 * its table. So each number is that of a real descriptor, of a device that does nothing, and what
 * has other numbers is none of ours: the system's pipes and files.
 */
#include "world.h"

#include <errno.h>
#include <fcntl.h>

int64_t give(int64_t result)
{
    if (result >= 0) return result;
    errno = (int)-result;
    return -1;
}

int file_new(struct world *w, enum file_kind kind, int handle)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0) return -errno;
    if (fd >= FILES_MAX) {
        close(fd);
        return -EMFILE;
    }
    w->files[fd] = (struct file){.kind = kind, .handle = handle};
    return fd;
}

struct file *file_of(struct world *w, int fd)
{
    if (fd < 0 || fd >= FILES_MAX || w->files[fd].kind == FILE_NONE) return NULL;
    return &w->files[fd];
}

int handle_of(struct world *w, int fd)
{
    struct file *f = file_of(w, fd);
    return f && f->kind == FILE_SOCKET ? f->handle : -1;
}

void file_free(struct world *w, int fd)
{
    poll_forget(w, fd);
    if (w->files[fd].kind == FILE_EPOLL) poll_free(&w->files[fd]);
    w->files[fd] = (struct file){.kind = FILE_NONE};
    close(fd);
}
