/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads scenarios: a file becomes a struct scenario, or a mistake with its place.
 *
 * docs/LAB.md is the language. It is read line by line with a cursor, one function for each
 * construct: what may stand at the cursor, and what it becomes, is in read_head.c, read_call.c,
 * read_outcome.c, read_story.c, read_fault.c and read_expect.c; here are the file, the lines, and
 * `together`. All names are resolved while reading.
 *
 * A file may be hostile. It is text without control characters, or it is refused as a whole, so
 * that what is printed of it later cannot move a terminal's cursor; sizes and counts are bounded
 * (read.h), and nothing here recurses deeper than a line within `together`.
 */
#include "read.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *read_grown(struct reader *r, void **array, unsigned n, size_t size)
{
    if ((n & (n - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
        void *larger = realloc(*array, (n ? n * 2 : 1) * size);
        if (!larger) {
            read_out_of_memory(r);
            return NULL;
        }
        *array = larger;
    }
    return memset((char *)*array + n * size, 0, size);
}

bool read_next_line(struct reader *r)
{
    const char *end = strchr(r->at, '\n');
    if (!end || !end[1]) return false;
    r->at = r->line_begin = end + 1;
    r->line++;
    return true;
}

/* ---- the file ---- */

/* Bytes of the letter at p in UTF-8; 0: it is none, or one that a terminal obeys. */
static size_t letter_length(const unsigned char *p)
{
    if (*p < 0x80) return (*p >= 0x20 && *p != 0x7f) || strchr("\t\n\r", *p) ? *p != 0 : 0;
    size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    if (*p < 0xc2 || *p > 0xf4) return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    bool is_control = p[0] == 0xc2 && p[1] < 0xa0;
    bool is_overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool is_no_letter = (p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf4 && p[1] >= 0x90);
    return is_control || is_overlong || is_no_letter ? 0 : n;
}

static bool check_letters(struct reader *r, size_t len)
{
    const unsigned char *p = (const unsigned char *)r->buf, *end = p + len;
    while (p < end) {
        size_t n = letter_length(p);
        if (n == 0) {
            r->error = -EINVAL;
            r->mistake->line = r->line;
            (void)snprintf(r->mistake->text, sizeof r->mistake->text,
                           "%.120s:%u: byte 0x%02x: expected text in UTF-8", r->path, r->line, *p);
            return false;
        }
        r->line += *p == '\n';
        p += n;
    }
    r->line = 1;
    return true;
}

static bool load(struct reader *r, FILE *f)
{
    r->buf = malloc(READ_BYTES_MAX + 1);
    if (!r->buf) return read_out_of_memory(r);
    size_t n = fread(r->buf, 1, READ_BYTES_MAX + 1, f);
    if (ferror(f)) {
        r->error = -EIO;
        return false;
    }
    bool fits = n <= READ_BYTES_MAX;
    r->buf[fits ? n : 0] = '\0';
    r->at = r->line_begin = r->buf;
    if (!fits) return read_mistake(r, "the file has more than %d bytes", READ_BYTES_MAX);
    if (!check_letters(r, n)) return false;
    if (strncmp(r->at, "\xef\xbb\xbf", 3) == 0) r->at = r->line_begin += 3;
    return true;
}

/* ---- lines ---- */

static bool is_indented(const struct reader *r)
{
    return *r->line_begin == ' ' || *r->line_begin == '\t';
}

static struct lab_line *add_line(struct reader *r, struct lab_line **lines, unsigned *n)
{
    if (r->lines_n == READ_LINES_MAX) {
        read_mistake(r, "the story has more than %d lines", READ_LINES_MAX);
        return NULL;
    }
    void *array = *lines;
    struct lab_line *line = read_grown(r, &array, *n, sizeof *line);
    *lines = array;
    if (!line) return NULL;
    r->lines_n++;
    (*n)++;
    line->line = r->line;
    line->stacks = LAB_ON_BOTH;
    return line;
}

static bool read_stacks(struct reader *r, enum lab_stacks *out)
{
    static const struct word words[] = {
        {"bonnet", LAB_ON_BONNET}, {"kernel", LAB_ON_KERNEL}, {NULL, 0}};
    int stacks;
    if (!read_try_word(r, "on")) return true;
    if (!read_enum(r, words, "a stack", &stacks)) return false;
    *out = (enum lab_stacks)stacks;
    return true;
}

/* `client:` */
static bool try_program(struct reader *r, unsigned *out)
{
    struct read_slice w = read_word_here(r);
    const char *begin = r->at;
    int program = read_find_program(r, w);
    r->at += w.n;
    if (program >= 0 && read_try_char(r, ':')) {
        *out = (unsigned)program;
        return true;
    }
    r->at = begin;
    return false;
}

/* `CLIENT:` of no program, and a program without its colon. */
static bool check_program(struct reader *r)
{
    struct read_slice w = read_word_here(r);
    const char *begin = r->at;
    unsigned program;
    r->at += w.n;
    bool has_colon = w.n > 0 && read_try_char(r, ':');
    if (!has_colon && read_find_program(r, w) >= 0)
        return read_need_char(r, ':', "':' behind the program's name");
    r->at = begin;
    return !has_colon || read_program(r, &program);
}

static bool read_content(struct reader *r, struct lab_line *line)
{
    unsigned program;
    if (try_program(r, &program)) return read_program_line(r, program, line);
    return check_program(r) && read_story_line(r, line);
}

/* A line of the story but `together`, from its first word to its end. */
static bool read_line(struct reader *r, struct lab_line *line)
{
    read_skip_blanks(r);
    const char *begin = r->at;
    return read_stacks(r, &line->stacks) && read_content(r, line) && read_need_end(r) &&
           read_source(r, begin, r->at, &line->source);
}

/* What begins at an instant, and so can begin together with something else. */
static bool is_instant(const struct lab_line *line)
{
    switch (line->kind) {
    case LAB_LINE_STEP:
    case LAB_LINE_REPEAT:
    case LAB_LINE_KILL:
    case LAB_LINE_POWER:
    case LAB_LINE_CUT:
    case LAB_LINE_FAULT:
    case LAB_LINE_FORGE:
    case LAB_LINE_REPLAY:
    case LAB_LINE_SAY: return true;
    case LAB_LINE_TOGETHER:
    case LAB_LINE_WAIT:
    case LAB_LINE_WAIT_FOR:
    case LAB_LINE_SNAPSHOT:
    case LAB_LINE_EXPECT:
    case LAB_LINE_MEASURE:
    case LAB_LINES: break;
    }
    return false;
}

static bool is_of_program(const struct lab_line *line)
{
    return line->kind == LAB_LINE_STEP || line->kind == LAB_LINE_REPEAT;
}

/* Does the last line below `together` want a program that another one has? */
static bool is_second_of_program(const struct lab_line *together)
{
    unsigned last = together->inner_n - 1;
    const struct lab_line *inner = together->inner;
    if (!is_of_program(&inner[last])) return false;
    for (unsigned i = 0; i < last; i++)
        if (is_of_program(&inner[i]) && inner[i].program == inner[last].program) return true;
    return false;
}

/* Goes on to the next line that has something on it. */
static bool next_full_line(struct reader *r)
{
    while (read_next_line(r))
        if (!read_at_end(r)) return true;
    return false;
}

static bool read_together(struct reader *r, struct lab_line *line)
{
    line->kind = LAB_LINE_TOGETHER;
    for (;;) {
        struct reader before = *r;
        if (!next_full_line(r) || !is_indented(r)) {
            r->at = before.at;
            r->line = before.line;
            r->line_begin = before.line_begin;
            break;
        }
        const char *begin = r->at;
        struct lab_line *inner = add_line(r, &line->inner, &line->inner_n);
        if (!inner || !read_line(r, inner)) return false;
        if (is_second_of_program(line))
            return read_mistake_at(r, begin,
                                   "this program begins another line of this `together`, "
                                   "and does one thing at a time");
        if (!is_instant(inner))
            return read_mistake_at(r, begin,
                                   "has no place below `together`: expected what begins "
                                   "at once (a call, kill, cut, drop, ...)");
    }
    return line->inner_n > 0 || read_mistake(r, "expected indented lines below `together`");
}

/* A line that may be `together`, at the left margin. */
static bool read_outer_line(struct reader *r)
{
    struct scenario *s = r->s;
    if (is_indented(r))
        return read_mistake(r, "an indented line stands below `together`, and only there");
    int head = read_head_line(r);
    if (head != 0) return head > 0;
    if (r->story_line == 0) {
        r->story_line = r->line;
        if (!read_is_story_line(r)) return read_wrong_line(r);
        if (!read_head_end(r)) return false;
    }
    struct lab_line *line = add_line(r, &s->lines, &s->lines_n);
    if (!line) return false;
    const char *begin = r->at;
    if (!read_stacks(r, &line->stacks)) return false;
    if (read_try_word(r, "together"))
        return read_need_end(r) && read_source(r, begin, r->at, &line->source) &&
               read_together(r, line);
    r->at = begin;
    return read_line(r, line);
}

static bool read_file(struct reader *r)
{
    do {
        if (!read_at_end(r) && !read_outer_line(r)) return false;
    } while (read_next_line(r));
    r->at = strchr(r->at, '\0');
    return r->story_line > 0 || read_head_end(r);
}

static void name_after(struct scenario *s, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = strlen(base);
    if (n > 4 && strcmp(base + n - 4, ".lab") == 0) n -= 4;
    read_copy_name((struct read_slice){base, n}, s->name);
}

int scenario_read(FILE *f, const char *path, struct scenario **out, struct lab_mistake *mistake)
{
    struct reader r = {.path = path, .line = 1, .mistake = mistake};
    *mistake = (struct lab_mistake){0};
    *out = NULL;
    r.s = calloc(1, sizeof *r.s);
    if (!r.s) return -ENOMEM;
    name_after(r.s, path);
    r.s->path = strdup(path);
    if (!r.s->path) read_out_of_memory(&r);
    if (r.error == 0 && load(&r, f)) read_file(&r);
    free(r.buf);
    free(r.known);
    if (r.error == 0)
        *out = r.s;
    else
        scenario_free(r.s);
    return r.error;
}
