/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this machine's memory allows: bytes copied, and bytes copied and summed, in pieces as large
 * as a row's segments. Nothing that moves bytes through a wire can be faster than these.
 *
 * The pieces walk through 256 KiB, which the second cache holds, as a stack's buffers would.
 */
#include "limit_copy.h"

#include "pattern.h"

#include <bonnet/host.h>
#include <errno.h>
#include <string.h>

#define SPAN        262144
#define CLOCK_EVERY 256

static _Alignas(64) unsigned char from[SPAN];
static _Alignas(64) unsigned char to[SPAN];

static bonnet_checksum_fn sum;

static uint32_t copy_only(void *out, const void *in, size_t n)
{
    memcpy(out, in, n);
    return 0;
}

static uint32_t copy_and_sum(void *out, const void *in, size_t n)
{
    memcpy(out, in, n);
    return sum(out, n);
}

/* The pointer is volatile so that no compiler sees what is called and leaves it out. */
static int copy_pieces(uint32_t (*volatile copy)(void *, const void *, size_t), size_t piece,
                       struct bench_job *job, struct bench_result *result)
{
    uint64_t bytes = 0;
    size_t at = 0;
    double seconds = 0;
    for (size_t i = 0; i < SPAN; i += PATTERN_CHUNK_MAX)
        memcpy(from + i, pattern_at(i), PATTERN_CHUNK_MAX);
    uint64_t start = bench_cpu_ns();
    while (seconds < job->seconds) {
        for (unsigned i = 0; i < CLOCK_EVERY; i++) {
            (void)copy(to + at, from + at, piece);
            at = at + 2 * piece <= SPAN ? at + piece : 0;
        }
        bytes += CLOCK_EVERY * piece;
        seconds = bench_cpu_seconds_since(start);
    }
    if (memcmp(to, from, piece) != 0) return bench_fail(job, -EBADMSG, "the copy differs");
    result->seconds = seconds;
    result->bytes = bytes;
    result->value = (double)bytes * 8 / seconds;
    return 0;
}

int limit_copy(const void *arg, struct bench_job *job, struct bench_result *result)
{
    return copy_pieces(copy_only, *(const size_t *)arg, job, result);
}

int limit_copy_sum(const void *arg, struct bench_job *job, struct bench_result *result)
{
    sum = bonnet_host_checksum();
    return copy_pieces(copy_and_sum, *(const size_t *)arg, job, result);
}
