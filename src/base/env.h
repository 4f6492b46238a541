/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every room needs and none may own: time, memory, randomness, limits, counters, reasons.
 *
 * One struct env per stack, handed down with each call. Memory goes through env_alloc, which keeps
 * the stack's cap and its books; env_reason is the only way to drop, note or reset, and counts and
 * traces it.
 */
#ifndef BASE_ENV_H
#define BASE_ENV_H

#include "base/pool.h"
#include "base/rate.h"
#include "base/rng.h"
#include "base/siphash.h"
#include "base/wheel.h"
#include "bonnet/bonnet.h"
#include "bonnet/inspect.h"

/* Keys, one per use: no secret serves two purposes (RFC 6528, RFC 4987, RFC 6056). */
struct env_keys {
    struct siphash_key demux;     /* hash tables */
    struct siphash_key isn;       /* initial sequence numbers */
    struct siphash_key cookie[2]; /* SYN cookies: the two halves of the function */
    struct siphash_key port;      /* ephemeral ports */
    struct siphash_key ts;        /* timestamp offsets */
    struct siphash_key ip_id;     /* fragment identifications */
};

/* Whom env_reason and traces are about: set by the conductor before it enters a room. */
struct env_subject {
    int socket; /* -1: none */
    struct bonnet_endpoint local, remote;
};

#define ENV_RECORDS   368
#define ENV_KEPT_PART 8 /* an eighth of the cap */

struct env {
    bonnet_time now; /* the instant of the last tick */
    struct bonnet_alloc alloc;
    struct bonnet_limits limits;
    bonnet_checksum_fn checksum;
    struct bonnet_tracer *tracers;   /* who is told what happens; NULL: nobody */
    struct bonnet_tracer configured; /* the one of the configuration */
    bool strict;
    uint32_t tcp_off; /* enum bonnet_tcp_feature */
    uint8_t tcp_ecn;  /* enum bonnet_ecn */
    struct rng rng;
    struct env_keys keys;
    struct wheel wheel;
    struct pool pages;   /* of RING_PAGE bytes */
    struct pool records; /* of ENV_RECORDS bytes: what is in flight, of a connection with little */
    struct env_subject subject;
    struct rate challenge_acks; /* of all connections, half-open ones included */
    uint64_t memory_bytes, memory_blocks, memory_peak;
    uint64_t reasons[BONNET_REASONS_END];
    uint64_t mib[BONNET_MIBS_END];
};

/* Sets up *e from a validated configuration. */
void env_init(struct env *e, const struct bonnet_config *config);

/* Charges memory that the caller took from the allocator itself: the instance that holds *e. */
void env_adopt(struct env *e, size_t size);

/* Memory of size bytes, not cleared; NULL when the allocator refuses or the cap is reached. The
 * last part of the cap is kept for pages and records: what was begun shall go on when nothing new
 * can begin. */
void *env_alloc(struct env *e, size_t size);

/* The same, from the part that is kept as well. */
void *env_alloc_kept(struct env *e, size_t size);

/* The same, cleared. */
void *env_alloc_zero(struct env *e, size_t size);

/* Gives it back; p may be NULL. size is what was asked for. */
void env_free(struct env *e, void *p, size_t size);

/* Gives a reason: counts it, tells the trace, and returns it, so that a function can end with
 * `return env_reason(e, BONNET_R_...)`. The conductor gives the reasons of verdicts; a room gives
 * only those of kind NOTE, which end nothing. */
enum bonnet_reason env_reason(struct env *e, enum bonnet_reason reason);

/* Does anybody hear the trace? Otherwise nobody needs to know whom things are about. */
static inline bool env_is_traced(const struct env *e)
{
    return e->tracers != NULL;
}

/* Tells everybody who hears. */
void env_trace(const struct env *e, const struct bonnet_trace *event);

/* May one more challenge ACK be sent? Each connection has a limit of its own besides (RFC 5961 7).
 */
static inline bool env_may_challenge(struct env *e)
{
    return rate_take(&e->challenge_acks, e->now, &e->rng, e->limits.challenge_acks_per_s);
}

/* Is this part of TCP used? */
static inline bool env_has(const struct env *e, enum bonnet_tcp_feature feature)
{
    return !(e->tcp_off & (uint32_t)feature);
}

static inline void env_count(struct env *e, enum bonnet_mib mib)
{
    e->mib[mib]++;
}

#endif
