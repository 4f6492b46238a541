/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row per option: for which kinds of sockets, how its value looks and between which bounds it
 * lies, how it is read and written. What concerns all is checked by opts.c before a row's function
 * is called.
 */
#ifndef SOCK_OPTS_H
#define SOCK_OPTS_H

#include "sock/calls.h"

/* Whose option. */
struct target {
    struct bonnet *bn;
    struct sock *sock;
    struct tcp_settings *set; /* of a stream or listener; NULL: a datagram socket */
};

enum shape { SHAPE_INT, SHAPE_BOOL, SHAPE_LINGER, SHAPE_TIME, SHAPE_TEXT, SHAPE_INFO };

#define OPTION_TEXT_MAX 16

union value {
    int32_t number; /* SHAPE_INT, and 0 or 1 for SHAPE_BOOL */
    uint64_t ns;    /* SHAPE_TIME */
    struct bonnet_linger linger;
    char text[OPTION_TEXT_MAX]; /* ends with a zero */
    struct bonnet_tcp_info info;
};

enum option_kinds {
    FOR_STREAMS = 1 << SOCK_STREAM_KIND,
    FOR_LISTENERS = 1 << SOCK_LISTENER_KIND,
    FOR_DGRAMS = 1 << SOCK_DGRAM_KIND,
    FOR_TCP = FOR_STREAMS | FOR_LISTENERS,
    FOR_ALL = FOR_TCP | FOR_DGRAMS,
};

/* Both return 0 or -errno. */
typedef int option_get(const struct target *t, union value *v);
typedef int option_set(const struct target *t, const union value *v);

struct option {
    int option;    /* enum bonnet_option */
    uint8_t kinds; /* enum option_kinds */
    uint8_t shape; /* enum shape */
    option_get *get;
    option_set *set;  /* NULL: to be read only */
    int32_t min, max; /* SHAPE_INT */
};

/* The tables, each ended by a row without get. */
extern const struct option opts_socket[];
extern const struct option opts_tcp[];
extern const struct option opts_ip[];

/* A setting of a connection was changed: it takes effect now. */
void option_apply(const struct target *t);
/* A setting that the room for sending depends on was changed: who waits for room looks again. */
void option_wake(const struct target *t);

#endif
