/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes that are sent, and the check of those that arrive.
 *
 * The byte at position p of a stream depends on p with a prime period of 65,521, so that a lost,
 * doubled or shifted segment of any usual size cannot pass for the right one. Any 64 KiB of the
 * stream lie contiguous in memory: sending costs no filling.
 */
#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_CHUNK_MAX 65536

/* To be called once, before the first thread is made. */
void pattern_init(void);

/* The stream's bytes from position on; PATTERN_CHUNK_MAX of them may be read. */
const unsigned char *pattern_at(uint64_t position);

/* Are these the stream's bytes from position on? All of them; or, cheap enough for a timed loop,
 * the first and the last eight. n is at most PATTERN_CHUNK_MAX. */
bool pattern_is(uint64_t position, const void *bytes, size_t n);
bool pattern_has_edges(uint64_t position, const void *bytes, size_t n);

#endif
