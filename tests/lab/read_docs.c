/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * docs/LAB.md teaches by example: each of its examples is what the reader takes, and what is told
 * there happens.
 *
 * A block of code that makes sockets is a story, and is played; another one has lines of a story,
 * and is read behind two hosts and their sockets. Blocks marked as text are what is printed.
 */
#include "libread.h"

#include "lab/play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOSTS   "host client 10.0.0.1\nhost server 10.0.0.2\n"
#define SOCKETS "client: s = socket()\nserver: l = socket()\nserver: c = socket()\n"

#define STORY_MAX 8192

static char *load(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 65536);
    assert_non_null(f);
    assert_non_null(text);
    assert_in_range(fread(text, 1, 65535, f), 1, 65534);
    fclose(f);
    return text;
}

static void ignore(void *ctx, const struct lab_event *event)
{
    (void)ctx;
    (void)event;
}

static void play(const struct scenario *s)
{
    const struct play_config config = {.stack = LAB_ON_BONNET, .seed = 1, .sink = ignore};
    struct play_result result;
    int r = scenario_play(s, &config, &result);
    if (r != 0) fail_msg("%s", result.why);
    assert_int_equal(result.failed, 0);
}

/* Returns whether it was a story. */
static bool check_block(const char *block)
{
    char text[STORY_MAX];
    bool is_story = strstr(block, "= socket()") != NULL;
    const char *hosts = strstr(block, "host ") ? "" : HOSTS;
    const char *sockets = is_story || !*hosts ? "" : SOCKETS;
    int n = snprintf(text, sizeof text, "%s%s%s", hosts, sockets, block);
    assert_in_range(n, 1, sizeof text - 1);
    struct scenario *s = read_good(text);
    if (is_story) play(s);
    scenario_free(s);
    return is_story;
}

/* Cuts the next block of code out of *at: what stands behind its fence. NULL: there is none. */
static const char *next_block(char **at)
{
    static const char fence[] = "\n```";
    char *begin = strstr(*at, fence);
    if (!begin) return NULL;
    begin += strlen(fence);
    char *end = strstr(begin, fence);
    assert_non_null(end);
    *end = '\0';
    *at = end + strlen(fence);
    return begin;
}

static void what_the_manual_shows_is_so(void **state)
{
    const char *source = getenv("BONNET_SRC"), *block;
    unsigned stories = 0, others = 0;
    char path[512];
    (void)state;
    if (!source) skip();
    snprintf(path, sizeof path, "%s/docs/LAB.md", source);
    char *text = load(path), *at = text;
    while ((block = next_block(&at)) != NULL) {
        if (*block != '\n') continue; /* ```text */
        if (check_block(block + 1))
            stories++;
        else
            others++;
    }
    free(text);
    assert_in_range(stories, 4, 20);
    assert_in_range(others, 5, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_manual_shows_is_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
