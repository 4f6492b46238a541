/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lives through simulated worlds, one for each seed, and through some of them twice: the same seed
 * must send the same frames (I21). libworld.h says what is checked.
 *
 *   test_sim_worlds [--seed N] [--count N] [--seconds N] [--loud] [--coverage]
 *
 * Before that, worlds are sabotaged to see that the checkers see. --seconds: for so long, however
 * many worlds that makes. --coverage: at the end, which reasons and counters were ever met.
 *
 * A world that fails prints its seed; `--seed N --loud` tells its story, segment by segment.
 */
#include "libworld.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Sanitizers make a world ten times as dear. */
#ifdef __SANITIZE_ADDRESS__
#define COUNT_DEFAULT 100
#else
#define COUNT_DEFAULT 500
#endif
#define TWICE_EVERY 10

/* Worlds whose streams certainly move some bytes. */
#define SABOTAGED_WORLDS 5

/* Whoever sees so many has enough to do. */
#define VIOLATIONS_MAX 50

static struct world world;

/* In the place of the library's own, which only stops. */
void bonnet_assert_failed(const char *expr, const char *file, int line)
{
    printf("seed %llu, step %llu, %.6f s: %s:%d: %s\n", (unsigned long long)world.seed,
           (unsigned long long)world.step, (double)world.now / 1e9, file, line, expr);
    fflush(stdout);
    abort();
}

struct wishes {
    uint64_t seed, count, seconds;
    bool is_loud, wants_cover, is_one;
};

/* 0 if the same seed sends the same frames. */
static int try_twice(uint64_t seed, enum sabotage sabotage)
{
    int r = world_run(&world, seed, sabotage, false);
    uint64_t hash = world.hash;
    if (r == 0) r = world_run(&world, seed, sabotage, false);
    if (r == 0 && world.hash != hash) world_fail(&world, "I21", "the same seed sent other frames");
    return world.is_failed ? -1 : 0;
}

/* 1 for a violation. */
static uint64_t try_seed(uint64_t seed, bool is_loud)
{
    int r = seed % TWICE_EVERY == 0 && !is_loud ? try_twice(seed, SABOTAGE_NONE)
                                                : world_run(&world, seed, SABOTAGE_NONE, is_loud);
    if (r < 0) printf("%s\n", world.complaint);
    return r < 0;
}

/* 0 if this sabotage is found, under its name, in one of some worlds at least. */
static uint64_t try_sabotage(enum sabotage sabotage)
{
    char expected[16];
    snprintf(expected, sizeof expected, ": %s: ", lie_invariant(sabotage));
    for (uint64_t seed = 1; seed <= SABOTAGED_WORLDS; seed++) {
        if (sabotage == SABOTAGE_CHANCE)
            try_twice(seed, sabotage);
        else
            world_run(&world, seed, sabotage, false);
        if (strstr(world.complaint, expected)) return 0;
    }
    printf("sabotage %d was not found: %s is blind (%s)\n", sabotage, lie_invariant(sabotage),
           world.complaint);
    return 1;
}

static bool read_wishes(int argc, char **argv, struct wishes *o)
{
    for (int i = 1; i < argc; i++) {
        bool has_number = i + 1 < argc;
        if (strcmp(argv[i], "--loud") == 0)
            o->is_loud = true;
        else if (strcmp(argv[i], "--coverage") == 0)
            o->wants_cover = true;
        else if (strcmp(argv[i], "--seed") == 0 && has_number)
            o->seed = strtoull(argv[++i], NULL, 0), o->is_one = true;
        else if (strcmp(argv[i], "--count") == 0 && has_number)
            o->count = strtoull(argv[++i], NULL, 0);
        else if (strcmp(argv[i], "--seconds") == 0 && has_number)
            o->seconds = strtoull(argv[++i], NULL, 0);
        else
            return false;
    }
    if (o->count == 0) o->count = o->seconds ? UINT64_MAX : o->is_one ? 1 : COUNT_DEFAULT;
    o->is_one = o->count == 1;
    return true;
}

int main(int argc, char **argv)
{
    struct wishes o = {.seed = 1};
    if (!read_wishes(argc, argv, &o)) {
        fprintf(stderr, "usage: %s [--seed N] [--count N] [--seconds N] [--loud] [--coverage]\n",
                argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    const time_t begun = time(NULL);
    uint64_t violations = 0, n = 0;
    for (int i = SABOTAGE_NONE + 1; i < SABOTAGES && !o.is_one; i++)
        violations += try_sabotage((enum sabotage)i);
    cover_forget();
    while (n < o.count && (!o.seconds || (uint64_t)(time(NULL) - begun) < o.seconds)) {
        violations += try_seed(o.seed + n++, o.is_loud);
        if (violations >= VIOLATIONS_MAX) break;
    }
    if (o.wants_cover) cover_print();
    printf("%llu worlds, %llu violations\n", (unsigned long long)n, (unsigned long long)violations);
    return violations ? 1 : 0;
}
