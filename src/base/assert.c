/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a program whose stack found itself broken. Weak, so that a program may say more before
 * it goes; the core itself has nowhere to say anything.
 */
#include "base/assert.h"

__attribute__((weak)) _Noreturn void bonnet_assert_failed(const char *expr, const char *file,
                                                          int line)
{
    (void)expr;
    (void)file;
    (void)line;
    __builtin_trap();
}
