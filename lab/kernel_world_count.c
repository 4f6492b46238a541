/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's counters of a host, as nstat(8) names them: from /proc/net/snmp and netstat of its
 * namespace, where a line of names is followed by a line of values.
 */
#define _GNU_SOURCE
#include "kernel_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* name is word, or word without the group it is in: "ListenOverflows" of "TcpExt". */
static bool is_meant(const char *name, const char *group, const char *word)
{
    size_t n = strlen(group);
    return strcmp(name, word) == 0 || (strncmp(name, group, n) == 0 && strcmp(name + n, word) == 0);
}

/* Looks for name in a pair of lines, "TcpExt: A B" and "TcpExt: 1 2". */
static int look_in(char *names, char *values, const char *name, uint64_t *out)
{
    char *at_name, *at_value;
    const char *group = strtok_r(names, ": ", &at_name);
    if (!group || !strtok_r(values, ": ", &at_value)) return -ENOENT;
    for (;;) {
        const char *word = strtok_r(NULL, " ", &at_name);
        const char *value = strtok_r(NULL, " ", &at_value);
        if (!word || !value) return -ENOENT;
        if (!is_meant(name, group, word)) continue;
        *out = (uint64_t)strtoll(value, NULL, 10);
        return 0;
    }
}

static int look_in_text(char *text, const char *name, uint64_t *out)
{
    char *at;
    for (char *names = strtok_r(text, "\n", &at); names; names = strtok_r(NULL, "\n", &at)) {
        char *values = strtok_r(NULL, "\n", &at);
        if (!values) break;
        if (look_in(names, values, name, out) == 0) return 0;
    }
    return -ENOENT;
}

static int look_in_file(int fd, const char *name, uint64_t *out)
{
    char text[16384];
    size_t n = 0;
    if (lseek(fd, 0, SEEK_SET) < 0) return -errno;
    while (n < sizeof text - 1) {
        ssize_t got = read(fd, text + n, sizeof text - 1 - n);
        if (got < 0) return -errno;
        if (got == 0) break;
        n += (size_t)got;
    }
    text[n] = '\0';
    return look_in_text(text, name, out);
}

int kernel_counter(struct world *w, unsigned host, const char *name, uint64_t *out)
{
    const struct kernel_host *h = &((struct kernel_world *)(void *)w)->hosts[host];
    *out = 0;
    if (h->ns < 0) return 0;
    int r = look_in_file(h->mibs[0], name, out);
    return r == -ENOENT ? look_in_file(h->mibs[1], name, out) : r;
}
