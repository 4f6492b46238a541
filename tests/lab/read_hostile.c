/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are no scenarios, and scenarios with a few bytes changed: each is read or refused with
 * a message, in bounded memory, and nothing is left behind. A sanitizer makes the test sharp.
 */
#include "libread.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_MAX  262144 /* what the reader takes */
#define MUTATIONS 40     /* of each scenario */

static uint64_t seed = 1;

/* xorshift64: the same numbers each time. */
static size_t below(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed % n);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    static const char *const rows[] = {
        "\x01",         "a\x7f",        "say \x1b[2J",      "\xff\xfe", "\xc0\x80", "\xc2\x9b",
        "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80", "\xc3",     "\xe2\x82",
        "\xf0\x9f\x92", "\x80",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_non_null(strstr(read_bad(rows[i]), "expected text in UTF-8"));
    assert_int_equal(read_bytes("host a 10.0.0.1\nsay a\0b\n", 24), -EINVAL);
    assert_int_equal(read_bytes("host a 10.0.0.1\n\0", 17), -EINVAL);
    assert_int_equal(read_bytes("", 0), -EINVAL);
    assert_int_equal(read_bytes("\xef\xbb\xbfhost a 10.0.0.1\nsay \xf0\x9f\x92\xa9", 27), 0);
}

static void garbage_is_refused(void **state)
{
    char bytes[4096];
    (void)state;
    for (int round = 0; round < 200; round++) {
        size_t n = 1 + below(sizeof bytes);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (char)below(round % 2 ? 256 : 128);
        assert_int_equal(read_bytes(bytes, n), -EINVAL);
    }
}

/* begin, then `piece` again and again until the file is n bytes long. */
static char *repeated(const char *begin, const char *piece, size_t n)
{
    char *text = malloc(n + 1);
    assert_non_null(text);
    size_t len = strlen(begin), piece_n = strlen(piece);
    memcpy(text, begin, len);
    while (len < n) {
        text[len] = piece[(len - strlen(begin)) % piece_n];
        len++;
    }
    text[n] = '\0';
    return text;
}

static void more_than_fits_is_refused(void **state)
{
    static const char head[] = "host a 10.0.0.1\na: s = socket()\n";
    static const struct {
        const char *piece, *message;
    } rows[] = {
        {"say x\n", "the story has more than 4096 lines"},
        {"a: repeat{sleep(0);", "expected a call"},
        {"together\n ", "expected `PROGRAM: CALL(...)`"},
        {"a: repeat{exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();"
         "exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();"
         "exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();"
         "exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();"
         "exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();exit();"
         "exit();exit();exit();exit();exit();exit();}\n",
         "more than 64 calls"},
        {"expect wire a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],"
         "a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],"
         "a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],"
         "a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],"
         "a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S],a [S]\n",
         "more than 64 segments"},
        {"((((", "expected"},
        {"a: write(s, \"\n", "the string has no end"},
        {"\"\\", "expected"},
        {"[[[[", "expected"},
        {"9", "expected"},
        {"-", "expected"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = repeated(head, rows[i].piece, FILE_MAX);
        const char *message = read_bad(text);
        if (!strstr(message, rows[i].message)) fail_msg("%zu: %s", i, message);
        free(text);
    }
    char *text = repeated(head, "say x\n", FILE_MAX + 1);
    assert_string_equal(read_bad(text),
                        "t.lab:1: end of line: the file has more than 262144 bytes");
    free(text);
}

static void a_long_line_is_a_line(void **state)
{
    char *text = repeated("host a 10.0.0.1\nsay ", "x", FILE_MAX);
    (void)state;
    struct scenario *s = read_good(text);
    assert_int_equal(strlen(s->lines[0].text), FILE_MAX - 20);
    scenario_free(s);
    free(text);
}

/* A few bytes are changed, taken away, doubled, or exchanged for what stands elsewhere. */
static size_t mutate(char *text, size_t n, size_t max)
{
    for (size_t changes = 1 + below(4); changes > 0 && n > 1; changes--) {
        size_t at = below(n), len = 1 + below(n - at < 24 ? n - at : 24), from = below(n - len + 1);
        switch (below(4)) {
        case 0: text[at] = (char)below(256); break;
        case 1:
            memmove(text + at, text + at + len, n - at - len);
            n -= len;
            break;
        case 2:
            if (n + len > max) break;
            memmove(text + at + len, text + at, n - at);
            n += len;
            break;
        default: memmove(text + at, text + from, len); break;
        }
    }
    return n;
}

static size_t load(const char *folder, const char *file, char *text, size_t max)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(text, 1, max, f);
    fclose(f);
    return n;
}

static void mutate_often(const char *text, size_t n)
{
    char changed[32768];
    assert_in_range(n, 1, sizeof changed);
    assert_int_equal(read_bytes(text, n), 0);
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(changed, text, n);
        read_bytes(changed, mutate(changed, n, sizeof changed));
    }
}

static void mutated_scenarios_are_read_or_refused(void **state)
{
    char folder[512], text[32768];
    struct dirent **files;
    const char *source = getenv("BONNET_SRC");
    (void)state;
    if (!source) skip();
    snprintf(folder, sizeof folder, "%s/lab/scenarios", source);
    int files_n = scandir(folder, &files, NULL, alphasort);
    assert_true(files_n > 2);
    for (int i = 0; i < files_n; i++) {
        const char *name = files[i]->d_name;
        size_t n = strlen(name);
        if (n > 4 && strcmp(name + n - 4, ".lab") == 0)
            mutate_often(text, load(folder, name, text, sizeof text));
        free(files[i]);
    }
    free(files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(more_than_fits_is_refused),
        cmocka_unit_test(a_long_line_is_a_line),
        cmocka_unit_test(mutated_scenarios_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
