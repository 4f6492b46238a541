/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said when a scenario is wrong: file, line, the wrong word, what was expected there.
 *
 * Whoever wrote `conect` is told the words that may stand there, and the one that comes nearest.
 * Only the first mistake is told: what follows it would be guesses. The word is part of a hostile
 * file as much as of an honest one; its length is limited here, and read.c has refused what a
 * terminal would obey.
 */
#include "read.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define WORD_MAX       40 /* bytes of a wrong word that are shown */
#define PATH_MAX_SHOWN 120
#define BEGINNING_MIN  5 /* letters of a word that is the beginning of the wrong one */

bool read_out_of_memory(struct reader *r)
{
    if (r->error == 0) r->error = -ENOMEM;
    return false;
}

static bool is_of_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80 || c == '_' || c == '-' || c == '.';
}

/* What a person would call the word at the cursor: more than read_word_here(), which takes names
 * apart from what stands beside them. */
static struct read_slice wrong_word(struct reader *r)
{
    read_skip_blanks(r);
    struct read_slice w = {r->at, 0};
    if (read_at_end(r)) return w;
    if (*r->at == '"' || *r->at == '[') {
        char close = *r->at == '"' ? '"' : ']';
        for (w.n = 1; w.p[w.n] && w.p[w.n] != '\n' && w.p[w.n] != close;)
            w.n++;
        if (w.p[w.n] == close) w.n++;
        return w;
    }
    if (*r->at == '\\') {
        w.n = (unsigned char)r->at[1] > ' ' ? 2 : 1;
        return w;
    }
    while (is_of_word(w.p[w.n]))
        w.n++;
    if (w.n == 0) w.n = 1;
    return w;
}

/* A letter of several bytes is not cut. */
static int shown_length(struct read_slice w)
{
    if (w.n <= WORD_MAX) return (int)w.n;
    size_t n = WORD_MAX;
    while (n > 0 && ((unsigned char)w.p[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

static bool vmistake(struct reader *r, const char *format, va_list args)
{
    struct lab_mistake *m = r->mistake;
    if (r->error != 0) return false;
    r->error = -EINVAL;
    struct read_slice w = wrong_word(r);
    size_t path_n = strlen(r->path);
    const char *path = r->path + (path_n > PATH_MAX_SHOWN ? path_n - PATH_MAX_SHOWN : 0);
    m->line = r->line;
    int n = w.n == 0 ? snprintf(m->text, sizeof m->text, "%s:%u: end of line: ", path, r->line)
                     : snprintf(m->text, sizeof m->text, "%s:%u: '%.*s'%s: ", path, r->line,
                                shown_length(w), w.p, w.n > WORD_MAX ? "..." : "");
    (void)vsnprintf(m->text + n, sizeof m->text - (size_t)n, format, args);
    return false;
}

bool read_mistake(struct reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vmistake(r, format, args);
    va_end(args);
    return false;
}

bool read_mistake_at(struct reader *r, const char *p, const char *text)
{
    r->at = p;
    return read_mistake(r, "%s", text);
}

struct read_choice read_choice(struct reader *r, const char *what)
{
    struct read_choice c = {.word = wrong_word(r), .what = what, .distance = UINT_MAX};
    return c;
}

/* How far a word may be from what was meant: one wrong letter in three, at most two. */
static unsigned distance_max(size_t n)
{
    return n < 3 ? 0 : n < 6 ? 1 : 2;
}

/* SHUT_WRITE for SHUT_WR, LISTENING for LISTEN: as near as can be. */
static unsigned distance_of(struct read_slice word, const char *text)
{
    size_t n = strlen(text);
    if (n >= BEGINNING_MIN && word.n > n && memcmp(word.p, text, n) == 0) return 1;
    return word_distance(word.p, word.n, text);
}

/* A right word in a wrong place is not what was meant. */
static bool is_near(const struct read_choice *c)
{
    if (c->word.n == 0 || c->distance > distance_max(c->word.n)) return false;
    return strlen(c->nearest) != c->word.n || memcmp(c->nearest, c->word.p, c->word.n) != 0;
}

void read_choice_add(struct read_choice *c, const char *text)
{
    size_t used = strlen(c->list), n = strlen(text);
    unsigned distance = distance_of(c->word, text);
    if (distance < c->distance) {
        c->distance = distance;
        c->nearest = text;
    }
    if (c->is_full) return;
    c->is_full = used + n + sizeof ", , ..." > sizeof c->list;
    (void)snprintf(c->list + used, sizeof c->list - used, "%s%s", used ? ", " : "",
                   c->is_full ? "..." : text);
}

void read_choice_add_words(struct read_choice *c, const struct word *table)
{
    for (; table->text; table++)
        read_choice_add(c, table->text);
}

bool read_wrong_choice(struct reader *r, const struct read_choice *c)
{
    const char *hint = is_near(c) ? c->nearest : NULL;
    r->at = c->word.p;
    return read_mistake(r, "expected %s%s%s%s%s%s%s", c->what, *c->list ? " (" : "", c->list,
                        *c->list ? ")" : "", hint ? "; did you mean '" : "", hint ? hint : "",
                        hint ? "'?" : "");
}
