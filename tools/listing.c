/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory as a page of HTML: directories first, then by name, with sizes.
 *
 * A directory may hold any number of names made of any bytes but '/' and zero: what is read is
 * bounded, and each name is escaped for where it stands.
 */
#define _GNU_SOURCE
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRIES_MAX 10000      /* names on a page; a longer list is of no use to a reader */
#define PAGE_MAX    (1u << 20) /* bytes after which no name is added */

struct entry {
    char *name;
    bool directory;
    int64_t size; /* bytes; -1: not a regular file */
};

struct entries {
    struct entry *v;
    size_t n, room;
    bool more; /* the directory has more than ENTRIES_MAX */
};

static bool entries_grow(struct entries *e)
{
    if (e->n < e->room) return true;
    size_t room = e->room ? 2 * e->room : 64;
    struct entry *v = realloc(e->v, room * sizeof(*v));
    if (!v) return false;
    e->v = v;
    e->room = room;
    return true;
}

static bool entries_add(struct entries *e, int dir, const char *name)
{
    struct stat st;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW)) return true; /* gone meanwhile */
    if (!entries_grow(e)) return false;
    char *copy = strdup(name);
    if (!copy) return false;
    int64_t size = S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
    e->v[e->n++] = (struct entry){copy, S_ISDIR(st.st_mode), size};
    return true;
}

static void entries_free(struct entries *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->v[i].name);
    free(e->v);
}

static int by_kind_and_name(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->directory != y->directory) return x->directory ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int entries_read(DIR *dir, struct entries *e)
{
    for (;;) {
        errno = 0;
        const struct dirent *d = readdir(dir);
        if (!d) return -errno;
        if (e->n == ENTRIES_MAX) {
            e->more = true;
            return 0;
        }
        if (!entries_add(e, dirfd(dir), d->d_name)) return -ENOMEM;
    }
}

static void add_entry(struct text *html, const struct entry *e)
{
    const char *slash = e->directory ? "/" : "";
    /* "./" in front: a name like "a:b" would be read as a URL of its own scheme. */
    text_add(html, "<tr><td><a href=\"./");
    text_add_url(html, e->name);
    text_addf(html, "%s\">", slash);
    text_add_html(html, e->name);
    text_addf(html, "%s</a></td><td align=\"right\">", slash);
    if (e->size >= 0) text_addf(html, "%lld", (long long)e->size);
    text_add(html, "</td></tr>\n");
}

static void add_page(struct text *html, const char *title, const struct entries *e)
{
    text_add(html, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>");
    text_add_html(html, title);
    text_add(html, "</title></head>\n<body><h1>");
    text_add_html(html, title);
    text_add(html, "</h1>\n<table>\n");
    if (strcmp(title, "/") != 0)
        text_add(html, "<tr><td><a href=\"../\">../</a></td><td></td></tr>\n");
    size_t i = 0;
    for (; i < e->n && html->len < PAGE_MAX; i++)
        add_entry(html, &e->v[i]);
    text_add(html, "</table>\n");
    if (i < e->n || e->more) text_addf(html, "<p>The first %zu names; there are more.</p>\n", i);
    text_add(html, "</body></html>\n");
}

int files_list(int fd, const char *title, struct text *html)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        int error = errno;
        close(fd);
        return -error;
    }
    struct entries e = {0};
    int error = entries_read(dir, &e);
    closedir(dir);
    if (!error && e.n > 0) qsort(e.v, e.n, sizeof(e.v[0]), by_kind_and_name);
    if (!error) add_page(html, title, &e);
    entries_free(&e);
    return error ? error : html->failed ? -ENOMEM : 0;
}
