/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of the door: snapshots as lines of JSON.
 */
#ifndef BONNET_HOST_DOOR_ROWS_H
#define BONNET_HOST_DOOR_ROWS_H

#include "json.h"

/* Room that one line needs at most, bytes. */
#define DOOR_LINE_MAX 8192

/* What can be seen through the door. */
struct door_view {
    const struct bonnet *bn;
    bonnet_time now;
};

/* Writes the next line of an answer, beginning with *cursor 0. 1: written; 0: there is no more. */
typedef int (*door_answer_fn)(const struct door_view *view, uint64_t *cursor, struct json *j);

/* An endpoint as the member key of the present object. */
void door_put_endpoint(struct json *j, const char *key, const struct bonnet_endpoint *e);

/* "send", "note", "drop", "reset". */
const char *door_reason_kind_name(int reason);

/* The answer to a request of n characters; to one that is not known, the one that says so. */
door_answer_fn door_answer_find(const char *request, size_t n);

#endif
