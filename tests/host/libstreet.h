/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of what one hears at the door: two stacks on a wire, the first of which has one.
 */
#ifndef BONNET_TESTS_HOST_LIBSTREET_H
#define BONNET_TESTS_HOST_LIBSTREET_H

#include <bonnet/host.h>

/* The first stack listens on port 80. */
struct street {
    struct bonnet_loop *loop;
    struct bonnet *bn[2];
    struct bonnet_door *door;
    int listener;
};

struct street street_new(void);
void street_free(struct street *s);

/* Port of the first (0) or second (1) stack. */
struct bonnet_endpoint street_at(int side, uint16_t port);

void street_turns(struct street *s, int n);

/* A connection to the door, which has heard the request. */
int street_listens(struct street *s, const char *request);

/* All that has been said to fd; valid until the next call. */
const char *street_heard(struct street *s, int fd);

/* A connection of the second stack to a port of the first. */
int street_calls(struct street *s, uint16_t port);

/* Moves *text behind the next line that contains part. */
void next_line_with(const char **text, const char *part);

/* Around the group of tests: a place for the door, and its removal. */
int street_enter(void **state);
int street_leave(void **state);

#endif
