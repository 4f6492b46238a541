/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a stack needs of the machine before its first frame: memory, randomness, time.
 *
 * The core asks for none of this itself. The randomness is the kernel's, and nothing stands in for
 * it: initial sequence numbers (RFC 6528) and ports (RFC 6056) made from a guessable seed are worse
 * than no stack at all, so a failing getrandom(2) is passed on as it is. The clock is the one that
 * neither jumps nor is set; its origin is of no interest to anyone.
 */
#define _GNU_SOURCE
#include <bonnet/host.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static void *heap_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void heap_free(void *ctx, void *p, size_t size)
{
    (void)ctx;
    (void)size;
    free(p);
}

struct bonnet_alloc bonnet_host_alloc(void)
{
    return (struct bonnet_alloc){.alloc = heap_alloc, .free = heap_free, .ctx = NULL};
}

/* Up to 256 bytes come whole, once the kernel's generator is ready; before that a signal may end
 * the wait for it. */
int bonnet_host_seed(uint8_t seed[32])
{
    ssize_t got;
    do {
        got = getrandom(seed, 32, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return -errno;
    return got == 32 ? 0 : -EIO;
}

bonnet_time bonnet_host_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (bonnet_time)now.tv_sec * BONNET_S + (bonnet_time)now.tv_nsec;
}

int bonnet_host_config(struct bonnet_config *config)
{
    bonnet_config_init(config);
    config->alloc = bonnet_host_alloc();
    config->checksum = bonnet_host_checksum();
    return bonnet_host_seed(config->seed);
}
