/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setsockopt(2) and getsockopt(2) of the blocking face: sysopt.c knows the options, but for
 * SO_BINDTODEVICE, which names the face's one device.
 */
#define _GNU_SOURCE
#include "bsd.h"

#include <errno.h>
#include <string.h>

static bool is_device(const struct bonnet_sys_option *o)
{
    return o->level == SOL_SOCKET && o->name == SO_BINDTODEVICE;
}

/* There is one device; no name takes the binding away. */
static int set_device(struct bonnet_bsd *b, int s, const void *v, socklen_t n)
{
    char name[BONNET_IF_NAME_MAX] = {0};
    if (!v && n) return -EFAULT;
    if (n) memcpy(name, v, n < sizeof name ? n : sizeof name - 1);
    if (name[0] && strcmp(name, b->name) != 0) return -ENODEV;
    int ifx = name[0] ? b->ifx : 0;
    return bonnet_setsockopt(b->bn, s, BONNET_SO_BINDTODEVICE, &ifx, sizeof ifx);
}

int bonnet_bsd_setsockopt(struct bonnet_bsd *b, int s, int level, int name, const void *v,
                          socklen_t n)
{
    struct bonnet_sys_option o = {level, name};
    int err = is_device(&o) ? set_device(b, s, v, n) : bonnet_sys_setsockopt(b->bn, s, &o, v, n);
    bsd_push(b); /* uncorking, or a wider window */
    return (int)bsd_result(err);
}

static int get_device(struct bonnet_bsd *b, int s, void *v, socklen_t *n)
{
    int ifx = 0;
    size_t len = sizeof ifx;
    if (!v || !n) return -EFAULT;
    int err = bonnet_getsockopt(b->bn, s, BONNET_SO_BINDTODEVICE, &ifx, &len);
    if (err < 0) return err;
    socklen_t whole = ifx ? (socklen_t)strnlen(b->name, sizeof b->name - 1) + 1 : 0;
    if (*n > whole) *n = whole;
    memcpy(v, b->name, *n);
    return 0;
}

int bonnet_bsd_getsockopt(struct bonnet_bsd *b, int s, int level, int name, void *v, socklen_t *n)
{
    struct bonnet_sys_option o = {level, name};
    int err = is_device(&o) ? get_device(b, s, v, n) : bonnet_sys_getsockopt(b->bn, s, &o, v, n);
    return (int)bsd_result(err);
}
