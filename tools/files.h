/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The served directory: opening what lies in it, and nothing that lies outside.
 *
 * The kernel keeps the walk beneath the directory (openat2(2) with RESOLVE_BENEATH), so that
 * neither
 * ".." nor a symbolic link leads out, whoever renames things meanwhile. Where openat2 is not to be
 * had, the walk takes one segment at a time and follows no symbolic link at all.
 */
#ifndef TOOLS_FILES_H
#define TOOLS_FILES_H

#include "text.h"

#include <sys/stat.h>

/* Opens path, relative to the directory root, for reading and fills in *st. The descriptor, or
 * -errno: -EXDEV or -ELOOP if the path leads out. */
int files_open(int root, const char *path, struct stat *st);

/* Adds the page that lists the directory fd, named title to its readers, to html. Takes fd over.
 * 0 or -errno. */
int files_list(int fd, const char *title, struct text *html);

#endif
