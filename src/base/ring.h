/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A paged ring: a byte queue whose memory exists only while bytes do.
 *
 * Bytes lie in pages of RING_PAGE from the stack's pool, found through a small circular directory.
 * An offset is counted from the head (the oldest byte). Text may be written beyond the tail, at its
 * place, before what lies between has come (ring_write_at), and ring_extend then moves the tail
 * over it: there is no packet queue. Pages before the head's are given back, and all of them when
 * no byte is left. A ring never refuses for size: its user keeps the limits, 128 MiB at most.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "bonnet/types.h"

struct env;

#define RING_PAGE 4096u

struct ring {
    union {
        uint8_t *page; /* dir_n == 1: the only entry lies here. NULL: no page */
        uint8_t **dir; /* circular directory of pages; an entry is NULL where there is none */
    };
    uint32_t len;   /* bytes between head and tail */
    uint32_t reach; /* bytes between head and the end of the furthest byte written; >= len */
    uint16_t dir_n; /* entries, a power of two */
    uint16_t first; /* entry of the head's page */
    uint16_t skip;  /* offset of the head in its page */
    uint16_t pages; /* pages held */
};

void ring_init(struct ring *r);

/* Gives all pages back: an empty ring again. */
void ring_clear(struct ring *r, struct env *e);

/* Appends n bytes; returns how many found room: fewer than n only without memory. */
uint32_t ring_append(struct ring *r, struct env *e, const void *p, uint32_t n);

/* Writes n bytes at offset at >= len - or < len to overwrite with equal text - without moving the
 * tail. 0, or -ENOMEM: nothing was written. */
int ring_write_at(struct ring *r, struct env *e, uint32_t at, const void *p, uint32_t n);

/* Moves the tail over n bytes that were written beyond it, with ring_write_at or in place. */
void ring_extend(struct ring *r, uint32_t n);

/* Copies n bytes from offset at on; at + n <= len. */
void ring_copy(const struct ring *r, uint32_t at, void *p, uint32_t n);

/* Drops the n oldest bytes; n <= len. Pages before the head are given back, and all of them when no
 * byte is left, neither before the tail nor beyond it. */
void ring_drop(struct ring *r, struct env *e, uint32_t n);

/* Points slices at [at, at + n); returns how many were used, 0 if more than max would be needed. */
int ring_slices(const struct ring *r, uint32_t at, uint32_t n, struct bonnet_slice *s, int max);

/* Room to write in place at offset at >= len: points *p at it and returns its length (to the end of
 * a page), 0 without memory. ring_extend makes what was written count; a page reserved in vain is
 * kept until the ring runs empty. */
uint32_t ring_reserve(struct ring *r, struct env *e, uint32_t at, uint8_t **p);

/* Memory held, bytes. */
static inline uint32_t ring_memory(const struct ring *r)
{
    uint32_t directory = r->dir_n > 1 ? r->dir_n * (uint32_t)sizeof(uint8_t *) : 0;
    return r->pages * RING_PAGE + directory;
}

#endif
