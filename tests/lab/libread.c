/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios read from a string, for the tests of the reader.
 */
#include "libread.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char name[] = "t.lab";
static struct lab_mistake mistake;

/* A file without a single byte cannot be opened in memory. */
static FILE *open_bytes(const char *bytes, size_t n)
{
    FILE *f = n > 0 ? fmemopen((void *)(uintptr_t)bytes, n, "r") : fopen("/dev/null", "r");
    assert_non_null(f);
    return f;
}

static int read_in(const char *bytes, size_t n, struct scenario **out)
{
    FILE *f = open_bytes(bytes, n);
    int error = scenario_read(f, name, out, &mistake);
    fclose(f);
    return error;
}

struct scenario *read_good(const char *text)
{
    struct scenario *s;
    int error = read_in(text, strlen(text), &s);
    if (error) fail_msg("%d: %s", error, mistake.text);
    assert_string_equal(mistake.text, "");
    return s;
}

const char *read_bad(const char *text)
{
    struct scenario *s;
    int error = read_in(text, strlen(text), &s);
    if (!error) fail_msg("no mistake was found in:\n%s", text);
    assert_int_equal(error, -EINVAL);
    assert_null(s);
    return mistake.text;
}

static size_t lines_in(const char *bytes, size_t n)
{
    size_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += bytes[i] == '\n';
    return lines;
}

int read_bytes(const char *bytes, size_t n)
{
    struct scenario *s;
    int error = read_in(bytes, n, &s);
    assert_true(error == 0 || error == -EINVAL);
    if (error) {
        assert_null(s);
        assert_memory_equal(mistake.text, "t.lab:", 6);
        assert_in_range(mistake.line, 1, lines_in(bytes, n));
        assert_true(strlen(mistake.text) < sizeof mistake.text);
    }
    scenario_free(s);
    return error;
}
