/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits that rows are held against. arg is a size_t: bytes of a piece, at most 64 KiB.
 */
#ifndef BENCH_LIMIT_COPY_H
#define BENCH_LIMIT_COPY_H

#include "bench.h"

int limit_copy(const void *arg, struct bench_job *job, struct bench_result *result);
int limit_copy_sum(const void *arg, struct bench_job *job, struct bench_result *result);

#endif
