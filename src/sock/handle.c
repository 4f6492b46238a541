/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles: small integers for objects, of which a stale one is recognised.
 *
 * A handle is the index of a slot (24 bits) and the slot's generation (7 bits), which changes each
 * time the slot is freed. Free slots are a queue, so that one is reused as late as can be. Slots
 * lie in chunks: a handle costs the eight bytes of its slot, and growing moves nothing. When the
 * last handle goes, all chunks but the first are given back; fresh slots then begin with a new
 * generation.
 *
 * A slot holds a pointer, which is even, or while it is free an odd number: the next free slot and
 * the generation.
 */
#include <errno.h>

#include "base/assert.h"
#include "sock/ports.h"

#define CHUNK_SLOTS     256u
#define DIR_MIN         8u
#define INDEX_BITS      24
#define NONE            0xffffffu /* no slot */
#define GENERATION_MASK 0x7fu

static uintptr_t *slot_of(const struct socks *s, uint32_t i)
{
    return &s->handles[i / CHUNK_SLOTS][i % CHUNK_SLOTS];
}

static uintptr_t free_slot(uint32_t next, uint32_t generation)
{
    return (uintptr_t)next << 8 | (uintptr_t)(generation & GENERATION_MASK) << 1 | 1;
}

static uint32_t next_of(uintptr_t slot)
{
    return (uint32_t)(slot >> 8);
}

static uint32_t generation_of(uintptr_t slot)
{
    return (uint32_t)(slot >> 1) & GENERATION_MASK;
}

static uint32_t index_of(int handle)
{
    return (uint32_t)handle & ((1u << INDEX_BITS) - 1);
}

/* ---- growing and shrinking ---- */

static uintptr_t **new_dir(struct env *e, uint32_t n)
{
    return env_alloc_zero(e, n * sizeof(uintptr_t *));
}

static void replace_dir(struct socks *s, struct env *e, uintptr_t **dir, uint32_t dir_n)
{
    uint32_t used = s->handles_room / CHUNK_SLOTS;
    for (uint32_t i = 0; i < used; i++)
        dir[i] = s->handles[i];
    env_free(e, s->handles, s->handles_dir_n * sizeof(*dir));
    s->handles = dir;
    s->handles_dir_n = dir_n;
}

static int add_chunk(struct socks *s, struct env *e)
{
    uint32_t n = s->handles_room / CHUNK_SLOTS;
    if (s->handles_room + CHUNK_SLOTS > NONE) return -ENFILE;
    if (n == s->handles_dir_n) {
        uintptr_t **dir = new_dir(e, 2 * n);
        if (!dir) return -ENOMEM;
        replace_dir(s, e, dir, 2 * n);
    }
    s->handles[n] = env_alloc(e, CHUNK_SLOTS * sizeof(uintptr_t));
    if (!s->handles[n]) return -ENOMEM;
    s->handles_room += CHUNK_SLOTS;
    return 0;
}

static void push_free(struct socks *s, uint32_t i, uint32_t generation)
{
    *slot_of(s, i) = free_slot(NONE, generation);
    if (s->handle_first == NONE)
        s->handle_first = i;
    else
        *slot_of(s, s->handle_last) = free_slot(i, generation_of(*slot_of(s, s->handle_last)));
    s->handle_last = i;
}

/* All slots are free: the first chunk stays, with its generations. */
static void shrink(struct socks *s, struct env *e)
{
    for (uint32_t i = 1; i < s->handles_room / CHUNK_SLOTS; i++)
        env_free(e, s->handles[i], CHUNK_SLOTS * sizeof(uintptr_t));
    s->handles_room = s->handles_fresh = CHUNK_SLOTS;
    s->handle_first = NONE;
    s->handle_generation = (s->handle_generation + 1) & GENERATION_MASK;
    for (uint32_t i = 0; i < CHUNK_SLOTS; i++)
        push_free(s, i, generation_of(*slot_of(s, i)));
    uintptr_t **dir = s->handles_dir_n > DIR_MIN ? new_dir(e, DIR_MIN) : NULL;
    if (dir) replace_dir(s, e, dir, DIR_MIN);
}

/* ---- the table ---- */

static int take_slot(struct socks *s, struct env *e, uint32_t *i, uint32_t *generation)
{
    if (s->handles_fresh == s->handles_room && s->handle_first == NONE) {
        int r = add_chunk(s, e);
        if (r < 0) return r;
    }
    if (s->handles_fresh < s->handles_room) {
        *i = s->handles_fresh++;
        *generation = s->handle_generation;
        return 0;
    }
    *i = s->handle_first;
    *generation = generation_of(*slot_of(s, *i));
    s->handle_first = next_of(*slot_of(s, *i));
    return 0;
}

int handle_new(struct bonnet *bn, struct sock *s)
{
    struct socks *all = &bn->socks;
    uint32_t i, generation;
    if (all->handles_n >= bn->env.limits.sockets_max) return -ENFILE;
    int r = take_slot(all, &bn->env, &i, &generation);
    if (r < 0) return r;
    *slot_of(all, i) = (uintptr_t)s;
    all->handles_n++;
    s->handle = (int32_t)(generation << INDEX_BITS | i);
    return s->handle;
}

void handle_free(struct bonnet *bn, struct sock *s)
{
    if (s->handle < 0) return;
    struct socks *all = &bn->socks;
    uint32_t i = index_of(s->handle);
    bonnet_assert(*slot_of(all, i) == (uintptr_t)s);
    (void)timeouts_set(bn, s, 0, 0);
    push_free(all, i, ((uint32_t)s->handle >> INDEX_BITS) + 1);
    s->handle = -1;
    list_remove(&s->ready);
    if (--all->handles_n == 0 && all->handles_room > CHUNK_SLOTS) shrink(all, &bn->env);
}

void handle_move(struct bonnet *bn, struct sock *from, struct sock *to)
{
    *slot_of(&bn->socks, index_of(from->handle)) = (uintptr_t)to;
    to->handle = from->handle;
    from->handle = -1;
    list_remove(&from->ready);
}

struct sock *handle_at(const struct bonnet *bn, uint32_t i)
{
    if (i >= bn->socks.handles_fresh) return NULL;
    uintptr_t slot = *slot_of(&bn->socks, i);
    return slot & 1 ? NULL : (struct sock *)slot;
}

struct sock *handle_get(const struct bonnet *bn, int handle)
{
    if (handle < 0) return NULL;
    struct sock *s = handle_at(bn, index_of(handle));
    return s && s->handle == handle ? s : NULL;
}

int handles_init(struct socks *s, struct env *e)
{
    s->handle_first = NONE;
    s->handles_dir_n = DIR_MIN;
    s->handles = new_dir(e, DIR_MIN);
    return s->handles ? add_chunk(s, e) : -ENOMEM;
}

void handles_fini(struct socks *s, struct env *e)
{
    if (!s->handles) return;
    for (uint32_t i = 0; i < s->handles_room / CHUNK_SLOTS; i++)
        env_free(e, s->handles[i], CHUNK_SLOTS * sizeof(uintptr_t));
    env_free(e, s->handles, s->handles_dir_n * sizeof(uintptr_t *));
    s->handles = NULL;
}
