/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes that know where they belong: each byte of a stream is a function of who sends it to whom
 * and of its position, so that a byte that is lost, doubled, moved or someone else's is found.
 */
#ifndef BONNET_TESTS_SIM_LIBPATTERN_H
#define BONNET_TESTS_SIM_LIBPATTERN_H

#include <bonnet/types.h>

/* The key of what goes from one endpoint to the other. */
uint64_t pattern_key(const struct bonnet_endpoint *from, const struct bonnet_endpoint *to);

void pattern_fill(uint64_t key, uint64_t offset, void *buf, size_t len);

/* How many of the len bytes are right before the first one that is not. */
size_t pattern_matches(uint64_t key, uint64_t offset, const void *buf, size_t len);

#endif
