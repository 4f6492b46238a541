/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of base/ share: a stack's surroundings whose allocator keeps its own books and can
 * be told to refuse, and numbers that repeat.
 */
#ifndef TESTS_BASE_LIBBASE_H
#define TESTS_BASE_LIBBASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/env.h"

struct world {
    struct env env;
    uint64_t bytes, blocks; /* what the allocator gave and has not got back */
    uint64_t asked;         /* calls of alloc */
    uint64_t refuse_at;     /* the number of the call to refuse, from 1; 0: none */
    bool refuse_all;
};

/* A world with the default limits. */
void world_begin(struct world *w);

/* Checks the books of env against the allocator's. */
void world_check(const struct world *w);

/* Gives the stock of pages back and checks that nothing is left. */
void world_end(struct world *w);

/* A number from a sequence that begins at *state (not 0): xorshift64*, Vigna 2016. */
uint64_t draw(uint64_t *state);

/* A number below n. */
uint32_t draw_below(uint64_t *state, uint32_t n);

#endif
