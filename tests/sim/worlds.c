/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lives through simulated worlds, one for each seed, and through some of them twice: the same seed
 * must send the same frames (I21). libworld.h says what is checked.
 *
 *   test_sim_worlds [--seed N] [--count N] [--loud]
 *
 * Before that, worlds are sabotaged to see that the checkers see.
 *
 * A world that fails prints its seed; `--seed N --loud` tells its story, segment by segment.
 */
#include "libworld.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_DEFAULT 200
#define TWICE_EVERY   10

/* Worlds whose streams certainly move some bytes. */
#define SABOTAGED_WORLDS 5

static struct world world;

/* In the place of the library's own, which only stops. */
void bonnet_assert_failed(const char *expr, const char *file, int line)
{
    printf("seed %llu, step %llu, %.6f s: %s:%d: %s\n", (unsigned long long)world.seed,
           (unsigned long long)world.step, (double)world.now / 1e9, file, line, expr);
    fflush(stdout);
    abort();
}

/* 0 if the world of this seed holds. */
static int try_seed(uint64_t seed, bool is_loud)
{
    int r = world_run(&world, seed, SABOTAGE_NONE, is_loud);
    uint64_t hash = world.hash;
    if (r == 0 && seed % TWICE_EVERY == 0) {
        r = world_run(&world, seed, SABOTAGE_NONE, false);
        if (r == 0 && world.hash != hash) {
            printf("seed %llu: I21: the same seed sent other frames\n", (unsigned long long)seed);
            return 1;
        }
    }
    if (r < 0) printf("%s\n", world.complaint);
    return r < 0;
}

/* 0 if this sabotage is found, under its name, in one of some worlds at least. */
static int try_sabotage(enum sabotage sabotage)
{
    static const char *const names[] = {
        [SABOTAGE_READ] = "I1",  [SABOTAGE_SENT] = "I4",  [SABOTAGE_COUNT] = "I11",
        [SABOTAGE_LEAK] = "I14", [SABOTAGE_WAKE] = "I16",
    };
    char expected[16];
    snprintf(expected, sizeof expected, ": %s: ", names[sabotage]);
    for (uint64_t seed = 1; seed <= SABOTAGED_WORLDS; seed++) {
        world_run(&world, seed, sabotage, false);
        if (strstr(world.complaint, expected)) return 0;
    }
    printf("sabotage %d was not found: %s is blind\n", sabotage, names[sabotage]);
    return 1;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, count = 0;
    bool is_loud = false, is_one = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            seed = strtoull(argv[++i], NULL, 0);
            is_one = true;
        } else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc) {
            count = strtoull(argv[++i], NULL, 0);
        } else if (strcmp(argv[i], "--loud") == 0) {
            is_loud = true;
        } else {
            fprintf(stderr, "usage: %s [--seed N] [--count N] [--loud]\n", argv[0]);
            return 2;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count == 0) count = is_one ? 1 : COUNT_DEFAULT;
    uint64_t failed = 0;
    for (int i = SABOTAGE_NONE + 1; i < SABOTAGES && !is_one; i++)
        failed += (uint64_t)try_sabotage((enum sabotage)i);
    for (uint64_t i = 0; i < count && failed < 10; i++)
        failed += (uint64_t)try_seed(seed + i, is_loud);
    printf("%llu worlds, %llu failed\n", (unsigned long long)count, (unsigned long long)failed);
    return failed ? 1 : 0;
}
