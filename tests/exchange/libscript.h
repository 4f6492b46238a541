/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A script, read: what happens when.
 */
#ifndef BONNET_TESTS_EXCHANGE_LIBSCRIPT_H
#define BONNET_TESTS_EXCHANGE_LIBSCRIPT_H

#include "libpacket.h"

#include <bonnet/bonnet.h>

/* An argument: `4`, `[1]`, `{onoff=1, linger=0}` or `[{fd=4, events=POLLIN, revents=0}]`, of which
 * only the numbers count. `...`: none. */
struct arg {
    int64_t v[4];
    unsigned n;
};

#define CALL_ARGS_MAX 6

struct call {
    char name[16];
    struct arg args[CALL_ARGS_MAX];
    unsigned args_n;
    int64_t result;
    int error; /* errno that goes with -1 */
};

/* When an event happens, ns from the start or, when relative, from where the event before left. */
struct when {
    bool is_any; /* `*`: whenever it does */
    bool is_relative;
    bool blocks;          /* `0...0.2`: a call that returns at the later instant */
    bonnet_time from, to; /* the same, unless it is a range or a call that blocks */
};

enum event_kind { EVENT_IN, EVENT_OUT, EVENT_CALL };

struct event {
    unsigned line;
    enum event_kind kind;
    struct when when;
    union {
        struct packet packet;
        struct call call;
    };
};

#define EVENTS_MAX 256

struct script {
    const char *file;
    struct bonnet_config config; /* as the script's sysctl lines want it */
    struct event events[EVENTS_MAX];
    unsigned events_n;
};

#define COMPLAINT_MAX 1024

/* Reads a script. config has the defaults. False with a complaint "file:line: ..." of at most
 * COMPLAINT_MAX bytes. */
bool script_parse(struct script *s, const char *file, const char *text, char *complaint);

/* `socket(..., SOCK_STREAM, IPPROTO_TCP) = 3` */
bool call_parse(struct cursor *c, struct call *out);

/* `sysctl -q net.ipv4.tcp_syncookies=2 net.ipv4.tcp_sack=0` */
bool sysctl_parse(struct cursor *c, struct bonnet_config *config);

#endif
