/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two hosts on the kernel's sockets, ten milliseconds apart, and what was told of them, one line
 * for each event:
 *
 *   "client [P.] 1:10 lost"             a segment: sequence number, bytes of text; lost, forged
 *   "server ESTABLISHED by [.]"         a state, and what made it
 */
#ifndef BONNET_TESTS_LAB_LIBKERNEL_WORLD_H
#define BONNET_TESTS_LAB_LIBKERNEL_WORLD_H

#include "lab/world.h"

#define KW_SKIPPED 77
#define KW_PORT    9191

enum { KW_CLIENT, KW_SERVER };

struct kw_stage {
    struct scenario scenario;
    struct world *w;
    char log[8192];
};

/* A listener, the socket that has connected to it, and the one that was accepted. */
struct kw_pair {
    int l, s, c;
};

/* Are namespaces and devices to be had here? Says why not. */
bool kw_is_to_be_had(void);

/* The scenario, before the world is made; the world; both, which must succeed; and the end. */
void kw_describe(struct kw_stage *t);
int kw_make(struct kw_stage *t, const char *pcapng, char *why, size_t max);
void kw_raise(struct kw_stage *t);
void kw_drop(struct kw_stage *t);

const char *kw_host_name(const struct kw_stage *t, unsigned host);
struct bonnet_endpoint kw_at(unsigned host, uint16_t port);

/* Until the world is silent; for so long. */
void kw_settle(struct kw_stage *t);
void kw_pass(struct kw_stage *t, bonnet_time duration);

/* Exactly this was told since the last look. */
void kw_told(struct kw_stage *t, const char *expected);

/* Calls; those that must succeed return handles. */
int kw_listener(struct kw_stage *t, int backlog);
int kw_connector(struct kw_stage *t);
struct kw_pair kw_connect(struct kw_stage *t);
int64_t kw_put(struct kw_stage *t, unsigned host, int s, size_t n);
int64_t kw_take(struct kw_stage *t, unsigned host, int s, size_t n);
int kw_end(struct kw_stage *t, unsigned host, int s);

struct bonnet_row kw_row(struct kw_stage *t, unsigned host, int s);
uint64_t kw_count(struct kw_stage *t, unsigned host, const char *name);
int kw_error(struct kw_stage *t, unsigned host, int s);

#endif
