/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock, the cores and the sentence of a failure: what every contender needs of the system.
 *
 * Threads that exchange packets are pinned, since a move to another core costs more than many of
 * the things measured here. A machine with one core is served too: a core that is not there is core
 * 0.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

uint64_t bench_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t bench_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double bench_cpu_seconds_since(uint64_t start_ns)
{
    return (double)(bench_cpu_ns() - start_ns) * 1e-9;
}

double bench_seconds_since(uint64_t start_ns)
{
    return (double)(bench_now_ns() - start_ns) * 1e-9;
}

static unsigned cores_n(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

/* Best effort: a container may forbid it, and then the numbers are merely less steady. */
void bench_pin(unsigned core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core < cores_n() ? core : 0, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

void bench_unpin(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (unsigned core = 0; core < cores_n(); core++)
        CPU_SET(core, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

int bench_fail(struct bench_job *job, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(job->why, sizeof job->why, format, args);
    va_end(args);
    return status;
}
