/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios read from a string, for the tests of the reader.
 */
#ifndef TESTS_LAB_LIBREAD_H
#define TESTS_LAB_LIBREAD_H

#include "lab/scenario.h"

/* The scenario; a mistake fails the test. To be freed. */
struct scenario *read_good(const char *text);
/* The whole message; a scenario without mistake fails the test. Valid until the next call. */
const char *read_bad(const char *text);
/* n bytes that may be anything. 0 or -errno; the message of -EINVAL is checked, what was read is
 * freed. */
int read_bytes(const char *bytes, size_t n);

#endif
