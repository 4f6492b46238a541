/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The allocator puts each size before its block, fills what it gives with rubbish, and checks what
 * comes back against what was given.
 */
#include "libbase.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 16

/* A failed assertion is what expect_assert_failure() waits for; an unexpected one fails the test.
 */
_Noreturn void bonnet_assert_failed(const char *expr, const char *file, int line)
{
    mock_assert(0, expr, file, line);
    abort();
}

static void *world_alloc(void *ctx, size_t size)
{
    struct world *w = ctx;
    w->asked++;
    if (w->refuse_all || w->asked == w->refuse_at) return NULL;
    unsigned char *p = malloc(HEAD + size);
    assert_non_null(p);
    memcpy(p, &size, sizeof(size));
    memset(p + HEAD, 0xa5, size);
    w->bytes += size;
    w->blocks++;
    return p + HEAD;
}

static void world_free(void *ctx, void *block, size_t size)
{
    struct world *w = ctx;
    unsigned char *p = (unsigned char *)block - HEAD;
    size_t given;
    memcpy(&given, p, sizeof(given));
    assert_int_equal(given, size);
    w->bytes -= size;
    w->blocks--;
    free(p);
}

void world_begin(struct world *w)
{
    struct bonnet_config config;
    bonnet_config_init(&config);
    config.seed[0] = 1;
    config.alloc = (struct bonnet_alloc){world_alloc, world_free, w};
    memset(w, 0, sizeof(*w));
    env_init(&w->env, &config);
}

void world_check(const struct world *w)
{
    assert_int_equal(w->env.memory_bytes, w->bytes);
    assert_int_equal(w->env.memory_blocks, w->blocks);
    assert_true(w->env.memory_peak >= w->bytes);
}

void world_end(struct world *w)
{
    pool_trim(&w->env.pages, &w->env);
    assert_int_equal(w->env.pages.used_n, 0);
    assert_int_equal(w->env.pages.stock_n, 0);
    world_check(w);
    assert_int_equal(w->bytes, 0);
    assert_int_equal(w->blocks, 0);
}

uint64_t draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1du;
}

uint32_t draw_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((draw(state) >> 32) * n >> 32);
}
