/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzz targets share: the entry that libFuzzer calls, and checks that end the run. A
 * target checks what must hold of every input; that nothing is read beyond its end the sanitizer
 * sees, since libFuzzer allocates each input exactly.
 */
#ifndef FUZZ_LIBFUZZ_H
#define FUZZ_LIBFUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expr) ((expr) ? (void)0 : check_failed(#expr, __FILE__, __LINE__))

static inline void check_failed(const char *expr, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, expr);
    abort();
}

#endif
