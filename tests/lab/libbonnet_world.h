/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two or more hosts of bonnet's world, made without a scenario file, and the story of what happened
 * there, one line of text for each event:
 *
 *   "client [S]", "server [S.] lost", "client [P.] 1:101"   packets, relative; their fate
 *   "server drops [P.]: tcp_checksum"
 *   "server rst_obeyed"                                     other reasons
 *   "client SYN-SENT > ESTABLISHED by [S.]"
 */
#ifndef BONNET_TESTS_LAB_LIBBONNET_WORLD_H
#define BONNET_TESTS_LAB_LIBBONNET_WORLD_H

#include "lab/world.h"

enum { CLIENT, SERVER, OTHER };

#define STORY_MAX (1u << 20)

struct stage {
    struct scenario scenario;
    struct world *world;
    uint64_t hash;   /* of everything in every event */
    unsigned kinds;  /* of events in the story, a bit each */
    unsigned events; /* of all kinds */
    size_t len;
    char story[STORY_MAX];
};

#define KIND(k) (1u << (k))
#define ALL_KINDS \
    (KIND(LAB_EVENT_PACKET) | KIND(LAB_EVENT_DROP) | KIND(LAB_EVENT_REASON) | KIND(LAB_EVENT_STATE))

/* client 10.0.0.1 and server 10.0.0.2 with 10.1.2.3, joined by a link of these words. */
struct stage *stage_new(const char *link, uint64_t seed);
/* The same, before the world is made: for more hosts, links and settings. */
struct stage *stage_begin(const char *link);
void stage_host(struct stage *t, const char *name, struct bonnet_addr addr);
void stage_link(struct stage *t, unsigned a, unsigned b, const char *words);
void stage_set(struct stage *t, unsigned host, const char *name, int64_t value);
void stage_make(struct stage *t, uint64_t seed, const char *pcapng);
void stage_free(struct stage *t);

struct bonnet_endpoint at(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port);

/* Time passes, to the end of what is under way, or for so long. */
void run(struct stage *t);
void run_for(struct stage *t, bonnet_time ns);

/* A listener on any address; a connection begun to 10.0.0.2; both as handles. */
int listen_on(struct stage *t, unsigned host, uint16_t port, int backlog);
int connect_to(struct stage *t, unsigned host, uint16_t port);
/* Handshake and accept: socket[CLIENT], socket[SERVER]. The story begins anew after it. */
void join(struct stage *t, int socket[2]);
int64_t put(struct stage *t, unsigned host, int s, const char *text);
int64_t get(struct stage *t, unsigned host, int s, char *buf, size_t max);
void shut(struct stage *t, unsigned host, int s);

/* What has been told since the last look is exactly this. */
void tells(struct stage *t, const char *story);
void forget(struct stage *t);

uint64_t count_of(struct stage *t, unsigned host, const char *name);
enum bonnet_tcp_state state_of(struct stage *t, unsigned host, int s);
unsigned rows_of(struct stage *t, unsigned host);

#endif
