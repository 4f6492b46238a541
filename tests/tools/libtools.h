/* SPDX-License-Identifier: BSD-2-Clause */
/* What every test here includes: cmocka, with what it wants in front of it. */
#ifndef TESTS_TOOLS_LIBTOOLS_H
#define TESTS_TOOLS_LIBTOOLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
