/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The looking glass: how ss, netstat, nstat, explain and dump find running stacks and ask them
 * through their doors. The protocol is described in host/door.c.
 */
#ifndef TOOLS_GLASS_H
#define TOOLS_GLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GLASS_NAME_MAX      65
#define GLASS_INSTANCES_MAX 256

/* One stack, and the program that it is in. */
struct glass_instance {
    char directory[108];
    char name[GLASS_NAME_MAX];
    char program[32]; /* these three are known once it has been asked */
    pid_t pid;
    uid_t uid;
};

/* The stacks called name, or all if it is NULL: in $XDG_RUNTIME_DIR/bonnet, where this user's
 * programs have their doors, then in /run/bonnet, where root's are; sorted by name. Returns their
 * number, at most max. There may be nobody behind a door. */
size_t glass_find(const char *name, struct glass_instance *out, size_t max);

/* Says why glass_find() found nothing, or nobody behind any door. */
void glass_complain_of_none(const char *name, const char *who);

/* Is error that of a door with nobody behind it, which a program that was killed leaves? */
bool glass_is_nobody(int error);

/* One line of an answer, without its newline. false: enough, or not to be understood. */
typedef bool (*glass_line_fn)(void *ctx, const char *line, size_t len);

/* Asks a stack, and calls fn for each line of the answer. 0, or -errno: glass_is_nobody(),
 * -ETIMEDOUT: it says nothing for 5 s, -EPROTO: the answer ends early, or fn said so. */
int glass_ask(struct glass_instance *of, const char *request, glass_line_fn fn, void *ctx);

/* One line of a stream, of stacks[which]. false: enough. */
typedef bool (*glass_stream_fn)(void *ctx, size_t which, const char *line, size_t len);

/* Asks all stacks for a stream, and calls fn for each line of any, until it says enough or all
 * stacks are gone. Returns how many were listened to. */
size_t glass_listen(struct glass_instance *stacks, size_t n, const char *request,
                    glass_stream_fn fn, void *ctx);

/* Ends glass_listen(), once and for all: for handlers of SIGINT and SIGTERM. */
void glass_stop(void);

/* ---- members of a line, which is a JSON object ---- */

struct json_object;

/* Reads a line. NULL: it is not an object. The result is given back with json_object_put(). */
struct json_object *glass_parse(const char *line, size_t len);

/* The member key as text ("" if there is none) or as a number (0). */
const char *glass_text(struct json_object *object, const char *key);
uint64_t glass_number(struct json_object *object, const char *key);

#endif
